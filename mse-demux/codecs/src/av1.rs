//! AV1: the `av1C` record (AV1 Codec ISO Media File Format Binding section 2.3) and the sequence
//! header (AV1 Bitstream & Decoding Process Specification section 5.5).

mod sequence;

pub use sequence::Av1Sequence;

use mse_core::codec::{Av1, CodecColour};

/// Marker and version of the record: no OBU begins so.
const MARKER: u8 = 0x81;

/// Makes an `av1C` record of the sequence header in a picture of OBUs with sizes. `None` for a
/// picture without one, and for a record.
pub fn configuration_of_picture(picture: &[u8]) -> Option<Vec<u8>> {
    let payload = sequence::payload(picture).filter(|_| picture.first() != Some(&MARKER))?;
    let sequence = Av1Sequence::parse(payload)?;
    let flags = [
        sequence.seq_tier,
        sequence.bit_depth > 8,
        sequence.bit_depth > 10,
        sequence.mono_chrome,
        sequence.subsampling_x,
        sequence.subsampling_y,
    ];
    let flags = flags.iter().fold(0, |bits, flag| bits << 1 | u8::from(*flag));
    let fields = flags << 2 | sequence.chroma_sample_position;
    let head = [MARKER, sequence.seq_profile << 5 | sequence.seq_level_idx, fields, 0];
    Some([&head[..], &sequence::obu(payload)].concat())
}

/// Reads the four fixed bytes of an `av1C` box. The colour fields are the container's (`colr`) or
/// the sequence header's, which [`Av1Sequence::find`] reads behind the four bytes; here they have
/// their defaults.
pub fn parse_av1_configuration(record: &[u8]) -> Option<Av1> {
    let [MARKER, profile, fields, _, ..] = record else { return None };
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
