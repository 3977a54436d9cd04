//! The track buffers of a SourceBuffer, shared by the source, a running task, readers and the
//! element link. The one lock of the engine is here; it is held for one frame out, or one batch of
//! frames in.

use crate::captions::Captions;
use mse_core::{BufferedChange, TimeRange, TimeRanges};
use mse_timeline::{CursorId, TrackBuffers};
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Shared track buffers of one SourceBuffer.
pub(crate) type SharedTrackBuffers = Arc<Mutex<Guarded>>;

/// Data that the lock guards.
pub(crate) struct Guarded {
    pub(crate) track_buffers: TrackBuffers,
    pub(crate) captions: Captions,
    /// Cursors whose last answer was "need data", and that are to be told when there may be some.
    pub(crate) waiting: BTreeSet<(CursorId, u16)>,
    /// Whether the MediaSource is "ended", which extends what is buffered (SB-9) and ends what is
    /// read.
    pub(crate) ended: bool,
    buffered: Option<Cached>,
    /// Change of `buffered` since the element looked.
    unseen: Unseen,
    /// Change of `buffered` since the page of a managed source was last told (MMS-13).
    untold: Option<BufferedChange>,
}

/// Change since somebody looked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unseen {
    Nothing,
    Within(TimeRange),
    Anything,
}

impl Unseen {
    /// Something else changed too.
    pub(crate) fn add(&mut self, other: Self) {
        *self = match (*self, other) {
            (Self::Nothing, only) | (only, Self::Nothing) => only,
            (Self::Within(one), Self::Within(other)) => {
                Self::Within(TimeRange { start: one.start.min(other.start), end: one.end.max(other.end) })
            }
            _ => Self::Anything,
        };
    }
}

/// The cached `buffered` object (SB-10).
struct Cached {
    version: u64,
    tracks: usize,
    ended: bool,
    ranges: Arc<TimeRanges>,
}

impl Guarded {
    /// `is_managed`: whether a page is told of changes.
    pub(crate) fn new(track_buffers: TrackBuffers, is_managed: bool) -> Self {
        let nothing = || BufferedChange { added: TimeRanges::new(), removed: TimeRanges::new() };
        let untold = is_managed.then(nothing);
        let unseen = Unseen::Anything;
        let captions = Captions::default();
        Self {
            track_buffers,
            captions,
            waiting: BTreeSet::new(),
            ended: false,
            buffered: None,
            unseen,
            untold,
        }
    }

    /// Takes the change of `buffered` since the last call; `None` when nothing changed.
    pub(crate) fn take_buffered_change(&mut self) -> Option<BufferedChange> {
        self.buffered();
        let untold = self.untold.as_mut()?;
        let is_nothing = untold.added.is_empty() && untold.removed.is_empty();
        let nothing = BufferedChange { added: TimeRanges::new(), removed: TimeRanges::new() };
        (!is_nothing).then(|| std::mem::replace(untold, nothing))
    }

    /// SB-7..11: the same object as long as the ranges are the same (INV-13).
    pub(crate) fn buffered(&mut self) -> Arc<TimeRanges> {
        let ended = self.ended;
        let (version, tracks) = (self.track_buffers.version(), self.track_buffers.tracks().len());
        if let Some(cached) = &self.buffered
            && (cached.version, cached.ended) == (version, ended)
        {
            return Arc::clone(&cached.ranges);
        }
        let change = self.track_buffers.take_change();
        let ranges = match self.buffered.take() {
            // What lies outside of the change stays as it is, and is not looked at: there may be
            // thousands of ranges.
            Some(cached) if (cached.tracks, cached.ended, ended) == (tracks, false, false) => {
                if let Some((stretch, _)) = &change {
                    self.unseen.add(Unseen::Within(*stretch));
                }
                repaired(cached.ranges, change, &mut self.untold)
            }
            cached => {
                self.unseen = Unseen::Anything;
                let fresh = self.track_buffers.buffered(ended);
                let before = cached.map(|cached| cached.ranges).unwrap_or_default();
                note_change(&mut self.untold, &before, &fresh);
                if *before == fresh { before } else { Arc::new(fresh) }
            }
        };
        self.buffered = Some(Cached { version, tracks, ended, ranges: Arc::clone(&ranges) });
        ranges
    }

