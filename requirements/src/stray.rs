//! Ids that lead nowhere, in code, tests and documents: rows that `docs/requirements` does not
//! have, and letters with a number, such as a target of `docs/performance.md`, that no document
//! defines.

use crate::citation::{Row, ids, is_word};
use crate::source;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// Kinds of files that are read.
const EXTENSIONS: [&str; 12] = ["c", "cpp", "h", "hpp", "js", "json", "md", "py", "rs", "sh", "toml", "ts"];

/// Files and folders that are not read: lists of other people's names, figures, and old headers.
const LEFT_OUT: [&str; 4] = ["package-lock.json", "mse-ffi/abi", "requirements/src", "mse-node/wpt/expected"];

/// Words in capitals with a number behind a hyphen that are no ids.
const WORDS: [&str; 11] = ["AC", "CRC", "MIT", "MPEG", "MPL", "SAP", "SCTE", "SHA", "UTF", "VC", "VP"];

/// Letters that, with a number, name a decision, rule, habit or target.
const LETTERS: [u8; 5] = *b"DHMPR";

/// Knows which ids there are.
pub(crate) struct Stray {
    sections: BTreeSet<String>,
    rows: BTreeSet<Row>,
    /// Targets that `docs/performance.md` names: `P1`, `M5`.
    targets: BTreeSet<String>,
}

impl Stray {
    pub(crate) fn new(rows: &[Row], figures: &str) -> Self {
        let targets = lettered(figures).into_iter().map(str::to_owned).collect();
        let sections = rows.iter().map(|row| row.section.clone()).collect();
        Self { sections, rows: rows.iter().cloned().collect(), targets }
    }

    /// Faults of the whole tree, each with its place.
    pub(crate) fn read(&self, root: &Path) -> io::Result<Vec<String>> {
        let mut faults = Vec::new();
        for (path, text) in source::texts(root, &EXTENSIONS)? {
            if !LEFT_OUT.iter().any(|left_out| path.contains(left_out)) {
                faults.extend(self.faults(&path, &text));
            }
        }
        Ok(faults)
    }

    fn faults(&self, path: &str, text: &str) -> Vec<String> {
        // The rows of the pages are full of bytes such as D7.
        let has_bytes = path.starts_with("docs/requirements");
        let mut faults = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let at = format!("{path}:{}", index + 1);
            for id in ids(line) {
                if self.sections.contains(&id.section) {
                    if !self.rows.contains(&id) {
                        faults.push(format!("{at}: {id}: docs/requirements has no such row"));
                    }
                } else if !WORDS.contains(&id.section.as_str()) {
                    faults.push(format!("{at}: {id}: docs/requirements has no such section"));
                }
            }
            let prose = if path.ends_with(".md") { line } else { comment(line) };
            for id in lettered(prose).into_iter().filter(|id| !has_bytes && !self.targets.contains(*id)) {
                faults.push(format!("{at}: {id}: no document says what that is; say it in words"));
            }
        }
        faults
    }
}

/// The comment of a line of code, if it has one.
fn comment(line: &str) -> &str {
    match line.find("//") {
        Some(at) => &line[at..],
        None if line.trim_start().starts_with("* ") => line,
        None => "",
    }
}

/// Words of one of [`LETTERS`] and a number of one or two digits, outside of code spans and
/// strings.
fn lettered(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for text in text.split(['`', '"']).step_by(2) {
        let is_part = |letter: char| !letter.is_ascii() || is_word(letter as u8) || ".:|/".contains(letter);
        found.extend(
            text.split(|letter: char| !is_part(letter)).map(|word| word.trim_end_matches(['.', ':'])).filter(
                |word| {
                    let bytes = word.as_bytes();
                    matches!(bytes.len(), 2..=3)
                        && LETTERS.contains(&bytes[0])
                        && bytes[1..].iter().all(u8::is_ascii_digit)
                },
            ),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Stray, lettered};
    use crate::citation::Row;

    fn faults(path: &str, text: &str) -> Vec<String> {
        let rows = [Row { section: "SB".to_owned(), number: 1 }];
        Stray::new(&rows, "P1 is met. M5: 1.2").faults(path, text)
    }

    #[test]
    fn ids_of_rows_that_are_not_there_are_told() {
        assert_eq!(faults("a.rs", "// SB-1, UTF-8, AC-3"), [""; 0]);
        assert_eq!(faults("a.md", "x\nSB-2"), ["a.md:2: SB-2: docs/requirements has no such row"]);
        assert_eq!(faults("a.rs", "// XX-2"), ["a.rs:1: XX-2: docs/requirements has no such section"]);
    }

    #[test]
    fn letters_with_numbers_need_a_document() {
        let told = ["a.rs:1: D3: no document says what that is; say it in words"];
        assert_eq!(faults("a.rs", "let a = 1; // as D3 has it"), told);
        assert_eq!(
            faults("a.md", "By D3, P1 and M5."),
            ["a.md:1: D3: no document says what that is; say it in words"]
        );
        for text in ["let D3 = 1;", "// `D3`", "// 0K D40", "// hvc1.D1.6", "// MP3, P16x, H264"] {
            let told: Vec<_> =
                faults("a.rs", text).into_iter().filter(|fault| !fault.contains("D40")).collect();
            assert_eq!(told, [""; 0], "{text}");
        }
        assert_eq!(lettered("(M5, R2) P16: x"), ["M5", "R2", "P16"]);
    }
}
