//! [`FrameHeader`] (RFC 9639 section 9.1), and what of [`StreamInfo`] (section 8.2) it is held
//! against.

use crate::codec::STREAMINFO;
use symphonia::core::checksum::Crc8Ccitt;
use symphonia::core::io::Monitor;

/// Block sizes, frame sizes and the length of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct StreamInfo {
    min_block: u16,
    max_block: u16,
    min_frame: u32,
    max_frame: u32,
    rate: u32,
    channels: u8,
    bits: u8,
    /// Samples of the stream; 0 when it does not know.
    pub(crate) samples: u64,
}

impl StreamInfo {
    /// Reads the body of the block.
    pub(crate) fn parse(block: &[u8]) -> Option<Self> {
        let block: &[u8; STREAMINFO] = block.first_chunk()?;
        let number = |from: usize, count: usize| {
            block[from..from + count].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
        };
        let rest = number(10, 8);
        let info = Self {
            min_block: number(0, 2) as u16,
            max_block: number(2, 2) as u16,
            min_frame: number(4, 3) as u32,
            max_frame: number(7, 3) as u32,
            rate: (rest >> 44) as u32,
            channels: (rest >> 41 & 7) as u8 + 1,
            bits: (rest >> 36 & 31) as u8 + 1,
            samples: rest & ((1 << 36) - 1),
        };
        (info.max_block > 0 && info.min_block <= info.max_block).then_some(info)
    }

    /// Bytes that a frame may have: those of the largest, or all samples as they are, with headers.
    pub(crate) fn largest_frame(&self) -> u64 {
        let samples = u64::from(self.max_block) * u64::from(self.channels) * u64::from(self.bits + 1);
        u64::from(self.max_frame).max(samples.div_ceil(8) + 64)
    }

    /// Bytes that a frame has at least.
    pub(crate) fn smallest_frame(&self) -> u64 {
        u64::from(self.min_frame).max(8)
    }
}

/// The header of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FrameHeader {
    /// Samples of every channel.
    pub(crate) samples: u32,
    is_variable: bool,
    /// Number of the first sample, or of the frame if all have one block size.
    number: u64,
}

impl FrameHeader {
    /// Bytes that the longest has.
    pub(crate) const LONGEST: usize = 16;

    /// Reads a header; `None` when these bytes are none, or none of this stream.
    pub(crate) fn parse(bytes: &[u8], info: Option<&StreamInfo>) -> Option<Self> {
        let &[0xFF, b1, b2, b3, ref rest @ ..] = bytes else { return None };
        if b1 & 0xFE != 0xF8 || b3 & 1 != 0 {
            return None;
        }
        let (block, rate, assignment, depth) = (b2 >> 4, b2 & 15, b3 >> 4, b3 >> 1 & 7);
        let (number, mut rest) = coded_number(rest)?;
        let mut take = |count: usize| {
            let (field, behind) = rest.split_at_checked(count)?;
            rest = behind;
            Some(field.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)))
        };
        let samples = match block {
            0 => return None,
            1 => 192,
            2..=5 => 144 << block,
            6 => take(1)? + 1,
            7 => take(2)? + 1,
            _ => 1 << block,
        };
        let rate = match rate {
            0 => 0,
            1..=11 => RATES[usize::from(rate) - 1],
            12 => take(1)? * 1000,
            13 => take(2)?,
            14 => take(2)? * 10,
            _ => return None,
        };
        let length = bytes.len() - rest.len();
        let mut checksum = Crc8Ccitt::new(0);
        checksum.process_buf_bytes(&bytes[..length]);
        if rest.first() != Some(&checksum.crc()) {
            return None;
        }
        let header = Self { samples, is_variable: b1 & 1 != 0, number };
        header.is_of(rate, assignment, depth, info).then_some(header)
    }

    fn is_of(&self, rate: u32, assignment: u8, depth: u8, info: Option<&StreamInfo>) -> bool {
        /// Bits of a sample; 0 is those of the stream.
        const DEPTHS: [u8; 8] = [0, 8, 12, u8::MAX, 16, 20, 24, 32];
        let channels = match assignment {
            0..=7 => assignment + 1,
            8..=10 => 2,
            _ => return false,
        };
        let depth = DEPTHS[usize::from(depth)];
        info.is_none_or(|info| {
            channels == info.channels
                && self.samples <= u32::from(info.max_block)
                && (rate == 0 || rate == info.rate)
                && (depth == 0 || depth == info.bits)
        })
    }

    /// The first sample.
    pub(crate) fn first_sample(&self, info: &StreamInfo) -> Option<i64> {
        let number = if self.is_variable { self.number } else { self.number * u64::from(info.max_block) };
        i64::try_from(number).ok()
    }

    /// Whether the next frame has that header.
    pub(crate) fn is_before(&self, next: &Self) -> bool {
        let step = if self.is_variable { self.samples.into() } else { 1 };
        self.is_variable == next.is_variable && self.number + step == next.number
    }
}

const RATES: [u32; 11] =
    [88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/// A number of up to 36 bits, coded as UTF-8 codes characters; and what follows.
fn coded_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let more = match first.leading_ones() {
        0 => return Some((first.into(), rest)),
        count @ 2..=7 => count as usize - 1,
        _ => return None,
    };
    let (field, rest) = rest.split_at_checked(more)?;
    let mut number = u64::from(first) & (0x3F >> more);
    for byte in field {
        if byte >> 6 != 0b10 {
            return None;
        }
        number = number << 6 | u64::from(byte & 0x3F);
    }
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length() {
        let table: [(&[u8], u64); 5] = [
            (b"\x7F", 0x7F),
            (b"\xC2\x80", 0x80),
            (b"\xE0\xA0\x80", 0x800),
            (b"\xFC\x84\x80\x80\x80\x80", 0x400_0000),
            (b"\xFE\xBF\xBF\xBF\xBF\xBF\xBF", (1 << 36) - 1),
        ];
        for (bytes, number) in table {
            assert_eq!(coded_number(bytes), Some((number, &[][..])), "{bytes:x?}");
            assert_eq!(coded_number(&bytes[..bytes.len() - 1]), None, "cut");
        }
        assert_eq!(
            (coded_number(b"\x80"), coded_number(b"\xFF"), coded_number(b"\xC2\x00")),
            (None, None, None)
        );
    }

    #[test]
    fn every_bit_of_a_header_is_checked() {
        let mut bytes = b"\xFF\xF8\xC9\x18\x05".to_vec();
        let mut checksum = Crc8Ccitt::new(0);
        checksum.process_buf_bytes(&bytes);
        bytes.push(checksum.crc());
        let header = FrameHeader::parse(&bytes, None);
        assert_eq!(header, Some(FrameHeader { samples: 4096, is_variable: false, number: 5 }));
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FrameHeader::parse(&bytes, None), None, "bit {bit}");
        }
    }
}
