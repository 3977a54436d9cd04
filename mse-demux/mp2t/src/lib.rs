//! The MPEG-2 TS byte stream format (<https://www.w3.org/TR/mse-byte-stream-format-mp2t/>): a push demuxer for transport streams.
//!
//! [`FORMAT`] is the registry's row; everything else is private but for [`error_code`], the table of faults.
//!
//! The walk of the bytes: `demuxer` takes packet after packet (`packet`), gathers the sections of PAT and PMT (`psi`) and the packets of
//! each elementary stream (`pes`); `timestamp` unrolls the 33-bit times; `elementary` splits what was gathered into access units, with
//! `video`, `audio`, `latm` and `opus` for the kinds; `demuxer/output` makes segments of them. Each PES packet is gathered once, and frames are windows of it.
//!
//! Pictures leave as Annex B byte streams, as the transport stream carries them; their configuration has the format `annexb` and the
//! parameter sets as `decoder_specific`. `mse_codecs::annexb` turns both into the length-prefixed form. AAC leaves without ADTS headers.

#![forbid(unsafe_code)]

mod access_units;
mod audio;
mod demuxer;
mod elementary;
pub mod error_code;
mod format;
mod latm;
mod losses;
mod nal;
mod opus;
mod packet;
mod parameter_sets;
mod pes;
mod program;
mod psi;
mod sound;
mod sync;
mod timestamp;
mod video;

pub use demuxer::{CAPTIONS_SCHEME, ID3_SCHEME};
pub use format::FORMAT;
