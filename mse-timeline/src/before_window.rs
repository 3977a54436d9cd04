//! Sound before the append window, on its way past a track buffer (see [`Priming`]).

use crate::priming::{Priming, Waiting};
use crate::track_buffer::TrackBuffer;
use mse_core::{CodedFrame, MediaTime, TrackDescription};
use std::sync::Arc;

impl TrackBuffer {
    /// A frame of sound that lies wholly before the append window, at `[start, end)`, is not
    /// stored.
    #[cold]
    pub(crate) fn wait_for_window(
        &mut self,
        frame: &CodedFrame,
        (start, end): (MediaTime, MediaTime),
        decoded_duration: MediaTime,
        offset: Option<MediaTime>,
    ) {
        let Some(description) = self.descriptions().get(usize::from(frame.description)).map(Arc::clone)
        else {
            return;
        };
        let mut waiting = match self.waiting.take() {
            Some(waiting) if waiting.is_of(&description, offset) => waiting,
            _ => Box::new(Waiting::new(&description, offset)),
        };
        waiting.push(frame, (start, end), decoded_duration);
        self.waiting = Some(waiting);
    }

    /// Takes the waiting frames that must be decoded before a frame that begins at `start`, now
    /// that the frame is stored. None wait any more.
    #[cold]
    pub(crate) fn priming_for(
        &mut self,
        start: MediaTime,
        description: &Arc<TrackDescription>,
        offset: Option<MediaTime>,
    ) -> Option<Priming> {
        let waiting = self.waiting.take().filter(|waiting| waiting.is_of(description, offset))?;
        waiting.into_priming(start)
    }
}
