//! Hashes of what a source holds, so that a replay that ends up elsewhere says where it began to.

use super::{Input, Trace};
use crate::media_source::MediaSource;
use crate::slot::Slot;
use mse_core::SourceBufferId;
use mse_timeline::TrackBuffer;
use std::fmt::{self, Write};

/// Fowler–Noll–Vo hash, variant 1a: the same on every machine.
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }

    /// Adds a value as its `Debug` text.
    fn value(&mut self, value: impl fmt::Debug) {
        // Writing to a hash does not fail.
        let _ = write!(self, "{value:?};");
    }
}

impl Write for Hash {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }
}

impl MediaSource {
    /// Hash of a SourceBuffer's receipt, its attributes, and the ranges, frame count and bytes of
    /// each track buffer. Costs what the ranges cost.
    pub(crate) fn hash_of_buffer(&self, id: SourceBufferId) -> u64 {
        let mut hash = Hash::new();
        if let Some(slot) = self.slot(id) {
            hash.value(&slot.receipt);
            hash.value(&slot.attributes);
            let mut shared = slot.shared.lock();
            hash.value(shared.buffered());
            for track in shared.track_buffers.tracks() {
                hash.value((track.id(), track.ranges(), track.frame_count(), track.bytes()));
            }
        }
        hash.0
    }

    /// Hash of every frame with its bytes, in decode order, of the SourceBuffers that no task works
    /// on.
    pub(crate) fn hash_of_frames(&self) -> u64 {
        let mut hash = Hash::new();
        for slot in self.slots_at_rest() {
            for track in slot.shared.lock().track_buffers.tracks() {
                for frame in track.frames() {
                    let times = (frame.presentation_timestamp, frame.decode_timestamp, frame.duration);
                    hash.value((track.id(), times, frame.is_random_access_point, frame.data.len()));
                    hash.bytes(&frame.data);
                }
            }
        }
        hash.0
    }

    fn slots_at_rest(&self) -> impl Iterator<Item = &Slot> {
        let slots = (0..self.slots.len()).filter_map(|index| self.slot(SourceBufferId(index as u32)));
        slots.filter(|slot| !slot.task_out)
    }

    fn frames_at_rest(&self) -> u64 {
        let count = |slot: &Slot| {
            let shared = slot.shared.lock();
            shared.track_buffers.tracks().iter().map(TrackBuffer::frame_count).sum::<u64>()
        };
        self.slots_at_rest().map(count).sum()
    }

    /// Records the hash of a SourceBuffer whose task came home, and that of all frames once there
    /// are twice or half as many as at the last one: recording stays linear in what is appended.
    pub(crate) fn record_state(&mut self, id: SourceBufferId) {
        if self.trace.is_none() {
            return;
        }
        let hash = self.hash_of_buffer(id);
        self.record(|| Input::BufferHash(id, hash));
        let count = self.frames_at_rest();
        if self.trace.as_ref().is_some_and(|trace| trace.frames_are_due(count)) {
            self.record_frames();
        }
    }

    /// Records the hash of all frames.
    pub(super) fn record_frames(&mut self) {
        let (count, hash) = (self.frames_at_rest(), self.hash_of_frames());
        self.record(|| Input::FramesHash(hash));
        if let Some(trace) = &mut self.trace {
            trace.hashed_frames = count;
        }
    }
}

impl Trace {
    fn frames_are_due(&self, count: u64) -> bool {
        count > self.hashed_frames.saturating_mul(2) || count < self.hashed_frames / 2
    }
}
