//! Memory that a SourceBuffer's track buffers hold.
//!
//! Payload is what quotas count, but it is not what is spent: a frame is a window onto the piece it
//! was appended in, and one surviving audio frame keeps a whole muxed append alive. So the pieces
//! are counted as well, each once however many blocks, tracks and readers refer to it, and so is
//! what the engine spends to find frames again.
//!
//! That is a walk, for whoever asks. What budgets need at every append is kept: what frames do not
//! use of the pieces that they keep alive. When it is much, it is given back
//! ([`TrackBuffers::reclaim`]).

use crate::block::Block;
use crate::cursor::Cursor;
use crate::frame_store::FrameStore;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use bytes::Bytes;
use mse_core::{FrameEncryption, TrackDescription};
use std::collections::BTreeMap;
use std::iter::Sum;
use std::sync::Arc;

/// Bytes of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryUsage {
    /// Coded bytes of the buffered frames: [`TrackBuffers::bytes`].
    pub payload: u64,
    /// Bytes of the appended pieces that frames keep alive, those that no frame uses any more
    /// included. Memory that belongs to several pieces counts once. What a piece was itself cut
    /// from cannot be seen.
    pub retained: u64,
    /// Everything else on the heap: rows, blocks, descriptions with their configuration, ranges,
    /// readers. The nodes of the ordered map are estimated, at two thirds full.
    pub bookkeeping: u64,
}

impl MemoryUsage {
    /// Everything: what goes back to the allocator when the track buffers go and nobody else holds
    /// a frame.
    pub fn total(&self) -> u64 {
        self.retained + self.bookkeeping
    }
}

impl Sum for MemoryUsage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), |sum, usage| Self {
            payload: sum.payload + usage.payload,
            retained: sum.retained + usage.retained,
            bookkeeping: sum.bookkeeping + usage.bookkeeping,
        })
    }
}

/// Sums of the walk. Shared things are known by their addresses and counted at its end.
#[derive(Default)]
struct Walk {
    /// Address and end address of pieces.
    pieces: Vec<(usize, usize)>,
    /// Bytes of copies that are no pieces yet.
    copies: usize,
    /// Address and size of descriptions.
    descriptions: Vec<(usize, usize)>,
    bookkeeping: usize,
}

impl Walk {
    fn piece(&mut self, piece: &Bytes) {
        let start = piece.as_ptr().addr();
        let entry = (start, start.saturating_add(piece.len()));
        // Audio blocks of one append follow each other.
        if self.pieces.last() != Some(&entry) {
            self.pieces.push(entry);
        }
    }

    fn description(&mut self, description: &Arc<TrackDescription>) {
        let configuration = &description.configuration;
        let decoder_specific = configuration.decoder_specific.as_ref().map_or(0, Bytes::len);
        let counts = 2 * size_of::<usize>();
        let own = size_of::<TrackDescription>() + counts + description.codec.capacity();
        let entry = (Arc::as_ptr(description).addr(), own + configuration.bytes.len().max(decoder_specific));
        if self.descriptions.last() != Some(&entry) {
            self.descriptions.push(entry);
        }
    }

    /// The size of the union of the pieces.
    fn retained(&mut self) -> usize {
        self.pieces.sort_unstable();
        let (mut covered, mut bytes) = (0, self.copies);
        for &(start, end) in &self.pieces {
            bytes += end.saturating_sub(start.max(covered));
            covered = covered.max(end);
        }
        bytes
    }

    fn described(&mut self) -> usize {
        self.descriptions.sort_unstable();
        self.descriptions.dedup_by_key(|entry| entry.0);
        self.descriptions.iter().map(|entry| entry.1).sum()
    }

    fn block(&mut self, block: &Block) {
        block.pieces().for_each(|piece| self.piece(piece));
        block.descriptions().for_each(|description| self.description(description));
        self.copies += block.open_bytes();
        for (encryption, side_data) in block.extras() {
            // A slice of a piece counts once with it; one by itself is memory of its own.
            self.pieces.extend(encryption.map(FrameEncryption::place));
            side_data.iter().for_each(|data| self.piece(data.data.piece()));
            self.bookkeeping += size_of_val(side_data);
        }
        self.bookkeeping += block.heap_bytes();
    }

    fn cursor(&mut self, cursor: &Cursor) {
        cursor.pieces().for_each(|piece| self.piece(piece));
        cursor.descriptions().for_each(|description| self.description(description));
        self.bookkeeping += cursor.heap_bytes();
    }

    fn track(&mut self, track: &TrackBuffer) {
        track.descriptions().iter().for_each(|description| self.description(description));
        let store: &FrameStore = &track.store;
        store.blocks().chain(&store.freed).for_each(|block| self.block(block));
        store.cursors.iter().for_each(|cursor| self.cursor(cursor));
        if let Some(waiting) = &track.waiting {
            waiting.pieces().for_each(|piece| self.piece(piece));
            self.bookkeeping += waiting.heap_bytes();
        }
        self.bookkeeping += store.heap_bytes()
            + track.losses.heap_bytes()
            + track.covered.heap_bytes()
            + track.ranges.get().heap_bytes()
            + size_of_val(track.descriptions());
    }
}

impl TrackBuffers {
    /// Memory held, counted by walking all blocks: some tens of nanoseconds for each piece of each
    /// block, not for each frame. For a page of statistics or a decision now and then, not for
    /// every frame.
    pub fn memory(&self) -> MemoryUsage {
        let mut walk =
            Walk { bookkeeping: self.tracks.capacity() * size_of::<TrackBuffer>(), ..Walk::default() };
        walk.bookkeeping += self.chunks.heap_bytes();
        self.tracks.iter().for_each(|track| walk.track(track));
        MemoryUsage {
            payload: self.bytes(),
            retained: walk.retained() as u64,
            bookkeeping: (walk.bookkeeping + walk.described()) as u64,
        }
    }
    /// Payload bytes with side data and what their pieces have besides, as of the last
    /// [`reclaim`](Self::reclaim): what budgets count. Unlike [`memory`](Self::memory) it takes no
    /// walk, and takes slices of one buffer for buffers of their own.
    pub fn retained(&self) -> u64 {
        self.bytes() + self.chunks.dead() + self.chunks.side()
    }

    /// Brings the account of pieces up to date, and copies frames out of pieces that are mostly
    /// dead, as [`Storage`] says. For the end of each append and removal; takes the time of a
    /// look-up for each piece that frames came to or went from, and of the copies.
    ///
    /// [`Storage`]: crate::Storage
    pub fn reclaim(&mut self) {
        if self.tracks.iter().all(|track| track.store.ledger.is_empty()) {
            return;
        }
        self.settle_account();
        let storage = &self.config.storage;
        if self.chunks.dead_in_sparse() <= storage.dead_bytes.saturating_add(self.bytes() / 16) {
            return;
        }
        let pieces = self.chunks.sparse();
        for track in &mut self.tracks {
            track.store.leave(&pieces);
        }
        self.settle_account();
    }

    fn settle_account(&mut self) {
        for track in &mut self.tracks {
            self.chunks.settle(&mut track.store.ledger);
        }
    }

    /// Asserts that the account is that of the frames.
    pub(crate) fn check_account(&self) {
        if self.tracks.iter().all(|track| track.store.ledger.is_empty()) {
            let mut alive = BTreeMap::new();
            let blocks = self.tracks.iter().flat_map(|track| track.store.blocks());
            blocks.for_each(|block| block.count_alive(&mut alive));
            assert_eq!(alive, self.chunks.alive(), "bytes alive of each piece");
        }
    }
}
