//! Prepare append (PRA) with its call of coded frame eviction (CFE).
//! <https://w3c.github.io/media-source/#sourcebuffer-prepare-append>

use crate::media_source::MediaSource;
use mse_core::{Exception, SourceBufferId};

impl MediaSource {
    pub(crate) fn prepare_append(&mut self, id: SourceBufferId, new_bytes: u64) -> Result<(), Exception> {
        // 1 removed (PRA-1)
        let Some(slot) = self.slot(id) else {
            return Err(Exception::invalid_state("PRA-1", "the SourceBuffer was removed"));
        };
        if slot.removed {
            return Err(Exception::invalid_state("PRA-1", "the SourceBuffer was removed"));
        }
        // 2 updating (PRA-2)
        if slot.update.is_updating() {
            return Err(Exception::invalid_state("PRA-2", "the SourceBuffer is updating"));
        }
        // No step of the standard (PRA-8): only a source that keeps its SourceBuffers when it is
        // detached can be closed here (OPN-25).
        if self.ready_state == mse_core::ReadyState::Closed {
            return Err(Exception::invalid_state("PRA-8", "the MediaSource is closed"));
        }
        // 3 recent element error (PRA-3)
        if self.port.state().has_error {
            return Err(Exception::invalid_state("PRA-3", "the media element has an error"));
        }
        // 4 reopen an ended source (PRA-4)
        self.reopen();
        self.data_changes();
        // 5 coded frame eviction (PRA-5)
        self.coded_frame_eviction(id, new_bytes);
        // 6 buffer full flag (PRA-6, PRA-7)
        if self.slot(id).is_some_and(|slot| slot.buffer_full) {
            return Err(Exception::quota_exceeded(
                "PRA-6",
                "the SourceBuffer is full and nothing more can be evicted",
            ));
        }
        Ok(())
    }
}
