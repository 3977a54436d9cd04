//! Readers while data is overwritten, removed and evicted: nothing is left out that `buffered` does
//! not show as missing.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{CodedFrame, MediaTime, TimeRanges, TrackKind};
use mse_testkit::frames;
use mse_testkit::random::Random;
use mse_timeline::{CursorId, EvictionPolicy, PlayedGaps, Read, TimelineConfig};

const ALL: usize = usize::MAX;

/// Frames read before and after the second append.
fn switch(old: &str, read: usize, new: &str) -> String {
    let mut timeline = Timeline::video();
    timeline.append(old);
    let cursor = timeline.cursor(0);
    let before = timeline.read(cursor, read, false);
    timeline.abort();
    timeline.append(new);
    format!("{before} / {}", timeline.read(cursor, ALL, false))
}

#[test]
fn after_the_old_group_comes_the_first_new_one_behind_the_start_of_what_was_read_last() {
    for (old, read, new, expected) in [
        // The old group ends some milliseconds behind the start of the next new one.
        (
            "0D40K 40D40 80D40 120D41",
            1,
            "0D40K 40D40 80D40 120D40 160D40K 200D40 280D40K",
            "C 0K / 40 80 120 160K 200 280K need-data",
        ),
        ("0D40K 40D40 80D40 120D79", 1, "0D40K 80D80 160D40K 200D40", "C 0K / 40 80 120 160K 200 need-data"),
        // In the midst of a long new group: it is decoded from its start.
        (
            "0D40K 40D40 80D40 120D40",
            2,
            "0D40K 40D40 80D40 120D40 160D40 200D40 240D40K",
            "C 0K 40 / 80 120 0K 40 80 120 160 200 240K need-data",
        ),
        // The same, but the new group goes no further than what was read.
        ("0D40K 40D40 80D40 120D40", 2, "0D40K 40D40 80D40", "C 0K 40 / 80 120 need-data"),
        ("0D40K 40D40", 2, "0D40K 40D40 80D40", "C 0K 40 / 0K 40 80 need-data"),
        // Frames that stand alone.
        ("0D20K 20D20K 40D20K", 2, "10D20K 30D20K 50D20K", "C 0K 20K / 30K 50K need-data"),
        ("0D20K 20D20K 40D20K", 2, "10D50K 60D20K", "C 0K 20K / 10K 60K need-data"),
    ] {
        assert_eq!(switch(old, read, new), expected, "{new} over {old}");
    }
}

#[test]
fn removed_and_appended_again_nothing_is_left_out() {
    let mut timeline = Timeline::video();
    timeline.append("0D40K 40D40 80D40 120D40 160D40K");
    let cursor = timeline.cursor(0);
    assert_eq!(timeline.read(cursor, 2, false), "C 0K 40");
    timeline.remove(0, 10_000);
    assert_eq!(timeline.read(cursor, ALL, false), "need-data");
    timeline.append("0D40K 40D40 80D40 120D40 160D40K");
    assert_eq!(timeline.read(cursor, ALL, false), "0K 40 80 120 160K need-data");
}

/// A reader for an element that plays over gaps of an eighth of a second.
fn with_small_gaps() -> Timeline {
    let played_gaps = PlayedGaps { small_gap: ms(125), ..PlayedGaps::default() };
    Timeline::with(&[TrackKind::Video], TimelineConfig { played_gaps, ..TimelineConfig::default() })
}

#[test]
fn a_seek_starts_at_a_range_that_begins_soon_whichever_it_is() {
    let mut timeline = with_small_gaps();
    timeline.append("900D40K 940D40");
    timeline.abort();
    timeline.append("30000D40K 30040D40");
    for (time, expected) in [
        (0, "C 900K"),
        (29_998, "C 30000K"),
        (29_875, "C 30000K"),
        (29_874, "need-data"),
        (981, "need-data"),
        (30_050, "C 30000K"),
    ] {
        let cursor = timeline.cursor(time);
        assert_eq!(timeline.read(cursor, 1, false), expected, "{time}");
        timeline.buffers.close_cursor(cursor);
    }
}

#[test]
fn a_small_gap_is_read_over_and_another_is_not() {
    for (gap, expected) in
        [(200, "C 0K 40 280K need-data"), (249, "C 0K 40 329K need-data"), (250, "C 0K 40 need-data")]
    {
        let mut timeline = with_small_gaps();
        timeline.append("0D40K 40D40");
        timeline.abort();
        timeline.append(&format!("{}D40K", 80 + gap));
        let cursor = timeline.cursor(0);
        assert_eq!(timeline.read(cursor, ALL, false), expected, "{gap}");
    }
}

