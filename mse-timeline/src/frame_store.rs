//! The frames of one track buffer: blocks in decode order, found by time.
//!
//! An ordered map leads from a block's key to its slot. Slots stay put, so that appending needs no
//! look-up: the append point remembers the slot of the block that took the last frame and where the
//! block after it begins. Everything else is `O(log blocks + frames touched)`. Blocks may overlap
//! in presentation time (reordered frames, groups shown into the next one); how far each does
//! bounds how far a search has to look around (`spread`).

mod append_end;
mod overwriting;
mod spread;

use crate::attributes::{OpenGroupPolicy, Storage, TimelineConfig};
use crate::block::{Block, Key, NewFrame};
use crate::cursor::Cursor;
use crate::ledger::{Ledger, PieceId};
use crate::position::{Cut, Cutting, Position, Slot};
pub(crate) use append_end::AppendEnd;
use mse_core::MediaTime;
use overwriting::Ahead;
use smallvec::SmallVec;
use spread::Spread;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};
use std::ops::Range;

/// The block that took the last frame.
#[derive(Clone, Copy)]
struct AppendPoint {
    slot: Slot,
    /// The block after it and its first timestamp (+∞ when there is none); unknown after anything
    /// changed around it.
    next: Option<(Option<Slot>, MediaTime)>,
}

/// Blocks in decode order.
///
/// Invariants, checked by [`FrameStore::check`]:
/// - the map holds every used slot exactly once, under the key that its block names;
/// - between the first and the last timestamp of a block of many random access points lies no other
///   block's first timestamp, so that the order of blocks is the order of random access points;
/// - at most one block has a front that is not settled (`stale`); its key is too early but in
///   order;
/// - the block of the append point ends with the frame that was stored last.
pub(crate) struct FrameStore {
    order: BTreeMap<Key, Slot>,
    /// Each on its own, so that no growth moves them all.
    #[allow(
        clippy::vec_box,
        reason = "twice the memory of all blocks, and a copy of them, at each doubling"
    )]
    slots: Vec<Box<Block>>,
    /// Slots without a block. None is the last one.
    free: BTreeSet<Slot>,
    append: Option<AppendPoint>,
    ahead: Option<Ahead>,
    /// Presentation timestamps in `[.0, .1)` belong to frames of the running coded frame group
    /// only.
    cleared: Option<(MediaTime, MediaTime)>,
    stale: Option<Slot>,
    spread: Spread,
    /// The longest frame ever stored.
    pub(crate) longest: MediaTime,
    serial: u64,
    /// The running coded frame group.
    group: u64,
    /// Grows with every change, so that what was found before is known to be still there.
    pub(crate) version: u64,
    max_block_frames: usize,
    open_groups: OpenGroupPolicy,
    storage: Storage,
    /// Blocks that went and whose memory waits to be taken, if that is asked for.
    pub(crate) freed: Vec<Block>,
    keep_freed: bool,
    /// Changes in the use of pieces since the last settlement.
    pub(crate) ledger: Ledger,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) cursors: Vec<Cursor>,
}

impl FrameStore {
    pub(crate) fn new(config: &TimelineConfig) -> Self {
        let storage = &config.storage;
        Self {
            order: BTreeMap::new(),
            slots: Vec::new(),
            free: BTreeSet::new(),
            append: None,
            ahead: None,
            cleared: None,
            stale: None,
            spread: Spread::default(),
            longest: MediaTime::ZERO,
            serial: 0,
            group: 1,
            version: 0,
            max_block_frames: config.max_block_frames.clamp(1, Block::MAX_ROWS),
            open_groups: config.open_groups,
            storage: Storage {
                small_piece: storage.small_piece.min(Block::MAX_COPY),
                copied_piece: storage.copied_piece.min(Block::MAX_COPY),
                ..storage.clone()
            },
            freed: Vec::new(),
            keep_freed: config.keep_freed,
            ledger: Ledger::default(),
            frames: 0,
            bytes: 0,
            cursors: Vec::new(),
        }
    }

