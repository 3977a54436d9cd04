//! Blocks (RFC 9559 section 10): header and lacing (WEBM-17, WEBM-18).

use crate::ebml::{Vint, read_vint};
use crate::error_code::BLOCK_INVALID;
use crate::fault::{Fault, Result};
use mse_core::FrameData;

/// Frames that one block can hold.
pub(crate) const MAX_LACED: usize = 256;

/// The header of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockHeader {
    pub(crate) track_number: u64,
    /// Ticks from the Cluster's timestamp.
    pub(crate) offset: i16,
    flags: u8,
    /// Bytes of the header.
    length: usize,
}

impl BlockHeader {
    const KEYFRAME: u8 = 0x80;
    const LACING: u8 = 0x06;

    /// Reads the header of a block whose data begins at `offset` in the stream.
    #[inline]
    pub(crate) fn parse(data: &[u8], offset: u64) -> Result<Self> {
        Self::peek(data).ok_or_else(|| Fault::new(BLOCK_INVALID, offset, "the block ends within its header"))
    }

    /// The same; `None` when the block ends within its header.
    #[inline]
    pub(crate) fn peek(data: &[u8]) -> Option<Self> {
        let Vint::Number(track_number, length) = read_vint(data) else { return None };
        let &[high, low, flags] = data.get(length..)?.first_chunk()?;
        Some(Self { track_number, offset: i16::from_be_bytes([high, low]), flags, length: length + 3 })
    }

    /// The flag of a SimpleBlock (WEBM-13).
    pub(crate) fn is_keyframe(&self) -> bool {
        self.flags & Self::KEYFRAME != 0
    }

    /// Offset of the payload within a block without lacing.
    #[inline]
    pub(crate) fn unlaced(&self) -> Option<usize> {
        (self.flags & Self::LACING == 0).then_some(self.length)
    }

    /// The payloads of a block, with lacing or without. Those of no bytes are no frames, unless
    /// something is put in front of them.
    pub(crate) fn payloads(&self, block: &FrameData, offset: u64, keeps_empty: bool) -> Result<Payloads> {
        let invalid =
            || Fault::new(BLOCK_INVALID, offset, "the sizes of the laced frames do not fit the block");
        let data = block.get(self.length..).unwrap_or_default();
        if self.flags & Self::LACING == 0 {
            let one = Some(data.len()).filter(|size| *size > 0 || keeps_empty);
            let (empty, many) = (usize::from(one.is_none()), Vec::new().into_iter());
            return Ok(Payloads { at: self.length, block: block.clone(), one, many, empty });
        }
        let (&count, mut rest) = data.split_first().ok_or_else(invalid)?;
        let count = usize::from(count) + 1;
        let sizes = match self.flags & Self::LACING {
            0x02 => xiph(&mut rest, count),
            0x04 => (rest.len() % count == 0).then(|| vec![rest.len() / count; count]),
            _ => ebml(&mut rest, count),
        };
        let mut sizes = sizes.ok_or_else(invalid)?;
        debug_assert!(sizes.len() <= MAX_LACED);
        if !keeps_empty {
            sizes.retain(|size| *size > 0);
        }
        let (at, block, empty) = (block.len() - rest.len(), block.clone(), count - sizes.len());
        Ok(Payloads { at, block, one: None, many: sizes.into_iter(), empty })
    }
}

/// The payloads of a block, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Payloads {
    block: FrameData,
    at: usize,
    /// The size of the only one.
    one: Option<usize>,
    /// The sizes of those that are laced.
    many: std::vec::IntoIter<usize>,
    /// Number of those of no bytes, which are no frames.
    empty: usize,
}

impl Payloads {
    /// Number of payloads that are left.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.one.is_some()) + self.many.len()
    }

    /// Number of payloads of no bytes that were passed over.
    pub(crate) fn empty(&self) -> usize {
        self.empty
    }
}

impl Iterator for Payloads {
    type Item = FrameData;

    fn next(&mut self) -> Option<FrameData> {
        let size = self.one.take().or_else(|| self.many.next())?;
        let payload = window(&self.block, self.at, size);
        self.at += size;
        payload
    }
}

/// A part of a block.
fn window(block: &FrameData, at: usize, size: usize) -> Option<FrameData> {
    let end = at.checked_add(size)?;
    let within = end <= block.len();
    within.then(|| FrameData::new(block.piece().clone(), block.offset() + at as u32, size as u32))?
}

/// Sizes as runs of 255 and a smaller byte; the last one is what is left.
fn xiph(rest: &mut &[u8], count: usize) -> Option<Vec<usize>> {
    let mut sizes = Vec::with_capacity(count);
    for _ in 1..count {
        let mut size = 0;
        loop {
            let (&byte, behind) = rest.split_first()?;
            *rest = behind;
            size += usize::from(byte);
            if byte != u8::MAX {
                break;
            }
        }
        sizes.push(size);
    }
    finish(sizes, rest)
}

/// The first size as a variable-length integer, the others as differences; the last one is what is
/// left.
fn ebml(rest: &mut &[u8], count: usize) -> Option<Vec<usize>> {
    let mut sizes = Vec::with_capacity(count);
    let mut size = 0_i64;
    for index in 1..count {
        let Vint::Number(number, length) = read_vint(rest) else { return None };
        *rest = rest.get(length..)?;
        let number = i64::try_from(number).ok()?;
        let bias = if index == 1 { 0 } else { (1_i64 << (7 * length - 1)) - 1 };
        size = size.checked_add(number - bias)?;
        sizes.push(usize::try_from(size).ok()?);
    }
    finish(sizes, rest)
}

fn finish(mut sizes: Vec<usize>, rest: &[u8]) -> Option<Vec<usize>> {
    let taken = sizes.iter().try_fold(0_usize, |sum, size| sum.checked_add(*size))?;
    sizes.push(rest.len().checked_sub(taken)?);
    Some(sizes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    /// The sizes of the frames of a block of track 1 with these flags and bytes.
    fn sizes(flags: u8, bytes: &[u8]) -> Option<Vec<usize>> {
        let block = FrameData::from(Bytes::from([&[0x81, 0, 0, flags], bytes].concat()));
        let header = BlockHeader::parse(&block, 0).unwrap();
        header.payloads(&block, 0, true).ok().map(|payloads| payloads.map(|payload| payload.len()).collect())
    }

    #[test]
    fn every_lacing_gives_the_frames_their_sizes() {
        // WEBM-18; the EBML example is that of RFC 9559 section 10.3.3: 800, 500, 1000.
        let of = |head: &[u8], rest: usize| [head, &vec![0; rest]].concat();
        assert_eq!(sizes(0, &[1, 2, 3]), Some(vec![3]));
        assert_eq!(sizes(0x02, &of(&[2, 255, 45, 255, 245], 300 + 500 + 7)), Some(vec![300, 500, 7]));
        assert_eq!(sizes(0x04, &of(&[3], 40)), Some(vec![10; 4]));
        assert_eq!(
            sizes(0x06, &of(&[2, 0x43, 0x20, 0x5E, 0xD3], 800 + 500 + 1000)),
            Some(vec![800, 500, 1000])
        );
        for (flags, bytes) in [
            (0x02, of(&[], 0)),
            (0x02, of(&[2, 255], 0)),
            (0x02, of(&[1, 9], 8)),
            (0x04, of(&[2], 40)),
            (0x06, of(&[2, 0x81, 0x80], 9)),
            (0x06, of(&[1, 0], 9)),
        ] {
            assert_eq!(sizes(flags, &bytes), None, "{flags} {bytes:?}");
        }
    }
}
