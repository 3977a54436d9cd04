//! JSON of what a receipt tells, the same for the command, C and Node (feature `report`). Every key
//! is one word, so that it reads the same in each of their styles.

use mse_core::{Awaited, LeftOutTrack, Loss, Note, TimeRanges};
use mse_timeline::{Counts, DropReason, Eviction, ReplaceReason};
use serde_json::{Map, Value, json};

/// Frames that were dropped, by the row of the requirements that states the reason.
pub fn dropped(counts: &Counts<DropReason>) -> Value {
    by_kind(counts.iter().map(|(reason, count)| (reason.row(), count)))
}

/// Frames that were replaced, by the row of the requirements that states the reason.
pub fn replaced(counts: &Counts<ReplaceReason>) -> Value {
    by_kind(counts.iter().map(|(reason, count)| (reason.row(), count)))
}

/// Stretches of the input that became no coded frame, by code.
pub fn losses(counts: &Counts<&'static str>) -> Value {
    by_kind(counts.iter())
}

fn by_kind(counts: impl Iterator<Item = (&'static str, u64)>) -> Value {
    counts.map(|(kind, count)| (kind.to_owned(), json!(count))).collect::<Map<_, _>>().into()
}

/// A stretch of the input that became no coded frame: `code`, `row`, `offset` and `bytes` in bytes,
/// `path`, `track` or null, `detail`.
pub fn loss(loss: &Loss) -> Value {
    json!({
        "code": loss.code,
        "row": loss.row,
        "offset": loss.offset,
        "bytes": loss.bytes,
        "path": loss.path,
        "track": loss.track.map(|track| track.0),
        "detail": loss.detail,
    })
}

/// A track that is not read: `number`, `format`, `path`, `reason`.
pub fn left_out(track: &LeftOutTrack) -> Value {
    json!({
        "number": track.number,
        "format": track.format,
        "path": track.path,
        "reason": track.reason,
    })
}

/// A fault in the stream that cost nothing, as JSON: `code`, `row`, `offset` in bytes, `path`,
/// `track` or null, `detail`.
pub fn note(note: &Note) -> Value {
    json!({
        "code": note.code,
        "row": note.row,
        "offset": note.offset,
        "path": note.path,
        "track": note.track.map(|track| track.0),
        "detail": note.detail,
    })
}

/// The structure that the input ends inside of: `what`, `offset`, `have`, and `need` or null, in
/// bytes.
pub fn awaited(awaited: &Awaited) -> Value {
    json!({
        "what": awaited.what,
        "offset": awaited.offset,
        "have": awaited.have,
        "need": awaited.need,
    })
}

/// An eviction: `bytes`, `ranges` that were removed, and of each track buffer in `tracks` its
/// `frames`, `bytes` and the ranges `lost`. Times in seconds.
pub fn eviction(eviction: &Eviction) -> Value {
    let count = eviction.removals.iter().map(|removal| removal.tracks.len()).max().unwrap_or_default();
    let track = |at: usize| {
        let of_track = eviction.removals.iter().filter_map(|removal| removal.tracks.get(at));
        json!({
            "frames": of_track.map(|track| track.frames).sum::<u64>(),
            "bytes": eviction.bytes_of(at),
            "lost": ranges(&eviction.lost_of(at)),
        })
    };
    json!({
        "bytes": eviction.bytes,
        "ranges": ranges(&eviction.ranges),
        "tracks": (0..count).map(track).collect::<Value>(),
    })
}

fn ranges(ranges: &TimeRanges) -> Value {
    ranges.iter().map(|range| json!([range.start.to_seconds(), range.end.to_seconds()])).collect()
}
