//! [`AppendEnd`]: the end of the block that took the last frame, open for the frames that go on
//! there.

use super::FrameStore;
use crate::appended::Appended;
use crate::appended::{Origin, Placed};
use crate::attributes::Storage;
use crate::block::{Block, Place};
use crate::ledger::Ledger;
use bytes::Bytes;
use mse_core::RunFrame;

/// Takes frames that [`FrameStore::insert`] would put behind the last one in the same block.
pub(crate) struct AppendEnd<'a> {
    block: &'a mut Block,
    storage: &'a Storage,
    ledger: &'a mut Ledger,
    group: u64,
    room: usize,
    /// Presentation timestamp at which the next block begins, once the frames replaced have gone:
    /// random access points from there on go to that block.
    next_block: i64,
    last_pts: i64,
    /// Index of the piece, once a frame lies in it; `None` when frames are copied out of it.
    piece: Option<u32>,
    appended: Appended,
}

impl FrameStore {
    /// The end of the block that took the last frame. `None` when that has to be found or split
    /// first.
    #[inline]
    pub(crate) fn append_end(&mut self) -> Option<AppendEnd<'_>> {
        let append = self.append?;
        let next_block = self.first_pts_to_stay(append).flicks();
        let (group, max_block_frames, longest) = (self.group, self.max_block_frames, self.longest);
        let block = &mut self.slots[append.slot as usize];
        // A dependent frame of the first of many random access points takes that out of the block.
        let limit = if block.all_rap { max_block_frames } else { Block::MAX_ROWS };
        Some(AppendEnd {
            group,
            room: limit.saturating_sub(block.len()),
            next_block,
            last_pts: block.last_pts().flicks(),
            piece: None,
            appended: Appended {
                frames: 0,
                bytes: 0,
                parts: 0,
                start: i64::MAX,
                end: i64::MIN,
                decode: (i64::MAX, i64::MIN),
                longest,
                is_sorted: true,
            },
            block,
            storage: &self.storage,
            ledger: &mut self.ledger,
        })
    }

    /// Counts what was appended.
    #[inline]
    pub(crate) fn appended(&mut self, appended: &Appended) {
        self.version += 1;
        self.serial += appended.frames as u64;
        self.frames += appended.frames as u64;
        self.bytes += appended.bytes;
        if let Some(append) = self.append {
            self.note_reach(append.slot);
        }
    }
}

impl AppendEnd<'_> {
    /// Frames that it can take.
    pub(crate) fn room(&self) -> usize {
        self.room
    }

    /// Adds a frame. `false`, and nothing has changed, when it belongs elsewhere or does not fit a
    /// row.
    #[inline]
    pub(crate) fn push(&mut self, frame: &RunFrame, placed: Placed, origin: &Origin<'_>) -> bool {
        let is_sorted = self.last_pts <= placed.pts;
        let goes_here = if self.block.all_rap {
            frame.is_random_access_point && is_sorted && placed.pts < self.next_block
        } else {
            !frame.is_random_access_point
        };
        if !goes_here || !placed.fits_row() {
            return false;
        }
        if self.appended.frames == 0 {
            self.begin(origin);
            self.appended.decode.0 = placed.dts;
        }
        let bytes = match self.piece {
            Some(piece) => Place { offset: frame.offset, piece },
            None => self.block.copy(bytes_of(frame, origin.piece), self.storage, self.ledger),
        };
        self.block.push_usual(frame, placed, bytes);
        self.last_pts = placed.pts;
        let appended = &mut self.appended;
        appended.is_sorted &= is_sorted;
        appended.frames += 1;
        appended.bytes += u64::from(frame.len);
        if frame.len as usize != origin.piece.len() {
            appended.parts += u64::from(frame.len);
        }
        appended.decode.1 = placed.dts;
        appended.start = appended.start.min(placed.pts);
        appended.end = appended.end.max(placed.end);
        true
    }

    /// The piece that repeats of the last frame lie in, and the time that they must not pass.
    /// `None` when they have to be looked at one by one.
    #[inline]
    pub(crate) fn takes_repeats(&self) -> Option<(u32, i64)> {
        let piece = self.piece?;
        self.block.all_rap.then_some((piece, self.next_block))
    }

    /// Adds frames that repeat the one that came last, `before`.
    #[inline]
    pub(crate) fn push_repeats(
        &mut self,
        frames: &[RunFrame],
        before: Placed,
        piece: u32,
        origin: &Origin<'_>,
    ) {
        let duration = before.end - before.pts;
        self.block.push_repeats(frames, before.end, duration, piece);
        self.last_pts = before.pts + duration * frames.len() as i64;
        let whole = origin.piece.len() as u64;
        let appended = &mut self.appended;
        appended.frames += frames.len();
        for len in frames.iter().map(|frame| u64::from(frame.len)) {
            appended.bytes += len;
            appended.parts += if len == whole { 0 } else { len };
        }
        appended.decode.1 = self.last_pts;
        appended.end = appended.end.max(self.last_pts + duration);
    }

    #[inline]
    fn begin(&mut self, origin: &Origin<'_>) {
        self.block.begin_usual(origin, self.group);
        let is_copied = self.storage.copies(origin.piece);
        self.piece = (!is_copied).then(|| self.block.reference_to(origin.piece, self.ledger));
    }

    /// Closes it; what was added is for [`FrameStore::appended`].
    #[inline]
    pub(crate) fn finish(self, origin: &Origin<'_>) -> Appended {
        if self.appended.frames > 0 {
            self.block.end_usual(&self.appended, origin.append);
            if self.piece.is_some() {
                self.block.use_last(self.appended.parts, self.ledger);
            }
        }
        self.appended
    }
}

#[inline]
fn bytes_of<'a>(frame: &RunFrame, piece: &'a Bytes) -> &'a [u8] {
    piece.get(frame.offset as usize..frame.offset as usize + frame.len as usize).unwrap_or_default()
}
