//! Order of the lines: as frames are decoded, or as they are shown.

use mse::{CodedFrame, MediaTime, TrackId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Frames of a track that are held back: more than the 16 of any codec's reordering, as fields.
const HELD: usize = 64;

/// A line with its place: presentation timestamp, and the order in which it came.
type Held = Reverse<(MediaTime, u64, String)>;

/// Brings the lines of each track into order.
///
/// Invariant: at most [`HELD`] lines of a track are held.
pub(super) struct Order {
    is_by_presentation: bool,
    held: BTreeMap<TrackId, BinaryHeap<Held>>,
    count: u64,
}

impl Order {
    pub(super) fn new(is_by_presentation: bool) -> Self {
        Self { is_by_presentation, held: BTreeMap::new(), count: 0 }
    }

    /// Takes the line of a frame; the line that comes next, if one does.
    pub(super) fn next(&mut self, frame: &CodedFrame, line: String) -> Option<String> {
        if !self.is_by_presentation {
            return Some(line);
        }
        self.count += 1;
        let held = self.held.entry(frame.track_id).or_default();
        held.push(Reverse((frame.presentation_timestamp, self.count, line)));
        if held.len() <= HELD {
            return None;
        }
        held.pop().map(|Reverse((_, _, line))| line)
    }

    /// Takes the lines that are left, track by track.
    pub(super) fn rest(&mut self) -> Vec<String> {
        let held = std::mem::take(&mut self.held).into_values();
        held.flat_map(|mut held| std::iter::from_fn(move || held.pop()))
            .map(|Reverse((_, _, line))| line)
            .collect()
    }
}
