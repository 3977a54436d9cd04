//! Frames of a codec of sound ([`SoundFormat`]), for the [`Framer`](crate::framer::Framer) that
//! splits them.

use bytes::Bytes;
use mse_core::{CodedFrame, DiscardPadding, ErrorCode, FrameData, MediaTime, TrackDescription, TrackId};

/// Syntax of the frames of a codec.
pub(crate) trait SoundFormat {
    /// Reads the header of a frame.
    fn probe(&self, bytes: &[u8]) -> Probe;

    /// Whether bytes that should be a header are one with few wrong bits.
    fn is_nearly(&self, bytes: &[u8]) -> bool;

    /// Takes the whole frame at this place of `data`. Says how long it is, or what is wrong with
    /// it.
    fn take(
        &mut self,
        data: &Bytes,
        place: (usize, usize),
        out: &mut Vec<Taken>,
    ) -> Result<MediaTime, Refusal>;
}

/// Result of looking for a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Probe {
    /// A frame of this size. Whether it is one like those before.
    Frame(usize, bool),
    /// The beginning of a header.
    Short,
    /// No header.
    None,
}

/// Result of taking a frame.
#[derive(Debug)]
pub(crate) enum Taken {
    Description(Box<TrackDescription>),
    /// Bytes, duration, and what a decoder throws away at their start.
    Frame(FrameData, MediaTime, DiscardPadding),
}

/// Why a frame gives nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    /// Duration of the frame, if it is known.
    pub(crate) duration: Option<MediaTime>,
}

/// A frame of sound.
pub(crate) fn frame(
    id: TrackId,
    start: MediaTime,
    duration: MediaTime,
    data: FrameData,
    discard: DiscardPadding,
) -> CodedFrame {
    CodedFrame {
        track_id: id,
        description: 0,
        is_random_access_point: true,
        presentation_timestamp: start + discard.start,
        decode_timestamp: start + discard.start,
        duration,
        is_duration_estimated: false,
        discard,
        data,
        encryption: None,
        side_data: None,
    }
}
