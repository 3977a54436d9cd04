//! Storage of the bytes of a block's frames (decision 0016): in pieces as they were appended, or in
//! copies.
//!
//! A frame refers to its piece, so a frame costs no copy, and keeps all of its piece alive. Two
//! things are done against what that costs. Frames of small pieces are copied one behind the other,
//! since a reference of its own would cost a frame of a low-latency stream more than its row. And
//! what is alive of a piece that is mostly dead is copied out of it.
//!
//! A block knows how much of each piece its frames use, so that a piece whose frames go together
//! goes without a look at them.

use super::{Block, Extra, PIECE, Place, Row};
use crate::attributes::Storage;
use crate::ledger::{Ledger, PieceId, piece_id};
use bytes::Bytes;
use mse_core::{FrameData, FrameEncryption, SideData};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::ops::Range;

/// The pieces that the rows of a block refer to, in their order.
#[derive(Default)]
pub(super) struct Pieces {
    /// Piece index of `held[0]`; rows store indices relative to this base.
    base: u32,
    held: SmallVec<[Held; 1]>,
    /// Copies of frames of small pieces, until they are one piece. It is the one behind the others.
    open: Vec<u8>,
    /// Bytes that the next copy is likely to take.
    likely_copy: u32,
}

/// A piece, and how many bytes of it the block's frames use; of frames that are all of a piece,
/// none.
#[derive(Clone)]
struct Held {
    piece: Bytes,
    used: u64,
}

impl Held {
    /// Bytes of the piece that some rows use.
    fn used_by<'a>(&self, rows: impl Iterator<Item = &'a Row>) -> u64 {
        rows.filter(|row| !is_whole(row.size, &self.piece)).map(|row| u64::from(row.size)).sum()
    }

    /// Subtracts `used` bytes: frames that referred to this piece were removed.
    fn lose(&mut self, used: u64, ledger: &mut Ledger) {
        if used > 0 {
            self.used -= used;
            ledger.lose(&self.piece, used);
        }
    }
}

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
            *side_data = side_data.iter().map(SideData::detached).collect();
        }
    }
}

impl Extra {
    /// Copies vector and subsamples that lie in another piece than the frame: they are few, and
    /// would keep all of a `moof` alive.
    pub(super) fn leave_others(&mut self, piece: &Bytes) {
        if let Some(encryption) = &mut self.encryption
            && !encryption.lies_in(piece)
        {
            *encryption = encryption.detached();
        }
    }

    /// Bytes of side data.
    pub(super) fn side_bytes(&self) -> u64 {
        self.side_data.iter().flat_map(|side_data| side_data.iter()).map(|data| data.data.len() as u64).sum()
    }
}

/// Whether a frame is its whole piece: then there is nothing of the piece that could be dead.
fn is_whole(size: u32, piece: &Bytes) -> bool {
    size as usize == piece.len()
}

impl Pieces {
    pub(super) fn new(likely_copy: u32) -> Self {
        Self { likely_copy, ..Self::default() }
    }

    /// Position in `held` of a row's piece, if the row does not refer to the open copy.
    fn index(&self, row: &Row) -> usize {
        row.piece().wrapping_sub(self.base as usize)
    }

    fn of(&self, row: &Row) -> Option<&Held> {
        self.held.get(self.index(row))
    }

    /// Piece index that the next piece gets.
    fn next(&self) -> u32 {
        self.base + self.held.len() as u32
    }

    /// Drops the pieces behind the last row.
    pub(super) fn truncate(&mut self, last: &Row) {
        let index = self.index(last);
        if index < self.held.len() {
            debug_assert!(self.held[index + 1..].iter().all(|held| held.used == 0));
            self.held.truncate(index + 1);
            self.open = Vec::new();
        } else {
            self.open.truncate(last.range().end);
        }
    }

    /// Drops the pieces in front of the first row.
    pub(super) fn drop_front(&mut self, first: &Row) {
        let unused = self.index(first).min(self.held.len());
        debug_assert!(self.held[..unused].iter().all(|held| held.used == 0));
        self.held.drain(..unused);
        self.base += unused as u32;
    }

    /// Moves the pieces of rows that leave at the end; the one that both parts use is then in both.
    /// No copy is open.
    pub(super) fn split_off(&mut self, rows: &[Row]) -> Self {
        debug_assert!(self.open.is_empty());
        let Some(first) = rows.first() else { return Self::default() };
        let at = self.index(first);
        let mut held: SmallVec<[Held; 1]> = self.held[at..].iter().cloned().collect();
        self.held[at + 1..].iter_mut().for_each(|held| held.used = 0);
        let shared = &mut self.held[at];
        held[0].used = shared.used_by(rows.iter().take_while(|row| row.piece() == first.piece()));
        shared.used -= held[0].used;
        Self { base: self.base + at as u32, held, ..Self::default() }
    }

