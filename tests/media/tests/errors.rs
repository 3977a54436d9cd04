//! Inputs of every format that are damaged by hand: the engine reports the same error, offset and
//! path included, however the bytes are split.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse::ParseError;
use mse_media_tests::engine::{Page, mime_type, registry};
use mse_testkit::random::Random;
use std::path::Path;

fn media(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name)).unwrap()
}

/// First place of a name behind a position.
fn find(bytes: &[u8], name: &[u8], from: usize) -> usize {
    from + bytes[from..].windows(name.len()).position(|window| window == name).unwrap()
}

/// A file and what is done to it.
struct Damage {
    name: &'static str,
    what: &'static str,
    act: fn(&mut Vec<u8>),
}

/// Overwrites bytes from a place on.
fn put(bytes: &mut [u8], at: usize, new: &[u8]) {
    bytes[at..at + new.len()].copy_from_slice(new);
}

const DAMAGES: &[Damage] = &[
    Damage {
        name: "h264-video.mp4",
        what: "moov without mvhd",
        act: |bytes| {
            let at = find(bytes, b"mvhd", 0);
            put(bytes, at, b"free");
        },
    },
    Damage {
        name: "h264-video.mp4",
        what: "tfdt goes",
        act: |bytes| {
            let at = find(bytes, b"tfdt", 0);
            put(bytes, at, b"free");
        },
    },
    Damage {
        name: "h264-aac.mp4",
        what: "a fragment of a track that is not there",
        act: |bytes| {
            let at = find(bytes, b"tfhd", 0);
            put(bytes, at + 8, &99_u32.to_be_bytes());
        },
    },
    Damage {
        name: "h264-aac.mp4",
        what: "trun says more samples than it has",
        act: |bytes| {
            let at = find(bytes, b"trun", find(bytes, b"trun", 0) + 4);
            put(bytes, at + 8, &0x00FF_FFFF_u32.to_be_bytes());
        },
    },
    Damage {
        name: "h264-video.mp4",
        what: "a second moof is of size 4",
        act: |bytes| {
            let at = find(bytes, b"moof", find(bytes, b"moof", 0) + 4);
            put(bytes, at - 4, &4_u32.to_be_bytes());
        },
    },
    Damage {
        name: "aac-audio.mp4",
        what: "an initialization segment of another codec comes second",
        act: |bytes| bytes.extend(media("flac.mp4").iter().chain(&media("h264-video.mp4"))),
    },
    Damage {
        name: "h264-aac.mp4",
        what: "an initialization segment with a track less comes second",
        act: |bytes| bytes.extend(media("h264-video.mp4")),
    },
    Damage {
        name: "vp9-opus.webm",
        what: "an initialization segment with a track less comes second",
        act: |bytes| bytes.extend(media("opus-discard.webm")),
    },
    Damage {
        name: "vp9-opus.webm",
        what: "a SimpleBlock longer than its Cluster",
        act: |bytes| {
            let cluster = find(bytes, b"\x1F\x43\xB6\x75", 0);
            let block = find(bytes, b"\xA3", cluster + 12);
            put(bytes, block + 1, b"\x10\x7F\xFF\xFF");
        },
    },
    Damage {
        name: "av1.webm",
        what: "no Tracks before the first Cluster",
        act: |bytes| {
            let at = find(bytes, b"\x16\x54\xAE\x6B", 0);
            put(bytes, at, b"\x16\x54\xAE\x6C");
        },
    },
    Damage {
        name: "opus-discard.webm",
        what: "an EBML header of a later version",
        act: |bytes| {
            let at = find(bytes, b"\x42\x86", 0);
            put(bytes, at + 3, b"\x09");
        },
    },
    Damage {
        name: "h264-aac.ts",
        what: "zeros from the third packet on",
        act: |bytes| bytes[3 * 188..].fill(0),
    },
    Damage {
        name: "h264-aac.ts",
        what: "a PMT of other tracks comes later",
        act: |bytes| bytes.extend(media("aac.ts").iter().chain(&media("hevc-aac.ts"))),
    },
    Damage {
        name: "adts-stereo.aac",
        what: "foreign bytes in the middle",
        act: |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle..middle + 600].fill(0x5A);
        },
    },
    Damage {
        name: "adts-stereo.aac",
        what: "headers that say another layer",
        act: |bytes| {
            let middle = bytes.len() / 2;
            let at = find(bytes, b"\xFF\xF1", middle);
            put(bytes, at + 1, b"\xF7");
        },
    },
    Damage {
        name: "cbr.mp3",
        what: "zeros from the middle on",
        act: |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle..].fill(0);
        },
    },
    Damage {
        name: "flac.ogg",
        what: "a page without its capture pattern",
        act: |bytes| {
            let at = find(bytes, b"OggS", 200);
            put(bytes, at, b"OggX");
        },
    },
    Damage { name: "flac.flac", what: "no metadata", act: |bytes| bytes[4..200].fill(0xFF) },
    Damage {
        name: "pcm-s16.wav",
        what: "a format of no samples",
        act: |bytes| {
            let at = find(bytes, b"fmt ", 0);
            bytes[at + 8..at + 24].fill(0);
        },
    },
];

/// Result of an input in pieces that end at these places: the error, and the number of bytes that
/// were told as lost.
fn error(bytes: &[u8], mime: &str, ends: &[usize]) -> (Option<ParseError>, u64) {
    let mut page = Page::new(mime);
    let mut at = 0;
    for end in ends.iter().copied().chain([bytes.len()]) {
        if page.append(Bytes::copy_from_slice(&bytes[at..end])).error.is_some() {
            break;
        }
        at = end;
    }
    let lost = page.played.losses.iter().map(|loss| loss.bytes).sum();
    (page.played.error, lost)
}

/// Places where two pieces meet: all of small inputs, else some.
fn places(length: usize, random: &mut Random) -> Vec<usize> {
    if length <= 300 {
        return (1..length).collect();
    }
    (0..60).map(|_| random.within(1..=length as i64 - 1) as usize).collect()
}

#[test]
fn an_error_is_the_same_for_every_split_of_the_bytes() {
    const SEED: u64 = 16;
    println!("seed {SEED}");
    let mut random = Random::new(SEED);
    let mut failures = Vec::new();
    for damage in DAMAGES {
        let clean = media(damage.name);
        let mime = mime_type(registry().sniff(&clean).unwrap());
        let mut bytes = clean;
        (damage.act)(&mut bytes);
        let whole = error(&bytes, mime, &[]);
        let (told, lost) = &whole;
        let told = told.as_ref().map_or_else(|| "no error".to_owned(), ToString::to_string);
        println!("{}, {}: {told}, {lost} bytes lost", damage.name, damage.what);
        let mut differ = |ends: &[usize]| {
            let split = error(&bytes, mime, ends);
            if split != whole {
                let shown = &ends[..ends.len().min(4)];
                failures.push(format!(
                    "{}, {}, split at {shown:?}:\n    {:?}, not\n    {:?}",
                    damage.name, damage.what, split, whole
                ));
            }
            split != whole
        };
        // Several sizes, down to one byte, and two pieces.
        let sizes: &[usize] = if bytes.len() < 15_000 { &[1, 7, 188, 997] } else { &[61, 188, 997] };
        let mut is_found = false;
        for &size in sizes {
            let ends: Vec<usize> = (1..bytes.len().div_ceil(size)).map(|index| index * size).collect();
            is_found = is_found || differ(&ends);
        }
        for place in places(bytes.len(), &mut random) {
            is_found = is_found || differ(&[place]);
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), DAMAGES.len(), failures.join("\n"));
}
