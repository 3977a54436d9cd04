//! Where the bytes of a block's frames are (D7): in pieces as they were appended, or in copies.
//!
//! A frame refers to its piece, so a frame costs no copy, and keeps all of its piece alive. Two things are done against what that
//! costs. Frames of small pieces are copied one behind the other, since a reference of its own would cost a frame of a low-latency
//! stream more than its row. And what is alive of a piece that is mostly dead is copied out of it.

use super::{Block, Extra, PIECE, Place, Row};
use crate::attributes::Storage;
use crate::ledger::{Ledger, PieceId, piece_id};
use bytes::Bytes;
use mse_core::{FrameData, MediaTime, SideData};
use std::collections::BTreeMap;
use std::ops::Range;

impl Row {
    fn set_piece(&mut self, piece: usize) {
        self.piece_and_flags = self.piece_and_flags & !PIECE | piece as u32;
    }

    fn range(&self) -> Range<usize> {
        self.offset as usize..self.offset as usize + self.size as usize
    }
}

impl Extra {
    /// Copies what lies in the frame's piece, so that it does not keep that alive.
    pub(super) fn detach(&mut self) {
        if let Some(encryption) = &mut self.encryption {
            *encryption = encryption.detached();
        }
        if let Some(side_data) = &mut self.side_data {
            let copied = |data: &SideData| SideData {
                id: data.id,
                data: FrameData::from(Bytes::copy_from_slice(&data.data)),
            };
            *side_data = side_data.iter().map(copied).collect();
        }
    }
}

/// Whether a frame is its whole piece: then there is nothing of the piece that could be dead.
fn is_whole(size: u32, piece: &Bytes) -> bool {
    size as usize == piece.len()
}

impl Block {
    /// A copy of frames holds no more, so that offsets into it fit a row.
    pub(crate) const MAX_COPY: usize = 1 << 30;

    /// The bytes of a row.
    pub(super) fn data(&self, row: &Row) -> Option<FrameData> {
        match self.pieces.get(row.piece()) {
            Some(piece) => FrameData::new(piece.clone(), row.offset, row.size),
            None => self.open.get(row.range()).map(|bytes| FrameData::from(Bytes::copy_from_slice(bytes))),
        }
    }

    /// Lets a frame refer to its piece.
    #[inline]
    pub(super) fn refer(
        &mut self,
        data: &FrameData,
        hull: (MediaTime, MediaTime),
        ledger: &mut Ledger,
    ) -> Place {
        if !is_whole(data.len() as u32, data.piece()) {
            ledger.gain(data.piece(), data.len() as u64, hull);
        }
        Place { offset: data.offset(), piece: self.reference_to(data.piece(), ledger) }
    }

    /// The index of a piece, for frames that go on in the one before or in a new one.
    #[inline]
    pub(crate) fn reference_to(&mut self, piece: &Bytes, ledger: &mut Ledger) -> u32 {
        self.seal(ledger);
        if self.pieces.last().is_none_or(|last| piece_id(last) != piece_id(piece)) {
            self.pieces.push(piece.clone());
        }
        (self.pieces.len() - 1) as u32
    }

    /// Copies a frame behind those copied before it.
    #[inline]
    pub(crate) fn copy(&mut self, bytes: &[u8], storage: &Storage, ledger: &mut Ledger) -> Place {
        let is_full = self.open.len() + bytes.len() > storage.copied_piece;
        if is_full && !self.open.is_empty() {
            self.seal(ledger);
            // Where one was filled the next will be.
            self.likely_copy = storage.copied_piece as u32;
        }
        if self.open.is_empty() {
            self.open.reserve_exact(bytes.len().max(self.likely_copy as usize));
        }
        let offset = self.open.len() as u32;
        self.open.extend_from_slice(bytes);
        Place { offset, piece: self.pieces.len() as u32 }
    }

    /// Makes the copy that is open one of the pieces.
    #[inline]
    pub(crate) fn seal(&mut self, ledger: &mut Ledger) {
        if !self.open.is_empty() {
            self.seal_open(ledger);
        }
    }

    fn seal_open(&mut self, ledger: &mut Ledger) {
        let mut open = std::mem::take(&mut self.open);
        open.shrink_to_fit();
        let (piece, index) = (Bytes::from(open), self.pieces.len());
        for row in (0..self.len()).rev().take_while(|&row| self.piece_of(row) == Some(index)) {
            let size = self.size(row);
            if !is_whole(size, &piece) {
                ledger.gain(&piece, size.into(), (self.pts(row), self.end_of(row)));
            }
        }
        self.pieces.push(piece);
    }

    fn piece_of(&self, row: usize) -> Option<usize> {
        self.live().get(row).map(Row::piece)
    }

