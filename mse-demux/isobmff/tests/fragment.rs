//! Media segments: defaults, positions, times and order (ISO-11..44).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{demuxer, media, movie, samples, split, whole, words};
use mse_core::{Demuxed, Limits, PictureDurations, Reading};
use mse_testkit::isobmff::{
    Brands, DataOffset, Edit, Mdat, Movie, MovieTrack, Sample, SampleFields, Segment, TrackExtends,
    TrackFragment, TrackRun, boxes, edit, sample_entry,
};
use mse_testkit::random::Random;

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
fn composition_offsets_are_signed_in_every_version() {
    // ISO-28; version 0 has no sign by the letter, but writers put one there, and peers read it.
    let run = |version| TrackRun {
        version,
        fields: SampleFields::ALL,
        samples: vec![Sample { composition_offset: -40, ..Sample::new(40, "a") }],
        ..TrackRun::default()
    };
    let track =
        |version| TrackFragment { runs: vec![run(version)], ..TrackFragment::new(1, 100, Vec::new()) };
    assert_eq!(frames(&media(vec![track(1)])), "1:a@60|100+40K");
    assert_eq!(frames(&media(vec![track(0)])), "1:a@60|100+40K");
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
    // ISO-7, ISO-30, EX-24: media time 2000 of 30000 with a first decode time of 90000 and an
    // offset of 3000.
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
fn every_combination_of_header_and_run_flags_means_what_the_standard_says() {
    // ISO-27, ISO-28. tfhd: description 0x2, duration 0x8, size 0x10, flags 0x20, duration-is-empty
    // 0x10000, default-base-is-moof 0x20000; trun: first sample flags 0x4, duration 0x100, size
    // 0x200, flags 0x400, composition offset 0x800, in both versions.
    const EXTENDS: TrackExtends =
        TrackExtends { description_index: 1, duration: 30, size: 3, flags: NON_SYNC };
    let track = MovieTrack { extends: Some(EXTENDS), ..movie().tracks[0].clone() };
    let init = Movie { tracks: vec![track], ..Movie::default() }.bytes();
    for mask in 0..1 << 12_u32 {
        let bit = |at: u32| mask >> at & 1 == 1;
        let fields =
            SampleFields { duration: bit(0), size: bit(1), flags: bit(2), composition_offset: bit(3) };
        let sample =
            |word: &'static str, flags| Sample { flags, composition_offset: 7, ..Sample::new(10, word) };
        let run = TrackRun {
            version: u8::from(bit(5)),
            first_sample_flags: bit(4).then_some(0),
            fields,
            samples: vec![sample("one", NON_SYNC), sample("two", 0), sample("six", NON_SYNC)],
            ..TrackRun::default()
        };
        let fragment = TrackFragment {
            description_index: bit(6).then_some(1),
            default_duration: bit(7).then_some(20),
            default_size: bit(8).then_some(3),
            default_flags: bit(9).then_some(0),
            duration_is_empty: bit(10),
            default_base_is_moof: bit(11),
            runs: vec![run],
            ..TrackFragment::new(1, 0, Vec::new())
        };
        let duration = match (bit(0), bit(7)) {
            (true, _) => 10,
            (_, true) => 20,
            _ => EXTENDS.duration,
        };
        let expected: Vec<String> = ["one", "two", "six"]
            .iter()
            .zip(0..)
            .map(|(word, index)| {
                let own = match (bit(2), index) {
                    (true, 1) => Some(0),
                    (true, _) => Some(NON_SYNC),
                    (false, 0) => bit(4).then_some(0),
                    (false, _) => None,
                };
                let flags = own.unwrap_or_else(|| if bit(9) { 0 } else { EXTENDS.flags });
                let decode = index * duration;
                let shown = decode + if bit(3) { 7 } else { 0 };
                let key = if flags & NON_SYNC == 0 { "K" } else { "" };
                format!("1:{word}@{shown}|{decode}+{duration}{key}")
            })
            .collect();
        let segment = Segment { tracks: vec![fragment], ..Segment::default() };
        let bytes = [init.clone(), segment.bytes()].concat();
        assert_eq!(frames(&bytes), expected.join(" "), "{mask:012b}");
    }
}

#[test]
fn one_track_fragment_needs_no_default_base_is_moof() {
    // ISO-16, ISO-29: its positions count from the moof either way.
    for default_base_is_moof in [false, true] {
        let track =
            TrackFragment { default_base_is_moof, ..TrackFragment::new(1, 0, samples(40, &["a", "b"])) };
        let before = boxes::boxed(b"free", &[0; 99]);
        let segment = Segment { before: vec![before], tracks: vec![track], ..Segment::default() };
        assert_eq!(frames(&[movie().bytes(), segment.bytes()].concat()), "1:a@0|0+40K 1:b@40|40+40K");
    }
}

#[test]
fn a_fragment_names_the_sample_entry_of_its_frames() {
    // ISO-39, ISO-27: tfhd goes before trex.
    let entries = vec![movie().tracks[0].entries[0].clone(); 3];
    let track = |extends| MovieTrack { entries: entries.clone(), extends, ..movie().tracks[0].clone() };
    let description = |extends: u32, header: Option<u32>| {
        let extends = Some(TrackExtends { description_index: extends, ..TrackExtends::default() });
        let fragment =
            TrackFragment { description_index: header, ..TrackFragment::new(1, 0, samples(40, &["a"])) };
        let mut demuxer = demuxer();
        demuxer.push(Movie { tracks: vec![track(extends)], ..Movie::default() }.bytes());
        demuxer.push(Segment { tracks: vec![fragment], ..Segment::default() }.bytes());
        loop {
            match demuxer.poll().unwrap() {
                Demuxed::Frame(frame) => return frame.description,
                Demuxed::NeedMoreData => panic!("no frame"),
                _ => {}
            }
        }
    };
    assert_eq!((description(1, None), description(3, None)), (0, 2));
    assert_eq!((description(1, Some(2)), description(9, Some(3))), (1, 2));
}

#[test]
fn random_access_points_are_those_of_the_flags_for_video_and_all_for_sound() {
    // ISO-33 to ISO-35, DIS-19.
    let usac = sample_entry::mp4a(2, 48_000, &[0xf9, 0x46, 0x40]);
    let tracks = vec![
        movie().tracks[0].clone(),
        movie().tracks[1].clone(),
        MovieTrack::audio(3, 48_000, usac),
        MovieTrack::new(4, b"text", 1000, boxes::boxed(b"wvtt", &[0; 8])),
    ];
    let init = Movie { tracks, ..Movie::default() }.bytes();
    let is_key = |track, flags| {
        let sample = Sample { flags, ..Sample::new(40, "a") };
        let segment =
            Segment { tracks: vec![TrackFragment::new(track, 0, vec![sample])], ..Segment::default() };
        frames(&[init.clone(), segment.bytes()].concat()).ends_with('K')
    };
    // Flags and whether they make a random access point of video (1), AAC (2), xHE-AAC (3) and text
    // (4).
    let rows = [
        (0, "1234"),
        (0x0200_0000, "1234"),
        (0x0100_0000, "24"),
        (0x0300_0000, "1234"),
        (0x0001_0000, "24"),
        (0x0101_0000, "24"),
        (0x0201_0000, "24"),
        (0xffff_ffff, "24"),
        (0x0c00_0000, "1234"),
        (0x0000_ffff, "1234"),
    ];
    for (flags, expected) in rows {
        let keys: String =
            (1..=4).filter(|track| is_key(*track, flags)).map(|track| track.to_string()).collect();
        assert_eq!(keys, expected, "{flags:#x}");
    }
}

#[test]
fn the_last_sample_without_duration_has_one_that_it_may_have_had() {
    // ISO-32: that of tfhd, of trex, or of the sample before; a zero before the last stays one.
    let last = |default: Option<u32>, extends: u32, durations: &[u32]| {
        let extends = Some(TrackExtends { duration: extends, ..TrackExtends::default() });
        let track = MovieTrack { extends, ..movie().tracks[0].clone() };
        let samples = durations.iter().map(|duration| Sample::new(*duration, "x")).collect();
        let fragment = TrackFragment { default_duration: default, ..TrackFragment::new(1, 0, samples) };
        let init = Movie { tracks: vec![track], ..Movie::default() }.bytes();
        frames(&[init, Segment { tracks: vec![fragment], ..Segment::default() }.bytes()].concat())
    };
    assert_eq!(last(None, 0, &[40, 0]), "1:x@0|0+40K 1:x@40|40+40K");
    assert_eq!(last(None, 30, &[40, 0]), "1:x@0|0+40K 1:x@40|40+30K");
    assert_eq!(last(Some(20), 30, &[40, 0]), "1:x@0|0+40K 1:x@40|40+20K");
    assert_eq!(last(None, 0, &[0]), "1:x@0|0+0K");
    assert_eq!(last(None, 0, &[40, 0, 40]), "1:x@0|0+40K 1:x@40|40+0K 1:x@40|40+40K");
}

#[test]
fn the_last_duration_is_remembered_across_segments() {
    // ISO-32.
    let segment = |time, duration| {
        let tracks = vec![TrackFragment::new(1, time, vec![Sample::new(duration, "x")])];
        Segment { tracks, ..Segment::default() }.bytes()
    };
    let bytes = [movie().bytes(), segment(0, 40), segment(40, 0)].concat();
    assert_eq!(frames(&bytes), "1:x@0|0+40K 1:x@40|40+40K");
}

#[test]
fn a_run_without_samples_may_point_anywhere() {
    // ISO-19: it refers to no data.
    let run = |words, data_offset| TrackRun {
        data_offset,
        fields: SampleFields::ALL,
        samples: samples(40, words),
        ..TrackRun::default()
    };
    for offset in [0, -8, i32::MIN, i32::MAX] {
        let runs = vec![run(&[], DataOffset::Exactly(offset)), run(&["a"], DataOffset::Right)];
        let track = TrackFragment { runs, ..TrackFragment::new(1, 0, Vec::new()) };
        assert_eq!(frames(&media(vec![track])), "1:a@0|0+40K", "{offset}");
        let runs = vec![run(&["a"], DataOffset::Right), run(&["", ""], DataOffset::Exactly(offset))];
        let track = TrackFragment { runs, ..TrackFragment::new(1, 0, Vec::new()) };
        assert_eq!(frames(&media(vec![track])), "1:a@0|0+40K", "{offset}");
    }
}

#[test]
fn decode_times_may_be_shifted_below_zero() {
    // ISO-30.
    let edits = vec![Edit { duration: 0, media_time: 100, rate: 1 }];
    let track = MovieTrack { edits, ..movie().tracks[0].clone() };
    let init = Movie { tracks: vec![track], ..Movie::default() }.bytes();
    let fragment = TrackFragment::new(1, 0, samples(40, &["a", "b", "c", "d"]));
    let bytes = [init, Segment { tracks: vec![fragment], ..Segment::default() }.bytes()].concat();
    assert_eq!(frames(&bytes), "1:a@-100|-100+40K 1:b@-60|-60+40K 1:c@-20|-20+40K 1:d@20|20+40K");
}

#[test]
fn only_the_first_normal_edit_counts() {
    // ISO-31: a rate, a duration and later edits are not looked at.
    let shifted = |edits: &[(u64, i64, u16)]| {
        let edits =
            edits.iter().map(|&(duration, media_time, rate)| Edit { duration, media_time, rate }).collect();
        let track = MovieTrack { edits, ..movie().tracks[0].clone() };
        let init = Movie { tracks: vec![track], ..Movie::default() }.bytes();
        let fragment = TrackFragment::new(1, 0, samples(40, &["a"]));
        frames(&[init, Segment { tracks: vec![fragment], ..Segment::default() }.bytes()].concat())
    };
    assert_eq!(shifted(&[(10, 20, 1), (10, 500, 1)]), "1:a@-20|-20+40K");
    assert_eq!(shifted(&[(0, 20, 2)]), "1:a@-20|-20+40K");
    assert_eq!(shifted(&[(300, -1, 1)]), "1:a@300|300+40K");
    assert_eq!(shifted(&[(300, -1, 1), (200, -1, 1), (0, 20, 1), (9, -1, 1)]), "1:a@480|480+40K");
    assert_eq!(shifted(&[(0, 1 << 33, 1)]), "1:a@-8589934592|-8589934592+40K", "64 bits");
}

#[test]
fn neighbouring_frames_stay_neighbours_at_any_timescale() {
    // ISO-30: both ends of a duration are rounded alike.
    let track = MovieTrack { timescale: 44_101, ..movie().tracks[0].clone() };
    let init = Movie { tracks: vec![track], ..Movie::default() }.bytes();
    let fragment = TrackFragment::new(1, 123_456_789, samples(1024, &["x"; 200]));
    let mut demuxer = demuxer();
    demuxer.push([init, Segment { tracks: vec![fragment], ..Segment::default() }.bytes()].concat().into());
    let (mut end, mut count) = (None, 0);
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::Frame(frame) => {
                assert!(end.is_none_or(|end| end == frame.decode_timestamp));
                end = Some(frame.decode_timestamp + frame.duration);
                count += 1;
            }
            Demuxed::NeedMoreData => break,
            _ => {}
        }
    }
    assert_eq!(count, 200);
}

