//! Writes `docs/performance.md`: every row of the targets measured in one run on one machine, with
//! the peers of the same run and plots.
//!
//! ```text
//! cargo run --release -p mse-benches --example report               all rows; takes some minutes and 4 GB of memory
//! cargo run --release -p mse-benches --example report -- --quick    each measured once, nothing written
//! cargo run --release -p mse-benches --example report -- --media    only the streams for benches/browser/run.py
//! ```
//!
//! What holds us back where a target is missed is told by `benches/report/holds-back.md`, a section
//! a row; figures of browsers are taken from `target/bench-media/browsers.tsv`, which
//! `benches/browser/run.py` writes.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, reason = "a tool of the house: it stops where something is missing")]

use bytes::{Bytes, BytesMut};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_benches::peers::{file, libavformat};
use mse_benches::plot::{Curve, Plot};
use mse_benches::report::{each, nanoseconds, rate, target};
use mse_benches::scale::{self, timed, timed_alone};
use mse_benches::streams::{Media, Page};
use mse_benches::work::{Per, WORKS, Work};
use mse_testkit::synth;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

const HOLDS_BACK: &str = include_str!("../report/holds-back.md");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");
const PLOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance");

/// Everything that was measured, as Markdown.
#[derive(Default)]
struct Report {
    appends: String,
    scale: String,
    memory: String,
    /// Rows whose target was missed.
    missed: Vec<String>,
    browsers: Vec<(String, String)>,
    plots: Vec<Plot>,
}

fn main() {
    if env::args().any(|argument| argument == "--media") {
        mse_benches::browser::write().expect("target/ can be written to");
        return;
    }
    let quick = env::args().any(|argument| argument == "--quick");
    let runs = if quick { 1 } else { 4 };
    let mut report = Report { browsers: browsers(), ..Report::default() };
    for work in &WORKS {
        report.work(work, runs);
    }
    report.buffered();
    report.ten_hours(runs);
    report.video_of_a_day();
    report.others(runs);
    report.plots();
    report.memory();
    let document = report.document();
    if quick {
        println!("{document}");
        return;
    }
    fs::write(DOCUMENT, document).expect("the tree can be written to");
    fs::create_dir_all(PLOTS).expect("the tree can be written to");
    for plot in &report.plots {
        plot.write(Path::new(PLOTS)).expect("the tree can be written to");
    }
}

/// Work and text of each figure that a browser gave on this machine.
fn browsers() -> Vec<(String, String)> {
    let text = fs::read_to_string(target().join("bench-media/browsers.tsv")).unwrap_or_default();
    let line = |line: &str| line.split_once('\t').map(|(work, text)| (work.to_owned(), text.to_owned()));
    text.lines().filter_map(line).collect()
}

fn best(runs: u32, mut work: impl FnMut() -> Duration) -> Duration {
    (0..runs).map(|_| work()).min().unwrap_or_default()
}

fn append_all(media: &Media, take: impl Fn(&Bytes) -> Bytes) -> Duration {
    let mut page = Page::new(media);
    timed_alone(|| media.segments.iter().for_each(|segment| page.append(take(segment))))
}

/// The bare copy of the segments: into fresh memory, and into the same memory again and again.
fn copies(media: &Media, runs: u32) -> [Duration; 2] {
    let copy = |segment: &Bytes| Bytes::copy_from_slice(segment);
    let fresh = best(runs, || timed_alone(|| media.segments.iter().map(copy).collect::<Vec<_>>()));
    let mut space = BytesMut::zeroed(media.segments.iter().map(Bytes::len).max().unwrap_or(0));
    let reused = best(runs, || {
        timed_alone(|| {
            for segment in &media.segments {
                space[..segment.len()].copy_from_slice(segment);
                black_box(&space);
            }
        })
    });
    [fresh, reused]
}

