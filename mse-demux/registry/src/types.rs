//! [`SupportedTypes`]: a table of the types that a page is told are supported, whatever else could
//! be demuxed and decoded (MS-20, MIM-1..8).
//!
//! A table is text, so that it goes through every interface and into traces as it is:
//!
//! ```text
//! # A comment.
//! syntax stray-quotes                          how strings are read, see `Syntax`
//! let avc = avc1|avc3.42####|4D####|64####     patterns under a name
//! video/mp4 required $avc mp4a.40.2|5 opus     a container, its need of codecs, those it takes
//! audio/mpeg none
//! ```
//!
//! A container is `required` (to be named with codecs), `optional`, `none` (takes no codecs) or
//! `claimed`: without codecs isTypeSupported() says yes and addSourceBuffer() no. A pattern has the
//! fields of a codec string, each with alternatives between bars, in which `#` stands for a
//! hexadecimal digit and `*` at the end for anything; the fields behind a `?` may be missing.
//! Letters mean themselves. Behind `~` stands what isTypeSupported() takes and addSourceBuffer()
//! refuses, behind `!` what both refuse whatever else takes it.

use crate::registry::{CanDecode, Registry, Supported, Unsupported};
use mse_core::mime::{Codecs, DeclaredCodec};
use mse_core::{Codec, MimeType};
use std::borrow::Cow;
use std::fmt;

/// A table of types; equal when the texts are.
#[derive(Clone, PartialEq, Eq)]
pub struct SupportedTypes {
    table: Cow<'static, str>,
    syntax: Syntax,
}

/// Departures of a browser from the grammar of MIME types. All of them
/// let white space stand around the `=` of a parameter, and take empty codecs for none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Syntax {
    /// `stray-quotes`: a quotation mark at the end of codecs that did not begin with one is passed
    /// over.
    pub stray_quotes: bool,
    /// `plain-codecs`: the parameter `codecs*` is not looked at.
    pub plain_codecs: bool,
    /// `lower-case`: addSourceBuffer() and changeType() refuse type and subtype in capitals, which
    /// isTypeSupported() takes.
    pub lower_case: bool,
    /// `words`: what stands between white space behind the subtype and the next semicolon is passed
    /// over.
    pub words: bool,
}

/// The method that asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    IsTypeSupported,
    AddSourceBuffer,
}

/// A line of a table that has no meaning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableError {
    /// Number of the line, from 1.
    pub line: usize,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the table of types has no meaning", self.line)
    }
}

impl std::error::Error for TableError {}

impl fmt::Debug for SupportedTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SupportedTypes")
    }
}

impl SupportedTypes {
    /// Chromium's, as `tests/browser/supported.tsv` has it.
    pub fn chromium() -> Self {
        Self::built_in(include_str!("types/chromium.txt"))
    }

    /// Firefox's, as `tests/browser/supported.tsv` has it.
    pub fn firefox() -> Self {
        Self::built_in(include_str!("types/firefox.txt"))
    }

    /// Safari's as it is known: not measured.
    pub fn safari() -> Self {
        Self::built_in(include_str!("types/safari.txt"))
    }

    fn built_in(table: &'static str) -> Self {
        let syntax = check(table);
        debug_assert!(syntax.is_ok(), "a table of this crate: {syntax:?}");
        Self { table: table.into(), syntax: syntax.unwrap_or_default() }
    }

    /// A table of the host's own.
    ///
    /// # Errors
    /// The first line that has no meaning.
    pub fn new(table: impl Into<String>) -> Result<Self, TableError> {
        let table = table.into();
        let syntax = check(&table)?;
        Ok(Self { table: table.into(), syntax })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.table
    }

    /// Departures from the grammar of MIME types.
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// `isTypeSupported()` (MS-20). About codecs that the grammar of RFC 6381 does not know, such
    /// as `av1`, the table alone decides; what they turn out to be is asked of `can_decode` when it
    /// is found.
    pub fn is_type_supported(&self, text: &str, registry: &Registry, can_decode: CanDecode<'_>) -> bool {
        self.ask(Question::IsTypeSupported, text, registry, can_decode).is_ok()
    }

    /// The check of `addSourceBuffer()` and `changeType()`.
    ///
    /// # Errors
    /// What speaks against it.
    pub fn check(
        &self,
        text: &str,
        registry: &Registry,
        can_decode: CanDecode<'_>,
    ) -> Result<Supported, Unsupported> {
        self.ask(Question::AddSourceBuffer, text, registry, can_decode)
    }

