//! The append that a stored frame came from.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::Timeline;
use mse_core::{FrameData, TrackId, TrackKind};
use mse_testkit::frames;
use mse_timeline::TimelineConfig;

/// `time@append` of every stored frame of the first track buffer.
fn origins(timeline: &Timeline) -> String {
    let track = &timeline.buffers.tracks()[0];
    let words: Vec<String> = track
        .stored_frames()
        .map(|stored| format!("{}@{}", frames::token(&stored.frame), stored.append))
        .collect();
    words.join(" ")
}

fn appends(timeline: &Timeline) -> Vec<(u64, u64)> {
    timeline.buffers.tracks()[0]
        .groups()
        .map(|group| group.appends)
        .map(|appends| (*appends.start(), *appends.end()))
        .collect()
}

#[test]
fn a_stored_frame_names_the_append_it_came_with() {
    let mut timeline = Timeline::video();
    timeline.append("0K 10");
    timeline.append("20 30K 40");
    assert_eq!(origins(&timeline), "0K@1 10@1 20@2 30K@2 40@2");
    assert_eq!(appends(&timeline), [(1, 2), (2, 2)]);
}

#[test]
fn frames_that_replace_others_bring_their_own_append() {
    for max_block_frames in [1, 2, 128] {
        let config = TimelineConfig { max_block_frames, ..TimelineConfig::default() };
        let mut timeline = Timeline::with(&[TrackKind::Audio], config);
        timeline.append("0D10K 10D10K 20D10K 30D10K 40D10K");
        timeline.abort();
        timeline.append("20D10K 30D10K");
        assert_eq!(origins(&timeline), "0K@1 10K@1 20K@2 30K@2 40K@1", "blocks of {max_block_frames}");
        timeline.remove(0, 20);
        assert_eq!(origins(&timeline), "20K@2 30K@2 40K@1", "blocks of {max_block_frames}");
    }
}

#[test]
fn one_piece_may_hold_frames_of_two_appends() {
    let piece = Bytes::from_static(b"0123456789");
    let mut timeline = Timeline::video();
    for (tokens, offset) in [("0K 10", 0), ("20 30", 4)] {
        let cut = frames::frames_of(TrackId(1), tokens).into_iter().zip(0..).map(|(mut frame, at)| {
            frame.data = FrameData::new(piece.clone(), offset + at * 2, 2).unwrap();
            frame
        });
        timeline.append_frames(cut.collect::<Vec<_>>());
    }
    assert_eq!(origins(&timeline), "0K@1 10@1 20@2 30@2");
    let data: Vec<u8> = timeline.frames().iter().flat_map(|frame| frame.data.to_vec()).collect();
    assert_eq!(data, b"01234567");
}

#[test]
fn an_append_without_ordinal_is_append_zero() {
    let mut timeline = Timeline::video();
    timeline.appends = u64::MAX - 1;
    timeline.append("0K");
    assert_eq!(appends(&timeline), [(u64::MAX, u64::MAX)]);
    let mut receipt = mse_timeline::Receipt::default();
    for frame in frames::frames_of(TrackId(1), "10") {
        mse_timeline::process(frame, &mut timeline.buffers, &mut timeline.attributes, &mut receipt).unwrap();
    }
    assert_eq!(appends(&timeline), [(0, u64::MAX)]);
}
