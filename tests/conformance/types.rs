//! MIME types: isTypeSupported(), what addSourceBuffer() takes, and which byte stream format it
//! means (MS-11, MS-20, REG, DEF-11).

use crate::fixture::{Page, config, join, outcome, segment, segment_of, video_init};
use crate::helpers::{audio_init, file, steps};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AppendMode, ByteStreamFormat, Config, MediaSource, ReadyState};
use mse_testkit::mock;

const H264: &str = "video/mp4; codecs=\"avc1.4d001e\"";

/// MS-20 (1) to (6), EXC-7: an answer for every string, in every state.
#[test]
fn is_type_supported_answers_and_never_throws() {
    let long = format!("video/mp4; codecs=\"{}\"", "avc1.4d001e,".repeat(10_000));
    let rows = [
        ("", false),
        ("video", false),
        ("video/", false),
        ("/mp4", false),
        ("null", false),
        ("video/bogus; codecs=\"avc1.4d001e\"", false),
        ("bogus/mp4; codecs=\"avc1.4d001e\"", false),
        ("video/mp4; codecs=\"zzzz\"", false),
        ("video/mp4; codecs=\"avc1.4d001e, zzzz\"", false),
        ("video/mp4; codecs=\"vorbis\"", false),
        ("audio/mp4; codecs=\"avc1.4d001e\"", false),
        ("\0\u{7f}é; ;=\"", false),
        (&long, false),
        (H264, true),
        ("video/mp4; codecs=\"avc1.4d001e, mp4a.40.2\"", true),
        ("audio/mp4; codecs=\"mp4a.40.2\"", true),
    ];
    let closed = MediaSource::new(Config::default());
    let page = Page::with(Config::default());
    for (mime_type, expected) in rows {
        assert_eq!(closed.is_type_supported(mime_type), expected, "{mime_type:.60}");
        assert_eq!(page.source.is_type_supported(mime_type), expected, "{mime_type:.60} when open");
    }
}

/// MS-20 (4), COD-14, OPN-1: the host's decoders decide, for isTypeSupported() and
/// addSourceBuffer() alike.
#[test]
fn a_codec_that_the_host_cannot_decode_is_not_supported() {
    let can_decode: mse::CanDecode = std::sync::Arc::new(|codec| codec.starts_with("mp4a"));
    let config = Config { can_decode, ..Config::default() };
    let mut page = Page::with(config);
    for (mime_type, expected) in [(H264, false), ("audio/mp4; codecs=\"mp4a.40.2\"", true)] {
        assert_eq!(page.source.is_type_supported(mime_type), expected);
        assert_eq!(outcome(page.add(mime_type)), if expected { "ok" } else { "NotSupportedError" });
    }
}

/// REG-2: with timestamps of its own, so the initial mode is "segments" (MS-12).
#[test]
fn audio_and_video_mp4_are_iso_bmff() {
    for mime_type in ["video/mp4", "audio/mp4"] {
        let mut page = Page::with(Config::default());
        page.add(mime_type).unwrap();
        assert_eq!(page.sb(0).mode(), AppendMode::Segments);
        page.append_bytes(0, file("aac-audio.mp4")).unwrap();
        page.outputs();
        assert_eq!(page.receipt(0).error, None);
        assert!(page.receipt(0).frames_in > 0);
    }
}

/// REG-5, OPN-33.
#[test]
fn types_outside_the_registry_are_not_supported_and_case_does_not_matter() {
    let source = MediaSource::new(Config::default());
    for mime_type in [
        "audio/mp3",
        "audio/x-m4a",
        "application/mp4",
        "video/x-matroska",
        "audio/flac",
        "audio/ogg",
        "video/MP4V",
    ] {
        for codecs in ["", "; codecs=\"avc1.4d001e\"", "; codecs=\"mp4a.40.2\"", "; codecs=\"flac\""] {
            assert!(!source.is_type_supported(&format!("{mime_type}{codecs}")), "{mime_type}{codecs}");
        }
    }
    for mime_type in ["VIDEO/MP4; CODECS=\"avc1.4d001e\"", "Video/mP4;cOdEcS=avc1.4D001E"] {
        assert!(source.is_type_supported(mime_type), "{mime_type}");
    }
}

