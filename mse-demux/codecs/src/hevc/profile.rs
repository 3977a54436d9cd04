//! `profile_tier_level()` (ISO/IEC 23008-2 clause 7.3.3).

use crate::bits::BitReader;
use mse_core::codec::Hevc;

/// Reads `profile_tier_level(1, max_sub_layers_minus1)`; sub-layers are passed over.
pub(super) fn parse(bits: &mut BitReader<'_>, max_sub_layers_minus1: u8) -> Option<Hevc> {
    let general_profile_space = bits.read_u8(2)?;
    let general_tier_flag = bits.flag()?;
    let general_profile_idc = bits.read_u8(5)?;
    let general_profile_compatibility_flags = bits.read(32)?;
    let mut general_constraint_indicator_flags = [0; 6];
    for byte in &mut general_constraint_indicator_flags {
        *byte = bits.read_u8(8)?;
    }
    let general_level_idc = bits.read_u8(8)?;
    skip_sub_layers(bits, max_sub_layers_minus1)?;
    Some(Hevc {
        general_profile_space,
        general_profile_idc,
        general_profile_compatibility_flags,
        general_tier_flag,
        general_level_idc,
        general_constraint_indicator_flags,
    })
}

fn skip_sub_layers(bits: &mut BitReader<'_>, max_sub_layers_minus1: u8) -> Option<()> {
    let mut sub_layer_bits = 0;
    for _ in 0..max_sub_layers_minus1 {
        let (profile_present, level_present) = (bits.flag()?, bits.flag()?);
        sub_layer_bits += if profile_present { 88 } else { 0 } + if level_present { 8 } else { 0 };
    }
    if max_sub_layers_minus1 > 0 {
        bits.skip(2 * usize::from(8_u8.saturating_sub(max_sub_layers_minus1)))?;
    }
    bits.skip(sub_layer_bits)
}
