//! `moov` (ISO/IEC 14496-12 clause 8.2): the initialization segment, and what its fragments need of it.

use crate::auxiliary::TrackEncryption;
use crate::boxes::{Fields, IsoBox};
use crate::edit_list::Shift;
use crate::error_code::{
    BOX_MISSING, EXTERNAL_DATA, MVEX_MISSING, SAMPLES_IN_MOOV, TIMESCALE, TOO_MANY_TRACKS, TRACK_ID,
};
use crate::fault::{Fault, Result, named};
use crate::itun_smpb::{self, Gapless};
use crate::movie::{Clock, Media, Movie, MovieTrack, SampleDefaults, TrackExtends};
use crate::random_access_group::TrackGroups;
use crate::sample_entry;
use crate::sample_group::Descriptions;
use bytes::Bytes;
use mse_core::{InitData, InitSegment, Limits, MediaDescription, MediaTime, Track, TrackId, TrackKind};
use std::num::NonZeroU32;

const REMUX: &str = "the file is not fragmented; remux it, for example with ffmpeg -i in.mp4 -c copy \
                     -movflags frag_keyframe+empty_moov+default_base_moof out.mp4";

/// Reads a whole `moov` (ISO-2 to ISO-10, ISO-25, ISO-26).
///
/// With `progressive` a `moov` without `mvex` may describe samples itself.
pub(crate) fn parse_moov(
    moov: &IsoBox<'_>,
    limits: &Limits,
    progressive: bool,
) -> Result<(InitSegment, Movie)> {
    let mvhd = required(moov, b"mvhd")?;
    let (timescale, mut duration) = parse_mvhd(&mvhd)?;
    let mvex = moov.child(b"mvex")?;
    let mut extends = Vec::new();
    if let Some(mvex) = &mvex {
        duration = parse_mehd(mvex)?.unwrap_or(duration);
        extends = parse_trex_boxes(mvex, limits)?;
    }

    let may_have_samples = progressive && mvex.is_none();
    let gapless = itun_smpb::find(moov)?;
    let mut parser =
        TrackParser { timescale, extends, limits, may_have_samples, gapless, audio: 0, video: 0 };
    let mut init = InitSegment { duration: scaled(duration, timescale), ..InitSegment::default() };
    let mut movie = Movie::default();
    for child in moov.children() {
        let child = child?;
        if child.kind == *b"trak" {
            if movie.tracks.len() == limits.max_tracks {
                return Err(Fault::new(
                    TOO_MANY_TRACKS,
                    child.offset,
                    format!("more than {}", limits.max_tracks),
                ));
            }
            let (id, track) = parser.parse_trak(&child, &movie)?;
            let (track, media) = track.unzip();
            init.tracks.extend(track);
            movie.tracks.push(MovieTrack { id, media });
        }
    }
    init.init_data = protection_headers(moov)?;
    if mvex.is_none() && !progressive {
        return Err(mvex_missing(moov));
    }
    Ok((init, movie))
}

/// ISO-6
pub(crate) fn mvex_missing(moov: &IsoBox<'_>) -> Fault {
    Fault::new(MVEX_MISSING, moov.offset, REMUX)
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

/// The child that must be there.
fn required<'a>(parent: &IsoBox<'a>, kind: &[u8; 4]) -> Result<IsoBox<'a>> {
    let missing = || {
        let detail = format!("{} has no {}", named(parent.kind), named(*kind));
        Fault::new(BOX_MISSING, parent.offset, detail)
    };
    parent.child(kind)?.ok_or_else(missing)
}

/// Timescale and duration of `mvhd` (clause 8.2.2).
fn parse_mvhd(mvhd: &IsoBox<'_>) -> Result<(NonZeroU32, Option<u64>)> {
    let (version, _, mut fields) = mvhd.full()?;
    fields.skip(if version == 0 { 8 } else { 16 })?;
    let timescale = parse_timescale(mvhd, &mut fields)?;
    Ok((timescale, known_duration(version, fields.versioned(version)?)))
}

fn parse_timescale(header: &IsoBox<'_>, fields: &mut Fields<'_>) -> Result<NonZeroU32> {
    NonZeroU32::new(fields.u32()?).ok_or_else(|| Fault::new(TIMESCALE, header.offset, "the timescale is 0"))
}

