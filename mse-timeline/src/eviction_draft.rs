//! A track buffer with a part of it gone, and nothing removed.
//!
//! What a row of removals takes is a function of the union of their intervals, whatever their
//! order: a frame that is a random access point of its own goes when its timestamp lies in the
//! union, a frame of a group of pictures when that is so of it or of a frame before it in its
//! group; but with one that is shown before a random access point that stays goes only what is
//! shown before the end of the interval. So a plan is the stored frames, untouched, and for each
//! track the union so far.

use crate::block::Block;
use crate::eviction_protection::after;
use crate::position::{Slot, Tally};
use crate::removal::TrackRemoval;
use crate::track_buffer::TrackBuffer;
use crate::track_ranges::TrackRanges;
use mse_core::{MediaTime, TimeRange, TimeRanges};
use smallvec::SmallVec;

/// A track buffer with a part of it gone.
pub(crate) struct Draft<'a> {
    pub(crate) track: &'a TrackBuffer,
    /// Timestamps removed so far.
    gone: TimeRanges,
    /// Payload bytes left.
    pub(crate) bytes: u64,
    /// Ranges left, where it is of interest what they lose.
    ranges: Option<TrackRanges>,
}

impl<'a> Draft<'a> {
    /// Nothing gone yet. `lost` is whether to find out what the ranges lose.
    pub(crate) fn new(track: &'a TrackBuffer, lost: bool) -> Self {
        let ranges = lost.then(|| track.ranges.clone());
        Self { track, gone: TimeRanges::new(), bytes: track.bytes(), ranges }
    }
}

