//! Files that are not fragmented, with the `moov` in front: samples leave as their bytes arrive.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{movie, words};
use mse_core::{Demuxer, Limits, MimeType, ResetReason};
use mse_testkit::isobmff::boxes::{Fields, boxed, full_box};
use mse_testkit::isobmff::{Movie, edit};

/// The tables of a track: runs of equal durations and offsets, sizes, samples per chunk, sync
/// samples.
#[derive(Clone, Default)]
struct Tables {
    durations: Vec<(u32, u32)>,
    offsets: Vec<(u32, i32)>,
    sizes: Vec<u32>,
    /// First chunk, samples in each, sample entry.
    runs: Vec<(u32, u32, u32)>,
    /// Counted from the start of the media data.
    chunks: Vec<u64>,
    sync: Option<Vec<u32>>,
    /// Bits of a size in `stz2`; 0 is `stsz`.
    compact: u8,
}

impl Tables {
    fn write(&self, data_start: u64) -> Vec<u8> {
        let list =
            |entries: &[Vec<u8>]| [&(entries.len() as u32).to_be_bytes()[..], &entries.concat()].concat();
        let numbers =
            |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
        let durations: Vec<_> =
            self.durations.iter().map(|&(count, delta)| numbers(&[count, delta])).collect();
        let offsets: Vec<_> = self.offsets.iter().map(|&(count, by)| numbers(&[count, by as u32])).collect();
        let runs: Vec<_> =
            self.runs.iter().map(|&(first, count, entry)| numbers(&[first, count, entry])).collect();
        let chunks: Vec<_> =
            self.chunks.iter().map(|chunk| (chunk + data_start).to_be_bytes().to_vec()).collect();
        let sizes = Fields::new().u32(0).u32(self.sizes.len() as u32).bytes(&numbers(&self.sizes)).finish();
        let sizes = match self.compact {
            0 => full_box(b"stsz", 0, 0, &sizes),
            bits => {
                let fields: Vec<u8> = match bits {
                    4 => self
                        .sizes
                        .chunks(2)
                        .map(|pair| (pair[0] << 4 | pair.get(1).unwrap_or(&0)) as u8)
                        .collect(),
                    8 => self.sizes.iter().map(|size| *size as u8).collect(),
                    _ => self.sizes.iter().flat_map(|size| (*size as u16).to_be_bytes()).collect(),
                };
                let head = Fields::new().u32(bits.into()).u32(self.sizes.len() as u32);
                full_box(b"stz2", 0, 0, &head.bytes(&fields).finish())
            }
        };
        let mut tables = vec![
            full_box(b"stts", 0, 0, &list(&durations)),
            full_box(b"stsc", 0, 0, &list(&runs)),
            sizes,
            full_box(b"co64", 0, 0, &list(&chunks)),
        ];
        if !offsets.is_empty() {
            tables.push(full_box(b"ctts", 1, 0, &list(&offsets)));
        }
        if let Some(sync) = &self.sync {
            let sync: Vec<_> = sync.iter().map(|number| number.to_be_bytes().to_vec()).collect();
            tables.push(full_box(b"stss", 0, 0, &list(&sync)));
        }
        tables.concat()
    }
}

/// Video in chunks of 2 and 1 samples, audio in chunks of 1 between them.
fn video() -> Tables {
    Tables {
        durations: vec![(3, 40)],
        offsets: vec![(1, 40), (1, 80), (1, 0)],
        sizes: vec![3, 3, 5],
        runs: vec![(1, 2, 1), (2, 1, 1)],
        chunks: vec![0, 9],
        sync: Some(vec![1]),
        compact: 0,
    }
}

fn audio() -> Tables {
    Tables {
        durations: vec![(1, 1920), (1, 960)],
        sizes: vec![3, 4],
        runs: vec![(1, 1, 1)],
        chunks: vec![6, 14],
        ..Tables::default()
    }
}

const DATA: &[u8] = b"onetwoAAAthreeBBBB";

/// `ftyp`, `moov` with these tables, and `mdat`.
fn file(tables: &[Tables], between: &[u8]) -> Vec<u8> {
    let header = |data_start| {
        let mut bytes = Movie { movie_extends: false, ..movie() }.bytes().to_vec();
        for (index, tables) in tables.iter().enumerate() {
            let path = |name: &str| format!("moov/trak[{index}]/mdia/minf/stbl/{name}");
            bytes = edit::without(&bytes, &path("stsc"));
            bytes = edit::without(&bytes, &path("stsz"));
            bytes = edit::without(&bytes, &path("stco"));
            bytes = edit::replaced(&bytes, &path("stts"), &tables.write(data_start));
        }
        [&bytes, between].concat()
    };
    let data_start = header(0).len() as u64 + 8;
    [header(data_start), boxed(b"mdat", DATA)].concat()
}

fn demuxer() -> Box<dyn Demuxer> {
    (mse_isobmff::PROGRESSIVE.new_demuxer)(&MimeType::parse("video/mp4").unwrap(), &Limits::default())
}

fn split(bytes: &[u8], size: usize) -> Vec<String> {
    let mut demuxer = demuxer();
    let mut all = Vec::new();
    for piece in bytes.chunks(size) {
        demuxer.push(Bytes::copy_from_slice(piece));
        all.extend(words(demuxer.as_mut()));
        if all.last().is_some_and(|word| word.contains(" at ")) {
            break;
        }
    }
    all
}

fn last(bytes: &[u8]) -> String {
    split(bytes, bytes.len()).pop().unwrap_or_default()
}

