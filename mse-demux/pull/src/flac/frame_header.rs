//! [`FrameHeader`] (RFC 9639 section 9.1), and what of [`StreamInfo`] (section 8.2) it is held
//! against.

use crate::codec::STREAMINFO;
use mse_codecs::flac::FlacFrameHeader;
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
        let header = FlacFrameHeader::parse(bytes)?;
        let (checked, rest) = bytes.split_at_checked(header.size)?;
        let mut checksum = Crc8Ccitt::new(0);
        checksum.process_buf_bytes(checked);
        if rest.first() != Some(&checksum.crc()) {
            return None;
        }
        let FlacFrameHeader { samples, is_variable, number, sample_rate, channels, sample_size, .. } = header;
        let is_of = |info: &StreamInfo| {
            channels == info.channels
                && samples <= u32::from(info.max_block)
                && (sample_rate == 0 || sample_rate == info.rate)
                && (sample_size == 0 || sample_size == info.bits)
        };
        info.is_none_or(is_of).then_some(Self { samples, is_variable, number })
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

#[cfg(test)]
mod tests {
    use super::*;

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
