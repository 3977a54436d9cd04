//! A MediaSource or ManagedMediaSource behind one lock.

use crate::boundary::*;
use crate::callback::{Callback, UserData};
use crate::engine::{Member, Subject, mse_engine};
use crate::event::{Lent, Taken, kind_of, mse_event, target_of};
use crate::eviction;
use crate::handle::mse_handle;
use crate::header::*;
use crate::source_buffer::{mse_source_buffer, same_source};
use crate::string::mse_string;
use crate::text::Text;
use crate::track::{Context, Home, Tracks, mse_track};
use crate::wake::Wakes;
use mse::interface::MediaSource as _;
use mse::timeline::{AppendWindowPolicy, DiscontinuityPolicy, GapPolicy, MemoryUsage};
use mse::{
    EndOfStreamError, EventDetail, EvictionPolicy, Exception, FrameReader, ManagedPolicy, MediaSource,
    MediaTime, MediaTrackId, Output, Quota, ReadyState, SourceBufferId, Task, TaskState, TextCue, TrackKey,
    TrackState,
};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::ffi::{c_char, c_int, c_void};
use std::sync::{Arc, OnceLock, Weak};

/// A source.
pub struct mse_source {
    pub(crate) id: u64,
    pub(crate) engine: Arc<mse_engine>,
    inner: Mutex<MediaSource>,
    pub(crate) poison: Poison,
    user_data: UserData,
    pub(crate) wakes: Arc<Wakes>,
    /// By SourceBufferId: the same object every time.
    buffers: Mutex<Vec<Arc<mse_source_buffer>>>,
    pub(crate) tracks: Arc<Tracks>,
    /// Polled or begun, and not done.
    tasks: Mutex<VecDeque<Task>>,
    lent: Mutex<Lent>,
    pub(crate) handle: OnceLock<Arc<mse_handle>>,
    pub(crate) myself: Weak<Self>,
}

impl mse_source {
    fn new(engine: Arc<mse_engine>, options: &mse_source_options) -> Arc<Self> {
        let mut config = engine.config();
        if options.flags & MSE_SOURCE_MANAGED != 0 {
            config.managed = Some(managed(options));
        }
        if options.flags & MSE_SOURCE_TRIM_AUDIO != 0 {
            config.timeline.append_window = AppendWindowPolicy::TrimAudio;
        }
        if options.flags & MSE_SOURCE_LONGEST_FRAME != 0 {
            config.timeline.discontinuity = DiscontinuityPolicy::LongestFrameOfGroup;
        }
        if options.hidden_gap != 0.0 {
            let gap = MediaTime::from_seconds(options.hidden_gap.max(0.0));
            config.timeline.gap_policy = GapPolicy::Fixed(gap);
        }
        config.detachable = options.flags & MSE_SOURCE_DETACHABLE != 0;
        config.timeline.keep_freed = options.flags & MSE_SOURCE_KEEP_FREED != 0;
        let source = Arc::new_cyclic(|myself: &Weak<Self>| Self {
            id: engine.next_source_id(),
            inner: Mutex::new(MediaSource::new(config)),
            engine: Arc::clone(&engine),
            poison: Poison::default(),
            user_data: UserData::new(options.user_data, None),
            wakes: Arc::default(),
            buffers: Mutex::default(),
            tracks: Arc::default(),
            tasks: Mutex::default(),
            lent: Mutex::default(),
            handle: OnceLock::new(),
            myself: myself.clone(),
        });
        engine.adopt(source.myself.clone());
        source
    }

    pub(crate) fn subject(&self, buffer: Option<SourceBufferId>) -> Subject {
        Subject { source: self.id, buffer }
    }

