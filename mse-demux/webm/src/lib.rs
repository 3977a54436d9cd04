//! The WebM byte stream format (<https://www.w3.org/TR/mse-byte-stream-format-webm/>), and beyond it Matroska: a push demuxer.
//!
//! [`FORMAT`] and [`MATROSKA`] are the registry's rows; everything else is private but for [`error_code`], the table of faults.
//!
//! The walk of the bytes: `demuxer` finds the elements of the upper levels and `demuxer/cluster` those of a Cluster; `tracks` reads what
//! must be held whole before the first Cluster, with `codec` for the codec configurations and `video` for colour and shape; `block`
//! reads a block's header and lacing, `block_group` what stands around it, and `pending` gives its frames their durations and decode
//! times. Only an element that is incomplete is held, and the last frame of a track whose durations are told by the next (WEBM-19).

#![forbid(unsafe_code)]

mod block;
mod block_group;
mod codec;
mod demuxer;
mod ebml;
mod encryption;
pub mod error_code;
mod fault;
mod format;
mod frame_run;
mod pending;
mod tracks;
mod video;
mod vorbis;

pub use format::{FORMAT, MATROSKA};
