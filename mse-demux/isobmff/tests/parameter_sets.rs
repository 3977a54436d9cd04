//! Parameter sets in the sample entry and in the samples (ISO-8, ISO-20).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{split, whole};
use mse_testkit::isobmff::{Movie, MovieTrack, Sample, Segment, TrackFragment, boxes, sample_entry};

/// Parameter sets none, lengths of 4 bytes.
const EMPTY_AVCC: &[u8] = &[1, 0x64, 0, 0x0b, 0xff, 0xe0, 0];

/// NAL units behind their lengths, each of its first byte only.
fn sample(heads: &[u8]) -> Vec<u8> {
    heads.iter().flat_map(|&head| [0, 0, 0, 2, head, b'x']).collect()
}

fn stream(entry: Vec<u8>, samples: &[&[u8]]) -> Vec<u8> {
    let movie = Movie { tracks: vec![MovieTrack::video(1, 1000, 160, 90, entry)], ..Movie::default() };
    let samples = samples.iter().map(|heads| Sample::new(10, sample(heads))).collect();
    let segment = Segment { tracks: vec![TrackFragment::new(1, 0, samples)], ..Segment::default() };
    [movie.bytes(), segment.bytes()].concat()
}

/// Items of the stream; a frame is its track only.
fn outcome(bytes: &[u8]) -> String {
    let words = whole(bytes);
    assert_eq!(split(bytes, 1), words);
    let word = |word: String| if word.contains('@') { "frame".to_owned() } else { word };
    words.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

fn hevc_without_sets() -> Vec<u8> {
    let mut hvcc = [0; 23];
    (hvcc[0], hvcc[1], hvcc[12], hvcc[21]) = (1, 1, 93, 3);
    sample_entry::visual(b"hev1", 160, 90, &[boxes::boxed(b"hvcC", &hvcc)])
}

fn avc3_without_sets() -> Vec<u8> {
    sample_entry::visual(b"avc3", 160, 90, &[boxes::boxed(b"avcC", EMPTY_AVCC)])
}

#[test]
fn the_first_random_access_point_may_bring_them() {
    for (entry, sets) in [
        (avc3_without_sets(), &[0x67, 0x68, 0x65][..]),
        (sample_entry::avc1(160, 90, EMPTY_AVCC), &[0x09, 0x67, 0x68, 0x65]),
        (hevc_without_sets(), &[0x40, 0x42, 0x44, 0x26]),
    ] {
        assert_eq!(outcome(&stream(entry, &[sets, &[0x65]])), "init start frame frame end");
    }
}

#[test]
fn without_them_anywhere_nothing_can_be_decoded() {
    for (entry, sets) in [
        (avc3_without_sets(), &[0x67, 0x65][..]),
        (sample_entry::avc1(160, 90, EMPTY_AVCC), &[0x68, 0x65]),
        (hevc_without_sets(), &[0x40, 0x42, 0x26]),
    ] {
        let outcome = outcome(&stream(entry, &[sets]));
        let fault = "init start isobmff.parameter-sets-missing at ";
        assert!(outcome.starts_with(fault) && outcome.ends_with("in moof/traf/trun, track 1"), "{outcome}");
    }
}
