//! MPEG-4 audio: the AudioSpecificConfig (ISO/IEC 14496-3 clause 1.6.2.1).

use crate::bits::BitReader;
use crate::program_config;
use mse_core::{MediaTime, PreRoll};
use std::num::NonZeroU32;

/// Spectral band replication: HE-AAC.
pub const SBR: u8 = 5;
/// Parametric stereo: HE-AAC v2.
pub const PS: u8 = 29;
/// Unified speech and audio coding: xHE-AAC.
pub const USAC: u8 = 42;

/// The fields of an AudioSpecificConfig that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AudioSpecificConfig {
    /// The audio object type as the codec string names it: 5 or 29 where SBR or PS is signalled
    /// explicitly, else that of the core.
    pub audio_object_type: u8,
    /// The object type of the core coder.
    pub core_object_type: u8,
    /// Samples per second of the core coder.
    pub core_sample_rate: u32,
    /// Samples per second of the output, after SBR where that is signalled.
    pub sample_rate: u32,
    /// `channelConfiguration`; 0 means that a program config element says it.
    pub channel_configuration: u8,
    /// Channels of the program config element, if there is one.
    pub program_config_channels: Option<u16>,
    /// Samples of one frame at the core's rate, where the object type has the choice.
    pub frame_length: Option<u16>,
}

/// Time before a seek target at which decoding of frames of that many samples must begin.
pub(crate) fn pre_roll(
    has_sbr: bool,
    frame_length: u16,
    core_sample_rate: u32,
    sample_rate: u32,
) -> MediaTime {
    let samples = i64::from(frame_length) * PreRoll::aac_frames(has_sbr, sample_rate) as i64;
    let rate = NonZeroU32::new(core_sample_rate);
    rate.and_then(|rate| MediaTime::from_ticks(samples, rate)).unwrap_or_default()
}

impl AudioSpecificConfig {
    /// Reads an AudioSpecificConfig that fills `bytes`, such as the DecoderSpecificInfo of an
    /// `esds`.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(bytes);
        let mut config = Self::read(&mut bits)?;
        let is_complete = config.frame_length.is_some()
            && (config.channel_configuration != 0 || config.program_config_channels.is_some());
        if is_complete && !matches!(config.audio_object_type, SBR | PS) {
            config.read_sync_extension(&mut bits);
        }
        Some(config)
    }

    /// Reads an AudioSpecificConfig that other fields follow: without the backward compatible
    /// signalling, for which the end must be known.
    pub(crate) fn read(bits: &mut BitReader<'_>) -> Option<Self> {
        let start = bits.left();
        let first_object_type = object_type(bits)?;
        let core_sample_rate = sample_rate(bits)?;
        let channel_configuration = bits.read_u8(4)?;
        let mut config = Self {
            audio_object_type: first_object_type,
            core_object_type: first_object_type,
            core_sample_rate,
            sample_rate: core_sample_rate,
            channel_configuration,
            program_config_channels: None,
            frame_length: None,
        };
        if matches!(first_object_type, SBR | PS) {
            config.sample_rate = sample_rate(bits)?;
            config.core_object_type = object_type(bits)?;
        }
        if has_general_audio_config(config.core_object_type) {
            config.frame_length = Some(if bits.flag()? { 960 } else { 1024 });
            // Of one that breaks off here, what was read holds.
            let _ = config.read_general_audio_config(bits, start);
        }
        Some(config)
    }

    /// Time before a seek target at which decoding must begin.
    pub fn pre_roll(&self) -> MediaTime {
        let has_sbr = matches!(self.audio_object_type, SBR | PS);
        pre_roll(has_sbr, self.frame_length.unwrap_or(1024), self.core_sample_rate, self.sample_rate)
    }

    /// Channels of the output: those of the configuration, two where parametric stereo makes them
    /// of one. `None` when only a program config element in the frames knows.
    pub fn channels(&self) -> Option<u16> {
        match (self.audio_object_type, self.channel_configuration) {
            (_, 0) => self.program_config_channels,
            (PS, 1) => Some(2),
            (_, configuration @ 1..=6) => Some(configuration.into()),
            (_, 7 | 12 | 14) => Some(8),
            (_, 11) => Some(7),
            (_, 13) => Some(24),
            _ => None,
        }
    }

    /// The rest of a GASpecificConfig after its frame length flag. `start` are the bits that were
    /// left where all begins.
    fn read_general_audio_config(&mut self, bits: &mut BitReader<'_>, start: usize) -> Option<()> {
        if bits.flag()? {
            bits.skip(14)?; // coreCoderDelay
        }
        let extension = bits.flag()?;
        if self.channel_configuration == 0 {
            self.program_config_channels = Some(program_config::read(bits, start)?);
        }
        if matches!(self.core_object_type, 6 | 20) {
            bits.skip(3)?; // layerNr
        }
        if extension {
            match self.core_object_type {
                22 => bits.skip(5 + 11)?,
                17 | 19 | 20 | 23 => bits.skip(3)?,
                _ => {}
            }
            bits.skip(1)?;
        }
        if matches!(self.core_object_type, 17 | 19..=23) {
            bits.skip(2)?; // epConfig
        }
        Some(())
    }

    /// The backward compatible signalling of SBR and PS behind the core's configuration (clause
    /// 1.6.2.1): `0x2b7`, then the extension's type and rate. Decoders from before do not read that
    /// far.
    fn read_sync_extension(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        const SBR_SYNC: u32 = 0x2B7;
        const PS_SYNC: u32 = 0x548;
        if bits.read(11)? != SBR_SYNC || object_type(bits)? != SBR || !bits.flag()? {
            return None;
        }
        self.sample_rate = sample_rate(bits)?;
        self.audio_object_type = SBR;
        if bits.read(11)? == PS_SYNC && bits.flag()? {
            self.audio_object_type = PS;
        }
        Some(())
    }
}

