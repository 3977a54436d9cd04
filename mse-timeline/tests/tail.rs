//! Frames that end a little behind older ones that follow: what rounding and guessed durations do
//! to segments that are appended in any order (CFP-24).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{CodedFrame, MediaTime, TrackId, TrackKind};
use mse_testkit::frames;
use mse_testkit::random::Random;
use mse_timeline::{GapPolicy, TimelineConfig};

/// Stored frames when the second string is appended over the first, by default and by the letter.
fn over(old: &str, new: &str) -> (String, String) {
    let [default, letter] = [TimelineConfig::default(), TimelineConfig::letter()].map(|config| {
        let mut timeline = Timeline::with(&[TrackKind::Video], config);
        timeline.append(old);
        timeline.abort();
        timeline.append(new);
        timeline.stored()
    });
    (default, letter)
}

#[test]
fn a_tail_spares_the_group_that_it_reaches_into_by_less_than_a_millisecond() {
    for (old, new, default, letter) in [
        ("40D20K 60D20", "0D20K 20D20.9", "0K 20 40K 60", "0K 20"),
        ("40D20K 60D20", "0D20K 20D21", "0K 20", "0K 20"),
        ("40D20K 60D20", "0D20K 20D20", "0K 20 40K 60", "0K 20 40K 60"),
        // The frame that is shown last is not the one that is decoded last.
        ("80D20K", "0D20K 60|20D20.5 20|40D20 40|60D20", "0K 60|20 20|40 40|60 80K", "0K 60|20 20|40 40|60"),
        // Pictures that are shown before their random access point.
        ("80D20K 40|100D20 60|120D20", "0D20K 20D20.4", "0K 20 80K 40|100 60|120", "0K 20 80K"),
        // Not those that depend on what is gone.
        ("0D20K 20D20 40D20", "0D20K 20D20.4", "0K 20", "0K 20"),
        // The group goes on: it replaces what its last frame had spared.
        ("40D20K 60D20 80D20K", "0D20K 20D20.9 40.9D20 60.9D19.3", "0K 20 40.9 60.9 80K", "0K 20 40.9 60.9"),
    ] {
        let (by_default, by_letter) = over(old, new);
        assert_eq!(by_default, default, "{new} over {old}");
        assert_eq!(by_letter, letter, "{new} over {old}, by the letter");
    }
}

#[test]
fn a_frame_is_as_long_again_when_its_group_replaces_what_it_spared() {
    let config =
        TimelineConfig { gap_policy: GapPolicy::Fixed(MediaTime::ZERO), ..TimelineConfig::default() };
    let mut timeline = Timeline::with(&[TrackKind::Video], config);
    timeline.append("40D20K 60D20K");
    timeline.abort();
    timeline.append("0D20K 20D20.5");
    assert_eq!(frames::full_token(&timeline.frames()[1]), "20D20:20D20.5");
    timeline.append("40.5D20");
    assert_eq!(frames::full_token(&timeline.frames()[1]), "20D20.5:20D20.5");
    assert_eq!((timeline.stored(), timeline.ranges()), ("0K 20 40.5 60K".into(), "{ [0,80) }".into()));
}

#[test]
fn an_estimated_duration_removes_no_random_access_point_however_long_it_is() {
    for excess in [1, 7, 400, 960] {
        let mut timeline = Timeline::video();
        timeline.append("40D20K 60D20 80D20K 1000D20K");
        timeline.abort();
        let mut new = frames::frames(&format!("0D20K 20D{}", 20 + excess));
        new[1].is_duration_estimated = true;
        timeline.append_frames(new);
        assert_eq!(timeline.stored(), "0K 20 40K 60 80K 1000K", "{excess}");
        // The stream goes on where it really does.
        timeline.append("40D20 60D20");
        assert_eq!(timeline.stored(), "0K 20 40 60 80K 1000K", "{excess}");
    }
}

#[test]
fn frames_that_begin_a_little_before_the_one_before_them_ends_replace_all_older_ones() {
    // 29.97 frames a second in whole milliseconds, over itself: no old frame stays between the new
    // ones.
    let tokens = |group: usize| -> String {
        let tokens: Vec<String> = (0..60)
            .map(|at| {
                let key = if at % group == 0 { "K" } else { "" };
                format!("{}D33.366666{key}", (f64::from(at as u32) * 1001.0 / 30.0).round())
            })
            .collect();
        tokens.join(" ")
    };
    for (old, new) in [(1, 15), (15, 15), (7, 60), (60, 7), (3, 2)] {
        let mut timeline = Timeline::video();
        timeline.append(&tokens(old));
        timeline.abort();
        timeline.append(&tokens(new));
        let expected = frames::tokens(&frames::frames(&tokens(new)));
        assert_eq!(timeline.stored(), expected, "groups of {new} over groups of {old}");
    }
}

