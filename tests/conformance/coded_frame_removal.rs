//! remove() as the platform tests have it, and eviction's own check (CFR, CFE-1, WPT-7, WPT-8).

use crate::fixture::{Page, config, join, muxed_init, outcome, segment, segment_of, video_init};
use mse::Quota;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::DropReason;
use mse_testkit::mock;

/// WPT-7, EXC-16.
#[test]
fn remove_takes_a_start_up_to_the_duration_and_an_end_behind_it() {
    let mut page = Page::video();
    page.append(0, "0D1000K 1000D1000");
    page.source.set_duration(2.0).unwrap();
    page.outputs();
    let infinite = f64::INFINITY;
    for start in [-1.0, f64::NAN, infinite, -infinite, 2.1] {
        assert_eq!(outcome(page.sb(0).remove(start, 3.0)), "TypeError", "start {start}");
    }
    for end in [f64::NAN, -infinite, 0.4, 0.5] {
        assert_eq!(outcome(page.sb(0).remove(0.5, end)), "TypeError", "end {end}");
    }
    assert_eq!(page.outputs(), "");
    for (start, end) in [(2.0, 2.5), (0.0, 9e-7), (1.0, infinite)] {
        assert_eq!(outcome(page.sb(0).remove(start, end)), "ok", "{start}");
        assert_eq!(outcome(page.sb(0).remove(start, end)), "InvalidStateError", "while updating");
        assert_eq!(outcome(page.sb(0).abort()), "InvalidStateError");
        assert!(page.sb(0).updating(), "abort() that threw left it alone");
        assert_eq!(page.outputs(), "updatestart · task · update · updateend");
    }
    let mut fresh = Page::with_type(mock::VIDEO);
    assert_eq!(outcome(fresh.sb(0).remove(0.0, 1.0)), "TypeError", "the duration is NaN");
}

/// Picture with random access points at 67 and 3298 ms and sound in frames of 25 ms, as the
/// platform's test file has them, 6 s long.
fn muxed() -> Page {
    let times = |start: u32, step: u32, keys: &'static [u32]| {
        let token =
            move |at| format!("{at}D{step}{}", if keys.is_empty() || keys.contains(&at) { "K" } else { "" });
        (start..6000).step_by(step as usize).map(token).collect::<Vec<_>>().join(" ")
    };
    let picture = segment_of(1, &times(67, 31, &[67, 67 + 31 * 104]));
    let sound = segment_of(2, &times(0, 25, &[]));
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, join(&[muxed_init(), picture, sound])).unwrap();
    page.outputs();
    page.source.set_duration(6.05).unwrap();
    page.outputs();
    page
}

/// WPT-8, CFR-2, CFR-3, DIS-14.
#[test]
fn a_removal_goes_to_the_next_random_access_point_of_each_track() {
    let rows = [
        (0.0, 3.0, "{ [3291,6000) }"),
        (1.0, 3.0, "{ [67,1000) [3291,6000) }"),
        (1.0, f64::INFINITY, "{ [67,1000) }"),
        (0.0, f64::INFINITY, "{ }"),
    ];
    for (start, end, expected) in rows {
        let mut page = muxed();
        assert_eq!(page.ranges(0), "{ [67,6000) }");
        page.sb(0).remove(start, end).unwrap();
        page.outputs();
        assert_eq!(page.ranges(0), expected, "remove({start}, {end})");
    }
}

/// WPT-8: the frame that straddles the start stays, and at the end of the stream the longest track
/// counts.
#[test]
fn the_frame_that_straddles_the_start_stays() {
    let mut page = muxed();
    page.sb(0).remove(1.01, f64::INFINITY).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [67,1025) }", "as far as both go");
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.ranges(0), "{ [67,1028) }");
    assert_eq!(page.source.duration(), 1.028);
}

