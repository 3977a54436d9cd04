//! One track buffer of the naive timeline.

use mse_core::{CodedFrame, MediaTime, TimeRange, TimeRanges, Track, TrackDescription, TrackId, TrackKind};
use std::num::NonZeroU32;

/// A stored frame.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelFrame {
    /// The frame with its final timestamps.
    pub frame: CodedFrame,
    /// The description in force when it was appended (TB-9).
    pub description: TrackDescription,
    /// The coded frame group it was appended in.
    pub group: u64,
    /// Order of arrival among all frames of the SourceBuffer.
    pub arrival: u64,
}

impl ModelFrame {
    /// Presentation timestamp of the frame.
    pub fn pts(&self) -> MediaTime {
        self.frame.presentation_timestamp
    }
}

/// A random access point and the frames appended after it, without those removed since: never
/// empty, only ever loses its tail.
#[derive(Clone, PartialEq, Debug)]
pub struct Gop {
    /// Presentation timestamp of the random access point.
    pub start: MediaTime,
    /// Order of arrival of the random access point.
    pub arrival: u64,
    /// In decode order.
    pub frames: Vec<ModelFrame>,
}

impl Gop {
    /// The largest end timestamp.
    pub fn end(&self) -> MediaTime {
        self.frames.iter().map(|stored| stored.frame.end_timestamp()).max().unwrap_or(self.start)
    }
}

/// One track buffer (TB). Fields are the standard's variables, open to the tests.
#[derive(Clone, Debug)]
pub struct ModelTrack {
    /// Kind of media.
    pub kind: TrackKind,
    /// The track id that selects it now (ISR-5).
    pub id: TrackId,
    /// Track id in the first initialization segment.
    pub first_id: TrackId,
    /// The descriptions in force.
    pub descriptions: Vec<TrackDescription>,
    /// Last decode timestamp (TB-2).
    pub last_decode_timestamp: Option<MediaTime>,
    /// Last frame duration (TB-3).
    pub last_frame_duration: Option<MediaTime>,
    /// Highest end timestamp (TB-4).
    pub highest_end_timestamp: Option<MediaTime>,
    /// Need random access point flag (TB-5).
    pub need_random_access_point: bool,
    /// The longest duration ever added (TB-6).
    pub longest_duration: MediaTime,
    /// Groups of pictures in decode order.
    pub gops: Vec<Gop>,
    /// `arrival` of the group of pictures that a frame appended now belongs to.
    current: Option<u64>,
    timescale: NonZeroU32,
    /// Counts how often its last decode timestamp was unset: the current coded frame group.
    pub(super) group: u64,
    /// The frame that was shortened for older ones: its arrival, how long it was, and where the
    /// older ones begin.
    pub(super) tail: Option<(u64, MediaTime, MediaTime)>,
    /// The end of the coded frame group is that of a frame whose duration is an estimate.
    pub(super) is_end_estimated: bool,
    /// Gaps that removals made.
    pub(super) made_gaps: TimeRanges,
}

impl ModelTrack {
    pub(super) fn new(track: &Track) -> Self {
        Self {
            kind: track.kind,
            id: track.id,
            first_id: track.id,
            descriptions: track.descriptions.clone(),
            last_decode_timestamp: None,
            last_frame_duration: None,
            highest_end_timestamp: None,
            need_random_access_point: true,
            longest_duration: MediaTime::ZERO,
            gops: Vec::new(),
            current: None,
            timescale: track.timescale,
            group: 0,
            tail: None,
            is_end_estimated: false,
            made_gaps: TimeRanges::new(),
        }
    }

    /// Unsets last decode timestamp, last frame duration and highest end timestamp; a random access
    /// point is needed.
    pub(super) fn unset(&mut self) {
        self.group += 1;
        self.last_decode_timestamp = None;
        self.last_frame_duration = None;
        self.highest_end_timestamp = None;
        self.need_random_access_point = true;
        (self.tail, self.is_end_estimated) = (None, false);
    }

    /// The stored frames in decode order.
    pub fn frames(&self) -> impl Iterator<Item = &ModelFrame> {
        self.gops.iter().flat_map(|gop| &gop.frames)
    }

    /// Track buffer ranges (TB-6): presentation intervals in order, joined where they overlap,
    /// touch or leave a small gap that no removal made.
    pub fn ranges(&self) -> TimeRanges {
        let mut joined: Vec<(MediaTime, MediaTime)> = Vec::new();
        for range in &self.covered() {
            match joined.last_mut() {
                Some(last) if self.goes_on(last.1, range.start) => last.1 = range.end,
                _ => joined.push((range.start, range.end)),
            }
        }
        joined.into_iter().collect()
    }

    /// The union of the presentation intervals.
    fn covered(&self) -> TimeRanges {
        self.frames().map(|stored| (stored.pts(), stored.frame.end_timestamp())).collect()
    }

    /// Whether what ends at `end` goes on at `start`.
    fn goes_on(&self, end: MediaTime, start: MediaTime) -> bool {
        let tolerance = self.longest_duration + self.longest_duration;
        let gap = TimeRanges::from_range(end, start);
        start <= end || (start - end < tolerance && self.made_gaps.intersection(&gap).is_empty())
    }

