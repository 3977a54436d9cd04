//! `tkhd` (ISO/IEC 14496-12 clause 8.3.2): the id of a track, and how its picture is shown.

use crate::boxes::IsoBox;
use crate::fault::Result;

/// Fields of a `tkhd`.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct TrackHeader {
    pub(crate) id: u32,
    /// Size at which to show the track, before the matrix, in pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
}

/// The mirror image left to right, if it is one, turned clockwise by so many degrees.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Orientation {
    pub(crate) mirrored: bool,
    pub(crate) rotation: u16,
}

impl TrackHeader {
    /// Reads the id; what stands behind it may be missing.
    pub(crate) fn parse(tkhd: &IsoBox<'_>) -> Result<Self> {
        let (version, _, mut fields) = tkhd.full()?;
        fields.skip(if version == 0 { 8 } else { 16 })?;
        let mut header = Self { id: fields.u32()?, ..Self::default() };
        let mut shown = || -> Result<_> {
            fields.skip(4 + if version == 0 { 4 } else { 8 })?;
            fields.skip(8 + 2 + 2 + 2 + 2)?; // reserved, layer, alternate_group, volume, reserved
            let mut matrix = [0; 9];
            for value in &mut matrix {
                *value = fields.u32()? as i32;
            }
            Ok((matrix, fields.u32()?, fields.u32()?))
        };
        if let Ok((matrix, width, height)) = shown() {
            let pixels = |fixed: u32| fixed.saturating_add(0x8000) >> 16;
            (header.width, header.height) = (pixels(width), pixels(height));
            header.orientation = Orientation::of_matrix(matrix);
        }
        Ok(header)
    }
}

impl Orientation {
    /// By the signs of the linear part of a transformation matrix (clause 6.2.2); a skewed picture
    /// counts as upright.
    fn of_matrix([a, b, _, c, d, ..]: [i32; 9]) -> Self {
        let (mirrored, rotation) = match [a.signum(), b.signum(), c.signum(), d.signum()] {
            [0, 1, -1, 0] => (false, 90),
            [-1, 0, 0, -1] => (false, 180),
            [0, -1, 1, 0] => (false, 270),
            [-1, 0, 0, 1] => (true, 0),
            [0, -1, -1, 0] => (true, 90),
            [1, 0, 0, -1] => (true, 180),
            [0, 1, 1, 0] => (true, 270),
            _ => (false, 0),
        };
        Self { mirrored, rotation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirrored_picture_is_mirrored_first_and_then_turned() {
        // Row vectors: the mirror matrix times each rotation.
        let times = |[a, b, c, d]: [i32; 4], [e, f, g, h]: [i32; 4]| {
            [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h]
        };
        let turns = [(0, [1, 0, 0, 1]), (90, [0, 1, -1, 0]), (180, [-1, 0, 0, -1]), (270, [0, -1, 1, 0])];
        for (rotation, turn) in turns {
            for (mirrored, mirror) in [(false, [1, 0, 0, 1]), (true, [-1, 0, 0, 1])] {
                let [a, b, c, d] = times(mirror, turn);
                let matrix = [a, b, 0, c, d, 0, 0, 0, 1];
                assert_eq!(Orientation::of_matrix(matrix), Orientation { mirrored, rotation });
            }
        }
    }
}
