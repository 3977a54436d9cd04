//! NAL units of H.264 and HEVC: what each does to the access unit that it stands in.

use mse_codecs::BitReader;
use mse_codecs::random_access::{NalSyntax, has_recovery_point};
use mse_codecs::sei;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum VideoKind {
    Avc,
    Hevc,
}

/// Role of a NAL unit in the access unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// The first slice of a picture; of one that decoding can start with or not.
    FirstSlice(bool),
    /// Another slice.
    Slice,
    /// A part of a slice, which the part before it heads.
    SlicePart,
    /// Stands before the slices of its access unit.
    Prefix,
    /// Stands before each slice.
    SlicePrefix,
    Delimiter,
    Message,
    VideoSet,
    SequenceSet,
    PictureSet,
    /// Ends the sequence or the stream.
    End,
    Other,
    /// No NAL unit at all.
    Forbidden,
}

impl Role {
    /// Whether it begins an access unit once there were slices (ISO/IEC 14496-10 clause 7.4.1.2.3,
    /// ISO/IEC 23008-2 clause 7.4.2.4.4).
    pub(crate) fn begins_unit(self) -> bool {
        !matches!(
            self,
            Self::Slice | Self::SlicePart | Self::SlicePrefix | Self::End | Self::Other | Self::Forbidden
        )
    }
}

impl Role {
    /// Whether it begins with the head of a slice.
    pub(crate) fn is_head(self) -> bool {
        matches!(self, Self::FirstSlice(_) | Self::Slice)
    }
}

impl VideoKind {
    /// ISO/IEC 14496-10 table 7-1, ISO/IEC 23008-2 table 7-1.
    pub(crate) fn role(self, unit: &[u8]) -> Role {
        match (self, unit) {
            // forbidden_zero_bit: damage, or the start code of a PES packet whose first packet does
            // not say that it is.
            (_, [0x80..=0xFF, ..]) => Role::Forbidden,
            (Self::Avc, [head, rest @ ..]) => match head & 0x1F {
                kind @ (1 | 2 | 5) => {
                    // first_mb_in_slice is 0: a single set bit.
                    let is_first = rest.first().is_some_and(|byte| byte & 0x80 != 0);
                    if is_first { Role::FirstSlice(kind == 5) } else { Role::Slice }
                }
                3 | 4 => Role::SlicePart,
                6 => Role::Message,
                7 => Role::SequenceSet,
                8 => Role::PictureSet,
                9 => Role::Delimiter,
                10 | 11 => Role::End,
                14 => Role::SlicePrefix,
                15..=18 => Role::Prefix,
                _ => Role::Other,
            },
            // nuh_layer_id is 0: other layers belong to the picture before.
            (Self::Hevc, [head, second, rest @ ..]) if head & 1 == 0 && second >> 3 == 0 => match head >> 1 {
                kind @ 0..=31 => {
                    let is_first = rest.first().is_some_and(|byte| byte & 0x80 != 0);
                    // BLA, IDR and CRA pictures.
                    if is_first { Role::FirstSlice((16..=23).contains(&kind)) } else { Role::Slice }
                }
                32 => Role::VideoSet,
                33 => Role::SequenceSet,
                34 => Role::PictureSet,
                35 => Role::Delimiter,
                36 | 37 => Role::End,
                39 => Role::Message,
                41..=44 | 48..=55 => Role::Prefix,
                _ => Role::Other,
            },
            _ => Role::Other,
        }
    }

    /// Whether a first slice refers to no other picture. Of H.264 it says so of itself alone, which
    /// is enough where the container calls the picture a random access point.
    pub(crate) fn is_intra(self, slice: &[u8]) -> bool {
        self.slice_type(slice).is_some_and(|kind| match self {
            // I and SI, of this slice or of all.
            Self::Avc => matches!(kind, 2 | 4 | 7 | 9),
            Self::Hevc => kind == 2,
        })
    }

    fn slice_type(self, slice: &[u8]) -> Option<u32> {
        let mut bits = BitReader::new(slice.get(self.header()..)?);
        if self == Self::Hevc {
            bits.skip(1)?; // first_slice_segment_in_pic_flag
        }
        bits.ue()?; // first_mb_in_slice, slice_pic_parameter_set_id
        bits.ue()
    }

    /// The captions of a unit of supplemental enhancement information.
    pub(crate) fn captions(self, unit: &[u8]) -> Option<Vec<u8>> {
        sei::captions(unit, self.header())
    }

    /// Whether a unit of supplemental enhancement information says that decoding can start with its
    /// picture.
    pub(crate) fn has_recovery_point(self, unit: &[u8]) -> bool {
        let syntax = match self {
            Self::Avc => NalSyntax::Avc,
            Self::Hevc => NalSyntax::Hevc,
        };
        has_recovery_point(syntax, unit)
    }

    /// Bytes of the header of a NAL unit.
    fn header(self) -> usize {
        match self {
            Self::Avc => 1,
            Self::Hevc => 2,
        }
    }
}

/// A unit without the zeros behind it.
pub(crate) fn trimmed(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &unit[..end]
}
