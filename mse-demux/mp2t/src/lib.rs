//! The MPEG-2 TS byte stream format (<https://www.w3.org/TR/mse-byte-stream-format-mp2t/>): a push
//! demuxer for transport streams.
//!
//! [`FORMAT`] is the registry's row; everything else is private but for [`error_code`], the table
//! of faults.
//!
//! The walk of the bytes, each step with its own way to begin again after damage: `sync` finds
//! packets (`packet`) in the input; `demuxer/packets` routes them, those of the tables to `program`
//! and `psi`, others to the `elementary` stream of their PID, which watches the continuity counter,
//! gathers PES packets (`pes`) and hands on what is whole of them. Pictures: `access_units` splits
//! NAL units (`nal`) into access units, `video` gives them times and configurations
//! (`parameter_sets`). Sound: `framer` splits frames (`sound`) of the formats `audio`, `latm` and
//! `opus`. `timestamp` unrolls the 33-bit times. `demuxer/output` makes segments of frames, and
//! `losses` tells what became none. A PES packet is gathered once, and frames are windows of it.
//!
//! Pictures leave as Annex B byte streams, as the transport stream carries them; their
//! configuration has the format `annexb` and the parameter sets as `decoder_specific`.
//! `mse_codecs::annexb` turns both into the length-prefixed form. AAC leaves without ADTS headers.
//!
//! Ids that begin with `TS-` are rows of the requirements: docs/requirements/mp2t.md.

#![forbid(unsafe_code)]

mod access_units;
mod audio;
mod demuxer;
mod elementary;
pub mod error_code;
mod format;
mod framer;
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
