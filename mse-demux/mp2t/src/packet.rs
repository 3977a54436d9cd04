//! Transport stream packets (ISO/IEC 13818-1 clause 2.4.3, TS-19).

use crate::error_code::{ADAPTATION_FIELD, SCRAMBLED, TRANSPORT_ERROR};
use mse_core::ErrorCode;
use std::ops::Range;

/// Bytes of a packet.
pub(crate) const PACKET: usize = 188;
/// Bytes of its header.
pub(crate) const HEADER: usize = 4;
/// Bytes that tell every layout: more than the longest stride.
pub(crate) const PROBE: usize = 205;
const SYNC: u8 = 0x47;

/// How packets follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Layout {
    /// Bytes before each packet: the time stamps of M2TS.
    pub(crate) before: usize,
    /// Bytes behind it: error correction.
    pub(crate) behind: usize,
}

impl Layout {
    const ALL: [Self; 3] =
        [Self { before: 0, behind: 0 }, Self { before: 4, behind: 0 }, Self { before: 0, behind: 16 }];

    /// The layout of a stream that begins with these bytes, if two packets in a row have it.
    ///
    /// DEVIATION: TS-26 knows only packets that follow each other closely; recordings have the other two.
    pub(crate) fn find(head: &[u8]) -> Option<Self> {
        let is_sync = |at: usize| head.get(at).is_none_or(|byte| *byte == SYNC);
        Self::ALL
            .into_iter()
            .find(|layout| head.get(layout.before) == Some(&SYNC) && is_sync(layout.before + layout.stride()))
    }

    pub(crate) fn stride(self) -> usize {
        self.before + PACKET + self.behind
    }
}

/// What the header of a packet says.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) pid: u16,
    /// `payload_unit_start_indicator`.
    pub(crate) starts_unit: bool,
    pub(crate) continuity_counter: u8,
    pub(crate) discontinuity: bool,
    pub(crate) random_access: bool,
    /// Where the payload lies in the packet; empty if there is none.
    pub(crate) payload: Range<usize>,
}

impl Packet {
    /// Reads the header; `None` without a sync byte.
    #[inline]
    pub(crate) fn parse(bytes: &[u8; PACKET]) -> Option<Result<Self, ErrorCode>> {
        const TRANSPORT_ERROR_INDICATOR: u8 = 0x80;
        const UNIT_START: u8 = 0x40;
        let [sync, b1, b2, b3, ..] = *bytes;
        if sync != SYNC {
            return None;
        }
        if b1 & TRANSPORT_ERROR_INDICATOR != 0 {
            return Some(Err(TRANSPORT_ERROR));
        }
        let mut packet = Self {
            pid: u16::from(b1 & 0x1F) << 8 | u16::from(b2),
            starts_unit: b1 & UNIT_START != 0,
            continuity_counter: b3 & 0xF,
            discontinuity: false,
            random_access: false,
            payload: HEADER..PACKET,
        };
        if b3 >> 6 != 0 && packet.pid != Self::NULL {
            return Some(Err(SCRAMBLED));
        }
        let control = b3 >> 4 & 3;
        if control & 2 != 0 {
            let length = usize::from(bytes[4]);
            packet.payload.start = 5 + length;
            if packet.payload.start > PACKET {
                return Some(Err(ADAPTATION_FIELD));
            }
            if length > 0 {
                packet.discontinuity = bytes[5] & 0x80 != 0;
                packet.random_access = bytes[5] & 0x40 != 0;
            }
        }
        if control & 1 == 0 {
            packet.payload.start = PACKET;
        }
        Some(Ok(packet))
    }

    /// The header of a packet with this PID and counter that is full of payload and begins nothing.
    #[inline]
    pub(crate) fn plain_header(pid: u16, continuity_counter: u8) -> [u8; HEADER] {
        let [high, low] = pid.to_be_bytes();
        [SYNC, high, low, 0x10 | continuity_counter]
    }

    /// The PID of packets that carry nothing.
    pub(crate) const NULL: u16 = 0x1FFF;
}
