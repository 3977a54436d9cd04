//! Memory that buffered frames take (decision 0016; targets M1 and M2 of docs/performance.md).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::Timeline;
use mse_core::{
    AuxiliaryLayout, CodedFrame, EncryptionParameters, EncryptionPattern, FrameData, FrameEncryption, KeyId,
    ProtectionScheme, SideData, TrackId, TrackKind,
};
use mse_testkit::frames;
use mse_timeline::{Storage, TimelineConfig};
use std::sync::Arc;

/// No bytes are ever copied.
const SHARED: Storage = Storage { small_piece: 0, copied_piece: 0, sparse_percent: 0, dead_bytes: 0 };
/// Frames of pieces of up to 10 bytes are copied into pieces of 30, and frames leave every piece
/// that is less than half alive.
const TINY: Storage = Storage { small_piece: 10, copied_piece: 30, sparse_percent: 50, dead_bytes: 0 };

/// Frames of a track, ten bytes each, one after the other in a piece from `offset` on.
fn cut_from(piece: &Bytes, offset: u32, track: u64, tokens: &str) -> Vec<CodedFrame> {
    let cut = frames::frames_of(TrackId(track), tokens).into_iter().zip(0..).map(|(mut frame, at)| {
        frame.data = FrameData::new(piece.clone(), offset + at * 10, 10).unwrap();
        frame
    });
    cut.collect()
}

fn append_from(timeline: &mut Timeline, track: u64, tokens: &str, piece: &Bytes, offset: u32) {
    timeline.append_frames(cut_from(piece, offset, track, tokens));
}

fn muxed(storage: Storage) -> Timeline {
    let config = TimelineConfig { max_block_frames: 2, storage, ..TimelineConfig::default() };
    Timeline::with(&[TrackKind::Audio, TrackKind::Video], config)
}

fn retained(timeline: &Timeline) -> (u64, u64) {
    let memory = timeline.buffers.memory();
    assert_eq!(timeline.buffers.retained(), memory.retained, "the account is what a walk finds");
    (memory.payload, memory.retained)
}

#[test]
fn a_piece_that_audio_and_video_share_counts_once_and_as_a_whole() {
    let mut timeline = muxed(SHARED);
    let piece = Bytes::from(vec![0; 1000]);
    append_from(&mut timeline, 1, "0D10K 10D10K 20D10K 30D10K", &piece, 0);
    append_from(&mut timeline, 2, "0D10K 10D10 20D10K 30D10", &piece, 40);
    let memory = timeline.buffers.memory();
    assert_eq!((memory.payload, memory.retained), (80, 1000));
    assert_eq!(memory.total(), 1000 + memory.bookkeeping);
}

#[test]
fn a_piece_lives_as_long_as_one_of_its_frames() {
    let mut timeline = muxed(SHARED);
    for at in [0, 100, 200] {
        let piece = Bytes::from(vec![0; 1000]);
        append_from(&mut timeline, 1, &format!("{at}D50K {}D50K", at + 50), &piece, 0);
        append_from(&mut timeline, 2, &format!("{at}D50K {}D50", at + 50), &piece, 20);
    }
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
    let mut timeline = muxed(SHARED);
    let whole = Bytes::from(vec![0; 1000]);
    append_from(&mut timeline, 1, "0D10K", &whole.slice(0..600), 0);
    append_from(&mut timeline, 1, "10D10K", &whole.slice(400..900), 0);
    append_from(&mut timeline, 1, "20D10K", &whole.slice(100..200), 0);
    assert_eq!(timeline.buffers.memory().retained, 900);
}