    /// Lets rows, which are all there are, count from zero.
    pub(super) fn renumber(&mut self, rows: &mut [Row]) {
        if let Some(first) = rows.first() {
            self.drop_front(first);
        }
        let base = std::mem::take(&mut self.base);
        if base > 0 {
            rows.iter_mut().for_each(|row| row.piece_and_flags -= base);
        }
    }

    pub(super) fn shrink(&mut self) {
        self.held.shrink_to_fit();
    }

    /// Bytes of its own on the heap, copies excluded.
    pub(super) fn heap_bytes(&self) -> usize {
        if self.held.spilled() { self.held.capacity() * size_of::<Held>() } else { 0 }
    }

    /// Asserts that it is what rows use.
    pub(super) fn check(&self, rows: &[Row]) {
        let last = self.next() as usize + usize::from(!self.open.is_empty());
        assert_eq!(last, rows.last().map_or(0, |row| row.piece() + 1), "no unused piece behind");
        for (index, held) in (self.base as usize..).zip(&self.held) {
            let used = held.used_by(rows.iter().filter(|row| row.piece() == index));
            assert_eq!(held.used, used, "bytes used of a piece");
        }
    }
}

impl Block {
    /// A copy of frames holds no more, so that offsets into it fit a row.
    pub(crate) const MAX_COPY: usize = 1 << 30;

    /// The bytes of a row.
    pub(super) fn data(&self, row: &Row) -> Option<FrameData> {
        match self.pieces.of(row) {
            Some(held) => FrameData::new(held.piece.clone(), row.offset, row.size),
            None => {
                let bytes = self.pieces.open.get(row.range())?;
                Some(FrameData::from(Bytes::copy_from_slice(bytes)))
            }
        }
    }

    /// Lets a frame refer to its piece.
    #[inline]
    pub(super) fn refer(&mut self, data: &FrameData, ledger: &mut Ledger) -> Place {
        let piece = self.reference_to(data.piece(), ledger);
        if !is_whole(data.len() as u32, data.piece()) {
            self.use_last(data.len() as u64, ledger);
        }
        Place { offset: data.offset(), piece }
    }

    /// The index of a piece, for frames that go on in the one before or in a new one.
    #[inline]
    pub(crate) fn reference_to(&mut self, piece: &Bytes, ledger: &mut Ledger) -> u32 {
        self.seal(ledger);
        if self.pieces.held.last().is_none_or(|last| piece_id(&last.piece) != piece_id(piece)) {
            self.pieces.held.push(Held { piece: piece.clone(), used: 0 });
        }
        self.pieces.next() - 1
    }

    /// Frames, none of which is all of it, use so many bytes of the last piece.
    #[inline]
    pub(crate) fn use_last(&mut self, bytes: u64, ledger: &mut Ledger) {
        if let Some(last) = self.pieces.held.last_mut().filter(|_| bytes > 0) {
            last.used += bytes;
            ledger.gain(&last.piece, bytes);
        }
    }

    /// Copies a frame behind those copied before it.
    #[inline]
    pub(crate) fn copy(&mut self, bytes: &[u8], storage: &Storage, ledger: &mut Ledger) -> Place {
        let is_full = self.pieces.open.len() + bytes.len() > storage.copied_piece;
        if is_full && !self.pieces.open.is_empty() {
            self.seal(ledger);
            // Where one was filled the next will be.
            self.pieces.likely_copy = storage.copied_piece as u32;
        }
        let pieces = &mut self.pieces;
        if pieces.open.is_empty() {
            pieces.open.reserve_exact(bytes.len().max(pieces.likely_copy as usize));
        }
        let offset = pieces.open.len() as u32;
        pieces.open.extend_from_slice(bytes);
        Place { offset, piece: pieces.next() }
    }

    /// Makes the copy that is open one of the pieces.
    #[inline]
    pub(crate) fn seal(&mut self, ledger: &mut Ledger) {
        if !self.pieces.open.is_empty() {
            self.seal_open(ledger);
        }
    }

    fn seal_open(&mut self, ledger: &mut Ledger) {
        let mut open = std::mem::take(&mut self.pieces.open);
        open.shrink_to_fit();
        let index = self.pieces.next() as usize;
        let held = Held { piece: Bytes::from(open), used: 0 };
        let count = self.live().iter().rev().take_while(|row| row.piece() == index).count();
        let rows = self.len() - count..self.len();
        let used = held.used_by(self.live()[rows.clone()].iter());
        self.pieces.held.push(held);
        self.use_last(used, ledger);
    }

