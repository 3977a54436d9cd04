//! ManagedMediaSource and ManagedSourceBuffer: `streaming`, `bufferedchange`, memory cleanup (MMS).

use crate::media_source::MediaSource;
use crate::quota::EvictionCause;
use crate::trace::Input;
use mse_core::{
    Event, EventDetail, EventName, EventTarget, MediaTime, ReadyState, SourceBufferId, TimeRange,
};
use mse_timeline::EvictionPolicy;
use std::sync::Arc;

const EVERYTHING: TimeRange = TimeRange { start: MediaTime::ZERO, end: MediaTime::INFINITY };

/// The value that `streaming` gets with an event (MMS-3).
pub(crate) fn streaming_change(event: &Event) -> Option<bool> {
    match event.name {
        EventName::StartStreaming => Some(true),
        EventName::EndStreaming => Some(false),
        _ => None,
    }
}

impl MediaSource {
    /// Getter: whether it is a ManagedMediaSource, by [`Config::managed`](crate::Config::managed)
    /// (MMS-1).
    pub fn is_managed(&self) -> bool {
        self.config.managed.is_some()
    }

    /// Getter: `ManagedMediaSource.streaming`: whether the page should fetch and append (MMS-1).
    pub fn streaming(&self) -> bool {
        self.streaming
    }

    /// Input: memory is short. Frees what playback does not need now: everything of SourceBuffers
    /// that are not active, of the others what lies outside
    /// [`ManagedPolicy`](crate::ManagedPolicy)'s window around the position (MMS-8, MMS-9). No
    /// `update` events (MMS-10), only `bufferedchange`. A SourceBuffer that is updating is cleaned
    /// up when that is over. Of a source that is not managed nothing is freed.
    pub fn memory_cleanup(&mut self) {
        self.hear_element();
        self.record(|| Input::MemoryCleanup);
        for id in self.source_buffers.clone() {
            let Some(slot) = self.slot_mut(id) else { continue };
            if slot.task_out {
                slot.cleanup_waits = true;
            } else {
                self.clean_up(id);
            }
        }
    }

    /// The managed SourceBuffer memory cleanup algorithm, of a SourceBuffer that no task works on.
    pub(crate) fn clean_up(&mut self, id: SourceBufferId) {
        let Some(policy) = self.config.managed.clone() else { return };
        let window = if self.active_source_buffers.contains(&id) {
            EvictionPolicy::KeepWindow { behind: policy.keep_behind, ahead: policy.keep_ahead }
        } else {
            EvictionPolicy::Custom(Arc::new(|_| vec![EVERYTHING]))
        };
        let eviction = self.evict(id, u64::MAX, &window);
        if let Some(slot) = self.slot_mut(id) {
            slot.cleanup_waits = false;
            slot.accounts.report(EvictionCause::MemoryCleanup, &eviction);
        }
        self.update_buffer_full(id);
        self.buffered_changed(id);
    }

    /// The managed buffered change algorithm (MMS-12, MMS-13): tells what changed since it was last
    /// told.
    pub(crate) fn buffered_changed(&mut self, id: SourceBufferId) {
        if !self.is_managed() {
            return;
        }
        let Some(slot) = self.slot(id) else { return };
        let Some(change) = slot.shared.lock().take_buffered_change() else { return };
        self.queue(Event {
            target: EventTarget::SourceBuffer(id),
            name: EventName::BufferedChange,
            detail: EventDetail::Buffered(Arc::new(change)),
        });
    }

    /// Takes over whether the element's side wants data, and queues the event of a change
    /// (MMS-4..6).
    pub(crate) fn streaming_wanted(&mut self, wanted: bool) {
        if self.ready_state == ReadyState::Closed {
            return;
        }
        let name = if wanted { EventName::StartStreaming } else { EventName::EndStreaming };
        self.queue_at(EventTarget::MediaSource, name);
    }
}
