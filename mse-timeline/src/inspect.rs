//! Read-only listings for tools: what is stored, in the words of a person who looks.

use crate::block::Block;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use mse_core::{CodedFrame, MediaTime, TimeRange, TrackDescription};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Stored frames that hang together: a group of pictures, or a run of frames that are all random
/// access points.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// Presentation timestamp of the random access point that the group begins with.
    pub random_access_point: MediaTime,
    /// The smallest presentation timestamp; smaller than `random_access_point` when leading frames
    /// follow it in decode order.
    pub start: MediaTime,
    /// The largest end timestamp.
    pub end: MediaTime,
    /// Frames.
    pub frames: usize,
    /// Payload bytes.
    pub bytes: u64,
    /// Whether every frame is a random access point.
    pub all_random_access_points: bool,
    /// The description in force at the group's first frame (TB-9).
    pub description: Option<Arc<TrackDescription>>,
    /// The smallest and the largest ordinal of the appends its frames came with
    /// ([`Receipt::append`](crate::Receipt::append)).
    pub appends: RangeInclusive<u64>,
}

/// A stored frame and its origin.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoredFrame {
    /// The frame.
    pub frame: CodedFrame,
    /// Ordinal of the append that the frame came with
    /// ([`Receipt::append`](crate::Receipt::append)); 0 is unknown.
    pub append: u64,
    /// The description in force when the frame was appended (TB-9).
    pub description: Arc<TrackDescription>,
}

impl TrackBuffer {
    /// The groups in decode order.
    pub fn groups(&self) -> impl Iterator<Item = Group> + '_ {
        self.store.blocks().map(|block| Group {
            random_access_point: block.pts(0),
            start: block.start,
            end: block.end,
            frames: block.len(),
            bytes: block.bytes(),
            all_random_access_points: block.all_rap,
            description: block.description(0).cloned(),
            appends: block.appends(),
        })
    }

    /// The frames in decode order.
    pub fn frames(&self) -> impl Iterator<Item = CodedFrame> + '_ {
        let id = self.id();
        self.store
            .blocks()
            .flat_map(move |block| (0..block.len()).filter_map(move |row| block.frame(row, id)))
    }

    /// The frames in decode order, each with the append and the description that it came with.
    pub fn stored_frames(&self) -> impl Iterator<Item = StoredFrame> + '_ {
        let id = self.id();
        let stored = move |block: &Block, row| {
            Some(StoredFrame {
                frame: block.frame(row, id)?,
                append: block.append(row)?,
                description: Arc::clone(block.description(row)?),
            })
        };
        self.store.blocks().flat_map(move |block| (0..block.len()).filter_map(move |row| stored(block, row)))
    }

    /// The gaps between the ranges: those that the gap policy did not close.
    pub(crate) fn holes(&self) -> impl Iterator<Item = TimeRange> + '_ {
        let ranges = self.ranges.get().iter().as_slice();
        ranges.windows(2).filter_map(|pair| match pair {
            [before, after] => Some(TimeRange { start: before.end, end: after.start }),
            _ => None,
        })
    }

    /// Gaps smaller than this are closed (TB-6).
    pub fn gap_tolerance(&self) -> MediaTime {
        self.ranges.tolerance()
    }
}

impl TrackBuffers {
    /// Asserts the invariants of everything stored, frame by frame; for tests.
    ///
    /// # Panics
    /// When one does not hold, which is a bug of this crate.
    pub fn check_invariants(&self) {
        for track in self.tracks() {
            track.store.check();
        }
        self.check_account();
    }
}
