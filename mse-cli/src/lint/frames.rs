//! Rules that coded frames show, track by track.

use super::finding::{At, Findings};
use super::rule::{self, Rule};
use crate::reading::Reading;
use mse::{CodedFrame, DiscardPadding, InitSegment, MediaTime, Track, TrackKind};
use std::collections::BTreeMap;

/// Durations of a track that are told apart.
const DURATIONS: usize = 8;
/// Frames of a track before its durations say something.
const MANY: u64 = 30;
/// Least difference of decode times that is a gap or an overlap: rounding to milliseconds is none.
const SLACK: MediaTime = milliseconds(2);
/// Difference of the ends of tracks that players cope with.
const APART: MediaTime = milliseconds(500);

const fn milliseconds(milliseconds: i64) -> MediaTime {
    MediaTime::from_flicks(milliseconds * (MediaTime::TICKS_PER_SECOND / 1000))
}

/// Facts of a track so far.
struct Watched {
    track: Track,
    /// Decode time at which the next frame is due, where durations are told.
    due: Option<MediaTime>,
    /// Time from the decode time before the last frame's to the last.
    step: Option<MediaTime>,
    last_decode_time: Option<MediaTime>,
    /// Smallest and largest presentation times.
    start: Option<MediaTime>,
    end: MediaTime,
    frames: u64,
    /// Frames that lie before 0, and the first of them.
    hidden: u64,
    first_hidden: Option<MediaTime>,
    /// Whether no frame of the file, or of the segment that a `styp` begins, has come yet.
    is_file_start: bool,
    /// Whether no frame of the media segment has come yet.
    is_segment_start: bool,
    /// Frames and random access points of the media segment.
    in_segment: (u64, u64),
    /// Durations in ticks, and how many frames have each.
    durations: BTreeMap<i64, u64>,
}

/// The tracks of a source.
pub(super) struct Frames {
    tracks: Vec<Watched>,
    is_isobmff: bool,
    is_webm: bool,
    /// Offset of the media segment.
    segment: u64,
}

impl Frames {
    pub(super) fn new(format: &mse::ByteStreamFormat) -> Self {
        Self {
            tracks: Vec::new(),
            is_isobmff: format.mime_types.contains(&"video/mp4"),
            is_webm: format.mime_types.iter().any(|name| name.contains("webm") || name.contains("matroska")),
            segment: 0,
        }
    }

    /// Another file begins, or another segment in it.
    pub(super) fn begin_file(&mut self) {
        for track in &mut self.tracks {
            track.is_file_start = true;
        }
    }

    /// An initialization segment: the tracks stay, or something does not match.
    pub(super) fn initialize(&mut self, segment: &InitSegment, reading: &Reading, findings: &mut Findings) {
        let before = std::mem::take(&mut self.tracks);
        for track in &segment.tracks {
            self.tracks.push(Watched::new(track.clone()));
        }
        if before.is_empty() {
            return;
        }
        if let Some(difference) = difference(&before, &segment.tracks) {
            let place = reading.place();
            let at = At { offset: Some(place.offset), path: place.path, ..At::default() };
            findings.add(&rule::INIT_DOES_NOT_MATCH, at, difference);
        }
    }

    /// A media segment begins.
    pub(super) fn begin_segment(&mut self, reading: &Reading, findings: &mut Findings) {
        self.end_segment(findings);
        self.segment = reading.place().offset;
        for track in &mut self.tracks {
            track.is_segment_start = true;
        }
    }

    fn end_segment(&mut self, findings: &mut Findings) {
        for track in &mut self.tracks {
            let (frames, points) = std::mem::take(&mut track.in_segment);
            if self.is_webm && track.track.kind == TrackKind::Video && frames > 0 && points == 0 {
                let at = At {
                    offset: Some(self.segment),
                    path: "Segment/Cluster".to_owned(),
                    track: Some(track.track.id.0),
                    time: track.last_decode_time,
                };
                findings.add(&rule::CLUSTER_WITHOUT_KEY_FRAME, at, format!("{frames} frames"));
            }
        }
    }