    /// The next frame begins a new coded frame group (DEF-5): everything stored is older now.
    pub(crate) fn begin_group(&mut self) {
        self.group += 1;
        self.cleared = None;
        self.ahead = None;
    }

    /// The running coded frame group.
    pub(crate) fn group(&self) -> u64 {
        self.group
    }

    /// The block that took the last frame.
    pub(crate) fn append_slot(&self) -> Option<Slot> {
        self.append.map(|append| append.slot)
    }

    #[inline]
    pub(crate) fn block(&self, slot: Slot) -> &Block {
        &self.slots[slot as usize]
    }

    #[inline]
    fn block_mut(&mut self, slot: Slot) -> &mut Block {
        &mut self.slots[slot as usize]
    }

    pub(crate) fn block_mut_at(&mut self, position: Position) -> &mut Block {
        self.version += 1;
        self.block_mut(position.slot)
    }

    /// A block, and the cursors for what is read of it.
    pub(crate) fn block_and_cursors(&mut self, slot: Slot) -> (&Block, &mut [Cursor]) {
        (&self.slots[slot as usize], &mut self.cursors)
    }

    /// Blocks in decode order.
    pub(crate) fn blocks(&self) -> impl DoubleEndedIterator<Item = &Block> {
        self.order.values().map(|&slot| self.block(slot))
    }

    // ---- adding

    /// Stores a frame behind everything with an earlier or equal random access point; a dependent
    /// frame behind the frame stored last. `false` when there is no such frame, or no room for
    /// another in its block.
    #[inline]
    pub(crate) fn insert(&mut self, frame: NewFrame<'_>) -> bool {
        let slot = if frame.is_random_access_point {
            Some(self.slot_for_random_access_point(frame.pts))
        } else {
            self.slot_for_dependent_frame()
        };
        let Some(slot) = slot else { return false };
        (self.serial, self.frames) = (self.serial + 1, self.frames + 1);
        self.version += 1;
        self.bytes += frame.bytes();
        let block = &mut self.slots[slot as usize];
        block.push(frame, self.group, &self.storage, &mut self.ledger);
        self.note_reach(slot);
        true
    }

    #[inline]
    fn slot_for_random_access_point(&mut self, pts: MediaTime) -> Slot {
        if let Some(append) = self.append {
            let block = self.block(append.slot);
            if block.all_rap
                && pts >= block.last_pts()
                && block.len() < self.max_block_frames
                && pts < self.first_pts_after(append)
            {
                return append.slot;
            }
        }
        self.open_block(pts)
    }

    /// The first timestamp of the block after the append point.
    #[inline]
    fn first_pts_after(&mut self, append: AppendPoint) -> MediaTime {
        if let Some((_, first)) = append.next {
            return first;
        }
        let next = self.slot_after(append.slot);
        let first = next.map_or(MediaTime::INFINITY, |next| self.block(next).pts(0));
        self.append = Some(AppendPoint { next: Some((next, first)), ..append });
        first
    }

    /// A dependent frame goes where the last frame went; a random access point that gets dependents
    /// leaves its block.
    fn slot_for_dependent_frame(&mut self) -> Option<Slot> {
        let append = self.append?;
        let block = self.block(append.slot);
        if block.len() >= Block::MAX_ROWS {
            return None;
        }
        if block.all_rap && block.len() > 1 {
            let last = block.len() - 1;
            self.split(append.slot, last);
            return self.append.map(|append| append.slot);
        }
        Some(append.slot)
    }

