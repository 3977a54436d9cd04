//! H.264: the `avcC` record (ISO/IEC 14496-15 clause 5.3.3) and the sequence parameter set (ISO/IEC
//! 14496-10 clause 7.3.2.1).

mod picture_buffer;
mod sequence;
mod slice;

pub use sequence::AvcSequence;
pub use slice::{AvcSlice, AvcSliceSyntax};

use crate::nal::nal_units;

/// The fields of an AVCDecoderConfigurationRecord that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AvcConfiguration<'a> {
    /// `AVCProfileIndication`.
    pub profile_idc: u8,
    /// `profile_compatibility`.
    pub constraint_flags: u8,
    /// `AVCLevelIndication`.
    pub level_idc: u8,
    /// Bytes of the length before each NAL unit: 1, 2 or 4 (ISO-37).
    pub nal_length_size: u8,
    /// The first sequence parameter set, with its NAL unit header.
    pub sequence_parameter_set: Option<&'a [u8]>,
    /// Whether there is a picture parameter set.
    pub has_picture_parameter_set: bool,
}

impl<'a> AvcConfiguration<'a> {
    /// Reads the payload of an `avcC` box.
    pub fn parse(record: &'a [u8]) -> Option<Self> {
        let [1, profile_idc, constraint_flags, level_idc, lengths, sets, rest @ ..] = record else {
            return None;
        };
        let nal_length_size = (lengths & 3) + 1;
        if nal_length_size == 3 {
            return None;
        }
        let (sequence_parameter_set, rest) = first_parameter_set(rest, sets & 0x1F)?;
        let (count, rest) = rest.split_first()?;
        let (picture_parameter_set, _) = first_parameter_set(rest, *count)?;
        Some(Self {
            profile_idc: *profile_idc,
            constraint_flags: *constraint_flags,
            level_idc: *level_idc,
            nal_length_size,
            sequence_parameter_set,
            has_picture_parameter_set: picture_parameter_set.is_some(),
        })
    }
}

/// Whether a sample brings a sequence and a picture parameter set of its own (ISO-20).
pub fn has_parameter_sets(sample: &[u8], nal_length_size: u8) -> bool {
    const SEQUENCE: u8 = 7;
    const PICTURE: u8 = 8;
    let has = |kind| {
        nal_units(sample, nal_length_size).any(|unit| unit.first().is_some_and(|head| head & 0x1F == kind))
    };
    has(SEQUENCE) && has(PICTURE)
}

/// The first of `count` parameter sets with 16-bit lengths, and what follows the last.
fn first_parameter_set(mut bytes: &[u8], count: u8) -> Option<(Option<&[u8]>, &[u8])> {
    let mut first = None;
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk()?;
        let (set, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        if first.is_none() && !set.is_empty() {
            first = Some(set);
        }
        bytes = rest;
    }
    Some((first, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x264, 320x180 at 25 fps, High, with VUI timing.
    const SPS: &[u8] = &[
        0x67, 0x64, 0x00, 0x0C, 0xAC, 0xD9, 0x41, 0x41, 0x9F, 0x9F, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
        0x00, 0x00, 0x03, 0x03, 0x20, 0xF1, 0x42, 0x99, 0x60,
    ];

    #[test]
    fn a_sequence_parameter_set_gives_the_cropped_size() {
        let sequence = AvcSequence::parse(SPS).unwrap();
        assert_eq!((sequence.width, sequence.height), (320, 180));
        assert_eq!(sequence.colour, None);
    }

    #[test]
    fn every_truncation_is_none_or_a_size() {
        for end in 0..SPS.len() {
            if let Some(sequence) = AvcSequence::parse(&SPS[..end]) {
                assert_eq!((sequence.width, sequence.height), (320, 180));
            }
        }
    }

    #[test]
    fn a_record_with_a_set_that_overruns_is_refused() {
        let record = [1, 0x64, 0, 0x1F, 0xFF, 0xE1, 0, 2, 0x67, 0x64, 1, 0, 1, 0x68];
        let parsed = AvcConfiguration::parse(&record).unwrap();
        assert_eq!(parsed.sequence_parameter_set, Some(&[0x67, 0x64][..]));
        assert_eq!((parsed.nal_length_size, parsed.has_picture_parameter_set), (4, true));
        for end in 0..record.len() {
            assert_eq!(AvcConfiguration::parse(&record[..end]), None);
        }
    }
}