#[test]
fn frames_come_in_decode_order_though_their_data_does_not() {
    // SPL-9: the data of the second run lies first.
    let run = |word, data_offset| TrackRun {
        data_offset,
        fields: SampleFields::ALL,
        samples: samples(40, &[word]),
        ..TrackRun::default()
    };
    let fragment = |first, second| TrackFragment {
        runs: vec![run("1st", DataOffset::Exactly(first)), run("2nd", DataOffset::Exactly(second))],
        ..TrackFragment::new(1, 0, Vec::new())
    };
    let size =
        Segment { tracks: vec![fragment(0, 0)], mdat: Mdat::Missing, ..Segment::default() }.bytes().len();
    let place = size as i32 + 8;
    let bytes = media(vec![fragment(place + 3, place)]);
    // The data was written in the order of the runs, so it is the words that are exchanged.
    assert_eq!(frames(&bytes), "1:2nd@0|0+40K 1:1st@40|40+40K");
    let mut demuxer = demuxer();
    demuxer.push(Bytes::copy_from_slice(&bytes[..bytes.len() - 3]));
    assert_eq!(words(demuxer.as_mut()), ["init", "start"]);
    demuxer.push(Bytes::copy_from_slice(&bytes[bytes.len() - 3..]));
    assert_eq!(words(demuxer.as_mut()), ["1:2nd@0|0+40K", "1:1st@40|40+40K", "end"]);
}