    /// Finds or makes the block that a random access point at `pts` goes to: the end of the block
    /// before it, if that is one of many random access points with room, split where the new one
    /// comes to stand; else a new block.
    fn open_block(&mut self, pts: MediaTime) -> Slot {
        self.settle();
        let (was_full, likely_copy) = self.close_append_block();
        let key = Key { random_access_point: pts, serial: u64::MAX };
        let before = self.order.range(..=key).next_back().map(|(_, &slot)| slot);
        let slot = before.and_then(|slot| self.make_room_in(slot, pts)).unwrap_or_else(|| {
            let capacity = if was_full { self.max_block_frames } else { 0 };
            self.add_block(Block::new(Key { serial: self.serial, ..key }, capacity, likely_copy))
        });
        self.append = Some(AppendPoint { slot, next: None });
        slot
    }

    fn make_room_in(&mut self, slot: Slot, pts: MediaTime) -> Option<Slot> {
        let block = self.block(slot);
        if !block.all_rap {
            return None;
        }
        let at = block.row_after(pts);
        if at < block.len() {
            self.split(slot, at);
        }
        (self.block(slot).len() < self.max_block_frames).then_some(slot)
    }

    /// Whether the block of the append point was full, and what its copies say of the next.
    fn close_append_block(&mut self) -> (bool, u32) {
        let Some(append) = self.append else { return (false, 0) };
        self.classify(append.slot);
        let block = &mut self.slots[append.slot as usize];
        block.close(&mut self.ledger);
        (block.all_rap && block.len() == self.max_block_frames, block.likely_copy())
    }

    fn add_block(&mut self, block: Block) -> Slot {
        let key = block.key;
        // The lowest, so that the last ones come to be free and go.
        let slot = match self.free.pop_first() {
            Some(slot) => {
                *self.block_mut(slot) = block;
                slot
            }
            None => {
                self.slots.push(Box::new(block));
                (self.slots.len() - 1) as Slot
            }
        };
        self.order.insert(key, slot);
        self.enter_class(slot);
        slot
    }

    // ---- structure

    /// Moves the rows from `at` on into a block of their own.
    fn split(&mut self, slot: Slot, at: usize) {
        // The tail's key must not come to stand behind one that is too early.
        self.settle();
        self.version += 1;
        let block = &mut self.slots[slot as usize];
        block.seal(&mut self.ledger);
        let tail = block.split_off(at);
        self.classify(slot);
        let new = self.add_block(tail);
        for cursor in &mut self.cursors {
            cursor.follow_split(slot, at, new);
        }
        if let Some(append) = &mut self.append {
            let moved = append.slot == slot;
            *append = AppendPoint { slot: if moved { new } else { append.slot }, next: None };
        }
    }

    /// Puts the map in order for the block whose front was dropped.
    pub(crate) fn settle(&mut self) {
        let Some(slot) = self.stale.take() else { return };
        self.version += 1;
        let block = self.block_mut(slot);
        let (old, class) = (block.key, block.class);
        block.settle_front();
        let new = block.key;
        self.order.remove(&old);
        self.order.insert(new, slot);
        self.leave_class(class, old);
        self.enter_class(slot);
    }

    fn remove_block(&mut self, slot: Slot) {
        let block = std::mem::take(self.block_mut(slot));
        self.order.remove(&block.key);
        self.leave_class(block.class, block.key);
        self.free.insert(slot);
        self.give_back_slots();
        if self.stale == Some(slot) {
            self.stale = None;
        }
        if self.append.is_some_and(|append| append.slot == slot) {
            self.append = None;
        }
        if self.ahead.is_some_and(|ahead| ahead.is_at(slot)) {
            self.ahead = None;
        }
        if self.keep_freed {
            self.freed.push(block);
        }
    }

    /// Drops the free slots behind the last block.
    fn give_back_slots(&mut self) {
        while self.slots.len().checked_sub(1).is_some_and(|last| self.free.remove(&(last as Slot))) {
            self.slots.pop();
        }
        if self.slots.capacity() / 4 > self.slots.len() {
            self.slots.shrink_to(2 * self.slots.len());
        }
    }

    // ---- cutting

