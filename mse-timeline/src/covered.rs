//! State of coverage by coded frame groups: the group that begins next, and the stretches of a
//! track that show as buffered without frames of their own.

use mse_core::{AppendMode, MediaTime};
use std::collections::BTreeMap;
use std::ops::Bound::{Included, Unbounded};

/// The coded frame group of a SourceBuffer that begins with the next frame.
#[derive(Clone, Copy, Default)]
pub(crate) struct GroupSignal {
    /// Whether the next frame of any track begins no group of all tracks.
    pub(crate) goes_on: bool,
    /// The mode of the frame before.
    pub(crate) mode: AppendMode,
}

impl GroupSignal {
    /// The next frame begins a group of all tracks, if the mode is "segments": in mode "sequence"
    /// groups are joined.
    pub(crate) fn end_group(&mut self, mode: AppendMode) {
        self.goes_on &= mode == AppendMode::Sequence;
    }

    /// The next frame begins a group of all tracks.
    pub(crate) fn begin(&mut self) {
        self.goes_on = false;
    }
}

/// Stretches of one track without frames of their own that show as buffered.
#[derive(Default)]
pub(crate) struct Covered {
    /// Start of the group whose first frame on this track is the next frame.
    pub(crate) group_start: Option<MediaTime>,
    /// Start of the frame before `group_start`, in a range that reaches there: the group goes on
    /// from that frame.
    pub(crate) frame_before: Option<MediaTime>,
    /// The last decode timestamp, or that of the frame that began the group of all tracks.
    pub(crate) last_decode_timestamp: Option<MediaTime>,
    /// Random access point of the group of pictures last appended to.
    pub(crate) random_access_point: Option<MediaTime>,
    /// Starts of the stretches, by the random access points that they end at. At most one for each
    /// of these.
    pub(crate) before: BTreeMap<MediaTime, MediaTime>,
}

impl Covered {
    /// Bytes on the heap; nodes of the map are taken as two thirds full.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.before.len() * size_of::<(MediaTime, MediaTime)>() * 3 / 2
    }

    /// The stretches that touch `[from, to]`. Bounded by those behind `from`.
    pub(crate) fn touching(
        &self,
        from: MediaTime,
        to: MediaTime,
    ) -> impl Iterator<Item = (MediaTime, MediaTime)> + '_ {
        let behind = self.before.range((Included(from), Unbounded)).map(|(&point, &start)| (start, point));
        behind.take_while(move |&(start, _)| start <= to)
    }
}
