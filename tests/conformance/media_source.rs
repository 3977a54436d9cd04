//! The MediaSource interface: ready state, lists, live seekable range (MS, SBL), with attaching and
//! detaching (ATT, DET).

use crate::fixture::{Page, config, outcome, segment};
use crate::helpers::{dispatch, file, pair, steps};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    AttachError, ClosingEvents, ElementReadyState, EndOfStreamError, EventName, EventTarget, MediaSource,
    ReadyState,
};
use mse_testkit::{frames, mock};

/// MS-2, MS-21, MS-22: every way from one state to another, with its event.
#[test]
fn ready_state_moves_as_the_table_says_and_each_move_has_its_event() {
    type Call = fn(&mut Page);
    let attach: Call = |page| page.link = page.source.attach().unwrap();
    let end: Call = |page| page.source.end_of_stream(None).unwrap();
    let fail: Call = |page| page.append_bytes(0, mock::BOOM).unwrap();
    let reopen: Call = |page| page.sb(0).set_timestamp_offset(1.0).unwrap();
    let detach: Call = |page| page.source.detach();
    let moves: [(&[Call], Call, &str, &str); 6] = [
        (&[detach], attach, "mediasource sourceopen", "open"),
        (&[], end, "mediasource sourceended", "ended"),
        (&[], fail, "updatestart · task · error · updateend · mediasource sourceended", "ended"),
        (&[end], reopen, "mediasource sourceopen", "open"),
        (
            &[],
            detach,
            "sb0.videoTracks removetrack · sb0.videoTracks change · activeSourceBuffers removesourcebuffer · sourceBuffers removesourcebuffer · mediasource sourceclose",
            "closed",
        ),
        (
            &[end],
            detach,
            "sb0.videoTracks removetrack · sb0.videoTracks change · activeSourceBuffers removesourcebuffer · sourceBuffers removesourcebuffer · mediasource sourceclose",
            "closed",
        ),
    ];
    for (before, call, events, state) in moves {
        let mut page = Page::video();
        for call in before {
            call(&mut page);
        }
        page.outputs();
        call(&mut page);
        assert_eq!(page.outputs(), events);
        assert_eq!(page.source.ready_state().as_str(), state);
    }
}

/// MS-22: everything that does not move it.
#[test]
fn nothing_else_moves_the_ready_state() {
    let mut page = Page::video();
    page.append(0, "0K 40");
    page.source.set_duration(5.0).unwrap();
    page.source.set_live_seekable_range(0.0, 1.0).unwrap();
    page.source.clear_live_seekable_range().unwrap();
    page.sb(0).set_append_window_end(4.0).unwrap();
    page.sb(0).abort().unwrap();
    page.outputs();
    assert_eq!(page.source.ready_state(), ReadyState::Open);
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    page.sb(0).set_append_window_end(3.0).unwrap();
    let _ = page.sb(0).abort();
    let _ = page.source.set_duration(9.0);
    let _ = page.add(mock::AUDIO);
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    page.outputs();
    assert_eq!(page.source.ready_state(), ReadyState::Ended);
}

/// MS-3, MS-17, GEN-2: the enumeration has two values; any other string is a TypeError before the
/// algorithm begins.
#[test]
fn end_of_stream_errors_are_network_and_decode() {
    for error in [EndOfStreamError::Network, EndOfStreamError::Decode] {
        assert_eq!(EndOfStreamError::parse(error.as_str()), Some(error));
    }
    assert_eq!(EndOfStreamError::Network.as_str(), "network");
    assert_eq!(EndOfStreamError::Decode.as_str(), "decode");
    for value in ["", "null", "undefined", "Network", "decode ", "other"] {
        assert_eq!(EndOfStreamError::parse(value), None, "{value:?}");
    }
}

