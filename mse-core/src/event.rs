//! Events that the engine asks its embedder to dispatch, one value for each "queue a task to fire
//! an event" (GEN-3).

use crate::media_track::MediaTrackId;
use crate::ranges::TimeRanges;
use crate::track::SourceBufferId;
use std::fmt;
use std::sync::Arc;

/// An event to dispatch: not bubbling, not cancelable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// The object that the event is dispatched at.
    pub target: EventTarget,
    /// Type of the event.
    pub name: EventName,
    /// Attributes beyond those of a plain event.
    pub detail: EventDetail,
}

/// The attributes of an event that is more than an `Event`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EventDetail {
    /// A plain `Event`.
    None,
    /// `TrackEvent.track` of `addtrack` and `removetrack` (TRK-2).
    Track(MediaTrackId),
    /// A `BufferedChangeEvent` (MMS-11).
    Buffered(Arc<BufferedChange>),
}

impl fmt::Display for EventDetail {
    /// Nothing of a plain event, ` 3` of a track, ` +{ [0,1) } -{ }` of ranges.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Track(track) => write!(f, " {track}"),
            Self::Buffered(change) => write!(f, " +{} -{}", change.added, change.removed),
        }
    }
}

/// Change of `buffered` that a `bufferedchange` event reports: ranges that came with the operation,
/// and ranges that went (MMS-12).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BufferedChange {
    /// `addedRanges`.
    pub added: TimeRanges,
    /// `removedRanges`.
    pub removed: TimeRanges,
}

impl Event {
    /// A plain event.
    pub const fn new(target: EventTarget, name: EventName) -> Self {
        Self { target, name, detail: EventDetail::None }
    }
}

/// The objects of one MediaSource at which events are dispatched. The media element's own events
/// are its own affair.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EventTarget {
    /// The MediaSource.
    MediaSource,
    /// `MediaSource.sourceBuffers`.
    SourceBuffers,
    /// `MediaSource.activeSourceBuffers`.
    ActiveSourceBuffers,
    /// A SourceBuffer.
    SourceBuffer(SourceBufferId),
    /// `SourceBuffer.audioTracks`.
    AudioTracks(SourceBufferId),
    /// `SourceBuffer.videoTracks`.
    VideoTracks(SourceBufferId),
    /// `SourceBuffer.textTracks`.
    TextTracks(SourceBufferId),
}

/// Event types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum EventName {
    /// closed → open, ended → open (MS-21).
    SourceOpen,
    /// open → ended (MS-21).
    SourceEnded,
    /// open or ended → closed (MS-21).
    SourceClose,
    /// A SourceBuffer came into a list (SBL-3).
    AddSourceBuffer,
    /// A SourceBuffer left a list (SBL-3).
    RemoveSourceBuffer,
    /// `updating` became true (SB-24).
    UpdateStart,
    /// An append or a removal succeeded (SB-24).
    Update,
    /// `updating` became false (SB-24).
    UpdateEnd,
    /// An append failed (SB-24).
    Error,
    /// An append was aborted (SB-24).
    Abort,
    /// A track came into a list (TRK-2).
    AddTrack,
    /// A track left a list (TRK-2).
    RemoveTrack,
    /// A track was enabled, disabled or selected (TRK-2).
    Change,
    /// A ManagedMediaSource wants data (MMS-3).
    StartStreaming,
    /// A ManagedMediaSource has data enough (MMS-3).
    EndStreaming,
    /// `buffered` of a ManagedSourceBuffer changed (MMS-12).
    BufferedChange,
}

impl EventName {
    /// The DOM event type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SourceOpen => "sourceopen",
            Self::SourceEnded => "sourceended",
            Self::SourceClose => "sourceclose",
            Self::AddSourceBuffer => "addsourcebuffer",
            Self::RemoveSourceBuffer => "removesourcebuffer",
            Self::UpdateStart => "updatestart",
            Self::Update => "update",
            Self::UpdateEnd => "updateend",
            Self::Error => "error",
            Self::Abort => "abort",
            Self::AddTrack => "addtrack",
            Self::RemoveTrack => "removetrack",
            Self::Change => "change",
            Self::StartStreaming => "startstreaming",
            Self::EndStreaming => "endstreaming",
            Self::BufferedChange => "bufferedchange",
        }
    }
}

impl fmt::Display for Event {
    /// `sb0 updatestart`, `mediasource sourceopen`, `sb1.audioTracks addtrack`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            EventTarget::MediaSource => f.write_str("mediasource")?,
            EventTarget::SourceBuffers => f.write_str("sourceBuffers")?,
            EventTarget::ActiveSourceBuffers => f.write_str("activeSourceBuffers")?,
            EventTarget::SourceBuffer(id) => write!(f, "sb{id}")?,
            EventTarget::AudioTracks(id) => write!(f, "sb{id}.audioTracks")?,
            EventTarget::VideoTracks(id) => write!(f, "sb{id}.videoTracks")?,
            EventTarget::TextTracks(id) => write!(f, "sb{id}.textTracks")?,
        }
        write!(f, " {}", self.name.as_str())
    }
}
