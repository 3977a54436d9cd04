//! Ogg, FLAC and WAV as byte stream formats. None is in the W3C registry (REG-5); each follows BSF-1 to BSF-11 as if it were.
//!
//! The parsers are symphonia's, which *pull*: they read from a source that must block until it has bytes. Here the source is the input
//! buffer of a SourceBuffer, and the parser has a thread of its own that runs only while a [`Demuxer`](mse_core::Demuxer) is polled and
//! waits where bytes are missing, in the middle of whatever it was reading. So nothing is parsed twice, and any split of the bytes
//! gives the same items (SPL-12).
//!
//! [`OGG`], [`FLAC`] and [`WAV`] are the registry's rows; everything else is private but for [`error_code`], the table of faults.
//!
//! ```text
//!   demuxer  ── Bytes, End ──►  source  ──►  symphonia  ──►  thread  ── Wants, Tracks, Frame, Ended ──►  demuxer
//! ```
//!
//! `demuxer` is the end that is polled, `worker` the thread and the two channels, `source` what symphonia reads from, `watch` the limits of
//! its work; `tracks` and `codec` put what it found into the words of the engine, and `header` writes headers anew for media that comes
//! after a reset (RPS-5).
//!
//! The one crate of the engine with a thread: docs/decisions/0012-pull-demuxers.md.

#![forbid(unsafe_code)]

mod codec;
mod demuxer;
pub mod error_code;
mod format;
mod header;
mod source;
mod tracks;
mod watch;
mod worker;

#[cfg(test)]
mod hostile_readers;

pub use format::{FLAC, OGG, WAV};
