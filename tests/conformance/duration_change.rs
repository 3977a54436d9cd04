//! The duration change algorithm (DUR).

use crate::fixture::{Page, join, outcome, segment, segment_of};
use crate::helpers::{pair, steps};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_testkit::mock::{self, MockTrack};

/// DUR-1, DUR-5, WPT-6: one step at the element for each change, none for the same value.
#[test]
fn the_same_duration_again_changes_nothing() {
    let mut page = Page::new();
    page.source.set_duration(5.0).unwrap();
    page.source.set_duration(5.0).unwrap();
    page.outputs();
    assert_eq!(steps(&mut page), "duration=5");
    page.source.set_duration(6.0).unwrap();
    page.source.set_duration(5.0).unwrap();
    page.outputs();
    assert_eq!(steps(&mut page), "duration=6 · duration=5");
}

/// DUR-1: equal to the current one comes before the clamp, and an ended source that is reopened is
/// not clamped by it either.
#[test]
fn the_current_duration_is_not_looked_at_again() {
    let mut page = Page::video();
    page.source.set_duration(10.0).unwrap();
    page.append(0, "0K 1000 2000");
    page.told();
    assert_eq!(outcome(page.source.set_duration(10.0)), "ok");
    page.outputs();
    assert_eq!((page.source.duration(), steps(&mut page)), (10.0, String::new()));
}

/// DUR-2: the start of the last frame counts, in whichever SourceBuffer and track it is, active or
/// not.
#[test]
fn no_duration_below_the_start_of_a_frame_of_any_track() {
    let mut page = Page::with_type(mock::VIDEO);
    page.add("video/x-mse-mock; codecs=\"text\"").unwrap();
    page.append_bytes(0, join(&[crate::fixture::video_init(1), segment("0D1000K 1000D1000")])).unwrap();
    let text = join(&[mock::init(None, &[MockTrack::text(1)]), segment("0D1000K 7000D2000K")]);
    page.append_bytes(1, text).unwrap();
    page.outputs();
    assert_eq!(page.source.active_source_buffers().len(), 1, "text alone is not active");
    assert_eq!(outcome(page.source.set_duration(6.9)), "InvalidStateError");
    assert_eq!(page.source.duration(), f64::INFINITY);
    assert_eq!(outcome(page.source.set_duration(7.0)), "ok");
    assert_eq!(page.source.duration(), 9.0, "DUR-3: raised to the end of that frame");
}

/// DUR-3, DIS-3: after remove() kept a frame that began before the start.
#[test]
fn a_duration_inside_the_last_frame_is_raised_to_its_end() {
    let mut page = Page::video();
    page.append(0, "0D1000K 1000D1000K 2000D1000K");
    page.sb(0).remove(1.5, f64::INFINITY).unwrap();
    page.outputs();
    page.told();
    page.source.set_duration(1.5).unwrap();
    page.outputs();
    assert_eq!((page.source.duration(), steps(&mut page)), (2.0, "duration=2 · HaveEnoughData".to_owned()));
}

/// DUR-4: the source at once, the element by one step with the value that it became.
#[test]
fn the_element_hears_of_the_new_duration() {
    let mut page = Page::video();
    page.append(0, "0K 1000 2000");
    page.told();
    page.source.set_duration(2.5).unwrap();
    assert_eq!(page.source.duration(), 3.0);
    assert_eq!(page.link.duration(), 3.0, "asked before it was polled");
    page.outputs();
    assert_eq!((steps(&mut page), page.element.duration), ("duration=3".to_owned(), 3.0));
}

/// DUR-5.
#[test]
fn a_longer_duration_disturbs_no_source_buffer() {
    let mut page = pair();
    page.append(0, "0K 40");
    page.source.set_duration(100.0).unwrap();
    assert!(!page.sb(0).updating() && !page.sb(1).updating());
    assert_eq!(page.outputs(), "");
    assert_eq!(page.ranges(0), "{ [0,80) }");
}

/// DUR-6: an initialization segment sets a duration only while there is none, data only raises it,
/// endOfStream() never fails.
#[test]
fn the_other_callers_never_go_below_a_frame() {
    let init = |seconds| {
        let duration = mse::MediaTime::from_seconds(seconds);
        mock::init(Some(duration), &[MockTrack::video(1)])
    };
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes(0, join(&[init(3.0), segment("0D1000K 4000D1000K")])).unwrap();
    page.outputs();
    assert_eq!(page.source.duration(), 5.0, "CFP-36");
    page.append_bytes(0, init(1.0)).unwrap();
    page.outputs();
    assert_eq!(page.source.duration(), 5.0, "ISR-1 only while it is NaN");
    page.source.set_duration(20.0).unwrap();
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(page.source.duration(), 5.0, "EOS-3");
}

/// ISR-1, DUR-5: the steps come in the order of the bytes, the segment's duration first.
#[test]
fn the_duration_of_the_segment_is_announced_before_data_raises_it() {
    let init = mock::init(Some(mse::MediaTime::from_seconds(3.0)), &[MockTrack::video(1)]);
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes(0, join(&[init, segment("0D1000K 4000D1000K")])).unwrap();
    page.outputs();
    assert_eq!(steps(&mut page), "duration=3 · HaveMetadata · HaveCurrentData · HaveFutureData · duration=5");
}

/// WPT-6: truncation throws, removal makes room for it, and the last frame stays whole.
#[test]
fn to_truncate_remove_first() {
    let mut page = Page::with_type(mock::MUXED);
    let picture = segment_of(1, "0D40K 40D40 80D40 120D40 160D40 200D40");
    let sound = segment_of(2, "0D30K 30D30K 60D30K 90D30K 120D30K 150D30K 180D30K 210D30K");
    page.append_bytes(0, join(&[crate::fixture::muxed_init(), picture, sound])).unwrap();
    page.outputs();
    page.source.set_duration(0.24).unwrap();
    assert_eq!(outcome(page.source.set_duration(0.1)), "InvalidStateError");
    page.sb(0).remove(0.1, f64::INFINITY).unwrap();
    page.outputs();
    assert_eq!(page.source.duration(), 0.24);
    page.source.set_duration(0.1).unwrap();
    assert_eq!(page.source.duration(), 0.12);
    assert_eq!(page.ranges(0), "{ [0,120) }");
}

/// ISR-1: what the application set before any initialization segment stays.
#[test]
fn a_duration_that_was_set_before_stays() {
    let init = mock::init(Some(mse::MediaTime::from_seconds(3.0)), &[MockTrack::video(1)]);
    for set in [50.0, 1.0, f64::INFINITY] {
        let mut page = Page::with_type(mock::VIDEO);
        page.source.set_duration(set).unwrap();
        page.append_bytes(0, init.clone()).unwrap();
        page.outputs();
        assert_eq!(page.source.duration(), set);
    }
}
