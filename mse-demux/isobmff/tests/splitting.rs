//! Splitting of the bytes into appends does not matter (INV-1, SPL-12), and bytes that are cut off
//! are only missing.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{demuxer, media, movie, samples, split_at, whole, words};
use mse_testkit::isobmff::boxes::{boxed, large_box};
use mse_testkit::isobmff::{
    Brands, DataOffset, Edit, Mdat, Movie, MovieTrack, NON_SYNC, Sample, SampleFields, Segment, TrackExtends,
    TrackFragment, TrackRun, edit, sample_entry, segment_index,
};
use mse_testkit::random::Random;
use mse_testkit::synth;

fn segment(tracks: Vec<TrackFragment>) -> Segment {
    Segment { tracks, ..Segment::default() }
}

fn of(segments: &[Segment]) -> Vec<u8> {
    let segments: Vec<u8> = segments.iter().flat_map(Segment::bytes).collect();
    [&movie().bytes()[..], &segments].concat()
}

fn run(words: &[&'static str], data_offset: DataOffset) -> TrackRun {
    TrackRun { data_offset, fields: SampleFields::ALL, samples: samples(40, words), ..TrackRun::default() }
}

fn video(words: &[&'static str]) -> TrackFragment {
    TrackFragment::new(1, 0, samples(40, words))
}

fn audio(words: &[&'static str]) -> TrackFragment {
    TrackFragment::new(2, 480, samples(1440, words))
}

fn muxed(mdat: Mdat, interleaved: bool) -> Segment {
    let tracks = vec![
        TrackFragment {
            runs: vec![run(&["v0", "v1"], DataOffset::Right), run(&["v2"], DataOffset::Right)],
            ..video(&[])
        },
        TrackFragment {
            runs: vec![run(&["a0"], DataOffset::Right), run(&["a1", "a2"], DataOffset::Right)],
            ..audio(&[])
        },
    ];
    Segment { mdat, interleaved, ..segment(tracks) }
}

/// A first run whose data lies behind that of the second.
fn out_of_order() -> Vec<u8> {
    let track = TrackFragment {
        runs: vec![run(&["first"], DataOffset::Right), run(&["other"], DataOffset::Right)],
        ..video(&[])
    };
    let bytes = of(&[segment(vec![track])]);
    let place = |index: usize| {
        let trun = edit::find(&bytes, &format!("moof/traf/trun[{index}]")).unwrap();
        u32::from_be_bytes(*bytes[trun.start + 16..].first_chunk().unwrap())
    };
    let swapped = edit::patched(&bytes, "moof/traf/trun[0]", 16, &(place(0) + 5).to_be_bytes());
    edit::patched(&swapped, "moof/traf/trun[1]", 16, &(place(1) - 5).to_be_bytes())
}

/// Streams of every kind, by name.
fn streams() -> Vec<(&'static str, Vec<u8>)> {
    let two = segment(vec![video(&["v0", "v1", "v2"]), audio(&["a0", "a1"])]);
    let around = [boxed(b"free", &[7; 40]), boxed(b"emsg", b"event"), large_box(b"zzzz", b"unknown")];
    let reference = segment_index(1, 1000, 0, &[]);
    let edits =
        vec![Edit { duration: 500, media_time: -1, rate: 1 }, Edit { duration: 0, media_time: 20, rate: 1 }];
    let described = MovieTrack {
        extends: Some(TrackExtends { duration: 40, size: 2, flags: NON_SYNC, ..TrackExtends::default() }),
        edits,
        ..movie().tracks[0].clone()
    };
    let defaults = TrackFragment {
        runs: vec![TrackRun {
            first_sample_flags: Some(0),
            samples: samples(40, &["aa", "bb"]),
            ..TrackRun::default()
        }],
        ..video(&[])
    };
    let other = MovieTrack::new(7, b"hint", 1000, boxed(b"rtp ", &[0; 8]));
    let with_other = Movie { tracks: vec![movie().tracks[0].clone(), other], ..Movie::default() }.bytes();
    let text = MovieTrack::new(1, b"text", 1000, boxed(b"wvtt", &[0; 8]));
    let text = Movie { tracks: vec![text], ..Movie::default() }.bytes();
    let empty = || vec![Sample::new(40, ""), Sample::new(40, "x"), Sample::new(0, "")];
    vec![
        ("two tracks", of(&[two.clone(), two.clone()])),
        ("one mdat", of(&[muxed(Mdat::One, false), muxed(Mdat::One, true)])),
        ("64-bit mdat", of(&[muxed(Mdat::Large, false), muxed(Mdat::Large, true)])),
        ("an mdat a run", of(&[muxed(Mdat::PerRun, false), muxed(Mdat::PerRun, true)])),
        ("runs out of order", out_of_order()),
        (
            "boxes around",
            of(&[Segment {
                brands: Some(Brands::default()),
                before: [&[reference][..], &around].concat(),
                extra: vec![boxed(b"pssh", &[1; 30])],
                ..two.clone()
            }]),
        ),
        (
            "boxes between",
            [of(std::slice::from_ref(&two)), around.concat(), two.bytes().to_vec(), around.concat()].concat(),
        ),
        (
            "a new initialization segment",
            [of(std::slice::from_ref(&two)), of(std::slice::from_ref(&two))].concat(),
        ),
        (
            "defaults and edits",
            [Movie { tracks: vec![described], ..Movie::default() }.bytes(), segment(vec![defaults]).bytes()]
                .concat(),
        ),
        (
            "empty samples",
            of(&[segment(vec![TrackFragment::new(1, 0, empty()), audio(&["a"])]), two.clone()]),
        ),
        ("no samples", of(&[segment(vec![TrackFragment::new(1, 0, Vec::new())]), two.clone()])),
        (
            "no samples and no mdat",
            of(&[
                Segment { mdat: Mdat::Missing, ..segment(vec![TrackFragment::new(1, 0, Vec::new())]) },
                two.clone(),
            ]),
        ),
        (
            "a track that is not played",
            [
                &with_other[..],
                &segment(vec![TrackFragment::new(7, 0, samples(1, &["hint"])), video(&["v"])]).bytes(),
            ]
            .concat(),
        ),
        ("text", [&text[..], &segment(vec![video(&["cue"])]).bytes()].concat()),
        (
            "several fragments of a track",
            media(vec![video(&["a", "b"]), audio(&["x"]), TrackFragment::new(1, 80, samples(40, &["c"]))]),
        ),
        ("an error in the header", [of(std::slice::from_ref(&two)), boxed(b"moof", &[])].concat()),
        (
            "an error in the data",
            media(vec![TrackFragment {
                runs: vec![TrackRun {
                    samples: vec![Sample::new(40, "a"), Sample { size: Some(50), ..Sample::new(40, "b") }],
                    ..run(&[], DataOffset::Right)
                }],
                ..video(&[])
            }]),
        ),
        (
            "samples missing",
            [of(&[Segment { mdat: Mdat::Missing, ..two.clone() }]), two.bytes().to_vec()].concat(),
        ),
        ("no ISO BMFF", b"RIFF....WEBPVP8 but not what anyone asked for".to_vec()),
    ]
}

#[test]
fn the_streams_are_what_they_are_called() {
    let words: Vec<String> = streams()
        .iter()
        .map(|(name, bytes)| {
            let words = whole(bytes);
            let frames = words.iter().filter(|word| word.contains('@')).count();
            let ends = words.iter().filter(|word| *word == "end").count();
            let error = words
                .last()
                .filter(|word| word.contains(" at "))
                .map_or("", |word| word.split(' ').next().unwrap());
            format!("{name}: {frames} frames, {ends} segments {error}").trim_end().to_owned()
        })
        .collect();
    assert_eq!(
        words,
        [
            "two tracks: 10 frames, 2 segments",
            "one mdat: 12 frames, 2 segments",
            "64-bit mdat: 12 frames, 2 segments",
            "an mdat a run: 12 frames, 2 segments",
            "runs out of order: 2 frames, 1 segments",
            "boxes around: 5 frames, 1 segments",
            "boxes between: 10 frames, 2 segments",
            "a new initialization segment: 10 frames, 2 segments",
            "defaults and edits: 2 frames, 1 segments",
            "empty samples: 7 frames, 2 segments",
            "no samples: 5 frames, 2 segments",
            "no samples and no mdat: 5 frames, 2 segments",
            "a track that is not played: 1 frames, 1 segments",
            "text: 1 frames, 1 segments",
            "several fragments of a track: 4 frames, 1 segments",
            "an error in the header: 5 frames, 1 segments isobmff.traf-missing",
            "an error in the data: 1 frames, 0 segments isobmff.sample-outside-mdat",
            "samples missing: 0 frames, 0 segments isobmff.samples-missing",
            "no ISO BMFF: 0 frames, 0 segments",
        ]
    );
}

#[test]
fn any_split_gives_the_same_items() {
    for (name, bytes) in streams() {
        let expected = whole(&bytes);
        for size in [1, 2, 3, 7, 188, 1000] {
            assert_eq!(split_at(&bytes, || size), expected, "{name} in pieces of {size}");
        }
        for seed in 0..40 {
            let mut random = Random::new(seed);
            let longest = *random.one_of(&[3, 30, 300]);
            let items = split_at(&bytes, || random.within(1..=longest) as usize);
            assert_eq!(items, expected, "{name}, seed {seed}");
        }
    }
}

#[test]
fn a_split_in_two_at_every_byte_gives_the_same_items() {
    for (name, bytes) in streams() {
        let expected = whole(&bytes);
        for end in 0..=bytes.len() {
            let mut demuxer = demuxer();
            demuxer.push(Bytes::copy_from_slice(&bytes[..end]));
            let mut items = words(demuxer.as_mut());
            if items.last().is_none_or(|word| !word.contains(" at ")) {
                demuxer.push(Bytes::copy_from_slice(&bytes[end..]));
                items.extend(words(demuxer.as_mut()));
            }
            assert_eq!(items, expected, "{name} split at {end}");
        }
    }
}

#[test]
fn bytes_pushed_before_a_poll_or_one_by_one_are_the_same() {
    for (name, bytes) in streams() {
        let mut demuxer = demuxer();
        for piece in bytes.chunks(11) {
            demuxer.push(Bytes::new());
            demuxer.push(Bytes::copy_from_slice(piece));
        }
        assert_eq!(words(demuxer.as_mut()), whole(&bytes), "{name}");
    }
}

#[test]
fn what_is_cut_off_is_waited_for() {
    for (name, bytes) in streams() {
        let all = whole(&bytes);
        let mut longest = 0;
        for end in 0..bytes.len() {
            let part = whole(&bytes[..end]);
            assert_eq!(part, all[..part.len()], "{name} cut at {end}");
            assert!(part.len() >= longest, "{name} cut at {end}: more bytes, fewer items");
            longest = part.len();
        }
    }
}

#[test]
fn long_streams_are_the_same_in_pieces_of_any_size() {
    for stream in [synth::muxed(4, 400_000), synth::low_latency(30)] {
        let claimed = stream.frames;
        let mut bytes = stream.init.to_vec();
        bytes.extend(stream.flatten());
        let expected = whole(&bytes);
        assert_eq!(expected.iter().filter(|word| word.contains('@')).count() as u64, claimed);
        for size in [188, 1000, 65_536] {
            assert_eq!(split_at(&bytes, || size), expected, "{size}");
        }
        let mut random = Random::new(5);
        assert_eq!(split_at(&bytes, || random.within(1..=20_000) as usize), expected);
    }
}

#[test]
fn entries_of_all_kinds_survive_any_split() {
    let entry = sample_entry::opus(2, &[0, 2, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 0]);
    let bytes = Movie { tracks: vec![MovieTrack::audio(1, 48_000, entry)], ..Movie::default() }.bytes();
    let expected = format!("{:?}", common::init(bytes.clone()));
    for size in [1, 2, 3, 7, 188] {
        let mut demuxer = demuxer();
        let mut found = Vec::new();
        for piece in bytes.chunks(size) {
            demuxer.push(Bytes::copy_from_slice(piece));
            if let mse_core::Demuxed::InitSegment(init) = demuxer.poll().unwrap() {
                found.push(format!("{init:?}"));
            }
        }
        assert_eq!(found, std::slice::from_ref(&expected), "{size}");
    }
}
