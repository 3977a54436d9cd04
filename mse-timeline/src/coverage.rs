//! Coded frame groups as what is covered:
//! [`Coverage::CodedFrameGroups`](crate::Coverage::CodedFrameGroups).
//!
//! A coded frame group begins for all tracks where its first frame does, whichever track that
//! belongs to, and covers everything up to its highest end. So a stretch without frames may show as
//! buffered: before the first frame of a track, between the pictures of a group that is only half
//! there, and behind new frames up to the next group of pictures that they left. Such stretches end
//! at random access points, and show as long as these are there.

use crate::attributes::{Attributes, BackwardsKeyFrames, Coverage, GapPolicy};
use crate::covered::Covered;
use crate::frame_store::FrameStore;
use crate::position::Tally;
use crate::receipt::RangeChange;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use mse_core::{AppendMode, MediaTime};

impl TrackBuffers {
    /// A frame is about to be stored: says whether it begins a coded frame group, and where that
    /// covers from.
    pub(crate) fn signal_group(
        &mut self,
        index: usize,
        is_random_access_point: bool,
        (pts, dts, duration): (MediaTime, MediaTime, MediaTime),
        attributes: &Attributes,
    ) {
        let Self { config, tracks, group_signal, .. } = self;
        let mut goes_back = false;
        if config.backwards_key_frames == BackwardsKeyFrames::NewGroup
            && is_random_access_point
            && let Some(track) = tracks.get_mut(index)
        {
            goes_back = track.begin_group_where_time_goes_back(pts, pts + duration);
        }
        if config.coverage == Coverage::Frames {
            return;
        }
        if (group_signal.mode, attributes.mode) == (AppendMode::Sequence, AppendMode::Segments) {
            group_signal.begin();
        }
        group_signal.mode = attributes.mode;
        if !std::mem::replace(&mut group_signal.goes_on, true) {
            for track in tracks {
                track.covered.group_start = Some(pts);
                track.covered.last_decode_timestamp = Some(dts);
                track.cover_from_frame_before(pts);
            }
            return;
        }
        let Some(track) = tracks.get_mut(index) else { return };
        let highest_end = track.highest_end_timestamp;
        let covered = &mut track.covered;
        let is_earlier = covered.last_decode_timestamp.is_some_and(|last| dts < last)
            || covered.group_start.is_some_and(|start| pts < start);
        let is_jump = is_random_access_point && highest_end.is_some_and(|end| end + duration < pts);
        if goes_back || is_earlier || is_jump {
            let before = highest_end.filter(|end| *end < pts);
            let start = covered.group_start.or(before).unwrap_or(pts).min(pts);
            (covered.group_start, covered.last_decode_timestamp) = (Some(start), Some(dts));
            track.cover_from_frame_before(start);
            return;
        }
        covered.last_decode_timestamp = Some(dts);
    }
}

impl TrackBuffer {
    /// A random access point that begins before the end of its coded frame group begins another
    /// one: says whether it does.
    fn begin_group_where_time_goes_back(&mut self, pts: MediaTime, end: MediaTime) -> bool {
        let goes_back = |highest: MediaTime| pts < highest && !self.is_near(highest, pts, end);
        let begins = self.highest_end_timestamp.is_some_and(goes_back);
        if begins {
            self.highest_end_timestamp = None;
            self.tail = None;
            self.is_end_estimated = false;
            self.store.begin_group();
        }
        begins
    }

    /// A group that begins within a range, or so little behind it that no gap shows, leaves none
    /// before it, unless it begins where a random access point of the range does.
    fn cover_from_frame_before(&mut self, start: MediaTime) {
        self.covered.frame_before = None;
        self.store.settle();
        let Some(position) = self.store.random_access_point_before(start) else { return };
        let block = self.store.block(position.slot);
        let last = if block.all_rap {
            block.pts(position.row)
        } else {
            let shown = (0..block.len()).map(|row| block.pts(row)).take_while(|&pts| pts <= start);
            shown.max().unwrap_or(start)
        };
        let reaches = self.ranges.get().find(start).is_some_and(|range| range.start <= last)
            || start <= last + self.store.longest.doubled();
        if last < start && reaches {
            self.covered.frame_before = Some(last + MediaTime::MICROSECOND);
        }
    }

