//! `FrameReader`: a decoder's way to the frames of one track (SEEK-5).

use crate::media_source::MediaSource;
use crate::shared::SharedTrackBuffers;
use mse_core::{CodedFrame, MediaTime, TrackKey};
use mse_timeline::{CursorId, Gap, PlayedGaps, Read, TrackBuffer};
use std::fmt;
use std::num::NonZeroU32;

/// Reads the frames of one track buffer in decode order. `Send`; one for each decoder.
pub struct FrameReader {
    shared: SharedTrackBuffers,
    track: TrackKey,
    cursor: CursorId,
}

impl FrameReader {
    pub(crate) fn open(shared: &SharedTrackBuffers, track: TrackKey) -> Option<Self> {
        let mut guard = shared.lock();
        let index = usize::from(track.index);
        guard.track_buffers.tracks().get(index)?;
        let cursor = guard.track_buffers.open_cursor(index);
        drop(guard);
        Some(Self { shared: shared.clone(), track, cursor })
    }

    /// Getter: the track it reads.
    pub fn track(&self) -> TrackKey {
        self.track
    }

    /// Command: the next frame read is the random access point to decode from to show `time`; its
    /// time. `None` when nothing at or before `time` is buffered; then reading waits for it.
    pub fn seek(&mut self, time: MediaTime) -> Option<MediaTime> {
        self.shared.lock().track_buffers.seek(self.cursor, time.last_of_double())
    }

    /// Command: which gaps it reads over from now on, and how long before a range it may start:
    /// those that the element plays over for which it reads. An [`ElementLink`](crate::ElementLink)
    /// gives its readers its own.
    pub fn set_played_gaps(&mut self, played_gaps: PlayedGaps) {
        self.shared.lock().track_buffers.set_played_gaps(self.cursor, played_gaps);
    }

    /// Getter: ticks per second of the track's own clock.
    pub fn timescale(&self) -> Option<NonZeroU32> {
        let guard = self.shared.lock();
        guard.track_buffers.tracks().get(usize::from(self.track.index)).map(TrackBuffer::timescale)
    }

    /// Getter: what is not buffered at or after `time` first, up to where something is again or it
    /// has another cause: what a decoder meets that has been given everything before `time`. `None`
    /// when everything is.
    pub fn gap_at(&self, time: MediaTime) -> Option<Gap> {
        let guard = self.shared.lock();
        let track = guard.track_buffers.tracks().get(usize::from(self.track.index))?;
        track.missing(time, MediaTime::INFINITY).next()
    }

    /// Getter: the first time after `time` at which something is buffered; what a decoder can go on
    /// with behind a gap.
    pub fn buffered_after(&self, time: MediaTime) -> Option<MediaTime> {
        let guard = self.shared.lock();
        let track = guard.track_buffers.tracks().get(usize::from(self.track.index))?;
        track.ranges().iter().map(|range| range.start).find(|start| *start > time)
    }

    /// Getter: the first time at or after `time` at which a frame is shown.
    pub fn shown_from(&self, time: MediaTime) -> Option<MediaTime> {
        self.shared.lock().track_buffers.shown_from(self.cursor, time)
    }

    /// Getter: the last time up to which something is buffered before `time`.
    pub fn buffered_before(&self, time: MediaTime) -> Option<MediaTime> {
        let guard = self.shared.lock();
        let track = guard.track_buffers.tracks().get(usize::from(self.track.index))?;
        let ranges = track.ranges();
        let before = ranges.iter().take_while(|range| range.start < time);
        before.last().map(|range| range.end.min(time))
    }

    /// Getter: the earliest presentation timestamp of the frames that are read next, as far as
    /// codecs reorder within a group of pictures; `None` when there is nothing to read.
    pub fn next_time(&self) -> Option<MediaTime> {
        self.shared.lock().track_buffers.next_time(self.cursor)
    }

    /// Getter: whether the frame that is read next is due at `time`: decoded or shown by then, or
    /// before one in decode order that is.
    pub fn is_due(&self, time: MediaTime) -> bool {
        self.shared.lock().track_buffers.is_due(self.cursor, time)
    }

    /// Poll: the next answer. After [`Read::NeedData`] the element is told once when there may be
    /// more
    /// ([`MediaElement::frames_available`](mse_core::interface::MediaElement::frames_available)).
    pub fn read(&mut self) -> Read {
        let mut guard = self.shared.lock();
        let ended = guard.ended;
        let read = guard.track_buffers.read(self.cursor, ended);
        if matches!(read, Read::NeedData) {
            guard.waiting.insert((self.cursor, self.track.index));
        }
        read
    }

    /// Poll: puts up to `most` next frames behind those that are in `frames`, for one lock, and
    /// says how many. Fewer where something else than a frame is next, or a frame of another
    /// description: [`read`](Self::read) gives that, so this comes between two reads.
    pub fn read_frames(&mut self, most: usize, frames: &mut Vec<CodedFrame>) -> usize {
        self.shared.lock().track_buffers.read_frames(self.cursor, most, frames)
    }
}

impl Drop for FrameReader {
    fn drop(&mut self) {
        let mut guard = self.shared.lock();
        let cursor = self.cursor;
        guard.waiting.remove(&(cursor, self.track.index));
        guard.track_buffers.close_cursor(cursor);
    }
}

impl fmt::Debug for FrameReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameReader({:?})", self.track)
    }
}

impl MediaSource {
    /// Command: a reader of a track's frames; `None` when there is no such track buffer.
    pub fn open_reader(&mut self, track: TrackKey) -> Option<FrameReader> {
        FrameReader::open(&self.slot(track.source_buffer)?.shared, track)
    }
}
