//! Source on one thread, element on another (WRK-5, WRK-7, WRK-8).

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    Config, EndOfStreamError, EventName, MediaSource, MediaSourceHandle, MediaTime, Output, ReadyState,
};
use mse_element::{HtmlMediaElement, NetworkState};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../media/h264-aac.mp4");

/// Dispatches and runs what there is to do; whether the source is closed after having been open.
fn turn(source: &mut MediaSource, opened: &mut bool) -> bool {
    while let Some(output) = source.poll_output() {
        match output {
            Output::Task(task) => source.finish_task(task),
            // It may be closed again by the time that this is dispatched.
            Output::Event(event) => *opened |= event.name == EventName::SourceOpen,
            _ => {}
        }
    }
    *opened && source.ready_state() == ReadyState::Closed
}

/// A worker: gives away the handle, appends the file in pieces once it is open, ends the stream,
/// and stays until it is detached.
fn worker(handle: &Sender<MediaSourceHandle>, error: Option<EndOfStreamError>) {
    let mut source = MediaSource::new(Config::default());
    handle.send(source.handle().transfer().unwrap()).unwrap();
    let mut opened = false;
    while !opened {
        turn(&mut source, &mut opened);
        thread::yield_now();
    }
    let Ok(id) = source.add_source_buffer("video/mp4") else {
        assert_eq!(source.ready_state(), ReadyState::Closed);
        return;
    };
    for piece in std::fs::read(FILE).unwrap().chunks(3000) {
        if let Err(exception) = source.source_buffer(id).unwrap().append_buffer(piece.to_vec().into()) {
            // The element was quicker: the source is closed (WRK-10).
            assert_eq!(exception.name.as_str(), "InvalidStateError");
            return;
        }
        if turn(&mut source, &mut opened) {
            return;
        }
    }
    let _ = source.end_of_stream(error);
    while !turn(&mut source, &mut opened) {
        thread::yield_now();
    }
}

fn start(error: Option<EndOfStreamError>) -> (thread::JoinHandle<()>, HtmlMediaElement) {
    let (sender, receiver): (_, Receiver<MediaSourceHandle>) = channel();
    let worker = thread::spawn(move || worker(&sender, error));
    let mut element = HtmlMediaElement::default();
    element.set_src_object(&mut receiver.recv().unwrap());
    (worker, element)
}

fn events(element: &mut HtmlMediaElement) -> Vec<String> {
    std::iter::from_fn(|| element.poll_event()).map(|event| event.to_string()).collect()
}

#[test]
fn a_file_from_a_worker_plays_to_its_end() {
    let (worker, mut element) = start(None);
    element.play();
    let (mut now, mut all, patience) = (MediaTime::ZERO, Vec::new(), Instant::now());
    while !element.ended() && patience.elapsed() < Duration::from_secs(60) {
        now += MediaTime::from_seconds(0.1);
        element.advance(now);
        all.extend(events(&mut element));
        thread::yield_now();
    }
    assert_eq!((element.current_time(), element.duration()), (4.0, 4.0));
    assert_eq!(element.video_playback_quality(0.0).total_video_frames, 100);
    let once = ["loadedmetadata", "loadeddata", "ended"];
    for name in once {
        let name = format!("element {name}");
        assert_eq!(all.iter().filter(|event| **event == name).count(), 1, "{all:?}");
    }
    element.load();
    worker.join().unwrap();
}

/// WRK-10, DET-2: detaching while the worker is inside its calls, at any moment.
#[test]
fn an_element_may_leave_at_any_moment() {
    for patience in 0..60 {
        let (worker, mut element) = start(None);
        for _ in 0..patience * 3 {
            element.poll();
            thread::yield_now();
        }
        element.load();
        worker.join().unwrap();
        assert!(element.buffered().is_empty() && element.tracks().is_empty());
    }
}

/// EOS-5, MIR-1: an error of the stream reaches the element on its own thread.
#[test]
fn an_error_of_the_stream_reaches_the_element() {
    let (worker, mut element) = start(Some(EndOfStreamError::Network));
    let patience = Instant::now();
    while element.error().is_none() && patience.elapsed() < Duration::from_secs(60) {
        element.poll();
        thread::yield_now();
    }
    assert_eq!(element.error(), Some(2));
    element.load();
    worker.join().unwrap();
}

/// WRK-9: a worker that ends without a word leaves an element with nothing buffered.
#[test]
fn a_worker_that_is_gone_leaves_nothing() {
    let mut source = MediaSource::new(Config::default());
    let mut handle = source.handle().transfer().unwrap();
    let mut element = HtmlMediaElement::default();
    element.set_src_object(&mut handle);
    thread::spawn(move || {
        turn(&mut source, &mut false);
        let id = source.add_source_buffer("video/mp4").unwrap();
        source.source_buffer(id).unwrap().append_buffer(std::fs::read(FILE).unwrap().into()).unwrap();
        turn(&mut source, &mut false);
    })
    .join()
    .unwrap();
    element.poll();
    assert!(element.buffered().is_empty() && element.seekable().is_empty());
}

/// WRK-9: nor is there an error, whether the worker ends before its handle is attached or after.
#[test]
fn a_worker_may_be_gone_before_its_handle_is_attached() {
    for goes_first in [true, false] {
        let mut source = Some(MediaSource::new(Config::default()));
        let mut handle = source.as_mut().unwrap().handle().transfer().unwrap();
        source.take_if(|_| goes_first);
        let mut element = HtmlMediaElement::default();
        element.set_src_object(&mut handle);
        drop(source);
        element.advance(MediaTime::from_seconds(1.0));
        assert_eq!(events(&mut element), ["element loadstart"]);
        assert_eq!((element.error(), element.network_state()), (None, NetworkState::Loading));
        assert!(element.buffered().is_empty() && element.seekable().is_empty());
        element.load();
        assert_eq!(events(&mut element), ["element abort", "element emptied"]);
    }
}
