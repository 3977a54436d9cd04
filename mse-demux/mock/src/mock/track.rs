//! A track of the mock byte stream: what `init` says of it.

use super::TIMESCALE;
use bytes::{BufMut, Bytes, BytesMut};
use mse_core::{
    AudioDescription, CodecConfiguration, MediaDescription, TextDescription, Track, TrackDescription,
    TrackId, TrackKind, VideoDescription,
};
use std::num::NonZeroU32;

/// One track of an initialization segment to write.
#[derive(Clone, PartialEq, Debug)]
pub struct MockTrack {
    /// `track` of its frames.
    pub id: u32,
    /// Audio, video or text.
    pub kind: TrackKind,
    /// Ticks per second of its frames; not zero.
    pub timescale: u32,
    /// Samples per second, for splices (ASF-2); 0 is unknown.
    pub sample_rate: u32,
    /// Width and height of video.
    pub size: (u16, u16),
    /// One per description: the bytes of its codec configuration, as a number that a test changes
    /// at will.
    pub generations: Vec<u32>,
    /// Codec string; the kind by default.
    pub codec: String,
    /// BCP 47 language tag.
    pub language: String,
    /// Label.
    pub label: String,
    /// Kinds.
    pub kinds: Vec<String>,
}

impl MockTrack {
    /// A track of a kind: 44 100 Hz or 320 × 180, configuration 1, exact timescale.
    pub fn new(kind: TrackKind, id: u32) -> Self {
        Self {
            id,
            kind,
            timescale: TIMESCALE,
            sample_rate: if kind == TrackKind::Audio { 44_100 } else { 0 },
            size: if kind == TrackKind::Video { (320, 180) } else { (0, 0) },
            generations: vec![1],
            codec: kind.as_str().to_owned(),
            language: String::new(),
            label: String::new(),
            kinds: Vec::new(),
        }
    }

    /// A video track.
    pub fn video(id: u32) -> Self {
        Self::new(TrackKind::Video, id)
    }

    /// An audio track.
    pub fn audio(id: u32) -> Self {
        Self::new(TrackKind::Audio, id)
    }

    /// A text track.
    pub fn text(id: u32) -> Self {
        Self::new(TrackKind::Text, id)
    }

    /// The same with another codec configuration.
    #[must_use]
    pub fn generation(self, generation: u32) -> Self {
        Self { generations: vec![generation], ..self }
    }

    /// The same with another sample rate.
    #[must_use]
    pub fn sample_rate(self, sample_rate: u32) -> Self {
        Self { sample_rate, ..self }
    }

    /// The same with another timescale.
    #[must_use]
    pub fn timescale(self, timescale: u32) -> Self {
        Self { timescale, ..self }
    }

    /// The same with another codec string.
    #[must_use]
    pub fn codec(self, codec: &str) -> Self {
        Self { codec: codec.to_owned(), ..self }
    }

    /// The same with another language.
    #[must_use]
    pub fn language(self, language: &str) -> Self {
        Self { language: language.to_owned(), ..self }
    }

    /// The track as the demuxer hands it out. A timescale of 0 counts as 1.
    pub fn to_track(&self) -> Track {
        Track {
            id: TrackId(self.id.into()),
            kind: self.kind,
            timescale: NonZeroU32::new(self.timescale).unwrap_or(NonZeroU32::MIN),
            language: if self.language == "und" { String::new() } else { self.language.clone() },
            label: self.label.clone(),
            kinds: self.kinds.clone(),
            descriptions: self.generations.iter().map(|generation| self.description(*generation)).collect(),
        }
    }

    fn description(&self, generation: u32) -> TrackDescription {
        let configuration = CodecConfiguration {
            format: "mock",
            bytes: Bytes::copy_from_slice(&generation.to_be_bytes()),
            decoder_specific: None,
        };
        let (width, height) = (self.size.0.into(), self.size.1.into());
        let media = match self.kind {
            TrackKind::Audio => MediaDescription::Audio(AudioDescription {
                sample_rate: self.sample_rate,
                channels: 2,
                ..AudioDescription::default()
            }),
            TrackKind::Video => MediaDescription::Video(VideoDescription {
                coded_width: width,
                coded_height: height,
                pixel_aspect: (1, 1),
                display_width: width,
                display_height: height,
                ..VideoDescription::default()
            }),
            TrackKind::Text => MediaDescription::Text(TextDescription::default()),
        };
        TrackDescription { codec: self.codec.clone(), configuration, media, encryption: None }
    }

    pub(super) fn write(&self, out: &mut BytesMut) {
        out.put_u32(self.id);
        out.put_u8(TrackKind::ALL.iter().position(|kind| *kind == self.kind).unwrap_or(0) as u8);
        out.put_u32(self.timescale);
        out.put_u32(self.sample_rate);
        out.put_u16(self.size.0);
        out.put_u16(self.size.1);
        out.put_u8(self.generations.len() as u8);
        for generation in &self.generations {
            out.put_u32(*generation);
        }
        for text in [&self.codec, &self.language, &self.label] {
            put_string(out, text);
        }
        out.put_u8(self.kinds.len() as u8);
        for kind in &self.kinds {
            put_string(out, kind);
        }
    }
}

fn put_string(out: &mut BytesMut, text: &str) {
    let text = &text.as_bytes()[..text.len().min(255)];
    out.put_u8(text.len() as u8);
    out.put_slice(text);
}
