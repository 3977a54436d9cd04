//! [`OGG`], [`FLAC`] and [`WAV`]: rows for a registry, and what is particular to each.

use crate::demuxer::PullDemuxer;
use crate::header;
use bytes::Bytes;
use mse_core::mime::Codecs;
use mse_core::{ByteStreamFormat, CodecFamily, CodecsParameter, MimeType};
use symphonia::core::errors::Result;
use symphonia::core::formats::{FormatOptions, FormatReader, Track};
use symphonia::core::io::MediaSourceStream;
use symphonia::default::formats::{FlacReader, OggReader, WavReader};

/// What makes a pull demuxer a byte stream format.
pub(crate) struct PullFormat {
    /// The parser.
    pub(crate) open: fn(MediaSourceStream<'static>, FormatOptions) -> Result<Box<dyn FormatReader>>,
    /// Whether bytes begin an initialization segment.
    pub(crate) begins: fn(&[u8]) -> Begins,
    /// The header of tracks, written anew.
    pub(crate) header: fn(&[Track]) -> Option<Bytes>,
    /// Bytes that a packet may reach, with all that lies before it.
    pub(crate) reach: u64,
}

/// The answer of [`PullFormat::begins`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Begins {
    /// A header.
    Header,
    /// Something else.
    Other,
    /// Too few bytes to tell.
    Perhaps,
}

/// Ogg with Opus, Vorbis or FLAC: `audio/ogg`. A page that begins a stream begins an initialization segment, every packet is a media
/// segment. A chained stream is a new initialization segment, and its times begin anew.
pub const OGG: ByteStreamFormat = ByteStreamFormat {
    name: "Ogg",
    mime_types: &["audio/ogg"],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports: |mime| families(mime, &[CodecFamily::Opus, CodecFamily::Vorbis, CodecFamily::Flac]),
    sniff: |head| begins_ogg(head) == Begins::Header,
    new_demuxer: |_, limits| Box::new(PullDemuxer::new(&PULL_OGG, limits)),
};

/// Native FLAC: `audio/flac` and `audio/x-flac`. Metadata is the initialization segment, every frame a media segment with a time of its
/// own.
pub const FLAC: ByteStreamFormat = ByteStreamFormat {
    name: "FLAC",
    mime_types: &["audio/flac", "audio/x-flac"],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports: |mime| families(mime, &[CodecFamily::Flac]),
    sniff: |head| begins_flac(head) == Begins::Header,
    new_demuxer: |_, limits| Box::new(PullDemuxer::new(&PULL_FLAC, limits)),
};

/// WAV with samples: `audio/wav`, `audio/wave`, `audio/x-wav` and `audio/vnd.wave`. All up to the data is the initialization segment;
/// data comes in frames of 1152 samples, each a media segment, with times counted from the first byte of data.
///
/// Codecs are `1`, the format tag (RFC 2361), or the names of WebCodecs such as `pcm-s16`, which tracks have.
pub const WAV: ByteStreamFormat = ByteStreamFormat {
    name: "WAV",
    mime_types: &["audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports: |mime| families(mime, &[CodecFamily::Pcm]),
    sniff: |head| begins_wav(head) == Begins::Header,
    new_demuxer: |_, limits| Box::new(PullDemuxer::new(&PULL_WAV, limits)),
};

static PULL_OGG: PullFormat = PullFormat {
    open: |stream, options| Ok(Box::new(OggReader::try_new(stream, options)?)),
    begins: begins_ogg,
    header: header::ogg,
    // Sixteen pages and more. Symphonia looks for pages in what is none as often as it says `OggS`, so that every byte may cost much.
    reach: 1 << 20,
};

static PULL_FLAC: PullFormat = PullFormat {
    open: |stream, options| Ok(Box::new(FlacReader::try_new(stream, options)?)),
    begins: begins_flac,
    header: header::flac,
    // The largest frame that there can be, and the next.
    reach: 32 << 20,
};

static PULL_WAV: PullFormat = PullFormat {
    open: |stream, options| Ok(Box::new(WavReader::try_new(stream, options)?)),
    begins: begins_wav,
    header: header::wav,
    reach: 1 << 20,
};

/// MIM-6.
fn families(mime: &MimeType, families: &[CodecFamily]) -> bool {
    mime.codecs() == Codecs::Absent || mime.codecs().all_listed(|codec| families.contains(&codec.family()))
}

/// A page with the flag of a first one.
fn begins_ogg(head: &[u8]) -> Begins {
    match head {
        [b'O', b'g', b'g', b'S', 0, flags, ..] if flags & 2 != 0 => Begins::Header,
        _ => perhaps(head, b"OggS\0", 6),
    }
}

fn begins_flac(head: &[u8]) -> Begins {
    if head.starts_with(b"fLaC") { Begins::Header } else { perhaps(head, b"fLaC", 4) }
}

fn begins_wav(head: &[u8]) -> Begins {
    match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Begins::Header,
        _ => perhaps(head, b"RIFF", 12),
    }
}

/// Whether fewer than `enough` bytes go as far as `magic` does.
fn perhaps(head: &[u8], magic: &[u8], enough: usize) -> Begins {
    let common = head.len().min(magic.len());
    if head.len() < enough && head[..common] == magic[..common] { Begins::Perhaps } else { Begins::Other }
}
