//! [`Reorder`]: frames of a track whose blocks stand in decoding order while they have presentation times
//! alone (WEBM-16, WEBM-19; docs/decisions/0021).
//!
//! The decode time of the frame at place *i* is the presentation time at place *i − depth* of all
//! sorted by time, where `depth` frames at most stand in front of a frame and are shown behind it.
//! A frame waits until its successor on the screen has come.

use crate::distances::Distances;
use crate::tracks::NANOSECONDS;
use mse_core::MediaTime;
use std::collections::VecDeque;

/// Frames that wait at most: 16 and those of the largest groups.
const MAX_WAITING: usize = 64;
/// Frames that wait at most in all tracks together (M5).
const MAX_WAITING_TOGETHER: usize = 320;
/// Frames that can be shown between two that are stored next to each other, at most: those of the
/// largest groups that encoders make.
const MAX_GROUP: i64 = 34;

/// Depth of the reordering, as far as it is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Depth {
    /// As the parameter sets state it.
    pub(crate) stated: Option<u8>,
    /// At most, where nothing is stated.
    pub(crate) bound: u8,
}

/// A frame that waits.
#[derive(Debug)]
struct Waiting<T> {
    frame: T,
    start: MediaTime,
    is_random_access_point: bool,
    begins_cluster: bool,
}

/// When a frame is shown and decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Times {
    pub(crate) presentation: MediaTime,
    pub(crate) decode: MediaTime,
    pub(crate) duration: MediaTime,
    /// Whether the successor may still be another one.
    pub(crate) is_estimated: bool,
}

/// The frames of one track.
///
/// Invariant: `shown` and `owed` are sorted.
#[derive(Debug)]
pub(crate) struct Reorder<T> {
    depth: Depth,
    /// The largest depth that was seen.
    observed: usize,
    /// Frames that were seen; enough of them say the depth.
    seen: usize,
    /// In decoding order.
    queue: VecDeque<Waiting<T>>,
    /// Presentation times of frames that came, as far as a frame that waits or comes can be shown
    /// before them.
    shown: Vec<MediaTime>,
    /// Presentation times that are no decode time yet, as many as the depth.
    owed: Vec<MediaTime>,
    /// Decode time and duration of the last frame that went out.
    last: Option<(MediaTime, MediaTime)>,
    /// The latest presentation time that went out.
    highest: MediaTime,
    begins_cluster: bool,
    max_waiting: usize,
}

impl<T> Reorder<T> {
    pub(crate) fn new(depth: Depth) -> Self {
        Self {
            depth,
            max_waiting: MAX_WAITING,
            observed: 0,
            seen: 0,
            queue: VecDeque::new(),
            shown: Vec::new(),
            owed: Vec::new(),
            last: None,
            highest: MediaTime::ZERO,
            begins_cluster: false,
        }
    }

    /// A Cluster begins: its times need not follow those before.
    pub(crate) fn begin_cluster(&mut self) {
        self.begins_cluster = true;
    }

    /// Forgets all frames; how far they are reordered stays known.
    pub(crate) fn clear(&mut self) {
        let Self { observed, seen, max_waiting, .. } = *self;
        *self = Self { observed, seen, max_waiting, ..Self::new(self.depth) };
    }

    /// So many tracks share the memory for frames that wait.
    pub(crate) fn share(&mut self, tracks: usize) {
        self.max_waiting = (MAX_WAITING_TOGETHER / tracks.max(1)).clamp(2, MAX_WAITING);
    }

    /// Frames that wait at most, and that may come at once.
    pub(crate) fn max_waiting(&self) -> usize {
        self.max_waiting
    }

    /// Whether frames wait.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Frames at most that stand in front of a frame and are shown behind it.
    fn depth(&self) -> usize {
        let bound = usize::from(self.depth.bound);
        match self.depth.stated {
            Some(stated) => self.observed.max(stated.into()),
            None if self.seen <= bound => bound.max(self.observed),
            None => self.observed,
        }
    }

    /// Takes the next frame in decoding order, shown from `start` on.
    pub(crate) fn push(
        &mut self,
        frame: T,
        (start, is_random_access_point): (MediaTime, bool),
        distances: &Distances,
    ) {
        let begins_cluster = std::mem::take(&mut self.begins_cluster);
        if begins_cluster && !self.is_near(start, distances) {
            self.shown.clear();
        }
        let place = self.shown.partition_point(|shown| *shown <= start);
        self.observed = self.observed.max((self.shown.len() - place).min(16));
        self.seen += 1;
        self.shown.insert(place, start);
        if self.shown.len() > 2 * MAX_WAITING {
            self.shown.pop();
        }
        self.queue.push_back(Waiting { frame, start, is_random_access_point, begins_cluster });
    }

    /// Whether a frame can belong to the group of those before.
    fn is_near(&self, start: MediaTime, distances: &Distances) -> bool {
        let distance = (start - self.highest).flicks().saturating_abs();
        self.last.is_some() && distance <= nanoseconds(group_reach(distances)).flicks()
    }

