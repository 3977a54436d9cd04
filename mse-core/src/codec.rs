//! Codec strings: one element of the `codecs` parameter of a media MIME type (RFC 6381 section
//! 3.3).
//!
//! A codec string is a name and, after dots, the fields that the name's specification defines:
//! `avc1.4D401E` is the sample entry `avc1` with profile, constraint flags and level.
//! [`Codec::parse`] recognises the names of requirements COD-1 to COD-12 and checks their fields;
//! a name it does not know and fields that break the grammar give the same answer, `None`, because
//! the standard draws no line between them (MS-20: an unsupported codec).
//!
//! What is *not* here: which codec may live in which container (the format crates' `supports`),
//! whether a decoder exists (the embedder's callback, COD-14), and how a configuration record
//! becomes a string (`mse-codecs` fills the structs of [`CodecDetails`], [`Codec::new`] writes
//! them).

mod audio;
mod mpeg_video;
mod vpx_av1;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::track_kind::TrackKind;

pub use audio::{Ac4, Iamf, Mp4a, MpegH};
pub use mpeg_video::{Avc, DolbyVision, Hevc, Vvc};
pub use vpx_av1::{Av1, CodecColour, Vpx};

/// One element of a `codecs` parameter, recognised and checked.
///
/// Two codecs are equal when they are written alike: `avc1.4d001e` and `avc1.4D001E` differ, though
/// their [`details`](Self::details) do not. Compare a declared codec with the one found in an
/// initialization segment by [`family`](Self::family) (COD-15).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Codec {
    text: String,
    family: CodecFamily,
    details: Option<CodecDetails>,
}

impl Codec {
    /// Parses one codec string, percent-encoded or not (RFC 6381 section 3.1, `id-simple` or
    /// `id-encoded`).
    ///
    /// `None` when the name is unknown (COD-1), when the fields break its grammar (COD-2 to
    /// COD-12), or when a percent escape is broken. Names are case-sensitive, as RFC 6381 has them;
    /// of several spellings in use each is listed (`Opus` of ISO BMFF, `opus` of WebM, COD-8).
    /// Surrounding white space is the list's affair, not accepted here.
    ///
    /// ```
    /// use mse_core::codec::{Codec, CodecFamily};
    ///
    /// assert_eq!(Codec::parse("mp4a.40.2").map(|codec| codec.family()), Some(CodecFamily::Aac));
    /// assert_eq!(Codec::parse("mp4a.40"), None); // which MPEG-4 audio?
    /// ```
    pub fn parse(id: &str) -> Option<Self> {
        let text = percent_decode(id)?.into_owned();
        let fields: Vec<&str> = text.split('.').collect();
        let (name, fields) = fields.split_first()?;
        let (family, details) = recognise(name, fields)?;
        Some(Self { text, family, details })
    }

    /// Writes `details` after the name of a sample entry: `("avc1", Avc { .. })` gives
    /// `avc1.42C01E`.
    ///
    /// `None` when the result would not [`parse`](Self::parse): a field out of range, or a name
    /// that takes other fields. A name without fields (`vp8`, `Opus`) needs no writing: parse it.
    pub fn new(sample_entry: &str, details: &CodecDetails) -> Option<Self> {
        Self::parse(&format!("{sample_entry}.{details}"))
    }

    /// The codec string as written, percent escapes decoded.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first element: the sample entry type in ISO BMFF (`avc1`), otherwise a bare name
    /// (`vorbis`).
    pub fn sample_entry(&self) -> &str {
        self.text.split_once('.').map_or(self.as_str(), |(name, _)| name)
    }

    /// The codec without profile and level: the grain at which declared and actual codecs are
    /// compared (COD-15).
    pub fn family(&self) -> CodecFamily {
        self.family
    }

    /// Whether a track of this codec is audio, video or text.
    pub fn kind(&self) -> TrackKind {
        self.family.kind()
    }

    /// The fields after the name. `None` for a name that has none (`Opus`, `vp9`), and for `stpp`,
    /// whose TTML profile is text.
    pub fn details(&self) -> Option<&CodecDetails> {
        self.details.as_ref()
    }
}

impl FromStr for Codec {
    type Err = UnknownCodec;

    fn from_str(id: &str) -> Result<Self, UnknownCodec> {
        Self::parse(id).ok_or(UnknownCodec)
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The string names no codec known here, or its fields break the grammar of the one it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCodec;

impl fmt::Display for UnknownCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown codec or malformed codec string")
    }
}

impl std::error::Error for UnknownCodec {}

