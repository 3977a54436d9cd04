//! More pages, and what an event handler sees.

use crate::fixture::{Page, video_init};
use bytes::Bytes;
use mse::{DEFAULT_BUDGET, Event, Output, TaskState};
use mse_testkit::mock::{self, MockTrack};

/// An initialization segment with one audio track.
pub(crate) fn audio_init() -> Bytes {
    mock::init(None, &[MockTrack::audio(1)])
}

/// A page with a video and an audio SourceBuffer, both with their initialization segments, and
/// nothing told yet.
pub(crate) fn pair() -> Page {
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, video_init(1)).unwrap();
    page.append_bytes(1, audio_init()).unwrap();
    page.outputs();
    page.told();
    page
}

/// Messages that the element got since the last call, but for its tracks and readers.
pub(crate) fn steps(page: &mut Page) -> String {
    let told = page.told();
    let of_playback = |word: &&str| !word.starts_with(['+', '-']) && !word.starts_with("frames");
    told.split(" · ").filter(of_playback).collect::<Vec<_>>().join(" · ")
}

/// Dispatches every event to a handler that may look at the page, and runs every task, until the
/// source is idle.
pub(crate) fn dispatch(page: &mut Page, mut handler: impl FnMut(&mut Page, &Event)) {
    while let Some(output) = page.source.poll_output() {
        match output {
            Output::Event(event) => handler(page, &event),
            Output::Task(mut task) => {
                while task.run(DEFAULT_BUDGET) == TaskState::More {}
                page.source.finish_task(task);
            }
            _ => {}
        }
        page.link.poll(&mut page.element);
    }
}

/// A file of `media/`.
pub(crate) fn file(name: &str) -> Bytes {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../media").join(name);
    std::fs::read(path).unwrap().into()
}
