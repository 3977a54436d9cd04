//! Ownership of tracks: a player's, or nobody's here (BSF-10, TRK-5). Cameras, editors and
//! authoring tools put tracks into files that no player plays: chapters, timecodes, sensor data,
//! pictures of a cover. Such tracks are left out, and named.

use crate::boxes::{FourCc, IsoBox, fourcc_text};
use crate::captions::Cea;
use crate::fault::Result;
use crate::sample_entry;
use mse_core::TrackKind;
use std::borrow::Cow;

/// Treatment of a track.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    /// The track becomes one of this kind.
    Player(TrackKind),
    /// Samples of the track become events.
    Captions(Cea),
    Nobody(Unplayed),
}

/// Why a track is left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Unplayed {
    /// The first sample entry, or the handler where there is none.
    pub(crate) format: String,
    pub(crate) reason: Cow<'static, str>,
}

/// The tracks of a movie as far as it matters whose they are.
pub(crate) struct Tracks {
    /// Ids of the tracks that are lists of chapters of others, in order.
    chapters: Vec<u32>,
    /// Whether there is one of audio and one of video whose codec is known.
    audio_known: bool,
    video_known: bool,
}

impl Tracks {
    /// Looks through a `moov`. What cannot be read is passed over; who reads the tracks finds it
    /// again.
    pub(crate) fn of(moov: &IsoBox<'_>) -> Self {
        let mut tracks = Self { chapters: Vec::new(), audio_known: false, video_known: false };
        for trak in moov.children().map_while(Result::ok).filter(|child| child.kind == *b"trak") {
            tracks.chapters.extend(chapters_of(&trak));
            match Outline::of(&trak) {
                Outline { kind: Some(TrackKind::Audio), format: Some(format), .. } => {
                    tracks.audio_known |= sample_entry::is_known(TrackKind::Audio, format);
                }
                Outline { kind: Some(TrackKind::Video), format: Some(format), .. } => {
                    tracks.video_known |= sample_entry::is_known(TrackKind::Video, format);
                }
                _ => {}
            }
        }
        tracks.chapters.sort_unstable();
        tracks
    }

    /// Whether another track of the kind has a codec that is known.
    pub(crate) fn has_known(&self, kind: TrackKind) -> bool {
        match kind {
            TrackKind::Audio => self.audio_known,
            TrackKind::Video => self.video_known,
            TrackKind::Text => false,
        }
    }

    /// Owner of the track with this id.
    pub(crate) fn owner(&self, trak: &IsoBox<'_>, id: u32) -> Owner {
        let outline = Outline::of(trak);
        let format = outline.format.or(outline.handler).map_or_else(String::new, fourcc_text);
        let nobody = |reason: Cow<'static, str>| Owner::Nobody(Unplayed { format: format.clone(), reason });
        let Some(kind) = outline.kind else {
            return nobody(reason_of_handler(outline.handler));
        };
        if self.chapters.binary_search(&id).is_ok() {
            return nobody("it is a list of chapters".into());
        }
        if outline.is_without_stsd || kind == TrackKind::Text && outline.format.is_none() {
            return nobody("it has no sample description".into());
        }
        let Some(entry) = outline.format else { return Owner::Player(kind) };
        match kind {
            TrackKind::Text => match &entry {
                b"c608" => Owner::Captions(Cea::Line21),
                b"c708" => Owner::Captions(Cea::Dtvcc),
                _ if sample_entry::is_known(kind, entry) => Owner::Player(kind),
                _ => nobody(reason_of_text(entry)),
            },
            _ if !sample_entry::is_known(kind, entry) && self.has_known(kind) => {
                nobody(unknown_beside_known(kind))
            }
            _ => Owner::Player(kind),
        }
    }
}

/// Reason for leaving out a track whose codec is not known, where another of its kind can be
/// played.
pub(crate) fn unknown_beside_known(kind: TrackKind) -> Cow<'static, str> {
    format!("its codec is not known, and another {kind} track can be played").into()
}

