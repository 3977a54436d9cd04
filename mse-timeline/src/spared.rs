//! Older frames that the end of a new one spares (see [`Tail`]).

use crate::frame_store::FrameStore;
use crate::position::Position;
use crate::receipt::RangeChange;
use crate::tail::Tail;
use crate::track_buffer::TrackBuffer;
use mse_core::MediaTime;

impl TrackBuffer {
    /// Begin of the older frames that a frame `[pts, end)` spares, if it spares any; it replaces
    /// older ones from `from` on. That is the first random access point, or picture shown before
    /// one, that the frame reaches into by less than the container can say. A frame that is itself
    /// so short means what it says.
    pub(crate) fn spared(
        &mut self,
        from: MediaTime,
        pts: MediaTime,
        end: MediaTime,
        is_estimated: bool,
    ) -> Option<MediaTime> {
        let is_short = end - pts < self.tail_tolerance;
        if self.tail_tolerance == MediaTime::ZERO || (is_short && !is_estimated) {
            return None;
        }
        let reached = if is_estimated { pts } else { pts.max(end - self.tail_tolerance) };
        let reached = (reached + MediaTime::from_flicks(1)).max(from);
        if let Some(block) = self.store.only_older(from, end) {
            return block.next_point(reached, block.len()).filter(|&point| point < end);
        }
        self.store.settle();
        self.store.older_point(reached, end)
    }

    /// Whether a frame `[pts, end)` begins so little before its group ends so far that it goes on
    /// there.
    #[inline]
    pub(crate) fn is_near(&self, highest_end: MediaTime, pts: MediaTime, end: MediaTime) -> bool {
        highest_end - pts < self.tail_tolerance && self.tail_tolerance <= end - pts
    }

    /// The running coded frame group goes on over the older frames that its last frame was
    /// shortened for: it is as long as it was.
    #[cold]
    pub(crate) fn restore_tail(&mut self, change: &mut RangeChange) {
        let Some(tail) = self.tail.take() else { return };
        let Some(position) = self.store.find_tail(&tail) else { return };
        self.store.set_duration(position, tail.duration);
        self.ranges.add(tail.pts, tail.pts + tail.duration, change);
    }

    /// Shortens the frame that was appended last of those that end at `end`, to `older`.
    #[cold]
    pub(crate) fn cut_tail(&mut self, end: MediaTime, older: MediaTime) {
        let Some(position) = self.store.last_appended_to(end) else { return };
        let block = self.store.block(position.slot);
        let (pts, dts) = (block.pts(position.row), block.dts(position.row));
        self.store.set_duration(position, older - pts);
        self.tail = Some(Tail::new(pts, dts, end - pts, older));
    }
}

impl FrameStore {
    /// The smallest timestamp in `[from, to)` of an older random access point, or of an older frame
    /// shown before that of its group.
    fn older_point(&self, from: MediaTime, to: MediaTime) -> Option<MediaTime> {
        let of_block = |slot| {
            let block = self.block(slot);
            block.next_point(from, block.first_row_of_group(self.group()))
        };
        self.candidates(from, to).filter_map(of_block).min().filter(|&point| point < to)
    }

    /// The frame of the running coded frame group that was shortened.
    fn find_tail(&self, tail: &Tail) -> Option<Position> {
        let of_block = |slot| {
            let block = self.block(slot);
            let is_it = |&row: &usize| {
                (block.pts(row), block.dts(row), block.end_of(row)) == (tail.pts, tail.dts, tail.end)
            };
            let row = (block.first_row_of_group(self.group())..block.len()).rev().find(is_it)?;
            Some(Position { slot, row })
        };
        self.candidates(tail.pts, tail.pts).filter_map(of_block).last()
    }

    /// The last row of the block last appended to that ends at `end`.
    fn last_appended_to(&self, end: MediaTime) -> Option<Position> {
        let slot = self.append_slot()?;
        let block = self.block(slot);
        let row = (0..block.len()).rev().find(|&row| block.end_of(row) == end)?;
        Some(Position { slot, row })
    }

    /// Gives a stored frame another duration.
    fn set_duration(&mut self, position: Position, duration: MediaTime) {
        let discard = self.block(position.slot).discard(position.row);
        self.block_mut_at(position).set_duration(position.row, duration, discard);
        self.note_reach(position.slot);
    }
}
