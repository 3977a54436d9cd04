//! The prose of doc comments and how wide comments are, counted by crate and held against the
//! numbers that `requirements/prose.txt` allows: a crate may fall below its numbers, never rise
//! above them.
//!
//! A doc comment that opens with a relative or a pronoun ("What rows call it.") has no subject of
//! its own: a reader must find the noun elsewhere first.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Words that a doc comment does not open with.
const OPENINGS: [&str; 21] = [
    "How", "It", "Its", "Of", "Such", "That", "Their", "Them", "There", "These", "They", "This", "Those",
    "What", "Whatever", "Where", "Which", "Who", "Whoever", "Whom", "Whose",
];

/// Widest column of a comment.
const COLUMNS: usize = 100;

/// Words for everyday things that say nothing of a mechanism, when a public item is named so.
const METAPHORS: [&str; 12] = [
    "ahead", "burst", "course", "errand", "feed", "held", "line", "pace", "release", "room", "settle", "told",
];

/// Kind of fault, in the order of the columns of `prose.txt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A doc comment opens with one of [`OPENINGS`].
    Opening,
    /// A comment line is wider than [`COLUMNS`].
    Width,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Opening, Self::Width];

    fn name(self) -> &'static str {
        match self {
            Self::Opening => "doc comments that open with a pronoun or a relative",
            Self::Width => "comment lines over 100 columns",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Opening => {
                "open with a noun phrase or a verb in the third person (\"Returns …\", \"Length of …\")"
            }
            Self::Width => "break the line at column 100",
        }
    }
}

/// A fault with its place.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault {
    kind: Kind,
    file: String,
    line: usize,
    text: String,
}

/// Faults of one crate, and the number of its doc comments.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    comments: usize,
    faults: Vec<Fault>,
    /// Public names with one of [`METAPHORS`] in them: told, not counted.
    names: Vec<String>,
}

impl Crate {
    fn count(&self, kind: Kind) -> usize {
        self.faults.iter().filter(|fault| fault.kind == kind).count()
    }

    /// Adds a source file.
    pub(crate) fn read(&mut self, file: &str, text: &str) {
        let mut is_inside = false;
        for (index, line) in text.lines().enumerate() {
            let word = line.trim_start();
            let mut fault = |kind, text: &str| {
                let (file, line, text) = (file.to_owned(), index + 1, text.to_owned());
                self.faults.push(Fault { kind, file, line, text });
            };
            if word.starts_with("//") && line.chars().count() > COLUMNS {
                fault(Kind::Width, word);
            }
            let comment = doc_comment(word);
            if let Some(text) = comment.filter(|_| !is_inside) {
                if opens_badly(text) {
                    fault(Kind::Opening, text);
                }
                self.comments += 1;
            }
            is_inside = comment.is_some();
            if let Some(name) = public_name(word).filter(|name| is_metaphor(name)) {
                self.names.push(format!("{file}:{}: {name}", index + 1));
            }
        }
    }
}

/// The text of a line that is part of a doc comment.
fn doc_comment(line: &str) -> Option<&str> {
    let is_plain = line.starts_with("////");
    let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))?;
    (!is_plain).then(|| text.trim())
}

fn opens_badly(text: &str) -> bool {
    let first = text.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or("");
    OPENINGS.contains(&first)
}

/// The name that a line declares as public.
fn public_name(line: &str) -> Option<&str> {
    let mut words = line.strip_prefix("pub ")?.split_whitespace();
    let word = words.find(|word| {
        !["fn", "const", "async", "unsafe", "struct", "enum", "trait", "type", "mod", "static", "use"]
            .contains(word)
    })?;
    word.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

/// Whether one of the words of a name, in either case style, is a metaphor.
fn is_metaphor(name: &str) -> bool {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            words.push('_');
        }
        words.extend(letter.to_lowercase());
    }
    words.split('_').any(|word| METAPHORS.contains(&word))
}

/// Allowed numbers by crate, in the order of [`Kind::ALL`].
pub(crate) type Allowed = BTreeMap<String, [usize; 2]>;

/// Reads `prose.txt`: a crate's folder and its two numbers a line; `#` begins a comment.
pub(crate) fn parse(text: &str) -> Result<Allowed, Vec<String>> {
    let mut allowed = Allowed::new();
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split('#').next().unwrap_or("").split_whitespace().collect();
        let numbers = |at: usize| words.get(at).and_then(|word| word.parse().ok());
        match (words[..].first(), numbers(1), numbers(2)) {
            (None, ..) => {}
            (Some(name), Some(opening), Some(width)) if words.len() == 3 => {
                allowed.insert((*name).to_owned(), [opening, width]);
            }
            _ => faults.push(format!("line {}: not `FOLDER OPENINGS WIDE_LINES`: {line}", number + 1)),
        }
    }
    if faults.is_empty() { Ok(allowed) } else { Err(faults) }
}

/// The text of `prose.txt` that allows what there is now.
pub(crate) fn record(crates: &BTreeMap<String, Crate>) -> String {
    let mut text = "\
# What the prose check allows each crate, and no more: doc comments that open with a pronoun or a
# relative, and comment lines over 100 columns. Written by `cargo run -p mse-requirements -- prose --record`
# after mending; a number goes down, never up.
"
    .to_owned();
    for (name, krate) in crates {
        let [opening, width] = Kind::ALL.map(|kind| krate.count(kind));
        writeln!(text, "{name:24} {opening:4} {width:4}").expect("a string takes all");
    }
    text
}

