//! Audio codecs that files bring and few players play: DTS, TrueHD, IAMF, linear PCM.

use super::super::pcm::Layout;
use super::super::{bare, configuration, raw, understood};
use super::{Coded, SoundFields};
use crate::boxes::{Children, FourCc, IsoBox};
use crate::fault::Result;
use mse_codecs::dts::DtsConfiguration;
use mse_codecs::iamf::IamfConfiguration;
use mse_codecs::mlp::MlpConfiguration;
use mse_codecs::rfc6381;

/// A codec whose stream says all that its configuration does.
pub(super) fn parse_optional(entry: &IsoBox<'_>, children: &Children<'_>, kind: &'static FourCc) -> Coded {
    let record = children.clone().first(kind).ok().flatten();
    let format = std::str::from_utf8(kind).unwrap_or_default();
    let configuration = record.map(|record| raw(format, record.payload)).unwrap_or_default();
    Coded { codec: bare(entry), configuration, ..Coded::default() }
}

/// `ddts` (ETSI TS 102 114 annex E.3).
pub(super) fn parse_dts(entry: &IsoBox<'_>, children: &Children<'_>) -> Coded {
    let coded = parse_optional(entry, children, b"ddts");
    match DtsConfiguration::parse(&coded.configuration.bytes) {
        Some(dts) => Coded {
            sample_rate: dts.sample_rate,
            channels: dts.channels,
            sample_size: dts.sample_size.into(),
            ..coded
        },
        None => coded,
    }
}

/// `dmlp` (Dolby TrueHD bitstreams within the ISO base media file format, section 3). Only some
/// frames can be decoded by themselves.
pub(super) fn parse_mlp(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = configuration(entry, children, b"dmlp")?;
    let mlp = understood(MlpConfiguration::parse(record.payload), &record)?;
    Ok(Coded {
        codec: bare(entry),
        configuration: raw("dmlp", record.payload),
        sample_rate: mlp.sample_rate,
        channels: mlp.channels,
        has_dependent_frames: true,
        ..Coded::default()
    })
}

/// `iacb` (Immersive Audio Model and Formats section 6.2.3).
pub(super) fn parse_iamf(entry: &IsoBox<'_>, children: &Children<'_>) -> Result<Coded> {
    let record = configuration(entry, children, b"iacb")?;
    let iamf = understood(IamfConfiguration::parse(record.payload), &record)?;
    Ok(Coded {
        codec: iamf.codec.and_then(rfc6381::iamf).unwrap_or_else(|| bare(entry)),
        configuration: raw("iacb", record.payload),
        sample_rate: iamf.sample_rate,
        ..Coded::default()
    })
}

pub(super) fn parse_pcm(entry: &IsoBox<'_>, sound: &SoundFields, layout: Layout) -> Coded {
    Coded {
        block_size: u32::from(sound.channels) * u32::from(layout.bits.div_ceil(8)),
        // A codec string has no space at its end.
        codec: bare(entry).trim_end().to_owned(),
        configuration: layout.configuration(),
        sample_size: layout.bits.into(),
        ..Coded::default()
    }
}

/// QuickTime's `lpcm`, whose layout stands in the fields of the entry's version 2.
pub(super) fn parse_lpcm(entry: &IsoBox<'_>, sound: &SoundFields) -> Coded {
    let record = sound.layout.map(|fields| fields.map(u32::to_be_bytes).concat());
    let configuration = record.map(|record| raw("lpcm", &record)).unwrap_or_default();
    // Only where a packet is one sample.
    let block_size = sound.layout.map_or(0, |[_, _, bytes, frames]| if frames == 1 { bytes } else { 0 });
    Coded { codec: bare(entry), configuration, block_size, ..Coded::default() }
}