/// A codec without profile, level and packaging: `avc1.42C01E` and `avc3.64001F` are both
/// [`Avc`](Self::Avc).
///
/// Changing profile or level within a family is ordinary adaptive streaming; changing the family is
/// not (COD-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CodecFamily {
    /// H.264, ISO/IEC 14496-10.
    Avc,
    /// H.265, ISO/IEC 23008-2.
    Hevc,
    /// H.266, ISO/IEC 23090-3.
    Vvc,
    /// AV1.
    Av1,
    /// VP8.
    Vp8,
    /// VP9.
    Vp9,
    /// Dolby Vision under its own sample entries; a cross-compatible stream is declared by its base
    /// codec (COD-9).
    DolbyVision,
    /// MPEG-2 and MPEG-4 AAC, with SBR, PS and USAC.
    Aac,
    /// MPEG-1 and MPEG-2 audio, Layers I to III.
    Mp3,
    /// Opus.
    Opus,
    /// Vorbis.
    Vorbis,
    /// FLAC.
    Flac,
    /// Apple Lossless.
    Alac,
    /// AC-3, Dolby Digital.
    Ac3,
    /// E-AC-3, Dolby Digital Plus.
    Eac3,
    /// AC-4.
    Ac4,
    /// DTS, DTS-HD, DTS Express and DTS-UHD.
    Dts,
    /// TrueHD.
    TrueHd,
    /// MPEG-H 3D Audio.
    MpegH,
    /// Immersive Audio Model and Formats.
    Iamf,
    /// Samples, linear or companded.
    Pcm,
    /// WebVTT in ISO BMFF.
    WebVtt,
    /// TTML in ISO BMFF, IMSC1 included.
    Ttml,
    /// 3GPP timed text.
    Tx3g,
}

impl CodecFamily {
    /// The kind of track that carries this family.
    pub fn kind(self) -> TrackKind {
        match self {
            Self::Avc | Self::Hevc | Self::Vvc | Self::Av1 | Self::Vp8 | Self::Vp9 | Self::DolbyVision => {
                TrackKind::Video
            }
            Self::WebVtt | Self::Ttml | Self::Tx3g => TrackKind::Text,
            _ => TrackKind::Audio,
        }
    }
}

/// The fields of a codec string. `Display` writes them as they stand after the first dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodecDetails {
    /// `avc1`, `avc3`.
    Avc(Avc),
    /// `hvc1`, `hev1`.
    Hevc(Hevc),
    /// `vvc1`, `vvi1`.
    Vvc(Vvc),
    /// `vp08`, `vp09`.
    Vpx(Vpx),
    /// `av01`.
    Av1(Av1),
    /// `dvh1`, `dvhe`, `dva1`, `dvav`, `dav1`.
    DolbyVision(DolbyVision),
    /// `mp4a`.
    Mp4a(Mp4a),
    /// `ac-4`.
    Ac4(Ac4),
    /// `mha1`, `mha2`, `mhm1`, `mhm2`.
    MpegH(MpegH),
    /// `iamf`.
    Iamf(Iamf),
}

impl fmt::Display for CodecDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Avc(fields) => fields.fmt(f),
            Self::Hevc(fields) => fields.fmt(f),
            Self::Vvc(fields) => fields.fmt(f),
            Self::Vpx(fields) => fields.fmt(f),
            Self::Av1(fields) => fields.fmt(f),
            Self::DolbyVision(fields) => fields.fmt(f),
            Self::Mp4a(fields) => fields.fmt(f),
            Self::Ac4(fields) => fields.fmt(f),
            Self::MpegH(fields) => fields.fmt(f),
            Self::Iamf(fields) => fields.fmt(f),
        }
    }
}

