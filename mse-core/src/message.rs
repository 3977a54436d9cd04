//! Messages between a MediaSource and its media element: state in, steps out, never a call that
//! waits (MIR-1).

use crate::demuxer::InitData;
use crate::media_track::{MediaTrack, MediaTrackId, TrackState};
use crate::time::MediaTime;

/// `HTMLMediaElement.readyState` (ELR-1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum ElementReadyState {
    /// 0
    #[default]
    HaveNothing,
    /// 1
    HaveMetadata,
    /// 2
    HaveCurrentData,
    /// 3
    HaveFutureData,
    /// 4
    HaveEnoughData,
}

/// State of the media element, sent to the source whenever any of it changes. A snapshot: the
/// source never asks.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ElementState {
    /// `currentTime`, the current playback position (CFR-8, CFE-3).
    pub current_time: MediaTime,
    /// `readyState`.
    pub ready_state: ElementReadyState,
    /// Whether `error` is not null (PRA-3).
    pub has_error: bool,
    /// `seeking`: a position at the very end of what is buffered then has to wait for data
    /// (SEEK-1), while playback that comes there has its last frame (MON-6).
    pub seeking: bool,
    /// Whether playback is blocked waiting for a key, which keeps `readyState` from rising (EME-9).
    pub waiting_for_key: bool,
}

/// `EndOfStreamError` (MS-3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EndOfStreamError {
    /// `network` (EOS-4).
    Network,
    /// `decode` (EOS-5).
    Decode,
}

impl EndOfStreamError {
    /// The enumeration value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Decode => "decode",
        }
    }

    /// Parses an enumeration value; `None` is the TypeError of EXC-4.
    pub fn parse(value: &str) -> Option<Self> {
        match value {
            "network" => Some(Self::Network),
            "decode" => Some(Self::Decode),
            _ => None,
        }
    }
}

/// One step of the standard that happens in the element: what "mirror if necessary" carries across
/// (MIR, WRK-7).
///
/// The steps hold conditions on `readyState`; those are evaluated where the element lives, against
/// its state there.
#[derive(Clone, PartialEq, Debug)]
pub enum ElementMessage {
    /// The duration changed, in seconds as the page sees it (DUR-4).
    DurationChanged(f64),
    /// Every SourceBuffer has its first initialization segment (ISR-17).
    MetadataAvailable,
    /// A SourceBuffer became active by its first initialization segment (ISR-16).
    ActiveTrackAdded,
    /// Frames were added (CFP-33..35).
    FramesAdded,
    /// Frames of an active SourceBuffer were removed from this interval (CFR-8).
    FramesRemoved {
        /// Start of the removal.
        start: MediaTime,
        /// End of the removal, after it was moved to the next random access point.
        end: MediaTime,
    },
    /// The set of active SourceBuffers changed (MON-1, TRS-7).
    ActiveSourceBuffersChanged,
    /// A track came (ISR-9, ISR-11, ISR-12). Apart, since a message goes with each append and is as
    /// large as the largest.
    TrackAdded(Box<MediaTrack>),
    /// A track went (MS-15).
    TrackRemoved(MediaTrackId),
    /// Tracks of one kind were enabled, disabled or selected by one act: "update track state"
    /// (TRS-6).
    TrackStatesChanged(Vec<(MediaTrackId, TrackState)>),
    /// Initialization data for decryption was met (EME-1).
    Encrypted(InitData),
    /// All media data is there (EOS-3).
    AllDataReceived,
    /// The stream ended with an error (EOS-4, EOS-5).
    Failed(EndOfStreamError),
}
