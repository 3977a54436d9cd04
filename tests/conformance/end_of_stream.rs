//! The end of stream algorithm (EOS).

use crate::fixture::{Page, join, outcome, segment, video_init};
use crate::helpers::{audio_init, dispatch, pair, steps};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{ElementReadyState, EndOfStreamError, EventName, MediaTime, ReadyState};
use mse_testkit::frames::{frames, ms};
use mse_testkit::mock::{self, MockTrack};

/// EOS-1, EOS-2: the state and what is buffered at once, the event later.
#[test]
fn the_source_is_ended_before_its_event_is() {
    let mut page = pair();
    page.append(0, "0D1000K 1000D1000K");
    page.append(1, "0D1000K 1000D500K");
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.source.ready_state(), ReadyState::Ended);
    assert_eq!(page.element_ranges(), "{ [0,2000) }");
    assert_eq!(page.ranges(1), "{ [0,1500) }", "the tracks of one SourceBuffer only extend each other");
    let mut events = Vec::new();
    dispatch(&mut page, |page, event| events.push((event.name, page.source.ready_state())));
    assert_eq!(events, [(EventName::SourceEnded, ReadyState::Ended)]);
}

/// EOS-3, WPT-4: the duration drops even if it was raised, and the element has enough.
#[test]
fn the_duration_becomes_the_end_of_what_is_buffered() {
    let mut page = pair();
    page.append(0, "0D1000K 1000D1000K");
    page.append(1, "0D1000K 1000D500K");
    page.source.set_duration(12.0).unwrap();
    page.outputs();
    assert_eq!(page.element.ready_state, ElementReadyState::HaveFutureData);
    page.told();
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(steps(&mut page), "duration=2 · all-data · HaveEnoughData");
}

/// EOS-3 counts every track of every SourceBuffer, text too.
#[test]
fn text_counts_for_the_end() {
    let mut page = Page::video();
    page.add("video/x-mse-mock; codecs=\"text\"").unwrap();
    page.append(0, "0D1000K");
    page.append_bytes(1, join(&[mock::init(None, &[MockTrack::text(1)]), segment("0D4000K")])).unwrap();
    page.outputs();
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.source.duration(), 4.0);
}

/// DIS-28, OPN-12, WPT-3: no error, and the element still has nothing.
#[test]
fn the_end_before_any_initialization_segment_is_no_error() {
    let mut page = Page::with_type(mock::VIDEO);
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.outputs(), "mediasource sourceended");
    assert_eq!(steps(&mut page), "duration=0 · all-data");
    assert_eq!(page.source.duration(), 0.0);
    assert_eq!((page.element.ready_state, page.element.error), (ElementReadyState::HaveNothing, None));
}

/// EOS-4, EOS-5: which error it is depends on whether anything was there.
#[test]
fn an_error_is_one_of_the_network_or_of_decoding_or_of_the_source() {
    let rows = [
        (EndOfStreamError::Network, false, 4, "closed"),
        (EndOfStreamError::Decode, false, 4, "closed"),
        (EndOfStreamError::Network, true, 2, "ended"),
        (EndOfStreamError::Decode, true, 3, "ended"),
    ];
    for (error, metadata, code, state) in rows {
        let mut page = if metadata { Page::video() } else { Page::with_type(mock::VIDEO) };
        page.source.end_of_stream(Some(error)).unwrap();
        page.outputs();
        assert_eq!(page.element.error, Some(code), "{error:?}");
        assert_eq!(page.source.ready_state().as_str(), state);
    }
}

/// EOS-6: the duration stays, nothing is said of all data, and the SourceBuffer hears nothing.
#[test]
fn an_error_says_nothing_of_duration_and_data() {
    let mut page = Page::video();
    page.append(0, "0K 1000");
    page.source.set_duration(9.0).unwrap();
    page.outputs();
    page.told();
    page.source.end_of_stream(Some(EndOfStreamError::Decode)).unwrap();
    assert_eq!(page.outputs(), "mediasource sourceended");
    assert_eq!((steps(&mut page).as_str(), page.source.duration()), ("error=3", 9.0));
}

/// EOS-7, PRA-3, DIS-30.
#[test]
fn after_an_error_nothing_can_be_appended() {
    let mut page = Page::video();
    page.source.end_of_stream(Some(EndOfStreamError::Network)).unwrap();
    page.outputs();
    assert_eq!(outcome(page.append_bytes(0, segment("0K"))), "InvalidStateError");
    assert_eq!(page.source.ready_state(), ReadyState::Ended, "and it is not reopened by the attempt");
    assert_eq!(page.outputs(), "");
}

