//! `SourceBuffer`: the view of one SourceBuffer of a source (SB), and what happens when its tasks
//! come home (BAP, RRM).

use crate::media_source::{MediaSource, Output};
use crate::segment_parser_loop::{AppendContext, SegmentParser};
use crate::slot::{Change, Operation, Slot};
use crate::source_policy::DurationGrowth;
use crate::task::{Append, Removing, Task, TaskState, Work};
use crate::trace::Input;
use bytes::Bytes;
use mse_core::{
    AppendMode, ElementMessage, EventName, Exception, ExceptionName, MediaTime, MediaTrack, ReadyState,
    ResetReason, SourceBufferId, TimeRanges, UpdateState, interface,
};
use mse_timeline::{Receipt, Removal, TimestampOffset, TrackBuffers};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A SourceBuffer of a [`MediaSource`]: a borrow of the source with an id.
pub struct SourceBuffer<'a> {
    pub(crate) source: &'a mut MediaSource,
    pub(crate) id: SourceBufferId,
}

impl SourceBuffer<'_> {
    pub(crate) fn slot(&self) -> &Slot {
        &self.source.slots[self.id.0 as usize]
    }

    pub(crate) fn slot_mut(&mut self) -> &mut Slot {
        &mut self.source.slots[self.id.0 as usize]
    }

    /// Getter: whether it was removed from its MediaSource (GEN-7).
    pub fn is_removed(&self) -> bool {
        self.slot().removed
    }

    /// Getter: what the last append did, finished, failed or aborted.
    pub fn receipt(&self) -> &Receipt {
        &self.slot().receipt
    }

    /// Getter: the track objects of `audioTracks`, `videoTracks` and `textTracks`, in creation
    /// order (SB-16).
    pub fn tracks(&self) -> &[MediaTrack] {
        &self.slot().tracks
    }

    /// Getter: looks into the track buffers. They are locked meanwhile: a running append and
    /// readers wait.
    pub fn with_track_buffers<T>(&self, look: impl FnOnce(&TrackBuffers) -> T) -> T {
        look(&self.slot().shared.lock().track_buffers)
    }

    /// Runs the steps of a command, and records it if the source is traced.
    pub(crate) fn traced<T>(
        &mut self,
        input: impl FnOnce() -> Input,
        steps: impl FnOnce(&mut SourceBuffer<'_>) -> Result<T, Exception>,
    ) -> Result<T, Exception> {
        let id = self.id;
        self.source.traced(input, |source| steps(&mut SourceBuffer { source, id }))
    }

    fn check_not_removed(&self, row: &'static str) -> Result<(), Exception> {
        if self.slot().removed {
            return Err(Exception::invalid_state(row, "the SourceBuffer was removed"));
        }
        Ok(())
    }

    pub(crate) fn check_idle(&self, row: &'static str) -> Result<(), Exception> {
        self.check_not_removed(row)?;
        // Only a source that keeps its SourceBuffers when it is detached gets here closed (OPN-25).
        if self.source.ready_state == ReadyState::Closed {
            return Err(Exception::invalid_state(row, "the MediaSource is closed"));
        }
        if self.slot().update.is_updating() {
            return Err(Exception::invalid_state(row, "the SourceBuffer is updating"));
        }
        Ok(())
    }

    fn check_between_segments(&self, row: &'static str) -> Result<(), Exception> {
        if self.slot().is_parsing_media_segment() {
            return Err(Exception::invalid_state(row, "a media segment is being parsed"));
        }
        Ok(())
    }

    fn set_append_window(&mut self, start: f64, end: f64) {
        let slot = self.slot_mut();
        slot.append_window = (start, end);
        slot.change(Change::AppendWindow(
            MediaTime::from_seconds(start).first_of_double(),
            MediaTime::from_seconds(end).last_of_double(),
        ));
    }
}

