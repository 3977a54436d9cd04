//! appendBuffer(), prepare append, buffer append, the segment parser loop (SB-17, PRA, BAP, SPL).

use crate::fixture::{Page, join, muxed_init, outcome, segment, segment_of, video_init};
use bytes::Bytes;
use mse::AppendMode;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::DropReason;
use mse_testkit::mock;
use std::sync::Arc;

#[test]
fn nothing_of_the_result_is_visible_before_the_task_ran() {
    // BAP-2.
    let mut page = Page::video();
    page.append_bytes(0, segment("0K 40")).unwrap();
    assert!(page.sb(0).updating());
    assert_eq!(page.ranges(0), "{ }");
    page.outputs();
    assert!(!page.sb(0).updating());
    assert_eq!(page.ranges(0), "{ [0,80) }");
}

#[test]
fn an_empty_append_is_a_full_append() {
    // SB-17, WPT-17.
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes(0, Bytes::new()).unwrap();
    assert!(page.sb(0).updating());
    assert_eq!(page.outputs(), "updatestart · task · update · updateend");
}

#[test]
fn buffered_is_the_same_object_while_the_ranges_are_the_same() {
    // SB-10, INV-13.
    let mut page = Page::video();
    page.append(0, "0K 40");
    let first = page.sb(0).buffered().unwrap();
    assert!(Arc::ptr_eq(&first, &page.sb(0).buffered().unwrap()));
    page.append(0, "0K 40");
    assert!(Arc::ptr_eq(&first, &page.sb(0).buffered().unwrap()));
    page.append(0, "80K");
    assert!(!Arc::ptr_eq(&first, &page.sb(0).buffered().unwrap()));
}

#[test]
fn an_initialization_segment_alone_buffers_nothing() {
    // WPT-10.
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, muxed_init()).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ }");
}

#[test]
fn a_muxed_source_buffer_has_only_what_both_tracks_have() {
    // SB-8, SB-9, EX-18.
    let mut page = Page::with_type(mock::MUXED);
    let media = [muxed_init(), segment_of(1, "67D1000K 1067D1000"), segment_of(2, "0D1000K 1000D1043K")];
    page.append_bytes(0, join(&media)).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [67,2043) }");
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.ranges(0), "{ [67,2067) }");
    page.sb(0).set_mode(AppendMode::Segments).unwrap();
    assert_eq!(page.ranges(0), "{ [67,2043) }");
}

#[test]
fn an_open_media_segment_outlives_updateend_and_abort_closes_it() {
    // SPL-11, RPS-4, WPT-12.
    let mut page = Page::video();
    let bytes = segment("0K 40 80");
    page.append_bytes(0, bytes.slice(..bytes.len() - 10)).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,80) }");
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Sequence)), "InvalidStateError");
    page.sb(0).abort().unwrap();
    assert_eq!(page.outputs(), "");
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Sequence)), "ok");
    assert_eq!(page.append(0, "500K"), "updatestart · task · update · updateend");
}

#[test]
fn abort_resets_the_append_window_and_keeps_mode_and_offset() {
    // SB-19 (6), (7).
    let mut page = Page::video();
    page.sb(0).set_append_window_end(5.0).unwrap();
    page.sb(0).set_append_window_start(1.0).unwrap();
    page.sb(0).set_mode(AppendMode::Sequence).unwrap();
    page.sb(0).set_timestamp_offset(10.123_456_789).unwrap();
    page.sb(0).abort().unwrap();
    let sb = page.sb(0);
    assert_eq!((sb.append_window_start(), sb.append_window_end()), (0.0, f64::INFINITY));
    assert_eq!((sb.mode(), sb.timestamp_offset()), (AppendMode::Sequence, 10.123_456_789));
}

#[test]
fn after_change_type_a_media_segment_needs_an_initialization_segment() {
    // SB-21 (9), SB-22, SPL-8.
    let mut page = Page::video();
    page.append(0, "0K 40");
    page.sb(0).change_type(mock::VIDEO).unwrap();
    assert_eq!(page.append(0, "80K"), "updatestart · task · error · updateend · mediasource sourceended");
    let error = page.receipt(0).error.unwrap();
    assert_eq!((error.code, error.row), ("mse.no-initialization-segment", "SPL-8"));
    assert_eq!(page.ranges(0), "{ [0,80) }");
}

