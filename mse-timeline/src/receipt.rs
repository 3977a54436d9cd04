//! Receipts: the outcome of one append, noted while it runs.
//!
//! A page sees one `update` event however much of its data was dropped or replaced. The receipt
//! names, per step of the standard, what happened to the frames, and carries the net change of the
//! ranges. The change is noted where the ranges are repaired, never found by comparing range lists,
//! so that an append to a buffer of many ranges costs what it costs with one.

use crate::counts::Counts;
use crate::dropped_frame::DroppedFrame;
use crate::reasons::{DropReason, ReplaceReason};
use crate::removal::Eviction;
use mse_core::{Awaited, InbandEvent, LeftOutTrack, Loss, MediaTime, Note, ParseError, TimeRanges, TrackId};
use smallvec::SmallVec;

/// Outcome of one append, and of what `abort()`, `changeType()` or `endOfStream()` let out of it
/// afterwards. Plain data: the facade fills in what the timeline cannot know.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Receipt {
    /// Ordinal of the append in its SourceBuffer, from 1; 0 is unknown. Set before the first frame
    /// is processed: every stored frame remembers it.
    pub append: u64,
    /// Bytes appended.
    pub bytes: u64,
    /// Complete initialization segments.
    pub initialization_segments: u32,
    /// Media segments begun.
    pub media_segments: u32,
    /// Coded frames that entered coded frame processing.
    pub frames_in: u64,
    /// Frames of this append that were not stored, by the reason.
    pub frames_dropped: Counts<DropReason>,
    /// The first of those frames, in stream order: at most
    /// [`TimelineConfig::dropped_frames_logged`](crate::TimelineConfig).
    pub dropped: Vec<DroppedFrame>,
    /// Stretches of the input that became no coded frame though the append went on, by code and
    /// count.
    pub losses: Counts<&'static str>,
    /// Bytes of those stretches.
    pub bytes_lost: u64,
    /// The first of those stretches, in stream order: at most
    /// [`TimelineConfig::dropped_frames_logged`](crate::TimelineConfig).
    pub lost: Vec<Loss>,
    /// Tracks that the initialization segments of this append declare and that are not read.
    pub left_out: Vec<LeftOutTrack>,
    /// Faults in the stream by which nothing is lost: a few items a track at most.
    pub notes: Vec<Note>,
    /// The structure that the input ends inside of, if it does. No error: the next append may go on
    /// with it.
    pub awaits: Option<Awaited>,
    /// Older frames that this append removed or shortened, by the reason.
    pub frames_replaced: Counts<ReplaceReason>,
    /// Places where coded frame groups ended because decode timestamps jumped, each with its track
    /// (CFP-10): the first ones, at most
    /// [`TimelineConfig::dropped_frames_logged`](crate::TimelineConfig).
    pub discontinuities: Vec<Discontinuity>,
    /// Net change of the track buffer ranges, by position of the track buffer; shorter than the
    /// list of track buffers when the rest saw no frame.
    pub tracks: SmallVec<[RangeChange; 2]>,
    /// Messages of the stream to the application, in its order, with times on the presentation
    /// timeline: `emsg` boxes, timed metadata, captions.
    pub inband_events: Vec<InbandEvent>,
    /// Codecs that initialization segments brought and the MIME type of the SourceBuffer did not
    /// declare. No error: what can be decoded is decoded.
    pub undeclared_codecs: Vec<UndeclaredCodec>,
    /// Largest end timestamp of a frame stored by this append, or group end timestamp that a
    /// discontinuity set. Unlike the group end timestamp a discontinuity cannot lower it (CFP-36).
    pub highest_end: Option<MediaTime>,
    /// New duration of the presentation, if this append changed it.
    pub new_duration: Option<f64>,
    /// Eviction that made room for the append (CFE).
    pub eviction: Option<Eviction>,
    /// Why the append failed.
    pub error: Option<ParseError>,
}

impl Receipt {
    /// An empty receipt of the append of a number.
    pub fn new(append: u64) -> Self {
        Self { append, ..Self::default() }
    }

    /// Resets the receipt in place for the next append. Assigning a fresh `Receipt` would copy
    /// several hundred mostly empty bytes.
    pub fn clear(&mut self) {
        let Self {
            append,
            bytes,
            initialization_segments,
            media_segments,
            frames_in,
            frames_dropped,
            dropped,
            losses,
            bytes_lost,
            lost,
            left_out,
            notes,
            awaits,
            frames_replaced,
            discontinuities,
            tracks,
            inband_events,
            undeclared_codecs,
            highest_end,
            new_duration,
            eviction,
            error,
        } = self;
        (*append, *bytes, *bytes_lost, *frames_in) = (0, 0, 0, 0);
        (*initialization_segments, *media_segments) = (0, 0);
        tracks.clear();
        (*highest_end, *new_duration) = (None, None);
        // Nearly every append leaves these empty: one look at all of them costs less than emptying
        // each.
        let listed = dropped.len()
            + lost.len()
            + left_out.len()
            + notes.len()
            + discontinuities.len()
            + inband_events.len()
            + undeclared_codecs.len();
        let counted = frames_dropped.len() + losses.len() + frames_replaced.len();
        if listed + counted > 0 {
            (*dropped, *lost, *left_out) = (Vec::new(), Vec::new(), Vec::new());
            (*notes, *inband_events, *undeclared_codecs) = (Vec::new(), Vec::new(), Vec::new());
            // A few, and often: their memory stays.
            discontinuities.clear();
            frames_dropped.clear();
            losses.clear();
            frames_replaced.clear();
        }
        (*eviction, *error, *awaits) = (None, None, None);
    }

