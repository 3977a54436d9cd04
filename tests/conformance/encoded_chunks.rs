//! SourceBuffers for encoded frames instead of bytes (WCX).

use crate::fixture::{Page, outcome};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    AudioDecoderConfig, EncodedChunk, EndOfStreamError, Exception, PromiseId, SourceBufferConfig,
    SourceBufferId, TrackKind, VideoDecoderConfig,
};
use mse_testkit::mock;

fn vp9() -> SourceBufferConfig {
    let video = VideoDecoderConfig {
        codec: "vp09.00.10.08".into(),
        coded_width: 320,
        coded_height: 240,
        ..VideoDecoderConfig::default()
    };
    SourceBufferConfig { video: Some(video), audio: None }
}

fn opus() -> SourceBufferConfig {
    let audio = AudioDecoderConfig {
        codec: "opus".into(),
        sample_rate: 48000,
        number_of_channels: 2,
        description: None,
    };
    SourceBufferConfig { audio: Some(audio), video: None }
}

fn chunk(kind: TrackKind, milliseconds: i64, key: bool) -> EncodedChunk {
    let data = Bytes::from(milliseconds.to_string());
    EncodedChunk { kind, key, timestamp: milliseconds * 1000, duration: Some(40_000), data }
}

/// Video chunks of 40 ms: `0K 40 80`.
fn video(tokens: &str) -> Vec<EncodedChunk> {
    let chunk = |token: &str| {
        let key = token.ends_with('K');
        chunk(TrackKind::Video, token.trim_end_matches('K').parse().unwrap(), key)
    };
    tokens.split(' ').map(chunk).collect()
}

fn page(config: &SourceBufferConfig) -> (Page, SourceBufferId) {
    let mut page = Page::new();
    let id = page.source.add_source_buffer_with_config(config).unwrap();
    assert_eq!(page.outputs(), "sourceBuffers addsourcebuffer");
    (page, id)
}

fn append(page: &mut Page, id: SourceBufferId, chunks: Vec<EncodedChunk>) -> Result<PromiseId, Exception> {
    page.source.source_buffer(id).unwrap().append_encoded_chunks(chunks)
}

fn buffered(page: &mut Page, id: SourceBufferId) -> String {
    mse_testkit::frames::ranges(&page.source.source_buffer(id).unwrap().buffered().unwrap())
}

/// WCX-2: the codec is one of the kind of track that the configuration is for.
#[test]
fn a_codec_of_another_kind_is_not_supported() {
    for codec in ["opus", "mp4a.40.2", "flac", "ac-3", "mp3"] {
        let video = VideoDecoderConfig { codec: codec.into(), ..VideoDecoderConfig::default() };
        let config = SourceBufferConfig { video: Some(video), audio: None };
        let thrown = Page::new().source.add_source_buffer_with_config(&config).unwrap_err();
        assert_eq!(thrown.name.as_str(), "NotSupportedError", "{codec}");
    }
    for codec in ["vp8", "vp09.00.10.08", "av01.0.04M.08", "avc1.42E01E"] {
        let audio = AudioDecoderConfig {
            codec: codec.into(),
            sample_rate: 48000,
            number_of_channels: 2,
            description: None,
        };
        let config = SourceBufferConfig { audio: Some(audio), video: None };
        let thrown = Page::new().source.add_source_buffer_with_config(&config).unwrap_err();
        assert_eq!(thrown.name.as_str(), "NotSupportedError", "{codec}");
    }
}

/// WCX-1, WCX-2, EXC-20: the checks in their order; those of the configuration come before those of
/// the state.
#[test]
fn a_configuration_is_checked_in_order() {
    let none = SourceBufferConfig::default();
    let both = SourceBufferConfig { audio: opus().audio, ..vp9() };
    let nameless = SourceBufferConfig { video: Some(VideoDecoderConfig::default()), audio: None };
    let of = |codec: &str| {
        let video = VideoDecoderConfig { codec: codec.into(), ..VideoDecoderConfig::default() };
        SourceBufferConfig { video: Some(video), audio: None }
    };
    let rows = [
        (&none, "TypeError", "TypeError"),
        (&both, "TypeError", "TypeError"),
        (&nameless, "TypeError", "TypeError"),
        (&of("zzzz"), "NotSupportedError", "NotSupportedError"),
        // Would need its bitstream converted.
        (&of("avc1.4d401e"), "NotSupportedError", "NotSupportedError"),
        (&vp9(), "ok", "InvalidStateError"),
        (&opus(), "ok", "InvalidStateError"),
    ];
    for (config, open, ended) in rows {
        let mut page = Page::new();
        assert_eq!(outcome(page.source.add_source_buffer_with_config(config)), open, "{config:?}");
        page.source.end_of_stream(None).unwrap();
        assert_eq!(outcome(page.source.add_source_buffer_with_config(config)), ended, "{config:?}");
    }
}

