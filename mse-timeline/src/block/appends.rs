//! [`Appends`]: which append each row of a block came with. A stream of many frames an append and
//! one of a frame an append each take one entry.

use smallvec::SmallVec;
use std::ops::{Range, RangeInclusive};

/// Rows from `row` on that came with one append, or each with the one after that of the row before.
#[derive(Clone, Copy)]
struct Entry {
    row: u32,
    /// Appends from row to row: 0 or 1.
    step: u32,
    /// Append of the first of these rows.
    append: u64,
}

impl Entry {
    fn at(&self, row: u32) -> u64 {
        self.append.saturating_add(u64::from((row - self.row) * self.step))
    }
}

/// Ordinals of appends by rows.
#[derive(Default)]
pub(super) struct Appends {
    entries: SmallVec<[Entry; 1]>,
}

impl Appends {
    /// The rows from this one on belong to `append`.
    #[inline]
    pub(super) fn push(&mut self, row: u32, append: u64) {
        match self.entries.last_mut() {
            Some(last) if last.at(row) == append => {}
            Some(last) if last.row + 1 == row && last.append.checked_add(1) == Some(append) => last.step = 1,
            _ => self.entries.push(Entry { row, step: 0, append }),
        }
    }

    /// The append of a row.
    pub(super) fn at(&self, row: u32) -> Option<u64> {
        let after = self.entries.partition_point(|entry| entry.row <= row);
        self.entries.get(after.checked_sub(1)?).map(|entry| entry.at(row))
    }

    /// The smallest and the largest of rows, of which there is one.
    pub(super) fn between(&self, rows: Range<u32>) -> RangeInclusive<u64> {
        let begins = self.entries.iter().map(|entry| entry.row.max(rows.start));
        let ends = self.entries.iter().skip(1).map(|entry| entry.row).chain([rows.end]);
        let of_rows = begins.zip(ends).filter(|(begin, end)| begin < end);
        let appends = of_rows.flat_map(|(begin, end)| [self.at(begin), self.at(end - 1)]).flatten();
        let (smallest, largest) =
            appends.fold((u64::MAX, 0), |(low, high), append| (low.min(append), high.max(append)));
        smallest.min(largest)..=largest
    }

    /// Entries of the rows from `row` on, counted as before.
    pub(super) fn behind(&self, row: u32) -> Self {
        let first = self.entries.partition_point(|entry| entry.row <= row).saturating_sub(1);
        Self { entries: self.entries.get(first..).unwrap_or_default().iter().copied().collect() }
    }

    /// Forgets the rows from `row` on.
    pub(super) fn truncate(&mut self, row: u32) {
        self.entries.truncate(self.entries.partition_point(|entry| entry.row < row));
    }

    /// The first `gone` rows have gone.
    pub(super) fn drop_front(&mut self, gone: u32) {
        let unused = self.entries.partition_point(|entry| entry.row <= gone).saturating_sub(1);
        self.entries.drain(..unused);
        if let Some(first) = self.entries.first_mut().filter(|entry| entry.row < gone) {
            first.append = first.at(gone);
            first.row = gone;
        }
        for entry in &mut self.entries {
            entry.row -= gone;
        }
    }

    /// Gives back capacity.
    pub(super) fn shrink(&mut self) {
        self.entries.shrink_to_fit();
    }

    /// Bytes of its own on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        if self.entries.spilled() { self.entries.capacity() * size_of::<Entry>() } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appends(rows: &[u64]) -> Appends {
        let mut appends = Appends::default();
        (0..).zip(rows).for_each(|(row, &append)| appends.push(row, append));
        appends
    }

    fn rows(appends: &Appends, count: u32) -> Vec<u64> {
        (0..count).filter_map(|row| appends.at(row)).collect()
    }

    #[test]
    fn each_row_knows_its_append() {
        let mut appends = appends(&[7, 7, 8, 12, 12]);
        assert_eq!(rows(&appends, 5), [7, 7, 8, 12, 12]);
        assert_eq!((appends.between(0..5), appends.between(2..3)), (7..=12, 8..=8));
        appends.truncate(3);
        assert_eq!((appends.entries.len(), appends.between(0..3)), (2, 7..=8));
    }

    #[test]
    fn rows_in_front_go_with_the_appends_that_only_they_had() {
        for gone in 0..8 {
            let all = [7, 7, 8, 9, 10, 12, 12, 13];
            let mut appends = appends(&all);
            appends.drop_front(gone);
            assert_eq!(rows(&appends, 8 - gone), all[gone as usize..], "{gone}");
        }
    }

    #[test]
    fn an_append_for_each_row_and_one_for_all_take_one_entry() {
        let (each, all) = (appends(&[3, 4, 5, 6, 7]), appends(&[3, 3, 3]));
        assert_eq!((each.entries.len(), all.entries.len()), (1, 1));
        let mut appends = appends(&[3, 4, 4, 5, 6]);
        assert_eq!(rows(&appends, 5), [3, 4, 4, 5, 6]);
        // What is put in again behind a cut goes on from there.
        appends.truncate(2);
        appends.push(2, 9);
        appends.push(3, 9);
        assert_eq!(rows(&appends, 4), [3, 4, 9, 9]);
    }

    #[test]
    fn any_append_may_follow_any_other() {
        let all = appends(&[u64::MAX, 0, 1, u64::MAX]);
        assert_eq!(rows(&all, 4), [u64::MAX, 0, 1, u64::MAX]);
        assert_eq!((all.between(0..2), all.between(1..3)), (0..=u64::MAX, 0..=1));
    }
}
