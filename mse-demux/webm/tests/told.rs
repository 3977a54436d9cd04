//! Tracks left out, elements awaited and files refused are told; resets leave nothing half done
//! (BSF-10, SPL-2, RPS-4).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::*;
use mse_core::{Demuxed, Demuxer, InitSegment, MediaDescription, MediaTime, ResetReason};
use mse_testkit::hostile;
use mse_webm::{FORMAT, MATROSKA};

fn init_segment(bytes: &[u8]) -> InitSegment {
    let mut demuxer = demuxer_of(&MATROSKA);
    demuxer.push(Bytes::copy_from_slice(bytes));
    match demuxer.poll() {
        Ok(Demuxed::InitSegment(init)) => init,
        other => panic!("{other:?}"),
    }
}

#[test]
fn tracks_that_are_not_read_are_named() {
    let audio_of = |number, codec: &str| track(number, 2, codec, &[]);
    let init_of = |more: &[Vec<u8>]| init_segment(&init(&[&[video(&[]), audio(&[])], more].concat()));
    let left_out = |init: InitSegment| {
        let lines = init.left_out.iter().map(ToString::to_string).collect::<Vec<_>>();
        (lines.join("; "), init.tracks.len())
    };
    for (entry, expected) in [
        (
            track(3, 0x11, "S_TEXT/UTF8", &[]),
            "track 3 (S_TEXT/UTF8) in Segment/Tracks/TrackEntry[2] is left out: only WebVTT is read as text",
        ),
        (
            track(3, 0x11, "S_HDMV/PGS", &[]),
            "track 3 (S_HDMV/PGS) in Segment/Tracks/TrackEntry[2] is left out: only WebVTT is read as text",
        ),
        (
            track(9, 0x12, "B_VOBBTN", &[]),
            "track 9 (B_VOBBTN) in Segment/Tracks/TrackEntry[2] is left out: it is no audio, video or text",
        ),
        (
            track(3, 1, "V_MS/VFW/FOURCC", &[]),
            "track 3 (V_MS/VFW/FOURCC) in Segment/Tracks/TrackEntry[2] is left out: its codec is not known",
        ),
        (
            audio_of(3, "A_REAL/COOK"),
            "track 3 (A_REAL/COOK) in Segment/Tracks/TrackEntry[2] is left out: its codec is not known",
        ),
        (audio_of(3, ""), "track 3 () in Segment/Tracks/TrackEntry[2] is left out: its codec is not known"),
    ] {
        assert_eq!(left_out(init_of(&[entry])), (expected.to_owned(), 2));
    }
    // Subtitles are often compressed, which is nothing to us.
    let zlib = el(0x6D80, &el(0x6240, &el(0x5034, &uint(0x4254, 0))));
    assert_eq!(left_out(init_of(&[track(3, 0x11, "S_HDMV/PGS", std::slice::from_ref(&zlib))])).1, 2);
    let path = "Segment/Tracks/TrackEntry/ContentEncodings/ContentEncoding";
    assert_eq!(outputs(&init(&[video(&[zlib])])), format!("WEBM-23 webm.encoding-unsupported in {path}"));
    // Blocks of theirs are passed over.
    let stream = [
        init(&[video(&[]), audio(&[]), audio_of(3, "A_REAL/COOK")]),
        cluster(0, &[simple(3, 0, "x"), simple(2, 0, "xa"), simple(3, 20, "y")]),
    ];
    assert_eq!(outputs(&stream.concat()), "init start 2:xa@0+20K end");
    // The only track of its kind stays, so that the engine says that it cannot be played (ISR-7).
    for entries in [&[audio_of(1, "A_REAL/COOK")][..], &[video(&[]), audio_of(2, "A_REAL/COOK")]] {
        let init = init_segment(&init(entries));
        assert!(init.left_out.is_empty());
        assert_eq!(init.tracks.last().unwrap().descriptions[0].codec, "A_REAL/COOK");
    }
}

#[test]
fn tracks_may_stand_in_front_of_info() {
    let scaled = el(0x1549_A966, &uint(0x2A_D7B1, 10_000_000));
    let segment = [el(0xEC, &[0; 7]), tracks(&[video(&[]), audio(&[])]), el(0xEC, &[0; 5]), scaled];
    let stream = [
        ebml(),
        unknown(0x1853_8067, &segment.concat()),
        cluster(10, &[simple(2, 0, "xa"), simple(2, 2, "xb")]),
    ];
    assert_eq!(outputs(&stream.concat()), "init start 2:xa@100+20K 2:xb@120+20K end");
    let bytes = stream.concat();
    for size in [1, 3, 20] {
        assert_eq!(split(&bytes, size).join(" "), outputs(&bytes), "in pieces of {size}");
    }
}

