//! H.264: the `avcC` record (ISO/IEC 14496-15 clause 5.3.3) and of a sequence parameter set the size, shape and colour
//! (ISO/IEC 14496-10 clause 7.3.2.1, annex E).

use crate::bits::{BitReader, unescape};
use crate::nal::nal_units;
use mse_core::Colour;

/// What the engine needs of an AVCDecoderConfigurationRecord.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AvcConfiguration<'a> {
    /// `AVCProfileIndication`.
    pub profile_idc: u8,
    /// `profile_compatibility`.
    pub constraint_flags: u8,
    /// `AVCLevelIndication`.
    pub level_idc: u8,
    /// Bytes of the length before each NAL unit: 1, 2 or 4 (ISO-37).
    pub nal_length_size: u8,
    /// The first sequence parameter set, with its NAL unit header.
    pub sequence_parameter_set: Option<&'a [u8]>,
    /// Whether there is a picture parameter set.
    pub has_picture_parameter_set: bool,
}

impl<'a> AvcConfiguration<'a> {
    /// Reads the payload of an `avcC` box.
    pub fn parse(record: &'a [u8]) -> Option<Self> {
        let [1, profile_idc, constraint_flags, level_idc, lengths, sets, rest @ ..] = record else {
            return None;
        };
        let nal_length_size = (lengths & 3) + 1;
        if nal_length_size == 3 {
            return None;
        }
        let (sequence_parameter_set, rest) = first_parameter_set(rest, sets & 0x1F)?;
        let (count, rest) = rest.split_first()?;
        let (picture_parameter_set, _) = first_parameter_set(rest, *count)?;
        Some(Self {
            profile_idc: *profile_idc,
            constraint_flags: *constraint_flags,
            level_idc: *level_idc,
            nal_length_size,
            sequence_parameter_set,
            has_picture_parameter_set: picture_parameter_set.is_some(),
        })
    }
}

/// Whether a sample brings a sequence and a picture parameter set of its own (ISO-20).
pub fn has_parameter_sets(sample: &[u8], nal_length_size: u8) -> bool {
    const SEQUENCE: u8 = 7;
    const PICTURE: u8 = 8;
    let has = |kind| {
        nal_units(sample, nal_length_size).any(|unit| unit.first().is_some_and(|head| head & 0x1F == kind))
    };
    has(SEQUENCE) && has(PICTURE)
}

/// The first of `count` parameter sets with 16-bit lengths, and what follows the last.
fn first_parameter_set(mut bytes: &[u8], count: u8) -> Option<(Option<&[u8]>, &[u8])> {
    let mut first = None;
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk()?;
        let (set, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        if first.is_none() && !set.is_empty() {
            first = Some(set);
        }
        bytes = rest;
    }
    Some((first, bytes))
}

/// What a sequence parameter set says about the picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AvcSequence {
    /// Pixels across, cropped.
    pub width: u32,
    /// Pixels down, cropped.
    pub height: u32,
    /// Sample aspect ratio, where given.
    pub pixel_aspect: Option<(u32, u32)>,
    /// Colour, where given.
    pub colour: Option<Colour>,
}

impl AvcSequence {
    /// Reads a sequence parameter set with its NAL unit header.
    pub fn parse(nal: &[u8]) -> Option<Self> {
        let payload = unescape(nal.get(1..)?, 1024);
        let mut bits = BitReader::new(&payload);
        let profile_idc = bits.read(8)?;
        bits.skip(16)?;
        bits.ue()?; // seq_parameter_set_id
        let chroma = ChromaFormat::parse(&mut bits, profile_idc)?;
        bits.ue()?; // log2_max_frame_num_minus4
        skip_picture_order_count(&mut bits)?;
        bits.ue()?; // max_num_ref_frames
        bits.skip(1)?;

        let width = bits.ue()?.checked_add(1)?.checked_mul(16)?;
        let map_units = bits.ue()?.checked_add(1)?;
        let frame_mbs_only = bits.flag()?;
        let fields = if frame_mbs_only { 1 } else { 2 };
        let height = map_units.checked_mul(16 * fields)?;
        if !frame_mbs_only {
            bits.skip(1)?; // mb_adaptive_frame_field_flag
        }
        bits.skip(1)?; // direct_8x8_inference_flag
        let (crop_x, crop_y) = if bits.flag()? { cropping(&mut bits, chroma, fields)? } else { (0, 0) };
        let (pixel_aspect, colour) =
            if bits.flag() == Some(true) { parse_vui(&mut bits) } else { (None, None) };
        Some(Self {
            width: width.checked_sub(crop_x).filter(|width| *width > 0)?,
            height: height.checked_sub(crop_y).filter(|height| *height > 0)?,
            pixel_aspect,
            colour,
        })
    }
}

#[derive(Clone, Copy)]
struct ChromaFormat {
    /// 0 monochrome or separate planes, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    array_type: u32,
}