/// Handler and first sample entry of a track.
struct Outline {
    handler: Option<FourCc>,
    /// `None` for a track of no media.
    kind: Option<TrackKind>,
    format: Option<FourCc>,
    /// Whether there is a sample table without `stsd`.
    is_without_stsd: bool,
}

impl Outline {
    fn of(trak: &IsoBox<'_>) -> Self {
        let mdia = child(Some(*trak), b"mdia");
        let minf = child(mdia, b"minf");
        let stbl = child(minf, b"stbl");
        let stsd = child(stbl, b"stsd");
        let format = stsd.and_then(|stsd| stsd.children_after(8).next()?.ok()).map(|entry| entry.kind);
        let handler = child(mdia, b"hdlr").and_then(|hdlr| handler(&hdlr).ok());
        let kind = match handler {
            Some(handler) => kind_of_handler(handler),
            None => {
                minf.and_then(|minf| kind_of_media_header(&minf)).or_else(|| format.and_then(kind_of_entry))
            }
        };
        Self { handler, kind, format, is_without_stsd: stbl.is_some() && stsd.is_none() }
    }
}

/// The child of a box that may not be there, or that cannot be read.
fn child<'a>(parent: Option<IsoBox<'a>>, kind: &FourCc) -> Option<IsoBox<'a>> {
    parent?.child(kind).ok()?
}

/// The handler type of `hdlr` (clause 8.4.3).
fn handler(hdlr: &IsoBox<'_>) -> Result<FourCc> {
    let (_, _, mut fields) = hdlr.full()?;
    fields.skip(4)?; // pre_defined
    fields.array()
}

/// TRK-5
fn kind_of_handler(handler: FourCc) -> Option<TrackKind> {
    Some(match &handler {
        b"soun" => TrackKind::Audio,
        b"vide" => TrackKind::Video,
        b"text" | b"subt" | b"meta" | b"sbtl" | b"clcp" => TrackKind::Text,
        _ => return None,
    })
}

/// A track whose handler is missing or cannot be read has a media header that is as good.
fn kind_of_media_header(minf: &IsoBox<'_>) -> Option<TrackKind> {
    minf.children().map_while(Result::ok).find_map(|child| match &child.kind {
        b"vmhd" => Some(TrackKind::Video),
        b"smhd" => Some(TrackKind::Audio),
        b"sthd" => Some(TrackKind::Text),
        _ => None,
    })
}

/// Or a sample entry that only one kind of track has.
fn kind_of_entry(entry: FourCc) -> Option<TrackKind> {
    TrackKind::ALL.into_iter().find(|kind| sample_entry::is_known(*kind, entry))
}

fn reason_of_handler(handler: Option<FourCc>) -> Cow<'static, str> {
    match handler.as_ref() {
        None => "nothing says what it holds".into(),
        Some(b"hint") => "it tells a server how to send the others".into(),
        Some(b"tmcd") => "timecodes are not played".into(),
        Some(b"subp") => "subtitles that are pictures are not read".into(),
        Some(b"auxv" | b"pict") => "it is no video to be shown".into(),
        Some(handler) => format!("its handler {} is no audio, video or text", fourcc_text(*handler)).into(),
    }
}

fn reason_of_text(entry: FourCc) -> Cow<'static, str> {
    match &entry {
        b"text" => "QuickTime text is not read".into(),
        b"mebx" | b"mett" | b"metx" | b"urim" | b"it35" | b"camm" | b"gpmd" => {
            "timed metadata is not read".into()
        }
        b"tmcd" => "timecodes are not played".into(),
        _ => "its text format is not known".into(),
    }
}

/// The ids that `tref/chap` names.
fn chapters_of(trak: &IsoBox<'_>) -> Vec<u32> {
    let Some(chap) = child(child(Some(*trak), b"tref"), b"chap") else { return Vec::new() };
    chap.payload.as_chunks().0.iter().map(|id| u32::from_be_bytes(*id)).collect()
}
