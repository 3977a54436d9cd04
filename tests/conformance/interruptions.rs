//! Interruptions of a running append, at every point of the append (INV-2, INV-10, WRK-10).

use crate::fixture::{Page, config, join, outcome, segment, video_init};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, ManagedPolicy, Quota, Task, TaskState};
use mse_testkit::mock;

/// The whole life of a stream in one append: the first initialization segment, media, a change of
/// configuration, media.
fn stream() -> Bytes {
    join(&[video_init(1), segment("0K 40 80K 120"), video_init(2), segment("160K 200 240K 280")])
}

/// A page whose append stands after so many items, and its task; whether it is done.
fn interrupted(config: Config, items: usize) -> (Page, Task, bool) {
    let mut page = Page::with(config);
    page.add(mock::VIDEO).unwrap();
    page.outputs();
    page.append_bytes(0, stream()).unwrap();
    let mut task = page.next_task();
    let done = (0..items).any(|_| task.run(1) == TaskState::Done);
    (page, task, done)
}

/// Runs `check` at every point from before the first item to after the last.
fn at_every_point(config: impl Fn() -> Config, check: impl Fn(&mut Page, Task, &str)) {
    for items in 0.. {
        let (mut page, task, done) = interrupted(config(), items);
        check(&mut page, task, &format!("after {items} items"));
        if done {
            assert!(items > 12, "{items} points");
            return;
        }
    }
}

fn state(page: &mut Page) -> String {
    let lists = (page.source.source_buffers().len(), page.source.active_source_buffers().len());
    let error = page.element.error.map_or_else(|| "-".to_owned(), |error| error.to_string());
    format!("{} {}/{} error {error}", page.source.ready_state().as_str(), lists.0, lists.1)
}

/// SB-19, SB-20, RPS-1..5: frames that were complete stay, the rest of the input is gone, and the
/// SourceBuffer goes on.
#[test]
fn abort() {
    at_every_point(config, |page, task, at| {
        page.sb(0).abort().unwrap();
        assert!(!page.sb(0).updating(), "{at}");
        assert_eq!(page.outputs(), "abort · updateend", "{at}");
        page.finish(task);
        let late = page.outputs();
        assert!(!late.contains("update"), "{at}: {late}");
        page.append_bytes(0, join(&[video_init(3), segment("1000D40K")])).unwrap();
        assert!(page.outputs().ends_with("update · updateend"), "{at}");
        assert!(page.ranges(0).ends_with("[1000,1040) }"), "{at}: {}", page.ranges(0));
        assert_eq!(state(page), "open 1/1 error -", "{at}");
    });
}

/// MS-14..16, TRK-1: nothing of it is left, and its object throws.
#[test]
fn remove_source_buffer() {
    at_every_point(config, |page, task, at| {
        let id = page.id(0);
        page.source.remove_source_buffer(id).unwrap();
        let events = page.outputs();
        assert!(events.starts_with("abort · updateend"), "{at}: {events}");
        assert!(events.ends_with("sourceBuffers removesourcebuffer"), "{at}: {events}");
        page.finish(task);
        assert_eq!(page.outputs(), "", "{at}");
        assert_eq!(state(page), "open 0/0 error -", "{at}");
        assert_eq!(outcome(page.append_bytes(0, stream())), "InvalidStateError", "{at}");
        assert_eq!(page.element_ranges(), "{ }", "{at}");
    });
}

/// DET-3, DET-5: from either side; no event of the SourceBuffer, and the source can be attached
/// again.
#[test]
fn detach() {
    for from_the_element in [false, true] {
        at_every_point(config, |page, task, at| {
            if from_the_element {
                let link = std::mem::replace(&mut page.link, Page::new().link);
                link.detach();
            } else {
                page.source.detach();
            }
            let events = page.outputs();
            assert_eq!(events, "sourceBuffers removesourcebuffer · mediasource sourceclose", "{at}");
            page.finish(task);
            assert_eq!(page.outputs(), "", "{at}");
            assert_eq!(state(page), "closed 0/0 error -", "{at}");
            assert!(page.source.duration().is_nan(), "{at}");
            assert!(page.source.attach().is_ok(), "{at}");
        });
    }
}

/// PRA-3: the running append ends as if nothing had happened; the next one throws.
#[test]
fn element_error() {
    at_every_point(config, |page, task, at| {
        page.element.error = Some(3);
        page.seek(0.0);
        page.finish(task);
        let events = page.outputs();
        assert!(events.ends_with("update · updateend"), "{at}: {events}");
        assert_eq!(outcome(page.append_bytes(0, stream())), "InvalidStateError", "{at}");
        assert!(!page.sb(0).updating(), "{at}");
        assert_eq!(page.ranges(0), "{ [0,320) }", "{at}");
    });
}

/// SPL-10, PRA-6: a quota that falls below what is there does not touch the running append; the
/// next one throws, without events.
#[test]
fn quota() {
    at_every_point(config, |page, task, at| {
        page.source.set_quota(Quota { audio: 0, video: 1, text: 0 });
        page.finish(task);
        let events = page.outputs();
        assert!(events.ends_with("update · updateend"), "{at}: {events}");
        assert_eq!(page.ranges(0), "{ [0,320) }", "{at}");
        assert_eq!(outcome(page.append_bytes(0, stream())), "QuotaExceededError", "{at}");
        assert_eq!((page.outputs(), page.sb(0).updating()), (String::new(), false), "{at}");
        assert_eq!(page.ranges(0), "{ [0,320) }", "{at}");
    });
}

/// MMS-9: memory cleanup waits for the append, then frees what playback does not need.
#[test]
fn memory_cleanup() {
    let managed = || {
        let nothing = mse::MediaTime::ZERO;
        let policy = ManagedPolicy { keep_behind: nothing, keep_ahead: nothing, ..ManagedPolicy::default() };
        Config { managed: Some(policy), ..config() }
    };
    at_every_point(managed, |page, task, at| {
        page.source.memory_cleanup();
        assert!(page.sb(0).updating(), "{at}");
        page.finish(task);
        let events = page.outputs();
        assert!(events.contains("update · updateend"), "{at}: {events}");
        // The group at the position, and the one last appended to.
        assert_eq!(page.ranges(0), "{ [0,80) [240,320) }", "{at}");
    });
}
