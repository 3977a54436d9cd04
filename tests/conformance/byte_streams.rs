//! Real files of every byte stream format through the whole engine: types, ranges, the end of the
//! stream, encrypted media.

use crate::fixture::Page;
use crate::helpers::file;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AppendMode, Config, MediaSource};

/// A page with one SourceBuffer that a file was appended to in pieces.
fn page(mime_type: &str, name: &str, piece: usize) -> Page {
    let mut page = Page::with(Config::default());
    page.add(mime_type).unwrap();
    page.outputs();
    for piece in file(name).chunks(piece) {
        page.append_bytes(0, piece.to_vec()).unwrap();
        page.outputs();
    }
    page
}

/// REG-1, REG-3, REG-4, MIM-3, MIM-6, MIM-7, MIM-8, TS-1, DIS-24.
#[test]
fn types_of_every_format() {
    let source = MediaSource::new(Config::default());
    for (mime_type, expected) in [
        ("video/webm", false),
        ("video/webm; codecs=\"vp9, opus\"", true),
        ("video/webm; codecs=\"vp8,vorbis\"", true),
        ("video/webm; codecs=\"vp09.00.10.08\"", true),
        ("audio/webm; codecs=\"opus\"", true),
        ("audio/webm; codecs=\"vp8\"", false),
        ("video/webm; codecs=\"mp4a.40.2\"", false),
        ("video/webm; codecs=\"\"", false),
        ("video/mp2t", true),
        ("video/MP2T; codecs=\"avc1.4d401e, mp4a.40.2\"", true),
        ("audio/mp2t; codecs=\"mp4a.40.2\"", true),
        ("audio/mp2t; codecs=\"avc1.4d401e\"", false),
        ("audio/mpeg", true),
        ("audio/aac", true),
        ("audio/mpeg; codecs=\"mp3\"", false),
        ("audio/aac; codecs=\"\"", false),
        ("video/mp4", true),
    ] {
        assert_eq!(source.is_type_supported(mime_type), expected, "{mime_type}");
    }
    // MIM-7: a SourceBuffer may be made all the same.
    for mime_type in ["video/webm", "video/mp2t", "audio/mpeg", "audio/aac"] {
        assert!(Page::with(Config::default()).add(mime_type).is_ok(), "{mime_type}");
    }
}

/// SPL-12, WEBM-19, TS-25: in pieces of any size, and with the last frames once the stream has
/// ended.
#[test]
fn every_format_fills_its_ranges() {
    for (mime_type, name, open, ended) in [
        ("video/webm; codecs=\"vp9,opus\"", "vp9-opus.webm", "{ [7,2007) }", "{ [7,2007.5) }"),
        ("video/webm; codecs=vp9", "vp9-live.webm", "{ [0,2000) }", "{ [0,2000) }"),
        ("audio/aac", "adts-stereo.aac", "{ [0,1024) }", "{ [0,1024) }"),
        ("audio/mpeg", "gapless.mp3", "{ [0,1234.489796) }", "{ [0,1234.489796) }"),
        ("video/mp2t", "h264-aac.ts", "{ [1480,3440) }", "{ [1480,3485.333333) }"),
        ("video/mp4", "h264-aac.mp4", "{ [0,4000) }", "{ [0,4000) }"),
    ] {
        for piece in [188, 1000, usize::MAX] {
            let mut page = page(mime_type, name, piece);
            assert_eq!(page.receipt(0).error, None, "{name}");
            let before = page.ranges(0);
            page.source.end_of_stream(None).unwrap();
            page.outputs();
            assert_eq!(
                (before.as_str(), page.ranges(0).as_str()),
                (open, ended),
                "{name} in pieces of {piece}"
            );
        }
    }
}

/// MPA-1, MPA-11, TRK-9, DIS-22: timestamps are generated; there is one audio track without
/// attributes.
#[test]
fn mpeg_audio_comes_one_behind_the_other() {
    let mut page = page("audio/mpeg", "cbr.mp3", usize::MAX);
    assert_eq!(page.sb(0).mode(), AppendMode::Sequence);
    page.append_bytes(0, file("cbr.mp3")).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,2064) }");
    let tracks = page.source.media_tracks();
    let words: Vec<_> =
        tracks.map(|track| format!("{:?}{:?}{:?}", track.kind, track.label, track.language)).collect();
    assert_eq!(words.len(), 1, "{words:?}");
    assert!(words[0].ends_with("\"\"\"\""), "{words:?}");
}

