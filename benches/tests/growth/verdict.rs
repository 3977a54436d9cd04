//! Demands on a generator, and whether it keeps to them.

use crate::generators::{Generator, Run};
use crate::known::{self, Fault};
use crate::measure::{self, Taken};
use crate::table::Row;
use mse_core::ByteStreamFormat;
use std::time::Duration;

/// The most by which work may grow faster than the input: time is t · n^1.15 or less.
const EXPONENT: f64 = 1.15;
/// The same for the last doubling alone, which is measured less exactly.
const LAST: f64 = 1.35;
/// The smallest size takes at least so long, or is as large as may be.
const MEASURABLE: Duration = Duration::from_millis(1);
/// A size that is expected to take longer than this is left out.
const TOO_LONG: Duration = Duration::from_millis(250);
/// Nanoseconds of a byte, in a build of tests on any machine.
const COST: f64 = 1000.0;
/// Nanoseconds of a call of a page.
const CALL_COST: f64 = 100_000.0;
/// The part of a limit below which a known failure has got better, if its figure was beyond the
/// limit by the factor below.
const BETTER: f64 = 0.93;
/// Nearer to the limit a failure on one machine is none on another.
const FAR: f64 = 1.25;
/// Bytes for each byte of input.
const MEMORY: f64 = 2.0;
/// Bytes that may be held whatever the input.
const ALLOWANCE: usize = 64 << 10;
/// The same of Ogg, FLAC and WAV, whose parsers read through buffers of a fixed size.
const PULL_ALLOWANCE: usize = 512 << 10;
/// A stored frame (M1, M2), an event or a loss of a receipt, in a list that grows: the old one, and
/// twice as long a new one.
const FRAME: usize = 3 * 48;
/// A call of a page: messages, events, ranges.
const CALL: usize = 512;
/// Nanoseconds of a byte at the largest size below which nothing is asked of the exponent: bytes
/// are copied as fast, and it is the caches of the machine that are measured.
const CHEAP: f64 = 2.0;
/// Bytes of the run that memory is measured of, or calls.
const MEMORY_BYTES: usize = 100_000;
const MEMORY_CALLS: usize = 1000;
/// Bytes of the run that single polls are measured of, in pieces of this size.
const POLLED_BYTES: usize = 16 << 10;
/// The longest poll: so many microseconds, whatever the input.
const LONGEST: f64 = 10_000.0;
/// Number of times that an exponent that is too large is measured again: other work on the machine
/// adds to a time, and never takes from it.
const ROUNDS: usize = 8;
/// Pause before that: what disturbs is over by then, or its share is less.
const PAUSE: Duration = Duration::from_millis(50);
/// Time in microseconds that an input of a few bytes may take whatever its headers claim.
const CLAIM: f64 = 5000.0;

/// Measures a generator; its row of the table, and what is wrong.
pub(crate) fn of(generator: &Generator) -> (Row, Vec<String>) {
    let mut row = Row { name: generator.name, ..Row::default() };
    let mut complaints = Vec::new();
    match generator.run {
        Run::Claim(..) => of_claim(generator, &mut row, &mut complaints),
        _ => of_size(generator, &mut row, &mut complaints),
    }
    (row, complaints)
}

/// Whether a figure keeps to its limit, or is what is known of it.
fn judge(
    generator: &Generator,
    fault: Fault,
    (figure, limit): (f64, f64),
    again: impl FnOnce() -> f64,
    complaints: &mut Vec<String>,
) {
    let name = generator.name;
    match known::entry(name, fault) {
        None if figure <= limit => {}
        None => complaints.push(format!("{name}: {fault:?} is {figure:.2}, at most {limit} is right")),
        Some(entry) if figure <= limit * BETTER && entry.figure > limit * FAR => {
            let figure = figure.max(again());
            if figure <= limit * BETTER {
                complaints.push(format!(
                    "{name}: {fault:?} is {figure:.2} and right; remove the entry of {} ({})",
                    entry.figure, entry.reason
                ));
            }
        }
        Some(_) if figure <= limit => {}
        Some(entry) if figure > entry.figure * fault.slack() => {
            complaints
                .push(format!("{name}: {fault:?} is {figure:.2} and was {}: it got worse", entry.figure));
        }
        Some(_) => {}
    }
}

