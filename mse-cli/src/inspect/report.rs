//! Report on a source, as plain data.

use super::edits::Edit;
use super::facts::TrackFacts;
use crate::json::{number, receipt_json, seconds};
use mse::interface::SourceBuffer as _;
use mse::timeline::{Gap, Group, StoredFrame, TrackBuffer};
use mse::{
    Awaited, InbandEvent, LeftOutTrack, MediaDescription, MediaTime, MediaTrack, ParseError, Receipt,
    SourceBuffer, TimeRanges, Track, TrackDescription, VideoDescription, report,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// One source with its one SourceBuffer.
pub(crate) struct SourceReport {
    pub(crate) files: Vec<String>,
    pub(crate) format: &'static str,
    pub(crate) duration: f64,
    pub(crate) buffered: Arc<TimeRanges>,
    pub(crate) tracks: Vec<TrackReport>,
    pub(crate) receipts: Vec<Receipt>,
    /// Position in `files` of what each receipt is of.
    pub(super) origins: Vec<usize>,
    /// Key systems that the file has data for.
    pub(super) systems: Vec<String>,
}

/// One track buffer.
pub(crate) struct TrackReport {
    pub(crate) id: u64,
    pub(crate) object: Option<MediaTrack>,
    pub(crate) kind: &'static str,
    pub(crate) timescale: std::num::NonZeroU32,
    pub(crate) descriptions: Vec<Arc<TrackDescription>>,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) ranges: TimeRanges,
    pub(crate) groups: Vec<Group>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) gap_tolerance: MediaTime,
    /// Every frame in the order of decoding; empty unless a picture is drawn.
    pub(crate) drawn: Vec<DrawnFrame>,
    /// Facts that the frames tell, as they lie in the byte stream.
    pub(super) facts: TrackFacts,
    pub(super) edits: Vec<Edit>,
}

/// Groups of pictures in a few numbers.
pub(crate) struct GroupStatistics {
    pub(crate) count: usize,
    /// In seconds.
    pub(crate) shortest: f64,
    pub(crate) mean: f64,
    pub(crate) longest: f64,
    /// Least and most frames of a group.
    pub(crate) frames: (usize, usize),
    /// Groups with pictures that are shown before their random access point.
    pub(crate) open: usize,
}

/// A frame as far as a picture shows it.
pub(crate) struct DrawnFrame {
    pub(crate) start: MediaTime,
    pub(crate) end: MediaTime,
    pub(crate) bytes: usize,
    pub(crate) is_random_access_point: bool,
    /// Ordinal of the append that brought the frame, from 1.
    pub(crate) append: u64,
}

impl SourceReport {
    pub(crate) fn new(
        files: Vec<String>,
        format: &'static str,
        duration: f64,
        source_buffer: Option<SourceBuffer<'_>>,
        receipts: Vec<Receipt>,
        draws: bool,
    ) -> Self {
        let (mut buffered, mut tracks): (_, Vec<TrackReport>) = (Arc::default(), Vec::new());
        if let Some(source_buffer) = source_buffer {
            buffered = source_buffer.buffered().unwrap_or_default();
            let objects = source_buffer.tracks();
            source_buffer.with_track_buffers(|buffers| {
                let of = |index: usize| {
                    objects.iter().find(|object| usize::from(object.key.index) == index).cloned()
                };
                tracks = buffers
                    .tracks()
                    .iter()
                    .enumerate()
                    .map(|(index, track)| TrackReport::new(track, of(index), draws))
                    .collect();
            });
        }
        // Track buffers are in the order audio, video, text; people look for tracks by their
        // number.
        tracks.sort_by_key(|track| track.id);
        Self { files, format, duration, buffered, tracks, receipts, origins: Vec::new(), systems: Vec::new() }
    }

    /// Names of the files.
    pub(crate) fn files(&self) -> String {
        self.files.join(" ")
    }

    /// Tracks that are not read, each once.
    pub(crate) fn left_out(&self) -> Vec<&LeftOutTrack> {
        let mut tracks: Vec<&LeftOutTrack> = Vec::new();
        for track in self.receipts.iter().flat_map(|receipt| &receipt.left_out) {
            if !tracks.contains(&track) {
                tracks.push(track);
            }
        }
        tracks
    }

    fn receipts_json(&self) -> Vec<Value> {
        let with_file = |(receipt, origin): (&Receipt, &usize)| {
            let mut value = receipt_json(receipt);
            value["file"] = (*origin).into();
            value
        };
        self.receipts.iter().zip(&self.origins).map(with_file).collect()
    }

    /// Messages of the stream to the application.
    pub(crate) fn events(&self) -> impl Iterator<Item = &InbandEvent> {
        self.receipts.iter().flat_map(|receipt| &receipt.inband_events)
    }

    /// The structure that the file ends inside of.
    pub(crate) fn awaits(&self) -> Option<&Awaited> {
        self.receipts.last().and_then(|receipt| receipt.awaits.as_ref())
    }

