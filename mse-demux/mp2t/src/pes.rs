//! PES packets (ISO/IEC 13818-1 clause 2.4.3.6, TS-21): gathered from the packets of one PID.

use crate::error_code::{PES_INVALID, PES_TOO_LARGE};
use crate::packet::PACKET;
use bytes::Bytes;
use mse_core::{ErrorCode, OUT_OF_MEMORY};

/// Gathers the PES packets of one PID.
#[derive(Debug, Default)]
pub(crate) struct PesGatherer {
    state: State,
    /// Bytes of the packet that were not handed out.
    bytes: Vec<u8>,
    /// Bytes handed out before these.
    handed: usize,
    /// Bytes of the unit before: the next one is likely to be about as long.
    before: usize,
    /// Bytes of the whole unit, when its header says so.
    expected: Option<usize>,
    /// Bytes of the header, once it is read; 0 until then.
    header: usize,
    /// The last of the packets it was gathered from.
    last: Last,
}

/// State of the gathering.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum State {
    /// No packet has begun, or the one that had was lost.
    #[default]
    Nothing,
    /// A packet has begun.
    Open,
    /// More of a packet of which a part is missing.
    Holed,
    /// A packet has ended.
    Complete,
    /// A packet without a length was let out as if it had ended.
    Released,
}

#[derive(Clone, Copy, Debug, Default)]
struct Last {
    payload: usize,
    is_stuffed: bool,
}

/// The fields of a PES header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PesHeader {
    pub(crate) pts: Option<u64>,
    pub(crate) dts: Option<u64>,
}

/// Bytes of the header up to the one that says how long it is.
const FIXED: usize = 9;

impl PesGatherer {
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// A unit begins with this payload. The one before must have been taken.
    pub(crate) fn begin(&mut self, payload: &[u8], is_stuffed: bool) {
        self.bytes.clear();
        self.bytes.extend_from_slice(payload);
        (self.state, self.handed, self.header, self.expected) = (State::Open, 0, 0, None);
        self.last = Last { payload: payload.len(), is_stuffed };
    }

    /// More of the unit.
    pub(crate) fn push(&mut self, payload: &[u8], is_stuffed: bool, limit: usize) -> Result<(), ErrorCode> {
        if !self.reserve(payload.len()) {
            return Err(OUT_OF_MEMORY);
        }
        self.bytes.extend_from_slice(payload);
        self.last = Last { payload: payload.len(), is_stuffed };
        if self.handed + self.bytes.len() > limit { Err(PES_TOO_LARGE) } else { Ok(()) }
    }

    /// Reads the header as soon as it is there; gives it once.
    pub(crate) fn read_header(&mut self) -> Result<Option<PesHeader>, ErrorCode> {
        if self.state != State::Open || self.header != 0 {
            return Ok(None);
        }
        let Some(&[a, b, c, _, high, low, marker, flags, length]) = self.bytes.first_chunk::<FIXED>() else {
            let begins_as_one = [0, 0, 1].starts_with(&self.bytes[..self.bytes.len().min(3)]);
            return if begins_as_one { Ok(None) } else { Err(PES_INVALID) };
        };
        let (header, size) = (FIXED + usize::from(length), usize::from(u16::from_be_bytes([high, low])));
        if [a, b, c] != [0, 0, 1] || marker & 0xC0 != 0x80 || (size > 0 && 6 + size < header) {
            return Err(PES_INVALID);
        }
        let Some(fields) = self.bytes.get(FIXED..header) else { return Ok(None) };
        self.header = header;
        self.expected = (size > 0).then_some(6 + size);
        let pts = (flags & 0x80 != 0).then(|| timestamp(fields)).flatten();
        let dts = (flags & 0xC0 == 0xC0).then(|| timestamp(fields.get(5..)?)).flatten();
        Ok(Some(PesHeader { pts, dts }))
    }

    /// Bytes that can come, and be nothing but more of the unit: it neither ends with them nor
    /// grows beyond `limit`.
    pub(crate) fn room(&self, limit: usize) -> usize {
        let most = match (self.state, self.expected) {
            (State::Holed, _) => limit,
            (State::Open, _) if self.header == 0 => 0,
            (State::Open, Some(expected)) => limit.min(expected.saturating_sub(1)),
            (State::Open, None) => limit,
            _ => 0,
        };
        most.saturating_sub(self.handed + self.bytes.len())
    }

