//! The streams of rows P1 to P8, and who else does the same work.

use crate::peers::{MATROSKA_DEMUXER, Parser, SYMPHONIA_ADTS, SYMPHONIA_MP4, SYMPHONIA_MPEG};
use crate::streams::{Media, transport_stream};
use mse_testkit::synth;

/// A stream that is appended, a segment or piece at a time.
pub struct Work {
    /// Row of the targets.
    pub row: &'static str,
    /// Row and stream.
    pub name: &'static str,
    /// Makes the stream; `None` where that takes ffmpeg and it is not installed.
    pub media: fn() -> Option<Media>,
    /// Unit that the figure is divided by.
    pub per: Per,
    /// The target, in words.
    pub target: &'static str,
    /// The target as a figure: GB/s, or nanoseconds.
    pub goal: f64,
    /// File extension by which libavformat knows the format; `None` where it is no peer.
    pub extension: Option<&'static str>,
    /// Parsers that only parse.
    pub parsers: &'static [Parser],
}

/// Unit that a figure is divided by.
#[derive(Clone, Copy)]
pub enum Per {
    /// Bytes in a time.
    Second,
    /// Time of a frame.
    Frame,
    /// Time of an append.
    Append,
}

const BITRATE: u32 = 4_500_000;

/// 4.5 Mbit/s in segments of 2 s, as in the row; 121 s of it, 64 MiB.
fn muxed() -> Media {
    Media::new(synth::muxed(121, BITRATE))
}

/// The rows, in their order.
pub const WORKS: [Work; 10] = [
    Work {
        row: "P1",
        name: "P1 muxed H.264 and AAC",
        media: || Some(muxed()),
        per: Per::Second,
        target: "≥ 40 GB/s",
        goal: 40.0,
        extension: Some("mp4"),
        parsers: &[SYMPHONIA_MP4],
    },
    Work {
        row: "P2",
        name: "P2 AAC only, 10 h",
        media: || Some(Media::new(synth::aac(10))),
        per: Per::Frame,
        target: "≤ 40 ns/frame",
        goal: 40.0,
        extension: Some("mp4"),
        parsers: &[SYMPHONIA_MP4],
    },
    Work {
        row: "P3",
        name: "P3 WebM VP9 and Opus",
        media: || Some(Media::new(synth::vp9_opus(121, BITRATE))),
        per: Per::Frame,
        target: "≤ 120 ns/frame",
        goal: 120.0,
        extension: Some("webm"),
        parsers: &[MATROSKA_DEMUXER],
    },
    Work {
        row: "P3",
        name: "P3 WebM Opus 10 h",
        media: || Some(Media::new(synth::opus(10))),
        per: Per::Frame,
        target: "≤ 50 ns/frame",
        goal: 50.0,
        extension: Some("webm"),
        parsers: &[MATROSKA_DEMUXER],
    },
    Work {
        row: "P4",
        name: "P4 ADTS 10 h",
        media: || Some(Media::new(synth::adts(10))),
        per: Per::Frame,
        target: "≤ 35 ns/frame",
        goal: 35.0,
        extension: Some("aac"),
        parsers: &[SYMPHONIA_ADTS],
    },
    Work {
        row: "P4",
        name: "P4 layer III 10 h",
        media: || Some(Media::new(synth::mp3(10))),
        per: Per::Frame,
        target: "≤ 70 ns/frame",
        goal: 70.0,
        extension: Some("mp3"),
        parsers: &[SYMPHONIA_MPEG],
    },
    Work {
        row: "P5",
        name: "P5 MPEG-TS H.264 and AAC",
        media: transport_stream,
        per: Per::Second,
        target: "≥ 6 GB/s",
        goal: 6.0,
        extension: Some("ts"),
        parsers: &[],
    },
    Work {
        row: "P6",
        name: "P6 low latency, a frame a fragment",
        media: || Some(Media::new(synth::low_latency(120_000))),
        per: Per::Append,
        target: "≤ 600 ns each",
        goal: 600.0,
        extension: Some("mp4"),
        parsers: &[SYMPHONIA_MP4],
    },
    Work {
        row: "P7",
        name: "P7 P1 in appends of 1 KiB",
        media: || Some(muxed().pieces(1 << 10, usize::MAX)),
        per: Per::Second,
        target: "≥ 4 GB/s",
        goal: 4.0,
        extension: None,
        parsers: &[],
    },
    Work {
        row: "P8",
        name: "P8 P1 in appends of 1 byte",
        media: || Some(muxed().pieces(1, 4 << 20)),
        per: Per::Append,
        target: "≤ 250 ns each",
        goal: 250.0,
        extension: None,
        parsers: &[],
    },
];
