//! Random access points that the bitstream names where flags do not, and flags that it contradicts
//! (ISO-34).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{AVCC, demuxer, file, progressive_demuxer};
use mse_core::{Demuxed, Demuxer, FrameRun, Room};
use mse_testkit::isobmff::boxes::{boxed, full_box};
use mse_testkit::isobmff::{
    Movie, MovieTrack, NON_SYNC, SYNC, Sample, SampleFields, Segment, TrackFragment, TrackRun, sample_entry,
};

/// `hvcC` without parameter sets but of one type each, which no one looks into.
fn hvcc(length_size: u8) -> Vec<u8> {
    let mut record =
        vec![1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93, 0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0];
    record.extend([0x0C | (length_size - 1), 3]);
    for kind in [32, 33, 34] {
        record.extend([0x80 | kind, 0, 1, 0, 3, kind << 1, 1, 9]);
    }
    record
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Codec {
    Avc,
    Hevc,
}

fn track(codec: Codec, length_size: u8) -> MovieTrack {
    let entry = match codec {
        Codec::Avc => {
            let mut record = AVCC.to_vec();
            record[4] = 0xFC | (length_size - 1);
            sample_entry::avc1(160, 90, &record)
        }
        Codec::Hevc => sample_entry::visual(b"hvc1", 160, 90, &[boxed(b"hvcC", &hvcc(length_size))]),
    };
    MovieTrack::video(1, 1000, 160, 90, entry)
}

/// Units behind their lengths.
fn sample(units: &[&[u8]], length_size: u8) -> Vec<u8> {
    let mut data = Vec::new();
    for unit in units {
        data.extend_from_slice(&(unit.len() as u32).to_be_bytes()[4 - usize::from(length_size)..]);
        data.extend_from_slice(unit);
    }
    data
}

const RECOVERY: &[u8] = &[6, 6, 1, 0xC4, 0x80];
const AVC_IDR: &[&[u8]] = &[&[9, 0x10], &[0x65, 0x88, 0x84]];
const AVC_RECOVERY: &[&[u8]] = &[&[9, 0x30], &[0x67, 1], &[0x68, 1], RECOVERY, &[0x61, 0x88]];
const AVC_I_SLICE: &[&[u8]] = &[&[9, 0x10], &[0x61, 0x88]];
const AVC_P_SLICE: &[&[u8]] = &[&[0x41, 0x9A, 0x01]];
const AVC_DELIMITED: &[&[u8]] = &[&[9, 0x30], &[0x41, 0x9A, 0x01]];
const HEVC_IDR: &[&[u8]] = &[&[20 << 1, 1, 0x80]];
const HEVC_CRA: &[&[u8]] = &[&[35 << 1, 1, 0x50], &[21 << 1, 1, 0x80]];
const HEVC_BLA: &[&[u8]] = &[&[16 << 1, 1, 0x80]];
const HEVC_RECOVERY: &[&[u8]] = &[&[39 << 1, 1, 6, 1, 0xC4, 0x80], &[1 << 1, 1, 0x80]];
const HEVC_TRAIL: &[&[u8]] = &[&[1 << 1, 1, 0x80]];
const HEVC_RASL: &[&[u8]] = &[&[35 << 1, 1, 0x50], &[9 << 1, 1, 0x80]];

/// Each picture, and whether it is a point by its units.
const PICTURES: &[(Codec, &[&[u8]], bool)] = &[
    (Codec::Avc, AVC_IDR, true),
    (Codec::Avc, AVC_RECOVERY, true),
    (Codec::Avc, AVC_I_SLICE, false),
    (Codec::Avc, AVC_P_SLICE, false),
    (Codec::Avc, AVC_DELIMITED, false),
    (Codec::Hevc, HEVC_IDR, true),
    (Codec::Hevc, HEVC_CRA, true),
    (Codec::Hevc, HEVC_BLA, true),
    (Codec::Hevc, HEVC_RECOVERY, true),
    (Codec::Hevc, HEVC_TRAIL, false),
    (Codec::Hevc, HEVC_RASL, false),
];

/// A letter a frame, K for a random access point, and the notes; taken in runs and one by one,
/// which must agree.
fn points(new: fn() -> Box<dyn Demuxer>, bytes: &[u8]) -> (String, Vec<String>) {
    let one_by_one = letters(new().as_mut(), bytes, 7, false);
    assert_eq!(letters(new().as_mut(), bytes, bytes.len(), true), one_by_one);
    assert_eq!(letters(new().as_mut(), bytes, bytes.len(), false), one_by_one);
    one_by_one
}

fn letters(demuxer: &mut dyn Demuxer, bytes: &[u8], piece: usize, in_runs: bool) -> (String, Vec<String>) {
    let (mut letters, mut notes) = (String::new(), Vec::new());
    let letter = |is_point| if is_point { 'K' } else { '-' };
    let mut run = FrameRun::default();
    for piece in bytes.chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(piece));
        loop {
            match demuxer.poll().unwrap() {
                Demuxed::NeedMoreData => break,
                Demuxed::Frame(frame) => letters.push(letter(frame.is_random_access_point)),
                _ => {}
            }
            run.reset(Room { frames: 100, items: 100, cost: usize::MAX, item_cost: 1 });
            if in_runs && !letters.is_empty() {
                demuxer.poll_run(&mut run);
                letters.extend(run.frames().iter().map(|frame| letter(frame.is_random_access_point)));
            }
        }
        notes.extend(demuxer.notes().iter().map(ToString::to_string));
    }
    (letters, notes)
}

