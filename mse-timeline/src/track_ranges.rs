//! Track buffer ranges (TB-6).
//!
//! Ranges are asked for far more often than they change, and with thousands of them a rebuild per
//! append is what makes other engines slow. So they are kept: each change repairs the set in its
//! own neighbourhood, and tells what it gained and lost. The result always equals the definition:
//! the presentation intervals of all stored frames, with every gap smaller than the tolerance
//! closed.

use crate::receipt::RangeChange;
use mse_core::{MediaTime, TimeRange, TimeRanges};
use smallvec::SmallVec;

/// The ranges of one track buffer.
///
/// Invariant: a gap between two ranges is at least `tolerance` wide or one that a removal made, and
/// not empty; every end is the end of a frame.
#[derive(Clone, Default)]
pub(crate) struct TrackRanges {
    ranges: TimeRanges,
    /// Gaps that removals made: they show whatever their width, until a frame comes to lie in them.
    /// Each lies between two ranges.
    made_gaps: TimeRanges,
    tolerance: MediaTime,
    version: u64,
    /// The stretch in which everything lies that changed since the owner last asked.
    pub(crate) changed: Option<TimeRange>,
}

/// Intervals of new frames, gathered to be added together: order does not matter to the ranges, and
/// frames that follow each other are one interval. Raw ticks.
pub(crate) struct Gathered {
    intervals: SmallVec<[(i64, i64); 8]>,
    tolerance: i64,
}

impl Gathered {
    /// Adds the interval of a frame; it is not empty.
    #[inline]
    pub(crate) fn add(&mut self, start: i64, end: i64) {
        match self.intervals.last_mut() {
            Some(last) if last.0 <= start && goes_on(last.1, start, self.tolerance) => {
                last.1 = last.1.max(end);
            }
            _ => self.intervals.push((start, end)),
        }
    }

    /// The last frame that ends at `end` ends at `older`.
    pub(crate) fn cut_tail(&mut self, end: MediaTime, older: MediaTime) {
        let (end, older) = (end.flicks(), older.flicks());
        if let Some(last) = self.intervals.iter_mut().rev().find(|last| last.1 == end && last.0 < older) {
            last.1 = older;
        }
    }

    /// Part of an interval that needs a look for gaps when nothing else covers it any more.
    pub(crate) fn outside(&self, (from, to): (MediaTime, MediaTime)) -> Option<(MediaTime, MediaTime)> {
        let [(start, end)] = self.intervals[..] else { return Some((from, to)) };
        let covered = MediaTime::from_flicks(start)..=MediaTime::from_flicks(end);
        let rest_from = if covered.contains(&from) { *covered.end() } else { from };
        let rest_to = if covered.contains(&to) { *covered.start() } else { to };
        (rest_from < rest_to).then_some((rest_from, rest_to))
    }

    /// Intervals gathered, by start, without small gaps.
    fn finish(&mut self) -> impl Iterator<Item = (MediaTime, MediaTime)> + '_ {
        self.intervals.sort_unstable();
        let tolerance = self.tolerance;
        self.intervals.dedup_by(|next, last| {
            let joined = goes_on(last.1, next.0, tolerance);
            if joined {
                last.1 = last.1.max(next.1);
            }
            joined
        });
        self.intervals
            .iter()
            .map(|&(start, end)| (MediaTime::from_flicks(start), MediaTime::from_flicks(end)))
    }
}

/// Whether coverage that ends at `end` goes on to `start`.
#[inline]
fn goes_on(end: i64, start: i64, tolerance: i64) -> bool {
    start <= end || start.saturating_sub(end) < tolerance
}

impl TrackRanges {
    /// Gaps smaller than `tolerance` are closed.
    pub(crate) fn new(tolerance: MediaTime) -> Self {
        Self { tolerance, ..Self::default() }
    }

    pub(crate) fn get(&self) -> &TimeRanges {
        &self.ranges
    }

    pub(crate) fn tolerance(&self) -> MediaTime {
        self.tolerance
    }

