//! The mock byte stream: a real little container whose timing a test chooses, registered like any
//! other format.
//!
//! It is described field by field in `docs/mock-format.md`. In short: boxes of a 32-bit big-endian
//! size (header included) and four characters. `init` carries the tracks; a media segment is
//! `frag`, then `smpl` per frame, then `fend`; `skip` is ignored anywhere; `boom` is an error
//! anywhere. Frames leave as soon as their own bytes are there.
//!
//! ```text
//! init  i64 duration (−1 unknown), u16 tracks, then per track:
//!         u32 id, u8 kind (0 audio, 1 video, 2 text), u32 timescale, u32 sample rate, u16 width,
//!         u16 height, u8 descriptions, u32 generation each, str codec, str language, str label,
//!         u8 kinds, str each
//! frag  (empty)
//! smpl  u32 track, i64 pts, i64 dts, i64 duration (in the track's timescale),
//!       u8 flags (1: random access point), u16 description, then the payload to the end of the box
//! held  as smpl; comes out before the next frame, or when the stream is reset or ends
//! lost  bytes that become no frame
//! fend  (empty)
//! str   u8 length, then as much UTF-8
//! ```

mod demuxer;
mod fields;
mod track;
mod writer;

pub use track::MockTrack;
pub use writer::{BOOM, FRAGMENT_END, FRAGMENT_START, held, init, lost, sample, segment, segment_of, skip};

use demuxer::MockDemuxer;
use mse_core::mime::Codecs;
use mse_core::{ByteStreamFormat, CodecsParameter, Demuxer, Limits, MimeType, TrackKind};

/// A type with one video track.
pub const VIDEO: &str = "video/x-mse-mock; codecs=\"video\"";
/// A type with one audio track.
pub const AUDIO: &str = "audio/x-mse-mock; codecs=\"audio\"";
/// A type with a video and an audio track.
pub const MUXED: &str = "video/x-mse-mock; codecs=\"video,audio\"";
/// A type whose timestamps the engine generates.
pub const GENERATED: &str = "audio/x-mse-mock-gtf";

/// The mock byte stream. `codecs` lists the kinds of tracks: `codecs="video,audio"`.
pub const FORMAT: ByteStreamFormat = ByteStreamFormat {
    name: "mock",
    mime_types: &["video/x-mse-mock", "audio/x-mse-mock"],
    generate_timestamps: false,
    codecs: CodecsParameter::Required,
    supports,
    sniff,
    new_demuxer,
};

/// The same bytes with the generate timestamps flag, as `audio/mpeg` has it: the timestamps written
/// are not looked at (CFP-1).
pub const FORMAT_GENERATE_TIMESTAMPS: ByteStreamFormat = ByteStreamFormat {
    name: "mock with generated timestamps",
    mime_types: &["audio/x-mse-mock-gtf"],
    generate_timestamps: true,
    codecs: CodecsParameter::Optional,
    ..FORMAT
};

/// Ticks per second of `init` durations, and of tracks that do not choose: those of the engine's
/// own number line.
pub const TIMESCALE: u32 = mse_core::MediaTime::TICKS_PER_SECOND as u32;

/// Whether a codecs element, as written, names a kind of track; `audio/…` takes no video.
fn supports(mime: &MimeType) -> bool {
    let Codecs::Listed(elements) = mime.codecs() else { return mime.codecs() == Codecs::Absent };
    elements.iter().all(|element| {
        let kind =
            element.as_ref().err().and_then(|text| TrackKind::ALL.iter().find(|kind| kind.as_str() == text));
        kind.is_some_and(|kind| mime.type_() == "video" || *kind != TrackKind::Video)
    })
}

fn sniff(bytes: &[u8]) -> bool {
    bytes.get(4..8).is_some_and(|name| ["init", "frag", "skip"].iter().any(|known| known.as_bytes() == name))
}

fn new_demuxer(_: &MimeType, limits: &Limits) -> Box<dyn Demuxer> {
    Box::new(MockDemuxer::new(limits.clone()))
}
