//! The table of worked examples. Seconds of the requirements are milliseconds in frames, seconds
//! elsewhere.

use super::Example;
use crate::mock::{AUDIO, GENERATED, MUXED, VIDEO};

const TEXT: &str = "video/x-mse-mock; codecs=\"text\"";

/// Frames 0 to 9 of one second, random access points at 0 and 5.
const TEN: &str = "append 0K 1000 2000 3000 4000 5000K 6000 7000 8000 9000";
/// The same, all random access points.
const TEN_KEYS: &str = "append 0K 1000K 2000K 3000K 4000K 5000K 6000K 7000K 8000K 9000K";

const FRAMES: &str = "track buffer 0 frames";
const RANGES: &str = "track buffer 0 ranges";
const FRAMES_1: &str = "track buffer 1 frames";
const OFFSET: &str = "timestampOffset";

const fn video(
    id: &'static str,
    steps: &'static [&'static str],
    expected: &'static [(&'static str, &'static str)],
) -> Example {
    Example { id, mime: VIDEO, steps, expected }
}

/// Every example.
pub const EXAMPLES: &[Example] = &[
    // Exactly twice the last duration is no discontinuity: the frame that is no random access point
    // stays.
    video("EX-1", &["init v1", "append 920D40K 960D40 1000D40 1080D40"], &[(FRAMES, "920K 960 1000 1080")]),
    video("EX-2a", &["init v1", "append 1000D40K 1090D40"], &[(FRAMES, "1000K")]),
    video("EX-2b", &["init v1", "append 1000D40K 990D40"], &[(FRAMES, "1000K")]),
    video("EX-2c", &["init v1", "append 1000D40K 1000D40"], &[(FRAMES, "1000K 1000")]),
    Example {
        id: "EX-3",
        mime: MUXED,
        steps: &[
            "init v1 a2",
            "append 1: 0D40K 40D40 ; 2: 0D40K 40D40 ; 1: 10080D40 10120D40K ; 2: 80D40 120D40K ; 1: 10160D40",
        ],
        expected: &[(FRAMES, "0K 40 120K"), (FRAMES_1, "0K 40 10120K 10160")],
    },
    video(
        "EX-4",
        &["init v1", "append 0D1000K 1000D1000", "mode sequence", "append 10000|9960D40K"],
        &[(FRAMES, "0K 1000 2000|1960D40K"), (OFFSET, "-8")],
    ),
    video(
        "EX-5",
        &[
            "init v1",
            "append 0D1000K 1000D1000 2000D1000",
            "mode sequence",
            "timestampOffset 2.96",
            "append 10960D40K 20040|20000D40K",
        ],
        &[(FRAMES, "0K 1000 2000 2960D40K 3000|2960D40K"), (OFFSET, "-17.04")],
    ),
    video(
        "EX-6",
        &["init v1", "mode sequence", "append 0D3000K", "timestampOffset 7", "append 2000D40K"],
        &[(FRAMES, "0K 7000K"), (OFFSET, "5")],
    ),
    video(
        "EX-7",
        &["init v1", TEN, "append 3000D1000K"],
        &[
            (FRAMES, "0K:0K 1000:1000 2000:2000 3000K:3000D1000K 5000K:5000K 6000 7000 8000 9000"),
            (RANGES, "{ [0,10000) }"),
        ],
    ),
    video(
        "EX-8",
        &["init v1", TEN_KEYS, "append 3500D1000K"],
        &[
            (FRAMES, "0K 1000K 2000K 3000D1000K:3000K 3500K:3500D1000K 5000K 6000K 7000K 8000K 9000K"),
            (RANGES, "{ [0,10000) }"),
        ],
    ),
    video(
        "EX-9",
        &["init v1", TEN_KEYS, "append 3000D1000K 4000D1000"],
        &[(FRAMES, "0K 1000K 2000K 3000K:3000D1000K 4000:4000D1000 5000K 6000K 7000K 8000K 9000K")],
    ),
    video(
        "EX-10",
        &["init v1", TEN, "append 0|-2000D1000K 3000|-1000D1000 1000|0D1000 2000|1000D1000"],
        &[(FRAMES, "0|-2000K 3000|-1000 1000|0 2000|1000 5000K 6000 7000 8000 9000")],
    ),
    video(
        "EX-11a",
        &["init v1", "appendWindowStart 1", "append 0D400K 400 800 1200K 1600"],
        &[(FRAMES, "1200K 1600"), (RANGES, "{ [1200,2000) }")],
    ),
    video("EX-11b", &["init v1", "appendWindowStart 1", "append 0D400K 400 800 1200 1600"], &[(FRAMES, "")]),
    video("EX-12a", &["init v1", "appendWindowEnd 2", "append 1800D400K 2200D400"], &[(FRAMES, "")]),
    video("EX-12b", &["init v1", "appendWindowEnd 2", "append 1600D400K"], &[(FRAMES, "1600D400K")]),
    video(
        "EX-13",
        &["init v1 duration=10000", TEN, "remove 2 4"],
        &[(FRAMES, "0K 1000 5000K 6000 7000 8000 9000"), (RANGES, "{ [0,2000) [5000,10000) }")],
    ),
    video(
        "EX-14",
        &["init v1 duration=10000", TEN, "remove 2 7"],
        &[(FRAMES, "0K 1000"), ("duration", "10")],
    ),
    video(
        "EX-15",
        &["init v1 duration=10000", TEN, "remove 1.5 2.5"],
        &[(FRAMES, "0K 1000 5000K 6000 7000 8000 9000")],
    ),
    video(
        "EX-16",
        &["init v1", TEN, "remove 3 Infinity"],
        &[(FRAMES, "0K 1000 2000"), ("duration", "Infinity")],
    ),
    // The group end timestamp is 9 again, seen through sequence mode; and the frame at 20 is no
    // random access point.
    video(
        "EX-17a",
        &["init v1 duration=10000", TEN, "remove 9 10", "append 9000D1000 20000D1000"],
        &[(FRAMES, "0K 1000 2000 3000 4000 5000K 6000 7000 8000")],
    ),
    video(
        "EX-17b",
        &["init v1 duration=10000", TEN, "remove 9 10", "mode sequence", "append 50000D1000K"],
        &[(FRAMES, "0K 1000 2000 3000 4000 5000K 6000 7000 8000 9000K"), (OFFSET, "-41")],
    ),
    Example {
        id: "EX-18a",
        mime: MUXED,
        steps: &["init v1 a2", "append 1: 67D1000K 1067D1000 ; 2: 0D1000K 1000D1043K"],
        expected: &[("buffered", "{ [67,2043) }")],
    },
    Example {
        id: "EX-18b",
        mime: MUXED,
        steps: &["init v1 a2", "append 1: 67D1000K 1067D1000 ; 2: 0D1000K 1000D1043K", "endOfStream"],
        expected: &[("buffered", "{ [67,2067) }"), ("readyState", "ended"), ("duration", "2.067")],
    },
    Example {
        id: "EX-18c",
        mime: MUXED,
        steps: &[
            "init v1 a2",
            "append 1: 67D1000K 1067D1000 ; 2: 0D1000K 1000D1043K",
            "endOfStream",
            "mode segments",
        ],
        expected: &[("buffered", "{ [67,2043) }"), ("readyState", "open")],
    },
    Example {
        id: "EX-19",
        mime: MUXED,
        steps: &[
            "init v1 a2",
            "append 1: 0D500K 500 1000 1500 2000 2500 3000 3500 4000 4500 5000 5500 6000 6500 7000 7500 8000 8500 9000 9500",
            "append 2: 0D500K 500K 1000K 1500K 2000K 2500K 3000K 3500D500K 6000K 6500K 7000K 7500K",
            "endOfStream",
        ],
        expected: &[
            ("track buffer 0 ranges", "{ [0,4000) [6000,8000) }"),
            ("buffered", "{ [0,4000) [6000,10000) }"),
        ],
    },
    video("EX-20a", &["init v1", "append 0D1960K 1960D40", "duration 1.97"], &[("duration", "2")]),
    video(
        "EX-20b",
        &["init v1", "append 0D1960K 1960D40", "duration 1.95"],
        &[("exception", "InvalidStateError"), ("duration", "Infinity")],
    ),
    video("EX-20c", &["init v1", "append 0D1960K 1960D40", "duration 5"], &[("duration", "5")]),
    video("EX-21a", &["init v1 duration=10000", "append 0D5000K", "endOfStream"], &[("duration", "5")]),
    video(
        "EX-21b",
        &["init v1 duration=10000", "append 0D5000K", "endOfStream", "endOfStream"],
        &[("exception", "InvalidStateError"), ("duration", "5"), ("readyState", "ended")],
    ),
    Example {
        id: "EX-22",
        mime: GENERATED,
        steps: &["init a1@44100", "append 7D26.122449K 7D26.122449K 7D26.122449K"],
        expected: &[
            (FRAMES, "0D26.122449K 26.122449D26.122449K 52.244898D26.122449K"),
            (OFFSET, "0.0783673469387755"),
            ("mode", "sequence"),
        ],
    },
    Example {
        id: "EX-26",
        mime: AUDIO,
        steps: &["init a1@8000", "append 10000D125K", "abort", "append 10012.55D125K"],
        expected: &[(FRAMES, "10000D12.5K:10000D125K 10012.55D125K"), (RANGES, "{ [10000,10137.55) }")],
    },
    Example {
        id: "EX-27",
        mime: TEXT,
        steps: &["init t1", "append 0D10000K", "abort", "append 4000D2000K"],
        expected: &[(FRAMES, "0D4000K 4000D2000K"), ("buffered", "{ [0,6000) }")],
    },
    Example {
        id: "EX-30",
        mime: MUXED,
        steps: &["init v1 a2", "append 1: 0D40K ; 2: 0D40K", "init a1 a2"],
        expected: &[("append error", "true"), ("readyState", "ended"), (FRAMES, "0K"), ("exception", "none")],
    },
];
