//! PES packets (ISO/IEC 13818-1 clause 2.4.3.6, TS-21): gathered from the packets of one PID.

use crate::error_code::{PES_INVALID, PES_TOO_LARGE};
use crate::packet::PACKET;
use bytes::Bytes;
use mse_core::ErrorCode;

/// Gathers the PES packets of one PID.
#[derive(Debug, Default)]
pub(crate) struct PesGatherer {
    bytes: Vec<u8>,
    /// Bytes of the unit before: the next one is likely to be about as long.
    before: usize,
    /// Whether a unit has begun.
    open: bool,
    /// Bytes of the whole unit, when its header says so.
    expected: Option<usize>,
    random_access: bool,
}

/// A whole PES packet.
#[derive(Debug)]
pub(crate) struct Pes {
    pub(crate) pts: Option<u64>,
    pub(crate) dts: Option<u64>,
    pub(crate) payload: Bytes,
    /// The random access indicator stood on its first packet.
    pub(crate) random_access: bool,
}

/// Bytes of the header up to its length.
const HEADER: usize = 9;

impl PesGatherer {
    /// A unit begins with this payload. What was open before must have been [taken](Self::finish).
    pub(crate) fn begin(&mut self, payload: &[u8], random_access: bool) {
        self.bytes.clear();
        self.bytes.extend_from_slice(payload);
        self.open = true;
        self.expected = None;
        self.random_access = random_access;
        self.read_length();
    }

    /// More of the unit. Without a beginning it is dropped.
    pub(crate) fn push(&mut self, payload: &[u8], limit: usize) -> Result<(), ErrorCode> {
        if self.open {
            self.reserve(payload.len());
            self.bytes.extend_from_slice(payload);
            self.read_length();
            if self.bytes.len() > limit {
                return Err(PES_TOO_LARGE);
            }
        }
        Ok(())
    }

    /// Bytes that can come, and be nothing but more of the unit: it neither ends with them nor grows beyond `limit`.
    pub(crate) fn room(&self, limit: usize) -> usize {
        let most = match self.expected {
            Some(expected) => limit.min(expected.saturating_sub(1)),
            None if self.bytes.len() < HEADER => 0,
            None => limit,
        };
        if self.open { most.saturating_sub(self.bytes.len()) } else { 0 }
    }

    /// Makes room for bytes that are there. Once the unit is more than one packet, for as many as it may have: never by what its header claims
    /// alone.
    pub(crate) fn reserve(&mut self, count: usize) {
        if count <= self.bytes.capacity() - self.bytes.len() {
            return;
        }
        // A last packet, which is not like the others, mostly follows.
        let count = count + PACKET;
        if self.bytes.capacity() <= PACKET {
            let likely = self.expected.map_or(self.before, |expected| expected.min(self.before));
            self.bytes.reserve_exact(count.max(likely.saturating_sub(self.bytes.len())));
        } else {
            self.bytes.reserve(count);
        }
    }

    /// More of the unit, of which there is [room](Self::room).
    #[inline]
    pub(crate) fn extend(&mut self, payload: &[u8]) {
        self.bytes.extend_from_slice(payload);
    }

    fn read_length(&mut self) {
        if self.expected.is_none()
            && let Some(&[_, _, _, _, high, low]) = self.bytes.first_chunk()
        {
            let length = usize::from(u16::from_be_bytes([high, low]));
            self.expected = (length > 0).then_some(6 + length);
        }
    }

    /// Whether all bytes that its header promised are there.
    pub(crate) fn is_complete(&self) -> bool {
        self.open && self.expected.is_some_and(|expected| self.bytes.len() >= expected)
    }

    /// Whether a unit of known length waits for its rest.
    pub(crate) fn awaits_rest(&self) -> bool {
        self.open && self.expected.is_some()
    }

    /// The unit, which ends here. One that is cut short is dropped (TS-19).
    pub(crate) fn finish(&mut self) -> Result<Option<Pes>, ErrorCode> {
        if !std::mem::take(&mut self.open) {
            return Ok(None);
        }
        let mut bytes = std::mem::take(&mut self.bytes);
        if let Some(expected) = self.expected {
            if bytes.len() < expected {
                return Ok(None);
            }
            bytes.truncate(expected);
        }
        self.before = bytes.len();
        bytes.shrink_to_fit();
        parse(Bytes::from(bytes), self.random_access).map(Some)
    }

    /// Forgets what was gathered.
    pub(crate) fn clear(&mut self) {
        self.open = false;
        self.bytes.clear();
    }
}

fn parse(bytes: Bytes, random_access: bool) -> Result<Pes, ErrorCode> {
    let Some(&[0, 0, 1, _, _, _, marker, flags, length]) = bytes.first_chunk::<HEADER>() else {
        return Err(PES_INVALID);
    };
    let start = HEADER + usize::from(length);
    if marker & 0xC0 != 0x80 || start > bytes.len() {
        return Err(PES_INVALID);
    }
    let fields = &bytes[HEADER..start];
    let pts = (flags & 0x80 != 0).then(|| timestamp(fields)).flatten();
    let dts = (flags & 0xC0 == 0xC0).then(|| timestamp(fields.get(5..)?)).flatten();
    Ok(Pes { pts, dts, payload: bytes.slice(start..), random_access })
}

/// 33 bits in five bytes, between marker bits.
fn timestamp(fields: &[u8]) -> Option<u64> {
    let &[a, b, c, d, e] = fields.first_chunk()?;
    let [a, b, c, d, e] = [a, b, c, d, e].map(u64::from);
    Some((a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1)
}
