//! Inputs: reading, recognising, and progress on long work.

use crate::playlist::{self, RenditionArguments};
use crate::resource::{Key, Resource};
use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt as _, KeyInit as _};
use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressStyle};
use mse::{ByteStreamFormat, Registry};
use std::fs;
use std::io::{self, Cursor, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Bytes that are handed to the engine at a time.
pub(crate) const PIECE: usize = 1 << 20;
/// Work below this many bytes is over before a bar could be read.
const LONG_WORK: u64 = 32 << 20;

/// Exit status where a file ends inside a structure, and nothing worse happened.
pub(crate) const ENDS_INSIDE: u8 = 3;

/// Bytes of a segment that is encrypted as a whole: it is decrypted at once.
const MOST_ENCRYPTED: u64 = 512 << 20;

/// A resource that is read piece by piece: what is read is not held here.
pub(crate) struct Input {
    name: String,
    reader: Box<dyn Read>,
    /// Bytes in all, where the input knows.
    size: Option<u64>,
    /// The first piece, before it is taken; never empty.
    first: Option<Bytes>,
}

impl Input {
    /// Opens a resource, and reads the first piece.
    pub(crate) fn open(resource: &Resource) -> Result<Self> {
        let (reader, size): (Box<dyn Read>, _) = match &resource.key {
            None => resource.open()?,
            Some(key) => (Box::new(Cursor::new(decrypted(resource, key)?)), None),
        };
        let mut input = Self { name: resource.to_string(), reader, size, first: None };
        input.first = input.read().with_context(|| format!("cannot read {resource}"))?;
        if input.first.is_none() {
            bail!("{resource} is empty");
        }
        Ok(input)
    }

    /// The first bytes, by which a format is recognised.
    pub(crate) fn head(&self) -> &[u8] {
        self.first.as_deref().unwrap_or_default()
    }

    /// Name of the input for people.
    pub(crate) fn name(&self) -> &str {
        &self.name
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
        piece.with_context(|| format!("cannot read {}", self.name))
    }

    fn read(&mut self) -> io::Result<Option<Bytes>> {
        let mut piece = Vec::with_capacity(PIECE);
        self.reader.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        Ok((!piece.is_empty()).then(|| piece.into()))
    }
}

/// The bytes of a segment that is encrypted with AES-128 in CBC mode, without padding.
fn decrypted(resource: &Resource, key: &Key) -> Result<Vec<u8>> {
    const BLOCK: usize = 16;
    let secret = key.resource.read(BLOCK as u64)?;
    let secret: [u8; BLOCK] =
        secret.try_into().map_err(|_| anyhow!("the key {} has not 16 bytes", key.resource))?;
    let mut bytes = resource.encrypted().read(MOST_ENCRYPTED)?;
    let cipher = Aes128::new(&Array::from(secret));
    let mut before = key.vector;
    for block in bytes.chunks_exact_mut(BLOCK) {
        let mut plain = Array::from(<[u8; BLOCK]>::try_from(&*block)?);
        let next: [u8; BLOCK] = plain.into();
        cipher.decrypt_block(&mut plain);
        for ((byte, plain), before) in block.iter_mut().zip(plain).zip(before) {
            *byte = plain ^ before;
        }
        before = next;
    }
    let padding = bytes.last().map_or(0, |count| usize::from(*count));
    if padding == 0 || padding > BLOCK || bytes.len() % BLOCK != 0 {
        bail!("{resource} cannot be decrypted with {}", key.resource);
    }
    bytes.truncate(bytes.len() - padding);
    Ok(bytes)
}

/// The resources that arguments name: a directory stands for the files in it, by name, and a
/// playlist for its segments.
pub(crate) fn resources(arguments: &[PathBuf], choice: &RenditionArguments) -> Result<Vec<Resource>> {
    let mut resources = Vec::new();
    for argument in arguments {
        let resource = Resource::of(argument);
        if resource.is_playlist() {
            let renditions = playlist::renditions(&resource, choice)?;
            resources.extend(renditions.into_iter().flat_map(|rendition| rendition.segments));
        } else if argument.is_dir() {
            resources.extend(inside(argument)?.into_iter().map(Resource::of));
        } else {
            resources.push(resource);
        }
    }
    Ok(resources)
}

/// Files of a folder, but for playlists.
fn inside(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read {}", folder.display());
    let entries: io::Result<Vec<_>> = fs::read_dir(folder).with_context(cannot)?.collect();
    let is_read = |path: &PathBuf| path.is_file() && !Resource::of(path).is_playlist();
    let mut inside: Vec<PathBuf> =
        entries.with_context(cannot)?.iter().map(fs::DirEntry::path).filter(is_read).collect();
    if inside.is_empty() {
        bail!("{} has no files", folder.display());
    }
    inside.sort();
    Ok(inside)
}

/// Whether an input goes on with what comes before it: as a playlist says, or as its bytes tell.
pub(crate) fn continues(resource: &Resource, input: &Input) -> bool {
    resource.continues.unwrap_or_else(|| begins_with_media_segment(input.head()))
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
    name: &str,
    bytes: &[u8],
) -> Result<&'a ByteStreamFormat> {
    let Some(format) = registry.sniff(bytes) else {
        let known: Vec<&str> = registry.formats().iter().map(|format| format.name).collect();
        bail!("{name} is in none of the formats known here: {}", known.join(", "));
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
fn begins_with_media_segment(bytes: &[u8]) -> bool {
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
