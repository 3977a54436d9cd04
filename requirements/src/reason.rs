//! Reasons written by hand for rows that no code and test keep: lines `ROW[..ROW] n/a|open reason`;
//! `#` begins a comment.

use crate::citation::{Row, id_at};
use std::collections::BTreeMap;

/// Why a row is not `done`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reason {
    /// The row asks nothing of this library.
    NotApplicable(String),
    /// The row is not held yet.
    Open(String),
}

/// The reasons by row, or the lines that could not be read.
pub(crate) fn parse(text: &str) -> Result<BTreeMap<Row, Reason>, Vec<String>> {
    let mut reasons = BTreeMap::new();
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((rows, reason)) = parse_line(line) else {
            faults.push(format!("line {}: not `ROW[..ROW] n/a|open reason`: {line}", number + 1));
            continue;
        };
        for row in rows {
            if reasons.insert(row.clone(), reason.clone()).is_some() {
                faults.push(format!("line {}: {row} has two reasons", number + 1));
            }
        }
    }
    if faults.is_empty() { Ok(reasons) } else { Err(faults) }
}

fn parse_line(line: &str) -> Option<(Vec<Row>, Reason)> {
    let (rows, rest) = line.split_once(' ')?;
    let (word, text) = rest.trim_start().split_once(' ')?;
    let text = text.trim().to_owned();
    let reason = match word {
        "n/a" => Reason::NotApplicable(text),
        "open" => Reason::Open(text),
        _ => return None,
    };
    let (first, last) = rows.split_once("..").unwrap_or((rows, rows));
    let (first, last) = (whole_id(first)?, whole_id(last)?);
    if first.section != last.section || first.number > last.number {
        return None;
    }
    let rows = (first.number..=last.number).map(|number| Row { section: first.section.clone(), number });
    Some((rows.collect(), reason))
}

fn whole_id(text: &str) -> Option<Row> {
    id_at(text, 0).filter(|(_, end)| *end == text.len()).map(|(row, _)| row)
}

#[cfg(test)]
mod tests {
    use super::{Reason, parse};

    #[test]
    fn rows_and_ranges_have_reasons() {
        let reasons =
            parse("# words\n\nMS-9 n/a handlers are JavaScript\nTS-1..TS-3 open not built").unwrap();
        let said: Vec<_> = reasons.keys().map(ToString::to_string).collect();
        assert_eq!(said.join(" "), "MS-9 TS-1 TS-2 TS-3");
        let reason = reasons.values().next().unwrap();
        assert_eq!(*reason, Reason::NotApplicable("handlers are JavaScript".into()));
    }

    #[test]
    fn what_is_not_a_reason_is_named_by_its_line() {
        for text in ["MS-9", "MS-9 n/a", "MS-9 maybe so", "x n/a y", "MS-3..TS-4 n/a y", "MS-4..MS-3 n/a y"] {
            assert!(parse(text).unwrap_err()[0].starts_with("line 1: not"), "{text}");
        }
        assert_eq!(parse("MS-9 n/a x\nMS-9 open y").unwrap_err(), ["line 2: MS-9 has two reasons"]);
    }
}
