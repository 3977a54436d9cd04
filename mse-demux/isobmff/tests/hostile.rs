//! Headers that claim anything: no panic, no more work than the bytes pay for, no more memory than
//! M5 of docs/performance.md (ISO-43, INV-11).
//!
//! Work is counted in items and, for what no count shows, bounded by a generous time. Memory is
//! counted by the appended pieces that are still alive, each of which says so when it goes; what
//! the parser allocates beside them has tests of its own in the crate.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{AVCC, demuxer, demuxer_with, error_word, init, media, movie, samples, split, whole};
use mse_core::{Demuxed, Demuxer, Limits, MediaDescription, ResetReason};
use mse_testkit::isobmff::boxes::{Fields, boxed, container, full_box};
use mse_testkit::isobmff::{
    DataOffset, Mdat, Movie, MovieTrack, Sample, SampleFields, Segment, TrackFragment, TrackRun, edit,
    sample_entry,
};
use mse_testkit::random::Random;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn raw(size: u32, name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [&size.to_be_bytes()[..], name, payload].concat()
}

fn then(bytes: &[u8]) -> Vec<u8> {
    [&movie().bytes()[..], bytes].concat()
}

/// Time linear in the bytes: this many of them in far less than quadratic time would take.
fn quickly<T>(what: &str, act: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = act();
    assert!(started.elapsed() < Duration::from_secs(5), "{what} took {:?}", started.elapsed());
    result
}

