//! Files of `media/`, changed as other muxers would have written them.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::*;
use mse_core::{CodedFrame, Demuxed, Track};

fn read(bytes: &[u8], piece: usize) -> (Vec<Track>, Vec<CodedFrame>) {
    let mut demuxer = demuxer();
    let (mut tracks, mut frames) = (Vec::new(), Vec::new());
    for piece in bytes.chunks(piece).map(Bytes::copy_from_slice).map(Some).chain([None]) {
        match piece {
            Some(piece) => demuxer.push(piece),
            None => demuxer.flush(),
        }
        loop {
            match demuxer.poll().unwrap() {
                Demuxed::NeedMoreData => break,
                Demuxed::InitSegment(init) => tracks = init.tracks,
                Demuxed::Frame(frame) => frames.push(frame),
                _ => {}
            }
        }
    }
    (tracks, frames)
}

/// GStreamer, and recorders of browsers that are some years old, write no CodecPrivate for AV1.
#[test]
fn av1_without_its_record_is_configured_by_its_first_picture() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media/av1.webm");
    let bytes = std::fs::read(path).unwrap();
    let (tracks, frames) = read(&bytes, usize::MAX);
    let record = &tracks[0].descriptions[0].configuration.bytes;
    let at = bytes.windows(record.len()).position(|window| window == &record[..]).unwrap();
    // Another element in its place.
    let mut without = bytes.clone();
    assert_eq!(without[at - 3..at - 1], [0x63, 0xA2]);
    without[at - 2] = 0xA3;
    for piece in [usize::MAX, 1, 97] {
        let (bare, same) = read(&without, piece);
        assert_eq!(bare[0].descriptions[0].codec, tracks[0].descriptions[0].codec);
        let made = &bare[0].descriptions[0].configuration;
        assert_eq!((made.format, &made.bytes[..4]), ("av1C", &record[..4]));
        // The sequence header itself may stand in the record with other bytes behind it.
        assert!(record[4..].starts_with(&made.bytes[4..]), "{made:x?} {record:x?}");
        assert_eq!(same, frames);
    }
}
