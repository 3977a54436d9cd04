//! The segment parser loop (SPL) and the reset of its state (RPS).

use crate::fixture::{Page, join, muxed_init, outcome, segment, segment_of, video_init};
use bytes::Bytes;
use mse::AppendMode;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::DropReason;
use mse_testkit::mock;

const UPDATED: &str = "updatestart · task · update · updateend";

/// SPL-1, SPL-2, SPL-5, DRB-4: what is not parsed yet waits, and an append that brings nothing
/// changes nothing.
#[test]
fn bytes_that_are_not_parsed_yet_wait_for_the_next_append() {
    let stream = join(&[video_init(1), segment("0K 40 80")]);
    for cut in [3, 20, stream.len() - 30] {
        let mut page = Page::with_type(mock::VIDEO);
        page.append_bytes(0, stream.slice(..cut)).unwrap();
        page.outputs();
        for _ in 0..2 {
            let before = page.ranges(0);
            page.append_bytes(0, Bytes::new()).unwrap();
            assert_eq!(page.outputs(), UPDATED);
            assert_eq!(page.ranges(0), before);
        }
        page.append_bytes(0, stream.slice(cut..)).unwrap();
        page.outputs();
        assert_eq!(page.ranges(0), "{ [0,120) }", "cut at {cut}");
    }
}

/// SPL-3: found wherever it stands, also where an append ended in the middle of it.
#[test]
fn bytes_that_violate_the_format_are_an_error_wherever_they_stand() {
    let media = segment("0K 40");
    let head = media.slice(..mock::FRAGMENT_START.len());
    let streams = [
        Bytes::from_static(mock::BOOM),
        join(&[video_init(1), mock::BOOM.into()]),
        join(&[video_init(1), head, mock::BOOM.into()]),
        join(&[video_init(1), media, mock::BOOM.into()]),
    ];
    for stream in streams {
        for cut in [stream.len(), stream.len() - 3] {
            let mut page = Page::with_type(mock::VIDEO);
            page.append_bytes(0, stream.slice(..cut)).unwrap();
            page.outputs();
            if cut < stream.len() {
                assert_eq!(page.receipt(0).error, None);
                page.append_bytes(0, stream.slice(cut..)).unwrap();
                page.outputs();
            }
            assert_eq!(page.receipt(0).error.map(|error| error.code), Some("mock.boom"));
        }
    }
}

/// SPL-4, ISO-12.
#[test]
fn bytes_to_be_ignored_are_ignored_between_and_inside_segments() {
    let skip = mock::skip(30);
    let media = segment("0K 40");
    let (head, tail) = (media.slice(..mock::FRAGMENT_START.len()), media.slice(mock::FRAGMENT_START.len()..));
    let stream = [
        skip.clone(),
        video_init(1),
        skip.clone(),
        head,
        skip.clone(),
        tail,
        skip.clone(),
        segment("80K"),
        skip,
    ];
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes(0, join(&stream)).unwrap();
    page.outputs();
    assert_eq!((page.receipt(0).error, page.ranges(0)), (None, "{ [0,1080) }".to_owned()));
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Sequence)), "ok", "and it waits for a segment");
}

/// SPL-6: nothing of it counts before its last byte, and nothing of it is left over after.
#[test]
fn an_initialization_segment_takes_effect_when_it_is_complete() {
    let init = video_init(1);
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes(0, init.slice(..init.len() - 1)).unwrap();
    assert_eq!(page.outputs(), UPDATED);
    assert!(page.source.duration().is_nan() && page.sb(0).tracks().is_empty());
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Segments)), "ok", "it is no media segment");
    page.append_bytes(0, init.slice(init.len() - 1..)).unwrap();
    let events = page.outputs();
    assert!(events.contains("videoTracks addtrack"), "{events}");
    assert_eq!(page.source.duration(), f64::INFINITY);
    assert_eq!(page.append(0, "0K 40"), UPDATED);
}

/// SPL-6: a refused one stops the loop; the segments behind it are not parsed.
#[test]
fn a_refused_initialization_segment_stops_the_loop() {
    let refused = mock::init(None, &[mock::MockTrack::video(1).codec("zzzz")]);
    let mut page = Page::video();
    page.append_bytes(0, join(&[segment("0K 40"), refused, segment("80K 120")])).unwrap();
    assert_eq!(page.outputs(), "updatestart · task · error · updateend · mediasource sourceended");
    assert_eq!((page.receipt(0).frames_in, page.ranges(0)), (2, "{ [0,80) }".to_owned()));
}

/// SPL-7, SPL-8: the flags are looked at when the media segment begins, before there is a frame.
#[test]
fn a_media_segment_without_initialization_segment_fails_at_its_first_bytes() {
    for changed in [false, true] {
        let mut page = if changed { Page::video() } else { Page::with_type(mock::VIDEO) };
        if changed {
            page.sb(0).change_type(mock::VIDEO).unwrap();
        }
        page.append_bytes(0, mock::FRAGMENT_START).unwrap();
        page.outputs();
        let receipt = page.receipt(0);
        assert_eq!(receipt.error.map(|error| error.row), Some("SPL-8"));
        assert_eq!(receipt.frames_in, 0);
    }
}

