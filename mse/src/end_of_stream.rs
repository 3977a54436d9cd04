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
                self.flush_parsers();
                let end = self.highest_end_timestamp().to_seconds();
                self.duration_change_internal(end);
                self.mirror(ElementMessage::AllDataReceived);
            }
            // EOS-4, EOS-5, EOS-6.
            Some(error) => self.mirror(ElementMessage::Failed(error)),
        }
        self.wake_readers();
    }

    /// Frames that a demuxer holds back until it knows the next one come in: there is none (WEBM-19, TS-25).
    fn flush_parsers(&mut self) {
        for slot in self.slots.iter_mut().filter(|slot| !slot.removed) {
            let Some(parser) = &mut slot.parser else { continue };
            let mut shared = slot.shared.lock();
            parser.flush(&mut shared.track_buffers, &mut slot.attributes, &mut slot.receipt);
            drop(shared);
            slot.account();
        }
    }
}
