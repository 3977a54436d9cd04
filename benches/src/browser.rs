//! The streams that browsers append, as files: short enough for what a browser lets a SourceBuffer
//! hold.

use crate::streams::{Media, folder, transport_stream};
use crate::work::{Per, WORKS, Work};
use mse_testkit::synth::{self, Stream};
use serde_json::json;
use std::fs;
use std::io;

/// The first segments.
fn first(stream: Stream, segments: usize) -> Media {
    let (mime, init) = (stream.mime, stream.init.clone());
    Media { mime, init, segments: stream.take(segments).collect(), frames: 0 }
}

/// By the names of [`WORKS`].
fn streams() -> Vec<(&'static str, Option<Media>)> {
    let muxed = || first(synth::muxed(60, 4_500_000), 30);
    vec![
        ("P1 muxed H.264 and AAC", Some(muxed())),
        ("P2 AAC only, 10 h", Some(first(synth::aac(1), 150))),
        ("P3 WebM VP9 and Opus", Some(first(synth::vp9_opus(60, 4_500_000), 30))),
        ("P3 WebM Opus 10 h", Some(first(synth::opus(1), 150))),
        ("P4 ADTS 10 h", Some(first(synth::adts(1), 150))),
        ("P4 layer III 10 h", Some(first(synth::mp3(1), 150))),
        ("P5 MPEG-TS H.264 and AAC", transport_stream()),
        ("P6 low latency, a frame a fragment", Some(first(synth::low_latency(3000), 3000))),
        ("P7 P1 in appends of 1 KiB", Some(muxed().pieces(1 << 10, 2 << 20))),
        ("P8 P1 in appends of 1 byte", Some(muxed().pieces(1, 3000))),
    ]
}

/// Frames that the engine finds, for figures of a frame.
fn frames(media: &Media) -> u64 {
    let mut page = crate::streams::Page::new(media);
    media.segments.iter().map(|segment| page.append_and_count(segment.clone())).sum()
}

/// Writes the streams below `target/bench-media/browser`: one file of bytes each, and
/// `streams.json` with types and lengths.
///
/// # Errors
///
/// When the files cannot be written.
pub fn write() -> io::Result<()> {
    let folder = folder()?.join("browser");
    fs::create_dir_all(&folder)?;
    let mut list = Vec::new();
    for (work, media) in streams() {
        let Some(media) = media else { continue };
        let Some(Work { row, per, .. }) = WORKS.iter().find(|known| known.name == work) else { continue };
        let per = match per {
            Per::Second => "second",
            Per::Frame => "frame",
            Per::Append => "append",
        };
        let name = format!("{row}-{}", list.len());
        fs::write(folder.join(&name), media.whole())?;
        let lengths: Vec<usize> = media.segments.iter().map(bytes::Bytes::len).collect();
        list.push(json!({
            "work": work, "per": per, "name": name, "type": media.mime, "init": media.init.len(), "segments": lengths,
            "frames": frames(&media),
        }));
    }
    fs::write(folder.join("streams.json"), serde_json::to_string(&list)?)
}
