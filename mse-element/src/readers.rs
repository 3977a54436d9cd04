//! The readers of the active tracks, and the frames that are due.

use crate::renderer::{Rendered, Renderer};
use crate::state::State;
use mse::{CodedFrame, ElementLink, FrameReader, MediaTime, Read, TrackKey, TrackKind};

/// Longest time from the position of a seek to the picture that is shown for it: as late as media
/// may begin at all.
const SHOWN_AHEAD: MediaTime = MediaTime::SECOND;

/// The shortest time.
const TICK: MediaTime = MediaTime::from_flicks(1);

/// One reader for each track buffer of an active track.
#[derive(Default)]
pub(crate) struct Readers {
    readers: Vec<TrackReader>,
}

struct TrackReader {
    track: TrackKey,
    kind: TrackKind,
    reader: FrameReader,
    /// Read, and not due yet.
    next: Option<CodedFrame>,
    /// Frames before this are decoded and not shown.
    show_from: MediaTime,
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
                    next: None,
                    show_from,
                    read_to,
                });
            }
        }
    }

    pub(crate) fn seek(&mut self, position: MediaTime) {
        for reader in &mut self.readers {
            reader.reader.seek(position);
            reader.next = None;
            reader.show_from = position;
            reader.read_to = position;
        }
    }

    /// Hands over the picture of a position that was sought, or the first one behind it, which is
    /// seen while playback is paused too.
    pub(crate) fn show(&mut self, position: MediaTime, state: &mut State, renderer: &mut dyn Renderer) {
        for index in 0..self.readers.len() {
            let Some(reader) = self.readers.get_mut(index).filter(|reader| reader.kind == TrackKind::Video)
            else {
                continue;
            };
            let until = reader.first_time(state, renderer).map_or(position, |first| first.max(position));
            reader.render(until.last_of_double() + TICK, state, renderer);
        }
    }

    /// Hands over the frames that are due before `until`.
    pub(crate) fn render(&mut self, until: MediaTime, state: &mut State, renderer: &mut dyn Renderer) {
        for reader in &mut self.readers {
            reader.render(until, state, renderer);
        }
    }
}

impl TrackReader {
    fn render(&mut self, until: MediaTime, state: &mut State, renderer: &mut dyn Renderer) {
        while let Some(frame) = self.due(until, state, renderer) {
            let decode_only = frame.is_decode_only() || frame.end_timestamp() <= self.show_from;
            let rendered = renderer.render(self.track, &frame, decode_only);
            if self.kind == TrackKind::Video && !decode_only {
                // VPQ-3.
                state.quality.total_video_frames += 1;
                state.quality.dropped_video_frames += u64::from(rendered == Rendered::Dropped);
                state.quality.corrupted_video_frames += u64::from(rendered == Rendered::Corrupted);
            }
        }
    }

    /// When the next frame in decode order is shown.
    fn first_time(&mut self, state: &mut State, renderer: &mut dyn Renderer) -> Option<MediaTime> {
        let first = self.due(self.show_from + SHOWN_AHEAD, state, renderer)?;
        let time = first.presentation_timestamp;
        self.next = Some(first);
        Some(time)
    }

    fn due(
        &mut self,
        until: MediaTime,
        state: &mut State,
        renderer: &mut dyn Renderer,
    ) -> Option<CodedFrame> {
        loop {
            if let Some(frame) = &self.next {
                let due = frame.decode_timestamp.min(frame.presentation_timestamp) < until;
                return due.then(|| self.next.take()).flatten();
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
                    self.next = Some(frame);
                }
                _ if self.goes_on_before(until) => {}
                _ => return None,
            }
        }
    }

    /// Goes on behind a gap that the position passes: what is played over is read over.
    fn goes_on_before(&mut self, until: MediaTime) -> bool {
        let Some(start) = self.reader.buffered_after(self.read_to).filter(|start| *start < until) else {
            return false;
        };
        self.reader.seek(start);
        self.read_to = start;
        true
    }
}
