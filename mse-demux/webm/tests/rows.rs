//! The rows of the WebM byte stream format.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::*;
use mse_core::mime::MimeType;
use mse_core::{Demuxed, LastBlocks, Limits, MediaDescription, MediaTime, Reading, ResetReason, StoredTrims};
use mse_webm::{FORMAT, MATROSKA};

const VOID: u32 = 0xEC;
const CUES: u32 = 0x1C53_BB6B;
const TAGS: u32 = 0x1254_C367;

#[test]
fn what_may_be_carried() {
    // WEBM-1, MIM-6
    let supports =
        |format: &mse_core::ByteStreamFormat, text: &str| (format.supports)(&MimeType::parse(text).unwrap());
    for (text, webm, matroska) in [
        ("video/webm; codecs=\"vp9, opus\"", true, true),
        ("video/webm; codecs=vp8", true, true),
        ("video/webm; codecs=\"vp09.00.10.08, vorbis\"", true, true),
        ("video/webm; codecs=\"av01.0.04M.08\"", true, true),
        ("audio/webm; codecs=opus", true, true),
        ("audio/webm; codecs=vorbis", true, true),
        ("audio/webm; codecs=vp8", false, false),
        ("video/webm; codecs=\"avc1.4d001e\"", false, true),
        ("audio/webm; codecs=\"mp4a.40.2\"", false, true),
        ("video/webm; codecs=\"hvc1.1.6.L93.B0, flac\"", false, true),
        ("video/webm; codecs=wvtt", false, false),
    ] {
        assert_eq!((supports(&FORMAT, text), supports(&MATROSKA, text)), (webm, matroska), "{text}");
    }
}

#[test]
fn the_head_of_a_stream_tells_webm_from_matroska() {
    let matroska = el(0x1A45_DFA3, &el(0x4282, b"matroska"));
    assert_eq!(((FORMAT.sniff)(&ebml()), (MATROSKA.sniff)(&ebml())), (true, false));
    assert_eq!(((FORMAT.sniff)(&matroska), (MATROSKA.sniff)(&matroska)), (false, true));
    assert!(!(FORMAT.sniff)(b"\0\0\0\x18ftyp"));
}

/// Sound of other containers, and what recorders of browsers write.
#[test]
fn codecs_of_sound_that_need_no_record() {
    let codec = |id: &str, bits: u64, rate: f32| {
        let fields = [el(0xB5, &rate.to_be_bytes()), uint(0x9F, 2), uint(0x6264, bits)];
        let entry = track(1, 2, id, &[el(0xE1, &fields.concat())]);
        let init = parsed(&init(&[entry]));
        init.tracks[0].descriptions[0].codec.clone()
    };
    for (id, bits, rate, expected) in [
        ("A_PCM/FLOAT/IEEE", 32, 48_000.0, "pcm-f32"),
        ("A_PCM/FLOAT/IEEE", 64, 48_000.0, "pcm-f64"),
        ("A_PCM/INT/LIT", 8, 8_000.0, "pcm-u8"),
        ("A_PCM/INT/LIT", 16, 44_100.0, "pcm-s16"),
        ("A_PCM/INT/LIT", 24, 96_000.0, "pcm-s24"),
        ("A_PCM/INT/LIT", 32, 44_100.0, "pcm-s32"),
        ("A_PCM/INT/LIT", 20, 44_100.0, "A_PCM/INT/LIT"),
        ("A_PCM/INT/BIG", 8, 44_100.0, "pcm-u8"),
        ("A_PCM/INT/BIG", 16, 44_100.0, "ipcm"),
        ("A_PCM/INT/BIG", 24, 44_100.0, "ipcm"),
        ("A_PCM/INT/BIG", 32, 44_100.0, "ipcm"),
        ("A_PCM/INT/BIG", 20, 44_100.0, "A_PCM/INT/BIG"),
        ("A_MPEG/L1", 0, 48_000.0, "mp4a.6B"),
        ("A_MPEG/L2", 0, 32_000.0, "mp4a.6B"),
        ("A_MPEG/L2", 0, 24_000.0, "mp4a.69"),
        ("A_MPEG/L3", 0, 24_000.0, "mp3"),
        ("A_ALAC", 16, 44_100.0, "alac"),
        ("A_DTS", 0, 48_000.0, "dtsc"),
        ("A_DTS/EXPRESS", 0, 48_000.0, "dtse"),
        ("A_DTS/LOSSLESS", 0, 48_000.0, "dtsl"),
        ("A_TRUEHD", 0, 48_000.0, "mlpa"),
        ("A_MLP", 0, 48_000.0, "A_MLP"),
    ] {
        assert_eq!(codec(id, bits, rate), expected, "{id} {bits}");
    }
}

