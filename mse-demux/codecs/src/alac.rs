//! Apple Lossless: the ALACSpecificConfig in an `alac` box (the codec's
//! `ALACMagicCookieDescription`).

/// The fields of an ALACSpecificConfig that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlacConfiguration {
    /// Bits per sample.
    pub sample_size: u8,
    /// Channels.
    pub channels: u8,
    /// Samples per second.
    pub sample_rate: u32,
}

impl AlacConfiguration {
    /// Reads the payload of an `alac` box within the sample entry, version and flags included.
    pub fn parse(record: &[u8]) -> Option<Self> {
        let config = record.get(4..28)?;
        let rate = config.get(20..)?.first_chunk()?;
        let (sample_size, channels) = (*config.get(5)?, *config.get(9)?);
        Some(Self { sample_size, channels, sample_rate: u32::from_be_bytes(*rate) })
    }
}
