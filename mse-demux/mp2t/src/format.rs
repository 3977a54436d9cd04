//! [`FORMAT`]: the registry's row (REG-3) and what may be carried (MIM-6).

use crate::demuxer::Mp2tDemuxer;
use crate::packet::{Layout, PACKET};
use crate::sync::begins_later;
use mse_core::mime::Codecs;
use mse_core::{ByteStreamFormat, CodecFamily, CodecsParameter, MimeType, TrackKind};

/// The MPEG-2 TS byte stream format: `video/mp2t` and `audio/mp2t` (REG-3, TS-1, DIS-24).
pub const FORMAT: ByteStreamFormat = ByteStreamFormat {
    name: "MPEG-2 TS",
    mime_types: &["video/mp2t", "audio/mp2t"],
    generate_timestamps: false,
    codecs: CodecsParameter::Optional,
    supports,
    sniff: |head| Layout::find(head).is_some() && head.len() > PACKET || begins_later(head),
    new_demuxer: |mime, limits| Box::new(Mp2tDemuxer::new(mime, limits)),
};

fn supports(mime: &MimeType) -> bool {
    let audio_only = mime.type_() == "audio";
    match mime.codecs() {
        Codecs::Absent => true,
        codecs => codecs.all_listed(|codec| {
            let carried = matches!(
                codec.family(),
                CodecFamily::Avc
                    | CodecFamily::Hevc
                    | CodecFamily::Aac
                    | CodecFamily::Mp3
                    | CodecFamily::Opus
                    | CodecFamily::Ac3
                    | CodecFamily::Eac3
            );
            carried && (!audio_only || codec.kind() == TrackKind::Audio)
        }),
    }
}
