//! Replaying a trace.

use super::input::Input;
use super::wire::{Reader, read_config};
use super::{MAGIC, event_text, promise_text};
use crate::config::Config;
use crate::element_link::ElementLink;
use crate::media_source::{MediaSource, Output};
use crate::task::Task;
use bytes::Bytes;
use mse_core::interface::{MediaSource as _, SourceBuffer as _};
use mse_core::{Exception, SourceBufferId};
use mse_timeline::EvictionPolicy;
use std::error::Error;
use std::fmt;

/// Why a trace cannot be replayed, or does not come out as it was recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReplayError {
    /// The bytes do not begin as a trace of this version does.
    NotATrace,
    /// The bytes at this offset are no record.
    Damaged(usize),
    /// At this byte: what was recorded, and what came now.
    Differs {
        /// Offset of the record.
        offset: usize,
        /// Output in the trace.
        recorded: String,
        /// Output of the engine.
        replayed: String,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotATrace => f.write_str("not a trace of this version of the format"),
            Self::Damaged(offset) => write!(f, "no record at byte {offset}"),
            Self::Differs { offset, recorded, replayed } => {
                write!(f, "at byte {offset}: recorded {recorded:?}, replayed {replayed:?}")
            }
        }
    }
}

impl Error for ReplayError {}

/// A trace being replayed, record by record.
pub struct Replay {
    reader: Reader,
    source: MediaSource,
    link: Option<ElementLink>,
    tasks: Vec<Task>,
    host_policy: EvictionPolicy,
}

/// Replays a trace to its end and gives the source as it then is. `host` says what the trace does
/// not: the byte stream formats, what can be decoded, the limits, and an eviction policy of the
/// host's own.
///
/// # Errors
/// The first record that is damaged or comes out differently.
pub fn replay(trace: Bytes, host: Config) -> Result<MediaSource, ReplayError> {
    let mut replay = Replay::new(trace, host)?;
    while replay.step()?.is_some() {}
    Ok(replay.into_source())
}