/// Rounding of times in a container.
#[derive(Clone, Copy, Debug)]
enum Rounding {
    Nearest,
    Down,
}

/// The groups of a stream of so many frames (numerator, denominator) a second in ticks of a
/// timescale; frames are exactly as long as they are, or up to the next one, which for the last of
/// a group is an estimate.
fn groups(
    rate: (i64, i64),
    timescale: i64,
    rounding: Rounding,
    is_exact: bool,
    is_open: bool,
) -> Vec<Vec<CodedFrame>> {
    let ticks = |frame: i64| {
        let (numerator, denominator) = (frame * rate.1 * timescale, rate.0);
        match rounding {
            Rounding::Nearest => (2 * numerator + denominator).div_euclid(2 * denominator),
            Rounding::Down => numerator.div_euclid(denominator),
        }
    };
    let time = |frame| MediaTime::from_flicks(ticks(frame) * (MediaTime::TICKS_PER_SECOND / timescale));
    let exact = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND * rate.1 / rate.0);
    let frame = |shown: i64, decoded: i64, key: bool, last: bool| {
        let duration = if is_exact { exact } else { time(shown + 1) - time(shown) };
        let mut frame = frames::frame(TrackId(1), time(shown), time(decoded), duration, key);
        frame.is_duration_estimated = !is_exact && last;
        if frame.is_duration_estimated {
            // As guessed from a frame rate that says little.
            frame.duration = ms(500);
        }
        frame.data = bytes::Bytes::from(format!("{shown}")).into();
        frame
    };
    let length = 8;
    let group = |first: i64| -> Vec<CodedFrame> {
        let order: Vec<i64> = if is_open && first > 0 {
            // Two pictures are shown before the random access point.
            vec![2, 0, 1, 5, 3, 4, 7, 6]
        } else {
            (0..length).collect()
        };
        let shown = |at: usize| order.get(at).copied().unwrap_or_default();
        (0..order.len())
            .map(|at| frame(first + shown(at), first + at as i64, at == 0, shown(at) == length - 1))
            .collect()
    };
    (0..10).map(|at| group(at * length)).collect()
}

#[test]
fn segments_of_every_rate_and_timescale_keep_all_frames_in_every_order() {
    let rates = [
        (24_000, 1001),
        (24, 1),
        (25, 1),
        (30_000, 1001),
        (30, 1),
        (50, 1),
        (60_000, 1001),
        (60, 1),
        (120, 1),
    ];
    let timescales = [1000, 90_000, 15_360, 12_800, 600, 24_000, 30_000];
    let mut random = Random::new(16);
    for rate in rates {
        for timescale in timescales {
            for rounding in [Rounding::Nearest, Rounding::Down] {
                for (is_exact, is_open) in [(true, false), (true, true), (false, false)] {
                    let groups = groups(rate, timescale, rounding, is_exact, is_open);
                    let count = groups.iter().map(Vec::len).sum::<usize>();
                    let backwards: Vec<usize> = (0..groups.len()).rev().collect();
                    let mut shuffled = backwards.clone();
                    for at in (1..shuffled.len()).rev() {
                        shuffled.swap(at, random.within(0..=at as i64) as usize);
                    }
                    for order in [backwards, shuffled] {
                        let mut timeline = Timeline::video();
                        for &at in &order {
                            timeline.abort();
                            timeline.append_frames(groups[at].iter().cloned());
                        }
                        let case = format!(
                            "{rate:?} {timescale} {rounding:?} exact {is_exact} open {is_open} {order:?}"
                        );
                        assert_eq!(timeline.frames().len(), count, "{case}");
                        assert_eq!(timeline.buffers.tracks()[0].ranges().len(), 1, "{case}");
                        // Again over all of it.
                        for &at in order.iter().take(3) {
                            timeline.abort();
                            timeline.append_frames(groups[at].iter().cloned());
                        }
                        assert_eq!(timeline.frames().len(), count, "again, {case}");
                    }
                }
            }
        }
    }
}
