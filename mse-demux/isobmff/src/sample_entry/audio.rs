//! AudioSampleEntry (ISO/IEC 14496-12 clause 12.2.3), QuickTime's versions of it, and the audio
//! codecs in it.

use super::esds::EsDescriptor;
mod uncommon;

use super::pcm::Layout;
use super::{SampleEntry, bare, configuration, raw, understood};
use crate::boxes::{Children, FourCc, IsoBox};
use crate::fault::Result;
use crate::movie::{Entry, FrameLength, RandomAccess};
use bytes::Bytes;
use mse_codecs::aac::{self, AudioSpecificConfig};
use mse_codecs::ac3::Ac3Configuration;
use mse_codecs::ac4::Ac4Configuration;
use mse_codecs::alac::AlacConfiguration;
use mse_codecs::flac::FlacStreamInfo;
use mse_codecs::opus::OpusConfiguration;
use mse_codecs::rfc6381;
use mse_core::{
    AudioDescription, ChannelLayout, CodecConfiguration, MediaDescription, MediaTime, PreRoll,
    TrackDescription,
};
use std::num::NonZeroU32;
use uncommon::{parse_dts, parse_iamf, parse_lpcm, parse_mlp, parse_optional, parse_pcm};

/// Bytes of fields before the child boxes, in version 0.
pub(super) const FIELDS: usize = 28;

/// Whether the configuration of an entry of this type is read.
pub(super) fn is_known(entry: FourCc) -> bool {
    matches!(
        &entry,
        b"mp4a"
            | b"Opus"
            | b"fLaC"
            | b"alac"
            | b"ac-3"
            | b"ec-3"
            | b"ac-4"
            | b"mha1"
            | b"mhm1"
            | b".mp3"
            | b"ms\0\x55"
            | b"dtsc"
            | b"dtse"
            | b"dtsh"
            | b"dtsl"
            | b"dtsx"
            | b"dtsy"
            | b"mlpa"
            | b"iamf"
            | b"ipcm"
            | b"fpcm"
            | b"sowt"
            | b"twos"
            | b"lpcm"
            | b"in24"
            | b"in32"
            | b"fl32"
            | b"fl64"
            | b"raw "
            | b"NONE"
            | b"ulaw"
            | b"alaw"
            | b"enca"
    )
}

/// Values of the codec's own configuration; 0 where it is silent.
#[derive(Default)]
struct Coded {
    codec: String,
    configuration: CodecConfiguration,
    sample_rate: u32,
    channels: u16,
    sample_size: u16,
    channel_layout: Option<ChannelLayout>,
    kind: Option<&'static str>,
    has_dependent_frames: bool,
    frame_length: FrameLength,
    codec_delay: MediaTime,
    /// Pre-roll that the codec needs, whatever groups say.
    pre_roll: MediaTime,
    /// See [`Entry`].
    block_size: u32,
}

