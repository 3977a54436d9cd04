//! Questions that users of a quota ask: how full SourceBuffers are, what could be evicted, and what
//! was (CFE, PRA-6).

use crate::config::Quota;
use crate::media_source::MediaSource;
use crate::slot::Slot;
use crate::source_buffer::SourceBuffer;
use crate::trace::Input;
use mse_core::{MediaTime, SourceBufferId, TimeRanges};
use mse_timeline::{
    Attributes, Eviction, EvictionContext, EvictionPolicy, Freed, MemoryUsage, TrackBuffer, TrackBuffers,
};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Reports kept of a SourceBuffer that nobody takes: an embedder that does not look pays for this
/// many.
const REPORTS: usize = 64;
/// Number of removals that these name together, unless the last report names more.
const REMOVALS: usize = 1024;

/// Fill level of a SourceBuffer, in payload bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct QuotaUsage {
    /// Bytes of buffered frames.
    pub used: u64,
    /// The most that may be: the quota, or less where a [`MemoryBudget`] leaves less.
    pub capacity: u64,
    /// Bytes that eviction could free at most.
    pub evictable: u64,
}

impl QuotaUsage {
    /// Whether `appendBuffer` of this many bytes would find room, after eviction if need be,
    /// instead of throwing a QuotaExceededError.
    pub fn can_append(&self, bytes: u64) -> bool {
        let room = self.capacity.saturating_sub(self.used);
        let fits = self.used < self.capacity && bytes <= room;
        fits || bytes <= self.capacity && missing(self.used, bytes, self.capacity) <= self.evictable
    }
}

/// Bytes to evict so that `bytes` more fit.
fn missing(used: u64, bytes: u64, capacity: u64) -> u64 {
    used.saturating_add(bytes).saturating_sub(capacity).max(1)
}

/// Why frames were evicted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum EvictionCause {
    /// To make room for an append of this many bytes (PRA-5), whether it then fit or not.
    Append(u64),
    /// Memory cleanup of a ManagedMediaSource (MMS-9).
    MemoryCleanup,
}

/// One eviction.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct EvictionReport {
    /// Why.
    pub cause: EvictionCause,
    /// Frames and ranges that were evicted.
    pub eviction: Eviction,
}

/// Bytes that all sources which share it may hold together: those of the buffered frames, and those
/// that no frame uses in the appended pieces that they keep alive
/// ([`TrackBuffers::retained`](mse_timeline::TrackBuffers::retained)). Cloning shares it.
#[derive(Clone, Debug)]
pub struct MemoryBudget(Arc<Budget>);

#[derive(Debug)]
struct Budget {
    limit: AtomicU64,
    used: AtomicU64,
}

impl MemoryBudget {
    /// A budget of so many bytes.
    pub fn new(limit: u64) -> Self {
        Self(Arc::new(Budget { limit: limit.into(), used: 0.into() }))
    }

    /// Getter: what the sources hold now.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Getter: what they may hold.
    pub fn limit(&self) -> u64 {
        self.0.limit.load(Ordering::Relaxed)
    }

    /// Input: another limit. What is buffered beyond it goes as SourceBuffers are appended to.
    pub fn set_limit(&self, limit: u64) {
        self.0.limit.store(limit, Ordering::Relaxed);
    }
}

/// An eviction that would not have been enough. As long as nothing changes, one that needs as much
/// is not either, and is not planned.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Futile {
    revision: u64,
    current_time: MediaTime,
    duration: MediaTime,
    needed: u64,
}

/// Share of one SourceBuffer in a budget; returned to the budget on drop.
#[derive(Debug, Default)]
pub(crate) struct Charge {
    budget: Option<MemoryBudget>,
    bytes: u64,
    /// The part of it that no frame uses.
    dead: u64,
}

impl Charge {
    pub(crate) fn new(budget: Option<MemoryBudget>) -> Self {
        Self { budget, bytes: 0, dead: 0 }
    }

    /// Updates the share: bytes held now, and bytes among them that no frame uses.
    pub(crate) fn set(&mut self, bytes: u64, dead: u64) {
        if let Some(budget) = &self.budget {
            // Wrapping: the sum of all charges is right at all times, whatever order they change
            // in.
            budget.0.used.fetch_add(bytes.wrapping_sub(self.bytes), Ordering::Relaxed);
        }
        (self.bytes, self.dead) = (bytes, dead);
    }

