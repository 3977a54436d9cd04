//! The fields of the audio codec strings; most audio codecs have none.

use std::fmt;

use super::{CodecFamily, decimal, hexadecimal_byte};

/// `mp4a.OO[.A]`: the audio of MPEG-4 systems (RFC 6381 section 3.3, COD-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mp4a {
    /// `objectTypeIndication` of the decoder configuration descriptor: 0x40 MPEG-4 audio, 0x6B MP3.
    pub object_type_indication: u8,
    /// The audio object type, exactly when the indication is 0x40: 2 AAC-LC, 5 SBR, 29 PS, 42 USAC,
    /// 34 MP3.
    pub audio_object_type: Option<u8>,
}

impl Mp4a {
    const MPEG4_AUDIO: u8 = 0x40;

    /// The indication is hexadecimal, the object type decimal. A leading zero (`mp4a.40.02`) is an
    /// old habit that peers take.
    pub(super) fn parse(fields: &[&str]) -> Option<Self> {
        let (indication, audio_object_type) = match fields {
            [indication] => (indication, None),
            [indication, object_type] => (indication, Some(decimal(object_type, 1, 2)?)),
            _ => return None,
        };
        let object_type_indication = hexadecimal_byte(indication)?;
        let needs_object_type = object_type_indication == Self::MPEG4_AUDIO;
        (needs_object_type == audio_object_type.is_some())
            .then_some(Self { object_type_indication, audio_object_type })
    }

    /// The codec behind the two numbers (MP4RA's object types; ISO/IEC 14496-3 table 1.17); `None`
    /// for those unknown here.
    pub(super) fn family(self) -> Option<CodecFamily> {
        match (self.object_type_indication, self.audio_object_type) {
            // Main, LC, SSR, LTP, SBR, scalable, the error resilient kinds, PS, ELD, USAC.
            (Self::MPEG4_AUDIO, Some(1..=6 | 17 | 19 | 20 | 23 | 29 | 39 | 42)) => Some(CodecFamily::Aac),
            // Layers I, II and III.
            (Self::MPEG4_AUDIO, Some(32..=34)) => Some(CodecFamily::Mp3),
            (0x66..=0x68, None) => Some(CodecFamily::Aac),
            (0x69 | 0x6B, None) => Some(CodecFamily::Mp3),
            (0xA5, None) => Some(CodecFamily::Ac3),
            (0xA6, None) => Some(CodecFamily::Eac3),
            (0xA9..=0xAC | 0xB2 | 0xB3, None) => Some(CodecFamily::Dts),
            (0xAD, None) => Some(CodecFamily::Opus),
            (0xAE, None) => Some(CodecFamily::Ac4),
            _ => None,
        }
    }
}

impl fmt::Display for Mp4a {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}", self.object_type_indication)?;
        self.audio_object_type.map_or(Ok(()), |object_type| write!(f, ".{object_type}"))
    }
}

/// `ac-4.VV.PP.LL`, two hexadecimal digits each (ETSI TS 103 190-2 annex E.13, COD-8). A bare
/// `ac-4` has no details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ac4 {
    /// `bitstream_version`.
    pub bitstream_version: u8,
    /// `presentation_version`.
    pub presentation_version: u8,
    /// `mdcompat`, the decoder compatibility level, 0 to 7.
    pub mdcompat: u8,
}

impl Ac4 {
    pub(super) fn parse(fields: &[&str]) -> Option<Self> {
        let [bitstream_version, presentation_version, mdcompat] = fields else { return None };
        Some(Self {
            bitstream_version: hexadecimal_byte(bitstream_version)?,
            presentation_version: hexadecimal_byte(presentation_version)?,
            mdcompat: hexadecimal_byte(mdcompat).filter(|level| *level <= 7)?,
        })
    }
}

impl fmt::Display for Ac4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X}.{:02X}.{:02X}", self.bitstream_version, self.presentation_version, self.mdcompat)
    }
}

/// `mhm1.0xLL` and its kin (ISO/IEC 23008-3, COD-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MpegH {
    /// `mpegh3daProfileLevelIndication`: 0x0D is Low Complexity, level 3.
    pub profile_level_indication: u8,
}

impl MpegH {
    pub(super) fn parse(fields: &[&str]) -> Option<Self> {
        let [field] = fields else { return None };
        Some(Self { profile_level_indication: hexadecimal_byte(field.strip_prefix("0x")?)? })
    }
}

impl fmt::Display for MpegH {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02X}", self.profile_level_indication)
    }
}

/// `iamf.PPP.PPP.<codec>` (Immersive Audio Model and Formats section 6.3, COD-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Iamf {
    /// `primary_profile`: 0 Simple, 1 Base.
    pub primary_profile: u8,
    /// `additional_profile`.
    pub additional_profile: u8,
    /// Codec of the substreams: Opus, FLAC or AAC (`mp4a.40.2`); `None` is linear PCM (`ipcm`).
    pub codec: Option<CodecFamily>,
}

impl Iamf {
    /// `opus` and `flac` in lower case are no names of the specification; peers take them.
    pub(super) fn parse(fields: &[&str]) -> Option<Self> {
        let [primary_profile, additional_profile, codec @ ..] = fields else { return None };
        let codec = match codec {
            ["Opus" | "opus"] => Some(CodecFamily::Opus),
            ["fLaC" | "flac"] => Some(CodecFamily::Flac),
            ["mp4a", "40", "2"] => Some(CodecFamily::Aac),
            ["ipcm"] => None,
            _ => return None,
        };
        Some(Self {
            primary_profile: decimal(primary_profile, 3, 3)?,
            additional_profile: decimal(additional_profile, 3, 3)?,
            codec,
        })
    }
}

impl fmt::Display for Iamf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}.{:03}.", self.primary_profile, self.additional_profile)?;
        f.write_str(match self.codec {
            Some(CodecFamily::Opus) => "Opus",
            Some(CodecFamily::Flac) => "fLaC",
            Some(CodecFamily::Aac) => "mp4a.40.2",
            None => "ipcm",
            Some(_) => "?", // not a codec of IAMF; what is written does not parse
        })
    }
}
