//! Many frames for one look at where the cursor stands.

use super::Next;
use crate::cursor::{CursorId, State};
use crate::position::Position;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use mse_core::{CodedFrame, MediaTime};
use std::sync::Arc;

impl TrackBuffers {
    /// Puts up to `most` next frames for a reader behind those that are in `frames`, and says how
    /// many. Fewer where something else than a frame is next, or a frame of another description:
    /// [`read`](Self::read) gives that.
    pub fn read_frames(&mut self, cursor: CursorId, most: usize, frames: &mut Vec<CodedFrame>) -> usize {
        let Some(buffer) = self.tracks.get_mut(cursor.track) else { return 0 };
        let Some(at) = buffer.cursor_at(cursor) else { return 0 };
        buffer.store.settle();
        let mut read = 0;
        while read < most
            && let Next::At(position) = buffer.next(at)
        {
            let rows = buffer.deliver_rows(at, position, most - read, frames);
            if rows == 0 {
                break;
            }
            read += rows;
        }
        read
    }
}

impl TrackBuffer {
    /// The rows of one block from `position` on, as far as they have one description and no gap
    /// lies between.
    fn deliver_rows(
        &mut self,
        at: usize,
        position: Position,
        most: usize,
        frames: &mut Vec<CodedFrame>,
    ) -> usize {
        let (id, Position { slot, row: first }) = (self.id(), position);
        let (block, cursors) = self.store.block_and_cursors(slot);
        let Some(cursor) = cursors.get_mut(at) else { return 0 };
        if !block.description(first).is_some_and(|description| cursor.knows(description)) {
            return 0;
        }
        if cursor.is_led_to(block, first)
            && let Some(frame) = self.lead(at, position)
        {
            frames.push(frame);
            return 1;
        }
        let (block, cursors) = self.store.block_and_cursors(slot);
        let (Some(cursor), Some(description)) = (cursors.get_mut(at), block.description(first)) else {
            return 0;
        };
        // Within a range nothing is missing. A group of pictures is read to its end whatever is.
        let end = if block.all_rap {
            self.ranges.get().find(block.pts(first)).map_or(MediaTime::MIN, |range| range.end)
        } else {
            MediaTime::INFINITY
        };
        let last = block.next_primed(first + 1).min(first.saturating_add(most));
        let before = frames.len();
        for row in first..last {
            let is_reached = row == first || !block.all_rap || block.pts(row) < end;
            let is_described = block.description(row).is_some_and(|of_row| Arc::ptr_eq(of_row, description));
            if !is_reached || !is_described {
                break;
            }
            let Some(frame) = block.frame(row, id) else { break };
            cursor.delivered(block.pts(row), block.end_of(row));
            frames.push(frame);
        }
        let rows = frames.len() - before;
        if rows > 0 {
            cursor.state = State::Reading { slot, row: first + rows };
            cursor.lead = None;
        }
        rows
    }
}