#[test]
fn an_initialization_segment_ends_with_tracks() {
    // WEBM-2, WEBM-4, WEBM-5: anything else between is passed over.
    let junk =
        [el(VOID, &[0; 9]), el(0xBF, &[1, 2, 3, 4]), el(0x114D_9B74, &[0; 30]), el(TAGS, &[])].concat();
    let segment = [junk.clone(), info(), junk.clone(), tracks(&[video(&[])]), junk.clone()].concat();
    for stream in [
        [ebml(), unknown(0x1853_8067, &segment)].concat(),
        [ebml(), el(VOID, b"x"), el(0x1853_8067, &segment)].concat(),
    ] {
        assert_eq!(outputs(&[stream, cluster(0, &[])].concat()), "init start end");
    }
}

#[test]
fn what_is_no_initialization_segment_is_an_error() {
    let segment = |children: &[Vec<u8>]| [ebml(), unknown(0x1853_8067, &children.concat())].concat();
    let small = [ebml(), el(0x1853_8067, &info()), tracks(&[video(&[])])].concat();
    let scale = el(0x1549_A966, &uint(0x2A_D7B1, 0));
    let many: Vec<_> = (1..=129).map(|number| track(number, 1, "V_VP9", &[])).collect();
    for (bytes, expected) in [
        (b"\0\0\0\x18ftypisom".to_vec(), "WEBM-2 webm.ebml-missing"),
        (unknown(0x1853_8067, &[]), "WEBM-2 webm.ebml-missing"),
        ([ebml(), info()].concat(), "WEBM-2 webm.segment-missing"),
        (el(0x1A45_DFA3, &el(0x4282, b"avi")), "WEBM-14 webm.doc-type in EBML"),
        (el(0x1A45_DFA3, &[]), "WEBM-14 webm.doc-type in EBML"),
        (el(0x1A45_DFA3, &[el(0x4282, b"webm"), uint(0x4285, 5)].concat()), "WEBM-14 webm.doc-type in EBML"),
        (small, "WEBM-3 webm.segment-too-small in Segment"),
        (segment(&[tracks(&[video(&[])]), cluster(0, &[])]), "WEBM-4 webm.info-missing in Segment"),
        (segment(&[tracks(&[video(&[])]), ebml()]), "WEBM-4 webm.info-missing in Segment"),
        (segment(&[cluster(0, &[])]), "WEBM-4 webm.info-missing in Segment"),
        (segment(&[info(), cluster(0, &[])]), "WEBM-4 webm.tracks-missing in Segment"),
        (segment(&[info(), ebml()]), "WEBM-4 webm.tracks-missing in Segment"),
        (segment(&[scale]), "WEBM-16 webm.timestamp-scale in Segment/Info"),
        (init(&[video(&[]), video(&[])]), "BSF-10a webm.track-number in Segment/Tracks/TrackEntry"),
        (init(&[track(0, 1, "V_VP9", &[])]), "BSF-10a webm.track-number in Segment/Tracks/TrackEntry"),
        (init(&many), "WEBM-26 webm.too-many-tracks in Segment/Tracks"),
        (
            init(&[track(1, 2, "A_OPUS", &[])]),
            "WEBM-21 webm.configuration-invalid in Segment/Tracks/TrackEntry",
        ),
        (unknown(0x1A45_DFA3, &[]), "WEBM-26 webm.unknown-size in EBML"),
        (segment(&[unknown(TAGS, &[])]), "WEBM-26 webm.unknown-size in Segment"),
        (el(0x1A45_DFA3, &[0x42, 0x82, 0x89, 1]), "WEBM-26 webm.element-overrun in EBML"),
        (el(0x1A45_DFA3, &[0x00]), "WEBM-15 webm.element-id in EBML"),
        (el(0x1A45_DFA3, &el(0x4285, &[0; 9])), "WEBM-15 webm.number-size in EBML"),
        (
            [&[0x1A, 0x45, 0xDF, 0xA3, 0x08, 0xFF][..], &[0; 9]].concat(),
            "WEBM-26 webm.element-too-large in EBML",
        ),
    ] {
        assert_eq!(outputs(&bytes).trim_start_matches("init "), expected);
    }
}

