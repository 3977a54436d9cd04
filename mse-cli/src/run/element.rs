//! The media element of a scenario: muted, paused, without a clock or a decoder.

use mse::interface::MediaElement;
use mse::{
    ElementReadyState, ElementState, EndOfStreamError, MediaTime, MediaTrack, MediaTrackId, TimeRanges,
    TrackKey, TrackState,
};

/// What a page can read from the element, and the playback position.
#[derive(Default)]
pub(crate) struct Element {
    pub(crate) ready_state: ElementReadyState,
    /// `MediaError.code`.
    pub(crate) error: Option<u8>,
    current_time: f64,
    duration: f64,
    /// Where playback will start, if sought before there is metadata.
    default_playback_start: Option<f64>,
}

impl Element {
    /// What the engine is told.
    pub(crate) fn state(&self) -> ElementState {
        ElementState {
            current_time: MediaTime::from_seconds(self.current_time),
            ready_state: self.ready_state,
            has_error: self.error.is_some(),
            ..ElementState::default()
        }
    }

    /// `currentTime = time`, for a finite time: before metadata it is kept for later, else clamped to the duration and to
    /// what is seekable (SEEK-4).
    pub(crate) fn seek(&mut self, time: f64, seekable: &TimeRanges) {
        if self.ready_state == ElementReadyState::HaveNothing {
            self.default_playback_start = Some(time);
            return;
        }
        let wanted = time.min(self.duration).max(0.0);
        self.current_time = nearest(seekable, wanted).unwrap_or(self.current_time);
    }
}

/// The time itself if it is seekable, or the nearest that is; a range's end counts.
fn nearest(seekable: &TimeRanges, wanted: f64) -> Option<f64> {
    let distance = |time: &f64| (time - wanted).abs();
    let candidates =
        seekable.iter().map(|range| wanted.clamp(range.start.to_seconds(), range.end.to_seconds()));
    candidates.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

impl MediaElement for Element {
    fn set_duration(&mut self, duration: f64) {
        self.duration = duration;
        if self.current_time > duration {
            self.current_time = duration;
        }
    }

    fn set_ready_state(&mut self, ready_state: ElementReadyState) {
        self.ready_state = ready_state;
        if ready_state != ElementReadyState::HaveNothing
            && let Some(time) = self.default_playback_start.take()
        {
            self.current_time = time.min(self.duration).max(0.0);
        }
    }

    fn all_data_received(&mut self) {}

    fn fail(&mut self, error: EndOfStreamError) {
        // EOS-4, EOS-5.
        self.error = Some(match (self.ready_state, error) {
            (ElementReadyState::HaveNothing, _) => 4,
            (_, EndOfStreamError::Decode) => 3,
            (_, EndOfStreamError::Network) => 2,
        });
    }

    fn add_track(&mut self, _track: &MediaTrack) {}

    fn remove_track(&mut self, _track: MediaTrackId) {}

    fn track_states_changed(&mut self, _changes: &[(MediaTrackId, TrackState)]) {}

    fn frames_available(&mut self, _track: TrackKey) {}
}
