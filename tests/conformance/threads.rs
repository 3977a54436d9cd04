//! Source, tasks, element and readers on threads of their own (WRK).

use crate::fixture::{Element, config, segment, video_init};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{DEFAULT_BUDGET, ElementReadyState, ElementState, MediaSource, Output, Read, TaskState, TrackKey};
use mse_testkit::mock;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

const SEGMENTS: u64 = 300;

/// The page: appends one segment after another, each placed by timestampOffset; its tasks run on a
/// third thread. Gives the source back: one that is dropped leaves its element, and a reader that
/// has not come to the end would wait for ever.
fn page(mut source: MediaSource) -> MediaSource {
    thread::scope(|scope| {
        let (tasks, work) = mpsc::channel::<mse::Task>();
        let (finished, done) = mpsc::channel();
        scope.spawn(move || {
            for mut task in work {
                while task.run(DEFAULT_BUDGET) == TaskState::More {}
                finished.send(task).unwrap();
            }
        });
        let pump = |source: &mut MediaSource| {
            while let Some(output) = source.poll_output() {
                if let Output::Task(task) = output {
                    tasks.send(task).unwrap();
                    source.finish_task(done.recv().unwrap());
                }
            }
        };
        while source.ready_state().as_str() != "open" {
            pump(&mut source);
            thread::yield_now();
        }
        let id = source.add_source_buffer(mock::VIDEO).unwrap();
        source.source_buffer(id).unwrap().append_buffer(video_init(1)).unwrap();
        pump(&mut source);
        for index in 0..SEGMENTS {
            let mut source_buffer = source.source_buffer(id).unwrap();
            source_buffer.set_timestamp_offset(index as f64 * 0.16).unwrap();
            source_buffer.append_buffer(segment("0K 40 80 120")).unwrap();
            pump(&mut source);
        }
        source.end_of_stream(None).unwrap();
        pump(&mut source);
        drop(tasks);
    });
    source
}

#[test]
fn a_reader_on_another_thread_gets_every_frame_in_order() {
    let mut source = MediaSource::new(config());
    let handle = source.handle().transfer().unwrap();
    let worker = thread::spawn(move || page(source));

    let mut link = handle.attach().unwrap();
    let mut element = Element::default();
    let key = TrackKey { source_buffer: mse::SourceBufferId(0), index: 0 };
    let mut reader = loop {
        link.poll(&mut element);
        if element.ready_state >= ElementReadyState::HaveMetadata
            && let Some(reader) = link.open_reader(key)
        {
            break reader;
        }
        thread::yield_now();
    };
    let mut frames = 0_u64;
    loop {
        match reader.read() {
            Read::Frame(frame) => {
                assert_eq!((frame.presentation_timestamp.to_seconds() / 0.04).round() as u64, frames);
                frames += 1;
                let state = ElementState {
                    current_time: frame.presentation_timestamp,
                    ready_state: element.ready_state,
                    has_error: false,
                    ..ElementState::default()
                };
                link.update(state);
            }
            Read::DescriptionChanged(_) => {}
            Read::EndOfStream => break,
            _ => {
                link.poll(&mut element);
                thread::yield_now();
            }
        }
    }
    let source = worker.join().unwrap();
    assert_eq!(frames, SEGMENTS * 4);
    link.poll(&mut element);
    assert_eq!(element.duration, SEGMENTS as f64 * 0.16);
    drop(source);
}

#[test]
fn of_many_threads_with_handles_one_attaches() {
    // INV-15.
    for _ in 0..50 {
        let mut source = MediaSource::new(config());
        let handle = Arc::new(source.handle().transfer().unwrap());
        let threads: Vec<_> = (0..8)
            .map(|_| Arc::clone(&handle))
            .map(|handle| thread::spawn(move || handle.attach()))
            .collect();
        let links: Vec<_> = threads.into_iter().filter_map(|thread| thread.join().unwrap().ok()).collect();
        assert_eq!(links.len(), 1);
        assert!(source.poll_output().is_some());
        assert_eq!(source.ready_state().as_str(), "open");
    }
}

#[test]
fn source_tasks_links_and_readers_can_be_sent() {
    fn sendable<T: Send>() {}
    sendable::<MediaSource>();
    sendable::<mse::Task>();
    sendable::<mse::ElementLink>();
    sendable::<mse::FrameReader>();
    sendable::<mse::MediaSourceHandle>();
}