    /// Bytes of frames.
    fn payload(&self) -> u64 {
        self.bytes - self.dead
    }

    /// Takes what track buffers hold now.
    pub(crate) fn of(&mut self, track_buffers: &TrackBuffers) {
        let retained = track_buffers.retained();
        self.set(retained, retained - track_buffers.bytes());
    }

    /// The payload that this SourceBuffer may hold if the others keep what they have.
    fn limit(&self) -> u64 {
        self.budget.as_ref().map_or(u64::MAX, |budget| {
            let others = budget.used().saturating_sub(self.bytes);
            budget.limit().saturating_sub(others).saturating_sub(self.dead)
        })
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0, 0);
    }
}

/// The quota side of a SourceBuffer.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pub(crate) charge: Charge,
    /// Quota of the SourceBuffer in place of the source's.
    pub(crate) quota: Option<Quota>,
    pub(crate) pinned: TimeRanges,
    reports: VecDeque<EvictionReport>,
    futile: Option<Futile>,
}

impl Accounts {
    pub(crate) fn new(budget: Option<MemoryBudget>) -> Self {
        Self { charge: Charge::new(budget), ..Self::default() }
    }

    pub(crate) fn report(&mut self, cause: EvictionCause, eviction: &Eviction) {
        self.reports.push_back(EvictionReport { cause, eviction: eviction.clone() });
        let removals = |reports: &VecDeque<EvictionReport>| -> usize {
            reports.iter().map(|report| report.eviction.removals.len()).sum()
        };
        while self.reports.len() > REPORTS || (self.reports.len() > 1 && removals(&self.reports) > REMOVALS) {
            self.reports.pop_front();
        }
    }
}

impl MediaSource {
    /// Input: another quota for the SourceBuffers that have none of their own. What is buffered
    /// beyond it goes with the next append.
    pub fn set_quota(&mut self, quota: Quota) {
        self.record(|| Input::SetQuota(quota));
        self.config.quota = quota;
    }

    /// Input: another eviction policy.
    pub fn set_eviction_policy(&mut self, policy: EvictionPolicy) {
        self.record(|| Input::SetEvictionPolicy(policy.clone()));
        self.config.eviction = policy;
        self.slots.iter_mut().for_each(|slot| slot.accounts.futile = None);
    }

    /// The bytes a SourceBuffer may hold.
    pub(crate) fn capacity(&self, slot: &Slot) -> u64 {
        slot.capacity(slot.accounts.quota.as_ref().unwrap_or(&self.config.quota))
            .min(slot.accounts.charge.limit())
    }

    /// CFE. <https://w3c.github.io/media-source/#sourcebuffer-coded-frame-eviction>
    pub(crate) fn coded_frame_eviction(&mut self, id: SourceBufferId, new_bytes: u64) {
        let Some(slot) = self.slot(id) else { return };
        let capacity = self.capacity(slot);
        // CFE-1: judged on what the append would make of it (OPN-21).
        let used = self.counted(slot);
        let mut buffer_full = used >= capacity || new_bytes > capacity - used;
        // CFE-2, CFE-3. Not more than is needed goes; an append larger than the capacity evicts
        // nothing.
        if buffer_full && new_bytes <= capacity {
            let mut eviction = self.evict_for(id, new_bytes);
            // What went may have left dead bytes in pieces that stay, and with a budget they count.
            while eviction.bytes > 0 && self.is_too_full_for(id, new_bytes) {
                let more = self.evict_for(id, new_bytes);
                if more.bytes == 0 {
                    break;
                }
                eviction.merge(more);
            }
            // CFR-9.
            buffer_full = self.is_too_full_for(id, new_bytes);
            let Some(slot) = self.slot_mut(id) else { return };
            if eviction.bytes > 0 {
                slot.accounts.report(EvictionCause::Append(new_bytes), &eviction);
            }
            // An append that throws has no receipt, and the next one tells only its own.
            slot.eviction = (!buffer_full).then_some(eviction);
            // CFE-4.
            self.buffered_changed(id);
        }
        if let Some(slot) = self.slot_mut(id) {
            slot.buffer_full = buffer_full;
        }
    }

    fn is_too_full_for(&self, id: SourceBufferId, new_bytes: u64) -> bool {
        self.slot(id).is_some_and(|slot| {
            let (used, capacity) = (self.counted(slot), self.capacity(slot));
            used >= capacity || new_bytes > capacity - used
        })
    }

