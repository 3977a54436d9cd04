//! Prepare append (PRA) with its call of coded frame eviction (CFE).
//! <https://w3c.github.io/media-source/#sourcebuffer-prepare-append>

use crate::media_source::MediaSource;
use mse_core::{Exception, MediaTime, SourceBufferId, TimeRanges};
use mse_timeline::{EvictionContext, EvictionPolicy};

impl MediaSource {
    pub(crate) fn prepare_append(&mut self, id: SourceBufferId, new_bytes: u64) -> Result<(), Exception> {
        let Some(slot) = self.slot(id) else {
            return Err(Exception::invalid_state("PRA-1", "the SourceBuffer was removed"));
        };
        if slot.removed {
            return Err(Exception::invalid_state("PRA-1", "the SourceBuffer was removed"));
        }
        if slot.update.is_updating() {
            return Err(Exception::invalid_state("PRA-2", "the SourceBuffer is updating"));
        }
        if self.port.state().has_error {
            return Err(Exception::invalid_state("PRA-3", "the media element has an error"));
        }
        // PRA-4.
        self.reopen();
        // PRA-5.
        self.coded_frame_eviction(id, new_bytes);
        // PRA-6, PRA-7.
        if self.slot(id).is_some_and(|slot| slot.buffer_full) {
            return Err(Exception::quota_exceeded(
                "PRA-6",
                "the SourceBuffer is full and nothing more can be evicted",
            ));
        }
        Ok(())
    }

    /// CFE. <https://w3c.github.io/media-source/#sourcebuffer-coded-frame-eviction>
    fn coded_frame_eviction(&mut self, id: SourceBufferId, new_bytes: u64) {
        let (current_time, duration) = (self.port.state().current_time, self.duration_time());
        let quota = self.config.quota;
        let Some(slot) = self.slot_mut(id) else { return };
        let capacity = slot.capacity(&quota);
        let mut shared = slot.shared.lock();
        let full = |used: u64| used >= capacity || new_bytes > capacity - used;
        // CFE-1: judged on what the append would make of it (OPN-21).
        let used = shared.track_buffers.bytes();
        slot.buffer_full = full(used);
        if !slot.buffer_full {
            return;
        }
        // CFE-2, CFE-3. Not more than is needed goes; an append larger than the capacity evicts nothing.
        if new_bytes <= capacity {
            let needed = (used + new_bytes).saturating_sub(capacity).max(1);
            let (policy, pinned) = (&EvictionPolicy::Standard, &TimeRanges::new());
            let context = EvictionContext { current_time, duration, policy, pinned };
            let eviction = shared.track_buffers.evict(needed, &context, &mut slot.attributes);
            // CFR-9.
            slot.buffer_full = full(shared.track_buffers.bytes());
            slot.eviction = Some(eviction);
        }
    }

    /// The duration on the number line; +∞ as long as it is NaN.
    pub(crate) fn duration_time(&self) -> MediaTime {
        if self.duration.is_nan() { MediaTime::INFINITY } else { MediaTime::from_seconds(self.duration) }
    }
}