    /// The next frame in decoding order, if its times are known; with `is_end`, all that are here
    /// go out.
    pub(crate) fn pop(&mut self, is_end: bool, distances: &mut Distances) -> Option<(T, Times)> {
        let head = self.queue.front()?;
        let successor = self.shown.partition_point(|shown| *shown <= head.start);
        let is_final = self.shown.len() - successor > self.depth();
        if !is_final && !is_end && self.queue.len() <= self.max_waiting {
            return None;
        }
        let successor = self.shown.get(successor).copied();
        let Waiting { frame, start, begins_cluster, is_random_access_point } = self.queue.pop_front()?;
        let first_shown = self.queue.iter().map(|waiting| waiting.start).fold(start, MediaTime::min);
        let reach = self.reach(is_random_access_point, is_final, distances);
        if (begins_cluster || self.last.is_none()) && !self.goes_on(first_shown, reach) {
            self.begin(first_shown, distances);
        }
        let duration = match successor {
            Some(successor) if is_final => successor - start,
            Some(successor) => until_unknown(successor - start, distances),
            None => nanoseconds(distances.estimate()),
        };
        if is_final {
            distances.note(duration.to_ticks(NANOSECONDS));
        }
        let decode = self.decode_time(start, first_shown);
        self.last = Some((decode, duration));
        self.highest = self.highest.max(start);
        self.forget();
        Some((frame, Times { presentation: start, decode, duration, is_estimated: !is_final }))
    }

    /// The duration of the frame that went out last is another one than was found here.
    pub(crate) fn correct_duration(&mut self, duration: MediaTime) {
        if let Some((_, last)) = &mut self.last {
            *last = duration;
        }
    }

    /// Longest distance from the latest frame back to the first one shown of a Cluster. While the
    /// frames that are shown first have not come, the first one that is here may stand far behind
    /// them.
    fn reach(&self, is_random_access_point: bool, is_final: bool, distances: &Distances) -> MediaTime {
        let reach = distances.reach(is_random_access_point);
        nanoseconds(if is_final { reach } else { reach.max(group_reach(distances)) })
    }

    /// Whether a Cluster whose first frame on the screen is at `first_shown` goes on where the one
    /// before it ended.
    fn goes_on(&self, first_shown: MediaTime, reach: MediaTime) -> bool {
        self.last.is_some_and(|(last, _)| first_shown >= last) && first_shown - self.highest <= reach
    }

    /// Begins anew: the frame that is shown first is decoded `depth` frames earlier.
    fn begin(&mut self, first_shown: MediaTime, distances: &Distances) {
        let depth = self.depth();
        let from = self.shown.partition_point(|shown| *shown < first_shown);
        let steps = self.shown.get(from..).unwrap_or_default().windows(2);
        let step = steps.map(|pair| pair[1] - pair[0]).filter(|step| *step > MediaTime::ZERO).min();
        let step = match distances.stated() {
            Some(stated) => nanoseconds(stated),
            None => step.unwrap_or_else(|| nanoseconds(distances.estimate())),
        };
        self.owed.clear();
        let before = |places: usize| MediaTime::from_flicks(step.flicks().saturating_mul(places as i64));
        self.owed.extend((1..=depth).rev().map(|places| first_shown - before(places)));
        self.last = None;
        self.highest = first_shown;
    }

    /// The earliest time that is owed, but no frame that still comes may be shown before it (then
    /// the depth is larger than was known), and it may be no more than two durations behind the
    /// last one: that would be a discontinuity (CFP-10).
    fn decode_time(&mut self, start: MediaTime, first_shown: MediaTime) -> MediaTime {
        let place = self.owed.partition_point(|owed| *owed <= start);
        self.owed.insert(place, start);
        let earliest = self.owed.first().copied().unwrap_or(start);
        if earliest <= first_shown || self.owed.len() > MAX_WAITING {
            self.owed.remove(0);
        }
        let decode = earliest.min(first_shown);
        match self.last {
            Some((last, duration)) => decode.min(last + duration.doubled()).max(last),
            None => decode,
        }
    }

    /// Forgets presentation times that no frame that waits or comes is shown before.
    fn forget(&mut self) {
        let next = self.shown.len().saturating_sub(self.depth());
        let waiting = self.queue.iter().map(|waiting| waiting.start).min();
        let shown_first = waiting.map_or(next, |first| self.shown.partition_point(|shown| *shown < first));
        self.shown.drain(..next.min(shown_first));
    }
}

/// Longest distance at which a frame can be shown from another of the same group.
fn group_reach(distances: &Distances) -> i64 {
    let longest = distances.reach(true) / 2;
    let group = distances.estimate().max(longest / 2).saturating_mul(MAX_GROUP);
    distances.reach(false).max(group)
}

/// Duration of a frame whose successor may still come; `distance` is the distance to the nearest
/// frame that is here. Where all frames have one length, that length; else `distance`, which is as
/// good as any.
fn until_unknown(distance: MediaTime, distances: &Distances) -> MediaTime {
    let longest = |constant: i64| nanoseconds(constant.saturating_add(distances.tick()));
    match distances.constant() {
        Some(constant) if distance > longest(constant) => nanoseconds(constant),
        _ => distance,
    }
}

/// A duration of so many nanoseconds, to the nearest flick.
fn nanoseconds(duration: i64) -> MediaTime {
    MediaTime::from_ticks(duration, NANOSECONDS).unwrap_or(MediaTime::MAX)
}
