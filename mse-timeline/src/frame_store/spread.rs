//! [`Spread`]: which blocks may have frames shown at a time, whatever other blocks there are.
//!
//! A block lies around its key: some of it may be shown before, by reordering, and it lasts. How
//! far is its class, each eight times as far as the one before, and a search looks around by the
//! class. So a block that reaches far, or did once, costs a search of one more map, and not a look
//! at all blocks within its reach.

use super::FrameStore;
use crate::block::{Block, Key};
use crate::position::Slot;
use mse_core::MediaTime;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::collections::btree_map::Range;

/// Blocks by how far they reach from their keys.
#[derive(Default)]
pub(super) struct Spread {
    /// Classes that have blocks.
    classes: SmallVec<[Class; 2]>,
}

/// Blocks no part of which is further from the key than the class says.
struct Class {
    bits: u8,
    blocks: BTreeMap<Key, Slot>,
}

/// Bits from class to class. Blocks of much the same length are of one class then, and a search
/// asks few maps.
const STEP: u32 = 3;

/// The class of a block that reaches so far.
fn class_of(far: MediaTime) -> u8 {
    let bits = u64::BITS - far.max(MediaTime::ZERO).flicks().unsigned_abs().leading_zeros();
    bits.next_multiple_of(STEP) as u8
}

/// The furthest that a block of a class reaches.
pub(super) fn bound(bits: u8) -> MediaTime {
    let flicks = 1_u64.checked_shl(bits.into()).unwrap_or(0).wrapping_sub(1);
    MediaTime::from_flicks(i64::try_from(flicks).unwrap_or(i64::MAX)).min(MediaTime::MAX)
}

/// Distance that a block reaches from its key, one way or the other.
#[inline]
fn far(block: &Block) -> MediaTime {
    let key = block.key.random_access_point;
    (block.end - key).max(if block.start < key { key - block.start } else { MediaTime::ZERO })
}

impl Class {
    /// The blocks that may be shown in `[from, to]`.
    #[inline]
    fn around(&self, from: MediaTime, to: MediaTime) -> Around<'_> {
        let bound = bound(self.bits);
        let first = Key { random_access_point: from - bound, serial: 0 };
        Around { blocks: self.blocks.range(first..), last: to + bound }
    }
}

/// Blocks of a class up to the last key at which one may be shown. The map is searched for the
/// first alone: few blocks follow.
struct Around<'a> {
    blocks: Range<'a, Key, Slot>,
    last: MediaTime,
}

impl<'a> Iterator for Around<'a> {
    type Item = (&'a Key, &'a Slot);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.blocks.next().filter(|(key, _)| key.random_access_point <= self.last)
    }
}

impl Spread {
    fn insert(&mut self, bits: u8, key: Key, slot: Slot) {
        match self.classes.iter_mut().find(|class| class.bits == bits) {
            Some(class) => drop(class.blocks.insert(key, slot)),
            None => self.classes.push(Class { bits, blocks: BTreeMap::from([(key, slot)]) }),
        }
    }

    fn remove(&mut self, bits: u8, key: Key) {
        let Some(at) = self.classes.iter().position(|class| class.bits == bits) else { return };
        self.classes[at].blocks.remove(&key);
        if self.classes[at].blocks.is_empty() {
            self.classes.swap_remove(at);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let of_class = |class: &Class| class.blocks.len() * size_of::<(Key, Slot)>() * 3 / 2;
        let spilled = if self.classes.spilled() { self.classes.capacity() * size_of::<Class>() } else { 0 };
        spilled + self.classes.iter().map(of_class).sum::<usize>()
    }
}

impl FrameStore {
    /// A block has grown.
    #[inline]
    pub(crate) fn note_reach(&mut self, slot: Slot) {
        let block = self.block(slot);
        if far(block) > bound(block.class) {
            self.classify(slot);
        }
    }

    /// Puts a block into the class that it is of now.
    pub(super) fn classify(&mut self, slot: Slot) {
        let block = &mut self.slots[slot as usize];
        let bits = class_of(far(block));
        if bits != block.class {
            self.spread.remove(block.class, block.key);
            self.spread.insert(bits, block.key, slot);
            block.class = bits;
        }
    }

