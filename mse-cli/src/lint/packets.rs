//! Rules that only the packets of a transport stream show.

use super::finding::{At, Findings};
use super::rule;
use std::collections::BTreeMap;

const PACKET: usize = 188;
const SYNC: u8 = 0x47;
/// Half of the 33 bits: a step back by more is a wrap.
const HALF: u64 = 1 << 32;

/// Distances of packets: bare, behind a time code, before error correction.
const STRIDES: [usize; 3] = [188, 192, 204];

/// Counters and timestamps of the packets of a file.
///
/// Invariant: less than three packets are held.
#[derive(Default)]
pub(super) struct Packets {
    held: Vec<u8>,
    /// Offset of the first byte of `held`.
    offset: u64,
    /// Distance of packets, once found.
    stride: Option<usize>,
    /// The last decode timestamp of each PID: at most 8192.
    last: BTreeMap<u16, u64>,
    /// The last continuity counter of each PID, and whether its packet came twice.
    counters: BTreeMap<u16, (u8, bool)>,
}

impl Packets {
    pub(super) fn push(&mut self, piece: &[u8], findings: &mut Findings) {
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(piece);
        let mut rest = &bytes[..];
        // Each round takes a packet, or bytes up to where one begins.
        while let Some(taken) = self.take(rest, findings) {
            rest = &rest[taken..];
            self.offset += taken as u64;
        }
        self.held = rest.to_vec();
    }

    /// Looks at the packet that bytes begin with; how many to go on by.
    fn take(&mut self, bytes: &[u8], findings: &mut Findings) -> Option<usize> {
        let Some(stride) = self.stride else { return self.find(bytes) };
        let packet = bytes.get(..PACKET)?;
        if packet[0] != SYNC {
            self.stride = None;
            return Some(0);
        }
        // A packet without the next behind it is looked at when that has come, or never.
        bytes.get(..stride)?;
        self.packet(packet, findings);
        Some(stride)
    }

    /// Finds three packets at one distance; how many bytes come before them.
    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        let last = bytes.len().checked_sub(2 * STRIDES[2] + 1)?;
        let is_sync = |at: usize| bytes.get(at) == Some(&SYNC);
        for start in (0..=last).filter(|start| is_sync(*start)) {
            let fits = |stride: &&usize| is_sync(start + **stride) && is_sync(start + 2 * **stride);
            if let Some(stride) = STRIDES.iter().find(fits) {
                self.stride = Some(*stride);
                return Some(start);
            }
        }
        Some(last + 1)
    }

    fn packet(&mut self, packet: &[u8], findings: &mut Findings) {
        self.counter(packet, findings);
        self.timestamp(packet, findings);
    }

    /// Holds the continuity counter of a packet with payload against the last one (ISO/IEC 13818-1
    /// clause 2.4.3.3): the same again once, or the next.
    fn counter(&mut self, packet: &[u8], findings: &mut Findings) {
        const NULL: u16 = 0x1fff;
        let (pid, counter) = (pid(packet), packet[3] & 0xf);
        let (has_payload, has_field) = (packet[3] & 0x10 != 0, packet[3] & 0x20 != 0);
        let is_marked = has_field && packet[4] > 0 && packet[5] & 0x80 != 0;
        if pid == NULL || !has_payload {
            return;
        }
        let Some((last, is_twice)) = self.counters.insert(pid, (counter, false)) else { return };
        if counter == last && !is_twice {
            self.counters.insert(pid, (counter, true));
        } else if counter != (last + 1) & 0xf && !is_marked {
            let at = At {
                offset: Some(self.offset),
                path: format!("pid {pid}"),
                track: Some(pid.into()),
                time: None,
            };
            findings.add(&rule::TS_PACKETS_MISSING, at, format!("after counter {last} comes {counter}"));
        }
    }

    /// Holds the decode timestamp of a PES packet that begins here against the last one.
    fn timestamp(&mut self, packet: &[u8], findings: &mut Findings) {
        let Some((pid, stamp)) = decode_timestamp(packet) else { return };
        let last = self.last.insert(pid, stamp);
        if last.is_some_and(|last| last > stamp + HALF) {
            let at = At {
                offset: Some(self.offset),
                path: format!("pid {pid}/PES"),
                track: Some(pid.into()),
                time: None,
            };
            let detail = format!("after {} comes {stamp}", last.unwrap_or_default());
            findings.add(&rule::TS_TIMESTAMPS_WRAP, at, detail);
        }
    }
}

/// PID and decode timestamp of a packet in which a PES packet with one begins.
fn decode_timestamp(packet: &[u8]) -> Option<(u16, u64)> {
    let begins = packet[1] & 0x40 != 0;
    let payload = match packet[3] >> 4 & 3 {
        1 => 4,
        3 => 5 + usize::from(packet[4]),
        _ => return None,
    };
    let pes = packet.get(payload..).filter(|_| begins)?;
    let header = pes.strip_prefix(&[0, 0, 1])?;
    let stamp = match header.get(4)? >> 6 {
        2 => header.get(6..11)?,
        3 => header.get(11..16)?,
        _ => return None,
    };
    let bits = |at: usize| u64::from(stamp[at]);
    let value = (bits(0) >> 1 & 7) << 30 | bits(1) << 22 | bits(2) >> 1 << 15 | bits(3) << 7 | bits(4) >> 1;
    Some((pid(packet), value))
}

fn pid(packet: &[u8]) -> u16 {
    u16::from(packet[1] & 0x1f) << 8 | u16::from(packet[2])
}
