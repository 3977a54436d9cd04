//! Output of a program: an initialization segment once the configuration of each track is known
//! (TS-23), frames, events and losses.

use super::{Fault, Mp2tDemuxer, Origin};
use crate::elementary::{Elementary, Unit};
use crate::error_code::{ELEMENTARY_UNSUPPORTED, LEFT_OUT, SCRAMBLED};
use crate::losses::Place;
use crate::timestamp::time;
use bytes::Bytes;
use mse_core::{
    CodedFrame, Demuxed, InbandEvent, InitSegment, LeftOutTrack, Track, TrackDescription, TrackId, TrackKind,
};
use std::borrow::Cow;
use std::num::NonZeroU32;

/// The scheme of an event for a packet of timed ID3; its data is the tag.
pub const ID3_SCHEME: &str = "https://aomedia.org/emsg/ID3";

/// The scheme of an event for the CEA-608 and CEA-708 captions of a picture; its data is the
/// `cc_data()` of ATSC A/53 part 4, in which both stand. Pictures come in decode order, and so do
/// their captions.
pub const CAPTIONS_SCHEME: &str = "urn:atsc:a53:part4:cc_data";

const TIMESCALE: NonZeroU32 = NonZeroU32::new(90_000).unwrap();
/// Frames that wait for the configuration of a track that does not come: then it is left out.
const MAX_WAITING: usize = 600;
/// Seconds of frames that wait for it.
const LONGEST_WAIT: f64 = 10.0;

impl Mp2tDemuxer {
    /// Sends what came of a stream.
    pub(super) fn send(&mut self, index: usize) -> Result<(), Fault> {
        let Some(stream) = self.streams.get(index) else { return Ok(()) };
        let (pid, id) = (stream.stream.pid, stream.id());
        let mut units = std::mem::take(&mut self.units);
        for unit in units.drain(..) {
            let at = |offset| Origin { place: Place::Pes, pid, offset };
            match unit {
                Unit::Description(description) => self.describe(id, description),
                Unit::Frame(frame, offset) => {
                    self.timeline.note_end(frame.decode_timestamp + frame.duration);
                    self.send_or_hold(frame, at(offset));
                }
                Unit::Captions(pts, data, offset) => {
                    self.send_event(CAPTIONS_SCHEME, id, Some(pts), data, at(offset));
                }
                Unit::Id3(pts, data, offset) => self.send_event(ID3_SCHEME, id, pts, data, at(offset)),
                Unit::Lost { code, bytes, offset } => self.lose(pid, Place::Pes, code, offset, bytes as u64),
            }
        }
        self.units = units;
        self.check_unsupported()
    }

    fn send_event(
        &mut self,
        scheme: &'static str,
        id: TrackId,
        pts: Option<i64>,
        data: Bytes,
        origin: Origin,
    ) {
        self.out.push_back((Demuxed::InbandEvent(event(scheme, id, pts, data)), origin));
    }

    /// A configuration was found, for the first time or another.
    fn describe(&mut self, id: TrackId, description: TrackDescription) {
        self.descriptions.insert(id, description);
        let announced = self.announced.iter().find(|track| track.id == id);
        let is_known =
            announced.is_some_and(|track| self.descriptions.get(&id) == track.descriptions.first());
        let needs_nothing = self.initialized && (is_known || announced.is_none());
        if !needs_nothing {
            self.initialize(false);
        }
    }

    /// The program changed: tracks that were told go on in it, or in streams that stand for them.
    pub(super) fn restart_tracks(&mut self) -> Result<(), Fault> {
        let goes_on = |track: &Track| self.streams.iter().any(|stream| stands_for(stream, track));
        self.initialized = !self.announced.is_empty() && self.announced.iter().all(goes_on);
        let waiting = std::mem::take(&mut self.waiting);
        for (frame, origin) in waiting {
            if self.streams.iter().any(|stream| stream.id() == frame.track_id) {
                self.waiting.push((frame, origin));
            } else {
                self.lose(origin.pid, Place::Pes, LEFT_OUT, origin.offset, frame.data.len() as u64);
            }
        }
        if !self.announced.is_empty() && !self.initialized {
            self.initialize(false);
        }
        self.check_unsupported()
    }

