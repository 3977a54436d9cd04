//! [`Sound`]: a codec with its parameters as codec string and configuration record, in the form that the other containers give them.

use bytes::Bytes;
use mse_codecs::opus::OpusConfiguration;
use mse_core::{
    AudioDescription, ChannelLayout, CodecConfiguration, MediaDescription, MediaTime, PreRoll, Track,
    TrackDescription, TrackId, TrackKind,
};
use std::num::NonZeroU32;

/// A comment header that says nothing. Decoders want one, and the stream's own has pictures and
/// texts.
const VORBIS_COMMENT: &[u8] = b"\x03vorbis\0\0\0\0\0\0\0\0\x01";
/// Bytes of FLAC's STREAMINFO.
pub(crate) const STREAMINFO: usize = 34;

/// All that a track says of its sound.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    /// COD-8, COD-13.
    pub(crate) codec: &'static str,
    /// The record, as Matroska has it in CodecPrivate (WEBM-21).
    pub(crate) configuration: CodecConfiguration,
    pub(crate) rate: NonZeroU32,
    pub(crate) channels: u16,
    pub(crate) channel_layout: Option<ChannelLayout>,
    pub(crate) sample_size: u16,
    /// Samples of Opus' pre-skip (RFC 7845 section 4.2, WEBM-20).
    pub(crate) pre_skip: u16,
}

impl Sound {
    /// Opus, by its identification header. The times of every container count in 48 kHz.
    pub(crate) fn opus(head: &[u8]) -> Option<Self> {
        let &[_, _, _, _, _, _, _, _, version, channels, low, high, ..] = head else { return None };
        let is_whole = head.len() >= 19 && (head[18] == 0 || head.len() >= 21 + usize::from(channels));
        // A higher major version is another format.
        (is_whole && version < 16 && channels > 0).then(|| Self {
            codec: "opus",
            configuration: private(Bytes::copy_from_slice(head), None),
            rate: const { NonZeroU32::new(OpusConfiguration::SAMPLE_RATE).unwrap() },
            channels: channels.into(),
            channel_layout: None,
            sample_size: 0,
            pre_skip: u16::from_le_bytes([low, high]),
        })
    }

    /// Vorbis, by its identification and setup header: three headers, Xiph-laced.
    pub(crate) fn vorbis(identification: &[u8], setup: &[u8]) -> Option<Self> {
        let fields = identification.strip_prefix(b"\x01vorbis")?;
        let (&channels, rate) = (fields.get(4)?, fields.get(5..9)?.first_chunk()?);
        let rate = NonZeroU32::new(u32::from_le_bytes(*rate))?;
        let sizes = [2, u8::try_from(identification.len()).ok()?, VORBIS_COMMENT.len() as u8];
        let bytes = [&sizes, identification, VORBIS_COMMENT, setup].concat();
        (channels > 0).then(|| Self {
            codec: "vorbis",
            configuration: private(bytes.into(), None),
            rate,
            channels: channels.into(),
            channel_layout: None,
            sample_size: 0,
            pre_skip: 0,
        })
    }

    /// FLAC, by STREAMINFO: `fLaC`, and it as the last block.
    pub(crate) fn flac(streaminfo: &[u8]) -> Option<Self> {
        /// Speakers of one to eight channels (RFC 9639 section 9.1.3).
        const SPEAKERS: [u64; 8] = [0x1, 0x3, 0x7, 0x33, 0x37, 0x3F, 0x70F, 0x63F];
        let bytes = Bytes::from([&b"fLaC\x80\0\0"[..], &[STREAMINFO as u8], streaminfo].concat());
        // The record of ISO BMFF has version and flags where this has the marker.
        let info = mse_codecs::flac::FlacStreamInfo::parse(&bytes)?;
        let channel_layout = SPEAKERS.get(usize::from(info.channels) - 1).copied().map(ChannelLayout::Mask);
        Some(Self {
            codec: "flac",
            configuration: private(bytes, Some(Bytes::copy_from_slice(streaminfo))),
            rate: NonZeroU32::new(info.sample_rate)?,
            channels: info.channels.into(),
            channel_layout,
            sample_size: info.sample_size.into(),
            pre_skip: 0,
        })
    }

    /// TRK-9: one track without attributes.
    pub(crate) fn track(&self, id: TrackId) -> Track {
        let is_opus = self.codec == "opus";
        let time = |samples: i64| MediaTime::from_ticks(samples, self.rate).unwrap_or_default();
        let audio = AudioDescription {
            sample_rate: self.rate.get(),
            channels: self.channels,
            channel_layout: self.channel_layout,
            sample_size: self.sample_size,
            codec_delay: time(self.pre_skip.into()),
            seek_pre_roll: if is_opus { PreRoll::OPUS } else { MediaTime::ZERO },
        };
        let description = TrackDescription {
            codec: self.codec.to_owned(),
            configuration: self.configuration.clone(),
            media: MediaDescription::Audio(audio),
            encryption: None,
        };
        Track {
            id,
            kind: TrackKind::Audio,
            timescale: self.rate,
            language: String::new(),
            label: String::new(),
            kinds: Vec::new(),
            descriptions: vec![description],
        }
    }
}

fn private(bytes: Bytes, decoder_specific: Option<Bytes>) -> CodecConfiguration {
    CodecConfiguration { format: "CodecPrivate", bytes, decoder_specific }
}