/// 5 bits, or 31 and 6 more.
fn object_type(bits: &mut BitReader<'_>) -> Option<u8> {
    match bits.read_u8(5)? {
        31 => Some(32 + bits.read_u8(6)?),
        kind => Some(kind),
    }
}

fn sample_rate(bits: &mut BitReader<'_>) -> Option<u32> {
    const RATES: [u32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ];
    match bits.read(4)? {
        15 => bits.read(24),
        index => RATES.get(index as usize).copied(),
    }
}

/// The object types whose configuration is a GASpecificConfig (clause 4.4.1).
fn has_general_audio_config(object_type: u8) -> bool {
    matches!(object_type, 1..=4 | 6 | 7 | 17 | 19..=23)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (u8, u32, u32, Option<u16>) {
        let config = AudioSpecificConfig::parse(bytes).unwrap();
        (config.audio_object_type, config.core_sample_rate, config.sample_rate, config.channels())
    }

    #[test]
    fn profiles_are_told_apart() {
        // object type, core rate, output rate, channels
        assert_eq!(read(&[0x11, 0x90]), (2, 48_000, 48_000, Some(2)), "AAC-LC");
        assert_eq!(read(&[0x2B, 0x11, 0x88, 0x00]), (SBR, 24_000, 48_000, Some(2)), "HE-AAC, hierarchical");
        assert_eq!(read(&[0xEB, 0x09, 0x88, 0x00]), (PS, 24_000, 48_000, Some(2)), "HE-AAC v2, hierarchical");
        assert_eq!(
            read(&[0x13, 0x10, 0x56, 0xE5, 0x98]),
            (SBR, 24_000, 48_000, Some(2)),
            "backward compatible"
        );
        assert_eq!(
            read(&[0x13, 0x08, 0x56, 0xE5, 0x9D, 0x48, 0x80]),
            (PS, 24_000, 48_000, Some(2)),
            "backward compatible with PS"
        );
        assert_eq!(read(&[0xF9, 0x46, 0x40]).0, USAC, "escaped object type");
        assert_eq!(read(&[0x17, 0x80, 0x91, 0xA0, 0x10]).1, 74_560, "escaped rate");
    }

    #[test]
    fn the_frame_length_flag_is_read() {
        let frame_length = |bytes| AudioSpecificConfig::parse(bytes).unwrap().frame_length;
        assert_eq!(frame_length(&[0x11, 0x90]), Some(1024));
        assert_eq!(frame_length(&[0x11, 0x94]), Some(960));
    }

    #[test]
    fn what_breaks_off_is_none() {
        assert_eq!(AudioSpecificConfig::parse(&[]), None);
        assert_eq!(AudioSpecificConfig::parse(&[0x11]), None);
        assert_eq!(AudioSpecificConfig::parse(&[0x16, 0x90]), None, "reserved rate");
    }
}