/// An append that says when it is let go.
struct Piece {
    bytes: Vec<u8>,
    held: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Outcome {
    items: usize,
    frames: usize,
    /// Bytes of the frames.
    data: usize,
    /// Most appended bytes that were alive after a poll, frames dropped.
    held: usize,
    error: String,
}

fn run(demuxer: &mut dyn Demuxer, bytes: &[u8], size: usize) -> Outcome {
    let held = Arc::new(AtomicUsize::new(0));
    let mut outcome = Outcome::default();
    for piece in bytes.chunks(size) {
        held.fetch_add(piece.len(), Ordering::Relaxed);
        demuxer.push(Bytes::from_owner(Piece { bytes: piece.to_vec(), held: Arc::clone(&held) }));
        loop {
            match demuxer.poll() {
                Ok(Demuxed::NeedMoreData) => break,
                Ok(item) => {
                    outcome.items += 1;
                    if let Demuxed::Frame(frame) = item {
                        outcome.frames += 1;
                        outcome.data += frame.data.len();
                    }
                }
                Err(error) => {
                    outcome.error = error_word(&error);
                    return outcome;
                }
            }
        }
        outcome.held = outcome.held.max(held.load(Ordering::Relaxed));
    }
    outcome
}

fn outcome(bytes: &[u8], size: usize) -> Outcome {
    run(demuxer().as_mut(), bytes, size)
}

#[test]
fn media_data_is_not_held_once_its_samples_are_out() {
    // INV-11: an mdat of a mebibyte in 10 000 samples.
    let data = vec![Sample::new(1, vec![7; 105]); 10_000];
    for mdat in [Mdat::One, Mdat::Large] {
        let segment =
            Segment { tracks: vec![TrackFragment::new(1, 0, data.clone())], mdat, ..Segment::default() };
        let bytes = then(&segment.bytes());
        let outcome = outcome(&bytes, 1000);
        assert_eq!((outcome.frames, outcome.data), (10_000, 1_050_000));
        // The moof of 160 000 bytes has to be whole.
        assert!(outcome.held < 165_000, "{}", outcome.held);
    }
}

#[test]
fn boxes_that_are_passed_over_are_not_held() {
    for name in [b"free", b"mdat", b"emsg", b"uuid"] {
        let bytes = then(&boxed(name, &vec![0; 3_000_000]));
        assert!(outcome(&bytes, 4096).held <= 2 * 4096, "{}", String::from_utf8_lossy(name));
    }
    let endless = then(&[&raw(1, b"free", &(1_u64 << 62).to_be_bytes())[..], &[0; 1_000_000]].concat());
    assert!(outcome(&endless, 4096).held <= 2 * 4096);
}

#[test]
fn a_claim_of_any_size_holds_only_what_came() {
    let largest = Limits::default().max_header_size as u32;
    for name in [b"moov", b"moof"] {
        let bytes = then(&raw(largest, name, &[0; 100_000]));
        let outcome = outcome(&bytes, 1000);
        assert_eq!(outcome.error, "");
        assert!(outcome.held <= bytes.len(), "{}", outcome.held);
        let above = then(&raw(largest + 1, name, &[]));
        assert!(run(demuxer().as_mut(), &above, 1000).error.starts_with("isobmff.header-too-large"));
    }
}

#[test]
fn every_size_of_every_box_errs_or_waits() {
    let bytes = media(vec![TrackFragment::new(1, 0, samples(40, &["one", "two"]))]);
    let sizes = [0, 1, 2, 7, 8, 9, 15, 16, 17, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, u32::MAX];
    let mut starts = Vec::new();
    for at in 0..bytes.len() - 8 {
        if bytes[at + 4..at + 8].iter().all(u8::is_ascii_lowercase) {
            starts.push(at);
        }
    }
    assert!(starts.len() > 35, "{}", starts.len());
    for at in starts {
        for size in sizes {
            let mut damaged = bytes.clone();
            damaged[at..at + 4].copy_from_slice(&u32::to_be_bytes(size));
            assert!(whole(&damaged).len() <= 6, "box at {at} of size {size}");
        }
        for size in [0, 15, 16, 1 << 31, 1 << 32, 1 << 63, u64::MAX - at as u64, u64::MAX] {
            let mut damaged = bytes.clone();
            damaged[at..at + 4].copy_from_slice(&[0, 0, 0, 1]);
            damaged.splice(at + 8..at + 8, size.to_be_bytes());
            assert!(whole(&damaged).len() <= 6, "box at {at} of size {size}");
        }
    }
}

#[test]
fn counts_of_four_billion_without_bytes_are_refused_or_skipped() {
    let claim = |path: &str, offset: usize| {
        let bytes = media(vec![TrackFragment::new(1, 0, samples(40, &["one"]))]);
        let damaged = edit::patched(&bytes, path, offset, &u32::MAX.to_be_bytes());
        quickly(path, || outcome(&damaged, usize::MAX)).error
    };
    let error = |path, offset| claim(path, offset).split(' ').next().unwrap().to_owned();
    assert_eq!(error("moof/traf/trun", 12), "isobmff.box-truncated");
    assert_eq!(error("moov/trak/mdia/minf/stbl/stsd", 12), "isobmff.too-many-sample-entries");
    assert_eq!(error("moov/trak/mdia/minf/stbl/stco", 12), "isobmff.samples-in-moov");
    assert_eq!(error("moov/trak/mdia/minf/dinf/dref", 12), "", "the entries that are there count");

    let edits = full_box(b"elst", 0, 0, &u32::MAX.to_be_bytes());
    let track = MovieTrack { extra: vec![container(b"edts", &[edits])], ..movie().tracks[0].clone() };
    let bytes = Movie { tracks: vec![track], ..Movie::default() }.bytes();
    assert!(outcome(&bytes, usize::MAX).error.starts_with("isobmff.box-truncated"));
}

/// A track fragment of one run without entries.
fn bare_run(sample_count: u32, default_size: u32, default_duration: u32) -> TrackFragment {
    let run = TrackRun { sample_count: Some(sample_count), ..TrackRun::default() };
    TrackFragment {
        default_size: Some(default_size),
        default_duration: Some(default_duration),
        runs: vec![run],
        ..TrackFragment::new(1, 0, Vec::new())
    }
}

#[test]
fn empty_samples_without_entries_are_passed_over_at_once() {
    let many = media(vec![bare_run(u32::MAX, 0, 1000); 2000]);
    let outcome = quickly("2000 runs of 2^32 samples", || outcome(&many, usize::MAX));
    assert_eq!((outcome.frames, &outcome.error[..]), (0, ""));
    let too_long =
        TrackFragment { decode_time: Some(i64::MAX as u64 - 5), ..bare_run(u32::MAX, 0, u32::MAX) };
    assert!(run(demuxer().as_mut(), &media(vec![too_long]), 99).error.starts_with("isobmff.time-overflow"));
}

#[test]
fn samples_without_entries_are_as_many_as_their_bytes() {
    let header =
        Segment { tracks: vec![bare_run(u32::MAX, 1, 1)], mdat: Mdat::Missing, ..Segment::default() };
    let bytes = then(&[&header.bytes()[..], &raw(u32::MAX, b"mdat", &[7; 10_000])].concat());
    // The data offset was written for a segment without mdat.
    let bytes = edit::patched(&bytes, "moof/traf/trun", 16, &104_u32.to_be_bytes());
    let outcome = outcome(&bytes, 1000);
    assert!((9_980..=10_000).contains(&outcome.frames), "{} {}", outcome.frames, outcome.error);
}

#[test]
fn samples_that_share_their_bytes_stop_at_a_few_times_the_bytes() {
    let frame = vec![1; 10_000];
    let run = TrackRun {
        fields: SampleFields::ALL,
        samples: vec![Sample::new(1, frame.clone())],
        data_offset: DataOffset::Exactly(0),
        ..TrackRun::default()
    };
    let runs = vec![run; 1000];
    let mut segment = Segment {
        tracks: vec![TrackFragment { runs, ..TrackFragment::new(1, 0, Vec::new()) }],
        mdat: Mdat::Missing,
        ..Segment::default()
    };
    let place = segment.bytes().len() as i32 + 8;
    for run in &mut segment.tracks[0].runs {
        run.data_offset = DataOffset::Exactly(place);
    }
    let bytes = then(&[&segment.bytes()[..], &boxed(b"mdat", &frame)].concat());
    for size in [777, usize::MAX] {
        let outcome = outcome(&bytes, size);
        assert!(outcome.error.starts_with("isobmff.samples-overlap"), "{}", outcome.error);
        assert!(outcome.data <= 4 * 10_008, "{}", outcome.data);
    }
}

#[test]
fn thousands_of_track_fragments_and_runs_take_linear_time() {
    let fragments: Vec<TrackFragment> =
        (0..30_000).map(|index| TrackFragment::new(1 + index % 2, 0, samples(1, &["x"]))).collect();
    let outcome_of = |tracks: Vec<TrackFragment>| {
        let bytes = media(tracks);
        quickly("a moof", || outcome(&bytes, 100_000))
    };
    assert_eq!(outcome_of(fragments).frames, 30_000);
    let mut track = TrackFragment::new(1, 0, samples(1, &["x"]));
    track.runs = vec![track.runs[0].clone(); 60_000];
    assert_eq!(outcome_of(vec![track.clone()]).frames, 60_000);
    track.runs.extend_from_within(..6_000);
    assert!(outcome_of(vec![track]).error.starts_with("isobmff.too-many-runs"));
}

#[test]
fn runs_from_the_last_to_the_first_take_linear_time() {
    let mut track = TrackFragment::new(1, 0, samples(1, &["x"]));
    track.runs = vec![track.runs[0].clone(); 20_000];
    let size =
        Segment { tracks: vec![track.clone()], mdat: Mdat::Missing, ..Segment::default() }.bytes().len();
    for (index, run) in track.runs.iter_mut().enumerate() {
        run.data_offset = DataOffset::Exactly((size + 8 + 19_999 - index) as i32);
    }
    let bytes = media(vec![track]);
    assert_eq!(quickly("backwards", || outcome(&bytes, 1000)).frames, 20_000);
}

#[test]
fn thousands_of_media_data_boxes_take_linear_time() {
    let run = TrackRun { fields: SampleFields::ALL, samples: samples(1, &["x"]), ..TrackRun::default() };
    let track = TrackFragment { runs: vec![run; 30_000], ..TrackFragment::new(1, 0, Vec::new()) };
    let segment = Segment { tracks: vec![track], mdat: Mdat::PerRun, ..Segment::default() };
    let bytes = then(&segment.bytes());
    assert_eq!(quickly("an mdat a sample", || outcome(&bytes, 5000)).frames, 30_000);
    let empty = then(&boxed(b"mdat", &[]).repeat(200_000));
    assert_eq!(quickly("empty mdat", || outcome(&empty, 5000)).items, 1);
}

#[test]
fn a_header_in_single_bytes_takes_linear_time() {
    let track = TrackFragment::new(1, 0, vec![Sample::new(1, "x"); 10_000]);
    let bytes = media(vec![track]);
    assert_eq!(quickly("single bytes", || outcome(&bytes, 1)).frames, 10_000);
}

#[test]
fn boxes_nested_deeply_are_not_followed() {
    let mut nested = boxed(b"trak", &[]);
    for _ in 0..20_000 {
        nested = boxed(b"trak", &nested);
    }
    let inner = edit::replaced(&movie().bytes(), "moov/trak", &nested);
    let error = quickly("nested trak", || outcome(&inner, usize::MAX)).error;
    assert!(error.starts_with("isobmff.box-missing at 144 in moov/trak[1]"), "{error}");
    for name in [b"moof", b"traf", b"meta", b"udta"] {
        let mut nested = Vec::new();
        for _ in 0..3000 {
            nested = boxed(name, &nested);
        }
        quickly("nested", || outcome(&then(&nested), usize::MAX));
        quickly("nested", || outcome(&then(&boxed(b"moof", &nested)), usize::MAX));
    }
}

#[test]
fn descriptors_within_descriptors_end() {
    for filler in [0x03, 0x04, 0x05, 0x80, 0xff] {
        let esds = full_box(b"esds", 0, 0, &vec![filler; 5000]);
        let entry = sample_entry::audio(b"mp4a", 2, 48_000, &[esds]);
        let bytes = Movie { tracks: vec![MovieTrack::audio(1, 1, entry)], ..Movie::default() }.bytes();
        assert!(outcome(&bytes, usize::MAX).error.starts_with("isobmff.configuration-invalid"));
    }
}

#[test]
fn text_that_is_no_utf_8_takes_no_more_than_its_bytes() {
    // M5: U+FFFD for each byte would be three times as long.
    let handler = |name: &[u8]| {
        let hdlr = Fields::new().zeros(4).bytes(b"vide").zeros(12).bytes(name).finish();
        let bytes = edit::replaced(&movie().bytes(), "moov/trak/mdia/hdlr", &full_box(b"hdlr", 0, 0, &hdlr));
        init(bytes.into()).tracks.remove(0).label
    };
    assert_eq!(handler(&[0xff; 3000]), "?".repeat(3000));
    assert_eq!(handler(b"\xdcber \xc3\xbc\xe2\x82"), "?ber ü?");
}

#[test]
fn positions_beyond_16_bits_do_not_wrap() {
    let entry = boxed(b"tx3g", &[0; 8]);
    let entries = vec![entry; 65_540];
    let track = MovieTrack { entries, ..MovieTrack::new(1, b"text", 1000, Vec::new()) };
    let init = Movie { tracks: vec![track], ..Movie::default() }.bytes();
    let fragment =
        TrackFragment { description_index: Some(65_537), ..TrackFragment::new(1, 0, samples(1, &["x"])) };
    let media = Segment { tracks: vec![fragment], ..Segment::default() }.bytes();
    let limits = Limits { max_sample_entries: usize::MAX, ..Limits::default() };
    let outcome = run(demuxer_with(&limits).as_mut(), &[init, media].concat(), usize::MAX);
    assert!(outcome.error.starts_with("isobmff.too-many-sample-entries"), "{}", outcome.error);
}

#[test]
fn geometry_that_cannot_be_is_not_multiplied_out() {
    let all = [0xff; 16];
    let children = [
        boxed(b"avcC", AVCC),
        boxed(b"pasp", &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]),
        boxed(b"clap", &[&all[..], &all].concat()),
        boxed(b"colr", b"nclx\xff\xff\xff\xff\xff\xff\xff"),
    ];
    let entry = sample_entry::visual(b"avc1", u16::MAX, u16::MAX, &children);
    for size in [(0, 0), (u32::MAX, u32::MAX)] {
        let track =
            MovieTrack { size, matrix: [u32::MAX; 9], ..MovieTrack::video(1, 1, 1, 1, entry.clone()) };
        let init = init(Movie { tracks: vec![track], ..Movie::default() }.bytes());
        assert!(matches!(init.tracks[0].descriptions[0].media, MediaDescription::Video(_)));
    }
}

