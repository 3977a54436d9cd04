//! Quota, eviction, QuotaExceededError (CFE, PRA-5, PRA-6, WPT-16).

use crate::fixture::{Page, config, outcome, segment, video_init};
use mse::Quota;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_testkit::mock;

/// Frames of one byte each would make a quota in bytes hard to read; a token of four characters is
/// four bytes.
fn page(bytes: u64) -> Page {
    let mut config = config();
    config.quota = Quota { audio: 0, video: bytes, text: 0 };
    let mut page = Page::with(config);
    page.add(mock::VIDEO).unwrap();
    page.outputs();
    page
}

/// `count` groups of pictures of 100 ms and 8 payload bytes, from `first` hundred milliseconds on.
fn groups(first: u32, count: u32) -> String {
    (first..first + count)
        .map(|at| format!("{0}K {1}", at * 100, at * 100 + 50))
        .collect::<Vec<_>>()
        .join(" ")
}

fn payload(tokens: &str) -> u64 {
    tokens.split(' ').map(|token| token.len() as u64).sum()
}

#[test]
fn contiguous_appends_ahead_of_the_position_end_in_an_exception() {
    // WPT-16, CFE-3, PRA-6: no events, nothing is lost, and the source was reopened.
    let mut page = page(400);
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    let mut thrown = false;
    for at in 0..100 {
        let before = page.ranges(0);
        let result = page.append_bytes(0, segment(&groups(at, 1)));
        if result.is_err() {
            assert_eq!(outcome(result), "QuotaExceededError");
            assert_eq!(page.outputs(), "");
            assert!(!page.sb(0).updating());
            assert_eq!(page.ranges(0), before);
            thrown = true;
            break;
        }
        page.outputs();
    }
    assert!(thrown);
}

#[test]
fn what_lies_behind_the_position_goes_first() {
    // CFE-3, CFE-4.
    let (old, new) = (groups(10, 20), groups(30, 19));
    let capacity = segment(&old).len() as u64;
    let needed = payload(&old) + segment(&new).len() as u64 - capacity;
    let mut page = page(capacity);
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    page.append(0, &old);
    page.seek(2.9);
    assert_eq!(page.append(0, &new), "updatestart · task · update · updateend");
    let ranges = page.ranges(0);
    assert!(ranges.ends_with(",4900) }"), "{ranges}");
    assert!(!ranges.contains("[1000,"), "{ranges}");
    let eviction = page.receipt(0).eviction.unwrap();
    assert!(eviction.bytes >= needed && eviction.bytes < needed + 20, "{} of {needed}", eviction.bytes);
}

#[test]
fn an_append_larger_than_the_quota_throws_and_evicts_nothing() {
    let mut page = page(200);
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    page.append(0, &groups(0, 2));
    let before = page.ranges(0);
    page.seek(0.15);
    assert_eq!(outcome(page.append_bytes(0, segment(&groups(2, 20)))), "QuotaExceededError");
    assert_eq!(page.ranges(0), before);
}

#[test]
fn removal_makes_room() {
    // CFR-9.
    let mut page = page(300);
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    while page.append_bytes(0, segment(&groups(0, 1))).is_ok() {
        page.outputs();
        let end = page.sb(0).buffered().unwrap().end().map_or(0.0, mse::MediaTime::to_seconds);
        page.sb(0).set_timestamp_offset(end).unwrap();
    }
    page.sb(0).remove(0.0, f64::INFINITY).unwrap();
    page.outputs();
    assert_eq!(outcome(page.append_bytes(0, segment(&groups(0, 1)))), "ok");
}

#[test]
fn a_source_that_ended_is_reopened_even_if_the_append_throws() {
    // PRA-4 precedes PRA-6.
    let mut page = page(200);
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    assert_eq!(outcome(page.append_bytes(0, segment(&groups(0, 20)))), "QuotaExceededError");
    assert_eq!(page.outputs(), "mediasource sourceopen");
}

#[test]
fn usage_says_how_full_it_is() {
    let mut page = page(300);
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    page.append(0, "0K 40");
    let usage = page.sb(0).quota();
    assert_eq!((usage.used, usage.capacity), (4, 300));
}
