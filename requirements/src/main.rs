//! Writes which code and which tests keep each row of `docs/requirements.md`; `--check` says what
//! is missing or out of date instead. `prose` counts doc comments that a stranger cannot read at
//! first sight; `prose --check` holds the counts against `requirements/prose.txt`.

mod citation;
mod document;
mod prose;
mod reason;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

const DOCUMENT: &str = "docs/requirements.md";
const REASONS: &str = "requirements/reasons.txt";
const PROSE: &str = "requirements/prose.txt";
const MEND: &str = "cargo run -p mse-requirements";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run(false),
        ["--check"] => run(true),
        ["prose"] => read_prose().map(|crates| prose::report(&crates)),
        ["prose", "--check"] => check_prose(),
        ["prose", "--record"] => record_prose(),
        _ => Err(vec!["usage: mse-requirements [--check] | prose [--check | --record]".to_owned()]),
    };
    match outcome {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(faults) => {
            for fault in &faults {
                eprintln!("{fault}");
            }
            ExitCode::FAILURE
        }
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(name: &str) -> Result<String, Vec<String>> {
    fs::read_to_string(root().join(name)).map_err(|error| vec![format!("{name}: {error}")])
}

/// Doc comments of the tree by crate.
fn read_prose() -> Result<BTreeMap<String, prose::Crate>, Vec<String>> {
    let sources = source::sources(root()).map_err(|error| vec![format!("the tree: {error}")])?;
    let mut crates = BTreeMap::<String, prose::Crate>::new();
    for source in sources {
        crates.entry(source.krate).or_default().read(&source.path, &source.text);
    }
    Ok(crates)
}

fn check_prose() -> Result<String, Vec<String>> {
    let crates = read_prose()?;
    let allowed = prose::parse(&read(PROSE)?)
        .map_err(|faults| faults.iter().map(|fault| format!("{PROSE}: {fault}")).collect::<Vec<_>>())?;
    let faults = prose::check(&crates, &allowed);
    if faults.is_empty() { Ok(prose::report(&crates)) } else { Err(faults) }
}

fn record_prose() -> Result<String, Vec<String>> {
    let crates = read_prose()?;
    fs::write(root().join(PROSE), prose::record(&crates))
        .map_err(|error| vec![format!("{PROSE}: {error}")])?;
    Ok(prose::report(&crates))
}

fn run(check: bool) -> Result<String, Vec<String>> {
    let root = root();
    let old = read(DOCUMENT)?;
    let rows = document::rows(&old);
    let sections: BTreeSet<&str> = rows.iter().map(|row| row.section.as_str()).collect();
    let reasons = reason::parse(&read(REASONS)?)
        .map_err(|faults| faults.iter().map(|fault| format!("{REASONS}: {fault}")).collect::<Vec<_>>())?;
    let citations = source::read(root, &|section| sections.contains(section))
        .map_err(|error| vec![format!("the tree could not be read: {error}")])?;
    let written = document::write(&old, &citations, &reasons);
    let mut faults = written.faults;
    if check {
        if written.text != old {
            faults.push(stale(&old, &written.text));
        }
        return if faults.is_empty() {
            Ok(format!("{DOCUMENT}: {} rows, each kept or with a reason", rows.len()))
        } else {
            Err(faults)
        };
    }
    fs::write(root.join(DOCUMENT), written.text).map_err(|error| vec![format!("{DOCUMENT}: {error}")])?;
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !written.overtaken.is_empty() {
        eprintln!("{REASONS}: the tree has overtaken {}", written.overtaken.join(", "));
    }
    Ok(format!("{DOCUMENT}: {} rows, {} of them wanting", rows.len(), faults.len()))
}

/// Names the first lines that differ, and the command that mends it.
fn stale(old: &str, new: &str) -> String {
    let differ: Vec<&str> = new
        .lines()
        .zip(old.lines())
        .filter(|(new, old)| new != old)
        .map(|(new, _)| new.strip_prefix("| ").and_then(|line| line.split(" |").next()).unwrap_or(new))
        .collect();
    let first = differ.iter().take(12).copied().collect::<Vec<_>>().join(", ");
    format!("{DOCUMENT} is not what the tree says ({} lines differ: {first}); run `{MEND}`", differ.len())
}
