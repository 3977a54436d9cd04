//! The SourceBuffer interface: its members, `updating`, `mode`, the append window, its events (SB).

use crate::fixture::{Page, join, outcome, segment, video_init};
use crate::helpers::{dispatch, pair};
use bytes::Bytes;
use mse::interface::{self, MediaSource as _, SourceBuffer as _};
use mse::timeline::{DropReason, ReplaceReason};
use mse::{AppendMode, EventName, EventTarget, MediaTime, TimeRanges};
use mse_testkit::frames::{self, ms};
use mse_testkit::mock;
use std::sync::Arc;

/// SB-1, SB-3: every member of the IDL through the trait, with the values of a new SourceBuffer.
/// Handlers and track lists are not of the trait: events leave through the source, tracks are
/// listed by `tracks()`.
#[test]
fn every_member_can_be_called_and_a_new_source_buffer_has_the_defaults() {
    fn defaults(sb: &mut dyn interface::SourceBuffer) {
        assert_eq!(sb.mode().as_str(), "segments");
        assert!(!sb.updating());
        assert!(sb.buffered().unwrap().is_empty());
        assert_eq!(sb.timestamp_offset(), 0.0);
        assert_eq!((sb.append_window_start(), sb.append_window_end()), (0.0, f64::INFINITY));
    }
    fn calls(sb: &mut dyn interface::SourceBuffer) -> [&'static str; 8] {
        [
            outcome(sb.set_mode(AppendMode::Segments)),
            outcome(sb.set_timestamp_offset(-1.0)),
            outcome(sb.set_append_window_end(20.0)),
            outcome(sb.set_append_window_start(1.0)),
            outcome(sb.change_type(mock::VIDEO)),
            outcome(sb.remove(0.0, f64::INFINITY)),
            outcome(sb.append_buffer(Bytes::new())),
            outcome(sb.abort()),
        ]
    }
    let mut page = Page::with_type(mock::VIDEO);
    assert!(page.sb(0).tracks().is_empty());
    defaults(&mut page.sb(0));
    page.source.set_duration(9.0).unwrap();
    let updating = "InvalidStateError";
    assert_eq!(calls(&mut page.sb(0)), ["ok", "ok", "ok", "ok", "ok", "ok", updating, updating]);
}

/// SB-2: the media's timestamps place frames in any order, or each media segment follows the one
/// before.
#[test]
fn segments_are_placed_by_their_timestamps_or_one_after_another() {
    let appended = |mode| {
        let mut page = Page::video();
        page.sb(0).set_mode(mode).unwrap();
        for tokens in ["4000D1000K 5000D1000", "0D1000K 1000D1000", "20000D1000K"] {
            page.append(0, tokens);
        }
        page.ranges(0)
    };
    assert_eq!(appended(AppendMode::Segments), "{ [0,2000) [4000,6000) [20000,21000) }");
    assert_eq!(appended(AppendMode::Sequence), "{ [0,5000) }");
}

/// SB-2, GEN-2: an unknown value assigned to `mode` is ignored, which is a binding's `None`.
#[test]
fn append_modes_are_segments_and_sequence() {
    for mode in [AppendMode::Segments, AppendMode::Sequence] {
        assert_eq!(AppendMode::parse(mode.as_str()), Some(mode));
    }
    assert_eq!((AppendMode::Segments.as_str(), AppendMode::Sequence.as_str()), ("segments", "sequence"));
    for value in ["", "null", "Segments", "invalid mode"] {
        assert_eq!(AppendMode::parse(value), None, "{value:?}");
    }
}

