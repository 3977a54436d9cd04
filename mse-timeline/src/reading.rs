//! Reading a track buffer at a cursor.

mod due;
mod lead;
mod read_frames;

use crate::cursor::{Cursor, CursorId, Start, State};
use crate::played_gaps::PlayedGaps;
use crate::position::Position;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use mse_core::{CodedFrame, MediaTime, TrackDescription};
use std::sync::Arc;

/// Longest time missing between two frames of a reader that counts as rounding.
const ROUNDING: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 1000);

/// Answer to a reader.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Read {
    /// The frames from here on are described so. Comes before the first frame, and before each
    /// frame whose description differs from that of the frame before.
    DescriptionChanged(Arc<TrackDescription>),
    /// The next frame in decode order.
    Frame(CodedFrame),
    /// Nothing to read at the position yet.
    NeedData,
    /// The stream has ended and everything is read.
    EndOfStream,
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

    /// Moves a reader to `time`. Says at which random access point it will start, `None` when there
    /// is nothing buffered at `time`; it then starts there as soon as there is.
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

    /// The random access point at or before `start` of what is shown at `end`: to go on at the next
    /// one would leave that out.
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

    /// The random access point at `position`, if what was delivered reaches it without a gap, or
    /// over one that is played over.
    fn unless_gap(&self, cursor: &Cursor, position: Option<Position>) -> Next {
        let Some(position) = position else { return Next::Nothing };
        let (start, end) = (self.start_of(position), cursor.delivered_end);
        // Whether other tracks go on is the element's to know: where they do not, it does not get
        // there.
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

    /// The random access point from which to decode what is shown at `time`: the last one at or
    /// before it in the same range. Where a range begins with frames that are decoded later, the
    /// first one in it.
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
