//! A decoder's position in a track buffer.
//!
//! A reader pulls frames in decode order while a writer may at any time overwrite or remove what it
//! is about to read. So cursors live in the track buffer, and the writer tells them. A reader in
//! the middle of a group of pictures that is overwritten finishes the old group, whose frames its
//! decoder needs each other, and goes on at the next random access point after what it has
//! delivered: a quality switch without a stall. Removed data is gone: the reader waits until there
//! is data at its position again.

use crate::block::Block;
use crate::played_gaps::PlayedGaps;
use crate::position::{Cut, Cutting, Position, Slot};
use bytes::Bytes;
use mse_core::{CodedFrame, MediaTime, TrackDescription};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Names a cursor of one set of track buffers. Never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CursorId {
    pub(crate) track: usize,
    pub(crate) serial: u64,
}

/// Position of a cursor.
///
/// ```text
///              first frame read            overwritten in the middle
///   Seeking ─────────────────────▶ Reading ─────────────────────────▶ Finishing
///      ▲                            │    ▲                                │
///      │ seek, from any state       │    └───────── Resuming ◀────────────┘
///                                   └──────────────────▲          all delivered
///                                  last read frame or the rest
///                                  of its group removed
/// ```
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum State {
    /// Nothing was read since the seek. The start is found when it is needed: data may come, go or
    /// improve until then.
    Seeking { target: MediaTime, start: Option<Start> },
    /// The frame before `row` of the block is the last one read, and still stored. `row` may be one
    /// past the end of the block.
    Reading { slot: Slot, row: usize },
    /// The rest of the group of pictures was overwritten: these are its frames. `Resuming` follows.
    Finishing { rest: VecDeque<(CodedFrame, Arc<TrackDescription>)> },
    /// The last read frame is no longer stored, or the rest of its group is not. Goes on at the
    /// first random access point behind the start of what was read last, as soon as no gap lies
    /// between; or, if that would leave something out, in the group in which it is.
    Resuming,
}

/// Start that a seek found, in some version of the store.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Start {
    pub(crate) position: Position,
    pub(crate) version: u64,
}

/// One reader.
pub(crate) struct Cursor {
    pub(crate) serial: u64,
    pub(crate) state: State,
    /// The largest presentation timestamp read since the seek.
    pub(crate) delivered_start: MediaTime,
    /// The largest end timestamp read since the seek.
    pub(crate) delivered_end: MediaTime,
    /// Gaps that are read over.
    pub(crate) played_gaps: PlayedGaps,
    /// Frames that are handed out before the one that is next, when there are some.
    pub(crate) lead: Option<Box<Lead>>,
    /// The description that the reader knows.
    description: Option<Arc<TrackDescription>>,
}

impl Cursor {
    pub(crate) fn new(serial: u64, played_gaps: PlayedGaps) -> Self {
        let state = State::Seeking { target: MediaTime::ZERO, start: None };
        let (delivered_start, delivered_end) = (MediaTime::MIN, MediaTime::MIN);
        Self { serial, state, delivered_start, delivered_end, played_gaps, lead: None, description: None }
    }

    /// A frame is handed out.
    #[inline]
    pub(crate) fn delivered(&mut self, start: MediaTime, end: MediaTime) {
        self.delivered_start = self.delivered_start.max(start);
        self.delivered_end = self.delivered_end.max(end);
    }

    /// Rows from `at` on moved to block `new`.
    pub(crate) fn follow_split(&mut self, split: Slot, at: usize, new: Slot) {
        if let State::Reading { slot, row } = &mut self.state
            && *slot == split
            && *row > at
        {
            (*slot, *row) = (new, *row - at);
        }
    }

    /// The first `count` rows of a block have gone; a cursor that stood there was told by
    /// [`follow_cut`](Self::follow_cut).
    pub(crate) fn follow_drop_front(&mut self, dropped: Slot, count: usize) {
        if let State::Reading { slot, row } = &mut self.state
            && *slot == dropped
        {
            *row = row.saturating_sub(count);
        }
    }