    fn evict_for(&mut self, id: SourceBufferId, new_bytes: u64) -> Eviction {
        let Some(slot) = self.slot(id) else { return Eviction::default() };
        let (capacity, used) = (self.capacity(slot), self.counted(slot));
        let needed = payload_of(missing(used, new_bytes, capacity), slot.accounts.charge.payload(), used);
        let current_time = self.port.state().current_time;
        let now =
            |needed, revision| Futile { revision, current_time, duration: self.duration_time(), needed };
        let is_futile = |before: Futile| {
            let revision = slot.shared.lock().track_buffers.revision();
            needed >= before.needed && now(before.needed, revision) == before
        };
        if slot.accounts.futile.is_some_and(is_futile) {
            return Eviction::default();
        }
        // An append that fails has evicted nothing.
        let policy = self.config.eviction.clone();
        let eviction = self.evict_by(id, &policy, |buffers, context, attributes| {
            buffers.evict_enough(needed, context, attributes)
        });
        // What a policy of the host's own chooses may change without a word.
        if eviction.bytes == 0 && !matches!(policy, EvictionPolicy::Custom(_)) {
            let duration = self.duration_time();
            if let Some(slot) = self.slot_mut(id) {
                let revision = slot.shared.lock().track_buffers.revision();
                slot.accounts.futile = Some(Futile { revision, current_time, duration, needed });
            }
        }
        eviction
    }

    /// Frees `needed` bytes of a SourceBuffer that no task works on, as far as the policy and the
    /// pins let it.
    pub(crate) fn evict(&mut self, id: SourceBufferId, needed: u64, policy: &EvictionPolicy) -> Eviction {
        self.evict_by(id, policy, |buffers, context, attributes| buffers.evict(needed, context, attributes))
    }

