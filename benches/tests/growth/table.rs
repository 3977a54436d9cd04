//! The table of what was measured.

use std::fmt;

/// One generator.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Size of the smallest run: bytes, or calls of a page.
    pub(crate) bytes: u64,
    /// Instructions of a byte or call, by size.
    pub(crate) each: Vec<f64>,
    pub(crate) exponent: f64,
    /// Bytes for each byte, beyond the allowance.
    pub(crate) peak: f64,
    pub(crate) held: f64,
    /// Instructions of 16 KiB in pieces of 1 KiB.
    pub(crate) polls: Option<u64>,
    /// Instructions of the most that a claim took.
    pub(crate) claims: Option<u64>,
    pub(crate) exponent_in_source_buffer: Option<f64>,
    pub(crate) peak_in_source_buffer: Option<f64>,
    /// The error that it ends in.
    pub(crate) end: &'static str,
}

impl Row {
    fn cells(&self) -> [String; 9] {
        let each: Vec<String> = self.each.iter().map(|each| format!("{each:.0}")).collect();
        let (each, exponent) = match self.claims {
            Some(most) => (format!("{most} in all"), "claim".to_owned()),
            None => (each.join(" "), format!("{:.2}", self.exponent)),
        };
        let optional = |figure: Option<f64>| figure.map_or_else(String::new, |figure| format!("{figure:.2}"));
        [
            self.name.to_owned(),
            self.bytes.to_string(),
            each,
            exponent,
            format!("{:.2}", self.peak),
            format!("{:.2}", self.held),
            self.polls.map_or_else(String::new, |polls| format!("{:.1}", polls as f64 / 1e6)),
            optional(self.exponent_in_source_buffer),
            optional(self.peak_in_source_buffer),
        ]
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [name, bytes, each, exponent, peak, held, polls, in_source_buffer, peak_in_it] = self.cells();
        write!(
            f,
            "{name:<58} {bytes:>8} {each:<34} {exponent:>5} {peak:>6} {held:>6} {polls:>5} {in_source_buffer:>5} {peak_in_it:>6} {}",
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
        let head = "| generator | n | instructions each at n, 2 n, 4 n, 8 n | exponent | peak | held | millions for 16 KiB | exponent in a SourceBuffer | peak in it |\n\
                    |---|--:|---|--:|--:|--:|--:|--:|--:|\n";
        let rows = self.0.iter().map(|row| format!("| {} |\n", row.cells().join(" | ")));
        head.to_owned() + &rows.collect::<String>()
    }
}
