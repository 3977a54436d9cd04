//! [`Registry`]: the table of formats and the questions that are asked of it (REG-1 to REG-6, MIM-2 to MIM-8, MS-20).

use mse_core::mime::Codecs;
use mse_core::{ByteStreamFormat, Codec, CodecsParameter, Demuxer, Limits, MimeType, RuntimeFormat};
use std::fmt;
use std::sync::Arc;

/// Says whether a decoder for a codec exists; the embedder's half of the support decision (COD-14).
/// It must be the same function for `isTypeSupported`, `addSourceBuffer`, `changeType` and the
/// codecs found in initialization segments. It is given codec strings, unknown ones too: an
/// embedder may bring formats and codecs of its own.
pub type CanDecode<'a> = &'a dyn Fn(&str) -> bool;

/// The byte stream formats that an engine knows.
#[derive(Clone)]
pub struct Registry {
    /// In the order of registration; the last one that names a type counts.
    formats: Vec<ByteStreamFormat>,
    /// Formats of the host; they come before all others.
    runtime: Vec<Arc<dyn RuntimeFormat>>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compiled = self.formats.iter().map(|format| format.name);
        f.debug_list().entries(compiled).entries(self.runtime.iter().map(|format| format.name())).finish()
    }
}

/// A demuxer's format: compiled in, or of the host.
#[derive(Clone)]
pub enum Format {
    /// A format known when the engine was compiled.
    Compiled(ByteStreamFormat),
    /// A format of the host.
    Runtime(Arc<dyn RuntimeFormat>),
}

impl Format {
    /// Name for people.
    pub fn name(&self) -> &str {
        match self {
            Self::Compiled(format) => format.name,
            Self::Runtime(format) => format.name(),
        }
    }

    /// The generate timestamps flag (REG-4).
    pub fn generate_timestamps(&self) -> bool {
        match self {
            Self::Compiled(format) => format.generate_timestamps,
            Self::Runtime(format) => format.generate_timestamps(),
        }
    }

    /// A demuxer for a type that the format supports.
    pub fn new_demuxer(&self, mime: &MimeType, limits: &Limits) -> Box<dyn Demuxer> {
        match self {
            Self::Compiled(format) => (format.new_demuxer)(mime, limits),
            Self::Runtime(format) => format.new_demuxer(mime, limits),
        }
    }

    fn codecs(&self) -> CodecsParameter {
        match self {
            Self::Compiled(format) => format.codecs,
            Self::Runtime(_) => CodecsParameter::Optional,
        }
    }

