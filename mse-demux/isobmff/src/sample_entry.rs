//! `stsd` (ISO/IEC 14496-12 clause 8.5.2): one description per sample entry, a function for each family of them (ISO-36).

mod audio;
mod esds;
mod text;
mod video;

use crate::boxes::{Children, FourCc, IsoBox, fourcc_text};
use crate::error_code::{
    CONFIGURATION_INVALID, CONFIGURATION_MISSING, ENCRYPTION_UNSUPPORTED, SAMPLE_ENTRY_MISSING,
    TOO_MANY_SAMPLE_ENTRIES,
};
use crate::fault::{Fault, Result, named};
use crate::init::TrackHeader;
use crate::movie::Entry;
use bytes::Bytes;
use mse_core::{CodecConfiguration, Limits, TrackDescription, TrackKind};

/// A sample entry, understood.
pub(crate) struct SampleEntry {
    pub(crate) description: TrackDescription,
    pub(crate) samples: Entry,
    /// A kind that the entry itself claims for its track (TRK-6, TTK-2).
    pub(crate) kind: Option<&'static str>,
}

/// Reads all sample entries; a fragment names one by its position (ISO-39).
pub(crate) fn parse_stsd(
    stsd: &IsoBox<'_>,
    kind: TrackKind,
    header: &TrackHeader,
    limits: &Limits,
) -> Result<Vec<SampleEntry>> {
    let (version, _, mut fields) = stsd.full()?;
    let count = fields.u32()? as usize;
    if count > limits.max_sample_entries {
        return Err(Fault::new(TOO_MANY_SAMPLE_ENTRIES, stsd.offset, format!("{count} sample entries")));
    }
    let mut entries = Vec::new();
    for entry in stsd.children_after(8).take(count) {
        let entry = entry?;
        if matches!(&entry.kind, b"encv" | b"enca" | b"enct" | b"encs") {
            return Err(protected(&entry));
        }
        entries.push(match kind {
            TrackKind::Video => video::parse(&entry, header)?,
            TrackKind::Audio => audio::parse(&entry, version)?,
            TrackKind::Text => text::parse(&entry)?,
        });
    }
    if entries.is_empty() || entries.len() < count {
        let detail = format!("{} of {count} sample entries", entries.len());
        return Err(Fault::new(SAMPLE_ENTRY_MISSING, stsd.offset, detail));
    }
    Ok(entries)
}

/// The boxes within a sample entry with fields of a known size; `None` of any other box.
pub(crate) fn children<'a>(entry: &IsoBox<'a>) -> Option<Children<'a>> {
    let fields = match &entry.kind {
        b"avc1" | b"avc3" | b"hvc1" | b"hev1" | b"av01" | b"vp08" | b"vp09" => video::FIELDS,
        b"mp4a" | b"Opus" | b"fLaC" | b"alac" | b"ac-3" | b"ec-3" => audio::fields_size(entry)?,
        _ => return None,
    };
    Some(entry.children_after(fields))
}

/// ISO-40: names the original format and the scheme of a protected entry, which a later version will play.
fn protected(entry: &IsoBox<'_>) -> Fault {
    let fixed = match &entry.kind {
        b"encv" => video::FIELDS,
        b"enca" => audio::FIELDS,
        _ => 8,
    };
    let find = |kind| {
        let sinf = entry.children_after(fixed).first(b"sinf").ok()??;
        sinf.child(kind).ok()?
    };
    let original = find(b"frma").and_then(|frma| frma.fields().array().ok());
    let scheme = find(b"schm").and_then(|schm| schm.full().ok()?.2.array().ok());
    let text = |code: Option<FourCc>| code.map_or_else(|| "unknown".to_owned(), fourcc_text);
    let detail = format!("{} encrypted by scheme {}", text(original), text(scheme));
    Fault::new(ENCRYPTION_UNSUPPORTED, entry.offset, detail)
}

/// The configuration box that an entry must have.
fn configuration<'a>(entry: &IsoBox<'_>, children: &Children<'a>, kind: &FourCc) -> Result<IsoBox<'a>> {
    let missing = || {
        let detail = format!("{} without {}", named(entry.kind), named(*kind));
        Fault::new(CONFIGURATION_MISSING, entry.offset, detail)
    };
    children.clone().first(kind)?.ok_or_else(missing)
}

/// What was read of a configuration, or the fault that it could not be.
fn understood<T>(parsed: Option<T>, record: &IsoBox<'_>) -> Result<T> {
    let invalid =
        || Fault::new(CONFIGURATION_INVALID, record.offset, format!("{} cannot be read", named(record.kind)));
    parsed.ok_or_else(invalid)
}

/// The record as it was. Copied: a slice would keep the whole append alive as long as the track.
fn raw(format: &'static str, record: &[u8]) -> CodecConfiguration {
    CodecConfiguration { format, bytes: Bytes::copy_from_slice(record), decoder_specific: None }
}

/// The codec string of an entry that is not understood, or whose configuration has no string: its four characters (ISR-7).
fn bare(entry: &IsoBox<'_>) -> String {
    fourcc_text(entry.kind)
}
