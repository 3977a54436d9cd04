//! The event order table (EVT) with the element's part in its place: both share one queue when they
//! share a context (GEN-3).

use crate::fixture::{Page, join, muxed_init, segment, video_init};
use crate::helpers::pair;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{EndOfStreamError, Output};
use mse_testkit::mock;

/// Dispatches and runs everything in the order of the queue. What the element is told at its place
/// stands in brackets, each step of HTML by the state or value that it leads to.
fn queue(page: &mut Page) -> String {
    let mut words = Vec::new();
    while let Some(output) = page.source.poll_output() {
        match output {
            Output::Event(event) => words.push(event.to_string().replace("sb0 ", "").replace("sb0.", "")),
            Output::Task(task) => page.finish(task),
            Output::Promise(..) => {}
            Output::ElementStep(step) => {
                page.link.step(step, &mut page.element);
                words.extend(page.element.told.drain(..).map(|told| format!("[{told}]")));
            }
            _ => unreachable!("there is no other output"),
        }
    }
    words.join(" · ")
}

/// A page whose element has heard of everything.
fn settled(mut page: Page) -> Page {
    page.outputs();
    page.told();
    page
}

/// EVT-3, ISR-1, ISR-9, ISR-11, ISR-14, ISR-17: the duration, each track at the SourceBuffer's list
/// and then at the element's.
#[test]
fn the_first_initialization_segment() {
    let mut page = settled(Page::with_type(mock::MUXED));
    page.append_bytes(0, muxed_init()).unwrap();
    assert_eq!(
        queue(&mut page),
        "updatestart · [duration=Infinity] · audioTracks addtrack · [+audio0.0] · videoTracks addtrack · [+video0.1] · \
         activeSourceBuffers addsourcebuffer · [HaveMetadata] · update · updateend"
    );
}

/// EVT-4, CFP-36: readiness step by step, then the duration.
#[test]
fn media_at_the_position_and_beyond_the_duration() {
    let mut page = Page::video();
    page.source.set_duration(1.0).unwrap();
    let mut page = settled(page);
    page.append_bytes(0, segment("0K 1000 2000 3000")).unwrap();
    assert_eq!(
        queue(&mut page),
        "updatestart · [HaveCurrentData] · [HaveFutureData] · [HaveEnoughData] · [duration=4] · update · updateend"
    );
}

/// EVT-5, EVT-6, APE-1: the element hears of the error last, and only then a source without
/// metadata is detached.
#[test]
fn an_append_error() {
    let mut page = settled(Page::video());
    page.append_bytes(0, mock::BOOM).unwrap();
    assert_eq!(queue(&mut page), "updatestart · error · updateend · mediasource sourceended · [error=3]");
    let mut page = settled(Page::with_type(mock::VIDEO));
    page.append_bytes(0, mock::BOOM).unwrap();
    assert_eq!(
        queue(&mut page),
        "updatestart · error · updateend · mediasource sourceended · [error=4] · sourceBuffers removesourcebuffer · \
         mediasource sourceclose"
    );
}

/// EVT-8, CFR-8: the stall falls between the first and the last events of the removal.
#[test]
fn a_removal_at_the_position() {
    let mut page = Page::video();
    page.append(0, "0K 1000 2000 3000");
    let mut page = settled(page);
    page.sb(0).remove(0.0, 2.0).unwrap();
    assert_eq!(queue(&mut page), "updatestart · [HaveMetadata] · update · updateend");
}

/// EVT-9, MS-15: track by track, first the SourceBuffer's list, then the element's.
#[test]
fn a_source_buffer_that_is_removed() {
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, muxed_init()).unwrap();
    let mut page = settled(page);
    page.append_bytes(0, segment("0K")).unwrap();
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    assert_eq!(
        queue(&mut page),
        "updatestart · abort · updateend · audioTracks removetrack · audioTracks change · [-audio0.0] · \
         videoTracks removetrack · videoTracks change · [-video0.1] · activeSourceBuffers removesourcebuffer · \
         sourceBuffers removesourcebuffer"
    );
}

/// EVT-10, EOS-1, EOS-3.
#[test]
fn the_end_of_the_stream() {
    let mut page = Page::video();
    page.append(0, "0K 1000");
    page.source.set_duration(9.0).unwrap();
    let mut page = settled(page);
    page.source.end_of_stream(None).unwrap();
    assert_eq!(queue(&mut page), "mediasource sourceended · [duration=2] · [all-data] · [HaveEnoughData]");
    // EOS-4: an error instead.
    page.sb(0).set_timestamp_offset(0.0).unwrap();
    let mut page = settled(page);
    page.source.end_of_stream(Some(EndOfStreamError::Network)).unwrap();
    assert_eq!(queue(&mut page), "mediasource sourceended · [error=2]");
}

