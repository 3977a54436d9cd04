//! Gaps: time that is not buffered, and the cause.
//!
//! Players meet gaps as stalls and cannot tell a segment they never fetched from one that the
//! engine dropped, evicted or overwrote. A track buffer therefore remembers, as a few intervals,
//! where something was lost last and by what. Frames that come in need not wipe that out, so an
//! append pays nothing for it: what they cover is no gap, and becomes one again only by a new loss.

use crate::reasons::DropReason;
use mse_core::{MediaTime, TimeRange, TimeRanges};
use std::fmt;

/// Why nothing is buffered somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GapCause {
    /// Nothing was appended there, as far as is remembered.
    NotAppended,
    /// Taken by `remove()` (CFR).
    Removed,
    /// Taken by coded frame eviction (CFE).
    Evicted,
    /// A frame was appended and dropped.
    Dropped(DropReason),
    /// Frames of an older coded frame group went because newer ones took the place of what they
    /// depend on, or a splice ended them early (CFP-22, CFP-24, CFP-26, ASF-3, TSF-1).
    Replaced,
}

impl fmt::Display for GapCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAppended => f.write_str("not appended"),
            Self::Removed => f.write_str("removed"),
            Self::Evicted => f.write_str("evicted"),
            Self::Dropped(reason) => write!(f, "dropped ({}): {reason}", reason.row()),
            Self::Replaced => f.write_str("replaced"),
        }
    }
}

/// A part of a gap, or a whole one, that has one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// Interval of the gap.
    pub range: TimeRange,
    /// Why.
    pub cause: GapCause,
}

/// Losses that a track buffer remembers: 256 intervals are 12 KiB, and a page with more distinct
/// holes in one track has other worries. Beyond it those that are covered again are forgotten, then
/// the oldest, which count as [`GapCause::NotAppended`].
const MAX_LOSSES: usize = 256;
/// Losses that are left when some are forgotten.
const KEPT: usize = MAX_LOSSES * 3 / 4;

#[derive(Clone, Copy)]
struct Loss {
    start: MediaTime,
    end: MediaTime,
    cause: GapCause,
    age: u64,
}

/// Losses of a track buffer: intervals, each with its last cause.
///
/// Invariant: sorted, not empty, and disjoint.
pub(crate) struct Losses {
    losses: Vec<Loss>,
    /// Number of losses so far.
    age: u64,
}

impl Losses {
    pub(crate) const fn new() -> Self {
        Self { losses: Vec::new(), age: 0 }
    }

    /// The interval is not covered any more, or would have been.
    pub(crate) fn lost(&mut self, mut start: MediaTime, mut end: MediaTime, cause: GapCause) {
        if end <= start {
            return;
        }
        self.clear(start, end);
        // One with its neighbours of the same cause.
        let mut first = self.losses.partition_point(|loss| loss.end < start);
        if self.losses.get(first).is_some_and(|loss| loss.end == start && loss.cause != cause) {
            first += 1;
        }
        let mut last = first;
        while let Some(touching) = self.losses.get(last)
            && touching.start <= end
            && touching.cause == cause
        {
            (start, end) = (start.min(touching.start), end.max(touching.end));
            last += 1;
        }
        self.age += 1;
        self.losses.splice(first..last, [Loss { start, end, cause, age: self.age }]);
    }

    /// Forgets what is beyond the limit, and a quarter more, so that it is seldom done.
    #[inline]
    pub(crate) fn limit(&mut self, covered: &TimeRanges) {
        if self.losses.len() > MAX_LOSSES {
            self.forget(covered);
        }
    }

    fn forget(&mut self, covered: &TimeRanges) {
        let covers = |loss: &Loss| covered.find(loss.start).is_some_and(|range| loss.end <= range.end);
        self.losses.retain(|loss| !covers(loss));
        if self.losses.len() > KEPT {
            let mut ages: Vec<u64> = self.losses.iter().map(|loss| loss.age).collect();
            let forgotten = ages.len() - KEPT;
            let (_, &mut oldest_kept, _) = ages.select_nth_unstable(forgotten);
            self.losses.retain(|loss| loss.age >= oldest_kept);
            // Parts of one that was cut are of one age.
            self.losses.truncate(KEPT);
        }
        // One removal may have left thousands.
        if self.losses.capacity() > 4 * MAX_LOSSES {
            self.losses.shrink_to(MAX_LOSSES);
        }
    }

    fn clear(&mut self, start: MediaTime, end: MediaTime) {
        let first = self.losses.partition_point(|loss| loss.end <= start);
        let last = self.losses.partition_point(|loss| loss.start < end);
        let (Some(head), Some(tail)) = (
            self.losses.get(first).copied(),
            last.checked_sub(1).and_then(|at| self.losses.get(at)).copied(),
        ) else {
            return;
        };
        if first >= last || end <= start {
            return;
        }
        let kept = [Loss { end: start, ..head }, Loss { start: end, ..tail }];
        self.losses.splice(first..last, kept.into_iter().filter(|loss| loss.start < loss.end));
    }

