//! Removal and eviction (CFR, CFE), ranges (TB-6) and what `buffered` makes of them (SB-7..11).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{AppendMode, MediaTime, TrackKind};
use mse_timeline::{GapPolicy, OpenGroupPolicy, TimelineConfig};

const TEN: &str =
    "0D1000K 1000D1000 2000D1000 3000D1000 4000D1000 5000D1000K 6000D1000 7000D1000 8000D1000 9000D1000";

#[test]
fn a_removal_says_where_it_ended_and_what_it_took() {
    // EX-13, CFR-2, CFR-8.
    let mut timeline = Timeline::video();
    timeline.append(TEN);
    timeline.duration = ms(10_000);
    let removal = timeline.remove(2000, 4000);
    let track = &removal.tracks[0];
    assert_eq!((track.start, track.end, track.frames), (ms(2000), ms(5000), 3));
    assert_eq!(mse_testkit::frames::ranges(&track.lost), "{ [2000,5000) }");
    assert_eq!(timeline.ranges(), "{ [0,2000) [5000,10000) }");
    assert_eq!(
        timeline.remove(7000, 8000).tracks[0].end,
        ms(10_000),
        "no random access point follows: the duration"
    );
}

#[test]
fn removing_the_last_appended_frame_ends_the_group_on_all_tracks() {
    // CFR-5, CFR-6, EX-17.
    let mut timeline = Timeline::new(&[TrackKind::Audio, TrackKind::Video]);
    timeline.append_to(1, "0D20K 20D20K");
    timeline.append_to(2, "0D20K 20D20");
    timeline.remove(20, 40);
    assert_eq!(timeline.attributes.group_end_timestamp, ms(20));
    for track in timeline.buffers.tracks() {
        assert!(track.need_random_access_point() && track.last_decode_timestamp().is_none());
    }
    timeline.attributes.mode = AppendMode::Sequence;
    timeline.append_to(2, "40D20K");
    timeline.remove(40, 60);
    assert_eq!(timeline.attributes.group_start_timestamp, Some(ms(60)));
}

#[test]
fn removing_older_frames_leaves_the_group_alone() {
    // DIS-15.
    let mut timeline = Timeline::video();
    timeline.append(TEN);
    timeline.remove(0, 4000);
    assert_eq!(timeline.buffers.tracks()[0].last_decode_timestamp(), Some(ms(9000)));
    timeline.append("10000D1000");
    assert_eq!(timeline.ranges(), "{ [5000,11000) }");
}

/// Twenty groups of 100 ms; a group's payload is that of its tokens.
fn groups(kind: TrackKind) -> Timeline {
    let mut timeline = Timeline::new(&[kind]);
    let tokens: Vec<String> = (10..30)
        .map(|at| {
            format!("{0}K {1}{2}", at * 100, at * 100 + 50, if kind == TrackKind::Audio { "K" } else { "" })
        })
        .collect();
    timeline.append(&tokens.join(" "));
    timeline
}

#[test]
fn eviction_takes_what_lies_behind_the_position_first_and_no_more_than_is_needed() {
    // CFE-3, DIS-18.
    for kind in [TrackKind::Video, TrackKind::Audio] {
        let mut timeline = groups(kind);
        let eviction = timeline.evict(25, 2500);
        assert!((25..45).contains(&eviction.bytes), "{kind}: {}", eviction.bytes);
        assert!(timeline.ranges().ends_with(",3000) }"), "{kind}: {}", timeline.ranges());
    }
}

#[test]
fn eviction_behind_the_position_stops_at_the_group_that_plays() {
    let mut timeline = groups(TrackKind::Video);
    let eviction = timeline.evict(u64::MAX, 2520);
    // Behind: 1000 to 2500. Ahead, from the back: nothing before the group last appended to, which
    // is the last one.
    assert_eq!(mse_testkit::frames::ranges(&eviction.ranges), "{ [1000,2500) }");
    assert_eq!(timeline.ranges(), "{ [2500,3000) }");
}

#[test]
fn ahead_of_the_position_the_last_groups_go_first_but_not_the_one_appended_to() {
    let mut timeline = groups(TrackKind::Video);
    timeline.abort();
    timeline.append("1200K 1250");
    let eviction = timeline.evict(20, 1120);
    assert_eq!(eviction.ranges.start(), Some(ms(1000)), "behind first");
    timeline.evict(u64::MAX, 1120);
    assert_eq!(timeline.ranges(), "{ [1100,1300) }", "what plays, and what was appended to last");
}

#[test]
fn what_lies_between_the_last_append_and_the_position_goes_before_the_front() {
    let mut timeline = groups(TrackKind::Video);
    timeline.abort();
    timeline.append("1400K 1450");
    timeline.evict(1, 2000);
    assert_eq!(timeline.ranges(), "{ [1000,1500) [1600,3000) }");
}

