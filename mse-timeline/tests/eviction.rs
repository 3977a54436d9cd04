//! Eviction by policy, pinned ranges, and what a dry run foretells (CFE, DIS-18).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{CodedFrame, MediaTime, TimeRange, TimeRanges, TrackKind};
use mse_testkit::frames;
use mse_timeline::{ChooseRanges, EvictionPolicy, TimelineConfig};
use std::sync::Arc;

const ALL: u64 = u64::MAX;
const NONE: &str = "{ }";

/// A group of 100 ms at each of the times; of audio, two frames that stand alone.
fn append_groups(timeline: &mut Timeline, track: u64, kind: TrackKind, times: impl Iterator<Item = i64>) {
    let second = if kind == TrackKind::Video { "" } else { "K" };
    let tokens: Vec<String> = times.map(|time| format!("{time}D50K {}D50{second}", time + 50)).collect();
    timeline.append_to(track, &tokens.join(" "));
}

/// Ten groups of 100 ms from 0 on; the last is the one last appended to.
fn groups(kind: TrackKind) -> Timeline {
    let mut timeline = Timeline::new(&[kind]);
    append_groups(&mut timeline, 1, kind, (0..10).map(|at| at * 100));
    timeline
}

fn keep(behind: i64, ahead: i64) -> EvictionPolicy {
    EvictionPolicy::KeepWindow { behind: ms(behind), ahead: ms(ahead) }
}

fn custom(ranges: &'static str) -> EvictionPolicy {
    let choose: ChooseRanges =
        Arc::new(move |_| frames::parse_ranges(ranges).unwrap().iter().copied().collect());
    EvictionPolicy::Custom(choose)
}

/// Frames that are left, by policy, pins and position, when all that may go goes.
fn left(kind: TrackKind, policy: &EvictionPolicy, pinned: &str, position: i64) -> String {
    let mut timeline = groups(kind);
    timeline.evict_by(policy, pinned, ALL, position);
    timeline.ranges()
}

#[test]
fn what_each_policy_leaves() {
    let standard = EvictionPolicy::Standard;
    let (video, audio) = (TrackKind::Video, TrackKind::Audio);
    for (kind, policy, pinned, position, expected) in [
        // The group that plays, and what lies between it and the last append, which is the end.
        (video, &standard, NONE, 420, "{ [400,1000) }"),
        (audio, &standard, NONE, 420, "{ [400,1000) }"),
        (audio, &standard, NONE, 460, "{ [450,1000) }"),
        (video, &standard, "{ [110,120) }", 420, "{ [100,200) [400,1000) }"),
        (audio, &standard, "{ [110,120) }", 420, "{ [100,150) [400,1000) }"),
        (video, &standard, "{ [190,210) }", 420, "{ [100,300) [400,1000) }"),
        (video, &standard, "{ [0,Infinity) }", 420, "{ [0,1000) }"),
        // The window, in whole groups, and the group last appended to.
        (video, &keep(150, 150), NONE, 420, "{ [200,600) [900,1000) }"),
        (audio, &keep(150, 150), NONE, 420, "{ [250,600) [950,1000) }"),
        (video, &keep(0, 0), NONE, 420, "{ [400,500) [900,1000) }"),
        (video, &keep(0, 80), NONE, 420, "{ [400,600) [900,1000) }"),
        (video, &keep(10_000, 10_000), NONE, 420, "{ [0,1000) }"),
        (video, &keep(0, 0), "{ [0,10) [700,710) }", 420, "{ [0,100) [400,500) [700,800) [900,1000) }"),
        // Whatever a function says, but for pins.
        (video, &custom("{ [400,500) [900,1000) }"), NONE, 420, "{ [0,400) [500,900) }"),
        (video, &custom("{ [0,1000) }"), "{ [410,420) }", 0, "{ [400,500) }"),
        (audio, &custom("{ [0,1000) }"), "{ [410,420) }", 0, "{ [400,450) }"),
        (video, &custom("{ [0,1000) }"), "{ [410,420) [560,570) }", 0, "{ [400,600) }"),
        (video, &custom("{ }"), NONE, 420, "{ [0,1000) }"),
    ] {
        assert_eq!(left(kind, policy, pinned, position), expected, "{kind} {policy:?} {pinned} {position}");
    }
}