impl Draft<'_> {
    /// Foretells coded frame removal for one track.
    pub(crate) fn remove(&mut self, range: TimeRange, duration: MediaTime) -> TrackRemoval {
        // CFR-2
        let end = self.random_access_point_at(range.end, None).unwrap_or(duration);
        let tally = self.tally(range.start, end);
        self.gone.insert(range.start, end);
        self.bytes -= tally.bytes;
        TrackRemoval {
            start: range.start,
            end,
            frames: tally.direct,
            bytes: tally.bytes,
            lost: self.repair_ranges(tally.hull),
        }
    }

    /// Frames that a removal of `[from, to)` takes.
    fn tally(&self, from: MediaTime, to: MediaTime) -> Tally {
        let mut tally = Tally::default();
        let mut then = self.gone.clone();
        then.insert(from, to);
        for slot in self.track.store.candidates(from, to) {
            let block = self.track.store.block(slot);
            let Some((first, last)) = block.rows_within(from, to) else { continue };
            let mut take = |row: usize| {
                tally.direct += 1;
                tally.bytes += block.size(row);
                tally.widen(block.pts(row), block.end_of(row));
            };
            if block.all_rap {
                (first..last).filter(|&row| self.stays(block, row)).for_each(&mut take);
                continue;
            }
            let stay = self.rows_left(slot, &then);
            let goes = |&row: &usize| stay.get(row) != Some(&true);
            let before = self.rows_left(slot, &self.gone);
            (first..block.len())
                .filter(|&row| before.get(row) == Some(&true))
                .filter(goes)
                .for_each(&mut take);
        }
        tally
    }

    /// Rows of a group of pictures that are left when the intervals are removed; none behind the
    /// last element.
    fn rows_left(&self, slot: Slot, gone: &TimeRanges) -> SmallVec<[bool; 64]> {
        let (store, mut left) = (&self.track.store, SmallVec::new());
        let block = store.block(slot);
        if gone.is_empty() {
            left.resize(block.len(), true);
            return left;
        }
        let mut shown_before = MediaTime::MIN;
        for pts in (0..block.len()).map(|row| block.pts(row)) {
            if let Some(range) = gone.find(pts) {
                if !store.spares_what_is_shown_after(slot, range.end) {
                    break;
                }
                shown_before =
                    if store.spares_leading() { shown_before } else { shown_before.max(range.end) };
            }
            left.push(shown_before <= pts);
        }
        left
    }

    /// Whether a row of a block whose frames stand alone is left.
    fn stays(&self, block: &Block, row: usize) -> bool {
        !block.all_rap || !self.gone.contains(block.pts(row))
    }

    fn repair_ranges(&mut self, hull: Option<(MediaTime, MediaTime)>) -> TimeRanges {
        let mut lost = TimeRanges::new();
        let (Some((from, to)), Some(ranges)) = (hull, &self.ranges) else { return lost };
        let tolerance = ranges.tolerance();
        let intervals = self.intervals(from - tolerance, to + tolerance);
        if let Some(ranges) = &mut self.ranges {
            ranges.open_gaps((from, to), tolerance, true, &intervals, |start, end| lost.insert(start, end));
        }
        lost
    }

    /// The presentation intervals that touch `[from, to]` and are left, by start.
    fn intervals(&self, from: MediaTime, to: MediaTime) -> Vec<(MediaTime, MediaTime)> {
        let (store, mut intervals) = (&self.track.store, Vec::new());
        for slot in store.candidates(from, to) {
            let block = store.block(slot);
            let left = if block.all_rap { SmallVec::new() } else { self.rows_left(slot, &self.gone) };
            let stays = |row: usize| match block.all_rap {
                true => self.stays(block, row),
                false => left.get(row) == Some(&true),
            };
            block.visit_intervals(from, to, |row, start, end| {
                if start < end && stays(row) {
                    intervals.push((start, end));
                }
            });
        }
        intervals.sort_unstable();
        intervals
    }

    /// The first random access point ≥ `time` that is left and not barred.
    pub(crate) fn random_access_point_at(
        &self,
        mut time: MediaTime,
        barred: Option<&TimeRanges>,
    ) -> Option<MediaTime> {
        loop {
            let found = self.track.store.next_random_access_point(time)?;
            let skip = self.gone.find(found).or_else(|| barred?.find(found));
            match skip {
                None => return Some(found),
                Some(range) => time = range.end,
            }
        }
    }

    /// The end of a group of pictures that begins at `start`; where every frame is a random access
    /// point, of as many as it takes.
    pub(crate) fn group_end(&self, start: MediaTime, limit: MediaTime, wanted: u64) -> MediaTime {
        let next = self.random_access_point_at(after(start), None).map_or(limit, |next| next.min(limit));
        let Some(at) = self.track.store.random_access_point_after(start) else { return next };
        let block = self.track.store.block(at.slot);
        if !block.all_rap {
            return next;
        }
        let mut bytes = 0;
        let enough = (at.row..block.len()).find(|&row| {
            let full = bytes >= wanted && block.pts(row) > start;
            if self.stays(block, row) {
                bytes += block.size(row);
            }
            full
        });
        enough.map_or_else(|| block.last_pts(), |row| block.pts(row)).clamp(next, limit)
    }

    /// The start of the last group behind `floor` that is left and not barred.
    pub(crate) fn last_group(&self, floor: MediaTime, wanted: u64, barred: &TimeRanges) -> Option<MediaTime> {
        let stays = |pts| self.gone.find(pts).or_else(|| barred.find(pts));
        let mut before = MediaTime::INFINITY;
        let at = loop {
            let at = self.track.store.random_access_point_before(before)?;
            let pts = self.track.store.block(at.slot).pts(at.row);
            if pts <= floor {
                return None;
            }
            match stays(pts) {
                None => break at,
                Some(range) => before = range.start - MediaTime::from_flicks(1),
            }
        };
        let block = self.track.store.block(at.slot);
        let mut row = at.row;
        if block.all_rap {
            let mut bytes = block.size(row);
            while row > 0
                && bytes < wanted
                && block.pts(row - 1) > floor
                && stays(block.pts(row - 1)).is_none()
            {
                row -= 1;
                bytes += block.size(row);
            }
        }
        Some(block.pts(row))
    }
}
