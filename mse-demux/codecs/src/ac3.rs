//! AC-3 and E-AC-3: the `dac3` and `dec3` records (ETSI TS 102 366 annex F).

use crate::bits::BitReader;

/// What the engine needs of an AC3SpecificBox or EC3SpecificBox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ac3Configuration {
    /// Samples per second; 0 when the record does not know (reduced rates of E-AC-3).
    pub sample_rate: u32,
    /// Channels, the low frequency one and those of dependent substreams included.
    pub channels: u16,
    /// Bit stream mode: 2 is a service for the visually impaired (TRK-6).
    pub bsmod: u8,
    /// Whether this is an associated service; AC-3 does not say.
    pub asvc: bool,
}

impl Ac3Configuration {
    /// Reads the payload of a `dac3` box.
    pub fn parse_dac3(record: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(record);
        let sample_rate = sample_rate(bits.read(2)?);
        bits.skip(5)?; // bsid
        let bsmod = bits.read_u8(3)?;
        let channels = front_channels(bits.read(3)?) + bits.read(1)? as u16;
        bits.skip(5)?; // bit_rate_code
        Some(Self { sample_rate, channels, bsmod, asvc: false })
    }

    /// Reads the payload of a `dec3` box: its first independent substream, which is the main program.
    pub fn parse_dec3(record: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(record);
        bits.skip(13 + 3)?; // data_rate, num_ind_sub
        let sample_rate = sample_rate(bits.read(2)?);
        bits.skip(5 + 1)?; // bsid, reserved
        let asvc = bits.flag()?;
        let bsmod = bits.read_u8(3)?;
        let mut channels = front_channels(bits.read(3)?) + bits.read(1)? as u16;
        bits.skip(3)?;
        if bits.read(4)? > 0 {
            channels += dependent_channels(bits.read(9)?);
        }
        Some(Self { sample_rate, channels, bsmod, asvc })
    }
}

fn sample_rate(fscod: u32) -> u32 {
    match fscod {
        0 => 48_000,
        1 => 44_100,
        2 => 32_000,
        _ => 0,
    }
}

/// Channels of an `acmod` without the low frequency one (table 4.3).
fn front_channels(acmod: u32) -> u16 {
    match acmod {
        1 => 1,
        0 | 2 => 2,
        3 | 4 => 3,
        5 | 6 => 4,
        _ => 5,
    }
}

/// Channels that dependent substreams add, by `chan_loc` (table F.6.1): four of the nine locations are pairs.
fn dependent_channels(chan_loc: u32) -> u16 {
    const PAIRS: u32 = 0b0_0111_0011; // Lc/Rc, Lrs/Rrs, Lsd/Rsd, Lw/Rw, Lvh/Rvh; Cs, Ts, Cvh, LFE2 are single
    (chan_loc.count_ones() + (chan_loc & PAIRS).count_ones()) as u16
}

/// The header of an AC-3 or E-AC-3 sync frame (ETSI TS 102 366 clauses 5.3 and E.1.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ac3Frame {
    /// Bytes of the frame.
    pub size: usize,
    /// Samples of the frame.
    pub samples: u32,
    /// Samples per second.
    pub sample_rate: u32,
    /// Channels, the low-frequency one included.
    pub channels: u16,
    /// E-AC-3.
    pub is_enhanced: bool,
    /// Belongs to the frame before: a dependent substream.
    pub is_dependent: bool,
}

impl Ac3Frame {
    /// Bytes that tell everything.
    pub const HEADER: usize = 8;

    /// Reads a header; `None` when these bytes are none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let &[0x0B, 0x77, b2, b3, b4, b5, b6, ..] = bytes else { return None };
        // bsid stands in the same place in both.
        match b5 >> 3 {
            0..=10 => Self::parse_ac3(b4, b6),
            11..=16 => Self::parse_enhanced(b2, b3, b4),
            _ => None,
        }
    }

    fn parse_ac3(b4: u8, b6: u8) -> Option<Self> {
        const KBITS: [u16; 19] =
            [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
        let code = b4 & 0x3F;
        let kbits = usize::from(*KBITS.get(usize::from(code >> 1))?);
        // Words of 16 bits in 1536 samples.
        let (sample_rate, words) = match b4 >> 6 {
            0 => (48_000, kbits * 2),
            1 => (44_100, kbits * 320 / 147 + usize::from(code & 1)),
            2 => (32_000, kbits * 3),
            _ => return None,
        };
        let mode = b6 >> 5;
        // Mix levels and the surround flag stand before the flag of the low-frequency channel.
        let skip =
            u8::from(mode & 1 != 0 && mode != 1) * 2 + u8::from(mode & 4 != 0) * 2 + u8::from(mode == 2) * 2;
        let has_low_frequency = b6 << (3 + skip).min(7) & 0x80 != 0;
        let channels = channels_of(mode) + u16::from(has_low_frequency);
        Some(Self {
            size: words * 2,
            samples: 1536,
            sample_rate,
            channels,
            is_enhanced: false,
            is_dependent: false,
        })
    }

    fn parse_enhanced(b2: u8, b3: u8, b4: u8) -> Option<Self> {
        let size = (usize::from(b2 & 7) << 8 | usize::from(b3)) * 2 + 2;
        let (sample_rate, blocks) = match b4 >> 6 {
            3 => ([24_000, 22_050, 16_000].get(usize::from(b4 >> 4 & 3)).copied()?, 6),
            code => ([48_000, 44_100, 32_000][usize::from(code)], [1, 2, 3, 6][usize::from(b4 >> 4 & 3)]),
        };
        Some(Self {
            size,
            samples: blocks * 256,
            sample_rate,
            channels: channels_of(b4 >> 1 & 7) + u16::from(b4 & 1),
            is_enhanced: true,
            is_dependent: b2 >> 6 == 1,
        })
    }
}

/// Full-bandwidth channels of an `acmod`.
fn channels_of(mode: u8) -> u16 {
    [2, 1, 2, 3, 3, 4, 4, 5][usize::from(mode & 7)]
}