/// REG-6: an entry has its types, its flag, its demuxer and its policy on codecs, and each of them
/// takes effect.
#[test]
fn an_entry_of_ones_own_is_as_good_as_the_built_in_ones() {
    const OWN: ByteStreamFormat =
        ByteStreamFormat { name: "own", mime_types: &["audio/x-own"], ..mock::FORMAT_GENERATE_TIMESTAMPS };
    let mut config = Config::default();
    assert!(!MediaSource::new(config.clone()).is_type_supported("audio/x-own"));
    config.registry.register(&OWN);
    config.can_decode = std::sync::Arc::new(|codec| codec == "audio");
    let mut page = Page::with(config);
    assert!(page.source.is_type_supported("audio/x-own"), "codecs are optional there");
    page.add("audio/x-own").unwrap();
    assert_eq!(page.sb(0).mode(), AppendMode::Sequence);
    page.append_bytes(0, join(&[audio_init(), segment("500D20K 900D20K")])).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,40) }");
}

/// DEF-11: by the type given, and by every changeType() after it.
#[test]
fn the_type_chooses_the_byte_stream_format() {
    let mut page = Page::with_type(mock::VIDEO);
    page.append_bytes(0, join(&[video_init(1), segment("0K 40")])).unwrap();
    page.outputs();
    page.sb(0).change_type("video/mp4").unwrap();
    page.append_bytes(0, file("h264-video.mp4")).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).error, None);
    page.sb(0).change_type(mock::VIDEO).unwrap();
    page.append_bytes(0, file("h264-video.mp4")).unwrap();
    page.outputs();
    assert!(page.receipt(0).error.is_some(), "the bytes of another format");
}

/// DEF-12 (a) and (b).
#[test]
fn one_source_buffer_for_both_or_one_for_each() {
    let picture = segment_of(1, "0K 1000 2000 3000 4000");
    let sound = segment_of(2, "0K 1000K 2000K 3000K 4000K");
    let init = crate::fixture::muxed_init();
    let audio_init = mock::init(None, &[mock::MockTrack::audio(2)]);
    let configurations = [
        vec![(mock::MUXED, join(&[init, picture.clone(), sound.clone()]))],
        vec![(mock::VIDEO, join(&[video_init(1), picture])), (mock::AUDIO, join(&[audio_init, sound]))],
    ];
    for configuration in configurations {
        let mut page = Page::new();
        for (mime_type, _) in &configuration {
            page.add(mime_type).unwrap();
        }
        for (index, (_, bytes)) in configuration.into_iter().enumerate() {
            page.append_bytes(index, bytes).unwrap();
        }
        page.outputs();
        assert_eq!(page.element_ranges(), "{ [0,5000) }");
        assert!(steps(&mut page).ends_with("HaveCurrentData · HaveFutureData · HaveEnoughData"));
    }
}

/// MS-11, DIS-1, DRB-12: the state is looked at last.
#[test]
fn a_closed_source_reports_the_type_and_the_limit_first() {
    let mut config = config();
    config.max_source_buffers = 0;
    let mut source = MediaSource::new(config);
    assert_eq!(source.ready_state(), ReadyState::Closed);
    let rows = [
        ("", "TypeError"),
        ("null", "NotSupportedError"),
        ("video/bogus", "NotSupportedError"),
        (mock::VIDEO, "QuotaExceededError"),
    ];
    for (mime_type, expected) in rows {
        assert_eq!(outcome(source.add_source_buffer(mime_type)), expected, "{mime_type:?}");
    }
}

/// WPT-1.
#[test]
fn add_source_buffer_needs_an_open_source_and_a_supported_type() {
    let mut page = Page::video();
    assert_eq!(outcome(page.add("null")), "NotSupportedError");
    assert_eq!(outcome(page.add("video/unknown; codecs=\"video\"")), "NotSupportedError");
    page.source.end_of_stream(None).unwrap();
    assert_eq!(outcome(page.add(mock::AUDIO)), "InvalidStateError");
    page.source.detach();
    assert_eq!(outcome(page.add(mock::AUDIO)), "InvalidStateError");
    assert_eq!(page.source.source_buffers().len(), 0);
}