fn of_claim(generator: &Generator, row: &mut Row, complaints: &mut Vec<String>) {
    let mut slowest = 0.0;
    let mut panicked = false;
    for bits in [8, 12, 16, 20, 24, 28, 31, 32] {
        let claim = (1_usize << bits) - 1;
        let taken = measure::run(generator, claim, false);
        row.end = taken.error;
        let micros = taken.time.as_secs_f64() * 1e6;
        row.claim = Some((claim as u64, micros));
        row.bytes = taken.load.bytes;
        panicked |= taken.panicked;
        slowest = f64::max(slowest, micros);
        let over = taken.peak.saturating_sub(allowance_of(generator)) as f64 / taken.load.bytes.max(1) as f64;
        row.peak = row.peak.max(over);
        if micros > CLAIM {
            break;
        }
    }
    judge(generator, Fault::Panic, (f64::from(u8::from(panicked)), 0.0), || 1.0, complaints);
    judge(generator, Fault::Claim, (slowest, CLAIM), || slowest, complaints);
    judge(generator, Fault::Memory, (row.peak, MEMORY), || row.peak, complaints);
}

fn of_size(generator: &Generator, row: &mut Row, complaints: &mut Vec<String>) {
    let base = base(generator);
    let mut sizes = sizes(generator, base, 2);
    let is_known = known::entry(generator.name, Fault::Time).is_some();
    for round in 1..=ROUNDS {
        if slope(&sizes) <= EXPONENT || is_known {
            break;
        }
        std::thread::sleep(PAUSE);
        quickest(&mut sizes, &self::sizes(generator, base, 2 + round));
    }
    let exponent = slope(&sizes);
    let weight = |taken: &Taken| taken.load.weight() as f64;
    row.bytes = sizes[0].load.weight();
    row.times = sizes.iter().map(|taken| taken.time.as_secs_f64() * 1e9 / weight(taken)).collect();
    row.exponent = exponent;
    row.end = sizes[0].error;
    let again = || slope(&self::sizes(generator, base, 5));
    let panicked = sizes.iter().any(|taken| taken.panicked);
    judge(generator, Fault::Panic, (f64::from(u8::from(panicked)), 0.0), || 1.0, complaints);
    judge(generator, Fault::Time, (exponent, EXPONENT), again, complaints);
    let cost = if sizes[0].load.ops > 0 { CALL_COST } else { COST };
    judge(generator, Fault::Cost, (row.times[0], cost), || row.times[0], complaints);
    memory(generator, row, complaints);
    if let Run::Bytes(format, make) = generator.run {
        let pieces = Generator { run: Run::Pieces(format, make, 1024), ..*generator };
        let longest = (0..2).map(|_| measure::run(&pieces, POLLED_BYTES, true).longest).min();
        let micros = longest.unwrap_or_default().as_secs_f64() * 1e6;
        row.longest = Some(micros);
        judge(generator, Fault::Longest, (micros, LONGEST), || micros, complaints);
        in_engine(generator, (format, make), base, row, complaints);
    }
}

