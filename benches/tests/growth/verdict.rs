//! Demands on a generator, and whether it keeps to them.

use crate::generators::{Generator, Run};
use crate::known::{self, Fault};
use crate::measure::{self, Way};
use crate::table::Row;
use crate::work::{Counted, Counts, EXPONENT, POLLED_BYTES, slope};

/// Instructions of a byte, in a build of tests: a microsecond.
const COST: f64 = 3000.0;
/// Instructions of a call of a page.
const CALL_COST: f64 = 300_000.0;
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
/// Bytes of the run that memory is measured of, or calls.
const MEMORY_BYTES: usize = 100_000;
const MEMORY_CALLS: usize = 1000;
/// Instructions of 16 KiB in pieces of 1 KiB, all polls together.
const POLLS: f64 = COST * POLLED as f64;
const POLLED: u64 = POLLED_BYTES as u64;
/// Instructions that an input of a few bytes may take whatever its headers claim: 5 ms.
const CLAIM: f64 = 15e6;

/// Row of a generator in the table, and what is wrong. Without counts, memory alone.
pub(crate) fn of(generator: &Generator, counts: Option<&Counts>) -> (Row, Vec<String>) {
    let mut verdict =
        Verdict { generator, row: Row { name: generator.name, ..Row::default() }, complaints: Vec::new() };
    match generator.run {
        Run::Claim(..) => verdict.memory_of_claims(),
        _ => verdict.memory(),
    }
    if let Run::Bytes(..) = generator.run {
        verdict.memory_in_source_buffer();
    }
    match (counts, generator.run) {
        (Some(counts), Run::Claim(..)) => verdict.work_of_claims(counts),
        (Some(counts), _) => verdict.work(counts),
        (None, _) => {}
    }
    (verdict.row, verdict.complaints)
}

struct Verdict<'a> {
    generator: &'a Generator,
    row: Row,
    complaints: Vec<String>,
}

impl Verdict<'_> {
    /// Takes a complaint if a figure neither keeps to its limit nor is the one that is known.
    fn judge(&mut self, fault: Fault, figure: f64, limit: f64) {
        let name = self.generator.name;
        let complaint = match known::entry(name, fault) {
            None if figure <= limit => return,
            None => format!("{name}: {fault:?} is {figure:.2}, at most {limit} is right"),
            Some(entry) if figure <= limit => {
                format!(
                    "{name}: {fault:?} is {figure:.2} and right; remove the entry of {} ({})",
                    entry.figure, entry.reason
                )
            }
            Some(entry) if figure > entry.figure * known::SLACK => {
                format!("{name}: {fault:?} is {figure:.2} and was {}: it got worse", entry.figure)
            }
            Some(_) => return,
        };
        self.complaints.push(complaint);
    }

    fn memory_of_claims(&mut self) {
        let mut panicked = false;
        let mut most = 0.0;
        for bits in [8, 12, 16, 20, 24, 28, 31, 32] {
            let claim = (1_usize << bits) - 1;
            let taken = measure::run(self.generator, Way::Alone, claim);
            self.row.end = taken.error;
            self.row.bytes = taken.load.bytes;
            panicked |= taken.panicked;
            let over = taken.peak.saturating_sub(self.allowance()) as f64;
            most = f64::max(most, over / taken.load.bytes.max(1) as f64);
        }
        self.row.peak = most;
        self.judge(Fault::Panic, f64::from(u8::from(panicked)), 0.0);
        self.judge(Fault::Memory, most, MEMORY);
    }

    fn memory(&mut self) {
        let is_page = matches!(self.generator.run, Run::Page(_));
        let n = match self.generator.run {
            Run::Text(_) => 2048,
            Run::Page(_) => MEMORY_CALLS,
            _ => MEMORY_BYTES,
        };
        let taken = measure::run(self.generator, Way::Alone, n);
        let load = taken.load;
        let of_calls = if is_page { CALL } else { 0 };
        let of_frames = if is_page { load.items as usize * FRAME } else { 0 };
        let allowance = self.allowance() + (load.calls.max(load.ops)) as usize * of_calls + of_frames;
        let each = |bytes: usize| bytes.saturating_sub(allowance) as f64 / load.bytes.max(1) as f64;
        self.row.end = taken.error;
        self.row.peak = each(taken.peak);
        self.row.held = each(taken.held);
        self.judge(Fault::Panic, f64::from(u8::from(taken.panicked)), 0.0);
        self.judge(Fault::Memory, self.row.peak, MEMORY);
    }

    fn memory_in_source_buffer(&mut self) {
        let taken = measure::run(self.generator, Way::SourceBuffer, MEMORY_BYTES);
        let load = taken.load;
        let allowance = self.allowance() + load.calls as usize * CALL + load.items as usize * FRAME;
        let over = taken.peak.saturating_sub(allowance) as f64 / load.bytes.max(1) as f64;
        self.row.peak_in_source_buffer = Some(over);
        self.judge(Fault::EnginePanic, f64::from(u8::from(taken.panicked)), 0.0);
        self.judge(Fault::EngineMemory, over, MEMORY);
    }

    fn work_of_claims(&mut self, counts: &Counts) {
        let most = counts.sizes.iter().map(|counted| counted.instructions).max().unwrap_or_default();
        self.row.claims = Some(most);
        self.judge(Fault::Claim, most as f64, CLAIM);
    }

    fn work(&mut self, counts: &Counts) {
        let first = counts.sizes.first().copied().unwrap_or_default();
        self.row.bytes = first.told.weight;
        self.row.each = counts.sizes.iter().map(Counted::each).collect();
        self.row.exponent = slope(&counts.sizes);
        let panicked = counts.sizes.iter().any(|counted| counted.told.panicked);
        self.judge(Fault::Panic, f64::from(u8::from(panicked)), 0.0);
        self.judge(Fault::Time, self.row.exponent, EXPONENT);
        let cost = if matches!(self.generator.run, Run::Page(_)) { CALL_COST } else { COST };
        self.judge(Fault::Cost, first.each(), cost);
        if let Some(counted) = counts.in_pieces {
            // Some inputs cannot be as small.
            let polls = counted.instructions * POLLED / counted.told.weight.max(POLLED);
            self.row.polls = Some(polls);
            self.judge(Fault::Polls, polls as f64, POLLS);
        }
        if !counts.in_source_buffer.is_empty() {
            let exponent = slope(&counts.in_source_buffer);
            let panicked = counts.in_source_buffer.iter().any(|counted| counted.told.panicked);
            self.judge(Fault::EnginePanic, f64::from(u8::from(panicked)), 0.0);
            self.row.exponent_in_source_buffer = Some(exponent);
            // What ends in an error costs the rest of its append, and no more.
            if self.row.end.is_empty() {
                self.judge(Fault::Engine, exponent, EXPONENT);
            }
        }
    }

    fn allowance(&self) -> usize {
        match self.generator.run {
            Run::Bytes(format, _) | Run::Pieces(format, ..) | Run::Claim(format, _)
                if ["Ogg", "FLAC", "WAV"].contains(&format.name) =>
            {
                PULL_ALLOWANCE
            }
            _ => ALLOWANCE,
        }
    }
}