    /// Splits an interval by cause.
    pub(crate) fn explain(&self, gap: TimeRange) -> impl Iterator<Item = Gap> + '_ {
        let first = self.losses.partition_point(|loss| loss.end <= gap.start);
        let losses = self.losses.iter().skip(first).take_while(move |loss| loss.start < gap.end);
        let end = Loss { start: gap.end, end: gap.end, cause: GapCause::NotAppended, age: 0 };
        let mut at = gap.start;
        losses.copied().chain([end]).flat_map(move |loss| {
            let (start, end) = (loss.start.max(gap.start), loss.end.min(gap.end));
            let before = Gap { range: TimeRange { start: at, end: start }, cause: GapCause::NotAppended };
            let lost = Gap { range: TimeRange { start, end }, cause: loss.cause };
            at = end;
            [before, lost].into_iter().filter(|gap| gap.range.start < gap.range.end)
        })
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.losses.capacity() * size_of::<Loss>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: usize) -> MediaTime {
        MediaTime::from_flicks(i64::try_from(time).unwrap_or_default())
    }

    fn shown(losses: &Losses) -> String {
        let gap = TimeRange { start: at(0), end: at(100) };
        let words: Vec<String> = losses
            .explain(gap)
            .filter(|gap| gap.cause != GapCause::NotAppended)
            .map(|gap| format!("{}..{} {}", gap.range.start.flicks(), gap.range.end.flicks(), gap.cause))
            .collect();
        words.join(", ")
    }

    #[test]
    fn the_last_loss_counts_and_equal_neighbours_are_one() {
        let mut losses = Losses::new();
        losses.lost(at(0), at(50), GapCause::Evicted);
        losses.lost(at(20), at(30), GapCause::Removed);
        assert_eq!(shown(&losses), "0..20 evicted, 20..30 removed, 30..50 evicted");
        losses.lost(at(20), at(30), GapCause::Evicted);
        assert_eq!(shown(&losses), "0..50 evicted");
        losses.lost(at(60), at(70), GapCause::Removed);
        losses.lost(at(50), at(60), GapCause::Removed);
        losses.lost(at(45), at(55), GapCause::Replaced);
        assert_eq!(shown(&losses), "0..45 evicted, 45..55 replaced, 55..70 removed");
    }

    #[test]
    fn equals_the_naive_model() {
        let mut state = 7_u64;
        let mut next = move |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((state >> 33) % bound).unwrap_or_default()
        };
        let causes = [
            GapCause::Removed,
            GapCause::Evicted,
            GapCause::Replaced,
            GapCause::Dropped(DropReason::NeedsRandomAccessPoint),
        ];
        let (mut losses, mut model) = (Losses::new(), [GapCause::NotAppended; 100]);
        for round in 0..5000 {
            if round % 20 == 0 {
                (losses, model) = (Losses::new(), [GapCause::NotAppended; 100]);
            }
            let start = next(100);
            let end = (start + next(12)).min(100);
            let cause = causes[next(4)];
            losses.lost(at(start), at(end), cause);
            model[start..end].fill(cause);
            let mut found = [GapCause::NotAppended; 100];
            for gap in losses.explain(TimeRange { start: at(0), end: at(100) }) {
                let (start, end) = (gap.range.start.flicks() as usize, gap.range.end.flicks() as usize);
                found[start..end].fill(gap.cause);
            }
            assert_eq!(found, model, "round {round}");
            assert!(losses.losses.windows(2).all(|pair| pair[0].end <= pair[1].start), "round {round}");
        }
    }

    #[test]
    fn what_is_covered_is_forgotten_first_and_then_the_oldest() {
        let mut losses = Losses::new();
        for hole in (0..2 * MAX_LOSSES).rev() {
            losses.lost(at(hole * 2), at(hole * 2 + 1), GapCause::Removed);
        }
        losses.limit(&TimeRanges::from_range(at(0), at(100)));
        let starts: Vec<_> = losses.losses.iter().map(|loss| loss.start).collect();
        let expected: Vec<_> = (50..50 + KEPT).map(|hole| at(hole * 2)).collect();
        assert_eq!(starts, expected, "the last ones came first");
    }

    #[test]
    fn parts_of_one_loss_are_forgotten_like_others() {
        let mut losses = Losses::new();
        losses.lost(at(0), at(10_000), GapCause::Removed);
        for part in 0..MAX_LOSSES {
            losses.clear(at(part * 10), at(part * 10 + 1));
        }
        assert!(losses.losses.len() > MAX_LOSSES - 1);
        losses.lost(at(10_001), at(10_002), GapCause::Evicted);
        losses.limit(&TimeRanges::new());
        assert!(losses.losses.len() <= KEPT, "{}", losses.losses.len());
    }
}
