//! Rows P1 to P16 of the targets. `cargo bench`, with a row's name to run only that:
//! `cargo bench P2`. Criterion's options go behind `--`: `cargo bench -- P2 --quick`,
//! `cargo bench -- --save-baseline before`.
//!
//! A bench that is not given a size by its row uses a stream that fits a small machine; the figures
//! are rates, and flat in the length.

use bytes::{Bytes, BytesMut};
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_benches::peers::{file, libavformat};
use mse_benches::report::{Row, each, median, nanoseconds, print, rate};
use mse_benches::scale::{self, Alternating};
use mse_benches::streams::{Media, Page};
use mse_benches::work::{Per, WORKS, Work};
use mse_testkit::synth;
use std::hint::black_box;
use std::time::{Duration, Instant};

const FRESH: &str = "memcpy into fresh memory";
const P9: &str = "P9 buffered";
/// Ranges at which the element is polled, and of which source.
const POLLED_RANGES: [usize; 3] = [1, 5000, 40_000];
const POLLED: [(bool, &str); 2] = [(false, ""), (true, "managed, ")];
const RANGES: [usize; 3] = [1, 1000, 5000];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let mut rows = Vec::new();
    for work in &WORKS {
        if let Some(media) = run(&mut criterion, work, &mut rows)
            && work.row == "P6"
        {
            percentiles(&media, &mut rows);
        }
    }
    scale_rows(&mut criterion);
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

/// Options of criterion whose value is the next argument.
const WITH_VALUE: [&str; 16] = [
    "-b",
    "-c",
    "-s",
    "--baseline",
    "--baseline-lenient",
    "--color",
    "--confidence-level",
    "--load-baseline",
    "--measurement-time",
    "--noise-threshold",
    "--nresamples",
    "--plotting-backend",
    "--profile-time",
    "--sample-size",
    "--save-baseline",
    "--warm-up-time",
];

/// Whether the command line's filter, if any, lets a row run: media are large, and not made for
/// rows that are not measured.
fn wanted(row: &str) -> bool {
    let mut arguments = std::env::args().skip(1);
    let mut filter = None;
    while let Some(argument) = arguments.next() {
        if WITH_VALUE.contains(&argument.as_str()) {
            arguments.next();
        } else if !argument.starts_with('-') {
            filter = Some(argument);
        }
    }
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

/// P10 to P16, each by the function that does it once and tells its time.
fn scale_rows(criterion: &mut Criterion) {
    const HOURS: u32 = 10;
    const SECONDS: f64 = HOURS as f64 * 3600.0;
    let audio = || Media::new(synth::aac(HOURS));
    let short = || Media { segments: audio().segments[..5000].to_vec(), ..audio() };
    let mut bench = |row: &str, media: &dyn Fn() -> Media, once: &dyn Fn(&Media) -> Duration| {
        if wanted(row) {
            let media = media();
            criterion.bench_function(row, |bencher| {
                bencher.iter_custom(|runs| (0..runs).map(|_| once(&media)).sum());
            });
        }
    };
    bench("P10 remove the first 2 s of 10 h", &audio, &|media| {
        scale::remove_first(&mut scale::filled(media))
    });
    bench("P10 remove 2 s in the middle", &audio, &|media| {
        scale::remove_in_the_middle(&mut scale::filled(media), SECONDS)
    });
    bench("P10 remove the first half", &audio, &|media| {
        scale::remove_half(&mut scale::filled(media), SECONDS)
    });
    bench("P11 seek in 10 h and read", &audio, &|media| {
        scale::seek_and_read(&mut scale::reader(&mut scale::filled(media)), SECONDS as i64)
    });
    bench("P12 live window, 24 h", &|| Media::new(synth::video(2, 64_000)), &|_| {
        scale::median(scale::live_window(synth::video(24 * 3600, 64_000)))
    });
    bench("P13 10 h over 10 h", &audio, &|media| scale::overlap(&mut scale::filled(media), media));
    bench("P14 two threads", &audio, &|media| scale::on_threads(media, 2, 1));
    bench("P15 to the first frame", &|| Media::new(synth::muxed(4, 4_500_000)), &scale::first_frame);
    bench("P16 5000 segments in reverse", &short, &|media| scale::in_reverse(media)[2]);
}

fn buffered(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(P9);
    for count in RANGES {
        let mut page = scale::with_ranges(count);
        group.bench_function(format!("unchanged, {count} ranges"), |bencher| {
            let id = page.id;
            let source_buffer = page.source.source_buffer(id).expect("it was added");
            bencher.iter(|| black_box(source_buffer.buffered()));
        });
        let mut others = Alternating::in_the_middle_of(count);
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
    for count in POLLED_RANGES {
        for (is_managed, name) in POLLED {
            let mut page = scale::with_ranges_and_element(count, is_managed);
            let mut others = Alternating::in_the_middle_of(count);
            group.bench_function(format!("append and poll, {name}{count} ranges"), |bencher| {
                bencher.iter(|| {
                    page.append(others.next_one());
                    page.hear();
                });
            });
        }
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
    for (is_managed, name) in POLLED {
        for count in POLLED_RANGES {
            let Some(time) = median(P9, &format!("append and poll, {name}{count} ranges")) else { continue };
            let what = if is_managed { " of a managed source" } else { "" };
            rows.push(Row {
                row: "P9",
                what: format!("append and poll of the element at {count} ranges{what}"),
                measured: each(time, 1, "call"),
                target: "≤ 1.3 × that at 1",
            });
        }
    }
}
