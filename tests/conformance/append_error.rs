//! Prepare append, buffer append and append error: the checks, the events, and what stops (PRA,
//! BAP, APE, RRM-1).

use crate::fixture::{Page, config, join, outcome, segment, video_init};
use crate::helpers::{audio_init, pair, steps};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{ElementReadyState, Quota, ReadyState};
use mse_testkit::mock;

/// PRA-1, PRA-8: also of a closed source, whose state nobody asks for.
#[test]
fn nothing_can_be_appended_to_a_removed_source_buffer() {
    let thrown = |page: &mut Page| page.append_bytes(0, segment("0K")).map_err(|thrown| thrown.row).err();
    let mut page = Page::video();
    page.source.detach();
    assert_eq!(thrown(&mut page), Some("PRA-1"), "of a closed source");
    let mut page = Page::video();
    page.source.end_of_stream(None).unwrap();
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    page.outputs();
    assert_eq!(thrown(&mut page), Some("PRA-1"), "of an ended one");
    assert_eq!(page.source.ready_state(), ReadyState::Ended, "which is not reopened by it");
}

/// PRA-2, before the error of the element (PRA-3).
#[test]
fn nothing_can_be_appended_while_updating() {
    let mut page = pair();
    page.append_bytes(0, segment("0K")).unwrap();
    assert_eq!(page.append_bytes(0, segment("40K")).unwrap_err().row, "PRA-2");
    assert_eq!(outcome(page.append_bytes(1, segment("0K"))), "ok", "each SourceBuffer on its own");
    page.outputs();
    assert_eq!((page.ranges(0), page.ranges(1)), ("{ [0,1000) }".into(), "{ [0,1000) }".into()));
}

/// PRA-6, PRA-7, SPL-10: data that fills the SourceBuffer is taken; the next append throws, without
/// an event.
#[test]
fn the_append_that_fills_is_taken_and_the_next_one_throws() {
    let mut config = config();
    let media = segment("0D1000K 1000D1000");
    config.quota = Quota { audio: 0, video: media.len() as u64, text: 0 };
    let mut page = Page::with(config);
    page.add(mock::VIDEO).unwrap();
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    page.append_bytes(0, media.clone()).unwrap();
    assert_eq!(page.outputs(), "updatestart · task · update · updateend");
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(outcome(page.append_bytes(0, media)), "QuotaExceededError");
    assert!(!page.sb(0).updating());
    assert_eq!(page.outputs(), "mediasource sourceopen", "PRA-4 came before");
    assert_eq!(page.ranges(0), "{ [0,2000) }");
}

/// BAP-1, RRM-1: `updating`, the first event, the work, and the last two events.
#[test]
fn an_append_and_a_removal_go_the_same_way() {
    let mut page = Page::video();
    page.append(0, "0D1000K 1000D1000K");
    for removal in [false, true] {
        let before = page.ranges(0);
        if removal {
            page.sb(0).remove(0.0, 1.0).unwrap();
        } else {
            page.append_bytes(0, segment("2000D1000K")).unwrap();
        }
        assert!(page.sb(0).updating());
        assert_eq!(page.ranges(0), before, "the work is done later");
        assert_eq!(page.outputs(), "updatestart · task · update · updateend");
        assert!(!page.sb(0).updating());
        assert_ne!(page.ranges(0), before);
    }
}

/// BAP-1 (2), APE-2: a loop that was stopped ends with its own events, and with no `update`.
#[test]
fn a_failed_append_has_no_update_event() {
    let mut page = Page::video();
    page.append_bytes(0, join(&[segment("0K 40"), mock::BOOM.into(), segment("80K")])).unwrap();
    assert_eq!(page.outputs(), "updatestart · task · error · updateend · mediasource sourceended");
    assert_eq!(page.receipt(0).frames_in, 2, "APE-2: nothing behind the error is looked at");
}