    /// Looks at the source, changing nothing.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut MediaSource) -> T) -> T {
        look(&mut self.inner.lock())
    }

    /// Changes the source, then wakes whom that concerns.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut MediaSource) -> T) -> T {
        let mut inner = self.inner.lock();
        let before = inner.messages_sent();
        let value = change(&mut inner);
        let (output, sent) = (inner.has_output(), inner.messages_sent() != before);
        drop(inner);
        if sent {
            self.wakes.element.wake();
        }
        if output {
            self.wakes.source.wake();
        }
        value
    }

    /// A method of the standard: refused ones are logged.
    pub(crate) fn command<T>(
        &self,
        buffer: Option<SourceBufferId>,
        command: impl FnOnce(&mut MediaSource) -> Result<T, Exception>,
    ) -> Result<T, Failure> {
        self.change(command).map_err(|exception| {
            if self.engine.logs(MSE_LOG_WARN) {
                let message = format!("{}: {}", exception.name.as_str(), exception.reason);
                self.engine.log(MSE_LOG_WARN, self.subject(buffer), exception.row, &message);
            }
            exception.into()
        })
    }

    /// The object of a SourceBuffer.
    pub(crate) fn buffer(&self, id: SourceBufferId) -> Arc<mse_source_buffer> {
        let mut buffers = self.buffers.lock();
        while buffers.len() <= id.0 as usize {
            let next = SourceBufferId(buffers.len() as u32);
            buffers.push(Arc::new(mse_source_buffer::new(self.myself.clone(), next)));
        }
        Arc::clone(&buffers[id.0 as usize])
    }

    /// The next append or removal to run.
    pub(crate) fn next_task(&self) -> Option<Task> {
        let polled = self.tasks.lock().pop_front();
        polled.or_else(|| self.change(MediaSource::next_task))
    }

    /// Takes back a task: its events are queued.
    pub(crate) fn finish(&self, task: Task) {
        let id = task.source_buffer();
        self.change(|inner| {
            inner.finish_task(task);
            // Objects of tracks are made before anyone can hear of them.
            for track in inner.media_tracks() {
                self.tracks.object(track, || Home::source(self.myself.clone()));
            }
        });
        self.log_append(id);
    }

    fn log_append(&self, id: SourceBufferId) {
        if !self.engine.logs(MSE_LOG_ERROR) {
            return;
        }
        let receipt = self.look(|inner| inner.source_buffer(id).map(|buffer| buffer.receipt().clone()));
        for (level, row, message) in receipt.iter().flat_map(crate::receipt::log_records) {
            if self.engine.logs(level) {
                self.engine.log(level, self.subject(Some(id)), row, &message);
            }
        }
    }

    /// Runs tasks for about `max_bytes` bytes; whether something is left.
    fn run(&self, max_bytes: u64) -> bool {
        let mut left = if max_bytes == 0 { u64::MAX } else { max_bytes };
        while let Some(mut task) = self.next_task() {
            let budget = left.min(mse::DEFAULT_BUDGET as u64);
            if budget == 0 {
                self.tasks.lock().push_front(task);
                return true;
            }
            left -= budget;
            match task.run(budget as usize) {
                TaskState::Done => self.finish(task),
                TaskState::More => self.tasks.lock().push_front(task),
            }
        }
        false
    }

    fn next_event(&self) -> Option<Taken> {
        self.wakes.source.looked();
        loop {
            let before = self.look(|inner| inner.messages_sent());
            let (output, sent) = self.look(|inner| (inner.poll_output(), inner.messages_sent() != before));
            if sent {
                self.wakes.element.wake();
            }
            match output? {
                Output::Task(task) => self.tasks.lock().push_back(task),
                Output::Event(event) => return Some(self.taken(&event)),
                Output::ElementStep(step) => {
                    return Some(Taken { kind: MSE_EVENT_ELEMENT_STEP, id: step, ..Taken::default() });
                }
                Output::Promise(promise, result) => {
                    let status = result.err().map_or(MSE_OK, crate::status::of_exception);
                    return Some(Taken {
                        kind: MSE_EVENT_PROMISE,
                        id: promise.0,
                        status,
                        ..Taken::default()
                    });
                }
                // Another is nothing that mse.h tells.
                _ => {}
            }
        }
    }

    fn taken(&self, event: &mse::Event) -> Taken {
        let (target, buffer) = target_of(event.target);
        let mut taken = Taken {
            kind: kind_of(event.name),
            target,
            name: event.name.as_str().to_owned(),
            buffer: buffer.map(|id| self.buffer(id)),
            ..Taken::default()
        };
        match &event.detail {
            EventDetail::None => {}
            EventDetail::Track(object) => taken.track = self.tracks.get(*object),
            EventDetail::Buffered(change) => {
                taken.added.clone_from(&change.added);
                taken.removed.clone_from(&change.removed);
            }
        }
        taken
    }

    pub(crate) fn memory(&self) -> MemoryUsage {
        let ids = self.look(|inner| inner.source_buffers().to_vec());
        let usage = ids
            .into_iter()
            .filter_map(|id| self.look(|inner| inner.source_buffer(id).map(|buffer| buffer.memory())));
        usage.sum()
    }

    pub(crate) fn memory_cleanup(&self) {
        self.change(MediaSource::memory_cleanup);
    }
}