/// GEN-2: conversion comes before every check, on removed SourceBuffers and closed sources too.
#[test]
fn doubles_that_are_not_finite_are_type_errors_before_anything_else() {
    for removed in [false, true] {
        let mut page = Page::video();
        page.source.set_duration(5.0).unwrap();
        if removed {
            page.source.detach();
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(outcome(page.sb(0).set_timestamp_offset(value)), "TypeError");
            assert_eq!(outcome(page.sb(0).set_append_window_start(value)), "TypeError");
            assert_eq!(outcome(page.sb(0).remove(value, 9.0)), "TypeError");
            assert_eq!(outcome(page.source.set_live_seekable_range(value, 9.0)), "TypeError");
            assert_eq!(outcome(page.source.set_live_seekable_range(0.0, value)), "TypeError");
        }
        // The unrestricted ones reach the algorithm.
        let state = |ok| if removed { "InvalidStateError" } else { ok };
        assert_eq!(outcome(page.sb(0).set_append_window_end(f64::INFINITY)), state("ok"));
        assert_eq!(outcome(page.sb(0).set_append_window_end(f64::NAN)), state("TypeError"));
        assert_eq!(outcome(page.source.set_duration(f64::INFINITY)), state("ok"));
        assert_eq!(outcome(page.sb(0).remove(0.0, f64::INFINITY)), state("ok"));
    }
}

/// SB-5: true from the call on, false before the events of the end are dispatched, whichever end it
/// is.
#[test]
fn updating_is_over_before_its_events_are_dispatched() {
    type Call = fn(&mut Page);
    let calls: [(Call, &[EventName]); 4] = [
        (|page| page.append_bytes(0, segment("40K")).unwrap(), &[EventName::Update, EventName::UpdateEnd]),
        (|page| page.append_bytes(0, mock::BOOM).unwrap(), &[EventName::Error, EventName::UpdateEnd]),
        (|page| page.sb(0).remove(0.0, 1.0).unwrap(), &[EventName::Update, EventName::UpdateEnd]),
        (
            |page| {
                page.append_bytes(0, segment("40K")).unwrap();
                page.sb(0).abort().unwrap();
            },
            &[EventName::Abort, EventName::UpdateEnd],
        ),
    ];
    for (call, expected) in calls {
        let mut page = Page::video();
        page.append(0, "0K");
        call(&mut page);
        let aborted = expected[0] == EventName::Abort;
        assert_eq!(page.sb(0).updating(), !aborted, "from the call to its end");
        let mut events = Vec::new();
        dispatch(&mut page, |page, event| {
            if matches!(event.target, EventTarget::SourceBuffer(_)) {
                events.push((event.name, page.sb(0).updating()));
            }
        });
        assert_eq!(events[0], (EventName::UpdateStart, !aborted));
        let rest: Vec<_> = expected.iter().map(|&name| (name, false)).collect();
        assert_eq!(events[1..], rest);
    }
}

/// SB-6, GEN-7: simple getters go on, `buffered` and everything else throws.
#[test]
fn of_a_removed_source_buffer_only_simple_getters_answer() {
    let mut page = Page::video();
    page.sb(0).set_mode(AppendMode::Sequence).unwrap();
    page.sb(0).set_timestamp_offset(2.5).unwrap();
    page.sb(0).set_append_window_end(7.0).unwrap();
    page.sb(0).set_append_window_start(1.0).unwrap();
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    let error = page.sb(0).buffered().unwrap_err();
    assert_eq!((error.name.as_str(), error.row), ("InvalidStateError", "SB-6"));
    let mut sb = page.sb(0);
    assert_eq!((sb.mode(), sb.updating(), sb.timestamp_offset()), (AppendMode::Sequence, false, 2.5));
    assert_eq!((sb.append_window_start(), sb.append_window_end()), (1.0, 7.0));
    let throws = "InvalidStateError";
    assert_eq!(outcome(sb.set_mode(AppendMode::Sequence)), throws);
    assert_eq!(outcome(sb.set_timestamp_offset(0.0)), throws);
    assert_eq!(outcome(sb.set_append_window_start(0.0)), throws);
    assert_eq!(outcome(sb.set_append_window_end(9.0)), throws);
    assert_eq!(outcome(sb.append_buffer(Bytes::new())), throws);
    assert_eq!(outcome(sb.remove(0.0, 1.0)), throws);
    assert_eq!(outcome(sb.change_type(mock::VIDEO)), throws);
    assert_eq!(outcome(sb.abort()), throws);
}

