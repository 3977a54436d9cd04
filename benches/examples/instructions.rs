//! Instructions that a frame or an append takes, counted by valgrind: a figure that a busy machine
//! does not change.
//!
//! ```text
//! cargo run --release -p mse-benches --example instructions              compares with benches/instructions.tsv
//! cargo run --release -p mse-benches --example instructions -- --record  writes it
//! cargo run --release -p mse-benches --example instructions -- P2 5      times one row, the best of 5
//! ```
//!
//! Fails when a row takes more than what was recorded and the tolerance. Figures move a little with
//! the compiler, and with the processor by what its C library copies memory with.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a tool of the house: it stops where something is missing"
)]

use bytes::Bytes;
use mse::interface::MediaSource as _;
use mse::{FrameReader, MediaTime, Read};
use mse_benches::scale::{self, Alternating};
use mse_benches::streams::{Media, Page};
use mse_testkit::synth::{self, Stream};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use std::{env, fs};

/// Recorded instructions may be exceeded by this factor.
const TOLERANCE: f64 = 1.1;
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.tsv");
const ROWS: [Row; 27] = [
    Row {
        name: "P1",
        what: "muxed H.264 and AAC",
        per: Per::Frame,
        work: Work::Append,
        media: || first(synth::muxed(20, 4_500_000), 10),
    },
    Row {
        name: "P2",
        what: "AAC, MP4",
        per: Per::Frame,
        work: Work::Append,
        media: || first(synth::aac(1), 100),
    },
    Row {
        name: "P3",
        what: "VP9 and Opus, WebM",
        per: Per::Frame,
        work: Work::Append,
        media: || first(synth::vp9_opus(20, 4_500_000), 10),
    },
    Row {
        name: "P3-opus",
        what: "Opus, WebM",
        per: Per::Frame,
        work: Work::Append,
        media: || first(synth::opus(1), 100),
    },
    Row {
        name: "P4-adts",
        what: "ADTS",
        per: Per::Frame,
        work: Work::Append,
        media: || first(synth::adts(1), 100),
    },
    Row {
        name: "P4-mp3",
        what: "layer III",
        per: Per::Frame,
        work: Work::Append,
        media: || first(synth::mp3(1), 100),
    },
    Row {
        name: "P5",
        what: "H.264 and AAC, MPEG-2 TS",
        per: Per::Frame,
        work: Work::Append,
        media: transport_stream,
    },
    Row {
        name: "P6",
        what: "a frame a fragment",
        per: Per::Append,
        work: Work::Append,
        media: || first(synth::low_latency(2000), 2000),
    },
    Row {
        name: "P7",
        what: "P1 in appends of 1 KiB",
        per: Per::Append,
        work: Work::Append,
        media: || pieces(1 << 10, 4 << 20),
    },
    Row {
        name: "P8",
        what: "P1 in appends of 1 byte",
        per: Per::Append,
        work: Work::Append,
        media: || pieces(1, 1 << 16),
    },
    Row {
        name: "P9-1",
        what: "append at 1 range",
        per: Per::Append,
        work: Work::AtRanges(1),
        media: || alternating(1),
    },
    Row {
        name: "P9-5000",
        what: "append at 5 000 ranges",
        per: Per::Append,
        work: Work::AtRanges(5000),
        media: || alternating(5000),
    },
    Row {
        name: "P9-1-of",
        what: "append at 1 of 5 000 frames",
        per: Per::Append,
        work: Work::AtOneRangeOf(5000),
        media: || alternating(5000),
    },
    Row {
        name: "P9e-1",
        what: "the same, the element polled",
        per: Per::Append,
        work: Work::Polled(1),
        media: || alternating(1),
    },
    Row {
        name: "P9e-5000",
        what: "at 5 000 ranges",
        per: Per::Append,
        work: Work::Polled(5000),
        media: || alternating(5000),
    },
    Row {
        name: "P9e-40000",
        what: "at 40 000 ranges",
        per: Per::Append,
        work: Work::Polled(40_000),
        media: || alternating(40000),
    },
    Row {
        name: "P9m-1",
        what: "the same, a managed source",
        per: Per::Append,
        work: Work::Managed(1),
        media: || alternating(1),
    },
    Row {
        name: "P9m-40000",
        what: "at 40 000 ranges",
        per: Per::Append,
        work: Work::Managed(40_000),
        media: || alternating(40000),
    },
    Row {
        name: "P10",
        what: "removals of 2 s of audio",
        per: Per::Append,
        work: Work::Remove,
        media: || first(synth::aac(1), 400),
    },
    Row {
        name: "P10-half",
        what: "half of 1 h of audio goes",
        per: Per::Append,
        work: Work::RemoveHalf,
        media: || first(synth::aac(1), 1800),
    },
    Row {
        name: "P11",
        what: "seeks with a frame read",
        per: Per::Append,
        work: Work::Seek,
        media: || first(synth::aac(1), 400),
    },
    Row {
        name: "read",
        what: "a frame read",
        per: Per::Frame,
        work: Work::Read,
        media: || first(synth::aac(1), 100),
    },
    Row {
        name: "read-64",
        what: "64 frames at a time",
        per: Per::Frame,
        work: Work::ReadFrames,
        media: || first(synth::aac(1), 100),
    },
    Row {
        name: "P12",
        what: "live window, video",
        per: Per::Append,
        work: Work::LiveWindow,
        media: || first(synth::video(2000, 64_000), 1000),
    },
    Row {
        name: "P13",
        what: "AAC over AAC",
        per: Per::Frame,
        work: Work::Overlap,
        media: || first(synth::aac(1), 100),
    },
    Row {
        name: "P15",
        what: "from nothing to a frame",
        per: Per::Append,
        work: Work::FirstFrame,
        media: || first(synth::muxed(4, 4_500_000), 1),
    },
    Row {
        name: "P16",
        what: "AAC in reverse",
        per: Per::Frame,
        work: Work::Reverse,
        media: || first(synth::aac(1), 100),
    },
];