impl Member for mse_source {
    fn memory(&self) -> MemoryUsage {
        self.memory()
    }

    fn memory_cleanup(&self) {
        self.memory_cleanup();
    }
}

impl Context for mse_source {
    fn track_state(&self, track: MediaTrackId) -> Option<TrackState> {
        self.look(|inner| inner.media_track(track).map(|track| track.state))
    }

    fn set_track_state(&self, track: &mse_track, state: TrackState) -> Result<(), Failure> {
        let buffer = Some(track.key().source_buffer);
        self.command(buffer, |inner| inner.set_track_state(track.object(), state))
    }

    fn open_reader(&self, key: TrackKey) -> Result<Option<FrameReader>, Failure> {
        Ok(self.look(|inner| inner.open_reader(key)))
    }

    fn cues(&self, key: TrackKey) -> Result<Vec<TextCue>, Failure> {
        Ok(self.look(|inner| inner.cues(key)))
    }
}

fn managed(options: &mse_source_options) -> ManagedPolicy {
    let mut policy = ManagedPolicy::default();
    for (seconds, field) in [
        (options.managed_low, &mut policy.low),
        (options.managed_high, &mut policy.high),
        (options.managed_keep_behind, &mut policy.keep_behind),
        (options.managed_keep_ahead, &mut policy.keep_ahead),
    ] {
        if seconds > 0.0 {
            *field = MediaTime::from_seconds(seconds);
        }
    }
    policy
}

/// Runs a call on a source.
pub(crate) unsafe fn source_call(
    source: *const mse_source,
    steps: impl FnOnce(&mse_source) -> Outcome,
) -> mse_status {
    // SAFETY: a handle, as mse.h asks of the caller.
    match unsafe { borrow(source) } {
        Ok(source) => guarded_call(&source.poison, || steps(source)),
        Err(failure) => call(|| Err(failure)),
    }
}

/// Runs a getter.
unsafe fn getter<T>(source: *const mse_source, otherwise: T, look: impl FnOnce(&mut MediaSource) -> T) -> T {
    // SAFETY: a handle, as mse.h asks of the caller.
    match unsafe { borrow(source) } {
        Ok(source) => guarded_get(&source.poison, otherwise, || Ok(source.look(look))),
        Err(failure) => get(otherwise, || Err(failure)),
    }
}

/// A quota where 0 in every place is none.
pub(crate) fn quota(video: u64, audio: u64, text: u64) -> Option<Quota> {
    (video | audio | text != 0).then_some(Quota { video, audio, text })
}

