//! MIME types of byte streams: what `addSourceBuffer`, `changeType` and `isTypeSupported` are
//! given.
//!
//! A type is parsed by the WHATWG algorithm (MIM-1), and its `codecs` parameter by RFC 6381 (MIM-4,
//! MIM-5). What a type *means* is decided elsewhere: which types have a byte stream format by the
//! registry (REG-5), which codecs a container takes and whether it may be named without any by the
//! format (MIM-6 to MIM-8).

use std::fmt;

use data_url::mime::Mime;

use crate::codec::Codec;

/// A parsed MIME type with the codecs it declares.
///
/// Two types are equal when type, subtype and parameters are, case-folded where the grammar folds
/// case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MimeType {
    mime: Mime,
    essence: String,
    /// `None`: no parameter. An empty list: a malformed one, for a well-formed list has an element.
    codecs: Option<Vec<DeclaredCodec>>,
}

/// An element of the `codecs` parameter: recognised, or the text as written when no codec here
/// answers to it.
pub type DeclaredCodec = Result<Codec, String>;

impl MimeType {
    /// The longest string that is parsed, in bytes. The longest real ones have some hundreds;
    /// looking up duplicates of thousands of parameters takes quadratic time.
    pub const MAX_LENGTH: usize = 4 * 1024;

    /// Parses a MIME type (<https://mimesniff.spec.whatwg.org/#parse-a-mime-type>).
    ///
    /// Type, subtype and parameter names are case-insensitive. Of a parameter given twice the first
    /// counts, unknown parameters are kept and ignored (MIM-2), and a parameter that breaks the
    /// grammar is as if it was not there: one without a name or a value (`;codecs`, `;codecs=`), or
    /// with characters outside ISO-8859-1. `None` when type or subtype is missing or no token
    /// (`""`, `video`, `video/`; MIM-3), or when the string is longer than
    /// [`MAX_LENGTH`](Self::MAX_LENGTH).
    ///
    /// ```
    /// use mse_core::mime::MimeType;
    ///
    /// let mime = MimeType::parse("Video/MP4; codecs=\"avc1.4d401e, mp4a.40.2\"").unwrap();
    /// assert_eq!(mime.essence(), "video/mp4");
    /// assert_eq!(mime.codecs().known().count(), 2);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::MAX_LENGTH {
            return None;
        }
        let mime: Mime = text.parse().ok()?;
        let essence = format!("{}/{}", mime.type_, mime.subtype);
        let codecs = parse_codecs(&mime);
        Some(Self { mime, essence, codecs })
    }

    /// Type and subtype in lower case, `video/mp4`: the key of the byte stream format registry
    /// (REG-5).
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The type in lower case: `video`.
    pub fn type_(&self) -> &str {
        &self.mime.type_
    }

    /// The subtype in lower case: `mp4`.
    pub fn subtype(&self) -> &str {
        &self.mime.subtype
    }

    /// The value of a parameter, unquoted; `name` in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.mime.get_parameter(name)
    }

    /// The declared codecs (MIM-3 to MIM-5).
    ///
    /// From the parameter `codecs`, or if there is none, from `codecs*` (RFC 6381 section 3.1,
    /// `cod-fancy`). Of both, the plain one counts: every reader knows it, and browsers know no
    /// other.
    pub fn codecs(&self) -> Codecs<'_> {
        match self.codecs.as_deref() {
            None => Codecs::Absent,
            Some([]) => Codecs::Malformed,
            Some(list) => Codecs::Listed(list),
        }
    }
}

impl fmt::Display for MimeType {
    /// <https://mimesniff.spec.whatwg.org/#serialize-a-mime-type>
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mime.fmt(f)
    }
}

/// The `codecs` parameter of a MIME type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codecs<'a> {
    /// Nothing. Whether that will do is up to the byte stream format and the method called (MIM-7).
    Absent,
    /// A parameter that is no list of codecs: `codecs=""`, `codecs=","`, `codecs="vp8,"`. No format
    /// supports it (MIM-3, MIM-4).
    Malformed,
    /// At least one element, in the order written.
    Listed(&'a [DeclaredCodec]),
}

impl<'a> Codecs<'a> {
    /// The recognised elements.
    pub fn known(self) -> impl Iterator<Item = &'a Codec> {
        let list = if let Self::Listed(list) = self { list } else { &[] };
        list.iter().filter_map(|codec| codec.as_ref().ok())
    }

    /// Whether codecs are listed, each is recognised, and `accept` takes each. False for an absent
    /// parameter: a format that can do without one says so itself.
    pub fn all_listed(self, mut accept: impl FnMut(&Codec) -> bool) -> bool {
        let Self::Listed(list) = self else { return false };
        list.iter().all(|codec| codec.as_ref().is_ok_and(&mut accept))
    }
}

/// The elements of `codecs` or `codecs*`; an empty list when it is malformed.
fn parse_codecs(mime: &Mime) -> Option<Vec<DeclaredCodec>> {
    let list = match mime.get_parameter("codecs") {
        Some(list) => Some(list),
        None => strip_charset_and_language(mime.get_parameter("codecs*")?),
    };
    Some(list.and_then(parse_list).unwrap_or_default())
}

/// Splits at commas before any escape is decoded, trims, and refuses empty elements (MIM-4).
fn parse_list(list: &str) -> Option<Vec<DeclaredCodec>> {
    list.split(',')
        .map(|element| match element.trim_ascii() {
            "" => None,
            id => Some(Codec::parse(id).ok_or_else(|| id.to_owned())),
        })
        .collect()
}

/// The list of `[charset]'[language]'list` (RFC 2231 section 4). RFC 6381 lets a parser know
/// US-ASCII and UTF-8 only; an empty charset is read as these. The language of a codec is nobody's
/// concern.
fn strip_charset_and_language(value: &str) -> Option<&str> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, list) = rest.split_once('\'')?;
    ["", "us-ascii", "utf-8"].iter().any(|known| charset.eq_ignore_ascii_case(known)).then_some(list)
}
