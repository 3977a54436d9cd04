//! `trak` (ISO/IEC 14496-12 clause 8.3): a track as the page sees it, and what its samples need
//! (ISO-25, TRK-5, TRK-6).

use crate::auxiliary::TrackEncryption;
use crate::boxes::IsoBox;
use crate::captions::Cea;
use crate::edit_list::Shift;
use crate::error_code::{EXTERNAL_DATA, SAMPLES_IN_MOOV, TRACK_ID};
use crate::fault::{Fault, Result};
use crate::itun_smpb::Gapless;
use crate::movie::{Clock, Media, Movie, MovieTrack, TrackExtends};
use crate::ownership::{Owner, Tracks, Unplayed, unknown_beside_known};
use crate::random_access_group::TrackGroups;
use crate::remux;
use crate::sample_entry::{self, SampleEntry};
use crate::sample_group::Descriptions;
use crate::track_header::TrackHeader;
use bytes::Bytes;
use mse_core::{LeftOutTrack, Limits, MediaDescription, Track, TrackDescription, TrackId, TrackKind};
use std::num::NonZeroU32;

/// Reads the tracks of a movie one by one.
pub(crate) struct TrackParser<'a> {
    /// Timescale of the movie.
    timescale: NonZeroU32,
    extends: Vec<(u32, TrackExtends)>,
    limits: &'a Limits,
    /// Whether files that are not fragmented are read, and whether this is one.
    takes_files: bool,
    may_have_samples: bool,
    is_fragmented: bool,
    owners: Tracks,
    /// Gapless values of the file's one audio track.
    pub(crate) gapless: Option<Gapless>,
    pub(crate) movie: Movie,
    /// Each with its place in [`Movie::tracks`].
    tracks: Vec<(usize, Track)>,
    left_out: Vec<(usize, LeftOutTrack)>,
    /// Whether there are several, which paths tell by their number.
    has_several: bool,
}

impl<'a> TrackParser<'a> {
    pub(crate) fn new(
        moov: &IsoBox<'_>,
        timescale: NonZeroU32,
        extends: Vec<(u32, TrackExtends)>,
        limits: &'a Limits,
        (takes_files, is_fragmented): (bool, bool),
    ) -> Self {
        let traks = moov.children().map_while(Result::ok).filter(|child| child.kind == *b"trak");
        Self {
            timescale,
            extends,
            limits,
            takes_files,
            may_have_samples: takes_files && !is_fragmented,
            is_fragmented,
            owners: Tracks::of(moov),
            gapless: None,
            movie: Movie::default(),
            tracks: Vec::new(),
            left_out: Vec::new(),
            has_several: traks.count() > 1,
        }
    }

    /// Reads one, or leaves it out.
    pub(crate) fn parse_trak(&mut self, trak: &IsoBox<'_>) -> Result<()> {
        let header = TrackHeader::parse(&trak.required(b"tkhd")?)?;
        trak.required(b"mdia").map_err(|fault| fault.of_track(header.id))?;
        let kind = match self.owners.owner(trak, header.id) {
            Owner::Player(kind) => kind,
            Owner::Captions(captions) => {
                self.parse_captions(trak, &header, captions);
                return Ok(());
            }
            Owner::Nobody(unplayed) => {
                self.leave_out(self.movie.tracks.len(), header.id, unplayed);
                self.movie.tracks.push(MovieTrack { id: header.id, media: None });
                return Ok(());
            }
        };
        if self.movie.find(header.id).is_some_and(|track| self.movie.tracks[track].media.is_some()) {
            let detail = format!("track id {} is not unique", header.id);
            return Err(Fault::new(TRACK_ID, trak.offset, detail).of_track(header.id));
        }
        let track = self.parse_media(trak, &header, kind).map_err(|fault| fault.of_track(header.id))?;
        let (track, media) = track;
        self.tracks.push((self.movie.tracks.len(), track));
        self.movie.tracks.push(MovieTrack { id: header.id, media: Some(media) });
        Ok(())
    }

    /// Reads one whose samples become events, and that is no track of the page.
    fn parse_captions(&mut self, trak: &IsoBox<'_>, header: &TrackHeader, captions: Cea) {
        let parsed = self.parse_media(trak, header, TrackKind::Text).ok();
        let is_known = self.movie.find(header.id).is_some();
        let media =
            parsed.filter(|_| !is_known).map(|(_, media)| Media { captions: Some(captions), ..media });
        if media.is_none() {
            let unplayed =
                Unplayed { format: captions.format().to_owned(), reason: "it cannot be read".into() };
            self.leave_out(self.movie.tracks.len(), header.id, unplayed);
        }
        self.movie.has_captions |= media.is_some();
        self.movie.tracks.push(MovieTrack { id: header.id, media });
    }