    /// Cuts every frame whose presentation timestamp lies in the interval, and what depends on it
    /// (CFP-24, CFP-26, CFR-3, CFR-7).
    pub(crate) fn cut(&mut self, cutting: &mut Cutting) {
        self.settle();
        self.ahead = None;
        let (from, to) = (cutting.from, cutting.to);
        let slots: SmallVec<[Slot; 8]> = self.candidates(from, to).collect();
        for slot in slots {
            let block = self.block(slot);
            let Some((first, mut last)) = block.rows_within(from, to) else { continue };
            if cutting.cut == Cut::Overlap {
                last = last.min(block.first_row_of_group(self.group));
            }
            if first < last {
                self.cut_rows(slot, first, last, cutting);
            }
        }
    }

    /// Cuts rows that stand alone, or a group of pictures from `first` on.
    pub(crate) fn cut_rows(&mut self, slot: Slot, first: usize, last: usize, cutting: &mut Cutting) {
        if self.spares_what_is_shown_after(slot, cutting.to) {
            if self.spares_leading() {
                return;
            }
            self.cut_leading_rows(slot, first, cutting);
            return;
        }
        let block = &mut self.slots[slot as usize];
        let len = block.len();
        let last = if block.all_rap { last } else { len };
        if first > 0 && last < len {
            // It is going to be split, and the rows that go are still in it then.
            block.seal(&mut self.ledger);
        }
        let block = &self.slots[slot as usize];
        let bytes = tally(block, first..last, cutting);
        self.version += 1;
        self.frames -= (last - first) as u64;
        self.bytes -= bytes;
        for cursor in &mut self.cursors {
            cursor.follow_cut(slot, block, first, last, cutting);
        }
        self.slots[slot as usize].release(first..last, bytes, &mut self.ledger);
        if let Some(append) = &mut self.append {
            append.next = None;
        }
        match (first, last) {
            (0, last) if last == len => self.remove_block(slot),
            (_, last) if last == len => {
                self.block_mut(slot).truncate(first);
                self.classify(slot);
                if self.append.is_some_and(|append| append.slot == slot) {
                    self.append = None;
                }
            }
            (0, last) => self.drop_front(slot, last),
            _ => {
                self.split(slot, last);
                let at = self.block(slot).len().min(first);
                self.block_mut(slot).truncate(at);
                self.classify(slot);
            }
        }
    }

    /// Whether pictures shown before the random access point of their group stay where that does.
    pub(crate) fn spares_leading(&self) -> bool {
        self.open_groups == OpenGroupPolicy::Nothing
    }

    /// Whether a cut that ends at `to` takes of this block only what is shown before that: a group
    /// of pictures whose random access point stays.
    pub(crate) fn spares_what_is_shown_after(&self, slot: Slot, to: MediaTime) -> bool {
        let block = self.block(slot);
        self.open_groups != OpenGroupPolicy::WholeGroup && !block.all_rap && to <= block.pts(0)
    }

    /// Cuts the rows from `first` on of a group of pictures that are shown before the end of the
    /// cut. Bounded by the rows of the group.
    fn cut_leading_rows(&mut self, slot: Slot, first: usize, cutting: &mut Cutting) {
        let mut block = std::mem::take(self.block_mut(slot));
        let mut end = block.len();
        // From the back, so that rows in front keep their places.
        while let Some(last) = (first..end).rev().find(|&row| block.pts(row) < cutting.to) {
            let begin =
                (first..last).rev().find(|&row| cutting.to <= block.pts(row)).map_or(first, |row| row + 1);
            self.cut_out(slot, &mut block, begin..last + 1, cutting);
            end = begin;
        }
        *self.block_mut(slot) = block;
        self.classify(slot);
        self.version += 1;
        if let Some(append) = &mut self.append {
            append.next = None;
        }
    }

