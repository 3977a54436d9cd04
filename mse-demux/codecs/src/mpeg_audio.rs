//! Headers of MPEG-1, MPEG-2 and MPEG-2.5 audio (ISO/IEC 11172-3, 13818-3, MPA-8).

const RATES: [u32; 3] = [44_100, 48_000, 32_000];
/// In kbit/s: MPEG-1 layers I, II, III; MPEG-2 layers I, and II and III.
const BITRATES: [[u16; 15]; 5] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// The header of an MPEG audio frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MpegHeader {
    /// 1, 2, or 3 for 2.5.
    version: u8,
    /// 1 to 3.
    pub layer: u8,
    /// Samples per second.
    pub sample_rate: u32,
    /// Whether two bytes of CRC follow.
    pub has_crc: bool,
    /// One channel or two.
    pub is_mono: bool,
    /// Bytes of the frame with its header; 0 for free format.
    pub size: u16,
}

impl MpegHeader {
    /// Reads a header; `None` when these bytes are no header.
    #[inline]
    pub fn parse(&[sync, b1, b2, b3]: &[u8; 4]) -> Option<Self> {
        if sync != 0xFF || b1 & 0xE0 != 0xE0 {
            return None;
        }
        let version = match b1 >> 3 & 3 {
            0 => 3,
            2 => 2,
            3 => 1,
            _ => return None,
        };
        let layer = 4 - (b1 >> 1 & 3);
        let (bitrate, rate) = (usize::from(b2 >> 4), usize::from(b2 >> 2 & 3));
        if layer == 4 || bitrate == 15 || rate == 3 {
            return None;
        }
        let table = match (version, layer) {
            (1, layer) => usize::from(layer - 1),
            (_, 1) => 3,
            _ => 4,
        };
        let sample_rate = RATES[rate] >> (version - 1);
        let bits = u32::from(BITRATES[table][bitrate]) * 1000;
        let padding = u32::from(b2 >> 1 & 1);
        let mut header =
            Self { version, layer, sample_rate, has_crc: b1 & 1 == 0, is_mono: b3 >> 6 == 3, size: 0 };
        if bits > 0 {
            header.size = match layer {
                1 => (12 * bits / sample_rate + padding) * 4,
                _ => header.samples() / 8 * bits / sample_rate + padding,
            } as u16;
        }
        Some(header)
    }

    /// Bits of a header that, where they are the same, leave nothing different but the padding:
    /// syncword, version, layer, CRC, bit rate, sampling frequency and mode.
    pub const ALL_BUT_PADDING: u32 = 0xFFFF_FCC0;

    /// Bytes of padding that a header of layer II or III says.
    #[inline]
    pub fn padding(header: u32) -> u32 {
        header >> 9 & 1
    }

    /// Samples of the frame.
    #[inline]
    pub fn samples(&self) -> u32 {
        match (self.layer, self.version) {
            (1, _) => 384,
            (3, 2 | 3) => 576,
            _ => 1152,
        }
    }

    /// Bytes of the side information of layer III, which stands behind header and CRC.
    pub fn side_information(&self) -> usize {
        match (self.version, self.is_mono) {
            (1, false) => 32,
            (1, true) | (_, false) => 17,
            (_, true) => 9,
        }
    }

    /// Whether frames with this header need no other configuration than those with the other.
    #[inline]
    pub fn is_like(&self, other: &Self) -> bool {
        (self.version, self.layer, self.sample_rate, self.is_mono)
            == (other.version, other.layer, other.sample_rate, other.is_mono)
    }
}

#[cfg(test)]
mod tests {
    use super::MpegHeader;

    #[test]
    fn headers_that_differ_in_padding_alone_are_known_by_their_bits() {
        let mut same = 0;
        for bits in (0..1_u32 << 21).step_by(7) {
            let word = 0xFFE0_0000 | bits;
            let parse = |word: u32| MpegHeader::parse(&word.to_be_bytes());
            let Some(header) = parse(word).filter(|header| header.layer > 1 && header.size > 0) else {
                continue;
            };
            // Padding, private bit, mode extension, copyright, original, emphasis.
            for other in [word, word ^ 0x200, word ^ 0x100, word ^ 0x3F, word ^ 0x33F] {
                assert_eq!((word ^ other) & MpegHeader::ALL_BUT_PADDING, 0);
                let size = u32::from(header.size) - MpegHeader::padding(word) + MpegHeader::padding(other);
                assert_eq!(
                    parse(other),
                    Some(MpegHeader { size: size as u16, ..header }),
                    "{word:x} {other:x}"
                );
                same += 1;
            }
        }
        assert!(same > 1000, "{same}");
    }
}
