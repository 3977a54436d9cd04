//! [`Av1Sequence`]: the sequence header (AV1 Bitstream & Decoding Process Specification section 5.5).

use crate::bits::BitReader;
use crate::vui::{UNSPECIFIED, duration};
use mse_core::{Colour, MediaTime};

/// The fields of a sequence header that say what pictures are like and how long they last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Av1Sequence {
    /// `seq_profile`.
    pub seq_profile: u8,
    /// `seq_level_idx` of the first operating point.
    pub seq_level_idx: u8,
    /// `seq_tier` of the first operating point.
    pub seq_tier: bool,
    /// Pixels across at most; render sizes stand in frames.
    pub width: u32,
    /// Pixels down at most.
    pub height: u32,
    /// `BitDepth`.
    pub bit_depth: u8,
    /// `mono_chrome`.
    pub mono_chrome: bool,
    /// `subsampling_x`.
    pub subsampling_x: bool,
    /// `subsampling_y`.
    pub subsampling_y: bool,
    /// `chroma_sample_position`.
    pub chroma_sample_position: u8,
    /// Colour, where given. Where only a full range is, its code points are "unspecified".
    pub colour: Option<Colour>,
    /// Duration of a picture, where all pictures last equally long.
    pub picture_duration: Option<MediaTime>,
}

impl Av1Sequence {
    /// Reads the first sequence header among OBUs with sizes: the `configOBUs` of an `av1C` record,
    /// or a sample.
    pub fn find(obus: &[u8]) -> Option<Self> {
        payload(obus).and_then(Self::parse)
    }

    /// Reads the payload of a sequence header OBU.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(payload);
        let seq_profile = bits.read_u8(3)?;
        bits.skip(1)?; // still_picture
        let is_reduced = bits.flag()?;
        let point = if is_reduced {
            OperatingPoint { seq_level_idx: bits.read_u8(5)?, ..OperatingPoint::default() }
        } else {
            OperatingPoint::parse(&mut bits)?
        };
        let (width_bits, height_bits) = (bits.read(4)? as usize + 1, bits.read(4)? as usize + 1);
        let (width, height) = (bits.read(width_bits)? + 1, bits.read(height_bits)? + 1);
        skip_tools(&mut bits, is_reduced)?;
        let colour = ColourConfig::parse(&mut bits, seq_profile)?;
        Some(Self {
            seq_profile,
            seq_level_idx: point.seq_level_idx,
            seq_tier: point.seq_tier,
            width,
            height,
            bit_depth: colour.bit_depth,
            mono_chrome: colour.mono_chrome,
            subsampling_x: colour.subsampling.0,
            subsampling_y: colour.subsampling.1,
            chroma_sample_position: colour.chroma_sample_position,
            colour: colour.colour,
            picture_duration: point.picture_duration,
        })
    }
}

/// `obu_type` of a sequence header.
const SEQUENCE_HEADER: u8 = 1;

/// The payload of the first sequence header among OBUs with sizes.
pub(super) fn payload(obus: &[u8]) -> Option<&[u8]> {
    let mut rest = obus;
    // Each turn takes at least the header byte.
    while let [header, behind @ ..] = rest {
        let has_extension = header & 4 != 0;
        let behind = if has_extension { behind.get(1..)? } else { behind };
        let (size, behind) = if header & 2 != 0 { leb128(behind)? } else { (behind.len(), behind) };
        let (payload, behind) = behind.split_at_checked(size)?;
        if header >> 3 & 0xF == SEQUENCE_HEADER {
            return Some(payload);
        }
        rest = behind;
    }
    None
}

/// A sequence header OBU with its size.
pub(super) fn obu(payload: &[u8]) -> Vec<u8> {
    let mut obu = vec![SEQUENCE_HEADER << 3 | 2];
    let mut size = payload.len();
    while size > 0x7F {
        obu.push(size as u8 | 0x80);
        size >>= 7;
    }
    obu.push(size as u8);
    obu.extend_from_slice(payload);
    obu
}

/// A number as bytes of seven bits, the lowest first.
fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (index, &byte) in bytes.iter().take(8).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, bytes.get(index + 1..)?));
        }
    }
    None
}

/// The first operating point, and the timing in front of it.
#[derive(Default)]
struct OperatingPoint {
    seq_level_idx: u8,
    seq_tier: bool,
    picture_duration: Option<MediaTime>,
}

