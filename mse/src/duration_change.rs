//! The duration change algorithm (DUR).
//! <https://w3c.github.io/media-source/#duration-change-algorithm>

use crate::media_source::MediaSource;
use mse_core::{ElementMessage, Exception, MediaTime};
use mse_timeline::TrackBuffers;

impl MediaSource {
    /// Changes the duration for the `duration` setter, the one caller that may fail (DUR-6).
    pub(crate) fn duration_change(&mut self, new: f64) -> Result<(), Exception> {
        // 1 same duration (DUR-1): NaN never equals.
        if new == self.duration {
            return Ok(());
        }
        // 2 below a buffered frame (DUR-2): starts, not ends, of all frames of all tracks.
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

    /// Changes the duration for callers that never pass a value below the highest presentation
    /// timestamp.
    pub(crate) fn duration_change_internal(&mut self, new: f64) {
        if new == self.duration {
            return;
        }
        // 3, 4 highest end time (DUR-3): a removal keeps the frame that straddles its start.
        let highest_end = self.highest_end_timestamp().to_seconds();
        let new = new.max(highest_end);
        self.announce_duration(new);
    }

    /// Sets the first duration, of an initialization segment: no frame came before. Frames of the
    /// same append are counted after it (ISR-1, CFP-36).
    pub(crate) fn announce_duration(&mut self, new: f64) {
        if new == self.duration {
            return;
        }
        // 5, 6 update duration, here and on the element (DUR-4)
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
