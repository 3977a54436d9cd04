//! What symphonia calls a codec in the words of the engine: codec string and configuration record, as the other containers give them.

use bytes::Bytes;
use mse_codecs::opus::OpusConfiguration;
use mse_core::{ChannelLayout, CodecConfiguration, MediaTime};
use std::num::NonZeroU32;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_FLAC, CODEC_ID_OPUS, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64LE,
    CODEC_ID_PCM_MULAW, CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32LE, CODEC_ID_PCM_U8,
    CODEC_ID_VORBIS,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};

/// Bytes of Vorbis' identification header.
pub(crate) const VORBIS_IDENTIFICATION: usize = 30;
/// A comment header that says nothing. Symphonia does not keep the stream's own, and decoders want one.
pub(crate) const VORBIS_COMMENT: &[u8] = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";
/// Bytes of FLAC's STREAMINFO.
pub(crate) const STREAMINFO: usize = 34;

/// What a codec makes different.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Opus,
    Vorbis,
    Flac,
    Pcm(Pcm),
}

/// Linear and companded samples in WAV.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Pcm {
    /// As WebCodecs names it (<https://www.w3.org/TR/webcodecs-pcm-codec-registration/>).
    pub(crate) name: &'static str,
    /// Format tag of WAV.
    pub(crate) tag: u16,
    /// Bytes of a sample.
    pub(crate) size: u8,
}

/// Every kind of samples, by symphonia's id.
const PCM: &[(AudioCodecId, Pcm)] = &[
    (CODEC_ID_PCM_U8, Pcm { name: "pcm-u8", tag: 1, size: 1 }),
    (CODEC_ID_PCM_S16LE, Pcm { name: "pcm-s16", tag: 1, size: 2 }),
    (CODEC_ID_PCM_S24LE, Pcm { name: "pcm-s24", tag: 1, size: 3 }),
    (CODEC_ID_PCM_S32LE, Pcm { name: "pcm-s32", tag: 1, size: 4 }),
    (CODEC_ID_PCM_F32LE, Pcm { name: "pcm-f32", tag: 3, size: 4 }),
    (CODEC_ID_PCM_F64LE, Pcm { name: "pcm-f64", tag: 3, size: 8 }),
    (CODEC_ID_PCM_ALAW, Pcm { name: "alaw", tag: 6, size: 1 }),
    (CODEC_ID_PCM_MULAW, Pcm { name: "ulaw", tag: 7, size: 1 }),
];

impl Kind {
    /// `None` for a codec that is not carried here.
    pub(crate) fn of(codec: AudioCodecId) -> Option<Self> {
        Some(match codec {
            CODEC_ID_OPUS => Self::Opus,
            CODEC_ID_VORBIS => Self::Vorbis,
            CODEC_ID_FLAC => Self::Flac,
            _ => Self::Pcm(PCM.iter().find(|(id, _)| *id == codec)?.1),
        })
    }

    /// COD-8, COD-13.
    pub(crate) fn codec(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Vorbis => "vorbis",
            Self::Flac => "flac",
            Self::Pcm(pcm) => pcm.name,
        }
    }

    /// The record, as Matroska has it in CodecPrivate (WEBM-21): OpusHead, three laced headers of Vorbis, a FLAC header with STREAMINFO.
    /// `None` when it is not whole.
    pub(crate) fn configuration(self, extra_data: &[u8]) -> Option<CodecConfiguration> {
        let (bytes, decoder_specific) = match self {
            Self::Opus => (Bytes::copy_from_slice(extra_data), None),
            Self::Vorbis => (laced_vorbis(extra_data)?, None),
            Self::Flac => (flac_header(extra_data)?, Some(Bytes::copy_from_slice(extra_data))),
            Self::Pcm(_) => return Some(CodecConfiguration::default()),
        };
        Some(CodecConfiguration { format: "CodecPrivate", bytes, decoder_specific })
    }

    /// What of the first output of the decoder is no sound: Opus' pre-skip (RFC 7845 section 4.2, WEBM-20).
    pub(crate) fn codec_delay(self, extra_data: &[u8]) -> MediaTime {
        match (self, extra_data) {
            (Self::Opus, [_, _, _, _, _, _, _, _, _, _, low, high, ..]) => {
                opus_time(u16::from_le_bytes([*low, *high]).into())
            }
            _ => MediaTime::ZERO,
        }
    }

    /// How far before its target decoding begins: 80 ms of Opus (RFC 7845 section 4.6).
    pub(crate) fn seek_pre_roll(self) -> MediaTime {
        match self {
            Self::Opus => opus_time(3840),
            _ => MediaTime::ZERO,
        }
    }

    /// Speakers, where the channels come in the order of the mask: not in Opus and Vorbis.
    pub(crate) fn channel_layout(self, parameters: &AudioCodecParameters) -> Option<ChannelLayout> {
        /// Positions that WAVEFORMATEXTENSIBLE has; the others are symphonia's own.
        const KNOWN: u64 = (1 << 18) - 1;
        match (self, &parameters.channels) {
            (Self::Flac | Self::Pcm(_), Some(Channels::Positioned(mask))) if mask.bits() & !KNOWN == 0 => {
                Some(ChannelLayout::Mask(mask.bits()))
            }
            _ => None,
        }
    }
}

fn opus_time(samples: i64) -> MediaTime {
    const RATE: NonZeroU32 = NonZeroU32::new(OpusConfiguration::SAMPLE_RATE).unwrap();
    MediaTime::from_ticks(samples, RATE).unwrap_or_default()
}

/// Identification and setup header, one behind the other, as three Xiph-laced headers.
fn laced_vorbis(extra_data: &[u8]) -> Option<Bytes> {
    let (identification, setup) = extra_data.split_at_checked(VORBIS_IDENTIFICATION)?;
    setup.strip_prefix(b"\x05vorbis")?;
    let sizes = [2, identification.len() as u8, VORBIS_COMMENT.len() as u8];
    Some(Bytes::from([&sizes, identification, VORBIS_COMMENT, setup].concat()))
}

/// `fLaC` and a STREAMINFO that is the last block.
pub(crate) fn flac_header(streaminfo: &[u8]) -> Option<Bytes> {
    (streaminfo.len() == STREAMINFO)
        .then(|| Bytes::from([&b"fLaC\x80\0\0"[..], &[STREAMINFO as u8], streaminfo].concat()))
}