impl ChromaFormat {
    /// The fields that only the high profiles have, scaling matrices included.
    fn parse(bits: &mut BitReader<'_>, profile_idc: u32) -> Option<Self> {
        if !matches!(profile_idc, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
            return Some(Self { array_type: 1 });
        }
        let chroma_format_idc = bits.ue()?;
        let separate_planes = chroma_format_idc == 3 && bits.flag()?;
        bits.ue()?; // bit_depth_luma_minus8
        bits.ue()?; // bit_depth_chroma_minus8
        bits.skip(1)?;
        if bits.flag()? {
            let lists = if chroma_format_idc == 3 { 12 } else { 8 };
            for list in 0..lists {
                if bits.flag()? {
                    skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
        Some(Self { array_type: if separate_planes { 0 } else { chroma_format_idc } })
    }
}

fn skip_scaling_list(bits: &mut BitReader<'_>, size: usize) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..size {
        if next != 0 {
            next = (last + i64::from(bits.se()?)).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

fn skip_picture_order_count(bits: &mut BitReader<'_>) -> Option<()> {
    match bits.ue()? {
        0 => bits.ue().map(drop),
        1 => {
            bits.skip(1)?;
            bits.se()?;
            bits.se()?;
            let count = bits.ue()?.min(256);
            (0..count).try_for_each(|_| bits.se().map(drop))
        }
        _ => Some(()),
    }
}

/// Pixels cropped across and down; the units depend on the chroma format and on interlacing (equations 7-19 to 7-22).
fn cropping(bits: &mut BitReader<'_>, chroma: ChromaFormat, fields: u32) -> Option<(u32, u32)> {
    let [left, right, top, bottom] = [bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?];
    let unit_x = if matches!(chroma.array_type, 1 | 2) { 2 } else { 1 };
    let unit_y = if chroma.array_type == 1 { 2 * fields } else { fields };
    Some((left.checked_add(right)?.checked_mul(unit_x)?, top.checked_add(bottom)?.checked_mul(unit_y)?))
}

/// Pixel aspect and colour of the VUI (annex E.1.1); a VUI that breaks off counts as far as it goes.
fn parse_vui(bits: &mut BitReader<'_>) -> (Option<(u32, u32)>, Option<Colour>) {
    let Some(pixel_aspect) = aspect_ratio(bits) else { return (None, None) };
    (pixel_aspect, video_signal(bits).flatten())
}

fn aspect_ratio(bits: &mut BitReader<'_>) -> Option<Option<(u32, u32)>> {
    const EXTENDED_SAR: u8 = 255;
    if !bits.flag()? {
        return Some(None);
    }
    let ratio = match bits.read_u8(8)? {
        EXTENDED_SAR => Some((bits.read(16)?, bits.read(16)?)),
        idc => sample_aspect_ratio(idc),
    };
    Some(ratio.filter(|(width, height)| *width > 0 && *height > 0))
}

/// Table E-1; HEVC's is the same.
pub(crate) fn sample_aspect_ratio(idc: u8) -> Option<(u32, u32)> {
    const TABLE: [(u32, u32); 16] = [
        (1, 1),
        (12, 11),
        (10, 11),
        (16, 11),
        (40, 33),
        (24, 11),
        (20, 11),
        (32, 11),
        (80, 33),
        (18, 11),
        (15, 11),
        (64, 33),
        (160, 99),
        (4, 3),
        (3, 2),
        (2, 1),
    ];
    TABLE.get(usize::from(idc).checked_sub(1)?).copied()
}

fn video_signal(bits: &mut BitReader<'_>) -> Option<Option<Colour>> {
    if bits.flag()? {
        bits.skip(1)?; // overscan_appropriate_flag
    }
    if !bits.flag()? {
        return Some(None);
    }
    bits.skip(3)?; // video_format
    let full_range = bits.flag()?;
    if !bits.flag()? {
        return Some(None);
    }
    let [primaries, transfer, matrix] = [bits.read(8)?, bits.read(8)?, bits.read(8)?].map(|code| code as u16);
    Some(Some(Colour { primaries, transfer, matrix, full_range }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x264, 320x180 at 25 fps, High, with VUI timing.
    const SPS: &[u8] = &[
        0x67, 0x64, 0x00, 0x0C, 0xAC, 0xD9, 0x41, 0x41, 0x9F, 0x9F, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10,
        0x00, 0x00, 0x03, 0x03, 0x20, 0xF1, 0x42, 0x99, 0x60,
    ];

    #[test]
    fn a_sequence_parameter_set_gives_the_cropped_size() {
        let sequence = AvcSequence::parse(SPS).unwrap();
        assert_eq!((sequence.width, sequence.height), (320, 180));
        assert_eq!(sequence.colour, None);
    }

    #[test]
    fn every_truncation_is_none_or_a_size() {
        for end in 0..SPS.len() {
            if let Some(sequence) = AvcSequence::parse(&SPS[..end]) {
                assert_eq!((sequence.width, sequence.height), (320, 180));
            }
        }
    }

    #[test]
    fn a_record_with_a_set_that_overruns_is_refused() {
        let record = [1, 0x64, 0, 0x1F, 0xFF, 0xE1, 0, 2, 0x67, 0x64, 1, 0, 1, 0x68];
        let parsed = AvcConfiguration::parse(&record).unwrap();
        assert_eq!(parsed.sequence_parameter_set, Some(&[0x67, 0x64][..]));
        assert_eq!((parsed.nal_length_size, parsed.has_picture_parameter_set), (4, true));
        for end in 0..record.len() {
            assert_eq!(AvcConfiguration::parse(&record[..end]), None);
        }
    }
}
