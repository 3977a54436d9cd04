//! The exception table (EXC): checks in order, the first failure wins, and it leaves no trace
//! (GEN-1, INV-3).

use crate::fixture::{Page, outcome, segment, video_init};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AppendMode, EndOfStreamError, Exception, MediaSource, SourceBuffer, SourceBufferId};
use mse_testkit::mock;

/// The states in which a call can find the source and its SourceBuffer.
fn page(state: &str) -> Page {
    match state {
        "fresh" => Page::with_type(mock::VIDEO),
        "open" => {
            let mut page = Page::video();
            page.append(0, "0K 40 80");
            page.source.set_duration(10.0).unwrap();
            page.outputs();
            page
        }
        "updating" => {
            let mut page = page("open");
            page.append_bytes(0, segment("120K")).unwrap();
            page
        }
        "removing" => {
            let mut page = page("open");
            page.sb(0).remove(0.0, 1.0).unwrap();
            page
        }
        "ended" => {
            let mut page = page("open");
            page.source.end_of_stream(None).unwrap();
            page.outputs();
            page
        }
        "parsing" => {
            let mut page = page("open");
            page.append_bytes(0, segment("120K").slice(..20)).unwrap();
            page.outputs();
            page
        }
        "ended and parsing" => {
            let mut page = page("parsing");
            page.source.end_of_stream(None).unwrap();
            page.outputs();
            page
        }
        "failed" => {
            let mut page = page("open");
            page.append_bytes(0, mock::BOOM).unwrap();
            page.outputs();
            page
        }
        "removed" => {
            let mut page = page("open");
            let id = page.id(0);
            page.source.remove_source_buffer(id).unwrap();
            page.outputs();
            page
        }
        "closed" => {
            let mut page = page("open");
            page.source.detach();
            page.outputs();
            page
        }
        _ => panic!("{state}"),
    }
}

/// A call by name, and in each state the name of what it throws, or `ok`.
type Row<C> = (&'static str, C, &'static [(&'static str, &'static str)]);

