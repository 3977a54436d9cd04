//! The shape of a browser engine: a script thread with the MediaSource, a media thread with the
//! element, a thread for each decoder, and nothing between them but messages.
//!
//! `cargo run --release -p mse --example engine_threads -- media/h264-aac.mp4`
//!
//! ```text
//!   script thread                        media thread                       decoder threads
//!   MediaSource, SourceBuffer  ──handle──▶ ElementLink, MediaElement ──reader──▶ FrameReader
//!        ▲         │ appends, tasks             │ readyState, tracks                 │ frames
//!        └──wake───┴──────────messages──────────┘                                    ▼
//! ```

use mse::interface::{MediaElement, MediaSource as _, SourceBuffer as _};
use mse::{
    Config, DEFAULT_BUDGET, ElementReadyState, ElementState, EndOfStreamError, FrameReader, InitData,
    MediaSource, MediaSourceHandle, MediaTime, MediaTrack, MediaTrackId, Output, Read, ReadyState, TaskState,
    TrackKey, TrackState,
};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Error> {
    let file = std::env::args().nth(1).ok_or("usage: engine_threads FILE")?;
    let bytes = std::fs::read(file)?;
    let (send_handle, handle) = mpsc::channel();
    // Each side wakes the other when it has sent something; an event loop would be woken so.
    let (wake_media, media_wakes) = mpsc::channel();
    let (wake_script, script_wakes) = mpsc::channel();
    let script = thread::spawn(move || script_thread(bytes, &send_handle, &wake_media, &script_wakes));
    let media =
        thread::spawn(move || media_thread(&handle.recv().expect("a handle"), &wake_script, &media_wakes));
    script.join().expect("the script thread ends")?;
    let decoded = media.join().expect("the media thread ends");
    println!("decoded {decoded} frames");
    Ok(())
}

/// The page: makes a source, sends its handle away, appends, ends the stream.
fn script_thread(
    bytes: Vec<u8>,
    send_handle: &Sender<MediaSourceHandle>,
    wake_media: &Sender<()>,
    wakes: &Receiver<()>,
) -> Result<(), Error> {
    let mut source = MediaSource::new(Config::default());
    send_handle.send(source.handle().transfer()?)?;
    // The media thread attaches the handle; `sourceopen` comes then.
    while source.ready_state() != ReadyState::Open {
        let _ = wakes.recv_timeout(Duration::from_millis(1));
        turn(&mut source, wake_media);
    }
    let id = source.add_source_buffer("video/mp4")?;
    for piece in bytes.chunks(16 * 1024) {
        let mut buffer = source.source_buffer(id).ok_or("the source is open")?;
        buffer.append_buffer(piece.to_vec().into())?;
        turn(&mut source, wake_media);
    }
    source.end_of_stream(None)?;
    turn(&mut source, wake_media);
    // Lives until the media thread has played everything and detached.
    while source.ready_state() != ReadyState::Closed {
        let _ = wakes.recv_timeout(Duration::from_millis(1));
        turn(&mut source, wake_media);
    }
    Ok(())
}

/// One turn of the script thread's event loop. A pool could run the tasks as well.
fn turn(source: &mut MediaSource, wake_media: &Sender<()>) {
    while let Some(output) = source.poll_output() {
        match output {
            Output::Event(event) => println!("script: {event}"),
            Output::Task(mut task) => {
                while task.run(DEFAULT_BUDGET) == TaskState::More {}
                source.finish_task(task);
            }
            // Steps are messages where the element lives in another context.
            _ => {}
        }
    }
    let _ = wake_media.send(());
}

/// The media element's side: attaches, follows the steps, opens a decoder for each track, detaches
/// at the end.
fn media_thread(handle: &MediaSourceHandle, wake_script: &Sender<()>, wakes: &Receiver<()>) -> usize {
    let mut link = handle.attach().expect("nobody attached it before");
    let mut element = Element::default();
    let mut decoders: Vec<thread::JoinHandle<usize>> = Vec::new();
    let mut feeds: Vec<Sender<()>> = Vec::new();
    while !element.is_complete {
        let _ = wakes.recv_timeout(Duration::from_millis(1));
        link.update(ElementState { ready_state: element.ready_state, ..ElementState::default() });
        link.poll(&mut element);
        let _ = wake_script.send(());
        for track in element.new_tracks.drain(..) {
            let reader = link.open_reader(track).expect("a track has a track buffer");
            let (feed, fed) = mpsc::channel();
            feeds.push(feed);
            decoders.push(thread::spawn(move || decoder_thread(reader, &fed)));
        }
        // `frames_available` was called for one of them: all look again.
        if std::mem::take(&mut element.has_frames) || element.is_complete {
            for feed in &feeds {
                let _ = feed.send(());
            }
        }
    }
    drop(feeds);
    let decoded = decoders.into_iter().map(|decoder| decoder.join().expect("a decoder ends")).sum();
    link.detach();
    let _ = wake_script.send(());
    decoded
}

/// A decoder: reads until there is nothing, waits for more, ends with the stream.
fn decoder_thread(mut reader: FrameReader, fed: &Receiver<()>) -> usize {
    reader.seek(MediaTime::ZERO);
    let (mut frames, mut is_last_look) = (0, false);
    loop {
        match reader.read() {
            Read::DescriptionChanged(description) => println!("decoder: {}", description.codec),
            Read::Frame(_) => frames += 1,
            Read::EndOfStream => return frames,
            _ if is_last_look => return frames,
            // Once the element is gone no more wakes come, nor frames.
            _ => is_last_look = fed.recv().is_err(),
        }
    }
}

/// Media element of an engine, which notes the steps.
#[derive(Default)]
struct Element {
    ready_state: ElementReadyState,
    new_tracks: Vec<TrackKey>,
    has_frames: bool,
    is_complete: bool,
}

impl MediaElement for Element {
    fn set_duration(&mut self, duration: f64) {
        println!("media: duration {duration}");
    }
    fn set_ready_state(&mut self, ready_state: ElementReadyState) {
        println!("media: {ready_state:?}");
        self.ready_state = ready_state;
    }
    fn all_data_received(&mut self) {
        self.is_complete = true;
    }
    fn fail(&mut self, error: EndOfStreamError) {
        println!("media: {} error", error.as_str());
        self.is_complete = true;
    }
    fn add_track(&mut self, track: &MediaTrack) {
        self.new_tracks.push(track.key);
    }
    fn remove_track(&mut self, _: MediaTrackId) {}
    fn track_states_changed(&mut self, _: &[(MediaTrackId, TrackState)]) {}
    fn encrypted(&mut self, _: &InitData) {}
    fn frames_available(&mut self, _: TrackKey) {
        self.has_frames = true;
    }
}