#[test]
fn a_cluster_is_a_media_segment() {
    // WEBM-7, WEBM-16, EX-25: offsets are signed; WEBM-11, DIS-21: nothing is asked of the order
    // among tracks; WEBM-25: whether a picture is a random access point is what its flag says;
    // WEBM-19: the last picture lasts as long as the one before it.
    let one = cluster(
        1000,
        &[simple(1, 0, "K1"), simple(2, -5, "\u{78}a"), simple(1, 40, "2"), simple(1, 80, "3")],
    );
    assert_eq!(then(&one), "start 2:xa@995+20K 1:K1@1000+40K 1:2@1040+40 1:3@1080+40 end");
}

#[test]
fn a_cluster_of_unknown_size_ends_where_something_of_the_upper_level_begins() {
    // WEBM-8, WEBM-12, WEBM-24
    let one = || unknown_cluster(0, &[simple(2, 0, "\u{78}a")]);
    for (behind, word) in
        [(cluster(20, &[]), "start end"), (el(CUES, b"cues"), ""), (el(TAGS, b""), ""), (usual(), "init")]
    {
        let expected = format!("start 2:xa@0+20K end {word}");
        assert_eq!(then(&[one(), behind].concat()), expected.trim_end());
    }
    // Not otherwise.
    assert_eq!(then(&one()), "start 2:xa@0+20K");
}

#[test]
fn what_is_no_media_segment_is_an_error() {
    let timeless = |children: &[Vec<u8>]| el(0x1F43_B675, &children.concat());
    for (bytes, expected) in [
        (timeless(&[simple(1, 0, "K")]), "start WEBM-9 webm.timestamp-missing in Cluster/SimpleBlock"),
        (
            cluster(0, &[simple(2, 9, "xa"), simple(2, 8, "xb")]),
            "start 2:xa@9+20K WEBM-10 webm.timestamp-decreases in Cluster/SimpleBlock",
        ),
        (cluster(0, &[simple(3, 0, "K")]), "start WEBM-22 webm.track-unknown in Cluster/SimpleBlock"),
        (cluster(0, &[el(0xA3, &[0x81, 0])]), "start WEBM-17 webm.block-invalid in Cluster/SimpleBlock"),
        (cluster(0, &[el(0xA0, &[])]), "start WEBM-17 webm.block-invalid in Cluster/BlockGroup"),
        (
            cluster(0, &[el(0xA0, &el(0xA1, &[0x81]))]),
            "start WEBM-17 webm.block-invalid in Cluster/BlockGroup/Block",
        ),
        (
            cluster(0, &[el(0xA3, &block(1, 0, 0x02, &[9]))]),
            "start WEBM-17 webm.block-invalid in Cluster/SimpleBlock",
        ),
        (timeless(&[vec![0xA3, 0x89, 1]]), "start WEBM-26 webm.element-overrun in Cluster"),
        (cluster(0, &[unknown(0xA3, &[])]), "start WEBM-26 webm.unknown-size in Cluster/SimpleBlock"),
        (cluster(u64::MAX, &[simple(1, 0, "K")]), "start WEBM-16 webm.time-overflow in Cluster/SimpleBlock"),
        (timeless(&[vec![0]]), "start WEBM-15 webm.element-id in Cluster"),
        (el(0x4242, &[]), "WEBM-15 webm.element-id"),
        (
            cluster(0, &[[&[0xA3, 0x08, 0x7F, 0xFF, 0xFF, 0xFF][..], &[]].concat()]),
            "start WEBM-26 webm.element-overrun in Cluster",
        ),
        (
            unknown_cluster(0, &[vec![0xA3, 0x08, 0x7F, 0xFF, 0xFF, 0xFF]]),
            "start WEBM-26 webm.element-too-large in Cluster/SimpleBlock",
        ),
    ] {
        assert_eq!(then(&bytes), expected);
    }
    assert_eq!(
        outputs(&cluster(0, &[simple(1, 0, "K")])),
        "start SPL-8 webm.init-missing in Cluster/SimpleBlock"
    );
}