/// WCX-3, WCX-4, WCX-5: a promise instead of events, and frames where their timestamps say.
#[test]
fn chunks_become_frames_and_the_promise_resolves() {
    let (mut page, id) = page(&vp9());
    append(&mut page, id, video("0K 40 80")).unwrap();
    assert!(page.source.source_buffer(id).unwrap().updating());
    assert_eq!(
        page.outputs(),
        "task · sb0.videoTracks addtrack".to_owned()
            + " · activeSourceBuffers addsourcebuffer · promise 0 resolved"
    );
    assert!(!page.source.source_buffer(id).unwrap().updating());
    assert_eq!(buffered(&mut page, id), "{ [0,120) }");
    append(&mut page, id, video("120 160K")).unwrap();
    assert_eq!(page.outputs(), "task · promise 1 resolved");
    assert_eq!(buffered(&mut page, id), "{ [0,200) }");
}

/// WCX-5: sound without a duration gets an estimate.
#[test]
fn sound_without_duration_lasts_22_milliseconds() {
    let (mut page, id) = page(&opus());
    let chunks = vec![EncodedChunk { duration: None, ..chunk(TrackKind::Audio, 0, true) }];
    append(&mut page, id, chunks).unwrap();
    page.outputs();
    assert_eq!(buffered(&mut page, id), "{ [0,22) }");
}

/// WCX-4: checks in order.
#[test]
fn chunks_are_checked_in_order() {
    let (mut page, id) = page(&vp9());
    let endless = || vec![EncodedChunk { duration: None, ..chunk(TrackKind::Video, 0, true) }];
    assert_eq!(outcome(append(&mut page, id, endless())), "TypeError");
    append(&mut page, id, video("0K")).unwrap();
    assert_eq!(outcome(append(&mut page, id, endless())), "InvalidStateError", "updating comes first");
    page.outputs();
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    append(&mut page, id, video("40")).unwrap();
    assert!(page.outputs().starts_with("mediasource sourceopen"), "PRA-4");
    page.source.end_of_stream(Some(EndOfStreamError::Decode)).unwrap();
    page.outputs();
    assert_eq!(outcome(append(&mut page, id, video("80"))), "InvalidStateError", "PRA-3");
    page.source.remove_source_buffer(id).unwrap();
    assert_eq!(outcome(append(&mut page, id, endless())), "InvalidStateError", "removed comes first");
}

/// WCX-6: each to its own.
#[test]
fn bytes_and_chunks_do_not_mix() {
    let (mut page, id) = page(&vp9());
    let mut configured = page.source.source_buffer(id).unwrap();
    assert_eq!(outcome(configured.append_buffer(Bytes::from_static(b"bytes"))), "InvalidStateError");
    let id = page.source.add_source_buffer(mock::VIDEO).unwrap();
    assert_eq!(outcome(append(&mut page, id, video("0K"))), "InvalidStateError");
}

/// WCX-5, WCX-6: chunks of the wrong kind are an append error, told by the promise alone.
#[test]
fn chunks_of_the_wrong_kind_reject_the_promise() {
    let (mut page, id) = page(&vp9());
    append(&mut page, id, video("0K")).unwrap();
    page.outputs();
    append(&mut page, id, vec![chunk(TrackKind::Audio, 40, true)]).unwrap();
    assert_eq!(page.outputs(), "task · promise 1 SyntaxError · mediasource sourceended");
    assert_eq!(page.element.error, Some(3));
    let error = page.source.source_buffer(id).unwrap().receipt().error.clone();
    assert_eq!(error.map(|error| error.code), Some("mse.chunk-of-another-kind"));
}

