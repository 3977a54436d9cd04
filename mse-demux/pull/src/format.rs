//! [`OGG`], [`FLAC`] and [`WAV`]: rows for a registry.

use crate::demuxer::AudioDemuxer;
use crate::flac::Flac;
use crate::id3;
use crate::ogg::Ogg;
use crate::wav::Wav;
use mse_core::mime::Codecs;
use mse_core::{ByteStreamFormat, CodecFamily, CodecsParameter, MimeType};

/// Ogg with Opus, Vorbis or FLAC: `audio/ogg`. Pages that begin streams, and the headers behind
/// them, are an initialization segment, every packet is a media segment. A chained stream is a new
/// initialization segment; its frames follow those of the one before.
pub const OGG: ByteStreamFormat = ByteStreamFormat {
    name: "Ogg",
    mime_types: &["audio/ogg"],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports: |mime| families(mime, &[CodecFamily::Opus, CodecFamily::Vorbis, CodecFamily::Flac]),
    sniff: |head| matches!(head, [b'O', b'g', b'g', b'S', 0, flags, ..] if flags & 2 != 0),
    new_demuxer: |_, limits| Box::new(AudioDemuxer::new(Ogg::new(limits))),
};

/// Native FLAC: `audio/flac` and `audio/x-flac`. Metadata is the initialization segment, every
/// frame a media segment with a time of its own. A tag may stand in front.
pub const FLAC: ByteStreamFormat = ByteStreamFormat {
    name: "FLAC",
    mime_types: &["audio/flac", "audio/x-flac"],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports: |mime| families(mime, &[CodecFamily::Flac]),
    sniff: |head| id3::behind(head).starts_with(b"fLaC"),
    new_demuxer: |_, limits| Box::new(AudioDemuxer::new(Flac::new(limits))),
};

/// WAV with samples: `audio/wav`, `audio/wave`, `audio/x-wav` and `audio/vnd.wave`; RF64 and BW64
/// too. All up to the data is the initialization segment; data comes in frames of 1152 samples,
/// each a media segment, with times counted from the first byte of data.
///
/// Codecs are `1`, the format tag (RFC 2361), or the names of WebCodecs such as `pcm-s16`, which
/// tracks have.
pub const WAV: ByteStreamFormat = ByteStreamFormat {
    name: "WAV",
    mime_types: &["audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports: |mime| families(mime, &[CodecFamily::Pcm]),
    sniff: |head| {
        matches!(
            head,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..]
                | [b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..]
                | [b'B', b'W', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..]
        )
    },
    new_demuxer: |_, limits| Box::new(AudioDemuxer::new(Wav::new(limits))),
};

/// MIM-6.
fn families(mime: &MimeType, families: &[CodecFamily]) -> bool {
    mime.codecs() == Codecs::Absent || mime.codecs().all_listed(|codec| families.contains(&codec.family()))
}