    /// A frame.
    pub(super) fn frame(&mut self, frame: &CodedFrame, reading: &Reading, findings: &mut Findings) {
        let is_isobmff = self.is_isobmff;
        let Some(track) = self.tracks.iter_mut().find(|track| track.track.id == frame.track_id) else {
            return;
        };
        let mut found = |rule: &'static Rule, detail: String| {
            let place = reading.place();
            let at = At {
                offset: Some(place.offset),
                path: place.path,
                track: Some(frame.track_id.0),
                time: Some(frame.presentation_timestamp),
            };
            findings.add(rule, at, detail);
        };
        track.starts(frame, &mut found);
        track.decode_time(frame, &mut found);
        track.encryption(frame, &mut found);
        if is_isobmff && track.frames == 0 {
            track.priming(frame, &mut found);
        }
        track.note(frame);
    }

    /// The end of the source.
    pub(super) fn finish(&mut self, findings: &mut Findings) {
        self.end_segment(findings);
        for track in &self.tracks {
            track.hidden(findings);
            if self.is_isobmff {
                track.timescale(findings);
            }
        }
        self.ends(findings);
    }

    fn ends(&self, findings: &mut Findings) {
        let end = |kind| {
            let of_kind = self.tracks.iter().filter(|track| track.track.kind == kind && track.frames > 0);
            of_kind.max_by_key(|track| track.end)
        };
        let (Some(audio), Some(video)) = (end(TrackKind::Audio), end(TrackKind::Video)) else { return };
        let apart = if audio.end > video.end { audio.end - video.end } else { video.end - audio.end };
        if apart > APART {
            let shorter = if audio.end < video.end { audio } else { video };
            let at = At { track: Some(shorter.track.id.0), time: Some(shorter.end), ..At::default() };
            let detail = format!("sound ends at {} s, pictures at {} s", audio.end, video.end);
            findings.add(&rule::TRACKS_END_APART, at, detail);
        }
    }
}

/// Difference of a second initialization segment in what must stay.
fn difference(before: &[Watched], after: &[Track]) -> Option<String> {
    let count = |kind, tracks: &mut dyn Iterator<Item = TrackKind>| tracks.filter(|of| *of == kind).count();
    for kind in TrackKind::ALL {
        let had = count(kind, &mut before.iter().map(|track| track.track.kind));
        let has = count(kind, &mut after.iter().map(|track| track.kind));
        if had != has {
            return Some(format!("{kind} tracks: {had} before, {has} now"));
        }
    }
    for track in after {
        let same = before.iter().find(|other| other.track.kind == track.kind);
        let family = |track: &Track| {
            track.descriptions.first().and_then(|first| first.codec.split('.').next().map(str::to_owned))
        };
        let (had, has) = (same.and_then(|other| family(&other.track)), family(track));
        if had != has {
            let word = |codec: Option<String>| codec.unwrap_or_default();
            return Some(format!("{} track: {} before, {} now", track.kind, word(had), word(has)));
        }
    }
    None
}

impl Watched {
    fn new(track: Track) -> Self {
        Self {
            track,
            due: None,
            step: None,
            last_decode_time: None,
            start: None,
            end: MediaTime::ZERO,
            frames: 0,
            hidden: 0,
            first_hidden: None,
            is_file_start: true,
            is_segment_start: true,
            in_segment: (0, 0),
            durations: BTreeMap::new(),
        }
    }

