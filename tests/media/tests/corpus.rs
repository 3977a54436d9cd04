//! Files of any folder against ffmpeg: packets, frames that the engine keeps, their times and
//! lengths, and ranges.
//!
//! ```text
//! MSE_CORPUS=FOLDER cargo test -p mse-media-tests --test corpus -- --nocapture
//! ```
//!
//! One line a file, a line for each difference with its reason (`explanations.tsv`), and at the end
//! a summary. A difference without a reason fails the test. Without the variable `media/` alone is
//! read.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mse_media_tests::comparison::{Comparison, Difference, compare};
use mse_media_tests::explanations::explain;
use mse_media_tests::folder::{Input, files, inputs};
use mse_media_tests::{engine, ffmpeg};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Bytes of an append: whole small files, and many appends of large ones.
const PIECE: usize = 64 << 10;

#[derive(Default)]
struct Summary {
    /// Files, packets, frames kept, frames equal, by format.
    formats: BTreeMap<String, [usize; 4]>,
    /// Files and occurrences by reason.
    reasons: BTreeMap<String, (usize, usize)>,
    unexplained: Vec<String>,
}

/// Result of one file.
struct Line {
    format: String,
    comparison: Comparison,
}

fn read(input: &Input) -> Line {
    let refused = |format: &str, kind: String, example: String| {
        let difference = Difference { kind, track: None, count: 1, example };
        let comparison = Comparison { differences: vec![difference], ..Comparison::default() };
        Line { format: format.to_owned(), comparison }
    };
    let bytes = match input.read() {
        Ok(bytes) => bytes,
        Err(error) => return refused("none", "cannot be read".to_owned(), error),
    };
    // A playlist: ffmpeg would follow it to other files, and wait for them to grow.
    if !bytes.is_empty() && std::str::from_utf8(&bytes).is_ok() {
        return refused("none", "text file".to_owned(), format!("{} bytes", bytes.len()));
    }
    let probe = probe(input, &bytes);
    let Some(played) = engine::play(&bytes, PIECE) else {
        let theirs = probe.map_or_else(|_| "nothing".to_owned(), |probe| probe.format);
        return refused(
            "none",
            format!("no byte stream format, ffmpeg: {theirs}"),
            format!("{} bytes", bytes.len()),
        );
    };
    match probe {
        Ok(probe) => Line { format: played.format.to_owned(), comparison: compare(&probe, &played) },
        Err(error) => {
            let kept: usize = played.tracks.iter().map(|track| track.frames.len()).sum();
            let what =
                played.error.map_or_else(|| "read here".to_owned(), |error| format!("here {}", error.code));
            refused(played.format, format!("ffmpeg refuses, {what}"), format!("{error}; {kept} frames here"))
        }
    }
}

/// ffprobe on the file, or on a copy that begins with its initialization segment.
fn probe(input: &Input, bytes: &[u8]) -> Result<ffmpeg::Probe, String> {
    if input.init.is_none() {
        return ffmpeg::probe(&input.file);
    }
    let joined = std::env::temp_dir().join(format!("mse-corpus-{}", std::process::id()));
    std::fs::write(&joined, bytes).map_err(|error| error.to_string())?;
    let probe = ffmpeg::probe(&joined);
    let _ = std::fs::remove_file(joined);
    probe
}

fn report(folder: &Path, summary: &mut Summary) {
    let files = files(folder).unwrap_or_else(|error| panic!("{error}"));
    for input in inputs(&files) {
        let line = read(&input);
        let name = input.file.strip_prefix(folder).unwrap_or(&input.file).display().to_string();
        println!("{}", of_file(&name, &line, summary));
    }
}

fn of_file(name: &str, line: &Line, summary: &mut Summary) -> String {
    let Line { format, comparison } = line;
    let counts = summary.formats.entry(format.clone()).or_default();
    for (sum, count) in counts.iter_mut().zip([1, comparison.packets, comparison.kept, comparison.equal]) {
        *sum += count;
    }
    let Comparison { packets, kept, equal, differences } = comparison;
    let mut text = format!("{name}: {format}, {packets} packets, {kept} frames kept, {equal} equal");
    for difference in differences {
        let row = explain(format, difference);
        let reason = row.map_or("UNEXPLAINED", |row| row.reason);
        let _ = write!(text, "\n    {difference}: {reason}");
        match row {
            Some(row) => {
                let entry = summary
                    .reasons
                    .entry(format!("{} [{}]: {}", row.kind, row.format, row.reason))
                    .or_default();
                (entry.0, entry.1) = (entry.0 + 1, entry.1 + difference.count);
            }
            None => summary.unexplained.push(format!("{name}: {format}: {difference}")),
        }
    }
    text
}

fn conclude(summary: &Summary) {
    println!("\n{:12} {:>6} {:>8} {:>8} {:>8}", "format", "files", "packets", "kept", "equal");
    for (format, [files, packets, kept, equal]) in &summary.formats {
        println!("{format:12} {files:>6} {packets:>8} {kept:>8} {equal:>8}");
    }
    println!("\nfiles  times  reason");
    for (reason, (files, times)) in &summary.reasons {
        println!("{files:>5} {times:>6}  {reason}");
    }
    let unexplained = &summary.unexplained;
    assert!(
        unexplained.is_empty(),
        "{} differences without a reason:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
}

#[test]
fn every_difference_in_a_folder_of_the_hosts_choice_has_a_reason() {
    let Some(folder) = std::env::var_os("MSE_CORPUS").map(PathBuf::from) else {
        println!("skipped: MSE_CORPUS names no folder");
        return;
    };
    let mut summary = Summary::default();
    report(&folder, &mut summary);
    conclude(&summary);
}

#[test]
fn every_difference_in_the_media_of_the_project_has_a_reason() {
    let mut summary = Summary::default();
    report(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media"), &mut summary);
    conclude(&summary);
}
