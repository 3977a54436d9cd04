//! The table of kinds of difference that have a reason: `explanations.tsv`.
//!
//! A row is a pattern of a kind, the formats that it holds for, and the reason. A `*` in a pattern
//! stands for any words.

use crate::comparison::Difference;

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Pattern of the kind.
    pub kind: &'static str,
    /// Name of the byte stream format, or `*`.
    pub format: &'static str,
    /// Why the two differ, and what others do.
    pub reason: &'static str,
}

/// The rows.
pub fn table() -> impl Iterator<Item = Explanation> {
    include_str!("../explanations.tsv")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(row)
}

fn row(line: &'static str) -> Explanation {
    let mut fields = line.split('\t');
    let mut field = || fields.next().unwrap_or_default().trim();
    Explanation { kind: field(), format: field(), reason: field() }
}

/// The reason of a difference in a file of a format, if it has one.
pub fn explain(format: &str, difference: &Difference) -> Option<Explanation> {
    table().find(|row| fits(row.kind, &difference.kind) && fits(row.format, format))
}

/// Whether a text is of a pattern; each `*` of it stands for any words.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, "")) => text.starts_with(start),
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|text| text.char_indices().any(|(at, _)| fits(rest, &text[at..])) || fits(rest, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_words() {
        assert!(fits("time mp3", "time mp3") && !fits("time mp3", "time mp3, and more"));
        assert!(fits("bytes *", "bytes h264") && !fits("bytes *", "time h264"));
        assert!(fits("*, and a loss is told", "time mp3, and a loss is told"));
        assert!(!fits("*, and a loss is told", "time mp3"));
    }
}