/// MS-17 (1) to (3).
#[test]
fn end_of_stream_needs_an_open_source_on_which_nothing_is_updating() {
    let mut page = pair();
    page.append_bytes(1, segment("0K")).unwrap();
    assert_eq!(outcome(page.source.end_of_stream(None)), "InvalidStateError");
    assert_eq!(page.source.ready_state(), ReadyState::Open);
    page.outputs();
    assert_eq!(outcome(page.source.end_of_stream(None)), "ok");
    assert_eq!(page.source.ready_state(), ReadyState::Ended);
    for error in [None, Some(EndOfStreamError::Network)] {
        assert_eq!(outcome(page.source.end_of_stream(error)), "InvalidStateError");
    }
    assert_eq!(page.outputs(), "mediasource sourceended");
}

/// MS-5, SBL-4: the order of addSourceBuffer(); what changes the list shows at once, before its
/// event.
#[test]
fn source_buffers_are_listed_in_the_order_they_were_added() {
    let mut page = Page::new();
    for mime_type in [mock::VIDEO, mock::AUDIO, mock::MUXED] {
        page.add(mime_type).unwrap();
    }
    let ids = [page.id(0), page.id(1), page.id(2)];
    assert_eq!(page.source.source_buffers(), ids);
    page.source.remove_source_buffer(ids[1]).unwrap();
    assert_eq!(page.source.source_buffers(), [ids[0], ids[2]]);
    let added = "sourceBuffers addsourcebuffer";
    assert_eq!(page.outputs(), format!("{added} · {added} · {added} · sourceBuffers removesourcebuffer"));
    page.source.detach();
    assert!(page.source.source_buffers().is_empty(), "MS-5: empty when closed");
}

/// SBL-2: `None` is what a binding turns into undefined.
#[test]
fn an_index_beyond_the_list_is_nothing() {
    let page = Page::with_type(mock::VIDEO);
    assert_eq!(page.source.source_buffers().first(), Some(&page.id(0)));
    assert!(page.source.source_buffers().get(1).is_none());
}

/// SBL-3: plain events at the list that changed, and at no other.
#[test]
fn lists_tell_of_what_comes_and_goes() {
    use EventName::{AddSourceBuffer, RemoveSourceBuffer};
    use EventTarget::{ActiveSourceBuffers, SourceBuffers};
    let mut page = Page::new();
    let mut told = Vec::new();
    let note = |told: &mut Vec<_>, page: &mut Page| {
        dispatch(page, |_, event| {
            if matches!(event.target, SourceBuffers | ActiveSourceBuffers) {
                told.push((event.target, event.name));
            }
        });
    };
    page.add(mock::VIDEO).unwrap();
    note(&mut told, &mut page);
    page.append_bytes(0, crate::fixture::video_init(1)).unwrap();
    note(&mut told, &mut page);
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    note(&mut told, &mut page);
    let expected = [
        (SourceBuffers, AddSourceBuffer),
        (ActiveSourceBuffers, AddSourceBuffer),
        (ActiveSourceBuffers, RemoveSourceBuffer),
        (SourceBuffers, RemoveSourceBuffer),
    ];
    assert_eq!(told, expected);
}

/// MS-7.
#[test]
fn duration_is_nan_when_closed_and_the_current_value_otherwise() {
    let mut page = Page::new();
    assert!(page.source.duration().is_nan(), "nothing set it yet");
    page.source.set_duration(12.5).unwrap();
    assert_eq!(page.source.duration(), 12.5);
    page.source.detach();
    assert!(page.source.duration().is_nan());
    page.link = page.source.attach().unwrap();
    assert!(page.source.duration().is_nan(), "DET-3: it was reset, not hidden");
}