/// `mehd` (clause 8.8.2), which goes before the movie header's duration unless it is 0 (ISO-26).
fn parse_mehd(mvex: &IsoBox<'_>) -> Result<Option<Option<u64>>> {
    let Some(mehd) = mvex.child(b"mehd")? else { return Ok(None) };
    let (version, _, mut fields) = mehd.full()?;
    let duration = fields.versioned(version)?;
    Ok((duration != 0).then(|| known_duration(version, duration)))
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

fn parse_trex_boxes(mvex: &IsoBox<'_>, limits: &Limits) -> Result<Vec<(u32, TrackExtends)>> {
    let mut extends = Vec::new();
    for child in mvex.children() {
        let child = child?;
        if child.kind == *b"trex" {
            if extends.len() == limits.max_tracks {
                return Err(Fault::new(
                    TOO_MANY_TRACKS,
                    child.offset,
                    format!("more than {}", limits.max_tracks),
                ));
            }
            extends.push(parse_trex(&child)?);
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

struct TrackParser<'a> {
    /// Of the movie.
    timescale: NonZeroU32,
    extends: Vec<(u32, TrackExtends)>,
    limits: &'a Limits,
    may_have_samples: bool,
    /// What the file says of its one audio track.
    gapless: Option<Gapless>,
    /// Audio and video tracks so far: the first of each is the main one (TRK-6).
    audio: usize,
    video: usize,
}

impl TrackParser<'_> {
    /// The id, and the track if its handler is one of ours (ISO-25, TRK-5).
    fn parse_trak(&mut self, trak: &IsoBox<'_>, movie: &Movie) -> Result<(u32, Option<(Track, Media)>)> {
        let header = TrackHeader::parse(&required(trak, b"tkhd")?)?;
        if header.id == 0 || movie.find(header.id).is_some() {
            let detail = format!("track id {} is zero or not unique", header.id);
            return Err(Fault::new(TRACK_ID, trak.offset, detail).of_track(header.id));
        }
        let track = self.parse_media(trak, &header).map_err(|fault| fault.of_track(header.id))?;
        Ok((header.id, track))
    }

    fn parse_media(&mut self, trak: &IsoBox<'_>, header: &TrackHeader) -> Result<Option<(Track, Media)>> {
        let mdia = required(trak, b"mdia")?;
        let (handler, label) = parse_hdlr(&required(&mdia, b"hdlr")?)?;
        let kind = match &handler {
            b"soun" => TrackKind::Audio,
            b"vide" => TrackKind::Video,
            b"text" | b"subt" | b"meta" | b"sbtl" => TrackKind::Text,
            _ => return Ok(None),
        };
        let mdhd = required(&mdia, b"mdhd")?;
        let (timescale, mut language) = parse_mdhd(&mdhd)?;
        if let Some(elng) = mdia.child(b"elng")? {
            let (_, _, mut fields) = elng.full()?;
            language = fields.text();
        }
        if language == "und" {
            language.clear();
        }

        let minf = required(&mdia, b"minf")?;
        check_data_references(&minf)?;
        let stbl = required(&minf, b"stbl")?;
        if !self.may_have_samples {
            check_no_samples(&stbl)?;
        }
        let mut entries = sample_entry::parse_stsd(&required(&stbl, b"stsd")?, kind, header, self.limits)?;
        let roll = pre_roll(&stbl)?;
        for entry in &mut entries {
            entry.samples.frame_length = entry.samples.frame_length.exact_in(timescale);
            if let MediaDescription::Audio(audio) = &mut entry.description.media {
                audio.seek_pre_roll = entry.samples.frame_length.times(roll);
            }
        }
        let kinds = self.kinds(kind, &entries);

        let edits = self.parse_edits(trak, timescale)?;
        let gapless = self.gapless.filter(|_| kind == TrackKind::Audio && edits.is_none());
        let gapless = gapless.and_then(|gapless| gapless.in_ticks(timescale, &entries));
        let shift = gapless.map(|(delay, _)| Shift { ticks: -delay, ..Shift::default() });
        let media = Media {
            clock: Clock::new(timescale, edits.or(shift).unwrap_or_default()),
            defaults: self.extends.iter().find(|(id, _)| *id == header.id).map(|(_, extends)| *extends),
            entries: entries.iter().map(|entry| entry.samples).collect(),
            encryption: TrackEncryption {
                entries: entries.iter().map(|entry| entry.description.encryption.clone()).collect(),
                // Copied: a slice would keep the whole append alive as long as the track.
                groups: Descriptions::find(&stbl, b"seig")?
                    .map(|(_, sgpd)| Bytes::copy_from_slice(sgpd.payload)),
            },
            random_access_groups: TrackGroups::find(&stbl)?,
            sound_end: gapless.map_or(i64::MAX, |(_, end)| end),
            last_duration: 0,
        };
        let descriptions = entries.into_iter().map(|entry| entry.description).collect();
        let id = TrackId(header.id.into());
        Ok(Some((Track { id, kind, timescale, language, label, kinds, descriptions }, media)))
    }

    fn parse_edits(&self, trak: &IsoBox<'_>, media: NonZeroU32) -> Result<Option<Shift>> {
        let Some(edts) = trak.child(b"edts")? else { return Ok(None) };
        let Some(elst) = edts.child(b"elst")? else { return Ok(None) };
        Shift::parse(&elst, self.timescale, media).map(Some)
    }

    /// TRK-6 for audio and video; for text the sample entry knows (TTK-2).
    fn kinds(&mut self, kind: TrackKind, entries: &[sample_entry::SampleEntry]) -> Vec<String> {
        let special = entries.first().and_then(|entry| entry.kind);
        let count = match kind {
            TrackKind::Audio => &mut self.audio,
            TrackKind::Video => &mut self.video,
            TrackKind::Text => return special.map(str::to_owned).into_iter().collect(),
        };
        *count += 1;
        let usual = if *count == 1 { "main" } else { "translation" };
        vec![special.unwrap_or(usual).to_owned()]
    }
}

/// `tkhd` (clause 8.3.2).
pub(crate) struct TrackHeader {
    pub(crate) id: u32,
    /// Size at which to show the track, before the matrix, in pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Clockwise degrees.
    pub(crate) rotation: u16,
}

impl TrackHeader {
    fn parse(tkhd: &IsoBox<'_>) -> Result<Self> {
        let (version, _, mut fields) = tkhd.full()?;
        fields.skip(if version == 0 { 8 } else { 16 })?;
        let id = fields.u32()?;
        fields.skip(4 + if version == 0 { 4 } else { 8 })?;
        fields.skip(8 + 2 + 2 + 2 + 2)?; // reserved, layer, alternate_group, volume, reserved
        let mut matrix = [0; 9];
        for value in &mut matrix {
            *value = fields.u32()? as i32;
        }
        let pixels = |fixed: u32| fixed.saturating_add(0x8000) >> 16;
        let (width, height) = (pixels(fields.u32()?), pixels(fields.u32()?));
        Ok(Self { id, width, height, rotation: rotation(matrix) })
    }
}

/// The rotation of a transformation matrix (clause 6.2.2), by the signs of its linear part; mirrored and skewed ones count as
/// upright.
fn rotation([a, b, _, c, d, ..]: [i32; 9]) -> u16 {
    match [a.signum(), b.signum(), c.signum(), d.signum()] {
        [0, 1, -1, 0] => 90,
        [-1, 0, 0, -1] => 180,
        [0, -1, 1, 0] => 270,
        _ => 0,
    }
}

/// Timescale and language of `mdhd` (clause 8.4.2); an empty language is none that ISO 639-2/T packs into 15 bits.
fn parse_mdhd(mdhd: &IsoBox<'_>) -> Result<(NonZeroU32, String)> {
    let (version, _, mut fields) = mdhd.full()?;
    fields.skip(if version == 0 { 8 } else { 16 })?;
    let timescale = parse_timescale(mdhd, &mut fields)?;
    fields.versioned(version)?; // duration
    let packed = fields.u16()?;
    let letters = [packed >> 10, packed >> 5, packed].map(|letter| (letter & 0x1F) as u8 + 0x60);
    let valid = letters.iter().all(u8::is_ascii_lowercase);
    Ok((timescale, if valid { letters.map(char::from).iter().collect() } else { String::new() }))
}

/// Handler type and name of `hdlr` (clause 8.4.3). QuickTime writes the name with its length in front.
fn parse_hdlr(hdlr: &IsoBox<'_>) -> Result<([u8; 4], String)> {
    let (_, _, mut fields) = hdlr.full()?;
    fields.skip(4)?; // pre_defined
    let handler = fields.array()?;
    fields.skip(12)?;
    if let [length, name @ ..] = fields.rest()
        && *length > 0
        && usize::from(*length) == name.len()
    {
        fields.skip(1)?;
    }
    Ok((handler, fields.text()))
}

/// How many samples before a random access point decoding must begin: the `roll` or `prol` group of sound (clause 10.1). Each has one
/// description, for all samples.
fn pre_roll(stbl: &IsoBox<'_>) -> Result<u16> {
    for grouping in [b"roll", b"prol"] {
        if let Some((descriptions, _)) = Descriptions::find(stbl, grouping)?
            && let Some(distance) = descriptions.get(1).and_then(|entry| entry.first_chunk())
        {
            return Ok(i16::from_be_bytes(*distance).min(0).unsigned_abs());
        }
    }
    Ok(0)
}

/// `dref` (clause 8.7.2): all data must be in the same file (ISO-17).
fn check_data_references(minf: &IsoBox<'_>) -> Result<()> {
    const SELF_CONTAINED: u32 = 1;
    let Some(dinf) = minf.child(b"dinf")? else { return Ok(()) };
    let Some(dref) = dinf.child(b"dref")? else { return Ok(()) };
    for entry in dref.children_after(8) {
        let entry = entry?;
        let (_, flags, _) = entry.full()?;
        if flags & SELF_CONTAINED == 0 {
            return Err(Fault::new(EXTERNAL_DATA, entry.offset, "a data reference to another file"));
        }
    }
    Ok(())
}

/// The sample tables must be empty (ISO-5).
fn check_no_samples(stbl: &IsoBox<'_>) -> Result<()> {
    for table in stbl.children() {
        let table = table?;
        let skip = match &table.kind {
            b"stts" | b"stsc" | b"stco" | b"co64" => 0,
            b"stsz" | b"stz2" => 4, // sample_size, or field_size
            _ => continue,
        };
        let (_, _, mut fields) = table.full()?;
        fields.skip(skip)?;
        let count = fields.u32()?;
        if count != 0 {
            return Err(Fault::new(SAMPLES_IN_MOOV, table.offset, format!("{count} entries: {REMUX}")));
        }
    }
    Ok(())
}
