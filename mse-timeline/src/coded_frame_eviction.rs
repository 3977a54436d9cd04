//! The coded frame eviction algorithm (CFE): which ranges go when an append needs room.

use crate::attributes::Attributes;
use crate::coded_frame_removal::Removal;
use crate::gaps::GapCause;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use mse_core::{MediaTime, TimeRanges};

/// What was evicted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Eviction {
    /// Payload bytes freed.
    pub bytes: u64,
    /// The removal ranges, of all track buffers of the SourceBuffer.
    pub ranges: TimeRanges,
    /// Each removal in its order.
    pub removals: Vec<Removal>,
}

impl TrackBuffers {
    /// Frees at least `needed` payload bytes if that can be done, by whole groups of pictures.
    ///
    /// The order is Chromium's (DIS-18): what lies between the last append and the position if the append is behind it, what lies behind
    /// the position from the front on, then what lies ahead from the back on. Never the group at the position and never the
    /// one last appended to, so that contiguous appends far ahead end in a QuotaExceededError (CFE-3).
    ///
    /// <https://w3c.github.io/media-source/#sourcebuffer-coded-frame-eviction>
    pub fn evict(
        &mut self,
        needed: u64,
        current_time: MediaTime,
        duration: MediaTime,
        attributes: &mut Attributes,
    ) -> Eviction {
        let mut eviction = Eviction::default();
        for track in &mut self.tracks {
            track.store.settle();
        }
        while eviction.bytes < needed {
            // The ranges are chosen by the track buffer that has most to give.
            let Some(largest) = self.tracks.iter().max_by_key(|track| track.bytes()) else { break };
            let Some((start, end)) = largest.next_eviction(current_time, needed - eviction.bytes) else {
                break;
            };
            let removal = self.remove_because(GapCause::Evicted, start, end, duration, attributes);
            if removal.bytes() == 0 {
                break;
            }
            eviction.bytes += removal.bytes();
            eviction.ranges.insert(start, end);
            eviction.removals.push(removal);
        }
        eviction
    }
}

impl TrackBuffer {
    /// The next removal range of about `wanted` bytes.
    fn next_eviction(&self, current_time: MediaTime, wanted: u64) -> Option<(MediaTime, MediaTime)> {
        // Up to here is behind the position: the start of the group that is playing, if one is.
        let playing = self.store.random_access_point_before(current_time);
        let playing = playing.filter(|at| current_time < self.store.block(at.slot).end);
        let behind = playing.map_or(current_time, |at| self.store.block(at.slot).pts(at.row));
        let appended = self.last_appended.unwrap_or(MediaTime::MIN);
        self.between_append_and_position(appended, behind, wanted)
            .or_else(|| self.front(behind.min(appended), wanted))
            .or_else(|| self.back(behind.max(appended), current_time, wanted))
    }

    fn between_append_and_position(
        &self,
        appended: MediaTime,
        behind: MediaTime,
        wanted: u64,
    ) -> Option<(MediaTime, MediaTime)> {
        let start = self.store.next_random_access_point(appended + MediaTime::from_flicks(1))?;
        (appended > MediaTime::MIN && start < behind).then(|| (start, self.group_end(start, behind, wanted)))
    }

    fn front(&self, limit: MediaTime, wanted: u64) -> Option<(MediaTime, MediaTime)> {
        let start = self.store.block(self.store.first_slot()?).pts(0);
        (start < limit).then(|| (start, self.group_end(start, limit, wanted)))
    }

    /// The end of a group of pictures that begins at `start`; where every frame is a random access point, of as many as it takes.
    fn group_end(&self, start: MediaTime, limit: MediaTime, wanted: u64) -> MediaTime {
        let after = start + MediaTime::from_flicks(1);
        let next = self.store.next_random_access_point(after).map_or(limit, |next| next.min(limit));
        let Some(at) = self.store.random_access_point_after(start) else { return next };
        let block = self.store.block(at.slot);
        if !block.all_rap {
            return next;
        }
        let mut bytes = 0;
        let enough = (at.row..block.len()).find(|&row| {
            let full = bytes >= wanted && block.pts(row) > start;
            bytes += u64::from(block.size(row));
            full
        });
        enough.map_or_else(|| block.last_pts(), |row| block.pts(row)).clamp(next, limit)
    }

    /// The last groups, down to the one after the position and after the last append.
    fn back(&self, floor: MediaTime, current_time: MediaTime, wanted: u64) -> Option<(MediaTime, MediaTime)> {
        let block = self.store.block(self.store.last_slot()?);
        let mut row = block.len().checked_sub(1)?;
        if block.all_rap {
            let mut bytes = u64::from(block.size(row));
            while row > 0 && bytes < wanted && block.pts(row - 1) > floor.max(current_time) {
                row -= 1;
                bytes += u64::from(block.size(row));
            }
        } else {
            row = 0;
        }
        let start = block.pts(row);
        (start > floor && start > current_time).then_some((start, MediaTime::INFINITY))
    }
}
