//! One track buffer of the naive timeline.

use mse_core::{CodedFrame, MediaTime, TimeRange, TimeRanges, Track, TrackDescription, TrackId, TrackKind};

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
    /// Its presentation timestamp.
    pub fn pts(&self) -> MediaTime {
        self.frame.presentation_timestamp
    }
}

/// A random access point and the frames appended after it, without those removed since: never empty, only ever loses its tail.
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
    /// Its kind.
    pub kind: TrackKind,
    /// The track id that selects it now (ISR-5).
    pub id: TrackId,
    /// Its track id in the first initialization segment.
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
        }
    }

    /// The stored frames in decode order.
    pub fn frames(&self) -> impl Iterator<Item = &ModelFrame> {
        self.gops.iter().flat_map(|gop| &gop.frames)
    }

    /// Track buffer ranges (TB-6): presentation intervals in order, joined where they overlap, touch or leave a small gap.
    pub fn ranges(&self) -> TimeRanges {
        let mut intervals: Vec<(MediaTime, MediaTime)> =
            self.frames().map(|stored| (stored.pts(), stored.frame.end_timestamp())).collect();
        intervals.retain(|(start, end)| start < end);
        intervals.sort();
        let tolerance = self.longest_duration + self.longest_duration;
        let mut joined: Vec<(MediaTime, MediaTime)> = Vec::new();
        for (start, end) in intervals {
            match joined.last_mut() {
                Some(last) if start - last.1 < tolerance => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        joined.into_iter().collect()
    }

    /// Where a reader starts for `time`: the last random access point at or before it in the range that contains it, or the first one
    /// in that range. A time up to a second before the first range stands for its start (DEF-8).
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

    /// What a reader that was placed at `time` gets: whole groups of pictures in decode order, as long as no gap lies between the end of
    /// what was read and the first timestamp of the next group.
    pub fn reads(&self, time: MediaTime) -> Vec<&ModelFrame> {
        let Some(start) = self.seek(time) else { return Vec::new() };
        // Of several groups at one timestamp the last, unless the first one after `time` was looked for.
        let mut at_start = (0..self.gops.len()).filter(|&index| self.gops[index].start == start);
        let first = if start <= self.start_of_range(time) { at_start.next_back() } else { at_start.next() };
        let (ranges, tolerance) = (self.ranges(), self.longest_duration + self.longest_duration);
        let mut frames: Vec<&ModelFrame> = Vec::new();
        let mut read = MediaTime::MIN;
        for gop in &self.gops[first.unwrap_or(0)..] {
            let next = gop.frames.iter().map(ModelFrame::pts).min().unwrap_or(gop.start);
            let reaches = |start: MediaTime| start <= read || start - read < tolerance;
            let in_range = || ranges.find(next).is_some_and(|range| reaches(range.start));
            if !frames.is_empty() && !reaches(next) && !in_range() {
                break;
            }
            read = read.max(gop.end());
            frames.extend(&gop.frames);
        }
        frames
    }

    /// `time`, or where the range begins that stands for it.
    fn start_of_range(&self, time: MediaTime) -> MediaTime {
        let ranges = self.ranges();
        let start = ranges.find(time).or_else(|| ranges.get(0)).map_or(time, |range| range.start);
        time.max(start)
    }

    /// Steps 1.13 of coded frame processing at the start of a coded frame group: makes room around `pts` (CFP-20 to CFP-23).
    pub(super) fn splice(&mut self, pts: MediaTime, fend: MediaTime, group: u64) {
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
                // TSF-1
                let covered =
                    |stored: &ModelFrame| stored.group != group && pts < stored.pts() && stored.pts() < fend;
                self.remove_with_dependents(covered);
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

    /// Removes the frames that `condition` holds for, and the frames after them in their groups of pictures (CFP-26, CFR-7).
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

    /// Adds a frame (CFP-27). A random access point opens a group of pictures, any other frame joins the one opened last.
    pub(super) fn add(&mut self, frame: CodedFrame, group: u64, arrival: u64) {
        self.longest_duration = self.longest_duration.max(frame.duration);
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
