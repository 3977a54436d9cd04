//! Opus: the `dOps` record (Encapsulation of Opus in ISO BMFF section 4.3.2).

/// What the engine needs of an OpusSpecificBox.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpusConfiguration {
    /// `OutputChannelCount`.
    pub channels: u8,
    /// `PreSkip`, in samples at 48 kHz.
    pub pre_skip: u16,
}

impl OpusConfiguration {
    /// Every Opus decoder can output at this rate, and timestamps count in it.
    pub const SAMPLE_RATE: u32 = 48_000;

    /// Reads the payload of a `dOps` box.
    pub fn parse(record: &[u8]) -> Option<Self> {
        let [0, channels, skip_high, skip_low, _, _, _, _, _, _, family, mapping @ ..] = record else {
            return None;
        };
        // StreamCount, CoupledCount and one mapping a channel
        let complete = *family == 0 || mapping.len() >= 2 + usize::from(*channels);
        (*channels > 0 && complete)
            .then_some(Self { channels: *channels, pre_skip: u16::from_be_bytes([*skip_high, *skip_low]) })
    }
}
