//! Coded frame groups as what shows (TB-6, TB-8), gaps by frame starts, key frames that go back
//! (DIS-35), removals that end no group (DIS-15).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{AppendMode, MediaTime, TimeRanges, TrackKind};
use mse_testkit::frames;
use mse_testkit::random::Random;
use mse_timeline::{
    BackwardsKeyFrames, Coverage, DiscontinuityScope, GapPolicy, RemovedTails, TimelineConfig,
};

fn groups() -> TimelineConfig {
    TimelineConfig {
        coverage: Coverage::CodedFrameGroups,
        gap_policy: GapPolicy::Fixed(MediaTime::ZERO),
        discontinuity_scope: DiscontinuityScope::AllTracks,
        ..TimelineConfig::default()
    }
}

fn video() -> Timeline {
    Timeline::with(&[TrackKind::Video], groups())
}

/// Audio is track 1 and video track 2 of a muxed SourceBuffer.
fn muxed() -> Timeline {
    Timeline::with(&[TrackKind::Audio, TrackKind::Video], groups())
}

fn ranges_of(timeline: &Timeline, track: usize) -> String {
    frames::ranges(&timeline.buffers.tracks()[track].ranges())
}

#[test]
fn a_group_begins_for_all_tracks_where_its_first_frame_does() {
    for (sound, picture, expected_sound, expected_picture) in [
        ("1000D20K 1020D20K", "1100D40K 1140D40", "{ [1000,1040) }", "{ [1000,1180) }"),
        ("1000D20K 1020D20K", "1000D40K 1040D40", "{ [1000,1040) }", "{ [1000,1080) }"),
        ("1000D20K 1020D20K", "900|900D40K 940D40", "{ [1000,1040) }", "{ [900,980) }"),
    ] {
        let mut timeline = muxed();
        timeline.append_to(1, sound);
        timeline.append_to(2, picture);
        assert_eq!(
            (ranges_of(&timeline, 0), ranges_of(&timeline, 1)),
            (expected_sound.into(), expected_picture.into())
        );
        // The next group, behind a jump of one track, begins for both again.
        timeline.append_to(1, "5000D20K");
        timeline.append_to(2, "5500D40K");
        assert_eq!(ranges_of(&timeline, 1), expected_picture.replace(" }", " [5000,5540) }"));
        // By frames, each begins where it does.
        let mut plain = Timeline::new(&[TrackKind::Audio, TrackKind::Video]);
        plain.append_to(1, sound);
        plain.append_to(2, "1100D40K");
        assert_eq!(ranges_of(&plain, 1), "{ [1100,1140) }");
    }
}

#[test]
fn each_end_of_a_group_begins_another_for_all_tracks() {
    for mode in [AppendMode::Segments, AppendMode::Sequence] {
        let mut timeline = muxed();
        timeline.append_to(1, "0D20K");
        timeline.append_to(2, "0D40K");
        timeline.abort();
        if mode == AppendMode::Sequence {
            timeline.attributes.mode = mode;
            timeline.attributes.group_start_timestamp = Some(ms(1000));
        }
        timeline.append_to(1, "1000D20K");
        timeline.append_to(2, "1100D40K");
        assert_eq!(ranges_of(&timeline, 1), "{ [0,40) [1000,1140) }", "{mode:?}");
        // Where the group goes on, it covers what is between its frames.
        timeline.append_to(2, "1180D40K");
        assert_eq!(ranges_of(&timeline, 1), "{ [0,40) [1000,1220) }", "{mode:?}");
    }
}

#[test]
fn holes_of_a_group_that_is_half_there_do_not_show_and_pictures_before_it_neither() {
    for (tokens, expected) in [
        ("0|0D40K 160|40D40", "{ [0,200) }"),
        ("0|0D40K 160|40D40 40|80D40", "{ [0,200) }"),
        // An open group: what is shown before its random access point.
        ("100|0D40K 20|40D40 60|80D40 140|120D40", "{ [100,180) }"),
        // What reaches behind it counts.
        ("100|0D40K 60|40D100", "{ [100,160) }"),
    ] {
        let mut timeline = video();
        timeline.append(tokens);
        assert_eq!(timeline.ranges(), expected, "{tokens}");
    }
}