/// WPT-5: accepted values are read back exactly, by the source and by the element.
#[test]
fn duration_takes_what_a_double_can_say_from_zero_on() {
    let accepted =
        [f64::from(i32::MAX), 1.0, f64::MAX, 5e-324, f64::INFINITY, 0.0, 101.9, 101.900_000_000_000_02];
    for value in accepted {
        let mut page = Page::with_type(mock::VIDEO);
        assert_eq!(outcome(page.source.set_duration(value)), "ok", "{value}");
        assert_eq!(page.source.duration(), value);
        page.outputs();
        assert_eq!(page.element.duration, value, "of the element");
    }
    for value in [-1.0, f64::NEG_INFINITY, f64::MIN, -101.9, f64::NAN, -5e-324] {
        let mut page = Page::with_type(mock::VIDEO);
        assert_eq!(outcome(page.source.set_duration(value)), "TypeError", "{value}");
        assert!(page.source.duration().is_nan());
        page.outputs();
        assert_eq!(steps(&mut page), "");
    }
}

/// WPT-2, MS-13.
#[test]
fn a_source_buffer_is_removed_once_and_from_its_own_source() {
    let mut page = pair();
    let (first, second) = (page.id(0), page.id(1));
    let mut other = Page::new();
    for mime_type in [mock::AUDIO, mock::AUDIO, mock::VIDEO] {
        other.add(mime_type).unwrap();
    }
    assert_eq!(outcome(page.source.remove_source_buffer(other.id(2))), "NotFoundError");
    assert_eq!(outcome(page.source.remove_source_buffer(first)), "ok");
    assert_eq!(outcome(page.source.remove_source_buffer(first)), "NotFoundError");
    page.source.end_of_stream(None).unwrap();
    assert_eq!(outcome(page.source.remove_source_buffer(second)), "ok");
    assert_eq!(page.source.ready_state(), ReadyState::Ended);
    assert!(page.source.source_buffers().is_empty() && page.source.active_source_buffers().is_empty());
}

/// MS-18, MS-19, EL-5, WPT-22: whether or not anything is updating, and without an event.
#[test]
fn the_live_seekable_range_is_one_range_or_none() {
    let seekable = |page: &mut Page| frames::ranges(&page.link.seekable());
    let mut page = Page::video();
    page.append(0, "10000K 11000");
    page.append_bytes(0, segment("12000K")).unwrap();
    assert!(page.sb(0).updating());
    page.source.set_live_seekable_range(40.0, 42.0).unwrap();
    assert_eq!(seekable(&mut page), "{ [10000,42000) }");
    page.source.set_live_seekable_range(1.0, 2.0).unwrap();
    assert_eq!(seekable(&mut page), "{ [1000,12000) }", "it replaces the one before");
    page.source.clear_live_seekable_range().unwrap();
    assert_eq!(seekable(&mut page), "{ [0,12000) }");
    page.source.clear_live_seekable_range().unwrap();
    assert_eq!(page.outputs(), "updatestart · task · update · updateend");
}

/// MS-18 (2).
#[test]
fn the_live_seekable_range_may_not_be_negative_or_reversed_and_keeps_its_value_then() {
    let mut page = Page::video();
    page.source.set_live_seekable_range(1.0, 2.0).unwrap();
    for (start, end) in [(-1.0, 1.0), (3.0, 2.0), (-5e-324, 0.0)] {
        assert_eq!(outcome(page.source.set_live_seekable_range(start, end)), "TypeError");
    }
    assert_eq!(frames::ranges(&page.link.seekable()), "{ [1000,2000) }");
    page.source.end_of_stream(None).unwrap();
    assert_eq!(
        outcome(page.source.set_live_seekable_range(-1.0, 1.0)),
        "InvalidStateError",
        "(1) before (2)"
    );
    assert_eq!(outcome(page.source.clear_live_seekable_range()), "InvalidStateError");
}

/// MS-18 (3): normalized, start == end is no range, so that only what is buffered counts.
#[test]
fn a_live_seekable_range_of_no_length_is_empty() {
    let mut page = Page::video();
    page.append(0, "10000K 11000");
    page.source.set_live_seekable_range(40.0, 40.0).unwrap();
    assert_eq!(frames::ranges(&page.link.seekable()), "{ [0,12000) }");
}

