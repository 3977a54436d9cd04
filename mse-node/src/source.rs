//! `MediaSource`, call by call.

use crate::diagnostics;
use crate::error::{Result, no_such, thrown};
use crate::event::NativeOutput;
use crate::handle::NativeHandle;
use crate::policies::{self, Given};
use crate::track;
use mse::interface::MediaSource as _;
use mse::{
    CanDecode, Config, DEFAULT_BUDGET, EndOfStreamError, ExceptionName, ManagedPolicy, MediaSource,
    MediaTrackId, MemoryBudget, Output, Quota, Registry, SourceBuffer, SourceBufferId, Task, TaskState,
    TimeRanges,
};
use napi::Env;
use napi::bindgen_prelude::{FunctionRef, ObjectFinalize, Uint8Array};
use napi_derive::napi;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Slices of [`DEFAULT_BUDGET`] that one turn of a task takes.
const SLICES: usize = 32;

/// The next source's number.
static KEYS: AtomicU32 = AtomicU32::new(1);

/// Options of a MediaSource.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct SourceOptions {
    /// Makes it a ManagedMediaSource.
    pub managed: Option<bool>,
    /// Preset whose choices are made: web, letter, chromium, firefox or safari.
    pub profile: Option<String>,
    /// Choices of the page's own, by the names of policies.
    pub policies: Option<HashMap<String, Given>>,
    /// Byte stream formats to do without, each by one of its MIME types.
    pub without_types: Option<Vec<String>>,
    /// Every byte stream format there is, and no quota: for a resource that the element itself
    /// loads.
    pub of_element: Option<bool>,
    /// Whether a codec can be decoded, by its codec string; every one that the engine knows if
    /// there is no such function.
    pub can_decode: Option<FunctionRef<String, bool>>,
}

impl SourceOptions {
    fn config(mut self, env: Env) -> Result<Config> {
        let known = policies::configuration(self.profile.as_deref(), self.policies.as_ref())?;
        let can_decode = match self.can_decode.take() {
            Some(function) => asked(env, function),
            None => known.can_decode.clone(),
        };
        if self.of_element == Some(true) {
            let quota = Quota { audio: u64::MAX, video: u64::MAX, text: u64::MAX };
            return Ok(Config { can_decode, registry: every_format(), types: None, quota, ..known });
        }
        Ok(Config {
            can_decode,
            registry: registry(self.without_types.as_deref()),
            managed: self.managed.unwrap_or_default().then(ManagedPolicy::default),
            ..known
        })
    }
}

/// A MediaSource, with the task that is under way.
#[napi(js_name = "MediaSource", custom_finalize)]
pub struct NativeMediaSource {
    pub(crate) source: MediaSource,
    /// Number of the source in the process, which all its handles carry.
    key: u32,
    task: Option<Task>,
    /// Counts what its SourceBuffers hold; without a limit.
    held: MemoryBudget,
    /// Bytes that the garbage collector was told of last.
    told: u64,
    /// By SourceBuffer, what `buffered` gave last.
    pub(crate) buffered: Vec<Option<Arc<TimeRanges>>>,
}

