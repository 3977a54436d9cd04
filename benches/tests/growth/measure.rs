//! One run of a generator, and the memory that it takes.

use crate::ALLOCATOR;
use crate::generators::{Generator, Load, Player, Run, config};
use bytes::Bytes;
use mse_core::{ByteStreamFormat, Demuxed, Limits, MimeType};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Way in which the input of a generator is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// As the generator says: by a demuxer alone, or by the calls of a page.
    Alone,
    /// By a demuxer alone, in pieces of 1 KiB.
    Pieces,
    /// By a SourceBuffer, in appends of 64 KiB.
    SourceBuffer,
}

/// Measurements of one run.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Taken {
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

/// Runs a generator at a size.
pub(crate) fn run(generator: &Generator, way: Way, n: usize) -> Taken {
    prepare(generator, way, n)()
}

/// A run whose input is made.
pub(crate) fn prepare(generator: &Generator, way: Way, n: usize) -> Box<dyn FnOnce() -> Taken> {
    let work: Box<dyn FnOnce() -> Taken> = match (generator.run, way) {
        (Run::Bytes(format, make), Way::SourceBuffer) => in_source_buffer(format, make(n)),
        (Run::Bytes(format, make), Way::Pieces) => by_demuxer(format, make(n), 1024),
        (Run::Bytes(format, make), Way::Alone) => by_demuxer(format, make(n), usize::MAX),
        (Run::Pieces(format, make, size), _) => by_demuxer(format, make(n), size),
        (Run::Claim(format, make), _) => by_demuxer(format, make(n as u64), usize::MAX),
        (Run::Text(make), _) => {
            let (text, registry) = (make(n), mse::Registry::default());
            Box::new(move || calls(|| (texts(&registry, &text), ())))
        }
        (Run::Page(page), _) => Box::new(move || {
            calls(|| {
                let player = page(n);
                (player.load, player)
            })
        }),
    };
    Box::new(move || {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Taken { panicked: true, ..Taken::default() })
    })
}

/// Work, and what is left of it.
fn calls<T>(work: impl FnOnce() -> (Load, T)) -> Taken {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let (load, rest) = work();
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    let held = ALLOCATOR.current_usage().saturating_sub(before);
    drop(rest);
    Taken { load, peak, held, ..Taken::default() }
}

fn texts(registry: &mse::Registry, text: &str) -> Load {
    std::hint::black_box(MimeType::parse(text));
    std::hint::black_box(registry.is_type_supported(text, &|_| true));
    Load { bytes: text.len() as u64, ..Load::default() }
}

/// Appends of 64 KiB to a SourceBuffer that keeps all frames.
fn in_source_buffer(format: &'static ByteStreamFormat, bytes: Vec<u8>) -> Box<dyn FnOnce() -> Taken> {
    let mut config = config();
    config.registry.register(format);
    Box::new(move || {
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
    })
}

fn by_demuxer(format: &'static ByteStreamFormat, bytes: Vec<u8>, size: usize) -> Box<dyn FnOnce() -> Taken> {
    Box::new(move || feed(format, &bytes, size))
}

fn feed(format: &ByteStreamFormat, bytes: &[u8], size: usize) -> Taken {
    let mime = MimeType::parse(format.mime_types[0]).unwrap();
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let mut demuxer = (format.new_demuxer)(&mime, &Limits::default());
    let mut load = Load::default();
    let mut error = "";
    'all: for piece in bytes.chunks(size) {
        demuxer.push(Bytes::copy_from_slice(piece));
        load.bytes += piece.len() as u64;
        load.calls += 1;
        loop {
            match demuxer.poll() {
                Ok(Demuxed::NeedMoreData) => break,
                Ok(_) => load.items += 1,
                Err(found) => {
                    error = found.code;
                    break 'all;
                }
            }
            if load.items.is_multiple_of(64) && is_too_much() {
                break 'all;
            }
        }
    }
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    let held = ALLOCATOR.current_usage().saturating_sub(before);
    Taken { load, peak, held, error, panicked: false }
}
