//! [`FORMAT`] and [`MATROSKA`]: the registry's rows (REG-1, REG-5) and what may be carried (MIM-6,
//! WEBM-1).

use crate::demuxer::WebmDemuxer;
use crate::ebml::{Children, Peeked, id, peek_header};
use mse_core::mime::Codecs;
use mse_core::{ByteStreamFormat, Codec, CodecFamily, CodecsParameter, Demuxer, Limits, MimeType, TrackKind};

/// The WebM byte stream format: `audio/webm` and `video/webm` (REG-1).
pub const FORMAT: ByteStreamFormat = ByteStreamFormat {
    name: "WebM",
    mime_types: &["audio/webm", "video/webm"],
    generate_timestamps: false,
    codecs: CodecsParameter::Required,
    supports,
    sniff: |head| doc_type(head).is_none_or(|doc_type| doc_type != b"matroska") && is_ebml(head),
    new_demuxer,
};

/// Matroska with the codecs that WebM has not: `audio/x-matroska` and `video/x-matroska`. Not in
/// the W3C registry (REG-5).
pub const MATROSKA: ByteStreamFormat = ByteStreamFormat {
    name: "Matroska",
    mime_types: &["audio/x-matroska", "video/x-matroska"],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports: supports_matroska,
    sniff: |head| doc_type(head).is_some_and(|doc_type| doc_type == b"matroska"),
    new_demuxer,
};

fn new_demuxer(_: &MimeType, limits: &Limits) -> Box<dyn Demuxer> {
    Box::new(WebmDemuxer::new(limits))
}

/// WEBM-1, MIM-6: vorbis and opus in both, video codecs in `video/webm` only. AV1 is not in the
/// table of the format and shipped by all.
fn supports(mime: &MimeType) -> bool {
    all(mime, |codec| {
        matches!(
            codec.family(),
            CodecFamily::Vorbis | CodecFamily::Opus | CodecFamily::Vp8 | CodecFamily::Vp9 | CodecFamily::Av1
        )
    })
}

fn supports_matroska(mime: &MimeType) -> bool {
    all(mime, |codec| {
        matches!(
            codec.family(),
            CodecFamily::Vorbis
                | CodecFamily::Opus
                | CodecFamily::Vp8
                | CodecFamily::Vp9
                | CodecFamily::Av1
                | CodecFamily::Avc
                | CodecFamily::Hevc
                | CodecFamily::Aac
                | CodecFamily::Mp3
                | CodecFamily::Flac
                | CodecFamily::Alac
                | CodecFamily::Ac3
                | CodecFamily::Eac3
                | CodecFamily::Dts
                | CodecFamily::TrueHd
        ) || is_linear_pcm(codec)
    })
}

/// Whether [`crate::codec`] describes linear PCM so: WebCodecs' names, and that of big-endian
/// samples.
fn is_linear_pcm(codec: &Codec) -> bool {
    codec.family() == CodecFamily::Pcm
        && (codec.sample_entry().starts_with("pcm-") || codec.sample_entry() == "ipcm")
}

fn all(mime: &MimeType, carries: impl Fn(&Codec) -> bool) -> bool {
    let audio_only = mime.type_() == "audio";
    match mime.codecs() {
        Codecs::Absent => true,
        codecs => {
            codecs.all_listed(|codec| carries(codec) && (!audio_only || codec.kind() == TrackKind::Audio))
        }
    }
}

fn is_ebml(head: &[u8]) -> bool {
    head.starts_with(&id::EBML.to_be_bytes())
}

/// The DocType, if it is among the first bytes.
fn doc_type(head: &[u8]) -> Option<&[u8]> {
    let Peeked::Header(header) = peek_header(head) else { return None };
    if header.id != id::EBML {
        return None;
    }
    let mut children = Children::new(head.get(header.length..)?, 0).map_while(Result::ok);
    children.find(|child| child.id == id::DOC_TYPE).map(|child| child.data)
}