#[test]
fn samples_leave_in_the_order_of_their_bytes_with_the_times_of_the_tables() {
    let bytes = file(&[video(), audio()], &[]);
    let expected = [
        "init",
        "start",
        "1:one@40|0+40K",
        "1:two@120|40+40",
        "2:AAA@0|0+40K",
        "1:three@80|80+40",
        "2:BBBB@40|40+20K",
        "end",
    ];
    for size in [1, 7, 188, usize::MAX] {
        assert_eq!(split(&bytes, size), expected, "in pieces of {size}");
    }
}

#[test]
fn sizes_may_be_compact() {
    let plain = split(&file(&[video(), audio()], &[]), usize::MAX);
    for compact in [4, 8, 16] {
        let tables = [Tables { compact, ..video() }, Tables { compact, ..audio() }];
        assert_eq!(split(&file(&tables, &[]), usize::MAX), plain, "{compact} bits");
    }
    let odd = split(&file(&[Tables { compact: 5, ..video() }, audio()], &[]), usize::MAX);
    assert!(odd[0].starts_with("isobmff.sample-tables-invalid"), "{odd:?}");
}

#[test]
fn boxes_between_are_passed_over_and_a_second_file_may_follow() {
    let bytes = file(&[video(), audio()], &boxed(b"free", &[0; 100]));
    let once = split(&bytes, 33);
    assert_eq!(once.len(), 8, "{once:?}");
    // Its positions count from its own ftyp.
    let twice = [&bytes[..], &bytes].concat();
    assert_eq!(split(&twice, 33), [once.clone(), once].concat());
}

#[test]
fn every_truncation_waits_and_keeps_what_was_complete() {
    let bytes = file(&[video(), audio()], &[]);
    let all = split(&bytes, usize::MAX);
    for end in 1..bytes.len() {
        let some = split(&bytes[..end], end);
        assert_eq!(some[..], all[..some.len()], "{end}");
    }
}

#[test]
fn samples_without_bytes_are_no_frames() {
    // ISO-42
    let tables = Tables { sizes: vec![3, 0, 3], runs: vec![(1, 3, 1)], chunks: vec![0], ..video() };
    let got = split(&file(&[tables], &[]), usize::MAX);
    assert_eq!(got, ["init", "start", "1:one@40|0+40K", "1:two@80|80+40", "end"]);
}

#[test]
fn what_contradicts_itself_is_an_error() {
    let over = Tables { sizes: vec![3, 3, 500], ..video() };
    let behind = [&file(&[over], &[])[..], &boxed(b"free", &[0; 600])].concat();
    let backwards = Tables { chunks: vec![3, 0], sizes: vec![3, 3, 3], runs: vec![(1, 1, 1)], ..video() };
    let shared = Tables {
        durations: vec![(100, 40)],
        sizes: vec![17; 100],
        runs: vec![(1, 1, 1)],
        chunks: vec![0; 100],
        sync: None,
        offsets: Vec::new(),
        compact: 0,
    };
    let claims = |name: &str, at: usize| {
        edit::patched(
            &file(&[video()], &[]),
            &format!("moov/trak/mdia/minf/stbl/{name}"),
            at,
            &[0x10, 0, 0, 0],
        )
    };
    let missing = edit::without(&file(&[video()], &[]), "moov/trak/mdia/minf/stbl/stsc");
    let no_samples = Movie { movie_extends: false, ..movie() }.bytes().to_vec();
    let rows: [(Vec<u8>, &str); 9] = [
        (behind, "isobmff.sample-outside-mdat"),
        (file(&[backwards], &[]), "isobmff.sample-passed"),
        (file(&[shared], &[]), "isobmff.samples-overlap"),
        (claims("stts", 12), "isobmff.box-truncated"),
        (claims("stsz", 16), "isobmff.box-truncated"),
        (claims("co64", 12), "isobmff.box-truncated"),
        (missing, "isobmff.sample-tables-invalid"),
        (no_samples, "isobmff.mvex-missing"),
        // ISO-19: the next file begins, and samples of this one are missing.
        ([&file(&[video(), audio()], &[])[..1000], b"\0\0\0\x10ftypisom\0\0\0\0"].concat(), ""),
    ];
    for (bytes, code) in rows {
        let word = last(&bytes);
        assert!(word.starts_with(code), "{word}, not {code}");
        // Whatever the pieces, an error says which box it is about.
        assert!(word == "end" || code.is_empty() || word.contains(" in moov"), "{word}");
        assert_eq!(split(&bytes, 5).pop().unwrap_or_default(), word);
    }
}

#[test]
fn after_a_reset_a_file_must_be_appended_from_its_start() {
    let bytes = file(&[video(), audio()], &[]);
    let mut demuxer = demuxer();
    demuxer.push(Bytes::copy_from_slice(&bytes[..bytes.len() - 10]));
    assert_eq!(words(demuxer.as_mut()).len(), 4);
    demuxer.reset(ResetReason::Abort);
    demuxer.push(Bytes::from(boxed(b"mdat", DATA)));
    let word = words(demuxer.as_mut()).pop().unwrap();
    assert!(word.starts_with("isobmff.progressive-interrupted"), "{word}");
    demuxer.reset(ResetReason::AppendError);
    demuxer.push(Bytes::from(bytes));
    assert_eq!(words(demuxer.as_mut()).len(), 8);
}

#[test]
fn every_corrupted_byte_ends_in_frames_or_an_error() {
    let bytes = file(&[video(), audio()], &[]);
    for at in 0..bytes.len() {
        for value in [0, 1, 0x7F, 0x80, 0xFF] {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            assert!(split(&bytes, usize::MAX).len() < 30, "byte {at} is {value}");
        }
    }
}
