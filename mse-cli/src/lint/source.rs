//! A source: an initialization segment with what continues it, read once for all rules.

use super::boxes::Boxes;
use super::codes;
use super::finding::{At, Finding, Findings};
use super::frames::Frames;
use super::packets::Packets;
use super::rule;
use crate::input::Input;
use crate::reading::{Item, Reading};
use crate::resource::Resource;
use crate::trial::{self, Stream};
use anyhow::Result;
use mse::mime::Codecs;
use mse::{CodedFrame, Demuxed, InitSegment, MediaTime, MimeType, Preset, TrackKind};

/// Browsers whose behaviour is tried.
const PRESETS: [Preset; 3] = [Preset::Chromium, Preset::Firefox, Preset::Safari];
/// Random access points of a source that are remembered: those of a day, one a second.
const POINTS: usize = 86_400;

pub(super) struct Source {
    index: usize,
    pub(super) files: Vec<Resource>,
    reading: Reading,
    boxes: Option<Boxes>,
    packets: Option<Packets>,
    frames: Frames,
    tracks: InitSegment,
    mime_type: Option<MimeType>,
    /// Random access points of the first video track that has other frames too.
    pub(super) points: Vec<MediaTime>,
    /// End of that track.
    pub(super) end: MediaTime,
}

impl Source {
    pub(super) fn new(index: usize, input: &Input, mime_type: Option<&str>) -> Result<Self> {
        let reading = Reading::new(input)?;
        let has = |name: &str| reading.format().mime_types.contains(&name);
        let mime_type = mime_type
            .map(|text| MimeType::parse(text).ok_or_else(|| anyhow::anyhow!("{text:?} is not a MIME type")));
        Ok(Self {
            index,
            files: Vec::new(),
            boxes: has("video/mp4").then(Boxes::new),
            packets: has("video/mp2t").then(Packets::default),
            frames: Frames::new(reading.format()),
            tracks: InitSegment::default(),
            mime_type: mime_type.transpose()?,
            points: Vec::new(),
            end: MediaTime::ZERO,
            reading,
        })
    }

    /// Reads a file to its end.
    pub(super) fn read(&mut self, file: &Resource, input: &mut Input, findings: &mut Findings) -> Result<()> {
        self.files.push(file.clone());
        findings.enter(self.index, &file.to_string());
        // Offsets of boxes count from the start of each file.
        if self.boxes.is_some() {
            self.boxes = Some(Boxes::new());
        }
        if self.packets.is_some() {
            self.packets = Some(Packets::default());
        }
        self.frames.begin_file();
        let Self { reading, boxes, packets, frames, tracks, mime_type, points, end, .. } = self;
        let mut looks = Looks { boxes, packets, frames, tracks, mime_type, points, end };
        reading.read(input, &mut |reading, item| {
            looks.item(reading, item, findings);
            Ok(())
        })
    }

    /// The end of the stream.
    pub(super) fn finish(&mut self, findings: &mut Findings) -> Result<()> {
        let last = self.files.last().map(ToString::to_string).unwrap_or_default();
        findings.enter(self.index, &last);
        let Self { reading, boxes, packets, frames, tracks, mime_type, points, end, .. } = self;
        let mut looks = Looks { boxes, packets, frames, tracks, mime_type, points, end };
        reading.finish(&mut |reading, item| {
            looks.item(reading, item, findings);
            Ok(())
        })?;
        self.frames.finish(findings);
        Ok(())
    }

    /// Tries the source under the presets of the browsers, and writes what happens to its findings.
    pub(super) fn try_presets(&self, findings: &mut [Finding]) {
        if !findings.iter().any(|finding| finding.source == self.index) {
            return;
        }
        let codecs: Vec<&str> = self
            .tracks
            .tracks
            .iter()
            .filter_map(|track| track.descriptions.first().map(|first| first.codec.as_str()))
            .collect();
        let has_video =
            codecs.is_empty() || self.tracks.tracks.iter().any(|track| track.kind == TrackKind::Video);
        let format = *self.reading.format();
        let mime_type = trial::mime_type(&format, has_video, &codecs);
        for preset in PRESETS {
            let try_files = |files: &[Resource]| {
                let (files, mime_type) = (files.to_vec(), mime_type.clone());
                trial::run(preset, &[Stream { files, format, mime_type, from: None }])
            };
            let whole = try_files(&self.files);
            for finding in findings.iter_mut().filter(|finding| finding.source == self.index) {
                let alone = self.alone(finding).map(|files| try_files(&files));
                let outcome = alone.as_ref().unwrap_or(&whole);
                finding.outcomes.push((preset, outcome.at(finding.track, finding.time)));
            }
        }
    }

