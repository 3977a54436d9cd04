//! Reasons for which frames are dropped or replaced: each is a rule of the standard, with the row
//! of the requirements that states it and with plain words.

use std::fmt;

/// Reason for which coded frame processing did not store a frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum DropReason {
    /// The frame begins before `appendWindowStart` (CFP-15).
    BeforeAppendWindow,
    /// The frame ends after `appendWindowEnd` (CFP-16).
    AfterAppendWindow,
    /// No random access point came before the frame since the last discontinuity, drop, `abort()`
    /// or removal (CFP-18).
    NeedsRandomAccessPoint,
    /// The frame has no bytes, or its times are not finite (DIS-31).
    NothingToStore,
}

impl DropReason {
    /// Row of the requirements.
    pub const fn row(self) -> &'static str {
        match self {
            Self::BeforeAppendWindow => "CFP-15",
            Self::AfterAppendWindow => "CFP-16",
            Self::NeedsRandomAccessPoint => "CFP-18",
            Self::NothingToStore => "DIS-31",
        }
    }

    /// The reason in plain words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeAppendWindow => "it begins before appendWindowStart",
            Self::AfterAppendWindow => "it ends after appendWindowEnd",
            Self::NeedsRandomAccessPoint => {
                "no random access point came before it since the last discontinuity, drop, abort() or removal"
            }
            Self::NothingToStore => "it has no bytes, or its times are not finite",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reason for which a stored frame was removed or shortened by an append.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum ReplaceReason {
    /// A new picture begins within the frame (CFP-22).
    PictureBegins,
    /// New frames are at the frame's time (CFP-24).
    NewFrames,
    /// A frame that the frame may need was replaced (CFP-26).
    Dependent,
    /// The frame is cut short where new sound begins (ASF-3).
    SoundBegins,
    /// The cue is cut short where a new cue begins (TSF-1).
    CueBegins,
}

impl ReplaceReason {
    /// Row of the requirements.
    pub const fn row(self) -> &'static str {
        match self {
            Self::PictureBegins => "CFP-22",
            Self::NewFrames => "CFP-24",
            Self::Dependent => "CFP-26",
            Self::SoundBegins => "ASF-3",
            Self::CueBegins => "TSF-1",
        }
    }

    /// The reason in plain words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PictureBegins => "a new picture begins within it",
            Self::NewFrames => "new frames are at its time",
            Self::Dependent => "a frame that it may need was replaced",
            Self::SoundBegins => "cut short where new sound begins",
            Self::CueBegins => "cut short where a new cue begins",
        }
    }
}

impl fmt::Display for ReplaceReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
