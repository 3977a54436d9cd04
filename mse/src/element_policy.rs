//! Behaviour of a media element of this source where HTML and the standard leave room.

use mse_core::MediaTime;
use mse_timeline::PlayedGaps;

/// Choices of a media element. An element adopts them when it is attached
/// ([`ElementLink::adopt_policy`](crate::ElementLink::adopt_policy)); one that does not keeps to
/// the standard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ElementPolicy {
    /// Gaps that are played over, and the latest start of media that is still played from 0 (DIS-5,
    /// DEF-8). `buffered` shows them.
    pub gaps: PlayedGaps,
    /// Length of data ahead that is "enough to ensure uninterrupted playback" (MON-7, DIS-12).
    pub enough_ahead: MediaTime,
    /// Whether `readyState` falls to HAVE_METADATA in every seek and rises only when the element
    /// seeks no more, instead of falling only where nothing is buffered (SEEK-1).
    pub waits_for_seek: bool,
}

impl Default for ElementPolicy {
    /// Choices of at least two browsers: media may begin a second late; gaps smaller than an eighth
    /// of a second, or a quarter where another track goes on, are played over; every seek waits.
    fn default() -> Self {
        let late_start = MediaTime::SECOND;
        let small_gap = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / 8);
        Self { gaps: PlayedGaps { late_start, small_gap }, waits_for_seek: true, ..Self::letter() }
    }
}

impl ElementPolicy {
    /// Each choice by the letter of the standard: what is not buffered is not played.
    pub fn letter() -> Self {
        Self {
            gaps: PlayedGaps { late_start: MediaTime::ZERO, small_gap: MediaTime::ZERO },
            enough_ahead: MediaTime::from_flicks(3 * MediaTime::TICKS_PER_SECOND),
            waits_for_seek: false,
        }
    }
}