/// Parameter sets and a slice of H.264 with start codes: 320x180, 25 Hz.
fn byte_stream_picture(slice: u8) -> Vec<u8> {
    let sps = [
        0x67, 0x64, 0x00, 0x0C, 0xAC, 0xD9, 0x41, 0x41, 0x9F, 0x9F, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
        0x00, 0x00, 0x03, 0x03, 0x20, 0xF1, 0x42, 0x99, 0x60,
    ];
    let code = [0, 0, 0, 1];
    [&code[..], &[9, 0x10], &code, &sps, &code, &[0x68, 0xE9, 0x78], &code[1..], &[0x65, slice]].concat()
}

#[test]
fn h264_of_a_recorder_is_configured_by_its_first_picture() {
    let recorded = || init(&[track(1, 1, "V_MPEG4/ISO/AVC", &[]), audio(&[])]);
    let picture = |offset, flags, data: &[u8]| el(0xA3, &block(1, offset, flags, data));
    let other = [0, 0, 0, 1, 0x41, 7];
    let media = || {
        let children = [
            simple(2, 0, "xa"),
            picture(0, 0x80, &byte_stream_picture(1)),
            picture(40, 0, &other),
            picture(80, 0, &other),
        ];
        unknown_cluster(0, &children)
    };
    let stream = [recorded(), media()].concat();
    let init = init_segment(&stream);
    let description = &init.tracks[0].descriptions[0];
    assert_eq!((&*description.codec, description.configuration.format), ("avc1.64000c", "avcC"));
    assert!(matches!(init.tracks[1].descriptions[0].media, MediaDescription::Audio(_)));

    let mut demuxer = demuxer_of(&MATROSKA);
    demuxer.push(recorded().into());
    assert_eq!(demuxer.poll(), Ok(Demuxed::NeedMoreData), "the configuration has not come");
    let awaited = demuxer.awaits().unwrap();
    assert_eq!((&*awaited.what, awaited.offset, awaited.need), ("initialization segment", 0, None));
    demuxer.push(media().into());
    let frames: Vec<_> = std::iter::from_fn(|| demuxer.poll().ok())
        .take_while(|item| *item != Demuxed::NeedMoreData)
        .filter_map(|item| match item {
            Demuxed::Frame(frame) if frame.track_id.0 == 1 => Some(frame),
            _ => None,
        })
        .collect();
    assert_eq!(frames.len(), 0, "a picture waits until its place is known");
    demuxer.flush();
    let Ok(Demuxed::Frame(first)) = demuxer.poll() else { panic!("a frame") };
    assert_eq!(&first.data[..10], [0, 0, 0, 2, 9, 0x10, 0, 0, 0, 26], "lengths instead of start codes");
    assert_eq!(first.duration, MediaTime::from_seconds(0.04));
    assert!(first.is_random_access_point);
    // Whatever is cut off: nothing, or the same.
    let all = split(&stream, usize::MAX);
    for size in [1, 5, 50] {
        assert_eq!(split(&stream, size), all, "in pieces of {size}");
    }
    // An earlier picture without parameter sets does not end the search; one that never comes does
    // not, either, nor does a Segment.
    let late = [recorded(), cluster(0, &[picture(0, 0, &other)]), media()].concat();
    assert!(outputs(&late).starts_with("init start"));
    let never = [recorded(), cluster(0, &[picture(0, 0, &other)])].concat();
    assert_eq!(outputs(&never), "");
    let path = "Segment/Tracks/TrackEntry";
    assert_eq!(
        outputs(&[never, recorded()].concat()),
        format!("WEBM-21 webm.configuration-invalid in {path}")
    );
    // Parameter sets with start codes in CodecPrivate.
    let sets = el(0x63A2, &byte_stream_picture(1));
    let private = init_segment(&init_of(&[track(1, 1, "V_MPEG4/ISO/AVC", &[sets])]));
    assert_eq!(private.tracks[0].descriptions[0].codec, "avc1.64000c");
}

fn init_of(entries: &[Vec<u8>]) -> Vec<u8> {
    init(entries)
}

