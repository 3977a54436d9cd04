//! The streams that browsers append, as files: short enough for what a browser lets a SourceBuffer hold.

use crate::streams::{Media, folder, transport_stream};
use mse_testkit::synth::{self, Stream};
use serde_json::json;
use std::fs;
use std::io;

/// The first segments.
fn first(stream: Stream, segments: usize) -> Media {
    let (mime, init) = (stream.mime, stream.init.clone());
    Media { mime, init, segments: stream.take(segments).collect(), frames: 0 }
}

fn streams() -> Vec<(&'static str, &'static str, Option<Media>)> {
    let muxed = || first(synth::muxed(60, 4_500_000), 30);
    vec![
        ("P1", "second", Some(muxed())),
        ("P2", "frame", Some(first(synth::aac(1), 150))),
        ("P3", "frame", Some(first(synth::vp9_opus(60, 4_500_000), 30))),
        ("P4", "frame", Some(first(synth::adts(1), 150))),
        ("P4", "frame", Some(first(synth::mp3(1), 150))),
        ("P5", "second", transport_stream()),
        ("P6", "append", Some(first(synth::low_latency(3000), 3000))),
        ("P7", "second", Some(muxed().pieces(1 << 10, 2 << 20))),
        ("P8", "append", Some(muxed().pieces(1, 3000))),
    ]
}

/// Frames that the engine finds, for figures of a frame.
fn frames(media: &Media) -> u64 {
    let mut page = crate::streams::Page::new(media);
    media.segments.iter().map(|segment| page.append_and_count(segment.clone())).sum()
}

/// Writes the streams below `target/bench-media/browser`: one file of bytes each, and `streams.json` with types and lengths.
///
/// # Errors
///
/// When the files cannot be written.
pub fn write() -> io::Result<()> {
    let folder = folder()?.join("browser");
    fs::create_dir_all(&folder)?;
    let mut list = Vec::new();
    for (row, per, media) in streams() {
        let Some(media) = media else { continue };
        let name = format!("{row}-{}", list.len());
        fs::write(folder.join(&name), media.whole())?;
        let lengths: Vec<usize> = media.segments.iter().map(bytes::Bytes::len).collect();
        list.push(json!({
            "row": row, "per": per, "name": name, "type": media.mime, "init": media.init.len(), "segments": lengths,
            "frames": frames(&media),
        }));
    }
    fs::write(folder.join("streams.json"), serde_json::to_string(&list)?)
}
