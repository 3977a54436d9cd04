//! Positions of stored frames, and cuts: which frames go, and what went.

use mse_core::{MediaTime, TrackId};

pub(crate) type Slot = u32;

/// A stored frame: block and row. Valid until the store changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Position {
    pub(crate) slot: Slot,
    pub(crate) row: usize,
}

/// Purpose of a cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    /// New frames take the place (CFP): frames of the running coded frame group stay (OPN-6), and a
    /// reader in the middle of a group of pictures finishes it.
    Overlap,
    /// Coded frame removal or eviction: whatever lies in the interval goes, and readers stall.
    Removal,
}

/// Count of frames that were cut.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Tally {
    /// Frames in the interval.
    pub(crate) direct: u64,
    /// Frames that depended on them.
    pub(crate) dependent: u64,
    pub(crate) bytes: u64,
    /// Hull of the non-empty presentation intervals.
    pub(crate) hull: Option<(MediaTime, MediaTime)>,
    /// Timestamp of the last cut frame, in decode order, with the decode timestamp asked for
    /// (CFR-5).
    pub(crate) last_appended: Option<MediaTime>,
}

impl Tally {
    pub(crate) fn widen(&mut self, start: MediaTime, end: MediaTime) {
        if start < end {
            let (from, to) = self.hull.unwrap_or((start, end));
            self.hull = Some((from.min(start), to.max(end)));
        }
    }
}

/// The interval of a cut and what comes of it.
pub(crate) struct Cutting {
    pub(crate) from: MediaTime,
    pub(crate) to: MediaTime,
    pub(crate) cut: Cut,
    /// The last decode timestamp of the track buffer, for [`Tally::last_appended`].
    pub(crate) last_decode_timestamp: Option<MediaTime>,
    pub(crate) track_id: TrackId,
    pub(crate) tally: Tally,
}
