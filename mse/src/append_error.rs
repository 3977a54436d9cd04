//! The append error algorithm (APE).
//! <https://w3c.github.io/media-source/#sourcebuffer-append-error>

use crate::media_source::MediaSource;
use mse_core::{EndOfStreamError, EventName, ExceptionName, SourceBufferId};

impl MediaSource {
    /// Ends an append with an error. Step 1, reset parser state, has run before (APE-1).
    pub(crate) fn append_error(&mut self, id: SourceBufferId) {
        // 2 updating (APE-1)
        if let Some(slot) = self.slot_mut(id) {
            slot.update.finish();
            let error = slot.receipt.error.clone();
            self.port.tell_failure(error);
        }
        // 3, 4 error and updateend (APE-1); a promise is rejected instead (WCX-5).
        if !self.settle_promise(id, Err(ExceptionName::SyntaxError)) {
            self.queue_at_source_buffer(id, EventName::Error);
            self.queue_at_source_buffer(id, EventName::UpdateEnd);
        }
        // 5 end of stream with "decode" (APE-1)
        self.end_of_stream_algorithm(Some(EndOfStreamError::Decode));
    }
}