#[test]
fn what_a_reader_still_has_to_finish_is_kept_alive() {
    let config = TimelineConfig { storage: SHARED, ..TimelineConfig::default() };
    let mut timeline = Timeline::with(&[TrackKind::Video], config);
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

#[test]
fn audio_leaves_the_piece_whose_video_has_gone() {
    let mut timeline = muxed(TINY);
    let piece = Bytes::from(vec![0; 1000]);
    let mut frames = cut_from(&piece, 0, 1, "0D10K 10D10K 20D10K 30D10K");
    let video = (0..60).map(|at| format!("{}D1{}", 100 + at, if at % 10 == 0 { "K" } else { "" }));
    frames.extend(cut_from(&piece, 40, 2, &video.collect::<Vec<_>>().join(" ")));
    timeline.append_frames(frames);
    assert_eq!(retained(&timeline), (640, 1000));
    timeline.remove(100, 110);
    assert_eq!(retained(&timeline), (540, 1000), "more than half is alive");
    timeline.remove(110, 120);
    assert_eq!(retained(&timeline), (440, 440), "what is alive has been copied");
    timeline.remove(120, 200);
    assert_eq!(retained(&timeline), (40, 40));
    timeline.remove(0, 40);
    assert_eq!(retained(&timeline), (0, 0));
}

#[test]
fn a_few_dead_bytes_are_left_where_they_are() {
    let mut timeline = muxed(Storage { dead_bytes: 1500, ..TINY });
    for at in [0, 100, 200] {
        let piece = Bytes::from(vec![0; 1000]);
        let tokens: Vec<String> = (0..100).map(|frame| format!("{}D1K", at + frame)).collect();
        append_from(&mut timeline, 1, &tokens.join(" "), &piece, 0);
    }
    timeline.remove(0, 99);
    assert_eq!(retained(&timeline), (2010, 3000), "990 bytes are dead");
    timeline.remove(99, 199);
    assert_eq!(retained(&timeline), (1010, 2000), "and 990 after the first piece went whole");
    timeline.remove(200, 270);
    assert_eq!(retained(&timeline), (310, 310));
}

#[test]
fn frames_of_small_pieces_are_copied_behind_each_other() {
    let config = TimelineConfig { storage: TINY, ..TimelineConfig::default() };
    let mut timeline = Timeline::with(&[TrackKind::Video], config);
    let cursor = timeline.cursor(0);
    for at in 0..7_u8 {
        let piece = Bytes::from(vec![at; 10]);
        let tokens = format!("{}D10{}", u32::from(at) * 10, if at == 0 { "K" } else { "" });
        append_from(&mut timeline, 1, &tokens, &piece, 0);
    }
    let frames: Vec<_> = timeline.buffers.tracks()[0].frames().collect();
    let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.data.to_vec()).collect();
    assert_eq!(bytes, (0..7).flat_map(|at| [at; 10]).collect::<Vec<u8>>());
    assert_eq!(frames[0].data.piece().len(), 30, "three are one piece");
    assert_eq!(timeline.read(cursor, 8, false), "C 0K 10 20 30 40 50 60 need-data");
    let appends: Vec<u64> = timeline.buffers.tracks()[0].stored_frames().map(|frame| frame.append).collect();
    assert_eq!(appends, [1, 2, 3, 4, 5, 6, 7], "and each knows its append");
}

#[test]
fn a_frame_with_an_append_of_its_own_costs_little_more_than_a_row() {
    let mut timeline = Timeline::video();
    let empty = timeline.buffers.memory().bookkeeping;
    for at in 0..6000 {
        let piece = Bytes::from(vec![0; 1800]);
        append_from(
            &mut timeline,
            1,
            &format!("{}D40{}", at * 40, if at % 60 == 0 { "K" } else { "" }),
            &piece,
            0,
        );
    }
    let per_frame = (timeline.buffers.memory().bookkeeping - empty) as f64 / 6000.0;
    assert!((28.0..48.0).contains(&per_frame), "{per_frame}");
}

#[test]
fn what_encrypts_a_frame_does_not_keep_its_piece() {
    let mut timeline = muxed(TINY);
    let piece = Bytes::from(vec![0; 1000]);
    let parameters = Arc::new(EncryptionParameters {
        scheme: ProtectionScheme::Cenc,
        is_protected: true,
        key_id: KeyId(Bytes::from(vec![1; 16])),
        per_sample_iv_size: 8,
        constant_iv: Bytes::new(),
        pattern: EncryptionPattern::default(),
        layout: AuxiliaryLayout::CommonEncryption,
    });
    let mut frame = frames::frames_of(TrackId(1), "0D10K").remove(0);
    frame.data = FrameData::new(piece.clone(), 8, 10).unwrap();
    frame.encryption = FrameEncryption::new(parameters, piece.slice(..8), 10);
    frame.side_data = Some([SideData { id: 1, data: FrameData::new(piece.clone(), 18, 2).unwrap() }].into());
    assert!(frame.encryption.is_some());
    let before = frame.clone();
    timeline.append_frames([frame]);
    let after = timeline.buffers.tracks()[0].frames().next().unwrap();
    assert_eq!(after, before);
    drop((before, after));
    assert!(piece.is_unique(), "nobody else has it");
}
