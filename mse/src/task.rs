//! The asynchronous half of `appendBuffer()` and `remove()` as a value (decision 0002): whoever
//! holds a [`Task`] holds the parser of one SourceBuffer, so no lock is needed to keep the API away
//! from a running append.

use crate::config::CanDecode;
use crate::initialization_segment_received::Received;
use crate::segment_parser_loop::{AppendContext, LoopEnd, Pace, SegmentParser, Until};
use crate::shared::SharedTrackBuffers;
use crate::slot::Operation;
use mse_core::{MediaTime, ParseError, SourceBufferId};
use mse_timeline::{Attributes, Receipt, Removal};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes of one [`Task::run`] that keep a one-threaded event loop responsive.
pub const DEFAULT_BUDGET: usize = 128 << 10;

/// Whether a [`Task`] wants to run again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum TaskState {
    /// Hand it to [`MediaSource::finish_task`](crate::MediaSource::finish_task).
    Done,
    /// The budget is used up; call [`Task::run`] again.
    More,
}

/// A running buffer append (BAP) or range removal (RRM). `Send`: run it here, on a pool, or in
/// slices.
pub struct Task {
    /// Boxed and used again, so that an append does not allocate.
    pub(crate) errand: Box<Errand>,
}

/// Work of a task, with everything that it needs.
pub(crate) struct Errand {
    pub(crate) source_buffer: SourceBufferId,
    /// Sequence number of the task, unique within the source.
    pub(crate) serial: u64,
    /// Items processed: what a trace needs to know to do as much again.
    pub(crate) progress: Arc<AtomicU64>,
    pub(crate) work: Work,
    pub(crate) attributes: Attributes,
    pub(crate) shared: SharedTrackBuffers,
    pub(crate) can_decode: CanDecode,
    pub(crate) cancel: Arc<AtomicBool>,
    pub(crate) done: bool,
}

pub(crate) enum Work {
    Append(Box<Append>),
    Remove(Box<Removing>),
}

/// A buffer append.
#[derive(Default)]
pub(crate) struct Append {
    /// The SourceBuffer's, until the task is home.
    pub(crate) parser: Option<Box<SegmentParser>>,
    /// Input of `appendBuffer` or `appendEncodedChunks`; pushed at the first run.
    pub(crate) input: Option<Operation>,
    pub(crate) receipt: Box<Receipt>,
    pub(crate) received: Vec<Received>,
    pub(crate) error: Option<ParseError>,
}

/// A range removal.
pub(crate) struct Removing {
    pub(crate) start: MediaTime,
    pub(crate) end: MediaTime,
    pub(crate) duration: MediaTime,
    pub(crate) removal: Removal,
}

impl Task {
    /// The SourceBuffer that the task works for.
    pub fn source_buffer(&self) -> SourceBufferId {
        self.errand.source_buffer
    }

    /// Runs for about `budget` bytes of input. A cancelled task is done at once.
    pub fn run(&mut self, budget: usize) -> TaskState {
        let errand = &mut *self.errand;
        if !errand.done {
            errand.done = errand.cancel.load(Ordering::Relaxed) || errand.step(budget.max(1), u64::MAX);
        }
        if errand.done { TaskState::Done } else { TaskState::More }
    }

    /// Runs until as many items are processed as there were when it was recorded, cancelled or not.
    pub(crate) fn replay(&mut self, items: u64) {
        let errand = &mut *self.errand;
        let cancel = std::mem::take(&mut errand.cancel);
        while !errand.done && errand.progress.load(Ordering::Relaxed) < items {
            errand.done = errand.step(usize::MAX, items);
        }
        errand.cancel = cancel;
    }
}

impl Errand {
    fn step(&mut self, budget: usize, items: u64) -> bool {
        let pace =
            Pace { budget, items, progress: &self.progress, cancel: &self.cancel, until: Until::Input };
        match &mut self.work {
            Work::Append(append) => append.step(&self.shared, &mut self.attributes, &self.can_decode, &pace),
            Work::Remove(removing) => {
                self.progress.store(1, Ordering::Relaxed);
                // RRM-1 (6).
                let mut shared = self.shared.lock();
                let Removing { start, end, duration, .. } = **removing;
                removing.removal = shared.track_buffers.remove(start, end, duration, &mut self.attributes);
                true
            }
        }
    }
}

impl Append {
    /// BAP-1 (1): the segment parser loop. Says whether it is over.
    fn step(
        &mut self,
        shared: &SharedTrackBuffers,
        attributes: &mut Attributes,
        can_decode: &CanDecode,
        pace: &Pace<'_>,
    ) -> bool {
        self.push_input();
        let Some(parser) = &mut self.parser else { return true };
        let (receipt, received) = (&mut *self.receipt, &mut self.received);
        let mut context = AppendContext { shared, attributes, receipt, can_decode, received };
        match parser.run(&mut context, pace) {
            Ok(LoopEnd::Budget) => false,
            Ok(LoopEnd::NeedMoreData | LoopEnd::SegmentEnd | LoopEnd::Cancelled) => true,
            Err(error) => {
                self.error = Some(error);
                true
            }
        }
    }

    /// SB-17 (2), as late as it can be done unseen.
    pub(crate) fn push_input(&mut self) {
        let Some(parser) = &mut self.parser else { return };
        match self.input.take() {
            Some(Operation::Append(bytes)) => {
                self.receipt.bytes += bytes.len() as u64;
                parser.push(bytes);
            }
            Some(Operation::Chunks(chunks)) => {
                self.receipt.bytes += chunks.iter().map(|chunk| chunk.data.len() as u64).sum::<u64>();
                parser.push_chunks(chunks);
            }
            Some(Operation::Remove(..)) | None => {}
        }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = match &self.errand.work {
            Work::Append(_) => "append",
            Work::Remove(_) => "remove",
        };
        write!(f, "Task({work} of SourceBuffer {}, done: {})", self.errand.source_buffer, self.errand.done)
    }
}
