//! Long streams for benches and fuzzing, a segment at a time and the same on every run.
//!
//! Box structure, sizes and timing are those of the usual packagers. H.264 samples are NAL units of
//! the right types and lengths with nothing decodable in them, other frames are noise behind the
//! first bytes that parsers look at.

mod isobmff;
mod mpeg_audio;
mod noise;
mod webm;

pub use isobmff::{aac, fragments, low_latency, muxed, video};
pub use mpeg_audio::{adts, mp3};
pub use webm::{opus, vp9_opus};

use bytes::Bytes;

/// A stream: an initialization segment, then as many media segments as the iterator gives.
pub struct Stream {
    /// MIME type with codecs.
    pub mime: &'static str,
    /// The initialization segment; empty for formats without one.
    pub init: Bytes,
    /// Coded frames of all segments together.
    pub frames: u64,
    segments: Box<dyn Iterator<Item = Bytes> + Send>,
}

impl Iterator for Stream {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        self.segments.next()
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} with {} frames", self.mime, self.frames)
    }
}