#[test]
fn nothing_can_be_evicted_when_all_of_it_plays_or_was_just_appended() {
    let mut timeline = Timeline::video();
    timeline.append("0K 50");
    assert_eq!(timeline.evict(1, 0).bytes, 0);
}

#[test]
fn by_the_letter_gaps_smaller_than_two_frames_are_closed_and_equal_ones_are_not() {
    // TB-6: strictly smaller.
    let ranges = |gap: i64| {
        let mut timeline = Timeline::with(&[TrackKind::Video], TimelineConfig::letter());
        timeline.append("0D40K");
        timeline.abort();
        timeline.append(&format!("{}D40K", 40 + gap));
        timeline.buffers.tracks()[0].ranges().len()
    };
    assert_eq!((ranges(79), ranges(80)), (1, 2));
}

#[test]
fn a_longer_frame_closes_older_gaps_and_the_receipt_says_so() {
    let mut timeline = Timeline::video();
    timeline.append("0D40K 200D40K");
    assert_eq!(timeline.ranges(), "{ [0,40) [200,240) }");
    let receipt = timeline.append("1000D160K");
    assert_eq!(timeline.ranges(), "{ [0,240) [1000,1160) }");
    assert_eq!(mse_testkit::frames::ranges(&receipt.tracks[0].gained), "{ [40,200) [1000,1160) }");
}

#[test]
fn a_fixed_gap_policy_reports_every_gap() {
    let config =
        TimelineConfig { gap_policy: GapPolicy::Fixed(MediaTime::ZERO), ..TimelineConfig::default() };
    let mut timeline = Timeline::with(&[TrackKind::Video], config);
    timeline.append("0D40K 41D40");
    assert_eq!(timeline.ranges(), "{ [0,40) [41,81) }");
    assert_eq!(timeline.buffers.tracks()[0].gaps().count(), 1);
}

#[test]
fn buffered_is_what_all_tracks_but_text_have_and_extends_when_ended() {
    // SB-8, SB-9, SB-11, EX-18, EX-19.
    let mut timeline = Timeline::new(&[TrackKind::Audio, TrackKind::Video, TrackKind::Text]);
    assert_eq!(timeline.buffered(true), "{ }");
    timeline.append_to(1, "0D100K 100D100K 200D100K 300D100K");
    assert_eq!(timeline.buffered(false), "{ }", "video is still empty");
    timeline.abort();
    timeline.append_to(1, "600D100K 700D100K");
    timeline.append_to(2, "0D500K 500D500");
    timeline.append_to(3, "5000D1000K");
    assert_eq!(timeline.buffered(false), "{ [0,400) [600,800) }");
    assert_eq!(
        timeline.buffered(true),
        "{ [0,400) [600,6000) }",
        "only the last range of each track, to the highest end of all"
    );
}

#[test]
fn a_receipt_is_the_difference_of_the_ranges() {
    // Ranges before − lost + gained = ranges after; seeded.
    let mut state = 0x9e37_79b9_u64;
    let mut next = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut timeline = Timeline::video();
    for round in 0..2000 {
        let before = timeline.buffers.tracks()[0].ranges();
        let start = next(300) * 20;
        let tokens: Vec<String> = (0..=next(6))
            .map(|at| format!("{}D20{}", start + at * 20, if at == 0 || next(3) == 0 { "K" } else { "" }))
            .collect();
        timeline.abort();
        let receipt = timeline.append(&tokens.join(" "));
        let change = &receipt.tracks[0];
        let after = timeline.buffers.tracks()[0].ranges();
        assert_eq!(before.difference(&change.lost).union(&change.gained), after, "round {round}");
        assert!(change.lost.intersection(&change.gained).is_empty(), "round {round}");
        if next(4) == 0 {
            let (start, length) = (next(6000) as i64, next(500) as i64 + 1);
            let before = timeline.buffers.tracks()[0].ranges();
            let removal = timeline.remove(start, start + length);
            assert_eq!(
                before.difference(&removal.tracks[0].lost),
                timeline.buffers.tracks()[0].ranges(),
                "round {round}"
            );
        }
    }
}

/// Stored frames and ranges after a removal from an open-GOP stream, by default and by the letter.
fn open_groups(start: i64, end: i64) -> [(String, String); 2] {
    // Each random access point but the first is decoded before the two pictures that are shown
    // before it.
    let stream = "0D40K 40D40 80D40 200|120D40K 120|160D40 160|200D40 240D40 \
                  360|280D40K 280|320D40 320|360D40 400D40 440D40";
    [OpenGroupPolicy::LeadingPictures, OpenGroupPolicy::WholeGroup].map(|open_groups| {
        let mut timeline =
            Timeline::with(&[TrackKind::Video], TimelineConfig { open_groups, ..TimelineConfig::default() });
        timeline.append(stream);
        timeline.remove(start, end);
        (timeline.stored(), timeline.ranges())
    })
}

