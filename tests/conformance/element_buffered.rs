//! HTMLMediaElement.buffered, and the steps that go to the element (EL-1, EL-2, MIR-1).

use crate::fixture::{Page, config, join, outcome, segment, video_init};
use crate::helpers::pair;
use mse::MediaSource;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_testkit::frames;
use mse_testkit::mock::{self, MockTrack};

/// EL-1 (2), DEF-1: text that is disabled makes no SourceBuffer active, so the element has nothing
/// though the SourceBuffer has.
#[test]
fn without_active_source_buffers_nothing_is_buffered() {
    let mut page = Page::new();
    assert_eq!(page.element_ranges(), "{ }");
    page.add("video/x-mse-mock; codecs=\"text\"").unwrap();
    page.append_bytes(0, join(&[mock::init(None, &[MockTrack::text(1)]), segment("0D4000K")])).unwrap();
    page.outputs();
    assert!(page.source.active_source_buffers().is_empty());
    assert_eq!(page.ranges(0), "{ [0,4000) }", "SB-11: the literal text for text alone");
    assert_eq!(page.element_ranges(), "{ }");
}

/// TTK-1, SB-7, SB-8: text neither restricts what is buffered nor extends it, but it counts for the
/// highest end.
#[test]
fn text_restricts_nothing_and_counts_for_the_end() {
    let init = mock::init(None, &[MockTrack::video(1), MockTrack::text(2)]);
    let cue = crate::fixture::segment_of(2, "500D3000K");
    let mut page = Page::with_type("video/x-mse-mock; codecs=\"video,text\"");
    page.append_bytes(0, join(&[init.clone(), segment("0D1000K")])).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,1000) }", "no cue at all");
    page.append_bytes(0, cue).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,1000) }");
    assert_eq!(outcome(page.source.set_duration(0.4)), "InvalidStateError", "DUR-2");
    page.source.end_of_stream(None).unwrap();
    assert_eq!((page.source.duration(), page.ranges(0)), (3.5, "{ [0,3500) }".to_owned()));
    // ISR-3 (a) counts them.
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).error.map(|error| error.row), Some("ISR-3"));
}

/// TTK-6: text tracks are recognised: a track buffer, a text track that is disabled, frames as they
/// came.
#[test]
fn text_tracks_are_there_and_disabled() {
    let mut page = Page::with_type("video/x-mse-mock; codecs=\"text\"");
    page.append_bytes(0, join(&[mock::init(None, &[MockTrack::text(1)]), segment("0D4000K")])).unwrap();
    assert_eq!(page.outputs(), "updatestart · task · sb0.textTracks addtrack · update · updateend");
    assert_eq!(page.sb(0).tracks().len(), 1);
    assert!(page.source.active_source_buffers().is_empty());
    assert_eq!(page.reads(0, 0.0), "0K need-data");
}

/// EL-2: a SourceBuffer that is not active yet says nothing.
#[test]
fn only_active_source_buffers_count() {
    let mut page = Page::video();
    page.add(mock::AUDIO).unwrap();
    page.append(0, "0K 40");
    assert_eq!(page.element_ranges(), "{ [0,80) }");
    page.append_bytes(1, crate::helpers::audio_init()).unwrap();
    page.outputs();
    assert_eq!(page.element_ranges(), "{ }");
}

/// MIR-1: on one thread what the source did shows at once at the element's end, without a turn in
/// between.
#[test]
fn the_elements_end_is_up_to_date_when_it_is_asked() {
    let mut page = pair();
    page.source.set_duration(8.0).unwrap();
    assert_eq!(page.link.duration(), 8.0);
    assert_eq!(frames::ranges(&page.link.seekable()), "{ [0,8000) }");
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.link.duration(), 0.0);
}

/// MIR-1: on two threads the source does not wait for the element.
#[test]
fn a_source_elsewhere_does_not_wait_for_its_element() {
    let mut source = MediaSource::new(config());
    let handle = source.handle().transfer().unwrap();
    let mut link = handle.attach().unwrap();
    let thread = std::thread::spawn(move || {
        while source.poll_output().is_none() {}
        source.set_duration(8.0).unwrap();
        source.set_duration(9.0).unwrap();
        let id = source.add_source_buffer(mock::VIDEO).unwrap();
        source.source_buffer(id).unwrap().append_buffer(video_init(1)).unwrap();
        source.run_inline();
        source
    });
    let source = thread.join().unwrap();
    assert_eq!(source.duration(), 9.0);
    let mut element = crate::fixture::Element::default();
    link.poll(&mut element);
    assert_eq!(element.told[..2], ["duration=8", "duration=9"], "each step is there, in order");
    assert_eq!(element.ready_state, mse::ElementReadyState::HaveMetadata);
}

/// EL-1 (1), EL-5 (1), WRK-9: the worker with the source is gone.
#[test]
fn the_element_of_a_source_that_is_gone_has_nothing() {
    let mut page = Page::video();
    page.append(0, "0K 40");
    assert_eq!(page.element_ranges(), "{ [0,80) }");
    drop(std::mem::replace(&mut page.source, MediaSource::new(config())));
    assert_eq!(page.element_ranges(), "{ }");
    assert!(page.link.seekable().is_empty());
}

/// SB-8, DIS-11, WPT-10: a track of sound or picture without frames leaves the whole SourceBuffer
/// with nothing, also when ended.
#[test]
fn a_track_without_frames_leaves_the_source_buffer_with_nothing() {
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, join(&[crate::fixture::muxed_init(), crate::fixture::segment_of(2, "0D1000K")]))
        .unwrap();
    page.outputs();
    assert_eq!((page.ranges(0), page.element_ranges()), ("{ }".to_owned(), "{ }".to_owned()));
    page.source.end_of_stream(None).unwrap();
    assert_eq!((page.ranges(0), page.element_ranges()), ("{ }".to_owned(), "{ }".to_owned()));
    assert_eq!(page.source.duration(), 1.0, "EOS-3: it counts for the end nevertheless");
}

/// SB-11, DRB-5: no highest end time of nothing.
#[test]
fn without_track_buffers_or_frames_nothing_is_buffered() {
    let mut page = Page::with_type(mock::VIDEO);
    assert_eq!(page.ranges(0), "{ }");
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    assert_eq!((page.ranges(0), page.element_ranges()), ("{ }".to_owned(), "{ }".to_owned()));
    page.source.end_of_stream(None).unwrap();
    assert_eq!((page.ranges(0), page.element_ranges()), ("{ }".to_owned(), "{ }".to_owned()));
}
