//! The variables and ranges of a track buffer (TB-1..9), and what holds of them after any run of
//! appends and removals (INV-4, INV-5, INV-12).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{Timeline, ms};
use mse_core::{AppendMode, FrameData, MediaTime, TimeRange, TimeRanges, TrackId, TrackKind};
use mse_testkit::frames;
use mse_timeline::ReplaceReason;
use mse_timeline::{GapPolicy, TimelineConfig, TimestampOffset, TrackBuffer};

/// Last decode timestamp, last frame duration, highest end timestamp, need random access point
/// flag.
fn variables(track: &TrackBuffer) -> String {
    let text = |time: Option<MediaTime>| time.map_or_else(|| "unset".to_owned(), frames::milliseconds);
    let (last, duration, highest) =
        (track.last_decode_timestamp(), track.last_frame_duration(), track.highest_end_timestamp());
    let flag = if track.need_random_access_point() { " RAP" } else { "" };
    format!("{} {} {}{flag}", text(last), text(duration), text(highest))
}

fn first(timeline: &Timeline) -> String {
    variables(&timeline.buffers.tracks()[0])
}

#[test]
fn the_first_initialization_segment_makes_the_track_buffers_and_no_later_one_adds_or_takes_any() {
    // TB-1.
    let mut timeline = Timeline::new(&[TrackKind::Video, TrackKind::Audio]);
    let kinds =
        |timeline: &Timeline| timeline.buffers.tracks().iter().map(TrackBuffer::kind).collect::<Vec<_>>();
    assert_eq!(kinds(&timeline), [TrackKind::Audio, TrackKind::Video]);
    timeline.init(&[TrackKind::Video, TrackKind::Audio, TrackKind::Audio], 2);
    timeline.init(&[TrackKind::Video], 3);
    assert_eq!(kinds(&timeline), [TrackKind::Audio, TrackKind::Video]);
}

#[test]
fn the_variables_follow_the_frames() {
    // TB-2..5, CFP-28..30; CFP-14: the highest end is not that of the last frame.
    let mut timeline = Timeline::video();
    assert_eq!(first(&timeline), "unset unset unset RAP");
    for (tokens, expected) in [
        ("0D10K", "0 10 10"),
        ("30|10D20", "10 20 50"),
        ("10|20D10", "20 10 50"),
        // CFP-4: a negative duration, which no demuxer makes, is none.
        ("20|30D0", "30 0 50"),
        // CFP-10, CFP-12: with no last frame duration any step is a discontinuity, and drops what
        // is no random access point.
        ("20|31D10", "unset unset unset RAP"),
        ("60D10K", "60 10 70"),
    ] {
        timeline.append(tokens);
        assert_eq!(first(&timeline), expected, "{tokens}");
    }
    timeline.abort();
    assert_eq!(first(&timeline), "unset unset unset RAP");
}

#[test]
fn a_frame_keeps_the_description_it_came_with() {
    // TB-9.
    let mut timeline = Timeline::video();
    timeline.append("0D10K 10D10");
    timeline.init(&[TrackKind::Video], 2);
    timeline.append("20D10K");
    let stored: Vec<_> = timeline.buffers.tracks()[0].stored_frames().collect();
    let configuration = |at: usize| stored[at].description.configuration.bytes.clone();
    assert_eq!(configuration(0), configuration(1));
    assert_ne!(configuration(1), configuration(2));
}

#[test]
fn a_gap_smaller_than_an_audio_frame_between_segments_does_not_show() {
    // TB-7.
    for gap in [1, 10, 22] {
        let mut timeline = Timeline::audio();
        timeline.append("0D23K 23D23K");
        timeline.abort();
        timeline.append(&format!("{}D23K", 46 + gap));
        assert_eq!(timeline.ranges(), format!("{{ [0,{}) }}", 69 + gap));
    }
}