#[test]
fn a_window_gives_what_lies_behind_first_and_then_what_lies_ahead_from_the_back() {
    let mut timeline = groups(TrackKind::Video);
    let policy = keep(100, 100);
    for expected in [
        "{ [100,1000) }",
        "{ [200,1000) }",
        "{ [300,1000) }",
        "{ [300,800) [900,1000) }",
        "{ [300,700) [900,1000) }",
        "{ [300,600) [900,1000) }",
        "{ [300,600) [900,1000) }",
    ] {
        timeline.evict_by(&policy, NONE, 1, 420);
        assert_eq!(timeline.ranges(), expected);
    }
}

#[test]
fn a_function_is_asked_once_and_its_ranges_go_in_order_until_there_is_room() {
    let choose: ChooseRanges = Arc::new(|request| {
        // The last groups first; the request says all there is to know.
        assert_eq!((request.current_time, request.duration), (ms(420), MediaTime::INFINITY));
        assert_eq!(frames::ranges(request.pinned), "{ [800,900) }");
        let groups = request.tracks.iter().flat_map(mse_timeline::TrackBuffer::groups);
        let mut ranges: Vec<TimeRange> =
            groups.map(|group| TimeRange { start: group.start, end: group.end }).collect();
        ranges.reverse();
        ranges
    });
    let mut timeline = groups(TrackKind::Video);
    let policy = EvictionPolicy::Custom(choose);
    let eviction = timeline.evict_by(&policy, "{ [800,900) }", 20, 420);
    assert_eq!(timeline.ranges(), "{ [0,700) [800,900) }");
    assert_eq!(eviction.bytes, eviction.bytes_of(0));
    assert_eq!(frames::ranges(&eviction.lost_of(0)), "{ [700,800) [900,1000) }");
}

#[test]
fn a_pin_keeps_what_is_shown_within_it_on_every_track() {
    // Video groups of 400 ms, audio frames of 50 ms; the pin touches the second video group only in
    // its last frame.
    for policy in [EvictionPolicy::Standard, keep(0, 0), custom("{ [0,4000) }")] {
        let mut timeline = Timeline::new(&[TrackKind::Audio, TrackKind::Video]);
        let audio: Vec<String> = (0..40).map(|at| format!("{}D50K", at * 50)).collect();
        let video: Vec<String> =
            (0..40).map(|at| format!("{}D50{}", at * 50, if at % 8 == 0 { "K" } else { "" })).collect();
        timeline.append_to(1, &audio.join(" "));
        timeline.append_to(2, &video.join(" "));
        timeline.evict_by(&policy, "{ [760,830) }", ALL, 1999);
        let kept = |track: usize, from: i64, to: i64| {
            let wanted = TimeRanges::from_range(ms(from), ms(to));
            wanted.difference(&timeline.buffers.tracks()[track].ranges()).is_empty()
        };
        assert!(kept(1, 400, 1200), "{policy:?}: {}", timeline.buffers.tracks()[1].ranges());
        assert!(kept(0, 750, 850), "{policy:?}: {}", timeline.buffers.tracks()[0].ranges());
        assert!(!kept(1, 0, 50) && !kept(1, 1200, 1250), "{policy:?}");
    }
}