/// SB-18: removed, then not open, then a removal that runs; ended does not reopen.
#[test]
fn abort_checks_its_three_conditions_and_reopens_nothing() {
    let row = |page: &mut Page| page.sb(0).abort().map_err(|exception| exception.reason).err();
    let mut page = Page::video();
    page.append(0, "0K 40");
    page.sb(0).remove(0.0, 1.0).unwrap();
    let removing = row(&mut page);
    assert!(page.sb(0).updating(), "the removal goes on");
    page.outputs();
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    let ended = row(&mut page);
    assert_eq!(page.outputs(), "");
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    let removed = row(&mut page);
    assert!(removing.is_some() && ended.is_some() && removed.is_some());
    assert!(removing != ended && ended != removed, "three different conditions");
}

/// SB-24: which events an operation has; a removal never has `error` or `abort`.
#[test]
fn each_operation_has_its_events() {
    type Call = fn(&mut Page);
    let rows: [(Call, &str); 5] = [
        (|page| page.append_bytes(0, segment("40K")).unwrap(), "updatestart update updateend"),
        (|page| page.sb(0).remove(0.0, 1.0).unwrap(), "updatestart update updateend"),
        (|page| page.append_bytes(0, mock::BOOM).unwrap(), "updatestart error updateend"),
        (
            |page| {
                page.append_bytes(0, segment("40K")).unwrap();
                page.sb(0).abort().unwrap();
            },
            "updatestart abort updateend",
        ),
        (|page| page.sb(0).abort().unwrap(), ""),
    ];
    for (call, expected) in rows {
        let mut page = Page::video();
        page.append(0, "0K");
        call(&mut page);
        let mut names = Vec::new();
        dispatch(&mut page, |_, event| {
            if matches!(event.target, EventTarget::SourceBuffer(_)) {
                names.push(event.name.as_str());
            }
        });
        assert_eq!(names.join(" "), expected);
    }
}

/// DEF-2: the window is for what is appended, not for what is there.
#[test]
fn a_narrower_append_window_takes_nothing_away() {
    let mut page = Page::video();
    page.append(0, "0D1000K 1000D1000K 2000D1000K");
    page.sb(0).set_append_window_end(2.0).unwrap();
    page.sb(0).set_append_window_start(1.0).unwrap();
    assert_eq!(page.ranges(0), "{ [0,3000) }");
    page.append(0, "0D1000K 1000D1000K 2000D1000K 3000D1000K");
    assert_eq!(page.ranges(0), "{ [0,3000) }");
    assert_eq!(
        (page.receipt(0).frames_in, page.receipt(0).frames_dropped.get(DropReason::BeforeAppendWindow)),
        (4, 1)
    );
}

/// GEN-6, EXC-19: sorted, apart, not empty; an index past the end is a binding's IndexSizeError.
#[test]
fn ranges_are_normalized() {
    let mut ranges = TimeRanges::new();
    for (start, end) in [(500, 600), (0, 100), (100, 200), (550, 700), (300, 300), (900, 800)] {
        ranges.insert(ms(start), ms(end));
    }
    assert_eq!(frames::ranges(&ranges), "{ [0,200) [500,700) }");
    assert!(ranges.contains(ms(0)) && !ranges.contains(ms(200)), "start inclusive, end exclusive");
    assert!(ranges.get(1).is_some() && ranges.get(2).is_none());
    assert_eq!(TimeRanges::new().get(0), None);
}

/// GEN-5, DIS-13: an offset and a window in doubles, times that have no double: as if it all were
/// exact.
#[test]
fn times_that_doubles_cannot_say_fall_where_they_should() {
    let mut page = Page::video();
    page.sb(0).set_timestamp_offset(0.1).unwrap();
    page.sb(0).set_append_window_end(0.1 + 0.2 + 0.1).unwrap();
    page.append(0, "0D100K 100D100 200D100");
    assert_eq!(page.ranges(0), "{ [100,400) }");
    let far = f64::from(u32::MAX) * 2.5;
    page.sb(0).abort().unwrap();
    page.sb(0).set_timestamp_offset(far).unwrap();
    page.append(0, "0D100K 100D100");
    let end = page.sb(0).buffered().unwrap().end().unwrap();
    assert_eq!(end, MediaTime::from_seconds(far) + ms(200), "no wrap at 32 or 33 bits");
    assert_eq!(page.sb(0).timestamp_offset(), far);
}

