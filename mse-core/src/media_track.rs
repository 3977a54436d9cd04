//! The track objects of a page: AudioTrack, VideoTrack, TextTrack (TRK, TTK).

use crate::track::{TrackDescription, TrackKey};
use crate::track_kind::TrackKind;
use std::fmt;
use std::sync::Arc;

/// A track object of one MediaSource. Never reused within it.
///
/// Not the same as a [`TrackKey`]: a track with several kinds has one track buffer and several
/// objects (TB-1, ISR-9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MediaTrackId(pub u32);

impl fmt::Display for MediaTrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `TextTrackMode`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum TextTrackMode {
    /// Not used; what an in-band track begins with (ISR-12).
    #[default]
    Disabled,
    /// Cues are active and not shown.
    Hidden,
    /// Cues are shown.
    Showing,
}

impl TextTrackMode {
    /// The enumeration value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Hidden => "hidden",
            Self::Showing => "showing",
        }
    }

    /// Parses an enumeration value; an unknown one assigned to `mode` is ignored (GEN-2).
    pub fn parse(value: &str) -> Option<Self> {
        match value {
            "disabled" => Some(Self::Disabled),
            "hidden" => Some(Self::Hidden),
            "showing" => Some(Self::Showing),
            _ => None,
        }
    }
}

/// The attribute of a track object that a page may set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TrackState {
    /// `AudioTrack.enabled`.
    Enabled(bool),
    /// `VideoTrack.selected`; at most one of a media element's is.
    Selected(bool),
    /// `TextTrack.mode`.
    Mode(TextTrackMode),
}

impl TrackState {
    /// The state of a new track object of a kind: off, but for the first audio and the first video
    /// track of a SourceBuffer (ISR-9, ISR-11, ISR-12).
    pub const fn initial(kind: TrackKind, first: bool) -> Self {
        match kind {
            TrackKind::Audio => Self::Enabled(first),
            TrackKind::Video => Self::Selected(first),
            TrackKind::Text => Self::Mode(TextTrackMode::Disabled),
        }
    }

    /// The kind of track that has this attribute.
    pub const fn kind(self) -> TrackKind {
        match self {
            Self::Enabled(_) => TrackKind::Audio,
            Self::Selected(_) => TrackKind::Video,
            Self::Mode(_) => TrackKind::Text,
        }
    }

    /// Enabled, selected, showing or hidden: the track makes its SourceBuffer active (DEF-1).
    pub const fn is_active(self) -> bool {
        match self {
            Self::Enabled(active) | Self::Selected(active) => active,
            Self::Mode(mode) => !matches!(mode, TextTrackMode::Disabled),
        }
    }
}

/// An AudioTrack, VideoTrack or TextTrack, as `audioTracks`, `videoTracks` and `textTracks` list
/// it.
#[derive(Clone, PartialEq, Debug)]
pub struct MediaTrack {
    /// Identity of the track object.
    pub object: MediaTrackId,
    /// The track buffer that feeds the track; the `sourceBuffer` attribute is the SourceBuffer in
    /// this key (TRK-1).
    pub key: TrackKey,
    /// `id`, unique over the source: SourceBuffer and track id, since two SourceBuffers may both
    /// have a track 1 (TRK-4).
    pub id: String,
    /// `kind`.
    pub kind: String,
    /// `label`.
    pub label: String,
    /// `language`.
    pub language: String,
    /// `inBandMetadataTrackDispatchType` of text; empty otherwise (TTK-2).
    pub dispatch_type: String,
    /// Description of the track when it was created, from the initialization segment.
    pub description: Option<Arc<TrackDescription>>,
    /// `enabled`, `selected` or `mode`.
    pub state: TrackState,
}

impl MediaTrack {
    /// Kind of the list that the track is in.
    pub const fn media(&self) -> TrackKind {
        self.state.kind()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_first_sound_and_picture_begin_active() {
        let active = |kind, first| TrackState::initial(kind, first).is_active();
        assert!(active(TrackKind::Audio, true) && active(TrackKind::Video, true));
        assert!(!active(TrackKind::Audio, false) && !active(TrackKind::Text, true));
    }

    #[test]
    fn modes_are_parsed_and_written() {
        for mode in ["disabled", "hidden", "showing"] {
            assert_eq!(TextTrackMode::parse(mode).map(TextTrackMode::as_str), Some(mode));
        }
        assert_eq!(TextTrackMode::parse("SHOWING"), None);
    }
}
