//! The fields of the codec strings of AVC, HEVC, VVC and of Dolby Vision, which is built on them.

use std::fmt;

use super::{decimal, hexadecimal};

/// `avc1.PPCCLL`: bytes 1 to 3 of the `avcC` record (RFC 6381 section 3.3, COD-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Avc {
    /// `AVCProfileIndication`: 66 Baseline, 77 Main, 100 High.
    pub profile_idc: u8,
    /// `profile_compatibility`: the six `constraint_set` flags, the first in the top bit.
    pub constraint_flags: u8,
    /// `AVCLevelIndication`: ten times the level.
    pub level_idc: u8,
}

impl Avc {
    /// Six hexadecimal digits; or, outside RFC 6381, the older `profile.level` in decimal
    /// (`avc1.66.30`) that players still meet in old HLS playlists and hand on. It has no
    /// constraint flags.
    pub(super) fn parse(fields: &[&str]) -> Option<Self> {
        match fields {
            [field] => {
                let [_, profile_idc, constraint_flags, level_idc] = hexadecimal(field, 6, 6)?.to_be_bytes();
                Some(Self { profile_idc, constraint_flags, level_idc })
            }
            [profile, level] => {
                let (profile_idc, level_idc) = (decimal(profile, 2, 3)?, decimal(level, 1, 3)?);
                Some(Self { profile_idc, constraint_flags: 0, level_idc })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Avc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}{:02x}{:02x}", self.profile_idc, self.constraint_flags, self.level_idc)
    }
}

/// `hvc1.<space><profile>.<compatibility>.<tier><level>[.<constraints>]` (ISO/IEC 14496-15 annex E,
/// COD-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hevc {
    /// `general_profile_space`, 0 to 3; written as nothing, A, B or C.
    pub general_profile_space: u8,
    /// `general_profile_idc`, 0 to 31: 1 Main, 2 Main 10.
    pub general_profile_idc: u8,
    /// `general_profile_compatibility_flags` as the `hvcC` record has them, flag 0 in the top bit.
    /// The string reverses them.
    pub general_profile_compatibility_flags: u32,
    /// `general_tier_flag`: false is Main (L), true is High (H).
    pub general_tier_flag: bool,
    /// `general_level_idc`: thirty times the level.
    pub general_level_idc: u8,
    /// The 48 bits of `general_constraint_indicator_flags`; the string leaves trailing zero bytes
    /// out.
    pub general_constraint_indicator_flags: [u8; 6],
}

impl Hevc {
    pub(super) fn parse(fields: &[&str]) -> Option<Self> {
        let [profile, compatibility, tier_and_level, constraints @ ..] = fields else { return None };
        let (general_profile_space, profile) = match profile.as_bytes().first()? {
            letter @ b'A'..=b'C' => (letter - b'A' + 1, profile.get(1..)?),
            _ => (0, *profile),
        };
        let (general_tier_flag, general_level_idc) = parse_tier_and_level(tier_and_level)?;

        let mut general_constraint_indicator_flags = [0; 6];
        for (index, field) in constraints.iter().enumerate() {
            let byte = u8::try_from(hexadecimal(field, 1, 2)?).ok()?;
            *general_constraint_indicator_flags.get_mut(index)? = byte;
        }
        Some(Self {
            general_profile_space,
            general_profile_idc: decimal(profile, 1, 2).filter(|profile| *profile < 32)?,
            general_profile_compatibility_flags: hexadecimal(compatibility, 1, 8)?.reverse_bits(),
            general_tier_flag,
            general_level_idc,
            general_constraint_indicator_flags,
        })
    }
}

impl fmt::Display for Hevc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.general_profile_space {
            0 => {}
            1 => f.write_str("A")?,
            2 => f.write_str("B")?,
            3 => f.write_str("C")?,
            beyond => write!(f, "?{beyond}")?, // no such space; what is written does not parse
        }
        let compatibility = self.general_profile_compatibility_flags.reverse_bits();
        let tier = tier_letter(self.general_tier_flag);
        write!(f, "{}.{compatibility:X}.{tier}{}", self.general_profile_idc, self.general_level_idc)?;

        let constraints = &self.general_constraint_indicator_flags;
        let written = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        constraints.iter().take(written).try_for_each(|byte| write!(f, ".{byte:X}"))
    }
}

