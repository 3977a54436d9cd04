//! Work and memory that grow with the input and no faster: every count, size, nesting and
//! repetition that a format can claim, and every pattern of calls that a page can make, at n, 2 n,
//! 4 n and 8 n. docs/robustness.md says which claims this keeps.
//!
//! Memory is measured always. Work is counted in instructions, by valgrind, which repeats to a part
//! in a thousand and takes some minutes: `GROWTH=` (empty) counts all of it, and
//! `GROWTH='word|word'` the generators whose names have one of the words in them.
//! `GROWTH_TABLE=path` writes the table as Markdown.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod count;
mod generators;
mod known;
mod measure;
mod table;
mod verdict;
mod work;

use generators::Generator;
use peak_alloc::PeakAlloc;
use std::process::ExitCode;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Generators that there must be at least.
const GENERATORS: usize = 120;

/// Runs without the harness of tests: this program is also what valgrind runs.
fn main() -> ExitCode {
    if let Ok(list) = std::env::var(count::LIST) {
        // A generator that panics is a figure.
        std::panic::set_hook(Box::new(|_| {}));
        count::all_of(&list);
        return ExitCode::SUCCESS;
    }
    // What `cargo test` asks of every test program.
    if std::env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let wrong = complaints();
    if wrong.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("{} complaints:\n{}", wrong.len(), wrong.join("\n"));
    ExitCode::FAILURE
}

fn complaints() -> Vec<String> {
    let started = Instant::now();
    let words = std::env::var("GROWTH").ok();
    let is_whole = words.as_deref().is_none_or(str::is_empty);
    let all = generators::all();
    let mut wrong = Vec::new();
    if all.len() < GENERATORS {
        wrong.push(format!("{} generators, at least {GENERATORS} are right", all.len()));
    }
    let is_chosen = |generator: &&Generator| match &words {
        Some(words) if !is_whole => words.split('|').any(|word| generator.name.contains(word)),
        _ => true,
    };
    let chosen: Vec<Generator> = all.iter().filter(is_chosen).copied().collect();
    let is_counted = words.is_some();
    let counts = if is_counted { work::of(&chosen) } else { Ok(chosen.iter().map(|_| None).collect()) };
    let counts = match counts {
        Ok(counts) => counts,
        Err(complaint) => return vec![complaint],
    };
    if !is_counted {
        println!("SKIPPED: instructions, which are counted when GROWTH is set; memory is measured");
    }
    std::panic::set_hook(Box::new(|_| {}));
    let mut table = table::Table::default();
    for (generator, counts) in chosen.iter().zip(&counts) {
        let (row, complaints) = verdict::of(generator, counts.as_ref());
        if is_counted {
            println!("{row}");
        }
        complaints.iter().for_each(|complaint| println!("    {complaint}"));
        wrong.extend(complaints);
        table.push(row);
    }
    drop(std::panic::take_hook());
    if is_whole {
        wrong.extend(known::unused(&all));
    }
    println!("{} generators, {} s", chosen.len(), started.elapsed().as_secs());
    if let Ok(path) = std::env::var("GROWTH_TABLE") {
        std::fs::write(path, table.markdown()).unwrap();
    }
    wrong
}