    /// Changes whenever the ranges do.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Adds the interval of a new frame and closes small gaps beside it.
    #[inline]
    pub(crate) fn add(&mut self, start: MediaTime, end: MediaTime, change: &mut RangeChange) {
        // A frame without duration covers nothing, not even the gap before it.
        if end <= start {
            return;
        }
        if !self.made_gaps.is_empty() {
            self.fill_made_gaps(start, end);
        }
        if let Some(last) = self.ranges.iter().as_slice().last().copied()
            && last.start <= start
            && self.reaches(last.end, start)
        {
            if last.end < end {
                change.note_gained(last.end, end);
                self.ranges.extend_last(end);
                self.note_change(last.end, end);
            }
            return;
        }
        self.add_anywhere(start, end, change);
    }

    /// Begins to gather.
    #[inline]
    pub(crate) fn gather(&self) -> Gathered {
        let tolerance = if self.made_gaps.is_empty() { self.tolerance } else { MediaTime::ZERO };
        Gathered { intervals: SmallVec::new(), tolerance: tolerance.flicks() }
    }

    /// A frame comes to lie in gaps that removals made: what is left of them counts as any other
    /// gap.
    #[cold]
    fn fill_made_gaps(&mut self, start: MediaTime, end: MediaTime) {
        let gaps = self.made_gaps.iter().as_slice();
        let first = gaps.partition_point(|gap| gap.end <= start);
        let touched = gaps.iter().skip(first).take_while(|gap| gap.start < end);
        for gap in touched.copied().collect::<SmallVec<[TimeRange; 4]>>() {
            self.made_gaps.remove(gap.start, gap.end);
        }
    }

    /// Whether a removal made a gap of what lies between `end` and `start`, or a part of it.
    pub(crate) fn is_made_gap(&self, end: MediaTime, start: MediaTime) -> bool {
        let gaps = self.made_gaps.iter().as_slice();
        let next = gaps.partition_point(|gap| gap.end <= end);
        gaps.get(next).is_some_and(|gap| gap.start < start)
    }

    /// Forgets the gaps that removals made.
    pub(crate) fn take_made_gaps(&mut self) -> TimeRanges {
        std::mem::take(&mut self.made_gaps)
    }

    /// Remembers that removals made the gap around `time`, if it lies between two ranges.
    fn note_made_gap(&mut self, time: MediaTime) {
        let ranges = self.ranges.iter().as_slice();
        let next = ranges.partition_point(|range| range.end <= time);
        let before = next.checked_sub(1).and_then(|at| ranges.get(at));
        if let (Some(before), Some(next)) = (before, ranges.get(next)) {
            self.made_gaps.insert(before.end, next.start);
        }
    }

    /// Forgets gaps that do not lie between ranges any more.
    fn limit_made_gaps(&mut self) {
        self.made_gaps.remove(MediaTime::MIN, self.ranges.start().unwrap_or(MediaTime::INFINITY));
        self.made_gaps.remove(self.ranges.end().unwrap_or(MediaTime::MIN), MediaTime::INFINITY);
    }

    /// Adds what was gathered.
    #[inline]
    pub(crate) fn add_gathered(&mut self, gathered: &mut Gathered, change: &mut RangeChange) {
        if let [(start, end)] = gathered.intervals[..] {
            self.add(MediaTime::from_flicks(start), MediaTime::from_flicks(end), change);
            return;
        }
        for (start, end) in gathered.finish() {
            self.add(start, end, change);
        }
    }

