//! Frames that a format holds back until it knows the next one come in with endOfStream() (TS-25,
//! WEBM-19, EOS-3).

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, MediaSource};
use std::path::Path;

/// Frames of each track buffer, before and after endOfStream().
fn frames(name: &str, mime: &str) -> (Vec<u64>, Vec<u64>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name);
    let mut source = MediaSource::new(Config::default());
    let _element = source.attach().unwrap();
    let id = source.add_source_buffer(mime).unwrap();
    source.source_buffer(id).unwrap().append_buffer(std::fs::read(path).unwrap().into()).unwrap();
    source.run_inline();
    let count = |source: &mut MediaSource| {
        let buffer = source.source_buffer(id).unwrap();
        buffer.with_track_buffers(|buffers| {
            buffers.tracks().iter().map(mse::timeline::TrackBuffer::frame_count).collect()
        })
    };
    let before = count(&mut source);
    source.end_of_stream(None).unwrap();
    (before, count(&mut source))
}

#[test]
fn pictures_whose_end_only_the_end_of_the_stream_shows_are_buffered_by_it() {
    // Sound, then pictures: two wait for what follows them.
    assert_eq!(frames("h264-ac3.ts", "video/mp2t"), (vec![32, 23], vec![32, 25]));
    assert_eq!(frames("hevc-aac.ts", "video/mp2t"), (vec![48, 23], vec![48, 25]));
}