#[test]
fn the_delay_of_opus_is_known_without_the_container() {
    let delays = |more: &[Vec<u8>]| {
        let init = init_segment(&init(&[audio(more)]));
        let MediaDescription::Audio(audio) = &init.tracks[0].descriptions[0].media else { panic!("audio") };
        (audio.codec_delay.to_seconds(), audio.seek_pre_roll.to_seconds())
    };
    assert_eq!(delays(&[]), (312.0 / 48_000.0, 0.08));
    assert_eq!(delays(&[uint(0x56AA, 6_500_000), uint(0x56BB, 80_000_000)]), (0.0065, 0.08));
    assert_eq!(delays(&[uint(0x56AA, 0), uint(0x56BB, 0)]), (0.0, 0.08));
}

#[test]
fn the_element_that_the_input_ends_in_is_told() {
    let stream =
        [usual(), cluster(0, &[simple(2, 0, "xabc"), simple(2, 20, "xd")]), el(0x1C53_BB6B, &[0; 90])];
    let (head, media) = (stream[0].len(), stream[1].len());
    let stream = stream.concat();
    let awaited = |end: usize| {
        let mut demuxer = demuxer();
        demuxer.push(Bytes::copy_from_slice(&stream[..end]));
        words(demuxer.as_mut());
        demuxer.awaits().map(|awaited| awaited.to_string()).unwrap_or_default()
    };
    let begin = head + 12 + 10;
    for (end, expected) in [
        (0, String::new()),
        (3, "3 bytes of element header, which begins at byte 0".to_owned()),
        (20, "20 of 26 bytes of EBML header, which begins at byte 0".to_owned()),
        (30, "4 bytes of element header, which begins at byte 26".to_owned()),
        (45, "14 of 44 bytes of Info, which begins at byte 31".to_owned()),
        (head, String::new()),
        (head + 12, format!("12 of {media} bytes of Cluster, which begins at byte {head}")),
        (begin + 5, format!("5 bytes of element header, which begins at byte {begin}")),
        (begin + 12, format!("12 of 17 bytes of SimpleBlock, which begins at byte {begin}")),
        (begin + 17, format!("{} of {media} bytes of Cluster, which begins at byte {head}", 22 + 17)),
        (head + media, String::new()),
        (head + media + 60, format!("60 of 102 bytes of Cues, which begins at byte {}", head + media)),
        (stream.len(), String::new()),
    ] {
        assert_eq!(awaited(end), expected, "{end} of {}", stream.len());
    }
    // A Cluster of unknown size is as whole as it can be.
    let mut demuxer = demuxer();
    demuxer.push([usual(), unknown_cluster(0, &[simple(2, 0, "xa")])].concat().into());
    words(demuxer.as_mut());
    assert_eq!(demuxer.awaits(), None);
}

/// Item and place of all items but those that need more data.
fn places(bytes: &[u8], size: usize) -> Vec<String> {
    let mut demuxer = demuxer();
    let mut places = Vec::new();
    for piece in bytes.chunks(size) {
        demuxer.push(Bytes::copy_from_slice(piece));
        loop {
            let item = demuxer.poll();
            let place = demuxer.place().unwrap();
            match item {
                Ok(Demuxed::NeedMoreData) => break,
                Ok(Demuxed::Frame(frame)) => {
                    places.push(format!("{} {} {}", frame.track_id, place.offset, place.path));
                }
                Ok(_) => places.push(format!("{} {}", place.offset, place.path)),
                Err(error) => {
                    places.push(format!("{} at {}", error.code, error.offset));
                    return places;
                }
            }
        }
    }
    places
}

#[test]
fn items_and_errors_say_where_they_are_however_the_bytes_arrive() {
    let group = el(0xA0, &el(0xA1, &block(1, 80, 0, b"c")));
    let media =
        cluster(0, &[simple(1, 0, "Ka"), simple(2, 0, "xa"), simple(1, 40, "b"), group, simple(2, 20, "xb")]);
    let head = usual().len();
    let first = head + 12 + 10;
    let stream = [usual(), media, cluster(200, &[simple(1, 0, "K"), simple(7, 0, "x")])].concat();
    let all = places(&stream, usize::MAX);
    let expected = [
        "75 Segment/Tracks".to_owned(),
        format!("{head} Segment/Cluster"),
        format!("2 {} Segment/Cluster/SimpleBlock", first + 15),
        format!("1 {first} Segment/Cluster/SimpleBlock"),
    ];
    assert_eq!(all[..4], expected);
    assert!(all.iter().any(|place| place.starts_with("1 ") && place.ends_with("Segment/Cluster/BlockGroup")));
    assert!(all.last().unwrap().starts_with("webm.track-unknown at "), "{all:?}");
    for size in [1, 2, 7, 40, 111] {
        assert_eq!(places(&stream, size), all, "in pieces of {size}");
    }
}