#[test]
fn a_pinned_group_with_leading_pictures_is_not_reached_from_the_group_before() {
    // Open group: 30 and 40 are shown before the random access point at 50 and decoded after it. A
    // removal of the first group would be moved to 50 and take them.
    let mut timeline = Timeline::video();
    timeline.append("0D10K 10D10 20D10 50|30D10K 30|40D10 40|50D10 60|60D10 70|70D10K");
    timeline.evict_by(&custom("{ [0,1000) }"), "{ [60,61) }", ALL, 0);
    assert_eq!(timeline.stored(), "0K 10 20 50|30K 30|40 40|50 60");
    timeline.evict_by(&custom("{ [0,1000) }"), "{ [10,11) }", ALL, 0);
    assert_eq!(timeline.stored(), "0K 10 20");
}

#[test]
fn the_group_last_appended_to_stays_on_every_track() {
    // Audio is appended last at 100, video far ahead: evicting video behind the position takes
    // audio along, but not that frame.
    let mut timeline = Timeline::new(&[TrackKind::Audio, TrackKind::Video]);
    append_groups(&mut timeline, 2, TrackKind::Video, (0..10).map(|at| at * 100));
    timeline.append_to(1, "0D50K 50D50K 100D50K");
    timeline.evict(ALL, 720);
    let [audio, video] = timeline.buffers.tracks() else { panic!() };
    assert_eq!(frames::ranges(&audio.ranges()), "{ [100,150) }");
    assert_eq!(frames::ranges(&video.ranges()), "{ [100,200) [700,1000) }");
}

#[test]
fn when_the_largest_track_has_nothing_to_give_the_next_one_does() {
    let mut timeline = Timeline::new(&[TrackKind::Audio, TrackKind::Video]);
    let video: Vec<String> =
        (0..20).map(|at| format!("{}D50{}", 900 + at * 50, if at == 0 { "K" } else { "" })).collect();
    timeline.append_to(2, &video.join(" "));
    append_groups(&mut timeline, 1, TrackKind::Audio, (0..11).map(|at| at * 100));
    timeline.evict(ALL, 1000);
    let [audio, video] = timeline.buffers.tracks() else { panic!() };
    assert_eq!(frames::ranges(&audio.ranges()), "{ [900,1100) }");
    assert_eq!(frames::ranges(&video.ranges()), "{ [900,1900) }");
}

#[test]
fn frames_behind_the_duration_do_not_stop_it() {
    let mut timeline = groups(TrackKind::Video);
    timeline.duration = ms(300);
    timeline.evict_by(&keep(0, 0), NONE, ALL, 1500);
    timeline.evict_by(&EvictionPolicy::Standard, NONE, ALL, 0);
}

/// Whether a frame is shown within one of the ranges.
fn shown_within(frame: &CodedFrame, ranges: &TimeRanges) -> bool {
    let (start, end) = (frame.presentation_timestamp, frame.end_timestamp());
    let end = end.max(start + MediaTime::from_flicks(1));
    ranges.iter().any(|range| start < range.end && range.start < end)
}

