//! `MediaSource`: lists, ready state, duration, and the one queue of outputs (MS).

use crate::attachment::ElementPort;
use crate::config::Config;
use crate::encoded_chunks::PromiseId;
use crate::managed::streaming_change;
use crate::slot::Slot;
use crate::source_buffer::SourceBuffer;
use crate::source_policy::LateSourceBuffers;
use crate::task::{DEFAULT_BUDGET, Task, TaskState};
use crate::trace::{Input, Trace};
use mse_core::{
    ElementMessage, EndOfStreamError, Event, EventName, EventTarget, Exception, ExceptionName, MimeType,
    ReadyState, SourceBufferId, interface,
};
use mse_timeline::EndedRanges;
use std::collections::VecDeque;

/// Output of a [`MediaSource`] for its embedder, in queue order (GEN-3).
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Dispatch this event.
    Event(Event),
    /// Run this task, then give it to [`MediaSource::finish_task`].
    Task(Task),
    /// The place in the queue of a step of the attached element: `ElementLink::step` carries it
    /// out, and the events that the element queues by it are dispatched here (GEN-3, EVT). Only
    /// when element and source share a context; one that keeps no order between the two may ignore
    /// it.
    ElementStep(u64),
    /// Settle the promise of an append of encoded chunks (WCX-5).
    Promise(PromiseId, Result<(), ExceptionName>),
}

impl Output {
    pub(crate) fn is_streaming_change(&self) -> bool {
        matches!(self, Self::Event(event) if streaming_change(event).is_some())
    }
}

/// A MediaSource: a deterministic state machine. Bytes, commands and the element's state go in, one
/// queue of outputs comes out.
///
/// Its methods are of four kinds. *Getters* change nothing. *Inputs and commands* are the methods
/// of [`interface::MediaSource`] and [`interface::SourceBuffer`], [`attach`](Self::attach),
/// [`detach`](Self::detach) and [`finish_task`](Self::finish_task). The *poll* is
/// [`poll_output`](Self::poll_output). The contract: **after every input or command, poll until
/// `None`.**
///
/// Nothing blocks, nothing calls back, no clock is read. The object is `Send`; it has no thread of
/// its own.
pub struct MediaSource {
    pub(crate) config: Config,
    pub(crate) ready_state: ReadyState,
    /// Seconds; NaN as long as the standard says so (INV-7).
    pub(crate) duration: f64,
    pub(crate) live_seekable: Option<(f64, f64)>,
    pub(crate) source_buffers: Vec<SourceBufferId>,
    pub(crate) active_source_buffers: Vec<SourceBufferId>,
    /// All that were ever added, by id.
    pub(crate) slots: Vec<Slot>,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) port: ElementPort,
    /// Whether there was a moment at which every SourceBuffer had its initialization segment.
    pub(crate) initialized: bool,
    /// The next track object.
    pub(crate) next_track: u32,
    /// `ManagedMediaSource.streaming`.
    pub(crate) streaming: bool,
    /// The next task, and the next promise.
    pub(crate) next_task: u64,
    pub(crate) next_promise: u64,
    pub(crate) trace: Option<Box<Trace>>,
}

impl MediaSource {
    /// `new MediaSource()`: closed, empty (MS-1).
    pub fn new(config: Config) -> Self {
        Self {
            config,
            ready_state: ReadyState::Closed,
            duration: f64::NAN,
            live_seekable: None,
            source_buffers: Vec::new(),
            active_source_buffers: Vec::new(),
            slots: Vec::new(),
            outputs: VecDeque::new(),
            port: ElementPort::new(),
            initialized: false,
            next_track: 0,
            streaming: false,
            next_task: 0,
            next_promise: 0,
            trace: None,
        }
    }

