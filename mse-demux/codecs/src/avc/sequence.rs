//! [`AvcSequence`]: the sequence parameter set (ISO/IEC 14496-10 clause 7.3.2.1.1) with its video
//! usability information (annex E.1).

use super::picture_buffer::max_dpb_frames;
use super::slice::AvcSliceSyntax;
use crate::bits::{BitReader, unescape};
use crate::vui::{Appearance, duration};
use mse_core::{Colour, MediaTime};

/// The fields of a sequence parameter set that say what pictures are like, how long they last and
/// how far they are reordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AvcSequence {
    /// `profile_idc`.
    pub profile_idc: u8,
    /// The `constraint_set` flags, from the highest bit.
    pub constraint_flags: u8,
    /// `level_idc`.
    pub level_idc: u8,
    /// `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format_idc: u8,
    /// Bits of a luma sample.
    pub bit_depth_luma: u8,
    /// Bits of a chroma sample.
    pub bit_depth_chroma: u8,
    /// Pixels across, cropped.
    pub width: u32,
    /// Pixels down, cropped.
    pub height: u32,
    /// Whether all pictures are frames; else some may be fields.
    pub frame_mbs_only: bool,
    /// Sample aspect ratio, where given.
    pub pixel_aspect: Option<(u32, u32)>,
    /// Colour, where given. Where only a full range is, its code points are "unspecified".
    pub colour: Option<Colour>,
    /// Duration of a frame, two units of `num_units_in_tick`, where timing is given.
    pub picture_duration: Option<MediaTime>,
    /// `fixed_frame_rate_flag`: all frames last so long.
    pub fixed_frame_rate: bool,
    /// `max_num_reorder_frames`, where given: frames at most that stand in front of a frame and are
    /// shown behind it.
    pub max_num_reorder_frames: Option<u8>,
    /// `max_dec_frame_buffering`, where given.
    pub max_dec_frame_buffering: Option<u8>,
    /// MaxDpbFrames of profile, level and size (clause A.3.1).
    pub max_dpb_frames: u8,
    /// Whether frames are shown in the order of their decoding, whatever else is said:
    /// `pic_order_cnt_type` 2.
    pub output_in_decoding_order: bool,
    /// Syntax of the slice headers.
    pub slice_syntax: AvcSliceSyntax,
}

impl AvcSequence {
    /// Reads a sequence parameter set with its NAL unit header. Video usability information that
    /// breaks off counts as far as it goes.
    pub fn parse(nal: &[u8]) -> Option<Self> {
        let payload = unescape(nal.get(1..)?, 4096);
        let mut bits = BitReader::new(&payload);
        let [profile_idc, constraint_flags, level_idc] =
            [bits.read_u8(8)?, bits.read_u8(8)?, bits.read_u8(8)?];
        bits.ue()?; // seq_parameter_set_id
        let format = Format::parse(&mut bits, profile_idc)?;
        let frame_num_bits = bits.ue()?.min(12) as u8 + 4; // log2_max_frame_num_minus4
        let (order_type, order_bits) = picture_order_count_type(&mut bits)?;
        let output_in_decoding_order = order_type == 2;
        bits.ue()?; // max_num_ref_frames
        bits.skip(1)?; // gaps_in_frame_num_value_allowed_flag
        let size = Size::parse(&mut bits, format)?;
        let is_level_1b =
            level_idc == 11 && matches!(profile_idc, 66 | 77 | 88) && constraint_flags & SET_3 != 0;
        let mut sequence = Self {
            profile_idc,
            constraint_flags,
            level_idc,
            chroma_format_idc: format.chroma_format_idc,
            bit_depth_luma: format.bit_depth_luma,
            bit_depth_chroma: format.bit_depth_chroma,
            width: size.width,
            height: size.height,
            frame_mbs_only: size.frame_mbs_only,
            pixel_aspect: None,
            colour: None,
            picture_duration: None,
            fixed_frame_rate: false,
            max_num_reorder_frames: None,
            max_dec_frame_buffering: None,
            max_dpb_frames: max_dpb_frames(level_idc, is_level_1b, size.macroblocks),
            output_in_decoding_order,
            slice_syntax: AvcSliceSyntax {
                separate_planes: format.separate_planes,
                frame_num_bits,
                frame_mbs_only: size.frame_mbs_only,
                order_bits,
            },
        };
        if bits.flag() == Some(true) {
            let mut appearance = Appearance::default();
            let rest = appearance.parse(&mut bits);
            (sequence.pixel_aspect, sequence.colour) = (appearance.pixel_aspect, appearance.colour);
            let _ = rest.and_then(|()| sequence.parse_timing(&mut bits));
        }
        Some(sequence)
    }