#[test]
fn a_segment_ends_with_the_media_data_of_its_last_sample() {
    // ISO-23: more mdat belong to no segment, and what stands in one behind the last sample is
    // passed over.
    let segment =
        Segment { tracks: vec![TrackFragment::new(1, 0, samples(40, &["a"]))], ..Segment::default() };
    let more = boxes::boxed(b"mdat", b"more");
    let bytes = [movie().bytes().to_vec(), segment.bytes().to_vec(), more.clone(), more].concat();
    assert_eq!(whole(&bytes), ["init", "start", "1:a@0|0+40K", "end"]);
    let mut longer = segment.bytes().to_vec();
    let mdat = longer.len() - 9;
    longer[mdat + 3] += 4;
    let waiting = [movie().bytes().to_vec(), longer, b"tai".to_vec()].concat();
    assert_eq!(whole(&waiting), ["init", "start", "1:a@0|0+40K"], "the mdat is not complete");
    assert_eq!(whole(&[&waiting[..], b"l"].concat()), ["init", "start", "1:a@0|0+40K", "end"]);
}

#[test]
fn a_segment_begins_with_eight_bytes_of_its_first_box() {
    // SPL-5: a moof of any kind of size, by the letter a styp too.
    let letter = Limits { reading: Reading::letter(), ..Limits::default() };
    let usual = Limits::default();
    for (name, limits, start) in [
        (b"styp", &letter, &["start"][..]),
        (b"styp", &usual, &[]),
        (b"moof", &letter, &["start"]),
        (b"moof", &usual, &["start"]),
    ] {
        for size in [100, 1] {
            let header = [&u32::to_be_bytes(size)[..], name].concat();
            let mut demuxer = common::demuxer_with(limits);
            demuxer.push(movie().bytes());
            demuxer.push(Bytes::copy_from_slice(&header[..7]));
            assert_eq!(words(demuxer.as_mut()), ["init"]);
            demuxer.push(Bytes::copy_from_slice(&header[7..]));
            assert_eq!(words(demuxer.as_mut()), start);
        }
    }
}

