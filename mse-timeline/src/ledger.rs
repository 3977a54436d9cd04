//! Use of appended pieces: frame stores note what frames begin and cease to use, and [`Chunks`]
//! settles the notes once an append or a removal, so that a frame costs an addition and not a
//! look-up.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// An appended piece, by address and length. Two at the same place at different times are told
/// apart by what is noted of each.
pub(crate) type PieceId = (usize, usize);

pub(crate) fn piece_id(piece: &Bytes) -> PieceId {
    (piece.as_ptr().addr(), piece.len())
}

/// Notes since the last settlement.
#[derive(Default)]
pub(crate) struct Ledger {
    gains: Vec<(PieceId, u64)>,
    losses: Vec<(PieceId, u64)>,
    /// Bytes of side data that came, less those that went.
    pub(crate) side: i64,
}

impl Ledger {
    /// Frames came to use bytes of a piece.
    #[inline]
    pub(crate) fn gain(&mut self, piece: &Bytes, bytes: u64) {
        let piece = piece_id(piece);
        match self.gains.last_mut() {
            Some(last) if last.0 == piece => last.1 += bytes,
            _ => self.gains.push((piece, bytes)),
        }
    }

    /// Frames that used bytes of a piece have gone.
    #[inline]
    pub(crate) fn lose(&mut self, piece: &Bytes, bytes: u64) {
        let piece = piece_id(piece);
        match self.losses.last_mut() {
            Some(last) if last.0 == piece => last.1 += bytes,
            _ => self.losses.push((piece, bytes)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.gains.is_empty() && self.losses.is_empty() && self.side == 0
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        (self.gains.capacity() + self.losses.capacity()) * size_of::<(PieceId, u64)>()
    }
}

/// A piece that frames use a part of.
#[derive(Clone, Copy)]
struct Chunk {
    alive: u64,
}

/// Judgements on a piece of a given size.
impl Chunk {
    fn dead(&self, size: u64) -> u64 {
        size.saturating_sub(self.alive)
    }

    fn is_sparse(&self, size: u64, percent: u64) -> bool {
        u128::from(self.alive) * 100 < u128::from(size) * u128::from(percent)
    }

    fn dead_in_sparse(&self, size: u64, percent: u64) -> u64 {
        if self.is_sparse(size, percent) { self.dead(size) } else { 0 }
    }
}

/// The pieces that frames keep alive and do not fill, and how much of each is dead.
///
/// A piece that is one frame and nothing else needs no entry: it is alive or gone.
pub(crate) struct Chunks {
    /// A piece with less than this percentage of its bytes alive is sparse.
    percent: u64,
    pieces: BTreeMap<PieceId, Chunk>,
    /// Bytes of all pieces that no frame uses.
    dead: u64,
    /// The part of it in sparse pieces.
    dead_in_sparse: u64,
    /// Bytes of side data.
    side: u64,
}

impl Chunks {
    pub(crate) fn new(sparse_percent: u8) -> Self {
        Self { percent: sparse_percent.into(), pieces: BTreeMap::new(), dead: 0, dead_in_sparse: 0, side: 0 }
    }

    /// Takes what a frame store noted.
    pub(crate) fn settle(&mut self, ledger: &mut Ledger) {
        if ledger.is_empty() {
            return;
        }
        // Gains before losses: a piece may have come and gone in between, and another come to its
        // place.
        for (piece, bytes) in ledger.gains.drain(..) {
            self.gain(piece, bytes);
        }
        for (piece, bytes) in ledger.losses.drain(..) {
            self.lose(piece, bytes);
        }
        self.side = self.side.wrapping_add_signed(std::mem::take(&mut ledger.side));
        // A long append may have noted much; an idle SourceBuffer keeps little.
        ledger.gains.shrink_to(8);
        ledger.losses.shrink_to(8);
    }

    fn gain(&mut self, piece: PieceId, bytes: u64) {
        let (before, now) = match self.pieces.entry(piece) {
            Entry::Vacant(entry) => (None, *entry.insert(Chunk { alive: bytes })),
            Entry::Occupied(mut entry) => {
                let before = *entry.get();
                entry.get_mut().alive += bytes;
                (Some(before), *entry.get())
            }
        };
        self.count(piece, before, Some(now));
    }

    /// A piece that has nothing alive is forgotten: frames keep no dead piece alive.
    fn lose(&mut self, piece: PieceId, bytes: u64) {
        let Entry::Occupied(mut entry) = self.pieces.entry(piece) else { return };
        let before = *entry.get();
        let now = Chunk { alive: before.alive.saturating_sub(bytes) };
        let stays = now.alive > 0;
        if stays {
            *entry.get_mut() = now;
        } else {
            entry.remove();
        }
        self.count(piece, Some(before), stays.then_some(now));
    }

    /// The chunk of a piece came, changed or went.
    fn count(&mut self, (_, size): PieceId, before: Option<Chunk>, now: Option<Chunk>) {
        let dead = |chunk: Option<Chunk>| chunk.map_or(0, |chunk| chunk.dead(size as u64));
        let in_sparse =
            |chunk: Option<Chunk>| chunk.map_or(0, |chunk| chunk.dead_in_sparse(size as u64, self.percent));
        self.dead = self.dead - dead(before) + dead(now);
        self.dead_in_sparse = self.dead_in_sparse - in_sparse(before) + in_sparse(now);
    }

    /// Bytes of all pieces that no frame uses.
    pub(crate) fn dead(&self) -> u64 {
        self.dead
    }

    /// Bytes of side data.
    pub(crate) fn side(&self) -> u64 {
        self.side
    }

    /// Bytes that no frame uses, in sparse pieces alone.
    pub(crate) fn dead_in_sparse(&self) -> u64 {
        self.dead_in_sparse
    }

    /// The sparse pieces, in the order of their addresses.
    pub(crate) fn sparse(&self) -> Vec<PieceId> {
        let sparse =
            self.pieces.iter().filter(|(piece, chunk)| chunk.is_sparse(piece.1 as u64, self.percent));
        sparse.map(|(&piece, _)| piece).collect()
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.pieces.len() * size_of::<(PieceId, Chunk)>() * 3 / 2
    }

    /// Bytes alive of each piece, to compare with what the stores have.
    pub(crate) fn alive(&self) -> BTreeMap<PieceId, u64> {
        self.pieces.iter().map(|(&piece, chunk)| (piece, chunk.alive)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_sparse_below_the_part_asked_for_and_forgotten_when_dead() {
        let (mut chunks, mut ledger) = (Chunks::new(50), Ledger::default());
        let piece = Bytes::from(vec![0; 100]);
        ledger.gain(&piece, 30);
        ledger.gain(&piece, 50);
        chunks.settle(&mut ledger);
        assert_eq!((chunks.dead(), chunks.dead_in_sparse()), (20, 0));
        ledger.lose(&piece, 30);
        chunks.settle(&mut ledger);
        assert_eq!((chunks.dead(), chunks.dead_in_sparse()), (50, 0));
        ledger.lose(&piece, 1);
        chunks.settle(&mut ledger);
        assert_eq!((chunks.dead(), chunks.dead_in_sparse()), (51, 51));
        assert_eq!(chunks.sparse(), vec![piece_id(&piece)]);
        ledger.lose(&piece, 49);
        chunks.settle(&mut ledger);
        assert_eq!((chunks.dead(), chunks.dead_in_sparse(), chunks.alive().len()), (0, 0, 0));
    }

    #[test]
    fn what_came_and_went_in_between_leaves_nothing() {
        let (mut chunks, mut ledger) = (Chunks::new(50), Ledger::default());
        let piece = Bytes::from(vec![0; 100]);
        // It came, went, and another came to its place.
        ledger.gain(&piece, 90);
        ledger.lose(&piece, 90);
        ledger.gain(&piece, 80);
        chunks.settle(&mut ledger);
        assert_eq!((chunks.dead(), chunks.dead_in_sparse()), (20, 0));
        ledger.lose(&piece, 80);
        chunks.settle(&mut ledger);
        assert_eq!((chunks.dead(), chunks.alive().len()), (0, 0));
    }

    #[test]
    fn a_piece_whose_frames_are_stored_twice_has_nothing_dead() {
        let (mut chunks, mut ledger) = (Chunks::new(50), Ledger::default());
        let piece = Bytes::from(vec![0; 100]);
        ledger.gain(&piece, 160);
        chunks.settle(&mut ledger);
        assert_eq!(chunks.dead(), 0);
    }
}
