//! The event order table (EVT): one queue, strict order (GEN-3).

use crate::fixture::{Page, join, muxed_init, segment, video_init};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AppendMode, EndOfStreamError};
use mse_testkit::mock;

const UPDATED: &str = "updatestart · task · update · updateend";

#[test]
fn adding_a_source_buffer_queues_one_event() {
    // EVT-2.
    let mut page = Page::new();
    page.add(mock::VIDEO).unwrap();
    assert_eq!(page.outputs(), "sourceBuffers addsourcebuffer");
}

#[test]
fn the_first_initialization_segment_brings_tracks_and_makes_the_source_buffer_active() {
    // EVT-3: audio before video whatever the order of the stream (ISR-13).
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, muxed_init()).unwrap();
    assert_eq!(
        page.outputs(),
        "updatestart · task · sb0.audioTracks addtrack · sb0.videoTracks addtrack · activeSourceBuffers addsourcebuffer · \
         update · updateend"
    );
    assert_eq!(page.told(), "duration=Infinity · +audio0.0 · +video0.1 · HaveMetadata");
}

#[test]
fn a_later_initialization_segment_brings_no_tracks() {
    // ISR-5.
    let mut page = Page::video();
    page.append_bytes(0, video_init(2)).unwrap();
    assert_eq!(page.outputs(), UPDATED);
}

#[test]
fn media_at_the_position_raises_the_ready_state_step_by_step() {
    // EVT-4, CFP-33..35.
    let mut page = Page::video();
    page.told();
    page.append(0, "0K 1000 2000 3000");
    assert_eq!(page.told(), "HaveCurrentData · HaveFutureData · HaveEnoughData");
}

#[test]
fn data_beyond_the_duration_extends_it() {
    // CFP-36.
    let mut page = Page::video();
    page.source.set_duration(1.0).unwrap();
    page.outputs();
    page.told();
    page.append(0, "0K 1000 2000 3000");
    assert_eq!(page.told(), "HaveCurrentData · HaveFutureData · HaveEnoughData · duration=4");
    assert_eq!(page.receipt(0).new_duration, Some(4.0));
}

#[test]
fn an_append_error_after_metadata_ends_the_stream() {
    // EVT-5, APE-1.
    let mut page = Page::video();
    page.append_bytes(0, mock::BOOM).unwrap();
    assert_eq!(page.outputs(), "updatestart · task · error · updateend · mediasource sourceended");
    assert!(page.told().ends_with("error=3"));
    assert_eq!(page.source.ready_state().as_str(), "ended");
}

#[test]
fn an_append_error_at_have_nothing_detaches() {
    // EVT-6, WPT-15.
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes(0, segment("0K")).unwrap();
    assert_eq!(
        page.outputs(),
        "updatestart · task · error · updateend · mediasource sourceended · sourceBuffers removesourcebuffer · \
         mediasource sourceclose"
    );
    assert_eq!(page.told(), "error=4");
    assert_eq!(page.source.ready_state().as_str(), "closed");
}

#[test]
fn abort_during_an_append() {
    // EVT-7: the task was not polled yet, so nobody sees it.
    let mut page = Page::video();
    page.append_bytes(0, segment("0K")).unwrap();
    page.sb(0).abort().unwrap();
    assert_eq!(page.outputs(), "updatestart · abort · updateend");
    assert!(!page.sb(0).updating());
}

#[test]
fn removal() {
    // EVT-8, RRM-3: the same events whether or not a frame goes.
    let mut page = Page::video();
    page.append(0, "0K 40 80");
    for (start, end) in [(0.0, 0.05), (0.0, 9e-7), (5.0, f64::INFINITY)] {
        page.sb(0).remove(start, end).unwrap();
        assert_eq!(page.outputs(), UPDATED);
    }
}

