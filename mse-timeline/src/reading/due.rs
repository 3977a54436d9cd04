//! When the frames that come next are due, without reading them: what is not read may still be
//! replaced.

use super::Next;
use crate::cursor::CursorId;
use crate::position::Position;
use crate::track_buffer::TrackBuffers;
use mse_core::MediaTime;

/// Most frames of which one is decoded last and shown first: one more than the decoded picture
/// buffers of H.264 and HEVC hold.
const MOST_REORDERED: usize = 17;

impl TrackBuffers {
    /// Returns the first time at or after `time` at which a frame of a reader's track is shown.
    pub fn shown_from(&mut self, cursor: CursorId, time: MediaTime) -> Option<MediaTime> {
        let buffer = self.tracks.get_mut(cursor.track)?;
        buffer.store.settle();
        buffer.store.shown_from(time)
    }

    /// Returns the earliest presentation timestamp of the frames that a reader gets next, as far as
    /// codecs reorder within a group of pictures; `None` when there is nothing to read.
    pub fn next_time(&mut self, cursor: CursorId) -> Option<MediaTime> {
        self.next_times(cursor).map(|(_, presented)| presented)
    }

    /// Returns whether the frame that a reader gets next is decoded at `time` or before, or one
    /// behind it in its group of pictures is shown by then.
    pub fn is_due(&mut self, cursor: CursorId, time: MediaTime) -> bool {
        self.next_times(cursor).is_some_and(|(decoded, presented)| decoded.min(presented) <= time)
    }

    /// When the next frame is decoded, and the first of the next ones presented.
    fn next_times(&mut self, cursor: CursorId) -> Option<(MediaTime, MediaTime)> {
        let buffer = self.tracks.get_mut(cursor.track)?;
        buffer.store.settle();
        let at = buffer.cursor_at(cursor)?;
        match buffer.next(at) {
            Next::At(Position { slot, row }) => {
                let block = buffer.store.block(slot);
                let last = row + if block.all_rap { 1 } else { MOST_REORDERED };
                let presented = (row..last).map(|row| block.pts(row)).min()?;
                // Pictures may be left of a group that are shown behind the start of the next.
                let next = if last < block.len() { None } else { buffer.store.slot_after(slot) };
                let next = next.map_or(presented, |slot| buffer.store.block(slot).start);
                Some((block.dts(row), presented.min(next)))
            }
            Next::Stashed => {
                let next = buffer.store.cursors.get(at)?.stashed().take(MOST_REORDERED);
                let mut next = next.map(|(frame, _)| frame).peekable();
                let decoded = next.peek()?.decode_timestamp;
                Some((decoded, next.map(|frame| frame.presentation_timestamp).min()?))
            }
            Next::Gap | Next::Nothing => None,
        }
    }
}