    /// Poll: the next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.hear_element();
        let output = self.outputs.pop_front();
        if let Some(Output::Event(event)) = &output
            && let Some(streaming) = streaming_change(event)
        {
            // MMS-6: the attribute changes in the task that fires the event.
            self.streaming = streaming;
        }
        self.record_output(output.as_ref());
        output
    }

    /// Getter: whether [`poll_output`](Self::poll_output) has something, as far as is known before
    /// the element is heard.
    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// Getter: how many outputs there are to poll: an event loop queues as many tasks.
    pub fn output_count(&mut self) -> usize {
        self.hear_element();
        self.outputs.len()
    }

    /// Getter: how many messages it has sent to the element's side so far. A host whose element
    /// sleeps on another thread wakes it when the number changed.
    pub fn messages_sent(&self) -> u64 {
        self.port.sent()
    }

    /// Poll: the first task that is queued, ahead of the events before it, which stay queued in
    /// their order.
    pub fn next_task(&mut self) -> Option<Task> {
        self.hear_element();
        let position = self.outputs.iter().position(|output| matches!(output, Output::Task(_)))?;
        match self.outputs.remove(position) {
            Some(Output::Task(task)) => Some(task),
            _ => None,
        }
    }

    /// Command: runs every task that is queued, here and now. The events stay queued in their
    /// order.
    pub fn run_inline(&mut self) {
        while let Some(mut task) = self.next_task() {
            while task.run(DEFAULT_BUDGET) == TaskState::More {}
            self.finish_task(task);
        }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn slot(&self, id: SourceBufferId) -> Option<&Slot> {
        self.slots.get(id.0 as usize)
    }

    pub(crate) fn slot_mut(&mut self, id: SourceBufferId) -> Option<&mut Slot> {
        self.slots.get_mut(id.0 as usize)
    }

    pub(crate) fn queue(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn queue_at(&mut self, target: EventTarget, name: EventName) {
        self.queue(Event::new(target, name));
    }

    pub(crate) fn queue_at_source_buffer(&mut self, id: SourceBufferId, name: EventName) {
        self.queue_at(EventTarget::SourceBuffer(id), name);
    }

    /// Takes a task that nobody polled yet back out of the queue.
    pub(crate) fn recall_task(&mut self, id: SourceBufferId) -> Option<Task> {
        let is_its_task =
            |output: &Output| matches!(output, Output::Task(task) if task.source_buffer() == id);
        match self.outputs.iter().position(is_its_task).and_then(|position| self.outputs.remove(position)) {
            Some(Output::Task(task)) => Some(task),
            _ => None,
        }
    }

    /// Takes a task that nobody polled out of the queue, by its number.
    pub(crate) fn take_task(&mut self, serial: u64) -> Option<Task> {
        let is_it = |output: &Output| matches!(output, Output::Task(task) if task.errand.serial == serial);
        match self.outputs.iter().position(is_it).and_then(|position| self.outputs.remove(position)) {
            Some(Output::Task(task)) => Some(task),
            _ => None,
        }
    }

    /// REOPEN: ended → open, with `sourceopen`.
    pub(crate) fn reopen(&mut self) {
        if self.ready_state.reopen() {
            if self.config.timeline.ended_ranges == EndedRanges::UntilData {
                self.port.tell_ended(false);
            } else {
                self.set_ended(false);
            }
            self.queue_at(EventTarget::MediaSource, EventName::SourceOpen);
        }
    }

    /// An append or a removal is about to come ([`EndedRanges::UntilData`]).
    pub(crate) fn data_changes(&mut self) {
        if self.config.timeline.ended_ranges == EndedRanges::UntilData {
            self.set_ended(false);
        }
    }

    /// Tells all who compute `buffered` whether the ended rule applies (SB-9, EL-3).
    pub(crate) fn set_ended(&mut self, ended: bool) {
        for id in &self.source_buffers {
            if let Some(slot) = self.slots.get(id.0 as usize) {
                slot.shared.lock().ended = ended;
            }
        }
        self.port.tell_ended(ended);
        // MMS-14.
        for id in self.source_buffers.clone() {
            self.buffered_changed(id);
        }
    }

    /// MS-11 (3), MIM-9.
    pub(crate) fn has_room_for(&self, mime_type: &MimeType) -> bool {
        let (count, most_of_kind) = (self.source_buffers.len(), self.config.max_source_buffers_of_a_kind);
        if count >= self.config.max_source_buffers || count < most_of_kind {
            return count < self.config.max_source_buffers;
        }
        let slots = self.source_buffers.iter().filter_map(|&id| self.slot(id));
        slots.filter(|slot| slot.mime_type.type_() == mime_type.type_()).count() < most_of_kind
    }

    fn any_updating(&self) -> bool {
        self.source_buffers.iter().any(|&id| self.slot(id).is_some_and(|slot| slot.update.is_updating()))
    }

    /// Tells the element's side of one SourceBuffer's track buffers, and whether they are active
    /// (TRS-7).
    pub(crate) fn tell_source_buffer(&mut self, id: SourceBufferId) {
        let active = self.active_source_buffers.binary_search(&id).is_ok();
        let Some(slot) = self.slot(id) else { return };
        let linked = (id, slot.shared.clone(), active);
        self.port.tell_source_buffer(linked);
    }

    /// Tells the element's side which track buffers there are, and which are active (TRS-7).
    pub(crate) fn tell_source_buffers(&mut self) {
        let list = self.source_buffers.iter().filter_map(|&id| {
            let active = self.active_source_buffers.binary_search(&id).is_ok();
            self.slot(id).map(|slot| (id, slot.shared.clone(), active))
        });
        let list = list.collect();
        self.port.tell_source_buffers(list);
    }
}

impl interface::MediaSource for MediaSource {
    type SourceBuffer<'a> = SourceBuffer<'a>;

    fn ready_state(&self) -> ReadyState {
        self.ready_state
    }

    fn duration(&self) -> f64 {
        if self.ready_state == ReadyState::Closed { f64::NAN } else { self.duration }
    }

    /// <https://w3c.github.io/media-source/#dom-mediasource-duration>
    fn set_duration(&mut self, duration: f64) -> Result<(), Exception> {
        self.traced(
            || Input::SetDuration(duration),
            |this| {
                // MS-8 (1).
                if duration.is_nan() || duration < 0.0 {
                    return Err(Exception::type_error("MS-8", "the duration is negative or NaN"));
                }
                // MS-8 (2).
                if this.ready_state != ReadyState::Open {
                    return Err(Exception::invalid_state("MS-8", "the MediaSource is not open"));
                }
                // MS-8 (3).
                if this.any_updating() {
                    return Err(Exception::invalid_state("MS-8", "a SourceBuffer is updating"));
                }
                // MS-8 (4).
                this.duration_change(duration)
            },
        )
    }

    fn source_buffers(&self) -> &[SourceBufferId] {
        &self.source_buffers
    }

    fn active_source_buffers(&self) -> &[SourceBufferId] {
        &self.active_source_buffers
    }

    /// <https://w3c.github.io/media-source/#dom-mediasource-addsourcebuffer>
    fn add_source_buffer(&mut self, mime_type: &str) -> Result<SourceBufferId, Exception> {
        self.traced(
            || Input::AddSourceBuffer(mime_type.to_owned()),
            |this| {
                // MS-11 (1).
                if mime_type.is_empty() {
                    return Err(Exception::type_error("MS-11", "the type is empty"));
                }
                // MS-11 (2).
                let Some((mime_type, format)) = this.config.check_type(mime_type) else {
                    return Err(Exception::not_supported("MS-11", "the type is not supported"));
                };
                // MS-11 (3).
                let is_late =
                    this.initialized && this.config.source.late_source_buffers == LateSourceBuffers::Refused;
                if is_late || !this.has_room_for(&mime_type) {
                    return Err(Exception::quota_exceeded("MS-11", "no more SourceBuffers can be handled"));
                }
                // MS-11 (4).
                if this.ready_state != ReadyState::Open {
                    return Err(Exception::invalid_state("MS-11", "the MediaSource is not open"));
                }
                // MS-12 (5)..(8).
                Ok(this.add_slot(Slot::new(mime_type, &format, &this.config)))
            },
        )
    }

    /// <https://w3c.github.io/media-source/#dom-mediasource-removesourcebuffer>
    fn remove_source_buffer(&mut self, id: SourceBufferId) -> Result<(), Exception> {
        self.traced(
            || Input::RemoveSourceBuffer(id),
            |this| {
                // MS-13.
                if !this.source_buffers.contains(&id) {
                    return Err(Exception::not_found("MS-13", "the SourceBuffer is not in sourceBuffers"));
                }
                // MS-14, for appends and, as OPN-20 has it, for removals.
                if this.abandon(id) {
                    this.tell_aborted(id);
                }
                // MS-15.
                this.remove_tracks(id);
                // MS-16.
                let was_active = this.active_source_buffers.contains(&id);
                this.active_source_buffers.retain(|&other| other != id);
                this.source_buffers.retain(|&other| other != id);
                this.free(id);
                this.port.tell_source_buffer_removed(id);
                if was_active {
                    this.queue_at(EventTarget::ActiveSourceBuffers, EventName::RemoveSourceBuffer);
                    this.mirror(ElementMessage::ActiveSourceBuffersChanged);
                }
                this.queue_at(EventTarget::SourceBuffers, EventName::RemoveSourceBuffer);
                Ok(())
            },
        )
    }

    /// <https://w3c.github.io/media-source/#dom-mediasource-endofstream>
    fn end_of_stream(&mut self, error: Option<EndOfStreamError>) -> Result<(), Exception> {
        self.traced(
            || Input::EndOfStream(error),
            |this| {
                // MS-17 (1).
                if this.ready_state != ReadyState::Open {
                    return Err(Exception::invalid_state("MS-17", "the MediaSource is not open"));
                }
                // MS-17 (2).
                if this.any_updating() {
                    return Err(Exception::invalid_state("MS-17", "a SourceBuffer is updating"));
                }
                // MS-17 (3).
                this.end_of_stream_algorithm(error);
                Ok(())
            },
        )
    }

    /// <https://w3c.github.io/media-source/#dom-mediasource-setliveseekablerange>
    fn set_live_seekable_range(&mut self, start: f64, end: f64) -> Result<(), Exception> {
        self.traced(
            || Input::SetLiveSeekableRange(start, end),
            |this| {
                if !start.is_finite() || !end.is_finite() {
                    return Err(Exception::type_error("GEN-2", "start and end must be finite"));
                }
                // MS-18 (1).
                if this.ready_state != ReadyState::Open {
                    return Err(Exception::invalid_state("MS-18", "the MediaSource is not open"));
                }
                // MS-18 (2).
                if start < 0.0 || start > end {
                    return Err(Exception::type_error("MS-18", "start is negative or after end"));
                }
                // MS-18 (3).
                this.set_live_seekable((start < end).then_some((start, end)));
                Ok(())
            },
        )
    }

    /// <https://w3c.github.io/media-source/#dom-mediasource-clearliveseekablerange>
    fn clear_live_seekable_range(&mut self) -> Result<(), Exception> {
        self.traced(
            || Input::ClearLiveSeekableRange,
            |this| {
                // MS-19 (1).
                if this.ready_state != ReadyState::Open {
                    return Err(Exception::invalid_state("MS-19", "the MediaSource is not open"));
                }
                // MS-19 (2).
                this.set_live_seekable(None);
                Ok(())
            },
        )
    }

    /// <https://w3c.github.io/media-source/#dom-mediasource-istypesupported>
    fn is_type_supported(&self, mime_type: &str) -> bool {
        self.config.is_type_supported(mime_type)
    }

    fn source_buffer(&mut self, id: SourceBufferId) -> Option<SourceBuffer<'_>> {
        self.hear_element();
        self.slot(id).is_some().then_some(SourceBuffer { source: self, id })
    }
}

