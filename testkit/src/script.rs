//! Operations as lines of text, for tables of examples.
//!
//! | line | operation |
//! |---|---|
//! | `init v1 a2@8000 duration=10000` | append of an initialization segment: kind letter, track id, `@` sample rate, `#` generation; duration in ms |
//! | `append 0K 30 60` | append of a media segment of track 1 |
//! | `append 1: 0K 30 ; 2: 0K 20K ; 1: 60` | append of a media segment of several tracks, in this order |
//! | `open 0K 30`, `close 60` | append of the first part, of the last part of a media segment |
//! | `boom` | append of bytes that do not parse |
//! | `remove 2 4`, `abort`, `mode sequence`, `timestampOffset 7`, `appendWindowStart 1`, `appendWindowEnd Infinity` | as named, times in seconds |
//! | `changeType TYPE`, `duration 5`, `endOfStream`, `endOfStream decode`, `removeSourceBuffer` | as named |
//! | `read 0 2.5` | a reader of track buffer 0, placed at 2.5 s |

use crate::frames::{parse_frames, parse_milliseconds};
use crate::mock::MockTrack;
use crate::simulation::{Operation, Piece};
use mse_core::{AppendMode, CodedFrame, EndOfStreamError, TrackId, TrackKind};

/// The operations of some lines.
///
/// # Panics
///
/// When a line does not parse.
pub fn operations(lines: &[&str]) -> Vec<Operation> {
    lines.iter().map(|line| parse(line).unwrap_or_else(|error| panic!("{error} in {line:?}"))).collect()
}

/// The operation of a line.
pub fn parse(line: &str) -> Result<Operation, String> {
    let (verb, rest) = line.trim().split_once(' ').unwrap_or_else(|| (line.trim(), ""));
    let rest = rest.trim();
    let append = |pieces| Ok(Operation::Append { pieces, split: 0 });
    match verb {
        "init" => append(vec![init(rest)?]),
        "append" => append(vec![Piece::SegmentStart, Piece::Frames(groups(rest)?), Piece::SegmentEnd]),
        "open" => append(vec![Piece::SegmentStart, Piece::Frames(groups(rest)?)]),
        "close" => append(vec![Piece::Frames(groups(rest)?), Piece::SegmentEnd]),
        "boom" => append(vec![Piece::Boom]),
        "abort" => Ok(Operation::Abort),
        "removeSourceBuffer" => Ok(Operation::RemoveSourceBuffer),
        "mode" => AppendMode::parse(rest).map(Operation::Mode).ok_or_else(|| "no such mode".to_owned()),
        "timestampOffset" => number(rest).map(Operation::TimestampOffset),
        "appendWindowStart" => number(rest).map(Operation::AppendWindowStart),
        "appendWindowEnd" => number(rest).map(Operation::AppendWindowEnd),
        "changeType" => Ok(Operation::ChangeType(rest.to_owned())),
        "duration" => number(rest).map(Operation::Duration),
        "endOfStream" if rest.is_empty() => Ok(Operation::EndOfStream(None)),
        "endOfStream" => {
            let error = EndOfStreamError::parse(rest).ok_or("no such error")?;
            Ok(Operation::EndOfStream(Some(error)))
        }
        "remove" => {
            let (start, end) = pair(rest)?;
            Ok(Operation::Remove { start, end })
        }
        "read" => {
            let (track, seek) = pair(rest)?;
            Ok(Operation::Read { track: track as usize, seek })
        }
        _ => Err(format!("no operation `{verb}`")),
    }
}

fn init(words: &str) -> Result<Piece, String> {
    let (mut duration, mut tracks) = (None, Vec::new());
    for word in words.split_ascii_whitespace() {
        if let Some(value) = word.strip_prefix("duration=") {
            duration = Some(parse_milliseconds(value).ok_or("a duration is a number of milliseconds")?);
        } else {
            tracks.push(track(word)?);
        }
    }
    Ok(Piece::Init { duration, tracks })
}

/// `a2@8000#3`.
fn track(word: &str) -> Result<MockTrack, String> {
    let kind = match word.chars().next() {
        Some('a') => TrackKind::Audio,
        Some('v') => TrackKind::Video,
        Some('t') => TrackKind::Text,
        _ => return Err(format!("`{word}` is no track: a, v or t and an id")),
    };
    let (rest, generation) =
        word[1..].split_once('#').map_or((&word[1..], None), |(rest, it)| (rest, Some(it)));
    let (id, rate) = rest.split_once('@').map_or((rest, None), |(id, rate)| (id, Some(rate)));
    let integer = |text: &str| text.parse::<u32>().map_err(|_| format!("`{text}` is no number in `{word}`"));
    let mut track = MockTrack::new(kind, integer(id)?);
    if let Some(rate) = rate {
        track = track.sample_rate(integer(rate)?);
    }
    if let Some(generation) = generation {
        track = track.generation(integer(generation)?);
    }
    Ok(track)
}

/// Frames of track 1, or `ID: FRAMES` several times, separated by `;`.
fn groups(text: &str) -> Result<Vec<CodedFrame>, String> {
    let mut frames = Vec::new();
    for part in text.split(';') {
        let (id, tokens) = part.split_once(':').unwrap_or(("1", part));
        let id = id.trim().parse().map_err(|_| format!("`{id}` is no track id"))?;
        frames.extend(parse_frames(TrackId(id), tokens).map_err(|error| error.to_string())?);
    }
    Ok(frames)
}

fn pair(text: &str) -> Result<(f64, f64), String> {
    let (first, second) = text.split_once(' ').ok_or("two numbers are needed")?;
    Ok((number(first)?, number(second)?))
}

/// Rust reads `NaN`, `Infinity` and `-Infinity` as JavaScript prints them.
fn number(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is no number"))
}