impl interface::SourceBuffer for SourceBuffer<'_> {
    fn id(&self) -> SourceBufferId {
        self.id
    }

    fn mode(&self) -> AppendMode {
        self.slot().attributes.mode
    }

    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-mode>
    fn set_mode(&mut self, mode: AppendMode) -> Result<(), Exception> {
        let id = self.id;
        self.traced(
            || Input::SetMode(id, mode),
            |this| {
                // SB-4 (1), (2).
                this.check_idle("SB-4")?;
                // SB-4 (3).
                if this.slot().generate_timestamps && mode == AppendMode::Segments {
                    return Err(Exception::type_error("SB-4", "the byte stream format generates timestamps"));
                }
                // SB-4 (4), (5).
                this.source.reopen();
                this.check_between_segments("SB-4")?;
                // SB-4 (6), (7).
                this.slot_mut().change(Change::Mode(mode));
                Ok(())
            },
        )
    }

    fn updating(&self) -> bool {
        self.slot().update.is_updating()
    }

    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-buffered>
    fn buffered(&self) -> Result<Arc<TimeRanges>, Exception> {
        self.check_not_removed("SB-6")?;
        Ok(self.slot().shared.lock().buffered())
    }

    fn timestamp_offset(&self) -> f64 {
        self.slot().attributes.timestamp_offset.seconds
    }

    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-timestampoffset>
    fn set_timestamp_offset(&mut self, offset: f64) -> Result<(), Exception> {
        let id = self.id;
        self.traced(
            || Input::SetTimestampOffset(id, offset),
            |this| {
                if !offset.is_finite() {
                    return Err(Exception::type_error("GEN-2", "timestampOffset must be finite"));
                }
                // SB-12 (2), (3).
                this.check_idle("SB-12")?;
                // SB-12 (4), (5).
                this.source.reopen();
                this.check_between_segments("SB-12")?;
                // SB-12 (6), (7).
                let offset = TimestampOffset { time: MediaTime::from_seconds(offset), seconds: offset };
                this.slot_mut().change(Change::TimestampOffset(offset));
                Ok(())
            },
        )
    }

    fn append_window_start(&self) -> f64 {
        self.slot().append_window.0
    }

    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-appendwindowstart>
    fn set_append_window_start(&mut self, start: f64) -> Result<(), Exception> {
        let id = self.id;
        self.traced(
            || Input::SetAppendWindowStart(id, start),
            |this| {
                // SB-14 (0)..(3).
                if !start.is_finite() {
                    return Err(Exception::type_error("SB-14", "appendWindowStart must be finite"));
                }
                this.check_idle("SB-14")?;
                let end = this.slot().append_window.1;
                if start < 0.0 || start >= end {
                    return Err(Exception::type_error(
                        "SB-14",
                        "appendWindowStart is negative or not below appendWindowEnd",
                    ));
                }
                this.set_append_window(start, end);
                Ok(())
            },
        )
    }

    fn append_window_end(&self) -> f64 {
        self.slot().append_window.1
    }

    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-appendwindowend>
    fn set_append_window_end(&mut self, end: f64) -> Result<(), Exception> {
        let id = self.id;
        self.traced(
            || Input::SetAppendWindowEnd(id, end),
            |this| {
                // SB-15 (1)..(4).
                this.check_idle("SB-15")?;
                let start = this.slot().append_window.0;
                if end.is_nan() || end <= start {
                    return Err(Exception::type_error(
                        "SB-15",
                        "appendWindowEnd is NaN or not above appendWindowStart",
                    ));
                }
                this.set_append_window(start, end);
                Ok(())
            },
        )
    }

    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-appendbuffer>
    fn append_buffer(&mut self, data: Bytes) -> Result<(), Exception> {
        let id = self.id;
        let recorded = self.source.trace.is_some().then(|| data.clone());
        self.traced(
            || Input::AppendBuffer(id, recorded.unwrap_or_default()),
            |this| {
                if this.slot().takes_chunks && !this.slot().removed && !this.slot().update.is_updating() {
                    return Err(Exception::invalid_state(
                        "WCX-6",
                        "the SourceBuffer takes encoded chunks, not bytes",
                    ));
                }
                // SB-17 (1).
                this.source.prepare_append(id, data.len() as u64)?;
                // SB-17 (2)..(5).
                this.source.start(id, UpdateState::Appending, Operation::Append(data));
                Ok(())
            },
        )
    }

    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-abort>
    fn abort(&mut self) -> Result<(), Exception> {
        let id = self.id;
        self.traced(
            || Input::Abort(id),
            |this| {
                // SB-18 (1), (2), (3).
                this.check_not_removed("SB-18")?;
                if this.source.ready_state != ReadyState::Open {
                    return Err(Exception::invalid_state("SB-18", "the MediaSource is not open"));
                }
                if this.slot().update == UpdateState::Removing {
                    return Err(Exception::invalid_state("SB-18", "a range removal is running"));
                }
                // SB-19 (4).
                if this.slot_mut().update.finish() {
                    this.source.tell_aborted(this.id);
                }
                // SB-19 (5).
                this.source.abort_append(this.id);
                // SB-19 (6), (7).
                this.set_append_window(0.0, f64::INFINITY);
                Ok(())
            },
        )
    }

    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-changetype>
    fn change_type(&mut self, mime_type: &str) -> Result<(), Exception> {
        let id = self.id;
        self.traced(
            || Input::ChangeType(id, mime_type.to_owned()),
            |this| {
                // SB-21 (1)..(4).
                if mime_type.is_empty() {
                    return Err(Exception::type_error("SB-21", "the type is empty"));
                }
                this.check_idle("SB-21")?;
                if this.slot().takes_chunks {
                    return Err(Exception::not_supported("WCX-7", "the SourceBuffer takes encoded chunks"));
                }
                let Some((mime_type, format)) = this.source.config.check_type(mime_type) else {
                    return Err(Exception::not_supported("SB-21", "the type is not supported"));
                };
                // SB-21 (5).
                this.source.reopen();
                // SB-21 (6): with the old parser.
                this.source.reset_parser_state(this.id);
                // SB-21 (7), (8), (9).
                let demuxer = format.new_demuxer(&mime_type, &this.source.config.limits);
                let slot = this.slot_mut();
                slot.mime_type = mime_type;
                slot.generate_timestamps = format.generate_timestamps();
                slot.change(Change::Type(demuxer, format.generate_timestamps()));
                Ok(())
            },
        )
    }

    /// <https://w3c.github.io/media-source/#dom-sourcebuffer-remove>
    fn remove(&mut self, start: f64, end: f64) -> Result<(), Exception> {
        let id = self.id;
        self.traced(
            || Input::Remove(id, start, end),
            |this| {
                if !start.is_finite() {
                    return Err(Exception::type_error("GEN-2", "start must be finite"));
                }
                // SB-23 (1), (2).
                this.check_idle("SB-23")?;
                // SB-23 (3), (4), (5).
                let duration = this.source.duration;
                if duration.is_nan() {
                    return Err(Exception::type_error("SB-23", "the duration is NaN"));
                }
                if start < 0.0 || start > duration {
                    return Err(Exception::type_error("SB-23", "start is negative or beyond the duration"));
                }
                if end.is_nan() || end <= start {
                    return Err(Exception::type_error("SB-23", "end is NaN or not above start"));
                }
                // SB-23 (6), (7).
                this.source.reopen();
                this.source.data_changes();
                let removal = Operation::Remove(
                    MediaTime::from_seconds(start).first_of_double(),
                    MediaTime::from_seconds(end).first_of_double(),
                );
                this.source.start(this.id, UpdateState::Removing, removal);
                Ok(())
            },
        )
    }
}

