//! The track buffers of a SourceBuffer, shared by the source, a running task, readers and the element link. The one lock of the
//! engine is here; it is held for one frame out, or one batch of frames in.

use mse_core::TimeRanges;
use mse_timeline::{CursorId, TrackBuffers};
use parking_lot::Mutex;
use std::sync::Arc;

/// Shared track buffers of one SourceBuffer.
pub(crate) type SharedTrackBuffers = Arc<Mutex<Guarded>>;

/// What the lock guards.
pub(crate) struct Guarded {
    pub(crate) track_buffers: TrackBuffers,
    /// Cursors whose last answer was "need data", and that are to be told when there may be some.
    pub(crate) waiting: Vec<(CursorId, u16)>,
    /// Whether the MediaSource is "ended", which extends what is buffered (SB-9) and ends what is read.
    pub(crate) ended: bool,
    buffered: Option<Cached>,
}

/// The cached `buffered` object (SB-10).
struct Cached {
    version: u64,
    ended: bool,
    ranges: Arc<TimeRanges>,
}

impl Guarded {
    pub(crate) fn new(track_buffers: TrackBuffers) -> Self {
        Self { track_buffers, waiting: Vec::new(), ended: false, buffered: None }
    }

    /// SB-7..11: the same object as long as the ranges are the same (INV-13).
    pub(crate) fn buffered(&mut self) -> Arc<TimeRanges> {
        let ended = self.ended;
        let version = self.track_buffers.version();
        if let Some(cached) = &self.buffered
            && (cached.version, cached.ended) == (version, ended)
        {
            return Arc::clone(&cached.ranges);
        }
        let fresh = self.track_buffers.buffered(ended);
        let ranges = match self.buffered.take() {
            Some(cached) if *cached.ranges == fresh => cached.ranges,
            _ => Arc::new(fresh),
        };
        self.buffered = Some(Cached { version, ended, ranges: Arc::clone(&ranges) });
        ranges
    }

    /// The tracks of which a reader waits, once each; they are no longer waiting.
    pub(crate) fn take_waiting(&mut self) -> Vec<u16> {
        let mut tracks: Vec<u16> = self.waiting.drain(..).map(|(_, track)| track).collect();
        tracks.sort_unstable();
        tracks.dedup();
        tracks
    }
}
