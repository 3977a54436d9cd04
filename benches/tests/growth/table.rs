//! The table of what was measured.

use std::fmt;

/// One generator.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Size of the smallest run: bytes, or calls of a page.
    pub(crate) bytes: u64,
    /// Nanoseconds of a byte or call, by size.
    pub(crate) times: Vec<f64>,
    pub(crate) exponent: f64,
    /// Bytes for each byte, beyond the allowance.
    pub(crate) peak: f64,
    pub(crate) held: f64,
    /// Microseconds of the longest poll.
    pub(crate) longest: Option<f64>,
    /// The largest claim, and microseconds with it.
    pub(crate) claim: Option<(u64, f64)>,
    /// The exponent and the peak of a SourceBuffer.
    pub(crate) engine: Option<(f64, f64)>,
    /// The error that it ends in.
    pub(crate) end: &'static str,
}

impl Row {
    fn cells(&self) -> [String; 9] {
        let times: Vec<String> = self.times.iter().map(|time| format!("{time:.1}")).collect();
        let claim =
            |(claim, micros): (u64, f64)| (format!("claim {claim}"), format!("{micros:.0} µs in all"));
        let (times, exponent) = match self.claim {
            Some(found) => {
                let (claim, micros) = claim(found);
                (micros, claim)
            }
            None => (times.join(" "), format!("{:.2}", self.exponent)),
        };
        [
            self.name.to_owned(),
            self.bytes.to_string(),
            times,
            exponent,
            format!("{:.2}", self.peak),
            format!("{:.2}", self.held),
            self.longest.map_or_else(String::new, |micros| format!("{micros:.0}")),
            self.engine.map_or_else(String::new, |(exponent, _)| format!("{exponent:.2}")),
            self.engine.map_or_else(String::new, |(_, peak)| format!("{peak:.2}")),
        ]
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [name, bytes, times, exponent, peak, held, longest, engine, engine_peak] = self.cells();
        write!(
            f,
            "{name:<58} {bytes:>8} {times:<34} {exponent:>5} {peak:>6} {held:>6} {longest:>5} {engine:>5} {engine_peak:>6} {}",
            self.end
        )
    }
}

/// All generators.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    pub(crate) fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    pub(crate) fn markdown(&self) -> String {
        let head = "| generator | n | ns each at n, 2 n, 4 n, 8 n | exponent | peak | held | longest poll, µs | exponent in a SourceBuffer | peak in it |\n\
                    |---|--:|---|--:|--:|--:|--:|--:|--:|\n";
        let rows = self.0.iter().map(|row| format!("| {} |\n", row.cells().join(" | ")));
        head.to_owned() + &rows.collect::<String>()
    }
}