#[test]
fn a_removal_takes_of_an_open_group_only_what_is_shown_before_its_random_access_point() {
    // CFR-3, CFR-7.
    for (start, end, default, letter) in [
        (
            0,
            200,
            ("200|120K 240 360|280K 280|320 320|360 400 440", "{ [200,480) }"),
            ("200|120K 360|280K 280|320 320|360 400 440", ""),
        ),
        (
            0,
            20,
            ("200|120K 240 360|280K 280|320 320|360 400 440", ""),
            ("200|120K 360|280K 280|320 320|360 400 440", ""),
        ),
        (0, 210, ("360|280K 400 440", "{ [360,480) }"), ("360|280K", "{ [360,400) }")),
        (
            240,
            250,
            ("0K 40 80 200|120K 120|160 160|200 360|280K 400 440", ""),
            ("0K 40 80 200|120K 120|160 160|200 360|280K", ""),
        ),
        (
            300,
            310,
            ("0K 40 80 200|120K 120|160 160|200 240 360|280K 280|320 400 440", "{ [0,320) [360,480) }"),
            ("0K 40 80 200|120K 120|160 160|200 240 360|280K 280|320", ""),
        ),
        (0, 10_000, ("", "{ }"), ("", "{ }")),
    ] {
        let found = open_groups(start, end);
        for ((stored, ranges), expected) in found.iter().zip([default, letter]) {
            assert_eq!(stored, expected.0, "remove({start}, {end})");
            assert!(expected.1.is_empty() || ranges == expected.1, "remove({start}, {end}): {ranges}");
        }
    }
}

#[test]
fn a_removal_where_nothing_is_buffered_deletes_no_group() {
    let mut timeline = Timeline::video();
    timeline.append("1080|1000D40K 1000|1040D40 1040|1080D40 1120D40 1160D40");
    timeline.remove(0, 500);
    assert_eq!(
        (timeline.stored(), timeline.ranges()),
        ("1080|1000K 1120 1160".into(), "{ [1080,1200) }".into())
    );
    // The stream goes on with frames that depend on those left.
    timeline.append("1200D40");
    assert_eq!(timeline.ranges(), "{ [1080,1240) }");
}

#[test]
fn a_reader_among_pictures_that_go_reads_on_behind_them() {
    let mut timeline = Timeline::video();
    timeline.append("0D40K 200|40D40K 40|80D40 80|120D40 120|160D40 160|200D40 240D40");
    for (read, rest) in [(2, "240 end"), (3, "240 end"), (6, "240 end"), (7, "end")] {
        let mut timeline = Timeline::video();
        timeline.append("0D40K 200|40D40K 40|80D40 80|120D40 120|160D40 160|200D40 240D40");
        let cursor = timeline.cursor(0);
        timeline.read(cursor, read, true);
        timeline.remove(0, 100);
        assert_eq!(timeline.read(cursor, usize::MAX, true), rest, "after {read}");
    }
}

#[test]
fn a_hole_that_a_removal_made_shows_whatever_the_gap_tolerance_until_something_comes_to_lie_in_it() {
    // TB-6.
    let stream: Vec<String> = (0..20).map(|at| format!("{}D20K", at * 20)).collect();
    for gap_policy in
        [GapPolicy::OneFrame, GapPolicy::Frames, GapPolicy::Fixed(ms(100)), GapPolicy::Fixed(MediaTime::ZERO)]
    {
        let mut timeline =
            Timeline::with(&[TrackKind::Audio], TimelineConfig { gap_policy, ..TimelineConfig::default() });
        timeline.append(&stream.join(" "));
        let removal = timeline.remove(195, 205);
        assert_eq!(mse_testkit::frames::ranges(&removal.tracks[0].lost), "{ [200,220) }", "{gap_policy:?}");
        assert_eq!(timeline.ranges(), "{ [0,200) [220,400) }", "{gap_policy:?}");
        // Elsewhere, a longer frame, and one beside the hole change nothing.
        timeline.append("400D30K");
        timeline.abort();
        timeline.append("180D20K");
        assert_eq!(timeline.ranges(), "{ [0,200) [220,430) }", "{gap_policy:?}");
        timeline.abort();
        timeline.append("205D15K");
        let closed = gap_policy != GapPolicy::Fixed(MediaTime::ZERO);
        let expected = if closed { "{ [0,430) }" } else { "{ [0,200) [205,430) }" };
        assert_eq!(timeline.ranges(), expected, "{gap_policy:?}");
    }
}
