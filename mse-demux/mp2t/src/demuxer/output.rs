//! What a program becomes: an initialization segment once the configuration of each track is known (TS-23), frames, and events.

use super::Mp2tDemuxer;
use crate::elementary::Unit;
use crate::timestamp::time;
use bytes::Bytes;
use mse_core::{CodedFrame, Demuxed, InbandEvent, InitSegment, Track, TrackDescription, TrackId, TrackKind};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::num::NonZeroU32;

/// The scheme of an event for a packet of timed ID3; its data is the tag.
pub const ID3_SCHEME: &str = "https://aomedia.org/emsg/ID3";

/// The scheme of an event for the CEA-608 and CEA-708 captions of a picture; its data is the `cc_data()` of ATSC A/53 part 4, in which
/// both stand. Pictures come in decode order, and so do their captions.
pub const CAPTIONS_SCHEME: &str = "urn:atsc:a53:part4:cc_data";

const TIMESCALE: NonZeroU32 = NonZeroU32::new(90_000).unwrap();
/// Frames that wait for the configuration of a track that does not come: then it is left out.
const MAX_WAITING: usize = 600;

impl Mp2tDemuxer {
    pub(super) fn send(&mut self, id: TrackId, units: &mut VecDeque<Unit>) {
        for unit in units.drain(..) {
            match unit {
                Unit::Description(description) => self.describe(id, description),
                Unit::Frame(frame) => self.send_frame(frame),
                Unit::Captions(pts, data) => {
                    self.out.push_back(Demuxed::InbandEvent(event(CAPTIONS_SCHEME, id, pts, data)));
                }
            }
        }
    }

    /// A configuration was found, for the first time or another.
    fn describe(&mut self, id: TrackId, description: TrackDescription) {
        self.descriptions.insert(id, description);
        let tracks = self.streams.iter().filter(|stream| stream.kind().is_some()).count();
        if self.initialized || self.descriptions.len() == tracks {
            self.initialize();
        }
    }

    pub(super) fn initialize(&mut self) {
        if std::mem::take(&mut self.in_segment) {
            self.out.push_back(Demuxed::MediaSegmentEnd);
        }
        let init = self.init_segment();
        self.out.push_back(Demuxed::InitSegment(init));
        self.initialized = true;
        for frame in std::mem::take(&mut self.waiting) {
            self.send_frame(frame);
        }
    }

    fn send_frame(&mut self, frame: CodedFrame) {
        if !self.initialized {
            self.waiting.push(frame);
            if self.waiting.len() > MAX_WAITING {
                self.initialize();
            }
            return;
        }
        // Of a track that was left out of the initialization segment.
        if !self.descriptions.contains_key(&frame.track_id) {
            return;
        }
        if !std::mem::replace(&mut self.in_segment, true) {
            self.out.push_back(Demuxed::MediaSegmentStart);
        }
        self.out.push_back(Demuxed::Frame(frame));
    }

    /// TS-8, TRK-8
    fn init_segment(&self) -> InitSegment {
        let mut tracks: Vec<Track> = Vec::new();
        for stream in &self.streams {
            let id = TrackId(stream.stream.pid.into());
            let (Some(kind), Some(description)) = (stream.kind(), self.descriptions.get(&id)) else {
                continue;
            };
            let (language, audio_type) = stream.stream.language();
            let is_first = !tracks.iter().any(|track| track.kind == kind);
            let html_kind = match (is_first, audio_type) {
                (true, 0 | 1) => "main",
                (false, 0 | 1) => "translation",
                _ => "",
            };
            tracks.push(Track {
                id,
                kind,
                timescale: TIMESCALE,
                language: if kind == TrackKind::Audio { language } else { String::new() },
                label: String::new(),
                kinds: vec![html_kind.to_owned()],
                descriptions: vec![description.clone()],
            });
        }
        InitSegment { tracks, ..InitSegment::default() }
    }
}

pub(super) fn event(scheme: &'static str, track: TrackId, pts: i64, data: Bytes) -> InbandEvent {
    InbandEvent {
        scheme_id_uri: Cow::Borrowed(scheme),
        value: Cow::Borrowed(""),
        id: 0,
        track_id: Some(track),
        presentation_time: Some(time(pts)),
        duration: None,
        data,
    }
}
