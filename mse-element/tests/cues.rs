//! The cues of in-band text tracks as a page sees them.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod page;

use crate::page::{config, without_time_updates};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{MediaTrackId, SourceBufferId, TextTrackMode, TrackKind, TrackState};
use mse_element::{Page, TextCue};

fn file(name: &str) -> bytes::Bytes {
    std::fs::read(format!("{}/../media/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap().into()
}

fn open(mime: &str) -> (Page, SourceBufferId) {
    let mut page = Page::new(config());
    page.settle();
    let id = page.source.add_source_buffer(mime).unwrap();
    page.settle();
    (page, id)
}

fn text_track(page: &Page) -> MediaTrackId {
    page.element.tracks().iter().find(|track| track.media() == TrackKind::Text).unwrap().object
}

fn set_mode(page: &mut Page, mode: TextTrackMode) -> MediaTrackId {
    let track = text_track(page);
    page.element.set_track_state(track, TrackState::Mode(mode)).unwrap();
    page.settle();
    track
}

fn line(cue: &TextCue) -> String {
    let ms = |time: mse::MediaTime| (time.to_seconds() * 1000.0).round();
    format!("{}..{} {}|{}|{}", ms(cue.start), ms(cue.end), cue.id, cue.settings, cue.text)
}

fn lines(page: &mut Page, track: MediaTrackId) -> Vec<String> {
    page.element.cues(track).iter().map(line).collect()
}

/// TTK-3, TTK-5: WebVTT in WebM and in MP4.
#[test]
fn cues_of_webvtt_are_those_of_the_text_in_either_container() {
    for (name, mime, expected) in [
        ("webvtt.webm", "video/webm", ["100..400 ||One", "500..900 two|line:0|Two"]),
        ("wvtt.mp4", "video/mp4", ["100..400 |align:center|One", "500..900 two|line:0 align:center|Two"]),
    ] {
        for (offset, window_end) in [(0.0, f64::INFINITY), (5.0, f64::INFINITY), (0.0, 0.45)] {
            let (mut page, id) = open(mime);
            page.source.source_buffer(id).unwrap().set_timestamp_offset(offset).unwrap();
            page.source.source_buffer(id).unwrap().set_append_window_end(window_end).unwrap();
            page::append(&mut page, id, file(name));
            let track = set_mode(&mut page, TextTrackMode::Hidden);
            let mut shifted: Vec<String> = expected
                .iter()
                .map(|line| {
                    let (start, rest) = line.split_once("..").unwrap();
                    let (end, rest) = rest.split_once(' ').unwrap();
                    let shift = |time: &str| time.parse::<f64>().unwrap() + offset * 1000.0;
                    format!("{}..{} {rest}", shift(start), shift(end))
                })
                .collect();
            shifted.truncate(if window_end < 1.0 { 1 } else { 2 });
            assert_eq!(lines(&mut page, track), shifted, "{name} {offset} {window_end}");
        }
    }
}

/// TRS: a track that is disabled has no cues; what is appended later comes in, what is removed
/// goes.
#[test]
fn cues_follow_the_mode_and_the_buffer() {
    let (mut page, id) = open("video/mp4");
    page::append(&mut page, id, file("wvtt.mp4"));
    let track = text_track(&page);
    assert_eq!(lines(&mut page, track).len(), 0, "disabled");
    for mode in [TextTrackMode::Showing, TextTrackMode::Hidden] {
        set_mode(&mut page, mode);
        assert_eq!(lines(&mut page, track).len(), 2, "{mode:?}");
        set_mode(&mut page, TextTrackMode::Disabled);
        assert_eq!(lines(&mut page, track).len(), 0);
    }
    set_mode(&mut page, TextTrackMode::Hidden);
    // A second time behind the first, and a removal of what was first.
    page.source.source_buffer(id).unwrap().set_timestamp_offset(10.0).unwrap();
    page::append(&mut page, id, file("wvtt.mp4"));
    assert_eq!(lines(&mut page, track).len(), 4);
    page.source.source_buffer(id).unwrap().remove(0.0, 5.0).unwrap();
    page.settle();
    assert_eq!(
        lines(&mut page, track),
        ["10100..10400 |align:center|One", "10500..10900 two|line:0 align:center|Two"]
    );
    page.element.load();
    assert_eq!(lines(&mut page, track).len(), 0);
}

/// HTML, "time marches on": `cuechange` at the moment at which a cue begins or ends, and after a
/// seek.
#[test]
fn cuechange_fires_when_other_cues_are_shown() {
    let (mut page, id) = open("video/webm");
    page::append(&mut page, id, file("webvtt.webm"));
    page.source.end_of_stream(None).unwrap();
    set_mode(&mut page, TextTrackMode::Hidden);
    page.element.play();
    page.settle();
    let mut changes = Vec::new();
    while !page.element.ended() {
        // As a host does that sleeps until something happens.
        let step = page.element.next_advance().unwrap().to_seconds();
        for event in page.advance(step) {
            if event.ends_with("cuechange") {
                changes.push((page.element.current_time() * 1000.0).round());
            }
        }
    }
    assert_eq!(changes, [100.0, 400.0, 500.0, 900.0]);
    for (to, expected) in [(0.2, 1), (0.3, 0), (0.45, 1), (0.6, 1), (0.2, 1), (0.0, 1)] {
        page.element.set_current_time(to).unwrap();
        let events = without_time_updates(page.settle());
        assert_eq!(events.matches("cuechange").count(), expected, "to {to}: {events}");
    }
}

/// Cues as `start..end text`, in milliseconds.
fn captions(page: &mut Page, track: MediaTrackId) -> Vec<String> {
    let ms = |time: mse::MediaTime| (time.to_seconds() * 1000.0).round();
    let line = |cue: &TextCue| format!("{}..{} {}", ms(cue.start), ms(cue.end), cue.text);
    page.element.cues(track).iter().map(line).collect()
}

/// TTK-2: a track `cc1` comes with the first caption, its cues with the pictures, and they go with
/// them.
#[test]
fn cues_of_cea_608_are_those_of_a_caption_decoder() {
    let (mut page, id) = open("video/mp2t");
    page.source.source_buffer(id).unwrap().append_buffer(file("captions-608.ts")).unwrap();
    let events = page.settle();
    for list in ["sb0.textTracks addtrack", "element.textTracks addtrack"] {
        assert_eq!(events.iter().filter(|event| *event == list).count(), 1, "{list}: {events:?}");
    }
    let track = page.element.tracks().iter().find(|track| track.media() == TrackKind::Text).unwrap().clone();
    assert_eq!((track.id.as_str(), track.kind.as_str()), ("0.cc1", "captions"));
    assert_eq!(page.element.cues(track.object).len(), 0, "disabled");
    // The last pictures come out at the end.
    page.source.end_of_stream(None).unwrap();
    page.settle();
    let object = set_mode(&mut page, TextTrackMode::Hidden);
    assert_eq!(captions(&mut page, object), ["500..1000 HELLO", "1500..2000 TWO"]);
    page.element.play();
    page.settle();
    let mut changes = Vec::new();
    while let Some(step) = page.element.next_advance() {
        for event in page.advance(step.to_seconds()) {
            if event.ends_with("cuechange") {
                changes.push((page.element.current_time() * 1000.0).round());
            }
        }
    }
    assert_eq!(changes, [500.0, 1000.0, 1500.0, 2000.0]);
    // The same from 1.25 s on takes the place of the second caption.
    page.source.source_buffer(id).unwrap().set_timestamp_offset(1.25).unwrap();
    page::append(&mut page, id, file("captions-608.ts"));
    assert_eq!(captions(&mut page, object), ["500..1000 HELLO", "1750..2250 HELLO", "2750..3183 TWO"]);
    page.source.source_buffer(id).unwrap().remove(0.0, 1.25).unwrap();
    page.settle();
    assert_eq!(captions(&mut page, object), ["1750..2250 HELLO", "2750..3183 TWO"]);
    assert_eq!(page.element.tracks().iter().filter(|track| track.media() == TrackKind::Text).count(), 1);
}

/// Captions of files: within the pictures of a transport stream, and in a track of an MP4 whose
/// samples hold a caption each.
#[test]
fn captions_of_files_are_shown_when_a_decoder_shows_them() {
    for (name, mime, expected) in [
        ("captions-608.ts", "video/mp2t", ["500..1000 HELLO", "1500..2000 TWO"]),
        ("captions-608.mp4", "video/mp4", ["300..1000 HELLO", "1497..2000 TWO"]),
    ] {
        for offset in [0.0, 3.0] {
            let (mut page, id) = open(mime);
            page.source.source_buffer(id).unwrap().set_timestamp_offset(offset).unwrap();
            page::append(&mut page, id, file(name));
            page.source.end_of_stream(None).unwrap();
            page.settle();
            let object = set_mode(&mut page, TextTrackMode::Showing);
            let shown: Vec<_> = page
                .element
                .cues(object)
                .iter()
                .map(|cue| {
                    let ms = |time: mse::MediaTime| ((time.to_seconds() - offset) * 1000.0).round();
                    format!("{}..{} {}", ms(cue.start), ms(cue.end), cue.text)
                })
                .collect();
            assert_eq!(shown, expected, "{name} {offset}");
        }
    }
}
