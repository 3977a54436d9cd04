//! The whole run loop in one program: append a file, print the events and what is buffered, read
//! the first frames of each track.
//!
//! `cargo run --release -p mse --example append -- media/h264-aac.mp4`

use mse::interface::{MediaElement, MediaSource as _, SourceBuffer as _};
use mse::{
    Config, DEFAULT_BUDGET, ElementLink, ElementReadyState, EndOfStreamError, InitData, MediaSource,
    MediaTime, MediaTrack, MediaTrackId, Output, Read, TaskState, TrackKey, TrackState,
};

/// Your media element. Here it only says what it is told.
struct Element;

impl MediaElement for Element {
    fn set_duration(&mut self, duration: f64) {
        println!("element: duration {duration}");
    }
    fn set_ready_state(&mut self, ready_state: ElementReadyState) {
        println!("element: {ready_state:?}");
    }
    fn all_data_received(&mut self) {
        println!("element: all data received");
    }
    fn fail(&mut self, error: EndOfStreamError) {
        println!("element: {} error", error.as_str());
    }
    fn add_track(&mut self, track: &MediaTrack) {
        println!("element: {} track", track.media());
    }
    fn remove_track(&mut self, _: MediaTrackId) {}
    fn track_states_changed(&mut self, _: &[(MediaTrackId, TrackState)]) {}
    fn encrypted(&mut self, init_data: &InitData) {
        println!("element: encrypted, {}", init_data.init_data_type);
    }
    fn frames_available(&mut self, _: TrackKey) {}
}

/// Dispatches events and runs tasks until there is nothing left to do.
fn drain(source: &mut MediaSource, link: &mut ElementLink) {
    while let Some(output) = source.poll_output() {
        match output {
            Output::Event(event) => println!("{event}"),
            Output::Task(mut task) => {
                while task.run(DEFAULT_BUDGET) == TaskState::More {}
                source.finish_task(task);
            }
            Output::ElementStep(step) => link.step(step, &mut Element),
            _ => {}
        }
    }
    link.poll(&mut Element);
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: append FILE")?;
    let bytes = std::fs::read(file)?;

    let mut source = MediaSource::new(Config::default());
    let mut link = source.attach()?;
    let id = source.add_source_buffer("video/mp4")?;
    let mut source_buffer = source.source_buffer(id).ok_or("just added")?;
    source_buffer.append_buffer(bytes.into())?;
    drain(&mut source, &mut link);

    let source_buffer = source.source_buffer(id).ok_or("just added")?;
    if let Some(error) = &source_buffer.receipt().error {
        return Err(error.clone().into());
    }
    println!("buffered {}", source_buffer.buffered()?);
    let tracks: Vec<TrackKey> = source_buffer.tracks().iter().map(|track| track.key).collect();
    for track in tracks {
        let mut reader = link.open_reader(track).ok_or("a track has a track buffer")?;
        reader.seek(MediaTime::ZERO);
        for _ in 0..4 {
            match reader.read() {
                Read::DescriptionChanged(description) => println!("decode {}", description.codec),
                Read::Frame(frame) => {
                    println!("  {} s, {} bytes", frame.presentation_timestamp, frame.data.len());
                }
                _ => break,
            }
        }
    }
    Ok(())
}
