//! Codec ids and their CodecPrivate (WEBM-21): what a track is coded with, and how long its frames
//! last by themselves.

use crate::nal_video;
use crate::reorder::Depth;
use crate::tracks::NANOSECONDS;
use crate::vorbis;
use bytes::Bytes;
use mse_codecs::aac::AudioSpecificConfig;
use mse_codecs::av1::Av1Sequence;
use mse_codecs::flac::{FlacFrameHeader, FlacStreamInfo};
use mse_codecs::opus::{OpusConfiguration, packet_samples};
use mse_codecs::vorbis::Vorbis;
use mse_codecs::{av1, rfc6381};
use mse_core::{CodecConfiguration, Colour, MediaTime, PreRoll};
use std::num::NonZeroU32;

/// Meaning of CodecID and CodecPrivate.
#[derive(Debug, Default)]
pub(crate) struct Coded {
    pub(crate) codec: String,
    pub(crate) configuration: CodecConfiguration,
    /// Samples per second and channels, where the codec knows better than the container.
    pub(crate) sample_rate: Option<u32>,
    pub(crate) channels: Option<u16>,
    pub(crate) durations: Durations,
    /// Depth of the reordering, if frames can be stored in another order than they are shown.
    pub(crate) reorder: Option<Depth>,
    /// Nanoseconds of a picture, by the parameter sets.
    pub(crate) picture_duration: Option<i64>,
    /// Colour, by the parameter sets.
    pub(crate) colour: Option<Colour>,
    /// Whether pictures are byte streams with start codes.
    pub(crate) is_byte_stream: bool,
    /// CodecDelay that the codec knows, where the container has none.
    pub(crate) delay: MediaTime,
    /// SeekPreRoll that the codec needs, whatever the container says.
    pub(crate) pre_roll: MediaTime,
    /// Whether only some frames of a sound can be decoded by themselves.
    pub(crate) has_dependent_frames: bool,
}

/// Durations of frames by their own bytes (WEBM-19).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Durations {
    /// Nothing is known.
    #[default]
    Unknown,
    /// Opus: the first bytes say it.
    Opus,
    /// FLAC at this rate: the first bytes say how many samples.
    Flac(NonZeroU32),
    /// So many samples at this rate.
    Samples(u32, NonZeroU32),
    /// So many bytes of every sample at this rate: the length says it.
    Raw(NonZeroU32, NonZeroU32),
    /// Vorbis at this rate: a packet and the one before it say it.
    Vorbis(Vorbis, NonZeroU32),
}

impl Durations {
    /// Duration of a frame that says it by itself.
    #[inline(always)]
    pub(crate) fn of_one(&self, frame: &[u8]) -> Option<MediaTime> {
        match self {
            Self::Opus => opus_duration(frame),
            Self::Samples(count, rate) => MediaTime::from_ticks((*count).into(), *rate),
            Self::Raw(bytes, rate) => {
                MediaTime::from_ticks((frame.len() / bytes.get() as usize) as i64, *rate)
            }
            Self::Flac(rate) => flac_duration(frame, *rate),
            Self::Unknown | Self::Vorbis(..) => None,
        }
    }

    /// Duration of a frame. `previous` is for Vorbis, whose packets overlap: samples of the block
    /// before.
    pub(crate) fn of(self, frame: &[u8], previous: &mut Option<u32>) -> Option<MediaTime> {
        let Self::Vorbis(vorbis, rate) = self else { return self.of_one(frame) };
        let block = vorbis.block(frame)?;
        let before = previous.replace(block).unwrap_or(block);
        MediaTime::from_ticks(i64::from((before + block) / 4), rate)
    }
}

fn flac_duration(frame: &[u8], rate: NonZeroU32) -> Option<MediaTime> {
    MediaTime::from_ticks(FlacFrameHeader::parse(frame)?.samples.into(), rate)
}

#[inline]
fn opus_duration(packet: &[u8]) -> Option<MediaTime> {
    /// Flicks of a sample.
    const SAMPLE: i64 = MediaTime::TICKS_PER_SECOND / OpusConfiguration::SAMPLE_RATE as i64;
    Some(MediaTime::from_flicks(i64::from(packet_samples(packet)?) * SAMPLE))
}

