//! Seeking (SEEK). <https://w3c.github.io/media-source/#mediasource-seeking>

use crate::element::HtmlMediaElement;
use crate::event::ElementEventName;
use mse::{ElementLink, ElementReadyState, Exception, MediaTime, TimeRanges};

impl HtmlMediaElement {
    /// Command: sets `currentTime`. Before there is metadata it is where playback will begin; later
    /// it seeks, to the nearest position that is seekable.
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
        self.state.forget_last_seek();
        self.state.seeking = true;
        self.state.ended_fired = false;
        self.state.position = position;
        self.state.queue(ElementEventName::Seeking);
        self.tell();
    }

    /// Input: whether a page sees a seek that has its data as under way until its events are
    /// dispatched, as HTML has it, which runs that part in parallel: `seeking` is true until
    /// [`poll_event`](Self::poll_event) comes to them. Off by default: then it is done at once.
    pub fn set_seeks_in_parallel(&mut self, parallel: bool) {
        self.state.seeks_in_parallel = parallel;
    }

    /// SEEK-1, SEEK-2: once the position is buffered.
    pub(crate) fn finish_seek(&mut self) {
        if !self.state.seeking
            || self.state.ready_state == ElementReadyState::HaveNothing
            || self.state.lacks_keys()
        {
            return;
        }
        let Some(link) = &mut self.link else { return };
        if link.can_finish_seek() {
            self.state.seek_has_data();
            self.follow_seek();
        }
    }

    /// Hands over the picture of the position where there is one by now.
    pub(crate) fn show_position(&mut self) {
        if self.state.ready_state >= ElementReadyState::HaveCurrentData && !self.state.seeking {
            self.show();
        }
    }

    fn show(&mut self) {
        let changes = self.link.as_ref().map_or(0, ElementLink::frames_changed);
        self.readers.show(self.state.position, changes, &mut self.state, &mut *self.renderer);
    }

    /// SEEK-3: after a seek decoders start anew at the random access point before the position.
    pub(crate) fn follow_seek(&mut self) {
        if std::mem::take(&mut self.state.readers_must_seek) {
            let has_ended = self.link.as_mut().is_some_and(ElementLink::is_ended);
            let is_end = has_ended && self.state.position >= MediaTime::from_seconds(self.state.duration);
            self.readers.seek(self.state.position, is_end);
            self.renderer.flush();
            self.show();
            self.tell();
            self.reach_end();
        }
    }
}

/// The time itself if it is seekable, or the nearest that is; a range's end counts.
fn nearest(seekable: &TimeRanges, wanted: MediaTime) -> Option<MediaTime> {
    let distance = |time: &MediaTime| if *time > wanted { *time - wanted } else { wanted - *time };
    seekable.iter().map(|range| wanted.clamp(range.start, range.end)).min_by_key(distance)
}
