//! Errors by row: what is wrong, and the code, byte offset, box path and track that say so.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{AVCC, demuxer, demuxer_with, error_word, media, movie, samples, split, whole, words};
use mse_core::{Demuxed, Limits, MimeType, ParseError, ResetReason};
use mse_isobmff::error_code::ALL;
use mse_testkit::isobmff::boxes::{boxed, full_box};
use mse_testkit::isobmff::{
    DataOffset, Edit, Mdat, Movie, MovieTrack, NON_SYNC, Sample, SampleFields, Segment, TableCounts,
    TrackFragment, TrackRun, edit, sample_entry,
};
use std::collections::BTreeSet;

/// The fields of a `tenc` of protected samples with neither a vector each nor one for all.
const NO_VECTOR: [u8; 21] = {
    let mut fields = [0; 21];
    fields[2] = 1;
    fields
};

/// A header that claims anything.
fn raw(size: u32, name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [&size.to_be_bytes()[..], name, payload].concat()
}

fn video() -> MovieTrack {
    movie().tracks[0].clone()
}

fn init_of(track: MovieTrack) -> Vec<u8> {
    Movie { tracks: vec![track], ..Movie::default() }.bytes().to_vec()
}

fn init_with_entry(entry: Vec<u8>) -> Vec<u8> {
    init_of(MovieTrack { entries: vec![entry], ..video() })
}

fn init_with_count(table_counts: TableCounts) -> Vec<u8> {
    init_of(MovieTrack { table_counts, ..video() })
}

/// An `stts` of one sample; one entry of none has none.
fn with_samples() -> Vec<u8> {
    let stts = |count| full_box(b"stts", 0, 0, &[0, 0, 0, 1, 0, 0, 0, count, 0, 0, 0, 1]);
    let path = "moov/trak/mdia/minf/stbl/stts";
    let bytes = init_of(video());
    assert_eq!(whole(&edit::replaced(&bytes, path, &stts(0))), ["init"]);
    edit::replaced(&bytes, path, &stts(1))
}

fn init_with_edit(media_time: i64, duration: u64) -> Vec<u8> {
    init_of(MovieTrack { edits: vec![Edit { duration, media_time, rate: 1 }], ..video() })
}

/// The initialization segment with a box changed or taken out.
fn init_patched(path: &str, offset: usize, with: &[u8]) -> Vec<u8> {
    edit::patched(&movie().bytes(), path, offset, with)
}

fn init_without(path: &str) -> Vec<u8> {
    edit::without(&movie().bytes(), path)
}

/// Something behind the initialization segment.
fn then(bytes: &[u8]) -> Vec<u8> {
    [&movie().bytes()[..], bytes].concat()
}

/// A track fragment of track 1 with two samples of three bytes.
fn fragment() -> TrackFragment {
    TrackFragment::new(1, 0, samples(40, &["one", "two"]))
}

fn run(change: impl FnOnce(&mut TrackRun)) -> Vec<u8> {
    let mut track = fragment();
    change(&mut track.runs[0]);
    media(vec![track])
}

fn without(path: &str) -> Vec<u8> {
    edit::without(&media(vec![fragment()]), path)
}

fn patched(path: &str, offset: usize, with: &[u8]) -> Vec<u8> {
    edit::patched(&media(vec![fragment()]), path, offset, with)
}

/// The first error; the frames before it do not matter.
fn first_error(bytes: Vec<u8>, limits: &Limits) -> Option<ParseError> {
    let mut demuxer = demuxer_with(limits);
    demuxer.push(Bytes::from(bytes));
    loop {
        match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return None,
            Ok(_) => {}
            Err(error) => return Some(error),
        }
    }
}

/// `ROW CODE at OFFSET in PATH, track N`; offsets behind the initialization segment count from its
/// end, with a `+`.
fn found(bytes: Vec<u8>, limits: &Limits) -> String {
    let init = movie().bytes();
    let is_behind = bytes.len() > init.len() && bytes.starts_with(&init);
    let Some(error) = first_error(bytes, limits) else { return "nothing".to_owned() };
    let word = error_word(&error).replacen("isobmff.", "", 1);
    let (code, rest) = word.split_once(" at ").unwrap();
    let (offset, place) = rest.split_once(" in ").unwrap();
    let offset = match offset.parse::<usize>().unwrap().checked_sub(init.len()) {
        Some(behind) if is_behind => format!("+{behind}"),
        _ => offset.to_owned(),
    };
    format!("{} {code} at {offset} in {place}", error.row)
}

