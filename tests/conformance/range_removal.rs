//! remove(), range removal, coded frame removal (SB-23, RRM, CFR).

use crate::fixture::{Page, outcome};
use mse::interface::{MediaSource as _, SourceBuffer as _};

/// Ten frames of a second, random access points at 0 and 5 (EX-13).
const TEN: &str =
    "0D1000K 1000D1000 2000D1000 3000D1000 4000D1000 5000D1000K 6000D1000 7000D1000 8000D1000 9000D1000";

fn removed(start: f64, end: f64) -> String {
    let mut page = Page::video();
    page.append(0, TEN);
    page.source.set_duration(10.0).unwrap();
    page.outputs();
    page.sb(0).remove(start, end).unwrap();
    page.outputs();
    assert_eq!(page.source.duration(), 10.0, "CFR-10");
    page.ranges(0)
}

#[test]
fn a_removal_reaches_to_the_next_random_access_point_and_keeps_the_frame_before_it() {
    let rows = [
        (2.0, 4.0, "{ [0,2000) [5000,10000) }"), // EX-13
        (2.0, 7.0, "{ [0,2000) }"),              // EX-14
        (1.5, 2.5, "{ [0,2000) [5000,10000) }"), // EX-15
        (3.0, f64::INFINITY, "{ [0,3000) }"),    // EX-16
        (0.0, f64::INFINITY, "{ }"),
        (5.0, 5.5, "{ [0,5000) }"),
        (4.5, 5.0, "{ [0,10000) }"),
        (10.0, f64::INFINITY, "{ [0,10000) }"),
        (9.5, 9.6, "{ [0,10000) }"),
    ];
    for (start, end, expected) in rows {
        assert_eq!(removed(start, end), expected, "remove({start}, {end})");
    }
}

#[test]
fn after_the_tail_was_removed_the_next_frame_must_be_a_random_access_point() {
    // CFR-6, EX-17.
    let mut page = Page::video();
    page.append(0, TEN);
    page.sb(0).remove(8.0, f64::INFINITY).unwrap();
    page.outputs();
    page.append(0, "8000D1000 9000D1000 10000D1000 11000D1000K");
    assert_eq!(page.ranges(0), "{ [0,8000) [11000,12000) }");
}

#[test]
fn a_removal_elsewhere_does_not_disturb_the_group_being_appended() {
    // CFR-6 as issue 290 has it (DIS-15).
    let mut page = Page::video();
    page.append(0, TEN);
    page.sb(0).remove(0.0, 4.0).unwrap();
    page.outputs();
    page.append(0, "10000D1000");
    assert_eq!(page.ranges(0), "{ [5000,11000) }");
}

#[test]
fn everything_else_throws_while_a_removal_runs() {
    // RRM-2.
    let mut page = Page::video();
    page.append(0, TEN);
    page.sb(0).remove(0.0, 1.0).unwrap();
    assert!(page.sb(0).updating());
    assert_eq!(outcome(page.sb(0).abort()), "InvalidStateError");
    assert_eq!(outcome(page.sb(0).remove(0.0, 1.0)), "InvalidStateError");
    assert_eq!(outcome(page.source.set_duration(20.0)), "InvalidStateError");
    assert_eq!(outcome(page.source.end_of_stream(None)), "InvalidStateError");
    let id = page.id(0);
    assert_eq!(outcome(page.source.remove_source_buffer(id)), "ok");
}
