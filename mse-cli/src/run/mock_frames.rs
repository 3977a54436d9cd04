//! The engine-only step `appendFrames`: frames as tokens, written as mock byte stream.

use anyhow::{Context, Result, anyhow, bail};
use bytes::{Bytes, BytesMut};
use mse::mime::Codecs;
use mse::{MimeType, TrackId, TrackKind};
use mse_mock::{frames, mock};

/// Writer of the mock byte stream of one SourceBuffer.
pub(crate) struct MockWriter {
    kinds: Vec<TrackKind>,
    /// The codec configuration in force; 0 before the first initialization segment.
    generation: u32,
}

impl MockWriter {
    /// For a type whose codecs name kinds of tracks; `None` for any other.
    pub(crate) fn new(mime_type: &str) -> Option<Self> {
        let mime = MimeType::parse(mime_type)?;
        if !mime.subtype().starts_with("x-mse-mock") {
            return None;
        }
        let kinds = match mime.codecs() {
            Codecs::Listed(list) => list.iter().filter_map(|codec| kind(codec.as_ref().err()?)).collect(),
            _ => vec![TrackKind::Audio],
        };
        Some(Self { kinds, generation: 0 })
    }

    /// One media segment, after an initialization segment if `init` says so or there was none yet.
    /// Each further one has another codec configuration.
    pub(crate) fn segment(&mut self, track: u32, tokens: &str, init: Option<bool>) -> Result<Bytes> {
        if track == 0 || track as usize > self.kinds.len() {
            bail!("track {track} is not among the {} of the type", self.kinds.len());
        }
        let frames =
            frames::parse_frames(TrackId(track.into()), tokens).map_err(|error| anyhow!("{error}"))?;
        let mut bytes = BytesMut::new();
        if init.unwrap_or(self.generation == 0) {
            self.generation += 1;
            let tracks: Vec<_> = (1..).zip(&self.kinds).map(|(id, &kind)| self.track(kind, id)).collect();
            bytes.extend_from_slice(&mock::init(None, &tracks));
        }
        bytes.extend_from_slice(&mock::segment(&frames));
        Ok(bytes.freeze())
    }

    fn track(&self, kind: TrackKind, id: u32) -> mock::MockTrack {
        mock::MockTrack::new(kind, id).generation(self.generation)
    }
}

fn kind(codec: &String) -> Option<TrackKind> {
    TrackKind::ALL.into_iter().find(|kind| kind.as_str() == codec)
}

/// Why a SourceBuffer cannot take tokens.
pub(crate) fn writer<'a>(writer: Option<&'a mut MockWriter>, sb: &str) -> Result<&'a mut MockWriter> {
    writer.with_context(|| format!("SourceBuffer {sb:?} is not of a mock type"))
}