/// The same bytes in a SourceBuffer.
fn in_engine(
    generator: &Generator,
    (format, make): (&'static ByteStreamFormat, fn(usize) -> Vec<u8>),
    base: usize,
    row: &mut Row,
    complaints: &mut Vec<String>,
) {
    let sizes = |round: usize| {
        let at = |factor| {
            let runs = (0..2 + round).map(|_| measure::engine(format, make, base * factor));
            runs.min_by_key(|taken| taken.time).unwrap_or_default()
        };
        upwards(at)
    };
    let mut first = sizes(0);
    for round in 1..=ROUNDS {
        if slope(&first) <= EXPONENT || known::entry(generator.name, Fault::Engine).is_some() {
            break;
        }
        std::thread::sleep(PAUSE);
        quickest(&mut first, &sizes(round));
    }
    let exponent = slope(&first);
    let panicked = first.iter().any(|taken| taken.panicked);
    judge(generator, Fault::EnginePanic, (f64::from(u8::from(panicked)), 0.0), || 1.0, complaints);
    // What ends in an error costs the rest of its append, and no more.
    if row.end.is_empty() {
        judge(generator, Fault::Engine, (exponent, EXPONENT), || slope(&sizes(0)), complaints);
    }
    let taken = measure::engine(format, make, MEMORY_BYTES);
    let load = taken.load;
    let allowance = allowance_of(generator) + load.calls as usize * CALL + load.items as usize * FRAME;
    let over = taken.peak.saturating_sub(allowance) as f64 / load.bytes.max(1) as f64;
    row.engine = Some((exponent, over));
    judge(generator, Fault::EngineMemory, (over, MEMORY), || over, complaints);
}

fn memory(generator: &Generator, row: &mut Row, complaints: &mut Vec<String>) {
    let is_page = matches!(generator.run, Run::Page(_));
    let n = match generator.run {
        Run::Text(_) => 2048,
        Run::Page(_) => MEMORY_CALLS,
        _ => MEMORY_BYTES,
    };
    let taken = measure::run(generator, n, false);
    let load = taken.load;
    let of_calls = if is_page { CALL } else { 0 };
    let of_frames = if is_page { load.items as usize * FRAME } else { 0 };
    let allowance = allowance_of(generator) + (load.calls.max(load.ops)) as usize * of_calls + of_frames;
    let each = |bytes: usize| bytes.saturating_sub(allowance) as f64 / load.bytes.max(1) as f64;
    row.peak = each(taken.peak);
    row.held = each(taken.held);
    judge(generator, Fault::Memory, (row.peak, MEMORY), || row.peak, complaints);
}

fn allowance_of(generator: &Generator) -> usize {
    match generator.run {
        Run::Bytes(format, _) | Run::Pieces(format, ..) | Run::Claim(format, _)
            if ["Ogg", "FLAC", "WAV"].contains(&format.name) =>
        {
            PULL_ALLOWANCE
        }
        _ => ALLOWANCE,
    }
}

/// The smallest size.
fn base(generator: &Generator) -> usize {
    let (mut n, most) = match generator.run {
        Run::Text(_) => return 500,
        Run::Page(_) => (16, 1 << 11),
        _ => (4096, 1 << 17),
    };
    loop {
        let time = measure::run(generator, n, false).time;
        if time >= MEASURABLE || n >= most {
            break;
        }
        let factor = MEASURABLE.as_nanos() / time.as_nanos().max(1) + 1;
        n = (n * factor.next_power_of_two().clamp(2, 16) as usize).min(most);
    }
    while n > 8 && measure::run(generator, n, false).time > TOO_LONG / 10 {
        n /= 4;
    }
    n
}

/// The quickest of some runs at each of four sizes, as far as they are not too long.
fn sizes(generator: &Generator, base: usize, runs: usize) -> Vec<Taken> {
    upwards(|factor| {
        let runs = (0..runs).map(|_| measure::run(generator, base * factor, false));
        runs.min_by_key(|taken| taken.time).unwrap_or_default()
    })
}

fn upwards(mut at: impl FnMut(usize) -> Taken) -> Vec<Taken> {
    let mut all: Vec<Taken> = Vec::new();
    for factor in [1, 2, 4, 8] {
        if all.last().is_some_and(|before| before.time * 4 > TOO_LONG) {
            break;
        }
        all.push(at(factor));
    }
    all
}

/// Takes the quicker run of each size.
fn quickest(sizes: &mut [Taken], others: &[Taken]) {
    for (taken, other) in sizes.iter_mut().zip(others) {
        taken.time = taken.time.min(other.time);
    }
}

/// The slope of time over input where both are logarithms: of all sizes, or of the last doubling if
/// that is steeper by far.
fn slope(sizes: &[Taken]) -> f64 {
    let cost = |taken: &Taken| taken.time.as_secs_f64() * 1e9 / taken.load.weight().max(1) as f64;
    if sizes.last().is_some_and(|last| cost(last) < CHEAP) {
        return 1.0;
    }
    let point =
        |taken: &Taken| ((taken.load.weight().max(1) as f64).ln(), taken.time.as_secs_f64().max(1e-9).ln());
    let points: Vec<(f64, f64)> = sizes.iter().map(point).collect();
    let [.., (x, y), (last_x, last_y)] = points[..] else { return f64::INFINITY };
    let count = points.len() as f64;
    let (mean_x, mean_y) =
        points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), (x, y)| {
        (above + (x - mean_x) * (y - mean_y), below + (x - mean_x) * (x - mean_x))
    });
    let last = if last_x - x < 0.3 { 0.0 } else { (last_y - y) / (last_x - x) - (LAST - EXPONENT) };
    (above / below).max(last)
}