/// APE-1: in this order, and the parser is between segments again.
#[test]
fn an_append_error_resets_the_parser_and_ends_the_stream() {
    let mut page = Page::video();
    page.append_bytes(0, mock::FRAGMENT_START).unwrap();
    page.outputs();
    page.append_bytes(0, mock::BOOM).unwrap();
    assert_eq!(page.outputs(), "updatestart · task · error · updateend · mediasource sourceended");
    assert!(steps(&mut page).ends_with("error=3"));
    assert!(!page.sb(0).updating());
    assert_eq!(outcome(page.sb(0).set_timestamp_offset(1.0)), "ok", "not inside a media segment");
}

/// APE-3: what came before the error in the same append was processed, so there is metadata.
#[test]
fn a_valid_initialization_segment_before_the_error_counts() {
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes(0, join(&[video_init(1), mock::BOOM.into()])).unwrap();
    page.outputs();
    assert_eq!(steps(&mut page), "duration=Infinity · HaveMetadata · error=3");
    assert_eq!(page.source.ready_state(), ReadyState::Ended);
    // If another SourceBuffer has none yet, there is no metadata.
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, join(&[video_init(1), mock::BOOM.into()])).unwrap();
    page.outputs();
    assert_eq!(steps(&mut page), "duration=Infinity · error=4");
    assert_eq!(page.source.ready_state(), ReadyState::Closed);
}

/// ISR-19: the rest has its initialization segments, but only the next one to arrive says so.
#[test]
fn the_removal_of_the_last_one_without_initialization_segment_brings_no_metadata() {
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    let audio = page.id(1);
    page.source.remove_source_buffer(audio).unwrap();
    page.outputs();
    assert_eq!(page.element.ready_state, ElementReadyState::HaveNothing);
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    assert_eq!(page.element.ready_state, ElementReadyState::HaveMetadata);
}

/// OPN-20, DIS-17, DRB-10, MS-14: a removal that runs is aborted like an append, and changes
/// nothing any more.
#[test]
fn removing_a_source_buffer_aborts_its_removal() {
    let mut page = pair();
    page.append(0, "0K 40");
    page.sb(0).remove(0.0, 1.0).unwrap();
    let task = page.next_task();
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    page.finish(task);
    assert_eq!(
        page.outputs(),
        "abort · updateend · sb0.videoTracks removetrack · sb0.videoTracks change · \
         activeSourceBuffers removesourcebuffer · sourceBuffers removesourcebuffer"
    );
    assert!(!page.sb(0).updating());
}

/// PRA-3: the element's error is what the element said last.
#[test]
fn nothing_can_be_appended_to_any_source_buffer_of_an_element_with_an_error() {
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, video_init(1)).unwrap();
    page.append_bytes(1, audio_init()).unwrap();
    page.outputs();
    page.append_bytes(0, mock::BOOM).unwrap();
    page.outputs();
    for index in [0, 1] {
        assert_eq!(page.append_bytes(index, Bytes::new()).unwrap_err().row, "PRA-3");
    }
}

/// APE-1, INV-2: the append of another SourceBuffer that is running comes to its own end; the next
/// one throws.
#[test]
fn an_error_in_one_source_buffer_leaves_the_running_append_of_another_alone() {
    let mut page = pair();
    page.append_bytes(0, mock::BOOM).unwrap();
    page.append_bytes(1, segment("0K 40K")).unwrap();
    let events = page.outputs();
    assert_eq!(
        events,
        "updatestart · task · sb1 updatestart · task · error · updateend · mediasource sourceended · \
         sb1 update · sb1 updateend"
    );
    assert_eq!(page.ranges(1), "{ [0,80) }");
    assert_eq!(outcome(page.append_bytes(1, segment("80K"))), "InvalidStateError");
}

/// BAP-1: of two SourceBuffers each has its own events, in the order in which their tasks come
/// home.
#[test]
fn two_source_buffers_append_side_by_side() {
    let mut page = pair();
    page.append_bytes(0, segment("0K 40")).unwrap();
    page.append_bytes(1, segment("0K 40K")).unwrap();
    let (first, second) = (page.next_task(), page.next_task());
    page.finish(second);
    page.finish(first);
    assert_eq!(page.outputs(), "sb1 update · sb1 updateend · update · updateend");
}