struct Row {
    name: &'static str,
    what: &'static str,
    per: Per,
    work: Work,
    media: fn() -> Media,
}

/// Work on the segments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    Append,
    /// Append while that many ranges are buffered.
    AtRanges(usize),
    /// Append while one range of that many frames is buffered.
    AtOneRangeOf(usize),
    Polled(usize),
    Managed(usize),
    /// All again, over what is there.
    Overlap,
    Reverse,
    /// Each, and what is a minute behind goes.
    LiveWindow,
    /// Removal of two seconds for each segment, of all segments appended before.
    Remove,
    /// Removal of the first half of all segments appended before.
    RemoveHalf,
    /// Seek of a reader to each of the segments appended before.
    Seek,
    /// Read of the segments appended before, frame by frame.
    Read,
    /// Read of the segments appended before, many frames at a time.
    ReadFrames,
    /// A new source takes each, and gives a frame.
    FirstFrame,
}

/// Unit that a figure is divided by.
enum Per {
    Frame,
    Append,
}

fn first(stream: Stream, segments: usize) -> Media {
    Media {
        mime: stream.mime,
        init: stream.init.clone(),
        frames: 0,
        segments: stream.take(segments).collect(),
    }
}

/// A frame in the middle of so many ranges, and another beside it, over and over.
fn alternating(ranges: usize) -> Media {
    let mut segments = Alternating::in_the_middle_of(ranges);
    Media { segments: (0..400).map(|_| segments.next_one()).collect(), ..scale::nothing() }
}

fn pieces(size: usize, limit: usize) -> Media {
    Media::new(synth::muxed(20, 4_500_000)).pieces(size, limit)
}

/// A real file, over and over.
fn transport_stream() -> Media {
    let file =
        fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../media/h264-aac.ts")).expect("a file of the tree");
    let mime = "video/mp2t; codecs=\"avc1.4d001f,mp4a.40.2\"";
    Media { mime, init: Bytes::new(), frames: 0, segments: vec![Bytes::from(file); 10] }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let row = arguments.first().and_then(|name| ROWS.iter().find(|row| row.name == name));
    match row {
        Some(row) => {
            time(row, arguments.get(1).map_or(1, |runs| runs.parse().expect("a number of runs")));
            ExitCode::SUCCESS
        }
        None => compare(arguments.iter().any(|argument| argument == "--record")),
    }
}

/// Runs a row, and says how many frames or appends that were and how long one took.
fn time(row: &Row, runs: u32) {
    let media = (row.media)();
    let frames = Page::new(&media).frames_of(&media);
    let count = match row.per {
        Per::Frame => frames,
        Per::Append => media.segments.len() as u64,
    };
    let run = |_| {
        let mut page = match row.work {
            Work::AtRanges(count) => scale::with_ranges(count),
            Work::AtOneRangeOf(count) => scale::with_one_range_of(count),
            Work::Polled(count) => scale::with_ranges_and_element(count, false),
            Work::Managed(count) => scale::with_ranges_and_element(count, true),
            _ => Page::new(&media),
        };
        let is_filled = matches!(
            row.work,
            Work::Overlap | Work::Remove | Work::RemoveHalf | Work::Seek | Work::Read | Work::ReadFrames
        );
        if is_filled {
            media.segments.iter().for_each(|segment| page.append(segment.clone()));
        }
        let reads = matches!(row.work, Work::Seek | Work::Read | Work::ReadFrames);
        let mut reader = reads.then(|| scale::reader(&mut page));
        let start = Instant::now();
        measured(row.work, &mut page, reader.as_mut(), &media);
        start.elapsed()
    };
    let best: Duration = (0..runs).map(run).min().expect("at least one run");
    println!("{count} {:.1} ns", best.as_secs_f64() * 1e9 / count as f64);
}

