//! Cues of TTML (`stpp` in MP4, ISO/IEC 14496-30): the text of each paragraph, and when it is
//! shown. <https://www.w3.org/TR/ttml1/>
//!
//! A document is read once from its beginning to its end; open elements are all that is held.

use crate::text_cue::{TextCue, escaped};
use mse_core::MediaTime;

/// The cues of a sample: those of its document that are shown within the time of the sample. The
/// document's times are those of the track before any `timestampOffset`, or of the sample; where
/// neither fits, the whole time of the sample is taken.
pub(crate) fn cues_of_sample(sample: &[u8], start: MediaTime, end: MediaTime) -> Vec<TextCue> {
    let document = String::from_utf8_lossy(sample);
    let paragraphs = paragraphs(&document);
    for shift in [MediaTime::ZERO, start] {
        let cues: Vec<TextCue> =
            paragraphs.iter().filter_map(|paragraph| paragraph.within(shift, start, end)).collect();
        if !cues.is_empty() {
            return cues;
        }
    }
    paragraphs.into_iter().map(|paragraph| paragraph.cue(start, end)).collect()
}

/// Text, and when it is shown.
#[derive(Debug, Default, Clone, PartialEq)]
struct Paragraph {
    id: String,
    begin: f64,
    end: f64,
    text: String,
}

impl Paragraph {
    fn within(&self, shift: MediaTime, start: MediaTime, end: MediaTime) -> Option<TextCue> {
        let from = (shift + MediaTime::from_seconds(self.begin)).max(start);
        let to = (shift + MediaTime::from_seconds(self.end)).min(end);
        (from < to).then(|| self.clone().cue(from, to))
    }

    fn cue(self, start: MediaTime, end: MediaTime) -> TextCue {
        TextCue { start, end, id: self.id, settings: String::new(), text: self.text }
    }
}

/// An element that is open.
struct Open {
    name: String,
    begin: f64,
    end: f64,
    keeps_spaces: bool,
    /// Whether the element has times of its own or is a paragraph, so that its text is a cue.
    is_cue: bool,
    id: String,
    text: String,
}

#[derive(Default)]
struct Clock {
    frame_rate: Option<f64>,
    tick_rate: Option<f64>,
}

fn paragraphs(document: &str) -> Vec<Paragraph> {
    let mut found = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut clock = Clock::default();
    let mut rest = document;
    // Every turn takes at least a byte of the document.
    while !rest.is_empty() {
        let (token, behind) = next_token(rest);
        rest = behind;
        match token {
            Token::Text(text) => add_text(&mut open, text, false),
            Token::Verbatim(text) => add_text(&mut open, text, true),
            Token::Close(name) => {
                // Images may follow the document.
                if name == "tt" {
                    rest = "";
                }
                if let Some(at) = open.iter().rposition(|element| element.name == name) {
                    found.extend(open.drain(at..).rev().filter_map(closed));
                }
            }
            Token::Element { name, attributes, is_empty } => {
                if name == "tt" {
                    clock.read(attributes);
                }
                if name == "br" {
                    add_line_break(&mut open);
                } else {
                    let element = opened(name, attributes, open.last(), &clock);
                    if is_empty {
                        found.extend(closed(element));
                    } else {
                        open.push(element);
                    }
                }
            }
            Token::Other => {}
        }
    }
    found.extend(open.into_iter().rev().filter_map(closed));
    // An element that is shown with others inside closes behind them.
    found.sort_by(|one, other| one.begin.total_cmp(&other.begin));
    found
}