/// `mse_source_new()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_new(
    engine: *mut mse_engine,
    options_or_null: *const mse_source_options,
    out: *mut *mut mse_source,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        call(|| {
            let out = out?;
            let engine = share(engine)?;
            let options = read_or_default(options_or_null)?;
            let extensions = MSE_SOURCE_DETACHABLE
                | MSE_SOURCE_TRIM_AUDIO
                | MSE_SOURCE_LONGEST_FRAME
                | MSE_SOURCE_KEEP_FREED;
            check_flags(options.flags, MSE_SOURCE_MANAGED | extensions)?;
            if options.hidden_gap.is_nan() {
                return Err(Failure::argument("hidden_gap is NaN"));
            }
            Ok(out.put(mse_source::new(engine, &options)))
        })
    }
}

/// `mse_source_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_ref(source: *mut mse_source) -> *mut mse_source {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(source) }
}

/// `mse_source_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_unref(source: *mut mse_source) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(source) }
}

/// `mse_source_id()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_id(source: *const mse_source) -> u64 {
    // SAFETY: as mse.h asks of the caller.
    get(0, || Ok(unsafe { borrow(source)? }.id))
}

/// `mse_source_user_data()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_user_data(source: *const mse_source) -> *mut c_void {
    // SAFETY: as mse.h asks of the caller.
    get(std::ptr::null_mut(), || Ok(unsafe { borrow(source)? }.user_data.get()))
}

/// `mse_source_ready_state()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_ready_state(source: *const mse_source) -> i32 {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        getter(source, MSE_CLOSED, |inner| match inner.ready_state() {
            ReadyState::Closed => MSE_CLOSED,
            ReadyState::Open => MSE_OPEN,
            ReadyState::Ended => MSE_ENDED,
        })
    }
}

/// `mse_source_duration()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_duration(source: *const mse_source) -> f64 {
    // SAFETY: as mse.h asks of the caller.
    unsafe { getter(source, f64::NAN, |inner| inner.duration()) }
}

/// `mse_source_set_duration()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_set_duration(source: *mut mse_source, seconds: f64) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            source.command(None, |inner| inner.set_duration(seconds))?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_add_buffer()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_add_buffer(
    source: *mut mse_source,
    r#type: *const c_char,
    len: usize,
    out: *mut *mut mse_source_buffer,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        source_call(source, |source| {
            let out = out?;
            let r#type = text(r#type, len)?;
            let id = source.command(None, |inner| inner.add_source_buffer(r#type))?;
            Ok(out.put(source.buffer(id)))
        })
    }
}

/// `mse_source_remove_buffer()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_remove_buffer(
    source: *mut mse_source,
    buffer: *mut mse_source_buffer,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            let buffer = borrow(buffer)?;
            // MS-13: of another source.
            if !same_source(buffer, source) {
                return Err(Failure {
                    row: "MS-13",
                    ..Failure::not_found("the SourceBuffer is of another source")
                });
            }
            source.command(Some(buffer.id), |inner| inner.remove_source_buffer(buffer.id))?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_end_of_stream()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_end_of_stream(source: *mut mse_source, eos_error: i32) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            let error = match eos_error {
                MSE_EOS_NONE => None,
                MSE_EOS_NETWORK => Some(EndOfStreamError::Network),
                MSE_EOS_DECODE => Some(EndOfStreamError::Decode),
                _ => {
                    return Err(Failure {
                        row: "EXC-4",
                        ..Failure::new(MSE_E_TYPE, "the error is none of MSE_EOS_*")
                    });
                }
            };
            source.command(None, |inner| inner.end_of_stream(error))?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_set_live_seekable_range()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_set_live_seekable_range(
    source: *mut mse_source,
    start: f64,
    end: f64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            source.command(None, |inner| inner.set_live_seekable_range(start, end))?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_clear_live_seekable_range()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_clear_live_seekable_range(source: *mut mse_source) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            source.command(None, MediaSource::clear_live_seekable_range)?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_is_managed()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_is_managed(source: *const mse_source) -> c_int {
    // SAFETY: as mse.h asks of the caller.
    unsafe { getter(source, 0, |inner| inner.is_managed().into()) }
}

/// `mse_source_streaming()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_streaming(source: *const mse_source) -> c_int {
    // SAFETY: as mse.h asks of the caller.
    unsafe { getter(source, 0, |inner| inner.streaming().into()) }
}

