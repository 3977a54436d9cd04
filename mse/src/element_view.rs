//! [`ElementView`]: the buffered and the playable ranges as the element sees them (EL-1..4, DIS-5).
//! The view is kept, and repaired where a SourceBuffer changed: there may be thousands of ranges.

use crate::attachment::LinkedSourceBuffer;
use crate::shared::Unseen;
use mse_core::{MediaTime, SourceBufferId, TimeRange, TimeRanges};
use mse_timeline::PlayedGaps;
use smallvec::SmallVec;
use std::ops::Deref;
use std::sync::Arc;

/// All that there is.
const EVERYTHING: TimeRange = TimeRange { start: MediaTime::MIN, end: MediaTime::INFINITY };

/// The view of one attachment.
#[derive(Default)]
pub(crate) struct ElementView {
    made_of: Option<MadeOf>,
    /// Ranges that all of several SourceBuffers have; those of a single one are not copied.
    common: TimeRanges,
    /// Playable ranges; empty where no gap is played over, since they are then the buffered ranges.
    playable: TimeRanges,
}

/// Active SourceBuffers, whether the source had ended, which gaps are played over.
#[derive(PartialEq)]
struct MadeOf {
    active: SmallVec<[SourceBufferId; 2]>,
    ended: bool,
    gaps: PlayedGaps,
}

/// View at one moment. Dropped soon: a SourceBuffer copies its ranges before it changes them while
/// somebody has them.
pub(crate) struct Seen<'a> {
    pub(crate) buffered: Buffered<'a>,
    playable: Option<&'a TimeRanges>,
}

/// `HTMLMediaElement.buffered`.
pub(crate) enum Buffered<'a> {
    OfOne(Arc<TimeRanges>),
    OfAll(&'a TimeRanges),
}

impl Seen<'_> {
    /// Ranges in which there is something to play: the buffered ranges, small gaps in them, and the
    /// time before them if media begins late.
    pub(crate) fn playable(&self) -> &TimeRanges {
        self.playable.unwrap_or(&self.buffered)
    }
}

impl Deref for Buffered<'_> {
    type Target = TimeRanges;
    fn deref(&self) -> &TimeRanges {
        match self {
            Self::OfOne(ranges) => ranges,
            Self::OfAll(ranges) => ranges,
        }
    }
}

impl Buffered<'_> {
    /// The ranges themselves, copied if somebody else has them too.
    pub(crate) fn into_ranges(self) -> TimeRanges {
        match self {
            Self::OfOne(ranges) => Arc::unwrap_or_clone(ranges),
            Self::OfAll(ranges) => ranges.clone(),
        }
    }
}

impl ElementView {
    /// Brings the view up to date and returns it.
    pub(crate) fn look(
        &mut self,
        source_buffers: &[LinkedSourceBuffer],
        ended: bool,
        gaps: PlayedGaps,
    ) -> Seen<'_> {
        let active = || source_buffers.iter().filter(|(.., active)| *active);
        let mut unseen = Unseen::Nothing;
        let parts: SmallVec<[Arc<TimeRanges>; 2]> = active()
            .map(|(_, shared, _)| {
                let (ranges, of_one) = shared.lock().look();
                unseen.add(of_one);
                ranges
            })
            .collect();
        let made_of = MadeOf { active: active().map(|(id, ..)| *id).collect(), ended, gaps };
        // EL-3 depends on all ends.
        if self.made_of.as_ref() != Some(&made_of) || ended && parts.len() > 1 {
            unseen = Unseen::Anything;
            self.made_of = Some(made_of);
        }
        let is_covered = |start, end| {
            active().any(|(_, shared, _)| {
                let shared = shared.lock();
                let mut tracks = shared.track_buffers.tracks().iter();
                tracks.any(|track| track.range_at(start).is_some_and(|range| range.end >= end))
            })
        };
        self.update(parts, unseen, ended, &Played { gaps, is_covered })
    }

    fn update(
        &mut self,
        mut parts: SmallVec<[Arc<TimeRanges>; 2]>,
        unseen: Unseen,
        ended: bool,
        played: &Played<impl Fn(MediaTime, MediaTime) -> bool>,
    ) -> Seen<'_> {
        let changed = match unseen {
            Unseen::Nothing => None,
            Unseen::Within(stretch) => Some(stretch),
            Unseen::Anything => Some(EVERYTHING),
        };
        let buffered = match parts.pop() {
            Some(only) if parts.is_empty() => Buffered::OfOne(only),
            last => {
                parts.extend(last);
                if let Some(TimeRange { start, end }) = changed {
                    self.common.replace_within(start, end, &intersection(&parts, (start, end), ended));
                }
                Buffered::OfAll(&self.common)
            }
        };
        if played.is_nothing() {
            return Seen { buffered, playable: None };
        }
        if let Some(stretch) = changed {
            played.repair(&mut self.playable, &buffered, stretch);
        }
        Seen { buffered, playable: Some(&self.playable) }
    }
}

/// Ranges that all SourceBuffers have within a stretch.
/// <https://w3c.github.io/media-source/#htmlmediaelement-extensions-buffered>
fn intersection(parts: &[Arc<TimeRanges>], (from, to): (MediaTime, MediaTime), ended: bool) -> TimeRanges {
    // EL-1 (2), EL-2.
    let highest_end = parts.iter().filter_map(|ranges| ranges.end()).max().unwrap_or(MediaTime::ZERO);
    let mut all = TimeRanges::from_range(MediaTime::ZERO.max(from), highest_end.min(to));
    for ranges in parts {
        let mut ranges = ranges.within(from, to);
        // EL-3; then the stretch is everything.
        if ended {
            ranges.extend_last(highest_end);
        }
        all = all.intersection(&ranges);
    }
    all
}

