//! Rows P1, P2, P6 and P9 of the targets. `cargo bench -p mse-benches`, with a row's name to run only that.
//!
//! A bench that is not given a size by its row uses a stream that fits a small machine; the figures are rates, and flat in the length.

use bytes::{Bytes, BytesMut};
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::GapPolicy;
use mse::{MediaTime, TimelineConfig, TrackId};
use mse_benches::peers::{file, libavformat};
use mse_benches::report::{Row, each, median, nanoseconds, print, rate};
use mse_benches::streams::{Media, Page};
use mse_testkit::{frames, mock, synth};
use std::hint::black_box;
use std::time::{Duration, Instant};

const P1: &str = "P1 muxed H.264 and AAC";
const P2: &str = "P2 AAC only";
const P6: &str = "P6 low latency";
const P9: &str = "P9 buffered";
const RANGES: [usize; 3] = [1, 1000, 5000];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let mut rows = Vec::new();
    if wanted(P1) {
        // 4.5 Mbit/s in segments of 2 s, as in the row; 121 s of it, 64 MiB.
        let media = Media::new(synth::muxed(121, 4_500_000));
        appends(&mut criterion, P1, &media);
        muxed_rows(&media, &mut rows);
    }
    if wanted(P2) {
        let media = Media::new(synth::aac(1));
        appends(&mut criterion, P2, &media);
        frame_rows(P2, "P2", "≤ 40 ns/frame", &media, &mut rows);
    }
    if wanted(P6) {
        let media = Media::new(synth::low_latency(20_000));
        appends(&mut criterion, P6, &media);
        frame_rows(P6, "P6", "≤ 600 ns each, p99 ≤ 2 µs", &media, &mut rows);
        percentiles(&media, &mut rows);
    }
    if wanted(P9) {
        buffered(&mut criterion);
        buffered_rows(&mut rows);
    }
    print(&rows);
    criterion.final_summary();
}

/// Whether the command line's filter, if any, lets a row run: media are large.
fn wanted(row: &str) -> bool {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    filter.is_none_or(|filter| row.contains(&filter) || filter.contains(row))
}

/// Appending all segments: shared, copied in, and the bare copy of the same bytes.
fn appends(criterion: &mut Criterion, name: &str, media: &Media) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(media.len()));
    append(&mut group, "append", media, Bytes::clone);
    append(&mut group, "append copied", media, |segment| Bytes::copy_from_slice(segment));
    group.bench_function("memcpy into fresh memory", |bencher| {
        let copy =
            || media.segments.iter().map(|segment| Bytes::copy_from_slice(segment)).collect::<Vec<_>>();
        bencher.iter_batched(|| (), |()| copy(), BatchSize::PerIteration);
    });
    group.bench_function("memcpy", |bencher| {
        let largest = media.segments.iter().map(Bytes::len).max().unwrap_or(0);
        let mut target = BytesMut::zeroed(largest);
        bencher.iter(|| {
            for segment in &media.segments {
                target[..segment.len()].copy_from_slice(segment);
                black_box(&target);
            }
        });
    });
    group.finish();
}

fn append(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    media: &Media,
    take: impl Fn(&Bytes) -> Bytes,
) {
    group.bench_function(name, |bencher| {
        bencher.iter_batched_ref(
            || Page::new(media),
            |page| media.segments.iter().for_each(|segment| page.append(take(segment))),
            BatchSize::PerIteration,
        );
    });
}

fn muxed_rows(media: &Media, rows: &mut Vec<Row>) {
    let bytes = media.len();
    let mut row = |what: &str, measured: Option<String>, target| {
        if let Some(measured) = measured {
            rows.push(Row { row: "P1", what: what.to_owned(), measured, target });
        }
    };
    row("append, shared", median(P1, "append").map(|time| rate(bytes, time)), "≥ 40 GB/s");
    row(
        "append, copied in",
        median(P1, "append copied").map(|time| rate(bytes, time)),
        "≥ 0.7 of memcpy into fresh memory",
    );
    row("memcpy into fresh memory", median(P1, "memcpy into fresh memory").map(|time| rate(bytes, time)), "");
    row("memcpy", median(P1, "memcpy").map(|time| rate(bytes, time)), "");
    let copied = median(P1, "append copied").zip(median(P1, "memcpy into fresh memory"));
    row("copied in : memcpy", copied.map(|(ours, memcpy)| format!("{:.2}", memcpy / ours)), "≥ 0.7");
    let peer = file(media, "p1.mp4").ok().and_then(|path| libavformat(&path, 3));
    row("libavformat (ffmpeg -c copy)", peer.map(|time| rate(bytes, nanoseconds(time))), "");
}

