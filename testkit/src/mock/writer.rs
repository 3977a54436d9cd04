//! Writing the mock byte stream.

use super::TIMESCALE;
use bytes::{BufMut, Bytes, BytesMut};
use mse_core::{CodedFrame, MediaTime, TrackId, TrackKind};
use std::num::NonZeroU32;

/// The box that starts a media segment.
pub const FRAGMENT_START: &[u8] = b"\0\0\0\x08frag";
/// The box that ends a media segment.
pub const FRAGMENT_END: &[u8] = b"\0\0\0\x08fend";
/// A box that no parser takes.
pub const BOOM: &[u8] = b"\0\0\0\x08boom";

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
    /// One per description: the bytes of its codec configuration, as a number that a test changes at will.
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

    fn write(&self, out: &mut BytesMut) {
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

/// An initialization segment; no duration is an unknown one.
pub fn init(duration: Option<MediaTime>, tracks: &[MockTrack]) -> Bytes {
    let mut payload = BytesMut::new();
    payload.put_i64(duration.map_or(-1, MediaTime::flicks));
    payload.put_u16(tracks.len() as u16);
    for track in tracks {
        track.write(&mut payload);
    }
    mock_box(b"init", &payload)
}

/// A whole media segment of tracks with the exact timescale; frames of several tracks are written in the order given.
pub fn segment(frames: &[CodedFrame]) -> Bytes {
    segment_of(&[], frames)
}

/// A whole media segment whose tracks may have timescales of their own.
pub fn segment_of(tracks: &[MockTrack], frames: &[CodedFrame]) -> Bytes {
    let mut out = BytesMut::from(FRAGMENT_START);
    for frame in frames {
        let track = tracks.iter().find(|track| TrackId(track.id.into()) == frame.track_id);
        out.put(sample(frame, track.map_or(TIMESCALE, |track| track.timescale)));
    }
    out.put(FRAGMENT_END);
    out.freeze()
}

/// One `smpl` box.
pub fn sample(frame: &CodedFrame, timescale: u32) -> Bytes {
    let timescale = NonZeroU32::new(timescale).unwrap_or(NonZeroU32::MIN);
    let mut payload = BytesMut::new();
    payload.put_u32(frame.track_id.0 as u32);
    for time in [frame.presentation_timestamp, frame.decode_timestamp, frame.duration] {
        payload.put_i64(time.to_ticks(timescale));
    }
    payload.put_u8(frame.is_random_access_point.into());
    payload.put_u16(frame.description);
    payload.put_slice(&frame.data);
    mock_box(b"smpl", &payload)
}

/// A box of `count` bytes, header included and at least 8, that is ignored.
pub fn skip(count: usize) -> Bytes {
    mock_box(b"skip", &vec![0; count.saturating_sub(8)])
}

fn mock_box(name: &[u8; 4], payload: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(payload.len() + 8);
    out.put_u32(payload.len() as u32 + 8);
    out.put_slice(name);
    out.put_slice(payload);
    out.freeze()
}

fn put_string(out: &mut BytesMut, text: &str) {
    let text = &text.as_bytes()[..text.len().min(255)];
    out.put_u8(text.len() as u8);
    out.put_slice(text);
}
