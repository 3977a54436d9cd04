//! The size of the decoded picture buffer (ISO/IEC 14496-10 clause A.3.1, table A-1).

/// Frames that the buffer ever holds.
const MAX_FRAMES: u64 = 16;

/// MaxDpbFrames: how many frames of `macroblocks` macroblocks the buffer of a level holds. A level
/// that the table does not have counts as the next one that it has.
pub(super) fn max_dpb_frames(level_idc: u8, is_level_1b: bool, macroblocks: u64) -> u8 {
    let max_dpb_mbs = match level_idc {
        _ if is_level_1b => 396,
        0..=10 => 396,
        11 => 900,
        12..=20 => 2_376,
        21 => 4_752,
        22..=30 => 8_100,
        31 => 18_000,
        32 => 20_480,
        33..=41 => 32_768,
        42 => 34_816,
        43..=50 => 110_400,
        51..=52 => 184_320,
        _ => 696_320,
    };
    (max_dpb_mbs / macroblocks.max(1)).min(MAX_FRAMES) as u8
}

#[cfg(test)]
mod tests {
    use super::max_dpb_frames;

    #[test]
    fn a_level_holds_so_many_frames() {
        // Annex A's own examples and what players know: 4 frames of 1920x1088 at level 4, 9 of
        // 1280x720 at 4, 5 at 3.1.
        for (level, width, height, expected) in [
            (10, 176, 144, 4),
            (11, 176, 144, 9),
            (13, 352, 288, 6),
            (21, 352, 288, 12),
            (30, 720, 576, 5),
            (31, 1280, 720, 5),
            (32, 1280, 720, 5),
            (40, 1280, 720, 9),
            (40, 1920, 1088, 4),
            (41, 1920, 1088, 4),
            (42, 1920, 1088, 4),
            (50, 1920, 1088, 13),
            (51, 1920, 1088, 16),
            (51, 3840, 2160, 5),
            (62, 3840, 2160, 16),
            (10, 16, 16, 16),
            (10, 1920, 1088, 0),
        ] {
            let macroblocks = width / 16 * (height / 16);
            assert_eq!(max_dpb_frames(level, false, macroblocks), expected, "{level} {width}x{height}");
        }
        assert_eq!(max_dpb_frames(11, true, 99), 4, "level 1b");
        assert_eq!(max_dpb_frames(40, false, 0), 16, "no picture at all");
    }
}
