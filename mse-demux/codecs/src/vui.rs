//! The fields of video usability information that H.264 and H.265 write alike (ISO/IEC 14496-10
//! annex E, ISO/IEC 23008-2 annex E).

use crate::bits::BitReader;
use mse_core::{Colour, MediaTime};
use std::num::NonZeroU32;

/// A code point of ISO/IEC 23091-2 that says nothing.
pub(crate) const UNSPECIFIED: u16 = 2;

/// Shape and colour of the picture.
#[derive(Clone, Copy, Default)]
pub(crate) struct Appearance {
    /// Sample aspect ratio, where given.
    pub(crate) pixel_aspect: Option<(u32, u32)>,
    /// Colour, where given.
    pub(crate) colour: Option<Colour>,
}

impl Appearance {
    /// Reads from `aspect_ratio_info_present_flag` to the chroma sample positions. Fields that were
    /// read stay when the bits end early.
    pub(crate) fn parse(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        self.pixel_aspect = aspect_ratio(bits)?;
        if bits.flag()? {
            bits.skip(1)?; // overscan_appropriate_flag
        }
        self.colour = video_signal(bits)?;
        if bits.flag()? {
            bits.ue()?; // chroma_sample_loc_type_top_field
            bits.ue()?; // chroma_sample_loc_type_bottom_field
        }
        Some(())
    }
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

/// Table E-1, the same in both standards.
fn sample_aspect_ratio(idc: u8) -> Option<(u32, u32)> {
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

/// A full range is told even where no colour is described; that the range is limited goes without
/// saying.
fn video_signal(bits: &mut BitReader<'_>) -> Option<Option<Colour>> {
    if !bits.flag()? {
        return Some(None);
    }
    bits.skip(3)?; // video_format
    let full_range = bits.flag()?;
    let [primaries, transfer, matrix] = if bits.flag()? {
        [bits.read(8)?, bits.read(8)?, bits.read(8)?].map(|code| code as u16)
    } else if full_range {
        [UNSPECIFIED; 3]
    } else {
        return Some(None);
    };
    Some(Some(Colour { primaries, transfer, matrix, full_range }))
}

/// `units` in `time_scale` parts of a second; `None` unless both say something.
pub(crate) fn duration(units: u64, time_scale: u32) -> Option<MediaTime> {
    let duration = MediaTime::from_ticks(i64::try_from(units).ok()?, NonZeroU32::new(time_scale)?)?;
    (duration > MediaTime::ZERO).then_some(duration)
}