pub(super) fn parse(entry: &IsoBox<'_>, stsd_version: u8) -> Result<SampleEntry> {
    let sound = SoundFields::parse(entry, stsd_version)?;
    let children = entry.children_after(sound.size);
    let coded = match &entry.kind {
        b"mp4a" => parse_mp4a(entry, &sound, &children)?,
        b"Opus" => parse_opus(entry, &children)?,
        b"fLaC" => parse_flac(entry, &children)?,
        b"alac" => parse_alac(entry, &children)?,
        b"ac-3" => parse_ac3(entry, &children)?,
        b"ec-3" => parse_eac3(entry, &children)?,
        b"ac-4" => parse_ac4(entry, &children)?,
        b"mha1" | b"mhm1" => parse_mpegh(entry, &children)?,
        b".mp3" | b"ms\0\x55" => Coded { codec: "mp3".to_owned(), ..Coded::default() },
        b"dtsc" | b"dtse" | b"dtsh" | b"dtsl" => parse_dts(entry, &children),
        b"dtsx" | b"dtsy" => parse_optional(entry, &children, b"udts"),
        b"mlpa" => parse_mlp(entry, &children)?,
        b"iamf" => parse_iamf(entry, &children)?,
        b"lpcm" => parse_lpcm(entry, &sound),
        b"ulaw" | b"alaw" => {
            Coded { codec: bare(entry), block_size: sound.channels.into(), ..Coded::default() }
        }
        _ => match Layout::of(entry.kind, sound.sample_size, &children) {
            Some(layout) => parse_pcm(entry, &sound, layout),
            None => Coded { codec: bare(entry), ..Coded::default() },
        },
    };
    let known = |coded, entry| if coded == 0 { entry } else { coded };
    let audio = AudioDescription {
        sample_rate: if coded.sample_rate == 0 { sound.sample_rate } else { coded.sample_rate },
        channels: known(coded.channels, sound.channels),
        channel_layout: parse_chnl(&children).ok().flatten().or(coded.channel_layout),
        sample_size: known(coded.sample_size, sound.sample_size),
        codec_delay: coded.codec_delay,
        seek_pre_roll: coded.pre_roll,
    };
    let media = MediaDescription::Audio(audio);
    let description =
        TrackDescription { codec: coded.codec, configuration: coded.configuration, media, encryption: None };
    let random_access = if coded.has_dependent_frames { RandomAccess::Flags } else { RandomAccess::Always };
    Ok(SampleEntry {
        description,
        samples: Entry {
            random_access,
            nal_units: None,
            awaits: false,
            frame_length: coded.frame_length,
            block_size: coded.block_size,
        },
        kind: coded.kind,
    })
}

/// Bytes before the child boxes.
pub(super) fn fields_size(entry: &IsoBox<'_>, stsd_version: u8) -> Option<usize> {
    SoundFields::parse(entry, stsd_version).ok().map(|sound| sound.size)
}

/// The fields of the entry itself.
struct SoundFields {
    channels: u16,
    sample_size: u16,
    sample_rate: u32,
    /// Layout of version 2: bits a channel, format flags, bytes and frames a packet.
    layout: Option<[u32; 4]>,
    /// Bytes before the child boxes.
    size: usize,
}

impl SoundFields {
    /// In an `stsd` of version 0, the entry's versions 1 and 2 are QuickTime's (QuickTime File
    /// Format, Sound Sample Descriptions); in an `stsd` of version 1, the entry's version 1 is
    /// ISO's and no longer.
    fn parse(entry: &IsoBox<'_>, stsd_version: u8) -> Result<Self> {
        let mut fields = entry.fields();
        fields.skip(8)?; // reserved, data_reference_index
        let version = fields.u16()?;
        fields.skip(6)?;
        let (channels, sample_size) = (fields.u16()?, fields.u16()?);
        fields.skip(4)?;
        let rate = fields.u32()?;
        // TrueHD has rates beyond 16 bits, and no fraction.
        let sample_rate = if entry.kind == *b"mlpa" { rate } else { rate >> 16 };
        let sound = Self { channels, sample_size, sample_rate, layout: None, size: FIELDS };
        match (stsd_version, version) {
            (0, 1) => {
                fields.skip(16)?; // samples and bytes per packet
                Ok(Self { size: FIELDS + 16, ..sound })
            }
            (0, 2) => {
                fields.skip(4)?; // sizeOfStructOnly
                let sample_rate = f64::from_bits(fields.u64()?) as u32;
                let channels = fields.u32()?.try_into().unwrap_or(u16::MAX);
                fields.skip(4)?; // always 7F000000
                let [a, b, c, d] = [fields.u32()?, fields.u32()?, fields.u32()?, fields.u32()?];
                let sample_size = u16::try_from(a).ok().filter(|bits| *bits > 0).unwrap_or(sample_size);
                let layout = Some([a, b, c, d]);
                Ok(Self { channels, sample_rate, sample_size, layout, size: FIELDS + 36 })
            }
            _ => Ok(sound),
        }
    }
}