#[test]
fn a_plan_is_what_happens_and_what_is_pinned_stays() {
    // Seeded; `evict_by` compares the plan with what happens.
    let mut state = 0x2545_f491_u64;
    let mut next = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % bound).unwrap()
    };
    let rounds = 1000;
    for round in 0..rounds {
        let config =
            TimelineConfig { max_block_frames: [1, 3, 128][next(3) as usize], ..TimelineConfig::default() };
        let kinds = [TrackKind::Audio, TrackKind::Video, TrackKind::Video];
        let mut timeline = Timeline::with(&kinds, config);
        for _ in 0..next(12) + 1 {
            let track = next(3) + 1;
            let start = next(100) * 20;
            let tokens: Vec<String> = (0..=next(20))
                .map(|at| {
                    let key = at == 0 || track == 1 || next(5) == 0;
                    let time = start + at * 20;
                    // Now and then a leading picture: shown before what it follows.
                    if !key && next(4) == 0 {
                        format!("{}|{time}D20", time - 40)
                    } else {
                        format!("{time}D{}{}", 20 + next(2) * 5, if key { "K" } else { "" })
                    }
                })
                .collect();
            timeline.abort();
            timeline.append_to(track as u64, &tokens.join(" "));
            if next(5) == 0 {
                let start = next(2000);
                timeline.remove(start, start + next(100) + 1);
            }
        }
        if next(3) == 0 {
            timeline.duration = ms(next(3000));
        }
        for _ in 0..4 {
            let random = [(); 3].map(|()| (next(2200), next(150)));
            let pinned = random.iter().map(|&(start, length)| (ms(start), ms(start + length))).collect();
            let pinned = if next(3) == 0 { TimeRanges::new() } else { pinned };
            let ranges = [(); 3].map(|()| (next(2200), next(600)));
            let choose: ChooseRanges = Arc::new(move |_| {
                ranges
                    .iter()
                    .map(|&(start, length)| TimeRange { start: ms(start), end: ms(start + length) })
                    .collect()
            });
            let (policy, window) = match next(3) {
                0 => (EvictionPolicy::Standard, None),
                1 => {
                    let (behind, ahead) = (next(500), next(500));
                    (keep(behind, ahead), Some((behind, ahead)))
                }
                _ => (EvictionPolicy::Custom(choose), None),
            };
            let position = next(2200);
            let mut keeps = pinned.clone();
            if let Some((behind, ahead)) = window {
                keeps.insert(ms(position - behind), ms(position + ahead));
            }
            if matches!(policy, EvictionPolicy::Standard) {
                keeps.insert(ms(position), ms(position) + MediaTime::from_flicks(1));
            }
            let kept = |timeline: &Timeline| -> Vec<CodedFrame> {
                let tracks = timeline.buffers.tracks().iter();
                tracks
                    .flat_map(mse_timeline::TrackBuffer::frames)
                    .filter(|frame| shown_within(frame, &keeps))
                    .collect()
            };
            let before = kept(&timeline);
            let needed = if next(4) == 0 { ALL } else { next(300) as u64 };
            timeline.evict_by(&policy, &frames::ranges(&pinned), needed, position);
            assert_eq!(kept(&timeline), before, "round {round}: {policy:?}, {pinned}, position {position}");
        }
    }
}

#[test]
fn after_a_seek_to_where_nothing_is_whatever_is_not_needed_may_go() {
    // CFE-3: first up to the target, then from the back to the last append, then from the front.
    for kind in [TrackKind::Video, TrackKind::Audio] {
        let mut timeline = Timeline::new(&[kind]);
        append_groups(&mut timeline, 1, kind, (20..30).map(|at| at * 100));
        for position in [0, 1_900, 5_000] {
            let eviction = timeline.evict_by(&EvictionPolicy::Standard, NONE, 1, position);
            assert!(eviction.bytes > 0, "{kind} at {position}");
        }
        assert!(timeline.ranges().ends_with("3000) }"), "{kind}: {}", timeline.ranges());
        // What was appended for the target stays with what follows it there.
        timeline.abort();
        append_groups(&mut timeline, 1, kind, (0..3).map(|at| at * 100));
        timeline.evict_by(&EvictionPolicy::Standard, NONE, ALL, 0);
        assert!(timeline.ranges().starts_with("{ [0,"), "{kind}: {}", timeline.ranges());
    }
}

#[test]
fn what_is_not_reached_from_the_position_goes_before_an_append_fails() {
    let mut timeline = Timeline::video();
    append_groups(&mut timeline, 1, TrackKind::Video, (0..5).map(|at| at * 100));
    timeline.abort();
    append_groups(&mut timeline, 1, TrackKind::Video, (50..60).map(|at| at * 100));
    timeline.evict_by(&EvictionPolicy::Standard, NONE, ALL, 150);
    assert_eq!(
        timeline.ranges(),
        "{ [100,500) [5900,6000) }",
        "what plays on, and what was appended to last"
    );
}