/// Pictures in one run, which says flags of each or of all.
fn fragment(track: MovieTrack, pictures: &[(Vec<u8>, u32)], each: bool) -> Vec<u8> {
    let samples: Vec<Sample> = pictures
        .iter()
        .map(|(data, flags)| Sample { flags: *flags, ..Sample::new(40, data.clone()) })
        .collect();
    let fields = SampleFields { flags: each, composition_offset: false, ..SampleFields::ALL };
    let default_flags = (!each).then(|| pictures[0].1);
    let runs = vec![TrackRun { fields, samples, ..TrackRun::default() }];
    let fragment = TrackFragment { runs, default_flags, ..TrackFragment::new(1, 0, Vec::new()) };
    let segment = Segment { tracks: vec![fragment], ..Segment::default() };
    [Movie { tracks: vec![track], ..Movie::default() }.bytes(), segment.bytes()].concat()
}

#[test]
fn what_the_bitstream_calls_a_point_is_one_whatever_the_flags() {
    for &(codec, units, is_point) in PICTURES {
        let plain = if codec == Codec::Avc { AVC_P_SLICE } else { HEVC_TRAIL };
        for length_size in [1, 2, 4] {
            let data = |units| sample(units, length_size);
            let pictures = [units, plain, plain, units, plain].map(|units| (data(units), NON_SYNC));
            let expected = if is_point { "K--K-" } else { "-----" };
            for each in [false, true] {
                let bytes = fragment(track(codec, length_size), &pictures, each);
                assert_eq!(
                    points(demuxer, &bytes),
                    (expected.to_owned(), vec![]),
                    "{units:02x?} {length_size}"
                );
            }
            let samples = pictures.map(|(data, _)| data);
            let bytes = file(track(codec, length_size), 40, &samples, Some(&[]));
            assert_eq!(points(progressive_demuxer, &bytes), (expected.to_owned(), vec![]), "{units:02x?}");
        }
    }
}