#[test]
fn a_frame_beyond_the_limit_is_refused() {
    let limits = Limits { max_frame_size: 3, ..Limits::default() };
    let mut demuxer = (FORMAT.new_demuxer)(&MimeType::parse("video/webm").unwrap(), &limits);
    demuxer.push([usual(), cluster(0, &[simple(1, 0, "Klong")])].concat().into());
    assert_eq!(words(demuxer.as_mut())[2], "WEBM-26 webm.frame-too-large in Cluster/SimpleBlock");
}

#[test]
fn blocks_of_tracks_that_are_no_media_are_passed_over() {
    // WEBM-22
    let stream =
        [init(&[video(&[]), track(7, 0x10, "L_LOGO", &[])]), cluster(0, &[simple(7, 0, "x")])].concat();
    assert_eq!(outputs(&stream), "init start end");
}

#[test]
fn a_block_group_is_a_random_access_point_unless_it_refers() {
    // WEBM-13
    let group = |offset, data: &str, more: &[Vec<u8>]| {
        el(0xA0, &[el(0xA1, &block(1, offset, 0, data.as_bytes())), more.concat()].concat())
    };
    let stream =
        cluster(0, &[group(0, "a", &[uint(0x9B, 40)]), group(40, "b", &[el(0xFB, &[0xD8]), uint(0x9B, 40)])]);
    assert_eq!(then(&stream), "start 1:a@0+40K 1:b@40+40 end");
}

#[test]
fn durations_come_from_the_best_that_is_known() {
    // WEBM-19, DIS-21: Opus' own, BlockDuration, the next block, DefaultDuration, the block before.
    let group = |track, offset, data: &str, ms| {
        el(0xA0, &[el(0xA1, &block(track, offset, 0, data.as_bytes())), uint(0x9B, ms)].concat())
    };
    assert_eq!(then(&cluster(0, &[group(2, 0, "xa", 7)])), "start 2:xa@0+20K end");
    assert_eq!(then(&cluster(0, &[group(1, 0, "a", 7), simple(1, 9, "b")])), "start 1:a@0+7K 1:b@9+7 end");
    let default = init(&[video(&[uint(0x23_E383, 40_000_000)])]);
    let stream = [default, cluster(0, &[simple(1, 0, "K"), simple(1, 90, "b")])].concat();
    assert_eq!(outputs(&stream), "init start 1:K@0+90K 1:b@90+40 end");
    // A single picture of which nothing is known.
    assert_eq!(then(&cluster(0, &[simple(1, 0, "K")])), "start 1:K@0+40K end");
}

#[test]
fn the_last_frame_of_a_track_waits_for_the_next_or_the_end() {
    // WEBM-19, RPS-1
    let mut demuxer = demuxer();
    demuxer.push([usual(), unknown_cluster(0, &[simple(1, 0, "K"), simple(1, 33, "b")])].concat().into());
    assert_eq!(words(demuxer.as_mut()), ["init", "start", "1:K@0+33K"]);
    demuxer.flush();
    assert_eq!(words(demuxer.as_mut()), ["1:b@33+33"]);
    demuxer.flush();
    assert!(words(demuxer.as_mut()).is_empty());
}

#[test]
fn laced_frames_have_times_of_their_own() {
    // WEBM-18: three Opus frames of 20 ms; three pictures by DefaultDuration; three by the next
    // block.
    let lace = |track, data: &[u8]| el(0xA3, &block(track, 100, 0x84, data));
    assert_eq!(
        then(&cluster(0, &[lace(2, b"\x02xaxbxc")])),
        "start 2:xa@100+20K 2:xb@120+20K 2:xc@140+20K end"
    );
    let default = init(&[video(&[uint(0x23_E383, 40_000_000)])]);
    let stream = [default, cluster(0, &[lace(1, b"\x02abc")])].concat();
    assert_eq!(outputs(&stream), "init start 1:a@100+40K 1:b@140+40K 1:c@180+40K end");
    let next = cluster(0, &[lace(1, b"\x02abc"), simple(1, 190, "d")]);
    assert_eq!(then(&next), "start 1:a@100+30K 1:b@130+30K 1:c@160+30K 1:d@190+30 end");
}

/// Outputs of some bytes that are read with these choices.
fn read_as(reading: Reading, bytes: &[u8]) -> String {
    let limits = Limits { reading, ..Limits::default() };
    let mut demuxer = (FORMAT.new_demuxer)(&MimeType::parse("video/webm").unwrap(), &limits);
    demuxer.push(bytes.to_vec().into());
    words(demuxer.as_mut()).join(" ")
}