    /// Time from which a stored frame replaces older ones, if it is the first of its coded frame
    /// group.
    pub(crate) fn replaces_from(&self, pts: MediaTime) -> MediaTime {
        let Covered { group_start, frame_before, .. } = self.covered;
        frame_before.or(group_start).map_or(pts, |start| start.min(pts))
    }

    /// Time from which a stored frame covers; `None` when it covers nothing. The frame `follows`
    /// unless the frames before it in its group have gone.
    pub(crate) fn covers_from(
        &mut self,
        pts: MediaTime,
        end: MediaTime,
        is_random_access_point: bool,
        follows: bool,
    ) -> Option<MediaTime> {
        if self.coverage == Coverage::Frames {
            return Some(pts);
        }
        let highest_end = self.highest_end_timestamp;
        let covered = &mut self.covered;
        // Where the frames end that are left of what the group goes on from.
        let frame_before = covered.frame_before.take().map(|before| match self.store.end_before(before) {
            Some(end) => before.min(end),
            None => before,
        });
        let start = match covered.group_start.take() {
            Some(group_start) => frame_before.unwrap_or(group_start).min(pts),
            None => highest_end.filter(|_| follows).map_or(pts, |highest| highest.min(pts)),
        };
        if is_random_access_point {
            covered.random_access_point = Some(pts);
            if start < pts {
                let before = covered.before.entry(pts).or_insert(start);
                *before = start.min(*before);
            }
            return Some(start);
        }
        // What is shown before the random access point that a range begins with does not show.
        let start = start.max(covered.random_access_point.unwrap_or(start));
        (start < end).then_some(start)
    }

    /// New frames replaced older ones up to `to`: what is left behind in the same range covers from
    /// there.
    pub(crate) fn cover_behind(&mut self, to: MediaTime, tally: &mut Tally) {
        if self.coverage == Coverage::Frames {
            return;
        }
        let Some(point) = self.store.next_random_access_point(to).filter(|point| to < *point) else { return };
        let range = self.ranges.get().find(to);
        if range.is_some_and(|range| point < range.end) {
            let before = self.covered.before.insert(point, to);
            if let Some(start) = before {
                // What showed before the new frames belonged to what is behind them.
                tally.widen(start, to);
            }
        }
    }

    /// Forgets stretches within `[from, to]` whose random access points have gone; the hull of all
    /// that is not covered any more.
    pub(crate) fn uncover(
        &mut self,
        (from, to): (MediaTime, MediaTime),
        removed_to: Option<MediaTime>,
    ) -> (MediaTime, MediaTime) {
        let mut start = from;
        self.store.settle();
        // What is left of the group of pictures may end before what went of it began.
        start = self.store.end_before(from).map_or(start, |end| start.min(end));
        let points: Vec<MediaTime> = self.covered.before.range(from..=to).map(|(&point, _)| point).collect();
        for point in points {
            if self.store.next_random_access_point(point) != Some(point)
                && let Some(covered_from) = self.covered.before.remove(&point)
            {
                start = start.min(covered_from);
            }
        }
        // What a removal leaves begins with its random access point.
        let after = removed_to.and_then(|end| self.store.next_random_access_point(end));
        let mut end = to;
        if let Some(point) = after
            && let Some(&covered_from) = self.covered.before.get(&point)
            && covered_from < to
        {
            self.covered.before.remove(&point);
            (start, end) = (start.min(covered_from), end.max(point));
        }
        (start, end)
    }

    /// Covered intervals that touch `[from, to]`, by start.
    pub(crate) fn covered_intervals(&self, from: MediaTime, to: MediaTime) -> Vec<(MediaTime, MediaTime)> {
        match self.coverage {
            Coverage::Frames => self.store.intervals(from, to),
            Coverage::CodedFrameGroups => {
                let mut intervals = self.store.group_intervals(from, to);
                intervals.extend(self.covered.touching(from, to));
                intervals.sort_unstable();
                intervals
            }
        }
    }