    /// Counts a loss, and logs it while the log has fewer than `limit` entries.
    #[cold]
    pub fn tell_loss(&mut self, loss: Loss, limit: usize) {
        self.losses.add(loss.code, 1);
        self.bytes_lost += loss.bytes;
        if self.lost.len() < limit {
            self.lost.push(loss);
        }
    }

    /// Counts the frame, and logs it while the log has fewer than `limit` entries. Nothing is
    /// allocated before the first.
    #[cold]
    pub(crate) fn tell_dropped(&mut self, frame: DroppedFrame, limit: usize) {
        self.frames_dropped.add(frame.reason, 1);
        if self.dropped.len() < limit {
            self.dropped.push(frame);
        }
    }

    /// The change of the track buffer at `index`, made when missing.
    #[inline]
    pub(crate) fn track_mut(&mut self, index: usize) -> &mut RangeChange {
        if self.tracks.len() <= index {
            self.tracks.resize_with(index + 1, RangeChange::default);
        }
        &mut self.tracks[index]
    }
}

/// A decode timestamp that does not continue its coded frame group (CFP-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Discontinuity {
    /// Position of the track buffer.
    pub track: usize,
    /// Presentation timestamp of the frame, on the presentation timeline.
    pub presentation_timestamp: MediaTime,
    /// Decode timestamp of the frame.
    pub decode_timestamp: MediaTime,
    /// Decode timestamp of the frame before it.
    pub last_decode_timestamp: MediaTime,
}

/// A codec of another family than every declared one (COD-15); profiles and levels may change as
/// they like.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UndeclaredCodec {
    /// The track that has it.
    pub track: TrackId,
    /// The codec string of its description.
    pub found: String,
    /// Codecs of the MIME type, with commas between.
    pub declared: String,
}

impl UndeclaredCodec {
    /// A codec that a track has and its MIME type has not.
    pub fn new(track: TrackId, found: &str, declared: &str) -> Self {
        Self { track, found: found.to_owned(), declared: declared.to_owned() }
    }
}

/// The net change of a track buffer's ranges: what is lost and gained again cancels out.
///
/// Invariant: `gained` and `lost` are disjoint; ranges before − `lost` + `gained` = ranges after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RangeChange {
    /// In the ranges now and not before.
    pub gained: TimeRanges,
    /// In the ranges before and not now.
    pub lost: TimeRanges,
}

impl RangeChange {
    /// Notes that `[start, end)`, of which nothing was in the ranges, entered them.
    #[inline]
    pub(crate) fn note_gained(&mut self, start: MediaTime, end: MediaTime) {
        if self.lost.is_empty() && self.gained.end() == Some(start) {
            self.gained.extend_last(end);
        } else {
            toggle(&mut self.lost, &mut self.gained, start, end);
        }
    }

    /// Notes that `[start, end)`, all of which was in the ranges, left them.
    pub(crate) fn note_lost(&mut self, start: MediaTime, end: MediaTime) {
        toggle(&mut self.gained, &mut self.lost, start, end);
    }
}

/// Takes from `opposite` what it has of the interval and puts the rest into `target`.
fn toggle(opposite: &mut TimeRanges, target: &mut TimeRanges, start: MediaTime, end: MediaTime) {
    if opposite.is_empty() {
        target.insert(start, end);
        return;
    }
    let interval = TimeRanges::from_range(start, end);
    let rest = interval.difference(opposite);
    opposite.remove(start, end);
    for range in &rest {
        target.insert(range.start, range.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: i64) -> MediaTime {
        MediaTime::from_flicks(seconds * MediaTime::TICKS_PER_SECOND)
    }

    #[test]
    fn what_is_lost_and_gained_again_cancels_out() {
        let mut change = RangeChange::default();
        change.note_lost(s(2), s(6));
        change.note_gained(s(3), s(4));
        change.note_gained(s(6), s(7));
        assert_eq!(change.lost.to_string(), "{ [2,3) [4,6) }");
        assert_eq!(change.gained.to_string(), "{ [6,7) }");
        change.note_lost(s(3), s(4));
        change.note_gained(s(2), s(6));
        change.note_lost(s(6), s(7));
        assert_eq!(change, RangeChange::default());
    }
}
