//! `moov` (ISO/IEC 14496-12 clause 8.2): the initialization segment, and what its fragments need of
//! it.

use crate::boxes::IsoBox;
use crate::error_code::{MVEX_MISSING, TOO_MANY_TRACKS};
use crate::fault::{Fault, Result};
use crate::itun_smpb;
use crate::movie::{Movie, SampleDefaults, TrackExtends};
use crate::remux;
use crate::track::TrackParser;
use bytes::Bytes;
use mse_core::{InitData, InitSegment, Limits, MediaTime};
use std::num::NonZeroU32;

/// Reads a whole `moov` (ISO-2, ISO-3, ISO-5 to ISO-10, ISO-25, ISO-26).
///
/// With `progressive` a `moov` without `mvex` may describe samples itself.
pub(crate) fn parse_moov(
    moov: &IsoBox<'_>,
    limits: &Limits,
    progressive: bool,
) -> Result<(InitSegment, Movie)> {
    let mvhd = moov.required(b"mvhd")?;
    let (timescale, mut duration) = parse_mvhd(&mvhd)?;
    let mvex = moov.child(b"mvex")?;
    let mut extends = Vec::new();
    if let Some(mvex) = &mvex {
        duration = parse_mehd(mvex).unwrap_or(duration);
        extends = parse_trex_boxes(mvex, limits)?;
    }

    let mut parser = TrackParser::new(moov, timescale, extends, limits, (progressive, mvex.is_some()));
    parser.gapless = itun_smpb::find(moov).ok().flatten();
    for child in moov.children() {
        let child = child?;
        if child.kind == *b"trak" {
            if parser.movie.tracks.len() == limits.max_tracks {
                return Err(too_many(&child, limits));
            }
            parser.parse_trak(&child)?;
        }
    }
    let init_data = protection_headers(moov)?;
    if mvex.is_none() && !progressive {
        return Err(mvex_missing(moov));
    }
    let (tracks, left_out, movie) = parser.finish();
    Ok((InitSegment { duration: scaled(duration, timescale), tracks, init_data, left_out }, movie))
}

fn too_many(child: &IsoBox<'_>, limits: &Limits) -> Fault {
    Fault::new(TOO_MANY_TRACKS, child.offset, format!("more than {}", limits.max_tracks))
}

/// ISO-6
fn mvex_missing(moov: &IsoBox<'_>) -> Fault {
    Fault::new(MVEX_MISSING, moov.offset, remux::fragment("the file is not fragmented"))
}

/// Fault of a file without anything to play, when files that are not fragmented are read.
pub(crate) fn nothing_to_play(moov: &IsoBox<'_>) -> Fault {
    Fault::new(
        MVEX_MISSING,
        moov.offset,
        "neither samples of a track that can be played, nor an mvex for fragments",
    )
}

/// Each run of adjacent `pssh` boxes, as it is (EME-3).
pub(crate) fn protection_headers(moov: &IsoBox<'_>) -> Result<Vec<InitData>> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for child in moov.children() {
        let child = child?;
        if child.kind != *b"pssh" {
            continue;
        }
        let within = |offset: u64| usize::try_from(offset - moov.payload_offset()).unwrap_or(usize::MAX);
        let (start, end) = (within(child.offset), within(child.end()));
        match runs.last_mut() {
            Some(run) if run.1 == start => run.1 = end,
            _ => runs.push((start, end)),
        }
    }
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let data = |(start, end)| {
        let init_data = Bytes::copy_from_slice(moov.payload.get(start..end).unwrap_or_default());
        InitData { init_data_type: "cenc", init_data }
    };
    Ok(runs.into_iter().map(data).collect())
}

/// Timescale and duration of `mvhd` (clause 8.2.2).
fn parse_mvhd(mvhd: &IsoBox<'_>) -> Result<(NonZeroU32, Option<u64>)> {
    let (version, _, mut fields) = mvhd.full()?;
    fields.skip(if version == 0 { 8 } else { 16 })?;
    let timescale = mvhd.timescale(&mut fields)?;
    Ok((timescale, known_duration(version, fields.versioned(version)?)))
}

/// `mehd` (clause 8.8.2), which goes before the movie header's duration unless it is 0 or cannot be
/// read (ISO-26).
fn parse_mehd(mvex: &IsoBox<'_>) -> Option<Option<u64>> {
    let mehd = mvex.child(b"mehd").ok()??;
    let (version, _, mut fields) = mehd.full().ok()?;
    let duration = fields.versioned(version).ok()?;
    (duration != 0).then(|| known_duration(version, duration))
}

/// 0 and all ones mean unknown (ISO-26).
fn known_duration(version: u8, duration: u64) -> Option<u64> {
    let unknown = if version == 0 { u32::MAX.into() } else { u64::MAX };
    (duration != 0 && duration != unknown).then_some(duration)
}

/// A duration that the number line cannot hold is as good as unknown.
fn scaled(duration: Option<u64>, timescale: NonZeroU32) -> Option<MediaTime> {
    MediaTime::from_ticks(i64::try_from(duration?).ok()?, timescale)
}

/// Reads the `trex` boxes that can be read; a fragment of a track without one is an error (ISO-6).
fn parse_trex_boxes(mvex: &IsoBox<'_>, limits: &Limits) -> Result<Vec<(u32, TrackExtends)>> {
    let mut extends = Vec::new();
    for child in mvex.children() {
        let child = child?;
        if child.kind == *b"trex" {
            if extends.len() == limits.max_tracks {
                return Err(too_many(&child, limits));
            }
            extends.extend(parse_trex(&child));
        }
    }
    Ok(extends)
}

fn parse_trex(trex: &IsoBox<'_>) -> Result<(u32, TrackExtends)> {
    let (_, _, mut fields) = trex.full()?;
    let id = fields.u32()?;
    let description_index = fields.u32()?;
    let sample = SampleDefaults { duration: fields.u32()?, size: fields.u32()?, flags: fields.u32()? };
    Ok((id, TrackExtends { description_index, sample }))
}
