//! Programs whose tracks come late, never, or are not read; gaps; what is awaited; random access
//! points.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::writer::*;
use mse_core::{Demuxed, Demuxer, InitSegment, Limits, MimeType};
use mse_mp2t::FORMAT;

const SECOND: u16 = 0x102;
const SPS: &[u8] = &[
    0x67, 0x64, 0x00, 0x0b, 0xac, 0xd9, 0x82, 0x8d, 0xf9, 0x30, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00,
    0x00, 0x03, 0x00, 0x32, 0x0f, 0x14, 0x29, 0x9a,
];
const PPS: &[u8] = &[0x68, 0xe9, 0x78, 0x31, 0x2c, 0x8b];

fn typed(mime: &str) -> Box<dyn Demuxer> {
    (FORMAT.new_demuxer)(&MimeType::parse(mime).unwrap(), &Limits::default())
}

fn nals(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&[0, 0, 0, 1][..], unit].concat()).collect()
}

/// An IDR picture with its sets, and one that needs others; frame_num and order are not told apart.
fn key() -> Vec<u8> {
    nals(&[&[9, 0x10], SPS, PPS, &[0x65, 0x88, 0x84, 0, 0x20, 1]])
}

fn other() -> Vec<u8> {
    nals(&[&[9, 0x30], &[0x41, 0x9A, 0x24, 0x6C, 0x41, 1]])
}

fn picture(writer: Writer, pts: u64, data: &[u8]) -> Writer {
    writer.unit(VIDEO, &pes(Some(pts), false, data), 0)
}

fn run(demuxer: &mut dyn Demuxer, writer: Writer) -> String {
    demuxer.push(Bytes::from(writer.bytes));
    let mut all = words(demuxer);
    demuxer.flush();
    all.extend(words(demuxer));
    all.join(" ")
}

fn init(writer: Writer) -> InitSegment {
    let mut demuxer = typed("video/mp2t");
    demuxer.push(Bytes::from(writer.bytes));
    demuxer.flush();
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::InitSegment(init) => return init,
            Demuxed::NeedMoreData => panic!("no initialization segment"),
            _ => {}
        }
    }
}

#[test]
fn a_track_that_codecs_declares_is_waited_for_though_a_later_table_brings_it() {
    // TS-7, TS-12
    let video: &[(u8, u16, &[u8])] = &[(0x1B, VIDEO, &[])];
    let both: &[(u8, u16, &[u8])] = &[(0x1B, VIDEO, &[]), (0x03, AUDIO, &[])];
    let stream = || {
        let stream = picture(picture(Writer::default().program(video), 0, &key()), 3600, &other());
        picture(picture(stream, 7200, &other()).program(both).pes(AUDIO, 0, &mp3()), 10_800, &other())
    };
    let declared = run(typed("video/mp2t; codecs=\"avc1.64000b,mp3\"").as_mut(), stream());
    assert!(declared.starts_with("init(avc3.64000b mp3) start"), "{declared}");
    assert_eq!(declared.matches('@').count(), 5, "{declared}");
    // Without a declaration it comes too late, and that is told.
    let late = run(typed("video/mp2t").as_mut(), stream());
    assert!(late.starts_with("init(avc3.64000b) start") && late.contains("mp2t.left-out"), "{late}");
}

#[test]
fn a_track_that_never_comes_holds_nothing_back() {
    // TS-7, TS-25
    let both: &[(u8, u16, &[u8])] = &[(0x1B, VIDEO, &[]), (0x03, AUDIO, &[])];
    let stream = picture(picture(Writer::default().program(both), 0, &key()), 3600, &other());
    let words = run(typed("video/mp2t; codecs=\"avc1.64000b,mp3\"").as_mut(), stream);
    assert!(words.starts_with("init(avc3.64000b) start") && words.matches('@').count() == 2, "{words}");
    // Nor does a stream that goes on and on.
    let mut stream = Writer::default().program(both);
    for index in 0..300 {
        stream = picture(stream, index * 3600, &if index % 50 == 0 { key() } else { other() });
    }
    let mut demuxer = typed("video/mp2t");
    demuxer.push(Bytes::from(stream.bytes));
    assert!(words_of(demuxer.as_mut()).starts_with("init(avc3.64000b) start"));
}

fn words_of(demuxer: &mut dyn Demuxer) -> String {
    words(demuxer).join(" ")
}

