//! H.265: the `hvcC` record (ISO/IEC 14496-15 clause 8.3.3) and the sequence parameter set (ISO/IEC
//! 23008-2 clause 7.3.2.2).

mod profile;
mod reference_sets;
mod sequence;
mod slice;

pub use sequence::HevcSequence;
pub use slice::{HevcOrder, HevcSliceSyntax};

use crate::nal::nal_units;
use mse_core::codec::Hevc;

const VPS_NUT: u8 = 32;
const SPS_NUT: u8 = 33;
const PPS_NUT: u8 = 34;

/// The fields of an HEVCDecoderConfigurationRecord that the engine needs.
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
