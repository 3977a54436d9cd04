//! Encrypted files of Shaka Packager: each frame decrypted is the frame of the clear file (ISO-40,
//! EME-8, EME-10).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use mse_core::{CodedFrame, Demuxed, Demuxer, InitSegment, Limits, MimeType};
use mse_testkit::decryption::decrypt;
use mse_testkit::isobmff::edit;
use std::path::Path;

const KEY_ID: [u8; 16] = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes();
const KEY: [u8; 16] = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef_u128.to_be_bytes();

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn demuxer() -> Box<dyn Demuxer> {
    let mime = MimeType::parse("video/mp4").unwrap();
    (mse_isobmff::FORMAT.new_demuxer)(&mime, &Limits::default())
}

/// Everything of a stream that comes in pieces of a size.
fn demux(bytes: &[u8], piece: usize) -> (InitSegment, Vec<CodedFrame>) {
    let (mut init, mut frames) = (InitSegment::default(), Vec::new());
    let mut demuxer = demuxer();
    for piece in bytes.chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(piece));
        loop {
            match demuxer.poll().unwrap() {
                Demuxed::NeedMoreData => break,
                Demuxed::InitSegment(segment) => init = segment,
                Demuxed::Frame(frame) => frames.push(frame),
                _ => {}
            }
        }
    }
    (init, frames)
}

fn first_error(bytes: &[u8]) -> String {
    let mut demuxer = demuxer();
    demuxer.push(Bytes::copy_from_slice(bytes));
    loop {
        match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return "none".to_owned(),
            Ok(_) => {}
            Err(error) => return format!("{} {} in {}", error.row, error.code, error.path),
        }
    }
}

fn rotated(bytes: [u8; 16], by: usize) -> [u8; 16] {
    let mut rotated = bytes;
    rotated.rotate_left(by);
    rotated
}

/// Encryption of the frames, run by run: scheme, key id, size of the vector, pattern, whether there
/// are subsamples.
fn runs(frames: &[CodedFrame]) -> Vec<String> {
    let mut runs: Vec<(String, usize)> = Vec::new();
    for frame in frames {
        let word = match &frame.encryption {
            None => "clear".to_owned(),
            Some(encryption) => {
                let parameters = encryption.parameters();
                let parts = encryption.subsamples_of(frame.data.len() as u32);
                let whole = if parts.is_empty() { " whole" } else { "" };
                format!(
                    "{} {} iv{} {}:{}{whole}",
                    parameters.scheme,
                    &encryption.key_id().to_string()[..4],
                    encryption.initialization_vector().len(),
                    parameters.pattern.crypt,
                    parameters.pattern.skip,
                )
            }
        };
        match runs.last_mut() {
            Some((last, count)) if *last == word => *count += 1,
            _ => runs.push((word, 1)),
        }
    }
    runs.into_iter().map(|(word, count)| format!("{count} {word}")).collect()
}

#[test]
fn decrypted_frames_are_those_of_the_clear_file() {
    let rows: &[(&str, &str, &[&str])] = &[
        ("cenc-h264.mp4", "clear-h264.mp4", &["100 cenc 0011 iv8 0:0"]),
        ("cens-h264.mp4", "clear-h264.mp4", &["100 cens 0011 iv8 1:9"]),
        ("cbc1-h264.mp4", "clear-h264.mp4", &["100 cbc1 0011 iv16 0:0"]),
        ("cbcs-h264.mp4", "clear-h264.mp4", &["100 cbcs 0011 iv16 1:9"]),
        ("cenc-aac.mp4", "clear-aac.mp4", &["189 cenc 0011 iv8 0:0 whole"]),
        ("cbcs-aac.mp4", "clear-aac.mp4", &["189 cbcs 0011 iv16 0:0 whole"]),
        ("cbcs-hevc.mp4", "clear-hevc.mp4", &["50 cbcs 0011 iv16 1:9"]),
        ("cenc-av1.mp4", "clear-av1.mp4", &["50 cenc 0011 iv8 0:0"]),
        // EME-10: two sample entries, the first clear.
        ("cenc-clear-lead.mp4", "clear-h264.mp4", &["50 clear", "50 cenc 0011 iv8 0:0"]),
        // A seig group for each second but the first, which has begun before 0; the packager
        // rotates key and key id by a byte.
        (
            "cenc-key-rotation.mp4",
            "clear-h264.mp4",
            &["50 cenc 0011 iv8 0:0", "25 cenc 1122 iv8 0:0", "25 cenc 2233 iv8 0:0"],
        ),
    ];
    for (name, clear, expected) in rows {
        let (_, clear) = demux(&file(clear), usize::MAX);
        let bytes = file(name);
        for piece in [usize::MAX, 188] {
            let (init, frames) = demux(&bytes, piece);
            assert_eq!(runs(&frames), *expected, "{name}");
            assert_eq!(frames.len(), clear.len(), "{name}");
            let protected =
                init.tracks[0].descriptions.iter().any(|description| description.encryption.is_some());
            assert!(protected, "{name}");
            for (frame, clear) in frames.iter().zip(&clear) {
                assert_eq!(frame.presentation_timestamp, clear.presentation_timestamp, "{name}");
                assert_eq!(frame.is_random_access_point, clear.is_random_access_point, "{name}");
                let key_id = frame.encryption.as_ref().map(|encryption| encryption.key_id().0.clone());
                let by = (0..16).find(|&by| key_id.as_deref() == Some(&rotated(KEY_ID, by)[..]));
                assert_eq!(by.is_some(), key_id.is_some(), "{name}");
                let decrypted = decrypt(frame, &rotated(KEY, by.unwrap_or(0)));
                assert_eq!(decrypted, clear.data.to_vec(), "{name} at {}", frame.presentation_timestamp);
            }
        }
    }
}

