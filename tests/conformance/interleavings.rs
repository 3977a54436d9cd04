//! A task may come home late: what is done to the SourceBuffer after abort() gives the same as if
//! it had come home before (SB-19).

use crate::fixture::{Page, join, outcome, segment, video_init};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AppendMode, DEFAULT_BUDGET, Task, TaskState};
use mse_testkit::frames;
use mse_testkit::mock;
use mse_testkit::random::Random;

/// Step between two appends.
#[derive(Clone, Debug)]
enum Step {
    Abort,
    Mode(AppendMode),
    Offset(f64),
    WindowStart(f64),
    WindowEnd(f64),
    ChangeType(&'static str),
    Duration(f64),
    EndOfStream,
}

fn step(random: &mut Random) -> Step {
    let seconds = |random: &mut Random| random.within(-2..=20) as f64 * 0.25;
    match random.within(0..=9) {
        0 | 1 => Step::Abort,
        2 => Step::Mode(AppendMode::Sequence),
        3 => Step::Mode(AppendMode::Segments),
        4 | 5 => Step::Offset(seconds(random)),
        6 => Step::WindowStart(seconds(random)),
        7 => Step::WindowEnd(seconds(random)),
        8 if random.percent(40) => {
            Step::ChangeType(if random.percent(50) { mock::VIDEO } else { "video/bogus" })
        }
        8 => Step::Duration(seconds(random) * 8.0),
        _ if random.percent(30) => Step::EndOfStream,
        _ => Step::Abort,
    }
}

fn apply(page: &mut Page, step: &Step) -> &'static str {
    match *step {
        Step::Abort => outcome(page.sb(0).abort()),
        Step::Mode(mode) => outcome(page.sb(0).set_mode(mode)),
        Step::Offset(offset) => outcome(page.sb(0).set_timestamp_offset(offset)),
        Step::WindowStart(start) => outcome(page.sb(0).set_append_window_start(start)),
        Step::WindowEnd(end) => outcome(page.sb(0).set_append_window_end(end)),
        Step::ChangeType(mime_type) => outcome(page.sb(0).change_type(mime_type)),
        Step::Duration(seconds) => outcome(page.source.set_duration(seconds)),
        Step::EndOfStream => outcome(page.source.end_of_stream(None)),
    }
}

/// A few groups of pictures, sometimes with their initialization segment, sometimes cut off in the
/// middle.
fn media(random: &mut Random) -> Bytes {
    let mut tokens = Vec::new();
    for _ in 0..random.within(1..=3) {
        let start = random.within(0..=40) * 100;
        tokens.extend(
            (0..random.within(1..=4))
                .map(|at| format!("{}D100{}", start + at * 100, ["", "K"][usize::from(at == 0)])),
        );
    }
    let segment = segment(&tokens.join(" "));
    let cut =
        if random.percent(30) { random.within(9..=segment.len() as i64) as usize } else { segment.len() };
    join(&[if random.percent(70) { video_init(1) } else { Bytes::new() }, segment.slice(..cut)])
}

/// Everything that may not depend on when the task came home.
fn state(page: &mut Page) -> String {
    let frames = page.sb(0).with_track_buffers(|buffers| match buffers.tracks().first() {
        Some(track) => frames::tokens(&track.frames().collect::<Vec<_>>()),
        None => String::new(),
    });
    let (ready_state, duration) = (page.source.ready_state().as_str(), page.source.duration());
    let sb = page.sb(0);
    format!(
        "{} {} {} [{},{}) {ready_state} {duration} {frames}",
        frames::ranges(&sb.buffered().unwrap()),
        sb.mode().as_str(),
        sb.timestamp_offset(),
        sb.append_window_start(),
        sb.append_window_end(),
    )
}

/// Runs to its end, and is not given back.
fn run(page: &mut Page) -> Task {
    let mut task = page.next_task();
    while task.run(DEFAULT_BUDGET) == TaskState::More {}
    task
}

/// Two pages of the same script; in the second one tasks come home after some of the steps.
#[test]
fn a_task_that_comes_home_late_changes_nothing() {
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let (mut prompt, mut late) = (Page::video(), Page::video());
        let mut script = Vec::new();
        for _ in 0..random.within(1..=6) {
            let bytes = media(&mut random);
            let taken = outcome(prompt.append_bytes(0, bytes.clone()));
            assert_eq!(outcome(late.append_bytes(0, bytes.clone())), taken, "seed {seed}");
            if taken != "ok" {
                break;
            }
            script.push(format!("append {}", bytes.len()));
            let task = run(&mut prompt);
            let mut out = Some(run(&mut late));
            prompt.finish(task);
            prompt.outputs();
            if prompt.receipt(0).error.is_some() {
                break;
            }
            prompt.sb(0).abort().unwrap();
            late.sb(0).abort().unwrap();
            for _ in 0..random.within(0..=4) {
                let step = step(&mut random);
                script.push(format!("{step:?}"));
                // The end of the stream and the duration are about the source, which has not heard
                // of the frames.
                if matches!(step, Step::Duration(_) | Step::EndOfStream)
                    && let Some(task) = out.take()
                {
                    late.finish(task);
                }
                assert_eq!(apply(&mut late, &step), apply(&mut prompt, &step), "seed {seed}: {script:?}");
                if random.percent(30)
                    && let Some(task) = out.take()
                {
                    late.finish(task);
                }
            }
            if let Some(task) = out.take() {
                late.finish(task);
            }
            late.outputs();
            prompt.outputs();
            assert_eq!(state(&mut late), state(&mut prompt), "seed {seed}: {script:?}");
        }
    }
}

const SEEDS: u64 = 2000;

/// SB-19, SB-20: what waits for an aborted task is aborted in its turn, without having begun.
#[test]
fn an_append_that_waits_can_be_aborted() {
    let mut page = Page::video();
    page.append_bytes(0, segment("0K 40")).unwrap();
    let task = page.next_task();
    page.sb(0).abort().unwrap();
    page.append_bytes(0, segment("1000D40K")).unwrap();
    page.sb(0).abort().unwrap();
    page.append_bytes(0, segment("2000D40K")).unwrap();
    assert_eq!(page.outputs(), "abort · updateend · updatestart · abort · updateend · updatestart");
    page.finish(task);
    assert_eq!(page.outputs(), "task · update · updateend");
    assert_eq!(page.ranges(0), "{ [2000,2040) }");
}

/// MS-14, DET-5: with one task out and the next append waiting for it.
#[test]
fn a_source_buffer_that_waits_can_be_removed_and_detached() {
    for detach in [false, true] {
        let mut page = Page::video();
        page.append_bytes(0, segment("0K 40")).unwrap();
        let task = page.next_task();
        page.sb(0).abort().unwrap();
        page.append_bytes(0, segment("1000D40K")).unwrap();
        assert_eq!(page.outputs(), "abort · updateend · updatestart");
        if detach {
            page.source.detach();
            assert!(!page.outputs().contains("abort"));
        } else {
            let id = page.id(0);
            page.source.remove_source_buffer(id).unwrap();
            assert!(page.outputs().starts_with("abort · updateend"));
        }
        page.finish(task);
        assert_eq!(page.outputs(), "");
        assert!(!page.sb(0).updating());
    }
}
