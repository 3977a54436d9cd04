//! Media segments: defaults, positions, times and order (ISO-11..44).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{Random, demuxer, media, movie, samples, split, whole, words};
use mse_core::Demuxed;
use mse_testkit::isobmff::{
    DataOffset, Edit, Mdat, Movie, MovieTrack, Sample, SampleFields, Segment, TrackExtends, TrackFragment,
    TrackRun, boxes,
};

const NON_SYNC: u32 = 0x0001_0000;

fn frames(bytes: &[u8]) -> String {
    whole(bytes)
        .into_iter()
        .filter(|word| word.contains('@') || word.contains(" at "))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn sample_fields_take_precedence_over_tfhd_and_tfhd_over_trex() {
    // ISO-27, every combination of where duration, size and flags stand.
    for mask in 0..64_u32 {
        let bit = |at: u32| mask >> at & 1 == 1;
        let fields =
            SampleFields { duration: bit(0), size: bit(1), flags: bit(2), composition_offset: false };
        let extends = TrackExtends { duration: 30, size: 3, flags: NON_SYNC, ..TrackExtends::default() };
        let mut samples = samples(10, &["one", "two"]);
        if !fields.duration && bit(3) {
            samples.iter_mut().for_each(|sample| sample.duration = 20);
        }
        let track = TrackFragment {
            default_duration: bit(3).then_some(20),
            default_size: bit(4).then_some(3),
            default_flags: bit(5).then_some(0),
            runs: vec![TrackRun { fields, samples, ..TrackRun::default() }],
            ..TrackFragment::new(1, 0, Vec::new())
        };
        let init = Movie {
            tracks: vec![MovieTrack { extends: Some(extends), ..movie().tracks[0].clone() }],
            ..Movie::default()
        };
        let bytes = [init.bytes(), Segment { tracks: vec![track], ..Segment::default() }.bytes()].concat();
        let duration = if bit(0) {
            10
        } else if bit(3) {
            20
        } else {
            30
        };
        let key = if bit(2) || bit(5) { "K" } else { "" };
        assert_eq!(
            frames(&bytes),
            format!("1:one@0|0+{duration}{key} 1:two@{duration}|{duration}+{duration}{key}"),
            "{mask:06b}"
        );
    }
}

#[test]
fn first_sample_flags_are_of_the_first_sample_only() {
    // ISO-27.
    let run = TrackRun {
        first_sample_flags: Some(0),
        fields: SampleFields { duration: true, size: true, ..SampleFields::default() },
        samples: samples(40, &["a", "b", "c"]),
        ..TrackRun::default()
    };
    let track = TrackFragment {
        default_flags: Some(NON_SYNC),
        runs: vec![run],
        ..TrackFragment::new(1, 0, Vec::new())
    };
    assert_eq!(frames(&media(vec![track])), "1:a@0|0+40K 1:b@40|40+40 1:c@80|80+40");
}

#[test]
fn composition_offsets_are_signed_in_version_1_only() {
    // ISO-28.
    let run = |version| TrackRun {
        version,
        fields: SampleFields::ALL,
        samples: vec![Sample { composition_offset: -40, ..Sample::new(40, "a") }],
        ..TrackRun::default()
    };
    let track =
        |version| TrackFragment { runs: vec![run(version)], ..TrackFragment::new(1, 100, Vec::new()) };
    assert_eq!(frames(&media(vec![track(1)])), "1:a@60|100+40K");
    assert_eq!(frames(&media(vec![track(0)])), "1:a@4294967356|100+40K");
}

#[test]
fn decode_times_have_32_or_64_bits() {
    let track = |version, time| TrackFragment {
        decode_time_version: version,
        ..TrackFragment::new(1, time, samples(40, &["a"]))
    };
    assert_eq!(frames(&media(vec![track(0, 5000)])), "1:a@5000|5000+40K");
    assert_eq!(frames(&media(vec![track(1, 1 << 33)])), "1:a@8589934592|8589934592+40K");
}

#[test]
fn edit_lists_shift_both_times() {
    // ISO-7, ISO-30, EX-24: media time 2000 of 30000 with a first decode time of 90000 and an offset of 3000.
    let edits = |edits| {
        let init = Movie {
            tracks: vec![MovieTrack { timescale: 30_000, edits, ..movie().tracks[0].clone() }],
            ..Movie::default()
        };
        let sample = Sample { composition_offset: 3000, ..Sample::new(1200, "a") };
        let track = TrackFragment::new(1, 90_000, vec![sample]);
        frames(&[init.bytes(), Segment { tracks: vec![track], ..Segment::default() }.bytes()].concat())
    };
    let normal = Edit { duration: 0, media_time: 2000, rate: 1 };
    assert_eq!(edits(Vec::new()), "1:a@3100|3000+40K");
    assert_eq!(edits(vec![normal]), "1:a@3033.333333|2933.333333+40K");
    assert_eq!(
        edits(vec![Edit { duration: 500, media_time: -1, rate: 1 }, normal]),
        "1:a@3533.333333|3433.333333+40K"
    );
    assert_eq!(edits(vec![Edit { duration: 7, ..normal }]), "1:a@3033.333333|2933.333333+40K", "ISO-31");
}

#[test]
fn zero_durations_and_empty_samples_do_not_disturb_the_times() {
    // ISO-32, ISO-42.
    let samples = vec![Sample::new(40, "a"), Sample::new(40, ""), Sample::new(40, "b"), Sample::new(0, "c")];
    let track = TrackFragment::new(1, 0, samples);
    assert_eq!(frames(&media(vec![track])), "1:a@0|0+40K 1:b@80|80+40K 1:c@120|120+40K");
}

#[test]
fn several_runs_and_fragments_of_a_track_go_on_where_the_last_ended() {
    // ISO-29, ISO-30, ISO-41.
    let run = |words, data_offset| TrackRun {
        data_offset,
        fields: SampleFields::ALL,
        samples: samples(40, words),
        ..TrackRun::default()
    };
    let first = TrackFragment {
        runs: vec![run(&["a", "b"], DataOffset::Right), run(&["c"], DataOffset::Absent)],
        ..TrackFragment::new(1, 0, Vec::new())
    };
    let second = TrackFragment::new(1, 120, samples(40, &["d"]));
    assert_eq!(
        frames(&media(vec![first, second])),
        "1:a@0|0+40K 1:b@40|40+40K 1:c@80|80+40K 1:d@120|120+40K"
    );
}

#[test]
fn tracks_are_merged_by_decode_time_however_the_data_lies() {
    // SPL-9, CFP-38.
    let tracks = vec![
        TrackFragment::new(1, 0, samples(40, &["v0", "v1", "v2"])),
        TrackFragment::new(2, 480, samples(1440, &["a0", "a1", "a2", "a3"])),
    ];
    let expected = "1:v0@0|0+40K 2:a0@10|10+30K 1:v1@40|40+40K 2:a1@40|40+30K 2:a2@70|70+30K 1:v2@80|80+40K 2:a3@100|100+30K";
    for interleaved in [false, true] {
        for mdat in [Mdat::One, Mdat::Large, Mdat::PerRun] {
            let segment = Segment { tracks: tracks.clone(), interleaved, mdat, ..Segment::default() };
            let bytes = [movie().bytes(), segment.bytes()].concat();
            assert_eq!(frames(&bytes), expected, "{interleaved} {mdat:?}");
            for size in [1, 2, 3, 7, 50] {
                assert_eq!(split(&bytes, size), whole(&bytes), "{interleaved} {mdat:?} in pieces of {size}");
            }
        }
    }
}

#[test]
fn boxes_that_mean_nothing_here_are_passed_over() {
    // ISO-9, ISO-12, ISO-44; an unknown box is not waited for.
    let other = |name: &[u8; 4]| boxes::boxed(name, b"anything");
    let before = vec![
        other(b"sidx"),
        other(b"prft"),
        other(b"emsg"),
        other(b"free"),
        other(b"zzzz"),
        boxes::uuid_box(&[7; 16], b"x"),
    ];
    let segment = Segment {
        before: before.clone(),
        tracks: vec![TrackFragment::new(1, 0, samples(40, &["a"]))],
        ..Segment::default()
    };
    let bytes = [
        before.concat(),
        movie().bytes().to_vec(),
        segment.bytes().to_vec(),
        before.concat(),
        segment.bytes().to_vec(),
    ]
    .concat();
    let words = whole(&bytes);
    assert_eq!(words.iter().filter(|word| word.contains('@')).count(), 2, "{words:?}");
    assert!(!words.iter().any(|word| word.contains(" at ")), "{words:?}");
    for size in [1, 5, 13] {
        assert_eq!(split(&bytes, size), words);
    }
}

#[test]
fn a_frame_leaves_as_soon_as_its_bytes_are_there() {
    // ISO-24.
    let bytes = media(vec![TrackFragment::new(1, 0, samples(40, &["aaaa", "bbbb", "cccc"]))]);
    let mut demuxer = demuxer();
    demuxer.push(Bytes::copy_from_slice(&bytes[..bytes.len() - 5]));
    assert_eq!(words(demuxer.as_mut()), ["init", "start", "1:aaaa@0|0+40K"]);
    demuxer.push(Bytes::copy_from_slice(&bytes[bytes.len() - 5..bytes.len() - 4]));
    assert_eq!(words(demuxer.as_mut()), ["1:bbbb@40|40+40K"]);
    demuxer.push(Bytes::copy_from_slice(&bytes[bytes.len() - 4..]));
    assert_eq!(words(demuxer.as_mut()), ["1:cccc@80|80+40K", "end"]);
}

#[test]
fn a_frame_within_one_append_shares_it_and_one_across_two_is_joined() {
    let bytes = Bytes::from(media(vec![TrackFragment::new(1, 0, samples(40, &["aaaa", "bbbb", "cccc"]))]));
    let mut demuxer = demuxer();
    let (first, second) = (bytes.slice(..bytes.len() - 6), bytes.slice(bytes.len() - 6..));
    demuxer.push(first.clone());
    demuxer.push(second.clone());
    let mut pieces = Vec::new();
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::Frame(frame) => pieces.push((frame.data.piece().clone(), frame.data.to_bytes())),
            Demuxed::NeedMoreData => break,
            _ => {}
        }
    }
    let within =
        |piece: &Bytes, whole: &Bytes| piece.as_ptr() == whole.as_ptr() && piece.len() == whole.len();
    assert!(within(&pieces[0].0, &first) && within(&pieces[2].0, &second));
    assert!(!within(&pieces[1].0, &first) && !within(&pieces[1].0, &second));
    assert_eq!(pieces.iter().map(|(_, data)| &data[..]).collect::<Vec<_>>(), [b"aaaa", b"bbbb", b"cccc"]);
}

