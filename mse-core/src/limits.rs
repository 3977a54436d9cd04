//! Every limit of the engine, with its default and the reason for it. A header can claim anything;
//! a limit says what we believe.

use crate::reading::Reading;

/// Limits that a demuxer and the timeline hold against what the bytes claim. Beyond one, an append
/// fails; nothing is truncated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one structure that must be held whole before it can be read, such as a `moov` or a
    /// `moof`. The largest seen in the wild (a two-hour one-fragment file's `moof`) is about 4 MiB.
    pub max_header_size: u64,
    /// Bytes of one coded frame. An 8K intra frame at the highest level stays under 64 MiB.
    pub max_frame_size: u32,
    /// Tracks of one initialization segment. Broadcast multiplexes reach 40.
    pub max_tracks: usize,
    /// Sample entries of one track. Clear lead needs 2.
    pub max_sample_entries: usize,
    /// Track fragments and track runs of one movie fragment. A 10 s fragment with a run per frame
    /// has 600.
    pub max_runs: usize,
    /// Bytes that may be searched for the start of a segment before they are called garbage.
    pub max_resync: u64,
    /// Choices where formats leave one.
    pub reading: Reading,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_header_size: 64 << 20,
            max_frame_size: 64 << 20,
            max_tracks: 128,
            max_sample_entries: 64,
            max_runs: 1 << 16,
            max_resync: 64 << 10,
            reading: Reading::default(),
        }
    }
}