#[test]
fn what_is_left_out_is_named() {
    // TS-5, TS-7, TS-22
    let streams: &[(u8, u16, &[u8])] = &[
        (0x03, AUDIO, &[]),
        (0x82, 0x110, &[]),
        (0x06, 0x111, &[5, 4, b'A', b'C', b'-', b'4']),
        (0x03, SECOND, &[]),
        (0x15, 0x112, &[]),
    ];
    let two = pat(&[(1, PMT), (7, 0x1001)]);
    let stream = Writer::default().psi(0, &two).psi(PMT, &pmt(streams)).pes(AUDIO, 0, &mp3());
    let left_out: Vec<String> = init(stream).left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        left_out,
        [
            "track 272 (stream type 0x82 (DTS)) in PMT is left out: streams of this type are not read",
            "track 273 (stream type 0x06 (AC-4)) in PMT is left out: streams of this type are not read",
            "track 258 (stream type 0x03) in PMT is left out: no configuration of it has come",
            "track 4097 (program 7) in PAT is left out: another program is played",
        ]
    );
}

#[test]
fn a_table_that_drops_or_moves_a_stream_keeps_the_tracks() {
    // TS-12
    let both: &[(u8, u16, &[u8])] = &[(0x1B, VIDEO, &[]), (0x03, AUDIO, &[])];
    let stream = || {
        let stream = picture(Writer::default().program(both).pes(AUDIO, 0, &mp3()), 0, &key());
        picture(picture(stream, 3600, &other()), 7200, &other())
    };
    let dropped = picture(stream().program(&[(0x1B, VIDEO, &[])]), 10_800, &other());
    let words = run(typed("video/mp2t").as_mut(), dropped);
    assert_eq!((words.matches("init").count(), words.matches('@').count()), (1, 5), "{words}");
    let moved = stream().program(&[(0x1B, VIDEO, &[]), (0x03, SECOND, &[])]).pes(SECOND, 2160, &mp3());
    let words = run(typed("video/mp2t").as_mut(), picture(moved, 10_800, &other()));
    assert_eq!(
        (words.matches("init(avc3.64000b mp3)").count(), words.matches('@').count()),
        (2, 6),
        "{words}"
    );
}

#[test]
fn the_last_picture_before_a_hole_lasts_as_long_as_a_picture() {
    // TS-24
    let video: &[(u8, u16, &[u8])] = &[(0x1B, VIDEO, &[])];
    let pictures = |writer: Writer, from: u64| {
        picture(picture(picture(writer, from, &key()), from + 3600, &other()), from + 7200, &other())
    };
    for gap in [10_800, 90_000, 500_000, 900_000_000] {
        let first = pictures(Writer::default().program(video), 0);
        let mut second = pictures(Writer::default().program(video), gap);
        let mut all = first;
        all.bytes.append(&mut second.bytes);
        let words = run(typed("video/mp2t").as_mut(), all);
        assert_eq!(words.matches("+3600").count(), 6, "{gap}: {words}");
    }
    // The counters go on: a long picture of a variable rate, up to a second.
    let slow = picture(picture(Writer::default().program(video), 0, &key()), 60_000, &other());
    assert!(run(typed("video/mp2t").as_mut(), slow).contains("@0+60000K"));
}

/// A muxer that stamps two pictures as decoded at nearly the same time, and shows them a picture
/// apart.
#[test]
fn pictures_last_a_picture_where_decode_times_jitter() {
    // TS-24. The sequence states 3600 ticks.
    let stamped = |writer: Writer, pts: u64, dts: u64, data: &[u8]| {
        let mut unit = pes(Some(pts), false, &[]);
        (unit[7], unit[8], unit[9]) = (0xC0, 10, unit[9] | 0x10);
        let mut field = pes(Some(dts), false, &[])[9..].to_vec();
        field[0] = field[0] & 0xF | 0x10;
        writer.unit(VIDEO, &[unit, field, data.to_vec()].concat(), 0)
    };
    let lengths = |times: &[(u64, u64)]| {
        let mut stream = Writer::default().program(&[(0x1B, VIDEO, &[])]);
        for (index, (pts, dts)) in times.iter().enumerate() {
            stream = stamped(stream, *pts, *dts, &if index == 0 { key() } else { other() });
        }
        let words = run(typed("video/mp2t").as_mut(), stream);
        let length =
            |word: &str| word.split_once('+').map(|(_, length)| length.trim_end_matches('K').to_owned());
        words.split(' ').filter_map(length).collect::<Vec<_>>().join(" ")
    };
    let steady = "3600 3600 3600 3600 3600";
    assert_eq!(lengths(&[(0, 0), (3600, 3600), (7200, 7200), (10_800, 10_800), (14_400, 14_400)]), steady);
    assert_eq!(lengths(&[(3600, 0), (7200, 1), (10_800, 7200), (14_400, 7201), (18_000, 14_400)]), steady);
    assert_eq!(lengths(&[(3600, 0), (7200, 3600), (3600, 3601), (14_400, 10_800), (10_800, 10_801)]), steady);
    assert_eq!(lengths(&[(3600, 0), (7200, 0), (10_800, 7200), (14_400, 7200), (18_000, 14_400)]), steady);
    // Oftener than the sequence says it: no jitter.
    assert_eq!(lengths(&[(0, 0), (700, 700), (1400, 1400), (2100, 2100)]), "700 700 700 700");
    // A crowd at one time is none either.
    let crowd = lengths(&[(0, 0), (3600, 1), (7200, 2), (10_800, 3), (14_400, 14_400)]);
    assert_eq!(crowd, "3600 3600 1 14397 14397");
}

