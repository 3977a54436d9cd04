//! A live stream for a long time, as fast as it goes: with quality switches, seeks, removals and
//! evictions, and memory that does not grow. Three hours; `WEEK=1` runs a week.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::MemoryUsage;
use mse::{FrameReader, MediaTime, Quota, Read, TimelineConfig, TrackKey};
use mse_benches::streams::Page;
use mse_testkit::isobmff::{NON_SYNC, SYNC, Sample, Segment, TrackFragment};
use mse_testkit::synth;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Segments of ten minutes. Everything that is done comes again after as many.
const PERIOD: u64 = 300;
/// Seconds of a segment.
const SEGMENT: u64 = 2;
/// Segments between two quality switches.
const SWITCH: u64 = 50;
/// Variation in the number of tree nodes, which are never as full at one time as at another, in
/// bytes.
const JITTER: usize = 16 << 10;
/// By how much the mean of the last quarter may be above that of the first.
const TREND: i64 = 1 << 10;
/// After so many periods each track remembers as many losses as it ever does, the causes of its
/// gaps; and what these take.
const SETTLED: usize = 200;
const LOSSES: usize = 64 << 10;

/// Two seconds of video at 30 frames a second, and of audio in frames of 20 ms.
fn segment(index: u64, frame: &Bytes) -> Bytes {
    let video = (0..60).map(|at| Sample {
        flags: if at == 0 { SYNC } else { NON_SYNC },
        ..Sample::new(1000, frame.slice(at..))
    });
    let audio = (0..100).map(|at| Sample::new(960, frame.slice(..60 + at)));
    let tracks = vec![
        TrackFragment::new(1, index * 60_000, video.collect()),
        TrackFragment::new(2, index * 96_000, audio.collect()),
    ];
    Segment { sequence_number: index as u32, tracks, ..Segment::default() }.bytes()
}

struct Player {
    page: Page,
    readers: [FrameReader; 2],
    read: u64,
}

impl Player {
    fn read_on(&mut self) {
        for reader in &mut self.readers {
            loop {
                match reader.read() {
                    Read::Frame(_) => self.read += 1,
                    Read::DescriptionChanged(_) => {}
                    _ => break,
                }
            }
        }
    }

    fn seek(&mut self, seconds: f64) {
        for reader in &mut self.readers {
            assert!(reader.seek(MediaTime::from_seconds(seconds)).is_some(), "{seconds} is buffered");
        }
    }
}

#[test]
fn a_live_stream_does_not_grow() {
    let periods = if std::env::var_os("WEEK").is_some() { 7 * 24 * 6 } else { 3 * 6 };
    let qualities = [Bytes::from(vec![1; 400]), Bytes::from(vec![2; 200])];
    let stream = synth::muxed(2, 1_000_000);
    // A block of audio is a segment, so that each period has the same.
    let timeline = TimelineConfig { max_block_frames: 100, ..TimelineConfig::default() };
    let mut page = Page::with(stream.mime, &stream.init, timeline);
    let reader =
        |page: &mut Page, index| page.source.open_reader(TrackKey { source_buffer: page.id, index }).unwrap();
    let readers = [reader(&mut page, 0), reader(&mut page, 1)];
    let mut player = Player { page, readers, read: 0 };
    let capacity = periods as usize;
    let (mut held, mut memory, mut evictions) =
        (Vec::with_capacity(capacity), Vec::with_capacity(capacity), 0);
    for index in 0..periods * PERIOD {
        let (quality, at) = ((index / SWITCH % 2) as usize, index % PERIOD);
        let now = (index * SEGMENT) as f64;
        player.page.play_at(now);
        // A switch replaces the last three segments.
        let first = if index % SWITCH == 0 { index.saturating_sub(3) } else { index };
        for index in first..=index {
            player.page.append(segment(index, &qualities[quality]));
            player.page.hear();
        }
        player.read_on();
        if at % 70 == 30 {
            player.seek(now - 15.0);
            player.read_on();
        }
        // Half of the time the application removes what is behind, half of the time it relies on
        // eviction.
        if at < PERIOD / 2 {
            player.page.source.set_quota(Quota { audio: u64::MAX, video: u64::MAX, text: u64::MAX });
            if now > 60.0 {
                player.page.remove(0.0, now - 60.0);
            }
        } else {
            player.page.source.set_quota(Quota { audio: 0, video: 1 << 20, text: 0 });
        }
        let mut source_buffer = player.page.source.source_buffer(player.page.id).unwrap();
        evictions += source_buffer.take_evictions().len();
        if at == PERIOD - 1 {
            assert_eq!(source_buffer.buffered().unwrap().len(), 1);
            memory.push(source_buffer.memory());
            held.push(ALLOCATOR.current_usage());
        }
    }
    let first = if held.len() > SETTLED { SETTLED } else { 1 };
    let (held, memory) = (&held[first..], &memory[first..]);
    let spread = |values: &mut dyn Iterator<Item = usize>| {
        let (low, high) =
            values.fold((usize::MAX, 0), |(low, high), value| (low.min(value), high.max(value)));
        high - low
    };
    let allocated = spread(&mut held.iter().copied());
    let bookkeeping = spread(&mut memory.iter().map(|memory| memory.bookkeeping as usize));
    println!(
        "{periods} periods of ten minutes, {} frames read, {evictions} evictions; {:?}; from period {first} on: {} bytes held, {allocated} \
         more or less, bookkeeping {bookkeeping}",
        player.read, memory[0], held[0]
    );
    assert!(evictions as u64 > periods * 10);
    let bytes = |memory: &MemoryUsage| (memory.payload, memory.retained);
    assert!(memory.iter().all(|other| bytes(other) == bytes(&memory[0])), "to the byte: {memory:?}");
    if first == SETTLED {
        assert_eq!(bookkeeping, 0, "to the byte");
        assert!(allocated <= JITTER, "{allocated}");
        let mean = |held: &[usize]| held.iter().sum::<usize>() as i64 / held.len() as i64;
        let quarter = held.len() / 4;
        let trend = mean(&held[held.len() - quarter..]) - mean(&held[..quarter]);
        println!("mean of the last quarter less that of the first: {trend} bytes");
        assert!(trend <= TREND, "{trend}");
    } else {
        assert!(bookkeeping <= LOSSES && allocated <= LOSSES + JITTER, "{bookkeeping} {allocated}");
    }
}