#[test]
fn the_codec_string_is_that_of_the_original_format() {
    // COD-11
    let codec = |name| demux(&file(name), usize::MAX).0.tracks[0].descriptions[0].codec.clone();
    for (name, clear) in [
        ("cenc-h264.mp4", "clear-h264.mp4"),
        ("cbcs-aac.mp4", "clear-aac.mp4"),
        ("cbcs-hevc.mp4", "clear-hevc.mp4"),
    ] {
        assert_eq!(codec(name), codec(clear));
    }
}

#[test]
fn protection_headers_are_told_once_for_each_run() {
    // EME-3: one pssh of the common system.
    let (init, _) = demux(&file("cenc-h264.mp4"), usize::MAX);
    let kinds: Vec<_> = init.init_data.iter().map(|data| data.init_data_type).collect();
    assert_eq!(kinds, ["cenc"]);
    assert_eq!(&init.init_data[0].init_data[4..8], b"pssh");
    assert!(init.init_data[0].init_data.windows(16).any(|key_id| key_id == KEY_ID), "EME-4");
}

#[test]
fn protection_headers_of_a_moof_come_before_its_frames() {
    // EME-3
    let bytes = file("cenc-key-rotation.mp4");
    let mut demuxer = demuxer();
    demuxer.push(bytes.into());
    let mut words = Vec::new();
    loop {
        let word = match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => break,
            Demuxed::InitData(data) => format!("{} {}", data.init_data_type, data.init_data.len()),
            Demuxed::Frame(_) => "frame".to_owned(),
            Demuxed::MediaSegmentStart => "start".to_owned(),
            _ => continue,
        };
        if words.last() != Some(&word) {
            words.push(word);
        }
    }
    assert_eq!(words[..4], ["start", "cenc 52", "frame", "start"], "{words:?}");
}

#[test]
fn what_a_decryptor_needs_must_be_complete() {
    // EME-11, BSF-10c
    let cenc = file("cenc-h264.mp4");
    let cbcs = file("cbcs-h264.mp4");
    let entry = "moov/trak/mdia/minf/stbl/stsd/encv";
    let renamed = |bytes: &[u8], name: &[u8; 4], to: &[u8; 4]| {
        let at = bytes.windows(4).position(|word| word == name).unwrap();
        let mut bytes = bytes.to_vec();
        bytes[at..at + 4].copy_from_slice(to);
        bytes
    };
    let shortened = {
        // The first subsample of the first senc claims a byte more.
        let at = cenc.windows(4).position(|word| word == b"senc").unwrap();
        let mut bytes = cenc.clone();
        bytes[at + 4 + 8 + 8 + 2 + 5] += 1;
        bytes
    };
    let rows = [
        (cenc.clone(), "none".to_owned()),
        (renamed(&cenc, b"sinf", b"free"), format!("EME-11 isobmff.encryption-incomplete in {entry}")),
        (
            renamed(&cenc, b"tenc", b"free"),
            format!("EME-11 isobmff.encryption-incomplete in {entry}/sinf/schi"),
        ),
        (renamed(&cenc, b"cenc", b"weak"), format!("ISO-40 isobmff.scheme-unsupported in {entry}")),
        (shortened, "ISO-40 isobmff.auxiliary-invalid in moof/traf/trun".to_owned()),
        // With neither senc nor saiz there is no vector.
        (
            edit::without(&edit::without(&cenc, "moof/traf/senc"), "moof/traf/saiz"),
            "EME-11 isobmff.encryption-incomplete in moof/traf/trun".to_owned(),
        ),
        // A constant vector needs neither, where all of the frame is encrypted.
        (renamed(&renamed(&cbcs, b"senc", b"free"), b"saiz", b"free"), "none".to_owned()),
    ];
    for (bytes, expected) in rows {
        assert_eq!(first_error(&bytes), expected);
    }
}

#[test]
fn without_senc_the_sizes_and_positions_serve() {
    // ISO-40: saiz and saio, whose position is within the renamed box.
    let cenc = file("cenc-h264.mp4");
    let mut hidden = cenc.clone();
    while let Some(at) = hidden.windows(4).position(|word| word == b"senc") {
        hidden[at..at + 4].copy_from_slice(b"free");
    }
    let all = |bytes: &[u8]| demux(bytes, usize::MAX).1;
    assert_eq!(all(&hidden), all(&cenc));
}
