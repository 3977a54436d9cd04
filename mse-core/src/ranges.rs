//! `TimeRanges`: a normalized set of presentation intervals (GEN-6).

use crate::time::MediaTime;
use std::fmt;

/// One interval, start inclusive, end exclusive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct TimeRange {
    /// First time inside.
    pub start: MediaTime,
    /// First time after; larger than `start`.
    pub end: MediaTime,
}

impl TimeRange {
    /// Whether `time` lies in `[start, end)`.
    pub fn contains(&self, time: MediaTime) -> bool {
        self.start <= time && time < self.end
    }
}

/// A set of times as intervals.
///
/// Invariant: sorted, non-empty, and neither overlapping nor touching: `[i].end < [i + 1].start`.
#[derive(Clone, PartialEq, Eq, Default, Hash)]
pub struct TimeRanges {
    ranges: Vec<TimeRange>,
}

impl TimeRanges {
    /// The empty set.
    pub const fn new() -> Self {
        Self { ranges: Vec::new() }
    }

    /// The set of one interval; empty when `end <= start`.
    pub fn from_range(start: MediaTime, end: MediaTime) -> Self {
        let mut ranges = Self::new();
        ranges.insert(start, end);
        ranges
    }

    /// Number of intervals (`length`).
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Bytes of its own on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.ranges.capacity() * size_of::<TimeRange>()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The intervals in order.
    pub fn iter(&self) -> std::slice::Iter<'_, TimeRange> {
        self.ranges.iter()
    }

    /// The `index`th interval; `None` is the `IndexSizeError` of `start()` and `end()` (EXC-19).
    pub fn get(&self, index: usize) -> Option<TimeRange> {
        self.ranges.get(index).copied()
    }

    /// Start of the first interval.
    pub fn start(&self) -> Option<MediaTime> {
        self.ranges.first().map(|range| range.start)
    }

    /// End of the last interval.
    pub fn end(&self) -> Option<MediaTime> {
        self.ranges.last().map(|range| range.end)
    }

    /// The interval that contains `time`.
    pub fn find(&self, time: MediaTime) -> Option<TimeRange> {
        let after = self.ranges.partition_point(|range| range.start <= time);
        self.ranges[..after].last().copied().filter(|range| range.contains(time))
    }

    /// Whether some interval contains `time`.
    pub fn contains(&self, time: MediaTime) -> bool {
        self.find(time).is_some()
    }

    /// Adds `[start, end)`, merging what it overlaps or touches. Nothing when `end <= start`.
    pub fn insert(&mut self, start: MediaTime, end: MediaTime) {
        if end <= start {
            return;
        }
        // Appending at the end is the common case of every stream.
        if self.ranges.last().is_none_or(|last| last.end < start) {
            self.ranges.push(TimeRange { start, end });
            return;
        }
        let first = self.ranges.partition_point(|range| range.end < start);
        let last = first + leading(&self.ranges[first..], |range| range.start <= end);
        if first == last {
            self.ranges.insert(first, TimeRange { start, end });
            return;
        }
        let merged =
            TimeRange { start: start.min(self.ranges[first].start), end: end.max(self.ranges[last - 1].end) };
        self.ranges.splice(first..last, [merged]);
    }

    /// Takes `[start, end)` away.
    pub fn remove(&mut self, start: MediaTime, end: MediaTime) {
        if end <= start {
            return;
        }
        let first = self.ranges.partition_point(|range| range.end <= start);
        let last = first + leading(&self.ranges[first..], |range| range.start < end);
        if first == last {
            return;
        }
        let head = TimeRange { start: self.ranges[first].start, end: start };
        let tail = TimeRange { start: end, end: self.ranges[last - 1].end };
        let kept = [head, tail].into_iter().filter(|range| range.start < range.end);
        self.ranges.splice(first..last, kept);
        if self.ranges.capacity() > 64 && self.ranges.capacity() / 4 > self.ranges.len() {
            self.ranges.shrink_to(2 * self.ranges.len());
        }
    }

    /// Replaces whatever lies in `[start, end)` by the intervals of `inner`, which must lie within
    /// it: the local repair of a set whose owner knows that nothing outside changed.
    pub fn replace_within(&mut self, start: MediaTime, end: MediaTime, inner: &Self) {
        if end <= start {
            return;
        }
        let first = self.ranges.partition_point(|range| range.end < start);
        let last = first + leading(&self.ranges[first..], |range| range.start <= end);
        let mut now = Self { ranges: Vec::with_capacity(inner.ranges.len() + 2) };
        if let [range, ..] = self.ranges[first..last] {
            now.extend(range.start, range.end.min(start));
        }
        inner.iter().for_each(|range| now.extend(range.start, range.end));
        if let [.., range] = self.ranges[first..last] {
            now.extend(range.start.max(end), range.end);
        }
        // What lies behind moves only if there are more or fewer now.
        self.ranges.splice(first..last, now.ranges);
    }

    /// The part of the set in `[start, end)`, whatever else there is.
    pub fn within(&self, start: MediaTime, end: MediaTime) -> Self {
        let first = self.ranges.partition_point(|range| range.end <= start);
        let behind = &self.ranges[first..];
        let inside = &behind[..leading(behind, |range| range.start < end)];
        inside.iter().map(|range| (range.start.max(start), range.end.min(end))).collect()
    }

    /// The times in both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        let mut common = Self::new();
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            common.extend(x.start.max(y.start), x.end.min(y.end));
            if x.end <= y.end {
                a.next();
            } else {
                b.next();
            }
        }
        common
    }

    /// The times in this set and not in `other`. One pass over both.
    pub fn difference(&self, other: &Self) -> Self {
        let mut rest = Self::new();
        let mut holes = other.ranges.iter().peekable();
        for range in self {
            let mut start = range.start;
            while let Some(hole) = holes.next_if(|hole| hole.end <= range.end) {
                rest.extend(start, hole.start);
                start = start.max(hole.end);
            }
            // A hole that reaches over the end may also lie in the next range.
            let end = holes.peek().map_or(range.end, |hole| hole.start.min(range.end));
            rest.extend(start, end);
        }
        rest
    }

    /// The times in either set. One pass over both.
    pub fn union(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        let mut all = Self::new();
        loop {
            let first = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) if x.start <= y.start => a.next(),
                (_, Some(_)) => b.next(),
                _ => a.next(),
            };
            let Some(range) = first else { return all };
            all.extend(range.start, range.end);
        }
    }

    /// Adds `[start, end)`, which begins no earlier than the last interval. Nothing when
    /// `end <= start`.
    fn extend(&mut self, start: MediaTime, end: MediaTime) {
        if end <= start {
            return;
        }
        match self.ranges.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => self.ranges.push(TimeRange { start, end }),
        }
    }

    /// The same set with every gap smaller than `gap` closed (TB-6).
    pub fn coalesce(&self, gap: MediaTime) -> Self {
        let mut ranges: Vec<TimeRange> = Vec::with_capacity(self.ranges.len());
        for &range in &self.ranges {
            match ranges.last_mut() {
                Some(last) if range.start - last.end < gap => last.end = range.end,
                _ => ranges.push(range),
            }
        }
        Self { ranges }
    }

    /// Moves the end of the last interval to `end` if that is later (the ended rule, SB-9 and
    /// EL-3). Nothing on an empty set.
    pub fn extend_last(&mut self, end: MediaTime) {
        if let Some(last) = self.ranges.last_mut() {
            last.end = last.end.max(end);
        }
    }
}

