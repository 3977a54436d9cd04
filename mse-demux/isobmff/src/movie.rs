//! [`Movie`]: what of an initialization segment the fragments after it need.

use crate::auxiliary::TrackEncryption;
use crate::edit_list::Shift;
use mse_codecs::{avc, hevc};
use mse_core::MediaTime;
use std::num::NonZeroU32;

/// The tracks of the initialization segment in force.
#[derive(Debug, Default)]
pub(crate) struct Movie {
    pub(crate) tracks: Vec<MovieTrack>,
}

impl Movie {
    /// Position of the track with this id.
    pub(crate) fn find(&self, id: u32) -> Option<usize> {
        self.tracks.iter().position(|track| track.id == id)
    }
}

/// A track as its fragments see it.
#[derive(Debug)]
pub(crate) struct MovieTrack {
    pub(crate) id: u32,
    /// `None` for a track that is no audio, video or text: its samples are passed over (TRK-5).
    pub(crate) media: Option<Media>,
}

/// What turns samples of a track into frames.
#[derive(Debug)]
pub(crate) struct Media {
    pub(crate) clock: Clock,
    /// From `trex`; `None` is an error only once a fragment needs it (ISO-6).
    pub(crate) defaults: Option<TrackExtends>,
    /// One per sample entry.
    pub(crate) entries: Vec<Entry>,
    /// How its samples are encrypted, if they are (ISO-40).
    pub(crate) encryption: TrackEncryption,
    /// Duration of the last sample that had one, in ticks (ISO-32).
    pub(crate) last_duration: u32,
}

/// `trex` (ISO/IEC 14496-12 clause 8.8.3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrackExtends {
    /// One-based index of the sample entry.
    pub(crate) description_index: u32,
    pub(crate) sample: SampleDefaults,
}

/// What a sample has that its run does not say (ISO-27).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SampleDefaults {
    pub(crate) duration: u32,
    pub(crate) size: u32,
    pub(crate) flags: u32,
}

/// What a sample entry says about the samples of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) random_access: RandomAccess,
    /// Set while parameter sets are missing: the next random access point must bring them (ISO-20).
    pub(crate) awaits: Option<InBand>,
}

/// The parameter sets that samples may bring, by the bytes of the length before each NAL unit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InBand {
    Avc { nal_length_size: u8 },
    Hevc { nal_length_size: u8 },
}

impl InBand {
    pub(crate) fn are_in(self, sample: &[u8]) -> bool {
        match self {
            Self::Avc { nal_length_size } => avc::has_parameter_sets(sample, nal_length_size),
            Self::Hevc { nal_length_size } => hevc::has_parameter_sets(sample, nal_length_size),
        }
    }
}

/// How a sample entry tells its random access points (ISO-34, ISO-35).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RandomAccess {
    /// Every sample is one: audio whose muxers leave the flags alone, text.
    Always,
    /// By the sample flags.
    Flags,
}

impl RandomAccess {
    /// `sample_is_non_sync_sample` (ISO-33).
    const NON_SYNC: u32 = 0x0001_0000;
    /// `sample_depends_on`, and its value for a sample that depends on others.
    const DEPENDS_ON: u32 = 0x0300_0000;
    const DEPENDS_ON_OTHERS: u32 = 0x0100_0000;

    /// Whether a sample with these flags is a random access point. A sync sample that depends on others contradicts itself; peers
    /// take it for dependent (DIS-19).
    pub(crate) fn is_point(self, flags: u32) -> bool {
        self == Self::Always
            || (flags & Self::NON_SYNC == 0 && flags & Self::DEPENDS_ON != Self::DEPENDS_ON_OTHERS)
    }
}

/// Turns ticks of a track into times, its edit list applied (ISO-30).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    timescale: NonZeroU32,
    /// Flicks in one tick, where they are whole.
    factor: Option<i64>,
    shift: Shift,
}

impl Clock {
    pub(crate) fn new(timescale: NonZeroU32, shift: Shift) -> Self {
        let scale = i64::from(timescale.get());
        let whole = MediaTime::TICKS_PER_SECOND % scale == 0;
        Self { timescale, factor: whole.then(|| MediaTime::TICKS_PER_SECOND / scale), shift }
    }

    /// The time of a tick before the edit list; `None` beyond the number line.
    #[inline]
    pub(crate) fn time(&self, ticks: i64) -> Option<MediaTime> {
        let ticks = ticks.checked_add(self.shift.ticks)?;
        let time = match self.factor {
            Some(factor) => {
                let flicks = ticks.checked_mul(factor)?;
                let within = (MediaTime::MIN.flicks()..=MediaTime::MAX.flicks()).contains(&flicks);
                within.then(|| MediaTime::from_flicks(flicks))?
            }
            None => MediaTime::from_ticks(ticks, self.timescale)?,
        };
        Some(if self.shift.time == MediaTime::ZERO { time } else { time + self.shift.time })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_checklist() {
        // EX-24: timescale 30 000, tfdt 90 000, media_time 2 000, composition offset 3 000
        let timescale = NonZeroU32::new(30_000).unwrap();
        let clock = Clock::new(timescale, Shift { ticks: -2000, time: MediaTime::ZERO });
        assert_eq!(clock.time(90_000), MediaTime::from_ticks(88_000, timescale));
        assert_eq!(clock.time(93_000), MediaTime::from_ticks(91_000, timescale));
    }

    #[test]
    fn times_beyond_the_number_line_are_refused() {
        for timescale in [1, 7, 90_000, u32::MAX] {
            let clock = Clock::new(NonZeroU32::new(timescale).unwrap(), Shift::default());
            assert_eq!(clock.time(i64::MAX).is_some(), timescale == u32::MAX, "{timescale}");
        }
    }
}
