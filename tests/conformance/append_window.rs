//! The append window: its attributes and what it lets in (SB-14, SB-15, CFP-15 to CFP-18).

use crate::fixture::{Page, join, muxed_init, outcome, segment_of};
use mse::AppendMode;
use mse::interface::SourceBuffer as _;
use mse::timeline::DropReason;
use mse_testkit::mock;

/// SB-14, SB-15: the bounds of each against the other, and values are read back as set.
#[test]
fn start_is_below_end_and_not_negative() {
    let mut page = Page::video();
    let mut sb = page.sb(0);
    assert_eq!(outcome(sb.set_append_window_end(0.0)), "TypeError", "not above the start");
    assert_eq!(outcome(sb.set_append_window_end(5e-324)), "ok");
    assert_eq!(sb.append_window_end(), 5e-324);
    assert_eq!(outcome(sb.set_append_window_start(5e-324)), "TypeError", "not below the end");
    assert_eq!(outcome(sb.set_append_window_end(10.123_456_789)), "ok");
    assert_eq!(outcome(sb.set_append_window_start(10.123_456_788)), "ok");
    assert_eq!((sb.append_window_start(), sb.append_window_end()), (10.123_456_788, 10.123_456_789));
    assert_eq!(outcome(sb.set_append_window_start(-5e-324)), "TypeError");
    assert_eq!(outcome(sb.set_append_window_start(-0.0)), "ok", "-0 is not negative");
    assert_eq!(outcome(sb.set_append_window_end(f64::NAN)), "TypeError");
    assert_eq!(outcome(sb.set_append_window_end(f64::INFINITY)), "ok");
    assert_eq!(outcome(sb.set_append_window_start(f64::MAX)), "ok");
}

/// SB-14, SB-15: neither reopens an ended source, nor minds a media segment that is open.
#[test]
fn the_window_can_be_set_inside_a_media_segment_and_when_ended() {
    use mse::interface::MediaSource as _;
    let mut page = Page::video();
    page.append_bytes(0, mock::FRAGMENT_START).unwrap();
    page.outputs();
    assert_eq!(outcome(page.sb(0).set_append_window_start(1.0)), "ok");
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(outcome(page.sb(0).set_append_window_end(2.0)), "ok");
    assert_eq!(page.outputs(), "");
    assert_eq!(page.source.ready_state().as_str(), "ended");
}

fn kept(start: f64, end: f64, tokens: &str) -> String {
    let mut page = Page::video();
    page.sb(0).set_append_window_end(end).unwrap();
    page.sb(0).set_append_window_start(start).unwrap();
    page.append(0, tokens);
    page.sb(0).with_track_buffers(|buffers| {
        mse_testkit::frames::tokens(&buffers.tracks()[0].frames().collect::<Vec<_>>())
    })
}

/// CFP-15, CFP-16, CFP-18, EX-11, EX-12: by presentation timestamp and end, equality is inside, and
/// a drop asks for a random access point.
#[test]
fn frames_wholly_inside_are_kept() {
    let frames = "0D400K 400D400 800D400 1200D400K 1600D400 2000D400";
    let rows = [
        (0.0, f64::INFINITY, frames, "0K 400 800 1200K 1600 2000"),
        (1.0, f64::INFINITY, frames, "1200K 1600 2000"),
        (1.2, f64::INFINITY, frames, "1200K 1600 2000"),
        (1.3, f64::INFINITY, frames, ""),
        (0.0, 2.0, frames, "0K 400 800 1200K 1600"),
        (0.0, 1.9, frames, "0K 400 800 1200K"),
        (1.2, 1.6, frames, "1200K"),
        // The decode timestamps lie outside, which does not matter.
        (0.1, 0.3, "100|0D100K 200|100D100", "100|0K 200|100"),
        // The frame after a drop in the middle depends on it.
        (0.0, 0.5, "0D100K 450|100D100 100|200D100 200|300D100K", "0K 200|300K"),
    ];
    for (start, end, tokens, expected) in rows {
        assert_eq!(kept(start, end, tokens), expected, "[{start},{end}) of {tokens}");
    }
}

