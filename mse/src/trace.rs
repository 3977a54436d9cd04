//! Traces: every input of a source, with what came of it, in a compact file that can be replayed
//! (decision 0009).
//!
//! A trace begins with [`MAGIC`] and the configuration, then has one record for each input and each
//! output in their order: a tag byte and fields, integers as LEB128, doubles as their 8 bytes,
//! strings and bytes with their length in front. A command's record ends with what it returned.
//! What the host decides by code, the byte stream formats, the codecs it can decode and an eviction
//! policy of its own, is not in it: [`replay`] is given that again.

mod chunks;
mod input;
mod replay;
mod state;
mod wire;

pub(crate) use input::Input;
pub use replay::{Replay, ReplayError, replay};

use crate::config::Config;
use crate::media_source::{MediaSource, Output};
use mse_core::{Exception, SourceBufferId};
use std::sync::atomic::Ordering;
use wire::Writer;

/// First bytes of a trace: name and version.
pub const MAGIC: &[u8; 9] = b"MSETRACE\x02";

/// The trace that a source writes.
#[derive(Default)]
pub(crate) struct Trace {
    writer: Writer,
    /// Whether the last record says that there was nothing to poll.
    idle: bool,
    /// Frames there were when all of them were hashed last.
    hashed_frames: u64,
    /// Progress last written of each SourceBuffer's task.
    progress: Vec<(u64, u64)>,
}

impl Trace {
    fn new(config: &Config) -> Self {
        let mut trace = Self::default();
        trace.writer.raw(MAGIC);
        wire::write_config(&mut trace.writer, config);
        trace
    }
}

impl MediaSource {
    /// Command: begins to record, if nothing has happened yet that a replay would miss. Says
    /// whether it does.
    pub fn record_trace(&mut self) -> bool {
        let fresh = self.slots.is_empty() && self.port.is_fresh() && self.outputs.is_empty();
        if fresh && self.trace.is_none() {
            self.trace = Some(Box::new(Trace::new(&self.config)));
        }
        fresh
    }

    /// Poll: what was recorded since the last call; empty when nothing is recorded. All of it, one
    /// after the other, is the trace.
    pub fn take_trace(&mut self) -> Vec<u8> {
        self.trace.as_mut().map(|trace| trace.writer.take()).unwrap_or_default()
    }

    /// Runs the steps of a command, and records it with its result.
    pub(crate) fn traced<T>(
        &mut self,
        input: impl FnOnce() -> Input,
        steps: impl FnOnce(&mut Self) -> Result<T, Exception>,
    ) -> Result<T, Exception> {
        self.hear_element();
        if self.trace.is_none() {
            return steps(self);
        }
        let input = input();
        self.record_progress();
        let result = steps(self);
        self.write(&input, result.as_ref().err().map(|exception| exception.name.as_str()));
        if matches!(input, Input::EndOfStream(_)) {
            self.record_frames();
        }
        result
    }

    /// Records an input that cannot fail.
    pub(crate) fn record(&mut self, input: impl FnOnce() -> Input) {
        if self.trace.is_some() {
            self.record_progress();
            self.write(&input(), None);
        }
    }

    pub(crate) fn record_output(&mut self, output: Option<&Output>) {
        let Some(trace) = &mut self.trace else { return };
        let record = match output {
            Some(Output::Event(event)) => Input::Output(event_text(event)),
            Some(Output::Task(task)) => Input::TaskPolled(task.errand.serial),
            Some(Output::ElementStep(step)) => Input::ElementStep(*step),
            Some(Output::Promise(promise, result)) => Input::Output(promise_text(*promise, *result)),
            None if trace.idle => return,
            None => Input::Idle,
        };
        trace.idle = output.is_none();
        record.write(&mut trace.writer);
    }

    fn write(&mut self, input: &Input, result: Option<&str>) {
        if let Some(trace) = &mut self.trace {
            trace.idle = false;
            input.write(&mut trace.writer);
            if input.is_command() {
                trace.writer.string(result.unwrap_or(""));
            }
        }
    }

    /// Records the progress of running tasks: a command may see what they have done already.
    fn record_progress(&mut self) {
        let tasks: Vec<(u64, u64)> = (0..self.slots.len())
            .filter_map(|index| self.slot(SourceBufferId(index as u32)))
            .filter(|slot| slot.task_out)
            .map(|slot| (slot.task_serial, slot.progress.load(Ordering::Relaxed)))
            .collect();
        let Some(trace) = &mut self.trace else { return };
        for (serial, items) in tasks {
            let before =
                trace.progress.iter().find(|(other, _)| *other == serial).map_or(0, |(_, items)| *items);
            if items > before {
                Input::Progress(serial, items).write(&mut trace.writer);
                trace.progress.retain(|(other, _)| *other != serial);
                trace.progress.push((serial, items));
            }
        }
    }

    /// A task is given back: what it did, and that it is.
    pub(crate) fn record_task(&mut self, serial: u64, items: u64) {
        if let Some(trace) = &mut self.trace {
            trace.progress.retain(|(other, _)| *other != serial);
        }
        self.record(|| Input::TaskFinished(serial, items));
    }
}

/// An event with what it has beyond its name.
pub(crate) fn event_text(event: &mse_core::Event) -> String {
    format!("{event}{}", event.detail)
}

pub(crate) fn promise_text(promise: crate::PromiseId, result: Result<(), mse_core::ExceptionName>) -> String {
    format!("promise {} {}", promise.0, result.err().map_or("resolved", mse_core::ExceptionName::as_str))
}