/// EL-6.
#[test]
fn the_live_seekable_range_only_counts_while_the_duration_is_infinite() {
    let mut page = Page::with_type(mock::VIDEO);
    page.source.set_live_seekable_range(40.0, 42.0).unwrap();
    assert_eq!(frames::ranges(&page.link.seekable()), "{ }", "NaN");
    page.source.set_duration(7.0).unwrap();
    assert_eq!(frames::ranges(&page.link.seekable()), "{ [0,7000) }");
    page.source.set_duration(f64::INFINITY).unwrap();
    assert_eq!(frames::ranges(&page.link.seekable()), "{ [40000,42000) }");
}

/// ATT-6, ATT-9, EVT-1: open at once, the event later, and nothing is known yet.
#[test]
fn attaching_opens_the_source_and_the_event_finds_an_element_that_has_nothing() {
    let mut source = MediaSource::new(config());
    let mut link = source.attach().unwrap();
    assert_eq!(source.ready_state(), ReadyState::Open);
    let event = source.poll_output();
    assert_eq!(format!("{event:?}").matches("SourceOpen").count(), 1);
    assert!(source.duration().is_nan() && link.duration().is_nan());
    let mut element = crate::fixture::Element::default();
    link.poll(&mut element);
    assert_eq!((element.ready_state, element.told.len()), (ElementReadyState::HaveNothing, 0));
    assert!(source.poll_output().is_none());
}

/// ATT-5 (1).
#[test]
fn a_source_that_was_attached_cannot_be_attached_by_a_handle_any_more() {
    let mut source = MediaSource::new(config());
    let handle = source.handle().transfer().unwrap();
    let _link = source.attach().unwrap();
    source.detach();
    assert_eq!(handle.attach().err(), Some(AttachError::AlreadyAttached));
}

/// WPT-21, ATT-4: closed at once when it is detached, and of two elements one gets it.
#[test]
fn a_source_moves_to_another_element_and_has_one_at_a_time() {
    let mut page = Page::video();
    page.source.detach();
    assert_eq!(page.source.ready_state(), ReadyState::Closed);
    let link = page.source.attach();
    assert!(link.is_ok());
    assert_eq!(page.source.ready_state(), ReadyState::Open);
    assert_eq!(page.source.attach().err(), Some(AttachError::NotClosed));
}

/// DET-1, APE-3: at HAVE_NOTHING the source is detached, later it stays attached and ended.
#[test]
fn a_fatal_error_detaches_only_when_nothing_was_there() {
    let mut nothing = Page::with_type(mock::VIDEO);
    nothing.append_bytes(0, mock::BOOM).unwrap();
    nothing.outputs();
    assert_eq!(nothing.source.ready_state(), ReadyState::Closed);
    assert_eq!(nothing.element.error, Some(4));
    let mut metadata = Page::video();
    metadata.append_bytes(0, mock::BOOM).unwrap();
    metadata.outputs();
    assert_eq!(metadata.source.ready_state(), ReadyState::Ended);
    assert_eq!(metadata.source.source_buffers().len(), 1);
    assert_eq!(metadata.element.error, Some(3));
}

/// DET-4, DIS-2: a list that was empty has lost nothing, unless a preset tells it.
#[test]
fn detaching_tells_the_lists_in_the_order_of_the_preset() {
    let (active, list, close) = (
        "activeSourceBuffers removesourcebuffer",
        "sourceBuffers removesourcebuffer",
        "mediasource sourceclose",
    );
    for (order, removed, expected) in [
        (ClosingEvents::LostLists, false, &[list, close][..]),
        (ClosingEvents::LostLists, true, &[close]),
        (ClosingEvents::ListsFirst, false, &[active, list, close]),
        (ClosingEvents::ListsFirst, true, &[active, list, close]),
        (ClosingEvents::CloseFirst, false, &[close, active, list]),
        (ClosingEvents::CloseFirst, true, &[close, active, list]),
    ] {
        let mut config = config();
        config.source.closing_events = order;
        let mut page = Page::with(config);
        page.add(mock::VIDEO).unwrap();
        if removed {
            let id = page.source.source_buffers()[0];
            page.source.remove_source_buffer(id).unwrap();
        }
        page.outputs();
        page.source.detach();
        assert_eq!(page.outputs(), expected.join(" · "), "{order:?}, removed: {removed}");
    }
}