    fn ask(
        &self,
        question: Question,
        text: &str,
        registry: &Registry,
        can_decode: CanDecode<'_>,
    ) -> Result<Supported, Unsupported> {
        if text.is_empty() {
            return Err(Unsupported::Empty);
        }
        let read = self.syntax.read(text);
        let mime = MimeType::parse(&read).ok_or(Unsupported::NotAMimeType)?;
        let format = registry.find(&mime).ok_or(Unsupported::UnknownFormat)?;
        if question == Question::AddSourceBuffer && self.syntax.refuses_case_of(&read) {
            return Err(Unsupported::UnknownFormat);
        }
        let (_, codecs, patterns) = self
            .containers()
            .find(|(essence, ..)| *essence == mime.essence())
            .ok_or(Unsupported::UnknownFormat)?;
        match self.syntax.codecs(&mime) {
            None => match (codecs, question) {
                ("required", _) | ("claimed", Question::AddSourceBuffer) => return Err(Unsupported::Codec),
                _ => {}
            },
            Some(_) if codecs == "none" => return Err(Unsupported::CodecsForbidden),
            Some(list) => {
                for codec in list {
                    let decodable = can_decode(codec) || Codec::parse(codec).is_none();
                    if !self.takes(patterns, codec, question) || !decodable {
                        return Err(Unsupported::Codec);
                    }
                }
            }
        }
        Ok(Supported { mime, format })
    }

    /// Name, need of codecs and patterns of each container.
    fn containers(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        lines(&self.table).filter_map(|(_, line)| container(line))
    }

    /// Whether one of the patterns, or of those under a name among them, takes a codec.
    fn takes(&self, patterns: &str, codec: &str, question: Question) -> bool {
        let any = |patterns: &str| patterns.split_whitespace().any(|pattern| matches(pattern, codec));
        let mut refused = patterns.split_whitespace().filter_map(|pattern| pattern.strip_prefix('!'));
        let taken = patterns.split_whitespace().any(|pattern| match (pattern.as_bytes()[0], &pattern[1..]) {
            (b'$', name) => named(&self.table, name).is_some_and(any),
            (b'~', claimed) => question == Question::IsTypeSupported && matches(claimed, codec),
            (b'!', _) => false,
            _ => matches(pattern, codec),
        });
        taken && !refused.any(|pattern| matches(pattern, codec))
    }
}

impl Syntax {
    fn of(words: &str) -> Option<Self> {
        let mut syntax = Self::default();
        for word in words.split_whitespace() {
            let flag = match word {
                "stray-quotes" => &mut syntax.stray_quotes,
                "plain-codecs" => &mut syntax.plain_codecs,
                "lower-case" => &mut syntax.lower_case,
                "words" => &mut syntax.words,
                _ => return None,
            };
            *flag = true;
        }
        Some(syntax)
    }

    /// The string as the grammar of MIME types would have it: no white space around the `=` of a
    /// parameter, no words behind the subtype.
    fn read(self, text: &str) -> String {
        let (mut head, parameters) = text.split_at(text.find(';').unwrap_or(text.len()));
        if self.words {
            head = head.trim_ascii();
            head = head.split_ascii_whitespace().next().unwrap_or(head);
        }
        let mut read = head.to_owned();
        let (mut quoted, mut equals) = (false, false);
        for letter in parameters.chars() {
            if letter == '"' {
                quoted = !quoted;
            }
            if !quoted && letter == '=' {
                read.truncate(read.trim_end().len());
                equals = true;
            } else if !(equals && letter.is_ascii_whitespace()) {
                equals = false;
            }
            if !equals || letter == '=' {
                read.push(letter);
            }
        }
        read
    }

    fn refuses_case_of(self, read: &str) -> bool {
        let head = read.split(';').next().unwrap_or(read);
        self.lower_case && head.contains(|letter: char| letter.is_ascii_uppercase())
    }

    /// The codecs as written; `None` if there are none. Those that are no list are one codec that
    /// nobody takes.
    fn codecs(self, mime: &MimeType) -> Option<Vec<&str>> {
        if let Some(plain) = mime.parameter("codecs") {
            let plain = if self.stray_quotes { plain.trim_end_matches('"') } else { plain };
            return (!plain.is_empty()).then(|| plain.split(',').map(str::trim_ascii).collect());
        }
        match mime.codecs() {
            Codecs::Listed(list) if !self.plain_codecs => Some(list.iter().map(as_written).collect()),
            _ => None,
        }
    }
}

fn as_written(codec: &DeclaredCodec) -> &str {
    match codec {
        Ok(codec) => codec.as_str(),
        Err(text) => text,
    }
}

