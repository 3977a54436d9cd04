//! VP8 and VP9: the `vpcC` record (VP Codec ISO Media File Format Binding).

use mse_core::Colour;
use mse_core::codec::{CodecColour, Vpx};

/// A code point that says nothing.
const UNSPECIFIED: u8 = 2;

/// Reads the payload of a `vpcC` box, version and flags included. Version 0 is a draft that counted
/// its colour otherwise; of it only profile, level and bit depth are taken.
pub fn parse_vp_configuration(record: &[u8]) -> Option<Vpx> {
    let [version, _, _, _, profile, level, depth, fields @ ..] = record else { return None };
    let mut vpx = Vpx {
        profile: *profile,
        level: *level,
        bit_depth: depth >> 4,
        chroma_subsampling: 1,
        colour: CodecColour {
            colour_primaries: UNSPECIFIED,
            transfer_characteristics: UNSPECIFIED,
            matrix_coefficients: UNSPECIFIED,
            ..CodecColour::default()
        },
    };
    if *version == 1 {
        let [primaries, transfer, matrix, ..] = fields else { return None };
        vpx.chroma_subsampling = depth >> 1 & 7;
        vpx.colour = CodecColour {
            colour_primaries: *primaries,
            transfer_characteristics: *transfer,
            matrix_coefficients: *matrix,
            video_full_range_flag: depth & 1 == 1,
        };
    }
    Some(vpx)
}

/// The colour of the record, unless it says nothing.
pub fn colour(vpx: &Vpx) -> Option<Colour> {
    let colour = vpx.colour;
    (colour.colour_primaries != UNSPECIFIED).then(|| Colour {
        primaries: colour.colour_primaries.into(),
        transfer: colour.transfer_characteristics.into(),
        matrix: colour.matrix_coefficients.into(),
        full_range: colour.video_full_range_flag,
    })
}
