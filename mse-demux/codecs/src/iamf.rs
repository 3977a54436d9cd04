//! Immersive Audio Model and Formats: the descriptors in an `iacb` box (section 6.2.3), as far as
//! the codec string and the sample rate need them.

use crate::BitReader;
use crate::aac::AudioSpecificConfig;
use crate::flac::FlacStreamInfo;
use mse_core::CodecFamily;
use mse_core::codec::Iamf;

/// The fields of an IAConfigurationBox that the engine needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IamfConfiguration {
    /// The fields of the codec string; `None` when the substreams are coded by something that has
    /// none.
    pub codec: Option<Iamf>,
    /// Samples per second of the substreams; 0 when they do not say.
    pub sample_rate: u32,
    /// `num_samples_per_frame`.
    pub frame_length: u32,
}

const SEQUENCE_HEADER: u8 = 31;
const CODEC_CONFIG: u8 = 0;
/// Descriptors looked at; a sequence header and a codec configuration stand in front.
const MAX_DESCRIPTORS: usize = 64;

impl IamfConfiguration {
    /// Reads the payload of an `iacb` box. `None` without a sequence header and a codec
    /// configuration.
    pub fn parse(record: &[u8]) -> Option<Self> {
        let (1, mut rest) = record.split_first().map(|(version, rest)| (*version, rest))? else {
            return None;
        };
        let size = read_leb128(&mut rest)?;
        let mut obus = rest.get(..size as usize)?;
        let (mut profiles, mut substreams) = (None, None);
        for _ in 0..MAX_DESCRIPTORS {
            let Some((kind, payload)) = read_obu(&mut obus) else { break };
            match (kind, payload) {
                (SEQUENCE_HEADER, [b'i', b'a', b'm', b'f', primary, additional, ..]) => {
                    profiles = profiles.or(Some((*primary, *additional)));
                }
                (CODEC_CONFIG, payload) => substreams = substreams.or_else(|| Substreams::parse(payload)),
                _ => {}
            }
        }
        let ((primary_profile, additional_profile), substreams) = profiles.zip(substreams)?;
        let codec = substreams.codec.map(|codec| Iamf { primary_profile, additional_profile, codec });
        Some(Self { codec, sample_rate: substreams.sample_rate, frame_length: substreams.frame_length })
    }
}

/// An OBU's type and payload.
fn read_obu<'a>(bytes: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (head, mut rest) = bytes.split_first()?;
    let size = read_leb128(&mut rest)?;
    let (mut payload, behind) = rest.split_at_checked(size as usize)?;
    *bytes = behind;
    if head & 2 != 0 {
        read_leb128(&mut payload)?; // num_samples_to_trim_at_end
        read_leb128(&mut payload)?;
    }
    if head & 1 != 0 {
        let extension = read_leb128(&mut payload)?;
        payload = payload.get(extension as usize..)?;
    }
    Some((head >> 3, payload))
}

/// Coding of the substreams.
struct Substreams {
    /// `Some(None)` is linear PCM.
    codec: Option<Option<CodecFamily>>,
    sample_rate: u32,
    frame_length: u32,
}

impl Substreams {
    /// `codec_config_obu()`
    fn parse(mut payload: &[u8]) -> Option<Self> {
        read_leb128(&mut payload)?; // codec_config_id
        let (kind, mut rest) = payload.split_first_chunk()?;
        let frame_length = read_leb128(&mut rest)?;
        let configuration = rest.get(2..)?; // audio_roll_distance
        let (codec, sample_rate) = match kind {
            b"Opus" => (Some(Some(CodecFamily::Opus)), Some(48_000)),
            b"fLaC" => {
                let record = [&[0; 4], configuration].concat();
                (Some(Some(CodecFamily::Flac)), FlacStreamInfo::parse(&record).map(|info| info.sample_rate))
            }
            b"mp4a" => (Some(Some(CodecFamily::Aac)), aac_rate(configuration)),
            b"ipcm" => {
                let rate = configuration.get(2..).and_then(|rest| rest.first_chunk());
                (Some(None), rate.map(|rate| u32::from_be_bytes(*rate)))
            }
            _ => (None, None),
        };
        Some(Self { codec, sample_rate: sample_rate.unwrap_or(0), frame_length })
    }
}

/// The sample rate in a DecoderConfigDescriptor (ISO/IEC 14496-1 clause 7.2.6.6).
fn aac_rate(descriptor: &[u8]) -> Option<u32> {
    let [4, rest @ ..] = descriptor else { return None };
    let (_, rest) = read_size(rest)?;
    let [5, rest @ ..] = rest.get(13..)? else { return None };
    let (size, rest) = read_size(rest)?;
    AudioSpecificConfig::parse(rest.get(..size)?).map(|config| config.sample_rate)
}

/// The size of a descriptor: seven bits a byte, at most four.
fn read_size(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut bits = BitReader::new(bytes);
    let mut size = 0;
    for count in 1..=4 {
        let more = bits.flag()?;
        size = size << 7 | bits.read(7)? as usize;
        if !more {
            return Some((size, bytes.get(count..)?));
        }
    }
    None
}

/// A number as bytes of seven bits, the lowest first.
fn read_leb128(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u64;
    for index in 0..8 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return u32::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(codec: &[u8; 4], configuration: &[u8]) -> Vec<u8> {
        let codec_config = [&[0][..], codec, &[0xC0, 0x07, 0xFF, 0xFC], configuration].concat();
        let mut obus = vec![SEQUENCE_HEADER << 3, 6, b'i', b'a', b'm', b'f', 0, 1];
        obus.extend([0, codec_config.len() as u8]);
        obus.extend(&codec_config);
        [&[1, obus.len() as u8][..], &obus].concat()
    }

    #[test]
    fn descriptors_say_profiles_codec_and_rate() {
        let flac =
            [&[0x80, 0, 0, 34, 4, 0x80, 4, 0x80, 0, 0, 0, 0, 0, 0][..], &[0x0A, 0xC4, 0x42, 0xF0], &[0; 20]]
                .concat();
        let aac = [4, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 0x11, 0x90];
        let rows = [
            (record(b"Opus", &[1, 2, 1, 56]), Some(CodecFamily::Opus), 48_000),
            (record(b"fLaC", &flac), Some(CodecFamily::Flac), 44_100),
            (record(b"mp4a", &aac), Some(CodecFamily::Aac), 48_000),
            (record(b"ipcm", &[1, 16, 0, 0, 0xBB, 0x80]), None, 48_000),
        ];
        for (record, codec, sample_rate) in rows {
            let parsed = IamfConfiguration::parse(&record).unwrap();
            assert_eq!(parsed.codec, Some(Iamf { primary_profile: 0, additional_profile: 1, codec }));
            assert_eq!((parsed.sample_rate, parsed.frame_length), (sample_rate, 960), "{codec:?}");
            for end in 0..record.len() {
                assert_eq!(IamfConfiguration::parse(&record[..end]), None);
            }
        }
        assert_eq!(IamfConfiguration::parse(&record(b"abcd", &[])).unwrap().codec, None);
    }

    #[test]
    fn trims_and_extensions_of_descriptors_are_passed_over() {
        let mut obus: &[u8] = &[SEQUENCE_HEADER << 3 | 3, 6, 1, 2, 1, 0xAA, 7, 8];
        assert_eq!(read_obu(&mut obus), Some((SEQUENCE_HEADER, &[7, 8][..])));
        assert_eq!(read_obu(&mut obus), None);
        assert_eq!(read_leb128(&mut &[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1][..]), None, "beyond 32 bits");
    }
}