impl OperatingPoint {
    /// Reads from `timing_info_present_flag` through the last operating point.
    fn parse(bits: &mut BitReader<'_>) -> Option<Self> {
        let mut picture_duration = None;
        let mut delay_bits = None;
        if bits.flag()? {
            picture_duration = parse_timing(bits)?;
            if bits.flag()? {
                delay_bits = Some(bits.read(5)? as usize + 1);
                bits.skip(32 + 5 + 5)?; // decoding tick, lengths of removal and presentation times
            }
        }
        let has_display_delay = bits.flag()?;
        let mut first = None;
        for _ in 0..=bits.read(5)? {
            bits.skip(12)?; // operating_point_idc
            let seq_level_idx = bits.read_u8(5)?;
            let seq_tier = seq_level_idx > 7 && bits.flag()?;
            if let Some(delay_bits) = delay_bits
                && bits.flag()?
            {
                bits.skip(2 * delay_bits + 1)?; // operating_parameters_info()
            }
            if has_display_delay && bits.flag()? {
                bits.skip(4)?; // initial_display_delay_minus_1
            }
            first.get_or_insert(Self { seq_level_idx, seq_tier, picture_duration });
        }
        first
    }
}

/// `timing_info()`: how long a picture lasts, if all last equally long.
fn parse_timing(bits: &mut BitReader<'_>) -> Option<Option<MediaTime>> {
    let (units, time_scale) = (bits.read(32)?, bits.read(32)?);
    if !bits.flag()? {
        return Some(None);
    }
    let ticks = u64::from(bits.ue()?) + 1;
    Some(u64::from(units).checked_mul(ticks).and_then(|units| duration(units, time_scale)))
}

/// From `frame_id_numbers_present_flag` to `enable_restoration`.
fn skip_tools(bits: &mut BitReader<'_>, is_reduced: bool) -> Option<()> {
    if !is_reduced && bits.flag()? {
        bits.skip(4 + 3)?; // lengths of frame ids
    }
    bits.skip(3)?; // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
    if !is_reduced {
        bits.skip(4)?; // enable_interintra_compound, _masked_compound, _warped_motion, _dual_filter
        let has_order_hint = bits.flag()?;
        if has_order_hint {
            bits.skip(2)?; // enable_jnt_comp, enable_ref_frame_mvs
        }
        let may_have_screen_content = bits.flag()? || bits.flag()?;
        if may_have_screen_content && !bits.flag()? {
            bits.skip(1)?; // seq_force_integer_mv
        }
        if has_order_hint {
            bits.skip(3)?; // order_hint_bits_minus_1
        }
    }
    bits.skip(3) // enable_superres, enable_cdef, enable_restoration
}

/// `color_config()`.
struct ColourConfig {
    bit_depth: u8,
    mono_chrome: bool,
    subsampling: (bool, bool),
    chroma_sample_position: u8,
    colour: Option<Colour>,
}

impl ColourConfig {
    fn parse(bits: &mut BitReader<'_>, seq_profile: u8) -> Option<Self> {
        const PROFESSIONAL: u8 = 2;
        const HIGH: u8 = 1;
        const SRGB: [u16; 3] = [1, 13, 0];
        let high = bits.flag()?;
        let twelve = high && seq_profile == PROFESSIONAL && bits.flag()?;
        let bit_depth = if twelve { 12 } else { 8 + 2 * u8::from(high) };
        let mono_chrome = seq_profile != HIGH && bits.flag()?;
        let is_described = bits.flag()?;
        let codes = if is_described {
            [bits.read(8)?, bits.read(8)?, bits.read(8)?].map(|code| code as u16)
        } else {
            [UNSPECIFIED; 3]
        };
        let is_srgb = !mono_chrome && codes == SRGB;
        let full_range = is_srgb || bits.flag()?;
        let subsampling = match seq_profile {
            _ if mono_chrome => (true, true),
            _ if is_srgb => (false, false),
            0 => (true, true),
            HIGH => (false, false),
            _ if twelve => {
                let across = bits.flag()?;
                (across, across && bits.flag()?)
            }
            _ => (true, false),
        };
        let chroma_sample_position =
            if !mono_chrome && subsampling == (true, true) { bits.read_u8(2)? } else { 0 };
        let [primaries, transfer, matrix] = codes;
        let colour = Colour { primaries, transfer, matrix, full_range };
        Some(Self {
            bit_depth,
            mono_chrome,
            subsampling,
            chroma_sample_position,
            colour: (is_described || full_range).then_some(colour),
        })
    }
}
