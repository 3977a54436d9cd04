//! Questions and settings of an embedder about room: quota, dry runs, pins, policies, budgets,
//! memory, fate of frames (CFE, PRA-6).

use crate::fixture::{Page, config, outcome, segment, video_init};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::GapCause;
use mse::{Config, EvictionCause, EvictionPolicy, MediaTime, MemoryBudget, Quota, TimeRange, TimeRanges};
use mse_testkit::{frames, mock};
use std::sync::Arc;

fn seconds(seconds: i64) -> MediaTime {
    MediaTime::from_flicks(seconds * MediaTime::TICKS_PER_SECOND)
}

fn second(second: u32) -> Bytes {
    segment(&format!("{}D1000K", second * 1000))
}

/// Ten groups of one second each, the last appended one being the last; the position is `position`.
fn page(config: Config, position: f64) -> Page {
    let mut page = Page::with(config);
    page.add(mock::VIDEO).unwrap();
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    for time in 0..10 {
        page.append_bytes(0, second(time)).unwrap();
        page.outputs();
    }
    page.seek(position);
    page.outputs();
    page.sb(0).take_evictions();
    page
}

fn set_video_quota(page: &mut Page, video: u64) {
    page.source.set_quota(Quota { audio: 0, video, text: 0 });
}

/// CFE-1, CFE-2, PRA-5, PRA-6: what is asked before is what happens then, for every size and every
/// quota.
#[test]
fn the_answer_is_what_append_buffer_then_does() {
    let size = second(99).len() as u64;
    for quota in (size / 2..size * 3).step_by(7) {
        for position in [0.5, 5.5, 9.5] {
            let mut page = page(config(), position);
            set_video_quota(&mut page, quota);
            let usage = page.sb(0).quota();
            let (asked, plan) = (usage.can_append(size), page.sb(0).would_evict(size));
            let before = page.ranges(0);
            let done = outcome(page.append_bytes(0, second(99)));
            assert_eq!(done == "ok", asked, "{usage:?} at {position}: {done}");
            let reports = page.sb(0).take_evictions();
            match reports.first() {
                Some(report) => {
                    assert_eq!(report.cause, EvictionCause::Append(size));
                    assert_eq!(report.eviction, plan, "the dry run names what goes");
                }
                None => assert_eq!((plan.bytes, page.ranges(0)), (0, before)),
            }
        }
    }
}

/// CFE-3: a pin stays, whatever else has to go; `remove()` takes it all the same.
#[test]
fn what_is_pinned_is_not_evicted() {
    let mut page = page(config(), 9.5);
    page.sb(0).set_pinned(TimeRanges::from_range(seconds(2), seconds(4)));
    // An append that fails evicts nothing.
    set_video_quota(&mut page, second(99).len() as u64);
    assert_eq!(outcome(page.append_bytes(0, second(99))), "QuotaExceededError");
    assert_eq!(page.ranges(0), "{ [0,10000) }");
    let half = page.sb(0).quota().used / 2;
    set_video_quota(&mut page, half + second(99).len() as u64);
    assert_eq!(outcome(page.append_bytes(0, second(99))), "ok");
    page.outputs();
    assert!(page.ranges(0).contains("[2000,4000)"), "{}", page.ranges(0));
    assert!(!page.ranges(0).contains("[0,"), "{}", page.ranges(0));
    page.sb(0).remove(2.0, 4.0).unwrap();
    page.outputs();
    assert!(!page.ranges(0).contains("[2000,"), "{}", page.ranges(0));
}

