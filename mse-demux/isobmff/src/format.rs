//! [`FORMAT`]: the registry's row (REG-2) and what may be carried (MIM-6).

use crate::demuxer::IsoBmffDemuxer;
use mse_core::mime::Codecs;
use mse_core::{ByteStreamFormat, Codec, CodecFamily, CodecsParameter, Demuxer, Limits, MimeType, TrackKind};

/// The ISO BMFF byte stream format: `audio/mp4` and `video/mp4` (REG-2).
pub const FORMAT: ByteStreamFormat = ByteStreamFormat {
    name: "ISO BMFF",
    mime_types: &["audio/mp4", "video/mp4"],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports,
    sniff,
    new_demuxer,
};

/// [`FORMAT`], and beyond it ordinary files, which are not fragmented: with the `moov` in front
/// they can be appended as they download.
///
/// DEVIATION: ISO-5 and ISO-6 call such files an error. Everything else is as in [`FORMAT`].
#[cfg(feature = "progressive")]
pub const PROGRESSIVE: ByteStreamFormat =
    ByteStreamFormat { name: "ISO BMFF and progressive MP4", new_demuxer: new_progressive_demuxer, ..FORMAT };

fn new_demuxer(_: &MimeType, limits: &Limits) -> Box<dyn Demuxer> {
    Box::new(IsoBmffDemuxer::new(limits, false))
}

#[cfg(feature = "progressive")]
fn new_progressive_demuxer(_: &MimeType, limits: &Limits) -> Box<dyn Demuxer> {
    Box::new(IsoBmffDemuxer::new(limits, true))
}

/// MIM-6: `audio/mp4` takes audio only, `video/mp4` audio and text too; neither takes what has no
/// sample entry.
fn supports(mime: &MimeType) -> bool {
    let audio_only = mime.type_() == "audio";
    match mime.codecs() {
        Codecs::Absent => true,
        codecs => codecs
            .all_listed(|codec| has_sample_entry(codec) && (!audio_only || codec.kind() == TrackKind::Audio)),
    }
}

/// Whether `sample_entry` reads the configuration of this codec (ISO-36). The older names of VP8
/// and VP9 are WebM's; those of Opus and FLAC in lower case are taken, as peers do (COD-8).
fn has_sample_entry(codec: &Codec) -> bool {
    match codec.family() {
        CodecFamily::Vp8 | CodecFamily::Vp9 => codec.details().is_some(),
        CodecFamily::Avc | CodecFamily::Hevc | CodecFamily::Vvc => true,
        CodecFamily::Av1 | CodecFamily::DolbyVision => true,
        CodecFamily::Aac | CodecFamily::Mp3 | CodecFamily::Opus | CodecFamily::Flac | CodecFamily::Alac => {
            true
        }
        CodecFamily::Ac3 | CodecFamily::Eac3 | CodecFamily::Ac4 => true,
        CodecFamily::Dts | CodecFamily::TrueHd | CodecFamily::Iamf => true,
        // The names of WebCodecs are other containers'.
        CodecFamily::Pcm => !codec.sample_entry().starts_with("pcm-") && codec.sample_entry() != "1",
        CodecFamily::MpegH => matches!(codec.sample_entry(), "mha1" | "mhm1"),
        CodecFamily::WebVtt | CodecFamily::Ttml | CodecFamily::Tx3g => true,
        _ => false,
    }
}

/// Whether the first box is one that streams begin with, of a size that its kind can have.
fn sniff(head: &[u8]) -> bool {
    let Some(&[a, b, c, d, kind @ ..]) = head.first_chunk::<8>() else { return false };
    let size = u32::from_be_bytes([a, b, c, d]);
    match &kind {
        b"ftyp" | b"styp" => size >= 16 && size % 4 == 0 && size < 4096,
        // The last two begin files that cannot be appended as they are, which the demuxer says
        // better than one who knows no format.
        b"moov" | b"moof" | b"sidx" | b"prft" | b"emsg" | b"free" | b"skip" | b"pdin" | b"wide" | b"mdat" => {
            size == 1 || size >= 8
        }
        _ => false,
    }
}