impl MediaSource {
    /// The synchronous end of `appendBuffer()` and `remove()`: `updating`, `updatestart`, and the
    /// task, which waits if an aborted one is still out (SB-17, RRM-1).
    pub(crate) fn start(&mut self, id: SourceBufferId, state: UpdateState, operation: Operation) {
        // WCX-4: an append of chunks has a promise instead of events.
        if !matches!(operation, Operation::Chunks(_)) {
            self.queue_at_source_buffer(id, EventName::UpdateStart);
        }
        let Some(slot) = self.slot_mut(id) else { return };
        slot.update = state;
        if slot.task_out {
            slot.waiting = Some(operation);
        } else {
            self.send_task(id, operation);
        }
    }

    fn send_task(&mut self, id: SourceBufferId, operation: Operation) {
        let duration = self.duration_time();
        let serial = self.next_task;
        self.next_task += 1;
        let can_decode = &self.config.can_decode;
        let Some(slot) = self.slots.get_mut(id.0 as usize) else { return };
        let is_append = !matches!(operation, Operation::Remove(..));
        if is_append && slot.parser.is_none() {
            return;
        }
        let mut errand = slot.errand(id, can_decode);
        errand.serial = serial;
        errand.attributes = slot.attributes.clone();
        errand.work = match (operation, errand.work) {
            (Operation::Remove(start, end), _) => {
                let removal = Removal::default();
                Work::Remove(Box::new(Removing { start, end, duration, removal }))
            }
            (operation, before) => {
                let mut append = match before {
                    Work::Append(append) => append,
                    Work::Remove(_) => Box::default(),
                };
                slot.appends += 1;
                append.parser = slot.parser.take();
                append.input = Some(operation);
                append.receipt.append = slot.appends;
                append.receipt.eviction = slot.eviction.take();
                Work::Append(append)
            }
        };
        slot.task_out = true;
        slot.task_serial = serial;
        self.outputs.push_back(Output::Task(Task { errand }));
    }

