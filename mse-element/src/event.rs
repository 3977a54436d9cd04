//! The events of a media element and of its track lists.

use mse::{InitData, MediaTrackId, TrackKind};
use std::fmt;

/// An event to dispatch: not bubbling, not cancelable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ElementEvent {
    /// Object that the event is fired at.
    pub target: ElementEventTarget,
    /// Type of the event.
    pub name: ElementEventName,
    /// `TrackEvent.track` of `addtrack` and `removetrack`.
    pub track: Option<MediaTrackId>,
    /// `initDataType` and `initData` of `encrypted` (EME-2).
    pub init_data: Option<InitData>,
}

/// The element, or one of its track lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ElementEventTarget {
    /// The media element.
    Element,
    /// `audioTracks`, `videoTracks` or `textTracks`.
    Tracks(TrackKind),
    /// A text track.
    TextTrack(MediaTrackId),
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident $text:literal,)*) => {
        /// Event types of HTML's media element.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum ElementEventName {
            $($(#[$doc])* $name,)*
        }

        impl ElementEventName {
            /// The DOM event type.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

names! {
    /// Loading began.
    LoadStart "loadstart",
    /// Loading was stopped.
    Abort "abort",
    /// The element became empty.
    Emptied "emptied",
    /// `error` was set.
    Error "error",
    /// `duration` changed (DUR-4).
    DurationChange "durationchange",
    /// `videoWidth` or `videoHeight` changed.
    Resize "resize",
    /// HAVE_NOTHING was left (ELR-2).
    LoadedMetadata "loadedmetadata",
    /// A frame is available for the first time (ELR-3).
    LoadedData "loadeddata",
    /// Playback can go on (ELR-5).
    CanPlay "canplay",
    /// To the end, by all that is known (ELR-6).
    CanPlayThrough "canplaythrough",
    /// `paused` became false.
    Play "play",
    /// Playback goes on.
    Playing "playing",
    /// Playback stopped for want of data (ELR-4).
    Waiting "waiting",
    /// `paused` became true.
    Pause "pause",
    /// The position moved.
    TimeUpdate "timeupdate",
    /// A seek began.
    Seeking "seeking",
    /// A seek is done.
    Seeked "seeked",
    /// `playbackRate` changed.
    RateChange "ratechange",
    /// Playback came to the end (ELR-9).
    Ended "ended",
    /// Initialization data for decryption was met (EME-2).
    Encrypted "encrypted",
    /// Playback needs a key that is not there (EME-9).
    WaitingForKey "waitingforkey",
    /// A track came into a list (TRK-2).
    AddTrack "addtrack",
    /// A track left a list.
    RemoveTrack "removetrack",
    /// A track was enabled, disabled or selected.
    Change "change",
    /// Other cues of a text track are shown than before.
    CueChange "cuechange",
}

impl fmt::Display for ElementEvent {
    /// `element canplay`, `element.audioTracks addtrack`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            ElementEventTarget::Element => f.write_str("element")?,
            ElementEventTarget::Tracks(kind) => write!(f, "element.{kind}Tracks")?,
            ElementEventTarget::TextTrack(track) => write!(f, "element.textTracks[{}]", track.0)?,
        }
        write!(f, " {}", self.name.as_str())
    }
}
