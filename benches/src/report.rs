//! The table at the end of a run: what was measured, beside its target and the peers of the same
//! run.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One line.
pub struct Row {
    /// Row of the targets, `P1`.
    pub row: &'static str,
    /// The work, and who did it.
    pub what: String,
    /// The measured figure, in the unit of the target.
    pub measured: String,
    /// The target, empty for peers.
    pub target: &'static str,
}

/// The median of a criterion bench of this run, in nanoseconds an iteration; `None` when a filter
/// left it out.
pub fn median(group: &str, name: &str) -> Option<f64> {
    let folder = target().join("criterion").join(group).join(name);
    let text = fs::read_to_string(folder.join("new/estimates.json")).ok()?;
    let estimates: Value = serde_json::from_str(&text).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

/// Folder that cargo builds to.
pub fn target() -> PathBuf {
    let here = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(here, PathBuf::from)
}

/// Bytes in a time, as `12.3 GB/s`.
pub fn rate(bytes: u64, nanoseconds: f64) -> String {
    format!("{:.2} GB/s", bytes as f64 / nanoseconds)
}

/// A time for each of many, as `12.3 ns/frame`.
pub fn each(nanoseconds: f64, count: u64, of: &str) -> String {
    let value = nanoseconds / count as f64;
    if value < 1000.0 { format!("{value:.1} ns/{of}") } else { format!("{:.2} µs/{of}", value / 1000.0) }
}

/// Nanoseconds of a duration.
pub fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

/// Prints the table.
pub fn print(rows: &[Row]) {
    let width = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
    println!("\n{:4} {:width$}  {:>16}  target", "row", "work", "measured");
    for row in rows {
        println!("{:4} {:width$}  {:>16}  {}", row.row, row.what, row.measured, row.target);
    }
}
