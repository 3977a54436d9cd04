//! The engine against the naive model: worked examples, and seeded random operations (EX, INV).

use crate::fixture::{TINY_STORAGES, config};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::Storage;
use mse::{
    CodedFrame, DEFAULT_BUDGET, Event, EventName, EventTarget, Exception, ExceptionName, MediaSource,
    MediaTime, Output, Read, SourceBuffer, SourceBufferId, TaskState, TimelineConfig, TrackDescription,
    TrackKey,
};
use mse_testkit::examples::EXAMPLES;
use mse_testkit::frames::full_token;
use mse_testkit::mock;
use mse_testkit::model::Policy;
use mse_testkit::model_source::ModelSource;
use mse_testkit::simulation::{
    Difference, Engine, Observation, Operation, Simulation, TrackObservation, compare, minimize,
};
use std::sync::Arc;

/// The engine as the simulation sees it: attached to an element that never answers.
struct Source {
    source: MediaSource,
    _link: mse::ElementLink,
    id: SourceBufferId,
    /// Bytes of one run of a task.
    budget: usize,
    /// Events at the SourceBuffer since the last look.
    events: Vec<EventName>,
}

impl Source {
    fn new(mime: &str, timeline: TimelineConfig, budget: usize) -> Self {
        // The model knows no other formats.
        let mut registry = mse::Registry::new();
        registry.register(&mock::FORMAT).register(&mock::FORMAT_GENERATE_TIMESTAMPS);
        let mut source = MediaSource::new(mse::Config { timeline, registry, ..config() });
        let link = source.attach().unwrap();
        let id = source.add_source_buffer(mime).unwrap();
        let mut source = Self { source, _link: link, id, budget, events: Vec::new() };
        source.run();
        source
    }

    /// Runs everything that is queued; whether an append failed.
    fn run(&mut self) -> bool {
        let mut failed = false;
        while let Some(output) = self.source.poll_output() {
            match output {
                Output::Event(event) => {
                    failed |= event == Event::new(EventTarget::SourceBuffer(self.id), EventName::Error);
                    if event.target == EventTarget::SourceBuffer(self.id) {
                        self.events.push(event.name);
                    }
                }
                Output::Task(mut task) => {
                    while task.run(self.budget) == TaskState::More {}
                    self.source.finish_task(task);
                }
                _ => {}
            }
        }
        failed
    }

    fn sb(&mut self) -> SourceBuffer<'_> {
        self.source.source_buffer(self.id).unwrap()
    }

    fn call(&mut self, operation: &Operation) -> Result<bool, Exception> {
        match operation {
            Operation::Append { .. } => {
                for bytes in operation.appends() {
                    self.sb().append_buffer(bytes)?;
                    if self.run() {
                        return Ok(true);
                    }
                }
            }
            Operation::Remove { start, end } => self.sb().remove(*start, *end)?,
            Operation::Abort => self.sb().abort()?,
            Operation::Mode(mode) => self.sb().set_mode(*mode)?,
            Operation::TimestampOffset(offset) => self.sb().set_timestamp_offset(*offset)?,
            Operation::AppendWindowStart(start) => self.sb().set_append_window_start(*start)?,
            Operation::AppendWindowEnd(end) => self.sb().set_append_window_end(*end)?,
            Operation::ChangeType(mime) => self.sb().change_type(mime)?,
            Operation::Duration(duration) => self.source.set_duration(*duration)?,
            Operation::EndOfStream(error) => self.source.end_of_stream(*error)?,
            Operation::RemoveSourceBuffer => self.source.remove_source_buffer(self.id)?,
            Operation::Read { .. } => {}
        }
        Ok(false)
    }

    /// Asserts what holds after every operation (INV).
    fn check_invariants(&mut self) {
        // INV-2: each update ends once, after exactly one of update, error and abort.
        let events = std::mem::take(&mut self.events);
        let names: Vec<&str> = events.iter().map(|name| name.as_str()).collect();
        let mut rest = &names[..];
        while let [first, others @ ..] = rest {
            rest = match (*first, others) {
                ("updatestart", ["update" | "error" | "abort", "updateend", rest @ ..]) => rest,
                _ => panic!("events {names:?}"),
            };
        }
        assert!(!self.sb().updating());
        // INV-7, INV-8.
        let (duration, lists) = (self.source.duration(), self.source.source_buffers().to_vec());
        let mut order = lists.iter();
        assert!(self.source.active_source_buffers().iter().all(|active| order.any(|id| id == active)));
        assert!(!duration.is_nan() || self.sb().tracks().is_empty());
        if self.sb().is_removed() {
            return;
        }
        // INV-13.
        let buffered = self.sb().buffered().unwrap();
        assert!(Arc::ptr_eq(&buffered, &self.sb().buffered().unwrap()));
        // INV-4, INV-6.
        let ended = self.source.ready_state() == mse::ReadyState::Ended;
        self.sb().with_track_buffers(|buffers| {
            buffers.check_invariants();
            let highest_end = buffers.highest_end_timestamp().unwrap_or_default();
            assert!(
                buffered.difference(&mse::TimeRanges::from_range(MediaTime::ZERO, highest_end)).is_empty()
            );
            for track in buffers.tracks().iter().filter(|track| track.kind() != mse::TrackKind::Text) {
                assert!(ended || buffered.difference(&track.ranges()).is_empty());
            }
        });
    }

    fn tracks(&mut self) -> Vec<TrackObservation> {
        if self.sb().is_removed() {
            return Vec::new();
        }
        self.sb().with_track_buffers(|buffers| {
            let observe = |track: &mse::timeline::TrackBuffer| {
                let frames: Vec<CodedFrame> = track.frames().collect();
                TrackObservation::new(track.ranges(), &frames)
            };
            buffers.tracks().iter().map(observe).collect()
        })
    }

    fn reads(&mut self, track: usize, seek: f64) -> Option<Vec<String>> {
        let key = TrackKey { source_buffer: self.id, index: u16::try_from(track).ok()? };
        let mut reader = self.source.open_reader(key)?;
        let mut reads = Vec::new();
        if reader.seek(MediaTime::from_seconds(seek)).is_none() {
            return Some(reads);
        }
        let mut description: Option<Arc<TrackDescription>> = None;
        loop {
            let mut run = Vec::new();
            reader.read_frames(reads.len() % 4, &mut run);
            reads.extend(run.iter().map(full_token));
            match reader.read() {
                Read::DescriptionChanged(new) => {
                    if description.replace(new).is_some() {
                        reads.push("C".to_owned());
                    }
                }
                Read::Frame(frame) => reads.push(full_token(&frame)),
                _ => return Some(reads),
            }
        }
    }
}

