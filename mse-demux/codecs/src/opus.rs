//! Opus: the `dOps` record (Encapsulation of Opus in ISO BMFF section 4.3.2), and how long a packet
//! is (RFC 6716 section 3.1).

/// The fields of an OpusSpecificBox that the engine needs.
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

/// Samples of a packet at 48 kHz, by its table-of-contents byte; `None` of one that is cut, empty
/// or longer than 120 ms.
pub fn packet_samples(packet: &[u8]) -> Option<u32> {
    const LONGEST: u32 = 5760;
    let toc = *packet.first()?;
    let samples = match toc >> 3 {
        configuration @ 0..=11 => [480, 960, 1920, 2880][usize::from(configuration & 3)],
        configuration @ 12..=15 => [480, 960][usize::from(configuration & 1)],
        configuration => [120, 240, 480, 960][usize::from(configuration & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(*packet.get(1)? & 0x3F),
    };
    let all = samples * count;
    (0 < all && all <= LONGEST).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::packet_samples;

    #[test]
    fn packets_say_how_long_they_last() {
        assert_eq!(packet_samples(&[0b0000_0000]), Some(480));
        assert_eq!(packet_samples(&[0b0001_1000]), Some(2880));
        assert_eq!(packet_samples(&[0b0110_1000]), Some(960));
        assert_eq!(packet_samples(&[0b1000_0000]), Some(120));
        assert_eq!(packet_samples(&[0b1111_1001]), Some(1920));
        assert_eq!(packet_samples(&[0b1111_1011, 6]), Some(5760));
        // No frame, more than 120 ms, cut.
        for packet in [&[0b1111_1011, 0][..], &[0b1111_1011, 7], &[0b1111_1011], &[]] {
            assert_eq!(packet_samples(packet), None, "{packet:?}");
        }
    }
}
