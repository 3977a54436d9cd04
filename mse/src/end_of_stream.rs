//! The end of stream algorithm (EOS). <https://w3c.github.io/media-source/#end-of-stream-algorithm>

use crate::media_source::MediaSource;
use mse_core::{ElementMessage, EndOfStreamError, EventName, EventTarget};

impl MediaSource {
    pub(crate) fn end_of_stream_algorithm(&mut self, error: Option<EndOfStreamError>) {
        // EOS-1, EOS-2.
        if !self.ready_state.end_of_stream() {
            return;
        }
        self.set_ended(true);
        self.queue_at(EventTarget::MediaSource, EventName::SourceEnded);
        match error {
            // EOS-3.
            None => {
                let end = self.highest_end_timestamp().to_seconds();
                self.duration_change_internal(end);
                self.mirror(ElementMessage::AllDataReceived);
            }
            // EOS-4, EOS-5, EOS-6.
            Some(error) => self.mirror(ElementMessage::Failed(error)),
        }
        self.wake_readers();
    }
}