    /// Rows are about to go, and with them what they use of their pieces.
    pub(crate) fn release(&self, rows: Range<usize>, ledger: &mut Ledger) {
        let mut rows = self.live().get(rows).unwrap_or_default();
        while let Some(first) = rows.first() {
            let index = first.piece();
            let count = rows.iter().position(|row| row.piece() != index).unwrap_or(rows.len());
            let (of_piece, rest) = rows.split_at(count);
            rows = rest;
            let Some(piece) = self.pieces.get(index) else { continue };
            let parts = of_piece.iter().filter(|row| !is_whole(row.size, piece));
            let bytes: u64 = parts.map(|row| u64::from(row.size)).sum();
            if bytes > 0 {
                ledger.lose(piece, bytes);
            }
        }
    }

    /// Drops the pieces behind the last row.
    pub(super) fn truncate_pieces(&mut self) {
        let Some(last) = self.rows.last() else { return };
        if last.piece() < self.pieces.len() {
            self.pieces.truncate(last.piece() + 1);
            self.open = Vec::new();
        } else {
            self.open.truncate(last.range().end);
        }
    }

    /// Whether it refers to one of these pieces, which are in order.
    pub(crate) fn refers_to(&self, pieces: &[PieceId]) -> bool {
        self.pieces.iter().any(|piece| is_among(piece, pieces))
    }

    /// Copies frames out of these pieces, which are in order. The front is compact.
    pub(crate) fn leave(&mut self, sparse: &[PieceId], ledger: &mut Ledger) {
        debug_assert!(self.head == 0);
        self.seal(ledger);
        let before = std::mem::take(&mut self.pieces);
        let leaves = |row: &Row| before.get(row.piece()).is_some_and(|piece| is_among(piece, sparse));
        let mut first = 0;
        while first < self.rows.len() {
            let (leaving, piece) = (leaves(&self.rows[first]), self.rows[first].piece());
            let goes_on = |row: &Row| if leaving { leaves(row) } else { row.piece() == piece };
            let rest = &self.rows[first..];
            let count = rest.iter().position(|row| !goes_on(row)).unwrap_or(rest.len());
            let last = if leaving { first + fitting(&rest[..count]) } else { first + count };
            if leaving {
                self.copy_out(first, last, &before, ledger);
            } else {
                self.pieces.extend(before.get(piece).cloned());
                let index = self.pieces.len() - 1;
                self.rows[first..last].iter_mut().for_each(|row| row.set_piece(index));
            }
            first = last;
        }
        self.pieces.shrink_to_fit();
    }

    /// Copies rows into a piece of their own.
    fn copy_out(&mut self, first: usize, last: usize, before: &[Bytes], ledger: &mut Ledger) {
        let (index, rows) = (self.pieces.len(), &mut self.rows[first..last]);
        let mut copy = Vec::with_capacity(rows.iter().map(|row| row.size as usize).sum());
        for row in rows.iter_mut() {
            let Some(piece) = before.get(row.piece()) else { continue };
            if !is_whole(row.size, piece) {
                ledger.lose(piece, row.size.into());
            }
            let offset = copy.len() as u32;
            copy.extend_from_slice(piece.get(row.range()).unwrap_or_default());
            row.offset = offset;
            row.set_piece(index);
        }
        let piece = Bytes::from(copy);
        if last - first > 1 {
            ledger.gain(&piece, piece.len() as u64, (self.start, self.end));
        }
        self.pieces.push(piece);
        let of_rows = |entry: &&mut (u32, Extra)| (first..last).contains(&(entry.0 as usize));
        self.extras.iter_mut().filter(of_rows).for_each(|entry| entry.1.detach());
    }

    /// The pieces that are kept alive.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        self.pieces.iter()
    }

    /// What the first copy of the block after it is likely to take: as much as the last of this one.
    pub(crate) fn likely_copy(&self) -> u32 {
        self.likely_copy
    }

    /// Bytes of the copy that is open, with its room.
    pub(crate) fn open_bytes(&self) -> usize {
        self.open.capacity()
    }

    /// Adds what is alive of each piece that a frame does not fill.
    pub(crate) fn count_alive(&self, alive: &mut BTreeMap<PieceId, u64>) {
        for row in self.live() {
            if let Some(piece) = self.pieces.get(row.piece())
                && !is_whole(row.size, piece)
            {
                *alive.entry(piece_id(piece)).or_default() += u64::from(row.size);
            }
        }
    }
}

fn is_among(piece: &Bytes, pieces: &[PieceId]) -> bool {
    pieces.binary_search(&piece_id(piece)).is_ok()
}

/// How many rows fit one copy: at least one, since a frame is smaller than that.
fn fitting(rows: &[Row]) -> usize {
    let mut size = 0;
    let fits = |row: &&Row| {
        size += row.size as usize;
        size <= Block::MAX_COPY
    };
    rows.iter().take_while(fits).count().max(1)
}