    /// Frames at most that stand in front of a frame and are shown behind it: as given, else
    /// inferred (clause E.2.1).
    pub fn reorder_depth(&self) -> u8 {
        self.stated_reorder_depth().unwrap_or(self.max_dpb_frames)
    }

    /// Depth of the reordering where the stream gives it, or where it is certain without.
    pub fn stated_reorder_depth(&self) -> Option<u8> {
        if self.output_in_decoding_order || self.is_intra_only() {
            Some(0)
        } else {
            self.max_num_reorder_frames
        }
    }

    /// Whether the profile has intra pictures alone.
    fn is_intra_only(&self) -> bool {
        matches!(self.profile_idc, 44 | 86 | 100 | 110 | 122 | 244)
            && (self.constraint_flags & SET_3 != 0 || self.profile_idc == 44)
    }

    /// From `timing_info_present_flag` to the end.
    fn parse_timing(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        if bits.flag()? {
            let (units, time_scale) = (bits.read(32)?, bits.read(32)?);
            let fixed_frame_rate = bits.flag()?;
            self.picture_duration = duration(2 * u64::from(units), time_scale);
            self.fixed_frame_rate = fixed_frame_rate && self.picture_duration.is_some();
        }
        let (nal, vcl) = (skip_hrd_parameters(bits)?, skip_hrd_parameters(bits)?);
        if nal || vcl {
            bits.skip(1)?; // low_delay_hrd_flag
        }
        bits.skip(1)?; // pic_struct_present_flag
        if bits.flag()? {
            self.parse_restriction(bits)?;
        }
        Some(())
    }

    /// The fields behind `bitstream_restriction_flag`. Depths that no buffer has count as not
    /// given.
    fn parse_restriction(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        const MAX_FRAMES: u32 = 16;
        bits.skip(1)?; // motion_vectors_over_pic_boundaries_flag
        for _ in 0..4 {
            bits.ue()?; // max_bytes_per_pic_denom, max_bits_per_mb_denom, log2_max_mv_length_horizontal, _vertical
        }
        let (reorder, buffering) = (bits.ue()?, bits.ue()?);
        if reorder <= buffering && buffering <= MAX_FRAMES {
            self.max_num_reorder_frames = Some(reorder as u8);
            self.max_dec_frame_buffering = Some(buffering as u8);
        }
        Some(())
    }
}

/// `constraint_set3_flag`.
const SET_3: u8 = 0x10;

/// Chroma format and bit depths.
#[derive(Clone, Copy)]
struct Format {
    chroma_format_idc: u8,
    separate_planes: bool,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
}