/// EME-1, EME-3, EME-5, EME-7: behind loadedmetadata, for each segment again.
#[test]
fn encrypted_files_tell_their_initialization_data() {
    for (mime_type, name, expected) in [
        ("video/mp4", "cenc-h264.mp4", vec!["encrypted cenc 52"]),
        ("video/mp4", "cenc-key-rotation.mp4", vec!["encrypted cenc 52"; 4]),
        ("video/webm", "cenc-vp9.webm", vec!["encrypted webm 16"]),
        ("video/mp4", "clear-h264.mp4", vec![]),
    ] {
        let mut page = page(mime_type, name, usize::MAX);
        assert_eq!(page.receipt(0).error, None, "{name}");
        let told = page.told();
        let words: Vec<_> =
            told.match_indices("encrypted ").map(|(at, _)| &told[at..told.len().min(at + 17)]).collect();
        assert_eq!(words, expected, "{name}: {told}");
    }
}

/// EME-8, EME-10: what a decryptor needs travels with the frames, through the track buffers.
#[test]
fn frames_read_back_know_how_they_are_encrypted() {
    let mut page = page("video/mp4", "cenc-clear-lead.mp4", usize::MAX);
    let mut reader = page.reader(0, 0);
    reader.seek(mse::MediaTime::ZERO);
    let mut words = Vec::new();
    loop {
        match reader.read() {
            mse::Read::Frame(frame) => words.push(frame.encryption.map_or("clear", |_| "encrypted")),
            mse::Read::DescriptionChanged(description) => {
                words.push(if description.encryption.is_some() { "protected" } else { "open" });
            }
            _ => break,
        }
    }
    words.dedup();
    assert_eq!(words, ["open", "clear", "protected", "encrypted"]);
}

/// WPT-26, DIS-9, BSF-10a: a block of track 0 ends the append.
#[test]
fn a_block_of_an_unknown_track_is_an_append_error() {
    let mut bytes = file("vp8-vorbis.webm").to_vec();
    let cluster = bytes.windows(4).position(|id| id == [0x1F, 0x43, 0xB6, 0x75]).unwrap();
    // The third SimpleBlock of the first cluster: its track number follows id and size.
    let mut at = cluster;
    for _ in 0..3 {
        at += 1 + bytes[at + 1..]
            .windows(4)
            .position(|head| head[0] == 0xA3 && head[1..].iter().any(|byte| matches!(byte, 0x81 | 0x82)))
            .unwrap();
    }
    let number = at + 1 + bytes[at + 1..at + 10].iter().position(|byte| matches!(byte, 0x81 | 0x82)).unwrap();
    bytes[number] = 0x80;
    let mut page = Page::with(Config::default());
    page.add("video/webm").unwrap();
    page.append_bytes(0, bytes).unwrap();
    assert!(page.outputs().contains("error"));
    assert_eq!(page.receipt(0).error.unwrap().code, "webm.track-unknown");
}

/// COD-15: another profile is no difference, another codec is told of and decoded.
#[test]
fn a_codec_that_was_not_declared_is_in_the_receipt() {
    for (mime_type, name, expected) in [
        ("video/mp4; codecs=\"avc1.42c01e,mp4a.40.5\"", "h264-aac.mp4", &[][..]),
        ("video/mp4", "h264-aac.mp4", &[]),
        ("video/mp4; codecs=\"avc1.64000b\"", "h264-aac.mp4", &["mp4a.40.2 in 2, not avc1.64000b"]),
        (
            "video/mp4; codecs=\"hvc1.1.6.L93.90,mp4a.40.2\"",
            "h264-aac.mp4",
            &["avc1.64000b in 1, not hvc1.1.6.L93.90,mp4a.40.2"],
        ),
        ("video/webm; codecs=\"vp8,opus\"", "vp9-opus.webm", &["vp9 in 1, not vp8,opus"]),
    ] {
        let mut page = page(mime_type, name, usize::MAX);
        let receipt = page.receipt(0);
        assert_eq!(receipt.error, None, "{mime_type}, {name}");
        let words = receipt.undeclared_codecs.iter();
        let words: Vec<String> = words
            .map(|codec| format!("{} in {}, not {}", codec.found, codec.track, codec.declared))
            .collect();
        assert_eq!(words, expected, "{mime_type}, {name}");
    }
}