#[test]
fn headers_of_64_bits_are_read_like_those_of_32() {
    // ISO-22.
    let segment =
        Segment { tracks: vec![TrackFragment::new(1, 0, samples(40, &["a"]))], ..Segment::default() };
    let (init, media) = (movie().bytes(), segment.bytes());
    let moov = edit::find(&init, "moov").unwrap();
    let large = boxes::large_box(b"moov", &init[moov.start + 8..]);
    let bytes = [&init[..moov.start], &large, &media].concat();
    assert_eq!(whole(&bytes), ["init", "start", "1:a@0|0+40K", "end"]);
    // In a moof 8 bytes longer, the data lies 8 bytes farther.
    let moof = edit::find(&media, "moof").unwrap();
    let farther = edit::patched(&media, "moof/traf/trun", 16, &(moof.len() as u32 + 16).to_be_bytes());
    let large = boxes::large_box(b"moof", &farther[8..moof.end]);
    let bytes = [&init[..], &large, &media[moof.end..]].concat();
    assert_eq!(whole(&bytes), ["init", "start", "1:a@0|0+40K", "end"]);
}

#[test]
fn a_new_initialization_segment_is_in_force_for_what_follows() {
    // BSF-5: its track ids, timescales and edit lists.
    let segment =
        |id| Segment { tracks: vec![TrackFragment::new(id, 90, samples(90, &["a"]))], ..Segment::default() };
    let other = MovieTrack { id: 5, timescale: 90_000, ..movie().tracks[0].clone() };
    let other = Movie { tracks: vec![other], ..Movie::default() };
    let bytes = [movie().bytes(), segment(1).bytes(), other.bytes(), segment(5).bytes()].concat();
    assert_eq!(
        whole(&bytes),
        ["init", "start", "1:a@90|90+90K", "end", "init", "start", "5:a@1|1+1K", "end"]
    );
    let stale = [movie().bytes(), other.bytes(), segment(1).bytes()].concat();
    assert!(whole(&stale).pop().unwrap().starts_with("isobmff.track-unknown"));
}