    /// The same for the element, and where it, or a track buffer behind it, changed since the
    /// element looked.
    pub(crate) fn look(&mut self) -> (Arc<TimeRanges>, Unseen) {
        let ranges = self.buffered();
        (ranges, std::mem::replace(&mut self.unseen, Unseen::Nothing))
    }

    /// The tracks of which a reader waits, once each; they are no longer waiting.
    pub(crate) fn take_waiting(&mut self) -> Vec<u16> {
        let mut tracks: Vec<u16> =
            std::mem::take(&mut self.waiting).into_iter().map(|(_, track)| track).collect();
        tracks.sort_unstable();
        tracks.dedup();
        tracks
    }
}

/// The same object if it has the change already.
fn repaired(
    mut ranges: Arc<TimeRanges>,
    change: Option<(TimeRange, TimeRanges)>,
    untold: &mut Option<BufferedChange>,
) -> Arc<TimeRanges> {
    let Some((TimeRange { start, end }, now)) = change else { return ranges };
    // Nobody has the object, and nobody is told: whether this is a change does not matter.
    if untold.is_none()
        && let Some(own) = Arc::get_mut(&mut ranges)
    {
        own.replace_within(start, end, &now);
        return ranges;
    }
    let before = ranges.within(start, end);
    if before != now {
        note_change(untold, &before, &now);
        Arc::make_mut(&mut ranges).replace_within(start, end, &now);
    }
    ranges
}

/// Adds what came and went to what the page was not told of yet: what came and went again is not
/// told.
fn note_change(untold: &mut Option<BufferedChange>, before: &TimeRanges, now: &TimeRanges) {
    let Some(untold) = untold else { return };
    let (came, went) = (now.difference(before), before.difference(now));
    let added = untold.added.difference(&went).union(&came.difference(&untold.removed));
    let removed = untold.removed.difference(&came).union(&went.difference(&untold.added));
    *untold = BufferedChange { added, removed };
}

#[cfg(test)]
mod tests {
    use super::*;
    use mse_core::MediaTime;
    use mse_testkit::random::Random;

    /// A set of random intervals of whole seconds in `[from, to)`.
    fn random_set(next: &mut impl FnMut(u64) -> u64, from: i64, to: i64) -> TimeRanges {
        let second = |at: i64| MediaTime::from_flicks(at * MediaTime::TICKS_PER_SECOND);
        let starts = (from..to).filter(|_| next(3) == 0);
        starts.map(|start| (second(start), second(start + 1))).collect()
    }

    #[test]
    fn repairs_are_told_as_the_difference_between_what_was_told_and_what_is() {
        let mut random = Random::new(1);
        let mut next = |bound: u64| random.bits() % bound;
        let nothing = || BufferedChange { added: TimeRanges::new(), removed: TimeRanges::new() };
        let (mut ranges, mut told, mut untold) = (Arc::default(), TimeRanges::new(), Some(nothing()));
        for round in 0..5000 {
            let (from, length) = (next(20) as i64, 1 + next(8) as i64);
            let second = |at: i64| MediaTime::from_flicks(at * MediaTime::TICKS_PER_SECOND);
            let stretch = TimeRange { start: second(from), end: second(from + length) };
            let before = TimeRanges::clone(&ranges);
            let now = random_set(&mut next, from, from + length);
            let held = Arc::clone(&ranges);
            ranges = repaired(ranges, Some((stretch, now.clone())), &mut untold);
            let hole = TimeRanges::from_range(stretch.start, stretch.end);
            assert_eq!(*ranges, before.difference(&hole).union(&now), "round {round}");
            assert_eq!(Arc::ptr_eq(&held, &ranges), before == *ranges, "round {round}");
            assert_eq!(*held, before, "an object that was given out never changes");
            let change = untold.as_ref().unwrap();
            assert_eq!(change.added, ranges.difference(&told), "round {round}");
            assert_eq!(change.removed, told.difference(&ranges), "round {round}");
            if next(4) == 0 {
                (told, untold) = (TimeRanges::clone(&ranges), Some(nothing()));
            }
        }
    }
}
