//! Codec ids and their CodecPrivate (WEBM-21): what a track is coded with, and how long its frames last by themselves.

use crate::vorbis::Vorbis;
use bytes::Bytes;
use mse_codecs::aac::AudioSpecificConfig;
use mse_codecs::avc::AvcConfiguration;
use mse_codecs::flac::FlacStreamInfo;
use mse_codecs::hevc::HevcConfiguration;
use mse_codecs::opus::{OpusConfiguration, packet_samples};
use mse_codecs::{av1, rfc6381};
use mse_core::{CodecConfiguration, Colour, MediaTime};
use std::num::NonZeroU32;

/// What CodecID and CodecPrivate say.
#[derive(Debug, Default)]
pub(crate) struct Coded {
    pub(crate) codec: String,
    pub(crate) configuration: CodecConfiguration,
    /// Samples per second and channels, where the codec knows better than the container.
    pub(crate) sample_rate: Option<u32>,
    pub(crate) channels: Option<u16>,
    pub(crate) durations: Durations,
    /// Whether frames are stored in another order than they are shown.
    pub(crate) reorders: bool,
}

/// How long frames last by what is in them (WEBM-19).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Durations {
    /// Nothing is known.
    #[default]
    Unknown,
    /// Opus: the first bytes say it.
    Opus,
    /// So many samples at this rate.
    Samples(u32, NonZeroU32),
    /// Vorbis at this rate: a packet and the one before it say it.
    Vorbis(Vorbis, NonZeroU32),
}

impl Durations {
    /// How long a frame lasts. `previous` is for Vorbis, whose packets overlap: samples of the block before.
    #[inline]
    pub(crate) fn of(self, frame: &[u8], previous: &mut Option<u32>) -> Option<MediaTime> {
        match self {
            Self::Unknown => None,
            Self::Opus => opus_duration(frame),
            Self::Samples(count, rate) => MediaTime::from_ticks(count.into(), rate),
            Self::Vorbis(vorbis, rate) => {
                let block = vorbis.block(frame)?;
                let before = previous.replace(block).unwrap_or(block);
                MediaTime::from_ticks(i64::from((before + block) / 4), rate)
            }
        }
    }
}

fn opus_duration(packet: &[u8]) -> Option<MediaTime> {
    const RATE: NonZeroU32 = NonZeroU32::new(OpusConfiguration::SAMPLE_RATE).unwrap();
    MediaTime::from_ticks(packet_samples(packet)?.into(), RATE)
}

/// What a codec id means; `None` when its CodecPrivate is missing or cannot be read. A codec that the engine does not know keeps its id
/// as codec string (ISR-7).
pub(crate) fn parse(codec_id: &str, private: &[u8], colour: Option<Colour>, rate: u32) -> Option<Coded> {
    let bare = |codec: &str| Coded {
        codec: codec.to_owned(),
        configuration: configuration("CodecPrivate", private),
        ..Coded::default()
    };
    let fixed = |samples, rate| {
        NonZeroU32::new(rate).map_or(Durations::Unknown, |rate| Durations::Samples(samples, rate))
    };
    Some(match codec_id {
        "V_VP8" => bare("vp8"),
        "V_VP9" => bare("vp9"),
        "V_AV1" => {
            let record = av1::parse_av1_configuration(private);
            let codec = record.and_then(|record| rfc6381::av1(record, colour));
            Coded {
                codec: codec.unwrap_or_else(|| "av01".to_owned()),
                configuration: configuration("av1C", private),
                ..Coded::default()
            }
        }
        "A_VORBIS" => {
            let vorbis = Vorbis::parse(private)?;
            let durations = NonZeroU32::new(rate).map(|rate| Durations::Vorbis(vorbis, rate));
            Coded { durations: durations.unwrap_or_default(), ..bare("vorbis") }
        }
        "A_OPUS" => opus(private)?,
        "V_MPEG4/ISO/AVC" => {
            let record = AvcConfiguration::parse(private)?;
            Coded {
                codec: rfc6381::avc("avc1", &record)?,
                configuration: configuration("avcC", private),
                reorders: true,
                ..Coded::default()
            }
        }
        "V_MPEGH/ISO/HEVC" => {
            let record = HevcConfiguration::parse(private)?;
            Coded {
                codec: rfc6381::hevc("hvc1", &record)?,
                configuration: configuration("hvcC", private),
                reorders: true,
                ..Coded::default()
            }
        }
        "A_AAC" => {
            let config = AudioSpecificConfig::parse(private)?;
            let frame_length = config.frame_length.unwrap_or(1024).into();
            Coded {
                codec: rfc6381::mp4a(0x40, Some(&config))?,
                configuration: {
                    let configuration = configuration("CodecPrivate", private);
                    CodecConfiguration {
                        decoder_specific: Some(configuration.bytes.clone()),
                        ..configuration
                    }
                },
                sample_rate: Some(config.sample_rate),
                channels: config.channels(),
                durations: fixed(frame_length, config.core_sample_rate),
                ..Coded::default()
            }
        }
        "A_FLAC" => {
            let info = FlacStreamInfo::parse(private.strip_prefix(b"fLaC").unwrap_or(private));
            Coded {
                sample_rate: info.map(|info| info.sample_rate),
                channels: info.map(|info| info.channels.into()),
                ..bare("flac")
            }
        }
        "A_MPEG/L3" => {
            Coded { durations: fixed(if rate >= 32_000 { 1152 } else { 576 }, rate), ..bare("mp3") }
        }
        "A_AC3" => Coded { durations: fixed(1536, rate), ..bare("ac-3") },
        "A_EAC3" => bare("ec-3"),
        id if is_text(id) => bare("wvtt"),
        id => bare(id),
    })
}

/// The codec ids of WebVTT, as WebM and as Matroska has it.
pub(crate) fn is_text(codec_id: &str) -> bool {
    codec_id.starts_with("D_WEBVTT/") || codec_id == "S_TEXT/WEBVTT"
}

/// OpusHead (RFC 7845 section 5.1): behind its magic it is an `OpusSpecificBox` in little-endian order.
fn opus(private: &[u8]) -> Option<Coded> {
    let head = private.strip_prefix(b"OpusHead")?;
    let &[version, channels, s0, s1, r0, r1, r2, r3, g0, g1, ref mapping @ ..] = head else { return None };
    // Family, counts and a byte a channel; more is not looked at.
    let mapping = &mapping[..mapping.len().min(3 + 255)];
    let record = [&[0, channels, s1, s0, r3, r2, r1, r0, g1, g0][..], mapping].concat();
    let config = OpusConfiguration::parse(&record)?;
    (version < 16).then(|| Coded {
        codec: "opus".to_owned(),
        configuration: configuration("CodecPrivate", private),
        sample_rate: Some(48_000),
        channels: Some(config.channels.into()),
        durations: Durations::Opus,
        ..Coded::default()
    })
}

/// The record as it was. Copied: a slice would keep the whole append alive as long as the track.
fn configuration(format: &'static str, record: &[u8]) -> CodecConfiguration {
    if record.is_empty() {
        return CodecConfiguration::default();
    }
    CodecConfiguration { format, bytes: Bytes::copy_from_slice(record), decoder_specific: None }
}