    /// Why the last append failed, if it did.
    pub(crate) fn error(&self) -> Option<&ParseError> {
        self.receipts.iter().find_map(|receipt| receipt.error.as_ref())
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "files": self.files,
            "format": self.format,
            "bytes": self.receipts.iter().map(|receipt| receipt.bytes).sum::<u64>(),
            "duration": number(self.duration),
            "buffered": crate::json::ranges(&self.buffered),
            "key_systems": self.systems,
            "tracks": self.tracks.iter().map(TrackReport::json).collect::<Vec<_>>(),
            "events": self.events().map(event_json).collect::<Vec<_>>(),
            "receipts": self.receipts_json(),
            "left_out": self.left_out().into_iter().map(report::left_out).collect::<Vec<_>>(),
            "awaits": self.awaits().map(report::awaited),
            "error": self.error().map(crate::json::error_json),
        })
    }
}

impl TrackReport {
    fn new(track: &TrackBuffer, object: Option<MediaTrack>, draws: bool) -> Self {
        let drawn = |stored: StoredFrame| DrawnFrame {
            start: stored.frame.presentation_timestamp,
            end: stored.frame.end_timestamp(),
            bytes: stored.frame.data.len(),
            is_random_access_point: stored.frame.is_random_access_point,
            append: stored.append,
        };
        Self {
            id: track.id().0,
            object,
            kind: track.kind().as_str(),
            timescale: track.timescale(),
            descriptions: track.descriptions().to_vec(),
            frames: track.frame_count(),
            bytes: track.bytes(),
            ranges: track.ranges(),
            groups: track.groups().collect(),
            gaps: track.gaps().collect(),
            gap_tolerance: track.gap_tolerance(),
            drawn: if draws { track.stored_frames().map(drawn).collect() } else { Vec::new() },
            facts: TrackFacts::default(),
            edits: Vec::new(),
        }
    }

    /// A track that the engine refused: it has no track buffer.
    pub(crate) fn declared(track: &Track) -> Self {
        Self {
            id: track.id.0,
            object: None,
            kind: track.kind.as_str(),
            timescale: track.timescale,
            descriptions: track.descriptions.iter().cloned().map(Arc::new).collect(),
            frames: 0,
            bytes: 0,
            ranges: TimeRanges::default(),
            groups: Vec::new(),
            gaps: Vec::new(),
            gap_tolerance: MediaTime::ZERO,
            drawn: Vec::new(),
            facts: TrackFacts::default(),
            edits: Vec::new(),
        }
    }

    /// Statistics of the groups of pictures; `None` where every frame is a random access point.
    pub(crate) fn group_statistics(&self) -> Option<GroupStatistics> {
        let groups = &self.groups;
        if groups.iter().all(|group| group.all_random_access_points) {
            return None;
        }
        let seconds = || groups.iter().map(|group| (group.end - group.start).to_seconds());
        let frames = || groups.iter().map(|group| group.frames);
        Some(GroupStatistics {
            count: groups.len(),
            shortest: seconds().fold(f64::INFINITY, f64::min),
            mean: seconds().sum::<f64>() / groups.len() as f64,
            longest: seconds().fold(0.0, f64::max),
            frames: (frames().min().unwrap_or(0), frames().max().unwrap_or(0)),
            open: groups.iter().filter(|group| group.start < group.random_access_point).count(),
        })
    }

    pub(crate) fn ticks(&self, time: MediaTime) -> i64 {
        time.to_ticks(self.timescale)
    }

    fn interval(&self, start: MediaTime, end: MediaTime) -> Value {
        json!({
            "start": seconds(start),
            "end": seconds(end),
            "start_ticks": self.ticks(start),
            "end_ticks": self.ticks(end),
        })
    }

    fn gap(&self, gap: &Gap) -> Value {
        let mut value = self.interval(gap.range.start, gap.range.end);
        value["cause"] = gap.cause.to_string().into();
        value
    }

    fn json(&self) -> Value {
        let object = self.object.as_ref();
        json!({
            "id": self.id,
            "kind": self.kind,
            "codec": self.descriptions.first().map(|description| description.codec.as_str()),
            "timescale": self.timescale,
            "language": object.map(|object| object.language.as_str()),
            "label": object.map(|object| object.label.as_str()),
            "track_kind": object.map(|object| object.kind.as_str()),
            "descriptions": self.descriptions.iter().map(|description| description_json(description)).collect::<Vec<_>>(),
            "frames": self.frames,
            "bytes": self.bytes,
            "bit_rate": { "mean": self.facts.mean_rate().map(number), "peak": self.facts.peak_rate().map(number) },
            "frame_rate": self.facts.frame_rate().map(number),
            "constant_frame_rate": self.facts.is_constant(),
            "encryption": self.facts.encryption_json(),
            "edits": self.edits.iter().map(|edit| edit.json()).collect::<Vec<_>>(),
            "priming": seconds(self.facts.priming()),
            "padding": seconds(self.facts.padding()),
            "group_statistics": self.group_statistics().map(GroupStatistics::json),
            "ranges": self.ranges.iter().map(|range| self.interval(range.start, range.end)).collect::<Vec<_>>(),
            "gap_tolerance": seconds(self.gap_tolerance),
            "gaps": self.gaps.iter().map(|gap| self.gap(gap)).collect::<Vec<_>>(),
            "groups": self.groups.iter().map(|group| self.group_json(group)).collect::<Vec<_>>(),
        })
    }

