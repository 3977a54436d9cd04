//! A decoder's position in a track buffer.
//!
//! A reader pulls frames in decode order while a writer may at any time overwrite or remove what it is about to read. So cursors live
//! in the track buffer, and the writer tells them. A reader in the middle of a group of pictures that is overwritten finishes the old
//! group, whose frames its decoder needs each other, and goes on at the next random access point after what it has delivered: a
//! quality switch without a stall. Removed data is gone: the reader waits until there is data at its position again.

mod lead;
pub(crate) use lead::LastPreRoll;
mod read_frames;

use crate::block::Block;
use crate::frame_store::{Cut, Cutting, Position, Slot};
use crate::played_gaps::PlayedGaps;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use bytes::Bytes;
use lead::Lead;
use mse_core::{CodedFrame, MediaTime, TrackDescription};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Longest time missing between two frames of a reader that counts as rounding.
const ROUNDING: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 1000);

/// Names a cursor of one set of track buffers. Never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CursorId {
    track: usize,
    serial: u64,
}

/// Answer to a reader.
#[derive(Clone, PartialEq, Debug)]
pub enum Read {
    /// The frames from here on are described so. Comes before the first frame, and before each frame whose description differs from
    /// that of the frame before.
    DescriptionChanged(Arc<TrackDescription>),
    /// The next frame in decode order.
    Frame(CodedFrame),
    /// Nothing to read at the position yet.
    NeedData,
    /// The stream has ended and everything is read.
    EndOfStream,
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
enum State {
    /// Nothing was read since the seek. The start is found when it is needed: data may come, go or improve until then.
    Seeking { target: MediaTime, start: Option<Start> },
    /// The frame before `row` of the block is the last one read, and still stored. `row` may be one past the end of the block.
    Reading { slot: Slot, row: usize },
    /// The rest of the group of pictures was overwritten: these are its frames. `Resuming` follows.
    Finishing { rest: VecDeque<(CodedFrame, Arc<TrackDescription>)> },
    /// The last read frame is no longer stored, or the rest of its group is not. Goes on at the first random access point behind the start of
    /// what was read last, as soon as no gap lies between; or, if that would leave something out, in the group in which it is.
    Resuming,
}

/// Start that a seek found, in some version of the store.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Start {
    position: Position,
    version: u64,
}

/// One reader.
pub(crate) struct Cursor {
    serial: u64,
    state: State,
    /// The largest presentation timestamp read since the seek.
    delivered_start: MediaTime,
    /// The largest end timestamp read since the seek.
    delivered_end: MediaTime,
    /// Gaps that are read over.
    played_gaps: PlayedGaps,
    /// Frames that are handed out before the one that is next, when there are some.
    lead: Option<Box<Lead>>,
    /// The description that the reader knows.
    description: Option<Arc<TrackDescription>>,
}

impl Cursor {
    fn new(serial: u64, played_gaps: PlayedGaps) -> Self {
        let state = State::Seeking { target: MediaTime::ZERO, start: None };
        let (delivered_start, delivered_end) = (MediaTime::MIN, MediaTime::MIN);
        Self { serial, state, delivered_start, delivered_end, played_gaps, lead: None, description: None }
    }