/// Each block without bytes is told, and so is a part of a lace without any.
#[test]
fn frames_of_no_bytes_are_told() {
    let lost = |element: &[u8]| {
        let told = then(&cluster(0, &[element.to_vec()]));
        told.replace(" A block, or a part of its lace, has no bytes: it is no frame.", "")
    };
    let group = |block: &[u8]| el(0xA0, &el(0xA1, block));
    let place = "in Segment/Cluster";
    assert_eq!(
        lost(&simple(1, 0, "")),
        format!("start lost 4 bytes lost at byte 254 {place}/SimpleBlock, track 1: (webm.frame-empty) end")
    );
    assert_eq!(
        lost(&group(&block(2, 0, 0, b""))),
        format!("start lost 4 bytes lost at byte 254 {place}/BlockGroup, track 2: (webm.frame-empty) end")
    );
    // Two parts of which the first is empty: the other is a frame.
    let lace = el(0xA3, &block(2, 0, 0x82, b"\x01\x00\xf8"));
    let told = lost(&lace);
    assert!(told.contains(&format!("data missing at byte 254 {place}/SimpleBlock, track 2:")), "{told}");
    assert!(told.contains(" 2:") && told.contains('@'), "{told}");
}

/// Muxers may write Info and Tracks again at the end of a Segment.
#[test]
fn headers_that_come_again_are_passed_over() {
    let again = [cluster(0, &[simple(2, 0, "xa")]), info(), tracks(&[video(&[])])].concat();
    let words = then(&[again, cluster(20, &[simple(2, 0, "xb")])].concat());
    assert_eq!(words, "start 2:xa@0+20K end start 2:xb@20+20K end");
}

#[test]
fn hostile_blocks_stay_within_bounds() {
    let group = |data: &[u8], flags, more: &[Vec<u8>]| {
        el(0xA0, &[el(0xA1, &block(1, 0, flags, data)), more.concat()].concat())
    };
    let negative = [uint(0x9B, u64::MAX), el(0x75A2, &i64::MIN.to_be_bytes())];
    let empty: Vec<_> = (0..200).map(|_| el(0xA3, &block(2, 0, 0x84, &[255]))).collect();
    let stripped = |bytes: usize| {
        let compression = el(0x5034, &[uint(0x4254, 3), el(0x4255, &vec![b'x'; bytes])].concat());
        let entry = audio(&[el(0x6D80, &el(0x6240, &compression))]);
        [
            init(&[video(&[]), entry]),
            cluster(0, &[el(0xA3, &block(2, 0, 0x82, &[&[255][..], &[1; 255], &[1; 300]].concat()))]),
        ]
        .concat()
    };
    for bytes in [
        [usual(), cluster(0, &[group(b"a", 0, &negative)])].concat(),
        [usual(), cluster(0, &[group(b"a", 0, &[uint(0x9B, 0)]), group(b"b", 0, &[uint(0x9B, 1 << 62)])])]
            .concat(),
        [usual(), cluster(0, &empty)].concat(),
        [usual(), cluster(0, &[el(0xA3, &block(1, 0, 0x86, &[255, 0x80]))])].concat(),
        stripped(1024),
        stripped(1025),
        stripped(100_000),
    ] {
        for piece in [1, 7, 1000] {
            hostile::check(&FORMAT, &bytes, piece);
            hostile::check(&MATROSKA, &bytes, piece);
        }
    }
    let told = then(&cluster(0, &empty));
    assert_eq!(told.matches("(webm.frame-empty)").count(), 200, "laces of no bytes are no frames, and told");
    assert!(
        told.starts_with("start lost 5 bytes lost at byte ") && told.ends_with(" end") && !told.contains('@')
    );
    let path = "Segment/Tracks/TrackEntry/ContentEncodings/ContentEncoding";
    assert_eq!(outputs(&stripped(1025)), format!("WEBM-23 webm.encoding-unsupported in {path}"));
}

