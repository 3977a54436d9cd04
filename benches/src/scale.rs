//! Rows P9 to P16, and what must cost in hour 24 what it cost in hour 1: a source in some state,
//! and the operation that is timed.

use crate::streams::{Media, Page};
use bytes::Bytes;
use mse::timeline::GapPolicy;
use mse::{FrameReader, MediaTime, Read, TimelineConfig, TrackId, TrackKey};
use mse_testkit::random::Random;
use mse_testkit::synth::Stream;
use mse_testkit::{frames, mock, synth};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

/// Seconds of a segment of the streams.
pub const SEGMENT: u64 = 2;

/// Wall time of some work.
pub fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// Time of a processor that something takes of this thread: other work on the machine does not
/// count in, unlike in [`timed`]. For what takes milliseconds or more, since the clock takes a
/// system call.
pub fn timed_alone<T>(work: impl FnOnce() -> T) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    };
    let start = now();
    black_box(work());
    now() - start
}

/// The median.
///
/// # Panics
///
/// Without any.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A page with all of a stream.
pub fn filled(media: &Media) -> Page {
    let mut page = Page::new(media);
    for segment in &media.segments {
        page.append(segment.clone());
        page.hear();
    }
    page
}

// ---- P9

/// A video SourceBuffer with many ranges of one frame.
pub fn with_ranges(count: usize) -> Page {
    with_frames(count, MediaTime::ZERO)
}

/// The same frames as one range.
pub fn with_one_range_of(count: usize) -> Page {
    with_frames(count, MediaTime::SECOND)
}

/// The same ranges of a source, managed or not, whose element is polled and at the middle.
pub fn with_ranges_and_element(count: usize, is_managed: bool) -> Page {
    let nothing = nothing();
    let new = if is_managed { Page::managed } else { Page::with };
    let mut page = fill(new(nothing.mime, &nothing.init, tolerating(MediaTime::ZERO)), count);
    page.watch_at(count as f64 / 20.0);
    page
}

fn with_frames(count: usize, tolerance: MediaTime) -> Page {
    let nothing = nothing();
    fill(Page::with(nothing.mime, &nothing.init, tolerating(tolerance)), count)
}

fn tolerating(tolerance: MediaTime) -> TimelineConfig {
    TimelineConfig { gap_policy: GapPolicy::Fixed(tolerance), ..TimelineConfig::default() }
}

fn fill(mut page: Page, count: usize) -> Page {
    for index in 0..count {
        page.append(frame_at(index, 40));
        page.hear();
    }
    page
}

/// The stream of [`with_ranges`] without any segment.
pub fn nothing() -> Media {
    let init = mock::init(None, &[mock::MockTrack::video(1)]);
    Media { mime: mock::VIDEO, init, segments: vec![], frames: 0 }
}

/// A frame of so many milliseconds that is a range of its own.
pub fn frame_at(index: usize, duration: usize) -> Bytes {
    mock::segment(&frames::frames_of(TrackId(1), &format!("{}D{duration}K", index * 100)))
}

/// Segments one after the other, and again.
pub struct Alternating {
    segments: [Bytes; 4],
    next: usize,
}

impl Alternating {
    /// A frame in the middle of so many ranges is replaced by a longer or a shorter one, so that
    /// the ranges change each time. Another one comes in between: decode times that go back begin a
    /// new coded frame group.
    pub fn in_the_middle_of(count: usize) -> Self {
        let middle = count / 2;
        let other = if count == 1 { 1000 } else { middle + 1 };
        let segments = [(middle, 50), (other, 50), (middle, 40), (other, 40)];
        Self { segments: segments.map(|(index, duration)| frame_at(index, duration)), next: 0 }
    }

    /// The next one.
    pub fn next_one(&mut self) -> Bytes {
        self.next = (self.next + 1) % self.segments.len();
        self.segments[self.next].clone()
    }
}

/// An append at so many ranges.
pub fn append_at_ranges(count: usize) -> Duration {
    append_in_the_middle(with_ranges(count), count)
}

/// The same append where the same frames are one range: what of its cost is that of the ranges.
pub fn append_at_one_range_of(count: usize) -> Duration {
    append_in_the_middle(with_one_range_of(count), count)
}

fn append_in_the_middle(mut page: Page, count: usize) -> Duration {
    let mut others = Alternating::in_the_middle_of(count);
    median((0..400).map(|_| timed(|| page.append(others.next_one()))).collect())
}

// ---- P10

/// Removals of two seconds at the start, one after the other.
pub fn remove_first(page: &mut Page) -> Duration {
    median((0..200_u32).map(|index| timed(|| page.remove(0.0, f64::from(index) * 2.0 + 2.0))).collect())
}

/// Removals of two seconds from the middle of so many seconds on.
pub fn remove_in_the_middle(page: &mut Page, seconds: f64) -> Duration {
    let at = |index: u32| seconds / 2.0 + f64::from(index) * 10.0;
    median((0..200_u32).map(|index| timed(|| page.remove(at(index), at(index) + 2.0))).collect())
}

/// Removal of the first half.
pub fn remove_half(page: &mut Page, seconds: f64) -> Duration {
    timed_alone(|| page.remove(0.0, seconds / 2.0))
}

/// A removal of the first half of a stream whose memory nobody else has; then the freeing of that
/// memory, if it is kept.
pub fn remove_half_and_free(stream: Stream, seconds: f64, keep_freed: bool) -> (Duration, Duration) {
    let timeline = TimelineConfig { keep_freed, ..TimelineConfig::default() };
    let mut page = Page::with(stream.mime, &stream.init.clone(), timeline);
    stream.for_each(|segment| page.append(segment));
    let removed = remove_half(&mut page, seconds);
    let freed = page.take_freed();
    (removed, timed_alone(|| drop(freed)))
}

