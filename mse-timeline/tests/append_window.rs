//! The append window, timestampOffset, sequence mode and discontinuities (CFP-1..19).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{AppendMode, TrackKind};
use mse_timeline::{AppendWindowPolicy, DiscontinuityPolicy, TimelineConfig, TimestampOffset};

fn window(timeline: &mut Timeline, start: i64, end: i64) {
    timeline.attributes.append_window_start = ms(start);
    timeline.attributes.append_window_end = ms(end);
}

#[test]
fn only_frames_wholly_inside_are_kept_and_a_drop_asks_for_a_random_access_point() {
    // EX-11, EX-12, CFP-15, CFP-16, CFP-18.
    let mut timeline = Timeline::video();
    window(&mut timeline, 1000, 2000);
    let receipt = timeline.append("0D400K 400D400 800D400 1200D400K 1600D400 1800D400 1900D50");
    assert_eq!(timeline.stored(), "1200K 1600");
    let dropped: Vec<_> =
        receipt.frames_dropped.iter().map(|(reason, count)| (reason.row(), count)).collect();
    assert_eq!(dropped, [("CFP-15", 3), ("CFP-16", 1), ("CFP-18", 1)]);
    assert_eq!(receipt.frames_in, 7);
}

#[test]
fn on_request_audio_is_trimmed_to_the_window_exactly() {
    // DIS-10.
    let config = TimelineConfig { append_window: AppendWindowPolicy::TrimAudio, ..TimelineConfig::default() };
    let mut timeline = Timeline::with(&[TrackKind::Audio], config.clone());
    window(&mut timeline, 25, 65);
    timeline.append("0D20K 20D20K 40D20K 60D20K 80D20K");
    assert_eq!(timeline.stored(), "25|20K 40K 60K");
    assert_eq!(timeline.ranges(), "{ [25,65) }");
    let frames = timeline.frames();
    assert_eq!((frames[0].duration, frames[0].discard.start, frames[0].discard.end), (ms(15), ms(5), ms(0)));
    assert_eq!((frames[2].duration, frames[2].discard.start, frames[2].discard.end), (ms(5), ms(0), ms(15)));

    let mut video = Timeline::with(&[TrackKind::Video], config);
    window(&mut video, 25, 65);
    video.append("0D20K 20D20K 40D20K 60D20K");
    assert_eq!(video.stored(), "40K", "pictures cannot be cut");
}

#[test]
fn generated_timestamps_go_on_behind_a_dropped_frame() {
    // CFP-17, OPN-30, DIS-32, CFP-32.
    let mut timeline = Timeline::audio();
    timeline.attributes.generate_timestamps = true;
    timeline.attributes.mode = AppendMode::Sequence;
    window(&mut timeline, 20, 1000);
    timeline.append("500D20K 0D20K 70D20K");
    assert_eq!(timeline.stored(), "20K 40K");
    assert_eq!(timeline.attributes.timestamp_offset.time, ms(60));
}

#[test]
fn the_offset_moves_both_times_and_what_falls_below_zero_is_dropped() {
    // CFP-8, CFP-39.
    let mut timeline = Timeline::video();
    timeline.attributes.timestamp_offset = TimestampOffset::from_seconds(-0.05);
    let receipt = timeline.append("0|-10K 40|0 80|40K 120|80");
    assert_eq!(timeline.stored(), "30|-10K 70|30");
    assert_eq!(receipt.frames_dropped.total(), 2);
}

#[test]
fn sequence_mode_places_the_first_frame_at_the_group_start() {
    // EX-4, CFP-6.
    let mut timeline = Timeline::video();
    timeline.attributes.mode = AppendMode::Sequence;
    timeline.attributes.group_end_timestamp = ms(2000);
    timeline.attributes.group_start_timestamp = Some(ms(2000));
    timeline.append("10000|9960D40K");
    assert_eq!(timeline.stored(), "2000|1960K");
    assert_eq!(timeline.attributes.timestamp_offset.seconds, -8.0);
    assert_eq!(
        (timeline.attributes.group_end_timestamp, timeline.attributes.group_start_timestamp),
        (ms(2040), None)
    );
}

#[test]
fn a_jump_in_sequence_mode_goes_on_without_a_gap() {
    // EX-5, INV-14.
    let mut timeline = Timeline::video();
    timeline.attributes.mode = AppendMode::Sequence;
    timeline.append("0D40K 40D40 20040|20000D40K 20080|20040D40 500D40K");
    assert_eq!(timeline.stored(), "0K 40 80|40K 120|80 160K");
    assert_eq!(timeline.ranges(), "{ [0,200) }");
}

#[test]
fn exactly_two_frame_durations_are_no_discontinuity() {
    // CFP-10, EX-1, EX-2.
    let lost_rap = |next: &str| {
        let mut timeline = Timeline::video();
        timeline.append(&format!("960D40K 1000D40 {next}"));
        timeline.stored().split(' ').count() == 2
    };
    assert!(!lost_rap("1080D40") && !lost_rap("1000D40") && !lost_rap("1040D40"));
    assert!(lost_rap("1081D40") && lost_rap("999D40"));
}

#[test]
fn by_the_letter_a_discontinuity_on_one_track_resets_them_all() {
    // EX-3, CFP-12.
    let mut timeline = Timeline::with(&[TrackKind::Audio, TrackKind::Video], TimelineConfig::letter());
    timeline.append_to(1, "0D20K 20D20K");
    timeline.append_to(2, "0D40K 40D40");
    assert_eq!(timeline.buffers.tracks()[0].last_decode_timestamp(), Some(ms(20)));
    timeline.append_to(2, "10000D40K");
    let audio = &timeline.buffers.tracks()[0];
    assert!(audio.need_random_access_point());
    assert_eq!((audio.last_decode_timestamp(), audio.highest_end_timestamp()), (None, None));
}

#[test]
fn on_request_the_longest_frame_of_the_group_measures_a_jump() {
    // DIS-4: 33 and 34 ms in turn, one frame missing after a short one.
    let stored = |discontinuity| {
        let config = TimelineConfig { discontinuity, ..TimelineConfig::default() };
        let mut timeline = Timeline::with(&[TrackKind::Video], config);
        timeline.append("0D34K 34D33 101D33");
        timeline.stored()
    };
    assert_eq!(stored(DiscontinuityPolicy::LastFrame), "0K 34");
    assert_eq!(stored(DiscontinuityPolicy::LongestFrameOfGroup), "0K 34 101");
}