impl MediaSource {
    /// MS-12 (8), (9), (10).
    pub(crate) fn add_slot(&mut self, slot: Slot) -> SourceBufferId {
        let id = SourceBufferId(self.slots.len() as u32);
        self.slots.push(slot);
        self.source_buffers.push(id);
        self.tell_source_buffer(id);
        self.queue_at(EventTarget::SourceBuffers, EventName::AddSourceBuffer);
        id
    }

    fn set_live_seekable(&mut self, range: Option<(f64, f64)>) {
        self.live_seekable = range;
        self.port.tell_live_seekable(range);
    }

    /// Stops whatever a SourceBuffer is doing, without events. Says whether it was updating.
    pub(crate) fn abandon(&mut self, id: SourceBufferId) -> bool {
        drop(self.recall_task(id));
        let Some(slot) = self.slot_mut(id) else { return false };
        slot.cancel_task();
        slot.waiting = None;
        slot.deferred.clear();
        slot.update.finish()
    }

    /// MS-16 (8): frees the resources of a SourceBuffer and leaves the object.
    pub(crate) fn free(&mut self, id: SourceBufferId) {
        let config = self.config.clone();
        if let Some(slot) = self.slot_mut(id) {
            slot.removed = true;
            slot.parser = None;
            slot.at_home = None;
            slot.tracks.clear();
            // A task, a reader or the element's side may still hold the old ones; they see no more
            // changes.
            let mut shared = slot.shared.lock();
            shared.track_buffers = mse_timeline::TrackBuffers::new(config.timeline);
            shared.waiting.clear();
            drop(shared);
            slot.accounts.charge.set(0, 0);
        }
    }
}