/// SEEK-2: the position is there only because the shorter track is taken to reach to the end.
#[test]
fn a_position_behind_the_end_of_one_track_can_be_played_when_ended() {
    let mut page = pair();
    page.append(0, "0D1000K 1000D1000K");
    page.append(1, "0D1000K 1000D500K");
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    page.seek(1.8);
    page.outputs();
    assert_eq!(page.element.ready_state, ElementReadyState::HaveEnoughData);
    let mut reader = page.reader(1, 0);
    reader.seek(ms(1800));
    assert!(crate::fixture::read_all(&mut reader).ends_with("end"), "the shorter track waits for nothing");
}

/// WPT-23: at p/fps + 1/fps in doubles, frame p is the last one kept, and the duration is exactly
/// what is buffered.
#[test]
fn an_append_window_at_the_end_of_a_frame_keeps_it() {
    for fps in [24_u32, 25, 30, 60] {
        let track = MockTrack::video(1).timescale(fps);
        let last = fps - 2;
        let all: Vec<String> = (0..fps).map(|_| "0D1000K".to_owned()).collect();
        let mut list = frames(&all.join(" "));
        for (frame, at) in list.iter_mut().zip(0..) {
            let time = |ticks| MediaTime::from_ticks(ticks, fps.try_into().unwrap()).unwrap();
            (frame.presentation_timestamp, frame.decode_timestamp) = (time(at), time(at));
            frame.duration = time(at + 1) - time(at);
        }
        let mut page = Page::with_type(mock::VIDEO);
        let end = f64::from(last) / f64::from(fps) + 1.0 / f64::from(fps);
        page.sb(0).set_append_window_end(end).unwrap();
        let media = mock::segment_of(std::slice::from_ref(&track), &list);
        page.append_bytes(0, join(&[mock::init(None, &[track]), media])).unwrap();
        page.outputs();
        assert_eq!(
            page.sb(0).with_track_buffers(|buffers| buffers.tracks()[0].frame_count()),
            u64::from(last) + 1
        );
        page.source.end_of_stream(None).unwrap();
        page.outputs();
        let buffered = page.sb(0).buffered().unwrap().end().unwrap().to_seconds();
        assert!((buffered - end).abs() < 1e-6, "{fps}: {buffered} {end}");
        assert_eq!((page.source.duration(), page.element.duration), (buffered, buffered));
    }
}

/// WPT-24: frames of 125 ns are one range, to the nanosecond.
#[test]
fn frames_of_an_eighth_of_a_microsecond_are_one_range() {
    let tokens: Vec<String> =
        (0..80).map(|at| format!("{:.6}D0.000125K", f64::from(at) * 0.000_125)).collect();
    let mut page = Page::video();
    page.append(0, &tokens.join(" "));
    assert_eq!(page.ranges(0), "{ [0,0.01) }");
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(page.source.duration(), 1e-5);
    let end = page.sb(0).buffered().unwrap().end().unwrap().to_seconds();
    assert_eq!(page.element.duration, end);
    page.seek(1e-5);
    page.outputs();
    assert_eq!(page.element.ready_state, ElementReadyState::HaveEnoughData, "MON-8: ended, not stalled");
}

/// INV-6 on the way out of "ended": what was extended shrinks again (SB-9).
#[test]
fn an_append_after_the_end_undoes_the_extension() {
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, join(&[video_init(1), segment("0D2000K")])).unwrap();
    page.append_bytes(1, join(&[audio_init(), segment("0D1000K")])).unwrap();
    page.outputs();
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.element_ranges(), "{ [0,2000) }");
    page.sb(1).set_timestamp_offset(0.0).unwrap();
    assert_eq!(page.element_ranges(), "{ [0,1000) }");
}

/// PRA-4, CFP-36: the duration that the end has set is not taken back; data beyond it raises it.
#[test]
fn an_append_after_the_end_goes_on_from_its_duration() {
    let mut page = Page::video();
    page.append(0, "0D1000K 1000D1000");
    page.source.set_duration(30.0).unwrap();
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    page.told();
    page.append(0, "500D1000K");
    assert_eq!((page.source.duration(), page.source.ready_state()), (2.0, ReadyState::Open));
    page.append(0, "1500D1000");
    assert_eq!((page.source.duration(), page.element.duration), (2.5, 2.5));
}

/// EL-3, SB-9, EX-19: only the last range of each is extended, first within a SourceBuffer, then to
/// the others.
#[test]
fn only_the_last_range_is_extended() {
    let mut page = pair();
    page.append(1, "0D1000K 1000D1000K 2000D1000K 3000D1000K");
    page.append(1, "6000D1000K 7000D1000K");
    page.append(0, "0D1000K 1000D1000 2000D1000 3000D1000 4000D1000 5000D1000 6000D1000 7000D1000 8000D2000");
    assert_eq!(page.element_ranges(), "{ [0,4000) [6000,8000) }");
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.element_ranges(), "{ [0,4000) [6000,10000) }");
    assert_eq!(page.ranges(1), "{ [0,4000) [6000,8000) }");
}
