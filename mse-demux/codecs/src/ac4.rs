//! AC-4: the `dac4` record (ETSI TS 103 190-2 annex E.6).

use crate::bits::BitReader;
use mse_core::codec::Ac4;

/// The fields of an AC4SpecificBox that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ac4Configuration {
    /// Samples per second.
    pub sample_rate: u32,
    /// The fields of the codec string, those of the first presentation; `None` when there is no
    /// presentation.
    pub codec: Option<Ac4>,
    /// Channels of the first presentation; 0 when it is of objects, or does not say.
    pub channels: u16,
}

/// Channels of each bit of a channel mask, from the lowest (annex A.3).
const CHANNELS: [u16; 19] = [2, 1, 2, 2, 2, 2, 1, 2, 2, 1, 1, 1, 1, 2, 1, 1, 2, 2, 2];

impl Ac4Configuration {
    /// Reads the payload of a `dac4` box: `ac4_dsi_v1()` up to the first presentation.
    pub fn parse(record: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(record);
        let dsi_version = bits.read(3)?;
        let bitstream_version = bits.read_u8(7)?;
        let sample_rate = if bits.flag()? { 48_000 } else { 44_100 };
        bits.skip(4)?; // frame_rate_index
        let presentations = bits.read(9)?;
        // Version 0 is laid out otherwise, and has no string of its own.
        if dsi_version != 1 || presentations == 0 {
            return Some(Self { sample_rate, codec: None, channels: 0 });
        }
        if bitstream_version > 1 && bits.flag()? {
            bits.skip(16)?; // short_program_id
            if bits.flag()? {
                bits.skip(128)?; // program_uuid
            }
        }
        bits.skip(2 + 32 + 32)?; // ac4_bitrate_dsi
        bits.skip(bits.left() % 8)?;
        let presentation_version = bits.read_u8(8)?;
        if bits.read(8)? == 255 {
            bits.skip(16)?;
        }
        // A configuration of other substreams only has no level.
        const EMDF_ONLY: u32 = 6;
        let (mdcompat, channels) = match bits.read(5)? {
            EMDF_ONLY => (0, 0),
            _ => (bits.read_u8(3)?, read_channels(&mut bits).unwrap_or(0)),
        };
        let codec = Ac4 { bitstream_version, presentation_version, mdcompat };
        Some(Self { sample_rate, codec: Some(codec), channels })
    }
}

/// The channels of a presentation, from behind its `mdcompat` on.
fn read_channels(bits: &mut BitReader<'_>) -> Option<u16> {
    if bits.flag()? {
        bits.skip(5)?; // presentation_id
    }
    bits.skip(2 + 2 + 5 + 10)?; // frame rate, emdf version, key id
    if !bits.flag()? {
        return None;
    }
    // Those with back and top channels say which.
    if matches!(bits.read(5)?, 11..=14) {
        bits.skip(1 + 2)?;
    }
    let mask = bits.read(24)?;
    let speakers = CHANNELS.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
    Some(speakers.map(|(_, channels)| *channels).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_the_fields_of_the_codec_string() {
        // dsi 1, bitstream 2, 48 kHz, frame rate 13, one presentation; no program; bit rate;
        // presentation 1 of 8 bytes, level 3
        let mut record = vec![0b0010_0000, 0b1011_1010, 1, 0];
        record.extend([0; 8]);
        record.extend([1, 8, 0b0000_0011]);
        let codec = Ac4 { bitstream_version: 2, presentation_version: 1, mdcompat: 3 };
        let parsed = Ac4Configuration::parse(&record);
        assert_eq!(parsed, Some(Ac4Configuration { sample_rate: 48_000, codec: Some(codec), channels: 0 }));
        for length in 0..record.len() {
            assert_eq!(Ac4Configuration::parse(&record[..length]), None, "{length} bytes");
        }
        // No id, 19 bits, channel coded, mode 3 (5.1), then the mask of left and right, centre,
        // surrounds, low frequencies.
        record.extend([0, 0, 0b0000_1000, 0b1100_0000, 0, 0b0001_0001, 0b1100_0000]);
        assert_eq!(Ac4Configuration::parse(&record).map(|ac4| ac4.channels), Some(6));
    }
}