#[test]
fn on_request_trims_that_are_stored_shorten_nothing() {
    // WEBM-20
    let reading = Reading { stored_trims: StoredTrims::Keep, ..Reading::default() };
    for padding in [-30_000_000, -5_000_000, 1, 5_000_000, 30_000_000_i64] {
        let padding = el(0x75A2, &padding.to_be_bytes());
        let group = el(0xA0, &[el(0xA1, &block(2, 0, 0, b"xa")), padding].concat());
        let stream = [usual(), cluster(0, &[group])].concat();
        assert_eq!(read_as(reading.clone(), &stream), "init start 2:xa@0+20K end");
    }
}

#[test]
fn on_request_the_last_block_lasts_like_the_longest_before_it() {
    // WEBM-19
    let reading = Reading { last_blocks: LastBlocks::Longest, ..Reading::default() };
    let default = |nanoseconds| init(&[video(&[uint(0x23_E383, nanoseconds)])]);
    for (first, blocks, expected) in [
        (init(&[video(&[])]), vec![simple(1, 0, "K")], "1:K@0+63K"),
        (init(&[video(&[])]), vec![simple(1, 0, "K"), simple(1, 40, "b"), simple(1, 60, "c")], "1:c@60+40"),
        (default(40_000_000), vec![simple(1, 0, "K"), simple(1, 90, "b")], "1:b@90+40"),
        // Opus says it itself.
        (usual(), vec![simple(2, 0, "xa")], "2:xa@0+20K"),
    ] {
        let found = read_as(reading.clone(), &[first, cluster(0, &blocks)].concat());
        assert!(found.ends_with(&format!("{expected} end")), "{found}");
    }
}

#[test]
fn discard_padding_trims_the_frame() {
    // WEBM-20
    let group = |padding: i64| {
        let padding = el(0x75A2, &padding.to_be_bytes());
        cluster(0, &[el(0xA0, &[el(0xA1, &block(2, 0, 0, b"xa")), padding].concat())])
    };
    assert_eq!(then(&group(5_000_000)), "start 2:xa@0+15K end");
    assert_eq!(then(&group(-5_000_000)), "start 2:xa@5+15K end");
    let mut demuxer = demuxer();
    demuxer.push([usual(), group(5_000_000)].concat().into());
    let discard = std::iter::from_fn(|| demuxer.poll().ok()).find_map(|item| match item {
        Demuxed::Frame(frame) => Some(frame.discard.end),
        _ => None,
    });
    assert_eq!(discard, Some(MediaTime::from_seconds(0.005)));
}

#[test]
fn side_data_travels_with_the_frame() {
    let more = el(0xA6, &[uint(0xEE, 4), el(0xA5, b"hdr")].concat());
    let alpha = el(0xA6, &el(0xA5, b"alpha"));
    let group = el(
        0xA0,
        &[el(0xA1, &block(1, 0, 0, b"a")), el(0x75A1, &[alpha, more].concat()), uint(0x9B, 40)].concat(),
    );
    let mut demuxer = demuxer();
    demuxer.push([usual(), cluster(0, &[group])].concat().into());
    let frame = std::iter::from_fn(|| demuxer.poll().ok()).find_map(|item| match item {
        Demuxed::Frame(frame) => Some(frame),
        _ => None,
    });
    let side_data = frame.unwrap().side_data.unwrap();
    let words: Vec<_> = side_data.iter().map(|data| (data.id, data.data.to_vec())).collect();
    assert_eq!(words, [(1, b"alpha".to_vec()), (4, b"hdr".to_vec())]);
}

