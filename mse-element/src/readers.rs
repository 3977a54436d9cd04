//! The readers of the active tracks, and the frames that are due.

use crate::renderer::{Rendered, Renderer};
use crate::state::State;
use mse::{CodedFrame, ElementLink, FrameReader, MediaTime, Read, TrackKey, TrackKind};
use std::collections::VecDeque;

/// Longest time from the position of a seek to the picture that is shown for it: as late as media
/// may begin at all.
const SHOWN_AHEAD: MediaTime = MediaTime::SECOND;

/// Frames that are remembered as handed over: more than a codec reorders.
const MOST_HANDED: usize = 32;

/// One reader for each track buffer of an active track.
#[derive(Default)]
pub(crate) struct Readers {
    readers: Vec<TrackReader>,
}

struct TrackReader {
    track: TrackKey,
    kind: TrackKind,
    reader: FrameReader,
    /// Frames that end here or before are decoded and not shown: the position of the last seek, and
    /// then the time up to which frames were handed over.
    show_from: MediaTime,
    /// Whether a frame to be shown was handed over since the last seek.
    has_shown: bool,
    /// Start and end of the last frames that were handed over to be shown.
    handed: VecDeque<(MediaTime, MediaTime)>,
    /// Changes of frames that the picture of the position has seen.
    seen: u64,
    /// End of the last frame that was read, or start of the reading.
    read_to: MediaTime,
}

impl Readers {
    /// Follows the tracks: readers of what is no longer active go, and new ones start at the
    /// position.
    pub(crate) fn follow(&mut self, state: &State, link: &mut ElementLink) {
        let active = || state.tracks.iter().filter(|track| track.state.is_active());
        self.readers.retain(|reader| active().any(|track| track.key == reader.track));
        for track in active() {
            if self.readers.iter().any(|reader| reader.track == track.key) {
                continue;
            }
            if let Some(mut reader) = link.open_reader(track.key) {
                reader.seek(state.position);
                let (kind, show_from) = (track.media(), state.position);
                let read_to = show_from;
                self.readers.push(TrackReader {
                    track: track.key,
                    kind,
                    reader,
                    show_from,
                    has_shown: false,
                    handed: VecDeque::new(),
                    seen: 0,
                    read_to,
                });
            }
        }
    }

    /// Begins anew at a position. That of the end shows the last picture.
    pub(crate) fn seek(&mut self, position: MediaTime, is_end: bool) {
        for reader in &mut self.readers {
            let last = Some(&reader.reader).filter(|_| is_end && reader.kind == TrackKind::Video);
            let last = last.and_then(|reader| reader.buffered_before(position));
            reader.seek(last.map_or(position, |end| end - MediaTime::from_flicks(1)));
            reader.read_to = position;
        }
    }

    /// Hands over the picture of the position, or the first one behind it where none was shown yet:
    /// seen while playback is paused too.
    ///
    /// `changes` counts those of frames: one may have come that belongs before what was read, where
    /// media began late, or in a gap that is played over.
    pub(crate) fn show(
        &mut self,
        position: MediaTime,
        changes: u64,
        state: &mut State,
        renderer: &mut dyn Renderer,
    ) {
        for index in 0..self.readers.len() {
            let Some(reader) = self.readers.get_mut(index).filter(|reader| reader.kind == TrackKind::Video)
            else {
                continue;
            };
            reader.show(position, state, renderer);
            if std::mem::replace(&mut reader.seen, changes) != changes && reader.has_passed_over(position) {
                reader.seek(position);
                reader.show(position, state, renderer);
            }
        }
    }

    /// Hands over the frames that are due at `until` or before.
    pub(crate) fn render(&mut self, until: MediaTime, state: &mut State, renderer: &mut dyn Renderer) {
        for reader in &mut self.readers {
            reader.render(until, state, renderer);
            reader.show_from = until;
        }
    }
}

impl TrackReader {
    fn seek(&mut self, from: MediaTime) {
        self.reader.seek(from);
        (self.show_from, self.read_to) = (from, from);
        self.has_shown = false;
        self.handed.clear();
    }

    fn show(&mut self, position: MediaTime, state: &mut State, renderer: &mut dyn Renderer) {
        let until = if self.has_shown { position } else { self.first_shown(position) };
        self.render(until, state, renderer);
        self.show_from = position;
    }

    /// Whether pictures are stored behind the one of the position and before the next one that was
    /// read or will be.
    fn has_passed_over(&self, position: MediaTime) -> bool {
        let covered = self.covered_from(position);
        let Some(first) = self.reader.shown_from(covered) else { return false };
        let ahead = self.handed.iter().map(|(start, _)| *start).filter(|start| covered < *start);
        match ahead.chain(self.reader.next_time()).min() {
            Some(next) => first < next,
            None => first == covered,
        }
    }

    /// End of the pictures from the position on that were handed over, without a gap.
    fn covered_from(&self, position: MediaTime) -> MediaTime {
        let mut covered = position;
        // Every turn takes another frame, of a few.
        while let Some((_, end)) = self.handed.iter().find(|(start, end)| *start <= covered && covered < *end)
        {
            covered = *end;
        }
        covered
    }

    fn render(&mut self, until: MediaTime, state: &mut State, renderer: &mut dyn Renderer) {
        while let Some(frame) = self.due(until.last_of_double(), state, renderer) {
            let decode_only = frame.is_decode_only() || frame.end_timestamp() <= self.show_from;
            let rendered = renderer.render(self.track, &frame, decode_only);
            if !decode_only {
                self.has_shown = true;
                self.handed.truncate(MOST_HANDED - 1);
                self.handed.push_front((frame.presentation_timestamp, frame.end_timestamp()));
            }
            if self.kind == TrackKind::Video && !decode_only {
                // VPQ-3.
                state.quality.total_video_frames += 1;
                state.quality.dropped_video_frames += u64::from(rendered == Rendered::Dropped);
                state.quality.corrupted_video_frames += u64::from(rendered == Rendered::Corrupted);
            }
        }
    }

    /// The position, or the time of the first frame where that is a little behind it.
    fn first_shown(&self, position: MediaTime) -> MediaTime {
        let first = self.reader.next_time().filter(|first| *first <= position + SHOWN_AHEAD);
        first.map_or(position, |first| first.max(position))
    }

    /// The next frame if it is due. What is not due is not read: it may still be replaced.
    fn due(
        &mut self,
        until: MediaTime,
        state: &mut State,
        renderer: &mut dyn Renderer,
    ) -> Option<CodedFrame> {
        // Every turn reads something, or goes to a later range.
        loop {
            if !self.reader.is_due(until) {
                if self.reader.next_time().is_some() || !self.goes_on_by(until) {
                    return None;
                }
                continue;
            }
            match self.reader.read() {
                Read::DescriptionChanged(description) => {
                    renderer.description_changed(self.track, &description);
                    if self.kind == TrackKind::Video {
                        state.resize(&description);
                    }
                }
                Read::Frame(frame) => {
                    self.read_to = self.read_to.max(frame.end_timestamp());
                    return Some(frame);
                }
                _ => return None,
            }
        }
    }

    /// Goes on behind a gap that the position passes: what is played over is read over.
    fn goes_on_by(&mut self, until: MediaTime) -> bool {
        let Some(start) = self.reader.buffered_after(self.read_to).filter(|start| *start <= until) else {
            return false;
        };
        self.reader.seek(start);
        self.read_to = start;
        true
    }
}
