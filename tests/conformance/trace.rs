//! Recording and replaying.

use crate::fixture::{
    Page, TINY_STORAGES, config, join, muxed_init, outcome, segment, segment_of, stored, video_init,
};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::GapPolicy;
use mse::trace::{Replay, ReplayError, replay};
use mse::{Config, MediaSource, MediaTime, Output, Preset, TaskState};
use mse_testkit::mock;

fn recording(config: Config) -> MediaSource {
    let mut source = MediaSource::new(config);
    assert!(source.record_trace());
    source
}

/// Replays, and holds the replay's own recording against the trace.
fn check(source: &mut MediaSource) -> MediaSource {
    let trace = source.take_trace();
    let mut again = replay(Bytes::from(trace.clone()), config()).unwrap();
    assert_eq!(again.take_trace(), trace);
    assert_eq!(again.ready_state(), source.ready_state());
    assert_eq!(again.duration().to_bits(), source.duration().to_bits());
    for storage in TINY_STORAGES {
        let mut again = replay(Bytes::from(trace.clone()), stored(config(), &storage, 1)).unwrap();
        assert_eq!(again.take_trace(), trace, "{storage:?}");
    }
    again
}

#[test]
fn a_replay_is_the_source_again() {
    let mut source = recording(config());
    let link = source.attach().unwrap();
    let id = source.add_source_buffer(mock::MUXED).unwrap();
    let mut sb = source.source_buffer(id).unwrap();
    sb.append_buffer(join(&[muxed_init(), segment_of(1, "0K 40 80K"), segment_of(2, "0K 60K")])).unwrap();
    while source.poll_output().is_some_and(|output| {
        if let Output::Task(task) = output {
            source.finish_task(task);
        }
        true
    }) {}
    let mut sb = source.source_buffer(id).unwrap();
    assert_eq!(outcome(sb.set_append_window_start(-1.0)), "TypeError");
    sb.set_timestamp_offset(1.0).unwrap();
    sb.remove(0.05, f64::INFINITY).unwrap();
    source.run_inline();
    link.detach();
    while source.poll_output().is_some() {}
    check(&mut source);
}

/// The middle of an append is part of the trace: an abort that found three frames finds three
/// again.
#[test]
fn a_task_that_was_interrupted_is_interrupted_there_again() {
    for slices in 0..8 {
        let mut source = recording(config());
        let _link = source.attach().unwrap();
        let id = source.add_source_buffer(mock::VIDEO).unwrap();
        let bytes = join(&[video_init(1), segment("0K 40 80 120"), segment("160K 200 240")]);
        source.source_buffer(id).unwrap().append_buffer(bytes).unwrap();
        let mut task = loop {
            if let Some(Output::Task(task)) = source.poll_output() {
                break task;
            }
        };
        for _ in 0..slices {
            if task.run(1) == TaskState::Done {
                break;
            }
        }
        source.source_buffer(id).unwrap().abort().unwrap();
        source.finish_task(task);
        while source.poll_output().is_some() {}
        let mut again = check(&mut source);
        let ranges =
            |source: &mut MediaSource| source.source_buffer(id).unwrap().buffered().unwrap().to_string();
        assert_eq!(ranges(&mut again), ranges(&mut source), "after {slices} slices");
    }
}

#[test]
fn a_source_in_another_context_replays_too() {
    let mut source = recording(config());
    let handle = source.handle().transfer().unwrap();
    let mut link = handle.attach().unwrap();
    while source.poll_output().is_some() {}
    link.update(mse::ElementState { has_error: true, ..Default::default() });
    let id = source.add_source_buffer(mock::VIDEO).unwrap();
    assert_eq!(outcome(source.source_buffer(id).unwrap().append_buffer(Bytes::new())), "InvalidStateError");
    check(&mut source);
}

#[test]
fn what_is_no_trace_or_a_damaged_one_is_refused() {
    let host = config;
    assert_eq!(Replay::new(Bytes::from_static(b"hello"), host()).err(), Some(ReplayError::NotATrace));
    let mut source = recording(config());
    let _link = source.attach().unwrap();
    source.add_source_buffer(mock::VIDEO).unwrap();
    while source.poll_output().is_some() {}
    let trace = source.take_trace();
    for cut in 0..trace.len() {
        // Between two records it is simply shorter.
        let _ = replay(Bytes::copy_from_slice(&trace[..cut]), host());
    }
    for position in 9..trace.len() {
        let mut damaged = trace.clone();
        damaged[position] ^= 0x55;
        let _ = replay(damaged.into(), host());
    }
}

#[test]
fn a_trace_begins_before_anything_happened() {
    let mut page = Page::video();
    assert!(!page.source.record_trace());
    assert!(page.source.take_trace().is_empty());
}

/// A replay has the policies of the recording, under every preset.
#[test]
fn a_trace_holds_the_policies_of_its_preset() {
    for preset in Preset::ALL {
        let host = config();
        let recorded =
            Config { registry: host.registry, can_decode: host.can_decode, ..Config::preset(preset) };
        let mut source = recording(recorded);
        let replayed = check(&mut source);
        assert!(replayed.config().policies().eq(source.config().policies()), "{preset}");
    }
}

/// Pictures with a gap of 40 ms, as a trace of a source that closes gaps under a second, and what
/// was appended.
fn recorded_gap() -> (Vec<u8>, Bytes) {
    let mut config = config();
    config.timeline.gap_policy = GapPolicy::Fixed(MediaTime::SECOND);
    let mut source = recording(config);
    let _link = source.attach().unwrap();
    let id = source.add_source_buffer(mock::MUXED).unwrap();
    let data = join(&[muxed_init(), segment_of(1, "0D40K 40D40 120D40K"), segment_of(2, "0D60K 60D60K")]);
    source.source_buffer(id).unwrap().append_buffer(data.clone()).unwrap();
    source.run_inline();
    while source.poll_output().is_some() {}
    (source.take_trace(), data)
}

fn place(of: &[u8], within: &[u8]) -> usize {
    within.windows(of.len()).position(|window| window == of).unwrap()
}

/// No event tells of it: ranges, receipts and frames are compared by hashes.
#[test]
fn a_replay_that_only_holds_something_else_differs() {
    let (trace, data) = recorded_gap();
    let differs = |changed: Vec<u8>| match replay(Bytes::from(changed), config()) {
        Err(ReplayError::Differs { recorded, .. }) => recorded.split(':').next().unwrap().to_owned(),
        other => panic!("{:?}", other.err()),
    };
    // The gap policy becomes one that shows the gap: name, tag, double.
    let mut other_ranges = trace.clone();
    let at = place(b"gap_policy", &trace) + b"gap_policy".len() + 1;
    other_ranges[at..at + 8].copy_from_slice(&0.0_f64.to_bits().to_le_bytes());
    assert_eq!(differs(other_ranges), "receipt, attributes and ranges of SourceBuffer 0");
    // A byte of a frame: not of its size, time or kind.
    let at = place(&data, &trace);
    let mut told = Vec::new();
    for back in 1..60 {
        let mut other_frames = trace.clone();
        other_frames[at + data.len() - back] ^= 1;
        if let Err(ReplayError::Differs { recorded, .. }) = replay(Bytes::from(other_frames), config()) {
            told.push(recorded.split(':').next().unwrap().to_owned());
        }
    }
    assert!(told.iter().any(|what| what == "frames"), "{told:?}");
}