#[napi]
impl NativeMediaSource {
    /// A closed one.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, options: Option<SourceOptions>) -> Result<Self> {
        let held = MemoryBudget::new(u64::MAX);
        let config = options.unwrap_or_default().config(env)?;
        let config = Config { memory_budget: Some(held.clone()), ..config };
        Ok(Self {
            source: MediaSource::new(config),
            key: KEYS.fetch_add(1, Ordering::Relaxed),
            task: None,
            held,
            told: 0,
            buffered: Vec::new(),
        })
    }

    /// Number of the source in the process, by which an element on another thread wakes it.
    #[napi(catch_unwind)]
    pub fn key(&self) -> u32 {
        self.key
    }

    /// Number of messages sent to the element.
    #[napi(catch_unwind)]
    pub fn messages_sent(&self) -> i64 {
        i64::try_from(self.source.messages_sent()).unwrap_or(i64::MAX)
    }

    /// `readyState`.
    #[napi(catch_unwind)]
    pub fn ready_state(&self) -> &'static str {
        self.source.ready_state().as_str()
    }

    /// `duration`.
    #[napi(catch_unwind)]
    pub fn duration(&self) -> f64 {
        self.source.duration()
    }

    /// `duration` setter.
    #[napi(catch_unwind)]
    pub fn set_duration(&mut self, duration: f64) -> Result<()> {
        self.source.set_duration(duration).map_err(thrown)
    }

    /// `streaming`.
    #[napi(catch_unwind)]
    pub fn streaming(&self) -> bool {
        self.source.streaming()
    }

    /// Ids of `sourceBuffers`.
    #[napi(catch_unwind)]
    pub fn source_buffers(&self) -> Vec<u32> {
        self.source.source_buffers().iter().map(|id| id.0).collect()
    }

    /// Ids of `activeSourceBuffers`.
    #[napi(catch_unwind)]
    pub fn active_source_buffers(&self) -> Vec<u32> {
        self.source.active_source_buffers().iter().map(|id| id.0).collect()
    }

    /// `addSourceBuffer(type)`; the id.
    #[napi(catch_unwind)]
    pub fn add_source_buffer(&mut self, mime_type: String) -> Result<u32> {
        let id = self.source.add_source_buffer(&mime_type).map_err(thrown)?;
        self.buffered.resize(id.0 as usize + 1, None);
        Ok(id.0)
    }

    /// `removeSourceBuffer(sourceBuffer)`.
    #[napi(catch_unwind)]
    pub fn remove_source_buffer(&mut self, id: u32) -> Result<()> {
        self.source.remove_source_buffer(SourceBufferId(id)).map_err(thrown)
    }

    /// `endOfStream(error)`.
    #[napi(catch_unwind)]
    pub fn end_of_stream(&mut self, error: Option<String>) -> Result<()> {
        let error = match error {
            None => None,
            Some(error) => Some(EndOfStreamError::parse(&error).ok_or_else(|| no_such("EndOfStreamError"))?),
        };
        self.source.end_of_stream(error).map_err(thrown)
    }

    /// `setLiveSeekableRange(start, end)`.
    #[napi(catch_unwind)]
    pub fn set_live_seekable_range(&mut self, start: f64, end: f64) -> Result<()> {
        self.source.set_live_seekable_range(start, end).map_err(thrown)
    }

    /// `clearLiveSeekableRange()`.
    #[napi(catch_unwind)]
    pub fn clear_live_seekable_range(&mut self) -> Result<()> {
        self.source.clear_live_seekable_range().map_err(thrown)
    }

    /// `enabled`, `selected` or `mode` of a track of a SourceBuffer's lists.
    #[napi(catch_unwind)]
    pub fn set_track_state(&mut self, object: u32, attribute: String, value: String) -> Result<()> {
        let state = track::state(&attribute, &value)?;
        self.source.set_track_state(MediaTrackId(object), state).map_err(thrown)
    }

    /// Memory is short (MMS-8).
    #[napi(catch_unwind)]
    pub fn memory_cleanup(&mut self) {
        self.source.memory_cleanup();
    }

    /// Detaches it from its element (DET-3).
    #[napi(catch_unwind)]
    pub fn detach(&mut self) {
        self.source.detach();
    }

    /// A handle for another thread.
    #[napi(catch_unwind)]
    pub fn handle(&mut self) -> Result<NativeHandle> {
        let handle = self.source.handle().transfer().map_err(thrown)?;
        Ok(NativeHandle::new(handle, self.key))
    }

    /// Number of outputs to poll.
    #[napi(catch_unwind)]
    pub fn output_count(&mut self, env: Env) -> u32 {
        let held = self.held.used();
        if held != self.told {
            self.tell(env, held);
        }
        self.source.output_count() as u32
    }

    /// Tells the garbage collector what hangs on this object, so that sources that nobody needs are
    /// collected in time.
    fn tell(&mut self, env: Env, held: u64) {
        let size = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        // It is advice, which may fail while the environment is torn down.
        let _ = env.adjust_external_memory(size(held) - size(self.told));
        self.told = held;
    }

    /// The next output. A task is kept here for [`run_task`](Self::run_task).
    #[napi(catch_unwind)]
    pub fn poll(&mut self) -> Option<NativeOutput> {
        let output = match self.source.poll_output()? {
            Output::Event(event) => NativeOutput::of_event(&event),
            Output::Task(task) => {
                let id = task.source_buffer();
                self.finish_task();
                self.task = Some(task);
                NativeOutput { kind: "task", id: Some(i64::from(id.0)), ..NativeOutput::default() }
            }
            Output::ElementStep(step) => {
                NativeOutput { kind: "step", id: i64::try_from(step).ok(), ..NativeOutput::default() }
            }
            Output::Promise(promise, result) => NativeOutput {
                kind: "promise",
                id: i64::try_from(promise.0).ok(),
                error: result.err().map(ExceptionName::as_str),
                ..NativeOutput::default()
            },
            // Another is nothing that a page sees.
            _ => NativeOutput { kind: "none", ..NativeOutput::default() },
        };
        Some(output)
    }

    /// Runs the task for a turn; says whether it wants another.
    #[napi(catch_unwind)]
    pub fn run_task(&mut self) -> bool {
        let Some(task) = &mut self.task else { return false };
        for _ in 0..SLICES {
            if task.run(DEFAULT_BUDGET) == TaskState::Done {
                self.finish_task();
                return false;
            }
        }
        true
    }

    fn finish_task(&mut self) {
        if let Some(task) = self.task.take() {
            self.source.finish_task(task);
        }
    }

    /// Contents of the source and its SourceBuffers, as JSON.
    #[napi(catch_unwind)]
    pub fn inspect(&mut self) -> String {
        diagnostics::source(&mut self.source).to_string()
    }

    pub(crate) fn source_buffer(&mut self, id: u32) -> Result<SourceBuffer<'_>> {
        self.source.source_buffer(SourceBufferId(id)).ok_or_else(|| no_such("SourceBuffer"))
    }
}