impl Report {
    fn work(&mut self, work: &Work, runs: u32) {
        eprintln!("{}", work.name);
        let Some(media) = (work.media)() else {
            eprintln!("  no stream without ffmpeg");
            return;
        };
        let figure = |time: Duration| match work.per {
            Per::Second => rate(media.len(), nanoseconds(time)),
            Per::Frame => each(nanoseconds(time), media.frames, "frame"),
            Per::Append => each(nanoseconds(time), media.segments.len() as u64, "append"),
        };
        let shared = best(runs, || append_all(&media, Bytes::clone));
        let copied = best(runs, || append_all(&media, |segment| Bytes::copy_from_slice(segment)));
        let [fresh, reused] = copies(&media, runs);
        let against = |time: Duration| {
            let ratio = time.as_secs_f64() / shared.as_secs_f64();
            format!("{} ({ratio:.1} ×)", figure(time))
        };
        let lavf = work.extension.and_then(|extension| {
            let path = file(&media, &format!("{}.{extension}", work.name.replace([' ', ','], "-"))).ok()?;
            let time = libavformat(&path, runs.min(3));
            let _ = fs::remove_file(path);
            time
        });
        let parsers = work.parsers.iter().filter_map(|parser| {
            Some(format!("{} {}", parser.name, against(parser.time(&media, runs.min(3))?)))
        });
        let parsers = parsers.collect::<Vec<_>>().join(", ");
        let is_met = match work.per {
            Per::Second => media.len() as f64 / nanoseconds(shared) >= work.goal,
            Per::Frame => nanoseconds(shared) / media.frames as f64 <= work.goal,
            Per::Append => nanoseconds(shared) / media.segments.len() as f64 <= work.goal,
        };
        let met = self.verdict(work.row, is_met);
        let name = work.name.trim_start_matches(work.row).trim_start();
        let browser = self.browser(work.name);
        writeln!(
            self.appends,
            "| {} | {name} | {} | **{}** {met} | {} | {} / {} | {} | {parsers} | {browser} |",
            work.row,
            work.target,
            figure(shared),
            figure(copied),
            figure(fresh),
            figure(reused),
            lavf.map(against).unwrap_or_default(),
        )
        .expect("memory");
        match work.row {
            "P1" => {
                let ratio = fresh.as_secs_f64() / copied.as_secs_f64();
                self.line(
                    "P1",
                    "copied in, against memcpy into fresh memory",
                    "≥ 0.7",
                    &format!("{ratio:.2}"),
                    ratio >= 0.7,
                );
            }
            "P6" => self.percentiles(&media),
            _ => {}
        }
    }

    /// The slowest of a hundred appends of one fragment.
    fn percentiles(&mut self, media: &Media) {
        let mut page = Page::new(media);
        let mut times: Vec<Duration> =
            media.segments.iter().map(|segment| timed(|| page.append(segment.clone()))).collect();
        times.sort_unstable();
        let slow = times[times.len() * 99 / 100];
        self.line(
            "P6",
            "p99 of an append of one fragment",
            "≤ 2 µs",
            &time(slow),
            slow <= Duration::from_micros(2),
        );
    }