/// SPL-9, CFP-38, DIS-33, OPN-5: frames of both tracks as they come; in sequence mode the first one
/// takes the group start.
#[test]
fn frames_of_a_muxed_segment_keep_their_distance_in_sequence_mode() {
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, muxed_init()).unwrap();
    page.outputs();
    page.sb(0).set_mode(AppendMode::Sequence).unwrap();
    let mut all = mse_testkit::frames::frames_of(mse::TrackId(2), "5000D100K 5100D100K 5200D100K");
    all.extend(mse_testkit::frames::frames_of(mse::TrackId(1), "5040D100K 5140D100 5240D100"));
    all.sort_by_key(|frame| frame.decode_timestamp);
    page.append_bytes(0, mock::segment(&all)).unwrap();
    page.outputs();
    assert_eq!(page.sb(0).timestamp_offset(), -5.0, "minus the smaller of the first timestamps");
    assert_eq!(page.ranges(0), "{ [40,300) }");
}

/// SPL-11: the state outlives the append, and its end makes the setters work again.
#[test]
fn a_media_segment_is_open_until_its_last_byte() {
    let media = segment("0K 40");
    let mut page = Page::video();
    page.append_bytes(0, media.slice(..media.len() - 1)).unwrap();
    page.outputs();
    for _ in 0..2 {
        assert_eq!(outcome(page.sb(0).set_timestamp_offset(1.0)), "InvalidStateError");
        assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Segments)), "InvalidStateError");
    }
    page.append_bytes(0, media.slice(media.len() - 1..)).unwrap();
    page.outputs();
    assert_eq!(outcome(page.sb(0).set_timestamp_offset(1.0)), "ok");
}

/// RPS-5, DEF-7: after abort() the last whole initialization segment is in force; a partial one is
/// forgotten.
#[test]
fn after_abort_a_media_segment_may_follow() {
    let mut page = Page::video();
    let second = video_init(2);
    page.append_bytes(0, second.slice(..second.len() - 1)).unwrap();
    page.outputs();
    page.sb(0).abort().unwrap();
    assert_eq!(page.append(0, "0K 40"), UPDATED);
    assert_eq!(page.reads(0, 0.0), "0K 40 need-data");
}

/// RPS-2, DEF-5: a new coded frame group begins, on every track.
#[test]
fn after_abort_every_track_needs_a_random_access_point() {
    let mut page = Page::with_type(mock::MUXED);
    let media = [muxed_init(), segment_of(1, "0D40K 40D40"), segment_of(2, "0D40K 40D40")];
    page.append_bytes(0, join(&media)).unwrap();
    page.outputs();
    page.sb(0).abort().unwrap();
    page.append_bytes(0, join(&[segment_of(1, "80D40 120D40K"), segment_of(2, "80D40 120D40K")])).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).frames_dropped.get(DropReason::NeedsRandomAccessPoint), 2);
    assert_eq!(page.reads(0, 0.12), "120K need-data");
}

/// RPS-3: in sequence mode the next segment goes where the group ended; in segments mode nothing
/// moves.
#[test]
fn after_abort_a_sequence_goes_on_where_it_was() {
    for (mode, expected) in
        [(AppendMode::Sequence, "{ [0,120) }"), (AppendMode::Segments, "{ [0,80) [7000,7040) }")]
    {
        let mut page = Page::video();
        page.sb(0).set_mode(mode).unwrap();
        page.append(0, "0D40K 40D40");
        page.sb(0).abort().unwrap();
        page.append(0, "7000D40K");
        assert_eq!(page.ranges(0), expected);
    }
}

/// DEF-7, DEF-14: frames belong to the track of that id in the last initialization segment.
#[test]
fn track_ids_are_those_of_the_last_initialization_segment() {
    let init =
        |video, audio| mock::init(None, &[mock::MockTrack::video(video), mock::MockTrack::audio(audio)]);
    let mut page = Page::with_type(mock::MUXED);
    let first = [init(1, 2), segment_of(1, "0D40K"), segment_of(2, "0D20K")];
    let second = [init(2, 1), segment_of(2, "40D40K"), segment_of(1, "20D20K")];
    page.append_bytes(0, join(&first)).unwrap();
    page.outputs();
    page.append_bytes(0, join(&second)).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).error, None);
    let ranges = page.sb(0).with_track_buffers(|buffers| {
        let of = |track: &mse::timeline::TrackBuffer| mse_testkit::frames::ranges(&track.ranges());
        buffers.tracks().iter().map(|track| format!("{} {}", track.kind(), of(track))).collect::<Vec<_>>()
    });
    assert_eq!(ranges, ["audio { [0,40) }", "video { [0,80) }"]);
}

/// RPS-1, DIS-16, SB-20: abort() before the task ran. Inside a media segment the complete frames
/// that wait in the input are kept; an append that would begin a segment leaves nothing.
#[test]
fn abort_keeps_complete_frames_of_the_open_media_segment() {
    let media = segment("0K 40 80");
    let head = mock::FRAGMENT_START.len();
    for (before, cut, expected) in [(head, media.len() - 12, "{ [0,80) }"), (0, media.len(), "{ }")] {
        let mut page = Page::video();
        page.append_bytes(0, media.slice(..before)).unwrap();
        page.outputs();
        page.append_bytes(0, media.slice(before..cut)).unwrap();
        page.sb(0).abort().unwrap();
        assert_eq!(page.outputs(), "updatestart · abort · updateend");
        assert_eq!(page.ranges(0), expected);
    }
}
