//! Errors by row: what is wrong, and the code, byte offset, box path and track that say so.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{AVCC, demuxer, demuxer_with, movie, samples, whole, words};
use mse_core::{Limits, ResetReason};
use mse_isobmff::error_code::ALL;
use mse_testkit::isobmff::{
    DataOffset, Edit, Mdat, Movie, MovieTrack, Sample, Segment, TableCounts, TrackFragment, TrackRun, boxes,
    edit, sample_entry,
};

fn init_of(track: MovieTrack) -> Vec<u8> {
    Movie { tracks: vec![track], ..Movie::default() }.bytes().to_vec()
}

fn video() -> MovieTrack {
    movie().tracks[0].clone()
}

/// A segment of track 1 behind the initialization segment.
fn after_init(segment: &Segment) -> Vec<u8> {
    [movie().bytes(), segment.bytes()].concat()
}

fn fragment() -> TrackFragment {
    TrackFragment::new(1, 0, samples(40, &["one", "two"]))
}

fn segment(track: TrackFragment) -> Vec<u8> {
    after_init(&Segment { tracks: vec![track], ..Segment::default() })
}

fn raw(size: u32, name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [&size.to_be_bytes()[..], name, payload].concat()
}

/// The error that ends the items of these bytes.
fn error(bytes: &[u8]) -> String {
    whole(bytes).pop().unwrap()
}

