//! The fields of the codec strings of VP8, VP9 and AV1, which end alike in colour fields.

use std::fmt;

use super::{decimal, flag};

/// The colour fields that VP9 and AV1 strings end with, as code points of ISO/IEC 23091-2 (H.273).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodecColour {
    /// `ColourPrimaries`.
    pub colour_primaries: u8,
    /// `TransferCharacteristics`.
    pub transfer_characteristics: u8,
    /// `MatrixCoefficients`.
    pub matrix_coefficients: u8,
    /// `VideoFullRangeFlag`.
    pub video_full_range_flag: bool,
}

impl Default for CodecColour {
    /// Meaning of a string without these fields: BT.709, limited range.
    fn default() -> Self {
        Self {
            colour_primaries: 1,
            transfer_characteristics: 1,
            matrix_coefficients: 1,
            video_full_range_flag: false,
        }
    }
}

impl CodecColour {
    /// Two digits each and the flag in `flag_digits`. Reserved code points pass: their table grows,
    /// a decoder decides.
    fn parse([primaries, transfer, matrix, full_range]: [&str; 4], flag_digits: usize) -> Option<Self> {
        Some(Self {
            colour_primaries: decimal(primaries, 2, 2)?,
            transfer_characteristics: decimal(transfer, 2, 2)?,
            matrix_coefficients: decimal(matrix, 2, 2)?,
            video_full_range_flag: flag(full_range, flag_digits)?,
        })
    }

    /// The three code points as written; the flag that follows has two digits in VP9 and one in
    /// AV1.
    fn code_points(self) -> String {
        format!(
            "{:02}.{:02}.{:02}",
            self.colour_primaries, self.transfer_characteristics, self.matrix_coefficients
        )
    }
}

/// `vp09.PP.LL.DD[.CC.cp.tc.mc.FF]`, and `vp08` alike (VP Codec ISO Media File Format Binding,
/// COD-4).
///
/// The bracketed fields come all or none. `Display` leaves them out when they have their default
/// values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vpx {
    /// 0 to 3.
    pub profile: u8,
    /// Ten times the level: 10, 11, 20, 21, 30, 31, 40, 41, 50, 51, 52, 60, 61 or 62.
    pub level: u8,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// 0 4:2:0 vertical, 1 4:2:0 collocated with luma (the default), 2 4:2:2, 3 4:4:4.
    pub chroma_subsampling: u8,
    /// The colour fields.
    pub colour: CodecColour,
}

impl Vpx {
    const DEFAULT_CHROMA_SUBSAMPLING: u8 = 1;

    pub(super) fn parse(fields: &[&str]) -> Option<Self> {
        let [profile, level, bit_depth, optional @ ..] = fields else { return None };
        let (chroma_subsampling, colour) = match *optional {
            [] => (Self::DEFAULT_CHROMA_SUBSAMPLING, CodecColour::default()),
            [chroma, primaries, transfer, matrix, full_range] => (
                decimal(chroma, 2, 2).filter(|chroma| *chroma <= 3)?,
                CodecColour::parse([primaries, transfer, matrix, full_range], 2)?,
            ),
            _ => return None,
        };
        Some(Self {
            profile: decimal(profile, 2, 2).filter(|profile| *profile <= 3)?,
            level: decimal(level, 2, 2).filter(|level| is_vpx_level(*level))?,
            bit_depth: parse_bit_depth(bit_depth)?,
            chroma_subsampling,
            colour,
        })
    }
}

impl fmt::Display for Vpx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}.{:02}.{:02}", self.profile, self.level, self.bit_depth)?;
        let optional = (self.chroma_subsampling, self.colour);
        if optional == (Self::DEFAULT_CHROMA_SUBSAMPLING, CodecColour::default()) {
            return Ok(());
        }
        let full_range = u8::from(self.colour.video_full_range_flag);
        write!(f, ".{:02}.{}.{full_range:02}", self.chroma_subsampling, self.colour.code_points())
    }
}

fn is_vpx_level(level: u8) -> bool {
    matches!(level, 10 | 11 | 20 | 21 | 30 | 31 | 40 | 41 | 50..=52 | 60..=62)
}

fn parse_bit_depth(field: &str) -> Option<u8> {
    decimal(field, 2, 2).filter(|bit_depth| matches!(bit_depth, 8 | 10 | 12))
}

