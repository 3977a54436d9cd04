//! The log of frames that were appended and not stored.

use mse_core::MediaTime;
use std::fmt;

/// A frame that coded frame processing did not store, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DroppedFrame {
    /// Position of its track buffer in [`TrackBuffers::tracks`](crate::TrackBuffers::tracks).
    pub track: usize,
    /// When it would have been shown, timestamp offset applied; as the stream has it where it is
    /// not finite.
    pub presentation_timestamp: MediaTime,
    /// Decode timestamp that the frame would have had.
    pub decode_timestamp: MediaTime,
    /// Presentation duration that the frame would have had.
    pub duration: MediaTime,
    /// Id of the requirement that dropped the frame: `CFP-15`, `CFP-16`, `CFP-18` or `DIS-31`.
    pub row: &'static str,
}

impl DroppedFrame {
    /// The row in plain words.
    pub fn reason(&self) -> &'static str {
        reason(self.row)
    }
}

impl fmt::Display for DroppedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frame at {} of track buffer {}: ", self.presentation_timestamp, self.track)?;
        write!(f, "{} ({})", self.reason(), self.row)
    }
}

/// Why frames were dropped or replaced, in plain words, by a row of
/// [`Receipt::frames_dropped`] or [`Receipt::frames_replaced`].
pub fn reason(row: &str) -> &'static str {
    match row {
        "CFP-15" => "it begins before appendWindowStart",
        "CFP-16" => "it ends after appendWindowEnd",
        "CFP-18" => {
            "no random access point came before it since the last discontinuity, drop, abort() or removal"
        }
        "DIS-31" => "it has no bytes, or its times are not finite",
        "CFP-22" => "a new picture begins within it",
        "CFP-24" => "new frames are at its time",
        "CFP-26" => "a frame that it may need was replaced",
        "ASF-3" => "cut short where new sound begins",
        "TSF-1" => "cut short where a new cue begins",
        _ => "it was dropped",
    }
}