    fn starts(&mut self, frame: &CodedFrame, found: &mut dyn FnMut(&'static Rule, String)) {
        if std::mem::take(&mut self.is_file_start) && !frame.is_random_access_point {
            found(&rule::NO_RANDOM_ACCESS_POINT_AT_START, "the first frame is none".to_owned());
        }
    }

    fn decode_time(&mut self, frame: &CodedFrame, found: &mut dyn FnMut(&'static Rule, String)) {
        let at = frame.decode_timestamp;
        let is_start = std::mem::take(&mut self.is_segment_start);
        let slack = MediaTime::from_ticks(2, self.track.timescale).unwrap_or(SLACK).max(SLACK);
        match (is_start, self.due, self.last_decode_time) {
            (true, Some(due), _) if at > due + slack => {
                let length = (at - due).to_seconds();
                found(&rule::DECODE_TIME_GAP, format!("{length} s: {due} s was due, {at} s comes"));
            }
            (true, Some(_), Some(last)) if at + slack < self.due_at_least(last) => {
                let due = self.due_at_least(last);
                let length = (due - at).to_seconds();
                found(&rule::DECODE_TIME_OVERLAP, format!("{length} s: {due} s was due, {at} s comes"));
            }
            (false, _, Some(last)) if at < last => {
                found(&rule::DECODE_TIME_GOES_BACK, format!("after {last} s comes {at} s"));
            }
            _ => {}
        }
    }

    /// Decode time before which no frame is due behind one at `last`. A picture may be shown longer
    /// than it is until the next one is decoded.
    fn due_at_least(&self, last: MediaTime) -> MediaTime {
        let due = self.due.unwrap_or(last);
        self.step.map_or(due, |step| due.min(last + step))
    }

    /// HEVC, AVC, VVC and AV1 have headers that must stay in the clear.
    fn encryption(&self, frame: &CodedFrame, found: &mut dyn FnMut(&'static Rule, String)) {
        const OF_UNITS: [&str; 9] = ["avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "vvc1", "vvi1", "av01"];
        let Some(encryption) = &frame.encryption else { return };
        let codec = self.track.descriptions.get(usize::from(frame.description));
        let has_units =
            codec.is_some_and(|description| OF_UNITS.iter().any(|name| description.codec.starts_with(name)));
        let size = u32::try_from(frame.data.len()).unwrap_or(u32::MAX);
        if has_units && encryption.subsamples_of(size).is_empty() {
            let key = encryption.key_id();
            found(&rule::SUBSAMPLES_MISSING, format!("{size} bytes encrypted with key {key}"));
        }
    }

    fn priming(&self, frame: &CodedFrame, found: &mut dyn FnMut(&'static Rule, String)) {
        let is_aac = |codec: &str| codec.starts_with("mp4a.40.") && codec != "mp4a.40.42";
        let starts_at_zero = frame.presentation_timestamp == MediaTime::ZERO;
        let is_told = frame.discard != DiscardPadding::NONE;
        if self.track.descriptions.first().is_some_and(|first| is_aac(&first.codec))
            && starts_at_zero
            && !is_told
        {
            found(
                &rule::PRIMING_NOT_SIGNALLED,
                "the first frame is shown from its first sample on".to_owned(),
            );
        }
    }

    fn note(&mut self, frame: &CodedFrame) {
        self.frames += 1;
        self.in_segment.0 += 1;
        self.in_segment.1 += u64::from(frame.is_random_access_point);
        let due = frame.decode_timestamp + frame.duration;
        self.due = (!frame.is_duration_estimated).then_some(due);
        self.step = self.last_decode_time.map(|last| frame.decode_timestamp - last).or(self.step);
        self.last_decode_time = Some(frame.decode_timestamp);
        let start = frame.presentation_timestamp;
        self.start = Some(self.start.map_or(start, |first| first.min(start)));
        self.end = self.end.max(frame.end_timestamp());
        if frame.is_decode_only() || frame.end_timestamp() <= MediaTime::ZERO {
            self.hidden += 1;
            self.first_hidden.get_or_insert(start);
        }
        let ticks =
            due.to_ticks(self.track.timescale) - frame.decode_timestamp.to_ticks(self.track.timescale);
        if self.durations.len() < DURATIONS || self.durations.contains_key(&ticks) {
            *self.durations.entry(ticks).or_default() += 1;
        }
    }

    /// Pictures before 0; of sound that is the encoder's delay.
    fn hidden(&self, findings: &mut Findings) {
        if self.hidden > 0 && self.track.kind == TrackKind::Video {
            let at = At { track: Some(self.track.id.0), time: self.first_hidden, ..At::default() };
            findings.add(&rule::EDIT_LIST_HIDES_FRAMES, at, format!("{} frames", self.hidden));
        }
    }

    /// Durations that alternate between two neighbouring numbers of ticks.
    fn timescale(&self, findings: &mut Findings) {
        if self.frames < MANY || self.track.kind == TrackKind::Text {
            return;
        }
        let mut by_count: Vec<(i64, u64)> =
            self.durations.iter().map(|(ticks, count)| (*ticks, *count)).collect();
        by_count.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let [(first, often), (second, seldom), ..] = by_count[..] else { return };
        let are_neighbours = (first - second).abs() == 1;
        if are_neighbours && (often + seldom) * 20 >= self.frames * 19 && seldom * 20 >= self.frames {
            let at = At { track: Some(self.track.id.0), ..At::default() };
            let detail = format!(
                "{often} frames of {first} ticks and {seldom} of {second}, {} ticks a second",
                self.track.timescale
            );
            findings.add(&rule::TIMESCALE_TOO_COARSE, at, detail);
        }
    }
}
