//! The MPEG audio byte stream format (<https://www.w3.org/TR/mse-byte-stream-format-mpeg-audio/>):
//! a push demuxer for ADTS and for MPEG-1, MPEG-2 and MPEG-2.5 audio of all layers; and one for
//! AC-3 and E-AC-3, which HLS packs in the same way.
//!
//! [`FORMAT`] and [`AC3`] are the registry's rows; everything else is private but for
//! [`error_code`], the table of faults.
//!
//! `demuxer` goes from frame to frame; where none is, `search` finds the next. `head` says whether
//! one begins: its header (`frame_header`) is read by `mse-codecs`, `free_format` and `access_unit`
//! find the sizes that headers do not say. `metadata` measures the tags between frames, and
//! `gapless` reads the Xing, Info and VBRI frames that say how much of the sound is padding.
//!
//! Ids that begin with `MPA-` are rows of the requirements: docs/requirements/mpeg-audio.md.

#![forbid(unsafe_code)]

mod access_unit;
mod demuxer;
pub mod error_code;
mod format;
mod frame_header;
mod frame_run;
mod free_format;
mod gapless;
mod head;
mod metadata;
mod search;

pub use format::{AC3, FORMAT};
