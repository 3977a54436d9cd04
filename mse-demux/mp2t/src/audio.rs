//! Frames of ADTS, MPEG audio, AC-3 and E-AC-3 (TS-22, TS-24).

use crate::error_code::FRAME_INVALID;
use crate::sound::{Probe, Refusal, SoundFormat, Taken};
use bytes::Bytes;
use mse_codecs::ac3::{Ac3AccessUnit, Ac3Frame};
use mse_codecs::adts::{self, AdtsHeader};
use mse_codecs::mpeg_audio::MpegHeader;
use mse_core::{
    AudioDescription, ChannelLayout, CodecConfiguration, DiscardPadding, ErrorCode, FrameData,
    MediaDescription, MediaTime, TrackDescription,
};
use std::num::NonZeroU32;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AudioKind {
    Adts,
    Mpeg,
    Ac3,
}

/// A frame's header, of whatever kind.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Header {
    /// Bytes with header, and bytes of the header that are no part of the frame.
    size: usize,
    skip: usize,
    /// 0 of frames that are passed over.
    samples: u32,
    configuration: Configuration,
}

impl From<AdtsHeader> for Header {
    fn from(header: AdtsHeader) -> Self {
        Self {
            size: header.size.into(),
            skip: header.header_size(),
            samples: header.samples(),
            configuration: Configuration::Adts(header),
        }
    }
}

/// Header values that a description is made of.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Configuration {
    Adts(AdtsHeader),
    Mpeg { layer: u8, sample_rate: u32, channels: u16 },
    Ac3 { is_enhanced: bool, sample_rate: u32, channels: u16 },
}

/// An audio stream.
#[derive(Debug)]
pub(crate) struct Audio {
    kind: AudioKind,
    described: Option<Configuration>,
}

impl Audio {
    pub(crate) fn new(kind: AudioKind) -> Self {
        Self { kind, described: None }
    }

    /// The header of an ADTS frame like the last one, and that of the last one: nearly all are.
    #[inline]
    fn usual_adts(&self, bytes: &[u8]) -> Option<(&AdtsHeader, AdtsHeader)> {
        let Some(Configuration::Adts(described)) = &self.described else { return None };
        Some((described, described.parse_like(bytes.first_chunk()?)?))
    }

    /// The description was not told.
    pub(crate) fn forget_description(&mut self) {
        self.described = None;
    }
}

impl SoundFormat for Audio {
    fn probe(&self, bytes: &[u8]) -> Probe {
        if let Some((described, header)) = self.usual_adts(bytes) {
            return Probe::Frame(header.size.into(), described.has_crc() == header.has_crc());
        }
        match self.kind.header(bytes) {
            Ok(None) => Probe::Short,
            Err(_) => Probe::None,
            Ok(Some(header)) => {
                let is_usual =
                    self.described.is_none_or(|described| described.is_usual(&header.configuration));
                Probe::Frame(header.size, is_usual || header.samples == 0)
            }
        }
    }

    fn is_nearly(&self, bytes: &[u8]) -> bool {
        let Some(word) = bytes.first_chunk().map(|word| u32::from_be_bytes(*word)) else { return false };
        let (mask, value) = match (self.kind, &self.described) {
            (AudioKind::Adts, Some(Configuration::Adts(header))) => header.fixed_header(),
            (AudioKind::Ac3, _) => (0xFFFF_0000, 0x0B77_0000),
            _ => (0xFFE0_0000, 0xFFE0_0000),
        };
        ((word ^ value) & mask).count_ones() <= mask.count_ones() / 8
    }

    fn take(
        &mut self,
        data: &Bytes,
        (at, size): (usize, usize),
        out: &mut Vec<Taken>,
    ) -> Result<MediaTime, Refusal> {
        let bytes = &data[at..at + size];
        let header = match self.usual_adts(bytes) {
            Some((_, header)) => Some(Header::from(header)),
            None => self.kind.header(bytes).ok().flatten(),
        };
        let Some(header) = header.filter(|header| header.samples > 0 && header.size >= header.skip) else {
            return Err(Refusal { code: FRAME_INVALID, duration: Some(MediaTime::ZERO) });
        };
        if !self.described.is_some_and(|described| described.is_like(&header.configuration)) {
            let payload = &data[at + header.skip..at + size];
            out.push(Taken::Description(Box::new(header.configuration.description(payload))));
        }
        self.described = Some(header.configuration);
        let rate = header.configuration.sample_rate();
        let duration = MediaTime::from_ticks(header.samples.into(), rate).unwrap_or_default();
        let (offset, length) = ((at + header.skip) as u32, (size - header.skip) as u32);
        let frame = FrameData::new(data.clone(), offset, length).unwrap_or_default();
        out.push(Taken::Frame(frame, duration, DiscardPadding::NONE));
        Ok(duration)
    }
}

