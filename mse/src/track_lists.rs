//! The track objects of a SourceBuffer: what `audioTracks`, `videoTracks` and `textTracks` list (SB-16, TRK).

use mse_core::{Track, TrackKey, TrackKind};

/// An AudioTrack, VideoTrack or TextTrack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MediaTrack {
    /// The track buffer that feeds it. A track with several kinds has several objects on one track buffer (TB-1).
    pub key: TrackKey,
    /// Which list it is in.
    pub media: TrackKind,
    /// `id`, unique over the source: SourceBuffer and track id, since two SourceBuffers may both have a track 1 (TRK-4).
    pub id: String,
    /// `kind`.
    pub kind: String,
    /// `label`.
    pub label: String,
    /// `language`.
    pub language: String,
    /// `enabled` of audio, `selected` of video, "showing or hidden" of text.
    pub enabled: bool,
}

impl MediaTrack {
    pub(crate) fn new(key: TrackKey, track: &Track, kind: &str, enabled: bool) -> Self {
        Self {
            key,
            media: track.kind,
            id: format!("{}.{}", key.source_buffer, track.id),
            kind: kind.to_owned(),
            label: track.label.clone(),
            language: track.language.clone(),
            enabled,
        }
    }
}
