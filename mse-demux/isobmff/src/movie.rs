//! [`Movie`]: what of an initialization segment the fragments after it need.

use crate::auxiliary::TrackEncryption;
use crate::captions::Cea;
use crate::edit_list::Shift;
use crate::random_access_group::TrackGroups;
use mse_codecs::nal::nal_units;
use mse_codecs::opus::{OpusConfiguration, packet_samples};
use mse_codecs::random_access::{NalSyntax, random_access};
use mse_codecs::{avc, hevc, random_access, vvc};
use mse_core::{DiscardPadding, MediaTime};
use std::num::NonZeroU32;

/// The tracks of the initialization segment in force.
#[derive(Debug, Default)]
pub(crate) struct Movie {
    pub(crate) tracks: Vec<MovieTrack>,
    /// Whether samples of any become events.
    pub(crate) has_captions: bool,
}

impl Movie {
    /// Position of the track with this id. One that is left out may have the id of another.
    pub(crate) fn find(&self, id: u32) -> Option<usize> {
        let mut with_id = self.tracks.iter().enumerate().filter(|(_, track)| track.id == id);
        let first = with_id.next()?;
        let played = std::iter::once(first).chain(with_id).find(|(_, track)| track.media.is_some());
        Some(played.map_or(first.0, |(index, _)| index))
    }
}

/// A track as its fragments see it.
#[derive(Debug)]
pub(crate) struct MovieTrack {
    pub(crate) id: u32,
    /// `None` for a track that is no audio, video or text: its samples are passed over (TRK-5).
    pub(crate) media: Option<Media>,
}

/// Everything needed to turn samples of a track into frames.
#[derive(Debug)]
pub(crate) struct Media {
    pub(crate) clock: Clock,
    /// From `trex`; `None` is an error only once a fragment needs it (ISO-6).
    pub(crate) defaults: Option<TrackExtends>,
    /// One per sample entry.
    pub(crate) entries: Vec<Entry>,
    /// Encryption of the samples, if they are encrypted (ISO-40).
    pub(crate) encryption: TrackEncryption,
    /// Descriptions of groups that may be random access points.
    pub(crate) random_access_groups: TrackGroups,
    /// End of the sound, in ticks before the edit list; samples from there on are padding.
    pub(crate) sound_end: i64,
    /// Duration of the last sample that had one, in ticks (ISO-32).
    pub(crate) last_duration: u32,
    /// Whether durations were seen, of samples with others behind them, that frames cannot have.
    pub(crate) has_odd_durations: bool,
    /// Kind of captions, if samples become events.
    pub(crate) captions: Option<Cea>,
    /// Whether it was told that flags of the track are false.
    pub(crate) is_told_of_flags: bool,
}

impl Media {
    /// The position of a sample entry by its one-based index (ISO-39). Where there is only one, any
    /// index means it, as peers read it.
    pub(crate) fn entry(&self, index: u32) -> Option<u16> {
        match (self.entries.len(), index.checked_sub(1)) {
            (1, _) => Some(0),
            (count, Some(index)) if (index as usize) < count => Some(index as u16),
            _ => None,
        }
    }

    /// Layout of NAL units, if the bytes of a sample are to be asked whether it is a random access
    /// point (ISO-34). Once a false flag was told, flags are believed.
    #[inline]
    pub(crate) fn asked(&self, entry: Option<&Entry>, is_marked: bool, is_flagged: bool) -> Option<NalUnits> {
        let is_known = is_marked || is_flagged && self.is_told_of_flags;
        entry?.nal_units.filter(|_| !is_known)
    }

    /// Part of a sample's duration that lies before the end of the sound.
    #[inline]
    pub(crate) fn until_sound_end(&self, ticks: i64, duration: u32) -> u32 {
        if self.sound_end == i64::MAX {
            return duration;
        }
        u32::try_from(self.sound_end.saturating_sub(ticks)).unwrap_or(u32::MAX).min(duration)
    }

    /// Length of the frame in a sample of `duration`, if the sample may have padding behind the
    /// sound: the last one of its fragment or file, and one that `sound_end` cuts. Only where the
    /// durations before are those of frames: recorders stamp packets as they come, and times of
    /// another container are rounded.
    #[inline]
    pub(crate) fn padded(&mut self, entry: u16, duration: MediaTime, may_be: MayBePadded) -> FrameLength {
        let entry = self.entries.get(usize::from(entry));
        let length = entry.map_or(FrameLength::Unknown, |entry| entry.frame_length);
        match may_be {
            MayBePadded::No => {
                self.has_odd_durations |= !length.can_last(duration);
                FrameLength::Unknown
            }
            MayBePadded::AsLast if self.has_odd_durations => FrameLength::Unknown,
            MayBePadded::AsLast | MayBePadded::IsCut => length,
        }
    }
}

/// Whether padding may follow the sound in a sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MayBePadded {
    No,
    /// Nothing follows it in its fragment or file.
    AsLast,
    /// The end of the sound lies within it.
    IsCut,
}

/// `trex` (ISO/IEC 14496-12 clause 8.8.3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrackExtends {
    /// One-based index of the sample entry.
    pub(crate) description_index: u32,
    pub(crate) sample: SampleDefaults,
}

/// Values of a sample that its run does not say (ISO-27).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SampleDefaults {
    pub(crate) duration: u32,
    pub(crate) size: u32,
    pub(crate) flags: u32,
}

