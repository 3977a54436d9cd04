//! Packets that the losses of a track explain: those that they touch, and those behind them.

use crate::ffmpeg::{Packet, Stream};
use mse::Loss;

/// Packets that losses touch, by their places in the file.
#[derive(Default)]
pub(super) struct Losses {
    /// Index of the first and behind the last packet that each loss touches.
    touched: Vec<(usize, usize)>,
}

impl Losses {
    pub(super) fn of<'a>(stream: &Stream, losses: impl Iterator<Item = &'a Loss>) -> Self {
        Self { touched: losses.map(|loss| touched(&stream.packets, loss.offset, loss.bytes)).collect() }
    }

    /// Number of losses.
    pub(super) fn count(&self) -> usize {
        self.touched.len()
    }

    /// Place of a packet relative to the losses, as a part of a kind of difference.
    pub(super) fn place(&self, index: usize) -> Option<&'static str> {
        if self.touched.iter().any(|(first, behind)| (*first..*behind).contains(&index)) {
            return Some(", at a loss");
        }
        let is_behind = self.touched.iter().any(|(_, behind)| *behind <= index);
        is_behind.then_some(", behind a loss")
    }
}

/// Packets behind a loss in which a reader finds its way again.
const AROUND: usize = 4;

/// The packet that the loss begins in, as many as its bytes are behind it, and some on either side.
/// Where ffmpeg does not say where packets are, all.
fn touched(packets: &[Packet], offset: u64, bytes: u64) -> (usize, usize) {
    if packets.iter().any(|packet| packet.position.is_none()) {
        return (0, packets.len());
    }
    let begins_before = |packet: &&Packet| packet.position.is_some_and(|at| at <= offset);
    let begun = packets.iter().filter(begins_before).count();
    let mut left = bytes;
    let mut behind = begun;
    while let Some(packet) = packets.get(behind).filter(|_| left > 0) {
        left = left.saturating_sub(packet.size as u64);
        behind += 1;
    }
    (begun.saturating_sub(2), behind + AROUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_touches_the_packets_that_its_bytes_may_be_of() {
        let packet = |position| Packet {
            pts: None,
            dts: None,
            duration: None,
            size: 100,
            md5: String::new(),
            is_key: true,
            is_discarded: false,
            position: Some(position),
        };
        let packets: Vec<Packet> = (0..9).map(|index| packet(index * 200)).collect();
        // The fourth begins before 850; 150 bytes may be of two more.
        assert_eq!(touched(&packets, 850, 150), (3, 11));
        assert_eq!(touched(&packets, 850, 0), (3, 9));
        let losses = Losses { touched: vec![(3, 6)] };
        assert_eq!(
            [2, 3, 5, 6].map(|index| losses.place(index).unwrap_or("")),
            ["", ", at a loss", ", at a loss", ", behind a loss"]
        );
    }
}