    fn evict_by(
        &mut self,
        id: SourceBufferId,
        policy: &EvictionPolicy,
        evict: impl FnOnce(&mut TrackBuffers, &EvictionContext<'_>, &mut Attributes) -> Eviction,
    ) -> Eviction {
        let (current_time, duration) = (self.port.state().current_time, self.duration_time());
        let Some(slot) = self.slot_mut(id) else { return Eviction::default() };
        let context = EvictionContext { current_time, duration, policy, pinned: &slot.accounts.pinned };
        let mut shared = slot.shared.lock();
        let eviction = evict(&mut shared.track_buffers, &context, &mut slot.attributes);
        shared.track_buffers.reclaim();
        slot.accounts.charge.of(&shared.track_buffers);
        drop(shared);
        // CFR-8: a policy of the embedder may take what is being played.
        for removal in &eviction.removals {
            self.frames_removed(id, removal);
        }
        if eviction.bytes > 0 {
            self.captions_removed(id);
        }
        eviction
    }

    /// SPL-10, CFR-9: after frames came or went.
    pub(crate) fn update_buffer_full(&mut self, id: SourceBufferId) {
        if let Some(slot) = self.slot_mut(id) {
            slot.account();
        }
        self.judge_buffer_full(id);
    }

    /// The same when none did.
    pub(crate) fn judge_buffer_full(&mut self, id: SourceBufferId) {
        let Some(slot) = self.slot(id) else { return };
        let full = self.counted(slot) >= self.capacity(slot);
        if let Some(slot) = self.slot_mut(id) {
            slot.buffer_full = full;
        }
    }

    /// Bytes of a SourceBuffer as they count against its quota.
    fn counted(&self, slot: &Slot) -> u64 {
        let (payload, overhead) = (slot.accounts.charge.payload(), self.config.source.frame_overhead);
        if overhead == 0 {
            return payload;
        }
        let frames: u64 =
            slot.shared.lock().track_buffers.tracks().iter().map(TrackBuffer::frame_count).sum();
        payload.saturating_add(frames.saturating_mul(overhead))
    }

    /// The duration on the number line; +∞ as long as it is NaN.
    pub(crate) fn duration_time(&self) -> MediaTime {
        if self.duration.is_nan() { MediaTime::INFINITY } else { MediaTime::from_seconds(self.duration) }
    }
}

/// Payload bytes to evict for `needed` bytes as they count, where `payload` counts as `counted`.
fn payload_of(needed: u64, payload: u64, counted: u64) -> u64 {
    let scaled = u128::from(needed) * u128::from(payload) / u128::from(counted.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX).max(1)
}

impl SourceBuffer<'_> {
    fn with_eviction_context<T>(&self, ask: impl FnOnce(&TrackBuffers, &EvictionContext<'_>) -> T) -> T {
        let slot = self.slot();
        let context = EvictionContext {
            current_time: self.source.port.state().current_time,
            duration: self.source.duration_time(),
            policy: &self.source.config.eviction,
            pinned: &slot.accounts.pinned,
        };
        ask(&slot.shared.lock().track_buffers, &context)
    }

    /// Getter: how full it is, and how much could go. Walks the stored groups of pictures.
    pub fn quota(&self) -> QuotaUsage {
        let (used, evictable) =
            self.with_eviction_context(|buffers, context| (buffers.bytes(), buffers.evictable(context)));
        QuotaUsage { used, capacity: self.source.capacity(self.slot()), evictable }
    }

    /// Getter: a dry run: what an append of so many bytes would evict first. Nothing, when there is
    /// room, or when not even eviction could make enough.
    pub fn would_evict(&self, bytes: u64) -> Eviction {
        let capacity = self.source.capacity(self.slot());
        self.with_eviction_context(|buffers, context| {
            let used = buffers.bytes();
            let fits = used < capacity && bytes <= capacity - used;
            if fits || bytes > capacity {
                return Eviction::default();
            }
            let needed = missing(used, bytes, capacity);
            let plan = buffers.plan_eviction(needed, context);
            if plan.bytes < needed { Eviction::default() } else { plan }
        })
    }

    /// Input: a quota of its own; `None` goes back to the source's.
    pub fn set_quota(&mut self, quota: Option<Quota>) {
        let id = self.id;
        self.source.record(|| Input::SetSourceBufferQuota(id, quota));
        self.slot_mut().accounts.quota = quota;
    }

    /// Getter: the ranges that are never evicted.
    pub fn pinned(&self) -> &TimeRanges {
        &self.slot().accounts.pinned
    }

    /// Input: ranges that are never evicted, by no policy. `remove()` still removes them.
    pub fn set_pinned(&mut self, ranges: TimeRanges) {
        let id = self.id;
        self.source.record(|| Input::SetPinned(id, ranges.clone()));
        let accounts = &mut self.slot_mut().accounts;
        (accounts.pinned, accounts.futile) = (ranges, None);
    }

    /// Poll: the evictions since the last call, at most the last 64.
    pub fn take_evictions(&mut self) -> Vec<EvictionReport> {
        self.slot_mut().accounts.reports.drain(..).collect()
    }

    /// Getter: memory held, by payload, retained pieces and bookkeeping. Walks all blocks.
    pub fn memory(&self) -> MemoryUsage {
        let shared = self.slot().shared.lock();
        let mut memory = shared.track_buffers.memory();
        memory.bookkeeping += shared.captions.heap_bytes() as u64;
        memory
    }

    /// Command: takes the memory of frames that have gone, to drop it where that disturbs nobody,
    /// when [`TimelineConfig::keep_freed`](crate::TimelineConfig::keep_freed) asks to keep it. At
    /// any time, also while a task is out.
    pub fn take_freed(&mut self) -> Freed {
        self.slot().shared.lock().track_buffers.take_freed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charges_share_a_budget_and_give_it_back() {
        let budget = MemoryBudget::new(100);
        let (mut a, mut b) = (Charge::new(Some(budget.clone())), Charge::new(Some(budget.clone())));
        a.set(60, 0);
        b.set(30, 5);
        assert_eq!((budget.used(), a.limit(), b.limit()), (90, 70, 35));
        a.set(10, 0);
        assert_eq!(b.limit(), 85);
        drop(b);
        assert_eq!(budget.used(), 10);
    }

    #[test]
    fn what_fits_only_after_eviction_fits() {
        let usage = QuotaUsage { used: 90, capacity: 100, evictable: 50 };
        let fits: Vec<bool> = [0, 10, 11, 60, 61, 101].map(|bytes| usage.can_append(bytes)).to_vec();
        assert_eq!(fits, [true, true, true, true, false, false]);
        let full = QuotaUsage { used: 100, capacity: 100, evictable: 0 };
        assert!(!full.can_append(0), "full and nothing to evict (PRA-6)");
    }
}