impl Replay {
    /// At the beginning of a trace.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(trace: Bytes, host: Config) -> Result<Self, ReplayError> {
        let mut reader = Reader::new(trace);
        if reader.take(MAGIC.len()).as_deref() != Some(MAGIC.as_slice()) {
            return Err(ReplayError::NotATrace);
        }
        let host_policy = host.eviction.clone();
        let config = read_config(&mut reader, host).ok_or_else(|| ReplayError::Damaged(reader.position()))?;
        let mut source = MediaSource::new(config);
        source.record_trace();
        Ok(Self { reader, source, link: None, tasks: Vec::new(), host_policy })
    }

    /// The source, as it is after the records so far. It records: its own trace is the same as the
    /// one that is replayed.
    pub fn into_source(self) -> MediaSource {
        self.source
    }

    /// Replays the next record; what it is, in a line, or `None` at the end.
    ///
    /// # Errors
    /// When the record is damaged or comes out differently.
    pub fn step(&mut self) -> Result<Option<String>, ReplayError> {
        if self.reader.is_at_end() {
            return Ok(None);
        }
        let offset = self.reader.position();
        let damaged = ReplayError::Damaged(offset);
        let input = Input::read(&mut self.reader).ok_or_else(|| damaged.clone())?;
        let recorded = match input.is_command() {
            true => self.reader.string().ok_or(damaged)?,
            false => expected(&input),
        };
        let line = describe(&input, &recorded);
        let replayed = self.apply(input);
        if recorded != replayed {
            return Err(ReplayError::Differs { offset, recorded, replayed });
        }
        Ok(Some(line))
    }

    /// Applies a record; what came of it.
    fn apply(&mut self, input: Input) -> String {
        match input {
            Input::Attach => self.link = self.source.attach().ok(),
            Input::AttachByHandle => {
                self.link = self.source.handle().attach().ok();
                self.source.hear_element();
            }
            Input::Detach => self.source.detach(),
            Input::ElementState(state) => self.tell(|link| link.update(state)),
            Input::ElementTrackState(track, state) => self.tell(|link| link.set_track_state(track, state)),
            Input::ElementStreaming(streaming) => {
                self.source.record(|| Input::ElementStreaming(streaming));
                self.source.streaming_wanted(streaming);
            }
            Input::SetQuota(quota) => self.source.set_quota(quota),
            Input::SetSourceBufferQuota(id, quota) => {
                if let Some(mut sb) = self.source.source_buffer(id) {
                    sb.set_quota(quota);
                }
            }
            Input::SetPinned(id, ranges) => {
                if let Some(mut sb) = self.source.source_buffer(id) {
                    sb.set_pinned(ranges);
                }
            }
            Input::SetEvictionPolicy(policy) => self.source.set_eviction_policy(policy),
            Input::SetHostEvictionPolicy => self.source.set_eviction_policy(self.host_policy.clone()),
            Input::MemoryCleanup => self.source.memory_cleanup(),
            Input::Progress(serial, items) => self.run_task(serial, items),
            Input::TaskFinished(serial, items) => {
                // `run_inline` takes tasks that nobody polled.
                let queued = self.source.take_task(serial);
                self.tasks.extend(queued);
                self.run_task(serial, items);
                if let Some(index) = self.tasks.iter().position(|task| task.errand.serial == serial) {
                    self.source.finish_task(self.tasks.swap_remove(index));
                }
            }
            Input::Output(_) | Input::TaskPolled(_) | Input::ElementStep(_) | Input::Idle => {
                return self.poll();
            }
            Input::BufferHash(id, _) => return buffer_text(id, self.source.hash_of_buffer(id)),
            Input::FramesHash(_) => return frames_text(self.source.hash_of_frames()),
            command => return self.command(command),
        }
        String::new()
    }

    fn command(&mut self, command: Input) -> String {
        let source = &mut self.source;
        let result = match command {
            Input::AddSourceBuffer(mime_type) => source.add_source_buffer(&mime_type).map(|_| ()),
            Input::RemoveSourceBuffer(id) => source.remove_source_buffer(id),
            Input::SetDuration(duration) => source.set_duration(duration),
            Input::EndOfStream(error) => source.end_of_stream(error),
            Input::SetLiveSeekableRange(start, end) => source.set_live_seekable_range(start, end),
            Input::ClearLiveSeekableRange => source.clear_live_seekable_range(),
            Input::SetTrackState(track, state) => source.set_track_state(track, state),
            Input::SetMode(id, mode) => return self.view(id, |sb| sb.set_mode(mode)),
            Input::SetTimestampOffset(id, value) => {
                return self.view(id, |sb| sb.set_timestamp_offset(value));
            }
            Input::SetAppendWindowStart(id, value) => {
                return self.view(id, |sb| sb.set_append_window_start(value));
            }
            Input::SetAppendWindowEnd(id, value) => {
                return self.view(id, |sb| sb.set_append_window_end(value));
            }
            Input::AppendBuffer(id, data) => return self.view(id, |sb| sb.append_buffer(data)),
            Input::AddSourceBufferWithConfig(config) => {
                source.add_source_buffer_with_config(&config).map(|_| ())
            }
            Input::AppendEncodedChunks(id, chunks) => {
                return self.view(id, |sb| sb.append_encoded_chunks(chunks).map(|_| ()));
            }
            Input::Abort(id) => return self.view(id, |sb| sb.abort()),
            Input::ChangeType(id, mime_type) => return self.view(id, |sb| sb.change_type(&mime_type)),
            Input::Remove(id, start, end) => return self.view(id, |sb| sb.remove(start, end)),
            _ => Ok(()),
        };
        name(result)
    }

    fn view(
        &mut self,
        id: SourceBufferId,
        call: impl FnOnce(&mut crate::SourceBuffer<'_>) -> Result<(), Exception>,
    ) -> String {
        self.source
            .source_buffer(id)
            .map_or_else(|| "no such SourceBuffer".to_owned(), |mut sb| name(call(&mut sb)))
    }

    fn tell(&mut self, say: impl FnOnce(&mut ElementLink)) {
        if let Some(link) = &mut self.link {
            say(link);
        }
        self.source.hear_element();
    }

    fn run_task(&mut self, serial: u64, items: u64) {
        if let Some(task) = self.tasks.iter_mut().find(|task| task.errand.serial == serial) {
            task.replay(items);
        }
    }

    fn poll(&mut self) -> String {
        match self.source.poll_output() {
            None => "idle".to_owned(),
            Some(Output::Event(event)) => event_text(&event),
            Some(Output::ElementStep(step)) => format!("step {step}"),
            Some(Output::Promise(promise, result)) => promise_text(promise, result),
            Some(Output::Task(task)) => {
                let text = format!("task {}", task.errand.serial);
                self.tasks.push(task);
                text
            }
        }
    }
}

fn name(result: Result<(), Exception>) -> String {
    result.err().map_or_else(String::new, |exception| exception.name.as_str().to_owned())
}

/// Output to poll, by its record.
fn expected(input: &Input) -> String {
    match input {
        Input::Output(text) => text.clone(),
        Input::TaskPolled(serial) => format!("task {serial}"),
        Input::ElementStep(step) => format!("step {step}"),
        Input::Idle => "idle".to_owned(),
        Input::BufferHash(id, hash) => buffer_text(*id, *hash),
        Input::FramesHash(hash) => frames_text(*hash),
        _ => String::new(),
    }
}

fn buffer_text(id: SourceBufferId, hash: u64) -> String {
    format!("receipt, attributes and ranges of SourceBuffer {}: {hash:016x}", id.0)
}

fn frames_text(hash: u64) -> String {
    format!("frames: {hash:016x}")
}

fn describe(input: &Input, result: &str) -> String {
    let text = match input {
        Input::AppendBuffer(id, data) => format!("AppendBuffer({id}, {} bytes)", data.len()),
        Input::Output(text) => text.clone(),
        Input::BufferHash(..) | Input::FramesHash(_) => expected(input),
        other => format!("{other:?}"),
    };
    if input.is_command() && !result.is_empty() { format!("{text} throws {result}") } else { text }
}