    /// Rows are about to go, and with them their bytes and what they use of their pieces.
    pub(crate) fn release(&mut self, rows: Range<usize>, bytes: u64, ledger: &mut Ledger) {
        self.bytes -= bytes;
        if !self.extras.is_empty() {
            let physical = self.head + rows.start as u32..self.head + rows.end as u32;
            let of_rows = self.extras.iter().filter(|entry| physical.contains(&entry.0));
            ledger.side -= of_rows.map(|entry| entry.1.side_bytes()).sum::<u64>() as i64;
        }
        if rows == (0..self.len()) {
            self.pieces.held.iter_mut().for_each(|held| held.lose(held.used, ledger));
            return;
        }
        let live = &self.rows[self.head as usize..];
        let mut first = rows.start;
        while first < rows.end {
            let piece = live[first].piece();
            let last = first + live[first..rows.end].partition_point(|row| row.piece() == piece);
            let index = self.pieces.index(&live[first]);
            if let Some(held) = self.pieces.held.get_mut(index) {
                let begins = first == 0 || live[first - 1].piece() != piece;
                let ends = live.get(last).is_none_or(|row| row.piece() != piece);
                let used = if begins && ends { held.used } else { held.used_by(live[first..last].iter()) };
                held.lose(used, ledger);
            }
            first = last;
        }
    }

    /// Whether it refers to one of these pieces, which are in order.
    pub(crate) fn refers_to(&self, pieces: &[PieceId]) -> bool {
        self.pieces.held.iter().any(|held| is_among(&held.piece, pieces))
    }

    /// Copies frames out of these pieces, which are in order. The front is compact.
    pub(crate) fn leave(&mut self, sparse: &[PieceId], ledger: &mut Ledger) {
        debug_assert!(self.head == 0 && self.pieces.base == 0);
        self.seal(ledger);
        let before = std::mem::take(&mut self.pieces.held);
        let leaves = |row: &Row| before.get(row.piece()).is_some_and(|held| is_among(&held.piece, sparse));
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
                self.pieces.held.extend(before.get(piece).cloned());
                let index = self.pieces.held.len() - 1;
                self.rows[first..last].iter_mut().for_each(|row| row.set_piece(index));
            }
            first = last;
        }
        self.pieces.shrink();
    }

    /// Copies rows into a piece of their own.
    fn copy_out(&mut self, first: usize, last: usize, before: &[Held], ledger: &mut Ledger) {
        let (index, rows) = (self.pieces.held.len(), &mut self.rows[first..last]);
        let mut copy = Vec::with_capacity(rows.iter().map(|row| row.size as usize).sum());
        for row in rows.iter_mut() {
            let Some(Held { piece, .. }) = before.get(row.piece()) else { continue };
            if !is_whole(row.size, piece) {
                ledger.lose(piece, row.size.into());
            }
            let offset = copy.len() as u32;
            copy.extend_from_slice(piece.get(row.range()).unwrap_or_default());
            row.offset = offset;
            row.set_piece(index);
        }
        let piece = Bytes::from(copy);
        let used = if last - first > 1 { piece.len() as u64 } else { 0 };
        self.pieces.held.push(Held { piece, used: 0 });
        self.use_last(used, ledger);
        let of_rows = |entry: &&mut (u32, Extra)| (first..last).contains(&(entry.0 as usize));
        self.extras.iter_mut().filter(of_rows).for_each(|entry| entry.1.detach());
    }

    /// The pieces that are kept alive.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        self.pieces.held.iter().map(|held| &held.piece).chain(self.primed.pieces())
    }

    /// Side data, and encryption whose bytes lie in no piece of the block.
    pub(crate) fn extras(&self) -> impl Iterator<Item = (Option<&FrameEncryption>, &[SideData])> {
        self.extras
            .iter()
            .map(|(_, extra)| (extra.encryption.as_ref(), extra.side_data.as_deref().unwrap_or_default()))
    }

    /// Bytes that the first copy of the next block is likely to take: as many as the last copy of
    /// this one.
    pub(crate) fn likely_copy(&self) -> u32 {
        self.pieces.likely_copy
    }

    /// Bytes of the copy that is open, with its room.
    pub(crate) fn open_bytes(&self) -> usize {
        self.pieces.open.capacity()
    }

    /// Adds what is alive of each piece that a frame does not fill.
    pub(crate) fn count_alive(&self, alive: &mut BTreeMap<PieceId, u64>) {
        for row in self.live() {
            if let Some(Held { piece, .. }) = self.pieces.of(row)
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

/// Number of rows that fit one copy: at least one, since a frame is smaller than that.
fn fitting(rows: &[Row]) -> usize {
    let mut size = 0;
    let fits = |row: &&Row| {
        size += row.size as usize;
        size <= Block::MAX_COPY
    };
    rows.iter().take_while(fits).count().max(1)
}