/// Gaps that are played over.
struct Played<F> {
    gaps: PlayedGaps,
    /// Whether some active track goes on in a gap of the others.
    is_covered: F,
}

impl<F: Fn(MediaTime, MediaTime) -> bool> Played<F> {
    fn is_nothing(&self) -> bool {
        (self.gaps.small_gap, self.gaps.late_start) == (MediaTime::ZERO, MediaTime::ZERO)
    }

    /// Brings what is playable up to date where `buffered` changed: from the end of the range
    /// before to the start of the range behind.
    fn repair(&self, playable: &mut TimeRanges, buffered: &TimeRanges, changed: TimeRange) {
        let ranges = buffered.iter().as_slice();
        let first = ranges.partition_point(|range| range.end < changed.start);
        let behind = first + ranges[first..].partition_point(|range| range.start <= changed.end);
        let mut before = first.checked_sub(1).map(|index| ranges[index].end);
        let (from, to) = (
            before.unwrap_or(MediaTime::MIN),
            ranges.get(behind).map_or(MediaTime::INFINITY, |range| range.start),
        );
        let mut now = TimeRanges::new();
        for range in &ranges[first..ranges.len().min(behind + 1)] {
            let start = self.played_from(before.replace(range.end), range.start);
            now.insert(start.max(from), range.end.min(to));
        }
        playable.replace_within(from, to, &now);
    }

    /// From where on a range is played, if the one before ends at `before`.
    fn played_from(&self, before: Option<MediaTime>, start: MediaTime) -> MediaTime {
        let PlayedGaps { late_start, small_gap } = self.gaps;
        match before {
            Some(end) if self.gaps.is_played_over(end, start, || (self.is_covered)(end, start)) => end,
            None if start <= late_start => MediaTime::ZERO.min(start),
            _ => (start - small_gap).max(MediaTime::ZERO).min(start),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mse_testkit::random::Random;

    fn s(seconds: i64) -> MediaTime {
        MediaTime::from_flicks(seconds * MediaTime::TICKS_PER_SECOND)
    }

    /// Random intervals of whole seconds in `[from, to)`.
    fn random_set(next: &mut impl FnMut(u64) -> u64, from: i64, to: i64) -> TimeRanges {
        let one_in = 2 + next(4);
        (from..to).filter(|_| next(one_in) > 0).map(|start| (s(start), s(start + 1))).collect()
    }

    /// EL-2, EL-3 by the letter.
    fn buffered_of(parts: &[TimeRanges], ended: bool) -> TimeRanges {
        let highest_end = parts.iter().filter_map(TimeRanges::end).max().unwrap_or(MediaTime::ZERO);
        let mut common = TimeRanges::from_range(MediaTime::ZERO, highest_end);
        for ranges in parts {
            let mut ranges = ranges.clone();
            if ended {
                ranges.extend_last(highest_end);
            }
            common = common.intersection(&ranges);
        }
        common
    }

    fn playable_of(buffered: &TimeRanges, gaps: PlayedGaps, is_covered: fn(MediaTime) -> bool) -> TimeRanges {
        let mut ranges = TimeRanges::new();
        let mut end = None;
        for range in buffered {
            let before = match end.replace(range.end) {
                Some(end) if gaps.is_played_over(end, range.start, || is_covered(end)) => end,
                None if range.start <= gaps.late_start => MediaTime::ZERO,
                _ => (range.start - gaps.small_gap).max(MediaTime::ZERO),
            };
            ranges.insert(before.min(range.start), range.end);
        }
        ranges
    }

    #[test]
    fn a_view_that_is_repaired_is_what_a_new_one_would_be() {
        let mut random = Random::new(1);
        let mut next = |bound: u64| random.bits() % bound;
        let is_covered = |start: MediaTime| start.flicks() / MediaTime::TICKS_PER_SECOND % 3 == 0;
        for round in 0..300 {
            let mut parts = vec![TimeRanges::new(); 1 + next(3) as usize];
            let gaps = PlayedGaps { late_start: s(next(4) as i64), small_gap: s(next(4) as i64) };
            let played = Played { gaps, is_covered: |start, _| is_covered(start) };
            let mut view = ElementView::default();
            for step in 0..40 {
                let ended = parts.len() == 1 && next(4) == 0;
                let (from, length) = (next(40) as i64, 1 + next(8) as i64);
                let stretch = TimeRange { start: s(from), end: s(from + length) };
                let now = random_set(&mut next, from, from + length);
                let changed = next(parts.len() as u64) as usize;
                parts[changed].replace_within(stretch.start, stretch.end, &now);
                let unseen = if next(9) == 0 { Unseen::Anything } else { Unseen::Within(stretch) };
                let arcs = parts.iter().cloned().map(Arc::new).collect();
                let seen = view.update(arcs, unseen, ended, &played);
                let what = format!("round {round}, step {step}: {parts:?} {gaps:?}");
                assert_eq!(*seen.buffered, buffered_of(&parts, ended), "{what}");
                assert_eq!(*seen.playable(), playable_of(&seen.buffered, gaps, is_covered), "{what}");
            }
            // EL-3
            let arcs = parts.iter().cloned().map(Arc::new).collect();
            let seen = view.update(arcs, Unseen::Anything, true, &played);
            assert_eq!(*seen.buffered, buffered_of(&parts, true), "round {round}: {parts:?}");
        }
    }
}