/// A small stream with every box that is read.
fn small() -> Vec<u8> {
    let tracks = vec![
        TrackFragment::new(1, 0, samples(40, &["v0", "v1", "v2"])),
        TrackFragment::new(2, 480, samples(1440, &["a0", "a1"])),
    ];
    let edits = vec![mse_testkit::isobmff::Edit { duration: 500, media_time: -1, rate: 1 }; 2];
    let mut movie = Movie { fragment_duration: Some(9), ..movie() };
    movie.tracks[0].edits = edits;
    let segment = Segment { tracks, ..Segment::default() }.bytes();
    [movie.bytes(), segment.clone(), segment].concat()
}

/// Splits do not matter to damaged bytes either; the items are paid for by bytes, and the next
/// segment can be parsed.
fn check_damaged(damaged: &[u8], what: &str) {
    let all = whole(damaged);
    assert!(all.len() <= damaged.len(), "{what}: {} items of {} bytes", all.len(), damaged.len());
    assert_eq!(split(damaged, 61), all, "{what}");
}

#[test]
fn every_byte_flipped_errs_or_waits() {
    let bytes = small();
    for at in 0..bytes.len() {
        for mask in [0xff, 0x80, 0x01] {
            let mut damaged = bytes.clone();
            damaged[at] ^= mask;
            check_damaged(&damaged, &format!("byte {at} flipped by {mask:#x}"));
        }
    }
}

