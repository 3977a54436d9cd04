//! Rows that leave a block: behind, in front, or to a block of their own.

use super::{Block, Key, NewFrame};
use crate::attributes::Storage;
use crate::ledger::Ledger;
use mse_core::TrackId;
use std::ops::Range;
use std::sync::Arc;

impl Block {
    /// Keeps the first `len` rows; `len` is not zero. The others were [released](Self::release).
    pub(crate) fn truncate(&mut self, len: usize) {
        debug_assert!(len > 0);
        let physical = self.head + len as u32;
        self.rows.truncate(physical as usize);
        self.rare.truncate(self.rare.partition_point(|entry| entry.0 < physical));
        self.extras.truncate(self.extras.partition_point(|entry| entry.0 < physical));
        self.primed.truncate(physical);
        self.descriptions.truncate(self.descriptions.partition_point(|described| described.from < physical));
        self.appends.truncate(physical);
        if let Some(last) = self.rows.last() {
            self.pieces.truncate(last);
        }
        if len == 1 {
            (self.all_rap, self.sorted) = (true, true);
        }
        self.measure();
        if self.head == self.keyed && self.head as usize > len {
            self.compact();
        }
        self.give_back();
    }

    /// Gives back the room of rows that went, once it is most.
    fn give_back(&mut self) {
        if self.rows.capacity() / 4 > self.rows.len() {
            self.rows.shrink_to(2 * self.rows.len());
            self.appends.shrink();
            self.rare.shrink_to_fit();
            self.extras.shrink_to_fit();
        }
    }

    /// Takes rows out of the midst; one remains in front. They were [released](Self::release), and
    /// no copy is open. The rows behind come in anew.
    pub(crate) fn cut_out(&mut self, rows: Range<usize>, storage: &Storage, ledger: &mut Ledger) {
        let behind: Vec<_> = (rows.end..self.len())
            .filter_map(|row| {
                let described = Arc::clone(self.description(row)?);
                let frame = self.frame(row, TrackId(0))?;
                Some((frame, self.priming(row).cloned(), described, self.append(row).unwrap_or_default()))
            })
            .collect();
        let group = self.group;
        let bytes = self.bytes_of(&(rows.end..self.len()));
        self.release(rows.end..self.len(), bytes, ledger);
        self.truncate(rows.start);
        for (frame, priming, description, append) in behind {
            let new = NewFrame {
                is_random_access_point: frame.is_random_access_point,
                pts: frame.presentation_timestamp,
                dts: frame.decode_timestamp,
                duration: frame.duration,
                discard: frame.discard,
                data: frame.data,
                encryption: frame.encryption,
                side_data: frame.side_data,
                priming,
                append,
                description_index: frame.description,
                description: &description,
            };
            self.push(new, group, storage, ledger);
        }
    }

    /// Drops the first `count` rows of a block whose frames stand alone; some remain. They were
    /// [released](Self::release).
    #[inline]
    pub(crate) fn drop_front(&mut self, count: usize) {
        debug_assert!(self.all_rap && count < self.len());
        let (_, end) = self.hull_of(&(0..count));
        self.head += count as u32;
        self.start = self.pts(0);
        if end == self.end {
            self.measure();
        }
    }

    /// Frees what dropped rows still hold. The key becomes that of the first row; the caller moves
    /// the block in its map.
    pub(crate) fn settle_front(&mut self) {
        if self.head == self.keyed {
            return;
        }
        let gone = u64::from(self.head - self.keyed);
        self.keyed = self.head;
        self.key = Key { random_access_point: self.start, serial: self.key.serial + gone };
        if self.head as usize > self.len() {
            self.compact();
            return;
        }
        if let Some(first) = self.live().first().copied() {
            self.pieces.drop_front(&first);
        }
        let unused = self.extras.partition_point(|entry| entry.0 < self.head);
        self.extras.drain(..unused);
        self.primed.drop_front(self.head);
    }

    /// Frees the rows in front of the first live one.
    pub(crate) fn compact(&mut self) {
        debug_assert!(self.head == self.keyed);
        let head = std::mem::take(&mut self.head);
        if head > 0 {
            self.keyed = 0;
            self.group_from = self.group_from.saturating_sub(head);
            self.rows.drain(..head as usize);
            self.rebase(head);
            self.give_back();
        }
    }

    /// Moves rows from `at` on into a block of their own, which takes over the group's rows among
    /// them. Only for blocks whose frames stand alone, whose front is settled and whose copy is
    /// closed; both parts get frames.
    pub(crate) fn split_off(&mut self, at: usize) -> Self {
        debug_assert!(self.all_rap && self.head == self.keyed && 0 < at && at < self.len());
        let key = Key { random_access_point: self.pts(at), serial: self.key.serial + at as u64 };
        let physical = self.head + at as u32;
        let rows = self.rows.split_off(physical as usize);
        let primed = self.primed.split_off(physical);
        let bytes = rows.iter().map(|row| u64::from(row.size)).sum::<u64>() + primed.bytes();
        self.bytes -= bytes;
        let mut tail = Self {
            key,
            group: self.group,
            group_from: self.group_from.saturating_sub(physical),
            bytes,
            decode: self.decode,
            longest: self.longest,
            pieces: self.pieces.split_off(&rows),
            rows,
            appends: self.appends.behind(physical),
            descriptions: self.descriptions.clone(),
            rare: self.rare[self.rare.partition_point(|entry| entry.0 < physical)..].to_vec(),
            extras: self.extras[self.extras.partition_point(|entry| entry.0 < physical)..].to_vec(),
            primed,
            ..Self::new(self.key, 0, 0)
        };
        tail.rebase(physical);
        tail.measure();
        self.truncate(at);
        tail
    }

    /// After `gone` rows left in front: renumbers what refers to rows and pieces, and drops what
    /// only the gone rows used.
    fn rebase(&mut self, gone: u32) {
        self.pieces.renumber(&mut self.rows);
        self.rare.retain(|entry| entry.0 >= gone);
        for entry in &mut self.rare {
            entry.0 -= gone;
        }
        self.extras.retain(|entry| entry.0 >= gone);
        for entry in &mut self.extras {
            entry.0 -= gone;
        }
        self.primed.rebase(gone);
        self.appends.drop_front(gone);
        let in_force =
            self.descriptions.partition_point(|described| described.from <= gone).saturating_sub(1);
        self.descriptions.drain(..in_force);
        for described in &mut self.descriptions {
            described.from = described.from.saturating_sub(gone);
        }
    }
}