/// SB-10, EL-2: the ranges that one was given do not change later.
#[test]
fn ranges_are_a_snapshot() {
    let mut page = pair();
    page.append(0, "0K 40");
    page.append(1, "0K 40K");
    let (of_source_buffer, of_element) = (page.sb(0).buffered().unwrap(), page.link.buffered());
    page.append(0, "80K 120");
    page.append(1, "80K 120K");
    assert_eq!(frames::ranges(&of_source_buffer), "{ [0,80) }");
    assert_eq!(frames::ranges(&of_element), "{ [0,80) }");
    assert!(!Arc::ptr_eq(&of_source_buffer, &page.sb(0).buffered().unwrap()));
}

/// SB-21 (6), (9): a new type keeps what is buffered, the offset and the window (SB-22).
#[test]
fn change_type_keeps_frames_offset_and_window() {
    let mut page = Page::video();
    page.append(0, "0K 40");
    page.sb(0).set_timestamp_offset(1.5).unwrap();
    page.sb(0).set_append_window_end(9.0).unwrap();
    page.sb(0).change_type(mock::VIDEO).unwrap();
    assert_eq!((page.sb(0).timestamp_offset(), page.sb(0).append_window_end()), (1.5, 9.0));
    page.append_bytes(0, join(&[video_init(2), segment("0K 40")])).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,80) [1500,1580) }");
}

/// GEN-5, DIS-13, BSF-9: a page that appends each segment at `buffered.end`, as a double, makes
/// neither gap nor overlap.
#[test]
fn segments_appended_at_the_buffered_end_join_exactly() {
    for (timescale, duration) in
        [(30_000_u32, 1001), (24_000, 1001), (44_100, 1024), (48_000, 1024), (90_000, 3003), (1000, 33)]
    {
        let mut config = crate::fixture::config();
        config.timeline.gap_policy = mse::timeline::GapPolicy::Fixed(MediaTime::ZERO);
        let mut page = Page::with(config);
        page.add(mock::VIDEO).unwrap();
        let track = mock::MockTrack::video(1).timescale(timescale);
        page.append_bytes(0, mock::init(None, std::slice::from_ref(&track))).unwrap();
        page.outputs();
        let time = |ticks| MediaTime::from_ticks(ticks, timescale.try_into().unwrap()).unwrap();
        let frame = |at| mse::CodedFrame {
            data: mse::FrameData::from(Bytes::from_static(b"frame")),
            ..frames::frame(
                mse::TrackId(1),
                time(at * duration),
                time(at * duration),
                time(duration),
                at == 0,
            )
        };
        let all: Vec<_> = (0..7).map(frame).collect();
        let media = mock::segment_of(std::slice::from_ref(&track), &all);
        for round in 1..=200_i64 {
            let offset = page.sb(0).buffered().unwrap().end().map_or(0.0, MediaTime::to_seconds);
            page.sb(0).set_timestamp_offset(offset).unwrap();
            page.append_bytes(0, media.clone()).unwrap();
            page.outputs();
            assert_eq!(
                page.receipt(0).frames_replaced.get(ReplaceReason::NewFrames),
                0,
                "{timescale} round {round}"
            );
            let buffered = page.sb(0).buffered().unwrap();
            assert_eq!(
                (buffered.len(), buffered.end()),
                (1, Some(time(7 * duration * round))),
                "{timescale}"
            );
        }
    }
}

/// SB-4 (1) to (4), DIS-29: the state before the byte stream format's flag, that before reopening.
#[test]
fn the_mode_is_checked_against_the_state_first() {
    let mut page = Page::with_type(mock::GENERATED);
    page.append_bytes(0, Bytes::new()).unwrap();
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Segments)), "InvalidStateError", "updating");
    page.outputs();
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Segments)), "TypeError");
    assert_eq!((page.outputs(), page.source.ready_state().as_str()), (String::new(), "ended"));
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Segments)), "InvalidStateError", "removed");
}