#[test]
fn seeded_damage_errs_or_waits() {
    let bytes = small();
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let mut damaged = bytes.clone();
        for _ in 0..random.within(1..=4) {
            let at = random.within(0..=damaged.len() as i64 - 1) as usize;
            match random.within(0..=5) {
                0 => damaged[at] = 0,
                1 => damaged[at] = 0xff,
                2 => damaged[at] = random.bits() as u8,
                3 => drop(damaged.remove(at)),
                4 => damaged.insert(at, random.bits() as u8),
                _ => {
                    let end = (at + random.within(1..=40) as usize).min(damaged.len());
                    damaged.extend_from_within(at..end);
                    damaged.rotate_right(random.within(0..=8) as usize);
                }
            }
        }
        check_damaged(&damaged, &format!("seed {seed}"));
    }
}

#[test]
fn noise_errs_or_waits() {
    for seed in 0..5_000 {
        let mut random = Random::new(seed);
        let noise: Vec<u8> = (0..random.within(0..=300)).map(|_| random.bits() as u8).collect();
        check_damaged(&noise, &format!("seed {seed}"));
        // The same within boxes that are read whole.
        check_damaged(&boxed(b"moov", &noise), &format!("moov of seed {seed}"));
        check_damaged(&then(&boxed(b"moof", &boxed(b"traf", &noise))), &format!("traf of seed {seed}"));
    }
}

