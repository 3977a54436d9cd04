//! The WebM byte stream format (<https://www.w3.org/TR/mse-byte-stream-format-webm/>), and beyond
//! it Matroska: a push demuxer.
//!
//! [`FORMAT`] and [`MATROSKA`] are the registry's rows; everything else is private but for
//! [`error_code`], the table of faults.
//!
//! The walk of the bytes: `demuxer` finds the elements of the upper levels and `demuxer/cluster`
//! those of a Cluster; `tracks` reads what must be held whole before the first Cluster, with
//! `codec` for the codec configurations and `video` for colour and shape; `block` reads a block's
//! header and lacing, `block_group` what stands around it; `pending` gives its frames their
//! durations by `distances` and, with `reorder`, their decode times. Only an element that is
//! incomplete is held, and frames whose durations are told by those that come: the last one of a
//! track, of H.264 and H.265 as many as are reordered (WEBM-19).
//!
//! Ids that begin with `WEBM-` are rows of the requirements: docs/requirements/webm.md.

#![forbid(unsafe_code)]

mod block;
mod block_group;
mod burst;
mod codec;
mod demuxer;
mod distances;
mod ebml;
mod encryption;
pub mod error_code;
mod fault;
mod format;
mod frame_run;
mod nal_video;
mod pending;
mod reorder;
mod tracks;
mod video;
mod vorbis;

pub use format::{FORMAT, MATROSKA};
