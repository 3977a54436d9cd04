//! Readers: where they start, what they read while data comes and goes (SEEK-5).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::TrackKind;

const ALL: usize = usize::MAX;

#[test]
fn a_reader_starts_at_the_random_access_point_before_the_time() {
    let mut timeline = Timeline::video();
    timeline.append("0K 40 80 120K 160 200");
    let cursor = timeline.buffers.open_cursor(0);
    assert_eq!(timeline.buffers.seek(cursor, ms(170)), Some(ms(120)));
    assert_eq!(timeline.read(cursor, ALL, false), "C 120K 160 200 need-data");
    assert_eq!(timeline.buffers.seek(cursor, ms(0)), Some(ms(0)));
    assert_eq!(timeline.read(cursor, 2, false), "0K 40", "the same description is not told again");
}

#[test]
fn a_time_up_to_a_second_before_the_first_range_stands_for_its_start() {
    // DEF-8.
    let mut timeline = Timeline::video();
    timeline.append("900K 940");
    let cursor = timeline.cursor(0);
    assert_eq!(timeline.read(cursor, 1, false), "C 900K");
    let mut timeline = Timeline::video();
    timeline.append("1100K 1140");
    let cursor = timeline.cursor(0);
    assert_eq!(timeline.read(cursor, 1, false), "need-data");
}

#[test]
fn a_reader_waits_at_a_gap_and_goes_on_when_it_closes() {
    let mut timeline = Timeline::video();
    timeline.append("0K 40 80");
    timeline.abort();
    timeline.append("400K 440");
    let cursor = timeline.cursor(0);
    assert_eq!(timeline.read(cursor, ALL, false), "C 0K 40 80 need-data");
    assert_eq!(timeline.read(cursor, ALL, true), "need-data", "ended, but there is more behind the gap");
    timeline.abort();
    timeline.append("120K 160 200 240 280 320 360");
    assert_eq!(timeline.read(cursor, ALL, true), "120K 160 200 240 280 320 360 400K 440 end");
}

#[test]
fn a_reader_of_a_time_that_is_not_there_waits_for_it() {
    // SEEK-1.
    let mut timeline = Timeline::video();
    timeline.append("0K 40");
    let cursor = timeline.buffers.open_cursor(0);
    assert_eq!(timeline.buffers.seek(cursor, ms(500)), None);
    assert_eq!(timeline.read(cursor, ALL, false), "need-data");
    timeline.abort();
    timeline.append("480K 520");
    assert_eq!(timeline.read(cursor, ALL, false), "C 480K 520 need-data");
}

#[test]
fn a_reader_inside_a_group_that_is_overwritten_finishes_it() {
    let kinds = [TrackKind::Video];
    let mut timeline = Timeline::video();
    timeline.append("0K 40 80 120 160K 200 240 280 320K 360");
    let cursor = timeline.cursor(0);
    assert_eq!(timeline.read(cursor, 6, false), "C 0K 40 80 120 160K 200");
    timeline.init(&kinds, 2);
    timeline.abort();
    timeline.append("160K 200 240K 280 320K 360");
    // The rest of the old group, then the first random access point of the new data behind it.
    assert_eq!(timeline.read(cursor, ALL, false), "240 280 C 320K 360 need-data");
}

#[test]
fn a_reader_whose_data_is_removed_waits_and_goes_on_behind_what_it_read() {
    let mut timeline = Timeline::video();
    timeline.append("0K 40 80 120 160K 200");
    let cursor = timeline.cursor(0);
    assert_eq!(timeline.read(cursor, 2, false), "C 0K 40");
    timeline.remove(0, 10_000);
    assert_eq!(timeline.read(cursor, ALL, false), "need-data");
    timeline.append("0K 40 80K 120");
    assert_eq!(timeline.read(cursor, ALL, false), "80K 120 need-data");
}

#[test]
fn data_removed_behind_a_reader_does_not_disturb_it() {
    let mut timeline = Timeline::audio();
    let tokens: Vec<String> = (0..300).map(|at| format!("{}D20K", at * 20)).collect();
    timeline.append(&tokens.join(" "));
    let cursor = timeline.cursor(0);
    timeline.read(cursor, 200, false);
    timeline.remove(0, 3000);
    assert_eq!(timeline.read(cursor, 2, false), "4000K 4020K");
}

#[test]
fn an_initialization_segment_that_says_the_same_changes_nothing_for_a_reader() {
    let kinds = [TrackKind::Video];
    let mut timeline = Timeline::video();
    timeline.append("0K 40");
    timeline.init(&kinds, 1);
    timeline.append("80K 120");
    timeline.init(&kinds, 2);
    timeline.append("160K 200");
    let cursor = timeline.cursor(0);
    assert_eq!(timeline.read(cursor, ALL, true), "C 0K 40 80K 120 C 160K 200 end");
}

#[test]
fn readers_do_not_know_of_each_other() {
    let mut timeline = Timeline::video();
    timeline.append("0K 40 80");
    let (one, two) = (timeline.cursor(0), timeline.cursor(0));
    assert_eq!(timeline.read(one, 2, false), "C 0K 40");
    timeline.buffers.close_cursor(one);
    assert_eq!(timeline.read(two, ALL, false), "C 0K 40 80 need-data");
    assert_eq!(timeline.read(one, ALL, false), "need-data", "a closed reader");
}