    fn supports(&self, mime: &MimeType) -> bool {
        match self {
            Self::Compiled(format) => (format.supports)(mime),
            Self::Runtime(format) => format.supports(mime),
        }
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Default for Registry {
    /// The formats that this crate's features enable.
    fn default() -> Self {
        #[allow(unused_mut, reason = "no feature may be enabled")]
        let mut registry = Self::new();
        #[cfg(feature = "progressive")]
        registry.register(&mse_isobmff::PROGRESSIVE);
        #[cfg(all(feature = "isobmff", not(feature = "progressive")))]
        registry.register(&mse_isobmff::FORMAT);
        #[cfg(feature = "mpeg-audio")]
        registry.register(&mse_mpeg_audio::FORMAT).register(&mse_mpeg_audio::AC3);
        #[cfg(feature = "mp2t")]
        registry.register(&mse_mp2t::FORMAT);
        #[cfg(feature = "webm")]
        registry.register(&mse_webm::FORMAT);
        #[cfg(feature = "pull")]
        registry.register(&mse_pull::OGG).register(&mse_pull::FLAC).register(&mse_pull::WAV);
        registry
    }
}

impl Registry {
    /// A registry without formats.
    pub const fn new() -> Self {
        Self { formats: Vec::new(), runtime: Vec::new() }
    }

    /// Adds a format. For the MIME types it shares with formats registered before, it takes their
    /// place.
    pub fn register(&mut self, format: &ByteStreamFormat) -> &mut Self {
        self.formats.push(*format);
        self
    }

    /// Adds a format of the host, ahead of all that are there.
    pub fn register_runtime(&mut self, format: Arc<dyn RuntimeFormat>) -> &mut Self {
        self.runtime.push(format);
        self
    }

    /// The compiled formats in the order of registration.
    pub fn formats(&self) -> &[ByteStreamFormat] {
        &self.formats
    }

    /// The format of a type and subtype; parameters are not looked at (REG-5).
    pub fn find(&self, mime: &MimeType) -> Option<Format> {
        let essence = mime.essence();
        let runtime = self.runtime.iter().rev().find(|format| format.has_type(essence));
        let compiled = || self.formats.iter().rev().find(|format| format.mime_types.contains(&essence));
        runtime
            .map(|format| Format::Runtime(Arc::clone(format)))
            .or_else(|| compiled().map(|format| Format::Compiled(*format)))
    }

    /// `isTypeSupported` (MS-20): strict about a `codecs` parameter that the format requires
    /// (MIM-7). Never throws.
    pub fn is_type_supported(&self, text: &str, can_decode: CanDecode<'_>) -> bool {
        self.check(text, can_decode).is_ok_and(|supported| {
            supported.format.codecs() != CodecsParameter::Required
                || supported.mime.codecs() != Codecs::Absent
        })
    }

    /// The check of `addSourceBuffer` and `changeType`: as
    /// [`is_type_supported`](Self::is_type_supported), but a missing `codecs` parameter leaves the
    /// codecs open whatever the format says (MIM-7).
    pub fn check(&self, text: &str, can_decode: CanDecode<'_>) -> Result<Supported, Unsupported> {
        if text.is_empty() {
            return Err(Unsupported::Empty);
        }
        let mime = MimeType::parse(text).ok_or(Unsupported::NotAMimeType)?;
        let format = self.find(&mime).ok_or(Unsupported::UnknownFormat)?;
        check_codecs(&mime, &format, can_decode)?;
        Ok(Supported { mime, format })
    }

    /// The format that recognises the first bytes of a stream; the one registered last when several
    /// do.
    pub fn sniff(&self, head: &[u8]) -> Option<&ByteStreamFormat> {
        self.formats.iter().rev().find(|format| (format.sniff)(head))
    }
}

fn check_codecs(mime: &MimeType, format: &Format, can_decode: CanDecode<'_>) -> Result<(), Unsupported> {
    match mime.codecs() {
        Codecs::Absent => {}
        Codecs::Listed(_) | Codecs::Malformed if format.codecs() == CodecsParameter::Forbidden => {
            return Err(Unsupported::CodecsForbidden);
        }
        Codecs::Malformed => return Err(Unsupported::MalformedCodecs),
        Codecs::Listed(list) => {
            let text = |codec: &Result<Codec, String>| match codec {
                Ok(codec) => can_decode(codec.as_str()),
                Err(text) => can_decode(text),
            };
            if !list.iter().all(text) {
                return Err(Unsupported::Codec);
            }
        }
    }
    if format.supports(mime) { Ok(()) } else { Err(Unsupported::Combination) }
}

/// A type that can be demuxed and decoded.
#[derive(Clone, Debug)]
pub struct Supported {
    /// The type, parsed.
    pub mime: MimeType,
    /// The format that demuxes the type.
    pub format: Format,
}

/// The condition of MS-20 that a type failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unsupported {
    /// The empty string, for which `addSourceBuffer` and `changeType` have an exception of their
    /// own (`TypeError`).
    Empty,
    /// Not a valid MIME type string.
    NotAMimeType,
    /// No format is registered for the type and subtype.
    UnknownFormat,
    /// A `codecs` parameter that is no list of codecs (MIM-3, MIM-4).
    MalformedCodecs,
    /// The format takes no `codecs` parameter (MIM-8).
    CodecsForbidden,
    /// A codec is unknown or has no decoder.
    Codec,
    /// The format cannot carry a codec that is listed (MIM-6).
    Combination,
}

impl Unsupported {
    /// In plain words, as the reason of an exception.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "the type is the empty string",
            Self::NotAMimeType => "the type is not a valid MIME type",
            Self::UnknownFormat => "no byte stream format is registered for the type",
            Self::MalformedCodecs => "the codecs parameter is malformed",
            Self::CodecsForbidden => "the type takes no codecs parameter",
            Self::Codec => "a codec of the type is unknown or cannot be decoded",
            Self::Combination => "the container does not take a codec of the type",
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for Unsupported {}
