//! The ISO BMFF byte stream format (<https://www.w3.org/TR/mse-byte-stream-format-isobmff/>): a
//! push demuxer for fragmented MP4.
//!
//! [`FORMAT`] is the registry's row; everything else is private but for [`error_code`], the table
//! of faults.
//!
//! The walk of the bytes: `demuxer` finds the top-level boxes, and takes the samples of a segment
//! as their bytes arrive; `init` reads a `moov`, `ownership` finds which of its tracks are for a
//! player, and `track` reads those, with `sample_entry` for their codec configurations and
//! `edit_list` for their time shift, and leaves a `movie` behind; `fragment` reads a `moof`
//! (`track_fragment` a `traf`, `run` a `trun`, a `cursor` for each track) and yields its samples in
//! the order of their presentation times among tracks, and of decoding within one. A `moof` or
//! `moov` must be held whole; nothing else is. `progressive` reads the samples of a `moov` that has
//! its own. `auxiliary` finds how each sample is encrypted, `sample_group` which groups it is in,
//! `sub_samples` of which parts it consists.
//!
//! Ids that begin with `ISO-` are rows of the requirements: docs/requirements/isobmff.md.

#![forbid(unsafe_code)]

mod auxiliary;
mod boxes;
mod captions;
mod composition;
mod cursor;
mod demuxer;
mod edit_list;
pub mod error_code;
mod fault;
mod format;
mod fourcc;
mod fragment;
mod frame_run;
mod inband_event;
mod init;
mod itun_smpb;
mod movie;
mod ownership;
mod place;
#[cfg(feature = "progressive")]
mod progressive;
#[cfg(not(feature = "progressive"))]
#[path = "no_progressive.rs"]
mod progressive;
mod protection;
mod random_access_group;
mod remux;
mod run;
mod sample_entry;
mod sample_group;
#[cfg(feature = "progressive")]
mod sample_tables;
mod sub_samples;
#[cfg(feature = "progressive")]
mod table_cursor;
mod track;
mod track_fragment;
mod track_header;
mod waiting_events;

pub use captions::CAPTIONS_SCHEME;
pub use format::FORMAT;
#[cfg(feature = "progressive")]
pub use format::PROGRESSIVE;
pub use inband_event::{PRODUCER_REFERENCE_TIME, SEGMENT_INDEX};
