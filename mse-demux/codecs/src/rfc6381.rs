//! Codec strings written from configurations (COD-13). [`Codec::parse`] takes each of them; `None`
//! when the configuration says something that has no string.

use crate::aac::AudioSpecificConfig;
use crate::avc::AvcConfiguration;
use crate::hevc::HevcConfiguration;
use mse_core::Colour;
use mse_core::codec::{Ac4, Av1, Avc, Codec, CodecColour, CodecDetails, Iamf, Mp4a, MpegH, Vpx, Vvc};

/// `objectTypeIndication` of MPEG-4 audio.
const MPEG4_AUDIO: u8 = 0x40;

/// `avc1.PPCCLL` (COD-2).
pub fn avc(sample_entry: &str, configuration: &AvcConfiguration<'_>) -> Option<String> {
    let &AvcConfiguration { profile_idc, constraint_flags, level_idc, .. } = configuration;
    write(sample_entry, CodecDetails::Avc(Avc { profile_idc, constraint_flags, level_idc }))
}

/// `hvc1.1.6.L93.B0` (COD-3).
pub fn hevc(sample_entry: &str, configuration: &HevcConfiguration<'_>) -> Option<String> {
    write(sample_entry, CodecDetails::Hevc(configuration.profile_tier_level))
}

/// `vvc1.1.L51` (COD-10).
pub fn vvc(sample_entry: &str, codec: Vvc) -> Option<String> {
    write(sample_entry, CodecDetails::Vvc(codec))
}

/// `av01.0.04M.08` (COD-5), with the colour of the container where it gives one.
pub fn av1(configuration: Av1, colour: Option<Colour>) -> Option<String> {
    let colour = colour.and_then(code_points).unwrap_or(configuration.colour);
    write("av01", CodecDetails::Av1(Av1 { colour, ..configuration }))
}

/// `vp09.00.10.08` (COD-4). A level that the binding does not list (muxers write 0 for unknown)
/// becomes the lowest.
pub fn vpx(sample_entry: &str, configuration: Vpx) -> Option<String> {
    const LOWEST_LEVEL: u8 = 10;
    write(sample_entry, CodecDetails::Vpx(configuration))
        .or_else(|| write(sample_entry, CodecDetails::Vpx(Vpx { level: LOWEST_LEVEL, ..configuration })))
}

/// `mp4a.40.2`, `mp4a.6B` (COD-6).
pub fn mp4a(object_type_indication: u8, config: Option<&AudioSpecificConfig>) -> Option<String> {
    let audio_object_type = match object_type_indication {
        MPEG4_AUDIO => Some(config?.audio_object_type),
        _ => None,
    };
    write("mp4a", CodecDetails::Mp4a(Mp4a { object_type_indication, audio_object_type }))
}

/// `ac-4.02.01.03` (COD-8).
pub fn ac4(codec: Ac4) -> Option<String> {
    write("ac-4", CodecDetails::Ac4(codec))
}

/// `mhm1.0x0D` (COD-8).
pub fn mpegh(sample_entry: &str, profile_level_indication: u8) -> Option<String> {
    write(sample_entry, CodecDetails::MpegH(MpegH { profile_level_indication }))
}

/// `iamf.000.000.Opus` (COD-8).
pub fn iamf(codec: Iamf) -> Option<String> {
    write("iamf", CodecDetails::Iamf(codec))
}

fn code_points(colour: Colour) -> Option<CodecColour> {
    Some(CodecColour {
        colour_primaries: u8::try_from(colour.primaries).ok()?,
        transfer_characteristics: u8::try_from(colour.transfer).ok()?,
        matrix_coefficients: u8::try_from(colour.matrix).ok()?,
        video_full_range_flag: colour.full_range,
    })
}

fn write(sample_entry: &str, details: CodecDetails) -> Option<String> {
    Codec::new(sample_entry, &details).map(|codec| codec.as_str().to_owned())
}
