//! LATM in LOAS: AAC as broadcasts carry it (ISO/IEC 14496-3 clauses 1.7.2 and 1.7.3).
//!
//! Read is what one program of one layer needs; several programs, several layers and payloads of
//! other frame lengths are refused, as decoders do.

use crate::aac::AudioSpecificConfig;
use crate::bits::BitReader;

/// Bytes before an AudioMuxElement: sync word and length.
pub const HEADER: usize = 3;

/// Bytes of an AudioSyncStream element, header included; `None` without the sync word.
pub fn element_size(header: &[u8; HEADER]) -> Option<usize> {
    let [first, second, third] = *header;
    let length = usize::from(second & 0x1F) << 8 | usize::from(third);
    (first == 0x56 && second >> 5 == 7).then_some(HEADER + length)
}

/// The fields of a StreamMuxConfig that the engine needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StreamMux {
    /// The AudioSpecificConfig, read.
    pub config: AudioSpecificConfig,
    /// Bytes of the AudioSpecificConfig.
    pub audio_specific_config: Vec<u8>,
    /// Payloads of an element.
    subframes: u32,
}

impl StreamMux {
    /// Reads an AudioMuxElement: its payloads, each an access unit of AAC. `mux` is the
    /// configuration in force, which an element may replace; one that keeps it while none is known
    /// has no payload. `None` of what cannot be read.
    pub fn read_element(element: &[u8], mux: &mut Option<Self>) -> Option<Vec<Vec<u8>>> {
        let mut bits = BitReader::new(element);
        let use_same_stream_mux = bits.flag()?;
        if !use_same_stream_mux {
            *mux = Some(Self::parse(&mut bits)?);
        }
        let Some(mux) = mux else { return Some(Vec::new()) };
        let mut payloads = Vec::new();
        for _ in 0..mux.subframes {
            let mut length = 0;
            loop {
                let part = bits.read(8)? as usize;
                length += part;
                if part != 255 {
                    break;
                }
            }
            payloads.push(bits.read_bytes(8 * length)?);
        }
        Some(payloads)
    }

    /// Payloads of an element.
    pub fn subframes(&self) -> usize {
        self.subframes as usize
    }

    /// `StreamMuxConfig()` (table 1.42).
    fn parse(bits: &mut BitReader<'_>) -> Option<Self> {
        let version = bits.read(1)?;
        if version == 1 && bits.flag()? {
            return None; // audioMuxVersionA is reserved
        }
        if version == 1 {
            read_value(bits)?; // taraBufferFullness
        }
        bits.skip(1)?; // allStreamsSameTimeFraming
        let subframes = bits.read(6)? + 1;
        let (programs, layers) = (bits.read(4)?, bits.read(3)?);
        if programs != 0 || layers != 0 {
            return None;
        }
        let (config, audio_specific_config) = read_config(bits, version)?;
        const VARIABLE: u32 = 0;
        if bits.read(3)? != VARIABLE {
            return None;
        }
        bits.skip(8)?; // latmBufferFullness
        if bits.flag()? {
            skip_other_data_length(bits, version)?;
        }
        if bits.flag()? {
            bits.skip(8)?; // crcCheckSum
        }
        Some(Self { config, audio_specific_config, subframes })
    }
}

/// Reads the configuration. Version 1 has a length field; in version 0 only reading finds the end.
fn read_config(bits: &mut BitReader<'_>, version: u32) -> Option<(AudioSpecificConfig, Vec<u8>)> {
    if version == 1 {
        let length = read_value(bits)? as usize;
        let bytes = bits.read_bytes(length)?;
        return Some((AudioSpecificConfig::parse(&bytes)?, bytes));
    }
    let mut ahead = bits.clone();
    let config = AudioSpecificConfig::read(&mut ahead)?;
    // Of others it is not known where they end.
    if config.frame_length.is_none() || config.channels().is_none() {
        return None;
    }
    let bytes = bits.read_bytes(bits.left() - ahead.left())?;
    Some((config, bytes))
}

fn skip_other_data_length(bits: &mut BitReader<'_>, version: u32) -> Option<()> {
    if version == 1 {
        return read_value(bits).map(drop);
    }
    while bits.flag()? {
        bits.skip(8)?;
    }
    bits.skip(8)
}

/// `LatmGetValue()`: a number of one to four bytes.
fn read_value(bits: &mut BitReader<'_>) -> Option<u32> {
    let bytes = bits.read(2)? as usize + 1;
    bits.read(8 * bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version 0, one subframe, AAC-LC at 48 kHz in stereo, variable frame length; two payload
    /// bytes.
    fn element() -> Vec<u8> {
        let fields: &[(u32, usize)] = &[
            (0, 1), // useSameStreamMux
            (0, 1),
            (1, 1),
            (0, 6),
            (0, 4),
            (0, 3),
            (0x1190, 16),
            (0, 3),
            (0xFF, 8),
            (0, 1),
            (0, 1),
            (2, 8),
            (0xABCD, 16),
        ];
        write(fields)
    }

    fn write(fields: &[(u32, usize)]) -> Vec<u8> {
        let bits =
            fields.iter().flat_map(|&(value, width)| (0..width).rev().map(move |bit| value >> bit & 1));
        let bits: Vec<u32> = bits.collect();
        bits.chunks(8)
            .map(|byte| (0..8).fold(0, |all, bit| all << 1 | *byte.get(bit).unwrap_or(&0) as u8))
            .collect()
    }

    #[test]
    fn an_element_brings_its_configuration_or_keeps_the_last() {
        let mut mux = None;
        let same = write(&[(1, 1), (1, 8), (0xEF, 8)]);
        assert_eq!(StreamMux::read_element(&same, &mut mux), Some(vec![]), "none is known");
        assert_eq!(StreamMux::read_element(&element(), &mut mux), Some(vec![vec![0xAB, 0xCD]]));
        let known = mux.clone().unwrap();
        assert_eq!((known.config.sample_rate, known.config.channels()), (48_000, Some(2)));
        assert_eq!(known.audio_specific_config, [0x11, 0x90]);
        assert_eq!(StreamMux::read_element(&same, &mut mux), Some(vec![vec![0xEF]]));
        assert_eq!(mux, Some(known));
    }

    #[test]
    fn what_breaks_off_or_has_several_programs_is_none() {
        let whole = element();
        for length in 0..whole.len() - 1 {
            assert_eq!(StreamMux::read_element(&whole[..length], &mut None), None, "{length} bytes");
        }
        let programs = write(&[(0, 1), (0, 1), (1, 1), (0, 6), (1, 4), (0, 3), (0, 32), (0, 32)]);
        assert_eq!(StreamMux::read_element(&programs, &mut None), None);
    }

    #[test]
    fn headers_say_how_long_an_element_is() {
        assert_eq!(element_size(&[0x56, 0xE1, 0x02]), Some(3 + 0x102));
        assert_eq!(element_size(&[0x56, 0xC1, 0x02]), None);
    }
}
