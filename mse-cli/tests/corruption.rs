//! Every byte of the smallest files of every container is changed, and these files are cut at every
//! byte: what comes out is frames or a structured error, the same in one piece and in many
//! (`mse_testkit::hostile`). `hostile.rs` damages all files at random.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse::{ByteStreamFormat, Registry};
use mse_testkit::hostile;
use std::path::Path;

/// Changes of a byte: all bits, the lowest bit, and zero.
const CHANGES: [fn(u8) -> u8; 3] = [|byte| byte ^ 0xFF, |byte| byte ^ 1, |_| 0];

fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.register(&mse_webm::MATROSKA);
    registry.register(&mse_pull::OGG).register(&mse_pull::FLAC).register(&mse_pull::WAV);
    registry
}

fn read(name: &str) -> (ByteStreamFormat, Vec<u8>) {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name)).unwrap();
    (*registry().sniff(&bytes).unwrap_or_else(|| panic!("{name}")), bytes)
}

/// A size of pieces that is another for each place.
fn piece(at: usize) -> usize {
    1 + at * 31 % 997
}

/// All of these files.
fn every_byte(names: &[&str]) {
    names.iter().for_each(|name| every_byte_before(name, usize::MAX));
}

/// The bytes before a place, all others behind them as they are.
fn every_byte_before(name: &str, end: usize) {
    let (format, bytes) = read(name);
    let mut damaged = bytes.clone();
    for at in 0..bytes.len().min(end) {
        for (index, change) in CHANGES.iter().enumerate() {
            damaged[at] = change(bytes[at]);
            if damaged[at] != bytes[at] {
                println!("{name}, byte {at}, change {index}");
                hostile::check(&format, &damaged, piece(at));
            }
        }
        damaged[at] = bytes[at];
        println!("{name}, cut at {at}");
        hostile::check(&format, &bytes[..at], piece(at));
    }
}

#[test]
fn every_byte_of_small_mp4_files() {
    every_byte(&["wvtt.mp4", "stpp.mp4", "he-aac.mp4", "hevc-hdr.mp4", "h264-rotated.mp4"]);
}

/// The `moov` with its sample tables, and everything before the second `moof`.
#[test]
fn every_byte_of_the_boxes_of_encrypted_mp4_files() {
    every_byte_before("cenc-progressive.mp4", 3300);
    every_byte_before("cbcs-hevc.mp4", 2600);
    every_byte_before("cenc-key-rotation.mp4", 1500);
}

#[test]
fn every_byte_of_small_webm_and_matroska_files() {
    every_byte(&["opus-discard.webm", "av1.webm", "flac.mkv", "laced-opus.mkv"]);
    every_byte_before("cenc-opus.webm", 1500);
}

#[test]
fn every_byte_of_small_mpeg_audio_files() {
    every_byte(&["mpeg25.mp3", "vbr.mp3", "adts-mono-44100.aac"]);
    every_byte_before("layer2.mp2", 1000);
}

#[test]
fn every_byte_of_a_small_transport_stream() {
    every_byte(&["aac.ts"]);
    every_byte_before("latm.ts", 2000);
    every_byte_before("h264-aac.ts", 1500);
}

#[test]
fn every_byte_of_a_small_ogg_file_and_of_the_heads_of_flac_and_wav() {
    every_byte(&["opus.ogg"]);
    every_byte_before("flac.flac", 300);
    every_byte_before("pcm-s16.wav", 100);
}