/// `chnl` (clause 12.2.4), where it names a layout that is defined.
fn parse_chnl(children: &Children<'_>) -> Result<Option<ChannelLayout>> {
    const CHANNEL_STRUCTURED: u8 = 1;
    let Some(chnl) = children.clone().first(b"chnl")? else { return Ok(None) };
    let (version, _, mut fields) = chnl.full()?;
    if version != 0 || fields.array::<1>()?[0] & CHANNEL_STRUCTURED == 0 {
        return Ok(None);
    }
    let [layout] = fields.array()?;
    Ok((layout != 0).then_some(ChannelLayout::Cicp(layout)))
}

/// The configuration box of a name, which QuickTime puts into a `wave`.
fn record<'a>(entry: &IsoBox<'a>, children: &Children<'a>, name: &FourCc) -> Result<IsoBox<'a>> {
    let wave = children.clone().first(b"wave")?;
    match (children.clone().first(name)?, wave) {
        (Some(record), _) => Ok(record),
        (None, Some(wave)) => configuration(entry, &wave.children(), name),
        (None, None) => configuration(entry, children, name),
    }
}

/// `esds` (ISO/IEC 14496-14 clause 5.6).
fn parse_mp4a(entry: &IsoBox<'_>, sound: &SoundFields, children: &Children<'_>) -> Result<Coded> {
    let record = record(entry, children, b"esds")?;
    let es = understood(EsDescriptor::parse(record.payload), &record)?;
    let config = es.decoder_specific.and_then(AudioSpecificConfig::parse);
    let is_aac = matches!(es.object_type_indication, 0x40 | 0x66..=0x68);
    if es.object_type_indication == 0x40 && config.is_none() {
        return understood(None, &record);
    }
    let mut coded = Coded {
        codec: rfc6381::mp4a(es.object_type_indication, config.as_ref()).unwrap_or_else(|| bare(entry)),
        configuration: CodecConfiguration {
            decoder_specific: es.decoder_specific.map(Bytes::copy_from_slice),
            ..raw("esds", record.payload)
        },
        ..Coded::default()
    };
    // MPEG-1 layer III, and MPEG-2's half-rate one.
    match (es.object_type_indication, sound.sample_rate) {
        (0x6B, rate) | (0x69, rate @ 32_000..) => coded.frame_length = FrameLength::samples(1152, rate),
        (0x69, rate) => coded.frame_length = FrameLength::samples(576, rate),
        _ => {}
    }
    if let Some(config) = config.filter(|_| is_aac) {
        coded.sample_rate = config.sample_rate;
        coded.pre_roll = config.pre_roll();
        coded.channels = config.channels().unwrap_or(0);
        let configuration = config.channel_configuration;
        coded.channel_layout = (configuration != 0).then_some(ChannelLayout::Cicp(configuration));
        coded.has_dependent_frames = config.audio_object_type == aac::USAC;
        if let Some(samples) = config.frame_length {
            coded.frame_length = FrameLength::samples(samples.into(), config.core_sample_rate);
        }
    }
    Ok(coded)
}

/// Times count in this rate.
const OPUS_RATE: NonZeroU32 = NonZeroU32::new(OpusConfiguration::SAMPLE_RATE).unwrap();

fn parse_opus(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = configuration(entry, children, b"dOps")?;
    let opus = understood(OpusConfiguration::parse(record.payload), &record)?;
    Ok(Coded {
        codec: bare(entry),
        configuration: raw("dOps", record.payload),
        sample_rate: OpusConfiguration::SAMPLE_RATE,
        channels: opus.channels.into(),
        frame_length: FrameLength::Opus,
        codec_delay: MediaTime::from_ticks(opus.pre_skip.into(), OPUS_RATE).unwrap_or_default(),
        pre_roll: PreRoll::OPUS,
        ..Coded::default()
    })
}