    /// Cuts rows out of a block that is out of its slot; other rows, one of them in front, remain.
    fn cut_out(&mut self, slot: Slot, block: &mut Block, rows: Range<usize>, cutting: &mut Cutting) {
        let bytes = tally(block, rows.clone(), cutting);
        self.frames -= rows.len() as u64;
        self.bytes -= bytes;
        if rows.end == block.len() && self.append.is_some_and(|append| append.slot == slot) {
            // The frame stored last goes.
            self.append = None;
        }
        block.seal(&mut self.ledger);
        block.release(rows.clone(), bytes, &mut self.ledger);
        block.cut_out(rows.clone(), &self.storage, &mut self.ledger);
        for cursor in &mut self.cursors {
            cursor.follow_cut_out(slot, &rows);
        }
    }

    fn drop_front(&mut self, slot: Slot, count: usize) {
        if self.stale != Some(slot) {
            self.settle();
        }
        self.block_mut(slot).drop_front(count);
        self.stale = Some(slot);
        for cursor in &mut self.cursors {
            cursor.follow_drop_front(slot, count);
        }
    }

    /// Copies frames out of these pieces, which are in order. A look at every block: there is as
    /// much to give back as a part of all frames, or nothing is (see [`Storage::dead_bytes`]).
    pub(crate) fn leave(&mut self, pieces: &[PieceId]) {
        self.settle();
        for &slot in self.order.values() {
            let block = &mut self.slots[slot as usize];
            if block.refers_to(pieces) {
                block.compact();
                block.leave(pieces, &mut self.ledger);
            }
        }
    }

    // ---- finding

    /// The stored frame with the greatest timestamp, the last in decode order of equals, whose
    /// presentation interval contains `time`.
    pub(crate) fn last_containing(&self, time: MediaTime) -> Option<Position> {
        self.containing(time, |pts, best| pts >= best)
    }

    /// The stored frame with the smallest timestamp, the first in decode order of equals, whose
    /// presentation interval contains `time`.
    pub(crate) fn first_containing(&self, time: MediaTime) -> Option<Position> {
        self.containing(time, |pts, best| pts < best)
    }

    fn containing(&self, time: MediaTime, better: impl Fn(MediaTime, MediaTime) -> bool) -> Option<Position> {
        let mut best: Option<(MediaTime, Position)> = None;
        for slot in self.candidates(time, time) {
            self.block(slot).visit_intervals(time, time, |row, start, end| {
                if start <= time && time < end && best.is_none_or(|(pts, _)| better(start, pts)) {
                    best = Some((start, Position { slot, row }));
                }
            });
        }
        best.map(|(_, position)| position)
    }

    /// The first time at or after `time` at which a stored frame is shown.
    pub(crate) fn shown_from(&self, time: MediaTime) -> Option<MediaTime> {
        if self.first_containing(time).is_some() {
            return Some(time);
        }
        let (next, ..) = self.nearest(time, |block| block.next_pts(time, block.len()));
        (next < MediaTime::INFINITY).then_some(next)
    }

    /// The non-empty presentation intervals that touch `[from, to]`, by start.
    pub(crate) fn intervals(&self, from: MediaTime, to: MediaTime) -> Vec<(MediaTime, MediaTime)> {
        let mut intervals = Vec::new();
        for slot in self.candidates(from, to) {
            self.block(slot).visit_intervals(from, to, |_, start, end| {
                if start < end {
                    intervals.push((start, end));
                }
            });
        }
        intervals.sort_unstable();
        intervals
    }

    /// The last random access point ≤ `time`.
    pub(crate) fn random_access_point_before(&self, time: MediaTime) -> Option<Position> {
        let key = Key { random_access_point: time, serial: u64::MAX };
        let mut before = self.order.range(..=key).map(|(_, &slot)| slot).rev();
        // A block whose front was dropped has a key that is too early.
        let is_before = |&slot: &Slot| self.stale != Some(slot) || self.block(slot).pts(0) <= time;
        let slot = before.find(is_before)?;
        let block = self.block(slot);
        let row = if block.all_rap { block.row_after(time).saturating_sub(1) } else { 0 };
        Some(Position { slot, row })
    }

