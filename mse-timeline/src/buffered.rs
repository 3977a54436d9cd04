//! The `buffered` of a SourceBuffer (SB-7..11), and the ranges of one track buffer.

use crate::attributes::EndedRanges;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use mse_core::{MediaTime, TimeRange, TimeRanges, TrackKind};

impl TrackBuffers {
    /// `SourceBuffer.buffered`: what every audio and video track has. `ended` is whether the
    /// MediaSource's readyState is "ended".
    ///
    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-buffered>
    pub fn buffered(&self, ended: bool) -> TimeRanges {
        // SB-11: nothing buffered is the empty set.
        let Some(highest_end) = self.highest_end_timestamp() else { return TimeRanges::new() };
        // SB-7: from the start of the presentation to the highest end of any track.
        let mut intersection: Option<TimeRanges> = None;
        // SB-8: text never restricts; an empty audio or video track empties the result.
        for track in self.tracks().iter().filter(|track| track.kind() != TrackKind::Text) {
            let mut ranges = track.ranges();
            // SB-9: never stored back.
            if ended && ranges.is_empty() && self.config.ended_ranges == EndedRanges::UntilData {
                ranges = TimeRanges::from_range(MediaTime::ZERO, highest_end);
            } else if ended {
                ranges.extend_last(highest_end);
            }
            intersection = Some(match intersection {
                None => ranges,
                Some(common) => common.intersection(&ranges),
            });
        }
        match intersection {
            None => TimeRanges::from_range(MediaTime::ZERO, highest_end),
            Some(mut common) => {
                common.remove(MediaTime::MIN, MediaTime::ZERO);
                common
            }
        }
    }

    /// The stretch in which everything lies that changed in `buffered` since this was last asked
    /// for, and what is buffered in it: the repair of an answer of [`buffered`](Self::buffered) of
    /// a source that is not ended, as long as the tracks are the same. `None` when nothing changed.
    pub fn take_change(&mut self) -> Option<(TimeRange, TimeRanges)> {
        let changes = self.tracks.iter_mut().filter_map(|track| track.ranges.changed.take());
        let change = changes.reduce(|all, change| TimeRange {
            start: all.start.min(change.start),
            end: all.end.max(change.end),
        })?;
        let start = change.start.max(MediaTime::ZERO);
        let mut common: Option<TimeRanges> = None;
        for track in self.tracks.iter().filter(|track| track.kind() != TrackKind::Text) {
            let ranges = track.ranges.get().within(start, change.end);
            common = Some(match common {
                None => ranges,
                Some(common) => common.intersection(&ranges),
            });
        }
        // Without audio and video one interval reaches to the highest end.
        let end = self.highest_end_timestamp().unwrap_or(MediaTime::ZERO).min(change.end);
        Some((change, common.unwrap_or_else(|| TimeRanges::from_range(start, end))))
    }

    /// The largest end of all track buffer ranges (SB-7, DUR-3).
    pub fn highest_end_timestamp(&self) -> Option<MediaTime> {
        self.tracks().iter().filter_map(|track| track.ranges.get().end()).max()
    }

    /// A number that changes whenever the ranges of a track buffer may have, so that the owner can
    /// keep what it made of them (SB-10, INV-13).
    pub fn version(&self) -> u64 {
        self.tracks().iter().map(|track| 1 + track.ranges.version()).sum()
    }

    /// A number that changes whenever frames or ranges of a track buffer may have.
    pub fn revision(&self) -> u64 {
        self.version() + self.tracks().iter().map(|track| track.store.version).sum::<u64>()
    }
}

impl TrackBuffer {
    /// The track buffer ranges, small gaps closed (TB-6).
    ///
    /// <https://w3c.github.io/media-source/#track-buffer-ranges>
    pub fn ranges(&self) -> TimeRanges {
        self.ranges.get().clone()
    }

    /// The one of them that has a time.
    pub fn range_at(&self, time: MediaTime) -> Option<TimeRange> {
        self.ranges.get().find(time)
    }
}
