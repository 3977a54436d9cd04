//! Streams that end, go on and end again, as a page sees them.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod page;

use crate::page::{advance, append, page, video, without_time_updates};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_element::Page;

fn end(page: &mut Page) -> String {
    page.source.end_of_stream(None).unwrap();
    without_time_updates(page.settle())
}

fn play(page: &mut Page) -> String {
    page.element.play();
    without_time_updates(page.settle())
}

/// EOS-3, ELR-4, ELR-9: three ends, with more data between them.
#[test]
fn playback_ends_at_every_end_of_the_stream() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    end(&mut page);
    play(&mut page);
    assert_eq!(advance(&mut page, 2.0), "pause · ended");
    for second in 1..=3_u32 {
        let at = f64::from(second);
        append(&mut page, id, video(second * 1000, second * 1000 + 1000));
        assert!(!page.element.ended(), "the source is open again, and longer");
        assert_eq!(play(&mut page), "play · playing", "it plays on where it was");
        assert_eq!(advance(&mut page, 2.0), "waiting", "all data is played, and not all data is there");
        assert_eq!((page.element.current_time(), page.element.ended()), (at + 1.0, false));
        let events = end(&mut page);
        assert!(events.ends_with("canplay · canplaythrough · pause · ended"), "{events}");
        assert!(page.element.ended() && page.element.paused());
        assert_eq!(advance(&mut page, 2.0), "");
    }
}

/// ELR-9: `ended` is true only while the source says that it has ended, whatever opened it again.
#[test]
fn nothing_has_ended_while_the_source_is_open() {
    type Opening = fn(&mut Page, mse::SourceBufferId);
    let openings: [(&str, Opening); 4] = [
        ("the same data", |page, id| {
            append(page, id, video(500, 1000));
        }),
        ("no data", |page, id| {
            append(page, id, bytes::Bytes::new());
        }),
        ("a removal", |page, id| {
            page.source.source_buffer(id).unwrap().remove(0.0, 0.5).unwrap();
            page.settle();
        }),
        ("a timestamp offset", |page, id| {
            page.source.source_buffer(id).unwrap().set_timestamp_offset(5.0).unwrap();
            page.settle();
        }),
    ];
    for (name, open) in openings {
        let (mut page, id) = page();
        append(&mut page, id, video(0, 1000));
        end(&mut page);
        play(&mut page);
        assert_eq!(advance(&mut page, 2.0), "pause · ended", "{name}");
        open(&mut page, id);
        assert!(!page.element.ended(), "{name}");
        // Nobody plays: the end that comes again is none that playback comes to.
        let events = end(&mut page);
        assert!(!events.contains("pause") && !events.ends_with("ended"), "{name}: {events}");
        assert!(page.element.ended(), "{name}");
    }
}

/// EOS-1: an end that is taken back before the element hears of it never was.
#[test]
fn an_end_that_is_taken_back_at_once_is_none() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    play(&mut page);
    advance(&mut page, 2.0);
    page.source.end_of_stream(None).unwrap();
    page.source.source_buffer(id).unwrap().append_buffer(video(1000, 2000)).unwrap();
    let events = without_time_updates(page.settle());
    assert!(!events.contains("pause"), "{events}");
    assert_eq!(advance(&mut page, 3.0), "waiting");
    assert_eq!((page.element.current_time(), page.element.ended()), (2.0, false));
}

/// ELR-9: a loop goes round at the end of the stream, and waits where the stream goes on.
#[test]
fn a_loop_waits_while_the_source_is_open() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    page.element.set_loop(true);
    end(&mut page);
    append(&mut page, id, video(1000, 2000));
    play(&mut page);
    assert_eq!(advance(&mut page, 3.0), "waiting");
    assert_eq!(page.element.current_time(), 2.0);
    let events = end(&mut page);
    assert!(events.contains("seeking · waiting · seeked"), "{events}");
    assert_eq!(advance(&mut page, 0.5), "");
    assert_eq!(page.element.current_time(), 0.5);
}

/// The ends of a source behind a handle.
#[test]
fn playback_ends_twice_from_a_worker() {
    let (mut page, id) = page::prepared(Page::with_worker(page::config()));
    append(&mut page, id, video(0, 1000));
    end(&mut page);
    play(&mut page);
    assert_eq!(advance(&mut page, 2.0), "pause · ended");
    append(&mut page, id, video(1000, 2000));
    play(&mut page);
    assert_eq!(advance(&mut page, 2.0), "waiting");
    assert!(!page.element.ended());
    assert!(end(&mut page).ends_with("pause · ended"));
}

/// APE-3: the element says why.
#[test]
fn an_error_of_the_stream_says_where_and_why() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    append(&mut page, id, bytes::Bytes::from_static(b"not the mock byte stream"));
    let receipt = page.source.source_buffer(id).unwrap().receipt().error.clone().unwrap();
    assert_eq!(page.element.error(), Some(3));
    assert_eq!(page.element.error_message(), receipt.to_string());
    assert!(page.element.error_message().contains("at byte"), "{}", page.element.error_message());
    page.element.load();
    assert_eq!(page.element.error_message(), "");
    // A page that ends the stream with an error says nothing more.
    let (mut page, _) = page::page();
    page.source.end_of_stream(Some(mse::EndOfStreamError::Network)).unwrap();
    page.settle();
    assert_eq!((page.element.error(), page.element.error_message()), (Some(2), String::new()));
}

/// ATT-3, EOS-4: nor is the reason lost where the attachment ends with the error.
#[test]
fn an_error_before_metadata_says_where_and_why() {
    let mut page = Page::new(page::config());
    page.settle();
    let id = page.source.add_source_buffer(mse_testkit::mock::VIDEO).unwrap();
    append(&mut page, id, video(0, 100));
    assert_eq!(page.element.error(), Some(4));
    assert!(page.element.error_message().contains("at byte"), "{}", page.element.error_message());
}