#[test]
fn removing_a_source_buffer_that_is_updating() {
    // EVT-9.
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, muxed_init()).unwrap();
    page.outputs();
    page.append_bytes(0, segment("0K")).unwrap();
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    assert_eq!(
        page.outputs(),
        "updatestart · abort · updateend · sb0.audioTracks removetrack · sb0.audioTracks change · \
         sb0.videoTracks removetrack · sb0.videoTracks change · activeSourceBuffers removesourcebuffer · \
         sourceBuffers removesourcebuffer"
    );
}

#[test]
fn end_of_stream_announces_the_duration() {
    // EVT-10, EOS-3, EX-21.
    let mut page = Page::video();
    page.append(0, "0K 1000 2000");
    page.source.set_duration(10.0).unwrap();
    page.told();
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.outputs(), "mediasource sourceended");
    assert_eq!(page.told(), "duration=10 · duration=3 · all-data");
    assert_eq!(page.source.duration(), 3.0);
}

#[test]
fn end_of_stream_with_nothing_buffered_makes_the_duration_zero() {
    // WPT-3.
    let mut page = Page::with_type(mock::VIDEO);
    page.source.set_duration(2.0).unwrap();
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(page.source.duration(), 0.0);
}

#[test]
fn what_reopens_an_ended_source_queues_sourceopen_first() {
    // EVT-11.
    type Call = fn(&mut Page);
    let calls: [(Call, &str); 5] = [
        (|page| page.append_bytes(0, segment("40K")).unwrap(), " · updatestart · task · update · updateend"),
        (|page| page.sb(0).remove(0.0, 1.0).unwrap(), " · updatestart · task · update · updateend"),
        (|page| page.sb(0).change_type(mock::VIDEO).unwrap(), ""),
        (|page| page.sb(0).set_mode(AppendMode::Sequence).unwrap(), ""),
        (|page| page.sb(0).set_timestamp_offset(1.0).unwrap(), ""),
    ];
    for (call, expected) in calls {
        let mut page = Page::video();
        page.append(0, "0K 1000");
        page.source.end_of_stream(None).unwrap();
        page.outputs();
        call(&mut page);
        assert_eq!(page.outputs(), format!("mediasource sourceopen{expected}"));
        // REOPEN restores no duration.
        assert_eq!(page.source.duration(), 2.0);
    }
}

#[test]
fn detaching_queues_one_event_a_list() {
    // EVT-12, DET-4, WPT-19, WPT-20; nothing for what was updating (DET-5).
    let mut page = Page::video();
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, segment("0K")).unwrap();
    page.outputs();
    page.append_bytes(0, segment("40K")).unwrap();
    page.source.detach();
    assert_eq!(
        page.outputs(),
        "updatestart · sb0.videoTracks removetrack · sb0.videoTracks change · activeSourceBuffers removesourcebuffer · sourceBuffers removesourcebuffer · mediasource sourceclose"
    );
    assert!(page.source.duration().is_nan());
}

#[test]
fn detaching_a_source_without_source_buffers_only_closes_it() {
    let mut page = Page::new();
    page.source.detach();
    assert_eq!(page.outputs(), "mediasource sourceclose");
}

#[test]
fn end_of_stream_with_an_error_keeps_the_duration() {
    // EOS-4..6, WPT-15.
    let mut page = Page::video();
    page.append(0, "0K 1000");
    page.told();
    page.source.end_of_stream(Some(EndOfStreamError::Network)).unwrap();
    assert_eq!(page.outputs(), "mediasource sourceended");
    assert_eq!(page.told(), "error=2");
    assert_eq!(page.source.duration(), f64::INFINITY);
}

#[test]
fn every_initialization_segment_in_one_append_counts_in_order() {
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes(0, join(&[video_init(1), segment("0K 40"), video_init(2), segment("80K 120")]))
        .unwrap();
    page.outputs();
    let receipt = page.receipt(0);
    assert_eq!((receipt.initialization_segments, receipt.media_segments, receipt.frames_in), (2, 2, 4));
    assert_eq!(page.reads(0, 0.0), "0K 40 C 80K 120 need-data");
}