#[test]
fn every_violation_is_named_with_its_place() {
    let init = movie().bytes().len();
    let behind = |bytes: &[u8]| [&movie().bytes()[..], bytes].concat();
    let without = |path: &str| edit::without(&segment(fragment()), path);
    let rows: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("ISO-22", raw(7, b"free", &[]), "box-size", "free"),
        ("ISO-22", raw(20, b"uuid", &[0; 12]), "box-size", "uuid"),
        ("ISO-22", behind(&raw(0, b"mdat", &[1, 2, 3])), "box-size-zero", "mdat"),
        ("ISO-43", raw(1, b"free", &u64::MAX.to_be_bytes()), "", ""),
        (
            "ISO-43",
            [raw(8, b"free", &[]), raw(1, b"free", &u64::MAX.to_be_bytes())].concat(),
            "box-size-overflow",
            "free",
        ),
        ("ISO-12", raw(16, &[1, 2, 3, 4], &[0; 8]), "box-type", ""),
        ("ISO-43", raw(u32::MAX, b"moov", &[]), "header-too-large", "moov"),
        ("ISO-2", raw(100, b"mdat", &[]), "mdat-before-moov", "mdat"),
        ("ISO-43", edit::patched(&movie().bytes(), "moov/trak", 0, &[0, 1]), "box-overrun", "moov"),
        (
            "ISO-25",
            edit::without(&movie().bytes(), "moov/trak/mdia/mdhd"),
            "box-missing",
            "moov/trak[1]/mdia",
        ),
        (
            "ISO-5",
            init_of(MovieTrack {
                table_counts: TableCounts { stts: 1, ..TableCounts::default() },
                ..video()
            }),
            "samples-in-moov",
            "moov/trak/mdia/minf/stbl/stts",
        ),
        ("ISO-6", Movie { movie_extends: false, ..movie() }.bytes().to_vec(), "mvex-missing", "moov"),
        (
            "ISO-17",
            init_of(MovieTrack { self_contained: false, ..video() }),
            "external-data",
            "moov/trak/mdia/minf/dinf/dref/url ",
        ),
        ("ISO-25", init_of(MovieTrack { id: 0, ..video() }), "track-id", "moov/trak"),
        ("ISO-25", init_of(MovieTrack { timescale: 0, ..video() }), "timescale", "moov/trak/mdia/mdhd"),
        (
            "ISO-25",
            init_of(MovieTrack { entries: Vec::new(), ..video() }),
            "sample-entry-missing",
            "moov/trak/mdia/minf/stbl/stsd",
        ),
        (
            "ISO-36",
            init_of(MovieTrack { entries: vec![sample_entry::visual(b"avc1", 1, 1, &[])], ..video() }),
            "configuration-missing",
            "moov/trak/mdia/minf/stbl/stsd/avc1",
        ),
        (
            "ISO-36",
            init_of(MovieTrack { entries: vec![sample_entry::avc1(1, 1, &[1, 2])], ..video() }),
            "configuration-invalid",
            "moov/trak/mdia/minf/stbl/stsd/avc1",
        ),
        (
            "ISO-40",
            init_of(MovieTrack {
                entries: vec![sample_entry::protected(
                    &sample_entry::avc1(1, 1, AVCC),
                    b"encv",
                    b"cenc",
                    0,
                    &[0; 20],
                )],
                ..video()
            }),
            "encryption-unsupported",
            "moov/trak/mdia/minf/stbl/stsd/encv",
        ),
        (
            "ISO-7",
            init_of(MovieTrack { edits: vec![Edit { duration: 0, media_time: -2, rate: 1 }], ..video() }),
            "edit-list-invalid",
            "moov/trak/edts/elst",
        ),
        (
            "ISO-11",
            behind(&[boxes::boxed(b"styp", b"iso6\0\0\0\0"), raw(16, b"mdat", &[0; 8])].concat()),
            "moof-missing",
            "mdat",
        ),
        ("ISO-15", edit::without(&segment(fragment()), "moof/traf"), "traf-missing", "moof"),
        ("ISO-28", without("moof/traf/tfhd"), "tfhd-missing", "moof/traf"),
        ("ISO-18", without("moof/traf/tfdt"), "tfdt-missing", "moof/traf"),
        (
            "ISO-16",
            segment(TrackFragment { base_data_offset: Some(0), default_base_is_moof: false, ..fragment() }),
            "not-fragment-relative",
            "moof/traf/tfhd",
        ),
        (
            "ISO-16",
            segment(TrackFragment {
                runs: vec![TrackRun { data_offset: DataOffset::Absent, ..fragment().runs[0].clone() }],
                ..fragment()
            }),
            "not-fragment-relative",
            "moof/traf/trun",
        ),
        ("ISO-41", segment(TrackFragment { track_id: 9, ..fragment() }), "track-unknown", "moof/traf/tfhd"),
        (
            "ISO-39",
            segment(TrackFragment { description_index: Some(2), ..fragment() }),
            "description-index",
            "moof/traf/tfhd",
        ),
        (
            "ISO-19",
            segment(TrackFragment {
                runs: vec![TrackRun { data_offset: DataOffset::Exactly(-4), ..fragment().runs[0].clone() }],
                ..fragment()
            }),
            "sample-outside-mdat",
            "moof/traf/trun",
        ),
        (
            "ISO-19",
            [
                after_init(&Segment { tracks: vec![fragment()], mdat: Mdat::Missing, ..Segment::default() }),
                raw(8, b"moof", &[]),
            ]
            .concat(),
            "samples-missing",
            "moof",
        ),
        (
            "ISO-43",
            segment(TrackFragment {
                runs: vec![TrackRun {
                    samples: vec![Sample { size: Some(u32::MAX), ..Sample::new(1, "x") }],
                    ..fragment().runs[0].clone()
                }],
                ..fragment()
            }),
            "sample-too-large",
            "moof/traf/trun",
        ),
        (
            "ISO-43",
            segment(TrackFragment { decode_time: Some(u64::MAX), ..fragment() }),
            "time-overflow",
            "moof/traf/tfdt",
        ),
        (
            "ISO-43",
            segment(TrackFragment {
                runs: vec![TrackRun { sample_count: Some(u32::MAX), ..fragment().runs[0].clone() }],
                ..fragment()
            }),
            "box-truncated",
            "moof/traf/trun",
        ),
    ];
    let mut wrong = Vec::new();
    for (row, bytes, code, path) in rows {
        let found = whole(&bytes);
        let last = found.last().cloned().unwrap_or_default();
        if code.is_empty() {
            assert!(!last.contains(" at "), "{row} {code}: {last}");
            continue;
        }
        let (found_code, place) = last.split_once(" at ").unwrap_or((&last, "0 in "));
        let (offset, place) = place.split_once(" in ").unwrap_or((place, ""));
        let place = place.split(',').next().unwrap_or(place);
        let offset: usize = offset.parse().unwrap();
        let in_bytes = offset < bytes.len() && (!path.starts_with("moof") || offset >= init);
        if found_code != format!("isobmff.{code}") || place != path || !in_bytes {
            wrong.push(format!("{row}: {code} in {path}, but found {last}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn codes_are_unique_and_belong_to_this_format() {
    let mut codes: Vec<&str> = ALL.iter().map(|code| code.code).collect();
    assert!(codes.iter().all(|code| code.starts_with("isobmff.")));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), ALL.len());
}

#[test]
fn the_path_counts_siblings() {
    let tracks =
        vec![fragment(), TrackFragment { decode_time: None, ..TrackFragment::new(2, 0, samples(1, &["x"])) }];
    let bytes = after_init(&Segment { tracks, ..Segment::default() });
    let error = error(&bytes);
    assert!(error.contains(" in moof/traf[2]"), "{error}");
    assert!(error.ends_with("track 2"), "{error}");
}

#[test]
fn an_error_comes_as_soon_as_its_header_is_there() {
    let mut demuxer = demuxer();
    demuxer.push(Bytes::from(raw(0, b"moov", &[])));
    assert_eq!(words(demuxer.as_mut()), ["isobmff.box-size-zero at 0 in moov"]);
}

#[test]
fn after_a_reset_parsing_goes_on_with_the_last_initialization_segment() {
    // RPS-4, RPS-5; byte offsets keep counting.
    for reason in [ResetReason::Abort, ResetReason::AppendError] {
        let mut demuxer = demuxer();
        let media = Segment { tracks: vec![fragment()], ..Segment::default() }.bytes();
        demuxer.push(movie().bytes());
        demuxer.push(media.slice(..media.len() - 1));
        assert_eq!(words(demuxer.as_mut()), ["init", "start", "1:one@0|0+40K"]);
        demuxer.reset(reason);
        demuxer.push(media.clone());
        assert_eq!(words(demuxer.as_mut()), ["start", "1:one@0|0+40K", "1:two@40|40+40K", "end"]);
        let position = movie().bytes().len() + 2 * media.len() - 1;
        demuxer.push(Bytes::from(raw(0, b"free", &[])));
        assert_eq!(words(demuxer.as_mut()), [format!("isobmff.box-size-zero at {position} in free")]);
        demuxer.reset(reason);
        demuxer.push(media);
        assert_eq!(words(demuxer.as_mut()).len(), 4);
    }
}

#[test]
fn limits_are_errors_not_truncations() {
    let cases = [
        (Limits { max_tracks: 1, ..Limits::default() }, "isobmff.too-many-tracks"),
        (Limits { max_runs: 1, ..Limits::default() }, "isobmff.too-many-runs"),
        (Limits { max_frame_size: 2, ..Limits::default() }, "isobmff.sample-too-large"),
        (Limits { max_header_size: 64, ..Limits::default() }, "isobmff.header-too-large"),
    ];
    for (limits, code) in cases {
        let mut demuxer = demuxer_with(&limits);
        demuxer.push(Bytes::from(segment(fragment())));
        let last = words(demuxer.as_mut()).pop().unwrap();
        assert!(last.starts_with(code), "{last}");
    }
}