#[test]
fn removal_takes_what_only_showed() {
    let mut timeline = muxed();
    timeline.append_to(1, "0D20K 20D20K");
    timeline.append_to(2, "500D40K 540D40 580D40K 620D40");
    assert_eq!(ranges_of(&timeline, 1), "{ [0,660) }");
    // The group's tail: the hole of its middle shows as well.
    timeline.remove(540, 580);
    assert_eq!(ranges_of(&timeline, 1), "{ [0,540) [580,660) }");
    // The random access point: with it goes the stretch before it.
    timeline.remove(500, 540);
    assert_eq!(ranges_of(&timeline, 1), "{ [580,660) }");
    timeline.remove(0, 10_000);
    assert_eq!(ranges_of(&timeline, 1), "{ }");
}

#[test]
fn a_group_that_begins_within_a_range_leaves_no_gap_before_it() {
    let old = "0D100K 100D100 200D100 300D100K 400D100";
    for (new, expected) in [
        // Between two pictures, and what is left behind covers from there.
        ("130D40K", "{ [0,500) }"),
        ("230D40K", "{ [0,500) }"),
        // Exactly where a random access point begins: that is replaced.
        ("300D40K", "{ [0,340) }"),
        // Behind everything: up to twice the longest frame behind the start of the last one.
        ("600D40K", "{ [0,640) }"),
        ("601D40K", "{ [0,500) [601,641) }"),
    ] {
        let mut timeline = video();
        timeline.append(old);
        timeline.abort();
        timeline.append(new);
        assert_eq!(timeline.ranges(), expected, "{new}");
    }
}

#[test]
fn gaps_go_by_where_frames_begin() {
    // The longest frame is 40 ms long: the next one may begin 80 ms behind the last.
    for last in [10, 20, 40] {
        for gap in 0..=100 {
            let config = TimelineConfig { gap_policy: GapPolicy::FrameStarts, ..TimelineConfig::default() };
            let mut timeline = Timeline::with(&[TrackKind::Audio], config);
            timeline.append(&format!("0D40K 40D{last}K"));
            let next = 40 + last + gap;
            timeline.abort();
            timeline.append(&format!("{next}D40K"));
            let is_joined = last + gap <= 80;
            let expected = if is_joined {
                format!("{{ [0,{}) }}", next + 40)
            } else {
                format!("{{ [0,{}) [{next},{}) }}", 40 + last, next + 40)
            };
            assert_eq!(timeline.ranges(), expected, "{last} ms and a gap of {gap} ms");
            // The same the other way round.
            let config = TimelineConfig { gap_policy: GapPolicy::FrameStarts, ..TimelineConfig::default() };
            let mut timeline = Timeline::with(&[TrackKind::Audio], config);
            timeline.append(&format!("{next}D40K"));
            timeline.abort();
            timeline.append(&format!("0D40K 40D{last}K"));
            assert_eq!(timeline.ranges(), expected, "backwards, {last} ms and a gap of {gap} ms");
        }
    }
}

#[test]
fn a_gap_that_a_removal_made_shows_until_the_next_append() {
    let config = TimelineConfig { gap_policy: GapPolicy::FrameStarts, ..TimelineConfig::default() };
    let mut timeline = Timeline::with(&[TrackKind::Audio], config);
    timeline.append("0D20K 20D20K 40D20K 60D20K 80D20K");
    timeline.remove(40, 60);
    assert_eq!(timeline.ranges(), "{ [0,40) [60,100) }");
    timeline.append("100D20K");
    assert_eq!(timeline.ranges(), "{ [0,120) }");
}

