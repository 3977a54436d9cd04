//! Encoded frames instead of bytes: what a SourceBuffer for WebCodecs takes (WCX).

use crate::time::MediaTime;
use crate::track::{
    AudioDescription, CodecConfiguration, Colour, MediaDescription, TrackDescription, VideoDescription,
};
use crate::track_kind::TrackKind;
use bytes::Bytes;
use std::num::NonZeroU32;

const MICROSECONDS: NonZeroU32 = NonZeroU32::new(1_000_000).unwrap();

/// `SourceBufferConfig`: exactly one of the two must be there (WCX-1).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SourceBufferConfig {
    /// `audioConfig`.
    pub audio: Option<AudioDecoderConfig>,
    /// `videoConfig`.
    pub video: Option<VideoDecoderConfig>,
}

/// `AudioDecoderConfig` of WebCodecs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AudioDecoderConfig {
    /// Codec string.
    pub codec: String,
    /// Samples per second.
    pub sample_rate: u32,
    /// `numberOfChannels`.
    pub number_of_channels: u16,
    /// The record that the codec's WebCodecs registration asks for: an AudioSpecificConfig, an
    /// OpusHead.
    pub description: Option<Bytes>,
}

/// `VideoDecoderConfig` of WebCodecs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct VideoDecoderConfig {
    /// Codec string.
    pub codec: String,
    /// Pixels across; 0 when unknown.
    pub coded_width: u32,
    /// Pixels down.
    pub coded_height: u32,
    /// `displayAspectWidth` and `displayAspectHeight`.
    pub display_aspect: Option<(u32, u32)>,
    /// `colorSpace`.
    pub colour: Option<Colour>,
    /// The record that the codec's WebCodecs registration asks for: an avcC or hvcC.
    pub description: Option<Bytes>,
}

/// `EncodedAudioChunk` or `EncodedVideoChunk`.
#[derive(Clone, PartialEq, Debug)]
pub struct EncodedChunk {
    /// Audio or video.
    pub kind: TrackKind,
    /// `type` is "key".
    pub key: bool,
    /// `timestamp` in microseconds.
    pub timestamp: i64,
    /// `duration` in microseconds; video must have one (WCX-4).
    pub duration: Option<u64>,
    /// The coded bytes.
    pub data: Bytes,
}

impl EncodedChunk {
    /// `timestamp` on the number line; `None` when it is beyond.
    pub fn time(&self) -> Option<MediaTime> {
        MediaTime::from_ticks(self.timestamp, MICROSECONDS)
    }

    /// `duration` on the number line; for sound that has none the 22 ms that Chromium takes
    /// (WCX-5).
    pub fn duration_time(&self) -> Option<MediaTime> {
        const ESTIMATE: u64 = 22_000;
        MediaTime::from_ticks(i64::try_from(self.duration.unwrap_or(ESTIMATE)).ok()?, MICROSECONDS)
    }
}

impl SourceBufferConfig {
    /// The kind of the one configuration there is; `None` for none or two (WCX-1).
    pub fn kind(&self) -> Option<TrackKind> {
        match (&self.audio, &self.video) {
            (Some(_), None) => Some(TrackKind::Audio),
            (None, Some(_)) => Some(TrackKind::Video),
            _ => None,
        }
    }

    /// Whether WebCodecs calls the configuration valid (WCX-2).
    pub fn is_valid(&self) -> bool {
        match (&self.audio, &self.video) {
            (Some(audio), None) => {
                !audio.codec.trim().is_empty() && audio.sample_rate > 0 && audio.number_of_channels > 0
            }
            (None, Some(video)) => !video.codec.trim().is_empty(),
            _ => false,
        }
    }

    /// Description of the track for a decoder; `None` unless exactly one of the configurations is
    /// there.
    pub fn track_description(&self) -> Option<TrackDescription> {
        let configuration = |description: &Option<Bytes>| CodecConfiguration {
            format: "description",
            bytes: description.clone().unwrap_or_default(),
            decoder_specific: None,
        };
        match (&self.audio, &self.video) {
            (Some(audio), None) => Some(TrackDescription {
                codec: audio.codec.clone(),
                configuration: configuration(&audio.description),
                media: MediaDescription::Audio(AudioDescription {
                    sample_rate: audio.sample_rate,
                    channels: audio.number_of_channels,
                    ..AudioDescription::default()
                }),
                encryption: None,
            }),
            (None, Some(video)) => Some(TrackDescription {
                codec: video.codec.clone(),
                configuration: configuration(&video.description),
                media: MediaDescription::Video(video.description()),
                encryption: None,
            }),
            _ => None,
        }
    }
}

impl VideoDecoderConfig {
    fn description(&self) -> VideoDescription {
        let (width, height) = (self.coded_width, self.coded_height);
        let display_width = match self.display_aspect {
            Some((across, down)) if down > 0 => {
                u32::try_from(u64::from(height) * u64::from(across) / u64::from(down)).unwrap_or(width)
            }
            _ => width,
        };
        VideoDescription {
            coded_width: width,
            coded_height: height,
            pixel_aspect: (1, 1),
            display_width,
            display_height: height,
            colour: self.colour,
            ..VideoDescription::default()
        }
    }
}