/// The function that valgrind counts, by its name.
#[inline(never)]
fn measured(work: Work, page: &mut Page, mut reader: Option<&mut FrameReader>, media: &Media) {
    if work == Work::Reverse {
        media.segments.iter().rev().for_each(|segment| page.append(segment.clone()));
        return;
    }
    if work == Work::RemoveHalf {
        page.remove(0.0, media.segments.len() as f64 * scale::SEGMENT as f64 / 2.0);
        return;
    }
    if let (Work::Read | Work::ReadFrames, Some(reader)) = (work, &mut reader) {
        read_all(reader, if work == Work::Read { 0 } else { 64 });
        return;
    }
    for (index, segment) in (1_u32..).zip(&media.segments) {
        let end = f64::from(index) * scale::SEGMENT as f64;
        match work {
            Work::Append | Work::AtRanges(_) | Work::AtOneRangeOf(_) | Work::Overlap => {
                page.append(segment.clone());
            }
            Work::Polled(_) | Work::Managed(_) => {
                page.append(segment.clone());
                page.hear();
            }
            Work::Reverse | Work::RemoveHalf => {}
            Work::LiveWindow => {
                page.append(segment.clone());
                if end > 60.0 {
                    page.remove(0.0, end - 60.0);
                }
            }
            Work::Remove => page.remove(0.0, end),
            Work::Seek => {
                if let Some(reader) = &mut reader {
                    reader.seek(MediaTime::from_seconds(end - 1.5));
                    black_box(reader.read());
                }
            }
            Work::Read | Work::ReadFrames => {}
            Work::FirstFrame => {
                let mut page = Page::new(media);
                page.append(segment.clone());
                black_box(scale::reader(&mut page).read());
            }
        }
    }
}

fn read_all(reader: &mut FrameReader, most: usize) {
    let mut frames = Vec::with_capacity(most);
    loop {
        match black_box(reader.read()) {
            Read::DescriptionChanged(_) | Read::Frame(_) => {}
            _ => return,
        }
        while most > 0 && reader.read_frames(most, &mut frames) > 0 {
            black_box(&frames);
            frames.clear();
        }
    }
}

trait Frames {
    fn frames_of(self, media: &Media) -> u64;
}

impl Frames for Page {
    fn frames_of(mut self, media: &Media) -> u64 {
        let mut frames = 0;
        for segment in &media.segments {
            self.append(segment.clone());
            frames += self.source.source_buffer(self.id).expect("it was added").receipt().frames_in;
        }
        frames
    }
}

/// The table of all rows. Fails when one is beyond its record.
fn compare(record: bool) -> ExitCode {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("valgrind is not installed: nothing is counted");
        return ExitCode::SUCCESS;
    }
    let text = fs::read_to_string(RECORD).unwrap_or_default();
    let recorded: HashMap<&str, f64> = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(name, count)| Some((name, count.parse().ok()?)))
        .collect();
    let (mut table, mut beyond) = (String::new(), false);
    println!("{:8} {:26} {:>12} {:>10} {:>6}", "row", "work", "instructions", "recorded", "ratio");
    for row in &ROWS {
        let instructions = count(row);
        let before = recorded.get(row.name).copied().unwrap_or(f64::NAN);
        let ratio = instructions / before;
        println!("{:8} {:26} {instructions:12.0} {before:10.0} {ratio:6.3}", row.name, row.what);
        beyond |= ratio > TOLERANCE || ratio.is_nan();
        writeln!(table, "{}\t{instructions:.0}", row.name).expect("memory");
    }
    if record {
        fs::write(RECORD, table).expect("the tree can be written to");
    } else if beyond {
        println!("more than {TOLERANCE} times what was recorded; if that is right, record it");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Instructions of one frame, append or other act.
fn count(row: &Row) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .args(["--toggle-collect=*measured*", "--"])
        .arg(env::current_exe().expect("a program knows where it is"))
        .arg(row.name)
        .output()
        .expect("valgrind runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let units: f64 = stdout.split(' ').next().and_then(|count| count.parse().ok()).expect("a count");
    let collected = stderr.lines().find_map(|line| line.split_once("Collected :"));
    let instructions: f64 = collected.and_then(|(_, count)| count.trim().parse().ok()).expect("a count");
    instructions / units
}
