//! The WebIDL surface as traits: what a page can do with a MediaSource, a SourceBuffer, and what
//! the standard's steps do to a media element. Names are the IDL's in snake case; times are doubles
//! of seconds, as the IDL has them (GEN-2).

use crate::demuxer::InitData;
use crate::error::Exception;
use crate::media_track::{MediaTrack, MediaTrackId, TrackState};
use crate::message::{ElementReadyState, EndOfStreamError};
use crate::ranges::TimeRanges;
use crate::ready_state::ReadyState;
use crate::track::{SourceBufferId, TrackKey};
use bytes::Bytes;
use std::sync::Arc;

/// `AppendMode` (SB-2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum AppendMode {
    /// Timestamps in the media place the frames.
    #[default]
    Segments,
    /// Each media segment is placed after the one before it.
    Sequence,
}

impl AppendMode {
    /// The enumeration value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Segments => "segments",
            Self::Sequence => "sequence",
        }
    }

    /// Parses an enumeration value; an unknown one assigned to `mode` is ignored (GEN-2, EXC-8).
    pub fn parse(value: &str) -> Option<Self> {
        match value {
            "segments" => Some(Self::Segments),
            "sequence" => Some(Self::Sequence),
            _ => None,
        }
    }
}

/// `interface MediaSource` (MS).
pub trait MediaSource {
    /// The view of one SourceBuffer.
    type SourceBuffer<'a>: SourceBuffer
    where
        Self: 'a;

    /// `readyState` (MS-2).
    fn ready_state(&self) -> ReadyState;
    /// `duration` getter: NaN when closed (MS-7).
    fn duration(&self) -> f64;
    /// `duration` setter (MS-8).
    fn set_duration(&mut self, duration: f64) -> Result<(), Exception>;
    /// `sourceBuffers` (MS-5).
    fn source_buffers(&self) -> &[SourceBufferId];
    /// `activeSourceBuffers` (MS-6).
    fn active_source_buffers(&self) -> &[SourceBufferId];
    /// `addSourceBuffer(type)` (MS-11, MS-12).
    fn add_source_buffer(&mut self, mime_type: &str) -> Result<SourceBufferId, Exception>;
    /// `removeSourceBuffer(sourceBuffer)` (MS-13..16).
    fn remove_source_buffer(&mut self, source_buffer: SourceBufferId) -> Result<(), Exception>;
    /// `endOfStream(error)` (MS-17).
    fn end_of_stream(&mut self, error: Option<EndOfStreamError>) -> Result<(), Exception>;
    /// `setLiveSeekableRange(start, end)` (MS-18).
    fn set_live_seekable_range(&mut self, start: f64, end: f64) -> Result<(), Exception>;
    /// `clearLiveSeekableRange()` (MS-19).
    fn clear_live_seekable_range(&mut self) -> Result<(), Exception>;
    /// `isTypeSupported(type)` (MS-20).
    fn is_type_supported(&self, mime_type: &str) -> bool;
    /// The SourceBuffer of an id. A removed one is still there, and throws (GEN-7); `None` for an
    /// id this source never gave out.
    fn source_buffer(&mut self, source_buffer: SourceBufferId) -> Option<Self::SourceBuffer<'_>>;
}

/// `interface SourceBuffer` (SB).
pub trait SourceBuffer {
    /// Id of the SourceBuffer.
    fn id(&self) -> SourceBufferId;
    /// `mode` (SB-2).
    fn mode(&self) -> AppendMode;
    /// `mode` setter (SB-4).
    fn set_mode(&mut self, mode: AppendMode) -> Result<(), Exception>;
    /// `updating` (SB-5).
    fn updating(&self) -> bool;
    /// `buffered` (SB-6..11): the same object as long as the ranges are the same (SB-10).
    fn buffered(&self) -> Result<Arc<TimeRanges>, Exception>;
    /// `timestampOffset`: what was set, or what the algorithms made of it (SB-12, SB-13).
    fn timestamp_offset(&self) -> f64;
    /// `timestampOffset` setter (SB-12).
    fn set_timestamp_offset(&mut self, offset: f64) -> Result<(), Exception>;
    /// `appendWindowStart`.
    fn append_window_start(&self) -> f64;
    /// `appendWindowStart` setter (SB-14).
    fn set_append_window_start(&mut self, start: f64) -> Result<(), Exception>;
    /// `appendWindowEnd`.
    fn append_window_end(&self) -> f64;
    /// `appendWindowEnd` setter (SB-15).
    fn set_append_window_end(&mut self, end: f64) -> Result<(), Exception>;
    /// `appendBuffer(data)` (SB-17). The bytes are shared, not copied.
    fn append_buffer(&mut self, data: Bytes) -> Result<(), Exception>;
    /// `abort()` (SB-18..20).
    fn abort(&mut self) -> Result<(), Exception>;
    /// `changeType(type)` (SB-21, SB-22).
    fn change_type(&mut self, mime_type: &str) -> Result<(), Exception>;
    /// `remove(start, end)` (SB-23).
    fn remove(&mut self, start: f64, end: f64) -> Result<(), Exception>;
}

/// Effects of the standard's steps on the media element (ELR-10). The embedder's element implements
/// this trait; no method asks anything. Those that an element may have no use for do nothing by
/// default.
pub trait MediaElement {
    /// Set `duration` and run HTML's steps for it, seeking back if the position is beyond (DUR-4,
    /// ELR-8).
    fn set_duration(&mut self, duration: f64);
    /// Set `readyState` and run HTML's steps for the transition (ELR-2..7).
    fn set_ready_state(&mut self, ready_state: ElementReadyState);
    /// All media data is there: playback that reaches the end has ended (EOS-3, ELR-9).
    fn all_data_received(&mut self) {}
    /// The stream failed (EOS-4, EOS-5): set `error` by `readyState` and `error`, and detach when
    /// nothing was there yet.
    fn fail(&mut self, error: EndOfStreamError);
    /// A track came: add it to the element's list of its kind, with `addtrack` there (ISR-9).
    fn add_track(&mut self, track: &MediaTrack) {
        let _ = track;
    }
    /// A track went: remove it from the element's list, with `removetrack`, and `change` if it was
    /// active (MS-15).
    fn remove_track(&mut self, track: MediaTrackId) {
        let _ = track;
    }
    /// One act changed these tracks, all of one kind: note their new states, and fire one `change`
    /// at the list (TRS).
    fn track_states_changed(&mut self, changes: &[(MediaTrackId, TrackState)]) {
        let _ = changes;
    }
    /// Initialization data for decryption was met: fire `encrypted` with it; the data of a
    /// MediaSource is same-origin (EME-2).
    fn encrypted(&mut self, init_data: &InitData) {
        let _ = init_data;
    }
    /// A reader that had answered "need data" can go on.
    fn frames_available(&mut self, track: TrackKey) {
        let _ = track;
    }
}
