//! `docs/requirements.md`: its rows found, their last two columns and the summary written anew,
//! everything else left as it is.

use crate::citation::{Row, id_at};
use crate::reason::Reason;
use crate::source::{Citations, Places};
use std::collections::{BTreeMap, BTreeSet};

/// State of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State<'a> {
    Done,
    /// Code that no test cites.
    Code,
    /// A test that no code cites.
    Test,
    Given(&'a Reason),
    /// A test that does not run says that it does not hold.
    Broken(&'a str),
    Nothing,
}

/// Sections of oracles and notes, which code has no reason to cite: a test alone is enough.
const ORACLES: [&str; 8] = ["DIS", "DRB", "EVT", "EX", "EXC", "INV", "OPN", "WPT"];

/// Names in a cell before `+n` says how many more.
const NAMES: usize = 4;

/// A page of rows: its name, `coded-frame-processing`, and its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Page {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The document as it has to be, and what is wrong with the rows.
#[derive(Debug, PartialEq)]
pub(crate) struct Written {
    pub(crate) index: String,
    pub(crate) pages: Vec<Page>,
    pub(crate) faults: Vec<String>,
    /// Rows whose reason the tree has overtaken.
    pub(crate) overtaken: Vec<String>,
}

/// Names of the pages, in the order in which the index lists them.
pub(crate) fn pages(index: &str) -> Vec<&str> {
    let names = index.lines().filter_map(|line| {
        let (_, rest) = line.strip_prefix("- [")?.split_once("](requirements/")?;
        Some(rest.split_once(".md)")?.0)
    });
    names.collect()
}

/// The ids of a document's rows.
pub(crate) fn rows(text: &str) -> Vec<Row> {
    text.lines().filter_map(row_of).collect()
}

/// Writes the last two columns of every row, and the summary.
pub(crate) fn write(
    index: &str,
    pages: &[Page],
    citations: &Citations,
    reasons: &BTreeMap<Row, Reason>,
) -> Written {
    let rows: Vec<Row> = pages.iter().flat_map(|page| rows(&page.text)).collect();
    let mut written =
        Written { index: String::new(), pages: Vec::new(), faults: Vec::new(), overtaken: Vec::new() };
    written.faults = strangers(&rows, citations, reasons);
    let mut summary = Summary::default();
    for page in pages {
        let text = write_page(page, citations, reasons, &mut summary, &mut written);
        written.pages.push(Page { name: page.name.clone(), text });
    }
    written.index = summary.insert(index.lines()).join("\n") + "\n";
    written
}

fn write_page(
    page: &Page,
    citations: &Citations,
    reasons: &BTreeMap<Row, Reason>,
    summary: &mut Summary,
    written: &mut Written,
) -> String {
    let nowhere = Places::default();
    let mut lines = Vec::new();
    let mut columns = 0;
    for line in page.text.lines() {
        if line.starts_with("| id |") {
            columns = cells(line).len().saturating_sub(2);
        }
        let Some(row) = row_of(line) else {
            lines.push(line.to_owned());
            continue;
        };
        let places = citations.get(&row).unwrap_or(&nowhere);
        let reason = reasons.get(&row);
        let state = state(&row, places, reason);
        written.faults.extend(fault(&row, state, places));
        if reason.is_some() && !matches!(state, State::Given(_) | State::Broken(_)) {
            written.overtaken.push(row.to_string());
        }
        summary.count(&page.name, &row, state);
        let mut kept = cells(line);
        kept.truncate(columns);
        let (anchor, rest) = (row.to_string().to_lowercase(), kept[1..].join(" | "));
        let (state, places) = (say(state), where_cited(places));
        lines.push(format!("| <a id=\"{anchor}\"></a>{row} | {rest} | {state} | {places} |"));
    }
    lines.join("\n") + "\n"
}

fn row_of(line: &str) -> Option<Row> {
    let line = line.strip_prefix("| ")?;
    let line =
        line.strip_prefix("<a id=").and_then(|rest| rest.split_once("</a>")).map_or(line, |(_, id)| id);
    let (row, end) = id_at(line, 0)?;
    line[end..].starts_with(" |").then_some(row)
}

fn cells(line: &str) -> Vec<&str> {
    line.trim().trim_start_matches('|').trim_end_matches('|').split(" | ").map(str::trim).collect()
}

fn state<'a>(row: &Row, places: &'a Places, reason: Option<&'a Reason>) -> State<'a> {
    if let Some(test) = places.ignored.first() {
        return State::Broken(test);
    }
    let is_oracle = ORACLES.contains(&row.section.as_str());
    let (code, tests) = (!places.code.is_empty(), !places.tests.is_empty());
    match (reason.filter(|reason| !is_overtaken(reason, code, tests)), code, tests) {
        (Some(reason), ..) => State::Given(reason),
        (None, true, true) => State::Done,
        (None, false, true) if is_oracle => State::Done,
        (None, false, true) => State::Test,
        (None, true, false) => State::Code,
        (None, false, false) => State::Nothing,
    }
}

fn say(state: State<'_>) -> String {
    match state {
        State::Done => "done".into(),
        State::Code => "code".into(),
        State::Test => "test".into(),
        State::Given(Reason::NotApplicable(reason)) => format!("n/a: {reason}"),
        State::Given(Reason::Open(reason)) => format!("open: {reason}"),
        State::Broken(test) => format!("open: {test} is ignored"),
        State::Nothing => String::new(),
    }
}

/// Fault of a row that `--check` reports.
fn fault(row: &Row, state: State<'_>, places: &Places) -> Option<String> {
    match state {
        State::Given(Reason::NotApplicable(_)) => {
            let place = places.code.iter().chain(&places.tests).next()?;
            Some(format!("{row}: n/a, but cited in {place}; take the citation or the reason away"))
        }
        State::Nothing => Some(format!(
            "{row}: neither code nor test cites it; keep it, or say in requirements/reasons.txt why not"
        )),
        State::Code => Some(format!(
            "{row}: no test cites it; write one, or say `{row} open {UNTESTED}` in requirements/reasons.txt"
        )),
        _ => None,
    }
}

/// The reasons that the tree can overtake: they hold as long as they are true.
const UNTESTED: &str = "no test yet";
const UNBUILT: &str = "not built";

fn is_overtaken(reason: &Reason, code: bool, tests: bool) -> bool {
    match reason {
        Reason::Open(text) if text == UNTESTED => tests,
        Reason::Open(text) if text.starts_with(UNBUILT) => code && tests,
        _ => false,
    }
}

/// Rows that are cited or reasoned about and that the document does not have, and rows that it has
/// twice.
fn strangers(rows: &[Row], citations: &Citations, reasons: &BTreeMap<Row, Reason>) -> Vec<String> {
    let mut known = BTreeSet::new();
    let mut faults = Vec::new();
    for row in rows {
        if !known.insert(row) {
            faults.push(format!("{row}: stands twice in docs/requirements"));
        }
    }
    for (row, places) in citations.iter().filter(|(row, _)| !known.contains(row)) {
        let place = places.code.iter().chain(&places.tests).next().map_or("", String::as_str);
        faults.push(format!("{row}: cited in {place}, but docs/requirements has no such row"));
    }
    for row in reasons.keys().filter(|row| !known.contains(row)) {
        faults.push(format!("{row}: has a reason, but docs/requirements has no such row"));
    }
    faults
}

fn where_cited(places: &Places) -> String {
    let parts: Vec<String> =
        [&places.code, &places.tests].into_iter().filter(|set| !set.is_empty()).map(names).collect();
    parts.join(" · ")
}

fn names(set: &BTreeSet<String>) -> String {
    let mut names: Vec<String> = set.iter().take(NAMES).cloned().collect();
    if set.len() > NAMES {
        names.push(format!("+{}", set.len() - NAMES));
    }
    names.join(", ")
}

/// Rows counted by section, in the order of the document.
#[derive(Debug, Default)]
struct Summary {
    /// Section, its page, and its counts.
    sections: Vec<(String, String, [usize; 5])>,
}

impl Summary {
    fn count(&mut self, page: &str, row: &Row, state: State<'_>) {
        if self.sections.last().is_none_or(|(section, ..)| *section != row.section) {
            self.sections.push((row.section.clone(), page.to_owned(), [0; 5]));
        }
        let column = match state {
            State::Done | State::Test => 1,
            State::Given(Reason::NotApplicable(_)) => 2,
            State::Given(Reason::Open(_)) | State::Broken(_) => 3,
            State::Code | State::Nothing => 4,
        };
        if let Some((.., counts)) = self.sections.last_mut() {
            counts[0] += 1;
            counts[column] += 1;
        }
    }

    /// Puts the table between its two marks.
    fn insert<'a>(&self, lines: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut all = Vec::new();
        let mut inside = false;
        for line in lines {
            inside &= line != "<!-- /summary -->";
            if !inside {
                all.push(line.to_owned());
            }
            if line == "<!-- summary -->" {
                inside = true;
                all.extend(self.table());
            }
        }
        all
    }

    fn table(&self) -> Vec<String> {
        let mut total = [0; 5];
        for (.., counts) in &self.sections {
            for (sum, count) in total.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        let line = |name: &str, [rows, done, not_applicable, open, missing]: [usize; 5]| {
            format!("| {name} | {rows} | {done} | {not_applicable} | {open} | {missing} |")
        };
        let mut table = vec![
            "| section | rows | done | n/a | open | neither |".to_owned(),
            "|---|---|---|---|---|---|".to_owned(),
        ];
        table.extend(
            self.sections.iter().map(|(section, page, counts)| {
                line(&format!("[{section}](requirements/{page}.md)"), *counts)
            }),
        );
        table.push(line("**all**", total));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, Written, pages};
    use crate::citation::Row;
    use crate::reason::{self, Reason};
    use crate::source::Citations;
    use std::collections::BTreeMap;

    const INDEX: &str = "- [One](requirements/one.md): SB\n<!-- summary -->\n<!-- /summary -->\n";

    const TEXT: &str = "\
| id | requirement | anchor | state | where |
|---|---|---|---|---|
| SB-1 | one | a | old | old |
| <a id=\"sb-2\"></a>SB-2 | two | a |
| SB-3 | three | a |  |  |
| SB-4 | four | a |  |  |

| id | invariant | state | where |
|---|---|---|---|
| INV-1 | five |  |  |
";

    fn write(text: &str, citations: &Citations, reasons: &BTreeMap<Row, Reason>) -> Written {
        let page = Page { name: "one".to_owned(), text: text.to_owned() };
        super::write(INDEX, &[page], citations, reasons)
    }

    fn citations(cited: &[(&str, u32, &str)]) -> Citations {
        let mut citations = Citations::new();
        for (section, number, place) in cited {
            let places =
                citations.entry(Row { section: (*section).to_owned(), number: *number }).or_default();
            let set = if place.contains("::") { &mut places.tests } else { &mut places.code };
            set.insert((*place).to_owned());
        }
        citations
    }

    #[test]
    fn the_last_two_columns_are_written_from_the_tree() {
        let cited = citations(&[
            ("SB", 1, "mse/a.rs"),
            ("SB", 1, "t/a::x"),
            ("SB", 3, "mse/a.rs"),
            ("INV", 1, "t/a::x"),
        ]);
        let reasons = reason::parse("SB-2 n/a a word").unwrap();
        let written = write(TEXT, &cited, &reasons);
        let index = "\
- [One](requirements/one.md): SB
<!-- summary -->
| section | rows | done | n/a | open | neither |
|---|---|---|---|---|---|
| [SB](requirements/one.md) | 4 | 1 | 1 | 0 | 2 |
| [INV](requirements/one.md) | 1 | 1 | 0 | 0 | 0 |
| **all** | 5 | 2 | 1 | 0 | 2 |
<!-- /summary -->
";
        let text = "\
| id | requirement | anchor | state | where |
|---|---|---|---|---|
| <a id=\"sb-1\"></a>SB-1 | one | a | done | mse/a.rs · t/a::x |
| <a id=\"sb-2\"></a>SB-2 | two | a | n/a: a word |  |
| <a id=\"sb-3\"></a>SB-3 | three | a | code | mse/a.rs |
| <a id=\"sb-4\"></a>SB-4 | four | a |  |  |

| id | invariant | state | where |
|---|---|---|---|
| <a id=\"inv-1\"></a>INV-1 | five | done | t/a::x |
";
        assert_eq!((written.index.as_str(), written.pages[0].text.as_str()), (index, text));
        assert_eq!(write(text, &cited, &reasons), written, "written twice is written once");
        assert_eq!(pages(index), ["one"]);
        let faults: Vec<_> = written.faults.iter().map(|fault| fault.split(':').next().unwrap()).collect();
        assert_eq!(faults, ["SB-3", "SB-4"]);
    }

    #[test]
    fn rows_that_are_not_there_are_named() {
        let cited = citations(&[("SB", 9, "mse/a.rs")]);
        let reasons = reason::parse("SB-1..SB-4 open why\nINV-1..INV-2 open why").unwrap();
        let expected = [
            "SB-9: cited in mse/a.rs, but docs/requirements has no such row",
            "INV-2: has a reason, but docs/requirements has no such row",
        ];
        assert_eq!(write(TEXT, &cited, &reasons).faults, expected);
    }

    #[test]
    fn a_row_that_is_not_applicable_is_not_cited() {
        let reasons = reason::parse("SB-1..SB-4 n/a why\nINV-1 n/a why").unwrap();
        let faults = write(TEXT, &citations(&[("SB", 2, "mse/a.rs")]), &reasons).faults;
        assert_eq!(faults, ["SB-2: n/a, but cited in mse/a.rs; take the citation or the reason away"]);
    }

    #[test]
    fn a_reason_that_the_tree_contradicts_is_overtaken() {
        let cited = citations(&[
            ("SB", 1, "mse/a.rs"),
            ("SB", 1, "t/a::x"),
            ("SB", 2, "mse/a.rs"),
            ("SB", 3, "mse/a.rs"),
            ("SB", 3, "t/a::x"),
            ("SB", 4, "mse/a.rs"),
            ("SB", 4, "t/a::x"),
        ]);
        let reasons =
            "SB-1..SB-2 open no test yet\nSB-3 open not built: x\nSB-4 open half of it\nINV-1 open not built";
        let written = write(TEXT, &cited, &reason::parse(reasons).unwrap());
        assert_eq!(written.overtaken, ["SB-1", "SB-3"]);
        let states: Vec<_> = written.pages[0]
            .text
            .lines()
            .filter(|line| line.starts_with("| <a id="))
            .map(|line| line.split(" | ").collect::<Vec<_>>())
            .map(|cells| cells[cells.len() - 2])
            .collect();
        assert_eq!(states, ["done", "open: no test yet", "done", "open: half of it", "open: not built"]);
    }

    #[test]
    fn a_row_with_an_ignored_test_is_open_whatever_else_cites_it() {
        let mut cited = citations(&[("SB", 1, "mse/a.rs"), ("SB", 1, "t/a::x")]);
        for places in cited.values_mut() {
            places.ignored.insert("t/a::y".to_owned());
        }
        let text = write(TEXT, &cited, &reason::parse("").unwrap()).pages.remove(0).text;
        assert!(text.contains("SB-1 | one | a | open: t/a::y is ignored | mse/a.rs · t/a::x |"), "{text}");
    }

    #[test]
    fn long_lists_are_cut() {
        let tests: Vec<String> = (0..7).map(|n| format!("t::{n}")).collect();
        let cited: Vec<_> = tests.iter().map(|name| ("SB", 1, name.as_str())).collect();
        let text = write(TEXT, &citations(&cited), &reason::parse("").unwrap()).pages.remove(0).text;
        assert!(text.contains("SB-1 | one | a | test | t::0, t::1, t::2, t::3, +3 |"), "{text}");
    }
}
