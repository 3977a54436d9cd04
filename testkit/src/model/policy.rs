//! Departures from the letter of the standard that an engine may choose.

use mse_core::MediaTime;

/// The choices of a naive timeline: those of an engine by default, or the letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Least distance that a frame may reach into an older random access point which stays; zero is
    /// none.
    pub tail_tolerance: MediaTime,
    /// With a picture shown before its random access point goes everything that is decoded after
    /// it.
    pub whole_groups: bool,
    /// A jump of the decode timestamps of one track makes all tracks wait for a random access
    /// point.
    pub all_tracks: bool,
    /// Sound partly outside the append window is trimmed to it.
    pub trims_sound: bool,
}

impl Policy {
    /// The letter of the standard.
    pub const LETTER: Self =
        Self { tail_tolerance: MediaTime::ZERO, whole_groups: true, all_tracks: true, trims_sound: false };
}

impl Default for Policy {
    fn default() -> Self {
        let tail_tolerance = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 1000);
        Self { tail_tolerance, whole_groups: false, all_tracks: false, trims_sound: true }
    }
}