#[test]
fn every_file_with_damage_errs_or_waits() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "mp4") {
            continue;
        }
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(6000);
        for seed in 0..150 {
            let mut random = Random::new(seed);
            let mut damaged = bytes.clone();
            for _ in 0..random.within(1..=6) {
                let at = random.within(0..=damaged.len() as i64 - 1) as usize;
                damaged[at] = *random.one_of(&[0, 1, 0x7f, 0xff]);
            }
            check_damaged(&damaged, &format!("{}, seed {seed}", path.display()));
        }
    }
}

#[test]
fn a_parser_that_failed_parses_on_after_the_reset() {
    let bytes = small();
    let clean = Segment { tracks: vec![TrackFragment::new(1, 0, samples(40, &["x"]))], ..Segment::default() };
    for seed in 0..3_000 {
        let mut random = Random::new(seed);
        let mut damaged = bytes.clone();
        let at = random.within(0..=damaged.len() as i64 - 1) as usize;
        damaged[at] = random.bits() as u8;
        let mut demuxer = demuxer();
        run(demuxer.as_mut(), &damaged, 100);
        demuxer.reset(ResetReason::AppendError);
        demuxer.push(movie().bytes());
        demuxer.push(clean.bytes());
        assert_eq!(common::words(demuxer.as_mut()), ["init", "start", "1:x@0|0+40K", "end"], "seed {seed}");
    }
}