    /// Closes gaps that go by frame starts, but for those that removals made, of what went in
    /// `removed` among others.
    pub(crate) fn join_by_starts(
        &self,
        intervals: &mut [(MediaTime, MediaTime)],
        removed: Option<(MediaTime, MediaTime)>,
    ) {
        let room = self.room();
        let is_removed = |end, next| removed.is_some_and(|(from, to)| end < to && from < next);
        for index in 1..intervals.len() {
            let (next, end) = (intervals[index].0, intervals[index - 1].1);
            let is_gap = end < next && next - end < room;
            if !is_gap || is_removed(end, next) || self.ranges.is_made_gap(end, next) {
                continue;
            }
            if self.store.last_start_before(end).is_some_and(|last| next <= last + room) {
                intervals[index - 1].1 = next;
            }
        }
    }
}

impl FrameStore {
    /// The stretches from random access points to the highest ends of what follows them that touch
    /// `[from, to]`.
    fn group_intervals(&self, from: MediaTime, to: MediaTime) -> Vec<(MediaTime, MediaTime)> {
        let mut intervals = Vec::new();
        for slot in self.candidates(from, to) {
            let block = self.block(slot);
            if block.all_rap {
                block.visit_intervals(from, to, |_, start, end| intervals.push((start, end)));
            } else {
                intervals.push((block.pts(0), block.end));
            }
        }
        intervals.retain(|(start, end)| start < end);
        intervals
    }
}

impl TrackBuffer {
    /// Longest time from the start of a frame to that of another which shows as going on from it,
    /// if gaps go by frame starts.
    pub(crate) fn room(&self) -> MediaTime {
        match self.gap_policy {
            GapPolicy::FrameStarts => self.store.longest.doubled() + MediaTime::MICROSECOND,
            GapPolicy::OneFrame | GapPolicy::Frames | GapPolicy::Fixed(_) => MediaTime::ZERO,
        }
    }

    /// Closes the gaps that removals made, if gaps go by frame starts: they show until the next
    /// append.
    pub(crate) fn close_made_gaps(&mut self, change: &mut RangeChange) {
        if self.gap_policy != GapPolicy::FrameStarts {
            return;
        }
        let room = self.room();
        for gap in &self.ranges.take_made_gaps() {
            let last = self.store.last_start_before(gap.start).filter(|_| gap.end - gap.start < room);
            if last.is_some_and(|last| gap.end <= last + room) {
                self.ranges.add(gap.start, gap.end, change);
            }
        }
    }

    /// Start and end of the range that coverage by frames from `start` to `end` belongs to, if gaps
    /// go by frame starts: coverage goes on to frames that begin soon enough.
    pub(crate) fn joined_by_starts(
        &self,
        (start, end): (MediaTime, MediaTime),
        last_start: MediaTime,
    ) -> (MediaTime, MediaTime) {
        if self.gap_policy != GapPolicy::FrameStarts {
            return (start, end);
        }
        let room = self.room();
        let ranges = self.ranges.get().iter().as_slice();
        let next = ranges.partition_point(|range| range.end < start);
        let before = next.checked_sub(1).and_then(|index| ranges.get(index));
        let joins = |end: MediaTime| {
            let last = self.store.last_start_before(end);
            start - end < room
                && !self.ranges.is_made_gap(end, start)
                && last.is_some_and(|last| start <= last + room)
        };
        let from = before.map(|before| before.end).filter(|&end| joins(end)).unwrap_or(start);
        let behind = ranges.partition_point(|range| range.start <= end);
        let follows = ranges
            .get(behind)
            .map(|range| range.start)
            .filter(|&next| next <= last_start + room && !self.ranges.is_made_gap(end, next));
        let ends_here = ranges.get(behind.wrapping_sub(1)).is_none_or(|range| range.end <= end);
        (from, follows.filter(|_| ends_here).unwrap_or(end))
    }
}

impl FrameStore {
    /// The end of the last group of pictures, or frame that stands alone, that begins at `time` or
    /// before. All fronts are settled.
    fn end_before(&self, time: MediaTime) -> Option<MediaTime> {
        let position = self.random_access_point_before(time)?;
        let block = self.block(position.slot);
        Some(if block.all_rap { block.end_of(position.row) } else { block.end })
    }

    /// Start of the last frame that ends at `end`, or covers up to there.
    fn last_start_before(&self, end: MediaTime) -> Option<MediaTime> {
        let position = self.last_containing(end - MediaTime::from_flicks(1))?;
        Some(self.block(position.slot).pts(position.row))
    }
}