    /// Command: takes back a task that ran. One that is not done is run to its end here.
    pub fn finish_task(&mut self, mut task: Task) {
        self.hear_element();
        while task.run(usize::MAX) == TaskState::More {}
        let id = task.errand.source_buffer;
        self.record_task(task.errand.serial, task.errand.progress.load(Ordering::Relaxed));
        self.task_came_home(task);
        self.record_state(id);
    }

    fn task_came_home(&mut self, task: Task) {
        let mut errand = task.errand;
        let id = errand.source_buffer;
        let Some(slot) = self.slot_mut(id) else { return };
        // DET-5, MS-14: the task of a removed SourceBuffer, or of another source, changes nothing.
        if slot.removed || !Arc::ptr_eq(&slot.shared, &errand.shared) {
            return;
        }
        slot.task_out = false;
        let before = slot.attributes.timestamp_offset.time;
        slot.attributes = errand.attributes.clone();
        slot.attributes.append_finished(before);
        let aborted = errand.cancel.load(Ordering::Relaxed);
        match &mut errand.work {
            Work::Append(append) if aborted => self.append_aborted(id, append),
            Work::Append(append) => self.append_finished(id, append),
            Work::Remove(removing) => self.removal_finished(id, &removing.removal),
        }
        if let Some(slot) = self.slot_mut(id) {
            slot.at_home = Some(errand);
            if slot.cleanup_waits {
                self.clean_up(id);
            }
        }
        if let Some(operation) = self.slot_mut(id).and_then(|slot| slot.waiting.take()) {
            self.send_task(id, operation);
        }
    }

    /// BAP-1 (2)..(5), or APE.
    fn append_finished(&mut self, id: SourceBufferId, append: &mut Append) {
        self.received(id, &append.received);
        append.received.clear();
        let Some(mut parser) = append.parser.take() else { return };
        let receipt = &mut append.receipt;
        receipt.error = append.error.take();
        let failed = receipt.error.is_some();
        receipt.awaits = parser.awaits();
        receipt.notes = parser.notes();
        if failed {
            self.reset_parser(id, &mut parser, receipt, ResetReason::AppendError);
        }
        self.captions_received(id, &receipt.inband_events);
        self.frames_added(id, receipt);
        let Some(slot) = self.slot_mut(id) else { return };
        let nothing_came = receipt.frames_in == 0;
        slot.parser = Some(parser);
        std::mem::swap(&mut slot.receipt, receipt);
        receipt.clear();
        // SPL-10.
        if nothing_came {
            self.judge_buffer_full(id);
        } else {
            self.update_buffer_full(id);
        }
        // MMS-13: before `update` or `error`.
        self.buffered_changed(id);
        if failed {
            self.append_error(id);
        } else {
            self.update_finished(id);
        }
    }

    /// Ends a task that was aborted: its effects before the abort count, then the parser is reset,
    /// then the changes made since are applied.
    fn append_aborted(&mut self, id: SourceBufferId, append: &mut Append) {
        append.push_input();
        append.error = None;
        self.received(id, &append.received);
        append.received.clear();
        let Some(mut parser) = append.parser.take() else { return };
        let receipt = &mut append.receipt;
        self.reset_parser(id, &mut parser, receipt, ResetReason::Abort);
        self.captions_received(id, &receipt.inband_events);
        self.frames_added(id, receipt);
        if let Some(slot) = self.slot_mut(id) {
            slot.parser = Some(parser);
            std::mem::swap(&mut slot.receipt, receipt);
            receipt.clear();
            slot.apply_deferred();
        }
        self.update_buffer_full(id);
        self.buffered_changed(id);
    }

    fn removal_finished(&mut self, id: SourceBufferId, removal: &Removal) {
        self.captions_removed(id);
        self.frames_removed(id, removal);
        // CFR-9.
        self.update_buffer_full(id);
        self.buffered_changed(id);
        self.update_finished(id);
    }