/// Properties of a sample entry that its samples share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) random_access: RandomAccess,
    /// Layout of NAL units in samples, if they hold such units.
    pub(crate) nal_units: Option<NalUnits>,
    /// Set while parameter sets are missing: the next random access point must bring them (ISO-20).
    pub(crate) awaits: bool,
    /// Duration of the codec's frames.
    pub(crate) frame_length: FrameLength,
    /// Bytes of one sample of linear PCM in all channels; 0 of other codecs.
    #[cfg_attr(
        not(feature = "progressive"),
        expect(dead_code, reason = "only files with sample tables ask")
    )]
    pub(crate) block_size: u32,
}

/// Durations of frames of an audio codec by themselves. Of a last sample that is said to be shorter
/// the rest of the decoded sound is padding, and not presented.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum FrameLength {
    #[default]
    Unknown,
    Fixed(MediaTime),
    /// The first bytes say it.
    Opus,
}

impl FrameLength {
    /// So many samples at this rate.
    pub(crate) fn samples(count: u32, rate: u32) -> Self {
        let time = NonZeroU32::new(rate).and_then(|rate| MediaTime::from_ticks(count.into(), rate));
        time.map_or(Self::Unknown, Self::Fixed)
    }

    /// Itself where ticks of this timescale can say it: durations that alternate around it cut
    /// nothing.
    pub(crate) fn exact_in(self, timescale: NonZeroU32) -> Self {
        let scale = i64::from(timescale.get());
        let tick = MediaTime::TICKS_PER_SECOND / scale;
        let exact = MediaTime::TICKS_PER_SECOND % scale == 0
            && match self {
                Self::Unknown => false,
                Self::Fixed(time) => time.flicks() % tick == 0,
                Self::Opus => scale == i64::from(OpusConfiguration::SAMPLE_RATE),
            };
        if exact { self } else { Self::Unknown }
    }

    /// Whether a whole frame can last so long, as far as can be said without its bytes.
    #[inline]
    fn can_last(self, duration: MediaTime) -> bool {
        /// Flicks of 2.5 ms, of which packets of Opus are made.
        const STEP: i64 = MediaTime::TICKS_PER_SECOND / 400;
        match self {
            Self::Unknown => true,
            Self::Fixed(time) => time == duration,
            Self::Opus => duration.flicks() % STEP == 0,
        }
    }

    /// Duration of that many frames, if they are of one length.
    pub(crate) fn times(self, count: u16) -> MediaTime {
        match self {
            Self::Fixed(time) => MediaTime::from_flicks(time.flicks() * i64::from(count)),
            _ => MediaTime::ZERO,
        }
    }

    /// Part of the decoded sound of a frame of `duration` that is not presented.
    #[inline]
    pub(crate) fn discard(self, duration: MediaTime, data: &[u8]) -> DiscardPadding {
        let full = match self {
            Self::Unknown => return DiscardPadding::NONE,
            Self::Fixed(time) => time,
            Self::Opus => opus_time(data),
        };
        let end = if duration < full { full - duration } else { MediaTime::ZERO };
        DiscardPadding { start: MediaTime::ZERO, end }
    }
}

fn opus_time(packet: &[u8]) -> MediaTime {
    const RATE: NonZeroU32 = NonZeroU32::new(OpusConfiguration::SAMPLE_RATE).unwrap();
    let samples = packet_samples(packet).unwrap_or(0);
    MediaTime::from_ticks(samples.into(), RATE).unwrap_or_default()
}

/// Layout of NAL units in samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NalUnits {
    pub(crate) syntax: NalSyntax,
    /// Bytes of the length before each unit.
    pub(crate) length_size: u8,
}

impl NalUnits {
    /// Whether a sample brings all parameter sets.
    pub(crate) fn bring_parameter_sets(self, sample: &[u8]) -> bool {
        match self.syntax {
            NalSyntax::Avc => avc::has_parameter_sets(sample, self.length_size),
            NalSyntax::Hevc => hevc::has_parameter_sets(sample, self.length_size),
            NalSyntax::Vvc => vvc::has_parameter_sets(sample, self.length_size),
        }
    }

    /// Whether the picture in a sample is a random access point; `None` for one without a slice.
    #[inline]
    pub(crate) fn are_point(self, sample: &[u8]) -> Option<bool> {
        // The usual picture that is none: its first unit is a slice.
        match (self.syntax, sample) {
            (NalSyntax::Avc, [_, _, _, _, head, ..]) if self.length_size == 4 && head & 0x1F == 1 => {
                Some(false)
            }
            (NalSyntax::Hevc, [_, _, _, _, head, 0..=7, ..])
                if self.length_size == 4 && *head < 16 << 1 && head & 1 == 0 =>
            {
                Some(false)
            }
            _ => self.look(sample),
        }
    }

    #[inline(never)]
    fn look(self, sample: &[u8]) -> Option<bool> {
        random_access(self.syntax, nal_units(sample, self.length_size))
            .map(random_access::RandomAccess::is_point)
    }
}

/// Rule by which a sample entry's random access points are told (ISO-34, ISO-35).
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

    /// Whether a sample with these flags is a random access point. A sync sample that depends on
    /// others contradicts itself; peers take it for dependent (DIS-19).
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

    /// Number of ticks, at least one, that always last `duration`, wherever they begin. `None` when
    /// the number depends on the place, or is not whole.
    #[inline]
    pub(crate) fn whole_ticks(&self, duration: MediaTime) -> Option<u32> {
        let factor = self.factor.filter(|_| self.shift.time == MediaTime::ZERO)?;
        let ticks = u32::try_from(duration.flicks() / factor).ok()?;
        (ticks > 0 && i64::from(ticks) * factor == duration.flicks()).then_some(ticks)
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
