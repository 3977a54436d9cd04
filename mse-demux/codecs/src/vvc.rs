//! H.266: the `vvcC` record (ISO/IEC 14496-15 clause 11.2.4.2), and the parameter sets that samples
//! may bring.

use crate::bits::BitReader;
use crate::nal::nal_units;
use mse_core::codec::Vvc;

const SPS_NUT: u8 = 15;
const PPS_NUT: u8 = 16;
/// Decoding capability information and operating point information: one of them, without a count.
const DCI_NUT: u8 = 13;
const OPI_NUT: u8 = 12;

/// The fields of a VvcDecoderConfigurationRecord that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VvcConfiguration {
    /// Bytes of the length before each NAL unit: 1, 2 or 4 (ISO-37).
    pub nal_length_size: u8,
    /// The fields of the codec string, where the record has them. The record knows the
    /// size of pictures before cropping only; the sample entry has the size after it.
    pub profile_tier_level: Option<Vvc>,
    /// Whether there are a sequence and a picture parameter set.
    pub has_parameter_sets: bool,
}

impl VvcConfiguration {
    /// Reads the payload of a `vvcC` box behind its version and flags.
    pub fn parse(record: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(record);
        bits.skip(5)?;
        let nal_length_size = bits.read_u8(2)? + 1;
        let profile_tier_level = if bits.flag()? { Some(read_profile(&mut bits)?) } else { None };
        let has_parameter_sets = read_arrays(&mut bits)?;
        (nal_length_size != 3).then_some(Self { nal_length_size, profile_tier_level, has_parameter_sets })
    }
}

fn read_profile(bits: &mut BitReader<'_>) -> Option<Vvc> {
    bits.skip(9)?; // ols_idx
    let sublayers = bits.read(3)?;
    bits.skip(2 + 2 + 3 + 5)?; // constant_frame_rate, chroma_format_idc, bit_depth_minus8, reserved
    let codec = read_record(bits, sublayers)?;
    bits.skip(16 + 16 + 16)?; // max_picture_width, max_picture_height, avg_frame_rate
    Some(codec)
}

/// VvcPTLRecord(`sublayers`).
fn read_record(bits: &mut BitReader<'_>, sublayers: u32) -> Option<Vvc> {
    bits.skip(2)?;
    let constraint_bytes = bits.read(6)? as usize;
    let general_profile_idc = bits.read_u8(7)?;
    let general_tier_flag = bits.flag()?;
    let general_level_idc = bits.read_u8(8)?;
    // ptl_frame_only_constraint_flag and ptl_multi_layer_enabled_flag are the first two bits of the
    // constraint bytes.
    bits.skip(8 * constraint_bytes.max(1))?;
    if sublayers > 1 {
        // A flag for each sublayer but the highest, filled up to a byte.
        let levels = (0..8).map(|_| bits.flag()).collect::<Option<Vec<_>>>()?;
        let present = levels.iter().take(sublayers as usize - 1).filter(|present| **present).count();
        bits.skip(8 * present)?;
    }
    let sub_profiles = bits.read(8)? as usize;
    bits.skip(32 * sub_profiles)?;
    Some(Vvc { general_profile_idc, general_tier_flag, general_level_idc })
}

/// The arrays of NAL units; whether they hold what a decoder must have.
fn read_arrays(bits: &mut BitReader<'_>) -> Option<bool> {
    let (mut has_sequence, mut has_picture) = (false, false);
    for _ in 0..bits.read(8)? {
        bits.skip(1 + 2)?; // array_completeness, reserved
        let kind = bits.read_u8(5)?;
        let count = if matches!(kind, DCI_NUT | OPI_NUT) { 1 } else { bits.read(16)? };
        for _ in 0..count {
            let length = bits.read(16)? as usize;
            bits.skip(8 * length)?;
            has_sequence |= kind == SPS_NUT;
            has_picture |= kind == PPS_NUT;
        }
    }
    Some(has_sequence && has_picture)
}

/// Whether a sample brings a sequence and a picture parameter set of its own (ISO-20); a video
/// parameter set is needed only for several layers.
pub fn has_parameter_sets(sample: &[u8], nal_length_size: u8) -> bool {
    let has = |kind| {
        nal_units(sample, nal_length_size).any(|unit| unit.get(1).is_some_and(|head| head >> 3 == kind))
    };
    has(SPS_NUT) && has(PPS_NUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Main 10, level 5.1, 1920x1080, four-byte lengths, one sequence and one picture parameter
    /// set.
    const RECORD: &[u8] = &[
        0xFF, // reserved, 4-byte lengths, ptl present
        0x00,
        0x10 | 0x05,
        0x5F, // ols 0, 1 sublayer, 4:2:0, 10 bits
        0x01,
        0x02,
        0x53,
        0x00, // one constraint byte; profile 1, main tier; level 83
        0x00, // no sub-profiles
        0x07,
        0x80,
        0x04,
        0x38,
        0x00,
        0x00, // 1920x1080, frame rate unknown
        0x02, // arrays
        0x8F,
        0x00,
        0x01,
        0x00,
        0x02,
        0x00,
        0x79, // SPS
        0x90,
        0x00,
        0x01,
        0x00,
        0x02,
        0x00,
        0x81, // PPS
    ];

    #[test]
    fn a_record_says_profile_and_sets() {
        let codec = Vvc { general_profile_idc: 1, general_tier_flag: false, general_level_idc: 83 };
        let expected = VvcConfiguration {
            nal_length_size: 4,
            profile_tier_level: Some(codec),
            has_parameter_sets: true,
        };
        assert_eq!(VvcConfiguration::parse(RECORD), Some(expected));
        for length in 0..RECORD.len() {
            assert_eq!(VvcConfiguration::parse(&RECORD[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn a_record_may_have_no_profile_and_no_sets() {
        let parsed = VvcConfiguration::parse(&[0xFE, 0]).unwrap();
        assert_eq!((parsed.nal_length_size, parsed.profile_tier_level), (4, None));
        assert!(!parsed.has_parameter_sets);
        assert_eq!(VvcConfiguration::parse(&[0xFC, 0]), None, "lengths of three bytes");
    }

    #[test]
    fn samples_may_bring_their_sets() {
        let sample = [0, 0, 0, 2, 0, 0x79, 0, 0, 0, 2, 0, 0x81, 0, 0, 0, 2, 0, 0x39];
        assert!(has_parameter_sets(&sample, 4));
        assert!(!has_parameter_sets(&sample[6..], 4));
    }
}