/// Description of a codec id; `None` when its CodecPrivate is missing or cannot be read. A codec
/// that the engine does not know keeps its id as codec string (ISR-7).
pub(crate) fn parse(
    codec_id: &str,
    private: &[u8],
    colour: Option<Colour>,
    (rate, sample_size, channels): (u32, u64, u16),
) -> Option<Coded> {
    let bare = |codec: &str| Coded {
        codec: codec.to_owned(),
        configuration: configuration("CodecPrivate", private),
        ..Coded::default()
    };
    let text = |format| Coded {
        codec: "wvtt".to_owned(),
        configuration: CodecConfiguration { format, ..configuration(format, private) },
        ..Coded::default()
    };
    let fixed = |samples, rate| {
        NonZeroU32::new(rate).map_or(Durations::Unknown, |rate| Durations::Samples(samples, rate))
    };
    Some(match codec_id {
        "V_VP8" => bare("vp8"),
        "V_VP9" => bare("vp9"),
        AV1 => {
            // A first picture in place of the record.
            let made = av1::configuration_of_picture(private);
            let private = made.as_deref().unwrap_or(private);
            let record = av1::parse_av1_configuration(private);
            let sequence = private.get(4..).and_then(Av1Sequence::find);
            let in_sequence = sequence.and_then(|sequence| sequence.colour);
            let codec = record.and_then(|record| rfc6381::av1(record, colour.or(in_sequence)));
            Coded {
                codec: codec.unwrap_or_else(|| "av01".to_owned()),
                configuration: configuration("av1C", private),
                colour: in_sequence,
                picture_duration: sequence.and_then(|sequence| nanoseconds(sequence.picture_duration)),
                ..Coded::default()
            }
        }
        "A_VORBIS" => {
            let vorbis = vorbis::parse(private)?;
            let durations = NonZeroU32::new(rate).map(|rate| Durations::Vorbis(vorbis, rate));
            Coded { durations: durations.unwrap_or_default(), ..bare("vorbis") }
        }
        "A_OPUS" => opus(private)?,
        AVC => nal_video::avc(private)?,
        HEVC => nal_video::hevc(private)?,
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
                pre_roll: config.pre_roll(),
                ..Coded::default()
            }
        }
        "A_FLAC" => {
            // The record of ISO BMFF has version and flags where this has the marker, which some
            // leave out.
            let info = if private.starts_with(b"fLaC") {
                FlacStreamInfo::parse(private)
            } else {
                FlacStreamInfo::parse(&[b"fLaC", &private[..private.len().min(38)]].concat())
            };
            Coded {
                sample_rate: info.map(|info| info.sample_rate),
                channels: info.map(|info| info.channels.into()),
                durations: NonZeroU32::new(info.map_or(rate, |info| info.sample_rate))
                    .map_or(Durations::Unknown, Durations::Flac),
                ..bare("flac")
            }
        }
        "A_MPEG/L1" => Coded { durations: fixed(384, rate), ..bare(layer_1_or_2(rate)) },
        "A_MPEG/L2" => Coded { durations: fixed(1152, rate), ..bare(layer_1_or_2(rate)) },
        "A_MPEG/L3" => {
            Coded { durations: fixed(if rate >= 32_000 { 1152 } else { 576 }, rate), ..bare("mp3") }
        }
        "A_AC3" => Coded { durations: fixed(1536, rate), ..bare("ac-3") },
        "A_EAC3" => bare("ec-3"),
        "A_ALAC" => bare("alac"),
        "A_DTS" => bare("dtsc"),
        "A_DTS/EXPRESS" => bare("dtse"),
        "A_DTS/LOSSLESS" => bare("dtsl"),
        TRUE_HD => {
            // 40 samples at the lowest rate of its family, whose multiples have as many times more.
            let base = if rate % 44_100 == 0 { 44_100 } else { 48_000 };
            Coded { durations: fixed(40, base), has_dependent_frames: true, ..bare("mlpa") }
        }
        // Recorders of browsers write raw samples.
        PCM | PCM_BIG | FLOAT => match pcm(codec_id, sample_size) {
            Some((codec, configuration)) => {
                let bytes = u32::from(channels) * (sample_size / 8) as u32;
                let durations = NonZeroU32::new(bytes).zip(NonZeroU32::new(rate));
                let durations = durations.map(|(bytes, rate)| Durations::Raw(bytes, rate));
                Coded { configuration, durations: durations.unwrap_or_default(), ..bare(codec) }
            }
            None => bare(codec_id),
        },
        // The two have their cues in different forms (TTK-3).
        "S_TEXT/WEBVTT" => text("S_TEXT/WEBVTT"),
        id if is_text(id) => text("D_WEBVTT"),
        id => bare(id),
    })
}