#[test]
fn a_flag_that_the_bitstream_contradicts_is_believed_and_told_once_a_track() {
    for &(codec, units, is_point) in PICTURES {
        let idr = if codec == Codec::Avc { AVC_IDR } else { HEVC_IDR };
        let pictures = [idr, units, units, units].map(|units| (sample(units, 4), SYNC));
        for each in [false, true] {
            let bytes = fragment(track(codec, 4), &pictures, each);
            let (letters, notes) = points(demuxer, &bytes);
            let run_at = mse_testkit::isobmff::edit::find(&bytes, "moof/traf/trun").unwrap().start;
            let note = format!(
                "at byte {run_at} in moof/traf/trun, track 1: flags call a picture a random access point that needs \
                 others; they are believed (isobmff.sync-flag-false)"
            );
            let expected = if is_point { vec![] } else { vec![note] };
            assert_eq!((letters.as_str(), notes), ("KKKK", expected), "{units:02x?}");
        }
        let samples = pictures.map(|(data, _)| data);
        let (letters, notes) = points(progressive_demuxer, &file(track(codec, 4), 40, &samples, None));
        assert_eq!((letters.as_str(), notes.len()), ("KKKK", usize::from(!is_point)), "{units:02x?}");
        assert!(notes.iter().all(|note| note.contains("in moov/trak, track 1")), "{notes:?}");
    }
}

#[test]
fn a_sample_without_a_slice_is_what_its_flags_say() {
    for units in [&[][..], &[&[9, 0x10][..]], &[RECOVERY], &[&[][..], &[][..]]] {
        for (flags, expected) in [(SYNC, "KKK"), (NON_SYNC, "---")] {
            let mut pictures = vec![(sample(units, 4), flags); 3];
            pictures.iter_mut().for_each(|(data, _)| data.push(0));
            let bytes = fragment(track(Codec::Avc, 4), &pictures, true);
            assert_eq!(points(demuxer, &bytes), (expected.to_owned(), vec![]));
        }
    }
}

#[test]
fn what_is_encrypted_is_not_looked_into() {
    let entry = sample_entry::protected(
        &sample_entry::avc1(160, 90, AVCC),
        b"encv",
        b"cbcs",
        1,
        &[&[0, 0x19, 1, 0][..], &[7; 16], &[16], &[1; 16]].concat(),
    );
    let track = MovieTrack::video(1, 1000, 160, 90, entry);
    let senc = full_box(b"senc", 0, 0, &[0, 0, 0, 2]);
    let samples = vec![
        Sample { flags: SYNC, ..Sample::new(40, sample(AVC_P_SLICE, 4)) },
        Sample { flags: NON_SYNC, ..Sample::new(40, sample(AVC_IDR, 4)) },
    ];
    let fragment = TrackFragment { extra: vec![senc], ..TrackFragment::new(1, 0, samples) };
    let segment = Segment { tracks: vec![fragment], ..Segment::default() };
    let bytes = [Movie { tracks: vec![track], ..Movie::default() }.bytes(), segment.bytes()].concat();
    assert_eq!(points(demuxer, &bytes), ("K-".to_owned(), vec![]));
}

#[test]
fn any_mixture_of_pictures_is_the_same_in_runs() {
    let mut seed = 0x5EED_0016_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for round in 0..200 {
        let codec = if next(2) == 0 { Codec::Avc } else { Codec::Hevc };
        let of_codec: Vec<_> = PICTURES.iter().filter(|(of, ..)| *of == codec).collect();
        let each = next(2) == 0;
        let default = [SYNC, NON_SYNC][next(2) as usize];
        let count = 1 + next(30);
        let pictures: Vec<_> = (0..count)
            .map(|_| {
                let flags = if each { [SYNC, NON_SYNC, NON_SYNC][next(3) as usize] } else { default };
                (sample(of_codec[next(of_codec.len() as u64) as usize].1, 4), flags)
            })
            .collect();
        let (letters, notes) = points(demuxer, &fragment(track(codec, 4), &pictures, each));
        let is_point = |data: &[u8]| of_codec.iter().any(|(_, units, is)| *is && sample(units, 4) == data);
        let expected: String = pictures
            .iter()
            .map(|(data, flags)| if *flags == SYNC || is_point(data) { 'K' } else { '-' })
            .collect();
        let is_false = pictures.iter().any(|(data, flags)| *flags == SYNC && !is_point(data));
        assert_eq!(
            (letters, notes.len()),
            (expected, usize::from(is_false)),
            "seed 0x5EED0016, round {round}"
        );
    }
}
