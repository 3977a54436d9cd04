//! Frames of sound, timed in samples.

use mse_core::{CodedFrame, DiscardPadding, FrameData, MediaTime, TrackId};
use std::num::NonZeroU32;

/// A frame's samples on the timeline of its stream: from where to where it is presented, and how
/// many are cut before and behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) cut_start: i64,
    pub(crate) cut_end: i64,
}

impl Span {
    /// So many samples, of which nothing is cut; `None` beyond what 64 bits hold.
    pub(crate) fn new(start: i64, samples: i64) -> Option<Self> {
        Some(Self { start, end: start.checked_add(samples)?, cut_start: 0, cut_end: 0 })
    }

    /// The frame; both ends are timed, so that neighbours stay neighbours. `None` beyond what 64
    /// bits hold.
    pub(crate) fn frame(&self, id: TrackId, rate: NonZeroU32, data: FrameData) -> Option<CodedFrame> {
        let time = |samples: i64| MediaTime::from_ticks(samples, rate);
        let (start, end) = (time(self.start)?, time(self.end)?);
        Some(CodedFrame {
            track_id: id,
            description: 0,
            is_random_access_point: true,
            presentation_timestamp: start,
            decode_timestamp: start,
            duration: end - start,
            is_duration_estimated: false,
            discard: DiscardPadding { start: time(self.cut_start)?, end: time(self.cut_end)? },
            data,
            encryption: None,
            side_data: None,
        })
    }
}