/// Frames by name, in any order; what was given out before the first error.
fn names(words: &[String]) -> Vec<&str> {
    let mut names: Vec<_> =
        words.iter().filter_map(|word| word.split_once('@')).map(|(name, _)| name).collect();
    names.sort_unstable();
    names
}

/// Streams of every kind: durations of their own, of the blocks, reordered pictures, configured in
/// band.
fn kinds() -> Vec<Vec<u8>> {
    let in_order = [
        usual(),
        cluster(0, &[simple(1, 0, "Ka"), simple(2, 0, "xa"), simple(1, 40, "b"), simple(2, 20, "xb")]),
        cluster(80, &[simple(1, 0, "Kc"), el(0xA3, &block(2, 0, 0x84, b"\x01xcxd"))]),
    ];
    let picture = |offset, flags, data: &[u8]| el(0xA3, &block(1, offset, flags, data));
    let recorded = [
        init(&[track(1, 1, "V_MPEG4/ISO/AVC", &[])]),
        unknown_cluster(0, &[picture(0, 0x80, &byte_stream_picture(1)), picture(40, 0, &[0, 0, 1, 0x41, 2])]),
        unknown_cluster(
            80,
            &[picture(0, 0x80, &byte_stream_picture(3)), picture(40, 0, &[0, 0, 1, 0x41, 4])],
        ),
    ];
    let avcc = mse_avcc();
    let reordered = [
        init(&[track(1, 1, "V_MPEG4/ISO/AVC", &[el(0x63A2, &avcc)])]),
        cluster(0, &[simple(1, 0, "Ka"), simple(1, 120, "d"), simple(1, 40, "b"), simple(1, 80, "c")]),
        cluster(160, &[simple(1, 0, "Ke"), simple(1, 120, "h"), simple(1, 40, "f"), simple(1, 80, "g")]),
    ];
    vec![in_order.concat(), recorded.concat(), reordered.concat()]
}

/// The `avcC` of [`byte_stream_picture`], which states a depth of two.
fn mse_avcc() -> Vec<u8> {
    let picture = byte_stream_picture(0);
    let sps = &picture[10..36];
    [&[1, 0x64, 0, 0x0C, 0xFF, 0xE1, 0, 26], sps, &[1, 0, 3, 0x68, 0xE9, 0x78]].concat()
}

/// Outputs of bytes behind others.
fn more(demuxer: &mut dyn Demuxer, bytes: &[u8]) -> Vec<String> {
    demuxer.push(Bytes::copy_from_slice(bytes));
    let mut all = words(demuxer);
    demuxer.flush();
    all.extend(words(demuxer));
    all
}

#[test]
fn no_reset_leaves_anything_half_done() {
    for stream in kinds() {
        let mut fresh = demuxer();
        let whole = more(fresh.as_mut(), &stream);
        assert!(!whole.iter().any(|word| word.contains("webm.")), "{whole:?}");
        // The whole again, as if for the first time.
        let again = more(fresh.as_mut(), &stream);
        assert_eq!(names(&again), names(&whole));
        for end in 0..=stream.len() {
            let (start, rest) = stream.split_at(end);
            // abort(): complete frames go out, the rest goes; then everything comes anew.
            let mut demuxer = demuxer();
            let before = more(demuxer.as_mut(), start);
            demuxer.reset(ResetReason::Abort);
            assert_eq!(demuxer.poll(), Ok(Demuxed::NeedMoreData));
            assert_eq!(demuxer.awaits(), None);
            let after = more(demuxer.as_mut(), &stream);
            assert_eq!(after, whole, "{end} bytes, abort, all");
            // endOfStream(): frames go out, and the parse goes on.
            let mut ended = demuxer_of(&FORMAT);
            let mut both = more(ended.as_mut(), start);
            assert_eq!(both, before);
            both.extend(more(ended.as_mut(), rest));
            assert_eq!(names(&both), names(&whole), "{end} bytes, end of stream, the rest");
            // timestampOffset: nothing changes here.
            let mut offset = demuxer_of(&FORMAT);
            offset.push(Bytes::copy_from_slice(start));
            let mut both = words(offset.as_mut());
            offset.reset(ResetReason::TimestampOffsetSet);
            both.extend(more(offset.as_mut(), rest));
            assert_eq!(both, whole, "{end} bytes, timestampOffset, the rest");
        }
    }
}
