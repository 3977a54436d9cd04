//! [`HevcSequence`]: the sequence parameter set (ISO/IEC 23008-2 clause 7.3.2.2) with its video
//! usability information (annex E.2.1).

use super::{profile, reference_sets};
use crate::bits::{BitReader, unescape};
use crate::vui::{Appearance, duration};
use mse_core::codec::Hevc;
use mse_core::{Colour, MediaTime};

/// The fields of a sequence parameter set that say what pictures are like, how long they last and
/// how far they are reordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HevcSequence {
    /// Profile, tier, level and constraints, the fields of the codec string.
    pub profile_tier_level: Hevc,
    /// `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format_idc: u8,
    /// Bits of a luma sample; 8 where the set breaks off before it.
    pub bit_depth_luma: u8,
    /// Bits of a chroma sample; 8 where the set breaks off before it.
    pub bit_depth_chroma: u8,
    /// Pixels across, within the conformance window.
    pub width: u32,
    /// Pixels down, within the conformance window.
    pub height: u32,
    /// Pixels that the default display window takes off the left, right, top and bottom of the
    /// conformance window. Players show the whole conformance window.
    pub default_display_window: Option<[u32; 4]>,
    /// `sps_max_num_reorder_pics` of the highest sub-layer: pictures at most that stand in front of
    /// a picture and are shown behind it.
    pub max_num_reorder_pics: Option<u8>,
    /// `sps_max_dec_pic_buffering_minus1` of the highest sub-layer.
    pub max_dec_pic_buffering_minus1: Option<u8>,
    /// SpsMaxLatencyPictures of the highest sub-layer: pictures at most that are shown before a
    /// picture and stand behind it. `None` where there is no limit.
    pub max_latency_pictures: Option<u32>,
    /// Sample aspect ratio, where given.
    pub pixel_aspect: Option<(u32, u32)>,
    /// Colour, where given. Where only a full range is, its code points are "unspecified".
    pub colour: Option<Colour>,
    /// `field_seq_flag`: each picture is a field.
    pub is_field_sequence: bool,
    /// Duration of a picture, where timing is given.
    pub picture_duration: Option<MediaTime>,
}

impl HevcSequence {
    /// Reads a sequence parameter set with its NAL unit header. One that breaks off behind the size
    /// counts as far as it goes.
    pub fn parse(nal: &[u8]) -> Option<Self> {
        let payload = unescape(nal.get(2..)?, 4096);
        let mut bits = BitReader::new(&payload);
        bits.skip(4)?; // sps_video_parameter_set_id
        let max_sub_layers_minus1 = bits.read_u8(3)?;
        bits.skip(1)?; // sps_temporal_id_nesting_flag
        let profile_tier_level = profile::parse(&mut bits, max_sub_layers_minus1)?;
        bits.ue()?; // sps_seq_parameter_set_id
        let chroma = Chroma::parse(&mut bits)?;
        let (width, height) = (bits.ue()?, bits.ue()?);
        let [left, right, top, bottom] =
            if bits.flag()? { chroma.window(&mut bits)? } else { Default::default() };
        let mut sequence = Self {
            profile_tier_level,
            chroma_format_idc: chroma.format_idc,
            bit_depth_luma: 8,
            bit_depth_chroma: 8,
            width: width.checked_sub(left.checked_add(right)?).filter(|width| *width > 0)?,
            height: height.checked_sub(top.checked_add(bottom)?).filter(|height| *height > 0)?,
            default_display_window: None,
            max_num_reorder_pics: None,
            max_dec_pic_buffering_minus1: None,
            max_latency_pictures: None,
            pixel_aspect: None,
            colour: None,
            is_field_sequence: false,
            picture_duration: None,
        };
        let _ = sequence.parse_rest(&mut bits, chroma, max_sub_layers_minus1);
        Some(sequence)
    }

    /// Behind the conformance window.
    fn parse_rest(&mut self, bits: &mut BitReader<'_>, chroma: Chroma, sub_layers_minus1: u8) -> Option<()> {
        let depth =
            |bits: &mut BitReader<'_>| bits.ue().filter(|depth| *depth <= 8).map(|depth| 8 + depth as u8);
        self.bit_depth_luma = depth(bits)?;
        self.bit_depth_chroma = depth(bits)?;
        let order_count_bits = 4 + bits.ue().filter(|bits| *bits <= 12)?;
        self.parse_ordering(bits, sub_layers_minus1)?;
        skip_coding_tools(bits)?;
        reference_sets::skip_short_term_sets(bits)?;
        if bits.flag()? {
            let count = bits.ue().filter(|count| *count <= 32)?;
            // lt_ref_pic_poc_lsb_sps, used_by_curr_pic_lt_sps_flag
            bits.skip(count as usize * (order_count_bits as usize + 1))?;
        }
        bits.skip(1 + 1)?; // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
        if bits.flag()? {
            self.parse_vui(bits, chroma)?;
        }
        Some(())
    }

