//! Seeking (SEEK). <https://w3c.github.io/media-source/#mediasource-seeking>

use crate::element::HtmlMediaElement;
use crate::event::ElementEventName;
use mse::{ElementReadyState, Exception, MediaTime, TimeRanges};

impl HtmlMediaElement {
    /// Command: sets `currentTime`. Before there is metadata it is where playback will begin; later it seeks, to the nearest position that
    /// is seekable.
    ///
    /// # Errors
    /// `TypeError` for what is not finite.
    pub fn set_current_time(&mut self, time: f64) -> Result<(), Exception> {
        if !time.is_finite() {
            return Err(Exception::type_error("GEN-2", "currentTime must be finite"));
        }
        if self.state.ready_state == ElementReadyState::HaveNothing {
            self.state.default_playback_start = Some(time);
        } else {
            self.seek(time);
            self.poll();
        }
        Ok(())
    }

    /// The synchronous part of HTML's seek algorithm.
    pub(crate) fn seek(&mut self, time: f64) {
        let Some(link) = &mut self.link else { return };
        // SEEK-4.
        let time = if self.state.duration.is_nan() { time } else { time.min(self.state.duration) };
        let wanted = MediaTime::from_seconds(time.max(0.0));
        let Some(position) = nearest(&link.seekable(), wanted) else { return };
        self.state.seeking = true;
        self.state.ended_fired = false;
        self.state.position = position;
        self.state.queue(ElementEventName::Seeking);
        self.tell();
    }

    /// SEEK-1, SEEK-2, SEEK-3: once the position is buffered, decoders start anew at the random access point before it.
    pub(crate) fn complete_seek(&mut self) {
        let Some(link) = &mut self.link else { return };
        if !self.state.seeking || self.state.ready_state <= ElementReadyState::HaveMetadata {
            return;
        }
        if link.playable().find(self.state.position).is_none() && !self.state.at_end() {
            return;
        }
        self.state.seeking = false;
        self.readers.seek(self.state.position);
        self.renderer.flush();
        self.state.queue(ElementEventName::TimeUpdate);
        self.state.queue(ElementEventName::Seeked);
        self.tell();
        self.reach_end();
    }
}

/// The time itself if it is seekable, or the nearest that is; a range's end counts.
fn nearest(seekable: &TimeRanges, wanted: MediaTime) -> Option<MediaTime> {
    let distance = |time: &MediaTime| if *time > wanted { *time - wanted } else { wanted - *time };
    seekable.iter().map(|range| wanted.clamp(range.start, range.end)).min_by_key(distance)
}