    fn leave_out(&mut self, index: usize, id: u32, unplayed: Unplayed) {
        let number = if self.has_several { format!("[{}]", index + 1) } else { String::new() };
        let Unplayed { format, reason } = unplayed;
        let path = format!("moov/trak{number}");
        self.left_out.push((index, LeftOutTrack { number: id.into(), format, path, reason }));
    }

    /// The tracks, those that are left out, and the movie.
    pub(crate) fn finish(mut self) -> (Vec<Track>, Vec<LeftOutTrack>, Movie) {
        self.leave_out_unknown();
        let mut counts = [0; TrackKind::ALL.len()];
        for (_, track) in &mut self.tracks {
            let count = &mut counts[track.kind as usize];
            *count += 1;
            // TRK-6 for audio and video; for text, and special services, the sample entry knows
            // (TTK-2).
            if track.kinds.is_empty() {
                track.kinds.push(if *count == 1 { "main" } else { "translation" }.to_owned());
            }
        }
        self.left_out.sort_by_key(|(index, _)| *index);
        let left_out = self.left_out.into_iter().map(|(_, left_out)| left_out).collect();
        (self.tracks.into_iter().map(|(_, track)| track).collect(), left_out, self.movie)
    }

    /// Leaves out tracks whose configuration names a codec that is not known, where another of the
    /// kind can be played (ISR-7 is about the others).
    fn leave_out_unknown(&mut self) {
        let is_known = |track: &Track| track.descriptions.iter().all(|it| it.parsed_codec().is_some());
        let has_known = |kind| self.tracks.iter().any(|(_, track)| track.kind == kind && is_known(track));
        let known = TrackKind::ALL.map(has_known);
        let (stay, go) = std::mem::take(&mut self.tracks)
            .into_iter()
            .partition(|(_, track)| is_known(track) || !known[track.kind as usize]);
        self.tracks = stay;
        for (index, track) in go {
            let reason = unknown_beside_known(track.kind);
            let codec = track.descriptions.into_iter().next().map_or_else(String::new, |it| it.codec);
            let id = self.movie.tracks[index].id;
            self.movie.tracks[index].media = None;
            self.leave_out(index, id, Unplayed { format: codec, reason });
        }
    }

    fn parse_media(
        &mut self,
        trak: &IsoBox<'_>,
        header: &TrackHeader,
        kind: TrackKind,
    ) -> Result<(Track, Media)> {
        let mdia = trak.required(b"mdia")?;
        let mdhd = mdia.required(b"mdhd")?;
        let (timescale, language) = parse_mdhd(&mdhd)?;
        let label = mdia.child(b"hdlr")?.and_then(|hdlr| label_of(&hdlr).ok()).unwrap_or_default();
        let extended = mdia.child(b"elng")?.and_then(|elng| extended_language(elng.payload));
        let mut language = extended.unwrap_or(language);
        if language == "und" {
            language.clear();
        }

        let minf = mdia.required(b"minf")?;
        check_data_references(&minf)?;
        let stbl = minf.required(b"stbl")?;
        if !self.may_have_samples {
            self.check_no_samples(&stbl)?;
        }
        let mut entries = sample_entry::parse_stsd(&stbl.required(b"stsd")?, kind, header, self.limits)?;
        let roll = pre_roll(&stbl);
        for entry in &mut entries {
            let pre_roll = entry.samples.frame_length.times(roll);
            entry.samples.frame_length = entry.samples.frame_length.exact_in(timescale);
            if let MediaDescription::Audio(audio) = &mut entry.description.media {
                audio.seek_pre_roll = audio.seek_pre_roll.max(pre_roll);
            }
        }
        let special = entries.first().and_then(|entry| entry.kind);
        let kinds = special.map(str::to_owned).into_iter().collect();

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
                groups: encryption_groups(&stbl, entries.iter().any(SampleEntry::is_encrypted))?,
            },
            random_access_groups: TrackGroups::find(&stbl),
            sound_end: gapless.map_or(i64::MAX, |(_, end)| end),
            last_duration: 0,
            has_odd_durations: false,
            captions: None,
            is_told_of_flags: false,
        };
        let descriptions: Vec<TrackDescription> =
            entries.into_iter().map(|entry| entry.description).collect();
        let id = TrackId(header.id.into());
        Ok((Track { id, kind, timescale, language, label, kinds, descriptions }, media))
    }

    fn parse_edits(&self, trak: &IsoBox<'_>, media: NonZeroU32) -> Result<Option<Shift>> {
        let Some(edts) = trak.child(b"edts")? else { return Ok(None) };
        let Some(elst) = edts.child(b"elst")? else { return Ok(None) };
        Shift::parse(&elst, self.timescale, media).map(Some)
    }

    /// The sample tables must be empty (ISO-5).
    fn check_no_samples(&self, stbl: &IsoBox<'_>) -> Result<()> {
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
            // ffmpeg writes an entry of no samples for linear PCM.
            let entries = fields.rest().as_chunks::<8>().0;
            let is_empty = table.kind == *b"stts" && entries.iter().all(|entry| entry.starts_with(&[0; 4]));
            if count != 0 && !is_empty {
                let what = if self.is_fragmented {
                    "the moov has samples, and fragments follow it"
                } else {
                    "the file is not fragmented"
                };
                let what = format!("{count} entries: {what}");
                let detail =
                    if self.takes_files { remux::moov_in_front(&what) } else { remux::fragment(&what) };
                return Err(Fault::new(SAMPLES_IN_MOOV, table.offset, detail));
            }
        }
        Ok(())
    }
}

