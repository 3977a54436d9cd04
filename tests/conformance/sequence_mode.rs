//! Sequence mode: where a group lands, what moves timestampOffset, and what moves the group end
//! (CFP-5 to CFP-13, CFR-5, RPS-3).

use crate::fixture::{Page, join, muxed_init, outcome, segment, segment_of};
use crate::helpers::audio_init;
use mse::AppendMode::{Segments, Sequence};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::DropReason;
use mse_testkit::mock;

fn sequence() -> Page {
    let mut page = Page::video();
    page.sb(0).set_mode(Sequence).unwrap();
    page
}

/// CFP-5, CFP-6, CFP-7: the setter armed the group start with the group end, which is 0 at first.
#[test]
fn the_first_frame_lands_at_zero() {
    let mut page = sequence();
    page.append(0, "9000D1000K 10000D1000");
    assert_eq!((page.ranges(0), page.sb(0).timestamp_offset()), ("{ [0,2000) }".to_owned(), -9.0));
}

/// CFP-7: a new SourceBuffer whose timestamps are generated is in sequence mode with no group
/// start, so its offset stays.
#[test]
fn generated_timestamps_begin_at_the_offset() {
    let mut page = Page::with_type(mock::GENERATED);
    page.append_bytes(0, join(&[audio_init(), segment("0D100K 0D100K")])).unwrap();
    page.outputs();
    assert_eq!((page.ranges(0), page.sb(0).timestamp_offset()), ("{ [0,200) }".to_owned(), 0.2));
    // SB-12 (6): the application moves the group start.
    page.sb(0).set_timestamp_offset(5.0).unwrap();
    page.append(0, "0D100K");
    assert_eq!((page.ranges(0), page.sb(0).timestamp_offset()), ("{ [0,200) [5000,5100) }".to_owned(), 5.1));
}

/// CFP-8, SB-13, OPN-14: dts moves as pts does, and a group start is for the presentation
/// timestamp.
#[test]
fn both_timestamps_are_moved() {
    let mut page = sequence();
    page.append(0, "10040|10000D40K 10080|10040D40");
    assert_eq!(page.reads(0, 0.0), "0|-40K 40|0 need-data");
}

/// SB-4 (6): setting the mode again arms the group start again, though the value is the same.
#[test]
fn setting_sequence_again_begins_a_new_group() {
    for (again, expected) in [(false, "{ [0,1000) [1500,2500) }"), (true, "{ [0,2000) }")] {
        let mut config = crate::fixture::config();
        config.timeline.gap_policy = mse::timeline::GapPolicy::Fixed(mse::MediaTime::ZERO);
        let mut page = Page::with(config);
        page.add(mock::VIDEO).unwrap();
        page.append_bytes(0, crate::fixture::video_init(1)).unwrap();
        page.outputs();
        page.sb(0).set_mode(Sequence).unwrap();
        page.append(0, "0D1000K");
        if again {
            page.sb(0).set_mode(Sequence).unwrap();
        }
        page.append(0, "1500D1000K");
        assert_eq!(page.ranges(0), expected);
    }
}

/// CFP-11, CFP-13: a jump goes on at the group end, placed anew from the timestamps of the stream.
#[test]
fn a_jump_goes_on_at_the_group_end() {
    let mut page = sequence();
    page.append(0, "10000D1000K 11000D1000 40000D1000K 41000D1000 3000D1000K");
    assert_eq!((page.ranges(0), page.sb(0).timestamp_offset()), ("{ [0,5000) }".to_owned(), 1.0));
    assert_eq!(page.reads(0, 0.0), "0K 1000 2000K 3000 4000K need-data");
}

/// CFP-31: the group end is the largest end, not the last one.
#[test]
fn a_group_ends_where_its_latest_frame_does() {
    let mut page = sequence();
    page.append(0, "0|0D40K 120|40D40 40|80D40 80|120D40");
    page.append(0, "9000D40K");
    assert_eq!(page.ranges(0), "{ [0,200) }");
}