type SourceBufferCall = fn(&mut SourceBuffer<'_>) -> Result<(), Exception>;

const REMOVED: &str = "InvalidStateError";
const UPDATING: &str = "InvalidStateError";

#[test]
fn source_buffer_members_check_in_the_order_of_the_table() {
    let rows: &[Row<SourceBufferCall>] = &[
        (
            "EXC-8 mode=segments",
            |sb| sb.set_mode(AppendMode::Segments),
            &[
                ("removed", REMOVED),
                ("updating", UPDATING),
                ("removing", UPDATING),
                ("parsing", "InvalidStateError"),
                ("open", "ok"),
                ("ended", "ok"),
                ("fresh", "ok"),
            ],
        ),
        (
            "EXC-9 timestampOffset=1",
            |sb| sb.set_timestamp_offset(1.0),
            &[
                ("removed", REMOVED),
                ("updating", UPDATING),
                ("parsing", "InvalidStateError"),
                ("open", "ok"),
                ("ended", "ok"),
            ],
        ),
        (
            "EXC-9 timestampOffset=NaN",
            |sb| sb.set_timestamp_offset(f64::NAN),
            &[("removed", "TypeError"), ("updating", "TypeError"), ("open", "TypeError")],
        ),
        (
            "EXC-10 appendWindowStart=1",
            |sb| sb.set_append_window_start(1.0),
            &[
                ("removed", REMOVED),
                ("updating", UPDATING),
                ("parsing", "ok"),
                ("open", "ok"),
                ("ended", "ok"),
            ],
        ),
        (
            "EXC-10 appendWindowStart=-1",
            |sb| sb.set_append_window_start(-1.0),
            &[("removed", REMOVED), ("updating", UPDATING), ("open", "TypeError")],
        ),
        (
            "EXC-10 appendWindowStart=Infinity",
            |sb| sb.set_append_window_start(f64::INFINITY),
            &[("removed", "TypeError"), ("open", "TypeError")],
        ),
        (
            "EXC-11 appendWindowEnd=0",
            |sb| sb.set_append_window_end(0.0),
            &[("removed", REMOVED), ("updating", UPDATING), ("open", "TypeError")],
        ),
        (
            "EXC-11 appendWindowEnd=NaN",
            |sb| sb.set_append_window_end(f64::NAN),
            &[("removed", REMOVED), ("updating", UPDATING), ("open", "TypeError")],
        ),
        ("EXC-11 appendWindowEnd=Infinity", |sb| sb.set_append_window_end(f64::INFINITY), &[("open", "ok")]),
        (
            "EXC-12 buffered",
            |sb| sb.buffered().map(|_| ()),
            &[("removed", REMOVED), ("closed", REMOVED), ("updating", "ok"), ("open", "ok")],
        ),
        (
            "EXC-13 appendBuffer",
            |sb| sb.append_buffer(Bytes::new()),
            &[
                ("removed", REMOVED),
                ("closed", REMOVED),
                ("updating", UPDATING),
                ("removing", UPDATING),
                ("failed", "InvalidStateError"),
                ("open", "ok"),
                ("ended", "ok"),
                ("parsing", "ok"),
            ],
        ),
        (
            "EXC-14 abort",
            |sb| sb.abort(),
            &[
                ("removed", REMOVED),
                ("closed", REMOVED),
                ("ended", "InvalidStateError"),
                ("removing", "InvalidStateError"),
                ("updating", "ok"),
                ("open", "ok"),
                ("parsing", "ok"),
            ],
        ),
        (
            "EXC-15 changeType ''",
            |sb| sb.change_type(""),
            &[("removed", "TypeError"), ("updating", "TypeError"), ("open", "TypeError")],
        ),
        (
            "EXC-15 changeType unknown",
            |sb| sb.change_type("video/bogus"),
            &[
                ("removed", REMOVED),
                ("updating", UPDATING),
                ("open", "NotSupportedError"),
                ("ended", "NotSupportedError"),
            ],
        ),
        (
            "EXC-15 changeType",
            |sb| sb.change_type(mock::VIDEO),
            &[("open", "ok"), ("ended", "ok"), ("parsing", "ok")],
        ),
        (
            "EXC-16 remove(NaN, 1)",
            |sb| sb.remove(f64::NAN, 1.0),
            &[("removed", "TypeError"), ("open", "TypeError")],
        ),
        (
            "EXC-16 remove(0, 1)",
            |sb| sb.remove(0.0, 1.0),
            &[
                ("removed", REMOVED),
                ("closed", REMOVED),
                ("updating", UPDATING),
                ("removing", UPDATING),
                ("fresh", "TypeError"),
                ("open", "ok"),
                ("ended", "ok"),
                ("parsing", "ok"),
            ],
        ),
        ("EXC-16 remove(-1, 1)", |sb| sb.remove(-1.0, 1.0), &[("updating", UPDATING), ("open", "TypeError")]),
        ("EXC-16 remove(duration, Infinity)", |sb| sb.remove(10.0, f64::INFINITY), &[("open", "ok")]),
        ("EXC-16 remove(beyond, Infinity)", |sb| sb.remove(10.5, f64::INFINITY), &[("open", "TypeError")]),
        ("EXC-16 remove(1, 1)", |sb| sb.remove(1.0, 1.0), &[("open", "TypeError")]),
        ("EXC-16 remove(1, NaN)", |sb| sb.remove(1.0, f64::NAN), &[("open", "TypeError")]),
    ];
    for (call, apply, states) in rows {
        for (state, expected) in *states {
            let mut page = page(state);
            assert_eq!(outcome(apply(&mut page.sb(0))), *expected, "{call} when {state}");
        }
    }
}

type SourceCall = fn(&mut MediaSource) -> Result<(), Exception>;

#[test]
fn media_source_members_check_in_the_order_of_the_table() {
    let rows: &[Row<SourceCall>] = &[
        ("EXC-1 duration=-1", |ms| ms.set_duration(-1.0), &[("closed", "TypeError"), ("open", "TypeError")]),
        (
            "EXC-1 duration=NaN",
            |ms| ms.set_duration(f64::NAN),
            &[("closed", "TypeError"), ("updating", "TypeError")],
        ),
        ("EXC-1 duration=-0", |ms| ms.set_duration(-0.0), &[("fresh", "ok")]),
        (
            "EXC-1 duration=5",
            |ms| ms.set_duration(5.0),
            &[
                ("closed", "InvalidStateError"),
                ("ended", "InvalidStateError"),
                ("updating", "InvalidStateError"),
                ("removing", "InvalidStateError"),
                ("open", "ok"),
                ("fresh", "ok"),
            ],
        ),
        ("EXC-1 duration below a frame", |ms| ms.set_duration(0.07), &[("open", "InvalidStateError")]),
        (
            "EXC-2 addSourceBuffer ''",
            |ms| ms.add_source_buffer("").map(|_| ()),
            &[("closed", "TypeError"), ("open", "TypeError")],
        ),
        (
            "EXC-2 addSourceBuffer unknown",
            |ms| ms.add_source_buffer("null").map(|_| ()),
            &[("closed", "NotSupportedError"), ("ended", "NotSupportedError"), ("open", "NotSupportedError")],
        ),
        (
            "EXC-2 addSourceBuffer",
            |ms| ms.add_source_buffer(mock::AUDIO).map(|_| ()),
            &[
                ("closed", "InvalidStateError"),
                ("ended", "InvalidStateError"),
                ("open", "ok"),
                ("updating", "ok"),
            ],
        ),
        (
            "EXC-3 removeSourceBuffer",
            |ms| ms.remove_source_buffer(SourceBufferId(0)),
            &[
                ("removed", "NotFoundError"),
                ("closed", "NotFoundError"),
                ("open", "ok"),
                ("ended", "ok"),
                ("updating", "ok"),
                ("removing", "ok"),
            ],
        ),
        (
            "EXC-3 removeSourceBuffer of another",
            |ms| ms.remove_source_buffer(SourceBufferId(7)),
            &[("open", "NotFoundError")],
        ),
        (
            "EXC-4 endOfStream",
            |ms| ms.end_of_stream(None),
            &[
                ("closed", "InvalidStateError"),
                ("ended", "InvalidStateError"),
                ("updating", "InvalidStateError"),
                ("removing", "InvalidStateError"),
                ("open", "ok"),
                ("fresh", "ok"),
            ],
        ),
        (
            "EXC-4 endOfStream decode",
            |ms| ms.end_of_stream(Some(EndOfStreamError::Decode)),
            &[("open", "ok"), ("updating", "InvalidStateError")],
        ),
        (
            "EXC-5 setLiveSeekableRange NaN",
            |ms| ms.set_live_seekable_range(f64::NAN, 1.0),
            &[("closed", "TypeError")],
        ),
        (
            "EXC-5 setLiveSeekableRange",
            |ms| ms.set_live_seekable_range(1.0, 2.0),
            &[
                ("closed", "InvalidStateError"),
                ("ended", "InvalidStateError"),
                ("open", "ok"),
                ("updating", "ok"),
            ],
        ),
        (
            "EXC-5 setLiveSeekableRange(2, 1)",
            |ms| ms.set_live_seekable_range(2.0, 1.0),
            &[("closed", "InvalidStateError"), ("open", "TypeError")],
        ),
        (
            "EXC-5 setLiveSeekableRange(-1, 1)",
            |ms| ms.set_live_seekable_range(-1.0, 1.0),
            &[("open", "TypeError")],
        ),
        (
            "EXC-6 clearLiveSeekableRange",
            |ms| ms.clear_live_seekable_range(),
            &[
                ("closed", "InvalidStateError"),
                ("ended", "InvalidStateError"),
                ("open", "ok"),
                ("updating", "ok"),
            ],
        ),
    ];
    for (call, apply, states) in rows {
        for (state, expected) in *states {
            let mut page = page(state);
            assert_eq!(outcome(apply(&mut page.source)), *expected, "{call} when {state}");
        }
    }
}

#[test]
fn mode_segments_is_a_type_error_where_timestamps_are_generated() {
    // SB-4 (3), WPT-13: after the state checks, before reopening.
    let mut page = Page::with_type(mock::GENERATED);
    assert_eq!(page.sb(0).mode(), AppendMode::Sequence);
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Segments)), "TypeError");
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Sequence)), "ok");
    page.append_bytes(0, Bytes::new()).unwrap();
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Segments)), "InvalidStateError");
}

