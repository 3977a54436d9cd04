//! [`FrameHeader`]: of ADTS (MPA-7) and of MPEG audio (MPA-8).

use mse_codecs::adts::{self, AdtsHeader};
use mse_codecs::mpeg_audio::MpegHeader;
use mse_core::{AudioDescription, ChannelLayout, CodecConfiguration, MediaDescription, TrackDescription};
use std::num::NonZeroU32;

/// The header of a frame of either kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FrameHeader {
    Adts(AdtsHeader),
    Mpeg(MpegHeader),
}

impl FrameHeader {
    #[inline]
    pub(crate) fn parse(bytes: &[u8; adts::HEADER]) -> Option<Self> {
        if let Some(header) = AdtsHeader::parse(bytes) {
            return Some(Self::Adts(header));
        }
        MpegHeader::parse(bytes.first_chunk()?).map(Self::Mpeg)
    }

    /// Bytes of the frame; 0 when the header does not say it.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Adts(header) => header.size.into(),
            Self::Mpeg(header) => header.size.into(),
        }
    }

    /// Bytes of the header in front of what a decoder takes: the header of ADTS says nothing that the configuration does not, and
    /// decoders take raw data blocks.
    pub(crate) fn header_size(&self) -> usize {
        match self {
            Self::Adts(header) => header.header_size(),
            Self::Mpeg(_) => 0,
        }
    }

    pub(crate) fn samples(&self) -> u32 {
        match self {
            Self::Adts(header) => header.samples(),
            Self::Mpeg(header) => header.samples(),
        }
    }

    pub(crate) fn sample_rate(&self) -> NonZeroU32 {
        let rate = match self {
            Self::Adts(header) => header.sample_rate(),
            Self::Mpeg(header) => header.sample_rate,
        };
        NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN)
    }

    /// Whether a frame with this header needs no other configuration than one with the other.
    #[inline]
    pub(crate) fn continues(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Adts(this), Self::Adts(other)) => this.is_like(other),
            (Self::Mpeg(this), Self::Mpeg(other)) => this.is_like(other),
            _ => false,
        }
    }

    /// Whether only a frame says how many channels there are: in a program config element.
    pub(crate) fn leaves_channels_to_frame(&self) -> bool {
        matches!(self, Self::Adts(header) if header.channel_configuration() == 0)
    }

    /// `payload`: the first frame, where its header does not say all.
    pub(crate) fn description(&self, payload: &[u8]) -> TrackDescription {
        let (codec, configuration, channels) = match self {
            Self::Adts(header) => {
                let (config, channels) = header.audio_specific_config(payload);
                let configuration = CodecConfiguration {
                    format: "AudioSpecificConfig",
                    bytes: config.clone(),
                    decoder_specific: Some(config),
                };
                (format!("mp4a.40.{}", header.audio_object_type), configuration, channels)
            }
            Self::Mpeg(header) => {
                let codec = match (header.layer, header.sample_rate >= 32_000) {
                    (3, _) => "mp3",
                    (_, true) => "mp4a.6B",
                    (_, false) => "mp4a.69",
                };
                (codec.to_owned(), CodecConfiguration::default(), if header.is_mono { 1 } else { 2 })
            }
        };
        let channel_layout = match self {
            Self::Adts(header) if header.channel_configuration() > 0 => {
                Some(ChannelLayout::Cicp(header.channel_configuration()))
            }
            _ => None,
        };
        let sample_rate = self.sample_rate().get();
        let audio = AudioDescription { sample_rate, channels, channel_layout, ..AudioDescription::default() };
        TrackDescription { codec, configuration, media: MediaDescription::Audio(audio), encryption: None }
    }
}
