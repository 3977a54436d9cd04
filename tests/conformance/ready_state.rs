//! The element's ready state and `buffered` as the link computes them (MON, ISR-16, ISR-17, EL).

use crate::fixture::{Page, join, segment, video_init};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_testkit::mock;

fn audio_init() -> bytes::Bytes {
    mock::init(None, &[mock::MockTrack::audio(1)])
}

#[test]
fn metadata_needs_the_initialization_segments_of_all_source_buffers() {
    // ISR-17, EX-28.
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    assert_eq!(page.told(), "duration=Infinity · +video0.0");
    page.append_bytes(1, audio_init()).unwrap();
    page.outputs();
    assert_eq!(page.told(), "+audio1.0 · HaveMetadata");
}

#[test]
fn active_source_buffers_keep_the_order_of_source_buffers() {
    // MS-6, WPT-18.
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(1, audio_init()).unwrap();
    page.outputs();
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    assert_eq!(page.source.active_source_buffers(), page.source.source_buffers());
}

#[test]
fn the_elements_buffered_is_the_intersection_and_extends_when_ended() {
    // EL-2, EL-3, WPT-9.
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, join(&[video_init(1), segment("67D1000K 1067D1000")])).unwrap();
    page.outputs();
    assert_eq!(page.element_ranges(), "{ [67,2067) }", "only one is active yet");
    page.append_bytes(1, join(&[audio_init(), segment("0D1000K 1000D1043K")])).unwrap();
    page.outputs();
    assert_eq!(page.element_ranges(), "{ [67,2043) }");
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(page.element_ranges(), "{ [67,2067) }");
    assert_eq!((page.ranges(0), page.ranges(1)), ("{ [67,2067) }".into(), "{ [0,2043) }".into()));
}

#[test]
fn an_active_source_buffer_without_frames_leaves_the_element_with_nothing() {
    // EL-2, WPT-10.
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, join(&[video_init(1), segment("0K 40")])).unwrap();
    page.append_bytes(1, audio_init()).unwrap();
    page.outputs();
    assert_eq!(page.element_ranges(), "{ }");
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(page.element_ranges(), "{ }");
}

#[test]
fn removal_at_the_position_falls_back_to_metadata() {
    // CFR-8.
    let mut page = Page::video();
    page.append(0, "0K 1000 2000 3000K 4000");
    page.told();
    page.seek(1.5);
    page.sb(0).remove(0.0, 2.0).unwrap();
    page.outputs();
    assert_eq!(page.told(), "HaveMetadata");
    page.append(0, "0K 1000 2000");
    assert_eq!(page.told(), "HaveCurrentData · HaveFutureData · HaveEnoughData");
}

#[test]
fn leaving_the_buffered_range_falls_back_and_returning_rises_again() {
    // MON-3, MON-5, SEEK-1.
    let mut page = Page::video();
    page.append(0, "0K 1000");
    page.told();
    page.seek(7.0);
    page.outputs();
    assert_eq!(page.told(), "HaveMetadata");
    page.seek(1.0);
    page.outputs();
    assert_eq!(page.told(), "HaveCurrentData · HaveFutureData");
}

#[test]
fn a_waiting_reader_is_told_once_when_frames_came() {
    let mut page = Page::video();
    let mut reader = page.reader(0, 0);
    assert_eq!(crate::fixture::read_all(&mut reader), "need-data");
    page.told();
    page.append(0, "0K 40");
    assert!(page.told().contains("frames0.0"));
    page.append(0, "80K");
    assert!(!page.told().contains("frames0.0"));
    assert_eq!(crate::fixture::read_all(&mut reader), "0K 40 80K need-data");
}

#[test]
fn duration_is_never_below_what_is_buffered() {
    // DUR-2, DUR-3, EX-20.
    let tokens: Vec<String> =
        (0..50).map(|at| format!("{}D40{}", at * 40, if at == 0 { "K" } else { "" })).collect();
    for (new, expected) in [(1.97, Some(2.0)), (1.95, None), (5.0, Some(5.0))] {
        let mut page = Page::video();
        page.append(0, &tokens.join(" "));
        assert_eq!(page.source.set_duration(new).ok().map(|()| page.source.duration()), expected);
    }
}
