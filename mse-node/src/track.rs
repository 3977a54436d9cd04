//! Track objects as plain objects.

use crate::error::{Result, no_such};
use mse::{MediaTrack, TextTrackMode, TrackKind, TrackState};
use napi_derive::napi;

/// An AudioTrack, VideoTrack or TextTrack.
#[napi(object, object_from_js = false)]
pub struct NativeTrack {
    /// Identity of the track object.
    pub object: u32,
    /// SourceBuffer that the track belongs to.
    pub source_buffer: u32,
    /// `audio`, `video` or `text`.
    pub media: &'static str,
    /// `id`.
    pub id: String,
    /// `kind`.
    pub kind: String,
    /// `label`.
    pub label: String,
    /// `language`.
    pub language: String,
    /// `inBandMetadataTrackDispatchType`.
    pub dispatch_type: String,
    /// `enabled` or `selected`.
    pub on: bool,
    /// `mode` of a text track.
    pub mode: Option<&'static str>,
}

impl From<&MediaTrack> for NativeTrack {
    fn from(track: &MediaTrack) -> Self {
        Self {
            object: track.object.0,
            source_buffer: track.key.source_buffer.0,
            media: match track.media() {
                TrackKind::Audio => "audio",
                TrackKind::Video => "video",
                TrackKind::Text => "text",
            },
            id: track.id.clone(),
            kind: track.kind.clone(),
            label: track.label.clone(),
            language: track.language.clone(),
            dispatch_type: track.dispatch_type.clone(),
            on: track.state.is_active(),
            mode: match track.state {
                TrackState::Mode(mode) => Some(mode.as_str()),
                _ => None,
            },
        }
    }
}

/// A state from the attribute's name and what it was set to: `true`, `false` or a mode.
pub(crate) fn state(attribute: &str, value: &str) -> Result<TrackState> {
    let on = value == "true";
    match attribute {
        "enabled" => Ok(TrackState::Enabled(on)),
        "selected" => Ok(TrackState::Selected(on)),
        _ => TextTrackMode::parse(value).map(TrackState::Mode).ok_or_else(|| no_such("TextTrackMode")),
    }
}