/// CFP-11: in segments mode a discontinuity sets the group end to the new frame, also to an earlier
/// time.
#[test]
fn a_discontinuity_in_segments_mode_can_lower_the_group_end() {
    let mut page = Page::video();
    page.append(0, "5000D1000K 6000D1000");
    page.append(0, "0D1000K");
    page.sb(0).set_mode(Sequence).unwrap();
    page.append(0, "30000D1000K");
    assert_eq!(page.ranges(0), "{ [0,2000) [5000,7000) }");
}

/// CFR-5, OPN-9: the last appended frame was removed. In segments mode the group end is where it
/// began.
#[test]
fn removal_of_the_last_frame_moves_the_group_end_in_segments_mode() {
    let mut page = Page::video();
    page.append(0, "0D1000K 1000D1000K 2000D1000K");
    page.sb(0).remove(1.0, f64::INFINITY).unwrap();
    page.outputs();
    page.sb(0).set_mode(Sequence).unwrap();
    page.append(0, "70000D1000K");
    assert_eq!(page.sb(0).timestamp_offset(), 2.0 - 70.0, "at the start of the frame that was the last");
}

/// CFR-5: in sequence mode the next group begins at the group end as it is, whatever its
/// timestamps.
#[test]
fn removal_of_the_last_frame_arms_the_group_start_in_sequence_mode() {
    let mut page = sequence();
    page.append(0, "0D1000K 1000D1000K 2000D1000K");
    page.sb(0).remove(1.0, f64::INFINITY).unwrap();
    page.outputs();
    page.append(0, "500D1000K");
    assert_eq!(page.ranges(0), "{ [0,1000) [3000,4000) }");
}

/// CFP-6 (1.3.3), CFP-12: a new group start asks for a random access point on every track.
#[test]
fn a_new_group_start_needs_random_access_points() {
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, join(&[muxed_init(), segment_of(1, "0D40K 40D40"), segment_of(2, "0D40K 40D40K")]))
        .unwrap();
    page.outputs();
    page.sb(0).set_mode(Sequence).unwrap();
    page.append_bytes(0, join(&[segment_of(1, "80D40 120D40"), segment_of(2, "80D40 120D40K")])).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).frames_dropped.get(DropReason::NeedsRandomAccessPoint), 3);
}

/// SB-2: back in segments mode the timestamps count again, with the offset that the sequence left.
#[test]
fn back_in_segments_mode_the_offset_stays() {
    let mut page = sequence();
    page.append(0, "9000D1000K");
    page.sb(0).set_mode(Segments).unwrap();
    assert_eq!(page.sb(0).timestamp_offset(), -9.0);
    page.append(0, "12000D1000K");
    assert_eq!(page.ranges(0), "{ [0,1000) [3000,4000) }");
}

/// SB-4 (5), SPL-11: not within a media segment; the next one may be placed.
#[test]
fn the_mode_can_be_set_between_media_segments_only() {
    let mut page = sequence();
    let media = segment("9000D1000K 10000D1000");
    page.append_bytes(0, media.slice(..media.len() - 8)).unwrap();
    page.outputs();
    assert_eq!(outcome(page.sb(0).set_mode(Sequence)), "InvalidStateError");
    page.append_bytes(0, media.slice(media.len() - 8..)).unwrap();
    page.outputs();
    assert_eq!(outcome(page.sb(0).set_mode(Sequence)), "ok");
    assert_eq!(page.ranges(0), "{ [0,2000) }");
}

/// RPS-3 after an append error: reopened, the sequence goes on where it was. CFP-5: the group start
/// is used once.
#[test]
fn a_group_start_is_used_once() {
    let mut page = sequence();
    page.sb(0).set_timestamp_offset(4.0).unwrap();
    page.append(0, "0D1000K");
    page.append(0, "1000D1000K");
    assert_eq!(page.ranges(0), "{ [4000,6000) }");
}

/// INV-14: segments with gaps and overlaps inside the stream come out without any.
#[test]
fn segments_from_anywhere_make_one_range() {
    let mut page = sequence();
    for tokens in ["5000D100K 5100D100", "0D100K 100D100 200D100", "100D100K", "90000D100K 90100D100"] {
        page.append(0, tokens);
    }
    assert_eq!(page.ranges(0), "{ [0,800) }");
}