/// CFE-1, OPN-21: judged on what the append would make of it; while there is room nothing is
/// evicted.
#[test]
fn an_append_that_fits_evicts_nothing_and_one_that_never_can_throws_at_once() {
    let mut config = config();
    let media = segment("0D1000K 1000D1000");
    config.quota = Quota { audio: 0, video: media.len() as u64 * 2, text: 0 };
    let mut page = Page::with(config);
    page.add(mock::VIDEO).unwrap();
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    let too_long = join(&[media.clone(), media.clone(), mock::skip(8)]);
    assert_eq!(outcome(page.append_bytes(0, too_long)), "QuotaExceededError");
    assert_eq!(page.outputs(), "");
    page.append_bytes(0, media).unwrap();
    page.outputs();
    page.seek(100.0);
    page.append(0, "2000D1000K");
    assert_eq!(page.receipt(0).eviction, None);
    assert_eq!(page.ranges(0), "{ [0,3000) }");
}

/// CFR-7: in decode order, whatever the presentation order.
#[test]
fn what_depended_on_a_removed_frame_goes_with_it() {
    let mut page = Page::video();
    page.append(0, "0|0D40K 120|40D40 40|80D40 80|120D40 160|160D40K 280|200D40 200|240D40 240|280D40");
    page.source.set_duration(0.32).unwrap();
    page.sb(0).remove(0.12, 0.16).unwrap();
    page.outputs();
    assert_eq!(page.reads(0, 0.0), "0K need-data", "the two that were decoded with it are gone too");
    assert_eq!(page.reads(0, 0.16), "160K 280|200 200|240 240|280 need-data");
}

/// CFR-8: of an active SourceBuffer, up to the random access point that the removal reaches,
/// whether or not a frame was there.
#[test]
fn a_removal_around_the_position_stalls_the_element() {
    let rows = [
        // Position, start, end; what the element is told.
        (1.5, 1.0, 2.0, "HaveMetadata"),
        (2.5, 1.0, 2.0, "HaveMetadata"),
        (3.0, 1.0, 2.0, ""),
        (0.5, 1.0, 2.0, "HaveFutureData"),
    ];
    for (position, start, end, expected) in rows {
        let mut page = Page::video();
        page.append(0, "0D1000K 1000D1000 2000D1000 3000D1000K 4000D1000 5000D1000 6000D1000");
        page.seek(position);
        page.outputs();
        page.told();
        page.sb(0).remove(start, end).unwrap();
        page.outputs();
        assert_eq!(crate::helpers::steps(&mut page), expected, "at {position}");
    }
}

/// CFR-1, CFR-8: the element does not mind the removal of cues of a SourceBuffer that is not
/// active.
#[test]
fn a_removal_in_a_source_buffer_that_is_not_active_stalls_nothing() {
    let mut page = Page::video();
    page.add("video/x-mse-mock; codecs=\"text\"").unwrap();
    page.append(0, "0K 1000 2000 3000");
    page.append_bytes(1, join(&[mock::init(None, &[mock::MockTrack::text(1)]), segment("0D4000K")])).unwrap();
    page.outputs();
    page.append_bytes(0, bytes::Bytes::new()).unwrap();
    page.outputs();
    page.told();
    page.sb(1).remove(0.0, f64::INFINITY).unwrap();
    page.outputs();
    assert_eq!((page.told(), page.ranges(1)), (String::new(), "{ }".to_owned()));
}

/// CFR-6, SPL-11: inside a media segment; what comes of it afterwards waits for a random access
/// point.
#[test]
fn a_removal_inside_a_media_segment_cuts_its_group() {
    let media = segment("0D1000K 1000D1000 2000D1000 3000D1000K");
    let first = media.len() / 2;
    let mut page = Page::video();
    page.append_bytes(0, media.slice(..first)).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,2000) }");
    page.sb(0).remove(1.0, f64::INFINITY).unwrap();
    page.outputs();
    page.append_bytes(0, media.slice(first..)).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).frames_dropped.get(DropReason::NeedsRandomAccessPoint), 1);
    assert_eq!(page.reads(0, 3.0), "3000K need-data");
}

/// CFR-4, CFR-10: an end behind the duration is like one at it, and the duration stays.
#[test]
fn an_end_behind_the_duration_is_the_duration() {
    for end in [3.0, 4.0, f64::INFINITY] {
        let mut page = Page::video();
        page.append(0, "0D1000K 1000D1000K 2000D1000");
        page.source.set_duration(3.0).unwrap();
        page.sb(0).remove(1.0, end).unwrap();
        page.outputs();
        assert_eq!((page.ranges(0), page.source.duration()), ("{ [0,1000) }".to_owned(), 3.0), "{end}");
    }
}