/// Counts by crate with their share, and public names that are metaphors.
pub(crate) fn report(crates: &BTreeMap<String, Crate>) -> String {
    let mut text =
        format!("{:24} {:>8} {:>8} {:>6} {:>6}\n", "crate", "comments", "openings", "share", "wide");
    let mut total = [0; 3];
    let mut line = |name: &str, [comments, opening, width]: [usize; 3]| {
        #[expect(clippy::cast_precision_loss, reason = "counts of comments are small")]
        let share = 100.0 * opening as f64 / comments.max(1) as f64;
        writeln!(text, "{name:24} {comments:8} {opening:8} {share:5.1}% {width:6}")
            .expect("a string takes all");
    };
    for (name, krate) in crates {
        let counts = [krate.comments, krate.count(Kind::Opening), krate.count(Kind::Width)];
        total = std::array::from_fn(|at| total[at] + counts[at]);
        line(name, counts);
    }
    line("all", total);
    let names: Vec<&str> = crates.values().flat_map(|krate| &krate.names).map(String::as_str).collect();
    if !names.is_empty() {
        write!(text, "\npublic names that are metaphors:\n{}", names.join("\n")).expect("a string takes all");
    }
    text
}

/// The faults of every crate that has more of a kind than it is allowed, with their places and
/// remedy.
pub(crate) fn check(crates: &BTreeMap<String, Crate>, allowed: &Allowed) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, krate) in crates {
        for (kind, limit) in Kind::ALL.into_iter().zip(allowed.get(name).copied().unwrap_or_default()) {
            let count = krate.count(kind);
            if count <= limit {
                continue;
            }
            faults.push(format!(
                "{name}: {count} {}, requirements/prose.txt allows {limit}; {}:",
                kind.name(),
                kind.remedy()
            ));
            let of_kind = krate.faults.iter().filter(|fault| fault.kind == kind);
            faults.extend(of_kind.map(|fault| format!("  {}:{}: {}", fault.file, fault.line, fault.text)));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{Crate, Kind, check, parse, public_name, record, report};
    use std::collections::BTreeMap;

    fn crates(text: &str) -> BTreeMap<String, Crate> {
        let mut krate = Crate::default();
        krate.read("a/src/lib.rs", text);
        BTreeMap::from([("a".to_owned(), krate)])
    }

    fn openings(text: &str) -> Vec<usize> {
        let crates = crates(text);
        crates["a"]
            .faults
            .iter()
            .filter(|fault| fault.kind == Kind::Opening)
            .map(|fault| fault.line)
            .collect()
    }

    #[test]
    fn only_the_first_line_of_a_doc_comment_opens_it() {
        let lines = [
            "//! What it is.",
            "//! Which goes on.",
            "",
            "/// Length.",
            "/// Its unit.",
            "fn a() {}",
            "/// Those.",
            "fn b() {}",
            "// What a plain comment says.",
            "//// What slashes say.",
        ];
        let text = &lines.join("\n");
        assert_eq!(openings(text), [1, 7]);
        assert_eq!(crates(text)["a"].comments, 3);
    }

    #[test]
    fn an_opening_is_a_whole_word() {
        for good in ["Itself", "`What`", "Offset", "Thatched", "Returns what it holds", ""] {
            assert_eq!(openings(&format!("/// {good}")), [0; 0], "{good}");
        }
        for bad in ["What", "What's left", "Its length", "This.", "Where: there", "How many"] {
            assert_eq!(openings(&format!("    /// {bad}")), [1], "{bad}");
        }
    }

    #[test]
    fn comments_are_measured_in_characters_and_code_is_not() {
        let comment = |letters: usize| format!("// {}\n", "é".repeat(letters));
        let code = format!("let a = \"{}\";\n", "x".repeat(120));
        let crates = crates(&format!("{}{}{code}", comment(97), comment(98)));
        assert_eq!(crates["a"].count(Kind::Width), 1);
        assert_eq!(crates["a"].faults[0].line, 2);
    }

    #[test]
    fn a_crate_may_fall_and_not_rise() {
        let crates = crates("/// What.\n\n/// Which.\n");
        for (allowed, faults) in [("a 3 0", 0), ("a 2 0", 0), ("a 1 0", 3), ("b 9 9", 3), ("", 3)] {
            assert_eq!(check(&crates, &parse(allowed).unwrap()).len(), faults, "{allowed}");
        }
        let said = check(&crates, &parse("a 1 0").unwrap());
        assert!(said[0].starts_with("a: 2 doc comments that open"), "{}", said[0]);
        assert_eq!(said[2], "  a/src/lib.rs:3: Which.");
    }

    #[test]
    fn what_is_recorded_is_allowed() {
        let crates = crates("/// What.\n");
        assert_eq!(check(&crates, &parse(&record(&crates)).unwrap()), [""; 0]);
        assert_eq!(parse("# x\n\na 1\n").unwrap_err(), ["line 3: not `FOLDER OPENINGS WIDE_LINES`: a 1"]);
    }

    #[test]
    fn public_names_that_are_metaphors_are_told() {
        assert_eq!(public_name("pub const fn settle_all(&self)"), Some("settle_all"));
        assert_eq!(public_name("pub(crate) fn settle()"), None);
        let text = "pub fn settle_all() {}\npub struct FrameRoom;\npub fn baseline() {}\n";
        let said = report(&crates(text));
        assert!(said.contains("a/src/lib.rs:1: settle_all\na/src/lib.rs:2: FrameRoom"), "{said}");
        assert!(!said.contains("baseline"), "{said}");
    }
}
