//! Tasks: in slices, on other threads, aborted, and what happens to the SourceBuffer meanwhile
//! (decision 0002).

use crate::fixture::{Page, join, muxed_init, outcome, segment, video_init};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AppendMode, TaskState};
use mse_testkit::mock;

const LONG: &str = "0K 40 80 120 160K 200 240 280 320K 360 400 440";

#[test]
fn a_task_in_slices_does_what_it_does_at_once() {
    let mut whole = Page::video();
    whole.append(0, LONG);
    for budget in [0, 1, 64, 65, 200, 1000] {
        let mut page = Page::video();
        page.append_bytes(0, segment(LONG)).unwrap();
        let mut task = page.next_task();
        let mut runs = 1;
        while task.run(budget) == TaskState::More {
            runs += 1;
        }
        assert!(budget > 100 || runs > 5, "{runs} runs of {budget}");
        page.source.finish_task(task);
        assert_eq!(page.outputs(), "update · updateend");
        assert_eq!(page.ranges(0), whole.ranges(0));
        assert_eq!(page.reads(0, 0.0), whole.reads(0, 0.0));
    }
}

#[test]
fn frames_of_a_running_task_are_readable_before_it_is_done() {
    let mut page = Page::video();
    page.append_bytes(0, segment(LONG)).unwrap();
    let mut task = page.next_task();
    assert_eq!(task.run(300), TaskState::More);
    assert!(page.ranges(0).starts_with("{ [0,"));
    assert!(page.reads(0, 0.0).starts_with("0K 40"));
    page.finish(task);
}

/// Every point at which a running append can be abandoned.
fn at_every_slice(check: impl Fn(&mut Page, mse::Task, usize)) {
    for slices in 0..40 {
        let mut page = Page::video();
        page.append_bytes(0, segment(LONG)).unwrap();
        let mut task = page.next_task();
        for _ in 0..slices {
            let _ = task.run(1);
        }
        check(&mut page, task, slices);
    }
}

#[test]
fn abort_at_every_point_of_a_running_append() {
    // SB-19, SB-20.
    at_every_slice(|page, task, slices| {
        page.sb(0).abort().unwrap();
        assert!(!page.sb(0).updating());
        assert_eq!(page.outputs(), "abort · updateend", "after {slices}");
        page.finish(task);
        assert_eq!(page.outputs(), "", "after {slices}");
        // Nothing of it is left in the parser.
        assert_eq!(page.append(0, "1000D40K"), "updatestart · task · update · updateend");
        assert!(page.ranges(0).ends_with("[1000,1040) }"), "{}", page.ranges(0));
    });
}

#[test]
fn an_append_right_after_abort_waits_for_the_aborted_task() {
    at_every_slice(|page, task, slices| {
        page.sb(0).abort().unwrap();
        page.sb(0).set_timestamp_offset(10.0).unwrap();
        page.append_bytes(0, segment("0K 40")).unwrap();
        assert!(page.sb(0).updating());
        assert_eq!(page.outputs(), "abort · updateend · updatestart", "after {slices}");
        page.finish(task);
        assert_eq!(page.outputs(), "task · update · updateend");
        assert!(page.ranges(0).ends_with("[10000,10080) }"), "{}", page.ranges(0));
        assert_eq!(page.sb(0).timestamp_offset(), 10.0);
    });
}

#[test]
fn what_was_set_after_abort_is_not_undone_when_the_task_comes_home() {
    let mut page = Page::video();
    page.append_bytes(0, segment(LONG)).unwrap();
    let task = page.next_task();
    page.sb(0).abort().unwrap();
    page.sb(0).set_mode(AppendMode::Sequence).unwrap();
    page.sb(0).set_append_window_end(5.0).unwrap();
    page.sb(0).change_type(mock::VIDEO).unwrap();
    page.finish(task);
    let sb = page.sb(0);
    assert_eq!((sb.mode(), sb.append_window_end()), (AppendMode::Sequence, 5.0));
    page.append_bytes(0, join(&[video_init(2), segment("700K")])).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).error, None);
}

#[test]
fn remove_right_after_abort_waits_for_the_aborted_task() {
    let mut page = Page::video();
    page.append(0, LONG);
    page.append_bytes(0, segment("480K 520")).unwrap();
    let task = page.next_task();
    page.sb(0).abort().unwrap();
    page.sb(0).remove(0.0, f64::INFINITY).unwrap();
    assert_eq!(page.outputs(), "abort · updateend · updatestart");
    page.finish(task);
    assert_eq!(page.outputs(), "task · update · updateend");
    assert_eq!(page.ranges(0), "{ }");
}

#[test]
fn removing_the_source_buffer_at_every_point_of_a_running_append() {
    at_every_slice(|page, task, slices| {
        let id = page.id(0);
        page.source.remove_source_buffer(id).unwrap();
        let events = page.outputs();
        assert!(events.starts_with("abort · updateend"), "after {slices}: {events}");
        page.finish(task);
        assert_eq!(page.outputs(), "");
        assert_eq!(outcome(page.append_bytes(0, segment("0K"))), "InvalidStateError");
        assert_eq!(page.element_ranges(), "{ }");
    });
}