    /// The files that show what a finding does: a segment without a random access point at its
    /// start harms where the one before it was not appended.
    fn alone(&self, finding: &Finding) -> Option<[Resource; 2]> {
        let first = self.files.first()?;
        let file = self.files.iter().skip(1).find(|file| file.to_string() == finding.file)?;
        let harms_alone = finding.rule.id == rule::NO_RANDOM_ACCESS_POINT_AT_START.id;
        harms_alone.then(|| [first.clone(), file.clone()])
    }
}

/// Everything that looks at the items of a stream.
struct Looks<'a> {
    boxes: &'a mut Option<Boxes>,
    packets: &'a mut Option<Packets>,
    frames: &'a mut Frames,
    tracks: &'a mut InitSegment,
    mime_type: &'a Option<MimeType>,
    points: &'a mut Vec<MediaTime>,
    end: &'a mut MediaTime,
}

impl Looks<'_> {
    fn item(&mut self, reading: &Reading, item: Item, findings: &mut Findings) {
        match item {
            Item::Piece(bytes) => {
                if let Some(boxes) = self.boxes {
                    boxes.push(&bytes, findings);
                }
                if let Some(packets) = self.packets {
                    packets.push(&bytes, findings);
                }
            }
            Item::Found(Demuxed::InitSegment(segment)) => self.initialize(segment, reading, findings),
            Item::Found(Demuxed::MediaSegmentStart) => {
                self.frames.begin_segment(reading, findings);
                let is_announced = |start: &u64| *start <= reading.place().offset;
                if let Some(boxes) = self.boxes
                    && boxes.starts.front().is_some_and(is_announced)
                {
                    boxes.starts.pop_front();
                    self.frames.begin_file();
                }
            }
            Item::Found(Demuxed::Frame(frame)) => {
                self.frames.frame(&frame, reading, findings);
                self.point(&frame);
            }
            Item::Found(Demuxed::Lost(loss)) => codes::lost(&loss, reading.base(), findings),
            Item::Note(note) => codes::noted(&note, findings),
            Item::Awaited(awaited) => codes::ends_inside(&awaited, findings),
            Item::Failed(error) => codes::failed(&error, findings),
            Item::Found(_) => {}
        }
    }

    fn initialize(&mut self, segment: InitSegment, reading: &Reading, findings: &mut Findings) {
        self.frames.initialize(&segment, reading, findings);
        for track in &segment.left_out {
            codes::left_out(track, findings);
        }
        if let Some(Codecs::Listed(_)) = self.mime_type.as_ref().map(MimeType::codecs) {
            self.codecs(&segment, findings);
        }
        *self.tracks = segment;
    }

    /// Holds the codecs of the MIME type against those found.
    fn codecs(&self, segment: &InitSegment, findings: &mut Findings) {
        let Some(Codecs::Listed(declared)) = self.mime_type.as_ref().map(MimeType::codecs) else { return };
        let declared: Vec<String> = declared
            .iter()
            .map(|codec| codec.as_ref().map_or_else(|text| (*text).clone(), ToString::to_string))
            .collect();
        for track in &segment.tracks {
            let Some(found) = track.descriptions.first().map(|first| first.codec.clone()) else { continue };
            if !declared.iter().any(|codec| codec.eq_ignore_ascii_case(&found)) {
                let at = At { track: Some(track.id.0), ..At::default() };
                let detail = format!("{} is declared, the media has {found}", declared.join(", "));
                findings.add(&rule::CODECS_DO_NOT_MATCH, at, detail);
            }
        }
    }

    fn point(&mut self, frame: &CodedFrame) {
        let video = self.tracks.tracks.iter().find(|track| track.kind == TrackKind::Video);
        if video.is_some_and(|track| track.id == frame.track_id) {
            *self.end = frame.end_timestamp().max(*self.end);
            if frame.is_random_access_point && self.points.len() < POINTS {
                self.points.push(frame.presentation_timestamp);
            }
        }
    }
}
