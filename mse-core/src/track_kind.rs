//! Kinds of tracks.

use std::fmt;

/// Kind of media that a track carries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TrackKind {
    /// Audio.
    Audio,
    /// Video.
    Video,
    /// Text, which never gates `buffered` (SB-8).
    Text,
}

impl TrackKind {
    /// All kinds in the order of ISR-13.
    pub const ALL: [Self; 3] = [Self::Audio, Self::Video, Self::Text];

    /// `audio`, `video` or `text`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for TrackKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