impl Engine for Source {
    fn apply(&mut self, operation: &Operation) -> Observation {
        let called = self.call(operation);
        let failed = self.run();
        let exception = called.as_ref().err().map(|exception| exception.name);
        let reads = match operation {
            Operation::Read { track, seek } => self.reads(*track, *seek),
            _ => None,
        };
        self.check_invariants();
        let tracks = self.tracks();
        let (ready_state, duration) = (self.source.ready_state(), self.source.duration());
        let sb = self.sb();
        Observation {
            exception,
            append_error: failed || called == Ok(true),
            ready_state,
            duration,
            mode: sb.mode(),
            timestamp_offset: sb.timestamp_offset(),
            append_window_start: sb.append_window_start(),
            append_window_end: sb.append_window_end(),
            buffered: sb
                .buffered()
                .map(|ranges| (*ranges).clone())
                .map_err(|exception| -> ExceptionName { exception.name }),
            tracks,
            reads,
        }
    }
}

fn timeline(max_block_frames: usize, storage: &Storage) -> TimelineConfig {
    TimelineConfig { max_block_frames, storage: storage.clone(), ..TimelineConfig::default() }
}

#[test]
fn the_worked_examples_of_the_requirements() {
    for example in EXAMPLES {
        // The requirements' examples are the letter's.
        let mut source = Source::new(example.mime, TimelineConfig::letter(), DEFAULT_BUDGET);
        example.check(&mut source).unwrap_or_else(|difference| panic!("{difference}"));
    }
}

/// Runs seeds against the model; a difference is minimised and printed as a scenario.
fn simulate(seeds: std::ops::Range<u64>, operations: usize, timeline: &TimelineConfig, budget: usize) {
    simulate_with(Policy::default(), seeds, operations, timeline, budget);
}

fn simulate_with(
    policy: Policy,
    seeds: std::ops::Range<u64>,
    operations: usize,
    timeline: &TimelineConfig,
    budget: usize,
) {
    let model = |mime| ModelSource::with_policy(mime, policy).unwrap();
    for seed in seeds {
        let simulation = Simulation::new(seed, operations);
        let mut engine = Source::new(simulation.mime, timeline.clone(), budget);
        if let Err(difference) = compare(&simulation, &mut model(simulation.mime), &mut engine) {
            let shortest: Difference = minimize(*difference, |mime| {
                let engine = Source::new(mime, timeline.clone(), budget);
                (Box::new(model(mime)), Box::new(engine))
            });
            panic!("model (left) and engine (right), {timeline:?}:\n{shortest}");
        }
    }
}

/// `SIMULATION_SEEDS` says how many seeds of 100 operations are run; a night's run takes 10 000.
fn seeds(default: u64) -> u64 {
    std::env::var("SIMULATION_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(default)
}

#[test]
fn engine_and_model_agree_on_ten_thousand_operations() {
    simulate(0..seeds(100), 100, &TimelineConfig::default(), DEFAULT_BUDGET);
}

#[test]
fn engine_and_model_agree_by_the_letter() {
    simulate_with(Policy::LETTER, 30_000..30_000 + seeds(40), 100, &TimelineConfig::letter(), DEFAULT_BUDGET);
}

#[test]
fn engine_and_model_agree_whatever_the_size_of_a_block_and_of_a_slice() {
    for (max_block_frames, budget) in [(1, 1), (2, 100), (3, 1000)] {
        let timeline = timeline(max_block_frames, &Storage::default());
        simulate(10_000..10_000 + seeds(40), 100, &timeline, budget);
    }
}

#[test]
fn engine_and_model_agree_whenever_frames_are_copied() {
    for storage in &TINY_STORAGES {
        for max_block_frames in [1, 3, 128] {
            let timeline = timeline(max_block_frames, storage);
            simulate(20_000..20_000 + seeds(20), 100, &timeline, DEFAULT_BUDGET);
        }
    }
}
