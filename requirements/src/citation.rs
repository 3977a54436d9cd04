//! Row ids in text: `CFP-24`, `CFP-33..36`, `CFP-33..CFP-36`, `ISO-2 to ISO-10`, `TRK-5/6`; a step
//! or letter after the id is left aside (`SB-4 (1), (2)`, `ATT-3c`).

use std::fmt;

/// A row of the document: section and number. Ordered as text, then by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Row {
    pub(crate) section: String,
    pub(crate) number: u32,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.section, self.number)
    }
}

/// Every row that a text cites, of sections that `is_section` knows; whether the document has the
/// row is not asked.
pub(crate) fn citations(text: &str, is_section: impl Fn(&str) -> bool) -> Vec<Row> {
    let bytes = text.as_bytes();
    let mut rows = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let word_begins = at == 0 || !is_word(bytes[at - 1]);
        match id_at(text, at).filter(|(row, _)| word_begins && is_section(&row.section)) {
            Some((first, end)) => {
                let (last, end) = range_end(text, end, &first.section).unwrap_or((first.number, end));
                rows.extend(
                    (first.number..=last).map(|number| Row { section: first.section.clone(), number }),
                );
                at = also(text, end, &first.section, &mut rows);
            }
            None => at += 1,
        }
    }
    rows
}

/// Every id of a text that stands as a word of its own, of whatever section.
pub(crate) fn ids(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let word_begins = at == 0 || !is_word(text.as_bytes()[at - 1]);
        match id_at(text, at).filter(|_| word_begins) {
            Some((row, end)) => {
                rows.push(row);
                at = end;
            }
            None => at += 1,
        }
    }
    rows
}

/// An id at this place and where it ends.
pub(crate) fn id_at(text: &str, at: usize) -> Option<(Row, usize)> {
    let rest = text.get(at..)?;
    let letters = rest.bytes().take_while(u8::is_ascii_uppercase).count();
    if !(2..=5).contains(&letters) || !rest[letters..].starts_with('-') {
        return None;
    }
    let (number, end) = number_at(text, at + letters + 1)?;
    Some((Row { section: rest[..letters].to_owned(), number }, end))
}

/// A number of one or two digits with an optional lower-case letter, at the end of a word.
fn number_at(text: &str, at: usize) -> Option<(u32, usize)> {
    let rest = &text.as_bytes()[at.min(text.len())..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=2).contains(&digits) {
        return None;
    }
    let letter = usize::from(rest.get(digits).is_some_and(u8::is_ascii_lowercase));
    if rest.get(digits + letter).is_some_and(|&byte| is_word(byte)) {
        return None;
    }
    Some((text[at..at + digits].parse().ok()?, at + digits + letter))
}

/// The other end of a range that goes on after an id.
fn range_end(text: &str, at: usize, section: &str) -> Option<(u32, usize)> {
    let (joint, bare) = [("..", true), ("–", true), (" to ", false)]
        .into_iter()
        .find(|(joint, _)| text[at..].starts_with(joint))?;
    let at = at + joint.len();
    match id_at(text, at) {
        Some((last, end)) => (last.section == section).then_some((last.number, end)),
        None if bare => number_at(text, at),
        None => None,
    }
}

/// `/6` after an id or range: more rows of the section. Returns where they end.
fn also(text: &str, mut at: usize, section: &str, rows: &mut Vec<Row>) -> usize {
    while text[at..].starts_with('/') {
        let Some((number, end)) = number_at(text, at + 1) else { break };
        rows.push(Row { section: section.to_owned(), number });
        at = end;
    }
    at
}

pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::citations;

    fn rows(text: &str) -> String {
        let known = ["CFP", "MS", "SB", "EL", "ISO", "TRK", "ATT", "TS", "ISR"];
        let rows = citations(text, |section| known.contains(&section));
        rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ids_ranges_and_lists() {
        let table = [
            ("CFP-24", "CFP-24"),
            ("(EL-1, EL-3)", "EL-1 EL-3"),
            ("CFP-33..36: what", "CFP-33 CFP-34 CFP-35 CFP-36"),
            ("MS-13..MS-15", "MS-13 MS-14 MS-15"),
            ("ISO-2 to ISO-4, ISO-25", "ISO-2 ISO-3 ISO-4 ISO-25"),
            ("ISO-2–4", "ISO-2 ISO-3 ISO-4"),
            ("TRK-5/6", "TRK-5 TRK-6"),
            ("SB-4 (1), (2)", "SB-4"),
            ("SB-23 (3)..(5)", "SB-23"),
            ("ATT-3c; ISR-3c/7", "ATT-3 ISR-3 ISR-7"),
            ("`CFP-9`.", "CFP-9"),
            ("CFP-15, 400 CFP-15", "CFP-15 CFP-15"),
            ("SB-9 to the end", "SB-9"),
        ];
        for (text, expected) in table {
            assert_eq!(rows(text), expected, "{text}");
        }
    }

    #[test]
    fn words_that_only_look_like_ids() {
        for text in [
            "UTF-8",
            "ISO-8859-1",
            "ISO-639",
            "MPEG2TS-1",
            "xCFP-1",
            "CFP-",
            "CFP-x",
            "CFP-1x2",
            "X-TS-1",
            "MIM",
        ] {
            assert_eq!(rows(text), "", "{text}");
        }
    }
}
