//! Gaps and what made them (TB-6).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{AppendMode, MediaTime, TimeRanges, TrackKind};
use mse_testkit::frames::milliseconds;
use mse_timeline::{Gap, GapPolicy, TimelineConfig};

fn text(gaps: impl Iterator<Item = Gap>) -> String {
    let words: Vec<String> = gaps
        .map(|gap| {
            let cause = gap.cause.to_string();
            let short = cause.split(':').next().unwrap_or_default();
            format!("[{},{}) {short}", milliseconds(gap.range.start), milliseconds(gap.range.end))
        })
        .collect();
    words.join(", ")
}

fn gaps(timeline: &Timeline) -> String {
    text(timeline.buffers.tracks()[0].gaps())
}

fn missing(timeline: &Timeline, start: i64, end: i64) -> String {
    text(timeline.buffers.tracks()[0].missing(ms(start), ms(end)))
}

/// Every gap is one, however small.
fn exact() -> Timeline {
    let config =
        TimelineConfig { gap_policy: GapPolicy::Fixed(MediaTime::ZERO), ..TimelineConfig::default() };
    Timeline::with(&[TrackKind::Video], config)
}

#[test]
fn what_was_never_appended() {
    let mut timeline = exact();
    timeline.append("0D10K 10D10");
    timeline.abort();
    timeline.append("50D10K");
    assert_eq!(gaps(&timeline), "[20,50) not appended");
}

#[test]
fn what_was_removed_and_what_came_back() {
    let mut timeline = exact();
    timeline.append("0D10K 10D10K 20D10K 30D10K 40D10K 50D10K");
    timeline.remove(10, 50);
    assert_eq!(gaps(&timeline), "[10,50) removed");
    timeline.abort();
    timeline.append("20D10K");
    assert_eq!(gaps(&timeline), "[10,20) removed, [30,50) removed");
    timeline.append("30D10 40D10");
    assert_eq!(gaps(&timeline), "[10,20) removed");
}

#[test]
fn what_was_evicted_counts_in_front_of_the_first_range_too() {
    let mut timeline = exact();
    timeline.append("0D10K 10D10 20D10K 30D10 40D10K 50D10 60D10K");
    timeline.evict(1, 45);
    assert_eq!(gaps(&timeline), "");
    assert_eq!(missing(&timeline, 0, 80), "[0,20) evicted, [70,80) not appended");
}

#[test]
fn what_was_dropped_by_its_row() {
    let mut timeline = exact();
    timeline.attributes.append_window_end = ms(30);
    timeline.append("0D10K 10D10 20D20 40D10");
    timeline.attributes.append_window_end = MediaTime::INFINITY;
    timeline.append("50D10 60D10K");
    assert_eq!(gaps(&timeline), "[20,50) dropped (CFP-16), [50,60) dropped (CFP-18)");
    timeline.abort();
    timeline.append("10D10K 20D10 30D10 40D10 50D10");
    assert_eq!(gaps(&timeline), "");
}

#[test]
fn a_dropped_frame_over_others_leaves_no_gap() {
    let mut timeline = exact();
    timeline.append("0D10K 10D10 20D10");
    timeline.abort();
    timeline.append("10D10 20D10");
    assert_eq!(gaps(&timeline), "");
    timeline.remove(10, 20);
    timeline.append("40D10K");
    assert_eq!(gaps(&timeline), "[10,30) removed, [30,40) not appended");
}

#[test]
fn what_depended_on_replaced_frames() {
    // old  A a a a a B
    // new    N n
    // now  A N n     B
    let mut timeline = exact();
    timeline.append("0D10K 10D10 20D10 30D10 40D10 50D10K");
    timeline.abort();
    timeline.append("10D10K 20D10");
    assert_eq!(gaps(&timeline), "[30,50) replaced");
    timeline.append("30D10 40D10");
    assert_eq!(gaps(&timeline), "");
}

#[test]
fn a_cue_that_ends_early_leaves_a_replaced_gap() {
    // TSF-1.
    let config =
        TimelineConfig { gap_policy: GapPolicy::Fixed(MediaTime::ZERO), ..TimelineConfig::default() };
    let mut timeline = Timeline::with(&[TrackKind::Text], config);
    timeline.append("0D100K 200D10K");
    timeline.abort();
    timeline.append("40D20K");
    assert_eq!(gaps(&timeline), "[60,100) replaced, [100,200) not appended");
}

#[test]
fn a_gap_of_several_causes_comes_in_parts() {
    let mut timeline = exact();
    timeline.append("0D10K 10D10K 20D10K 30D10K");
    timeline.remove(20, 30);
    timeline.abort();
    timeline.append("40D10 60D10K");
    timeline.remove(30, 40);
    assert_eq!(gaps(&timeline), "[20,40) removed, [40,50) dropped (CFP-18), [50,60) not appended");
}

#[test]
fn gaps_that_the_policy_closes_are_none_but_for_those_that_a_removal_made() {
    let mut timeline = Timeline::video();
    timeline.append("0D10K 10D10K 30D10K 40D10K");
    assert_eq!(gaps(&timeline), "");
    timeline.remove(30, 40);
    assert_eq!(gaps(&timeline), "[20,40) removed");
}

#[test]
fn the_parts_are_the_gaps_whatever_happens() {
    // Seeded: together the parts are the gaps, and none lies where something is buffered.
    let mut state = 0x51ed_270b_u64;
    let mut next = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % bound) as i64
    };
    let mut timeline = Timeline::video();
    for round in 0..2000 {
        match next(5) {
            0 => {
                let start = next(6000);
                timeline.remove(start, start + next(500) + 1);
            }
            1 => {
                timeline.evict(next(200) as u64, next(6000));
            }
            _ => {
                let start = next(300) * 20;
                let word =
                    |at: i64, key: bool| format!("{}D20{}", start + at * 20, if key { "K" } else { "" });
                let tokens: Vec<String> = (0..=next(6)).map(|at| word(at, next(3) == 0)).collect();
                timeline.attributes.mode = AppendMode::Segments;
                timeline.abort();
                timeline.append(&tokens.join(" "));
            }
        }
        let track = &timeline.buffers.tracks()[0];
        let whole: Vec<_> =
            track.ranges().iter().as_slice().windows(2).map(|pair| (pair[0].end, pair[1].start)).collect();
        let mut parts: Vec<(MediaTime, MediaTime)> = Vec::new();
        let mut cause = None;
        for gap in track.gaps() {
            match parts.last_mut() {
                Some(last) if last.1 == gap.range.start => {
                    assert_ne!(cause, Some(gap.cause), "round {round}: one part of one cause");
                    last.1 = gap.range.end;
                }
                _ => parts.push((gap.range.start, gap.range.end)),
            }
            cause = Some(gap.cause);
        }
        assert_eq!(parts, whole, "round {round}");
        let missing = track.missing(MediaTime::ZERO, ms(7000));
        let buffered = track.ranges();
        let missing: TimeRanges = missing.map(|gap| (gap.range.start, gap.range.end)).collect();
        assert!(missing.intersection(&buffered).is_empty(), "round {round}");
    }
}
