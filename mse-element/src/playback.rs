//! Playing: time passes, frames are handed over, the position moves (ELR-4, ELR-9, MON).

use crate::element::HtmlMediaElement;
use crate::event::ElementEventName;
use mse::{ElementReadyState, MediaTime};

/// Played time between two `timeupdate`s.
const TIME_UPDATE: MediaTime = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 4);

impl HtmlMediaElement {
    /// Command: `play()`.
    pub fn play(&mut self) {
        self.poll();
        self.state.can_autoplay = false;
        if self.state.ended() {
            self.seek(0.0);
        } else if !self.state.at_end() {
            // The source may have been opened again where playback had ended.
            self.state.ended_fired = false;
        }
        if std::mem::replace(&mut self.state.paused, false) {
            self.state.queue(ElementEventName::Play);
            let waits = self.state.ready_state <= ElementReadyState::HaveCurrentData;
            self.state.queue(if waits { ElementEventName::Waiting } else { ElementEventName::Playing });
        }
        self.poll();
    }

    /// Command: `pause()`.
    pub fn pause(&mut self) {
        self.state.can_autoplay = false;
        if !std::mem::replace(&mut self.state.paused, true) {
            self.state.queue(ElementEventName::TimeUpdate);
            self.state.queue(ElementEventName::Pause);
        }
    }

    /// Input: the embedder's clock shows `now`. What plays is played up to there, at
    /// `playbackRate`; it stops where data ends. A clock that goes back is ignored.
    pub fn advance(&mut self, now: MediaTime) {
        let passed = (now - self.now).max(MediaTime::ZERO);
        self.now = self.now.max(now);
        // What passed while nothing played is not made up for by data that has come meanwhile.
        let mut left =
            if self.is_playing() { scale(passed, self.state.playback_rate) } else { MediaTime::ZERO };
        self.poll();
        while left > MediaTime::ZERO && self.is_playing() {
            let Some(until) = self.play_until(left) else { break };
            left -= until - self.state.position;
            self.move_to(until);
        }
    }

    /// Starts `autoplay` of media that begins late. Such media has enough data only once the
    /// position is in it, so `autoplay` would wait for ever.
    pub(crate) fn autoplay_late_start(&mut self) {
        let Some(link) = &mut self.link else { return };
        if self.state.autoplay
            && self.state.ready_state == ElementReadyState::HaveFutureData
            && link.buffered_start().is_some_and(|start| self.state.position < start)
        {
            self.state.start_autoplay();
        }
    }

    /// Whether the position moves with time.
    pub fn is_playing(&self) -> bool {
        self.state.wants_to_play()
            && !self.state.seeking
            && self.state.ready_state >= ElementReadyState::HaveFutureData
    }

    /// The next point of interest: the end of the time that passed, of what is buffered, or the
    /// next `timeupdate`.
    fn play_until(&mut self, left: MediaTime) -> Option<MediaTime> {
        let position = self.state.position;
        let end = self.link.as_mut()?.playable_at(position)?.end;
        let end = end.min(MediaTime::from_seconds(self.state.duration));
        let end = self.text.next_change(position).map_or(end, |change| change.min(end));
        let next = end.min(position + left).min(position + (TIME_UPDATE - self.since_time_update));
        (next > position).then_some(next)
    }

    /// Getter: how much time of the embedder's clock may pass until playback has something to tell:
    /// `timeupdate`, the end of what is buffered, the end. `None` while the position does not move.
    pub fn next_advance(&mut self) -> Option<MediaTime> {
        let rate = self.state.playback_rate;
        if !self.is_playing() || rate <= 0.0 {
            return None;
        }
        let until = self.play_until(TIME_UPDATE)?;
        Some(scale(until - self.state.position, rate.recip()))
    }

    fn move_to(&mut self, until: MediaTime) {
        self.readers.render(until, &mut self.state, &mut *self.renderer);
        self.since_time_update += until - self.state.position;
        self.state.played.insert(self.state.position, until);
        self.state.position = until;
        if self.since_time_update >= TIME_UPDATE {
            self.since_time_update = MediaTime::ZERO;
            self.state.queue(ElementEventName::TimeUpdate);
        }
        self.tell();
        self.march_on();
        if !self.reach_end() {
            self.poll();
        }
    }

    /// ELR-9: what happens when the position has come to the end of the media resource. Says
    /// whether it has.
    pub(crate) fn reach_end(&mut self) -> bool {
        if !self.state.at_end() || self.state.seeking || self.state.ended_fired {
            return false;
        }
        if self.state.loops {
            if !self.state.paused {
                self.seek(0.0);
                self.poll();
            }
            return true;
        }
        self.state.ended_fired = true;
        self.state.queue(ElementEventName::TimeUpdate);
        if !std::mem::replace(&mut self.state.paused, true) {
            self.state.queue(ElementEventName::Pause);
        }
        self.state.queue(ElementEventName::Ended);
        true
    }
}

fn scale(time: MediaTime, rate: f64) -> MediaTime {
    if (rate - 1.0).abs() < f64::EPSILON { time } else { MediaTime::from_seconds(time.to_seconds() * rate) }
}