    /// BAP-1 (3)..(5), RRM-1 (7)..(9).
    fn update_finished(&mut self, id: SourceBufferId) {
        if let Some(slot) = self.slot_mut(id) {
            slot.update.finish();
        }
        // WCX-5: a promise that resolves says that the frames are in.
        let dropped = self.slot(id).is_some_and(|slot| !slot.receipt.frames_dropped.is_empty());
        let result = if dropped { Err(ExceptionName::SyntaxError) } else { Ok(()) };
        if !self.settle_promise(id, result) {
            self.queue_at_source_buffer(id, EventName::Update);
            self.queue_at_source_buffer(id, EventName::UpdateEnd);
        }
    }

    /// SB-19 (5): now if the parser is here or can be called back, else when it comes home.
    fn abort_append(&mut self, id: SourceBufferId) {
        if let Some(task) = self.recall_task(id) {
            task.errand.cancel.store(true, Ordering::Relaxed);
            self.task_came_home(task);
            return;
        }
        let Some(slot) = self.slot_mut(id) else { return };
        slot.waiting = None;
        if slot.task_out {
            slot.cancel_task();
            slot.change(Change::Reset);
        } else {
            self.reset_parser_state(id);
        }
    }

    /// Reset parser state of a SourceBuffer whose parser is at home; deferred otherwise.
    fn reset_parser_state(&mut self, id: SourceBufferId) {
        let Some(slot) = self.slot_mut(id) else { return };
        let Some(mut parser) = slot.parser.take() else {
            slot.change(Change::Reset);
            return;
        };
        // What comes out only now belongs to the last append.
        let mut receipt = std::mem::take(&mut slot.receipt);
        let before = receipt.highest_end.take();
        let known = receipt.inband_events.len();
        self.reset_parser(id, &mut parser, &mut receipt, ResetReason::Abort);
        self.captions_received(id, receipt.inband_events.get(known..).unwrap_or_default());
        self.frames_added(id, &mut receipt);
        receipt.highest_end = receipt.highest_end.max(before);
        if let Some(slot) = self.slot_mut(id) {
            slot.parser = Some(parser);
            slot.receipt = receipt;
        }
        self.update_buffer_full(id);
    }

    fn reset_parser(
        &mut self,
        id: SourceBufferId,
        parser: &mut SegmentParser,
        receipt: &mut Receipt,
        reason: ResetReason,
    ) {
        let can_decode = self.config.can_decode.clone();
        let mut received = Vec::new();
        let Some(slot) = self.slot_mut(id) else { return };
        let mut context = AppendContext {
            shared: &slot.shared,
            attributes: &mut slot.attributes,
            receipt,
            can_decode: &can_decode,
            received: &mut received,
        };
        parser.reset(&mut context, reason);
        self.received(id, &received);
    }

    /// CFP-33..36: what new frames mean for the duration, the element and waiting readers.
    fn frames_added(&mut self, id: SourceBufferId, receipt: &mut Receipt) {
        let Some(end) = receipt.highest_end else { return };
        // CFP-33..35.
        self.mirror(ElementMessage::FramesAdded);
        // CFP-36, with the run's highest end (OPN-8).
        let before = self.duration;
        match self.config.source.duration_growth {
            DurationGrowth::Frames if end.to_seconds() > before => {
                self.duration_change_internal(end.to_seconds());
            }
            DurationGrowth::GroupEnd => self.grow_to_group_end(id),
            DurationGrowth::Frames => {}
        }
        if self.duration > before {
            receipt.new_duration = Some(self.duration);
        }
        self.wake_readers_of(id);
    }

    /// CFP-36 by the letter, and to no track's end beyond it ([`DurationGrowth::GroupEnd`]).
    fn grow_to_group_end(&mut self, id: SourceBufferId) {
        let end = self.slot(id).map(|slot| slot.attributes.group_end_timestamp.to_seconds());
        if let Some(end) = end.filter(|end| *end > self.duration) {
            self.announce_duration(end);
        }
    }

    /// CFR-8.
    pub(crate) fn frames_removed(&mut self, id: SourceBufferId, removal: &Removal) {
        if self.active_source_buffers.contains(&id) {
            for track in &removal.tracks {
                self.mirror(ElementMessage::FramesRemoved { start: track.start, end: track.end });
            }
        }
    }
}