#[test]
fn a_key_frame_that_goes_back_begins_another_group() {
    for (policy, expected) in [
        (BackwardsKeyFrames::SameGroup, "0K 100|60 0|140K 200|100"),
        (BackwardsKeyFrames::NewGroup, "0|140K"),
    ] {
        let config = TimelineConfig { backwards_key_frames: policy, ..TimelineConfig::default() };
        let mut timeline = Timeline::with(&[TrackKind::Video], config);
        timeline.append("0|0D100K 100|60D100 200|100D100 0|140D300K");
        let stored = timeline.stored();
        let is_replaced = policy == BackwardsKeyFrames::NewGroup;
        assert_eq!(stored.split(' ').count() == 1, is_replaced, "{policy:?}: {stored}, {expected}");
        assert_eq!(timeline.ranges(), "{ [0,300) }");
    }
}

#[test]
fn a_removal_that_ends_no_group_leaves_its_variables() {
    for (policy, need, end) in [(RemovedTails::EndGroup, true, 200), (RemovedTails::GroupGoesOn, false, 300)]
    {
        let config = TimelineConfig { removed_tails: policy, ..TimelineConfig::default() };
        let mut timeline = Timeline::with(&[TrackKind::Video], config);
        timeline.append("0D100K 100D100 200D100");
        timeline.remove(150, 1000);
        assert_eq!(timeline.buffers.tracks()[0].need_random_access_point(), need);
        assert_eq!(timeline.attributes.group_end_timestamp, ms(end));
        let receipt = timeline.append("300D100 400D100K 500D100");
        assert_eq!(timeline.stored(), "0K 100 400K 500", "{policy:?}");
        assert_eq!(receipt.frames_dropped.total(), 1);
        assert_eq!(timeline.ranges(), "{ [0,200) [400,600) }");
    }
}

/// Every picture that is not shown before its random access point shows, and without frames
/// nothing does, through all appends and removals.
#[test]
fn what_is_stored_shows() {
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let mut config = groups();
        if seed % 2 == 0 {
            config.removed_tails = RemovedTails::GroupGoesOn;
            config.backwards_key_frames = BackwardsKeyFrames::NewGroup;
        }
        let mut timeline = Timeline::with(&[TrackKind::Audio, TrackKind::Video], config);
        for _ in 0..40 {
            let start = random.within(0..=39) * 50;
            match random.within(0..=7) {
                0 => timeline.abort(),
                1 | 2 => drop(timeline.remove(start, start + 1 + random.within(0..=599))),
                3 => {
                    timeline.attributes.mode =
                        if random.percent(25) { AppendMode::Sequence } else { AppendMode::Segments }
                }
                choice => {
                    let track = 1 + u64::from(choice > 5);
                    let step = if track == 1 { 20 } else { 50 };
                    let count = random.within(1..=8);
                    let token = |index: i64| {
                        let dts = start + index * step;
                        let pts = if track == 2 && index % 3 == 1 { dts + 75 } else { dts };
                        let key = if track == 1 || index % 5 == 0 { "K" } else { "" };
                        format!("{pts}|{dts}D{step}{key}")
                    };
                    let tokens: Vec<_> = (0..count).map(token).collect();
                    drop(timeline.append_to(track, &tokens.join(" ")));
                }
            }
            for track in timeline.buffers.tracks() {
                let (mut point, mut shown) = (MediaTime::ZERO, TimeRanges::new());
                for frame in track.frames() {
                    if frame.is_random_access_point {
                        point = frame.presentation_timestamp;
                    }
                    shown.insert(frame.presentation_timestamp.max(point), frame.end_timestamp().max(point));
                }
                let ranges = track.ranges();
                assert!(shown.difference(&ranges).is_empty(), "seed {seed}: {ranges} without {shown}");
                assert!(track.frame_count() > 0 || ranges.is_empty(), "seed {seed}");
            }
        }
    }
}
