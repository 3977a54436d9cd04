//! The log of frames that were appended and not stored.

use crate::reasons::DropReason;
use mse_core::MediaTime;
use std::fmt;

/// A frame that coded frame processing did not store, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// Why.
    pub reason: DropReason,
}

impl fmt::Display for DroppedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frame at {} of track buffer {}: ", self.presentation_timestamp, self.track)?;
        write!(f, "{} ({})", self.reason, self.reason.row())
    }
}
