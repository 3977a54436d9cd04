//! Writing ISO BMFF: fragmented MP4 whose every field a test can choose, also wrongly.
//!
//! [`Movie`] writes an initialization segment, [`Segment`] a media segment; both are plain data
//! with sensible defaults, and `bytes()`. [`sample_entry`] makes sample entries with given
//! configuration records, [`boxes`] makes any other box, and [`edit`] finds, changes and removes
//! boxes in bytes already written, this writer's or a file's.
//!
//! ```
//! use mse_testkit::isobmff::{Movie, MovieTrack, Sample, Segment, TrackFragment, sample_entry};
//!
//! let entry = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
//! let init = Movie { tracks: vec![MovieTrack::audio(1, 48_000, entry)], ..Movie::default() }.bytes();
//! let samples = vec![Sample::new(1024, "one"), Sample::new(1024, "two")];
//! let segment = Segment { tracks: vec![TrackFragment::new(1, 0, samples)], ..Segment::default() }.bytes();
//! assert_eq!((&init[4..8], &segment[4..8]), (&b"ftyp"[..], &b"moof"[..]));
//! ```

pub mod boxes;
pub mod edit;
mod fragment;
mod movie;
pub mod sample_entry;

pub use fragment::{
    DataOffset, Mdat, NON_SYNC, Reference, SYNC, Sample, SampleFields, Segment, TrackFragment, TrackRun,
    segment_index,
};
pub use movie::{Edit, Movie, MovieTrack, TableCounts, TrackExtends, itun_smpb, protection_header};

/// `ftyp` or `styp` content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Brands {
    /// Major brand.
    pub major: [u8; 4],
    /// Minor version.
    pub minor_version: u32,
    /// Compatible brands.
    pub compatible: Vec<[u8; 4]>,
}

impl Default for Brands {
    fn default() -> Self {
        Self { major: *b"iso6", minor_version: 0, compatible: vec![*b"iso6", *b"mp41", *b"cmfc"] }
    }
}

impl Brands {
    fn write(&self, name: &[u8; 4]) -> Vec<u8> {
        let mut payload = self.major.to_vec();
        payload.extend(self.minor_version.to_be_bytes());
        payload.extend(self.compatible.concat());
        boxes::boxed(name, &payload)
    }
}
