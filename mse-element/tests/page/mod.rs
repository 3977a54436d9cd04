//! A page with a source of the mock byte stream, and its events as strings.

#![allow(clippy::unwrap_used, dead_code, reason = "a test may, and not each one needs everything")]

use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Codec, Config, SourceBufferId, TrackId};
use mse_element::Page;
use mse_testkit::{frames, mock};
use std::sync::Arc;

pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.registry.register(&mock::FORMAT);
    config.can_decode =
        Arc::new(|codec| matches!(codec, "audio" | "video" | "text") || Codec::parse(codec).is_some());
    config
}

/// Random access points at the given milliseconds, 100 ms each.
pub(crate) fn video(from: u32, to: u32) -> Bytes {
    frames_of_length(from, to, 100)
}

pub(crate) fn frames_of_length(from: u32, to: u32, length: usize) -> Bytes {
    let tokens: Vec<String> = (from..to).step_by(length).map(|time| format!("{time}D{length}K")).collect();
    mock::segment(&frames::frames_of(TrackId(1), &tokens.join(" ")))
}

pub(crate) fn init() -> Bytes {
    mock::init(None, &[mock::MockTrack::video(1)])
}

pub(crate) fn page() -> (Page, SourceBufferId) {
    prepared(Page::new(config()))
}

pub(crate) fn prepared(mut page: Page) -> (Page, SourceBufferId) {
    page.settle();
    let id = page.source.add_source_buffer(mock::VIDEO).unwrap();
    append(&mut page, id, init());
    (page, id)
}

pub(crate) fn append(page: &mut Page, id: SourceBufferId, bytes: Bytes) -> String {
    page.source.source_buffer(id).unwrap().append_buffer(bytes).unwrap();
    without_time_updates(page.settle())
}

pub(crate) fn without_time_updates(events: Vec<String>) -> String {
    let events: Vec<String> = events
        .into_iter()
        .filter(|event| event != "element timeupdate")
        .map(|event| event.replace("element ", "").replace("sb0 ", "sb:"))
        .collect();
    events.join(" · ")
}

pub(crate) fn advance(page: &mut Page, seconds: f64) -> String {
    without_time_updates(page.advance(seconds))
}
