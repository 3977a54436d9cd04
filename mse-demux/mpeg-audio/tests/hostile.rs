//! Bytes that look like frames and tags and are none: the same items for every split, few of them,
//! and no error that ends a stream.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse_mpeg_audio::{AC3, FORMAT};
use mse_testkit::hostile;
use mse_testkit::random::Random;
use std::path::Path;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name)).unwrap()
}

fn below(random: &mut Random, end: usize) -> usize {
    random.within(0..=end as i64 - 1) as usize
}

#[test]
fn what_looks_like_frames_and_is_none() {
    // Headers of ADTS that claim long frames, of layers I to III and of free format, of AC-3 and
    // its substreams, tags.
    let words: [&[u8]; 12] = [
        b"\xFF\xF1\x4C\x83\xFF\xFF\xFC\0",
        b"\xFF\xF1\x4C\x80\x02\x1F\xFC\0\0\0\0\0\0\0\0\0",
        b"\xFF\xFB\x90\0",
        b"\xFF\xFF\x14\0",
        b"\xFF\xFB\0\0",
        b"\xFF\xE3\x02\xC0",
        b"\x0B\x77\0\0\x08\x40\x40\0",
        b"\x0B\x77\x40\x03\x30\x80\0\0",
        b"ID3\x04\0\0\0\0\0\x09",
        b"TAG+",
        b"LYRICSBEGIN",
        b"APETAGEX\xD0\x07\0\0\x20\0\0\0\0\0\0\0\0\0\0\xA0\0\0\0\0\0\0\0\0",
    ];
    let names = ["adts-6.1.aac", "adts-mono-44100.aac", "cbr.mp3", "gapless.mp3", "mpeg25.mp3", "layer2.mp2"];
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let name: &&str = random.one_of(&names);
        let whole = file(name);
        let mut bytes = if random.percent(50) { whole.clone() } else { Vec::new() };
        for _ in 0..below(&mut random, 25) {
            match below(&mut random, 4) {
                0 => bytes.extend(random.one_of(&words[..]).repeat(1 + below(&mut random, 60))),
                1 => bytes.extend((0..below(&mut random, 400)).map(|_| random.bits() as u8)),
                2 => bytes.extend(vec![*random.one_of(&[0, 0xFF, 0x0B, b'T']); below(&mut random, 2000)]),
                _ => {
                    let start = below(&mut random, whole.len());
                    bytes.extend(&whole[start..(start + below(&mut random, 2500)).min(whole.len())]);
                }
            }
        }
        let piece = 1 + below(&mut random, 600);
        hostile::check(&FORMAT, &bytes, piece);
        hostile::check(&AC3, &bytes, piece);
    }
}