/// Timescale and language of `mdhd` (clause 8.4.2); an empty language is none that ISO 639-2/T
/// packs into 15 bits.
fn parse_mdhd(mdhd: &IsoBox<'_>) -> Result<(NonZeroU32, String)> {
    let (version, _, mut fields) = mdhd.full()?;
    fields.skip(if version == 0 { 8 } else { 16 })?;
    let timescale = mdhd.timescale(&mut fields)?;
    let packed = fields.versioned(version).and_then(|_duration| fields.u16()).unwrap_or(0);
    let letters = [packed >> 10, packed >> 5, packed].map(|letter| (letter & 0x1F) as u8 + 0x60);
    let valid = letters.iter().all(u8::is_ascii_lowercase);
    Ok((timescale, if valid { letters.map(char::from).iter().collect() } else { String::new() }))
}

/// The tag of `elng` (clause 8.4.6), which some writers put there without version and flags.
fn extended_language(payload: &[u8]) -> Option<String> {
    let tag = match payload {
        [0, _, _, _, tag @ ..] => tag,
        tag => tag,
    };
    let tag = tag.split(|&byte| byte == 0).next()?;
    let is_tag = tag.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_tag && !tag.is_empty()).then(|| String::from_utf8(tag.to_vec()).ok())?
}

/// The name in `hdlr` (clause 8.4.3). QuickTime writes it with its length in front.
fn label_of(hdlr: &IsoBox<'_>) -> Result<String> {
    let (_, _, mut fields) = hdlr.full()?;
    fields.skip(4 + 4 + 12)?;
    if let [length, name @ ..] = fields.rest()
        && *length > 0
        && usize::from(*length) == name.len()
    {
        fields.skip(1)?;
    }
    Ok(fields.text())
}

/// The `sgpd` of groups that are encrypted otherwise. A broken one matters only where something is
/// encrypted.
fn encryption_groups(stbl: &IsoBox<'_>, is_encrypted: bool) -> Result<Option<Bytes>> {
    let found = Descriptions::find(stbl, b"seig");
    let found = if is_encrypted { found? } else { found.unwrap_or_default() };
    // Copied: a slice would keep the whole append alive as long as the track.
    Ok(found.map(|(_, sgpd)| Bytes::copy_from_slice(sgpd.payload)))
}

/// Number of samples before a random access point at which decoding must begin: the `roll` or
/// `prol` group of sound (clause 10.1). Each has one description, for all samples.
fn pre_roll(stbl: &IsoBox<'_>) -> u16 {
    for grouping in [b"roll", b"prol"] {
        if let Ok(Some((descriptions, _))) = Descriptions::find(stbl, grouping)
            && let Some(distance) = descriptions.get(1).and_then(|entry| entry.first_chunk())
        {
            return i16::from_be_bytes(*distance).min(0).unsigned_abs();
        }
    }
    0
}

/// `dref` (clause 8.7.2): all data must be in the same file (ISO-17). What cannot be read claims
/// nothing else.
fn check_data_references(minf: &IsoBox<'_>) -> Result<()> {
    const SELF_CONTAINED: u32 = 1;
    let Some(dinf) = minf.child(b"dinf")? else { return Ok(()) };
    let Some(dref) = dinf.child(b"dref").ok().flatten() else { return Ok(()) };
    for entry in dref.children_after(8).map_while(Result::ok) {
        if entry.full().is_ok_and(|(_, flags, _)| flags & SELF_CONTAINED == 0) {
            return Err(Fault::new(EXTERNAL_DATA, entry.offset, "a data reference to another file"));
        }
    }
    Ok(())
}
