//! Operations of a page on a MediaSource with one SourceBuffer, as values that print as steps of a
//! scenario.

use crate::base64;
use crate::frames::{full_token, milliseconds};
use crate::mock::{self, MockTrack};
use bytes::{BufMut, Bytes, BytesMut};
use mse_core::{AppendMode, CodedFrame, EndOfStreamError, MediaTime};
use std::fmt;

/// One step. Times are doubles of seconds, as the IDL has them.
#[derive(Clone, PartialEq, Debug)]
pub enum Operation {
    /// `appendBuffer` of these pieces of a mock byte stream, in one append or, when `split` is not
    /// 0, in appends of `split` bytes that stop at the first exception or `error` event.
    Append {
        /// Content of the bytes.
        pieces: Vec<Piece>,
        /// Bytes per append; 0 is all in one.
        split: usize,
    },
    /// `remove(start, end)`.
    Remove {
        /// Start.
        start: f64,
        /// End.
        end: f64,
    },
    /// `abort()`.
    Abort,
    /// `mode = …`.
    Mode(AppendMode),
    /// `timestampOffset = …`.
    TimestampOffset(f64),
    /// `appendWindowStart = …`.
    AppendWindowStart(f64),
    /// `appendWindowEnd = …`.
    AppendWindowEnd(f64),
    /// `changeType(type)`.
    ChangeType(String),
    /// `MediaSource.duration = …`.
    Duration(f64),
    /// `MediaSource.endOfStream(error)`.
    EndOfStream(Option<EndOfStreamError>),
    /// `MediaSource.removeSourceBuffer(sourceBuffer)`.
    RemoveSourceBuffer,
    /// A new reader of a track buffer is placed at `seek` and read until there is no frame.
    Read {
        /// Index of the track buffer.
        track: usize,
        /// Time that the reader is placed at.
        seek: f64,
    },
}

/// A piece of a mock byte stream.
#[derive(Clone, PartialEq, Debug)]
pub enum Piece {
    /// An initialization segment.
    Init {
        /// Duration of the presentation.
        duration: Option<MediaTime>,
        /// Tracks of the segment.
        tracks: Vec<MockTrack>,
    },
    /// A media segment starts.
    SegmentStart,
    /// Coded frames.
    Frames(Vec<CodedFrame>),
    /// A media segment ends.
    SegmentEnd,
    /// Bytes to ignore.
    Skip(usize),
    /// A parse error.
    Boom,
}

impl Piece {
    /// Writes the piece as bytes. Frames are written in the exact timescale.
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::Init { duration, tracks } => mock::init(*duration, tracks),
            Self::SegmentStart => Bytes::from_static(mock::FRAGMENT_START),
            Self::Frames(frames) => {
                let mut out = BytesMut::new();
                for frame in frames {
                    out.put(mock::sample(frame, mock::TIMESCALE));
                }
                out.freeze()
            }
            Self::SegmentEnd => Bytes::from_static(mock::FRAGMENT_END),
            Self::Skip(count) => mock::skip(*count),
            Self::Boom => Bytes::from_static(mock::BOOM),
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Init { duration, tracks } => {
                let tracks: Vec<_> = tracks.iter().map(describe).collect();
                let duration = duration.map_or_else(|| "unknown".to_owned(), milliseconds);
                write!(f, "init({duration}: {})", tracks.join(", "))
            }
            Self::SegmentStart => f.write_str("["),
            Self::Frames(frames) => {
                let frames: Vec<_> =
                    frames.iter().map(|frame| format!("{}/{}", frame.track_id, full_token(frame))).collect();
                f.write_str(&frames.join(" "))
            }
            Self::SegmentEnd => f.write_str("]"),
            Self::Skip(count) => write!(f, "skip({count})"),
            Self::Boom => f.write_str("boom"),
        }
    }
}

impl Operation {
    /// The bytes of each append; none for other operations.
    pub fn appends(&self) -> Vec<Bytes> {
        let Self::Append { pieces, split } = self else { return Vec::new() };
        let mut all = BytesMut::new();
        for piece in pieces {
            all.put(piece.bytes());
        }
        let all = all.freeze();
        if *split == 0 {
            return vec![all];
        }
        (0..all.len()).step_by(*split).map(|start| all.slice(start..all.len().min(start + split))).collect()
    }
}

impl fmt::Display for Operation {
    /// One step of scenario format 1, on a SourceBuffer named `s`. A `text` member says what
    /// appended bytes hold.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Append { pieces, split } => {
                let bytes: Vec<u8> = pieces.iter().flat_map(|piece| piece.bytes().to_vec()).collect();
                let split = if *split == 0 { String::new() } else { format!(r#""pieces":{split},"#) };
                let text: Vec<_> = pieces.iter().map(ToString::to_string).collect();
                let (base64, text) = (base64::encode(&bytes), text.join(" "));
                write!(f, r#"{{"do":"appendBytes","sb":"s",{split}"text":"{text}","base64":"{base64}"}}"#)
            }
            Self::Remove { start, end } => {
                let (start, end) = (json_number(*start), json_number(*end));
                write!(f, r#"{{"do":"remove","sb":"s","start":{start},"end":{end}}}"#)
            }
            Self::Abort => f.write_str(r#"{"do":"abort","sb":"s"}"#),
            Self::Mode(mode) => write!(f, r#"{{"do":"set","sb":"s","mode":"{}"}}"#, mode.as_str()),
            Self::TimestampOffset(value) => set(f, "timestampOffset", *value),
            Self::AppendWindowStart(value) => set(f, "appendWindowStart", *value),
            Self::AppendWindowEnd(value) => set(f, "appendWindowEnd", *value),
            Self::ChangeType(mime) => {
                write!(f, r#"{{"do":"changeType","sb":"s","type":"{}"}}"#, mime.replace('"', "\\\""))
            }
            Self::Duration(value) => write!(f, r#"{{"do":"duration","value":{}}}"#, json_number(*value)),
            Self::EndOfStream(None) => f.write_str(r#"{"do":"endOfStream"}"#),
            Self::EndOfStream(Some(error)) => {
                write!(f, r#"{{"do":"endOfStream","error":"{}"}}"#, error.as_str())
            }
            Self::RemoveSourceBuffer => f.write_str(r#"{"do":"removeSourceBuffer","sb":"s"}"#),
            Self::Read { track, seek } => {
                write!(f, r#"{{"do":"read","sb":"s","track":{},"seek":{}}}"#, track + 1, json_number(*seek))
            }
        }
    }
}

fn set(f: &mut fmt::Formatter<'_>, name: &str, value: f64) -> fmt::Result {
    write!(f, r#"{{"do":"set","sb":"s","{name}":{}}}"#, json_number(value))
}

fn describe(track: &MockTrack) -> String {
    format!("{} {} #{:?} {} Hz", track.id, track.codec, track.generations, track.sample_rate)
}

/// A double as the scenario format writes it: NaN and infinities are strings.
pub(super) fn json_number(value: f64) -> String {
    if value.is_finite() { format!("{value}") } else { format!("\"{}\"", number(value)) }
}

/// A double as JavaScript prints it.
pub(super) fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => format!("{value}"),
    }
}