#[test]
fn of_two_random_access_points_at_one_time_the_first_is_the_start() {
    let mut timeline = Timeline::video();
    timeline.append("0D40K 40D40 80D0K 80D40K 120D40");
    for time in [80, 90, 130] {
        let cursor = timeline.cursor(time);
        assert_eq!(timeline.read(cursor, 3, false), "C 80K 80K 120", "{time}");
    }
}

/// A reader, and what it gave since its last seek.
struct Reader {
    cursor: CursorId,
    end: MediaTime,
    begins: bool,
    is_reordered: bool,
}

/// Asserts that a reader gets groups of pictures from their random access points on while things
/// change, and that times left out between two frames are missing in the ranges.
fn reads_without_holes(seed: u64, operations: usize) {
    let mut random = Random::new(seed);
    let kind = *random.one_of(&[TrackKind::Video, TrackKind::Video, TrackKind::Audio]);
    let is_reordered = kind == TrackKind::Video && random.percent(40);
    let mut timeline = Timeline::new(&[kind]);
    let cursor = timeline.cursor(0);
    let mut reader = Reader { cursor, end: MediaTime::MIN, begins: true, is_reordered };
    for operation in 0..operations {
        match random.within(0..=9) {
            0..=3 => {
                timeline.abort();
                let from = random.within(0..=60) * 20 + *random.one_of(&[0, 0, 5]);
                let group = random.within(1..=12);
                let tokens: Vec<String> = (0..random.within(1..=30))
                    .map(|at| {
                        let key = if kind == TrackKind::Audio || at % group == 0 { "K" } else { "" };
                        // Of each three pictures behind the random access point the last is decoded
                        // first.
                        let (first, within) = (at - at % group, at % group);
                        let whole = (within - 1) / 3 * 3 + 3 < group;
                        let later = if within > 0 && is_reordered && whole { [2, -1, -1] } else { [0; 3] };
                        let shown = first + within + later[((within + 2) % 3) as usize];
                        format!("{}|{}D20{key}", from + shown * 20, from + at * 20 - 40)
                    })
                    .collect();
                timeline.append(&tokens.join(" "));
            }
            4 => {
                let from = random.within(0..=1500);
                timeline.remove(from, from + random.within(1..=400));
            }
            5 => {
                let position = random.within(0..=1500);
                timeline.evict_by(&EvictionPolicy::Standard, "{ }", random.within(1..=60) as u64, position);
            }
            6 => {
                let time = ms(random.within(0..=1500));
                timeline.buffers.seek(reader.cursor, time);
                reader = Reader { end: MediaTime::MIN, begins: true, ..reader };
            }
            _ => {
                for _ in 0..random.within(1..=15) {
                    let frame = match timeline.buffers.read(reader.cursor, false) {
                        Read::Frame(frame) => frame,
                        Read::DescriptionChanged(_) => continue,
                        _ => break,
                    };
                    let case = format!("seed {seed}, operation {operation}, {}", frames::full_token(&frame));
                    check(&mut reader, &frame, &timeline, &case);
                }
            }
        }
    }
}

fn check(reader: &mut Reader, frame: &CodedFrame, timeline: &Timeline, case: &str) {
    let (start, end) = (frame.presentation_timestamp, frame.end_timestamp());
    assert!(!reader.begins || frame.is_random_access_point, "begins in the midst of a group: {case}");
    reader.begins = false;
    // Within a group pictures that are shown before others may come later.
    if frame.is_random_access_point && reader.end > MediaTime::MIN && reader.end < start {
        let hole = TimeRanges::from_range(reader.end, start);
        let (mut stored, mut group) = (TimeRanges::new(), MediaTime::MIN);
        for frame in timeline.frames() {
            let shown = frame.presentation_timestamp;
            group = if frame.is_random_access_point { shown } else { group };
            // A picture may stay that was decoded before others in its group which new ones
            // replaced, and is shown behind those.
            if !reader.is_reordered || reader.end <= group {
                stored.insert(shown, frame.end_timestamp());
            }
        }
        assert!(hole.intersection(&stored).is_empty(), "left out {hole}, stored {stored}: {case}");
    }
    reader.end = reader.end.max(end);
}

#[test]
fn nothing_is_left_out_that_is_buffered() {
    // `READER_OPERATIONS` says how many; a night's run takes a million.
    let asked = std::env::var("READER_OPERATIONS").ok().and_then(|count| count.parse().ok());
    let operations: u64 = asked.unwrap_or(10_000);
    for seed in 0..operations.div_ceil(200) {
        reads_without_holes(seed, 200);
    }
}
