//! Top-level boxes that speak to the application: `emsg`, `prft`, `sidx` (ISO-44).

use crate::boxes::{FourCc, IsoBox};
use crate::fault::Result;
use crate::movie::Movie;
use bytes::Bytes;
use mse_core::{FrameData, InbandEvent, MediaTime, TrackId};
use std::borrow::Cow;
use std::num::NonZeroU32;

/// The scheme of an event for a `prft` box; its data is the payload of the box.
pub const PRODUCER_REFERENCE_TIME: &str = "urn:mpeg:isobmff:box:prft";
/// The scheme of an event for a `sidx` box; its data is the payload of the box.
pub const SEGMENT_INDEX: &str = "urn:mpeg:isobmff:box:sidx";

/// Bytes of the largest box that is held to be read as an event; the index of a day-long file has
/// as many.
pub(crate) const MAX_SIZE: u64 = 64 << 10;

/// Whether a box is read as an event.
pub(crate) fn is_event(kind: FourCc) -> bool {
    matches!(&kind, b"emsg" | b"prft" | b"sidx")
}

/// An event, and whether its time still counts from the start of its segment (version 0 of `emsg`).
pub(crate) struct Parsed {
    pub(crate) event: InbandEvent,
    pub(crate) is_relative: bool,
}

/// Reads a whole box that begins at `start`.
pub(crate) fn parse(bytes: &FrameData, start: u64, movie: Option<&Movie>) -> Result<Parsed> {
    let root = IsoBox::parse(bytes, start)?;
    match &root.kind {
        b"emsg" => emsg(&root, bytes),
        b"prft" => prft(&root, bytes, movie),
        _ => sidx(&root, bytes, movie),
    }
}

/// `emsg` (ISO/IEC 23009-1 clause 5.10.3.3).
fn emsg(root: &IsoBox<'_>, bytes: &FrameData) -> Result<Parsed> {
    const UNKNOWN: u32 = u32::MAX;
    let (version, _, mut fields) = root.full()?;
    let (scheme_id_uri, value, timescale, time, duration, id);
    if version == 0 {
        (scheme_id_uri, value) = (fields.text(), fields.text());
        timescale = fields.u32()?;
        time = u64::from(fields.u32()?);
        (duration, id) = (fields.u32()?, fields.u32()?);
    } else {
        timescale = fields.u32()?;
        time = fields.u64()?;
        (duration, id) = (fields.u32()?, fields.u32()?);
        (scheme_id_uri, value) = (fields.text(), fields.text());
    }
    let at = |ticks: u64| MediaTime::from_ticks(i64::try_from(ticks).ok()?, NonZeroU32::new(timescale)?);
    let event = InbandEvent {
        scheme_id_uri: scheme_id_uri.into(),
        value: value.into(),
        id,
        track_id: None,
        presentation_time: at(time),
        duration: (duration != UNKNOWN).then(|| at(duration.into())).flatten(),
        data: tail(bytes, fields.rest().len()),
    };
    Ok(Parsed { event, is_relative: version == 0 })
}

/// `prft` (ISO/IEC 14496-12 clause 8.16.5): the wall clock at which a sample was made.
fn prft(root: &IsoBox<'_>, bytes: &FrameData, movie: Option<&Movie>) -> Result<Parsed> {
    let (version, _, mut fields) = root.full()?;
    let id = fields.u32()?;
    fields.skip(8)?; // ntp_timestamp
    let time = fields.versioned(version)?;
    let media = movie.and_then(|movie| movie.tracks.get(movie.find(id)?)?.media.as_ref());
    let time = media.and_then(|media| media.clock.time(i64::try_from(time).ok()?));
    Ok(whole(PRODUCER_REFERENCE_TIME, root, bytes, id, time))
}

/// `sidx` (ISO/IEC 14496-12 clause 8.16.3): where the subsegments of a segment lie. Its times are
/// presentation times already.
fn sidx(root: &IsoBox<'_>, bytes: &FrameData, _: Option<&Movie>) -> Result<Parsed> {
    let (version, _, mut fields) = root.full()?;
    let id = fields.u32()?;
    let timescale = fields.u32()?;
    let earliest = fields.versioned(version)?;
    let time = i64::try_from(earliest).ok().zip(NonZeroU32::new(timescale));
    let time = time.and_then(|(ticks, timescale)| MediaTime::from_ticks(ticks, timescale));
    Ok(whole(SEGMENT_INDEX, root, bytes, id, time))
}

fn whole(
    scheme: &'static str,
    root: &IsoBox<'_>,
    bytes: &FrameData,
    id: u32,
    presentation_time: Option<MediaTime>,
) -> Parsed {
    let event = InbandEvent {
        scheme_id_uri: Cow::Borrowed(scheme),
        value: Cow::Borrowed(""),
        id: 0,
        track_id: Some(TrackId(id.into())),
        presentation_time,
        duration: None,
        data: tail(bytes, root.payload.len()),
    };
    Parsed { event, is_relative: false }
}

/// The last `length` bytes. Copied: an event outlives the append, and must not keep all of it.
fn tail(bytes: &FrameData, length: usize) -> Bytes {
    Bytes::copy_from_slice(&bytes[bytes.len().saturating_sub(length)..])
}
