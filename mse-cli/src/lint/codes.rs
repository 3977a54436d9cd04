//! Rules of what the demuxers say of a stream.

use super::finding::{At, Findings};
use super::rule::{self, Rule};
use mse::{Awaited, LeftOutTrack, Loss, Note, ParseError};

/// Rules of error codes; a code of none is a matter of the rule that fits its kind.
const RULES: &[(&str, &Rule)] = &[
    ("isobmff.init-missing", &rule::INIT_MISSING),
    ("webm.init-missing", &rule::INIT_MISSING),
    ("isobmff.mvex-missing", &rule::NOT_FRAGMENTED),
    ("isobmff.samples-in-moov", &rule::NOT_FRAGMENTED),
    ("isobmff.tfdt-missing", &rule::TFDT_MISSING),
    ("isobmff.track-unknown", &rule::INIT_DOES_NOT_MATCH),
    ("isobmff.description-index", &rule::INIT_DOES_NOT_MATCH),
    ("webm.track-unknown", &rule::INIT_DOES_NOT_MATCH),
    ("isobmff.sync-flag-false", &rule::SYNC_FLAGS_LIE),
    ("mp2t.timestamps-go-back", &rule::DECODE_TIME_GOES_BACK),
];

fn of_code(code: &str, other: &'static Rule) -> &'static Rule {
    RULES.iter().find(|(known, _)| *known == code).map_or(other, |(_, rule)| rule)
}

/// An error that ends the append; its place counts from the start of the file.
pub(super) fn failed(error: &ParseError, findings: &mut Findings) {
    let at = At {
        offset: Some(error.offset),
        path: error.path.clone(),
        track: error.track.map(|track| track.0),
        time: None,
    };
    findings.add(of_code(error.code, &rule::APPEND_FAILS), at, format!("{} ({})", error.detail, error.code));
}

/// Bytes that became no frame, at a place that counts from `base`.
pub(super) fn lost(loss: &Loss, base: u64, findings: &mut Findings) {
    let at = At {
        offset: Some(loss.offset.saturating_sub(base)),
        path: loss.path.clone(),
        track: loss.track.map(|track| track.0),
        time: None,
    };
    let bytes = if loss.bytes == 0 { String::new() } else { format!("{} bytes: ", loss.bytes) };
    let detail = format!("{bytes}{} ({})", loss.detail, loss.code);
    findings.add(of_code(loss.code, &rule::DATA_LOST), at, detail);
}

/// A false statement; its place counts from the start of the file.
pub(super) fn noted(note: &Note, findings: &mut Findings) {
    let at = At {
        offset: Some(note.offset),
        path: note.path.clone(),
        track: note.track.map(|track| track.0),
        time: None,
    };
    findings.add(of_code(note.code, &rule::FALSE_STATEMENT), at, format!("{} ({})", note.detail, note.code));
}

/// A track that is not read.
pub(super) fn left_out(track: &LeftOutTrack, findings: &mut Findings) {
    let at = At { path: track.path.clone(), track: Some(track.number), ..At::default() };
    findings.add(&rule::TRACK_LEFT_OUT, at, format!("{}: {}", track.format, track.reason));
}

/// The structure that a file ends inside of.
pub(super) fn ends_inside(awaited: &Awaited, findings: &mut Findings) {
    let at = At { offset: Some(awaited.offset), path: awaited.what.to_string(), ..At::default() };
    findings.add(&rule::ENDS_INSIDE_STRUCTURE, at, awaited.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn a_note_of_an_unknown_code_is_told() {
        let mut findings = Findings::new(&[]);
        let note = Note {
            code: "isobmff.new",
            row: "ISO-34",
            offset: 12,
            path: "moof".to_owned(),
            track: None,
            detail: Cow::Borrowed("said and not so"),
        };
        noted(&note, &mut findings);
        let found = findings.into_list();
        assert_eq!((found[0].rule.id, found[0].offset), ("false-statement", Some(12)));
    }
}
