//! The duration change algorithm (DUR).
//! <https://w3c.github.io/media-source/#duration-change-algorithm>

use crate::media_source::MediaSource;
use mse_core::{ElementMessage, Exception, MediaTime};
use mse_timeline::TrackBuffers;

impl MediaSource {
    /// For the `duration` setter, the one caller that may fail (DUR-6).
    pub(crate) fn duration_change(&mut self, new: f64) -> Result<(), Exception> {
        // DUR-1: NaN never equals.
        if new == self.duration {
            return Ok(());
        }
        // DUR-2: starts, not ends, of all frames of all tracks.
        let highest_presentation_timestamp =
            self.over_track_buffers(TrackBuffers::highest_presentation_timestamp);
        if highest_presentation_timestamp.is_some_and(|highest| new < highest.to_seconds()) {
            return Err(Exception::invalid_state(
                "DUR-2",
                "the duration is below the start of a buffered frame",
            ));
        }
        self.duration_change_internal(new);
        Ok(())
    }

    /// For callers that never pass a value below the highest presentation timestamp.
    pub(crate) fn duration_change_internal(&mut self, new: f64) {
        if new == self.duration {
            return;
        }
        // DUR-3, DUR-4: a removal keeps the frame that straddles its start.
        let highest_end = self.highest_end_timestamp().to_seconds();
        let new = new.max(highest_end);
        self.announce_duration(new);
    }

    /// The first duration, of an initialization segment: no frame came before that. Those that the
    /// same append brought are counted after it (ISR-1, CFP-36).
    pub(crate) fn announce_duration(&mut self, new: f64) {
        if new == self.duration {
            return;
        }
        // DUR-4 (5), (6).
        self.duration = new;
        self.mirror(ElementMessage::DurationChanged(new));
    }

    /// The largest end of any track buffer range, 0 when nothing is buffered (DUR-3, EOS-3).
    pub(crate) fn highest_end_timestamp(&self) -> MediaTime {
        self.over_track_buffers(TrackBuffers::highest_end_timestamp).unwrap_or_default()
    }

    fn over_track_buffers(&self, highest: impl Fn(&TrackBuffers) -> Option<MediaTime>) -> Option<MediaTime> {
        let slots = self.source_buffers.iter().filter_map(|&id| self.slot(id));
        slots.filter_map(|slot| highest(&slot.shared.lock().track_buffers)).max()
    }
}
