//! `mse run TRACE`: replays a recorded trace and prints its records.

use super::runner;
use anyhow::{Context, Result};
use bytes::Bytes;
use mse::Config;
use mse::trace::Replay;
use std::io::Write;

/// Whether a file is a trace.
pub(crate) fn is_trace(bytes: &[u8]) -> bool {
    bytes.starts_with(&mse::trace::MAGIC[..8])
}

/// Replays a trace and prints one line a record. Ends with an error at the first record that comes
/// out differently.
pub(crate) fn run(trace: &Bytes, config: Config, out: &mut impl Write) -> Result<()> {
    let mut replay = Replay::new(trace.clone(), runner::host(config))?;
    while let Some(line) = replay.step().context("the trace does not replay as it was recorded")? {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
