//! Frames of transport streams append by append, as Chromium reads them (TS-25).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{FILES, file, flush, push};
use mse_core::{CodedFrame, Demuxed, Demuxer, Limits, MimeType, Reading, ResetReason, TransportStreams};

fn demuxer() -> Box<dyn Demuxer> {
    let reading = Reading { transport_streams: TransportStreams::ByAppend, ..Reading::default() };
    let limits = Limits { reading, ..Limits::default() };
    (mse_mp2t::FORMAT.new_demuxer)(&MimeType::parse("video/mp2t").unwrap(), &limits)
}

/// Everything of a frame but its duration: track, times and bytes.
fn essence(frame: &CodedFrame) -> (u64, i64, i64, Vec<u8>) {
    let (pts, dts) = (frame.presentation_timestamp.flicks(), frame.decode_timestamp.flicks());
    (frame.track_id.0, dts, pts, frame.data.to_vec())
}

#[test]
fn all_frames_come_out_in_the_order_of_their_decode_timestamps() {
    for name in FILES {
        let bytes = file(name);
        let mut all: Vec<_> = common::feed(&bytes, usize::MAX).frames.iter().map(essence).collect();
        all.sort();
        for size in [700, 188 * 20, usize::MAX] {
            let (mut demuxer, mut frames) = (demuxer(), Vec::new());
            for piece in bytes.chunks(size) {
                let of_append = push(demuxer.as_mut(), piece).frames;
                let times: Vec<_> = of_append.iter().map(|frame| frame.decode_timestamp).collect();
                assert!(times.is_sorted(), "{name} in appends of {size}");
                frames.extend(of_append);
            }
            frames.extend(flush(demuxer.as_mut()).frames);
            let mut frames: Vec<_> = frames.iter().map(essence).collect();
            frames.sort();
            assert!(frames == all, "{name} in appends of {size}");
        }
    }
}

#[test]
fn five_pictures_more_wait_and_each_lasts_until_the_next_one_shown() {
    for name in ["h264-aac.ts", "h264-mp3.ts", "h264-ac3.ts", "hevc-aac.ts"] {
        let (bytes, mut demuxer) = (file(name), demuxer());
        let is_picture = |frame: &&CodedFrame| frame.track_id.0 == 256;
        let first = push(demuxer.as_mut(), &bytes);
        let rest = flush(demuxer.as_mut());
        let mut usual = common::demuxer();
        push(usual.as_mut(), &bytes);
        let waiting = flush(usual.as_mut()).frames.iter().filter(is_picture).count();
        assert_eq!(rest.frames.iter().filter(is_picture).count(), waiting + 5, "{name}");
        let frames = [first.frames, rest.frames].concat();
        let mut shown: Vec<_> = frames.iter().filter(is_picture).collect();
        shown.sort_by_key(|frame| frame.presentation_timestamp);
        for pair in shown.windows(2) {
            assert_eq!(pair[0].end_timestamp(), pair[1].presentation_timestamp, "{name}");
        }
        assert!(shown.iter().all(|frame| !frame.is_duration_estimated), "{name}");
    }
}

#[test]
fn a_segment_ends_where_the_parser_is_reset() {
    let mut demuxer = demuxer();
    demuxer.push(file("h264-aac.ts").into());
    while let Ok(item) = demuxer.poll() {
        assert!(!matches!(item, Demuxed::MediaSegmentEnd));
        if matches!(item, Demuxed::NeedMoreData) {
            break;
        }
    }
}

#[test]
fn timestamps_that_go_back_within_an_append_end_it() {
    let bytes = file("h264-aac.ts");
    // Pictures wait from the first time.
    let mut again = demuxer();
    assert_eq!(push(again.as_mut(), &bytes).error, None);
    let second = push(again.as_mut(), &bytes);
    assert_eq!((second.error, second.frames.len()), (Some("mp2t.timestamps-go-back"), 0));
    assert_eq!(flush(again.as_mut()).frames.len(), 0, "nothing comes out after it");
    // Behind a reset the same bytes are another segment.
    let mut reset = demuxer();
    push(reset.as_mut(), &bytes);
    flush(reset.as_mut());
    reset.reset(ResetReason::Abort);
    assert_eq!(push(reset.as_mut(), &bytes).error, None);
    // Sound alone does not wait.
    let (sound, mut demuxer) = (file("aac.ts"), demuxer());
    for _ in 0..3 {
        assert_eq!(push(demuxer.as_mut(), &sound).error, None);
    }
}
