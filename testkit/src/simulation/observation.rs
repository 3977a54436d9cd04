//! Everything that can be seen of a MediaSource with one SourceBuffer after an operation.

use super::operation::number;
use crate::frames::{full_token, ranges};
use mse_core::{AppendMode, CodedFrame, ExceptionName, ReadyState, TimeRanges};
use std::fmt;

/// Everything that the model and the engine must agree on.
#[derive(Clone, PartialEq, Debug)]
pub struct Observation {
    /// Exception of the call.
    pub exception: Option<ExceptionName>,
    /// Whether an append of the operation ended in an `error` event.
    pub append_error: bool,
    /// `readyState`.
    pub ready_state: ReadyState,
    /// `duration`.
    pub duration: f64,
    /// `mode`.
    pub mode: AppendMode,
    /// `timestampOffset`.
    pub timestamp_offset: f64,
    /// `appendWindowStart`.
    pub append_window_start: f64,
    /// `appendWindowEnd`.
    pub append_window_end: f64,
    /// `buffered`, or what reading it threw.
    pub buffered: Result<TimeRanges, ExceptionName>,
    /// Track buffers in their order; none after `removeSourceBuffer`.
    pub tracks: Vec<TrackObservation>,
    /// Frames of a [`Read`](super::Operation::Read), `None` for other operations and tracks that do
    /// not exist: full tokens, with `C` before a frame whose description differs from that of the
    /// frame read before it.
    pub reads: Option<Vec<String>>,
}

/// Everything that can be seen of one track buffer.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TrackObservation {
    /// Track buffer ranges (TB-6).
    pub ranges: TimeRanges,
    /// Stored frames in decode order, as full tokens.
    pub frames: Vec<String>,
}

impl TrackObservation {
    /// Makes an observation of ranges and of frames in decode order.
    pub fn new<'a>(ranges: TimeRanges, frames: impl IntoIterator<Item = &'a CodedFrame>) -> Self {
        Self { ranges, frames: frames.into_iter().map(full_token).collect() }
    }
}

impl Observation {
    /// Names and values as text, in a fixed order.
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut fields: Vec<(String, String)> = [
            ("exception", self.exception.map_or("none", ExceptionName::as_str).to_owned()),
            ("append error", self.append_error.to_string()),
            ("readyState", self.ready_state.as_str().to_owned()),
            ("duration", number(self.duration)),
            ("mode", self.mode.as_str().to_owned()),
            ("timestampOffset", number(self.timestamp_offset)),
            ("appendWindowStart", number(self.append_window_start)),
            ("appendWindowEnd", number(self.append_window_end)),
            ("buffered", self.buffered.as_ref().map_or_else(|name| name.as_str().to_owned(), ranges)),
            ("reads", self.reads.as_ref().map_or_else(|| "none".to_owned(), |reads| reads.join(" "))),
            ("track buffers", self.tracks.len().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        for (index, track) in self.tracks.iter().enumerate() {
            fields.push((format!("track buffer {index} ranges"), ranges(&track.ranges)));
            fields.push((format!("track buffer {index} frames"), track.frames.join(" ")));
        }
        fields
    }
}

impl fmt::Display for Observation {
    /// One line a field.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields().iter().try_for_each(|(name, value)| writeln!(f, "{name}: {value}"))
    }
}