/// ISO-1: codecs and profiles are a subset, told by RFC 6381 strings.
#[test]
fn mp4_types_follow_rfc_6381() {
    let source = MediaSource::new(Config::default());
    let rows = [
        ("video/mp4; codecs=\"avc1.42001e, mp4a.40.5\"", true),
        ("video/mp4; codecs=\"hvc1.1.6.L93.B0\"", true),
        ("video/mp4; codecs=\"av01.0.04M.08\"", true),
        ("audio/mp4; codecs=\"Opus\"", true),
        ("audio/mp4; codecs=mp4a.40.2", true),
        ("audio/mp4; codecs*=us-ascii'en'mp4a.40.2", true),
        ("audio/mp4; codecs=\"mp4a.40\"", false),
        ("video/mp4; codecs=\"avc1\"", false),
    ];
    for (mime_type, expected) in rows {
        assert_eq!(source.is_type_supported(mime_type), expected, "{mime_type}");
    }
}

/// ISO-9, ISO-12, OPN-4: boxes that nobody knows, before, between and behind segments of a real
/// file.
#[test]
fn unknown_boxes_of_a_movie_are_passed_over() {
    let unknown = [&b"\0\0\0\x0cemsgabcd"[..], b"\0\0\0\x08zzzz", b"\0\0\0\x09free!"].concat();
    let movie = file("h264-video.mp4");
    let at = movie.windows(4).position(|name| name == b"moof").unwrap() - 4;
    let unknown = bytes::Bytes::from(unknown);
    let stream = [unknown.clone(), movie.slice(..at), unknown.clone(), movie.slice(at..), unknown];
    let frames = |stream: &[bytes::Bytes]| {
        let mut page = Page::with_type("video/mp4");
        page.append_bytes(0, join(stream)).unwrap();
        page.outputs();
        assert_eq!(page.receipt(0).error, None);
        (page.receipt(0).frames_in, page.ranges(0))
    };
    assert_eq!(frames(&stream), frames(&[movie]));
}

/// MIM-9, DEF-12, MS-11: where two SourceBuffers of one kind may be, a third is too many, whatever
/// its type is, and one that goes makes room.
#[test]
fn a_third_source_buffer_of_one_kind_exceeds_the_quota() {
    let mut config = config();
    config.max_source_buffers_of_a_kind = 2;
    let mut page = Page::with(config);
    let add = |page: &mut Page, mime_type| outcome(page.add(mime_type));
    let video = "video/mp4; codecs=\"avc1.4d401e\"";
    let rows = [
        (mock::VIDEO, "ok"),
        (video, "ok"),
        (video, "QuotaExceededError"),
        ("video/webm-of-nobody", "NotSupportedError"),
        (mock::AUDIO, "ok"),
        (mock::AUDIO, "ok"),
        (mock::AUDIO, "QuotaExceededError"),
    ];
    for (mime_type, expected) in rows {
        assert_eq!(add(&mut page, mime_type), expected, "{mime_type}");
    }
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    assert_eq!(add(&mut page, video), "ok");
}

/// MS-11: browsers take sixteen of one kind at least; Chromium takes none once every SourceBuffer
/// has its initialization segment, as long as the source is attached.
#[test]
fn sixteen_of_a_kind_can_be_added_and_some_presets_take_none_late() {
    use mse::LateSourceBuffers;
    for (late, expected) in
        [(LateSourceBuffers::Added, "ok"), (LateSourceBuffers::Refused, "QuotaExceededError")]
    {
        let mut config = config();
        config.source.late_source_buffers = late;
        let mut page = Page::with(config);
        for _ in 0..8 {
            assert_eq!(outcome(page.add(mock::VIDEO)), "ok", "{late:?}");
        }
        for index in 0..7 {
            page.append_bytes(index, video_init(1)).unwrap();
            page.outputs();
        }
        assert_eq!(outcome(page.add(mock::VIDEO)), "ok", "{late:?}: one has no initialization segment");
        for index in 7..9 {
            page.append_bytes(index, video_init(1)).unwrap();
            page.outputs();
        }
        assert_eq!(outcome(page.add(mock::VIDEO)), expected, "{late:?}");
    }
    let mut page = Page::new();
    for index in 0..17 {
        let expected = if index < 16 { "ok" } else { "QuotaExceededError" };
        assert_eq!(outcome(page.add(mock::AUDIO)), expected, "{index}");
    }
}
