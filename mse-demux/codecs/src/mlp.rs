//! TrueHD: the `dmlp` record (Dolby TrueHD bitstreams within the ISO base media file format,
//! section 3).

use crate::BitReader;

/// The fields of an MLPSpecificBox that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MlpConfiguration {
    /// Samples per second.
    pub sample_rate: u32,
    /// Channels of the largest presentation that is not of objects.
    pub channels: u16,
}

/// Channels of each bit of a channel assignment, from the lowest.
const CHANNELS: [u16; 13] = [2, 1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 1, 1];

impl MlpConfiguration {
    /// Reads the payload of a `dmlp` box.
    pub fn parse(record: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(record);
        let rate = bits.read(4)?;
        let base = if rate & 8 == 0 { 48_000 } else { 44_100 };
        let sample_rate = match rate & 7 {
            shift @ 0..=2 => base << shift,
            _ => return None,
        };
        bits.skip(2 + 2 + 2 + 2)?;
        let six = bits.read(5)?;
        bits.skip(2)?;
        let eight = bits.read(13)?;
        bits.skip(16)?; // peak_data_rate, reserved
        let count = |assignment: u32| {
            let bits = CHANNELS.iter().enumerate().filter(|(bit, _)| assignment >> bit & 1 == 1);
            bits.map(|(_, channels)| *channels).sum()
        };
        Some(Self { sample_rate, channels: count(if eight == 0 { six } else { eight }) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_rate_and_channels() {
        // 48 kHz, 5.1 and 7.1: left, right, centre, low frequencies, surrounds, rear surrounds.
        let record = |rate: u32, six: u32, eight: u32| {
            let format = rate << 28 | six << 15 | eight;
            [&format.to_be_bytes()[..], &[0; 6]].concat()
        };
        let parsed = |record: &[u8]| MlpConfiguration::parse(record).map(|it| (it.sample_rate, it.channels));
        assert_eq!(parsed(&record(0, 0b01111, 0b0_0000_0100_1111)), Some((48_000, 8)));
        assert_eq!(parsed(&record(10, 0b01111, 0)), Some((176_400, 6)));
        assert_eq!(parsed(&record(1, 1, 0)), Some((96_000, 2)));
        assert_eq!(parsed(&record(15, 1, 0)), None);
        assert_eq!(parsed(&[0; 5]), None);
    }
}