    /// The first random access point ≥ `time`.
    pub(crate) fn random_access_point_after(&self, time: MediaTime) -> Option<Position> {
        let key = Key { random_access_point: time, serial: 0 };
        let mut found = None;
        for (_, &slot) in self.order.range(..key).rev() {
            let block = self.block(slot);
            let row = if block.all_rap { block.row_at_or_after(time) } else { block.len() };
            if row < block.len() {
                found = Some(Position { slot, row });
            }
            // A block whose front was dropped has a key that is too early: it may hide one before
            // it.
            if block.pts(0) < time {
                break;
            }
        }
        found.or_else(|| self.order.range(key..).next().map(|(_, &slot)| Position { slot, row: 0 }))
    }

    /// The timestamp of the first random access point ≥ `time` (CFR-2).
    pub(crate) fn next_random_access_point(&self, time: MediaTime) -> Option<MediaTime> {
        self.random_access_point_after(time).map(|at| self.block(at.slot).pts(at.row))
    }

    /// The block after `slot` in decode order.
    pub(crate) fn slot_after(&self, slot: Slot) -> Option<Slot> {
        let key = self.block(slot).key;
        self.order.range((Excluded(key), Unbounded)).next().map(|(_, &slot)| slot)
    }

    /// The last row of the block before `slot` in decode order.
    pub(crate) fn last_before(&self, slot: Slot) -> Option<Position> {
        let key = self.block(slot).key;
        let slot = self.order.range(..key).next_back().map(|(_, &slot)| slot)?;
        Some(Position { slot, row: self.block(slot).len().checked_sub(1)? })
    }

    /// Bytes of its own on the heap, blocks' contents excluded. Nodes of the map are taken as two
    /// thirds full.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Box<Block>>()
            + self.slots.len() * size_of::<Block>()
            + self.free.len() * size_of::<Slot>() * 3 / 2
            + self.freed.capacity() * size_of::<Block>()
            + self.ledger.heap_bytes()
            + self.cursors.capacity() * size_of::<Cursor>()
            + self.order.len() * size_of::<(Key, Slot)>() * 3 / 2
            + self.spread.heap_bytes()
    }

    /// Asserts the invariants of the type.
    pub(crate) fn check(&self) {
        let mut previous: Option<&Block> = None;
        let (mut frames, mut bytes) = (0, 0);
        for (key, &slot) in &self.order {
            let block = self.block(slot);
            block.check();
            assert_eq!(*key, block.key, "map and block agree");
            assert!(block.len() <= self.max_block_frames || !block.all_rap, "block length");
            assert!(
                previous.is_none_or(|previous| if previous.all_rap {
                    previous.last_pts()
                } else {
                    previous.pts(0)
                } <= block.pts(0)),
                "order of random access points"
            );
            assert!(
                block.pts(0) == key.random_access_point || self.stale == Some(slot),
                "only one stale key"
            );
            frames += block.len() as u64;
            bytes += block.bytes();
            previous = Some(block);
        }
        assert_eq!((frames, bytes), (self.frames, self.bytes), "counts");
        assert_eq!(self.order.len() + self.free.len(), self.slots.len(), "slots");
        self.check_spread();
    }
}

/// Counts frames that are cut; their bytes.
fn tally(block: &Block, rows: Range<usize>, cutting: &mut Cutting) -> u64 {
    let bytes = block.bytes_of(&rows);
    let within = block.count_within(&rows, cutting.from, cutting.to);
    let (start, end) = block.hull_of(&rows);
    let last_appended = cutting.last_decode_timestamp.and_then(|dts| block.last_with_dts(&rows, dts));
    let tally = &mut cutting.tally;
    tally.direct += within as u64;
    tally.dependent += (rows.len() - within) as u64;
    tally.bytes += bytes;
    tally.widen(start, end);
    if let Some(row) = last_appended {
        tally.last_appended = Some(block.pts(row));
    }
    bytes
}