    /// Makes room for bytes that are there. Once the unit is more than one packet, for as many as
    /// it may have: never by what its header claims alone. `false` when there is no memory for
    /// them.
    pub(crate) fn reserve(&mut self, count: usize) -> bool {
        if count <= self.bytes.capacity() - self.bytes.len() {
            return true;
        }
        // A last packet, which is not like the others, mostly follows.
        let count = count + PACKET;
        if self.bytes.capacity() <= PACKET {
            let likely = self.expected.map_or(self.before, |expected| expected.min(self.before));
            self.bytes.try_reserve_exact(count.max(likely.saturating_sub(self.bytes.len()))).is_ok()
        } else {
            self.bytes.try_reserve(count).is_ok()
        }
    }

    /// More of the unit, of which there is [room](Self::room): the payload of a packet that is full
    /// of it.
    #[inline]
    pub(crate) fn extend(&mut self, payload: &[u8]) {
        self.bytes.extend_from_slice(payload);
        self.last = Last { payload: payload.len(), is_stuffed: false };
    }

    /// Whether all bytes that its header promised are there.
    pub(crate) fn has_all(&self) -> bool {
        self.state == State::Open
            && self.expected.is_some_and(|expected| self.handed + self.bytes.len() >= expected)
    }

    /// Whether a unit of known length waits for its rest.
    pub(crate) fn awaits_rest(&self) -> bool {
        self.state == State::Open && (self.expected.is_some() || self.header == 0)
    }

    /// Whether a unit without a length seems to be whole: its last packet was stuffed, which a
    /// packet in its middle never needs to be.
    pub(crate) fn seems_whole(&self) -> bool {
        self.state == State::Open && self.header != 0 && self.expected.is_none() && self.last.is_stuffed
    }

    /// Whether the header was read.
    pub(crate) fn has_header(&self) -> bool {
        self.header != 0
    }

    /// Whether a unit without a length has begun.
    pub(crate) fn has_no_length(&self) -> bool {
        self.state == State::Open && self.header != 0 && self.expected.is_none()
    }

    /// Bytes so far, and those of the whole.
    pub(crate) fn progress(&self) -> (usize, Option<usize>) {
        (self.handed + self.bytes.len(), self.expected)
    }

    /// The payload that was not handed out.
    pub(crate) fn take(&mut self) -> Bytes {
        let mut bytes = std::mem::take(&mut self.bytes);
        let total = self.handed + bytes.len();
        if let Some(expected) = self.expected.filter(|_| self.state == State::Open) {
            bytes.truncate(expected.saturating_sub(self.handed));
        }
        let from = self.header.saturating_sub(self.handed);
        (self.before, self.handed) = (total, total);
        bytes.shrink_to_fit();
        let bytes = Bytes::from(bytes);
        if from < bytes.len() { bytes.slice(from..) } else { Bytes::new() }
    }

    /// Bytes beyond the length that the header says.
    pub(crate) fn excess(&self) -> usize {
        self.expected.map_or(0, |expected| (self.handed + self.bytes.len()).saturating_sub(expected))
    }

    /// The unit is over, and what it had was taken.
    pub(crate) fn end(&mut self, state: State) {
        self.bytes.clear();
        self.state = state;
    }

    /// Takes back the payload of the last packet, if it was not handed out; says how many bytes.
    pub(crate) fn drop_last(&mut self) -> usize {
        let count = self.last.payload.min(self.bytes.len());
        self.bytes.truncate(self.bytes.len() - count);
        self.last = Last::default();
        count
    }

    /// Forgets what was gathered; says how many bytes.
    pub(crate) fn clear(&mut self) -> usize {
        let count = self.bytes.len();
        self.end(State::Nothing);
        count
    }
}

/// 33 bits in five bytes, between marker bits.
fn timestamp(fields: &[u8]) -> Option<u64> {
    let &[a, b, c, d, e] = fields.first_chunk()?;
    let [a, b, c, d, e] = [a, b, c, d, e].map(u64::from);
    Some((a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1)
}
