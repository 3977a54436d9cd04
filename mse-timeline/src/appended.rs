//! Frames of a run on their way to the end of a block: their origin, the place of each on the
//! timeline, and the sum of those that were stored.

use bytes::Bytes;
use mse_core::{MediaTime, TrackDescription};
use std::sync::Arc;

/// Origin of frames: their piece, the ordinal of the append, and their description with its index.
pub(crate) struct Origin<'a> {
    pub(crate) piece: &'a Bytes,
    pub(crate) append: u64,
    pub(crate) description: &'a Arc<TrackDescription>,
    pub(crate) description_index: u16,
}

/// Presentation and decode timestamp and end of a frame on the presentation timeline, as raw ticks.
#[derive(Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) pts: i64,
    pub(crate) dts: i64,
    pub(crate) end: i64,
}

impl Placed {
    /// Whether a row of a block can say it.
    #[inline]
    pub(crate) fn fits_row(self) -> bool {
        i32::try_from(self.dts - self.pts).is_ok() && u32::try_from(self.end - self.pts).is_ok()
    }
}

/// Frames that were appended at the end of a block.
pub(crate) struct Appended {
    pub(crate) frames: usize,
    pub(crate) bytes: u64,
    /// Bytes of frames that are not all of their piece.
    pub(crate) parts: u64,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Decode timestamps of the first and the last: they do not decrease within a group.
    pub(crate) decode: (i64, i64),
    /// No frame is longer.
    pub(crate) longest: MediaTime,
    /// Whether none begins before the one in front of it.
    pub(crate) is_sorted: bool,
}

impl Appended {
    /// The smallest presentation and the largest end timestamp.
    #[inline]
    pub(crate) fn hull(&self) -> (MediaTime, MediaTime) {
        (MediaTime::from_flicks(self.start), MediaTime::from_flicks(self.end))
    }

    /// The smallest and the largest decode timestamp.
    #[inline]
    pub(crate) fn decode(&self) -> (MediaTime, MediaTime) {
        (MediaTime::from_flicks(self.decode.0), MediaTime::from_flicks(self.decode.1))
    }
}
