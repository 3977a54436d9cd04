//! The append error algorithm (APE).
//! <https://w3c.github.io/media-source/#sourcebuffer-append-error>

use crate::media_source::MediaSource;
use mse_core::{EndOfStreamError, EventName, ExceptionName, SourceBufferId};

impl MediaSource {
    /// The parser state was reset before (APE-1's first step).
    pub(crate) fn append_error(&mut self, id: SourceBufferId) {
        if let Some(slot) = self.slot_mut(id) {
            slot.update.finish();
            let error = slot.receipt.error.clone();
            self.port.tell_failure(error);
        }
        // WCX-5: a promise is rejected instead.
        if !self.settle_promise(id, Err(ExceptionName::SyntaxError)) {
            self.queue_at_source_buffer(id, EventName::Error);
            self.queue_at_source_buffer(id, EventName::UpdateEnd);
        }
        self.end_of_stream_algorithm(Some(EndOfStreamError::Decode));
    }
}