/// GEN-4: the state that a handler sees may be later than the one its event was queued for.
#[test]
fn a_handler_sees_the_state_of_its_dispatch() {
    let mut page = Page::video();
    page.append(0, "0K 40");
    page.source.end_of_stream(None).unwrap();
    page.sb(0).set_timestamp_offset(0.0).unwrap();
    let mut seen = Vec::new();
    dispatch(&mut page, |page, event| seen.push((event.name, page.source.ready_state())));
    let open = ReadyState::Open;
    assert_eq!(seen, [(EventName::SourceEnded, open), (EventName::SourceOpen, open)]);
}

/// WPT-2 with bytes of a real file: what was freed is gone (MS-16).
#[test]
fn a_removed_source_buffer_frees_what_it_held() {
    let mut page = Page::with_type("video/mp4");
    page.append_bytes(0, file("h264-video.mp4")).unwrap();
    page.outputs();
    assert!(page.sb(0).quota().used > 0);
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    page.outputs();
    assert_eq!(page.sb(0).quota().used, 0);
}

/// MS-15, EVT-9: track by track, `change` right behind the removal of a track that was active.
#[test]
fn tracks_leave_one_by_one_with_their_changes() {
    use mse_testkit::mock::MockTrack;
    let mut page = Page::with_type("video/x-mse-mock; codecs=\"video,audio,text\"");
    let tracks = [
        MockTrack::audio(1),
        MockTrack::audio(2),
        MockTrack::video(3),
        MockTrack::video(4),
        MockTrack::text(5),
    ];
    page.append_bytes(0, mock::init(None, &tracks)).unwrap();
    page.outputs();
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    assert_eq!(
        page.outputs(),
        "sb0.audioTracks removetrack · sb0.audioTracks change · sb0.audioTracks removetrack · \
         sb0.videoTracks removetrack · sb0.videoTracks change · sb0.videoTracks removetrack · \
         sb0.textTracks removetrack · activeSourceBuffers removesourcebuffer · sourceBuffers removesourcebuffer"
    );
}

/// DET-5: a task that comes home after its source was attached anew finds nothing to change.
#[test]
fn a_task_from_before_the_detachment_changes_nothing() {
    let mut page = Page::video();
    page.append_bytes(0, segment("0K 40")).unwrap();
    let task = page.next_task();
    page.source.detach();
    page.outputs();
    page.link = page.source.attach().unwrap();
    page.add(mock::VIDEO).unwrap();
    page.outputs();
    page.told();
    page.finish(task);
    assert_eq!((page.outputs(), steps(&mut page)), (String::new(), String::new()));
    assert_eq!((page.ranges(1), page.element_ranges()), ("{ }".to_owned(), "{ }".to_owned()));
    assert!(page.source.duration().is_nan());
}

/// DET-3, MS-16: what is appended anew after attaching again knows nothing of what was there
/// before.
#[test]
fn a_source_that_is_attached_again_begins_anew() {
    let mut page = Page::video();
    page.append(0, "0K 1000 2000 3000");
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    page.source.detach();
    page.outputs();
    page.link = page.source.attach().unwrap();
    page.element = crate::fixture::Element::default();
    page.add(mock::VIDEO).unwrap();
    page.append_bytes(1, crate::fixture::video_init(1)).unwrap();
    page.outputs();
    page.append(1, "5000D1000K");
    assert_eq!((page.ranges(1), page.element_ranges()), ("{ [5000,6000) }".into(), "{ [5000,6000) }".into()));
    assert_eq!(page.source.duration(), f64::INFINITY);
    assert_eq!(page.element.ready_state, ElementReadyState::HaveMetadata);
}
