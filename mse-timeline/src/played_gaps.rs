//! The one rule about gaps: whether playback goes on from where something ends to where something
//! begins.
//!
//! `buffered` shows every gap that the track buffers have. A decoder and the element that it plays
//! for must give the same answer at each of them: an element that plays on while the reader waits
//! shows nothing for ever.

use mse_core::{MediaTime, TimeRange, TimeRanges};

/// Gaps that are played over, and the latest start of media (DIS-5, DEF-8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlayedGaps {
    /// Longest time before the first range at which playback may begin.
    pub late_start: MediaTime,
    /// Gaps smaller than this are played over, those up to twice as large where another track goes
    /// on. So long before any range but the first playback may begin too.
    pub small_gap: MediaTime,
}

impl PlayedGaps {
    /// Whether a gap from `end` to `start` is played over. `is_covered` is whether some other track
    /// goes on there; only asked when it counts.
    pub fn is_played_over(
        &self,
        end: MediaTime,
        start: MediaTime,
        is_covered: impl FnOnce() -> bool,
    ) -> bool {
        let gap = start - end;
        gap < self.small_gap || gap < self.small_gap.doubled() && is_covered()
    }

    /// The range that is played from `time` on: the one that contains it, or one that begins soon
    /// enough.
    pub fn range_at(&self, ranges: &TimeRanges, time: MediaTime) -> Option<TimeRange> {
        ranges.find(time).or_else(|| {
            let ranges = ranges.iter().as_slice();
            let next = ranges.partition_point(|range| range.start <= time);
            let reach = if next == 0 { self.late_start.max(self.small_gap) } else { self.small_gap };
            ranges.get(next).copied().filter(|range| range.start - time <= reach)
        })
    }
}

impl Default for PlayedGaps {
    /// A second at the start, as in every browser; elsewhere what `buffered` shows is a gap.
    fn default() -> Self {
        Self { late_start: MediaTime::SECOND, small_gap: MediaTime::ZERO }
    }
}
