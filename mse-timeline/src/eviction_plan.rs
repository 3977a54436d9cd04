//! Plan of an eviction: the ranges that it removes, found without removing any.

use crate::eviction_draft::Draft;
use crate::eviction_policy::{EvictionContext, EvictionPolicy, EvictionRequest};
use crate::eviction_protection::{after, bar_stretches, barred, window};
use crate::removal::{Eviction, Removal};
use crate::track_buffer::TrackBuffer;
use mse_core::{MediaTime, TimeRange, TimeRanges};
use smallvec::SmallVec;
use std::cmp::Reverse;

/// An eviction in the making.
pub(crate) struct Plan<'a> {
    needed: u64,
    context: &'a EvictionContext<'a>,
    tracks: &'a [TrackBuffer],
    drafts: SmallVec<[Draft<'a>; 2]>,
    /// Timestamps that no removal range may have.
    barred: TimeRanges,
    /// The removal ranges in their order.
    pub(crate) ranges: Vec<TimeRange>,
    /// Outcome of carrying out the plan; the lost ranges only when they were asked for.
    pub(crate) eviction: Eviction,
}

impl<'a> Plan<'a> {
    /// Nothing yet. `lost` is whether to find out what the ranges lose.
    pub(crate) fn new(
        tracks: &'a [TrackBuffer],
        needed: u64,
        context: &'a EvictionContext<'a>,
        lost: bool,
    ) -> Self {
        Self {
            needed,
            context,
            tracks,
            drafts: tracks.iter().map(|track| Draft::new(track, lost)).collect(),
            barred: barred(tracks, context),
            ranges: Vec::new(),
            eviction: Eviction::default(),
        }
    }

    /// Takes ranges until there is room or nothing more may go.
    pub(crate) fn run(mut self) -> Self {
        let position = self.context.current_time;
        match self.context.policy {
            EvictionPolicy::WithoutLastStep => self.take_while(Self::standard),
            EvictionPolicy::Standard => {
                self.take_while(Self::standard);
                if self.wanted() > 0 {
                    // CFE-3: before an append fails, whatever is not needed to play from the
                    // position on goes.
                    bar_stretches(self.tracks, position, &mut self.barred);
                    self.take_while(|plan, draft| plan.ascending(draft, MediaTime::MIN, MediaTime::INFINITY));
                }
            }
            EvictionPolicy::KeepWindow { behind, ahead } => {
                let (start, end) = window(position, *behind, *ahead);
                self.take_while(|plan, draft| plan.ascending(draft, MediaTime::MIN, start));
                self.take_while(|plan, draft| plan.descending(draft, end));
            }
            EvictionPolicy::Custom(choose) => {
                let ranges = choose(&EvictionRequest {
                    needed: self.needed,
                    current_time: position,
                    duration: self.context.duration,
                    tracks: self.tracks,
                    pinned: self.context.pinned,
                });
                for range in ranges {
                    let allowed = TimeRanges::from_range(range.start, range.end).difference(&self.barred);
                    for &piece in &allowed {
                        if self.wanted() > 0 {
                            self.take(piece);
                        }
                    }
                }
            }
        }
        self
    }

    fn wanted(&self) -> u64 {
        self.needed.saturating_sub(self.eviction.bytes)
    }

    /// Takes the range that `next` names for the track that has most to give, or else for the one
    /// after it, as long as there is one.
    fn take_while(&mut self, next: impl Fn(&Self, &Draft<'_>) -> Option<TimeRange>) {
        while self.wanted() > 0 {
            let mut by_bytes: SmallVec<[usize; 4]> = (0..self.drafts.len()).collect();
            by_bytes.sort_unstable_by_key(|&at| Reverse((self.drafts[at].bytes, at)));
            let Some(range) = by_bytes.iter().find_map(|&at| next(self, &self.drafts[at])) else { return };
            if !self.take(range) {
                // Beyond the duration nothing goes.
                self.barred.insert(range.start, range.end);
            }
        }
    }

    /// Foretells coded frame removal. `false` when no frame went.
    fn take(&mut self, range: TimeRange) -> bool {
        let duration = self.context.duration;
        let tracks = self.drafts.iter_mut().map(|draft| draft.remove(range, duration));
        let removal = Removal { tracks: tracks.collect() };
        let any = removal.tracks.iter().any(|track| track.frames > 0);
        if any {
            self.ranges.push(range);
            self.eviction.add(removal);
        }
        any
    }

    /// The next range of [`EvictionPolicy::Standard`].
    fn standard(&self, draft: &Draft<'_>) -> Option<TimeRange> {
        let position = self.context.current_time;
        let behind = playing(draft.track, position).unwrap_or(position);
        let appended = draft.track.last_appended.unwrap_or(MediaTime::MIN);
        let between =
            if appended > MediaTime::MIN { self.ascending(draft, after(appended), behind) } else { None };
        between
            .or_else(|| self.ascending(draft, MediaTime::MIN, behind.min(appended)))
            .or_else(|| self.descending(draft, behind.max(appended).max(position)))
    }

    /// The first group that begins in `[from, limit)`; where every frame is a random access point,
    /// as many as it takes.
    fn ascending(&self, draft: &Draft<'_>, from: MediaTime, limit: MediaTime) -> Option<TimeRange> {
        let start = draft.random_access_point_at(from, Some(&self.barred)).filter(|&start| start < limit)?;
        let end = draft.group_end(start, limit, self.wanted());
        Some(TimeRange { start, end: end.min(self.next_barred(start)) })
    }

    /// The last group that begins after `floor`; where every frame is a random access point, as
    /// many as it takes.
    fn descending(&self, draft: &Draft<'_>, floor: MediaTime) -> Option<TimeRange> {
        let start = draft.last_group(floor, self.wanted(), &self.barred)?;
        Some(TimeRange { start, end: self.next_barred(start) })
    }

    /// Begin of the times after `start` that must stay.
    fn next_barred(&self, start: MediaTime) -> MediaTime {
        let barred = self.barred.iter().as_slice();
        let after = barred.partition_point(|range| range.start <= start);
        barred.get(after).map_or(MediaTime::INFINITY, |range| range.start)
    }
}

/// The start of the group that is playing, if one is.
fn playing(track: &TrackBuffer, position: MediaTime) -> Option<MediaTime> {
    let at = track.store.random_access_point_before(position)?;
    let block = track.store.block(at.slot);
    (position < block.end).then(|| block.pts(at.row))
}
