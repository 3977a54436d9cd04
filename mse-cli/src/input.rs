//! Files: reading, recognising, and progress on long work.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use mse::{ByteStreamFormat, Registry};
use std::fs;
use std::io::IsTerminal;
use std::path::Path;

/// Bytes that are handed to the engine at a time.
pub(crate) const PIECE: usize = 1 << 20;
/// Work below this many bytes is over before a bar could be read.
const LONG_WORK: u64 = 32 << 20;

/// A file's bytes.
pub(crate) fn read(path: &Path) -> Result<Bytes> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.is_empty() {
        bail!("{} is empty", path.display());
    }
    Ok(Bytes::from(bytes))
}

/// The formats of the engine, and those beyond the W3C registry that the command reads.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.register(&mse_webm::MATROSKA);
    // One by one: the feature `pull` of `mse` would be on for all that is built with the command.
    registry.register(&mse_pull::OGG).register(&mse_pull::FLAC).register(&mse_pull::WAV);
    registry
}

/// The byte stream format of a file, recognised from its first bytes.
pub(crate) fn recognise<'a>(
    registry: &'a Registry,
    path: &Path,
    bytes: &[u8],
) -> Result<&'a ByteStreamFormat> {
    let Some(format) = registry.sniff(bytes) else {
        let known: Vec<&str> = registry.formats().iter().map(|format| format.name).collect();
        bail!("{} is in none of the formats known here: {}", path.display(), known.join(", "));
    };
    Ok(format)
}

/// The MIME type under which a format is asked for when only bytes are at hand.
pub(crate) fn mime_type(format: &ByteStreamFormat) -> Result<&'static str> {
    format
        .mime_types
        .iter()
        .copied()
        .find(|essence| essence.starts_with("video/"))
        .or_else(|| format.mime_types.first().copied())
        .with_context(|| format!("the format {} has no MIME type", format.name))
}

/// A progress bar on standard error, hidden when the work is short or nobody looks.
pub(crate) fn progress(total: u64, what: &str) -> ProgressBar {
    if total < LONG_WORK || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    let bar = ProgressBar::new(total).with_message(what.to_owned());
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}
