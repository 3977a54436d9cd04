//! AV1: the `av1C` record (AV1 Codec ISO Media File Format Binding section 2.3) and the sequence
//! header (AV1 Bitstream & Decoding Process Specification section 5.5).

mod sequence;

pub use sequence::Av1Sequence;

use mse_core::codec::{Av1, CodecColour};

/// Reads the four fixed bytes of an `av1C` box. The colour fields are the container's (`colr`) or
/// the sequence header's, which [`Av1Sequence::find`] reads behind the four bytes; here they have
/// their defaults.
pub fn parse_av1_configuration(record: &[u8]) -> Option<Av1> {
    let [marker, profile, fields, _, ..] = record else { return None };
    if *marker != 0x81 {
        return None;
    }
    let flag = |bit: u8| fields >> bit & 1 == 1;
    let bit_depth = match (flag(6), flag(5)) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    Some(Av1 {
        seq_profile: profile >> 5,
        seq_level_idx: profile & 0x1F,
        seq_tier: flag(7),
        bit_depth,
        mono_chrome: flag(4),
        subsampling_x: flag(3),
        subsampling_y: flag(2),
        chroma_sample_position: fields & 3,
        colour: CodecColour::default(),
    })
}