    /// Frames were removed: the gaps around them that lie between others are gaps that a removal
    /// made.
    pub(super) fn note_removed(&mut self, removed: &[ModelFrame]) {
        let intervals = removed.iter().map(|stored| (stored.pts(), stored.frame.end_timestamp()));
        let intervals: Vec<_> = intervals.filter(|(start, end)| start < end).collect();
        let from = intervals.iter().map(|interval| interval.0).min();
        let to = intervals.iter().map(|interval| interval.1).max();
        let (Some(from), Some(to)) = (from, to) else { return };
        let covered = self.covered();
        let (Some(first), Some(last)) = (covered.start(), covered.end()) else {
            self.made_gaps = TimeRanges::new();
            return;
        };
        for gap in &TimeRanges::from_range(first, last).difference(&covered) {
            if gap.start < to && from < gap.end {
                self.made_gaps.insert(gap.start, gap.end);
            }
        }
        self.made_gaps = self.made_gaps.intersection(&TimeRanges::from_range(first, last));
    }

    /// Distance that a frame may reach into older ones without replacing them (CFP-24).
    pub(super) fn tolerance(&self, least: MediaTime) -> MediaTime {
        let tick = MediaTime::from_flicks(MediaTime::TICKS_PER_SECOND / i64::from(self.timescale.get()));
        if least > MediaTime::ZERO { least.max(tick) } else { MediaTime::ZERO }
    }

    /// From where a frame replaces older ones, if it does.
    pub(super) fn replaces_from(
        &self,
        pts: MediaTime,
        end: MediaTime,
        tolerance: MediaTime,
    ) -> Option<MediaTime> {
        let Some(highest) = self.highest_end_timestamp else { return Some(pts) };
        let is_near = highest - pts < tolerance && tolerance <= end - pts || self.is_end_estimated;
        let goes_on = highest <= pts || (highest < end && is_near);
        goes_on.then_some(self.tail.map_or(highest, |tail| tail.2))
    }