fn parse_flac(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = configuration(entry, children, b"dfLa")?;
    let flac = understood(FlacStreamInfo::parse(record.payload), &record)?;
    Ok(Coded {
        codec: bare(entry),
        configuration: raw("dfLa", record.payload),
        sample_rate: flac.sample_rate,
        channels: flac.channels.into(),
        sample_size: flac.sample_size.into(),
        ..Coded::default()
    })
}

/// The configuration box has the entry's own name.
fn parse_alac(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = record(entry, children, b"alac")?;
    let alac = understood(AlacConfiguration::parse(record.payload), &record)?;
    Ok(Coded {
        codec: bare(entry),
        configuration: raw("alac", record.payload),
        sample_rate: alac.sample_rate,
        channels: alac.channels.into(),
        sample_size: alac.sample_size.into(),
        ..Coded::default()
    })
}

/// `dac3` (ETSI TS 102 366 annex F.4). A service for the visually impaired has a kind of its own
/// (TRK-6).
fn parse_ac3(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = record(entry, children, b"dac3")?;
    let ac3 = understood(Ac3Configuration::parse_dac3(record.payload), &record)?;
    let kind = (ac3.bsmod == VISUALLY_IMPAIRED).then_some("main-desc");
    Ok(Coded {
        frame_length: FrameLength::samples(1536, ac3.sample_rate),
        ..dolby(entry, "dac3", &record, &ac3, kind)
    })
}

/// `dec3` (ETSI TS 102 366 annex F.6).
fn parse_eac3(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = record(entry, children, b"dec3")?;
    let eac3 = understood(Ac3Configuration::parse_dec3(record.payload), &record)?;
    let name = if eac3.asvc { "descriptions" } else { "main-desc" };
    let kind = (eac3.bsmod == VISUALLY_IMPAIRED).then_some(name);
    Ok(dolby(entry, "dec3", &record, &eac3, kind))
}

/// `dac4` (ETSI TS 103 190-2 annex E.5). Frames depend on each other.
fn parse_ac4(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = configuration(entry, children, b"dac4")?;
    let ac4 = understood(Ac4Configuration::parse(record.payload), &record)?;
    Ok(Coded {
        codec: ac4.codec.and_then(rfc6381::ac4).unwrap_or_else(|| bare(entry)),
        configuration: raw("dac4", record.payload),
        sample_rate: ac4.sample_rate,
        channels: ac4.channels,
        has_dependent_frames: true,
        ..Coded::default()
    })
}

/// `mhaC` (ISO/IEC 23008-3 clause 20.4): MHADecoderConfigurationRecord. Frames depend on each
/// other. `mhm1` brings its configuration with its samples, and needs none here: its level, which
/// the codec string has, is then the one that is reserved.
fn parse_mpegh(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = match children.clone().first(b"mhaC") {
        Ok(None) if entry.kind == *b"mhm1" => {
            let codec = rfc6381::mpegh(&bare(entry), 0).unwrap_or_else(|| bare(entry));
            return Ok(Coded { codec, has_dependent_frames: true, ..Coded::default() });
        }
        _ => configuration(entry, children, b"mhaC")?,
    };
    let [_version, level, layout] = record.fields().array()?;
    Ok(Coded {
        codec: rfc6381::mpegh(&bare(entry), level).unwrap_or_else(|| bare(entry)),
        configuration: raw("mhaC", record.payload),
        channel_layout: (layout != 0).then_some(ChannelLayout::Cicp(layout)),
        has_dependent_frames: true,
        ..Coded::default()
    })
}

/// `bsmod` of a service for the visually impaired.
const VISUALLY_IMPAIRED: u8 = 2;

fn dolby(
    entry: &IsoBox<'_>,
    format: &'static str,
    record: &IsoBox<'_>,
    ac3: &Ac3Configuration,
    kind: Option<&'static str>,
) -> Coded {
    Coded {
        codec: bare(entry),
        configuration: raw(format, record.payload),
        sample_rate: ac3.sample_rate,
        channels: ac3.channels,
        kind,
        ..Coded::default()
    }
}
