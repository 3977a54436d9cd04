//! Encrypted files of Shaka Packager: each frame decrypted is the frame of the clear file (WEBM-23,
//! EME-8, EME-10).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::demuxer;
use mse_core::{CodedFrame, Demuxed, TrackKind};
use mse_testkit::decryption::decrypt;
use std::path::Path;

const KEY: [u8; 16] = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef_u128.to_be_bytes();

/// The frames of one kind in a file that comes in pieces.
fn frames(name: &str, kind: TrackKind, piece: usize) -> Vec<CodedFrame> {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name)).unwrap();
    let mut demuxer = demuxer();
    let (mut frames, mut tracks) = (Vec::new(), Vec::new());
    for piece in bytes.chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(piece));
        loop {
            match demuxer.poll().unwrap() {
                Demuxed::NeedMoreData => break,
                Demuxed::InitSegment(init) => tracks = init.tracks,
                Demuxed::Frame(frame) => frames.push(frame),
                _ => {}
            }
        }
    }
    let of_kind =
        |frame: &CodedFrame| tracks.iter().any(|track| track.id == frame.track_id && track.kind == kind);
    frames.into_iter().filter(of_kind).collect()
}

#[test]
fn decrypted_frames_are_those_of_the_clear_file() {
    for (name, kind, clear_lead) in [
        ("cenc-vp9.webm", TrackKind::Video, 0),
        ("cenc-opus.webm", TrackKind::Audio, 0),
        ("cenc-clear-lead.webm", TrackKind::Video, 25),
    ] {
        let clear = frames("vp9-opus.webm", kind, usize::MAX);
        for piece in [usize::MAX, 100] {
            let encrypted = frames(name, kind, piece);
            assert_eq!(encrypted.len(), clear.len(), "{name}");
            for (index, (frame, clear)) in encrypted.iter().zip(&clear).enumerate() {
                assert_eq!(frame.encryption.is_some(), index >= clear_lead, "{name} {index}");
                assert_eq!(decrypt(frame, &KEY), clear.data.to_vec(), "{name} {index}");
            }
        }
    }
}
