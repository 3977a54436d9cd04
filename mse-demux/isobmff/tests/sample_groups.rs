//! Random access points that sample groups name (ISO-21, ISO-34, ISO-35; decision 0014), in
//! fragments and in sample tables.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{movie, split};
use mse_testkit::isobmff::boxes::{Fields, full_box};
use mse_testkit::isobmff::{Movie, MovieTrack, Sample, Segment, TrackFragment, edit, sample_entry};

const NON_SYNC: u32 = 0x0101_0000;
/// Groups above this are those of the fragment.
const LOCAL: u32 = 0x1_0000;

/// `sgpd` of version 1, entries of one length.
fn descriptions(grouping: &[u8; 4], entries: &[&[u8]]) -> Vec<u8> {
    let fields = Fields::new().bytes(grouping).u32(entries[0].len() as u32).u32(entries.len() as u32);
    full_box(b"sgpd", 1, 0, &fields.bytes(&entries.concat()).finish())
}

/// `sgpd` of version 2: samples that no `sbgp` names are in the first group.
fn default_description(grouping: &[u8; 4], entry: &[u8]) -> Vec<u8> {
    let fields = Fields::new().bytes(grouping).u32(entry.len() as u32).u32(1).u32(1);
    full_box(b"sgpd", 2, 0, &fields.bytes(entry).finish())
}

/// `sbgp`: so many samples each, and their group.
fn members(grouping: &[u8; 4], runs: &[(u32, u32)]) -> Vec<u8> {
    let fields = Fields::new().bytes(grouping).u32(runs.len() as u32);
    let runs = runs.iter().flat_map(|(count, index)| [count.to_be_bytes(), index.to_be_bytes()].concat());
    full_box(b"sbgp", 0, 0, &fields.bytes(&runs.collect::<Vec<u8>>()).finish())
}

/// A movie of video and xHE-AAC, with these boxes in both sample tables.
fn init(groups: &[Vec<u8>]) -> Vec<u8> {
    let usac = sample_entry::mp4a(2, 48_000, &[0xF9, 0x46, 0x40]);
    let tracks = vec![movie().tracks[0].clone(), MovieTrack::audio(2, 1000, usac)];
    let mut bytes = Movie { tracks, ..Movie::default() }.bytes().to_vec();
    for track in 0..2 {
        let path = format!("moov/trak[{track}]/mdia/minf/stbl/stco");
        let stco = bytes[edit::find(&bytes, &path).unwrap()].to_vec();
        bytes = edit::replaced(&bytes, &path, &[&stco[..], &groups.concat()].concat());
    }
    bytes
}

/// Four samples of a track that the flags call no sync samples, with these boxes in the `traf`: one
/// letter a sample, K where it is a random access point; or the error.
fn points(track: u32, in_track: &[Vec<u8>], in_fragment: Vec<Vec<u8>>) -> String {
    let samples = vec![Sample { flags: NON_SYNC, ..Sample::new(10, "data") }; 4];
    let fragment = TrackFragment { extra: in_fragment, ..TrackFragment::new(track, 0, samples) };
    let segment = Segment { tracks: vec![fragment], ..Segment::default() }.bytes();
    let bytes = [init(in_track), segment.to_vec()].concat();
    let whole = split(&bytes, usize::MAX);
    assert_eq!(split(&bytes, 5), whole);
    letters(&whole)
}

fn letters(words: &[String]) -> String {
    let letter = |word: &String| if word.ends_with('K') { 'K' } else { '-' };
    match words.last() {
        Some(error) if error.contains(" at ") => error.clone(),
        _ => words.iter().filter(|word| word.contains('@')).map(letter).collect(),
    }
}

const VIDEO: u32 = 1;
const AUDIO: u32 = 2;

#[test]
fn a_group_of_random_access_points_says_more_than_the_flags() {
    let rows: &[(u32, &[u8; 4], &[u8], &str)] = &[
        // SAP types 1 and 2, not 3; not of another layer.
        (VIDEO, b"sap ", &[0x01], "-K--"),
        (VIDEO, b"sap ", &[0x02], "-K--"),
        (VIDEO, b"sap ", &[0x03], "----"),
        (VIDEO, b"sap ", &[0x81], "----"),
        // Known to have no leading samples; one; not known.
        (VIDEO, b"rap ", &[0x80], "-K--"),
        (VIDEO, b"rap ", &[0x81], "----"),
        (VIDEO, b"rap ", &[0x00], "----"),
        // An IDR_N_LP picture.
        (VIDEO, b"sync", &[20], "-K--"),
        // An independent frame of xHE-AAC, two frames of pre-roll.
        (AUDIO, b"prol", &[0xFF, 0xFE], "-K--"),
        // Gradual refresh is no point, and roll distances of sound say nothing about points.
        (VIDEO, b"roll", &[0, 5], "----"),
        (AUDIO, b"roll", &[0xFF, 0xFF], "----"),
        (VIDEO, b"what", &[1], "----"),
    ];
    for (track, grouping, entry, expected) in rows {
        let known = descriptions(grouping, &[entry]);
        let local = vec![known.clone(), members(grouping, &[(1, 0), (1, LOCAL + 1)])];
        assert_eq!(points(*track, &[], local), *expected, "{grouping:?} {entry:?}, in the fragment");
        let named = vec![members(grouping, &[(1, 0), (1, 1)])];
        assert_eq!(points(*track, &[known], named), *expected, "{grouping:?} {entry:?}, in the track");
    }
}

#[test]
fn groups_of_several_types_and_descriptions_add_up() {
    let track = [descriptions(b"rap ", &[&[0x83], &[0x80]])];
    let fragment = vec![
        descriptions(b"sync", &[&[20]]),
        members(b"sync", &[(1, LOCAL + 1)]),
        members(b"rap ", &[(2, 1), (1, 2)]),
    ];
    assert_eq!(points(VIDEO, &track, fragment), "K-K-");
}

#[test]
fn a_default_group_needs_no_members() {
    let track = [default_description(b"prol", &[0xFF, 0xFF])];
    assert_eq!(points(AUDIO, &track, Vec::new()), "KKKK");
    // Group 0 is the default here, as ISO/IEC 14496-12 says of samples that are in no group.
    assert_eq!(points(AUDIO, &track, vec![members(b"prol", &[(4, 0)])]), "KKKK");
}

#[test]
fn a_group_without_description_and_a_broken_box_mark_nothing() {
    for index in [1, 7, LOCAL, LOCAL + 1, LOCAL + 7, u32::MAX] {
        let fragment = vec![members(b"rap ", &[(4, index)])];
        assert_eq!(points(VIDEO, &[], fragment.clone()), "----", "{index}");
        let with_local = [fragment, vec![descriptions(b"rap ", &[&[0x80]])]].concat();
        let expected = if index == LOCAL + 1 { "KKKK" } else { "----" };
        assert_eq!(points(VIDEO, &[], with_local), expected, "{index}");
    }
    // Groups only add points, so nothing is lost without one.
    assert_eq!(points(VIDEO, &[], vec![full_box(b"sbgp", 0, 0, b"ra")]), "----");
}
