//! AC-3 and E-AC-3: the `dac3` and `dec3` records (ETSI TS 102 366 annex F).

mod frame;

use crate::bits::BitReader;
pub use frame::{Ac3AccessUnit, Ac3Frame};

/// The fields of an AC3SpecificBox or EC3SpecificBox that the engine needs.
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

    /// Reads the payload of a `dec3` box: its first independent substream, which is the main
    /// program.
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

/// Channels that dependent substreams add, by `chan_loc` (table F.6.1): four of the nine locations
/// are pairs.
fn dependent_channels(chan_loc: u32) -> u16 {
    const PAIRS: u32 = 0b0_0111_0011; // Lc/Rc, Lrs/Rrs, Lsd/Rsd, Lw/Rw, Lvh/Rvh; Cs, Ts, Cvh, LFE2 are single
    (chan_loc.count_ones() + (chan_loc & PAIRS).count_ones()) as u16
}
