//! Seeks as a page sees them.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod page;

use crate::page::{advance, append, config, page, prepared, video, without_time_updates};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{ElementReadyState, MediaSource};
use mse_element::{HtmlMediaElement, Page};

fn seek(page: &mut Page, time: f64) -> String {
    page.element.set_current_time(time).unwrap();
    without_time_updates(page.settle())
}

/// SEEK-1: as Chromium and Firefox have it, or as the standard and WebKit.
#[test]
fn whether_ready_state_falls_in_a_seek_is_a_policy() {
    for (keeps, paused, expected) in [
        (false, true, "seeking · seeked · canplay · canplaythrough"),
        (false, false, "seeking · waiting · seeked · canplay · playing · canplaythrough"),
        (true, true, "seeking · seeked"),
        (true, false, "seeking · seeked"),
    ] {
        let mut config = config();
        config.element.waits_for_seek = !keeps;
        let element = HtmlMediaElement::default();
        let (mut page, id) = prepared(Page::of(MediaSource::new(config), element));
        append(&mut page, id, video(0, 10_000));
        if !paused {
            page.element.play();
            page.settle();
        }
        assert_eq!(seek(&mut page, 5.0), expected, "{keeps} {paused}");
        assert_eq!(page.element.ready_state(), ElementReadyState::HaveEnoughData);
    }
}

/// SEEK-1: `loadeddata` fires once, and a seek that waits says `canplay` after its `seeked`.
#[test]
fn a_seek_that_waits_rises_after_seeked() {
    let (mut page, id) = page();
    page.source.set_duration(20.0).unwrap();
    page.settle();
    assert_eq!(seek(&mut page, 10.0), "seeking");
    assert_eq!(
        append(&mut page, id, video(10_000, 15_000)),
        "sb:updatestart · seeked · loadeddata · canplay · canplaythrough · sb:update · sb:updateend"
    );
    assert_eq!(seek(&mut page, 2.0), "seeking");
    assert_eq!(page.element.ready_state(), ElementReadyState::HaveMetadata);
    assert_eq!(seek(&mut page, 12.5), "seeking · seeked · canplay");
}

/// SEEK-3: what is shown of the new position is seen while the element is paused.
#[test]
fn a_paused_seek_shows_the_picture_of_its_position() {
    let file = |name: &str| std::fs::read(format!("{}/../media/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut page = Page::new(config());
    page.settle();
    let id = page.source.add_source_buffer("video/mp4").unwrap();
    append(&mut page, id, file("h264-switch-low.mp4").into());
    let low = page.element.video_size();
    let end = page.source.source_buffer(id).unwrap().buffered().unwrap().end().unwrap().to_seconds();
    page.source.source_buffer(id).unwrap().set_timestamp_offset(end).unwrap();
    append(&mut page, id, file("h264-switch-high.mp4").into());
    let sizes: Vec<_> = [(end + 0.3, true), (end + 0.1, false), (0.1, true), (0.5, false), (end, true)]
        .into_iter()
        .map(|(time, resizes)| {
            let shown = page.element.video_playback_quality(0.0).total_video_frames;
            let events = seek(&mut page, time);
            assert_eq!(events.matches("resize").count(), usize::from(resizes), "{time}: {events}");
            let quality = page.element.video_playback_quality(0.0);
            assert!(quality.total_video_frames > shown, "{time}: a picture was shown");
            page.element.video_size()
        })
        .collect();
    assert!(sizes[0] > low && sizes[0] == sizes[1] && sizes[0] == sizes[4]);
    assert_eq!((sizes[2], sizes[3]), (low, low));
}

/// MON-7: enough is there where everything up to the duration is, ended or not.
#[test]
fn what_reaches_the_duration_is_enough() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    assert_eq!(page.element.ready_state(), ElementReadyState::HaveFutureData);
    page.source.set_duration(1.0).unwrap();
    assert_eq!(without_time_updates(page.settle()), "durationchange · canplaythrough");
    page.element.play();
    page.settle();
    // The source is open: there may be more.
    assert_eq!(advance(&mut page, 2.0), "waiting");
    assert_eq!(page.element.ready_state(), ElementReadyState::HaveCurrentData);
    assert!(!page.element.ended());
}

/// EL-5: a page reads what it set, in a live stream and in any other.
#[test]
fn seekable_is_what_was_set() {
    let (mut page, id) = page();
    for (start, end) in
        [(40.123_456_789_012_3, 42.1), (0.0, 1e12), (1.7e9, f64::MAX), (5.0, 9_007_199_254_740_991.0)]
    {
        page.source.set_live_seekable_range(start, end).unwrap();
        page.settle();
        assert_eq!(page.element.seekable_seconds(), Some((start, end)));
    }
    page.source.clear_live_seekable_range().unwrap();
    page.settle();
    assert_eq!(page.element.seekable_seconds(), None);
    append(&mut page, id, video(0, 1000));
    assert_eq!(page.element.seekable_seconds(), Some((0.0, 1.0)));
    page.source.set_live_seekable_range(0.5, 4.3).unwrap();
    page.settle();
    assert_eq!(page.element.seekable_seconds(), Some((0.0, 4.3)));
    page.source.set_duration(7.3).unwrap();
    page.settle();
    assert_eq!(page.element.seekable_seconds(), Some((0.0, 7.3)));
}
