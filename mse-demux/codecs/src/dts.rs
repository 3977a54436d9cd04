//! DTS: the `ddts` record (ETSI TS 102 114 annex E.3).

use crate::BitReader;

/// The fields of a DTSSpecificBox that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DtsConfiguration {
    /// `DTSSamplingFrequency`: samples per second of the best decoded sound.
    pub sample_rate: u32,
    /// Channels of `ChannelLayout`; 0 when it says none.
    pub channels: u16,
    /// `pcmSampleDepth`: bits.
    pub sample_size: u8,
}

/// Channels of each bit of a channel layout, from the lowest.
const CHANNELS: [u16; 16] = [1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2, 2, 1, 2, 1, 2];

impl DtsConfiguration {
    /// Reads the payload of a `ddts` box.
    pub fn parse(record: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(record);
        let sample_rate = bits.read(32)?;
        bits.skip(32 + 32)?; // maxBitrate, avgBitrate
        let sample_size = bits.read_u8(8)?;
        bits.skip(2 + 5 + 1 + 6 + 14 + 1 + 3)?;
        let layout = bits.read(16)?;
        let speakers = CHANNELS.iter().enumerate().filter(|(bit, _)| layout >> bit & 1 == 1);
        let channels = speakers.map(|(_, channels)| *channels).sum();
        (sample_rate > 0).then_some(Self { sample_rate, channels, sample_size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_rate_channels_and_depth() {
        // Centre, left and right, surrounds, low frequencies.
        let mut record = vec![0, 0, 0xBB, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0];
        record.extend([0, 0b1111, 0]);
        let expected = DtsConfiguration { sample_rate: 48_000, channels: 6, sample_size: 24 };
        assert_eq!(DtsConfiguration::parse(&record), Some(expected));
        for end in 0..19 {
            assert_eq!(DtsConfiguration::parse(&record[..end]), None);
        }
    }
}