/// EVT-11, CFP-36: the source is open again before the operation begins.
#[test]
fn an_append_that_reopens() {
    let mut page = Page::video();
    page.append(0, "0K 1000");
    page.source.end_of_stream(None).unwrap();
    let mut page = settled(page);
    page.append_bytes(0, segment("2000K 3000 4000 5000")).unwrap();
    let queue = queue(&mut page);
    assert!(queue.starts_with("mediasource sourceopen · updatestart · ["), "{queue}");
    assert!(queue.ends_with("[duration=6] · update · updateend"), "{queue}");
}

/// GEN-3, ISR-17: two SourceBuffers, one queue; the element hears when the last initialization
/// segment is in.
#[test]
fn two_source_buffers_and_one_element() {
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    let mut page = settled(page);
    page.append_bytes(0, video_init(1)).unwrap();
    page.append_bytes(1, crate::helpers::audio_init()).unwrap();
    assert_eq!(
        queue(&mut page),
        "updatestart · sb1 updatestart · [duration=Infinity] · videoTracks addtrack · [+video0.0] · \
         activeSourceBuffers addsourcebuffer · update · updateend · sb1.audioTracks addtrack · [+audio1.0] · \
         activeSourceBuffers addsourcebuffer · [HaveMetadata] · sb1 update · sb1 updateend"
    );
}

/// DUR-4, DUR-5: one step for each change, at its place between the events around it.
#[test]
fn a_duration_that_is_set_between_two_operations() {
    let mut page = settled(pair());
    page.sb(0).set_timestamp_offset(0.0).unwrap();
    page.source.set_duration(4.0).unwrap();
    page.source.set_duration(4.0).unwrap();
    page.append_bytes(0, segment("0K 40")).unwrap();
    assert_eq!(queue(&mut page), "[duration=4] · updatestart · update · updateend");
}

/// CFP-33: an append away from the position tells the element nothing.
#[test]
fn media_away_from_the_position() {
    let mut page = settled(Page::video());
    page.append_bytes(0, segment("7000K 7040")).unwrap();
    assert_eq!(queue(&mut page), "updatestart · update · updateend");
}

/// EVT-3 and EVT-4 in one append: everything of the initialization segment comes before anything of
/// the media.
#[test]
fn an_initialization_segment_with_its_media() {
    let mut page = settled(Page::with_type(mock::VIDEO));
    page.append_bytes(0, join(&[video_init(1), segment("0K 1000 2000 3000")])).unwrap();
    assert_eq!(
        queue(&mut page),
        "updatestart · [duration=Infinity] · videoTracks addtrack · [+video0.0] · activeSourceBuffers addsourcebuffer · \
         [HaveMetadata] · [HaveCurrentData] · [HaveFutureData] · [HaveEnoughData] · update · updateend"
    );
}

/// APE-1, SPL-9: what came before the error was processed before it.
#[test]
fn media_before_an_append_error() {
    let mut page = settled(Page::video());
    page.append_bytes(0, join(&[segment("0K 1000 2000 3000"), mock::BOOM.into()])).unwrap();
    assert_eq!(
        queue(&mut page),
        "updatestart · [HaveCurrentData] · [HaveFutureData] · [HaveEnoughData] · error · updateend · \
         mediasource sourceended · [error=3]"
    );
}

/// SB-19 (4) before (5), RPS-1: the events of abort() come before what the parser's reset still
/// finds.
#[test]
fn abort_with_complete_frames_in_the_input() {
    let media = segment("0K 1000 2000 3000");
    let head = mock::FRAGMENT_START.len();
    let mut page = Page::video();
    page.append_bytes(0, media.slice(..head)).unwrap();
    let mut page = settled(page);
    page.append_bytes(0, media.slice(head..)).unwrap();
    page.sb(0).abort().unwrap();
    assert_eq!(
        queue(&mut page),
        "updatestart · abort · updateend · [HaveCurrentData] · [HaveFutureData] · [HaveEnoughData]"
    );
}

/// ISR-16: a SourceBuffer that joins while the element plays takes it back before its own append is
/// over.
#[test]
fn a_source_buffer_that_joins() {
    let mut page = Page::video();
    page.append(0, "0K 1000 2000 3000");
    page.add(mock::AUDIO).unwrap();
    let mut page = settled(page);
    page.append_bytes(1, crate::helpers::audio_init()).unwrap();
    assert_eq!(
        queue(&mut page),
        "sb1 updatestart · sb1.audioTracks addtrack · [+audio1.0] · activeSourceBuffers addsourcebuffer · \
         [HaveMetadata] · sb1 update · sb1 updateend"
    );
}
