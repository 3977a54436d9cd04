//! Media files read through the engine, and held against what ffmpeg reads.
//!
//! - [`ffmpeg`]: streams and packets of a file as ffprobe lists them.
//! - [`engine`]: the same file appended to a SourceBuffer, ended, and read back by frame readers.
//! - [`comparison`]: differences of the two, by kind.
//! - [`encoded`]: small pictures that ffmpeg encodes when a test runs.
//! - [`explanations`]: a table of kinds of difference that have a reason.
//! - [`folder`]: media files of a folder, each with the initialization segment that it needs.

#![forbid(unsafe_code)]

pub mod comparison;
pub mod encoded;
pub mod engine;
pub mod explanations;
pub mod ffmpeg;
pub mod folder;
