//! The naive model against the worked examples of the requirements.

#![allow(clippy::unwrap_used)]

use mse_testkit::examples::{EXAMPLES, Example};
use mse_testkit::mock;
use mse_testkit::model::Policy;
use mse_testkit::model_source::ModelSource;

#[test]
fn the_model_does_what_the_worked_examples_say() {
    let wrong: Vec<String> = EXAMPLES
        .iter()
        .filter_map(|example| {
            example.check(&mut ModelSource::with_policy(example.mime, Policy::LETTER).unwrap()).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs lines on the model and checks what is seen last.
fn check(
    id: &'static str,
    steps: &'static [&'static str],
    expected: &'static [(&'static str, &'static str)],
) {
    let example = Example { id, mime: mock::VIDEO, steps, expected };
    example.check(&mut ModelSource::new(mock::VIDEO).unwrap()).unwrap();
}

#[test]
fn frames_of_the_current_group_are_never_removed_by_their_own_group() {
    // Zero durations put two frames at the highest end timestamp.
    check(
        "CFP-24",
        &["init v1", "append 0D1000K 1000|0D0K 1000|0D1000"],
        &[("track buffer 0 frames", "0K 1000|0D0K 1000|0D1000")],
    );
}

#[test]
fn a_dropped_frame_with_generated_timestamps_advances_the_offset() {
    let example = Example {
        id: "DIS-32",
        mime: mock::GENERATED,
        steps: &["init a1", "appendWindowStart 0.02", "append 0D20K 0D20K 0D20K"],
        expected: &[("track buffer 0 frames", "20D20K 40D20K"), ("timestampOffset", "0.06")],
    };
    example.check(&mut ModelSource::with_policy(example.mime, Policy::LETTER).unwrap()).unwrap();
}

#[test]
fn an_open_segment_forbids_setting_mode_and_offset_after_reopening() {
    check(
        "EXC-9",
        &["init v1", "open 0D1000K", "endOfStream", "timestampOffset 5"],
        &[("exception", "InvalidStateError"), ("readyState", "open"), ("timestampOffset", "0")],
    );
    check("SPL-11", &["init v1", "open 0D1000K", "close 1000", "mode sequence"], &[("exception", "none")]);
}

#[test]
fn a_media_segment_needs_an_initialization_segment() {
    check("SPL-8", &["append 0K"], &[("append error", "true"), ("readyState", "ended")]);
    check(
        "SB-22",
        &["init v1", "changeType video/x-mse-mock; codecs=\"video\"", "append 0K"],
        &[("append error", "true")],
    );
}

#[test]
fn frames_after_a_refused_initialization_segment_of_a_changed_type_are_not_stored() {
    check(
        "SPL-8",
        &[
            "init v1 duration=1000",
            "append 0D40K",
            "changeType video/x-mse-mock; codecs=\"video\"",
            "init v1 a2",
            "append 5000D40K",
        ],
        &[("append error", "true"), ("track buffer 0 frames", "0K"), ("duration", "1")],
    );
}

#[test]
fn readers_get_whole_groups_from_the_last_random_access_point_with_configuration_changes() {
    check(
        "read",
        &[
            "init v1#1",
            "append 0D100K 100 200K",
            "init v1#2",
            "append 300D100K 400",
            "append 1000D100K",
            "read 0 0.25",
        ],
        &[("reads", "200K C 300K 400")],
    );
    check("read", &["init v1", "append 0D100K 100", "read 0 0.05"], &[("reads", "0K 100")]);
}
