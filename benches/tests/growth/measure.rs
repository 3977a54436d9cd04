//! One run of a generator: processor time and memory.

use crate::ALLOCATOR;
use crate::generators::{Generator, Load, Player, Run, config};
use bytes::Bytes;
use mse_core::{ByteStreamFormat, Demuxed, Limits, MimeType};
use rustix::time::{ClockId, clock_gettime};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// A parser that has taken so long with one input is not asked again.
const ENOUGH: Duration = Duration::from_secs(4);

/// Measurements of one run.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Taken {
    pub(crate) time: Duration,
    /// Time of the longest single call.
    pub(crate) longest: Duration,
    pub(crate) load: Load,
    /// Most bytes that were allocated at a time, the input among them.
    pub(crate) peak: usize,
    /// Bytes that were allocated at the end.
    pub(crate) held: usize,
    pub(crate) panicked: bool,
    /// The code of the error that ended it.
    pub(crate) error: &'static str,
}

/// Bytes beyond which nothing more is asked of a source, so that the machine of the test lives on.
const TOO_MUCH: usize = 400 << 20;

/// Whether so much is allocated that a run must end where it is.
pub(crate) fn is_too_much() -> bool {
    ALLOCATOR.current_usage() > TOO_MUCH
}

/// Processor time of all threads: a parser may have one of its own.
pub(crate) fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Runs a generator at a size. `each` measures single calls, which takes time itself.
pub(crate) fn run(generator: &Generator, n: usize, each: bool) -> Taken {
    let work = || match generator.run {
        Run::Bytes(format, make) => feed(format, &make(n), usize::MAX, each),
        Run::Pieces(format, make, size) => feed(format, &make(n), size, each),
        Run::Claim(format, make) => feed(format, &make(n as u64), usize::MAX, each),
        Run::Text(make) => calls(|| (texts(&make(n)), ())),
        Run::Page(page) => calls(|| {
            let player = page(n);
            (player.load, player)
        }),
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Taken { panicked: true, ..Taken::default() })
}

/// Work, and what is left of it.
fn calls<T>(work: impl FnOnce() -> (Load, T)) -> Taken {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let start = now();
    let (load, rest) = work();
    let time = now() - start;
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    let held = ALLOCATOR.current_usage().saturating_sub(before);
    drop(rest);
    Taken { time, load, peak, held, ..Taken::default() }
}

/// A text so short takes no time that can be measured, so it is parsed more often.
fn texts(text: &str) -> Load {
    const TIMES: u64 = 64;
    let registry = mse::Registry::default();
    for _ in 0..TIMES {
        std::hint::black_box(MimeType::parse(text));
        std::hint::black_box(registry.is_type_supported(text, &|_| true));
    }
    Load { bytes: TIMES * text.len() as u64, ..Load::default() }
}

/// The bytes of a generator in a SourceBuffer that keeps all frames, in appends of 64 KiB.
pub(crate) fn engine(format: &'static ByteStreamFormat, make: fn(usize) -> Vec<u8>, n: usize) -> Taken {
    let bytes = make(n);
    let mut config = config();
    config.registry.register(format);
    let work = || {
        calls(|| {
            let mut player = Player::of(config, format.mime_types[0]);
            for piece in bytes.chunks(64 << 10) {
                player.append(Bytes::copy_from_slice(piece));
                if !player.is_open {
                    break;
                }
            }
            let load = Load { calls: player.load.ops, ops: 0, ..player.load };
            (load, player)
        })
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Taken { panicked: true, ..Taken::default() })
}

fn feed(format: &ByteStreamFormat, bytes: &[u8], size: usize, each: bool) -> Taken {
    let mime = MimeType::parse(format.mime_types[0]).unwrap();
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let start = now();
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    let mut longest = Duration::ZERO;
    let mut load = Load::default();
    let (mut error, mut polls) = ("", 0);
    'all: for piece in bytes.chunks(size) {
        demuxer.push(Bytes::copy_from_slice(piece));
        load.bytes += piece.len() as u64;
        load.calls += 1;
        loop {
            let called = if each { now() } else { Duration::ZERO };
            let item = demuxer.poll();
            if each {
                longest = longest.max(now() - called);
            }
            polls += 1_u32;
            if polls.is_multiple_of(64) && (now() - start > ENOUGH || is_too_much()) {
                break 'all;
            }
            match item {
                Ok(Demuxed::NeedMoreData) => break,
                Ok(_) => load.items += 1,
                Err(found) => {
                    error = found.code;
                    break 'all;
                }
            }
        }
    }
    let time = now() - start;
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    let held = ALLOCATOR.current_usage().saturating_sub(before);
    Taken { time, longest, load, peak, held, error, panicked: false }
}
