//! Writes which code and which tests keep each row of `docs/requirements.md`; `--check` says what
//! is missing or out of date instead. `prose` counts doc comments that a stranger cannot read at
//! first sight; `prose --check` holds the counts against `requirements/prose.txt`. `circles` lists
//! modules that import each other; `circles --check` holds their number against
//! `requirements/circles.txt`.

mod circles;
mod citation;
mod crates;
mod document;
mod links;
mod prose;
mod reason;
mod source;
mod stray;

use crate::citation::Row;
use crate::document::Page;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

const INDEX: &str = "docs/requirements.md";
const PAGES: &str = "docs/requirements";
const ARCHITECTURE: &str = "ARCHITECTURE.md";
const FIGURES: &str = "docs/performance.md";
const REASONS: &str = "requirements/reasons.txt";
const PROSE: &str = "requirements/prose.txt";
const CIRCLES: &str = "requirements/circles.txt";
const USAGE: &str = "usage: mse-requirements [--check] | prose [--check | --record] | circles [--check]";
const MEND: &str = "cargo run -p mse-requirements";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run(false),
        ["--check"] => run(true),
        ["prose"] => read_prose().map(|crates| prose::report(&crates)),
        ["prose", "--check"] => check_prose(),
        ["prose", "--record"] => record_prose(),
        ["circles"] => read_circles().map(|crates| circles::report(&crates)),
        ["circles", "--check"] => check_circles(),
        _ => Err(vec![USAGE.to_owned()]),
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

/// Modules of the tree by crate.
fn read_circles() -> Result<BTreeMap<String, circles::Crate>, Vec<String>> {
    let sources = source::sources(root()).map_err(|error| vec![format!("the tree: {error}")])?;
    let mut crates = BTreeMap::<String, circles::Crate>::new();
    for source in sources {
        crates.entry(source.krate.clone()).or_default().read(&source);
    }
    Ok(crates)
}

fn check_circles() -> Result<String, Vec<String>> {
    let crates = read_circles()?;
    let faults = circles::check(&crates, &circles::parse(&read(CIRCLES)?));
    if faults.is_empty() { Ok(circles::report(&crates)) } else { Err(faults) }
}

fn record_prose() -> Result<String, Vec<String>> {
    let crates = read_prose()?;
    fs::write(root().join(PROSE), prose::record(&crates))
        .map_err(|error| vec![format!("{PROSE}: {error}")])?;
    Ok(prose::report(&crates))
}

fn run(check: bool) -> Result<String, Vec<String>> {
    let root = root();
    let index = read(INDEX)?;
    let mut pages = Vec::new();
    for name in document::pages(&index) {
        pages.push(Page { name: name.to_owned(), text: read(&path(name))? });
    }
    let rows: Vec<Row> = pages.iter().flat_map(|page| document::rows(&page.text)).collect();
    let sections: BTreeSet<&str> = rows.iter().map(|row| row.section.as_str()).collect();
    let reasons = reason::parse(&read(REASONS)?)
        .map_err(|faults| faults.iter().map(|fault| format!("{REASONS}: {fault}")).collect::<Vec<_>>())?;
    let citations = source::read(root, &|section| sections.contains(section)).map_err(unread)?;
    let written = document::write(&index, &pages, &citations, &reasons);
    let mut faults = written.faults;
    faults.extend(unlisted(&pages).map_err(unread)?);
    faults.extend(nowhere(&rows).map_err(unread)?);
    let architecture = read(ARCHITECTURE)?;
    let new_architecture = write_crates(&architecture).map_err(unread)?;

    let written_pages = written.pages.iter().map(|page| (path(&page.name), &page.text));
    let ours = [(INDEX.to_owned(), &written.index), (ARCHITECTURE.to_owned(), &new_architecture)];
    let new = ours.into_iter().chain(written_pages);
    let old = [&index, &architecture].into_iter().chain(pages.iter().map(|page| &page.text));
    let changed: Vec<_> = new.zip(old).filter(|((_, new), old)| new != old).collect();
    if check {
        faults.extend(changed.iter().map(|((path, new), old)| stale(path, old, new)));
        return if faults.is_empty() {
            Ok(format!("{PAGES}: {} rows, each kept or with a reason", rows.len()))
        } else {
            Err(faults)
        };
    }
    for ((path, new), _) in changed {
        fs::write(root.join(&path), new).map_err(|error| vec![format!("{path}: {error}")])?;
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !written.overtaken.is_empty() {
        eprintln!("{REASONS}: the tree has overtaken {}", written.overtaken.join(", "));
    }
    Ok(format!("{PAGES}: {} rows, {} faults", rows.len(), faults.len()))
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unread(error: io::Error) -> Vec<String> {
    vec![format!("the tree could not be read: {error}")]
}

fn path(page: &str) -> String {
    format!("{PAGES}/{page}.md")
}

/// Ids and links of the tree that lead nowhere.
fn nowhere(rows: &[Row]) -> io::Result<Vec<String>> {
    let figures = fs::read_to_string(root().join(FIGURES))?;
    let mut faults = stray::Stray::new(rows, &figures).read(root())?;
    let documents = source::texts(root(), &["md"])?;
    faults.extend(links::broken(&documents, |path| root().join(path).exists()));
    Ok(faults)
}

/// The document with the table of crates as their manifests have it.
fn write_crates(document: &str) -> io::Result<String> {
    let manifests = source::texts(root(), &["toml"])?;
    let manifests = manifests.iter().filter(|(path, _)| is_member(path)).map(|(_, text)| text.as_str());
    Ok(crates::write(document, &crates::graph(manifests)))
}

/// Whether a file is the manifest of a crate of the workspace: the fuzz targets are a workspace of
/// their own.
fn is_member(path: &str) -> bool {
    path.ends_with("Cargo.toml") && !path.starts_with("fuzz/")
}

/// Files among the pages that the index does not list.
fn unlisted(pages: &[Page]) -> io::Result<Vec<String>> {
    let mut faults = Vec::new();
    for entry in fs::read_dir(root().join(PAGES))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !pages.iter().any(|page| format!("{}.md", page.name) == name) {
            faults.push(format!("{PAGES}/{name}: {INDEX} does not list it"));
        }
    }
    Ok(faults)
}

/// Names the first lines that differ, and the command that mends it.
fn stale(path: &str, old: &str, new: &str) -> String {
    let differ: Vec<&str> = new
        .lines()
        .zip(old.lines())
        .filter(|(new, old)| new != old)
        .map(|(new, _)| first_cell(new))
        .collect();
    let first = differ.iter().take(12).copied().collect::<Vec<_>>().join(", ");
    format!("{path} is not what the tree says ({} lines differ: {first}); run `{MEND}`", differ.len())
}

/// The id of a row, or the line.
fn first_cell(line: &str) -> &str {
    let cell = line.strip_prefix("| ").and_then(|line| line.split(" |").next()).unwrap_or(line);
    cell.rsplit("</a>").next().unwrap_or(cell)
}
