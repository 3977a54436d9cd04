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
/// `sync_byte`.
pub(crate) const SYNC: u8 = 0x47;

/// Layout of packets in the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Layout {
    /// Bytes before each packet: the time stamps of M2TS.
    pub(crate) before: usize,
    /// Bytes behind it: error correction.
    pub(crate) behind: usize,
}

impl Layout {
    const ALL: [Self; 3] =
        [Self { before: 0, behind: 0 }, Self { before: 4, behind: 0 }, Self { before: 0, behind: 16 }];

    /// Distances from packet to packet.
    pub(crate) const STRIDES: [usize; 3] = [PACKET, PACKET + 4, PACKET + 16];

    /// The layout of a stream that begins with these bytes, if two packets in a row have it.
    ///
    /// DEVIATION: TS-26 knows only packets that follow each other closely; recordings have the
    /// other two.
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

/// The fields of a packet's header.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) pid: u16,
    /// `payload_unit_start_indicator`.
    pub(crate) starts_unit: bool,
    pub(crate) continuity_counter: u8,
    pub(crate) discontinuity: bool,
    pub(crate) random_access: bool,
    /// Why its payload cannot be read.
    pub(crate) fault: Option<ErrorCode>,
    /// Whether its adaptation field is longer than its fields need: nearly always the last packet
    /// of a PES packet.
    pub(crate) is_stuffed: bool,
    /// Range of the payload in the packet; empty if there is none.
    pub(crate) payload: Range<usize>,
}

impl Packet {
    /// Reads the header; `None` without a sync byte.
    #[inline]
    pub(crate) fn parse(bytes: &[u8; PACKET]) -> Option<Self> {
        const TRANSPORT_ERROR_INDICATOR: u8 = 0x80;
        const UNIT_START: u8 = 0x40;
        let [sync, b1, b2, b3, ..] = *bytes;
        if sync != SYNC {
            return None;
        }
        let mut packet = Self {
            pid: u16::from(b1 & 0x1F) << 8 | u16::from(b2),
            starts_unit: b1 & UNIT_START != 0,
            continuity_counter: b3 & 0xF,
            discontinuity: false,
            random_access: false,
            fault: None,
            is_stuffed: false,
            payload: HEADER..PACKET,
        };
        let control = b3 >> 4 & 3;
        if control & 2 != 0 {
            packet.read_adaptation_field(bytes);
        }
        if control & 1 == 0 {
            packet.payload.start = PACKET;
        }
        if b3 >> 6 != 0 {
            packet.fault = Some(SCRAMBLED);
        }
        if b1 & TRANSPORT_ERROR_INDICATOR != 0 {
            packet.fault = Some(TRANSPORT_ERROR);
        }
        Some(packet)
    }

    fn read_adaptation_field(&mut self, bytes: &[u8; PACKET]) {
        let length = usize::from(bytes[HEADER]);
        self.payload.start = HEADER + 1 + length;
        if self.payload.start > PACKET {
            (self.fault, self.payload.start) = (Some(ADAPTATION_FIELD), PACKET);
            return;
        }
        let field = &bytes[HEADER + 1..self.payload.start];
        if let Some(flags) = field.first() {
            (self.discontinuity, self.random_access) = (flags & 0x80 != 0, flags & 0x40 != 0);
        }
        self.is_stuffed = field.is_empty() || length > needed(field).unwrap_or(length);
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

/// Bytes that the fields of an adaptation field take (clause 2.4.3.4), stuffing left out.
fn needed(field: &[u8]) -> Option<usize> {
    let Some(flags) = field.first() else { return Some(0) };
    let mut at = 1;
    at += if flags & 0x10 != 0 { 6 } else { 0 }; // PCR
    at += if flags & 0x08 != 0 { 6 } else { 0 }; // OPCR
    at += usize::from(flags & 0x04 != 0); // splice_countdown
    if flags & 0x02 != 0 {
        at += 1 + usize::from(*field.get(at)?); // transport_private_data
    }
    if flags & 0x01 != 0 {
        at += 1 + usize::from(*field.get(at)?); // adaptation_field_extension
    }
    Some(at)
}

/// The continuity counter of one PID (clause 2.4.3.3), with the last packet, which alone tells a
/// duplicate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Continuity {
    last: Option<u8>,
    packet: Option<Box<[u8; PACKET]>>,
    is_repeated: bool,
}

/// Order of a packet relative to the one before of its PID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    Next,
    /// The packet before once more.
    Duplicate,
    /// Others are missing, so many at least, or the counter began anew.
    Jump(u8),
}

impl Continuity {
    /// Takes the next packet that has a payload.
    #[inline]
    pub(crate) fn take(&mut self, packet: &Packet, bytes: &[u8; PACKET]) -> Order {
        let counter = packet.continuity_counter;
        let order = match self.last {
            None => Order::Next,
            Some(last) if (last + 1) & 0xF == counter => Order::Next,
            Some(last) if last == counter && !self.is_repeated && self.is_same(bytes) => Order::Duplicate,
            Some(last) => Order::Jump(counter.wrapping_sub(last).wrapping_sub(1) & 0xF),
        };
        self.is_repeated = order == Order::Duplicate;
        self.last = Some(counter);
        self.keep(bytes);
        order
    }

    /// The clock of a duplicate may be another.
    fn is_same(&self, bytes: &[u8; PACKET]) -> bool {
        const CLOCK: Range<usize> = 6..12;
        let Some(before) = &self.packet else { return false };
        let has_clock = bytes[3] & 0x20 != 0 && bytes[4] > 6 && bytes[5] & 0x10 != 0;
        let (head, tail) = if has_clock { (CLOCK.start, CLOCK.end) } else { (PACKET, PACKET) };
        bytes[..head] == before[..head] && bytes[tail..] == before[tail..]
    }

    #[inline]
    fn keep(&mut self, bytes: &[u8; PACKET]) {
        match &mut self.packet {
            Some(packet) => **packet = *bytes,
            None => self.packet = Some(Box::new(*bytes)),
        }
    }

    /// The counter of the last packet.
    pub(crate) fn last(&self) -> Option<u8> {
        self.last
    }

    /// Counts packets that were taken elsewhere; `packet` is the last of them.
    pub(crate) fn pass(&mut self, count: usize, packet: &[u8; PACKET]) {
        self.last = self.last.map(|last| last.wrapping_add(count as u8) & 0xF);
        self.keep(packet);
        self.is_repeated = false;
    }

    /// Takes the packet behind this counter as the next.
    pub(crate) fn expect_behind(&mut self, counter: u8) {
        (self.last, self.is_repeated) = (Some(counter), true);
    }

    /// Takes any packet as the next.
    pub(crate) fn clear(&mut self) {
        self.last = None;
        self.is_repeated = false;
    }
}
