//! FLAC: frame headers (RFC 9639 section 9.1), and the STREAMINFO block of a `dfLa` record (RFC
//! 9639 section 8.2, Encapsulation of FLAC in ISO BMFF section 3.3.2).

use crate::bits::BitReader;

/// The fields of STREAMINFO that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlacStreamInfo {
    /// Samples per second. The sample entry's 16 bits do not reach all rates.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u8,
    /// Bits per sample.
    pub sample_size: u8,
}

impl FlacStreamInfo {
    /// Reads the payload of a `dfLa` box, version and flags included; STREAMINFO is its first
    /// block.
    pub fn parse(record: &[u8]) -> Option<Self> {
        const STREAMINFO: u32 = 0;
        const LENGTH: u32 = 34;
        let mut bits = BitReader::new(record);
        bits.skip(32 + 1)?;
        if bits.read(7)? != STREAMINFO || bits.read(24)? != LENGTH {
            return None;
        }
        bits.skip(16 + 16 + 24 + 24)?; // block and frame sizes
        let sample_rate = bits.read(20)?;
        let channels = bits.read_u8(3)? + 1;
        let sample_size = bits.read_u8(5)? + 1;
        (sample_rate > 0 && bits.left() >= 36 + 128).then_some(Self { sample_rate, channels, sample_size })
    }
}

/// The header of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlacFrameHeader {
    /// Samples of every channel.
    pub samples: u32,
    /// Whether frames of the stream have different numbers of samples.
    pub is_variable: bool,
    /// Number of the first sample, or of the frame where all frames but the last have as many.
    pub number: u64,
    /// Samples per second; 0: as STREAMINFO says.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u8,
    /// Bits per sample; 0: as STREAMINFO says.
    pub sample_size: u8,
    /// Bytes of the header in front of its checksum.
    pub size: usize,
}

impl FlacFrameHeader {
    /// Reads the first bytes of a frame. The checksum behind the header is the caller's to check.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        const SIZES: [u8; 8] = [0, 8, 12, u8::MAX, 16, 20, 24, 32];
        let &[0xFF, b1, b2, b3, ref rest @ ..] = bytes else { return None };
        if b1 & 0xFE != 0xF8 || b3 & 1 != 0 {
            return None;
        }
        let (block, rate, assignment, size) = (b2 >> 4, b2 & 15, b3 >> 4, b3 >> 1 & 7);
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
        let sample_rate = match rate {
            0 => 0,
            1..=11 => RATES[usize::from(rate) - 1],
            12 => take(1)? * 1000,
            13 => take(2)?,
            14 => take(2)? * 10,
            _ => return None,
        };
        let channels = match assignment {
            0..=7 => assignment + 1,
            8..=10 => 2,
            _ => return None,
        };
        let (is_variable, sample_size) = (b1 & 1 != 0, SIZES[usize::from(size)]);
        let size = bytes.len() - rest.len();
        Some(Self { samples, is_variable, number, sample_rate, channels, sample_size, size })
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
    fn a_header_says_how_many_samples_follow() {
        for (bytes, samples, size) in [
            (&b"\xFF\xF8\xC9\x18\x05"[..], 4096, 5),
            (b"\xFF\xF8\x19\x18\x05", 192, 5),
            (b"\xFF\xF8\x59\x18\xC2\x80", 4608, 6),
            (b"\xFF\xF8\x69\x18\x05\x0F", 16, 6),
            (b"\xFF\xF9\x7C\x18\x05\x03\xE7\x30", 1000, 8),
        ] {
            let header = FlacFrameHeader::parse(bytes).map(|header| (header.samples, header.size));
            assert_eq!(header, Some((samples, size)), "{bytes:x?}");
            assert_eq!(FlacFrameHeader::parse(&bytes[..bytes.len() - 1]), None, "cut");
        }
        for bytes in [b"\xFF\xF8\x09\x18\x05", b"\xFF\xF8\xCF\x18\x05", b"\xFF\xF8\xC9\xB8\x05"] {
            assert_eq!(FlacFrameHeader::parse(bytes), None, "{bytes:x?}");
        }
    }
}