/// CFE-2: the embedder's window, and the embedder's own choice.
#[test]
fn a_policy_says_what_goes() {
    let window = EvictionPolicy::KeepWindow { behind: seconds(3), ahead: seconds(3) };
    let choose = EvictionPolicy::Custom(Arc::new(|request| {
        assert!(request.needed > 0);
        vec![TimeRange { start: seconds(3), end: seconds(5) }]
    }));
    for (policy, gone, kept) in [(window, "[0,", "[2000,"), (choose, "[3000,", "[0,3000)")] {
        let mut page = page(config(), 5.5);
        page.source.set_eviction_policy(policy.clone());
        let used = page.sb(0).quota().used;
        set_video_quota(&mut page, used + second(99).len() as u64 - 1);
        page.append_bytes(0, second(99)).unwrap();
        page.outputs();
        let ranges = page.ranges(0);
        assert!(!ranges.contains(gone) || policy_is_window(&policy), "{ranges}");
        assert!(ranges.contains(kept) || policy_is_window(&policy), "{ranges}");
        if policy_is_window(&policy) {
            assert!(ranges.starts_with("{ [1000,"), "behind first: {ranges}");
        }
    }
}

fn policy_is_window(policy: &EvictionPolicy) -> bool {
    matches!(policy, EvictionPolicy::KeepWindow { .. })
}

/// CFE-1: a SourceBuffer's own quota goes before the source's, at any time.
#[test]
fn quotas_are_set_at_any_time() {
    let mut page = page(config(), 5.5);
    let default = page.sb(0).quota().capacity;
    page.sb(0).set_quota(Some(Quota { audio: 0, video: 77, text: 0 }));
    assert_eq!(page.sb(0).quota().capacity, 77);
    set_video_quota(&mut page, 5);
    assert_eq!(page.sb(0).quota().capacity, 77);
    page.sb(0).set_quota(None);
    assert_eq!(page.sb(0).quota().capacity, 5);
    page.source.set_quota(Quota::default());
    assert_eq!(page.sb(0).quota().capacity, default);
}

/// PRA-6, INV-11: sources that share a budget share its room, and give it back.
#[test]
fn a_budget_is_shared_by_sources() {
    let size = second(99).len() as u64;
    let budget = MemoryBudget::new(1 << 20);
    let shared = || Config { memory_budget: Some(budget.clone()), ..config() };
    let (mut one, mut two) = (page(shared(), 9.5), page(shared(), 9.5));
    let (used_by_one, used_by_two) = (one.sb(0).quota().used, two.sb(0).quota().used);
    assert_eq!(budget.used(), used_by_one + used_by_two);
    budget.set_limit(used_by_one + used_by_two + size - 1);
    // Two has to make room within what one leaves.
    assert_eq!(outcome(two.append_bytes(0, second(20))), "ok");
    two.outputs();
    assert_eq!(two.sb(0).take_evictions().len(), 1);
    assert!(budget.used() <= budget.limit());
    one.source.detach();
    assert_eq!(budget.used(), two.sb(0).quota().used);
    two.sb(0).remove(0.0, f64::INFINITY).unwrap();
    two.outputs();
    assert_eq!(budget.used(), 0);
    drop(two);
    assert_eq!(budget.used(), 0);
}

/// CFP-15, CFP-16, CFP-18: the receipt names the frames that were dropped and the append they came
/// with.
#[test]
fn a_dropped_frame_is_named_with_its_row() {
    let mut page = Page::video();
    page.sb(0).set_append_window_start(0.1).unwrap();
    page.sb(0).set_append_window_end(0.3).unwrap();
    page.append(0, "0K 40 120 160K 200 280");
    let receipt = page.receipt(0);
    let dropped: Vec<String> = receipt
        .dropped
        .iter()
        .map(|frame| format!("{} {}", frames::milliseconds(frame.presentation_timestamp), frame.reason.row()))
        .collect();
    assert_eq!(dropped, ["0 CFP-15", "40 CFP-15", "120 CFP-18", "280 CFP-16"]);
    assert_eq!(receipt.append, 2, "the initialization segment was the first");
    assert!(receipt.dropped.iter().all(|frame| !frame.reason.as_str().is_empty()));
}