impl ObjectFinalize for NativeMediaSource {
    fn finalize(mut self, env: Env) -> napi::Result<()> {
        self.tell(env, 0);
        Ok(())
    }
}

/// A function of the page, asked on the thread that it belongs to, on which everything of its
/// source happens. Elsewhere, and where it throws, nothing can be decoded.
fn asked(env: Env, function: FunctionRef<String, bool>) -> CanDecode {
    let (env, thread) = (env.raw() as usize, std::thread::current().id());
    Arc::new(move |codec| {
        if std::thread::current().id() != thread {
            return false;
        }
        let env = Env::from_raw(env as *mut _);
        let answer = function.borrow_back(&env).and_then(|function| function.call(codec.to_owned()));
        answer.unwrap_or_default()
    })
}

/// The MIME type of a resource by how it begins; `null` if it is in no byte stream format.
#[napi(catch_unwind)]
pub fn sniff(bytes: Uint8Array) -> Option<&'static str> {
    every_format().sniff(&bytes)?.mime_types.first().copied()
}

fn every_format() -> Registry {
    let mut registry = Registry::default();
    registry.register(&mse_webm::MATROSKA);
    registry.register(&mse_pull::OGG).register(&mse_pull::FLAC).register(&mse_pull::WAV);
    registry
}

/// `MediaSource.isTypeSupported(type)` of sources with these options.
#[napi(catch_unwind)]
pub fn is_type_supported(env: Env, mime_type: String, options: Option<SourceOptions>) -> Result<bool> {
    Ok(options.unwrap_or_default().config(env)?.is_type_supported(&mime_type))
}

fn registry(without_types: Option<&[String]>) -> Registry {
    let mut registry = Registry::new();
    let unwanted = |essence: &&str| without_types.is_some_and(|types| types.iter().any(|of| of == essence));
    for format in Registry::default().formats() {
        if !format.mime_types.iter().any(&unwanted) {
            registry.register(format);
        }
    }
    registry
}
