//! Work and memory that grow with the input and no faster: every count, size, nesting and
//! repetition that a format can claim, and every pattern of calls that a page can make, at n, 2 n,
//! 4 n and 8 n. docs/robustness.md says which claims this keeps.
//!
//! Times taken on a machine that does other work are no ground to refuse a change, so the test runs
//! when asked for: `GROWTH=` (empty) runs all of it, on a quiet machine, and `GROWTH='word|word'`
//! the generators whose names have one of the words in them. `GROWTH_TABLE=path` writes the table
//! as Markdown.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod generators;
mod known;
mod measure;
mod table;
mod verdict;

use peak_alloc::PeakAlloc;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Generators that there must be at least.
const GENERATORS: usize = 120;

#[test]
fn work_and_memory_grow_with_the_input_and_no_faster() {
    let started = Instant::now();
    let Ok(only) = std::env::var("GROWTH") else {
        println!(
            "SKIPPED: growth is measured when GROWTH is set, as `GROWTH= cargo test -p mse-benches --test growth`"
        );
        return;
    };
    let only = Some(only).filter(|words| !words.is_empty());
    let all = generators::all();
    assert!(all.len() >= GENERATORS, "{} generators", all.len());
    let chosen = all.iter().filter(|generator| {
        only.as_ref().is_none_or(|words| words.split('|').any(|word| generator.name.contains(word)))
    });
    // An allocator that has given back a large block keeps what is freed from then on: pages of the
    // system are not what is measured.
    drop(std::hint::black_box(vec![1_u8; 32 << 20]));
    // A generator that panics is a figure.
    std::panic::set_hook(Box::new(|_| {}));
    let mut table = table::Table::default();
    let mut wrong = Vec::new();
    for generator in chosen {
        let (row, complaints) = verdict::of(generator);
        println!("{row}");
        complaints.iter().for_each(|complaint| println!("    {complaint}"));
        wrong.extend(complaints);
        table.push(row);
    }
    drop(std::panic::take_hook());
    if only.is_none() {
        wrong.extend(known::unused(&all));
    }
    let (all, seconds, alone) = (all.len(), started.elapsed().as_secs(), measure::now().as_secs());
    println!("{all} generators, {seconds} s, {alone} s of a processor");
    if let Ok(path) = std::env::var("GROWTH_TABLE") {
        std::fs::write(path, table.markdown()).unwrap();
    }
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
}
