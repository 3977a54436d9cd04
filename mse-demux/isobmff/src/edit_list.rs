//! Edit lists (ISO/IEC 14496-12 clause 8.6.6): the shift from composition times to presentation
//! times (ISO-7, ISO-30, ISO-31).

use crate::boxes::IsoBox;
use crate::error_code::{EDIT_LIST_INVALID, TIME_OVERFLOW};
use crate::fault::{Fault, Result};
use mse_core::MediaTime;
use std::num::NonZeroU32;

/// Time to add to the times of a track.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Shift {
    /// In ticks of the media.
    pub(crate) ticks: i64,
    /// Part of the empty edits that does not fall on a tick of the media.
    pub(crate) time: MediaTime,
}

impl Shift {
    /// Reads an `elst`. Leading empty edits delay the track; the first normal edit says which media
    /// time comes then. A normal edit's duration and rate and all later edits are not looked at:
    /// samples are never cut (ISO-31), and peers do the same.
    pub(crate) fn parse(elst: &IsoBox<'_>, movie: NonZeroU32, media: NonZeroU32) -> Result<Self> {
        let (version, _, mut fields) = elst.full()?;
        let overflow = || Fault::new(TIME_OVERFLOW, elst.offset, "empty edits beyond 64 bits");
        let mut empty = 0_u64;
        for _ in 0..fields.u32()? {
            let duration = fields.versioned(version)?;
            let media_time =
                if version == 0 { i64::from(fields.u32()? as i32) } else { fields.u64()? as i64 };
            fields.skip(4)?; // media_rate
            match media_time {
                -1 => empty = empty.checked_add(duration).ok_or_else(overflow)?,
                0.. => return Self::new(empty, media_time, movie, media).ok_or_else(overflow),
                _ => {
                    return Err(Fault::new(
                        EDIT_LIST_INVALID,
                        elst.offset,
                        format!("media time {media_time}"),
                    ));
                }
            }
        }
        Self::new(empty, 0, movie, media).ok_or_else(overflow)
    }

    /// Empty edits count in ticks of the movie. Where they come out even in ticks of the media,
    /// both are one exact sum (EX-24); otherwise the empty edits are converted for themselves, the
    /// same for every frame.
    fn new(empty: u64, media_time: i64, movie: NonZeroU32, media: NonZeroU32) -> Option<Self> {
        let scaled = u128::from(empty) * u128::from(media.get());
        let movie_scale = u128::from(movie.get());
        if scaled.is_multiple_of(movie_scale) {
            let ticks = i64::try_from(scaled / movie_scale).ok()?.checked_sub(media_time)?;
            return Some(Self { ticks, time: MediaTime::ZERO });
        }
        let time = MediaTime::from_ticks(i64::try_from(empty).ok()?, movie)?;
        Some(Self { ticks: media_time.checked_neg()?, time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(timescale: u32) -> NonZeroU32 {
        NonZeroU32::new(timescale).unwrap()
    }

    #[test]
    fn empty_edits_that_fall_on_a_tick_are_exact() {
        let shift = Shift::new(500, 1024, scale(1000), scale(48_000));
        assert_eq!(shift, Some(Shift { ticks: 24_000 - 1024, time: MediaTime::ZERO }));
    }

    #[test]
    fn empty_edits_between_ticks_keep_their_own_precision() {
        let time = MediaTime::from_ticks(1, scale(1000)).unwrap();
        assert_eq!(Shift::new(1, 3, scale(1000), scale(44_100)), Some(Shift { ticks: -3, time }));
    }

    #[test]
    fn absurd_edits_are_refused() {
        assert_eq!(Shift::new(u64::MAX, 0, scale(1), scale(90_000)), None);
        assert_eq!(Shift::new(u64::MAX, 0, scale(90_000), scale(7)), None);
    }
}
