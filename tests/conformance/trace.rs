//! Recording and replaying.

use crate::fixture::{
    Page, TINY_STORAGES, config, join, muxed_init, outcome, segment, segment_of, stored, video_init,
};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::trace::{Replay, ReplayError, replay};
use mse::{Config, MediaSource, Output, TaskState};
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
