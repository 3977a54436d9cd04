//! Encrypted media as a page sees it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod page;

use crate::page::config;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{ElementReadyState, MediaSource};
use mse_element::{HtmlMediaElement, Page};

fn file(name: &str) -> bytes::Bytes {
    std::fs::read(format!("{}/../media/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap().into()
}

const FILES: [(&str, &str); 9] = [
    ("cenc-h264.mp4", "video/mp4"),
    ("cenc-aac.mp4", "audio/mp4"),
    ("cbcs-h264.mp4", "video/mp4"),
    ("cbcs-hevc.mp4", "video/mp4"),
    ("cenc-av1.mp4", "video/mp4"),
    ("cenc-vp9.webm", "video/webm"),
    ("cenc-opus.webm", "audio/webm"),
    ("cenc-clear-lead.mp4", "video/mp4"),
    ("cenc-clear-lead.webm", "video/webm"),
];

fn load(page: &mut Page, name: &str, mime: &str) -> Vec<String> {
    page.settle();
    let id = page.source.add_source_buffer(mime).unwrap();
    page.settle();
    page.source.source_buffer(id).unwrap().append_buffer(file(name)).unwrap();
    page.settle()
}

/// EME-1, EME-9: `encrypted` comes before the element goes on, and without keys the element does
/// not.
#[test]
fn an_element_without_keys_stays_at_its_metadata() {
    for (name, mime) in FILES {
        for in_worker in [false, true] {
            let mut page = if in_worker { Page::with_worker(config()) } else { Page::new(config()) };
            let events = load(&mut page, name, mime);
            let at = |name: &str| events.iter().position(|event| event == name);
            assert_eq!(at("element loadeddata"), None, "{name}: {events:?}");
            assert!(
                at("element loadedmetadata") < at("element encrypted") || at("element encrypted").is_none(),
                "{name}"
            );
            page.element.play();
            page.settle();
            page.advance(1.0);
            assert_eq!(page.element.ready_state(), ElementReadyState::HaveMetadata, "{name}");
            assert_eq!(page.element.current_time(), 0.0, "{name}");
            page.element.set_current_time(0.5).unwrap();
            assert!(
                !page.settle().contains(&"element seeked".to_owned()),
                "{name}: nothing can be shown there"
            );
            // Keys come.
            page.element.set_has_keys(true);
            let events = page.settle();
            let order: Vec<_> =
                events.iter().map(String::as_str).filter(|event| *event != "element timeupdate").collect();
            assert_eq!(order.first(), Some(&"element seeked"), "{name}: {order:?}");
            assert!(
                order.contains(&"element loadeddata") && order.contains(&"element playing"),
                "{name}: {order:?}"
            );
            page.advance(0.2);
            assert!(page.element.current_time() > 0.6, "{name}");
        }
    }
}

/// EME-2: `encrypted` right after `loadedmetadata`, and before everything that needs a picture,
/// with keys too.
#[test]
fn encrypted_comes_before_the_element_goes_on() {
    for (name, mime) in FILES {
        let mut element = HtmlMediaElement::default();
        element.set_has_keys(true);
        let mut page = Page::of(MediaSource::new(config()), element);
        let events = load(&mut page, name, mime);
        let at = |name: &str| events.iter().position(|event| event == name);
        let (metadata, data) = (at("element loadedmetadata").unwrap(), at("element loadeddata").unwrap());
        let encrypted: Vec<usize> =
            (0..events.len()).filter(|&index| events[index] == "element encrypted").collect();
        for index in &encrypted {
            assert!(metadata < *index && *index < data, "{name}: {events:?}");
        }
        assert!(!encrypted.is_empty(), "{name}: {events:?}");
    }
}

/// A clear file with protection headers needs no keys.
#[test]
fn what_is_clear_plays_without_keys() {
    for (name, mime) in [("clear-h264.mp4", "video/mp4"), ("clear-aac.mp4", "audio/mp4")] {
        let mut page = Page::new(config());
        let events = load(&mut page, name, mime);
        assert!(events.contains(&"element loadeddata".to_owned()), "{name}: {events:?}");
    }
}
