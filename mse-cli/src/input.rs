//! Files and standard input: reading, recognising, and progress on long work.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use mse::{ByteStreamFormat, Registry};
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Bytes that are handed to the engine at a time.
pub(crate) const PIECE: usize = 1 << 20;
/// Work below this many bytes is over before a bar could be read.
const LONG_WORK: u64 = 32 << 20;

/// Exit status where a file ends inside a structure, and nothing worse happened.
pub(crate) const ENDS_INSIDE: u8 = 3;

/// Name under which standard input is asked for.
pub(crate) const STANDARD_INPUT: &str = "-";

/// A file or standard input, read piece by piece: what is read is not held here.
pub(crate) struct Input {
    name: PathBuf,
    reader: Box<dyn Read>,
    /// Bytes in all, where the input knows.
    size: Option<u64>,
    /// The first piece, before it is taken; never empty.
    first: Option<Bytes>,
}

impl Input {
    /// Opens a file, or standard input for `-`, and reads the first piece.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot read {}", path.display());
        let (reader, size): (Box<dyn Read>, _) = if path == Path::new(STANDARD_INPUT) {
            (Box::new(io::stdin().lock()), None)
        } else {
            let file = File::open(path).with_context(cannot)?;
            let size = file.metadata().with_context(cannot)?.len();
            (Box::new(file), Some(size))
        };
        let mut input = Self { name: path.to_owned(), reader, size, first: None };
        input.first = input.read().with_context(cannot)?;
        if input.first.is_none() {
            bail!("{} is empty", path.display());
        }
        Ok(input)
    }

    /// The first bytes, by which a format is recognised.
    pub(crate) fn head(&self) -> &[u8] {
        self.first.as_deref().unwrap_or_default()
    }

    /// Name of the input for people.
    pub(crate) fn name(&self) -> String {
        self.name.display().to_string()
    }

    /// Bytes in all; 0 where that is not known.
    pub(crate) fn size(&self) -> u64 {
        self.size.unwrap_or(0)
    }

    /// The next piece, full but for the last; `None` at the end.
    pub(crate) fn next_piece(&mut self) -> Result<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let piece = self.read();
        piece.with_context(|| format!("cannot read {}", self.name.display()))
    }

    fn read(&mut self) -> io::Result<Option<Bytes>> {
        let mut piece = Vec::with_capacity(PIECE);
        self.reader.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        Ok((!piece.is_empty()).then(|| piece.into()))
    }
}

/// The files that arguments name: a directory stands for the files in it, by name.
pub(crate) fn files(arguments: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for argument in arguments {
        if !argument.is_dir() {
            files.push(argument.clone());
            continue;
        }
        let cannot = || format!("cannot read {}", argument.display());
        let entries: io::Result<Vec<_>> = fs::read_dir(argument).with_context(cannot)?.collect();
        let mut inside: Vec<PathBuf> = entries
            .with_context(cannot)?
            .iter()
            .map(fs::DirEntry::path)
            .filter(|path| path.is_file())
            .collect();
        if inside.is_empty() {
            bail!("{} has no files", argument.display());
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
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

/// Whether bytes are a media segment of ISO BMFF on its own, which continues what came before.
pub(crate) fn begins_with_media_segment(bytes: &[u8]) -> bool {
    matches!(bytes.get(4..8), Some(b"styp" | b"moof" | b"sidx" | b"prft" | b"emsg"))
}

/// A progress bar on standard error, hidden when the work is short or nobody looks.
pub(crate) fn progress(total: u64, what: &str) -> ProgressBar {
    if total < LONG_WORK || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    let bar = ProgressBar::new(total).with_message(what.to_owned());
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}