/// WCX-5: a promise that resolves says that all frames are in. Frames before a random access point,
/// and outside the append window, are not; the others are, and the receipt names those that are
/// not.
#[test]
fn chunks_whose_frames_are_dropped_reject_the_promise() {
    for (start, end, chunks, stored, dropped) in [
        (0.0, f64::INFINITY, "0 40", "{ }", 2),
        (0.0, f64::INFINITY, "0 40K 80", "{ [40,120) }", 1),
        (0.0, 0.1, "0K 40 80", "{ [0,80) }", 1),
        (0.02, f64::INFINITY, "0K 40 80K", "{ [80,120) }", 2),
        (5.0, f64::INFINITY, "0K 40", "{ }", 2),
    ] {
        let (mut page, id) = page(&vp9());
        let mut sb = page.source.source_buffer(id).unwrap();
        sb.set_append_window_end(end).unwrap();
        sb.set_append_window_start(start).unwrap();
        append(&mut page, id, video(chunks)).unwrap();
        assert!(page.outputs().ends_with("promise 0 SyntaxError"), "{chunks}");
        assert_eq!(buffered(&mut page, id), stored, "{chunks}");
        let mut sb = page.source.source_buffer(id).unwrap();
        assert_eq!(sb.receipt().frames_dropped.total(), dropped, "{chunks}");
        sb.set_append_window_start(0.0).unwrap();
        append(&mut page, id, video("6000K")).unwrap();
        let rejected = end < 6.0;
        let expected = if rejected { "promise 1 SyntaxError" } else { "promise 1 resolved" };
        assert!(page.outputs().ends_with(expected), "{chunks}");
    }
}

/// WCX-5: aborted, removed or detached, the promise is rejected and no event fired at the
/// SourceBuffer.
#[test]
fn an_abort_rejects_the_promise() {
    let (mut aborted, id) = page(&vp9());
    append(&mut aborted, id, video("0K 40")).unwrap();
    aborted.source.source_buffer(id).unwrap().abort().unwrap();
    assert_eq!(aborted.outputs(), "promise 0 AbortError");

    let (mut removed, id) = page(&vp9());
    append(&mut removed, id, video("0K 40")).unwrap();
    removed.source.remove_source_buffer(id).unwrap();
    assert_eq!(removed.outputs(), "promise 0 AbortError · sourceBuffers removesourcebuffer");

    let (mut detached, id) = page(&vp9());
    append(&mut detached, id, video("0K 40")).unwrap();
    detached.source.detach();
    assert_eq!(
        detached.outputs(),
        "promise 0 AbortError · sourceBuffers removesourcebuffer · mediasource sourceclose"
    );
}

/// WCX-7.
#[test]
fn a_configuration_cannot_be_changed() {
    let (mut page, id) = page(&vp9());
    let mut sb = page.source.source_buffer(id).unwrap();
    assert_eq!(outcome(sb.change_type_with_config(&SourceBufferConfig::default())), "NotSupportedError");
    assert_eq!(outcome(sb.change_type_with_config(&opus())), "TypeError");
    append(&mut page, id, video("0K")).unwrap();
    let mut sb = page.source.source_buffer(id).unwrap();
    assert_eq!(outcome(sb.change_type_with_config(&opus())), "InvalidStateError");
}

/// WCX-9: the timeline does not know where frames come from: overlap, removal and offset are the
/// same.
#[test]
fn chunks_are_placed_replaced_and_removed_like_any_frames() {
    let (mut page, id) = page(&vp9());
    append(&mut page, id, video("0K 40 80K 120")).unwrap();
    page.outputs();
    let mut sb = page.source.source_buffer(id).unwrap();
    sb.set_timestamp_offset(1.0).unwrap();
    append(&mut page, id, video("0K 40")).unwrap();
    page.outputs();
    assert_eq!(buffered(&mut page, id), "{ [0,160) [1000,1080) }");
    page.source.set_duration(2.0).unwrap();
    page.source.source_buffer(id).unwrap().remove(0.08, 0.5).unwrap();
    page.outputs();
    assert_eq!(buffered(&mut page, id), "{ [0,80) [1000,1080) }");
}