    /// The depths of the highest sub-layer come last. Depths that no buffer has count as not given.
    fn parse_ordering(&mut self, bits: &mut BitReader<'_>, sub_layers_minus1: u8) -> Option<()> {
        const MAX_PICTURES: u32 = 16;
        let all = bits.flag()?;
        for _ in 0..=if all { sub_layers_minus1 } else { 0 } {
            let [buffering_minus1, reorder, latency_plus1] = [bits.ue()?, bits.ue()?, bits.ue()?];
            let is_valid = reorder <= buffering_minus1 && buffering_minus1 < MAX_PICTURES;
            self.max_num_reorder_pics = is_valid.then_some(reorder as u8);
            self.max_dec_pic_buffering_minus1 = is_valid.then_some(buffering_minus1 as u8);
            let latency = latency_plus1.checked_sub(1).and_then(|increase| increase.checked_add(reorder));
            self.max_latency_pictures = latency.filter(|_| is_valid);
        }
        Some(())
    }

    fn parse_vui(&mut self, bits: &mut BitReader<'_>, chroma: Chroma) -> Option<()> {
        let mut appearance = Appearance::default();
        let rest = appearance.parse(bits);
        (self.pixel_aspect, self.colour) = (appearance.pixel_aspect, appearance.colour);
        rest?;
        bits.skip(1)?; // neutral_chroma_indication_flag
        self.is_field_sequence = bits.flag()?;
        bits.skip(1)?; // frame_field_info_present_flag
        if bits.flag()? {
            self.default_display_window = Some(chroma.window(bits)?);
        }
        if bits.flag()? {
            let (units, time_scale) = (bits.read(32)?, bits.read(32)?);
            self.picture_duration = duration(units.into(), time_scale);
        }
        Some(())
    }
}

/// Bits of `slice_pic_order_cnt_lsb`, and `separate_colour_plane_flag`, of a sequence parameter set
/// with its NAL unit header.
pub(super) fn order_count(nal: &[u8]) -> Option<(u8, bool)> {
    let payload = unescape(nal.get(2..)?, 4096);
    let mut bits = BitReader::new(&payload);
    bits.skip(4)?; // sps_video_parameter_set_id
    let max_sub_layers_minus1 = bits.read_u8(3)?;
    bits.skip(1)?; // sps_temporal_id_nesting_flag
    profile::parse(&mut bits, max_sub_layers_minus1)?;
    bits.ue()?; // sps_seq_parameter_set_id
    let chroma = Chroma::parse(&mut bits)?;
    bits.ue()?; // pic_width_in_luma_samples
    bits.ue()?; // pic_height_in_luma_samples
    if bits.flag()? {
        chroma.window(&mut bits)?;
    }
    bits.ue()?; // bit_depth_luma_minus8
    bits.ue()?; // bit_depth_chroma_minus8
    let order_bits = 4 + bits.ue().filter(|bits| *bits <= 12)?;
    Some((order_bits as u8, chroma.separate_planes))
}

/// Chroma format, from which the steps of a cropping window in pixels follow (equations of clause
/// 7.4.3.2.1).
#[derive(Clone, Copy)]
struct Chroma {
    format_idc: u8,
    separate_planes: bool,
}

impl Chroma {
    fn parse(bits: &mut BitReader<'_>) -> Option<Self> {
        let format_idc = bits.ue().filter(|format| *format <= 3)? as u8;
        Some(Self { format_idc, separate_planes: format_idc == 3 && bits.flag()? })
    }

    /// Offsets from the left, right, top and bottom, in pixels.
    fn window(self, bits: &mut BitReader<'_>) -> Option<[u32; 4]> {
        let unit_x = if !self.separate_planes && matches!(self.format_idc, 1 | 2) { 2 } else { 1 };
        let unit_y = if !self.separate_planes && self.format_idc == 1 { 2 } else { 1 };
        let mut offset = |unit| bits.ue()?.checked_mul(unit);
        Some([offset(unit_x)?, offset(unit_x)?, offset(unit_y)?, offset(unit_y)?])
    }
}

/// From `log2_min_luma_coding_block_size_minus3` to the reference picture sets.
fn skip_coding_tools(bits: &mut BitReader<'_>) -> Option<()> {
    for _ in 0..6 {
        bits.ue()?; // sizes of coding and transform blocks, depths of the transform hierarchy
    }
    if bits.flag()? && bits.flag()? {
        reference_sets::skip_scaling_list_data(bits)?;
    }
    bits.skip(1 + 1)?; // amp_enabled_flag, sample_adaptive_offset_enabled_flag
    if bits.flag()? {
        bits.skip(4 + 4)?; // pcm_sample_bit_depth_luma_minus1, _chroma_minus1
        bits.ue()?; // log2_min_pcm_luma_coding_block_size_minus3
        bits.ue()?; // log2_diff_max_min_pcm_luma_coding_block_size
        bits.skip(1)?; // pcm_loop_filter_disabled_flag
    }
    Some(())
}