/// Number of the intervals in front that are `true`, behind which all are `false`. Searched from
/// the front: what an edit touches is few of thousands.
fn leading(ranges: &[TimeRange], is_true: impl Fn(&TimeRange) -> bool) -> usize {
    let (mut from, mut step) = (0, 1);
    while ranges.get(from + step - 1).is_some_and(&is_true) {
        from += step;
        step *= 2;
    }
    let to = ranges.len().min(from + step - 1);
    from + ranges[from..to].partition_point(is_true)
}

impl<'a> IntoIterator for &'a TimeRanges {
    type Item = &'a TimeRange;
    type IntoIter = std::slice::Iter<'a, TimeRange>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(MediaTime, MediaTime)> for TimeRanges {
    fn from_iter<I: IntoIterator<Item = (MediaTime, MediaTime)>>(intervals: I) -> Self {
        let mut ranges = Self::new();
        for (start, end) in intervals {
            ranges.insert(start, end);
        }
        ranges
    }
}

impl fmt::Display for TimeRanges {
    /// `{ [0,1.5) [2,3) }`, in seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{ ")?;
        for range in self {
            write!(f, "[{},{}) ", range.start, range.end)?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for TimeRanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: i64) -> MediaTime {
        MediaTime::from_flicks(seconds * MediaTime::TICKS_PER_SECOND)
    }

    fn set(intervals: &[(i64, i64)]) -> TimeRanges {
        intervals.iter().map(|&(start, end)| (s(start), s(end))).collect()
    }

    #[test]
    fn insert_merges_what_overlaps_or_touches() {
        let rows = [
            (&[(0, 1), (2, 3)][..], "{ [0,1) [2,3) }"),
            (&[(0, 1), (1, 3)], "{ [0,3) }"),
            (&[(4, 5), (0, 1), (2, 3)], "{ [0,1) [2,3) [4,5) }"),
            (&[(0, 1), (2, 3), (4, 5), (1, 4)], "{ [0,5) }"),
            (&[(0, 9), (2, 3)], "{ [0,9) }"),
            (&[(2, 3), (0, 9)], "{ [0,9) }"),
            (&[(3, 3), (5, 4)], "{ }"),
        ];
        for (intervals, expected) in rows {
            assert_eq!(set(intervals).to_string(), expected);
        }
    }