#[test]
fn detaching_at_every_point_of_a_running_append() {
    at_every_slice(|page, task, slices| {
        page.source.detach();
        let events = page.outputs();
        assert!(!events.contains("updateend") && events.ends_with("sourceclose"), "after {slices}: {events}");
        page.finish(task);
        assert_eq!(page.outputs(), "");
        assert_eq!(page.source.ready_state().as_str(), "closed");
    });
}

#[test]
fn an_error_of_the_element_during_an_append_stops_the_next_one() {
    // PRA-3.
    at_every_slice(|page, task, _| {
        page.element.error = Some(3);
        page.seek(0.0);
        page.finish(task);
        assert_eq!(page.outputs(), "update · updateend");
        assert_eq!(outcome(page.append_bytes(0, segment("0K"))), "InvalidStateError");
    });
}

#[test]
fn tasks_of_two_source_buffers_run_in_any_order() {
    let mut page = Page::with_type(mock::MUXED);
    page.add(mock::AUDIO).unwrap();
    page.outputs();
    page.append_bytes(0, muxed_init()).unwrap();
    page.append_bytes(1, mock::init(None, &[mock::MockTrack::audio(1)])).unwrap();
    let (first, second) = (page.next_task(), page.next_task());
    page.finish(second);
    page.finish(first);
    assert_eq!(page.source.active_source_buffers(), page.source.source_buffers());
}

#[test]
fn a_task_of_another_source_is_ignored() {
    let (mut one, mut two) = (Page::video(), Page::video());
    one.append_bytes(0, segment("0K")).unwrap();
    let task = one.next_task();
    two.finish(task);
    assert_eq!(two.outputs(), "");
    assert_eq!(two.ranges(0), "{ }");
}

#[test]
fn run_inline_runs_what_is_queued_and_keeps_the_events() {
    let mut page = Page::video();
    page.append_bytes(0, segment("0K 40")).unwrap();
    page.source.run_inline();
    assert_eq!(page.ranges(0), "{ [0,80) }");
    assert_eq!(page.outputs(), "updatestart · update · updateend");
}

/// A byte stream of items that carry nothing, one a byte, which says how many it gave.
mod endless {
    use bytes::Bytes;
    use mse::ByteStreamFormat;
    use mse_core::{
        CodecsParameter, Demuxed, Demuxer, ErrorCode, Limits, Loss, MimeType, ParseError, ResetReason,
    };
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender};

    /// Number of items given so far.
    pub(super) static GIVEN: AtomicUsize = AtomicUsize::new(0);
    /// Item at which the stream says so and waits for an answer.
    pub(super) const STOP: usize = 1000;
    pub(super) static DOOR: Mutex<Option<(Sender<()>, Receiver<()>)>> = Mutex::new(None);

    pub(super) const FORMAT: ByteStreamFormat = ByteStreamFormat {
        name: "endless",
        mime_types: &["video/x-endless"],
        generate_timestamps: false,
        codecs: CodecsParameter::Optional,
        supports: |_| true,
        sniff: |_| false,
        new_demuxer: |_: &MimeType, _: &Limits| Box::new(Endless(0)),
    };

    struct Endless(usize);

    impl Demuxer for Endless {
        fn push(&mut self, bytes: Bytes) {
            self.0 += bytes.len();
        }

        fn poll(&mut self) -> Result<Demuxed, ParseError> {
            if self.0 == 0 {
                return Ok(Demuxed::NeedMoreData);
            }
            self.0 -= 1;
            if GIVEN.fetch_add(1, Ordering::SeqCst) + 1 == STOP
                && let Some((said, answer)) = DOOR.lock().unwrap().take()
            {
                said.send(()).unwrap();
                answer.recv().unwrap();
            }
            let code = ErrorCode { code: "endless.nothing", row: "SPL-2", meaning: "nothing" };
            Ok(Demuxed::Lost(Loss::new(code, 0, 1, "")))
        }

        fn reset(&mut self, _: ResetReason) {
            self.0 = 0;
        }
    }
}

#[test]
fn abort_is_seen_within_a_batch_of_items_whatever_they_are() {
    let mut config = crate::fixture::config();
    config.registry.register(&endless::FORMAT);
    let mut page = Page::with(config);
    page.add("video/x-endless").unwrap();
    page.outputs();
    page.append_bytes(0, vec![0; 100_000]).unwrap();
    let mut task = page.next_task();
    let (said, hears) = std::sync::mpsc::channel();
    let (answers, answer) = std::sync::mpsc::channel();
    *endless::DOOR.lock().unwrap() = Some((said, answer));
    std::thread::scope(|scope| {
        let running = scope.spawn(move || {
            assert_eq!(task.run(usize::MAX), TaskState::Done);
            task
        });
        hears.recv().unwrap();
        page.sb(0).abort().unwrap();
        answers.send(()).unwrap();
        let task = running.join().unwrap();
        page.finish(task);
    });
    let given = endless::GIVEN.load(std::sync::atomic::Ordering::SeqCst);
    assert!(given <= endless::STOP + 64, "{} items after abort()", given - endless::STOP);
}

#[test]
fn a_budget_counts_items_that_carry_nothing() {
    let mut page = Page::video();
    page.append_bytes(0, join(&vec![segment(""); 1000])).unwrap();
    let mut task = page.next_task();
    let mut runs = 1;
    while task.run(6400) == TaskState::More {
        runs += 1;
    }
    page.finish(task);
    assert!((10..=40).contains(&runs), "{runs} runs for 2000 marks of segments, a hundred items each");
}
