//! Times are doubles to a page and ticks inside (GEN-5, DIS-13). Since 1970 as many seconds have
//! passed that a double no longer tells ticks apart by which frames begin: what a page reads and
//! gives back must mean the same place nevertheless.

use crate::fixture::{Page, join, outcome};
use bytes::Bytes;
use mse::ElementReadyState::{self, HaveCurrentData, HaveEnoughData, HaveFutureData};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{CodedFrame, FrameData, MediaTime, TimeRange, TrackId};
use mse_testkit::frames;
use mse_testkit::mock::{self, MockTrack};

const TIMESCALES: [u32; 3] = [30_000, 90_000, 44_100];
const SINCE_1970: i64 = 1_700_000_000;
/// Frames of 1001 ticks; a group of pictures has thirty.
const FRAMES: i64 = 150;

fn time(ticks: i64, timescale: u32) -> MediaTime {
    MediaTime::from_ticks(ticks, timescale.try_into().unwrap()).unwrap()
}

/// Five groups of pictures from a tick on.
fn segment(tick: i64, timescale: u32) -> Bytes {
    let frame = |at: i64| {
        let (start, duration) = (time(tick + at * 1001, timescale), time(1001, timescale));
        CodedFrame {
            data: FrameData::from(Bytes::from_static(b"frame")),
            ..frames::frame(TrackId(1), start, start, duration, at % 30 == 0)
        }
    };
    let all: Vec<_> = (0..FRAMES).map(frame).collect();
    mock::segment_of(&[MockTrack::video(1).timescale(timescale)], &all)
}

/// Calls the check with a page for each of many starts.
fn everywhere(check: impl Fn(&mut Page, i64, u32)) {
    for timescale in TIMESCALES {
        for tick in 0..20 {
            let tick = SINCE_1970 * i64::from(timescale) + tick;
            let mut page = Page::with_type(mock::VIDEO);
            page.append_bytes(0, mock::init(None, &[MockTrack::video(1).timescale(timescale)])).unwrap();
            page.outputs();
            check(&mut page, tick, timescale);
        }
    }
}

fn append(page: &mut Page, tick: i64, timescale: u32) {
    page.append_bytes(0, segment(tick, timescale)).unwrap();
    page.outputs();
}

fn range(page: &mut Page, index: usize) -> (f64, f64) {
    let TimeRange { start, end } = page.sb(0).buffered().unwrap().get(index).unwrap();
    (start.to_seconds(), end.to_seconds())
}

fn count(page: &mut Page) -> u64 {
    page.sb(0).with_track_buffers(|buffers| buffers.tracks()[0].frame_count())
}

fn at(page: &mut Page, seconds: f64) -> ElementReadyState {
    page.seek(seconds);
    page.outputs();
    page.element.ready_state
}

/// GEN-5, DIS-13, MON-3, MON-6.
#[test]
fn the_element_has_data_at_the_start_and_the_last_frame_at_the_end() {
    everywhere(|page, tick, timescale| {
        append(page, tick, timescale);
        let (start, end) = range(page, 0);
        assert!(at(page, start) >= HaveFutureData, "start of {tick}/{timescale}");
        assert_eq!(at(page, end), HaveCurrentData, "end of {tick}/{timescale}");
    });
}

/// MON-7, MON-8.
#[test]
fn the_end_of_an_ended_stream_can_be_reached() {
    everywhere(|page, tick, timescale| {
        append(page, tick, timescale);
        page.source.end_of_stream(None).unwrap();
        page.outputs();
        let duration = page.source.duration();
        assert_eq!(at(page, duration - 1.0), HaveEnoughData, "before the end of {tick}/{timescale}");
        assert_eq!(at(page, duration), HaveEnoughData, "at the end of {tick}/{timescale}");
    });
}

/// SEEK-3: of the second range; shortly before the first one stands for its start.
#[test]
fn a_reader_finds_the_start_of_a_range() {
    everywhere(|page, tick, timescale| {
        append(page, tick, timescale);
        append(page, tick + 1000 * 1001, timescale);
        let (start, _) = range(page, 1);
        assert!(page.reads(0, start).contains('K'), "{tick}/{timescale}");
    });
}

/// CFR-3: a removal from the start of a range takes its first frame.
#[test]
fn a_removal_from_the_start_of_a_range_takes_all_of_it() {
    everywhere(|page, tick, timescale| {
        append(page, tick, timescale);
        let (start, _) = range(page, 0);
        page.sb(0).remove(start, f64::INFINITY).unwrap();
        page.outputs();
        assert_eq!(count(page), 0, "{tick}/{timescale}");
    });
}

/// CFR-2: a removal up to a random access point leaves it.
#[test]
fn a_removal_up_to_a_random_access_point_leaves_it() {
    everywhere(|page, tick, timescale| {
        append(page, tick, timescale);
        page.sb(0).remove(0.0, time(tick + 60 * 1001, timescale).to_seconds()).unwrap();
        page.outputs();
        assert_eq!(count(page), FRAMES as u64 - 60, "{tick}/{timescale}");
    });
}

/// CFP-15, CFP-16: a window from the start of a frame to the end of one.
#[test]
fn a_window_from_frame_to_frame_keeps_both() {
    everywhere(|page, tick, timescale| {
        let edge = |at: i64| time(tick + at * 1001, timescale).to_seconds();
        page.sb(0).set_append_window_end(edge(60)).unwrap();
        page.sb(0).set_append_window_start(edge(30)).unwrap();
        append(page, tick, timescale);
        assert_eq!(count(page), 30, "{tick}/{timescale}");
    });
}

/// DUR-2: the duration may be the start of the last frame.
#[test]
fn the_duration_may_be_the_start_of_the_last_frame() {
    everywhere(|page, tick, timescale| {
        append(page, tick, timescale);
        let last = time(tick + (FRAMES - 1) * 1001, timescale).to_seconds();
        assert_eq!(outcome(page.source.set_duration(last)), "ok", "{tick}/{timescale}");
    });
}

/// SB-12, CFP-24: segments placed at `buffered.end` join, and no frame is lost at the joint.
#[test]
fn segments_appended_at_the_buffered_end_join() {
    for timescale in TIMESCALES {
        let media = segment(0, timescale);
        let mut page = Page::with_type(mock::VIDEO);
        page.append_bytes(0, mock::init(None, &[MockTrack::video(1).timescale(timescale)])).unwrap();
        page.outputs();
        let mut offset = SINCE_1970 as f64 + 1.0 / 3.0;
        for round in 1..=20 {
            page.sb(0).set_timestamp_offset(offset).unwrap();
            page.append_bytes(0, join(std::slice::from_ref(&media))).unwrap();
            page.outputs();
            assert_eq!(page.sb(0).buffered().unwrap().len(), 1, "round {round} at {timescale}");
            assert_eq!(count(&mut page), FRAMES as u64 * round, "round {round} at {timescale}");
            offset = range(&mut page, 0).1;
        }
    }
}