fn frame_rows(
    group: &'static str,
    name: &'static str,
    target: &'static str,
    media: &Media,
    rows: &mut Vec<Row>,
) {
    let (frames, of) = (media.frames, "frame");
    let mut row = |what: &str, nanoseconds: Option<f64>, target| {
        if let Some(nanoseconds) = nanoseconds {
            rows.push(Row {
                row: name,
                what: what.to_owned(),
                measured: each(nanoseconds, frames, of),
                target,
            });
        }
    };
    row("append, shared", median(group, "append"), target);
    row("append, copied in", median(group, "append copied"), "");
    row("memcpy into fresh memory", median(group, "memcpy into fresh memory"), "");
    row("memcpy", median(group, "memcpy"), "");
    let peer = file(media, &format!("{name}.mp4")).ok().and_then(|path| libavformat(&path, 3));
    row("libavformat (ffmpeg -c copy)", peer.map(nanoseconds), "");
}

/// The slowest of a hundred appends of one fragment.
fn percentiles(media: &Media, rows: &mut Vec<Row>) {
    let mut page = Page::new(media);
    let mut times: Vec<Duration> = Vec::with_capacity(media.segments.len());
    for segment in &media.segments {
        let segment = segment.clone();
        let start = Instant::now();
        page.append(segment);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    for (percent, target) in [(50, ""), (99, "≤ 2 µs")] {
        let Some(time) = times.get(times.len() * percent / 100) else { continue };
        let measured = each(nanoseconds(*time), 1, "append");
        rows.push(Row { row: "P6", what: format!("append of one fragment, p{percent}"), measured, target });
    }
}

/// A video SourceBuffer with many ranges of one frame.
fn with_ranges(count: usize) -> Page {
    let timeline =
        TimelineConfig { gap_policy: GapPolicy::Fixed(MediaTime::ZERO), ..TimelineConfig::default() };
    let mut page = Page::with(mock::VIDEO, &mock::init(None, &[mock::MockTrack::video(1)]), timeline);
    for index in 0..count {
        page.append(frame_at(index, 40));
    }
    page
}

fn frame_at(index: usize, duration: usize) -> Bytes {
    mock::segment(&frames::frames_of(TrackId(1), &format!("{}D{duration}K", index * 100)))
}

/// One after the other, and again.
struct Alternating {
    segments: [Bytes; 4],
    next: usize,
}

impl Alternating {
    fn new(segments: [Bytes; 4]) -> Self {
        Self { segments, next: 0 }
    }

    fn next_one(&mut self) -> Bytes {
        self.next = (self.next + 1) % self.segments.len();
        self.segments[self.next].clone()
    }
}

fn buffered(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(P9);
    for count in RANGES {
        let mut page = with_ranges(count);
        group.bench_function(format!("unchanged, {count} ranges"), |bencher| {
            let id = page.id;
            let source_buffer = page.source.source_buffer(id).expect("it was added");
            bencher.iter(|| black_box(source_buffer.buffered()));
        });
        // A frame in the middle is replaced by a longer or a shorter one, so that the ranges change each time. The one before it
        // comes in between: decode times that go back begin a new coded frame group.
        let middle = count / 2;
        let other = if count == 1 { 1000 } else { middle + 1 };
        let mut others = Alternating::new(
            [(middle, 50), (other, 50), (middle, 40), (other, 40)]
                .map(|(index, duration)| frame_at(index, duration)),
        );
        group.bench_function(format!("append, {count} ranges"), |bencher| {
            bencher.iter(|| page.append(others.next_one()));
        });
        group.bench_function(format!("append and buffered, {count} ranges"), |bencher| {
            let id = page.id;
            bencher.iter(|| {
                page.append(others.next_one());
                black_box(page.source.source_buffer(id).expect("it was added").buffered())
            });
        });
    }
    group.finish();
}

fn buffered_rows(rows: &mut Vec<Row>) {
    for (count, target) in RANGES.into_iter().zip(["≤ 0.05 µs", "≤ 2 µs", "≤ 10 µs"]) {
        let (Some(cached), Some(append), Some(both)) = (
            median(P9, &format!("unchanged, {count} ranges")),
            median(P9, &format!("append, {count} ranges")),
            median(P9, &format!("append and buffered, {count} ranges")),
        ) else {
            continue;
        };
        let mut row = |what: String, time, target| {
            rows.push(Row { row: "P9", what, measured: each(time, 1, "call"), target });
        };
        row(format!("buffered of {count} ranges, unchanged"), cached, target);
        row(format!("buffered of {count} ranges, after a change"), (both - append).max(0.0), target);
        row(format!("append at {count} ranges"), append, "what it costs at 1");
    }
}
