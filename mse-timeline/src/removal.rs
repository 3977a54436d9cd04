//! Outcomes of coded frame removal and of coded frame eviction.

use mse_core::{MediaTime, TimeRanges};
use smallvec::SmallVec;

/// Outcome of a removal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Removal {
    /// One for each track buffer, in their order.
    pub tracks: SmallVec<[TrackRemoval; 2]>,
}

impl Removal {
    /// Payload bytes removed.
    pub fn bytes(&self) -> u64 {
        self.tracks.iter().map(|track| track.bytes).sum()
    }
}

/// Outcome of a removal for one track buffer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TrackRemoval {
    /// Start of the removal.
    pub start: MediaTime,
    /// End of the removal, moved to the next random access point (CFR-2); the element compares its
    /// position with it (CFR-8).
    pub end: MediaTime,
    /// Frames removed, with those that depended on them.
    pub frames: u64,
    /// Payload bytes of these frames.
    pub bytes: u64,
    /// Ranges that the track buffer lost.
    pub lost: TimeRanges,
}

/// Frames and ranges that were evicted, or would be.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Eviction {
    /// Payload bytes freed.
    pub bytes: u64,
    /// The removal ranges, of all track buffers of the SourceBuffer.
    pub ranges: TimeRanges,
    /// Each removal in its order.
    pub removals: Vec<Removal>,
}

impl Eviction {
    /// Payload bytes that the track buffer at `track` gives.
    pub fn bytes_of(&self, track: usize) -> u64 {
        self.removals.iter().filter_map(|removal| removal.tracks.get(track)).map(|track| track.bytes).sum()
    }

    /// Ranges that the track buffer at `track` loses.
    pub fn lost_of(&self, track: usize) -> TimeRanges {
        let of_track = self.removals.iter().filter_map(|removal| removal.tracks.get(track));
        of_track.fold(TimeRanges::new(), |lost, track| lost.union(&track.lost))
    }

    /// Adds an eviction that came after this one.
    pub fn merge(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.ranges = self.ranges.union(&other.ranges);
        self.removals.extend(other.removals);
    }

    pub(crate) fn add(&mut self, removal: Removal) {
        self.bytes += removal.bytes();
        self.removals.push(removal);
    }
}