impl Format {
    /// The fields that only the high profiles have, scaling matrices included.
    fn parse(bits: &mut BitReader<'_>, profile_idc: u8) -> Option<Self> {
        if !matches!(profile_idc, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
            return Some(Self {
                chroma_format_idc: 1,
                separate_planes: false,
                bit_depth_luma: 8,
                bit_depth_chroma: 8,
            });
        }
        let chroma_format_idc = small(bits.ue()?, 3)?;
        let separate_planes = chroma_format_idc == 3 && bits.flag()?;
        let (bit_depth_luma, bit_depth_chroma) = (8 + small(bits.ue()?, 6)?, 8 + small(bits.ue()?, 6)?);
        bits.skip(1)?; // qpprime_y_zero_transform_bypass_flag
        if bits.flag()? {
            let lists = if chroma_format_idc == 3 { 12 } else { 8 };
            for list in 0..lists {
                if bits.flag()? {
                    skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
        Some(Self { chroma_format_idc, separate_planes, bit_depth_luma, bit_depth_chroma })
    }

    /// ChromaArrayType: separate planes are as many monochrome pictures.
    fn array_type(self) -> u8 {
        if self.separate_planes { 0 } else { self.chroma_format_idc }
    }
}

/// A number that the standard limits.
fn small(number: u32, max: u8) -> Option<u8> {
    u8::try_from(number).ok().filter(|number| *number <= max)
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

/// `pic_order_cnt_type`; its fields are passed over.
fn picture_order_count_type(bits: &mut BitReader<'_>) -> Option<(u32, u8)> {
    let (kind, mut lsb_bits) = (bits.ue()?, 0);
    match kind {
        0 => lsb_bits = bits.ue()?.min(12) as u8 + 4,
        1 => {
            bits.skip(1)?;
            bits.se()?;
            bits.se()?;
            let count = bits.ue()?.min(256);
            (0..count).try_for_each(|_| bits.se().map(drop))?;
        }
        _ => {}
    }
    Some((kind, lsb_bits))
}

/// The size of the picture.
struct Size {
    /// Pixels, cropped.
    width: u32,
    height: u32,
    /// Macroblocks of a frame, uncropped.
    macroblocks: u64,
    frame_mbs_only: bool,
}

impl Size {
    /// Reads from `pic_width_in_mbs_minus1` to the cropping.
    fn parse(bits: &mut BitReader<'_>, format: Format) -> Option<Self> {
        let across = bits.ue()?.checked_add(1)?;
        let map_units = bits.ue()?.checked_add(1)?;
        let frame_mbs_only = bits.flag()?;
        let fields = if frame_mbs_only { 1 } else { 2 };
        let width = across.checked_mul(16)?;
        let height = map_units.checked_mul(16 * fields)?;
        if !frame_mbs_only {
            bits.skip(1)?; // mb_adaptive_frame_field_flag
        }
        bits.skip(1)?; // direct_8x8_inference_flag
        let (crop_x, crop_y) = if bits.flag()? { cropping(bits, format, fields)? } else { (0, 0) };
        Some(Self {
            width: width.checked_sub(crop_x).filter(|width| *width > 0)?,
            height: height.checked_sub(crop_y).filter(|height| *height > 0)?,
            macroblocks: u64::from(across) * u64::from(height / 16),
            frame_mbs_only,
        })
    }
}

/// Pixels cropped across and down; the units depend on the chroma format and on interlacing
/// (equations 7-19 to 7-22).
fn cropping(bits: &mut BitReader<'_>, format: Format, fields: u32) -> Option<(u32, u32)> {
    let [left, right, top, bottom] = [bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?];
    let unit_x = if matches!(format.array_type(), 1 | 2) { 2 } else { 1 };
    let unit_y = if format.array_type() == 1 { 2 * fields } else { fields };
    Some((left.checked_add(right)?.checked_mul(unit_x)?, top.checked_add(bottom)?.checked_mul(unit_y)?))
}

/// Passes over a presence flag and the `hrd_parameters()` it announces (annex E.1.2). Whether there
/// are any.
fn skip_hrd_parameters(bits: &mut BitReader<'_>) -> Option<bool> {
    if !bits.flag()? {
        return Some(false);
    }
    let buffers = bits.ue()?.checked_add(1)?;
    if buffers > 32 {
        return None;
    }
    bits.skip(4 + 4)?; // bit_rate_scale, cpb_size_scale
    for _ in 0..buffers {
        bits.ue()?; // bit_rate_value_minus1
        bits.ue()?; // cpb_size_value_minus1
        bits.skip(1)?; // cbr_flag
    }
    bits.skip(4 * 5)?; // lengths of delays and of the time offset
    Some(true)
}