fn opened(name: &str, attributes: &str, parent: Option<&Open>, clock: &Clock) -> Open {
    let of = |wanted: &str| attribute(attributes, wanted);
    let time = |wanted: &str| of(wanted).and_then(|value| clock.seconds(value.trim()));
    let (parent_begin, parent_end) = parent.map_or((0.0, f64::INFINITY), |parent| (parent.begin, parent.end));
    let (begins, ends, lasts) = (time("begin"), time("end"), time("dur"));
    let begin = parent_begin + begins.unwrap_or(0.0);
    let end = ends.map_or(f64::INFINITY, |end| parent_begin + end);
    let is_timed = begins.is_some() || ends.is_some() || lasts.is_some();
    Open {
        name: name.to_owned(),
        begin,
        end: end.min(lasts.map_or(f64::INFINITY, |lasts| begin + lasts)).min(parent_end),
        keeps_spaces: match of("space").as_deref() {
            Some("preserve") => true,
            Some(_) => false,
            None => parent.is_some_and(|parent| parent.keeps_spaces),
        },
        is_cue: name == "p" || name == "span" && is_timed,
        id: of("id").unwrap_or_default(),
        text: String::new(),
    }
}

fn closed(element: Open) -> Option<Paragraph> {
    let text = element.text.trim();
    let is_shown = element.is_cue && !text.is_empty() && element.begin < element.end;
    is_shown.then(|| Paragraph {
        id: element.id,
        begin: element.begin,
        end: element.end,
        text: text.to_owned(),
    })
}

/// The innermost cue that is open gets the text; what stands outside of all is none.
fn add_text(open: &mut [Open], text: &str, is_verbatim: bool) {
    let keeps_spaces = open.last().is_some_and(|element| element.keeps_spaces);
    let Some(cue) = open.iter_mut().rev().find(|element| element.is_cue) else { return };
    let decoded = if is_verbatim { text.to_owned() } else { decoded(text) };
    let escaped = escaped(&decoded);
    if keeps_spaces {
        cue.text.push_str(&escaped);
        return;
    }
    for character in escaped.chars() {
        let is_space = matches!(character, ' ' | '\t' | '\r' | '\n');
        if !is_space {
            cue.text.push(character);
        } else if !cue.text.ends_with([' ', '\n']) {
            cue.text.push(' ');
        }
    }
}

fn add_line_break(open: &mut [Open]) {
    if let Some(cue) = open.iter_mut().rev().find(|element| element.is_cue) {
        cue.text.truncate(cue.text.trim_end_matches(' ').len());
        cue.text.push('\n');
    }
}

impl Clock {
    fn read(&mut self, attributes: &str) {
        let number = |name: &str| attribute(attributes, name)?.trim().parse::<f64>().ok();
        let multiplier = attribute(attributes, "frameRateMultiplier").and_then(|value| {
            let mut parts = value.split([' ', ':']).filter_map(|part| part.parse::<f64>().ok());
            Some(parts.next()? / parts.next()?)
        });
        let usable = |rate: &f64| rate.is_finite() && *rate > 0.0;
        self.frame_rate = number("frameRate").map(|rate| rate * multiplier.unwrap_or(1.0)).filter(usable);
        self.tick_rate = number("tickRate").filter(usable);
    }

