//! [`Primed`]: the few rows of a block that have frames to be decoded before them.

use super::Block;
use crate::priming::Priming;
use bytes::Bytes;
use std::ops::Range;

/// Priming by (physical) row, in row order.
#[derive(Clone, Default)]
pub(super) struct Primed {
    rows: Vec<(u32, Priming)>,
}

impl Primed {
    /// Forgets the rows from `row` on.
    pub(super) fn truncate(&mut self, row: u32) {
        self.rows.truncate(self.rows.partition_point(|entry| entry.0 < row));
    }

    /// Forgets the rows before `row`.
    pub(super) fn drop_front(&mut self, row: u32) {
        let unused = self.rows.partition_point(|entry| entry.0 < row);
        self.rows.drain(..unused);
    }

    /// The first `gone` rows have gone.
    pub(super) fn rebase(&mut self, gone: u32) {
        self.drop_front(gone);
        for entry in &mut self.rows {
            entry.0 -= gone;
        }
    }

    /// Moves those from `row` on out of it.
    pub(super) fn split_off(&mut self, row: u32) -> Self {
        Self { rows: self.rows.split_off(self.rows.partition_point(|entry| entry.0 < row)) }
    }

    pub(super) fn shrink(&mut self) {
        self.rows.shrink_to_fit();
    }

    /// Coded bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.rows.iter().map(|(_, priming)| priming.bytes()).sum()
    }

    /// The pieces that they lie in.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        self.rows.iter().flat_map(|(_, priming)| priming.pieces())
    }

    /// Bytes of its own on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let of_rows: usize = self.rows.iter().map(|(_, priming)| priming.heap_bytes()).sum();
        self.rows.capacity() * size_of::<(u32, Priming)>() + of_rows
    }
}

impl Block {
    /// The next row is primed.
    #[cold]
    pub(super) fn prime(&mut self, priming: Priming) {
        self.primed.rows.push((self.rows.len() as u32, priming));
    }

    /// Frames to be decoded before a row.
    #[inline]
    pub(crate) fn priming(&self, row: usize) -> Option<&Priming> {
        if self.primed.rows.is_empty() {
            return None;
        }
        let physical = self.head + row as u32;
        let at = self.primed.rows.binary_search_by_key(&physical, |entry| entry.0).ok()?;
        self.primed.rows.get(at).map(|entry| &entry.1)
    }

    /// The first primed row from `row` on; the number of rows if there is none.
    #[inline]
    pub(crate) fn next_primed(&self, row: usize) -> usize {
        let is_behind = |entry: &&(u32, Priming)| self.head as usize + row <= entry.0 as usize;
        let next = self.primed.rows.iter().find(is_behind);
        next.map_or(self.len(), |entry| (entry.0 - self.head) as usize)
    }

    /// Bytes of the priming of some rows.
    #[inline]
    pub(super) fn primed_bytes(&self, rows: &Range<usize>) -> u64 {
        if self.primed.rows.is_empty() {
            return 0;
        }
        let (first, last) = (self.head as usize + rows.start, self.head as usize + rows.end);
        let of_rows = |entry: &&(u32, Priming)| (first..last).contains(&(entry.0 as usize));
        self.primed.rows.iter().filter(of_rows).map(|(_, priming)| priming.bytes()).sum()
    }
}