    /// The first timestamp of an older random access point, or of a frame shown before that of its
    /// group.
    pub(super) fn first_point(&self, group: u64, within: impl Fn(MediaTime) -> bool) -> Option<MediaTime> {
        let of_gop = |gop: &'_ Gop| -> Vec<MediaTime> {
            let older = gop.frames.iter().filter(|stored| stored.group != group);
            older.map(ModelFrame::pts).filter(|&pts| pts <= gop.start && within(pts)).collect()
        };
        self.gops.iter().flat_map(of_gop).min()
    }

    /// The shortened frame is as long as it was.
    pub(super) fn restore_tail(&mut self) {
        let Some((arrival, duration, _)) = self.tail.take() else { return };
        let frames = self.gops.iter_mut().flat_map(|gop| &mut gop.frames);
        for stored in frames.filter(|stored| stored.arrival == arrival) {
            stored.frame.duration = duration;
        }
        let restored = self.frames().find(|stored| stored.arrival == arrival);
        if let Some((start, end)) = restored.map(|stored| (stored.pts(), stored.frame.end_timestamp())) {
            self.fill(start, end);
        }
    }

    /// A frame comes to lie in gaps that removals made.
    fn fill(&mut self, start: MediaTime, end: MediaTime) {
        let gaps: Vec<TimeRange> = self.made_gaps.iter().copied().collect();
        for gap in gaps.iter().filter(|gap| start < end && gap.start < end && start < gap.end) {
            self.made_gaps.remove(gap.start, gap.end);
        }
    }

    /// Removes the frames in `[from, to)` that `condition` holds for, and what depends on them.
    pub(super) fn cut(
        &mut self,
        from: MediaTime,
        to: MediaTime,
        whole_groups: bool,
        condition: impl Fn(&ModelFrame) -> bool,
    ) -> Vec<ModelFrame> {
        let goes = |stored: &ModelFrame| from <= stored.pts() && stored.pts() < to && condition(stored);
        let mut removed = Vec::new();
        for gop in &mut self.gops {
            let Some(first) = gop.frames.iter().position(goes) else { continue };
            let behind: Vec<ModelFrame> = gop.frames.drain(first..).collect();
            let is_spared = |stored: &ModelFrame| !whole_groups && to <= gop.start && to <= stored.pts();
            let (spared, gone): (Vec<_>, Vec<_>) = behind.into_iter().partition(is_spared);
            gop.frames.extend(spared);
            removed.extend(gone);
        }
        self.gops.retain(|gop| !gop.frames.is_empty());
        removed
    }

    /// Start of a reader that is placed at `time`: the last random access point at or before it in
    /// the range that contains it, or the first one in that range. A time up to a second before the
    /// first range stands for its start (DEF-8).
    pub fn seek(&self, time: MediaTime) -> Option<MediaTime> {
        let ranges = self.ranges();
        let soon = |first: &TimeRange| time < first.start && first.start - time <= MediaTime::SECOND;
        let range = ranges.find(time).or_else(|| ranges.get(0).filter(soon))?;
        let time = time.max(range.start);
        let before = self.gops.iter().filter(|gop| gop.start <= time).max_by_key(|gop| gop.start);
        if let Some(before) = before.filter(|gop| range.start <= gop.start || time < gop.end()) {
            return Some(before.start);
        }
        self.gops.iter().map(|gop| gop.start).filter(|&start| time <= start && start < range.end).min()
    }

    /// Frames for a reader that was placed at `time`: whole groups of pictures in decode order, as
    /// long as no gap lies between the end of what was read and the first timestamp of the next
    /// group.
    pub fn reads(&self, time: MediaTime) -> Vec<&ModelFrame> {
        let Some(start) = self.seek(time) else { return Vec::new() };
        // Of several groups at one timestamp the first.
        let first = (0..self.gops.len()).find(|&index| self.gops[index].start == start);
        let ranges = self.ranges();
        let mut frames: Vec<&ModelFrame> = Vec::new();
        let mut read = MediaTime::MIN;
        for gop in &self.gops[first.unwrap_or(0)..] {
            let next = gop.frames.iter().map(ModelFrame::pts).min().unwrap_or(gop.start);
            let reaches = |start: MediaTime| self.goes_on(read, start);
            let in_range = || ranges.find(next).is_some_and(|range| reaches(range.start));
            if !frames.is_empty() && !reaches(next) && !in_range() {
                break;
            }
            read = read.max(gop.end());
            frames.extend(&gop.frames);
        }
        frames
    }

    /// Steps 1.13 of coded frame processing at the start of a coded frame group: makes room around
    /// `pts` (CFP-20 to CFP-23).
    pub(super) fn splice(&mut self, pts: MediaTime) {
        let around = |stored: &ModelFrame| stored.pts() <= pts && pts < stored.frame.end_timestamp();
        let candidates = self.frames().filter(|stored| around(stored));
        let overlapped = match self.kind {
            // TSF-1: the first.
            TrackKind::Text => candidates.min_by_key(|stored| stored.pts()),
            // CFP-20 does not say which: the last.
            TrackKind::Audio | TrackKind::Video => candidates.max_by_key(|stored| stored.pts()),
        };
        let Some(overlapped) = overlapped.cloned() else {
            return;
        };
        let is_overlapped = |stored: &ModelFrame| stored.arrival == overlapped.arrival;
        match self.kind {
            TrackKind::Video => {
                // CFP-22
                if pts < overlapped.pts() + MediaTime::MICROSECOND {
                    self.remove_with_dependents(is_overlapped);
                }
            }
            TrackKind::Audio => {
                // ASF-2, ASF-3
                let rounded =
                    overlapped.description.sample_rate().map_or(pts, |rate| pts.round_to_rate(rate));
                self.trim(&overlapped, rounded);
            }
            TrackKind::Text => {
                // TSF-1; CFP-24 removes the cues that begin later within the new one.
                self.trim(&overlapped, pts);
            }
        }
    }

    /// Ends a stored frame at `end`; without a rest it is removed.
    fn trim(&mut self, target: &ModelFrame, end: MediaTime) {
        // Rounding may put the splice behind the end of the frame, which is not made longer.
        let duration = (end - target.pts()).min(target.frame.duration);
        if duration <= MediaTime::ZERO {
            self.remove_with_dependents(|stored| stored.arrival == target.arrival);
            return;
        }
        for stored in self.gops.iter_mut().flat_map(|gop| &mut gop.frames) {
            if stored.arrival == target.arrival {
                let trimmed = stored.frame.duration - duration;
                stored.frame.discard.end += trimmed;
                stored.frame.duration = duration;
            }
        }
    }

    /// Removes the frames that `condition` holds for, and the frames after them in their groups of
    /// pictures (CFP-26, CFR-7).
    pub(super) fn remove_with_dependents(
        &mut self,
        condition: impl Fn(&ModelFrame) -> bool,
    ) -> Vec<ModelFrame> {
        let mut removed = Vec::new();
        for gop in &mut self.gops {
            if let Some(first) = gop.frames.iter().position(&condition) {
                removed.extend(gop.frames.drain(first..));
            }
        }
        self.gops.retain(|gop| !gop.frames.is_empty());
        removed
    }

    /// Adds a frame (CFP-27). A random access point opens a group of pictures, any other frame
    /// joins the one opened last.
    pub(super) fn add(&mut self, frame: CodedFrame, group: u64, arrival: u64) {
        self.fill(frame.presentation_timestamp, frame.end_timestamp());
        let description = self.descriptions[usize::from(frame.description)].clone();
        let stored = ModelFrame { frame, description, group, arrival };
        if stored.frame.is_random_access_point {
            self.current = Some(arrival);
            self.gops.push(Gop { start: stored.pts(), arrival, frames: vec![stored] });
            self.gops.sort_by_key(|gop| (gop.start, gop.arrival));
            return;
        }
        let current = self.gops.iter_mut().find(|gop| Some(gop.arrival) == self.current);
        let gop = current.unwrap_or_else(|| panic!("a frame that depends on a removed random access point"));
        gop.frames.push(stored);
    }
}
