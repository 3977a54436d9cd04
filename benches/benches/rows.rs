//! Rows P1 to P9 of the targets. `cargo bench -p mse-benches`, with a row's name to run only that.
//!
//! A bench that is not given a size by its row uses a stream that fits a small machine; the figures are rates, and flat in the length.

use bytes::{Bytes, BytesMut};
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::GapPolicy;
use mse::{MediaTime, TimelineConfig, TrackId};
use mse_benches::peers::{MATROSKA_DEMUXER, Parser, SYMPHONIA_ADTS, SYMPHONIA_MPEG, file, libavformat};
use mse_benches::report::{Row, each, median, nanoseconds, print, rate};
use mse_benches::streams::{Media, Page, transport_stream};
use mse_testkit::{frames, mock, synth};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A stream that is appended, a segment or piece at a time.
struct Work {
    row: &'static str,
    name: &'static str,
    media: fn() -> Option<Media>,
    per: Per,
    target: &'static str,
    /// How libavformat knows its file; `None` where it is no peer.
    extension: Option<&'static str>,
    parsers: &'static [Parser],
}

/// What a figure is of.
#[derive(Clone, Copy)]
enum Per {
    /// Bytes in a time.
    Second,
    Frame,
    Append,
}

const BITRATE: u32 = 4_500_000;

/// 4.5 Mbit/s in segments of 2 s, as in the row; 121 s of it, 64 MiB.
fn muxed() -> Media {
    Media::new(synth::muxed(121, BITRATE))
}

const WORKS: [Work; 9] = [
    Work {
        row: "P1",
        name: "P1 muxed H.264 and AAC",
        media: || Some(muxed()),
        per: Per::Second,
        target: "≥ 40 GB/s",
        extension: Some("mp4"),
        parsers: &[],
    },
    Work {
        row: "P2",
        name: "P2 AAC only",
        media: || Some(Media::new(synth::aac(1))),
        per: Per::Frame,
        target: "≤ 40 ns/frame",
        extension: Some("mp4"),
        parsers: &[],
    },
    Work {
        row: "P3",
        name: "P3 WebM VP9 and Opus",
        media: || Some(Media::new(synth::vp9_opus(121, BITRATE))),
        per: Per::Frame,
        target: "≤ 120 ns/frame",
        extension: Some("webm"),
        parsers: &[MATROSKA_DEMUXER],
    },
    Work {
        row: "P3",
        name: "P3 WebM Opus 10 h",
        media: || Some(Media::new(synth::opus(10))),
        per: Per::Frame,
        target: "≤ 50 ns/frame",
        extension: Some("webm"),
        parsers: &[MATROSKA_DEMUXER],
    },
    Work {
        row: "P4",
        name: "P4 ADTS 10 h",
        media: || Some(Media::new(synth::adts(10))),
        per: Per::Frame,
        target: "≤ 35 ns/frame",
        extension: Some("aac"),
        parsers: &[SYMPHONIA_ADTS],
    },
    Work {
        row: "P4",
        name: "P4 layer III 10 h",
        media: || Some(Media::new(synth::mp3(10))),
        per: Per::Frame,
        target: "≤ 70 ns/frame",
        extension: Some("mp3"),
        parsers: &[SYMPHONIA_MPEG],
    },
    Work {
        row: "P5",
        name: "P5 MPEG-TS H.264 and AAC",
        media: transport_stream,
        per: Per::Second,
        target: "≥ 6 GB/s",
        extension: Some("ts"),
        parsers: &[],
    },
    Work {
        row: "P7",
        name: "P7 P1 in appends of 1 KiB",
        media: || Some(muxed().pieces(1 << 10, usize::MAX)),
        per: Per::Second,
        target: "≥ 4 GB/s",
        extension: None,
        parsers: &[],
    },
    Work {
        row: "P8",
        name: "P8 P1 in appends of 1 byte",
        media: || Some(muxed().pieces(1, 4 << 20)),
        per: Per::Append,
        target: "≤ 250 ns each",
        extension: None,
        parsers: &[],
    },
];

const P6: &str = "P6 low latency";
const FRESH: &str = "memcpy into fresh memory";
const P9: &str = "P9 buffered";
const RANGES: [usize; 3] = [1, 1000, 5000];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let mut rows = Vec::new();
    for work in &WORKS {
        run(&mut criterion, work, &mut rows);
    }
    if wanted(P6) {
        let work = Work {
            row: "P6",
            name: P6,
            media: || Some(Media::new(synth::low_latency(20_000))),
            per: Per::Append,
            target: "≤ 600 ns each, p99 ≤ 2 µs",
            extension: Some("mp4"),
            parsers: &[],
        };
        if let Some(media) = run(&mut criterion, &work, &mut rows) {
            percentiles(&media, &mut rows);
        }
    }
    if wanted(P9) {
        buffered(&mut criterion);
        buffered_rows(&mut rows);
    }
    print(&rows);
    criterion.final_summary();
}

fn run(criterion: &mut Criterion, work: &Work, rows: &mut Vec<Row>) -> Option<Media> {
    if !wanted(work.name) {
        return None;
    }
    let Some(media) = (work.media)() else {
        eprintln!("{}: no stream without ffmpeg", work.name);
        return None;
    };
    appends(criterion, work.name, &media);
    append_rows(work, &media, rows);
    Some(media)
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
    group.bench_function(FRESH, |bencher| {
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

fn append_rows(work: &Work, media: &Media, rows: &mut Vec<Row>) {
    let figure = |time: f64| match work.per {
        Per::Second => rate(media.len(), time),
        Per::Frame => each(time, media.frames, "frame"),
        Per::Append => each(time, media.segments.len() as u64, "append"),
    };
    let mut row = |what: String, measured: Option<String>, target| {
        if let Some(measured) = measured {
            rows.push(Row { row: work.row, what, measured, target });
        }
    };
    let names = ["append", "append copied", FRESH, "memcpy"];
    let [shared, copied, fresh, warm] = names.map(|name| median(work.name, name));
    let name = work.name.trim_start_matches(work.row).trim_start();
    row(format!("{name}: append, shared"), shared.map(figure), work.target);
    row("append, copied in".to_owned(), copied.map(figure), "");
    row(FRESH.to_owned(), fresh.map(figure), "");
    row("memcpy".to_owned(), warm.map(figure), "");
    let ratio = copied.zip(fresh).map(|(ours, fresh)| format!("{:.2}", fresh / ours));
    row(
        "copied in : memcpy into fresh memory".to_owned(),
        ratio,
        if work.row == "P1" { "≥ 0.7" } else { "" },
    );
    let ratio = |time: f64| shared.map_or(String::new(), |ours| format!(" ({:.1} × ours)", time / ours));
    let mut peer = |name: &str, time: Option<Duration>| {
        let figure = time.map(nanoseconds).map(|time| figure(time) + &ratio(time));
        row(name.to_owned(), figure, "");
    };
    if let Some(extension) = work.extension {
        let path = file(media, &format!("{}.{extension}", work.name.replace(' ', "-")));
        peer("libavformat (ffmpeg -c copy)", path.ok().and_then(|path| libavformat(&path, 3)));
    }
    for parser in work.parsers {
        peer(parser.name, parser.time(media, 3));
    }
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
