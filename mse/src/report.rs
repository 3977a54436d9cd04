//! JSON of what a receipt tells, the same for the command, C and Node (feature `report`). Every key
//! is one word, so that it reads the same in each of their styles.

use mse_core::{Awaited, LeftOutTrack, Loss, Note};
use serde_json::{Value, json};

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
