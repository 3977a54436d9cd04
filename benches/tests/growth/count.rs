//! Runs whose instructions valgrind counts, in a process of their own.

use crate::generators::{self, Generator};
use crate::measure::{self, Taken, Way};
use std::hint::black_box;
use std::io::Write as _;

/// The environment variable with the path of a list of runs: a line each, of the generator's
/// index, the way and the size.
pub(crate) const LIST: &str = "GROWTH_LIST";

/// One run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub(crate) generator: usize,
    pub(crate) way: Way,
    pub(crate) n: usize,
}

/// Result of a run, as far as the process tells it.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Told {
    /// Calls, or bytes.
    pub(crate) weight: u64,
    pub(crate) panicked: bool,
}

impl Job {
    /// Whether the other run differs in its size alone.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (self.generator, self.way) == (other.generator, other.way)
    }

    pub(crate) fn line(&self) -> String {
        let way = match self.way {
            Way::Alone => 'a',
            Way::Pieces => 'p',
            Way::SourceBuffer => 's',
        };
        format!("{} {way} {}\n", self.generator, self.n)
    }

    fn parse(line: &str) -> Self {
        let mut words = line.split(' ');
        let mut next = || words.next().unwrap();
        let generator = next().parse().unwrap();
        let way = match next() {
            "a" => Way::Alone,
            "p" => Way::Pieces,
            _ => Way::SourceBuffer,
        };
        Self { generator, way, n: next().parse().unwrap() }
    }
}

impl Told {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (weight, panicked) = line.split_once(' ')?;
        Some(Self { weight: weight.parse().ok()?, panicked: panicked == "panicked" })
    }
}

/// Does all runs of a list, and writes a line for each when it is done.
pub(crate) fn all_of(list: &str) {
    let all = generators::all();
    for line in std::fs::read_to_string(list).unwrap().lines() {
        let job = Job::parse(line);
        let taken = one(&all[job.generator], job);
        let end = if taken.panicked { "panicked" } else { "done" };
        println!("{} {end}", taken.load.weight());
        std::io::stdout().flush().unwrap();
    }
}

fn one(generator: &Generator, job: Job) -> Taken {
    let work = measure::prepare(generator, job.way, job.n);
    growth_count_begins();
    growth_counted(work)
}

/// Counts are set to zero where this begins, by its name.
#[inline(never)]
fn growth_count_begins() {
    black_box(());
}

/// Counts are written where this ends, by its name.
#[inline(never)]
fn growth_counted(work: Box<dyn FnOnce() -> Taken>) -> Taken {
    black_box(work())
}