#[test]
fn fifteen_packets_that_are_missing_are_no_duplicate() {
    // TS-19
    let long = vec![b'x'; 184 * 40];
    let mut stream = Writer::default().program(MP3).pes(AUDIO, 0, &mp3());
    let unit = pes(Some(2160), true, &long);
    let before = stream.bytes.len();
    stream = stream.unit(AUDIO, &unit, 0);
    stream.bytes.drain(before + 188 * 3..before + 188 * 18);
    let words = run(demuxer().as_mut(), stream.pes(AUDIO, 90_000, &mp3()));
    assert!(words.contains("mp2t.frame") && words.ends_with("96@90000+2160K end"), "{words}");
}

#[test]
fn what_is_awaited_is_said_and_where_frames_came_from() {
    // SPL-2, SPL-12
    let mut stream = Writer::default().program(MP3).pes(AUDIO, 0, &mp3());
    let whole = stream.bytes.len();
    let long = [mp3(), mp3(), mp3()].concat();
    stream = stream.pes(AUDIO, 2160, &long);
    let said = |end: usize| {
        let mut demuxer = demuxer();
        demuxer.push(Bytes::copy_from_slice(&stream.bytes[..end]));
        words(demuxer.as_mut());
        demuxer.awaits().map(|awaited| awaited.to_string())
    };
    assert_eq!(said(whole), None);
    assert_eq!(said(whole + 100).as_deref(), Some("100 of 188 bytes of a packet, which begins at byte 564"));
    assert_eq!(
        said(whole + 188).as_deref(),
        Some("182 of 302 bytes of PES packet of pid 257, which begins at byte 564")
    );
    let mut demuxer = demuxer();
    demuxer.push(Bytes::copy_from_slice(&stream.bytes));
    let mut places = Vec::new();
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => break,
            Demuxed::Frame(_) => places.extend(demuxer.place()),
            _ => {}
        }
    }
    let places: Vec<String> = places.iter().map(|place| format!("{} {}", place.offset, place.path)).collect();
    assert_eq!(places, ["376 pid 257/PES", "564 pid 257/PES", "564 pid 257/PES", "564 pid 257/PES"]);
}

#[test]
fn random_access_points_are_what_pictures_and_indicators_say() {
    // TS-13
    const INDICATOR: u8 = 0x40;
    let intra = nals(&[&[9, 0x10], &[0x41, 0x88, 0x84, 0, 0x20, 1]]);
    let recovery = nals(&[&[9, 0x30], &[6, 6, 1, 0xC4, 0x80], &[0x41, 0x9A, 0x24, 0x6C, 0x41, 1]]);
    let mut stream = Writer::default().program(&[(0x1B, VIDEO, &[])]);
    // The indicator on a picture that needs others, as muxers set it that set it on all, says
    // nothing.
    for (index, (data, flags)) in [
        (key(), 0),
        (other(), 0),
        (other(), INDICATOR),
        (intra.clone(), 0),
        (intra, INDICATOR),
        (recovery, 0),
    ]
    .into_iter()
    .enumerate()
    {
        stream = stream.unit(VIDEO, &pes(Some(3600 * index as u64), false, &data), flags);
    }
    let words = run(demuxer().as_mut(), stream);
    let keys: Vec<bool> =
        words.split(' ').filter(|word| word.contains('@')).map(|word| word.ends_with('K')).collect();
    assert_eq!(keys, [true, false, false, false, true, true], "{words}");
}