/// The table of names: each with the family it belongs to and the grammar of its fields.
///
/// `encv` and `enca` are missing on purpose: a protected track is declared by its original format
/// (COD-11). So is `.mp3`, the sample entry of MP3 in QuickTime and MP4: with an empty first
/// element it cannot be written in this grammar; its string is `mp3`.
fn recognise(name: &str, fields: &[&str]) -> Option<(CodecFamily, Option<CodecDetails>)> {
    use CodecDetails as Details;
    use CodecFamily as Family;

    Some(match (name, fields) {
        ("avc1" | "avc3", _) => (Family::Avc, Some(Details::Avc(Avc::parse(fields)?))),
        ("hvc1" | "hev1", _) => (Family::Hevc, Some(Details::Hevc(Hevc::parse(fields)?))),
        ("vvc1" | "vvi1", _) => (Family::Vvc, Some(Details::Vvc(Vvc::parse(fields)?))),
        ("av01", _) => (Family::Av1, Some(Details::Av1(Av1::parse(fields)?))),
        ("vp08", _) => (Family::Vp8, Some(Details::Vpx(Vpx::parse(fields)?))),
        ("vp09", _) => (Family::Vp9, Some(Details::Vpx(Vpx::parse(fields)?))),
        // WebM's older names: the profile stays open.
        ("vp8", [] | ["0"]) => (Family::Vp8, None),
        ("vp9", [] | ["0"]) => (Family::Vp9, None),
        ("dvh1" | "dvhe" | "dva1" | "dvav" | "dav1", _) => {
            (Family::DolbyVision, Some(Details::DolbyVision(DolbyVision::parse(name, fields)?)))
        }

        ("mp4a", _) => {
            let mp4a = Mp4a::parse(fields)?;
            (mp4a.family()?, Some(Details::Mp4a(mp4a)))
        }
        ("mp3", []) => (Family::Mp3, None),
        ("Opus" | "opus", []) => (Family::Opus, None),
        ("vorbis", []) => (Family::Vorbis, None),
        ("fLaC" | "flac", []) => (Family::Flac, None),
        ("alac", []) => (Family::Alac, None),
        ("ac-3", []) => (Family::Ac3, None),
        ("ec-3", []) => (Family::Eac3, None),
        ("ac-4", []) => (Family::Ac4, None),
        ("ac-4", _) => (Family::Ac4, Some(Details::Ac4(Ac4::parse(fields)?))),
        ("dtsc" | "dtse" | "dtsh" | "dtsl" | "dtsx" | "dtsy", []) => (Family::Dts, None),
        ("mlpa", []) => (Family::TrueHd, None),
        ("mha1" | "mha2" | "mhm1" | "mhm2", _) => {
            (Family::MpegH, Some(Details::MpegH(MpegH::parse(fields)?)))
        }
        ("iamf", _) => (Family::Iamf, Some(Details::Iamf(Iamf::parse(fields)?))),

        // As WebCodecs names them (https://www.w3.org/TR/webcodecs-pcm-codec-registration/), and
        // `1`, WAV's format tag (RFC 2361).
        (
            "pcm-u8" | "pcm-s16" | "pcm-s24" | "pcm-s32" | "pcm-f32" | "pcm-f64" | "alaw" | "ulaw" | "1",
            [],
        ) => (Family::Pcm, None),
        // ISO BMFF (ISO/IEC 23003-5), and QuickTime.
        (
            "ipcm" | "fpcm" | "sowt" | "twos" | "lpcm" | "in24" | "in32" | "fl32" | "fl64" | "raw" | "NONE",
            [],
        ) => (Family::Pcm, None),

        ("wvtt", []) => (Family::WebVtt, None),
        ("stpp", []) => (Family::Ttml, None),
        ("stpp", ["ttml", profile]) if is_token(profile) => (Family::Ttml, None),
        ("tx3g", []) => (Family::Tx3g, None),
        _ => return None,
    })
}

/// Undoes percent-encoding (RFC 6381 section 3.1, after RFC 2231). `None` for a broken escape or
/// text that is not UTF-8.
///
/// Dots and commas are delimiters only where they stand unescaped, so an escaped one is part of an
/// element; no known codec has one (nor a percent sign), and refusing it here spares every grammar
/// the question.
fn percent_decode(id: &str) -> Option<Cow<'_, str>> {
    let mut pieces = id.split('%');
    let first = pieces.next()?;
    if first.len() == id.len() {
        return Some(Cow::Borrowed(id));
    }
    let mut bytes = first.as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        let byte = u8::try_from(hexadecimal(digits, 2, 2)?).ok()?;
        if matches!(byte, b'.' | b',' | b'%') {
            return None;
        }
        bytes.push(byte);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// A decimal number of `min` to `max` digits, nothing else: no sign, no white space.
fn decimal(field: &str, min: usize, max: usize) -> Option<u8> {
    let well_formed = (min..=max).contains(&field.len()) && field.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| field.parse().ok())?
}

/// A hexadecimal number of `min` to `max` digits (at most 8) in either case.
fn hexadecimal(field: &str, min: usize, max: usize) -> Option<u32> {
    let well_formed =
        (min..=max).contains(&field.len()) && field.bytes().all(|byte| byte.is_ascii_hexdigit());
    well_formed.then(|| u32::from_str_radix(field, 16).ok())?
}

/// A byte as exactly two hexadecimal digits.
fn hexadecimal_byte(field: &str) -> Option<u8> {
    u8::try_from(hexadecimal(field, 2, 2)?).ok()
}

/// `0` or `1`, in exactly `digits` digits.
fn flag(field: &str, digits: usize) -> Option<bool> {
    match decimal(field, digits, digits)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// One or more characters of a MIME token (RFC 2045 section 5.1, without the dot, which is a
/// delimiter here).
fn is_token(field: &str) -> bool {
    !field.is_empty()
        && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&'*+-^_`{|}~".contains(&byte))
}