    /// A time expression: `00:00:01.5`, `00:00:01:12`, `1.5s`, `90000t`.
    fn seconds(&self, expression: &str) -> Option<f64> {
        let frame_rate = self.frame_rate.unwrap_or(30.0);
        let seconds = if expression.contains(':') {
            let mut parts = expression.split(':');
            let mut part = || parts.next().and_then(|part| part.parse::<f64>().ok());
            let (hours, minutes, seconds) = (part()?, part()?, part()?);
            hours * 3600.0 + minutes * 60.0 + seconds + part().unwrap_or(0.0) / frame_rate
        } else {
            let at = expression.find(|character: char| character.is_ascii_alphabetic())?;
            let (number, metric) = expression.split_at(at);
            let number: f64 = number.parse().ok()?;
            match metric {
                "h" => number * 3600.0,
                "m" => number * 60.0,
                "s" => number,
                "ms" => number / 1000.0,
                "f" => number / frame_rate,
                "t" => number / self.tick_rate.or(self.frame_rate).unwrap_or(1.0),
                _ => return None,
            }
        };
        (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
    }
}

enum Token<'a> {
    Text(&'a str),
    /// A CDATA section.
    Verbatim(&'a str),
    Element {
        name: &'a str,
        attributes: &'a str,
        is_empty: bool,
    },
    Close(&'a str),
    /// A comment, a declaration, a processing instruction.
    Other,
}

/// The first token, and what is behind it. Takes at least a byte of what is not empty.
fn next_token(document: &str) -> (Token<'_>, &str) {
    let Some(markup) = document.strip_prefix('<') else {
        let (text, rest) = document.split_at(document.find('<').unwrap_or(document.len()));
        return (Token::Text(text), rest);
    };
    if let Some(rest) = markup.strip_prefix("!--") {
        return (Token::Other, split_behind(rest, "-->").1);
    }
    if let Some(rest) = markup.strip_prefix("![CDATA[") {
        let (text, rest) = split_behind(rest, "]]>");
        return (Token::Verbatim(text), rest);
    }
    if let Some(rest) = markup.strip_prefix('?') {
        return (Token::Other, split_behind(rest, "?>").1);
    }
    let (tag, rest) = markup.split_at(end_of_tag(markup));
    let rest = rest.strip_prefix('>').unwrap_or(rest);
    if let Some(name) = tag.strip_prefix('/') {
        return (Token::Close(local(name.trim())), rest);
    }
    if tag.starts_with('!') {
        return (Token::Other, rest);
    }
    let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
    let (name, attributes) = tag.split_at(tag.find(|c: char| c.is_ascii_whitespace()).unwrap_or(tag.len()));
    (Token::Element { name: local(name), attributes, is_empty }, rest)
}

/// Position of the `>` of a tag: not one in the value of an attribute.
fn end_of_tag(markup: &str) -> usize {
    let mut quote = None;
    let end = markup.bytes().position(|byte| {
        match quote {
            Some(open) if byte == open => quote = None,
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None if byte == b'>' => return true,
            _ => {}
        }
        false
    });
    end.unwrap_or(markup.len())
}

fn split_behind<'a>(text: &'a str, mark: &str) -> (&'a str, &'a str) {
    text.split_once(mark).unwrap_or((text, ""))
}

/// A name without the prefix of its namespace.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The value of an attribute by its local name.
fn attribute(attributes: &str, wanted: &str) -> Option<String> {
    let mut rest = attributes;
    while let Some((name, behind)) = rest.split_once('=') {
        let behind = behind.trim_start();
        let quote = behind.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, next) = behind[1..].split_once(quote)?;
        if local(name.trim()) == wanted {
            return Some(decoded(value));
        }
        rest = next;
    }
    None
}

/// Text with its references replaced; those that XML does not know stay.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        let end = behind.bytes().take(10).position(|byte| byte == b';');
        match end.and_then(|end| Some((character(&behind[..end])?, end))) {
            Some((character, end)) => {
                out.push(character);
                rest = &behind[end + 1..];
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(document: &str) -> String {
        let lines: Vec<String> = paragraphs(document)
            .iter()
            .map(|paragraph| {
                let Paragraph { id, begin, end, text } = paragraph;
                format!("{id}{begin}..{end} {text}")
            })
            .collect();
        lines.join(" | ")
    }

    fn body(paragraph: &str) -> String {
        format!(
            "<?xml version='1.0'?><tt xmlns='http://www.w3.org/ns/ttml' xmlns:ttp='x' ttp:frameRate='25' \
             ttp:tickRate=\"1000\"><!-- <p>no</p> --><head><title>none</title></head><body><div>{paragraph}</div></body></tt>"
        )
    }

    #[test]
    fn a_paragraph_is_shown_from_its_begin_to_its_end() {
        for (times, expected) in [
            ("begin='00:00:01' end='00:00:02.5'", "1..2.5"),
            ("begin='00:00:01:05' end='01:00:00:24'", "1.2..3600.96"),
            ("begin='1.5s' dur='500ms'", "1.5..2"),
            ("begin='0.5m' end='1h'", "30..3600"),
            ("begin='50f' end='2500t'", "2..2.5"),
            ("end='3s'", "0..3"),
            ("begin='1s'", "1..inf"),
            ("", "0..inf"),
            ("begin='never' end='-3s'", "0..inf"),
        ] {
            let document = body(&format!("<p {times}>A</p>"));
            assert_eq!(shown(&document), format!("{expected} A"), "{times}");
        }
    }

    #[test]
    fn times_are_those_of_the_element_around() {
        let nested = "<body begin='10s' end='20s'><div begin='1s'><p begin='1s' end='3s'>A</p>\
             <p begin='5s' end='50s'>B</p></div></body>";
        assert_eq!(shown(nested), "12..14 A | 16..20 B");
        let spans = body("<p><span begin='1s' end='2s'>one</span><span begin='2s' end='3s'>two</span></p>");
        assert_eq!(shown(&spans), "1..2 one | 2..3 two");
        assert_eq!(shown(&body("<p begin='2s' end='1s'>never</p><p begin='1s' end='1s'>never</p>")), "");
    }

    #[test]
    fn text_is_what_is_read() {
        for (text, expected) in [
            ("one<br/>two", "one\ntwo"),
            ("  one \n   <br />\n two ", "one\ntwo"),
            ("a <span tts:color='red'>red</span> b", "a red b"),
            ("a &lt; b &amp; c &#x41;&#66; &unknown; &", "a &lt; b &amp; c AB &amp;unknown; &amp;"),
            ("<![CDATA[a < b]]>", "a &lt; b"),
            ("<metadata x='>'/>A", "A"),
        ] {
            assert_eq!(
                shown(&body(&format!("<p end='1s'>{text}</p>"))),
                format!("0..1 {expected}"),
                "{text}"
            );
        }
        assert_eq!(shown(&body("<p xml:space='preserve' end='1s'>a  b\nc</p>")), "0..1 a  b\nc");
        assert_eq!(shown(&body("<p xml:id='one' end='1s'>A</p>")), "one0..1 A");
        assert_eq!(
            shown("<tt:tt><tt:body><tt:p tt:begin='1s' end='2s'>A</tt:p></tt:body></tt:tt>"),
            "1..2 A"
        );
    }

    #[test]
    fn whatever_is_cut_off_ends() {
        let whole = body("<p begin='1s' end='2s' xml:id=\"x\">é &amp; <span>b</span><![CDATA[c]]><br/></p>");
        for end in (0..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            let _ = shown(&whole[..end]);
            let _ = shown(&whole[end..]);
        }
    }

    #[test]
    fn a_document_is_shown_in_the_time_of_its_sample() {
        let s = |seconds: f64| MediaTime::from_seconds(seconds);
        let times = |document: &str, start, end| {
            let cues = cues_of_sample(document.as_bytes(), s(start), s(end));
            cues.iter()
                .map(|cue| format!("{}..{} {}", cue.start, cue.end, cue.text))
                .collect::<Vec<_>>()
                .join(" | ")
        };
        let document = body("<p begin='1s' end='3s'>A</p><p begin='3s' end='9s'>B</p>");
        assert_eq!(times(&document, 0.0, 10.0), "1..3 A | 3..9 B");
        assert_eq!(times(&document, 2.0, 4.0), "2..3 A | 3..4 B");
        assert_eq!(times(&document, 100.0, 110.0), "101..103 A | 103..109 B");
        assert_eq!(times(&body("<p begin='50s' end='60s'>A</p>"), 100.0, 110.0), "100..110 A");
        assert_eq!(times("", 0.0, 1.0), "");
    }
}