#[test]
fn a_setter_that_throws_inside_a_media_segment_has_reopened_the_source_before() {
    // SB-4 (4) and SB-12 (4) precede (5).
    for set in
        [(|sb| sb.set_mode(AppendMode::Sequence)) as SourceBufferCall, |sb| sb.set_timestamp_offset(1.0)]
    {
        let mut page = page("ended and parsing");
        assert_eq!(outcome(set(&mut page.sb(0))), "InvalidStateError");
        assert_eq!(page.outputs(), "mediasource sourceopen");
    }
}

#[test]
fn no_more_than_the_configured_number_of_source_buffers() {
    let mut config = crate::fixture::config();
    config.max_source_buffers = 2;
    let mut page = Page::with(config);
    assert_eq!(outcome(page.add(mock::VIDEO)), "ok");
    assert_eq!(outcome(page.add(mock::AUDIO)), "ok");
    assert_eq!(outcome(page.add(mock::AUDIO)), "QuotaExceededError");
    assert_eq!(outcome(page.add("video/bogus")), "NotSupportedError");
}

#[test]
fn a_member_that_threw_left_no_trace() {
    // INV-3.
    let mut page = page("updating");
    let before = (page.sb(0).mode(), page.sb(0).timestamp_offset(), page.sb(0).append_window_end());
    let _ = page.sb(0).set_mode(AppendMode::Sequence);
    let _ = page.sb(0).set_timestamp_offset(9.0);
    let _ = page.sb(0).set_append_window_end(9.0);
    let _ = page.sb(0).remove(0.0, 1.0);
    let _ = page.append_bytes(0, video_init(1));
    assert_eq!((page.sb(0).mode(), page.sb(0).timestamp_offset(), page.sb(0).append_window_end()), before);
    assert_eq!(page.outputs(), "updatestart · task · update · updateend");
}
