//! The error of a frame whose track no initialization segment described.

use mse_core::TrackId;
use std::error::Error;
use std::fmt;

/// A frame names a track, or a description of its track, that the last initialization segment does
/// not have. The bytes violate their format: the caller runs the append error algorithm (BSF-10a,
/// ISO-39).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownTrack {
    /// The track named.
    pub track: TrackId,
    /// The description named, when the track is known.
    pub description: Option<u16>,
}

impl fmt::Display for UnknownTrack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.description {
            None => write!(f, "no track {} in the initialization segment", self.track),
            Some(index) => write!(f, "track {} has no description {index}", self.track),
        }
    }
}

impl Error for UnknownTrack {}
