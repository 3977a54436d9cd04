//! Properties of pictures where no box says them: size, shape, colour and range of the bitstream's
//! own headers (ISO-38, BSF-10d).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::init;
use mse_core::{Colour, MediaDescription, VideoDescription};
use mse_testkit::isobmff::boxes::{boxed, full_box};
use mse_testkit::isobmff::{Movie, MovieTrack, sample_entry};

/// `hvcC` of a 160x90 Main 10 picture with BT.2020 primaries, PQ, full range and pixels of 4:3, as
/// x265 writes it.
const HVCC: &[u8] = &[
    0x01, 0x02, 0x20, 0x00, 0x00, 0x00, 0x90, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1e, 0xf0, 0x00, 0xfc, 0xfd,
    0xfa, 0xfa, 0x00, 0x00, 0x0f, 0x03, 0xa0, 0x00, 0x01, 0x00, 0x18, 0x40, 0x01, 0x0c, 0x01, 0xff, 0xff,
    0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x1e, 0x95, 0x98,
    0x09, 0xa1, 0x00, 0x01, 0x00, 0x2e, 0x42, 0x01, 0x01, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00,
    0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x1e, 0xa0, 0x14, 0x20, 0x61, 0xf2, 0x36, 0x59, 0x59, 0xa4, 0x93,
    0x2b, 0xc3, 0x9b, 0x84, 0x88, 0x04, 0x82, 0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x03, 0x00, 0x32,
    0x10, 0xa2, 0x00, 0x01, 0x00, 0x07, 0x44, 0x01, 0xc1, 0x72, 0xb4, 0x62, 0x40,
];

/// `av1C` of a 160x90 picture of 10 bits with BT.2020 primaries and HLG, as libaom writes it.
const AV1C: &[u8] = &[
    0x81, 0x00, 0x4c, 0x00, 0x0a, 0x0d, 0x00, 0x00, 0x00, 0x03, 0xb4, 0xfd, 0x93, 0x6b, 0xe5, 0x42, 0x44,
    0x82, 0x41,
];

fn described(name: &[u8; 4], size: (u16, u16), children: &[Vec<u8>]) -> (String, VideoDescription) {
    let entry = sample_entry::visual(name, size.0, size.1, children);
    let track = MovieTrack { size: (0, 0), ..MovieTrack::video(1, 1000, 160, 90, entry) };
    let track = init(Movie { tracks: vec![track], ..Movie::default() }.bytes()).tracks.remove(0);
    let MediaDescription::Video(video) = track.descriptions[0].media.clone() else { panic!() };
    (track.descriptions[0].codec.clone(), video)
}

/// `WIDTHxHEIGHT ACROSS:DOWN PRIMARIES/TRANSFER/MATRIX RANGE`.
fn line(video: &VideoDescription) -> String {
    let (across, down) = video.pixel_aspect;
    let colour = video.colour.map_or_else(
        || "no colour".to_owned(),
        |Colour { primaries, transfer, matrix, full_range }| {
            format!("{primaries}/{transfer}/{matrix} {}", if full_range { "full" } else { "limited" })
        },
    );
    format!("{}x{} {across}:{down} {colour}", video.coded_width, video.coded_height)
}

#[test]
fn a_sequence_parameter_set_says_what_no_box_does() {
    let hvcc = || boxed(b"hvcC", HVCC);
    let colr = |payload: &[u8]| boxed(b"colr", payload);
    let pasp = || boxed(b"pasp", &[0, 0, 0, 3, 0, 0, 0, 2]);
    let of_set = "160x90 4:3 9/16/9 full";
    let rows = [
        (vec![hvcc()], of_set),
        (vec![hvcc(), colr(b"prof and an ICC profile")], of_set),
        (vec![hvcc(), colr(b"nclx\0\x09")], of_set),
        (vec![hvcc(), pasp()], "160x90 3:2 9/16/9 full"),
        // A box goes before the bitstream, as everywhere (decision 0022).
        (vec![hvcc(), colr(b"nclx\0\x01\0\x01\0\x01\0")], "160x90 4:3 1/1/1 limited"),
    ];
    for (children, expected) in rows {
        for name in [b"hvc1", b"hev1"] {
            // The entry's own size is wrong.
            assert_eq!(line(&described(name, (7, 9), &children).1), expected);
        }
    }
}

#[test]
fn a_sequence_header_of_av1_says_what_no_box_does() {
    let av1c = || boxed(b"av1C", AV1C);
    let (codec, video) = described(b"av01", (7, 9), &[av1c()]);
    assert_eq!(line(&video), "160x90 1:1 9/18/9 limited");
    assert_eq!(codec, "av01.0.00M.10.0.110.09.18.09.0", "the string has its colour");
    let colr = boxed(b"colr", b"nclx\0\x01\0\x01\0\x01\x80");
    let (codec, video) = described(b"av01", (7, 9), &[av1c(), colr]);
    assert_eq!(
        (line(&video).as_str(), codec.as_str()),
        ("160x90 1:1 1/1/1 full", "av01.0.00M.10.0.110.01.01.01.1")
    );
    // Without a header the entry's size stands.
    assert_eq!(line(&described(b"av01", (16, 8), &[boxed(b"av1C", &AV1C[..4])]).1), "16x8 1:1 no colour");
}

#[test]
fn a_set_or_header_that_breaks_off_leaves_what_the_entry_says() {
    for end in 58..HVCC.len() {
        // The lengths claim more than there is: the record is refused, and never a picture that is
        // not there.
        let entry = sample_entry::visual(b"hvc1", 16, 8, &[boxed(b"hvcC", &HVCC[..end])]);
        let bytes = Movie { tracks: vec![MovieTrack::video(1, 1, 16, 8, entry)], ..Movie::default() }.bytes();
        let word = common::whole(&bytes).pop().unwrap();
        assert!(word == "init" || word.starts_with("isobmff.configuration-invalid"), "{word}");
    }
    for end in 4..AV1C.len() {
        let (codec, video) = described(b"av01", (160, 90), &[boxed(b"av1C", &AV1C[..end])]);
        assert!(codec.starts_with("av01.0.00M.10") && (video.coded_width, video.coded_height) == (160, 90));
    }
}

#[test]
fn high_dynamic_range_is_told_without_boxes_in_every_entry_that_holds_hevc() {
    let vision = full_box(b"free", 0, 0, &[]);
    for name in [b"hvc1", b"hev1", b"dvh1", b"dvhe"] {
        let video = described(name, (160, 90), &[boxed(b"hvcC", HVCC), vision.clone()]).1;
        assert_eq!(video.colour.map(|colour| colour.transfer), Some(16));
    }
}