/// Lines with a meaning, each with its number.
fn lines(table: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = table.lines().enumerate().map(|(index, line)| (index + 1, line.trim_ascii()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn container(line: &str) -> Option<(&str, &str, &str)> {
    let (essence, rest) = line.split_once(' ')?;
    let rest = rest.trim_ascii_start();
    let (codecs, patterns) = rest.split_once(' ').unwrap_or((rest, ""));
    let known = matches!(codecs, "required" | "optional" | "claimed" | "none");
    (known && essence.contains('/')).then_some((essence, codecs, patterns))
}

/// The patterns under a name.
fn named<'a>(table: &'a str, name: &str) -> Option<&'a str> {
    lines(table).find_map(|(_, line)| {
        let (left, patterns) = line.strip_prefix("let ")?.split_once('=')?;
        (left.trim_ascii() == name).then_some(patterns)
    })
}

/// The syntax of a table of which every line has a meaning.
fn check(table: &str) -> Result<Syntax, TableError> {
    let mut syntax = Syntax::default();
    for (line, text) in lines(table) {
        let error = TableError { line };
        if let Some(words) = text.strip_prefix("syntax ") {
            syntax = Syntax::of(words).ok_or(error)?;
        } else if let Some(definition) = text.strip_prefix("let ") {
            let (_, patterns) = definition.split_once('=').ok_or_else(|| error.clone())?;
            if patterns.contains('$') {
                return Err(error);
            }
        } else {
            let (.., patterns) = container(text).ok_or_else(|| error.clone())?;
            let mut names = patterns.split_whitespace().filter_map(|pattern| pattern.strip_prefix('$'));
            if !names.all(|name| named(table, name).is_some()) {
                return Err(error);
            }
        }
    }
    Ok(syntax)
}

/// Whether a codec has the fields of a pattern.
fn matches(pattern: &str, codec: &str) -> bool {
    let (needed, optional) = pattern.split_once('?').unwrap_or((pattern, ""));
    let mut fields = codec.split('.');
    let needed = needed.split('.').all(|field| fields.next().is_some_and(|text| field_matches(field, text)));
    // A pattern such as `a.b?.c`: the dot before the first field that may be missing belongs to it.
    let mut optional = optional.split('.').skip(1);
    needed && fields.all(|text| optional.next().is_some_and(|field| field_matches(field, text)))
}

fn field_matches(field: &str, text: &str) -> bool {
    field.split('|').any(|wanted| {
        let (wanted, open) = wanted.strip_suffix('*').map_or((wanted, false), |wanted| (wanted, true));
        let fits = if open { wanted.len() <= text.len() } else { wanted.len() == text.len() };
        let same = |(wanted, is): (u8, u8)| wanted == is || wanted == b'#' && is.is_ascii_hexdigit();
        fits && wanted.bytes().zip(text.bytes()).all(same)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_codecs() {
        for (pattern, yes, no) in [
            ("opus", "opus", "Opus opus.1 opu"),
            (
                "avc1|avc3.42####|4D####",
                "avc1.42E01E avc3.4DFFff",
                "avc1 avc1.42E01G avc1.42E01E0 avc1.64001E avc2.42E01E avc1.42E01E.1",
            ),
            ("mp4a.40.2|02|5", "mp4a.40.2 mp4a.40.02 mp4a.40.5", "mp4a.40 mp4a.40.29 mp4a.40."),
            ("hvc1.1.*.L*", "hvc1.1.6.L93 hvc1.1..L", "hvc1.1.6 hvc1.2.6.L93 hvc1.1.6.H1"),
            ("a.1?.2.3|4", "a.1 a.1.2 a.1.2.4", "a a.2 a.1.3 a.1.2.4.5"),
        ] {
            for codec in yes.split(' ') {
                assert!(matches(pattern, codec), "{pattern} {codec}");
            }
            for codec in no.split(' ') {
                assert!(!matches(pattern, codec), "{pattern} {codec}");
            }
        }
    }

    #[test]
    fn a_table_names_the_line_without_a_meaning() {
        for (table, line) in [
            ("video/mp4", 1),
            ("\n# fine\nvideo/mp4 maybe opus", 3),
            ("video/mp4 optional $avc", 1),
            ("let avc avc1", 1),
            ("let a = $b", 1),
            ("syntax strict", 1),
        ] {
            assert_eq!(SupportedTypes::new(table), Err(TableError { line }), "{table}");
        }
        assert!(SupportedTypes::new("let avc = avc1.*\nvideo/mp4 optional $avc\n").is_ok());
    }
}