    /// Makes an initialization segment if all of its tracks are known, or `must` be.
    pub(super) fn initialize(&mut self, must: bool) {
        let Some(streams) = self.tracks(must) else { return };
        self.initialized = true;
        if streams != self.announced {
            if std::mem::take(&mut self.in_segment) {
                self.out.push_back((Demuxed::MediaSegmentEnd, self.at_tables()));
            }
            let left_out = self.left_out(&streams);
            self.announced.clone_from(&streams);
            let init = InitSegment { tracks: streams, left_out, ..InitSegment::default() };
            self.out.push_back((Demuxed::InitSegment(init), self.at_tables()));
        }
        for (frame, origin) in std::mem::take(&mut self.waiting) {
            self.send_frame(frame, origin);
        }
    }

    /// The tables were the beginning of what is initialized.
    fn at_tables(&self) -> Origin {
        Origin { place: Place::Packet, pid: 0, offset: self.tables_at }
    }

    pub(super) fn send_frame(&mut self, frame: CodedFrame, origin: Origin) {
        if !self.initialized {
            let first =
                self.waiting.first().map_or(frame.decode_timestamp, |(first, _)| first.decode_timestamp);
            let span = (frame.decode_timestamp - first).to_seconds().abs();
            self.waiting.push((frame, origin));
            if self.waiting.len() > MAX_WAITING || span > LONGEST_WAIT {
                self.initialize(true);
            }
            return;
        }
        // Of a track that was left out of the initialization segment.
        if !self.announced.iter().any(|track| track.id == frame.track_id) {
            self.lose(origin.pid, Place::Pes, LEFT_OUT, origin.offset, frame.data.len() as u64);
            return;
        }
        if let Some(loss) = self.losses.end(origin.pid) {
            let origin = Origin { offset: loss.offset, ..origin };
            self.out.push_back((Demuxed::Lost(loss), origin));
        }
        if !std::mem::replace(&mut self.in_segment, true) {
            self.out.push_back((Demuxed::MediaSegmentStart, origin));
        }
        self.out.push_back((Demuxed::Frame(frame), origin));
    }

    /// Streams that may become tracks.
    fn candidates(&self) -> impl Iterator<Item = &Elementary> {
        let can = |stream: &&Elementary| {
            stream.kind().is_some() && !stream.is_unsupported() && !stream.is_scrambled(false)
        };
        self.streams.iter().filter(can)
    }

    /// The tracks of the initialization segment; `None` while one of them is not known, but for
    /// those that `must` do without.
    fn tracks(&self, must: bool) -> Option<Vec<Track>> {
        if self.announced.is_empty() { self.first_tracks(must) } else { self.next_tracks(must) }
    }

    /// All that are there. Those that the MIME type declares are waited for, even if a later PMT
    /// brings them.
    fn first_tracks(&self, must: bool) -> Option<Vec<Track>> {
        let known = |stream: &Elementary| self.descriptions.contains_key(&stream.id());
        let has = |kind: &TrackKind| self.candidates().any(|stream| stream.kind() == Some(*kind));
        let are_all_known = self.candidates().all(known) && self.declared.iter().all(has);
        if !must && !are_all_known {
            return None;
        }
        let mut tracks: Vec<Track> = Vec::new();
        for stream in self.candidates() {
            let Some(description) = self.descriptions.get(&stream.id()) else { continue };
            let is_first = !tracks.iter().any(|track| Some(track.kind) == stream.kind());
            tracks.extend(track(stream, description, is_first));
        }
        (!tracks.is_empty()).then_some(tracks)
    }

    /// As many of each kind as were told before (ISR-3); one that nothing stands for any more stays
    /// as it was.
    fn next_tracks(&self, must: bool) -> Option<Vec<Track>> {
        let mut tracks: Vec<Track> = Vec::new();
        let mut used: Vec<TrackId> = self.announced.iter().map(|track| track.id).collect();
        for before in &self.announced {
            let same = self.candidates().find(|stream| stands_for(stream, before));
            let other = || {
                self.candidates()
                    .find(|stream| stream.kind() == Some(before.kind) && !used.contains(&stream.id()))
            };
            let found = same.or_else(other);
            used.extend(found.map(Elementary::id));
            let description = found.and_then(|stream| self.descriptions.get(&stream.id()));
            let is_first = !tracks.iter().any(|track| track.kind == before.kind);
            match (found, description) {
                (Some(stream), Some(description)) => tracks.extend(track(stream, description, is_first)),
                (Some(_), None) if !must => return None,
                _ => tracks.push(before.clone()),
            }
        }
        Some(tracks)
    }

