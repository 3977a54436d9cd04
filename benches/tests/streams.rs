//! The streams of the benches are whole: what is appended is buffered, without a gap.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_benches::streams::{Media, Page};
use mse_testkit::synth::{self, Stream};

#[test]
fn every_stream_is_buffered_without_a_gap() {
    let streams: [fn() -> Stream; 9] = [
        || synth::muxed(8, 1_000_000),
        || synth::aac(1),
        || synth::low_latency(240),
        || synth::fragments(240, 12),
        || synth::video(8, 100_000),
        || synth::vp9_opus(8, 1_000_000),
        || synth::opus(1),
        || synth::adts(1),
        || synth::mp3(1),
    ];
    for stream in streams {
        let stream = stream();
        let media = Media {
            mime: stream.mime,
            init: stream.init.clone(),
            frames: 0,
            segments: stream.take(240).collect(),
        };
        for media in [media.pieces(1000, usize::MAX), media] {
            let mut page = Page::new(&media);
            media.segments.iter().for_each(|segment| page.append(segment.clone()));
            let buffered = page.source.source_buffer(page.id).unwrap().buffered().unwrap();
            assert_eq!(buffered.len(), 1, "{}", media.mime);
            let length = buffered.end().unwrap() - buffered.start().unwrap();
            assert!(length.to_seconds() > 7.9, "{}: {length:?}", media.mime);
        }
    }
}
