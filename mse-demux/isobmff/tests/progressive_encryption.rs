//! Encrypted files that are not fragmented (ISO-40, EME-8, EME-10): auxiliary information in the
//! sample table, in the `moov` and in the media data.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::error_word;
use mse_core::{CodedFrame, Demuxed, Limits, MimeType};
use mse_testkit::decryption::decrypt;
use mse_testkit::isobmff::boxes::{Fields, boxed, full_box};
use mse_testkit::isobmff::{Movie, MovieTrack, edit, sample_entry};
use std::path::Path;

const KEY: [u8; 16] = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef_u128.to_be_bytes();

/// The frames of a stream that comes in pieces of a size, and the error that ended it.
fn demux(bytes: &[u8], piece: usize) -> (Vec<CodedFrame>, Option<String>) {
    let mime = MimeType::parse("video/mp4").unwrap();
    let mut demuxer = (mse_isobmff::PROGRESSIVE.new_demuxer)(&mime, &Limits::default());
    let mut frames = Vec::new();
    for piece in bytes.chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(piece));
        loop {
            match demuxer.poll() {
                Ok(Demuxed::NeedMoreData) => break,
                Ok(Demuxed::Frame(frame)) => frames.push(frame),
                Ok(_) => {}
                Err(error) => return (frames, Some(error_word(&error))),
            }
        }
    }
    (frames, None)
}

fn media(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name)).unwrap()
}

#[test]
fn decrypted_frames_are_those_of_the_clear_file() {
    let cenc = media("cenc-progressive.mp4");
    let (clear, _) = demux(&media("h264-aac-progressive.mp4"), usize::MAX);
    // saio points into the box that senc was.
    let mut hidden = cenc.clone();
    while let Some(at) = hidden.windows(4).position(|word| word == b"senc") {
        hidden[at..at + 4].copy_from_slice(b"free");
    }
    for bytes in [cenc, hidden] {
        for piece in [usize::MAX, 188, 7] {
            let (frames, error) = demux(&bytes, piece);
            assert_eq!((frames.len(), error), (clear.len(), None));
            for (frame, clear) in frames.iter().zip(&clear) {
                assert!(frame.encryption.is_some());
                let decrypted = CodedFrame {
                    data: Bytes::from(decrypt(frame, &KEY)).into(),
                    encryption: None,
                    ..frame.clone()
                };
                assert_eq!(decrypted, *clear);
            }
        }
    }
}

/// A file of one track with two chunks of two samples of three bytes.
struct File {
    /// Further boxes of the sample table; the argument is where the media data begins.
    boxes: fn(u64) -> Vec<Vec<u8>>,
    data: &'static [u8],
    chunks: [u64; 2],
    /// The sample entry of the second chunk; the second one is clear.
    second: u32,
}

/// `tenc`: vectors of 8 bytes, key id of ones.
const TENC: &[u8] = &[0, 0, 1, 8, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];

impl File {
    fn bytes(&self) -> Vec<u8> {
        let empty = self.header(0).len() as u64;
        [
            self.header(empty + 8),
            boxed(b"mdat", self.data),
            boxed(b"free", b"AUXILIARY-1-AUXILIARY-2-AUXILIARY"),
        ]
        .concat()
    }

    fn header(&self, data_start: u64) -> Vec<u8> {
        let clear = sample_entry::avc1(160, 90, common::AVCC);
        let entry = sample_entry::protected(&clear, b"encv", b"cenc", 0, TENC);
        let mut track = MovieTrack::video(1, 1000, 160, 90, entry);
        track.entries.push(clear);
        let movie = Movie { movie_extends: false, tracks: vec![track], ..Movie::default() };
        let mut bytes = movie.bytes().to_vec();
        let path = |name: &str| format!("moov/trak/mdia/minf/stbl/{name}");
        for name in ["stsc", "stsz", "stco"] {
            bytes = edit::without(&bytes, &path(name));
        }
        let [first, second] = self.chunks.map(|chunk| chunk + data_start);
        let mut tables = vec![
            full_box(b"stts", 0, 0, &Fields::new().u32(1).u32(4).u32(10).finish()),
            full_box(
                b"stsc",
                0,
                0,
                &Fields::new().u32(2).u32(1).u32(2).u32(1).u32(2).u32(2).u32(self.second).finish(),
            ),
            full_box(b"stsz", 0, 0, &Fields::new().u32(3).u32(4).finish()),
            full_box(b"co64", 0, 0, &Fields::new().u32(2).u64(first).u64(second).finish()),
        ];
        tables.extend((self.boxes)(data_start));
        edit::replaced(&bytes, &path("stts"), &tables.concat())
    }