    fn group_json(&self, group: &Group) -> Value {
        let mut value = self.interval(group.start, group.end);
        value["random_access_point"] = seconds(group.random_access_point);
        value["frames"] = group.frames.into();
        value["bytes"] = group.bytes.into();
        value["all_random_access_points"] = group.all_random_access_points.into();
        value
    }
}

impl GroupStatistics {
    fn json(self) -> Value {
        json!({
            "count": self.count,
            "shortest": number(self.shortest),
            "mean": number(self.mean),
            "longest": number(self.longest),
            "least_frames": self.frames.0,
            "most_frames": self.frames.1,
            "open": self.open,
        })
    }
}

fn event_json(event: &InbandEvent) -> Value {
    json!({
        "scheme": event.scheme_id_uri,
        "value": event.value,
        "id": event.id,
        "track": event.track_id.map(|track| track.0),
        "time": event.presentation_time.map(seconds),
        "duration": event.duration.map(seconds),
        "bytes": event.data.len(),
    })
}

/// Dynamic range of a video, where it is not the standard one.
pub(crate) fn dynamic_range(video: &VideoDescription) -> Option<String> {
    const PQ: u16 = 16;
    const HLG: u16 = 18;
    let mut words = Vec::new();
    match video.colour.map(|colour| colour.transfer) {
        Some(PQ) => words.push("HDR, PQ".to_owned()),
        Some(HLG) => words.push("HDR, HLG".to_owned()),
        _ => {}
    }
    words
        .extend(video.dolby_vision.as_ref().map(|vision| format!("Dolby Vision profile {}", vision.profile)));
    words.extend(
        video
            .mastering_display
            .map(|display| format!("mastered for {} cd/m²", f64::from(display.max_luminance) / 10_000.0)),
    );
    words.extend(
        video
            .content_light_level
            .map(|light| format!("MaxCLL {}, MaxFALL {}", light.max_cll, light.max_fall)),
    );
    (!words.is_empty()).then(|| words.join(", "))
}

/// A description in a few words: rate and channels, or size.
pub(crate) fn describe(description: &TrackDescription) -> String {
    match &description.media {
        MediaDescription::Audio(audio) => format!("{} Hz, {} ch", audio.sample_rate, audio.channels),
        MediaDescription::Video(video) => {
            let (width, height) = video.pixel_aspect;
            let mut text = format!("{}x{}", video.coded_width, video.coded_height);
            if width != height {
                text += &format!(
                    ", pixels {width}:{height}, shown {}x{}",
                    video.display_width, video.display_height
                );
            }
            if video.mirrored {
                text += ", mirrored";
            }
            if video.rotation != 0 {
                text += &format!(", turned {}°", video.rotation);
            }
            if let Some(colour) = video.colour {
                let range = if colour.full_range { ", full range" } else { "" };
                text +=
                    &format!(", colour {}/{}/{}{range}", colour.primaries, colour.transfer, colour.matrix);
            }
            if let Some(range) = dynamic_range(video) {
                text += &format!(", {range}");
            }
            text
        }
        MediaDescription::Text(text) => text.dispatch_type.clone(),
    }
}

fn description_json(description: &TrackDescription) -> Value {
    let configuration = &description.configuration;
    let mut value = json!({
        "codec": description.codec,
        "configuration": { "format": configuration.format, "bytes": configuration.bytes.len() },
    });
    match &description.media {
        MediaDescription::Audio(audio) => {
            value["sample_rate"] = audio.sample_rate.into();
            value["channels"] = audio.channels.into();
            value["sample_size"] = audio.sample_size.into();
            value["channel_layout"] = match audio.channel_layout {
                Some(mse::ChannelLayout::Cicp(configuration)) => json!({ "cicp": configuration }),
                Some(mse::ChannelLayout::Mask(mask)) => json!({ "mask": mask }),
                None => Value::Null,
            };
        }
        MediaDescription::Video(video) => {
            value["coded_size"] = json!([video.coded_width, video.coded_height]);
            value["pixel_aspect"] = json!([video.pixel_aspect.0, video.pixel_aspect.1]);
            value["display_size"] = json!([video.display_width, video.display_height]);
            value["rotation"] = video.rotation.into();
            value["mirrored"] = video.mirrored.into();
            value["dynamic_range"] = dynamic_range(video).into();
            value["colour"] = video.colour.map_or(Value::Null, |colour| {
                json!({
                    "primaries": colour.primaries,
                    "transfer": colour.transfer,
                    "matrix": colour.matrix,
                    "full_range": colour.full_range,
                })
            });
        }
        MediaDescription::Text(text) => value["dispatch_type"] = text.dispatch_type.as_str().into(),
    }
    value
}