/// `mse_source_buffer_at()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_at(
    source: *mut mse_source,
    active: c_int,
    index: usize,
    out: *mut *mut mse_source_buffer,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        source_call(source, |source| {
            let out = out?;
            let id = source.look(|inner| {
                let list = if active == 0 { inner.source_buffers() } else { inner.active_source_buffers() };
                list.get(index).copied()
            });
            let id = id.ok_or_else(|| Failure::not_found("there is no such SourceBuffer"))?;
            Ok(out.put(source.buffer(id)))
        })
    }
}

/// `mse_source_memory_cleanup()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_memory_cleanup(source: *mut mse_source) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            source.memory_cleanup();
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_set_quota()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_set_quota(
    source: *mut mse_source,
    video: u64,
    audio: u64,
    text: u64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            source.change(|inner| inner.set_quota(Quota { video, audio, text }));
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_set_eviction_policy()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_set_eviction_policy(
    source: *mut mse_source,
    policy: i32,
    behind: f64,
    ahead: f64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            let policy = match policy {
                MSE_EVICT_STANDARD => EvictionPolicy::Standard,
                MSE_EVICT_WITHOUT_LAST_STEP => EvictionPolicy::WithoutLastStep,
                MSE_EVICT_KEEP_WINDOW if behind >= 0.0 && ahead >= 0.0 => EvictionPolicy::KeepWindow {
                    behind: MediaTime::from_seconds(behind),
                    ahead: MediaTime::from_seconds(ahead),
                },
                _ => {
                    return Err(Failure::argument(
                        "the policy is none of MSE_EVICT_*, or its window is negative",
                    ));
                }
            };
            source.change(|inner| inner.set_eviction_policy(policy));
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_set_eviction_callback()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_set_eviction_callback(
    source: *mut mse_source,
    r#fn: mse_evict_fn,
    user_data: *mut c_void,
    destroy: mse_destroy_fn,
) -> mse_status {
    let data = UserData::new(user_data, destroy);
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            let policy = Callback::new(r#fn, data).map_or(EvictionPolicy::Standard, eviction::policy);
            source.change(|inner| inner.set_eviction_policy(policy));
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_run()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_run(
    source: *mut mse_source,
    options_or_null: *const mse_run_options,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            let options = read_or_default(options_or_null)?;
            check_flags(options.flags, 0)?;
            Ok(if source.run(options.max_bytes) { MSE_AGAIN } else { MSE_OK })
        })
    }
}

/// `mse_source_next_event()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_next_event(source: *mut mse_source, out: *mut mse_event) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            // An event that cannot be told stays in the queue.
            write(out, zeroed())?;
            let Some(taken) = source.next_event() else { return Ok(MSE_AGAIN) };
            write(out, source.lent.lock().lend(taken))?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_set_wake()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_set_wake(
    source: *mut mse_source,
    r#fn: mse_wake_fn,
    user_data: *mut c_void,
    destroy: mse_destroy_fn,
) -> mse_status {
    let data = UserData::new(user_data, destroy);
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| {
            source.wakes.source.set(r#fn, data);
            if source.look(|inner| inner.has_output()) {
                source.wakes.source.wake();
            }
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_record_trace()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_record_trace(source: *mut mse_source) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        source_call(source, |source| match source.look(MediaSource::record_trace) {
            true => Ok(MSE_OK),
            false => Err(Failure::state("something happened already that a replay would miss")),
        })
    }
}

/// `mse_source_take_trace()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_take_trace(
    source: *mut mse_source,
    out: *mut *mut mse_string,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        source_call(source, |source| {
            let out = out?;
            let trace = source.look(MediaSource::take_trace);
            Ok(out.put(Arc::new(mse_string(Text::of_bytes(&trace)))))
        })
    }
}