// ---- P11

/// A reader of the first track.
///
/// # Panics
///
/// When nothing is buffered.
pub fn reader(page: &mut Page) -> FrameReader {
    let mut reader = page.source.open_reader(TrackKey { source_buffer: page.id, index: 0 }).expect("a track");
    reader.seek(MediaTime::ZERO);
    assert!(matches!(reader.read(), Read::DescriptionChanged(_)), "something is buffered");
    reader
}

/// Seeks to random times of so many seconds, each with the first frame read.
///
/// # Panics
///
/// When there is none.
pub fn seek_and_read(reader: &mut FrameReader, seconds: i64) -> Duration {
    const SEEKS: u32 = 2000;
    let mut random = Random::new(11);
    let times: Vec<MediaTime> = (0..SEEKS)
        .map(|_| MediaTime::from_seconds(random.within(0..=(seconds - 4) * 1000) as f64 / 1000.0))
        .collect();
    let all = timed_alone(|| {
        for &time in &times {
            reader.seek(time);
            assert!(matches!(black_box(reader.read()), Read::Frame(_)), "{time:?}");
        }
    });
    all / SEEKS
}

// ---- P12

/// A live window of 600 s: for each segment of two seconds an append and a removal. The median of
/// each hour, in its order.
pub fn live_window(stream: Stream) -> Vec<Duration> {
    const KEPT: f64 = 600.0;
    let mut page =
        Page::new(&Media { mime: stream.mime, init: stream.init.clone(), segments: vec![], frames: 0 });
    let (mut hours, mut hour) = (Vec::new(), Vec::new());
    for (index, segment) in (1_u32..).zip(stream) {
        let end = f64::from(index) * SEGMENT as f64;
        hour.push(timed(|| {
            page.append(segment);
            if end > KEPT {
                page.remove(0.0, end - KEPT);
            }
        }));
        page.hear();
        if end % 3600.0 == 0.0 {
            hours.push(median(std::mem::take(&mut hour)));
        }
    }
    hours
}

// ---- P13

/// A stream over itself, segment by segment.
pub fn overlap(page: &mut Page, media: &Media) -> Duration {
    timed_alone(|| media.segments.iter().for_each(|segment| page.append(segment.clone())))
}

// ---- P14

/// Appending a stream so many times on each of some threads, each with sources of its own.
///
/// # Panics
///
/// When a thread does.
pub fn on_threads(media: &Media, threads: usize, rounds: u32) -> Duration {
    let work = || {
        for _ in 0..rounds {
            let mut page = Page::new(media);
            media.segments.iter().for_each(|segment| page.append(segment.clone()));
        }
    };
    timed(|| {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            threads.into_iter().for_each(|thread| thread.join().expect("it appends"));
        });
    })
}

/// Work of two threads in a time, as a multiple of that of one.
pub fn two_threads(media: &Media, rounds: u32) -> f64 {
    on_threads(media, 1, 1);
    2.0 * on_threads(media, 1, rounds).as_secs_f64() / on_threads(media, 2, rounds).as_secs_f64()
}

// ---- P15

/// From nothing to the first frame: a source, a SourceBuffer, an initialization segment, one media
/// segment, a read.
///
/// # Panics
///
/// When no frame comes.
pub fn first_frame(media: &Media) -> Duration {
    let segment = media.segments.first().expect("a segment");
    let once = || {
        let mut page = Page::new(media);
        page.append(segment.clone());
        let frame = reader(&mut page).read();
        assert!(matches!(frame, Read::Frame(_)), "a frame");
        page
    };
    median((0..500).map(|_| timed(once)).collect())
}

// ---- P16

/// Segments in reverse order: the median of the first hundred and of the last hundred, and of all.
pub fn in_reverse(media: &Media) -> [Duration; 3] {
    let mut page = Page::new(media);
    let times: Vec<Duration> = media
        .segments
        .iter()
        .rev()
        .map(|segment| {
            let time = timed(|| page.append(segment.clone()));
            page.hear();
            time
        })
        .collect();
    let last = times.len().saturating_sub(100);
    [median(times[..100.min(times.len())].to_vec()), median(times[last..].to_vec()), median(times)]
}

// ---- flat for a day

/// Medians of appends, a thousandth of the stream or more each, by the end of what is then buffered
/// as a part of all.
pub fn appends_by_length(media: &Media, points: usize) -> Vec<(f64, Duration)> {
    let mut page = Page::new(media);
    let mut medians = Vec::new();
    for (part, segments) in (1_u32..).zip(media.segments.chunks(media.segments.len().div_ceil(points))) {
        let times = segments.iter().map(|segment| {
            let time = timed(|| page.append(segment.clone()));
            page.hear();
            time
        });
        medians.push((f64::from(part) / points as f64, median(times.collect())));
    }
    medians
}

/// Time of a frame in fragments of so many.
pub fn fragments_of(frames: u64) -> Duration {
    let media = Media::new(synth::fragments(20_000 / frames * frames, frames));
    let runs = (0..5).map(|_| {
        let mut page = Page::new(&media);
        timed_alone(|| media.segments.iter().for_each(|segment| page.append(segment.clone())))
    });
    runs.min().unwrap_or_default() / media.frames as u32
}

/// An append when so many sources take turns.
pub fn sources_at_once(count: usize) -> Duration {
    let media = Media::new(synth::aac(1));
    let mut pages: Vec<Page> = (0..count).map(|_| Page::new(&media)).collect();
    let turns = media.segments.iter().take(12_800 / count.max(8));
    let times = turns.flat_map(|segment| {
        pages.iter_mut().map(|page| timed(|| page.append(segment.clone()))).collect::<Vec<_>>()
    });
    median(times.collect())
}
