//! MPEG audio of free format: its headers name no bit rate, and all frames have one size but for a
//! slot of padding (ISO/IEC 11172-3 clause 2.4.2.3). The distance of the first headers says it.

use mse_codecs::mpeg_audio::MpegHeader;
use mse_core::InputBuffer;
use std::collections::VecDeque;

/// Bytes that a frame may have: 640 kbit/s at 8 kHz, the most that decoders take, and a slot.
const LONGEST: u64 = 5760 + 4;
/// The least bytes that are taken for a frame.
const SHORTEST: u64 = 24;
/// Headers that are remembered: payload may look like one.
const MOST_SEEN: usize = 16;

/// The size that frames without padding have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FreeFormat {
    /// A header without size.
    header: MpegHeader,
    unpadded: u16,
}

impl FreeFormat {
    /// Bytes of a frame, if its header is of this stream.
    pub(crate) fn size(&self, header: &MpegHeader, bytes: &[u8]) -> Option<u16> {
        header.is_like(&self.header).then(|| self.unpadded + padding(header, bytes))
    }

    /// End of the second of two frames, the first of which begins at `first`; `None` when there are
    /// not two.
    pub(crate) fn end_of_two(&self, input: &InputBuffer, first: u64) -> Option<u64> {
        let end = |start: u64| {
            let bytes = input.peek_at::<4>(start)?;
            let header = MpegHeader::parse(&bytes).filter(|header| header.size == 0)?;
            Some(start + u64::from(self.size(&header, &bytes)?))
        };
        end(end(first)?)
    }

    /// Whether a third frame begins there.
    pub(crate) fn goes_on(&self, input: &InputBuffer, position: u64) -> bool {
        let header = input.peek_at::<4>(position).and_then(|bytes| MpegHeader::parse(&bytes));
        header.is_some_and(|header| header.size == 0 && header.is_like(&self.header))
    }
}

/// Headers of free format whose length is not known.
#[derive(Debug, Default)]
pub(crate) struct Seen(VecDeque<(u64, MpegHeader, u16)>);

impl Seen {
    /// Remembers a header, and says what sizes those before it have if this is of the next frame:
    /// where each begins, and the size.
    pub(crate) fn add(&mut self, position: u64, header: MpegHeader, bytes: &[u8]) -> Vec<(u64, FreeFormat)> {
        while self.0.len() >= MOST_SEEN || self.0.front().is_some_and(|first| first.0 + LONGEST < position) {
            self.0.pop_front();
        }
        let is_next =
            |seen: &&(u64, MpegHeader, u16)| seen.0 + SHORTEST <= position && seen.1.is_like(&header);
        let format = |&(first, _, padding): &(u64, MpegHeader, u16)| {
            (first, FreeFormat { header, unpadded: (position - first) as u16 - padding })
        };
        let found = self.0.iter().filter(is_next).map(format).collect();
        self.0.push_back((position, header, padding(&header, bytes)));
        found
    }
}

/// Bytes of a slot, if the padding bit is set.
fn padding(header: &MpegHeader, bytes: &[u8]) -> u16 {
    let slot = if header.layer == 1 { 4 } else { 1 };
    bytes.get(2).map_or(0, |byte| u16::from(byte >> 1 & 1) * slot)
}