/// `vvc1.<profile>.<tier><level>` (ISO/IEC 14496-15 annex E, COD-10).
///
/// The constraint (`C`), sub-profile (`S`) and output layer set (`O`) fields are checked when read,
/// but not kept: nothing in the engine decides by them. They stay in the codec string;
/// [`Codec::new`](super::Codec::new) writes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vvc {
    /// `general_profile_idc`, 1 to 127: 1 Main 10, 65 Main 10 4:4:4.
    pub general_profile_idc: u8,
    /// `general_tier_flag`: false is Main (L), true is High (H).
    pub general_tier_flag: bool,
    /// `general_level_idc` (of the operating point): sixteen times the major level and three times
    /// the minor.
    pub general_level_idc: u8,
}

impl Vvc {
    pub(super) fn parse(fields: &[&str]) -> Option<Self> {
        let [profile, tier_and_level, rest @ ..] = fields else { return None };
        let (general_tier_flag, general_level_idc) = parse_tier_and_level(tier_and_level)?;
        let rest = skip_field(rest, 'C', is_base32)?;
        let rest = skip_field(rest, 'S', |list| list.split('+').all(is_sub_profile))?;
        let rest = skip_field(rest, 'O', is_output_layer_set)?;
        let general_profile_idc = decimal(profile, 1, 3).filter(|profile| (1..=127).contains(profile))?;
        rest.is_empty().then_some(Self { general_profile_idc, general_tier_flag, general_level_idc })
    }
}

impl fmt::Display for Vvc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}{}",
            self.general_profile_idc,
            tier_letter(self.general_tier_flag),
            self.general_level_idc
        )
    }
}

/// Fields after an optional field that begins with `letter`; `None` when that field is there and
/// malformed.
fn skip_field<'a, 'b>(fields: &'a [&'b str], letter: char, valid: fn(&str) -> bool) -> Option<&'a [&'b str]> {
    match fields {
        [field, rest @ ..] if field.starts_with(letter) => valid(field.get(1..)?).then_some(rest),
        _ => Some(fields),
    }
}

/// RFC 4648 base32; the padding may be left out.
fn is_base32(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
}

fn is_sub_profile(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9'))
}

/// `<olsIdx>[+<maxTid>]`.
fn is_output_layer_set(text: &str) -> bool {
    let (index, max_tid) = text.split_once('+').unwrap_or((text, "0"));
    decimal(index, 1, 3).is_some() && decimal(max_tid, 1, 3).is_some()
}

/// `L93` or `H93`, as HEVC and VVC write it.
fn parse_tier_and_level(field: &str) -> Option<(bool, u8)> {
    let (tier, level) = match field.as_bytes().first()? {
        b'L' => (false, field.get(1..)?),
        b'H' => (true, field.get(1..)?),
        _ => return None,
    };
    Some((tier, decimal(level, 1, 3)?))
}

fn tier_letter(tier: bool) -> char {
    if tier { 'H' } else { 'L' }
}

/// `dvh1.PP.LL` and its kin: Dolby Vision profile and level (Dolby Vision streams within the ISO
/// base media file format, COD-9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DolbyVision {
    /// 5, 7, 8 or 20 over HEVC (`dvh1`, `dvhe`), 0 or 9 over AVC (`dva1`, `dvav`), 10 over AV1
    /// (`dav1`).
    pub profile: u8,
    /// 1 to 13.
    pub level: u8,
}

impl DolbyVision {
    pub(super) fn parse(sample_entry: &str, fields: &[&str]) -> Option<Self> {
        let [profile, level] = fields else { return None };
        let (profile, level) = (decimal(profile, 2, 2)?, decimal(level, 2, 2)?);
        let known = match sample_entry {
            "dvh1" | "dvhe" => matches!(profile, 5 | 7 | 8 | 20),
            "dva1" | "dvav" => matches!(profile, 0 | 9),
            "dav1" => profile == 10,
            _ => false,
        };
        (known && (1..=13).contains(&level)).then_some(Self { profile, level })
    }
}

impl fmt::Display for DolbyVision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}.{:02}", self.profile, self.level)
    }
}
