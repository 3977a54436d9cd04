//! Frames that a byte stream format holds back until it knows the next one: they come in whatever
//! ends the parse, and an end of stream ends no parse (RPS-1, EOS-3, WEBM-19, TS-25).

use crate::fixture::{Page, join, segment, video_init};
use bytes::Bytes;
use mse::TaskState;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_testkit::frames::frames;
use mse_testkit::mock;

/// A media segment with a frame at 0 and one at 40 ms that is held back; without its end box when
/// `open`.
fn segment_with_held_frame(open: bool) -> Bytes {
    let frames = frames("0D40K 40D40K");
    let end = if open { &[] } else { mock::FRAGMENT_END };
    join(&[
        Bytes::from_static(mock::FRAGMENT_START),
        mock::sample(&frames[0], mock::TIMESCALE),
        mock::held(&frames[1], mock::TIMESCALE),
        Bytes::from_static(end),
    ])
}

fn page_with_held_frame(open: bool) -> Page {
    let mut page = Page::video();
    page.append_bytes(0, segment_with_held_frame(open)).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,40) }", "the second frame waits");
    page
}

#[test]
fn a_held_frame_comes_in_at_whatever_ends_the_parse() {
    type Ending = fn(&mut Page);
    let endings: [(&str, Ending); 4] = [
        ("abort()", |page| page.sb(0).abort().unwrap()),
        ("changeType()", |page| page.sb(0).change_type(mock::VIDEO).unwrap()),
        ("endOfStream()", |page| page.source.end_of_stream(None).unwrap()),
        ("an append error", |page| page.append_bytes(0, Bytes::from_static(mock::BOOM)).unwrap()),
    ];
    for open in [true, false] {
        for (name, ending) in endings {
            let mut page = page_with_held_frame(open);
            ending(&mut page);
            page.outputs();
            assert_eq!(page.ranges(0), "{ [0,80) }", "{name}, inside the segment: {open}");
            assert!(page.source.duration() >= 0.08, "{name} counts its end");
        }
    }
}

#[test]
fn a_held_frame_belongs_to_the_last_append() {
    let mut page = page_with_held_frame(false);
    page.sb(0).abort().unwrap();
    let receipt = page.receipt(0);
    assert_eq!((receipt.append, receipt.frames_in, receipt.media_segments), (2, 2, 1));
    let mut page = page_with_held_frame(false);
    page.source.end_of_stream(None).unwrap();
    let receipt = page.receipt(0);
    assert_eq!((receipt.append, receipt.frames_in, receipt.media_segments), (2, 2, 1));
}

/// SB-12: the parse goes on, with the offset for what comes out from now on.
#[test]
fn a_timestamp_offset_lets_nothing_out() {
    let mut page = page_with_held_frame(false);
    page.sb(0).set_timestamp_offset(1.0).unwrap();
    assert_eq!(page.ranges(0), "{ [0,40) }");
    page.append(0, "80D40K");
    assert_eq!(page.ranges(0), "{ [0,40) [1040,1120) }");
}

/// RPS-1: what was not read yet does not come in, the held frame does, at whatever point of the
/// append.
#[test]
fn abort_at_every_point_keeps_what_was_held_and_drops_what_was_not_read() {
    let bytes = join(&[segment_with_held_frame(false), video_init(1), segment("1000D40K")]);
    let mut seen = Vec::new();
    for slices in 0..12 {
        let mut page = Page::video();
        page.append_bytes(0, bytes.clone()).unwrap();
        let mut task = page.next_task();
        for _ in 0..slices {
            if task.run(1) == TaskState::Done {
                break;
            }
        }
        page.sb(0).abort().unwrap();
        page.finish(task);
        page.outputs();
        seen.push(page.ranges(0));
    }
    seen.dedup();
    assert_eq!(seen, ["{ }", "{ [0,80) }", "{ [0,80) [1000,1040) }"]);
}

/// EOS-3, SPL-2: endOfStream() is followed by another append that goes on in the middle of a box.
#[test]
fn the_end_of_the_stream_ends_no_parse() {
    let bytes = join(&[segment_with_held_frame(true), segment("80D40 120D40").slice(8..)]);
    for at in 0..=bytes.len() {
        let mut page = Page::video();
        page.append_bytes(0, bytes.slice(..at)).unwrap();
        page.outputs();
        page.source.end_of_stream(None).unwrap();
        page.outputs();
        page.append_bytes(0, bytes.slice(at..)).unwrap();
        page.outputs();
        assert_eq!(page.ranges(0), "{ [0,160) }", "cut at byte {at}");
        assert!(page.receipt(0).error.is_none(), "cut at byte {at}");
    }
}
