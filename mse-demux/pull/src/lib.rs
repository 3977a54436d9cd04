//! Ogg, FLAC and WAV as byte stream formats. None is in the W3C registry (REG-5); each follows the
//! rules of the registry's formats (BSF) as if it were.
//!
//! [`OGG`], [`FLAC`] and [`WAV`] are the registry's rows; everything else is private but for
//! [`error_code`], the table of faults.
//!
//! `demuxer` is what all three have in common: a parser takes what is complete out of the input,
//! and what is not stays there. `ogg`, `flac` and `wav` are the parsers; `codec` puts what headers
//! say into the words of the engine, `frame` times frames in samples, and `id3` measures tags.
//!
//! Checksums and speaker positions are symphonia's. Its readers, which pull, are what the tests
//! hold the parsers against: docs/decisions/0023-sound.md.
//!
//! Ids that begin with `BSF-` are rows of the requirements: docs/requirements/byte-streams.md.

#![forbid(unsafe_code)]

mod codec;
mod demuxer;
pub mod error_code;
mod flac;
mod format;
mod frame;
mod id3;
mod ogg;
mod wav;

pub use format::{FLAC, OGG, WAV};