#[test]
fn tracks_say_what_they_are() {
    // WEBM-6, TRK-7, TRK-10, TTK-3
    let name = |text: &str| el(0x536E, text.as_bytes());
    let language = |text: &str| el(0x22_B59C, text.as_bytes());
    let init = parsed(&init(&[
        video(&[]),
        audio(&[name("Ton"), language("ger"), el(0x22_B59D, b"de")]),
        track(
            3,
            2,
            "A_OPUS",
            &[el(0x63A2, b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0"), uint(0x88, 0), language("und")],
        ),
        track(4, 0x11, "D_WEBVTT/CAPTIONS", &[]),
        track(5, 0x21, "D_WEBVTT/METADATA", &[]),
        track(6, 0x11, "S_VOBSUB", &[]),
    ]));
    let lines: Vec<_> = init
        .tracks
        .iter()
        .map(|track| {
            let description = &track.descriptions[0];
            format!(
                "{} {} {} {} {:?} {:?}",
                track.id, track.kind, description.codec, track.language, track.label, track.kinds
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "1 video vp9 eng \"\" [\"main\"]",
            "2 audio opus de \"Ton\" [\"main\"]",
            "3 audio opus  \"\" [\"translation\"]",
            "4 text wvtt eng \"\" [\"captions\"]",
            "5 text wvtt eng \"\" [\"metadata\"]",
        ]
    );
    assert_eq!(init.duration, Some(MediaTime::from_seconds(4.0)));
}

#[test]
fn pictures_have_shape_and_colour() {
    // BSF-10d
    let colour = [
        uint(0x55BB, 9),
        uint(0x55BA, 16),
        uint(0x55B1, 9),
        uint(0x55B9, 1),
        uint(0x55BC, 1000),
        uint(0x55BD, 400),
        el(0x55D0, &[el(0x55D1, &0.68_f64.to_be_bytes()), el(0x55D9, &1000.0_f32.to_be_bytes())].concat()),
    ];
    let shape = [
        uint(0xB0, 160),
        uint(0xBA, 90),
        uint(0x54AA, 10),
        uint(0x54B0, 320),
        uint(0x54BA, 80),
        uint(0x53C0, 1),
        el(0x55B0, &colour.concat()),
        el(0x7670, &[uint(0x7671, 1), el(0x7673, &90.0_f32.to_be_bytes())].concat()),
    ];
    let init = parsed(&init(&[track(1, 1, "V_VP9", &[el(0xE0, &shape.concat())])]));
    let MediaDescription::Video(video) = &init.tracks[0].descriptions[0].media else { panic!() };
    assert_eq!((video.coded_width, video.coded_height), (160, 90));
    assert_eq!((video.display_width, video.display_height, video.pixel_aspect), (320, 80, (2, 1)));
    let colour = video.colour.unwrap();
    assert_eq!((colour.primaries, colour.transfer, colour.matrix, colour.full_range), (9, 16, 9, false));
    let light = video.content_light_level.unwrap();
    assert_eq!((light.max_cll, light.max_fall), (1000, 400));
    let mastering = video.mastering_display.unwrap();
    assert_eq!((mastering.primaries[0].0, mastering.max_luminance), (34_000, 10_000_000));
    assert!(video.alpha);
    assert_eq!(
        video.projection.as_ref().map(|projection| (projection.type_, projection.pose[0])),
        Some((1, 90.0))
    );
}

/// ContentEncodings with one encoding of these fields.
fn encodings(fields: &[Vec<u8>]) -> Vec<u8> {
    el(0x6D80, &el(0x6240, &fields.concat()))
}

#[test]
fn stripped_headers_are_put_back_and_other_compression_is_refused() {
    // WEBM-23
    let stripping = |algorithm| {
        let compression = [uint(0x4254, algorithm), el(0x4255, b"\x78")].concat();
        init(&[audio(&[encodings(&[el(0x5034, &compression)])])])
    };
    let stream = [stripping(3), cluster(0, &[simple(2, 0, "a")])].concat();
    assert_eq!(outputs(&stream), "init start 2:xa@0+20K end");
    let path = "Segment/Tracks/TrackEntry/ContentEncodings/ContentEncoding";
    assert_eq!(outputs(&stripping(0)), format!("WEBM-23 webm.encoding-unsupported in {path}"));
}

fn encrypted(fields: &[Vec<u8>]) -> Vec<u8> {
    init(&[audio(&[encodings(&[uint(0x5033, 1), el(0x5035, &fields.concat())])])])
}

#[test]
fn encrypted_blocks_give_vector_and_partitions() {
    // WEBM-23, EME-5, EME-8, EME-10
    let init = encrypted(&[uint(0x47E1, 5), el(0x47E2, b"key")]);
    let parsed = parsed(&init);
    let data: Vec<_> =
        parsed.init_data.iter().map(|data| (data.init_data_type, data.init_data.to_vec())).collect();
    assert_eq!(data, [("webm", b"key".to_vec())]);
    let frame = |data: &[u8]| el(0xA3, &block(2, 0, 0x80, data));
    let media =
        cluster(0, &[frame(b"\0xa"), frame(b"\x0112345678xb"), frame(b"\x0312345678\x01\0\0\0\x01xcde")]);
    let mut demuxer = demuxer();
    demuxer.push([init.clone(), media].concat().into());
    let mut lines = Vec::new();
    while let Ok(item) = demuxer.poll() {
        match item {
            Demuxed::NeedMoreData => break,
            Demuxed::Frame(frame) => {
                let parts = frame.encryption.as_ref().map(|encryption| {
                    let parts = encryption.subsamples_of(frame.data.len() as u32);
                    (
                        parts.iter().map(|part| (part.clear, part.protected)).collect::<Vec<_>>(),
                        encryption.key_id().to_string(),
                    )
                });
                lines.push(format!("{} {parts:?}", String::from_utf8_lossy(&frame.data)));
            }
            _ => {}
        }
    }
    assert_eq!(lines, ["xa None", "xb Some(([], \"6b6579\"))", "xcde Some(([(1, 3)], \"6b6579\"))"]);
    for data in [&b""[..], b"\x011234567", b"\x0312345678\x02\0\0\0\x01", b"\x0312345678\x01\0\0\0\x09xcde"] {
        let all = outputs(&[init.clone(), cluster(0, &[frame(data)])].concat());
        assert_eq!(all, "init start WEBM-23 webm.encryption-invalid in Cluster/SimpleBlock", "{data:?}");
    }
    let path = "Segment/Tracks/TrackEntry/ContentEncodings/ContentEncoding";
    assert_eq!(
        outputs(&encrypted(&[uint(0x47E1, 5)])),
        format!("EME-11 webm.encryption-incomplete in {path}")
    );
    assert_eq!(
        outputs(&encrypted(&[uint(0x47E1, 3)])),
        format!("WEBM-23 webm.encoding-unsupported in {path}")
    );
}

#[test]
fn every_split_and_truncation_gives_the_same() {
    // SPL-12
    let stream = [
        usual(),
        cluster(0, &[simple(1, 0, "Kone"), simple(2, 0, "xa"), simple(1, 40, "two")]),
        el(CUES, &[0; 40]),
        unknown_cluster(80, &[simple(1, 0, "Kthree"), el(0xA3, &block(2, 0, 0x84, b"\x01xbxc"))]),
        usual(),
        cluster(200, &[simple(2, 0, "xd")]),
    ]
    .concat();
    let all = split(&stream, usize::MAX);
    assert_eq!(all.len(), 15, "{all:?}");
    for size in [1, 2, 7, 188] {
        assert_eq!(split(&stream, size), all, "in pieces of {size}");
    }
    for end in 1..stream.len() {
        let some = split(&stream[..end], end);
        assert_eq!(some[..], all[..some.len()], "{end}");
    }
}

#[test]
fn every_corrupted_byte_ends_in_frames_or_an_error() {
    let stream =
        [usual(), cluster(0, &[simple(1, 0, "Kone"), el(0xA3, &block(2, 0, 0x86, b"\x01\x82xbxc"))])]
            .concat();
    for at in 0..stream.len() {
        for value in 0..=u8::MAX {
            let mut stream = stream.clone();
            stream[at] = value;
            assert!(split(&stream, usize::MAX).len() < 300, "byte {at} is {value}");
        }
    }
}

#[test]
fn a_reset_keeps_the_initialization_segment() {
    // RPS-4, RPS-5
    let mut demuxer = demuxer();
    demuxer.push([usual(), cluster(0, &[simple(1, 0, "K")])[..20].to_vec()].concat().into());
    assert_eq!(words(demuxer.as_mut()), ["init", "start"]);
    demuxer.reset(ResetReason::Abort);
    demuxer.push(Bytes::from(cluster(0, &[simple(2, 0, "xa")])));
    assert_eq!(words(demuxer.as_mut()), ["start", "2:xa@0+20K", "end"]);
    demuxer.push(Bytes::from_static(b"\0"));
    assert_eq!(words(demuxer.as_mut()), words(demuxer.as_mut()), "an error stays");
    demuxer.reset(ResetReason::AppendError);
    assert!(words(demuxer.as_mut()).is_empty());
}
