//! [`FrameRun`]: plain frames on their way from a demuxer to the timeline, many at a time.
//!
//! A [`CodedFrame`] has room for everything that a frame may have, and moving one costs more than
//! storing it. Nearly every frame has nothing but times and bytes, and lies in the same appended
//! piece as the one before: a run holds these as rows of 48 bytes that share one reference to the
//! piece.

use crate::frame::{CodedFrame, DiscardPadding, FrameData};
use crate::time::MediaTime;
use crate::track::TrackId;
use bytes::Bytes;

/// A clear frame without discard padding or side data; its bytes lie in the piece of its run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunFrame {
    /// Id of the track.
    pub track_id: TrackId,
    /// Presentation timestamp.
    pub presentation_timestamp: MediaTime,
    /// Decode timestamp.
    pub decode_timestamp: MediaTime,
    /// Presentation duration; never negative.
    pub duration: MediaTime,
    /// Position of the first byte within the piece.
    pub offset: u32,
    /// Number of bytes, all within the piece.
    pub len: u32,
    /// Position of the frame's description in the last initialization segment.
    pub description: u16,
    /// Whether decoding can start here.
    pub is_random_access_point: bool,
}

/// Limits of a run: the number of frames, items and cost at which it is full, as if the caller
/// counted item by item.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    /// Frames.
    pub frames: usize,
    /// Items of the demuxer.
    pub items: usize,
    /// Cost at which nothing more is taken; the item that reaches it still is.
    pub cost: usize,
    /// Cost of an item besides its bytes.
    pub item_cost: usize,
}

/// Frames in the order in which [`Demuxer::poll`](crate::Demuxer::poll) would have given them.
///
/// Invariant: every frame lies within the piece.
#[derive(Debug, Default)]
pub struct FrameRun {
    room: Room,
    items: usize,
    cost: usize,
    media_segments: u32,
    piece: Bytes,
    frames: Vec<RunFrame>,
}

impl FrameRun {
    /// Empties the run, keeps its memory, and sets its limits. A run without limits takes no frame.
    pub fn reset(&mut self, room: Room) {
        (self.room, self.items, self.cost, self.media_segments) = (room, 0, 0, 0);
        self.piece = Bytes::new();
        self.frames.clear();
    }

    /// Whether the run takes another frame behind `items_before` items without bytes.
    #[inline]
    pub fn has_room(&self, items_before: usize) -> bool {
        self.frames.len() < self.room.frames
            && self.items + items_before < self.room.items
            && self.cost + items_before * self.room.item_cost < self.room.cost
    }

    /// Sets the piece that all frames lie in. A run that is not empty keeps its piece.
    pub fn begin(&mut self, piece: &Bytes) {
        if self.frames.is_empty() {
            self.piece = piece.clone();
        }
    }

    /// Adds a frame. Returns `false`, and changes nothing, when the frame does not lie in the
    /// piece.
    #[inline]
    pub fn push(&mut self, frame: RunFrame) -> bool {
        if u64::from(frame.offset) + u64::from(frame.len) > self.piece.len() as u64 {
            return false;
        }
        self.items += 1;
        self.cost += self.room.item_cost + frame.len as usize;
        self.frames.push(frame);
        true
    }

    /// Adds a frame that was made alone. Returns `false`, and changes nothing, when the frame is
    /// not plain (or its duration is an estimate, which a run cannot say) or lies in another piece.
    pub fn push_frame(&mut self, frame: &CodedFrame) -> bool {
        let piece = frame.data.piece();
        let is_plain =
            frame.encryption.is_none() && frame.side_data.is_none() && frame.discard == DiscardPadding::NONE;
        let is_plain = is_plain && !frame.is_duration_estimated;
        let is_here = (piece.as_ptr(), piece.len()) == (self.piece.as_ptr(), self.piece.len());
        is_plain
            && is_here
            && self.push(RunFrame {
                track_id: frame.track_id,
                presentation_timestamp: frame.presentation_timestamp,
                decode_timestamp: frame.decode_timestamp,
                duration: frame.duration,
                offset: frame.data.offset(),
                len: frame.data.len() as u32,
                description: frame.description,
                is_random_access_point: frame.is_random_access_point,
            })
    }

    /// Adds frames of these sizes that otherwise repeat the last frame: each lies, is shown and is
    /// decoded where its predecessor ends, for the same duration. Ends at the first frame that has
    /// no bytes, does not lie before `to` in the piece, or exceeds the limits. Returns the number
    /// of frames added and of their bytes. All times must be finite.
    #[inline]
    pub fn push_repeats(&mut self, sizes: impl Iterator<Item = u32>, to: usize) -> (usize, usize) {
        let Some(&last) = self.frames.last() else { return (0, 0) };
        let (before, begin) = (self.frames.len(), last.offset as usize + last.len as usize);
        let room = self.room.frames.saturating_sub(before).min(self.room.items.saturating_sub(self.items));
        let (to, item_cost, end_cost) = (to.min(self.piece.len()), self.room.item_cost, self.room.cost);
        let (mut at, mut cost, mut later) = (begin, self.cost, 0);
        for len in sizes.take(room) {
            let end = at + len as usize;
            if len == 0 || end > to || cost >= end_cost {
                break;
            }
            later += last.duration.flicks();
            self.frames.push(RunFrame {
                presentation_timestamp: MediaTime::from_flicks(last.presentation_timestamp.flicks() + later),
                decode_timestamp: MediaTime::from_flicks(last.decode_timestamp.flicks() + later),
                offset: at as u32,
                len,
                ..last
            });
            at = end;
            cost += item_cost + len as usize;
        }
        let count = self.frames.len() - before;
        self.items += count;
        self.cost = cost;
        (count, at - begin)
    }

    /// Adds a frame that is a media segment by itself: the end of the segment before and the start
    /// of its own stand in front of it.
    #[inline]
    pub fn push_segment(&mut self, frame: RunFrame) -> bool {
        let pushed = self.push(frame);
        if pushed {
            self.media_segments += 1;
            self.items += 2;
            self.cost += 2 * self.room.item_cost;
        }
        pushed
    }

    /// The frames.
    pub fn frames(&self) -> &[RunFrame] {
        &self.frames
    }

    /// The piece that all frames lie in.
    pub fn piece(&self) -> &Bytes {
        &self.piece
    }

    /// Number of items that `poll` would have given for the frames of the run.
    pub fn items(&self) -> usize {
        self.items
    }

    /// Cost of the items so far, against [`Room::cost`].
    pub fn cost(&self) -> usize {
        self.cost
    }

    /// Number of media segments that begin in the run.
    pub fn media_segments(&self) -> u32 {
        self.media_segments
    }

    /// A frame as `poll` would have given it.
    pub fn coded_frame(&self, index: usize) -> Option<CodedFrame> {
        let frame = self.frames.get(index)?;
        Some(CodedFrame {
            track_id: frame.track_id,
            description: frame.description,
            is_random_access_point: frame.is_random_access_point,
            presentation_timestamp: frame.presentation_timestamp,
            decode_timestamp: frame.decode_timestamp,
            duration: frame.duration,
            is_duration_estimated: false,
            discard: DiscardPadding::NONE,
            data: FrameData::new(self.piece.clone(), frame.offset, frame.len)?,
            encryption: None,
            side_data: None,
        })
    }
}
