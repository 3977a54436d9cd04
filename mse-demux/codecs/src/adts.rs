//! ADTS headers (ISO/IEC 14496-3 clause 1.A.3, MPA-7).

use crate::aac;
use crate::program_config;
use bytes::Bytes;
use mse_core::MediaTime;

/// Bytes of a header without CRC.
pub const HEADER: usize = 7;
/// Samples of a raw data block. Frames of 960 are not signalled.
const BLOCK: u32 = 1024;
const RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350];

/// The header of an ADTS frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AdtsHeader {
    /// Profile plus one.
    pub audio_object_type: u8,
    rate_index: u8,
    channel_configuration: u8,
    has_crc: bool,
    /// Bytes of the frame with its header.
    pub size: u16,
    blocks: u8,
}

impl AdtsHeader {
    /// Syncword, layer, profile, sampling frequency index and channel configuration.
    const FIXED: u32 = 0xFFF6_FDC0;

    #[inline]
    fn fixed_bits(&self) -> u32 {
        0xFFF << 20
            | u32::from(self.audio_object_type - 1) << 14
            | u32::from(self.rate_index) << 10
            | u32::from(self.channel_configuration) << 6
    }

    /// Reads it; `None` when these bytes are no header.
    #[inline]
    pub fn parse(bytes: &[u8; HEADER]) -> Option<Self> {
        let [sync, b1, b2, b3, b4, b5, b6] = *bytes;
        // Syncword, and layer 0.
        if sync != 0xFF || b1 & 0xF6 != 0xF0 {
            return None;
        }
        let header = Self {
            audio_object_type: (b2 >> 6) + 1,
            rate_index: b2 >> 2 & 0xF,
            channel_configuration: (b2 & 1) << 2 | b3 >> 6,
            has_crc: b1 & 1 == 0,
            size: u16::from(b3 & 3) << 11 | u16::from(b4) << 3 | u16::from(b5 >> 5),
            blocks: (b6 & 3) + 1,
        };
        (usize::from(header.rate_index) < RATES.len() && usize::from(header.size) > header.header_size())
            .then_some(header)
    }

    /// Reads a header [like](Self::is_like) this one; `None` when these bytes are another, or none.
    #[inline]
    pub fn parse_like(&self, bytes: &[u8; HEADER]) -> Option<Self> {
        let [b0, b1, b2, b3, b4, b5, b6] = *bytes;
        if u32::from_be_bytes([b0, b1, b2, b3]) & Self::FIXED != self.fixed_bits() {
            return None;
        }
        let header = Self {
            has_crc: b1 & 1 == 0,
            size: u16::from(b3 & 3) << 11 | u16::from(b4) << 3 | u16::from(b5 >> 5),
            blocks: (b6 & 3) + 1,
            ..*self
        };
        (usize::from(header.size) > header.header_size()).then_some(header)
    }

    /// Bytes before the raw data blocks. With several blocks and a CRC their positions stand in
    /// front.
    #[inline]
    pub fn header_size(&self) -> usize {
        let positions = if self.has_crc { 2 * usize::from(self.blocks - 1) } else { 0 };
        HEADER + positions + if self.has_crc { 2 } else { 0 }
    }

    /// Samples of the frame.
    #[inline]
    pub fn samples(&self) -> u32 {
        BLOCK * u32::from(self.blocks)
    }

    /// Samples per second, before SBR.
    pub fn sample_rate(&self) -> u32 {
        RATES[usize::from(self.rate_index)]
    }

    /// `channel_configuration`; 0 when a program config element in the frame says it.
    pub fn channel_configuration(&self) -> u8 {
        self.channel_configuration
    }

    /// Whether a checksum follows the header.
    pub fn has_crc(&self) -> bool {
        self.has_crc
    }

    /// Bits of the first four bytes that are the same in all headers [like](Self::is_like) this
    /// one, and their values.
    pub fn fixed_header(&self) -> (u32, u32) {
        (Self::FIXED, self.fixed_bits())
    }

    /// Whether frames with this header need no other configuration than those with the other.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.audio_object_type, self.rate_index, self.channel_configuration)
            == (other.audio_object_type, other.rate_index, other.channel_configuration)
    }

    /// Time before a seek target at which decoding must begin.
    pub fn pre_roll(&self) -> MediaTime {
        aac::pre_roll(false, 1024, self.sample_rate(), self.sample_rate())
    }

    /// The AudioSpecificConfig that the header stands for (ISO/IEC 14496-3 clause 1.6.2.1), and its
    /// channels. Where the header leaves them to a program config element, that is the first
    /// element of the raw data block and becomes part of it; without one there are 0.
    pub fn audio_specific_config(&self, raw_data_block: &[u8]) -> (Bytes, u16) {
        let config = u16::from(self.audio_object_type) << 11
            | u16::from(self.rate_index) << 7
            | u16::from(self.channel_configuration) << 3;
        let config = config.to_be_bytes();
        let (element, channels) = match self.channel_configuration {
            0 => program_config::of_raw_data_block(raw_data_block).unwrap_or_default(),
            7 => (Vec::new(), 8),
            channels => (Vec::new(), channels.into()),
        };
        ([&config[..], &element].concat().into(), channels)
    }
}

#[cfg(test)]
mod tests {
    use super::{AdtsHeader, HEADER};

    #[test]
    fn a_header_like_another_is_read_as_one_alone() {
        // Every other bit of the first four bytes, and sizes around those of headers.
        let headers: Vec<[u8; HEADER]> = (0..1_u32 << 20)
            .step_by(11)
            .map(|bits| {
                let [_, b1, b2, b3] = bits.to_be_bytes();
                [0xFF, 0xF0 | b1, b2, b3, (bits >> 3) as u8 & 3, (bits << 5) as u8, b3]
            })
            .collect();
        let mut like = 0;
        for pair in headers.windows(2) {
            let Some(first) = AdtsHeader::parse(&pair[0]) else { continue };
            for bytes in pair {
                let alone = AdtsHeader::parse(bytes).filter(|header| header.is_like(&first));
                assert_eq!(first.parse_like(bytes), alone, "{pair:x?}");
                like += usize::from(alone.is_some());
            }
        }
        assert!(like > 1000, "{like}");
    }
}
