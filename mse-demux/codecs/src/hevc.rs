//! H.265: the `hvcC` record (ISO/IEC 14496-15 clause 8.3.3) and of a sequence parameter set the size (ISO/IEC 23008-2
//! clause 7.3.2.2). Pixel aspect and colour stand behind the reference picture sets of the VUI; containers repeat them.

use crate::bits::{BitReader, unescape};
use crate::nal::nal_units;
use mse_core::codec::Hevc;

const VPS_NUT: u8 = 32;
const SPS_NUT: u8 = 33;
const PPS_NUT: u8 = 34;

/// What the engine needs of an HEVCDecoderConfigurationRecord.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HevcConfiguration<'a> {
    /// Profile, tier, level and constraints, the fields of the codec string.
    pub profile_tier_level: Hevc,
    /// Bytes of the length before each NAL unit: 1, 2 or 4 (ISO-37).
    pub nal_length_size: u8,
    /// The first sequence parameter set, with its NAL unit header.
    pub sequence_parameter_set: Option<&'a [u8]>,
    /// Whether there are a video, a sequence and a picture parameter set.
    pub has_parameter_sets: bool,
}

impl<'a> HevcConfiguration<'a> {
    /// Reads the payload of an `hvcC` box.
    pub fn parse(record: &'a [u8]) -> Option<Self> {
        let (head, arrays) = record.split_first_chunk::<23>()?;
        let [_, profile, flags @ ..] = head;
        let nal_length_size = (head[21] & 3) + 1;
        if nal_length_size == 3 {
            return None;
        }
        let mut constraints = [0; 6];
        constraints.copy_from_slice(&head[6..12]);
        let profile_tier_level = Hevc {
            general_profile_space: profile >> 6,
            general_profile_idc: profile & 0x1F,
            general_profile_compatibility_flags: u32::from_be_bytes([flags[0], flags[1], flags[2], flags[3]]),
            general_tier_flag: profile & 0x20 != 0,
            general_level_idc: head[12],
            general_constraint_indicator_flags: constraints,
        };
        let sets = ParameterSets::parse(arrays, head[22])?;
        Some(Self {
            profile_tier_level,
            nal_length_size,
            sequence_parameter_set: sets.sequence,
            has_parameter_sets: sets.has_video && sets.sequence.is_some() && sets.has_picture,
        })
    }
}

/// Whether a sample brings a video, a sequence and a picture parameter set of its own (ISO-20).
pub fn has_parameter_sets(sample: &[u8], nal_length_size: u8) -> bool {
    let has = |kind| {
        nal_units(sample, nal_length_size)
            .any(|unit| unit.first().is_some_and(|head| head >> 1 & 0x3F == kind))
    };
    has(VPS_NUT) && has(SPS_NUT) && has(PPS_NUT)
}

#[derive(Default)]
struct ParameterSets<'a> {
    has_video: bool,
    sequence: Option<&'a [u8]>,
    has_picture: bool,
}

impl<'a> ParameterSets<'a> {
    /// `count` arrays, each of NAL units of one type with 16-bit lengths.
    fn parse(mut bytes: &'a [u8], count: u8) -> Option<Self> {
        let mut sets = Self::default();
        for _ in 0..count {
            let ([kind, high, low], mut rest) = bytes.split_first_chunk()?;
            for _ in 0..u16::from_be_bytes([*high, *low]) {
                let (length, after) = rest.split_first_chunk()?;
                let (nal, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
                match kind & 0x3F {
                    VPS_NUT => sets.has_video = true,
                    SPS_NUT => sets.sequence = sets.sequence.or(Some(nal)),
                    PPS_NUT => sets.has_picture = true,
                    _ => {}
                }
                rest = after;
            }
            bytes = rest;
        }
        Some(sets)
    }
}

/// What a sequence parameter set says about the picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HevcSequence {
    /// Pixels across, within the conformance window.
    pub width: u32,
    /// Pixels down, within the conformance window.
    pub height: u32,
}

impl HevcSequence {
    /// Reads a sequence parameter set with its NAL unit header.
    pub fn parse(nal: &[u8]) -> Option<Self> {
        let payload = unescape(nal.get(2..)?, 1024);
        let mut bits = BitReader::new(&payload);
        bits.skip(4)?; // sps_video_parameter_set_id
        let max_sub_layers_minus1 = bits.read_u8(3)?;
        bits.skip(1)?;
        skip_profile_tier_level(&mut bits, max_sub_layers_minus1)?;
        bits.ue()?; // sps_seq_parameter_set_id
        let chroma_format_idc = bits.ue()?;
        let separate_planes = chroma_format_idc == 3 && bits.flag()?;
        let (width, height) = (bits.ue()?, bits.ue()?);
        let (mut crop_x, mut crop_y) = (0, 0);
        if bits.flag()? {
            let [left, right, top, bottom] = [bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?];
            let unit_x = if !separate_planes && matches!(chroma_format_idc, 1 | 2) { 2 } else { 1 };
            let unit_y = if !separate_planes && chroma_format_idc == 1 { 2 } else { 1 };
            crop_x = left.checked_add(right)?.checked_mul(unit_x)?;
            crop_y = top.checked_add(bottom)?.checked_mul(unit_y)?;
        }
        Some(Self {
            width: width.checked_sub(crop_x).filter(|width| *width > 0)?,
            height: height.checked_sub(crop_y).filter(|height| *height > 0)?,
        })
    }
}

/// `profile_tier_level(1, max_sub_layers_minus1)` (clause 7.3.3).
fn skip_profile_tier_level(bits: &mut BitReader<'_>, max_sub_layers_minus1: u8) -> Option<()> {
    bits.skip(88 + 8)?;
    let mut sub_layer_bits = 0;
    for _ in 0..max_sub_layers_minus1 {
        let (profile_present, level_present) = (bits.flag()?, bits.flag()?);
        sub_layer_bits += if profile_present { 88 } else { 0 } + if level_present { 8 } else { 0 };
    }
    if max_sub_layers_minus1 > 0 {
        bits.skip(2 * usize::from(8 - max_sub_layers_minus1))?;
    }
    bits.skip(sub_layer_bits)
}
