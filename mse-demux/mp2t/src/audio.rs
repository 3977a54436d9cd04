//! Sound: ADTS, MPEG audio, AC-3 and E-AC-3 frames, several to a PES packet or one across two (TS-24).

use crate::elementary::Unit;
use crate::error_code::FRAME_INVALID;
use crate::pes::Pes;
use crate::timestamp::time;
use bytes::{Bytes, BytesMut};
use mse_codecs::ac3::{Ac3AccessUnit, Ac3Frame};
use mse_codecs::adts::{self, AdtsHeader};
use mse_codecs::mpeg_audio::MpegHeader;
use mse_core::{
    AudioDescription, ChannelLayout, CodecConfiguration, CodedFrame, DiscardPadding, ErrorCode, FrameData,
    MediaDescription, MediaTime, TrackDescription, TrackId,
};
use std::collections::VecDeque;
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

/// What a description is made of.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Configuration {
    Adts(AdtsHeader),
    Mpeg { layer: u8, sample_rate: u32, channels: u16 },
    Ac3 { is_enhanced: bool, sample_rate: u32, channels: u16 },
}

/// An audio stream.
#[derive(Debug)]
pub(crate) struct Audio {
    id: TrackId,
    kind: AudioKind,
    described: Option<Configuration>,
    carry: Carry,
}

/// What goes on in the next PES packet.
#[derive(Debug, Default)]
pub(crate) struct Carry {
    /// The beginning of a frame.
    rest: Bytes,
    /// When the next frame is, if no PES packet says it.
    next: MediaTime,
}

impl Carry {
    pub(crate) fn clear(&mut self) {
        self.rest = Bytes::new();
    }

    /// Takes the frames of a PES packet. `frame` reads the one that begins at a position and a time; it says where and when the next
    /// one begins, and nothing when more bytes are needed.
    pub(crate) fn take(
        &mut self,
        pes: &Pes,
        pts: i64,
        mut frame: impl FnMut(&Bytes, usize, MediaTime) -> Result<Option<(usize, MediaTime)>, ErrorCode>,
    ) -> Result<(), ErrorCode> {
        let carried = self.rest.len();
        let data = if carried == 0 {
            pes.payload.clone()
        } else {
            let mut joined = BytesMut::with_capacity(carried + pes.payload.len());
            joined.extend_from_slice(&self.rest);
            joined.extend_from_slice(&pes.payload);
            joined.freeze()
        };
        let mut at = 0;
        let mut start = if carried == 0 { time(pts) } else { self.next };
        let mut has_own_time = carried == 0;
        loop {
            // The time of the packet is that of the first frame that begins in it.
            if !has_own_time && at >= carried {
                start = time(pts);
                has_own_time = true;
            }
            let Some(next) = frame(&data, at, start)? else { break };
            (at, start) = next;
        }
        self.next = start;
        // Copied: it is small, and the packet is not.
        self.rest = Bytes::copy_from_slice(&data[at..]);
        Ok(())
    }
}

impl Audio {
    pub(crate) fn new(id: TrackId, kind: AudioKind) -> Self {
        Self { id, kind, described: None, carry: Carry::default() }
    }

    pub(crate) fn clear(&mut self) {
        self.carry.clear();
    }

    pub(crate) fn take(&mut self, pes: &Pes, pts: i64, out: &mut VecDeque<Unit>) -> Result<(), ErrorCode> {
        let Self { id, kind, described, carry } = self;
        carry.take(pes, pts, |data, at, start| {
            let Some(header) = kind.header(&data[at..])? else { return Ok(None) };
            let Some(end) = at.checked_add(header.size).filter(|end| *end <= data.len()) else {
                return Ok(None);
            };
            if header.samples == 0 {
                return Ok(Some((end, start)));
            }
            if !described.is_some_and(|described| described.is_like(&header.configuration)) {
                *described = Some(header.configuration);
                let payload = &data[at + header.skip..end];
                out.push_back(Unit::Description(header.configuration.description(payload)));
            }
            let rate = header.configuration.sample_rate();
            let duration = MediaTime::from_ticks(header.samples.into(), rate).unwrap_or_default();
            let (offset, length) = ((at + header.skip) as u32, (header.size - header.skip) as u32);
            let frame_data = FrameData::new(data.clone(), offset, length).unwrap_or_default();
            out.push_back(Unit::Frame(frame(*id, start, duration, frame_data)));
            Ok(Some((end, start + duration)))
        })
    }
}

impl AudioKind {
    /// The header of the next frame; `None` when more bytes are needed.
    fn header(self, bytes: &[u8]) -> Result<Option<Header>, ErrorCode> {
        let found = match self {
            Self::Adts => {
                let Some(head) = bytes.first_chunk::<{ adts::HEADER }>() else { return Ok(None) };
                AdtsHeader::parse(head).map(|header| Header {
                    size: header.size.into(),
                    skip: header.header_size(),
                    samples: header.samples(),
                    configuration: Configuration::Adts(header),
                })
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

/// A frame of sound.
pub(crate) fn frame(id: TrackId, start: MediaTime, duration: MediaTime, data: FrameData) -> CodedFrame {
    CodedFrame {
        track_id: id,
        description: 0,
        is_random_access_point: true,
        presentation_timestamp: start,
        decode_timestamp: start,
        duration,
        is_duration_estimated: false,
        discard: DiscardPadding::NONE,
        data,
        encryption: None,
        side_data: None,
    }
}

impl Configuration {
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Adts(this), Self::Adts(other)) => this.is_like(other),
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
