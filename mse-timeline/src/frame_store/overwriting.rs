//! New frames over older ones (CFP-24): what the running coded frame group replaces as it goes on.

use super::{AppendPoint, FrameStore};
use crate::block::Block;
use crate::position::{Cutting, Slot};
use mse_core::MediaTime;

/// The block that holds the next frame which the running coded frame group is going to overwrite,
/// when its frames stand alone.
#[derive(Clone, Copy)]
pub(super) struct Ahead {
    slot: Slot,
    /// No older frame of another block lies between the group's end and here.
    limit: MediaTime,
}

impl Ahead {
    pub(super) fn is_at(&self, slot: Slot) -> bool {
        self.slot == slot
    }
}

impl FrameStore {
    /// Whether frames of older coded frame groups may lie in `[from, to)`.
    #[inline]
    pub(crate) fn may_hold_older(&self, from: MediaTime, to: MediaTime) -> bool {
        self.cleared.is_none_or(|(start, end)| from < start || end < to)
    }

    /// Interval in which only frames of the running group lie, if it is known.
    pub(crate) fn cleared(&self) -> Option<(MediaTime, MediaTime)> {
        self.cleared
    }

    /// Up to where the older frames ahead can be replaced after the frames that replace them were
    /// stored, so many of them at once: they stand alone, at the front of one block of which some
    /// remain. −∞ when there are none, or that is not known.
    #[inline]
    pub(crate) fn replaceable_to(&self) -> MediaTime {
        let Some(ahead) = self.ahead else { return MediaTime::MIN };
        if self.is_shared(ahead.slot) {
            return MediaTime::MIN;
        }
        self.block(ahead.slot).last_pts().min(ahead.limit)
    }

    /// The block of the older frames ahead, if all older frames in `[from, to)` are in it. It need
    /// not be settled.
    pub(crate) fn only_older(&self, from: MediaTime, to: MediaTime) -> Option<&Block> {
        let (ahead, (cleared_from, _)) = (self.ahead?, self.cleared?);
        let block = self.block(ahead.slot);
        let is_only = cleared_from <= from && from <= block.pts(0) && to <= ahead.limit;
        (is_only && !self.is_shared(ahead.slot)).then_some(block)
    }

    /// Begin of the block after the append point once everything
    /// [replaceable](Self::replaceable_to) is replaced as needed: the frames ahead make way.
    #[inline]
    pub(super) fn first_pts_to_stay(&mut self, append: AppendPoint) -> MediaTime {
        let first = self.first_pts_after(append);
        let next = self.append.and_then(|append| append.next).and_then(|(next, _)| next);
        let is_ahead = self.ahead.is_some_and(|ahead| next == Some(ahead.slot));
        if is_ahead { first.max(self.replaceable_to()) } else { first }
    }

    /// Whether the running group has frames in a block.
    fn is_shared(&self, slot: Slot) -> bool {
        let block = self.block(slot);
        block.first_row_of_group(self.group) < block.len()
    }

    /// Removes the frames of older groups in `[from, to)` where the running group goes on into
    /// them, and looks where the next ones are.
    pub(crate) fn overwrite(&mut self, cutting: &mut Cutting) {
        let (from, to) = (cutting.from, cutting.to);
        let start = self.cleared.map_or(from, |(start, _)| start.min(from));
        if self.overwrite_ahead(cutting) {
            return;
        }
        self.cut(cutting);
        let next = self.find_older(to);
        self.cleared = Some((start, next));
    }

    /// The common case of an append over data that is already there: the next older frames stand
    /// alone, at the front of one block. They go without a look-up. `false` when the general way
    /// has to be taken (for what is left).
    fn overwrite_ahead(&mut self, cutting: &mut Cutting) -> bool {
        let (Some(ahead), Some((start, _))) = (self.ahead, self.cleared) else { return false };
        let block = self.block(ahead.slot);
        if block.pts(0) < cutting.from {
            return false;
        }
        let mut count = 0;
        while count < block.len() && block.pts(count) < cutting.to {
            count += 1;
        }
        let next = block.pts(count);
        if self.is_shared(ahead.slot) || count == block.len() || cutting.to > ahead.limit {
            return false;
        }
        if count > 0 {
            let next_of_append = self.append.and_then(|append| append.next);
            self.cut_rows(ahead.slot, 0, count, cutting);
            if let (Some((Some(slot), _)), Some(append)) = (next_of_append, &mut self.append)
                && slot == ahead.slot
            {
                append.next = Some((Some(slot), next));
            }
        }
        self.cleared = Some((start, next.min(ahead.limit)));
        true
    }

    /// The smallest timestamp ≥ `time` of a frame of an older group, or a time before it with
    /// nothing older in between.
    fn find_older(&mut self, time: MediaTime) -> MediaTime {
        let (best, holder, second) =
            self.nearest(time, |block| block.next_pts(time, block.first_row_of_group(self.group)));
        self.ahead = holder
            .filter(|&slot| self.stands_alone_ahead(slot, best))
            .map(|slot| Ahead { slot, limit: second });
        best
    }

    fn stands_alone_ahead(&self, slot: Slot, pts: MediaTime) -> bool {
        let block = self.block(slot);
        block.all_rap && block.pts(0) == pts && block.first_row_of_group(self.group) == block.len()
    }
}
