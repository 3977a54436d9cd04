//! New frames over old ones, in every order (CFP-20..27). In the drawings a letter is a frame of 10
//! ms, upper case a random access point.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::Timeline;
use mse_core::TrackKind;
use mse_timeline::ReplaceReason;
use mse_timeline::TimelineConfig;

/// The old frames, then the new ones as a group of their own; what is stored then.
fn over(kind: TrackKind, old: &str, new: &str) -> String {
    let mut all = [1, 2, 3, 128].map(|max_block_frames| {
        let mut timeline =
            Timeline::with(&[kind], TimelineConfig { max_block_frames, ..TimelineConfig::default() });
        timeline.append(old);
        timeline.abort();
        timeline.append(new);
        timeline.stored()
    });
    all.sort();
    assert_eq!(all[0], all[3], "blocks of different sizes");
    all[0].clone()
}

fn video(old: &str, new: &str) -> String {
    over(TrackKind::Video, old, new)
}

const OLD: &str = "0K 10 20 30K 40 50 60K 70 80";

#[test]
fn a_group_over_the_start_of_old_ones() {
    // old  A a a B b b C c c
    // new  N n
    // now  N n     B b b C c c
    assert_eq!(video(OLD, "0K 10"), "0K 10 30K 40 50 60K 70 80");
}

#[test]
fn a_group_over_the_middle() {
    // old  A a a B b b C c c
    // new        N n
    // now  A a a N n   C c c
    assert_eq!(video(OLD, "30K 40"), "0K 10 20 30K 40 60K 70 80");
}

#[test]
fn a_group_that_begins_inside_an_old_one_cuts_its_tail() {
    // old  A a a B b b C c c
    // new    N n
    // now  A N n B b b C c c
    assert_eq!(video(OLD, "10K 20"), "0K 10K 20 30K 40 50 60K 70 80");
}

#[test]
fn a_group_that_ends_inside_an_old_one_removes_that_whole() {
    // old  A a a B b b C c c
    // new      N n n
    // now  A a N n n     C c c
    assert_eq!(video(OLD, "20K 30 40"), "0K 10 20K 30 40 60K 70 80");
}

#[test]
fn a_group_over_everything() {
    assert_eq!(video(OLD, "0K 10 20 30 40 50 60 70 80"), "0K 10 20 30 40 50 60 70 80");
}

#[test]
fn a_group_before_and_a_group_behind_touch_nothing() {
    assert_eq!(video("60K 70 80", "0K 10 20"), "0K 10 20 60K 70 80");
    assert_eq!(video("0K 10 20", "60K 70 80"), "0K 10 20 60K 70 80");
}

#[test]
fn a_frame_between_two_old_ones_leaves_the_first_and_takes_the_second() {
    // EX-8: the overlapped frame starts more than a microsecond before.
    assert_eq!(video("0D10K 10D10K 20D10K 30D10K", "15D10K"), "0K 10K 15K 30K");
}

#[test]
fn a_frame_less_than_a_microsecond_after_an_old_one_takes_its_place() {
    // CFP-22, OPN-23: 0.0009 ms is within, 0.0011 ms is not.
    assert_eq!(video("0D10K 10D10K", "10.0009D10K"), "0K 10.0009K");
    assert_eq!(video("0D10K 10D10K", "10.0011D10K"), "0K 10K 10.0011K");
}

#[test]
fn reordered_frames_over_old_ones() {
    // EX-10, in ms: the P frame clears what the B frames will fill.
    assert_eq!(
        video("0D10K 10D10 20D10 30D10 40D10 50D10K 60D10", "0|-20D10K 30|-10D10 10|0D10 20|10D10"),
        "0|-20K 30|-10 10|0 20|10 50K 60"
    );
}

#[test]
fn leading_pictures_belong_to_the_random_access_point_after_them() {
    // Open GOP: B frames shown before their I frame. Removing from the I frame on takes them too.
    let mut timeline = Timeline::video();
    timeline.append("0K 10 20 50|30K 30|40 40|50 60|60");
    timeline.remove(45, 55);
    assert_eq!(timeline.stored(), "0K 10 20");
}

#[test]
fn old_frames_in_the_small_gap_behind_a_group_go_with_the_next_frame() {
    // CFP-25: removal starts at the highest end timestamp, not at the frame.
    let mut timeline = Timeline::video();
    timeline.append("0D5K 5D5K 10D5K 15D5K 20D5K 25D5K");
    timeline.abort();
    timeline.append("0D10K 15D10");
    assert_eq!(timeline.stored(), "0K 15 25K");
}

#[test]
fn a_frame_that_begins_before_the_end_of_its_group_removes_nothing() {
    // CFP-24, third case.
    let mut timeline = Timeline::video();
    timeline.append("0D10K 10D10K 20D10K");
    timeline.abort();
    let receipt = timeline.append("0|0D15K 12|10D10");
    assert_eq!(timeline.stored(), "0K 12|10 20K");
    assert_eq!(
        (
            receipt.frames_replaced.get(ReplaceReason::PictureBegins),
            receipt.frames_replaced.get(ReplaceReason::NewFrames)
        ),
        (1, 1)
    );
}

#[test]
fn frames_that_are_all_random_access_points_are_replaced_one_by_one() {
    let old: Vec<String> = (0..40).map(|at| format!("{}D10K", at * 10)).collect();
    let new: Vec<String> = (10..20).map(|at| format!("{}D10K", at * 10)).collect();
    let mut timeline = Timeline::audio();
    timeline.append(&old.join(" "));
    timeline.abort();
    let receipt = timeline.append(&new.join(" "));
    assert_eq!(timeline.stored().split(' ').count(), 40);
    assert_eq!(timeline.ranges(), "{ [0,400) }");
    assert_eq!(receipt.frames_replaced.total(), 10);
}

#[test]
fn an_audio_frame_that_is_overlapped_ends_at_the_splice_by_discard_padding() {
    // ASF-2, ASF-3, DIS-7: 44 100 Hz, so the splice at 15 ms lies on sample 662 (ties up): 15.0113
    // ms.
    let mut timeline = Timeline::audio();
    timeline.append("0D10K 10D10K 20D10K");
    timeline.abort();
    let receipt = timeline.append("15D10K 25D10K");
    assert_eq!(timeline.stored(), "0K 10K 15K 25K");
    let spliced = &timeline.frames()[1];
    assert_eq!(spliced.duration + spliced.discard.end, common::ms(10));
    assert!(
        (spliced.duration.to_seconds() - 662.0 / 44_100.0 + 0.010).abs() < 1e-9,
        "{:?}",
        spliced.duration
    );
    assert_eq!(receipt.frames_replaced.get(ReplaceReason::SoundBegins), 1);
    assert_eq!(timeline.ranges(), "{ [0,35) }");
}

#[test]
fn a_cue_that_is_showing_ends_where_a_new_one_begins() {
    // TSF-1, EX-27, OPN-31.
    assert_eq!(over(TrackKind::Text, "0D10K 20D10K", "4D2K"), "0K 4K 20K");
    let mut timeline = Timeline::new(&[TrackKind::Text]);
    timeline.append("0D10K");
    timeline.abort();
    timeline.append("4D2K");
    assert_eq!(timeline.frames()[0].duration, common::ms(4));
    timeline.abort();
    timeline.append("4D3K");
    assert_eq!(timeline.stored(), "0K 4K", "nothing is left of a cue that begins there");
}