    fn verdict(&mut self, row: &str, is_met: bool) -> &'static str {
        if !is_met && !self.missed.iter().any(|missed| missed == row) {
            self.missed.push(row.to_owned());
        }
        if is_met { "✓" } else { "✗" }
    }

    /// Times of browsers for a row, or for one work of it.
    fn browser(&self, row_or_work: &str) -> String {
        let is_it = |work: &str| work == row_or_work || work.split(' ').next() == Some(row_or_work);
        let figures = self.browsers.iter().filter(|(work, _)| is_it(work)).map(|(_, text)| text.as_str());
        figures.collect::<Vec<_>>().join(", ")
    }

    fn line(&mut self, row: &str, what: &str, target: &str, figure: &str, is_met: bool) {
        eprintln!("{row} {what}: {figure}");
        let (met, browser) = (self.verdict(row, is_met), self.browser(row));
        writeln!(self.scale, "| {row} | {what} | {target} | **{figure}** {met} | {browser} |")
            .expect("memory");
    }

    fn within(&mut self, row: &str, what: &str, limit: Duration, is: Duration) {
        self.line(row, what, &format!("≤ {}", time(limit)), &time(is), is <= limit);
    }

    fn buffered(&mut self) {
        let mut plot = Plot::new("ranges", "An append at so many ranges", "ranges", "µs");
        let (mut appends, mut calls) = (Vec::new(), Vec::new());
        let mut at_one = Duration::ZERO;
        for count in [1, 500, 1000, 2000, 3000, 4000, 5000] {
            let append = scale::append_at_ranges(count);
            appends.push((count as f64, micros(append)));
            let mut page = scale::with_ranges(count);
            let id = page.id;
            let source_buffer = page.source.source_buffer(id).expect("it was added");
            let call = timed(|| (0..1000).for_each(|_| drop(black_box(source_buffer.buffered())))) / 1000;
            calls.push((count as f64, micros(call)));
            let limit = match count {
                1 => Duration::from_nanos(50),
                1000 => Duration::from_micros(2),
                5000 => Duration::from_micros(10),
                _ => continue,
            };
            self.within("P9", &format!("`buffered` of {count} ranges"), limit, call);
            if count == 1 {
                at_one = append;
            } else {
                let ratio = append.as_secs_f64() / at_one.as_secs_f64();
                let figure = format!("{} ({ratio:.2} × that at 1)", time(append));
                self.line(
                    "P9",
                    &format!("append at {count} ranges"),
                    "what it costs at 1",
                    &figure,
                    ratio <= 1.5,
                );
                let one_range = scale::append_at_one_range_of(count);
                let ratio = append.as_secs_f64() / one_range.as_secs_f64();
                self.line(
                    "P9",
                    &format!("the same, against one range of {count} frames"),
                    "what it costs there",
                    &format!("{ratio:.2} × ({})", time(one_range)),
                    ratio <= 1.1,
                );
            }
        }
        plot.curves = vec![Curve::new("append", appends), Curve::new("buffered", calls)];
        self.plots.push(plot);
    }

    /// Ten hours of audio.
    fn ten_hours(&mut self, runs: u32) {
        const SECONDS: u32 = 36_000;
        let media = Media::new(synth::aac(10));
        let mut plot = Plot::new("length", "An append of 2 s of audio, by the hours buffered", "hours", "µs");
        let points = scale::appends_by_length(&media, 20);
        plot.curves =
            vec![Curve::new("append", points.iter().map(|(at, time)| (at * 10.0, micros(*time))).collect())];
        self.plots.push(plot);
        let seconds = f64::from(SECONDS);
        let mut page = scale::filled(&media);
        let alone = scale::seek_and_read(&mut scale::reader(&mut page), SECONDS.into());
        self.within("P11", "seek in 10 h of audio, and the first frame", Duration::from_nanos(500), alone);
        let middle = scale::remove_in_the_middle(&mut page, seconds);
        let first = scale::remove_first(&mut page);
        self.within("P10", "remove the first 2 s of 10 h", Duration::from_micros(5), first);
        self.within("P10", "remove 2 s in the middle", Duration::from_micros(5), middle);
        drop(page);
        let half = best(runs.min(3), || scale::remove_half(&mut scale::filled(&media), seconds));
        self.within("P10", "remove the first half", Duration::from_millis(5), half);
        let alone = |keep_freed| scale::remove_half_and_free(synth::aac(10), seconds, keep_freed);
        let with_memory = best(runs.min(3), || alone(false).0);
        let what = "remove the first half, whose memory goes with it";
        self.within("P10", what, Duration::from_millis(5), with_memory);
        let kept = best(runs.min(3), || alone(true).0);
        let what = "the same, the memory kept to be freed elsewhere";
        self.within("P10", what, Duration::from_millis(5), kept);
        let plain = best(runs.min(3), || append_all(&media, Bytes::clone));
        let over = best(runs.min(3), || scale::overlap(&mut scale::filled(&media), &media));
        let ratio = over.as_secs_f64() / plain.as_secs_f64();
        let figure = format!("{:.2} × ({})", ratio, each(nanoseconds(over), media.frames, "frame"));
        self.line("P13", "append 10 h over 10 h", "≤ 1.5 × P2", &figure, ratio <= 1.5);
        let scaling = (0..runs.min(3)).map(|_| scale::two_threads(&media, 3)).fold(0.0, f64::max);
        self.line("P14", "two sources on two threads", "≥ 1.9 ×", &format!("{scaling:.2} ×"), scaling >= 1.9);
        let short = Media { segments: media.segments[..5000].to_vec(), ..media };
        let [begin, end, all] = scale::in_reverse(&short);
        let ratio = end.as_secs_f64() / begin.as_secs_f64();
        let forwards = micros(scale::median(
            scale::appends_by_length(&short, 50).into_iter().map(|point| point.1).collect(),
        ));
        let figure =
            format!("{} each, the last {ratio:.2} × the first; {forwards:.2} µs forwards", time(all));
        self.line(
            "P16",
            "5 000 segments in reverse order",
            "as P2, flat",
            &figure,
            ratio <= 1.2 && micros(all) <= forwards * 1.5,
        );
    }

    fn video_of_a_day(&mut self) {
        const SECONDS: u32 = 24 * 3600;
        let stream = || synth::video(SECONDS, 64_000);
        let hours = scale::live_window(stream());
        let ratio = hours.last().expect("hours").as_secs_f64() / hours[1].as_secs_f64();
        self.within(
            "P12",
            "live window: append 2 s and remove, the median",
            Duration::from_micros(10),
            scale::median(hours.clone()),
        );
        self.line("P12", "hour 24 against hour 2", "≤ 1.1 ×", &format!("{ratio:.2} ×"), ratio <= 1.1);
        let mut plot = Plot::new("live", "Live window of 600 s: append and remove, by hour", "hour", "µs");
        let points = (1_u32..).zip(&hours).map(|(hour, time)| (f64::from(hour), micros(*time)));
        plot.curves = vec![Curve::new("append and remove", points.collect())];
        self.plots.push(plot);
        let mut page = scale::filled(&Media::new(stream()));
        let seek = scale::seek_and_read(&mut scale::reader(&mut page), SECONDS.into());
        self.within("P11", "seek in 24 h of video, and the first frame", Duration::from_nanos(500), seek);
    }

    fn others(&mut self, runs: u32) {
        let media = Media::new(synth::muxed(4, 4_500_000));
        let first = best(runs, || scale::first_frame(&media));
        self.within("P15", "from nothing to the first frame", Duration::from_micros(50), first);
    }

    fn plots(&mut self) {
        let mut plot =
            Plot::new("fragments", "A frame, by the frames of a fragment", "frames a fragment", "ns");
        let points =
            [1, 2, 5, 10, 20, 30, 60, 120].map(|of| (of as f64, scale::fragments_of(of).as_secs_f64() * 1e9));
        plot.curves = vec![Curve::new("frame", points.to_vec())];
        self.plots.push(plot);
        let mut plot = Plot::new(
            "sources",
            "An append of 2 s of audio, with so many sources taking turns",
            "sources",
            "µs",
        );
        let points =
            [1, 2, 4, 8, 16, 32, 48, 64].map(|count| (count as f64, micros(scale::sources_at_once(count))));
        let ratio = points[7].1 / points[0].1;
        plot.curves = vec![Curve::new("append", points.to_vec())];
        self.plots.push(plot);
        self.line("flat", "64 sources at once, against one", "", &format!("{ratio:.2} ×"), true);
        let media = Media::new(synth::low_latency(120_000));
        let points = scale::appends_by_length(&media, 12);
        let ratio = points[11].1.as_secs_f64() / points[0].1.as_secs_f64();
        let mut plot =
            Plot::new("fragments-of-one", "An append of one frame, by the frames buffered", "frames", "µs");
        plot.curves = vec![Curve::new(
            "append",
            points.iter().map(|(at, time)| (at * 120_000.0, micros(*time))).collect(),
        )];
        self.plots.push(plot);
        self.line(
            "flat",
            "the last of 120 000 one-frame fragments, against the first",
            "",
            &format!("{ratio:.2} ×"),
            true,
        );
    }

    /// M1 to M5, by the tests whose allocator counts.
    fn memory(&mut self) {
        let output = Command::new("cargo")
            .args([
                "test",
                "-q",
                "-p",
                "mse-benches",
                "--test",
                "held",
                "--test",
                "memory",
                "--",
                "--nocapture",
            ])
            .output();
        let Ok(output) = output else { return };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines: Vec<&str> = text
            .lines()
            .filter_map(|line| line.find("M").map(|at| &line[at..]))
            .filter(|line| is_figure(line))
            .collect();
        lines.extend(text.lines().filter(|line| line.starts_with("worst:")));
        lines.sort_unstable();
        for line in lines {
            writeln!(self.memory, "- {}", line.replace("worst:", "M5:")).expect("memory");
        }
        let verdict = if output.status.success() { "All hold." } else { "Some do not hold." };
        writeln!(self.memory, "\n{verdict}").expect("memory");
    }

    fn document(&self) -> String {
        let mut text = String::from(include_str!("../report/head.md"));
        writeln!(text, "\nMachine: {}.\n", machine()).expect("memory");
        text += "| row | work | target | here, shared | here, copied in | memcpy: fresh / reused memory | libavformat | parsers | browsers |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n";
        text += &self.appends;
        text += "\n| row | work | target | here | browsers |\n|---|---|---:|---:|---:|\n";
        text += &self.scale;
        text += "\n## What holds us back\n\n";
        for row in &self.missed {
            let section = section(row).unwrap_or_else(|| format!("**{row}**: not looked into yet.\n"));
            writeln!(text, "{section}").expect("memory");
        }
        text += "## Flat where it should be\n\n";
        for plot in &self.plots {
            writeln!(text, "![{}](performance/{}.svg)", plot.title, plot.name).expect("memory");
        }
        text += "\n## Memory\n\nBy an allocator that counts (`cargo test -p mse-benches --test held --test memory`). Targets: M1 32 bytes an audio frame, M2 48 a video frame, M3 1.2 times the audio, M4 one append, M5 twice the input and 64 KiB.\n\n";
        text += &self.memory;
        text += include_str!("../report/tail.md");
        text
    }
}

fn is_figure(line: &str) -> bool {
    matches!(line.as_bytes(), [b'M', b'1'..=b'4', ..]) && line.contains(':')
}

/// Section of `holds-back.md` on a row.
fn section(row: &str) -> Option<String> {
    let mut sections = HOLDS_BACK.split("\n## ").skip(1);
    let text = sections.find(|section| section.lines().next() == Some(row))?;
    let (_, body) = text.split_once('\n')?;
    Some(format!("**{row}**: {}\n", body.trim()))
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown").to_owned();
    format!("{cores} cores, {}, load average at the end {load}", model.trim_start_matches(['\t', ' ', ':']))
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn time(time: Duration) -> String {
    let nanoseconds = nanoseconds(time);
    match nanoseconds {
        ..1e3 => format!("{nanoseconds:.0} ns"),
        ..1e6 => format!("{:.2} µs", nanoseconds / 1e3),
        _ => format!("{:.2} ms", nanoseconds / 1e6),
    }
}
