//! The parameter sets of a video stream, and the description that they make (TS-23).

use crate::nal::{Role, VideoKind};
use bytes::Bytes;
use mse_codecs::avc::{AvcConfiguration, AvcSequence};
use mse_codecs::hevc::{HevcConfiguration, HevcSequence};
use mse_codecs::{annexb, rfc6381};
use mse_core::{CodecConfiguration, MediaDescription, MediaTime, TrackDescription, VideoDescription};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;

/// The parameter sets that stand in the stream, by their ids' order of coming.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct ParameterSets {
    video: Vec<Bytes>,
    sequence: Vec<Bytes>,
    picture: Vec<Bytes>,
    /// As the sequence states it.
    picture_duration: Option<MediaTime>,
}

/// 1 s to 1/300 s: encoders of variable rates state the finest time that there may be.
const PLAUSIBLE: RangeInclusive<i64> = 300..=90_000;

/// Sets of one kind that are kept: a stream that goes on adding others keeps the last ones.
const MAX_SETS: usize = 16;

impl ParameterSets {
    /// Keeps a set, once. Another sequence replaces the one before, and with it what depends on it.
    pub(crate) fn keep(&mut self, kind: VideoKind, role: Role, nal: &[u8]) {
        let sets = match role {
            Role::VideoSet => &mut self.video,
            Role::SequenceSet => &mut self.sequence,
            Role::PictureSet => &mut self.picture,
            _ => return,
        };
        if sets.iter().any(|known| known == nal) {
            return;
        }
        if role == Role::SequenceSet {
            sets.clear();
            self.picture.clear();
            self.picture_duration = picture_duration(kind, nal);
        }
        let sets = match role {
            Role::VideoSet => &mut self.video,
            Role::SequenceSet => &mut self.sequence,
            _ => &mut self.picture,
        };
        if sets.len() == MAX_SETS {
            sets.remove(0);
        }
        sets.push(Bytes::copy_from_slice(nal));
    }

    /// Ticks of 90 kHz from picture to picture, if a set says so.
    pub(crate) fn picture_ticks(&self) -> Option<i64> {
        let ticks = self.picture_duration?.to_ticks(NonZeroU32::new(90_000)?);
        PLAUSIBLE.contains(&ticks).then_some(ticks)
    }

    /// The configuration in the form of the frames: `annexb` with the sets behind start codes.
    pub(crate) fn description(&self, kind: VideoKind) -> Option<TrackDescription> {
        fn list(sets: &[Bytes]) -> Vec<&[u8]> {
            sets.iter().map(|set| &**set).collect()
        }
        let (video, sequence, picture) = (list(&self.video), list(&self.sequence), list(&self.picture));
        let first = sequence.first()?;
        if picture.is_empty() {
            return None;
        }
        let (codec, media) = match kind {
            VideoKind::Avc => {
                let record = annexb::avc_configuration(&sequence, &picture)?;
                let codec = rfc6381::avc("avc3", &AvcConfiguration::parse(&record)?)?;
                let seen = AvcSequence::parse(first)?;
                (codec, shape(seen.width, seen.height, seen.pixel_aspect, seen.colour))
            }
            VideoKind::Hevc => {
                let record = annexb::hevc_configuration(&video, &sequence, &picture)?;
                let codec = rfc6381::hevc("hev1", &HevcConfiguration::parse(&record)?)?;
                let seen = HevcSequence::parse(first)?;
                (codec, shape(seen.width, seen.height, seen.pixel_aspect, seen.colour))
            }
        };
        let mut bytes = Vec::new();
        for set in video.iter().chain(&sequence).chain(&picture) {
            bytes.extend_from_slice(&[0, 0, 0, 1]);
            bytes.extend_from_slice(set);
        }
        let bytes = Bytes::from(bytes);
        let configuration =
            CodecConfiguration { format: "annexb", bytes: bytes.clone(), decoder_specific: Some(bytes) };
        Some(TrackDescription {
            codec,
            configuration,
            media: MediaDescription::Video(media),
            encryption: None,
        })
    }
}

fn picture_duration(kind: VideoKind, nal: &[u8]) -> Option<MediaTime> {
    match kind {
        VideoKind::Avc => AvcSequence::parse(nal)?.picture_duration,
        VideoKind::Hevc => HevcSequence::parse(nal)?.picture_duration,
    }
}

fn shape(
    width: u32,
    height: u32,
    pixel_aspect: Option<(u32, u32)>,
    colour: Option<mse_core::Colour>,
) -> VideoDescription {
    let (across, down) = pixel_aspect.filter(|(across, down)| *across > 0 && *down > 0).unwrap_or((1, 1));
    let display_width = u64::from(width) * u64::from(across) / u64::from(down);
    VideoDescription {
        coded_width: width,
        coded_height: height,
        pixel_aspect: (across, down),
        display_width: u32::try_from(display_width).unwrap_or(width),
        display_height: height,
        colour,
        ..VideoDescription::default()
    }
}