/// CFP-17, OPN-11: a dropped frame changes nothing but its own track's flag.
#[test]
fn a_dropped_frame_leaves_the_group_and_the_other_track_alone() {
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, join(&[muxed_init(), segment_of(1, "0D40K 40D40"), segment_of(2, "0D40K 40D40")]))
        .unwrap();
    page.outputs();
    page.sb(0).set_append_window_end(0.08).unwrap();
    page.append_bytes(0, segment_of(1, "80D40")).unwrap();
    page.outputs();
    page.sb(0).set_append_window_end(f64::INFINITY).unwrap();
    page.append_bytes(0, join(&[segment_of(1, "120D40"), segment_of(2, "80D40")])).unwrap();
    page.outputs();
    let dropped = page.receipt(0).frames_dropped;
    assert_eq!(dropped.get(DropReason::NeedsRandomAccessPoint), 1, "the picture at 120, not the sound at 80");
}

/// CFP-17, SB-13: the offset of a sequence is taken from the first frame even if the window drops
/// it.
#[test]
fn a_dropped_frame_has_taken_the_group_start() {
    let mut page = Page::video();
    page.sb(0).set_mode(AppendMode::Sequence).unwrap();
    page.sb(0).set_append_window_start(0.05).unwrap();
    page.append(0, "9000D40K 9040D40K 9080D40K");
    assert_eq!((page.ranges(0), page.sb(0).timestamp_offset()), ("{ [80,120) }".to_owned(), -9.0));
}

/// CFP-15, CFP-32: sound that the window trims ends where it did, so that what follows stays where
/// it is: at each edge, by any part of a frame, with timestamps of the stream and generated ones.
#[test]
fn what_follows_a_trimmed_frame_stays_where_it_is() {
    use mse_testkit::frames::ranges;
    let all = 0..=450_i64;
    let windows = all.step_by(25).flat_map(|start| {
        (start + 25..=525).step_by(25).map(move |end| (start, if end == 525 { i64::MAX } else { end }))
    });
    for (start, end) in windows {
        for (kind, mode, split) in [
            (mock::AUDIO, AppendMode::Segments, false),
            (mock::AUDIO, AppendMode::Sequence, false),
            (mock::GENERATED, AppendMode::Sequence, false),
            (mock::GENERATED, AppendMode::Sequence, true),
        ] {
            let mut config = crate::fixture::config();
            config.timeline.append_window = mse::timeline::AppendWindowPolicy::TrimAudio;
            let mut page = Page::with(config);
            page.add(kind).unwrap();
            page.append_bytes(0, crate::helpers::audio_init()).unwrap();
            page.outputs();
            page.sb(0).set_mode(mode).unwrap();
            let seconds = |time: i64| if time == i64::MAX { f64::INFINITY } else { time as f64 / 1000.0 };
            page.sb(0).set_append_window_end(seconds(end)).unwrap();
            page.sb(0).set_append_window_start(seconds(start)).unwrap();
            let tokens = ["0D100K", "100D100K", "200D100K", "300D100K"];
            if split {
                for token in tokens {
                    page.append(0, token);
                }
            } else {
                page.append(0, &tokens.join(" "));
            }
            let expected = ranges(&mse::TimeRanges::from_range(
                mse_testkit::frames::ms(start.min(400)),
                mse_testkit::frames::ms(end.min(400)),
            ));
            let expected = if start < 400 { expected } else { "{ }".into() };
            let case = format!("[{start},{end}) {kind} {mode:?} split: {split}");
            assert_eq!(page.ranges(0), expected, "{case}");
            // CFP-10, CFP-17: more than a frame behind the last that was kept is a jump, which goes
            // on at the group end.
            if kind == mock::GENERATED && end > 100 {
                assert_eq!(page.sb(0).timestamp_offset(), 0.4, "{case}");
            }
        }
    }
}