    #[test]
    fn remove_cuts_and_splits() {
        let rows = [
            (0, 1, "{ [1,4) [6,9) }"),
            (1, 2, "{ [0,1) [2,4) [6,9) }"),
            (3, 7, "{ [0,3) [7,9) }"),
            (0, 9, "{ }"),
        ];
        for (start, end, expected) in rows {
            let mut ranges = set(&[(0, 4), (6, 9)]);
            ranges.remove(s(start), s(end));
            assert_eq!(ranges.to_string(), expected);
        }
        let mut ranges = set(&[(0, 4), (6, 9)]);
        ranges.remove(s(4), s(6));
        assert_eq!(ranges.to_string(), "{ [0,4) [6,9) }");
    }

    #[test]
    fn sets_intersect_differ_and_unite() {
        let (a, b) = (set(&[(0, 4), (6, 8)]), set(&[(1, 2), (3, 7)]));
        assert_eq!(a.intersection(&b).to_string(), "{ [1,2) [3,4) [6,7) }");
        assert_eq!(a.difference(&b).to_string(), "{ [0,1) [2,3) [7,8) }");
        assert_eq!(a.union(&b).to_string(), "{ [0,8) }");
        assert_eq!(a.intersection(&TimeRanges::new()).to_string(), "{ }");
    }

    #[test]
    fn coalesce_closes_gaps_smaller_than_the_tolerance_only() {
        assert_eq!(set(&[(0, 1), (2, 3), (5, 6)]).coalesce(s(2)).to_string(), "{ [0,3) [5,6) }");
    }

    #[test]
    fn membership_is_half_open() {
        let ranges = set(&[(0, 1), (2, 3)]);
        assert!(ranges.contains(s(0)) && ranges.contains(s(2)));
        assert!(!ranges.contains(s(1)) && !ranges.contains(s(3)));
    }

    /// Numbers below a bound, the same in every run.
    fn random() -> impl FnMut(u64) -> u64 {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        move |bound| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % bound
        }
    }

    #[test]
    fn random_operations_equal_a_set_of_points() {
        let mut next = random();
        let mut ranges = TimeRanges::new();
        let mut points = [false; 64];
        for _ in 0..20_000 {
            let (start, length, add) = (next(60) as usize, next(12) as usize, next(2) == 0);
            let end = (start + length).min(64);
            points[start..end].fill(add);
            let (from, to) = (s(start as i64), s(end as i64));
            if add {
                ranges.insert(from, to);
            } else {
                ranges.remove(from, to);
            }
            for (at, &inside) in points.iter().enumerate() {
                assert_eq!(ranges.contains(s(at as i64)), inside);
            }
            assert!(ranges.ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
        }
    }

    /// A set of random intervals within so many seconds, and whether each second is in it.
    fn random_set(next: &mut impl FnMut(u64) -> u64, seconds: u64) -> (TimeRanges, Vec<bool>) {
        let mut points = vec![false; seconds as usize];
        for _ in 0..next(8) {
            let start = next(seconds) as usize;
            let end = (start + next(6) as usize).min(points.len());
            points[start..end].fill(true);
        }
        let at = |index: usize| s(index as i64);
        let inside = points.iter().enumerate().filter(|(_, inside)| **inside);
        (inside.map(|(index, _)| (at(index), at(index + 1))).collect(), points)
    }

    #[test]
    fn sets_of_random_intervals_differ_unite_intersect_and_are_repaired_as_points_do() {
        let mut next = random();
        for round in 0..20_000 {
            let ((a, in_a), (b, in_b)) = (random_set(&mut next, 24), random_set(&mut next, 24));
            let check = |what: &str, found: &TimeRanges, expected: &dyn Fn(bool, bool) -> bool| {
                for (at, (&a, &b)) in in_a.iter().zip(&in_b).enumerate() {
                    assert_eq!(found.contains(s(at as i64)), expected(a, b), "{what} at {at}, round {round}");
                }
                assert!(found.ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "{what} {found}");
                assert!(found.iter().all(|range| range.start < range.end), "{what} {found}");
            };
            check("difference", &a.difference(&b), &|a, b| a && !b);
            check("union", &a.union(&b), &|a, b| a || b);
            check("intersection", &a.intersection(&b), &|a, b| a && b);
            let (from, to) = (next(12) as i64, 12 + next(12) as i64);
            let inner = b.within(s(from), s(to));
            assert_eq!(inner, b.intersection(&TimeRanges::from_range(s(from), s(to))));
            let mut repaired = a.clone();
            repaired.replace_within(s(from), s(to), &inner);
            let outside = a.difference(&TimeRanges::from_range(s(from), s(to)));
            assert_eq!(repaired, outside.union(&inner), "{a} with {inner} in [{from}, {to}), round {round}");
        }
    }
}