impl AudioKind {
    /// Whether the first two bytes are those of a sync word, as far as they are there.
    fn may_begin(self, bytes: &[u8]) -> bool {
        let (first, mask, second) = match self {
            Self::Adts => (0xFF, 0xF6, 0xF0),
            Self::Mpeg => (0xFF, 0xE0, 0xE0),
            Self::Ac3 => (0x0B, 0xFF, 0x77),
        };
        bytes.first().is_none_or(|byte| *byte == first)
            && bytes.get(1).is_none_or(|byte| byte & mask == second)
    }

    /// The header of the next frame; `None` when more bytes are needed.
    fn header(self, bytes: &[u8]) -> Result<Option<Header>, ErrorCode> {
        if !self.may_begin(bytes) {
            return Err(FRAME_INVALID);
        }
        let found = match self {
            Self::Adts => {
                let Some(head) = bytes.first_chunk::<{ adts::HEADER }>() else { return Ok(None) };
                AdtsHeader::parse(head).map(Header::from)
            }
            Self::Mpeg => {
                let Some(head) = bytes.first_chunk::<4>() else { return Ok(None) };
                let header = MpegHeader::parse(head).filter(|header| header.size > 0);
                header.map(|header| Header {
                    size: header.size.into(),
                    skip: 0,
                    samples: header.samples(),
                    configuration: Configuration::Mpeg {
                        layer: header.layer,
                        sample_rate: header.sample_rate,
                        channels: if header.is_mono { 1 } else { 2 },
                    },
                })
            }
            Self::Ac3 => {
                if bytes.len() < Ac3Frame::HEADER {
                    return Ok(None);
                }
                // Its frames lie in one PES packet.
                Ac3AccessUnit::parse(bytes).map(|unit| Header {
                    size: unit.size,
                    skip: 0,
                    samples: unit.samples,
                    configuration: Configuration::Ac3 {
                        is_enhanced: unit.is_enhanced,
                        sample_rate: unit.sample_rate,
                        channels: unit.channels,
                    },
                })
            }
        };
        found.filter(|header| header.size > 0).map(Some).ok_or(FRAME_INVALID)
    }
}

impl Configuration {
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Adts(this), Self::Adts(other)) => this.is_like(other),
            (this, other) => this == other,
        }
    }

    /// Whether a frame of this configuration is what follows one of the other, but for a change in
    /// the stream.
    fn is_usual(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Adts(this), Self::Adts(other)) => this.is_like(other) && this.has_crc() == other.has_crc(),
            (this, other) => this == other,
        }
    }

    fn sample_rate(&self) -> NonZeroU32 {
        let rate = match self {
            Self::Adts(header) => header.sample_rate(),
            Self::Mpeg { sample_rate, .. } | Self::Ac3 { sample_rate, .. } => *sample_rate,
        };
        NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN)
    }

    /// `payload`: the first frame.
    fn description(&self, payload: &[u8]) -> TrackDescription {
        let sample_rate = self.sample_rate().get();
        let mut audio = AudioDescription { sample_rate, ..AudioDescription::default() };
        let mut configuration = CodecConfiguration::default();
        let codec = match self {
            Self::Adts(header) => {
                let (config, channels) = header.audio_specific_config(payload);
                configuration = CodecConfiguration {
                    format: "AudioSpecificConfig",
                    bytes: config.clone(),
                    decoder_specific: Some(config),
                };
                audio.channels = channels;
                audio.seek_pre_roll = header.pre_roll();
                let layout = header.channel_configuration();
                audio.channel_layout = (layout > 0).then_some(ChannelLayout::Cicp(layout));
                format!("mp4a.40.{}", header.audio_object_type)
            }
            Self::Mpeg { layer, channels, sample_rate } => {
                audio.channels = *channels;
                match (layer, *sample_rate >= 32_000) {
                    (3, _) => "mp3",
                    (_, true) => "mp4a.6B",
                    (_, false) => "mp4a.69",
                }
                .to_owned()
            }
            Self::Ac3 { is_enhanced, channels, .. } => {
                audio.channels = *channels;
                if *is_enhanced { "ec-3" } else { "ac-3" }.to_owned()
            }
        };
        TrackDescription { codec, configuration, media: MediaDescription::Audio(audio), encryption: None }
    }
}
