//! FLAC: the STREAMINFO block of a `dfLa` record (RFC 9639 section 8.2, Encapsulation of FLAC in
//! ISO BMFF section 3.3.2).

use crate::bits::BitReader;

/// The fields of STREAMINFO that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlacStreamInfo {
    /// Samples per second. The sample entry's 16 bits do not reach all rates.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u8,
    /// Bits per sample.
    pub sample_size: u8,
}

impl FlacStreamInfo {
    /// Reads the payload of a `dfLa` box, version and flags included; STREAMINFO is its first
    /// block.
    pub fn parse(record: &[u8]) -> Option<Self> {
        const STREAMINFO: u32 = 0;
        const LENGTH: u32 = 34;
        let mut bits = BitReader::new(record);
        bits.skip(32 + 1)?;
        if bits.read(7)? != STREAMINFO || bits.read(24)? != LENGTH {
            return None;
        }
        bits.skip(16 + 16 + 24 + 24)?; // block and frame sizes
        let sample_rate = bits.read(20)?;
        let channels = bits.read_u8(3)? + 1;
        let sample_size = bits.read_u8(5)? + 1;
        (sample_rate > 0 && bits.left() >= 36 + 128).then_some(Self { sample_rate, channels, sample_size })
    }
}
