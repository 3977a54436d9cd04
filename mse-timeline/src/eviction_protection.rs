//! Frames that eviction must not take, as a set of times.
//!
//! A removal range is moved to the next random access point on each track (CFR-2) and takes what
//! depends on its frames (CFR-7), so that on a track whose groups lie elsewhere it takes more than
//! it says. For each group that stays, a range must therefore either begin behind all its
//! timestamps or end at or before the last random access point in front of them; the times between
//! are barred, on all tracks.

use crate::block::Block;
use crate::eviction_policy::{EvictionContext, EvictionPolicy};
use crate::track_buffer::TrackBuffer;
use mse_core::{MediaTime, TimeRange, TimeRanges};

/// The timestamps that no removal range may have.
pub(crate) fn barred(tracks: &[TrackBuffer], context: &EvictionContext<'_>) -> TimeRanges {
    let position = context.current_time;
    let keep = match context.policy {
        EvictionPolicy::Standard | EvictionPolicy::WithoutLastStep => Some((position, position)),
        EvictionPolicy::KeepWindow { behind, ahead } => Some(window(position, *behind, *ahead)),
        EvictionPolicy::Custom(_) => None,
    };
    let mut barred = TimeRanges::new();
    for track in tracks {
        for pin in context.pinned {
            bar_shown(track, *pin, &mut barred);
        }
        if let Some((first, last)) = keep {
            bar_shown(track, TimeRange { start: first, end: after(last) }, &mut barred);
            bar_last_appended(track, &mut barred);
        }
    }
    barred
}

/// Bars what each track has from a position on without a gap, so far as it has the position.
pub(crate) fn bar_stretches(tracks: &[TrackBuffer], position: MediaTime, barred: &mut TimeRanges) {
    for track in tracks {
        if let Some(range) = track.ranges.get().find(position) {
            bar_shown(track, TimeRange { start: position, end: range.end }, barred);
        }
    }
}

/// Bars the groups of a track that are shown within a range.
fn bar_shown(track: &TrackBuffer, range: TimeRange, barred: &mut TimeRanges) {
    let store = &track.store;
    for slot in store.candidates(range.start, range.end) {
        let block = store.block(slot);
        // A frame without duration is shown at its moment.
        let shown = |start, end: MediaTime| start < range.end && range.start < end.max(after(start));
        if !block.all_rap {
            if shown(block.start, block.end) {
                bar_group(track, block, barred);
            }
            continue;
        }
        let mut rows: Option<(usize, usize)> = None;
        block.visit_intervals(range.start, range.end, |row, start, end| {
            if shown(start, end) {
                rows = Some((rows.map_or(row, |(first, _)| first), row));
            }
        });
        if let Some((first, last)) = rows {
            bar_times(track, block.pts(first), block.pts(last), block.end_of(last), barred);
        }
    }
}

/// Bars the group that was last appended to.
fn bar_last_appended(track: &TrackBuffer, barred: &mut TimeRanges) {
    let Some(appended) = track.last_appended else { return };
    let Some(at) = track.store.random_access_point_before(appended) else { return };
    let block = track.store.block(at.slot);
    if block.pts(at.row) != appended {
        return;
    }
    if block.all_rap {
        bar_times(track, appended, appended, block.end_of(at.row), barred);
    } else {
        bar_group(track, block, barred);
    }
}

fn bar_group(track: &TrackBuffer, block: &Block, barred: &mut TimeRanges) {
    bar_times(track, block.start, block.highest_pts(), block.end, barred);
}

/// Bars the timestamps `[first, last]` of frames that stay and are shown up to `end`, down to the
/// random access point before them: a range that ended in between would be moved into them.
fn bar_times(
    track: &TrackBuffer,
    first: MediaTime,
    last: MediaTime,
    end: MediaTime,
    barred: &mut TimeRanges,
) {
    let at = track.store.random_access_point_before(first);
    let start = at.map_or(MediaTime::MIN, |at| track.store.block(at.slot).pts(at.row));
    let behind = after(last);
    let next = track.store.next_random_access_point(behind).unwrap_or(MediaTime::INFINITY);
    barred.insert(start, end.min(next).max(behind));
}

/// The first and the last moment to keep.
pub(crate) fn window(position: MediaTime, behind: MediaTime, ahead: MediaTime) -> (MediaTime, MediaTime) {
    (position - behind.max(MediaTime::ZERO), position + ahead.max(MediaTime::ZERO))
}

/// The next moment; behind the last finite one, +∞.
pub(crate) fn after(time: MediaTime) -> MediaTime {
    if time < MediaTime::MAX { time + MediaTime::from_flicks(1) } else { MediaTime::INFINITY }
}