/// The codec ids of WebVTT, as WebM and as Matroska has it.
pub(crate) fn is_text(codec_id: &str) -> bool {
    codec_id.starts_with("D_WEBVTT/") || codec_id == "S_TEXT/WEBVTT"
}

/// H.264 and H.265, whose frames Matroska stores in decoding order.
pub(crate) const AVC: &str = "V_MPEG4/ISO/AVC";
pub(crate) const HEVC: &str = "V_MPEGH/ISO/HEVC";

/// AV1, whose sequence header stands in key frames too.
const AV1: &str = "V_AV1";

/// Whether the configuration of a track stands in its first picture, as recorders of browsers write
/// it.
pub(crate) fn is_configured_in_band(codec_id: &str, private: &[u8]) -> bool {
    private.is_empty() && matches!(codec_id, AVC | HEVC | AV1)
}

/// Whether a picture brings the configuration of its track.
pub(crate) fn is_configuring(codec_id: &str, picture: &[u8]) -> bool {
    match codec_id {
        AV1 => av1::configuration_of_picture(picture).is_some(),
        _ => nal_video::has_sets(codec_id, picture),
    }
}

const TRUE_HD: &str = "A_TRUEHD";
const PCM: &str = "A_PCM/INT/LIT";
const PCM_BIG: &str = "A_PCM/INT/BIG";
const FLOAT: &str = "A_PCM/FLOAT/IEEE";

/// The name that WebCodecs has for raw samples in little-endian order. Those in big-endian order
/// are described as in ISO BMFF, `ipcm` with its `pcmC`.
fn pcm(codec_id: &str, sample_size: u64) -> Option<(&'static str, CodecConfiguration)> {
    if let (PCM_BIG, bits @ (16 | 24 | 32)) = (codec_id, sample_size) {
        return Some(("ipcm", configuration("pcmC", &[0, 0, 0, 0, 0, bits as u8])));
    }
    let codec = match (codec_id, sample_size) {
        (PCM | PCM_BIG, 8) => "pcm-u8",
        (PCM, 16) => "pcm-s16",
        (PCM, 24) => "pcm-s24",
        (PCM, 32) => "pcm-s32",
        (FLOAT, 32) => "pcm-f32",
        (FLOAT, 64) => "pcm-f64",
        _ => return None,
    };
    Some((codec, CodecConfiguration::default()))
}

/// The codec string of MPEG audio of layers I and II, of MPEG-1 or at the halved rates of MPEG-2.
fn layer_1_or_2(rate: u32) -> &'static str {
    if rate >= 32_000 { "mp4a.6B" } else { "mp4a.69" }
}

/// Whether [`parse`] knows more of a codec than its id.
pub(crate) fn is_known(codec_id: &str) -> bool {
    const KNOWN: [&str; 22] = [
        "V_VP8",
        "V_VP9",
        AV1,
        AVC,
        HEVC,
        "A_VORBIS",
        "A_OPUS",
        "A_AAC",
        "A_FLAC",
        "A_MPEG/L3",
        "A_AC3",
        "A_EAC3",
        "A_MPEG/L1",
        "A_MPEG/L2",
        "A_ALAC",
        "A_DTS",
        "A_DTS/EXPRESS",
        "A_DTS/LOSSLESS",
        TRUE_HD,
        PCM,
        PCM_BIG,
        FLOAT,
    ];
    KNOWN.contains(&codec_id) || is_text(codec_id)
}

/// The parameter sets' word on how long a picture lasts.
pub(crate) fn nanoseconds(duration: Option<MediaTime>) -> Option<i64> {
    duration.map(|duration| duration.to_ticks(NANOSECONDS))
}

/// Samples per second of Opus.
const OPUS_RATE: NonZeroU32 = NonZeroU32::new(OpusConfiguration::SAMPLE_RATE).unwrap();

/// OpusHead (RFC 7845 section 5.1): behind its magic it is an `OpusSpecificBox` in little-endian
/// order.
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
        delay: MediaTime::from_ticks(config.pre_skip.into(), OPUS_RATE).unwrap_or_default(),
        pre_roll: PreRoll::OPUS,
        ..Coded::default()
    })
}

/// The record as it was. Copied: a slice would keep the whole append alive as long as the track.
pub(crate) fn configuration(format: &'static str, record: &[u8]) -> CodecConfiguration {
    if record.is_empty() {
        return CodecConfiguration::default();
    }
    CodecConfiguration { format, bytes: Bytes::copy_from_slice(record), decoder_specific: None }
}
