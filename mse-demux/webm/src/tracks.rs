//! Info and Tracks: the initialization segment, and what the blocks after it need (WEBM-4 to
//! WEBM-6).

use crate::codec::{self, Coded};
use crate::ebml::{Element, id};
use crate::encryption::Encodings;
use crate::error_code::{CONFIGURATION_INVALID, TIMESTAMP_SCALE, TOO_MANY_TRACKS, TRACK_NUMBER};
use crate::fault::{Fault, Result};
use crate::frame_run::Ahead;
use crate::pending::Pending;
use crate::video;
use mse_core::{
    AudioDescription, EncryptionParameters, FrameData, InitData, InitSegment, LeftOutTrack, Limits,
    MediaDescription, MediaTime, TextDescription, Track, TrackDescription, TrackId, TrackKind,
    VideoDescription,
};
use std::num::NonZeroU32;
use std::sync::Arc;

/// Nanoseconds, of which everything here is made.
pub(crate) const NANOSECONDS: NonZeroU32 = NonZeroU32::new(1_000_000_000).unwrap();

/// The fields of an Info element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Info {
    /// Nanoseconds of a tick of Clusters and blocks.
    pub(crate) timestamp_scale: u64,
    pub(crate) duration: Option<MediaTime>,
}

impl Info {
    pub(crate) fn parse(info: &Element<'_>) -> Result<Self> {
        let (mut timestamp_scale, mut duration) = (1_000_000, None);
        for child in info.children() {
            let child = child?;
            match child.id {
                id::TIMESTAMP_SCALE => timestamp_scale = child.unsigned()?,
                id::DURATION => duration = Some(child.float()?),
                _ => {}
            }
        }
        if timestamp_scale == 0 {
            return Err(Fault::new(TIMESTAMP_SCALE, info.offset, "the timestamp scale is 0"));
        }
        // 0 is no duration, and one that the number line cannot hold is as good as unknown.
        let duration = duration.filter(|ticks| *ticks > 0.0);
        let duration = duration.map(|ticks| MediaTime::from_seconds(ticks * timestamp_scale as f64 / 1e9));
        let duration = duration.filter(|duration| !duration.is_infinite());
        Ok(Self { timestamp_scale, duration })
    }
}

/// A track as its blocks see it.
#[derive(Debug)]
pub(crate) struct TrackState {
    pub(crate) number: u64,
    /// `None` for a track that is no audio, video or text: its blocks are passed over (WEBM-22).
    pub(crate) media: Option<Media>,
}

impl TrackState {
    /// Whether it is an audio track.
    pub(crate) fn is_audio(&self) -> bool {
        self.media.as_ref().is_some_and(|media| media.kind == TrackKind::Audio)
    }
}

/// Everything needed to turn blocks of a track into frames.
#[derive(Debug)]
pub(crate) struct Media {
    pub(crate) kind: TrackKind,
    /// Whether every frame is a random access point, whatever its flag says (WEBM-25).
    pub(crate) is_always_point: bool,
    pub(crate) encodings: Encodings,
    /// Whether frames stand in their blocks as they are.
    pub(crate) is_as_it_is: bool,
    pub(crate) pending: Pending,
    /// The picture that waits while a run of frames is filled.
    pub(crate) ahead: Option<Ahead>,
}

/// A track whose configuration stands in its first picture.
pub(crate) struct InBand {
    pub(crate) number: u64,
    pub(crate) codec_id: String,
    /// The first picture, once it has come.
    pub(crate) picture: Option<FrameData>,
}

/// The tracks whose configuration stands in their first pictures.
pub(crate) fn in_band(tracks: &Element<'_>, limits: &Limits) -> Result<Vec<InBand>> {
    let mut found = Vec::new();
    for entry in entries(tracks, limits)? {
        let is_video = entry.kind() == Some(TrackKind::Video);
        if is_video && codec::is_configured_in_band(entry.codec_id, entry.private) {
            found.push(InBand { number: entry.number, codec_id: entry.codec_id.to_owned(), picture: None });
        }
    }
    Ok(found)
}

