//! Rows of a block by time, and what some of them have together.

use super::{Block, Row};
use mse_core::MediaTime;
use std::ops::Range;

impl Block {
    /// Whether all of it is shown in `[from, to)`, as far as is known without a look at rows.
    fn lies_within(&self, from: MediaTime, to: MediaTime) -> bool {
        from <= self.start && self.end < to
    }

    /// Rows with a presentation timestamp in `[from, to)`: first, and one past the last, of those;
    /// meaningful as a whole range only where timestamps are sorted. `None` when there is none.
    pub(crate) fn rows_within(&self, from: MediaTime, to: MediaTime) -> Option<(usize, usize)> {
        if self.lies_within(from, to) {
            return Some((0, self.len()));
        }
        if self.sorted {
            let (first, last) = (self.row_at_or_after(from), self.row_at_or_after(to));
            return (first < last).then_some((first, last));
        }
        let within = |row: &Row| from <= row.pts() && row.pts() < to;
        let first = self.live().iter().position(within)?;
        let last = self.live().iter().rposition(within)?;
        Some((first, last + 1))
    }

    /// The first row with a presentation timestamp ≥ `time`, for sorted blocks.
    pub(crate) fn row_at_or_after(&self, time: MediaTime) -> usize {
        self.search(time, |row| row.pts() < time)
    }

    /// The first row with a presentation timestamp > `time`, for sorted blocks.
    pub(crate) fn row_after(&self, time: MediaTime) -> usize {
        self.search(time, |row| row.pts() <= time)
    }

    /// The first row that is not before `time`, for sorted blocks. Frames of a stream are of one
    /// length, or nearly: looks first where the row would be then, since each row further away is a
    /// line of memory that is not in a cache.
    fn search(&self, time: MediaTime, is_before: impl Fn(&Row) -> bool) -> usize {
        let rows = self.live();
        let each = (self.end - self.start).flicks() / rows.len().max(1) as i64;
        let guess = (time - self.start).flicks().checked_div(each).unwrap_or(0);
        let guess = guess.clamp(0, rows.len() as i64) as usize;
        let (mut first, mut last, mut step) = (guess, guess, 1);
        while first > 0 && !is_before(&rows[first - 1]) {
            (last, first) = (first - 1, first.saturating_sub(step));
            step *= 2;
        }
        while last < rows.len() && is_before(&rows[last]) {
            (first, last) = (last + 1, (last + step).min(rows.len()));
            step *= 2;
        }
        first + rows[first..last].partition_point(is_before)
    }

    /// The smallest presentation timestamp ≥ `time` among the rows before `limit`.
    pub(crate) fn next_pts(&self, time: MediaTime, limit: usize) -> Option<MediaTime> {
        let rows = &self.live()[..limit.min(self.len())];
        if self.sorted {
            return rows.get(rows.partition_point(|row| row.pts() < time)).map(Row::pts);
        }
        rows.iter().map(Row::pts).filter(|&pts| pts >= time).min()
    }

    /// The smallest timestamp ≥ `time` among the rows before `limit` of a random access point, or
    /// of a frame shown before that of the group.
    pub(crate) fn next_point(&self, time: MediaTime, limit: usize) -> Option<MediaTime> {
        if self.all_rap {
            return self.next_pts(time, limit);
        }
        let random_access_point = self.pts(0);
        let rows = self.live().get(..limit)?;
        let is_point = |pts: &MediaTime| time <= *pts && *pts <= random_access_point;
        if random_access_point < time { None } else { rows.iter().map(Row::pts).filter(is_point).min() }
    }

    /// Calls `visit` with row and presentation interval of every frame that may touch `(from, to)`.
    pub(crate) fn visit_intervals(
        &self,
        from: MediaTime,
        to: MediaTime,
        mut visit: impl FnMut(usize, MediaTime, MediaTime),
    ) {
        let (first, last) = if self.sorted {
            (self.row_at_or_after(from - self.longest), self.row_after(to))
        } else {
            (0, self.len())
        };
        for row in first..last {
            let (start, end) = (self.pts(row), self.end_of(row));
            if start <= to && from <= end {
                visit(row, start, end);
            }
        }
    }

    /// Bytes of some rows and of their priming.
    pub(crate) fn bytes_of(&self, rows: &Range<usize>) -> u64 {
        if *rows == (0..self.len()) {
            return self.bytes;
        }
        let frames = self.live().get(rows.clone()).unwrap_or_default();
        frames.iter().map(|row| u64::from(row.size)).sum::<u64>() + self.primed_bytes(rows)
    }

    /// Number of the given rows with a presentation timestamp in `[from, to)`.
    pub(crate) fn count_within(&self, rows: &Range<usize>, from: MediaTime, to: MediaTime) -> usize {
        let of_rows = self.live().get(rows.clone()).unwrap_or_default();
        match of_rows {
            _ if self.lies_within(from, to) => of_rows.len(),
            [first, .., last] if self.sorted && from <= first.pts() && last.pts() < to => of_rows.len(),
            _ => of_rows.iter().filter(|row| from <= row.pts() && row.pts() < to).count(),
        }
    }

    /// The smallest presentation and the largest end timestamp of some rows.
    pub(crate) fn hull_of(&self, rows: &Range<usize>) -> (MediaTime, MediaTime) {
        if *rows == (0..self.len()) { (self.start, self.end) } else { self.measure_rows(rows) }
    }

    pub(super) fn measure_rows(&self, rows: &Range<usize>) -> (MediaTime, MediaTime) {
        let start = if self.sorted {
            self.pts(rows.start)
        } else {
            rows.clone().map(|row| self.pts(row)).min().unwrap_or(MediaTime::INFINITY)
        };
        let mut end = MediaTime::MIN;
        for row in rows.clone().rev() {
            if self.sorted && self.pts(row) + self.longest <= end {
                break;
            }
            end = end.max(self.end_of(row));
        }
        (start, end)
    }

    /// The last of some rows with this decode timestamp.
    pub(crate) fn last_with_dts(&self, rows: &Range<usize>, dts: MediaTime) -> Option<usize> {
        if dts < self.decode.0 || self.decode.1 < dts {
            return None;
        }
        rows.clone().rev().find(|&row| self.dts(row) == dts)
    }
}
