//! The end of a frame that reaches a little into older frames behind it.
//!
//! Containers round times, so that the last frame of a segment may end some of a millisecond behind
//! the first of the next; and where they leave a duration out, it is a guess. Neither is a reason
//! to remove the group of pictures behind. The frame is shortened to where that begins, as long as
//! nothing of its own coded frame group comes to stand there.

use mse_core::MediaTime;
use std::num::NonZeroU32;

/// The frame at the end of a coded frame group, shortened to where older frames begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tail {
    pub(crate) pts: MediaTime,
    pub(crate) dts: MediaTime,
    /// As long as it was before.
    pub(crate) duration: MediaTime,
    /// End of the shortened frame, where the older frames begin.
    pub(crate) end: MediaTime,
}

impl Tail {
    pub(crate) fn new(pts: MediaTime, dts: MediaTime, duration: MediaTime, end: MediaTime) -> Self {
        Self { pts, dts, duration, end }
    }
}

/// Distance that a frame of a track may reach into older ones: `least` or a tick, whichever is
/// longer; none when `least` is zero.
pub(crate) fn tolerance(least: MediaTime, timescale: NonZeroU32) -> MediaTime {
    if least <= MediaTime::ZERO {
        return MediaTime::ZERO;
    }
    least.max(MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / i64::from(timescale.get())))
}
