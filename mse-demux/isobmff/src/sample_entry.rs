//! `stsd` (ISO/IEC 14496-12 clause 8.5.2): one description per sample entry, a function for each
//! family of them (ISO-36).

mod audio;
mod esds;
mod pcm;
mod text;
mod video;

use crate::boxes::{Children, FourCc, IsoBox, fourcc_text};
use crate::error_code::{
    CONFIGURATION_INVALID, CONFIGURATION_MISSING, SAMPLE_ENTRY_MISSING, TOO_MANY_SAMPLE_ENTRIES,
};
use crate::fault::{Fault, Result};
use crate::fourcc::named;
use crate::movie::Entry;
use crate::protection;
use crate::track_header::TrackHeader;
use bytes::Bytes;
use mse_core::{CodecConfiguration, Limits, TrackDescription, TrackKind};
use std::sync::Arc;

/// A sample entry, understood.
pub(crate) struct SampleEntry {
    pub(crate) description: TrackDescription,
    pub(crate) samples: Entry,
    /// A kind that the entry itself claims for its track (TRK-6, TTK-2).
    pub(crate) kind: Option<&'static str>,
}

impl SampleEntry {
    pub(crate) fn is_encrypted(&self) -> bool {
        self.description.encryption.is_some()
    }
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
        entries.push(parse_entry(entry, kind, version, header)?);
    }
    if entries.is_empty() || entries.len() < count {
        let detail = format!("{} of {count} sample entries", entries.len());
        return Err(Fault::new(SAMPLE_ENTRY_MISSING, stsd.offset, detail));
    }
    Ok(entries)
}

/// Reads one; a protected entry as its original format (COD-11).
fn parse_entry(
    mut entry: IsoBox<'_>,
    kind: TrackKind,
    stsd_version: u8,
    header: &TrackHeader,
) -> Result<SampleEntry> {
    let mut encryption = None;
    if protection::is_protected(entry.kind) {
        let fields = match kind {
            TrackKind::Video => video::FIELDS,
            TrackKind::Audio => audio::fields_size(&entry, stsd_version).unwrap_or(audio::FIELDS),
            TrackKind::Text => text::fields_size(&entry),
        };
        let (original, parameters) = protection::parse(&entry, fields)?;
        entry.kind = original;
        encryption = Some(Arc::new(parameters));
    }
    let mut parsed = match kind {
        TrackKind::Video => video::parse(&entry, header)?,
        TrackKind::Audio => audio::parse(&entry, stsd_version)?,
        TrackKind::Text => text::parse(&entry)?,
    };
    parsed.description.encryption = encryption;
    Ok(parsed)
}

/// The boxes within a sample entry with fields of a known size; `None` of any other box.
pub(crate) fn children<'a>(entry: &IsoBox<'a>) -> Option<Children<'a>> {
    let fields = match entry.kind {
        kind if is_known(TrackKind::Video, kind) => video::FIELDS,
        kind if is_known(TrackKind::Audio, kind) => audio::fields_size(entry, 0)?,
        _ => return None,
    };
    Some(entry.children_after(fields))
}

/// Whether a track of a kind can be played that has such sample entries, in which a configuration
/// is looked for.
pub(crate) fn is_known(kind: TrackKind, entry: FourCc) -> bool {
    match kind {
        TrackKind::Video => video::is_known(entry),
        TrackKind::Audio => audio::is_known(entry),
        TrackKind::Text => text::is_known(entry),
    }
}

/// The configuration box that an entry must have.
fn configuration<'a>(entry: &IsoBox<'_>, children: &Children<'a>, kind: &FourCc) -> Result<IsoBox<'a>> {
    let missing = || {
        let detail = format!("{} without {}", named(entry.kind), named(*kind));
        Fault::new(CONFIGURATION_MISSING, entry.offset, detail)
    };
    children.clone().first(kind)?.ok_or_else(missing)
}

/// Returns the configuration that was read, or the fault that it could not be.
fn understood<T>(parsed: Option<T>, record: &IsoBox<'_>) -> Result<T> {
    let invalid =
        || Fault::new(CONFIGURATION_INVALID, record.offset, format!("{} cannot be read", named(record.kind)));
    parsed.ok_or_else(invalid)
}

/// The record as it was. Copied: a slice would keep the whole append alive as long as the track.
fn raw(format: &'static str, record: &[u8]) -> CodecConfiguration {
    CodecConfiguration { format, bytes: Bytes::copy_from_slice(record), decoder_specific: None }
}

/// The codec string of an entry that is not understood, or whose configuration has no string: its
/// four characters (ISR-7).
fn bare(entry: &IsoBox<'_>) -> String {
    fourcc_text(entry.kind)
}