/// SB-12 (6): setting the offset again arms the group start again, though the value is the same.
#[test]
fn setting_the_same_offset_moves_the_group_start() {
    let mut page = sequence();
    page.append(0, "0D1000K");
    page.sb(0).set_timestamp_offset(0.0).unwrap();
    page.append(0, "1000D1000K");
    assert_eq!((page.ranges(0), page.sb(0).timestamp_offset()), ("{ [0,1000) }".to_owned(), -1.0));
}

/// SB-4 (4), SB-12 (4): the setters reopen an ended source whatever the value.
#[test]
fn setting_the_value_that_is_there_reopens() {
    use mse::interface::MediaSource as _;
    for setter in ["mode", "timestampOffset"] {
        let mut page = Page::video();
        page.source.end_of_stream(None).unwrap();
        page.outputs();
        match setter {
            "mode" => page.sb(0).set_mode(Segments).unwrap(),
            _ => page.sb(0).set_timestamp_offset(0.0).unwrap(),
        }
        assert_eq!(page.outputs(), "mediasource sourceopen", "{setter}");
    }
}

/// SB-12 (6): the group start that the application sets lasts until the next frame, unless another
/// step arms it anew.
#[test]
fn what_lies_between_the_offset_and_the_next_frame() {
    type Step = fn(&mut Page);
    let steps: [(&str, Step, bool); 12] = [
        ("nothing", |_| {}, true),
        ("the last frame removed", |page| page.sb(0).remove(2.0, f64::INFINITY).unwrap(), true),
        ("a frame before it removed", |page| page.sb(0).remove(0.0, 1.0).unwrap(), true),
        ("everything removed", |page| page.sb(0).remove(0.0, f64::INFINITY).unwrap(), true),
        ("nothing removed", |page| page.sb(0).remove(20.0, 30.0).unwrap(), true),
        ("another append window", |page| page.sb(0).set_append_window_end(100.0).unwrap(), true),
        ("the stream ended", |page| page.source.end_of_stream(None).unwrap(), true),
        ("another duration", |page| page.source.set_duration(50.0).unwrap(), true),
        ("a seek", |page| page.seek(1.0), true),
        // RPS-3, SB-4 (6): these arm the group start with the group end.
        ("abort()", |page| page.sb(0).abort().unwrap(), false),
        ("the mode set again", |page| page.sb(0).set_mode(Sequence).unwrap(), false),
        ("another type", |page| page.sb(0).change_type(mock::GENERATED).unwrap(), false),
    ];
    for generated in [true, false] {
        for (name, step, stays) in steps {
            let mut page = Page::with_type(if generated { mock::GENERATED } else { mock::AUDIO });
            page.append_bytes(0, audio_init()).unwrap();
            page.outputs();
            page.sb(0).set_mode(Sequence).unwrap();
            page.append(0, "0D1000K 1000D1000K 2000D1000K");
            page.sb(0).set_timestamp_offset(10.0).unwrap();
            step(&mut page);
            page.outputs();
            page.append_bytes(0, join(&[audio_init(), segment("7000D1000K")])).unwrap();
            page.outputs();
            let last = page.sb(0).buffered().unwrap().iter().last().copied().unwrap();
            let expected = if stays { 10.0 } else { 3.0 };
            assert_eq!(last.end.to_seconds(), expected + 1.0, "{name}, generated: {generated}");
        }
    }
}

/// CFR-5: removals of several appends, and in both orders with the offset.
#[test]
fn removals_keep_a_group_start_that_is_armed() {
    let mut page = sequence();
    page.append(0, "0D1000K 1000D1000K 2000D1000K");
    for (from, offset, expected) in [(2.0, 20.0, 20.0), (20.0, 7.0, 7.0), (0.0, 5.0, 5.0)] {
        page.sb(0).remove(from, f64::INFINITY).unwrap();
        page.outputs();
        page.sb(0).set_timestamp_offset(offset).unwrap();
        page.sb(0).remove(0.5, f64::INFINITY).unwrap();
        page.outputs();
        page.append(0, "500D1000K");
        assert_eq!(page.sb(0).timestamp_offset(), expected - 0.5);
    }
}