#[test]
fn a_fragment_without_samples_ends_with_its_media_data() {
    // ISO-23.
    let empty = TrackFragment { runs: Vec::new(), ..TrackFragment::new(1, 0, Vec::new()) };
    let bytes = media(vec![empty]);
    let words = whole(&[bytes, boxes::boxed(b"free", b"")].concat());
    assert_eq!(words, ["init", "start", "end"]);
}

#[test]
fn every_truncation_waits() {
    // R3.
    let tracks = vec![
        TrackFragment::new(1, 0, samples(40, &["v0", "v1"])),
        TrackFragment::new(2, 480, samples(1440, &["a0", "a1"])),
    ];
    let bytes = media(tracks);
    let all = whole(&bytes);
    for length in 0..bytes.len() {
        let part = whole(&bytes[..length]);
        assert_eq!(part, all[..part.len()], "cut at {length}");
    }
}

#[test]
fn no_damaged_byte_panics_or_makes_work_that_the_bytes_do_not_pay_for() {
    // R2, R3: seeded.
    let tracks = vec![
        TrackFragment::new(1, 0, samples(40, &["v0", "v1", "v2"])),
        TrackFragment::new(2, 480, samples(1440, &["a0", "a1"])),
    ];
    let segment = Segment { tracks, ..Segment::default() }.bytes();
    let bytes = [movie().bytes(), segment.clone(), segment].concat();
    let mut random = Random(0x5eed_1234_5678_9abc);
    for round in 0..30_000 {
        let mut damaged = bytes.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(damaged.len());
            damaged[at] = match random.below(4) {
                0 => 0,
                1 => 0xff,
                2 => damaged[at].wrapping_add(1),
                _ => random.below(256) as u8,
            };
        }
        let items = whole(&damaged).len();
        assert!(items <= damaged.len(), "round {round}: {items} items of {} bytes", damaged.len());
    }
}

#[test]
fn a_run_that_claims_samples_without_bytes_costs_nothing() {
    // R2, ISO-43: 2^32 samples of a default size, and none of their bytes.
    for size in [0, 1, 1000] {
        let run =
            TrackRun { sample_count: Some(u32::MAX), fields: SampleFields::default(), ..TrackRun::default() };
        let track = TrackFragment {
            default_size: Some(size),
            default_duration: Some(1),
            runs: vec![run],
            ..TrackFragment::new(1, 0, Vec::new())
        };
        let bytes = media(vec![track]);
        let started = std::time::Instant::now();
        let words = whole(&bytes);
        assert!(words.len() < 10 && started.elapsed().as_secs() < 5, "size {size}: {words:?}");
    }
}