/// The entries of a Tracks element.
fn entries<'a>(tracks: &Element<'a>, limits: &Limits) -> Result<Vec<Entry<'a>>> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for child in tracks.children() {
        let child = child?;
        if child.id != id::TRACK_ENTRY {
            continue;
        }
        if entries.len() == limits.max_tracks {
            let detail = format!("more than {}", limits.max_tracks);
            return Err(Fault::new(TOO_MANY_TRACKS, child.offset, detail));
        }
        let entry = Entry::parse(&child).map_err(|fault| fault.within("TrackEntry"))?;
        if entry.number == 0 || entries.iter().any(|other| other.number == entry.number) {
            let detail = format!("track number {} is zero or not unique", entry.number);
            return Err(Fault::new(TRACK_NUMBER, child.offset, detail).within("TrackEntry"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Reads a Tracks element. Tracks that are configured in band have their first pictures among
/// `pictures`.
pub(crate) fn parse(
    tracks: &Element<'_>,
    info: &Info,
    limits: &Limits,
    pictures: &[InBand],
) -> Result<(InitSegment, Vec<TrackState>)> {
    let mut init = InitSegment { duration: info.duration, ..InitSegment::default() };
    let mut states: Vec<TrackState> = Vec::new();
    let mut entries = entries(tracks, limits)?;
    for entry in &mut entries {
        let picture = pictures.iter().find(|track| track.number == entry.number);
        entry.private = picture.and_then(|track| track.picture.as_deref()).unwrap_or(entry.private);
    }
    let known: Vec<_> = entries.iter().filter(|entry| codec::is_known(entry.codec_id)).collect();
    let known: Vec<_> = known.iter().filter_map(|entry| entry.kind()).collect();
    for (index, entry) in entries.into_iter().enumerate() {
        let number = entry.number;
        if let Some(reason) = entry.reason_to_leave_out(&known) {
            init.left_out.push(LeftOutTrack {
                number,
                format: entry.codec_id.to_owned(),
                path: format!("Segment/Tracks/TrackEntry[{index}]"),
                reason: reason.into(),
            });
            states.push(TrackState { number, media: None });
            continue;
        }
        let finished = entry.finish(info.timestamp_scale, &init.tracks);
        let (track, mut state) = finished.map_err(|fault| fault.of_track(number).within("TrackEntry"))?;
        if let Some(parameters) = state.media.as_ref().and_then(|media| media.encodings.encryption.as_ref()) {
            // EME-5
            let init_data = parameters.key_id.0.clone();
            init.init_data.push(InitData { init_data_type: "webm", init_data });
        }
        if let Some(media) = &mut state.media {
            media.pending.read_as(&limits.reading);
        }
        init.tracks.extend(track);
        states.push(state);
    }
    let mut reordered: Vec<_> =
        states.iter_mut().filter_map(|state| state.media.as_mut()?.pending.reorder()).collect();
    let count = reordered.len();
    reordered.iter_mut().for_each(|track| track.share(count));
    Ok((init, states))
}

/// The fields of a TrackEntry.
struct Entry<'a> {
    /// Start of the TrackEntry in the stream.
    offset: u64,
    number: u64,
    track_type: u64,
    is_default: bool,
    codec_id: &'a str,
    private: &'a [u8],
    name: String,
    language: Option<String>,
    bcp47: Option<String>,
    codec_delay: Option<u64>,
    seek_pre_roll: Option<u64>,
    default_duration: u64,
    video: VideoDescription,
    audio: Audio,
    /// A fault counts only if frames are made of the track: muxers compress subtitles.
    encodings: Result<Encodings>,
}

#[derive(Default)]
struct Audio {
    sampling_frequency: Option<f64>,
    output: Option<f64>,
    channels: Option<u64>,
    bit_depth: u64,
}

impl<'a> Entry<'a> {
    fn parse(element: &Element<'a>) -> Result<Self> {
        let mut entry = Self {
            offset: element.offset,
            number: 0,
            track_type: 0,
            is_default: true,
            codec_id: "",
            private: &[],
            name: String::new(),
            language: None,
            bcp47: None,
            codec_delay: None,
            seek_pre_roll: None,
            default_duration: 0,
            video: VideoDescription::default(),
            audio: Audio::default(),
            encodings: Ok(Encodings::default()),
        };
        for child in element.children() {
            let child = child?;
            match child.id {
                id::TRACK_NUMBER => entry.number = child.unsigned()?,
                id::TRACK_TYPE => entry.track_type = child.unsigned()?,
                id::FLAG_DEFAULT => entry.is_default = child.data.is_empty() || child.unsigned()? != 0,
                id::CODEC_ID => entry.codec_id = child.ascii(),
                id::CODEC_PRIVATE => entry.private = child.data,
                id::NAME => entry.name = child.text(),
                id::LANGUAGE => entry.language = Some(child.text()),
                id::LANGUAGE_BCP47 => entry.bcp47 = Some(child.text()),
                id::CODEC_DELAY => entry.codec_delay = Some(child.unsigned()?),
                id::SEEK_PRE_ROLL => entry.seek_pre_roll = Some(child.unsigned()?),
                id::DEFAULT_DURATION => entry.default_duration = child.unsigned()?,
                id::VIDEO => entry.video = video::parse(&child).map_err(|fault| fault.within("Video"))?,
                id::AUDIO => entry.audio = Audio::parse(&child).map_err(|fault| fault.within("Audio"))?,
                id::CONTENT_ENCODINGS => {
                    let parsed = Encodings::parse(&child);
                    entry.encodings = parsed.map_err(|fault| fault.within("ContentEncodings"));
                }
                _ => {}
            }
        }
        Ok(entry)
    }

    /// TRK-7, TTK-3
    fn kind(&self) -> Option<TrackKind> {
        match self.track_type {
            1 => Some(TrackKind::Video),
            2 => Some(TrackKind::Audio),
            0x11 | 0x21 => Some(TrackKind::Text),
            _ => None,
        }
    }

    /// Why no frames are made of it, for people. A codec that is not known is left out only beside
    /// a track of the same kind that can be played: an error otherwise says that nothing would be
    /// seen or heard (ISR-7). Text that is not WebVTT has no cues (TRK-5).
    fn reason_to_leave_out(&self, known: &[TrackKind]) -> Option<&'static str> {
        match self.kind() {
            None => Some("it is no audio, video or text"),
            Some(TrackKind::Text) if !codec::is_text(self.codec_id) => Some("only WebVTT is read as text"),
            Some(kind) if !codec::is_known(self.codec_id) && known.contains(&kind) => {
                Some("its codec is not known")
            }
            _ => None,
        }
    }

    fn finish(mut self, tick: u64, before: &[Track]) -> Result<(Option<Track>, TrackState)> {
        let Some(kind) = self.kind() else {
            return Ok((None, TrackState { number: self.number, media: None }));
        };
        let samples = (self.audio.output_rate(), self.audio.bit_depth, self.audio.channels());
        let coded =
            codec::parse(self.codec_id, self.private, self.video.colour, samples).ok_or_else(|| {
                let detail = format!("{}: the CodecPrivate is missing or cannot be read", self.codec_id);
                Fault::new(CONFIGURATION_INVALID, self.offset, detail)
            })?;
        let encodings = std::mem::replace(&mut self.encodings, Ok(Encodings::default()))?;
        let encodings = Encodings { is_byte_stream: coded.is_byte_stream, ..encodings };
        let encryption = encodings.encryption.clone();
        let ticks = (self.default_duration, tick);
        let pending = Pending::new(self.number, kind, &coded, &encodings, ticks);
        let is_as_it_is = encodings.is_empty();
        // Of sound and text every frame is one; of pictures the container is trusted (WEBM-25).
        let is_always_point = kind != TrackKind::Video && !coded.has_dependent_frames;
        let media = Media { kind, is_always_point, is_as_it_is, encodings, pending, ahead: None };
        self.video.colour = self.video.colour.or(coded.colour);
        let is_first = !before.iter().any(|track| track.kind == kind);
        let track = Track {
            id: TrackId(self.number),
            kind,
            timescale: NANOSECONDS,
            language: self.language(),
            label: std::mem::take(&mut self.name),
            kinds: vec![self.html_kind(kind, is_first).to_owned()],
            descriptions: vec![self.description(kind, coded, encryption)],
        };
        Ok((Some(track), TrackState { number: self.number, media: Some(media) }))
    }

    /// TRK-10: the older element has `eng` as its default.
    fn language(&mut self) -> String {
        let language = self.bcp47.take().or_else(|| self.language.take());
        let language = language.unwrap_or_else(|| "eng".to_owned());
        if language == "und" { String::new() } else { language }
    }

    fn html_kind(&self, kind: TrackKind, is_first: bool) -> &'static str {
        match (kind, self.codec_id) {
            (TrackKind::Text, "D_WEBVTT/captions" | "D_WEBVTT/CAPTIONS") => "captions",
            (TrackKind::Text, "D_WEBVTT/subtitles" | "D_WEBVTT/SUBTITLES" | "S_TEXT/WEBVTT") => "subtitles",
            (TrackKind::Text, "D_WEBVTT/descriptions" | "D_WEBVTT/DESCRIPTIONS") => "descriptions",
            (TrackKind::Text, _) => "metadata",
            _ if self.is_default => "main",
            _ if !is_first => "translation",
            _ => "",
        }
    }

    fn description(
        &self,
        kind: TrackKind,
        coded: Coded,
        encryption: Option<Arc<EncryptionParameters>>,
    ) -> TrackDescription {
        let time = |nanoseconds: u64| {
            i64::try_from(nanoseconds).ok().and_then(|ticks| MediaTime::from_ticks(ticks, NANOSECONDS))
        };
        let media = match kind {
            TrackKind::Video => MediaDescription::Video(self.video.clone()),
            TrackKind::Audio => MediaDescription::Audio(AudioDescription {
                sample_rate: coded.sample_rate.unwrap_or_else(|| self.audio.output_rate()),
                channels: coded.channels.unwrap_or_else(|| self.audio.channels()),
                sample_size: u16::try_from(self.audio.bit_depth).unwrap_or(0),
                codec_delay: self.codec_delay.and_then(time).unwrap_or(coded.delay),
                seek_pre_roll: self.seek_pre_roll.and_then(time).unwrap_or_default().max(coded.pre_roll),
                ..AudioDescription::default()
            }),
            TrackKind::Text => {
                let is_metadata = self.html_kind(kind, true) == "metadata";
                let dispatch_type = if is_metadata { self.codec_id.to_owned() } else { String::new() };
                MediaDescription::Text(TextDescription { dispatch_type })
            }
        };
        TrackDescription { codec: coded.codec, configuration: coded.configuration, media, encryption }
    }
}

impl Audio {
    fn parse(element: &Element<'_>) -> Result<Self> {
        let mut audio = Self::default();
        for child in element.children() {
            let child = child?;
            match child.id {
                id::SAMPLING_FREQUENCY => audio.sampling_frequency = Some(child.float()?),
                id::OUTPUT_SAMPLING_FREQUENCY => audio.output = Some(child.float()?),
                id::CHANNELS => audio.channels = Some(child.unsigned()?),
                id::BIT_DEPTH => audio.bit_depth = child.unsigned()?,
                _ => {}
            }
        }
        Ok(audio)
    }

    /// After SBR, if it is said. The conversion saturates.
    fn output_rate(&self) -> u32 {
        self.output.or(self.sampling_frequency).unwrap_or(8000.0).round() as u32
    }

    fn channels(&self) -> u16 {
        u16::try_from(self.channels.unwrap_or(1)).unwrap_or(u16::MAX)
    }
}