#[test]
fn frames_of_a_refused_media_segment_are_not_processed_by_the_parser_reset() {
    // RPS-1, INV-9: found by the simulation, seed 1266.
    let mut page = Page::video();
    page.sb(0).change_type(mock::VIDEO).unwrap();
    page.append(0, "0K 40 80");
    assert_eq!(page.receipt(0).frames_in, 0);
    assert_eq!(page.ranges(0), "{ }");
    assert_eq!(page.source.duration(), f64::INFINITY);
}

#[test]
fn change_type_to_generated_timestamps_sets_sequence_mode_and_back_keeps_it() {
    // SB-21 (8), WPT-14.
    let mut page = Page::with_type(mock::AUDIO);
    page.sb(0).change_type(mock::GENERATED).unwrap();
    assert_eq!(page.sb(0).mode(), AppendMode::Sequence);
    page.sb(0).change_type(mock::AUDIO).unwrap();
    assert_eq!(page.sb(0).mode(), AppendMode::Sequence);
    page.sb(0).set_mode(AppendMode::Segments).unwrap();
}

#[test]
fn later_initialization_segments_must_have_the_tracks_of_the_first() {
    // ISR-3, EX-30, BSF-2..5.
    use mock::MockTrack;
    let two_audio = |a, b| mock::init(None, &[MockTrack::audio(a), MockTrack::audio(b)]);
    let rows = [
        (muxed_init(), two_audio(1, 2), "mse.track-count-changed"),
        (muxed_init(), video_init(1), "mse.track-count-changed"),
        (two_audio(1, 2), two_audio(1, 3), "mse.track-ids-changed"),
        (two_audio(1, 2), two_audio(2, 1), ""),
        (muxed_init(), mock::init(None, &[MockTrack::video(7), MockTrack::audio(9)]), ""),
        (video_init(1), mock::init(None, &[MockTrack::video(1).codec("zzzz")]), "mse.unsupported-codec"),
        (video_init(1), mock::init(None, &[]), "mse.no-tracks"),
    ];
    for (first, second, expected) in rows {
        let mut page = Page::with_type(mock::MUXED);
        page.append_bytes(0, first).unwrap();
        page.append_bytes_after(second);
        let code = page.receipt(0).error.map_or("", |error| error.code);
        assert_eq!(code, expected);
    }
}

impl Page {
    fn append_bytes_after(&mut self, bytes: Bytes) {
        self.outputs();
        self.append_bytes(0, bytes).unwrap();
        self.outputs();
    }
}

#[test]
fn a_track_may_change_its_id_when_it_is_the_only_one_of_its_kind() {
    // ISR-5.
    let mut page = Page::video();
    page.append(0, "0K 40");
    let second = join(&[mock::init(None, &[mock::MockTrack::video(9)]), segment_of(9, "80K 120")]);
    page.append_bytes_after(second);
    assert_eq!(page.ranges(0), "{ [0,160) }");
    // The old id names no track any more (BSF-10a).
    page.append_bytes_after(segment("160K"));
    assert_eq!(page.receipt(0).error.map(|error| error.code), Some("mock.unknown-track"));
}

#[test]
fn an_unsupported_codec_in_the_first_initialization_segment_is_an_append_error() {
    // ISR-7, WPT-27; the duration was set before (ISR-1).
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes_after(mock::init(None, &[mock::MockTrack::video(1).codec("zzzz")]));
    assert_eq!(page.receipt(0).error.map(|error| error.row), Some("ISR-7"));
    assert!(page.told().starts_with("duration=Infinity · error=4"));
}

#[test]
fn what_was_buffered_survives_an_append_error() {
    // APE-1, INV-10.
    let mut page = Page::video();
    page.append(0, "0K 40");
    page.append_bytes_after(join(&[segment("80K 120"), mock::BOOM.into(), segment("160K")]));
    assert_eq!(page.receipt(0).error.map(|error| error.code), Some("mock.boom"));
    assert_eq!(page.ranges(0), "{ [0,160) }");
    assert!(!page.sb(0).updating());
}

#[test]
fn a_receipt_says_what_one_append_did() {
    let mut page = Page::video();
    page.append(0, "0K 40 80 120");
    page.sb(0).set_append_window_end(0.2).unwrap();
    page.append(0, "80K 120 160D80");
    let receipt = page.receipt(0);
    assert_eq!(receipt.bytes, segment("80K 120 160D80").len() as u64);
    assert_eq!((receipt.frames_in, receipt.initialization_segments, receipt.media_segments), (3, 0, 1));
    assert_eq!(receipt.frames_dropped.get(DropReason::AfterAppendWindow), 1);
}