type Rows = Vec<(Vec<u8>, &'static str)>;

fn rows_of_boxes() -> Rows {
    let large = |name: &[u8; 4], size: u64| [&raw(1, name, &[])[..], &size.to_be_bytes()].concat();
    vec![
        (raw(7, b"free", &[]), "ISO-22 box-size at 0 in free"),
        (raw(2, b"moof", &[]), "ISO-22 box-size at 0 in moof"),
        (raw(23, b"uuid", &[0; 15]), "ISO-22 box-size at 0 in uuid"),
        (large(b"free", 15), "ISO-22 box-size at 0 in free"),
        (large(b"uuid", 31), "ISO-22 box-size at 0 in uuid"),
        (init_patched("moov/trak", 0, &[0, 0, 0, 7]), "ISO-22 box-size at 144 in moov"),
        (then(&raw(0, b"mdat", &[1, 2, 3])), "ISO-22 box-size-zero at +0 in mdat"),
        (init_patched("moov/trak", 0, &[0; 4]), "ISO-22 box-size-zero at 144 in moov"),
        ([boxed(b"free", &[]), large(b"free", u64::MAX)].concat(), "ISO-43 box-size-overflow at 8 in free"),
        (raw(16, &[1, 2, 3, 4], &[0; 8]), "ISO-12 box-type at 0 in "),
        (b"\x1fgzip or what".to_vec(), "nothing"),
        (b"\0\0\0\x01\x02\x03\x04\x05\x06\x07".to_vec(), "ISO-12 box-type at 0 in "),
        (raw(u32::MAX, b"moov", &[]), "ISO-43 header-too-large at 0 in moov"),
        (large(b"moof", u64::MAX), "ISO-43 header-too-large at 0 in moof"),
        (init_patched("moov/trak", 0, &[0, 1]), "ISO-43 box-overrun at 144 in moov"),
        (init_patched("moov/mvhd", 0, &raw(20, b"mvhd", &[])), "ISO-43 box-truncated at 36 in moov/mvhd"),
        (then(&boxed(b"moof", &[0, 0, 0, 9])), "ISO-43 box-truncated at +8 in moof"),
        (then(&boxed(b"moof", &raw(1, b"traf", &[]))), "ISO-43 box-truncated at +8 in moof"),
    ]
}

fn rows_of_initialization_segments() -> Rows {
    let one = TableCounts::default();
    let protected = sample_entry::protected(&sample_entry::avc1(1, 1, AVCC), b"encv", b"cenc", 0, &NO_VECTOR);
    let co64 = full_box(b"co64", 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    let stz2 = full_box(b"stz2", 0, 0, &[0, 0, 0, 8, 0, 0, 0, 1, 0]);
    let stbl = "moov/trak/mdia/minf/stbl";
    vec![
        (boxed(b"mdat", b"anything"), "ISO-2 mdat-before-moov at 0 in mdat"),
        (init_without("moov/mvhd"), "ISO-25 box-missing at 28 in moov"),
        (init_without("moov/trak/tkhd"), "ISO-25 box-missing at 144 in moov/trak[1]"),
        (init_without("moov/trak/mdia"), "ISO-25 box-missing at 144 in moov/trak[1], track 1"),
        (init_without("moov/trak/mdia/mdhd"), "ISO-25 box-missing at 244 in moov/trak[1]/mdia, track 1"),
        (init_without("moov/trak/mdia/minf"), "ISO-25 box-missing at 244 in moov/trak[1]/mdia, track 1"),
        (init_without(stbl), "ISO-25 box-missing at 317 in moov/trak[1]/mdia/minf, track 1"),
        (with_samples(), "ISO-5 samples-in-moov at 545 in moov/trak/mdia/minf/stbl/stts, track 1"),
        (
            init_with_count(TableCounts { stsc: 1, ..one }),
            "ISO-5 samples-in-moov at 561 in moov/trak/mdia/minf/stbl/stsc, track 1",
        ),
        (
            init_with_count(TableCounts { stsz: 1, ..one }),
            "ISO-5 samples-in-moov at 577 in moov/trak/mdia/minf/stbl/stsz, track 1",
        ),
        (
            init_with_count(TableCounts { stco: 1, ..one }),
            "ISO-5 samples-in-moov at 597 in moov/trak/mdia/minf/stbl/stco, track 1",
        ),
        (
            edit::replaced(&movie().bytes(), "moov/trak/mdia/minf/stbl/stco", &co64),
            "ISO-5 samples-in-moov at 597 in moov/trak[1]/mdia/minf/stbl/co64, track 1",
        ),
        (
            edit::replaced(&movie().bytes(), "moov/trak/mdia/minf/stbl/stsz", &stz2),
            "ISO-5 samples-in-moov at 577 in moov/trak[1]/mdia/minf/stbl/stz2, track 1",
        ),
        (Movie { movie_extends: false, ..movie() }.bytes().to_vec(), "ISO-6 mvex-missing at 28 in moov"),
        (
            init_of(MovieTrack { self_contained: false, ..video() }),
            "ISO-17 external-data at 369 in moov/trak/mdia/minf/dinf/dref/url , track 1",
        ),
        (
            Movie { tracks: vec![video(), video()], ..Movie::default() }.bytes().to_vec(),
            "ISO-25 track-id at 613 in moov/trak[2], track 1",
        ),
        (
            init_of(MovieTrack { timescale: 0, ..video() }),
            "ISO-25 timescale at 252 in moov/trak/mdia/mdhd, track 1",
        ),
        (Movie { timescale: 0, ..movie() }.bytes().to_vec(), "ISO-25 timescale at 36 in moov/mvhd"),
        (
            init_of(MovieTrack { entries: Vec::new(), ..video() }),
            "ISO-25 sample-entry-missing at 389 in moov/trak/mdia/minf/stbl/stsd, track 1",
        ),
        (
            init_patched("moov/trak/mdia/minf/stbl/stsd", 12, &[0, 0, 0, 2]),
            "ISO-25 sample-entry-missing at 389 in moov/trak[1]/mdia/minf/stbl/stsd, track 1",
        ),
        (
            init_with_entry(sample_entry::visual(b"hev1", 1, 1, &[])),
            "ISO-36 configuration-missing at 405 in moov/trak/mdia/minf/stbl/stsd/hev1, track 1",
        ),
        (
            init_with_entry(sample_entry::avc1(1, 1, &[1, 2])),
            "ISO-36 configuration-invalid at 491 in moov/trak/mdia/minf/stbl/stsd/avc1/avcC, track 1",
        ),
        (
            init_of(MovieTrack::audio(1, 1, sample_entry::mp4a(2, 48_000, &[]))),
            "ISO-36 configuration-invalid at 437 in moov/trak/mdia/minf/stbl/stsd/mp4a/esds, track 1",
        ),
        (
            init_with_entry(protected),
            "EME-11 encryption-incomplete at 593 in moov/trak/mdia/minf/stbl/stsd/encv/sinf/schi/tenc, track 1",
        ),
        (init_with_edit(-2, 0), "ISO-7 edit-list-invalid at 252 in moov/trak/edts/elst, track 1"),
        (init_with_edit(-1, u64::MAX), "ISO-43 time-overflow at 252 in moov/trak/edts/elst, track 1"),
    ]
}

fn rows_of_media_segments() -> Rows {
    let segment = Segment { tracks: vec![fragment()], ..Segment::default() }.bytes();
    let styp = boxed(b"styp", b"iso6\0\0\0\0");
    let second = |track| media(vec![fragment(), track]);
    let no_data = Segment { tracks: vec![fragment()], mdat: Mdat::Missing, ..Segment::default() }.bytes();
    let untold = MovieTrack { extends: None, ..video() };
    let no_defaults = [init_of(untold), segment.to_vec()].concat();
    let overlapping = TrackFragment {
        runs: vec![
            TrackRun {
                fields: SampleFields::ALL,
                samples: vec![Sample::new(1, vec![0; 100])],
                ..TrackRun::default()
            };
            9
        ],
        ..fragment()
    };
    let mut overlapping = media(vec![overlapping]);
    let first = edit::find(&overlapping, "moof/traf/trun").unwrap();
    let place = overlapping[first.start + 16..first.start + 20].to_vec();
    for index in 1..9 {
        overlapping = edit::patched(&overlapping, &format!("moof/traf/trun[{index}]"), 16, &place);
    }
    vec![
        (segment.to_vec(), "SPL-8 init-missing at 0 in moof"),
        (then(&[styp.clone(), boxed(b"mdat", b"anything")].concat()), "ISO-11 moof-missing at +16 in mdat"),
        (without("moof/traf"), "ISO-15 traf-missing at +0 in moof"),
        (without_parameter_sets(), "ISO-20 parameter-sets-missing at 682 in moof/traf/trun, track 1"),
        (without("moof/traf/tfhd"), "ISO-28 tfhd-missing at +24 in moof/traf"),
        (without("moof/traf/tfdt"), "ISO-18 tfdt-missing at +24 in moof/traf, track 1"),
        (
            second(TrackFragment { decode_time: None, ..fragment() }),
            "ISO-18 tfdt-missing at +120 in moof/traf[2], track 1",
        ),
        (
            media(vec![TrackFragment {
                base_data_offset: Some(0),
                default_base_is_moof: false,
                ..fragment()
            }]),
            "ISO-16 not-fragment-relative at +32 in moof/traf/tfhd, track 1",
        ),
        (
            media(vec![TrackFragment { base_data_offset: Some(0), ..fragment() }]),
            "ISO-16 not-fragment-relative at +32 in moof/traf/tfhd, track 1",
        ),
        (
            second(TrackFragment { default_base_is_moof: false, ..fragment() }),
            "ISO-16 not-fragment-relative at +128 in moof/traf[2]/tfhd, track 1",
        ),
        (
            run(|run| run.data_offset = DataOffset::Absent),
            "ISO-16 not-fragment-relative at +68 in moof/traf/trun, track 1",
        ),
        (
            media(vec![TrackFragment { track_id: 9, ..fragment() }]),
            "ISO-41 track-unknown at +32 in moof/traf/tfhd, track 9",
        ),
        (of_two_entries(0), "ISO-39 description-index at 825 in moof/traf/tfhd, track 1"),
        (of_two_entries(3), "ISO-39 description-index at 825 in moof/traf/tfhd, track 1"),
        (no_defaults, "ISO-6 trex-missing at 653 in moof/traf/tfhd, track 1"),
        (
            run(|run| run.data_offset = DataOffset::Exactly(-4)),
            "ISO-19 sample-outside-mdat at +68 in moof/traf/trun, track 1",
        ),
        (
            run(|run| run.data_offset = DataOffset::Exactly(124)),
            "ISO-19 sample-outside-mdat at +68 in moof/traf/trun, track 1",
        ),
        (
            run(|run| run.samples[1].size = Some(4)),
            "ISO-19 sample-outside-mdat at +68 in moof/traf/trun, track 1",
        ),
        (then(&[&no_data[..], &raw(8, b"moof", &[])].concat()), "ISO-19 samples-missing at +120 in moof"),
        (then(&[&no_data[..], &styp].concat()), "ISO-19 samples-missing at +120 in styp"),
        (then(&[&no_data[..], &movie().bytes()].concat()), "ISO-19 samples-missing at +120 in ftyp"),
        (overlapping, "ISO-43 samples-overlap at +212 in moof/traf/trun[5], track 1"),
        (
            run(|run| run.samples[0].size = Some(u32::MAX)),
            "ISO-43 sample-too-large at +68 in moof/traf/trun, track 1",
        ),
        (
            media(vec![TrackFragment { decode_time: Some(u64::MAX), ..fragment() }]),
            "ISO-43 time-overflow at +48 in moof/traf/tfdt, track 1",
        ),
        (
            media(vec![TrackFragment { decode_time: Some(i64::MAX as u64), ..fragment() }]),
            "ISO-43 time-overflow at +68 in moof/traf/trun, track 1",
        ),
        (run(|run| run.sample_count = Some(3)), "ISO-43 box-truncated at +68 in moof/traf/trun, track 1"),
        (patched("moof/traf/tfhd", 9, &[0, 0, 2]), "ISO-43 box-truncated at +32 in moof/traf/tfhd, track 1"),
    ]
}

/// A fragment that names a sample entry of two.
fn of_two_entries(description_index: u32) -> Vec<u8> {
    let entries = vec![sample_entry::avc1(160, 90, AVCC); 2];
    let track = TrackFragment { description_index: Some(description_index), ..fragment() };
    let segment = Segment { tracks: vec![track], ..Segment::default() };
    [&init_of(MovieTrack { entries, ..video() })[..], &segment.bytes()].concat()
}

/// Neither in the sample entry nor in the sample.
fn without_parameter_sets() -> Vec<u8> {
    let entry = sample_entry::avc1(160, 90, &[1, 0x64, 0, 0x0b, 0xff, 0xe0, 0]);
    let segment = Segment { tracks: vec![fragment()], ..Segment::default() };
    [&init_of(MovieTrack::video(1, 1000, 160, 90, entry))[..], &segment.bytes()].concat()
}

fn limited(limits: Limits) -> String {
    let sparse = TrackFragment { default_flags: Some(NON_SYNC), ..fragment() };
    found(media(vec![sparse.clone(), sparse]), &limits)
}

fn assert_rows(rows: Rows) {
    let wrong: Vec<String> = rows
        .into_iter()
        .map(|(bytes, expected)| (expected, found(bytes, &Limits::default())))
        .filter(|(expected, found)| expected != found)
        .map(|(expected, found)| format!("expected {expected}\n   found {found}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_box_that_cannot_be_is_named_with_its_place() {
    assert_rows(rows_of_boxes());
}

#[test]
fn an_initialization_segment_that_cannot_be_is_named_with_its_place() {
    assert_rows(rows_of_initialization_segments());
}

#[test]
fn a_media_segment_that_cannot_be_is_named_with_its_place() {
    assert_rows(rows_of_media_segments());
}

#[test]
fn what_exceeds_a_limit_is_refused_and_not_cut() {
    let defaults = Limits::default();
    let rows = [
        (Limits { max_tracks: 1, ..defaults.clone() }, "ISO-43 too-many-tracks at 1065 in moov/mvex/trex[2]"),
        (
            Limits { max_sample_entries: 0, ..defaults.clone() },
            "ISO-43 too-many-sample-entries at 389 in moov/trak[1]/mdia/minf/stbl/stsd, track 1",
        ),
        (Limits { max_runs: 1, ..defaults.clone() }, "ISO-43 too-many-runs at +0 in moof"),
        (
            Limits { max_runs: 3, ..defaults.clone() },
            "ISO-43 too-many-runs at +172 in moof/traf[2]/trun, track 1",
        ),
        (
            Limits { max_frame_size: 2, ..defaults.clone() },
            "ISO-43 sample-too-large at +72 in moof/traf[1]/trun, track 1",
        ),
        (Limits { max_header_size: 64, ..defaults.clone() }, "ISO-43 header-too-large at 28 in moov"),
        (Limits { max_runs: 4, max_frame_size: 3, max_tracks: 2, ..defaults }, "nothing"),
    ];
    for (limits, expected) in rows {
        assert_eq!(limited(limits), expected);
    }
}

#[test]
fn every_code_is_found_by_some_row() {
    let all = [rows_of_boxes(), rows_of_initialization_segments(), rows_of_media_segments()].concat();
    let of_limits = ["isobmff.too-many-tracks", "isobmff.too-many-sample-entries", "isobmff.too-many-runs"];
    let of_other_files = [
        // random_access.rs: a note
        "isobmff.sync-flag-false",
        // encryption.rs
        "isobmff.auxiliary-invalid",
        "isobmff.scheme-unsupported",
        // progressive.rs
        "isobmff.progressive-interrupted",
        "isobmff.sample-passed",
        "isobmff.sample-tables-invalid",
    ];
    let mut found: BTreeSet<&str> = [&of_limits[..], &of_other_files].concat().into_iter().collect();
    for (bytes, _) in all {
        found.extend(first_error(bytes, &Limits::default()).map(|error| error.code));
    }
    let codes: BTreeSet<&str> = ALL.iter().map(|code| code.code).collect();
    assert_eq!(codes.len(), ALL.len(), "codes are unique");
    assert_eq!(found, codes);
}

#[test]
fn a_path_ends_in_the_box_at_the_offset() {
    let all = [rows_of_boxes(), rows_of_initialization_segments(), rows_of_media_segments()].concat();
    for (bytes, row) in all {
        let Some(error) = first_error(bytes.clone(), &Limits::default()) else { continue };
        let name = bytes.get(error.offset as usize + 4..).and_then(|rest| rest.get(..4)).unwrap_or_default();
        let last = error.path.rsplit('/').next().unwrap().split('[').next().unwrap();
        // A header that cannot be read has no name that could be trusted: the path ends in its
        // parent.
        let is_header = matches!(&error.code["isobmff.".len()..], "box-type" | "box-overrun")
            || error.path == "moov" && error.code.contains("box-size")
            || error.path == "moof" && error.code == "isobmff.box-truncated";
        assert!(last.as_bytes() == name || is_header, "{row}: {error}");
    }
}

#[test]
fn an_error_comes_as_soon_as_its_header_is_there() {
    // The shortest beginning of each stream that shows the error: no later than the header or the
    // whole box that is wrong.
    let rows: Rows = vec![
        (raw(0, b"moov", &[]), "8"),
        (raw(7, b"free", &[]), "8"),
        (raw(16, &[1, 2, 3, 4], &[0; 8]), "8"),
        (raw(100, b"mdat", &[0; 92]), "8"),
        ([&raw(1, b"moov", &[])[..], &(1_u64 << 40).to_be_bytes(), &[0; 9]].concat(), "16"),
        (raw(1 << 30, b"moof", &[0; 9]), "8"),
    ];
    for (bytes, expected) in rows {
        let is_error = |end: &usize| first_error(bytes[..*end].to_vec(), &Limits::default()).is_some();
        let first = (0..=bytes.len()).find(is_error).unwrap();
        assert_eq!(first.to_string(), expected, "{bytes:?}");
    }
    let missing = {
        let tracks = vec![fragment()];
        then(&Segment { tracks, mdat: Mdat::Missing, ..Segment::default() }.bytes())
    };
    let next = [missing.clone(), raw(5000, b"moof", &[])].concat();
    assert!(first_error(next[..next.len() - 1].to_vec(), &Limits::default()).is_none());
    assert!(first_error(next, &Limits::default()).is_some());
    let outside = run(|run| run.data_offset = DataOffset::Exactly(2000));
    let header = outside.len() - 6;
    let beyond = [outside, raw(100_000, b"free", &[])].concat();
    assert!(first_error(beyond[..header + 6].to_vec(), &Limits::default()).is_none(), "an mdat may come");
    assert!(first_error(beyond, &Limits::default()).is_some(), "another box lies there");
}

#[test]
fn frames_before_the_error_come_out() {
    let bytes = run(|run| run.samples[1].size = Some(9));
    let error =
        format!("isobmff.sample-outside-mdat at {} in moof/traf/trun, track 1", movie().bytes().len() + 68);
    assert_eq!(whole(&bytes), ["init", "start", "1:one@0|0+40K", &error]);
    for size in [1, 2, 3, 7, 188] {
        assert_eq!(split(&bytes, size), whole(&bytes), "{size}");
    }
}

#[test]
fn an_error_stays_until_the_reset() {
    let mut demuxer = demuxer();
    demuxer.push(Bytes::from(raw(7, b"free", &[])));
    let error = demuxer.poll().unwrap_err();
    demuxer.push(movie().bytes());
    assert_eq!(demuxer.poll().unwrap_err(), error);
    demuxer.reset(ResetReason::TimestampOffsetSet);
    assert_eq!(demuxer.poll().unwrap_err(), error);
    demuxer.reset(ResetReason::AppendError);
    assert_eq!(demuxer.poll(), Ok(Demuxed::NeedMoreData));
    demuxer.push(movie().bytes());
    assert_eq!(words(demuxer.as_mut()), ["init"]);
}

#[test]
fn a_new_timestamp_offset_leaves_the_input_alone() {
    let bytes = Bytes::from(media(vec![fragment()]));
    let mut demuxer = demuxer();
    let mut all = Vec::new();
    for piece in bytes.chunks(5) {
        demuxer.push(Bytes::copy_from_slice(piece));
        all.extend(words(demuxer.as_mut()));
        demuxer.reset(ResetReason::TimestampOffsetSet);
    }
    assert_eq!(all, whole(&bytes));
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
fn a_reset_anywhere_leaves_a_parser_as_good_as_new() {
    let segment = Segment { tracks: vec![fragment()], ..Segment::default() }.bytes();
    let bytes = [movie().bytes(), segment.clone()].concat();
    for end in 0..bytes.len() {
        let mut demuxer = demuxer();
        demuxer.push(Bytes::copy_from_slice(&bytes[..end]));
        let before = words(demuxer.as_mut());
        demuxer.reset(ResetReason::Abort);
        assert_eq!(demuxer.poll(), Ok(Demuxed::NeedMoreData));
        demuxer.push(segment.clone());
        let after = words(demuxer.as_mut());
        if before.is_empty() {
            assert_eq!(after.last().unwrap(), &format!("isobmff.init-missing at {end} in moof"));
        } else {
            assert_eq!(after, ["start", "1:one@0|0+40K", "1:two@40|40+40K", "end"], "{end}");
        }
    }
}

#[test]
fn a_refused_initialization_segment_leaves_the_one_before_in_force() {
    let mut demuxer = demuxer();
    demuxer.push(movie().bytes());
    demuxer.push(Bytes::from(init_without("moov/trak/mdia")));
    assert_eq!(words(demuxer.as_mut()).len(), 2);
    demuxer.reset(ResetReason::AppendError);
    demuxer.push(Segment { tracks: vec![fragment()], ..Segment::default() }.bytes());
    assert_eq!(words(demuxer.as_mut()), ["start", "1:one@0|0+40K", "1:two@40|40+40K", "end"]);
}

#[test]
fn the_way_out_is_named_for_files_that_are_not_fragmented() {
    let progressive = with_samples();
    let both = "the moov has samples, and fragments follow it";
    let command = "ffmpeg -i in.mp4 -c copy -movflags +frag_keyframe+delay_moov+default_base_moof out.mp4";
    for (bytes, what) in [
        (progressive.clone(), both),
        (boxed(b"mdat", b"x"), "media data before any moov"),
        (init_without("moov/mvex"), "the file is not fragmented"),
        (edit::without(&progressive, "moov/mvex"), "the file is not fragmented"),
        (
            media(vec![TrackFragment { base_data_offset: Some(0), ..fragment() }]),
            "data positions must count from the moof",
        ),
    ] {
        let error = first_error(bytes, &Limits::default()).unwrap();
        assert!(error.detail.contains(what) && error.detail.contains(command), "{error}");
    }
    // Where files that are not fragmented are read, it is enough that the moov stands in front.
    let mut demuxer =
        (mse_isobmff::PROGRESSIVE.new_demuxer)(&MimeType::parse("video/mp4").unwrap(), &Limits::default());
    demuxer.push(Bytes::from(boxed(b"mdat", b"x")));
    let error = demuxer.poll().unwrap_err();
    assert!(error.detail.contains("ffmpeg -i in.mp4 -c copy -movflags +faststart out.mp4"), "{error}");
    demuxer.reset(ResetReason::AppendError);
    demuxer.push(Bytes::from(progressive));
    let error = demuxer.poll().unwrap_err();
    assert!(error.detail.contains(both) && error.detail.contains("+faststart"), "{error}");
    // Not everything that QuickTime holds can be put into an MP4 file.
    for (brand, end) in [(b"qt  ", ".mov"), (b"3gp5", ".3gp"), (b"M4A ", ".m4a"), (b"isom", ".mp4")] {
        for size in [1, 100] {
            demuxer.reset(ResetReason::AppendError);
            let bytes = [boxed(b"ftyp", &[&brand[..], &[0; 4]].concat()), boxed(b"mdat", b"x")].concat();
            bytes.chunks(size).for_each(|piece| demuxer.push(Bytes::copy_from_slice(piece)));
            let error = demuxer.poll().unwrap_err();
            let command = format!("ffmpeg -i in{end} -c copy -movflags +faststart out{end}");
            assert!(error.detail.contains(&command), "{error}");
        }
    }
}