    /// Rows `first..last` of a block are about to go.
    pub(crate) fn follow_cut(
        &mut self,
        cut: Slot,
        block: &Block,
        first: usize,
        last: usize,
        cutting: &Cutting,
    ) {
        let State::Reading { slot, row } = self.state else { return };
        if slot != cut {
            return;
        }
        let affected = if block.all_rap { first < row && row <= last } else { first <= row };
        if !affected {
            return;
        }
        let frames = |row| Some((block.frame(row, cutting.track_id)?, Arc::clone(block.description(row)?)));
        let rest = if block.all_rap { row..row } else { row..block.len() };
        if cutting.cut == Cut::Removal {
            self.rewind(block, row, rest.clone());
        }
        self.state = match cutting.cut {
            Cut::Overlap if !rest.is_empty() => State::Finishing { rest: rest.filter_map(frames).collect() },
            Cut::Overlap | Cut::Removal => State::Resuming,
        };
    }

    /// The rest of a group goes of which some pictures were read: those that are shown behind one
    /// that goes count as not read.
    fn rewind(&mut self, block: &Block, row: usize, rest: Range<usize>) {
        let missing = rest.map(|row| block.pts(row)).min();
        let Some(missing) = missing.filter(|missing| *missing < self.delivered_end) else { return };
        let before = (0..row).map(|row| block.pts(row)).filter(|pts| *pts < missing).max();
        self.delivered_start = before.unwrap_or(missing - MediaTime::from_flicks(1));
        self.delivered_end = missing;
    }

    /// Rows of a block have gone whose neighbours on both sides are still read.
    pub(crate) fn follow_cut_out(&mut self, cut: Slot, rows: &Range<usize>) {
        if let State::Reading { slot, row } = &mut self.state
            && *slot == cut
            && *row > rows.start
        {
            *row = rows.start.max(row.saturating_sub(rows.len()));
        }
    }

    pub(crate) fn stashed(&self) -> impl Iterator<Item = &(CodedFrame, Arc<TrackDescription>)> {
        let rest = if let State::Finishing { rest } = &self.state { Some(rest) } else { None };
        rest.into_iter().flatten()
    }

    /// The pieces that it keeps alive.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &Bytes> {
        let lead = self.lead.iter().flat_map(|lead| lead.frames());
        self.stashed().map(|(frame, _)| frame).chain(lead).map(|frame| frame.data.piece())
    }

    /// The descriptions that it keeps alive.
    pub(crate) fn descriptions(&self) -> impl Iterator<Item = &Arc<TrackDescription>> {
        self.stashed().map(|(_, description)| description).chain(&self.description)
    }

    /// Bytes of its own on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let lead = self.lead.iter().flat_map(|lead| lead.frames()).count();
        self.stashed().count() * size_of::<(CodedFrame, Arc<TrackDescription>)>()
            + lead * size_of::<CodedFrame>()
    }

    #[inline]
    pub(crate) fn knows(&self, description: &Arc<TrackDescription>) -> bool {
        let is_it = |known: &Arc<TrackDescription>| Arc::ptr_eq(known, description) || known == description;
        self.description.as_ref().is_some_and(is_it)
    }

    /// Whether the reader knows a description; if not, it does now.
    #[inline]
    pub(crate) fn learn(&mut self, description: &Arc<TrackDescription>) -> bool {
        let is_known = self.knows(description);
        if !is_known {
            self.description = Some(Arc::clone(description));
        }
        is_known
    }

    /// Whether frames may have to be handed out before the one at a row, which is next.
    #[inline]
    pub(crate) fn is_led_to(&self, block: &Block, row: usize) -> bool {
        self.lead.is_some() || !matches!(self.state, State::Reading { .. }) || block.priming(row).is_some()
    }
}

/// Frames that are still to be handed out before a frame.
#[derive(Debug)]
pub(crate) struct Lead {
    /// Timestamp and size of that frame: what comes to its place in between needs another lead.
    pub(crate) of: (MediaTime, u64),
    pub(crate) rest: VecDeque<CodedFrame>,
}

impl Lead {
    pub(crate) fn frames(&self) -> impl Iterator<Item = &CodedFrame> {
        self.rest.iter()
    }
}