    /// Streams of the program that are not among the tracks, and programs that are not played
    /// (TS-5, TS-7).
    fn left_out(&self, tracks: &[Track]) -> Vec<LeftOutTrack> {
        let program = self.program.as_ref().map_or(&[][..], |program| &program.streams);
        let mut list = Vec::new();
        for stream in program {
            let found = self.streams.iter().find(|known| known.stream == *stream);
            let is_track = tracks.iter().any(|track| track.id == TrackId(stream.pid.into()));
            let reason = match found {
                _ if is_track => continue,
                None => "streams of this type are not read",
                Some(found) if found.kind().is_none() => continue,
                Some(found) if found.is_unsupported() => "its sound is in a form that is not read",
                Some(found) if found.is_scrambled(true) => "it is scrambled",
                Some(found) if self.descriptions.contains_key(&found.id()) => {
                    "it came after the tracks were told"
                }
                Some(_) => "no configuration of it has come",
            };
            let (number, format) = (stream.pid.into(), stream.format());
            list.push(LeftOutTrack { number, format, path: "PMT".to_owned(), reason: Cow::Borrowed(reason) });
        }
        list.extend(self.tables.others().map(|program| LeftOutTrack {
            number: program.pid.into(),
            format: format!("program {}", program.number),
            path: "PAT".to_owned(),
            reason: Cow::Borrowed("another program is played"),
        }));
        list
    }

    /// A program of nothing but sound in forms that are not read is an error (TS-22).
    fn check_unsupported(&self) -> Result<(), Fault> {
        if !self.announced.is_empty() {
            return Ok(());
        }
        let mut media = self.streams.iter().filter(|stream| stream.kind().is_some()).peekable();
        let Some(first) = media.peek().map(|stream| stream.stream.pid) else { return Ok(()) };
        if media.all(Elementary::is_unsupported) {
            Err(Fault::of_pes(ELEMENTARY_UNSUPPORTED, first))
        } else {
            Ok(())
        }
    }

    /// So is one of which all is scrambled (TS-19).
    pub(super) fn check_scrambled(&mut self, counts_few: bool) -> Result<(), Fault> {
        let mut media = self.streams.iter().filter(|stream| stream.kind().is_some()).peekable();
        let Some(first) = media.peek().map(|stream| stream.stream.pid) else { return Ok(()) };
        if self.announced.is_empty() && media.all(|stream| stream.is_scrambled(counts_few)) {
            return Err(Fault::of_pes(SCRAMBLED, first));
        }
        if !self.initialized {
            self.initialize(false);
        }
        Ok(())
    }
}

/// Whether a track goes on in this stream.
fn stands_for(stream: &Elementary, track: &Track) -> bool {
    stream.id() == track.id && stream.kind() == Some(track.kind)
}

/// TS-8, TRK-8
fn track(stream: &Elementary, description: &TrackDescription, is_first: bool) -> Option<Track> {
    let kind = stream.kind()?;
    let (language, audio_type) = stream.stream.language();
    let html_kind = match (is_first, audio_type) {
        (true, 0 | 1) => "main",
        (false, 0 | 1) => "translation",
        _ => "",
    };
    Some(Track {
        id: stream.id(),
        kind,
        timescale: TIMESCALE,
        language: if kind == TrackKind::Audio { language } else { String::new() },
        label: String::new(),
        kinds: vec![html_kind.to_owned()],
        descriptions: vec![description.clone()],
    })
}

fn event(scheme: &'static str, track: TrackId, pts: Option<i64>, data: Bytes) -> InbandEvent {
    InbandEvent {
        scheme_id_uri: Cow::Borrowed(scheme),
        value: Cow::Borrowed(""),
        id: 0,
        track_id: Some(track),
        presentation_time: pts.map(time),
        duration: None,
        data,
    }
}