    /// A frame is handed out.
    #[inline]
    fn delivered(&mut self, start: MediaTime, end: MediaTime) {
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

    /// The first `count` rows of a block have gone; a cursor that stood there was told by [`follow_cut`](Self::follow_cut).
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
        self.state = match cutting.cut {
            Cut::Overlap if !rest.is_empty() => State::Finishing { rest: rest.filter_map(frames).collect() },
            Cut::Overlap | Cut::Removal => State::Resuming,
        };
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

    fn stashed(&self) -> impl Iterator<Item = &(CodedFrame, Arc<TrackDescription>)> {
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
    fn knows(&self, description: &Arc<TrackDescription>) -> bool {
        let is_it = |known: &Arc<TrackDescription>| Arc::ptr_eq(known, description) || known == description;
        self.description.as_ref().is_some_and(is_it)
    }

    /// Whether the reader knows a description; if not, it does now.
    #[inline]
    fn learn(&mut self, description: &Arc<TrackDescription>) -> bool {
        let is_known = self.knows(description);
        if !is_known {
            self.description = Some(Arc::clone(description));
        }
        is_known
    }
}

/// Frame that follows a cursor's position.
enum Next {
    At(Position),
    Stashed,
    /// Something is stored further on, but not from here.
    Gap,
    Nothing,
}

impl TrackBuffers {
    /// Opens a reader of the track buffer at `track`, at the start of the presentation.
    pub fn open_cursor(&mut self, track: usize) -> CursorId {
        let serial = self.next_cursor;
        self.next_cursor += 1;
        if let Some(buffer) = self.tracks.get_mut(track) {
            buffer.store.cursors.push(Cursor::new(serial, self.config.played_gaps));
        }
        CursorId { track, serial }
    }

    /// Closes a reader.
    pub fn close_cursor(&mut self, cursor: CursorId) {
        if let Some(buffer) = self.tracks.get_mut(cursor.track)
            && let Some(at) = buffer.cursor_at(cursor)
        {
            buffer.store.cursors.remove(at);
        }
    }

    /// Sets the gaps that a reader reads over from now on, and the time before a range at which it
    /// may start: those of the element that it reads for.
    pub fn set_played_gaps(&mut self, cursor: CursorId, played_gaps: PlayedGaps) {
        let Some(buffer) = self.tracks.get_mut(cursor.track) else { return };
        if let Some(at) = buffer.cursor_at(cursor) {
            buffer.store.cursors[at].played_gaps = played_gaps;
        }
    }

    /// Moves a reader to `time`. Says at which random access point it will start, `None` when there is nothing buffered at `time`; it
    /// then starts there as soon as there is.
    pub fn seek(&mut self, cursor: CursorId, time: MediaTime) -> Option<MediaTime> {
        let buffer = self.tracks.get_mut(cursor.track)?;
        buffer.store.settle();
        let at = buffer.cursor_at(cursor)?;
        let position = buffer.find_start(time, buffer.store.cursors[at].played_gaps);
        let version = buffer.store.version;
        let cursor = buffer.store.cursors.get_mut(at)?;
        let start = position.map(|position| Start { position, version });
        cursor.state = State::Seeking { target: time, start };
        cursor.lead = None;
        (cursor.delivered_start, cursor.delivered_end) = (MediaTime::MIN, MediaTime::MIN);
        position.map(|position| buffer.store.block(position.slot).pts(position.row))
    }

    /// The next thing for a reader. `ended` is whether the MediaSource's readyState is "ended".
    pub fn read(&mut self, cursor: CursorId, ended: bool) -> Read {
        let Some(buffer) = self.tracks.get_mut(cursor.track) else { return Read::NeedData };
        let Some(at) = buffer.cursor_at(cursor) else { return Read::NeedData };
        buffer.read(at, ended)
    }
}

impl TrackBuffer {
    /// Position of a cursor: they are in the order in which they were opened.
    fn cursor_at(&self, cursor: CursorId) -> Option<usize> {
        self.store.cursors.binary_search_by_key(&cursor.serial, |open| open.serial).ok()
    }

    fn read(&mut self, at: usize, ended: bool) -> Read {
        self.store.settle();
        match self.next(at) {
            Next::At(position) => self.deliver(at, position),
            Next::Stashed => self.deliver_stashed(at),
            Next::Nothing if ended => Read::EndOfStream,
            Next::Gap | Next::Nothing => Read::NeedData,
        }
    }

    /// Hands a frame out, after its description if the reader does not know that yet.
    fn deliver(&mut self, at: usize, position: Position) -> Read {
        let (id, Position { slot, row }) = (self.id(), position);
        let (block, cursors) = self.store.block_and_cursors(slot);
        let (Some(cursor), Some(description)) = (cursors.get_mut(at), block.description(row)) else {
            return Read::NeedData;
        };
        if !cursor.learn(description) {
            return Read::DescriptionChanged(Arc::clone(description));
        }
        if cursor.is_led_to(block, row)
            && let Some(frame) = self.lead(at, position)
        {
            return Read::Frame(frame);
        }
        let (block, cursors) = self.store.block_and_cursors(slot);
        let Some(cursor) = cursors.get_mut(at) else { return Read::NeedData };
        cursor.delivered(block.pts(row), block.end_of(row));
        cursor.state = State::Reading { slot, row: row + 1 };
        cursor.lead = None;
        block.frame(row, id).map_or(Read::NeedData, Read::Frame)
    }

    fn deliver_stashed(&mut self, at: usize) -> Read {
        let Some(cursor) = self.store.cursors.get_mut(at) else { return Read::NeedData };
        let State::Finishing { mut rest } = std::mem::replace(&mut cursor.state, State::Resuming) else {
            return Read::NeedData;
        };
        let Some((frame, description)) = rest.pop_front() else { return Read::NeedData };
        let read = if cursor.learn(&description) {
            cursor.delivered(frame.presentation_timestamp, frame.end_timestamp());
            Read::Frame(frame)
        } else {
            rest.push_front((frame, Arc::clone(&description)));
            Read::DescriptionChanged(description)
        };
        if !rest.is_empty() {
            cursor.state = State::Finishing { rest };
        }
        read
    }

    fn next(&self, at: usize) -> Next {
        let Some(cursor) = self.store.cursors.get(at) else { return Next::Nothing };
        match cursor.state {
            State::Seeking { target, start } => match self.start(target, start, cursor.played_gaps) {
                Some(position) => Next::At(position),
                None if self.ranges.get().end().is_some_and(|end| target < end) => Next::Gap,
                None => Next::Nothing,
            },
            State::Finishing { .. } => Next::Stashed,
            State::Resuming => self.resume(cursor),
            State::Reading { slot, row } => {
                let block = self.store.block(slot);
                match (row < block.len(), block.all_rap) {
                    (true, false) => Next::At(Position { slot, row }),
                    (true, true) => self.unless_gap(cursor, Some(Position { slot, row })),
                    (false, _) => {
                        let after = self.store.slot_after(slot);
                        self.unless_gap(cursor, after.map(|slot| Position { slot, row: 0 }))
                    }
                }
            }
        }
    }

    /// Next frame of a reader whose last frame is no longer stored. Frames between that place and
    /// the next random access point come first.
    fn resume(&self, cursor: &Cursor) -> Next {
        let behind = cursor.delivered_start + MediaTime::from_flicks(1);
        let next = self.store.random_access_point_after(behind);
        let begins = next.map_or(MediaTime::INFINITY, |position| self.start_of(position));
        let end = cursor.delivered_end + ROUNDING;
        let across = if end < begins { self.group_across(cursor.delivered_start, end) } else { None };
        across.map_or_else(|| self.unless_gap(cursor, next), Next::At)
    }

    /// The random access point at or before `start` of what is shown at `end`: to go on at the next one would leave that out.
    fn group_across(&self, start: MediaTime, end: MediaTime) -> Option<Position> {
        let shown = self.store.last_containing(end).map(|at| match self.store.block(at.slot).all_rap {
            true => at,
            false => Position { row: 0, ..at },
        });
        let last = || {
            let before = self.store.random_access_point_before(start)?;
            (end < self.end_of(before)).then_some(before)
        };
        shown.filter(|&at| self.store.block(at.slot).pts(at.row) <= start).or_else(last)
    }

    /// When what begins at a random access point is shown first.
    #[inline]
    fn start_of(&self, Position { slot, row }: Position) -> MediaTime {
        let block = self.store.block(slot);
        if block.all_rap { block.pts(row) } else { block.start }
    }

    fn end_of(&self, Position { slot, row }: Position) -> MediaTime {
        let block = self.store.block(slot);
        if block.all_rap { block.end_of(row) } else { block.end }
    }

    /// The random access point at `position`, if what was delivered reaches it without a gap, or over one that is played over.
    fn unless_gap(&self, cursor: &Cursor, position: Option<Position>) -> Next {
        let Some(position) = position else { return Next::Nothing };
        let (start, end) = (self.start_of(position), cursor.delivered_end);
        // Whether other tracks go on is the element's to know: where they do not, it does not get there.
        let reaches =
            |start| self.ranges.reaches(end, start) || cursor.played_gaps.is_played_over(end, start, || true);
        let is_reached =
            reaches(start) || self.ranges.get().find(start).is_some_and(|range| reaches(range.start));
        if is_reached { Next::At(position) } else { Next::Gap }
    }

    /// Start of a seek: the one found before, if the store has not changed since.
    fn start(&self, target: MediaTime, found: Option<Start>, played_gaps: PlayedGaps) -> Option<Position> {
        match found {
            Some(found) if found.version == self.store.version => Some(found.position),
            _ => self.find_start(target, played_gaps),
        }
    }

    /// The random access point from which to decode what is shown at `time`: the last one at or before it in the same range. Where a
    /// range begins with frames that are decoded later, the first one in it.
    fn find_start(&self, time: MediaTime, played_gaps: PlayedGaps) -> Option<Position> {
        let range = played_gaps.range_at(self.ranges.get(), time)?;
        let time = time.max(range.start);
        let before = self.store.random_access_point_before(time).filter(|position| {
            let block = self.store.block(position.slot);
            range.start <= block.pts(position.row) || time < block.end
        });
        // Of several at one time the first: what follows may need it.
        let first = |position: Position| {
            let block = self.store.block(position.slot);
            let pts = block.pts(position.row);
            let is_first = block.all_rap && position.row > 0 && block.pts(position.row - 1) < pts;
            if is_first { Some(position) } else { self.store.random_access_point_after(pts) }
        };
        before.and_then(first).or_else(|| {
            let after = self.store.random_access_point_after(time)?;
            (self.store.block(after.slot).pts(after.row) < range.end).then_some(after)
        })
    }
}
