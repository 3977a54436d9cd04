//! Edit lists of ISO BMFF, as they are written.

use crate::bmff::Child;
use serde_json::{Value, json};

/// Edits of a track that are listed.
const MOST: usize = 64;

/// An entry of an `elst`.
#[derive(Clone, Copy)]
pub(super) struct Edit {
    /// In ticks of the movie; 0 in a fragmented file is all of the media.
    duration: u64,
    /// In ticks of the track; −1 is an empty edit.
    media_time: i64,
}

impl Edit {
    pub(super) fn text(self) -> String {
        match self.media_time {
            -1 => format!("empty for {} ticks of the movie", self.duration),
            time if self.duration == 0 => format!("from media time {time} on"),
            time => format!("from media time {time} for {} ticks of the movie", self.duration),
        }
    }

    pub(super) fn json(self) -> Value {
        json!({ "segment_duration": self.duration, "media_time": self.media_time })
    }
}

/// Track id and edits of each track of a `moov` that has some.
pub(super) fn edit_lists(moov: Child<'_>) -> Vec<(u64, Vec<Edit>)> {
    let of_track = |trak: Child<'_>| {
        let (version, _, fields) = trak.child(b"tkhd")?.full()?;
        let id = fields.get(if version == 0 { 8 } else { 16 }..)?.first_chunk::<4>()?;
        let (version, _, fields) = trak.child(b"edts")?.child(b"elst")?.full()?;
        let rows = fields.get(4..)?;
        let size = if version == 0 { 12 } else { 20 };
        let edits = rows.chunks_exact(size).take(MOST).filter_map(|row| edit(row, version));
        Some((u64::from(u32::from_be_bytes(*id)), edits.collect()))
    };
    moov.children().filter(|child| child.kind == *b"trak").filter_map(of_track).collect()
}

fn edit(row: &[u8], version: u8) -> Option<Edit> {
    Some(if version == 0 {
        let (duration, rest) = row.split_first_chunk::<4>()?;
        let media_time = i32::from_be_bytes(*rest.first_chunk::<4>()?);
        Edit { duration: u32::from_be_bytes(*duration).into(), media_time: media_time.into() }
    } else {
        let (duration, rest) = row.split_first_chunk::<8>()?;
        Edit {
            duration: u64::from_be_bytes(*duration),
            media_time: i64::from_be_bytes(*rest.first_chunk::<8>()?),
        }
    })
}