    fn add_anywhere(&mut self, mut start: MediaTime, mut end: MediaTime, change: &mut RangeChange) {
        let ranges = self.ranges.iter().as_slice();
        let before = ranges.partition_point(|range| range.start <= start);
        if let Some(previous) = before.checked_sub(1).and_then(|at| ranges.get(at))
            && previous.end < start
            && self.reaches(previous.end, start)
        {
            start = previous.end;
        }
        // Few lie within a frame.
        let after = before + ranges[before..].iter().take_while(|range| range.start <= end).count();
        let covers_end =
            after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|last| last.end > end);
        if !covers_end
            && let Some(next) = ranges.get(after)
            && self.reaches(end, next.start)
        {
            end = next.start;
        }
        let touched = ranges.get(before.saturating_sub(1)..after).unwrap_or_default();
        let mut gained = false;
        for hole in holes_between(start, end, touched.iter().map(|range| (range.start, range.end))) {
            change.note_gained(hole.start, hole.end);
            gained = true;
        }
        if gained {
            self.note_change(start, end);
        }
        self.ranges.insert(start, end);
    }

    fn note_change(&mut self, start: MediaTime, end: MediaTime) {
        self.version += 1;
        let before = self.changed.unwrap_or(TimeRange { start, end });
        self.changed = Some(TimeRange { start: start.min(before.start), end: end.max(before.end) });
    }

    /// Whether coverage that ends at `end` goes on to `start`.
    pub(crate) fn reaches(&self, end: MediaTime, start: MediaTime) -> bool {
        start <= end || (start - end < self.tolerance && !self.is_made_gap(end, start))
    }

    /// Frames left `[from, to)`; `intervals`, by start, are all that touch `[from − around, to +
    /// around]` now; that is the tolerance or more. Opens what gaps there are, small ones only when
    /// frames `were_removed`, now or before, and calls `lost` with each interval that was covered
    /// and is not any more.
    pub(crate) fn open_gaps(
        &mut self,
        (from, to): (MediaTime, MediaTime),
        around: MediaTime,
        were_removed: bool,
        intervals: &[(MediaTime, MediaTime)],
        mut lost: impl FnMut(MediaTime, MediaTime),
    ) {
        let (start, end) = (from - around, to + around);
        for gap in holes_between(start, end, intervals.iter().copied()) {
            let affected = gap.start < to && from < gap.end;
            // A gap cut short by the edge of the window is at least the tolerance wide. With none,
            // every gap counts.
            let shows = gap.end - gap.start >= self.tolerance || self.is_made_gap(gap.start, gap.end);
            if affected && (were_removed || shows) {
                self.remove(gap, &mut lost);
                if were_removed {
                    self.note_made_gap(gap.start);
                }
            }
        }
        if were_removed {
            self.limit_made_gaps();
        }
    }

    fn remove(&mut self, gap: TimeRange, lost: &mut impl FnMut(MediaTime, MediaTime)) {
        let ranges = self.ranges.iter().as_slice();
        let first = ranges.partition_point(|range| range.end <= gap.start);
        let last = ranges.partition_point(|range| range.start < gap.end);
        for range in ranges.get(first..last).unwrap_or_default() {
            lost(range.start.max(gap.start), range.end.min(gap.end));
        }
        if first < last {
            self.note_change(gap.start, gap.end);
        }
        self.ranges.remove(gap.start, gap.end);
    }

    /// Parts of `[start, end)` that are in no range.
    pub(crate) fn holes(&self, start: MediaTime, end: MediaTime) -> impl Iterator<Item = TimeRange> + '_ {
        let ranges = self.ranges.iter().as_slice();
        let first = ranges.partition_point(|range| range.end <= start);
        let last = ranges.partition_point(|range| range.start < end);
        let within = ranges.get(first..last).unwrap_or_default();
        holes_between(start, end, within.iter().map(|range| (range.start, range.end)))
    }

    /// A longer frame came in: closes the gaps that have become small. Rare, since the tolerance
    /// only ever grows.
    pub(crate) fn grow_tolerance(&mut self, tolerance: MediaTime, change: &mut RangeChange) {
        self.tolerance = tolerance;
        let ranges = self.ranges.iter().as_slice();
        let is_small = |pair: &&[TimeRange]| match pair {
            [left, right] => self.reaches(left.end, right.start),
            _ => false,
        };
        let small: Vec<(MediaTime, MediaTime)> = ranges
            .windows(2)
            .filter(is_small)
            .filter_map(|pair| Some((pair.first()?.end, pair.last()?.start)))
            .collect();
        for (start, end) in small {
            change.note_gained(start, end);
            self.ranges.insert(start, end);
            self.note_change(start, end);
        }
    }
}

/// The parts of `[start, end)` that no interval covers; intervals come by start.
fn holes_between(
    start: MediaTime,
    end: MediaTime,
    intervals: impl Iterator<Item = (MediaTime, MediaTime)>,
) -> impl Iterator<Item = TimeRange> {
    let mut covered = start;
    intervals.chain([(end, end)]).filter_map(move |(from, to)| {
        let hole = TimeRange { start: covered, end: from.min(end) };
        covered = covered.max(to);
        (hole.start < hole.end).then_some(hole)
    })
}
