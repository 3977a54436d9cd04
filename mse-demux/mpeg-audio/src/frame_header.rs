//! [`FrameHeader`]: of ADTS (MPA-7), of MPEG audio (MPA-8), and of AC-3 and E-AC-3.

use mse_codecs::ac3::Ac3AccessUnit;
use mse_codecs::adts::{self, AdtsHeader};
use mse_codecs::mpeg_audio::MpegHeader;
use mse_core::{
    AudioDescription, ChannelLayout, CodecConfiguration, MediaDescription, MediaTime, TrackDescription,
};
use std::num::NonZeroU32;

/// The header of a frame of any kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FrameHeader {
    Adts(AdtsHeader),
    Mpeg(MpegHeader),
    Ac3(Ac3AccessUnit),
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
            Self::Ac3(unit) => unit.size,
        }
    }

    /// The name of the frame in messages.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Adts(_) => "an ADTS frame",
            Self::Mpeg(_) => "an MPEG audio frame",
            Self::Ac3(_) => "an AC-3 frame",
        }
    }

    /// Bytes of the header in front of what a decoder takes: the header of ADTS says nothing that
    /// the configuration does not, and decoders take raw data blocks.
    pub(crate) fn header_size(&self) -> usize {
        match self {
            Self::Adts(header) => header.header_size(),
            Self::Mpeg(_) | Self::Ac3(_) => 0,
        }
    }

    pub(crate) fn samples(&self) -> u32 {
        match self {
            Self::Adts(header) => header.samples(),
            Self::Mpeg(header) => header.samples(),
            Self::Ac3(unit) => unit.samples,
        }
    }

    pub(crate) fn sample_rate(&self) -> NonZeroU32 {
        let rate = match self {
            Self::Adts(header) => header.sample_rate(),
            Self::Mpeg(header) => header.sample_rate,
            Self::Ac3(unit) => unit.sample_rate,
        };
        NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN)
    }

    /// Whether a frame with this header needs no other configuration than one with the other.
    #[inline]
    pub(crate) fn continues(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Adts(this), Self::Adts(other)) => this.is_like(other),
            (Self::Mpeg(this), Self::Mpeg(other)) => this.is_like(other),
            (Self::Ac3(this), Self::Ac3(other)) => {
                let configuration =
                    |unit: &Ac3AccessUnit| (unit.is_enhanced, unit.sample_rate, unit.channels);
                configuration(this) == configuration(other)
            }
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
            Self::Ac3(unit) => {
                let codec = if unit.is_enhanced { "ec-3" } else { "ac-3" };
                (codec.to_owned(), CodecConfiguration::default(), unit.channels)
            }
        };
        let channel_layout = match self {
            Self::Adts(header) if header.channel_configuration() > 0 => {
                Some(ChannelLayout::Cicp(header.channel_configuration()))
            }
            _ => None,
        };
        let sample_rate = self.sample_rate().get();
        let seek_pre_roll = match self {
            Self::Adts(header) => header.pre_roll(),
            _ => MediaTime::ZERO,
        };
        let audio = AudioDescription {
            sample_rate,
            channels,
            channel_layout,
            seek_pre_roll,
            ..AudioDescription::default()
        };
        TrackDescription { codec, configuration, media: MediaDescription::Audio(audio), encryption: None }
    }
}