#[test]
fn the_holes_of_an_incomplete_group_close() {
    // TB-8, in decode order: I P B B, shown I B B P.
    let config =
        TimelineConfig { gap_policy: GapPolicy::Fixed(MediaTime::ZERO), ..TimelineConfig::default() };
    let mut timeline = Timeline::with(&[TrackKind::Video], config);
    for (tokens, expected) in [
        ("40|0D40K", "{ [40,80) }"),
        ("160|40D40", "{ [40,80) [160,200) }"),
        ("80|80D40", "{ [40,120) [160,200) }"),
        ("120|120D40", "{ [40,200) }"),
    ] {
        timeline.append(tokens);
        assert_eq!(timeline.ranges(), expected);
    }
}

#[test]
fn timestamps_may_be_negative_and_far_beyond_33_bits() {
    // CFP-3.
    let mut timeline = Timeline::video();
    timeline.attributes.timestamp_offset = TimestampOffset::from_seconds(1e9);
    timeline.append("0|-80D40K 40|-40D40");
    assert_eq!(timeline.stored(), "1000000000000|999999999920K 1000000000040|999999999960");
    timeline.attributes.timestamp_offset = TimestampOffset::from_seconds(-1e9);
    timeline.attributes.append_window_start = MediaTime::MIN;
    timeline.abort();
    timeline.append("0D40K");
    assert_eq!(frames::token(&timeline.frames()[0]), "-1000000000000K");
}

#[test]
fn only_the_first_frame_of_a_muxed_group_takes_the_group_start() {
    // CFP-5, CFP-7, CFP-38: audio keeps its distance to video, and what would land before zero is
    // trimmed, or dropped by the letter.
    for (config, stored) in
        [(TimelineConfig::default(), "0|-10K 10K 30K"), (TimelineConfig::letter(), "10K 30K")]
    {
        let mut timeline = Timeline::with(&[TrackKind::Audio, TrackKind::Video], config);
        timeline.attributes.mode = AppendMode::Sequence;
        timeline.attributes.group_start_timestamp = Some(MediaTime::ZERO);
        timeline.append_to(2, "1000D40K");
        timeline.append_to(1, "990D20K 1010D20K 1030D20K");
        let [audio, video] = timeline.buffers.tracks() else { panic!() };
        assert_eq!(frames::tokens(&video.frames().collect::<Vec<_>>()), "0K");
        assert_eq!(frames::tokens(&audio.frames().collect::<Vec<_>>()), stored);
        assert_eq!(timeline.attributes.timestamp_offset.seconds, -1.0);
    }
}

#[test]
fn a_sequence_without_group_start_begins_where_its_frames_say() {
    // CFP-7.
    let mut timeline = Timeline::video();
    timeline.attributes.mode = AppendMode::Sequence;
    timeline.append("70D10K");
    assert_eq!(timeline.stored(), "70K");
}

#[test]
fn a_dropped_frame_asks_for_a_random_access_point_on_its_own_track_only() {
    // OPN-11.
    let mut timeline = Timeline::new(&[TrackKind::Audio, TrackKind::Video]);
    timeline.attributes.append_window_end = ms(40);
    timeline.append_to(1, "0D20K");
    timeline.append_to(2, "0D40K 40D40");
    let [audio, video] = timeline.buffers.tracks() else { panic!() };
    assert_eq!((variables(audio).as_str(), variables(video).as_str()), ("0 20 20", "0 40 40 RAP"));
}