    /// `DATA VECTOR KEY` of each frame, or `DATA clear`, and the error; the same for all splits.
    fn words(&self) -> String {
        let bytes = self.bytes();
        let (frames, error) = demux(&bytes, usize::MAX);
        for piece in [1, 13] {
            assert_eq!(demux(&bytes, piece), (frames.clone(), error.clone()), "in pieces of {piece}");
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let word = |frame: &CodedFrame| match &frame.encryption {
            None => format!("{} clear", text(&frame.data)),
            Some(encryption) => {
                let key = encryption.key_id().0[0];
                format!("{} {} {key}", text(&frame.data), text(encryption.initialization_vector()))
            }
        };
        frames.iter().map(word).chain(error).collect::<Vec<_>>().join(", ")
    }
}

const SAMPLES: &[u8] = b"onetwosixten";
const IN_ORDER: File = File { boxes: |_| Vec::new(), data: SAMPLES, chunks: [0, 6], second: 1 };

fn sizes(count: u32, size: u8) -> Vec<u8> {
    full_box(b"saiz", 0, 0, &Fields::new().u8(size).u32(count).finish())
}

fn offsets(positions: &[u64]) -> Vec<u8> {
    let positions: Vec<u8> = positions.iter().flat_map(|position| position.to_be_bytes()).collect();
    let count = positions.len() as u32 / 8;
    full_box(b"saio", 1, 0, &Fields::new().u32(count).bytes(&positions).finish())
}

#[test]
fn auxiliary_information_may_lie_in_the_media_data() {
    // One position a chunk, each before its samples.
    let before = File {
        boxes: |data| vec![sizes(4, 8), offsets(&[data, data + 22])],
        data: b"VECTOR-1VECTOR-2onetwoVECTOR-3VECTOR-4sixten",
        chunks: [16, 38],
        ..IN_ORDER
    };
    let expected = "one VECTOR-1 1, two VECTOR-2 1, six VECTOR-3 1, ten VECTOR-4 1";
    assert_eq!(before.words(), expected);
    // One position for all of it.
    let together = File {
        boxes: |data| vec![sizes(4, 8), offsets(&[data])],
        data: b"VECTOR-1VECTOR-2VECTOR-3VECTOR-4onetwosixten",
        chunks: [32, 38],
        ..IN_ORDER
    };
    assert_eq!(together.words(), expected);
    // Behind the samples, in another box.
    let behind =
        File { boxes: |data| vec![sizes(4, 8), offsets(&[data + 12 + 8])], data: SAMPLES, ..IN_ORDER };
    assert_eq!(behind.words(), "one AUXILIAR 1, two Y-1-AUXI 1, six LIARY-2- 1, ten AUXILIAR 1");
}

#[test]
fn auxiliary_information_that_was_passed_over_or_never_comes_is_no_frame() {
    let passed = File {
        boxes: |data| vec![sizes(4, 8), offsets(&[data, data + 2])],
        data: b"VECTOR-1VECTOR-2onetwosixten",
        chunks: [16, 22],
        ..IN_ORDER
    };
    let words = passed.words();
    assert!(words.starts_with("one VECTOR-1 1, two VECTOR-2 1, isobmff.sample-passed at "), "{words}");
    let before_the_moov = File { boxes: |_| vec![sizes(4, 8), offsets(&[0])], ..IN_ORDER };
    assert!(before_the_moov.words().starts_with("isobmff.sample-passed at "));
    let never = File { boxes: |data| vec![sizes(4, 8), offsets(&[data + 1000])], ..IN_ORDER };
    assert_eq!(never.words(), "");
}

/// `senc` of so many samples, with vectors for those that have one.
fn vectors(count: u32, text: &[u8]) -> Vec<u8> {
    full_box(b"senc", 0, 0, &Fields::new().u32(count).bytes(text).finish())
}

#[test]
fn clear_samples_are_those_of_a_clear_entry_and_of_a_clear_group() {
    // EME-10
    let clear_entry = File { boxes: |_| vec![vectors(4, b"VECTOR-1VECTOR-2")], second: 2, ..IN_ORDER };
    assert_eq!(clear_entry.words(), "one VECTOR-1 1, two VECTOR-2 1, six clear, ten clear");
    // seig: the second sample is clear, the fourth has another key.
    let groups = File {
        boxes: |_| {
            let key = |is_protected: u8, iv_size: u8| {
                Fields::new().u8(0).u8(0).u8(is_protected).u8(iv_size).bytes(&[9; 16]).finish()
            };
            let known = Fields::new().bytes(b"seig").u32(20).u32(2).bytes(&key(0, 0)).bytes(&key(1, 8));
            let members = [1, 0, 1, 1, 1, 0, 1, 2].map(u32::to_be_bytes).concat();
            vec![
                full_box(b"sgpd", 1, 0, &known.finish()),
                full_box(b"sbgp", 0, 0, &Fields::new().bytes(b"seig").u32(4).bytes(&members).finish()),
                vectors(4, b"VECTOR-1VECTOR-3VECTOR-4"),
            ]
        },
        ..IN_ORDER
    };
    assert_eq!(groups.words(), "one VECTOR-1 1, two clear, six VECTOR-3 1, ten VECTOR-4 9");
}

#[test]
fn what_a_decryptor_needs_must_be_complete() {
    // EME-11, BSF-10c
    assert!(IN_ORDER.words().starts_with("isobmff.encryption-incomplete at "));
    let short = File { boxes: |_| vec![vectors(3, b"VECTOR-1VECTOR-2VECTOR-3")], ..IN_ORDER };
    let words = short.words();
    // The next sample is read ahead.
    assert!(
        words.starts_with("one VECTOR-1 1, two VECTOR-2 1, isobmff.encryption-incomplete at "),
        "{words}"
    );
    // A subsample table that does not add up to the sample.
    let wrong = File {
        boxes: |_| {
            let one = Fields::new().bytes(b"VECTOR-1").u16(1).u16(1).u32(3).finish();
            vec![full_box(b"senc", 0, 2, &Fields::new().u32(4).bytes(&one.repeat(4)).finish())]
        },
        ..IN_ORDER
    };
    assert!(wrong.words().starts_with("isobmff.auxiliary-invalid at "));
}

#[test]
fn every_corrupted_byte_ends_in_frames_or_an_error() {
    let file = File {
        boxes: |data| vec![sizes(4, 8), offsets(&[data, data + 22])],
        data: b"VECTOR-1VECTOR-2onetwoVECTOR-3VECTOR-4sixten",
        chunks: [16, 38],
        ..IN_ORDER
    };
    let bytes = file.bytes();
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7F, 0x80, 0xFF] {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            let whole = demux(&bytes, usize::MAX);
            assert!(whole.0.len() <= 4, "byte {at} is {value}");
            assert_eq!(demux(&bytes, 5), whole, "byte {at} is {value}");
        }
    }
}
