//! Gaps of a track buffer: where nothing is buffered, and why.

use crate::losses::{Gap, GapCause};
use crate::reasons::DropReason;
use crate::track_buffer::TrackBuffer;
use mse_core::MediaTime;

impl TrackBuffer {
    /// The gaps between the ranges with their causes; a gap of several causes comes in parts, in
    /// order.
    pub fn gaps(&self) -> impl Iterator<Item = Gap> + '_ {
        self.holes().flat_map(|gap| self.losses.explain(gap))
    }

    /// Gaps within `[start, end)`, before, between and behind the ranges, each with its cause. Of
    /// more than some hundred losses the oldest is forgotten and counts as not appended.
    pub fn missing(&self, start: MediaTime, end: MediaTime) -> impl Iterator<Item = Gap> + '_ {
        self.ranges.holes(start, end).flat_map(|gap| self.losses.explain(gap))
    }

    /// A frame that was dropped leaves a gap where nothing else is.
    #[cold]
    pub(crate) fn note_dropped(&mut self, start: MediaTime, end: MediaTime, reason: DropReason) {
        let covered = self.ranges.get().find(start).is_some_and(|range| end <= range.end);
        if !covered {
            self.losses.lost(start, end, GapCause::Dropped(reason));
            self.losses.limit(self.ranges.get());
        }
    }
}