#[test]
fn tracks_that_are_not_played_take_no_part() {
    // TRK-5: neither their samples nor their missing trex matter.
    let other =
        MovieTrack { extends: None, ..MovieTrack::new(7, b"hint", 1000, boxes::boxed(b"rtp ", &[0; 8])) };
    let init = Movie { tracks: vec![other, movie().tracks[0].clone()], ..Movie::default() }.bytes();
    let tracks =
        vec![TrackFragment::new(7, 0, samples(1, &["hint"])), TrackFragment::new(1, 0, samples(40, &["v"]))];
    let both = Segment { tracks: tracks.clone(), ..Segment::default() }.bytes();
    let alone = Segment { tracks: tracks[..1].to_vec(), ..Segment::default() }.bytes();
    let bytes = [init, both, alone].concat();
    assert_eq!(whole(&bytes), ["init", "start", "1:v@0|0+40K", "end", "start", "end"]);
}

#[test]
fn brands_and_sequence_numbers_are_not_looked_at() {
    // ISO-3, ISO-14, ISO-44, DIS-20.
    let brands = |major: &[u8; 4]| Some(Brands { major: *major, minor_version: 9, compatible: Vec::new() });
    let init = Movie { brands: brands(b"????"), ..movie() }.bytes();
    let none = Movie { brands: None, ..movie() }.bytes();
    for sequence_number in [7, 3, 3, 0, u32::MAX] {
        let tracks = vec![TrackFragment::new(1, 0, samples(40, &["a"]))];
        let segment = Segment { brands: brands(b"abcd"), sequence_number, tracks, ..Segment::default() };
        for init in [&init, &none] {
            let bytes = [init.clone(), segment.bytes()].concat();
            assert_eq!(whole(&bytes), ["init", "start", "1:a@0|0+40K", "end"]);
        }
    }
}

