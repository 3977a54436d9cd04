//! What is held in memory (D7, M1, M2).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::Timeline;
use mse_core::{FrameData, TrackId, TrackKind};
use mse_testkit::frames;
use mse_timeline::TimelineConfig;

/// Frames of a track, ten bytes each, one after the other in a piece from `offset` on.
fn append_from(timeline: &mut Timeline, track: u64, tokens: &str, piece: &Bytes, offset: u32) {
    let cut = frames::frames_of(TrackId(track), tokens).into_iter().zip(0..).map(|(mut frame, at)| {
        frame.data = FrameData::new(piece.clone(), offset + at * 10, 10).unwrap();
        frame
    });
    timeline.append_frames(cut.collect::<Vec<_>>());
}

fn muxed() -> Timeline {
    let config = TimelineConfig { max_block_frames: 2, ..TimelineConfig::default() };
    Timeline::with(&[TrackKind::Audio, TrackKind::Video], config)
}

#[test]
fn a_piece_that_audio_and_video_share_counts_once_and_as_a_whole() {
    let mut timeline = muxed();
    let piece = Bytes::from(vec![0; 1000]);
    append_from(&mut timeline, 1, "0D10K 10D10K 20D10K 30D10K", &piece, 0);
    append_from(&mut timeline, 2, "0D10K 10D10 20D10K 30D10", &piece, 40);
    let memory = timeline.buffers.memory();
    assert_eq!((memory.payload, memory.retained), (80, 1000));
    assert_eq!(memory.total(), 1000 + memory.bookkeeping);
}

#[test]
fn a_piece_lives_as_long_as_one_of_its_frames() {
    let mut timeline = muxed();
    for at in [0, 100, 200] {
        let piece = Bytes::from(vec![0; 1000]);
        append_from(&mut timeline, 1, &format!("{at}D50K {}D50K", at + 50), &piece, 0);
        append_from(&mut timeline, 2, &format!("{at}D50K {}D50", at + 50), &piece, 20);
    }
    let retained = |timeline: &Timeline| {
        let memory = timeline.buffers.memory();
        (memory.payload, memory.retained)
    };
    assert_eq!(retained(&timeline), (120, 3000));
    timeline.remove(0, 100);
    assert_eq!(retained(&timeline), (80, 2000));
    // The last video group goes with one audio frame, and the other keeps the whole piece.
    timeline.remove(250, 260);
    assert_eq!(retained(&timeline), (60, 2000));
    timeline.remove(0, 1000);
    assert_eq!(retained(&timeline), (0, 0));
}

#[test]
fn overlapping_pieces_count_what_they_cover_together() {
    let mut timeline = muxed();
    let whole = Bytes::from(vec![0; 1000]);
    append_from(&mut timeline, 1, "0D10K", &whole.slice(0..600), 0);
    append_from(&mut timeline, 1, "10D10K", &whole.slice(400..900), 0);
    append_from(&mut timeline, 1, "20D10K", &whole.slice(100..200), 0);
    assert_eq!(timeline.buffers.memory().retained, 900);
}

#[test]
fn what_a_reader_still_has_to_finish_is_kept_alive() {
    let mut timeline = Timeline::video();
    let (old, new) = (Bytes::from(vec![0; 100]), Bytes::from(vec![0; 200]));
    append_from(&mut timeline, 1, "0D10K 10D10 20D10", &old, 0);
    let cursor = timeline.cursor(0);
    timeline.read(cursor, 1, false);
    timeline.abort();
    append_from(&mut timeline, 1, "0D10K 10D10 20D10", &new, 0);
    assert_eq!(timeline.buffers.memory().retained, 300);
    timeline.read(cursor, 2, false);
    assert_eq!(timeline.buffers.memory().retained, 200);
}

#[test]
fn bookkeeping_is_about_what_the_rows_take() {
    let mut timeline = Timeline::video();
    let empty = timeline.buffers.memory();
    assert_eq!((empty.payload, empty.retained), (0, 0));
    assert!(empty.bookkeeping > 0, "a track buffer and its description");
    let piece = Bytes::from(vec![0; 100_000]);
    let tokens: Vec<String> =
        (0..6000).map(|at| format!("{}D40{}", at * 40, if at % 60 == 0 { "K" } else { "" })).collect();
    append_from(&mut timeline, 1, &tokens.join(" "), &piece, 0);
    let per_frame = (timeline.buffers.memory().bookkeeping - empty.bookkeeping) as f64 / 6000.0;
    assert!((28.0..60.0).contains(&per_frame), "{per_frame}");
}