/// TB-6, TB-8: every gap says why it is there.
#[test]
fn a_gap_has_a_cause() {
    let mut page = page(config(), 9.5);
    page.sb(0).remove(2.0, 5.0).unwrap();
    page.outputs();
    page.append_bytes(0, second(20)).unwrap();
    page.outputs();
    let gaps = page.sb(0).with_track_buffers(|buffers| -> Vec<(String, GapCause)> {
        let track = &buffers.tracks()[0];
        track
            .gaps()
            .map(|gap| (frames::ranges(&TimeRanges::from_range(gap.range.start, gap.range.end)), gap.cause))
            .collect()
    });
    assert_eq!(
        gaps,
        [
            ("{ [2000,5000) }".to_owned(), GapCause::Removed),
            ("{ [10000,20000) }".to_owned(), GapCause::NotAppended)
        ]
    );
}

/// TB-9, and which append a frame came with.
#[test]
fn a_stored_frame_knows_its_append() {
    let page_appends = |page: &mut Page| -> Vec<u64> {
        page.sb(0).with_track_buffers(|buffers| {
            buffers.tracks()[0].stored_frames().map(|stored| stored.append).collect()
        })
    };
    let mut page = Page::video();
    page.append(0, "0K 40");
    page.append(0, "80 120K");
    page.append(0, "0D40K");
    assert_eq!(page_appends(&mut page), [4, 3], "the new group took the place of the old one");
}

/// Memory is what is held, not only what is shown.
#[test]
fn memory_counts_payload_pieces_and_bookkeeping() {
    let mut page = page(config(), 0.0);
    let memory = page.sb(0).memory();
    assert_eq!(memory.payload, page.sb(0).quota().used);
    assert!(memory.retained >= memory.payload && memory.bookkeeping > 0, "{memory:?}");
}

/// OPN-25: a source that keeps what it has when it is detached brings it along; while it is closed
/// it takes nothing.
#[test]
fn a_detachable_source_brings_its_data_along() {
    let mut page = page(Config { detachable: true, ..config() }, 0.0);
    page.source.detach();
    assert_eq!(page.outputs(), "mediasource sourceclose");
    assert_eq!(page.source.ready_state().as_str(), "closed");
    let closed = [
        outcome(page.append_bytes(0, second(11))),
        outcome(page.sb(0).remove(0.0, 1.0)),
        outcome(page.sb(0).abort()),
        outcome(page.sb(0).set_timestamp_offset(1.0)),
        outcome(page.sb(0).change_type(mock::VIDEO)),
        outcome(page.source.set_duration(50.0)),
        outcome(page.source.end_of_stream(None)),
    ];
    assert_eq!(closed, ["InvalidStateError"; 7]);
    page.told();
    page.element = crate::fixture::Element::default();
    page.link = page.source.attach().unwrap();
    assert_eq!(page.outputs(), "mediasource sourceopen");
    assert_eq!(page.element_ranges(), "{ [0,10000) }");
    let told = page.told();
    assert!(told.starts_with("duration=Infinity · +video0.0 · HaveMetadata · HaveCurrentData"), "{told}");
    page.append_bytes(0, second(10)).unwrap();
    assert_eq!(page.outputs(), "updatestart · task · update · updateend");
    assert_eq!(page.ranges(0), "{ [0,11000) }");
}

/// EOS-3, TS-25: frames that were held back until the end count too.
#[test]
fn frames_that_come_with_the_end_of_the_stream_are_in_the_budget() {
    let budget = MemoryBudget::new(u64::MAX);
    let mut page = Page::with(Config { memory_budget: Some(budget.clone()), ..config() });
    page.add("video/mp2t; codecs=\"avc1.4d001f,mp4a.40.2\"").unwrap();
    page.outputs();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../media/h264-aac.ts");
    page.append_bytes(0, std::fs::read(file).unwrap()).unwrap();
    page.outputs();
    let before = page.sb(0).quota().used;
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    let (used, retained) =
        (page.sb(0).quota().used, page.sb(0).with_track_buffers(mse::timeline::TrackBuffers::retained));
    assert!(used > before, "some were held back");
    assert_eq!(budget.used(), retained);
}