/// ISO-32, TB-8: a chunk that brings a part of a group of pictures: each picture lasts at least
/// until the next one of its fragment is shown; the last one, and whatever leaves no hole, as
/// stored.
#[test]
fn pictures_last_until_the_next_one_of_their_fragment_is_shown() {
    const WORDS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let mut random = Random::new(7);
    let mut below = |bound: u64| random.bits() % bound;
    let mut holes = 0;
    for round in 0..300 {
        let count = 1 + below(WORDS.len() as u64) as usize;
        // Places in presentation order, some of them of pictures that are not there.
        let mut places: Vec<i32> = (0..count as i32 + below(4) as i32).collect();
        for at in (1..places.len()).rev() {
            places.swap(at, below(at as u64 + 1) as usize);
        }
        let shown: Vec<i32> = places[..count].iter().map(|place| place * 40).collect();
        let samples: Vec<Sample> = (0..count)
            .map(|at| Sample { composition_offset: shown[at] - at as i32 * 40, ..Sample::new(40, WORDS[at]) })
            .collect();
        let split = below(count as u64 + 1) as usize;
        let run = |samples: &[Sample]| TrackRun {
            version: 1,
            fields: SampleFields::ALL,
            samples: samples.to_vec(),
            ..TrackRun::default()
        };
        let runs = vec![run(&samples[..split]), run(&samples[split..])];
        let bytes = media(vec![TrackFragment { runs, ..TrackFragment::new(1, 0, Vec::new()) }]);
        for durations in [PictureDurations::UntilNextShown, PictureDurations::AsStored] {
            let reading = Reading { picture_durations: durations, ..Reading::default() };
            let limits = Limits { reading, ..Limits::default() };
            let found = |size: usize| -> Vec<String> {
                let mut demuxer = common::demuxer_with(&limits);
                let pieces = bytes.chunks(size).map(|piece| {
                    demuxer.push(Bytes::copy_from_slice(piece));
                    words(demuxer.as_mut())
                });
                pieces.flatten().filter(|word| word.contains('@')).collect()
            };
            let expected: Vec<String> = (0..count)
                .map(|at| {
                    let next = shown.iter().filter(|time| **time > shown[at]).min();
                    let until = next.map_or(40, |next| next - shown[at]);
                    let is_stored = durations == PictureDurations::AsStored;
                    holes += usize::from(until > 40 && !is_stored);
                    let duration = if is_stored { 40 } else { until.max(40) };
                    format!("1:{}@{}|{}+{duration}K", WORDS[at], shown[at], at * 40)
                })
                .collect();
            for size in [bytes.len(), 7] {
                assert_eq!(found(size), expected, "round {round}, {durations:?}, pieces of {size}");
            }
        }
    }
    assert!(holes > 100, "{holes}");
}