/// `av01.P.LLT.DD[.M.CCC.cp.tc.mc.F]` (AV1 Codec ISO Media File Format Binding section 5, COD-5).
///
/// The bracketed fields come all or none. `Display` leaves them out when they have their default
/// values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Av1 {
    /// `seq_profile`: 0 Main, 1 High, 2 Professional.
    pub seq_profile: u8,
    /// `seq_level_idx`, 0 to 31: 8 is level 4.0.
    pub seq_level_idx: u8,
    /// `seq_tier`: false is Main (M), true is High (H).
    pub seq_tier: bool,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// `mono_chrome`.
    pub mono_chrome: bool,
    /// `subsampling_x`, by default true.
    pub subsampling_x: bool,
    /// `subsampling_y`, by default true.
    pub subsampling_y: bool,
    /// `chroma_sample_position`, 0 to 3; 0 unless both subsampling flags are set.
    pub chroma_sample_position: u8,
    /// The colour fields.
    pub colour: CodecColour,
}

impl Av1 {
    pub(super) fn parse(fields: &[&str]) -> Option<Self> {
        let fields = before_unknown_characters(fields);
        let [profile, level_and_tier, bit_depth, optional @ ..] = fields.as_slice() else { return None };
        let (level, seq_tier) = match level_and_tier.as_bytes() {
            [.., b'M'] => (level_and_tier.strip_suffix('M')?, false),
            [.., b'H'] => (level_and_tier.strip_suffix('H')?, true),
            _ => return None,
        };
        let (mono_chrome, chroma, colour) = match *optional {
            [] => (false, "110", CodecColour::default()),
            [mono, chroma, primaries, transfer, matrix, full_range] => {
                (flag(mono, 1)?, chroma, CodecColour::parse([primaries, transfer, matrix, full_range], 1)?)
            }
            _ => return None,
        };
        let (subsampling_x, subsampling_y, chroma_sample_position) = parse_av1_chroma(chroma)?;
        Some(Self {
            seq_profile: decimal(profile, 1, 1).filter(|profile| *profile <= 2)?,
            seq_level_idx: decimal(level, 2, 2).filter(|level| *level <= 31)?,
            seq_tier,
            bit_depth: parse_bit_depth(bit_depth)?,
            mono_chrome,
            subsampling_x,
            subsampling_y,
            chroma_sample_position,
            colour,
        })
    }
}

impl fmt::Display for Av1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tier = if self.seq_tier { 'H' } else { 'M' };
        write!(f, "{}.{:02}{tier}.{:02}", self.seq_profile, self.seq_level_idx, self.bit_depth)?;

        let mono_chrome = u8::from(self.mono_chrome);
        let chroma =
            (u8::from(self.subsampling_x), u8::from(self.subsampling_y), self.chroma_sample_position);
        if (mono_chrome, chroma, self.colour) == (0, (1, 1, 0), CodecColour::default()) {
            return Ok(());
        }
        let full_range = u8::from(self.colour.video_full_range_flag);
        write!(
            f,
            ".{mono_chrome}.{}{}{}.{}.{full_range}",
            chroma.0,
            chroma.1,
            chroma.2,
            self.colour.code_points()
        )
    }
}

/// The binding's rule for later versions: from the first character that is not a dot, a digit or a
/// tier on, the string is ignored, together with the dot that leads there.
fn before_unknown_characters<'a>(fields: &[&'a str]) -> Vec<&'a str> {
    let mut known = Vec::new();
    for field in fields {
        let (head, cut) = match field.split_once(|c: char| !matches!(c, '0'..='9' | 'M' | 'H')) {
            Some((head, _)) => (head, true),
            None => (*field, false),
        };
        if !(cut && head.is_empty()) {
            known.push(head);
        }
        if cut {
            break;
        }
    }
    known
}

/// `subsampling_x`, `subsampling_y` and `chroma_sample_position`, a digit each.
fn parse_av1_chroma(field: &str) -> Option<(bool, bool, u8)> {
    let (x, y, position) = match field.as_bytes() {
        [x @ (b'0' | b'1'), y @ (b'0' | b'1'), position @ b'0'..=b'3'] => {
            (*x == b'1', *y == b'1', position - b'0')
        }
        _ => return None,
    };
    (position == 0 || (x && y)).then_some((x, y, position))
}