#[test]
fn removal_goes_by_each_track_and_to_the_duration_where_no_random_access_point_follows() {
    // CFR-1, CFR-2, CFR-4, CFR-10.
    let mut timeline = Timeline::new(&[TrackKind::Audio, TrackKind::Video]);
    timeline.append_to(1, "0D100K 100D100K 200D100K 300D100K");
    timeline.append_to(2, "0D100K 100D100 200D100K 300D100");
    timeline.duration = ms(400);
    let removal = timeline.remove(100, 150);
    let ends: Vec<_> = removal.tracks.iter().map(|track| frames::milliseconds(track.end)).collect();
    assert_eq!(ends, ["200", "200"]);
    let removal = timeline.remove(300, 350);
    let taken: Vec<_> = removal.tracks.iter().map(|track| (track.end, track.frames)).collect();
    assert_eq!(taken, [(ms(400), 1), (ms(400), 1)]);
    let removal = timeline.remove(200, 100_000);
    assert_eq!(removal.tracks.iter().map(|track| track.frames).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(timeline.duration, ms(400));
}

#[test]
fn a_splice_lies_on_a_sample_of_the_frame_before_it_and_the_new_frame_keeps_its_time() {
    // ASF-1, ASF-5, ASF-6: the new frame is stored with its own timestamps; coverage goes on.
    let mut timeline = Timeline::audio();
    timeline.append("0D20K 20D20K 40D20K");
    timeline.abort();
    let receipt = timeline.append("33D20K");
    assert_eq!(timeline.stored(), "0K 20K 33K");
    assert_eq!(timeline.ranges(), "{ [0,53) }");
    assert_eq!(
        (
            receipt.frames_replaced.get(ReplaceReason::SoundBegins),
            receipt.frames_replaced.get(ReplaceReason::NewFrames)
        ),
        (1, 1)
    );
    assert_eq!(first(&timeline), "33 20 53");
    assert_eq!(timeline.attributes.group_end_timestamp, ms(60), "abort() does not lower it");
}

#[test]
fn what_always_holds() {
    // Seeded. The payload of a frame is its number in the stream: what depends on others stands
    // behind the frame it was sent behind.
    let mut state = 0x1357_9bdf_u64;
    let mut next = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % bound).unwrap()
    };
    let kinds = [TrackKind::Audio, TrackKind::Video];
    let mut timeline = Timeline::new(&kinds);
    let mut numbers = [0_u32; 2];
    for round in 0..1500 {
        if next(4) == 0 {
            let start = next(4000);
            timeline.remove(start, start + next(400) + 1);
        }
        let track = next(2) + 1;
        let start = next(200) * 20;
        let tokens: Vec<String> = (0..=next(9))
            .map(|at| {
                let time = start + at * 20;
                let key = if at == 0 || track == 1 || next(4) == 0 { "K" } else { "" };
                if key.is_empty() && next(3) == 0 {
                    format!("{}|{time}D20", time + 20 - next(3) * 20)
                } else {
                    format!("{time}D20{key}")
                }
            })
            .collect();
        if next(2) == 0 {
            timeline.abort();
        }
        let mut sent = frames::frames_of(TrackId(track as u64), &tokens.join(" "));
        for frame in &mut sent {
            let number = &mut numbers[usize::from(track == 2)];
            *number += 1;
            frame.data = FrameData::from(Bytes::copy_from_slice(&number.to_be_bytes()));
        }
        timeline.append_frames(sent);
        for track in timeline.buffers.tracks() {
            let tolerance = track.gap_tolerance();
            let intervals: TimeRanges =
                track.frames().map(|frame| (frame.presentation_timestamp, frame.end_timestamp())).collect();
            // A gap that a removal made shows however small, so the ranges may have some that the
            // tolerance would close.
            let ranges = track.ranges();
            assert_eq!(ranges.coalesce(tolerance), intervals.coalesce(tolerance), "INV-5, round {round}");
            assert!(
                intervals.difference(&ranges).is_empty(),
                "INV-5, round {round}: frames lie in the ranges"
            );
            let edge =
                |time, of: fn(&TimeRange) -> MediaTime| intervals.iter().any(|range| of(range) == time);
            assert!(
                ranges.iter().all(|range| edge(range.start, |of| of.start) && edge(range.end, |of| of.end)),
                "INV-5, round {round}: ranges begin and end where frames do"
            );
            let mut before = None;
            for frame in track.frames() {
                let number = u32::from_be_bytes((*frame.data).try_into().unwrap());
                assert!(frame.is_random_access_point || before == Some(number - 1), "INV-4, round {round}");
                before = Some(number);
            }
            if let (Some(_), Some(highest)) = (track.last_decode_timestamp(), track.highest_end_timestamp()) {
                assert!(timeline.attributes.group_end_timestamp >= highest, "INV-12, round {round}");
            }
        }
    }
}
