//! Storing a frame in a track buffer, and the repair of its ranges when frames go.

use crate::attributes::Coverage;
use crate::block::NewFrame;
use crate::losses::GapCause;
use crate::receipt::RangeChange;
use crate::track_buffer::TrackBuffer;
use mse_core::MediaTime;

impl TrackBuffer {
    /// Stores a frame, which was `full_duration` long before it was shortened for an older one, and
    /// adds its interval to the ranges. `false` when it depends on a frame that is not there.
    #[inline]
    pub(crate) fn store(
        &mut self,
        frame: NewFrame<'_>,
        full_duration: MediaTime,
        change: &mut RangeChange,
    ) -> bool {
        let (start, end) = (frame.pts, frame.end());
        let random_access_point = frame.is_random_access_point;
        let follows = self.store.append_slot().is_some();
        if !self.store.insert(frame) {
            return false;
        }
        if full_duration > self.store.longest {
            self.store.longest = full_duration;
            let tolerance = self.gap_policy.tolerance(full_duration);
            if tolerance > self.ranges.tolerance() {
                self.ranges.grow_tolerance(tolerance, change);
            }
        }
        if random_access_point {
            self.last_appended = Some(start);
        }
        let last_start = start;
        self.close_made_gaps(change);
        if let Some(start) = self.covers_from(start, end, random_access_point, follows) {
            let (start, end) = self.joined_by_starts((start, end), last_start);
            self.ranges.add(start, end, change);
        }
        true
    }

    /// Frames with intervals within `hull` have gone, for `cause`: opens the gaps that this leaves.
    pub(crate) fn repair_ranges(
        &mut self,
        hull: Option<(MediaTime, MediaTime)>,
        cause: GapCause,
        change: &mut RangeChange,
    ) {
        let Some(hull) = hull else { return };
        self.repair_ranges_between(hull, None, cause, change);
    }

    /// The same, up to the end of a removal if it was one.
    pub(crate) fn repair_ranges_between(
        &mut self,
        hull: (MediaTime, MediaTime),
        removed_to: Option<MediaTime>,
        cause: GapCause,
        change: &mut RangeChange,
    ) {
        let (from, to) = match self.coverage {
            Coverage::Frames => hull,
            Coverage::CodedFrameGroups => self.uncover(hull, removed_to),
        };
        let around = self.room().max(self.ranges.tolerance());
        let were_removed = matches!(cause, GapCause::Removed | GapCause::Evicted);
        let mut intervals = self.covered_intervals(from - around, to + around);
        self.join_by_starts(&mut intervals, were_removed.then_some((from, to)));
        let losses = &mut self.losses;
        self.ranges.open_gaps((from, to), around, were_removed, &intervals, |start, end| {
            change.note_lost(start, end);
            losses.lost(start, end, cause);
        });
        self.losses.limit(self.ranges.get());
    }
}
