//! The MPEG audio byte stream format (<https://www.w3.org/TR/mse-byte-stream-format-mpeg-audio/>): a push demuxer for ADTS and for MPEG-1,
//! MPEG-2 and MPEG-2.5 audio of all layers.
//!
//! [`FORMAT`] is the registry's row; everything else is private but for [`error_code`], the table of faults.
//!
//! `demuxer` goes from frame to frame, whose headers (`frame_header`) `mse-codecs` reads; `metadata` measures the tags between them, and `gapless`
//! reads the Xing and VBRI frames that say how much of the sound is padding.

#![forbid(unsafe_code)]

mod demuxer;
pub mod error_code;
mod format;
mod frame_header;
mod frame_run;
mod gapless;
mod metadata;

pub use format::FORMAT;