/// `(track, duration, size)` of each run without entries, so many samples each, behind a movie
/// whose sound is over after 1024 samples.
fn runs_without_entries(runs: usize, count: u32, duration: u32, size: u32) -> Vec<u8> {
    let smpb = " 00000000 00000000 00000000 0000000000000400 00000000";
    let init = Movie { extra: vec![mse_testkit::isobmff::itun_smpb(smpb)], ..movie() }.bytes();
    let trun = full_box(b"trun", 0, 1, &[count.to_be_bytes(), [0, 1, 0, 0]].concat());
    let tfhd = full_box(
        b"tfhd",
        0,
        0x02_0018,
        &[2_u32, duration, size].iter().flat_map(|it| it.to_be_bytes()).collect::<Vec<_>>(),
    );
    let tfdt = full_box(b"tfdt", 0, 0, &[0, 0, 4, 0]);
    let traf = boxed(b"traf", &[&tfhd[..], &tfdt, &trun.repeat(runs)].concat());
    [&init[..], &boxed(b"moof", &traf), &boxed(b"mdat", &[1; 16])].concat()
}

#[test]
fn samples_behind_the_sound_take_no_time_however_many_there_are() {
    for (duration, size) in [(0, 1), (1, 1), (0, 100), (1024, 0), (u32::MAX, u32::MAX)] {
        let bytes = runs_without_entries(1000, u32::MAX, duration, size);
        let start = Instant::now();
        outcome(&bytes, usize::MAX);
        assert!(start.elapsed() < Duration::from_secs(1), "{duration} {size}: {:?}", start.elapsed());
    }
}

#[test]
fn samples_of_a_file_behind_the_sound_take_no_time_and_overflow_nothing() {
    let smpb = " 00000000 00000000 00000000 0000000000000400 00000000";
    let numbers = |it: &[u32]| it.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    for (first, delta) in [(1, 0), (1, 1), (u32::MAX, 0)] {
        let mut track = movie().tracks[1].clone();
        track.extra = Vec::new();
        let movie = Movie {
            tracks: vec![track],
            movie_extends: false,
            extra: vec![mse_testkit::isobmff::itun_smpb(smpb)],
            ..Movie::default()
        };
        let stbl = |name: &str| format!("moov/trak/mdia/minf/stbl/{name}");
        let mut bytes = movie.bytes().to_vec();
        let tables = [
            ("stts", numbers(&[2, first, 1024, u32::MAX, delta])),
            ("stsc", numbers(&[1, 1, u32::MAX, 1])),
            ("stsz", numbers(&[1, u32::MAX])),
            ("stco", numbers(&[2, 0, 9])),
        ];
        for (name, payload) in tables {
            let kind: &[u8; 4] = name.as_bytes().try_into().unwrap();
            bytes = edit::replaced(&bytes, &stbl(name), &full_box(kind, 0, 0, &payload));
        }
        bytes.extend(boxed(b"mdat", &[1; 64]));
        let start = Instant::now();
        let mut demuxer = common::progressive_demuxer();
        demuxer.push(bytes.into());
        common::words(demuxer.as_mut());
        assert!(start.elapsed() < Duration::from_secs(1), "{first} {delta}: {:?}", start.elapsed());
    }
}

#[test]
fn empty_runs_of_an_encrypted_track_take_time_for_their_bytes_only() {
    let entry = sample_entry::protected(
        &sample_entry::mp4a(2, 48_000, &[0x11, 0x90]),
        b"enca",
        b"cbcs",
        1,
        &[&[0, 0, 1, 0][..], &[7; 16], &[16], &[1; 16]].concat(),
    );
    let init = Movie { tracks: vec![MovieTrack::audio(2, 48_000, entry)], ..Movie::default() }.bytes();
    for runs in [1, 100, 2000] {
        let trun = full_box(b"trun", 0, 1, &[65_535_u32.to_be_bytes(), [0, 1, 0, 0]].concat());
        let tfhd = full_box(b"tfhd", 0, 0x02_0018, &[0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0]);
        let tfdt = full_box(b"tfdt", 0, 0, &[0; 4]);
        let traf = boxed(b"traf", &[&tfhd[..], &tfdt, &trun.repeat(runs)].concat());
        let bytes = [&init[..], &boxed(b"moof", &traf), &boxed(b"mdat", &[1; 16])].concat();
        let start = Instant::now();
        let outcome = outcome(&bytes, usize::MAX);
        assert!(start.elapsed() < Duration::from_millis(500), "{runs}: {:?}", start.elapsed());
        assert!(outcome.error.starts_with("isobmff.auxiliary-invalid"), "{}", outcome.error);
    }
}
