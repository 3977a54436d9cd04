//! The coded frame removal algorithm (CFR).

use crate::attributes::{Attributes, RemovedTails};
use crate::losses::GapCause;
use crate::position::{Cut, Cutting, Tally};
use crate::receipt::RangeChange;
use crate::removal::{Removal, TrackRemoval};
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use mse_core::{AppendMode, MediaTime, TimeRanges};

impl TrackBuffers {
    /// Removes the frames that start in `[start, end)`, up to the next random access point.
    /// `duration` is that of the MediaSource.
    ///
    /// <https://w3c.github.io/media-source/#sourcebuffer-coded-frame-removal>
    pub fn remove(
        &mut self,
        start: MediaTime,
        end: MediaTime,
        duration: MediaTime,
        attributes: &mut Attributes,
    ) -> Removal {
        self.remove_because(GapCause::Removed, start, end, duration, attributes)
    }

    /// The algorithm, for `remove()` or eviction.
    pub(crate) fn remove_because(
        &mut self,
        cause: GapCause,
        start: MediaTime,
        end: MediaTime,
        duration: MediaTime,
        attributes: &mut Attributes,
    ) -> Removal {
        let mut removal = Removal::default();
        for index in 0..self.tracks.len() {
            let Some(track) = self.tracks.get_mut(index) else { continue };
            track.store.settle();
            // CFR-2
            let remove_end = track.store.next_random_access_point(end).unwrap_or(duration);
            // CFR-3, CFR-7
            let (tally, lost) = track.remove(start, remove_end, cause);
            let (frames, bytes) = (tally.direct + tally.dependent, tally.bytes);
            removal.tracks.push(TrackRemoval { start, end: remove_end, frames, bytes, lost });
            // CFR-5, CFR-6 DEVIATION: the text unsets the variables after every removal; meant is
            // only when a frame last appended went (media-source issue 290, DIS-15). Frames that
            // went because they depended on others count too: without them nothing can follow.
            let Some(pts) = tally.last_appended else { continue };
            match self.config.removed_tails {
                RemovedTails::EndGroup => self.end_group_at(pts, attributes),
                RemovedTails::EndTrack => {
                    if let Some(track) = self.tracks.get_mut(index) {
                        track.end_coded_frame_group();
                    }
                }
                RemovedTails::GroupGoesOn => {}
            }
        }
        removal
    }

    /// CFR-5, CFR-6: the frame at `pts` that was last appended has gone.
    fn end_group_at(&mut self, pts: MediaTime, attributes: &mut Attributes) {
        match attributes.mode {
            AppendMode::Segments => attributes.group_end_timestamp = pts,
            AppendMode::Sequence => {
                // One that is armed already, by `timestampOffset`, stays (SB-12).
                attributes.group_start_timestamp.get_or_insert(attributes.group_end_timestamp);
            }
        }
        self.end_coded_frame_group();
    }
}

impl TrackBuffer {
    /// Removes the frames that start in `[start, end)` and what depends on them; what went, and
    /// what the ranges lost.
    fn remove(&mut self, start: MediaTime, end: MediaTime, cause: GapCause) -> (Tally, TimeRanges) {
        let mut cutting = Cutting {
            from: start,
            to: end,
            cut: Cut::Removal,
            last_decode_timestamp: self.last_decode_timestamp,
            track_id: self.id(),
            tally: Tally::default(),
        };
        self.store.cut(&mut cutting);
        // What the first rows of a block held is freed now, not with the next change.
        self.store.settle();
        let mut change = RangeChange::default();
        if let Some(hull) = cutting.tally.hull {
            self.repair_ranges_between(hull, Some(end), cause, &mut change);
        }
        (cutting.tally, change.lost)
    }
}
