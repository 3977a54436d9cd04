//! The sample entries of text (ISO/IEC 14496-12 clause 12.5, 14496-30, TTK-2).

use super::{SampleEntry, bare, raw};
use crate::boxes::{FourCc, IsoBox};
use crate::fault::Result;
use crate::movie::{Entry, FrameLength, RandomAccess};
use mse_core::{CodecConfiguration, MediaDescription, TextDescription, TrackDescription};

/// Bytes of fields that every sample entry has.
const FIELDS: usize = 8;

/// Whether an entry of this type is read; a protected one is read as its original format. Timed
/// metadata (`mett`, `metx`, `mebx`) is for nobody here.
pub(super) fn is_known(entry: FourCc) -> bool {
    matches!(&entry, b"wvtt" | b"stpp" | b"tx3g" | b"c608" | b"c708" | b"enct" | b"encs")
}

/// Bytes before the child boxes of a protected entry, whose original fields may be strings: `sinf`
/// is found by looking for it.
pub(super) fn fields_size(entry: &IsoBox<'_>) -> usize {
    let sinf = entry.payload.windows(4).position(|name| name == b"sinf");
    sinf.and_then(|at| at.checked_sub(4)).unwrap_or(FIELDS)
}

pub(super) fn parse(entry: &IsoBox<'_>) -> Result<SampleEntry> {
    let mut fields = entry.fields();
    fields.skip(FIELDS)?;
    let mut configuration = CodecConfiguration::default();
    let kind = match &entry.kind {
        b"wvtt" => match entry.children_after(FIELDS).first(b"vttC")? {
            Some(header) => {
                configuration = raw("vttC", header.payload);
                webvtt_kind(&header.fields().text())
            }
            None => METADATA,
        },
        b"stpp" => {
            configuration = raw("stpp", fields.rest());
            ttml_kind(&fields.text())
        }
        b"tx3g" => {
            configuration = raw("tx3g", fields.rest());
            "captions"
        }
        b"c608" | b"c708" => "captions",
        _ => METADATA,
    };
    let media = MediaDescription::Text(TextDescription::default());
    let description = TrackDescription { codec: bare(entry), configuration, media, encryption: None };
    Ok(SampleEntry {
        description,
        samples: Entry {
            random_access: RandomAccess::Always,
            nal_units: None,
            awaits: false,
            frame_length: FrameLength::Unknown,
            block_size: 0,
        },
        kind: Some(kind),
    })
}

const METADATA: &str = "metadata";

/// The kind that the WebVTT header names.
fn webvtt_kind(header: &str) -> &'static str {
    let value = header.lines().find_map(|line| line.strip_prefix("Kind:")).map(str::trim);
    match value {
        Some("captions") => "captions",
        Some("subtitles") => "subtitles",
        _ => METADATA,
    }
}

/// SMPTE-TT that carries CEA-708 is captions, any other TTML subtitles; the field lists namespaces.
fn ttml_kind(namespaces: &str) -> &'static str {
    const CEA_708: &str = "http://www.smpte-ra.org/schemas/2052-1/2010/smpte-tt#cea708";
    if namespaces.split_ascii_whitespace().any(|namespace| namespace == CEA_708) {
        "captions"
    } else {
        "subtitles"
    }
}