    /// A block comes: one without frames is likely to reach as far as the one before it.
    pub(super) fn enter_class(&mut self, slot: Slot) {
        let likely = self.append.map_or(0, |append| self.block(append.slot).class);
        let block = &mut self.slots[slot as usize];
        block.class = if block.len() > 0 { class_of(far(block)) } else { likely };
        self.spread.insert(block.class, block.key, slot);
    }

    /// A block of this class and key goes.
    pub(super) fn leave_class(&mut self, class: u8, key: Key) {
        self.spread.remove(class, key);
    }

    /// Slots, in decode order, of the blocks that may have frames shown in `[from, to]`.
    pub(crate) fn candidates(&self, from: MediaTime, to: MediaTime) -> impl Iterator<Item = Slot> + '_ {
        let mut classes = SmallVec::new();
        for class in &self.spread.classes {
            let mut behind = class.around(from, to);
            if let Some((&key, &slot)) = behind.next() {
                classes.push(Next { key, slot, behind });
            }
        }
        Merged { classes }.filter(move |&slot| self.block(slot).start <= to && from <= self.block(slot).end)
    }

    /// The smallest timestamp ≥ `time` that `next` finds in a block, the block that has it, and a
    /// time before which no other block has one.
    pub(super) fn nearest(
        &self,
        time: MediaTime,
        next: impl Fn(&Block) -> Option<MediaTime>,
    ) -> (MediaTime, Option<Slot>, MediaTime) {
        let (mut best, mut second, mut holder) = (MediaTime::INFINITY, MediaTime::INFINITY, None);
        for class in &self.spread.classes {
            for (key, &slot) in class.around(time, MediaTime::INFINITY) {
                let earliest = key.random_access_point - bound(class.bits);
                if earliest > best {
                    second = second.min(earliest);
                    break;
                }
                let block = self.block(slot);
                let Some(pts) = Some(block).filter(|block| time <= block.end).and_then(&next) else {
                    continue;
                };
                if pts < best {
                    (best, second, holder) = (pts, best, Some(slot));
                } else {
                    second = second.min(pts);
                }
            }
        }
        (best, holder, second)
    }

    /// The largest presentation timestamp stored (DUR-2).
    pub(crate) fn highest_pts(&self) -> Option<MediaTime> {
        let mut highest = None;
        for class in &self.spread.classes {
            let bound = bound(class.bits);
            for (key, &slot) in class.blocks.iter().rev() {
                if highest.is_some_and(|highest| key.random_access_point + bound < highest) {
                    break;
                }
                highest = highest.max(Some(self.block(slot).highest_pts()));
            }
        }
        highest
    }

    /// Asserts that each block is in its class.
    pub(super) fn check_spread(&self) {
        let count: usize = self.spread.classes.iter().map(|class| class.blocks.len()).sum();
        assert_eq!(count, self.order.len(), "each block in one class");
        for class in &self.spread.classes {
            assert!(!class.blocks.is_empty(), "no class without blocks");
            for (key, &slot) in &class.blocks {
                let block = self.block(slot);
                assert_eq!((block.key, block.class), (*key, class.bits), "class and block agree");
                assert!(far(block) <= bound(class.bits), "bounds of blocks");
            }
        }
    }
}

/// Blocks of several classes in the order of their keys.
struct Merged<'a> {
    /// The next block of each class that has one.
    classes: SmallVec<[Next<'a>; 3]>,
}

struct Next<'a> {
    key: Key,
    slot: Slot,
    behind: Around<'a>,
}

impl Iterator for Merged<'_> {
    type Item = Slot;

    #[inline]
    fn next(&mut self) -> Option<Slot> {
        let at = match &self.classes[..] {
            [] => return None,
            [_] => 0,
            all => (0..all.len()).min_by_key(|&at| all[at].key)?,
        };
        let next = &mut self.classes[at];
        let first = next.slot;
        match next.behind.next() {
            Some((&key, &slot)) => (next.key, next.slot) = (key, slot),
            None => drop(self.classes.swap_remove(at)),
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_reaches_as_far_as_its_blocks() {
        for flicks in [0, 1, 2, 3, 4, 705_600_000, i64::MAX - 2, i64::MAX - 1] {
            let far = MediaTime::from_flicks(flicks);
            let bits = class_of(far);
            assert!(far <= bound(bits), "{flicks}");
            assert!(bits == 0 || bound(bits - STEP as u8) < far, "{flicks}: no further than eight times");
        }
        assert_eq!(bound(class_of(MediaTime::INFINITY)), MediaTime::MAX);
    }
}
