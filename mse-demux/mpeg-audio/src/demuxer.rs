//! From frame to frame (MPA-2): each is a media segment, and an initialization segment where its
//! header needs another configuration than the one before (MPA-3).
//!
//! ```text
//!   Between ── header ──► [InitSegment] ── Started ── frame complete ──► Ended ──► Between
//!      └── tag: passed over; anything else: searched for the next header (MPA-10)
//! ```
//!
//! `between` decides which header is believed. That does not depend on how the bytes arrive
//! (SPL-12).

mod between;
mod tags;

use crate::frame_header::FrameHeader;
use crate::gapless::Gapless;
use crate::head::{Heads, Syntax};
use crate::search::Search;
use bytes::Bytes;
use mse_core::{
    Awaited, CodedFrame, Demuxed, Demuxer, DiscardPadding, ErrorCode, FrameData, FrameRun, InitSegment,
    InputBuffer, Limits, MediaTime, ParseError, Place, ResetReason, Track, TrackId, TrackKind,
};
use tags::Tag;

pub(crate) const TRACK: TrackId = TrackId(1);

/// The demuxer behind [`FORMAT`](crate::FORMAT) and [`AC3`](crate::AC3).
pub(crate) struct MpegAudioDemuxer {
    max_resync: u64,
    pub(crate) input: InputBuffer,
    state: State,
    heads: Heads,
    /// Whether a frame or a tag that was believed ends where the input stands, so that the next
    /// begins there.
    in_sync: bool,
    /// Whether a search ended here.
    is_believed: bool,
    search: Option<Search>,
    /// The tag that is passed over.
    tag: Option<Tag>,
    /// Header that the last initialization segment was made of.
    pub(crate) current: Option<FrameHeader>,
    pub(crate) gapless: Gapless,
    /// Samples decoded since the information frame, and samples that are presented since the
    /// initialization segment.
    pub(crate) decoded: u64,
    pub(crate) presented: u64,
    /// Start of the last frame.
    place: u64,
    failed: Option<ParseError>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Between,
    /// A header was read, the media segment is due.
    Configured(FrameHeader),
    /// The media segment has begun.
    Started(FrameHeader),
    /// The frame of the media segment is out.
    Ended,
}

enum Step {
    Item(Demuxed),
    Progress,
    NeedMoreData,
}

impl MpegAudioDemuxer {
    pub(crate) fn new(syntax: Syntax, limits: &Limits) -> Self {
        Self {
            max_resync: limits.max_resync,
            input: InputBuffer::new(),
            state: State::Between,
            heads: Heads::new(syntax),
            in_sync: false,
            is_believed: false,
            search: None,
            tag: None,
            current: None,
            gapless: Gapless::default(),
            decoded: 0,
            presented: 0,
            place: 0,
            failed: None,
        }
    }
}

impl Demuxer for MpegAudioDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.heads.is_last = false;
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            // Three items a frame: they are returned from here, for an item that passes through a
            // call is copied.
            let step = match self.state {
                State::Between => self.between(),
                State::Configured(header) => {
                    self.state = State::Started(header);
                    return Ok(Demuxed::MediaSegmentStart);
                }
                State::Started(header) => match self.payload(header) {
                    Some(data) => {
                        self.state = State::Ended;
                        return Ok(Demuxed::Frame(self.coded_frame(header, data)));
                    }
                    None => Ok(Step::NeedMoreData),
                },
                State::Ended => {
                    self.state = State::Between;
                    return Ok(Demuxed::MediaSegmentEnd);
                }
            };
            match step {
                Ok(Step::Progress) => {}
                Ok(Step::Item(item)) => return Ok(item),
                Ok(Step::NeedMoreData) => return Ok(self.at_end()),
                Err(error) => return Err(self.failed.insert(error).clone()),
            }
        }
    }

    fn poll_run(&mut self, run: &mut FrameRun) {
        // Behind a frame nothing was searched or found yet, and no tag came in between.
        if matches!(self.state, State::Ended) {
            self.take_run(run);
        }
    }

    fn flush(&mut self) {
        self.heads.is_last = true;
    }

    fn awaits(&self) -> Option<Awaited> {
        let (what, have, need) = match (&self.tag, self.state) {
            (Some(tag), _) => return Some(tag.awaited(self.input.position())),
            (None, State::Configured(header) | State::Started(header)) => {
                (header.name(), self.input.len() as u64, Some(header.size() as u64))
            }
            (None, _) if self.input.is_empty() || self.failed.is_some() => return None,
            (None, _) => {
                let offset = self.search.as_ref().map_or_else(|| self.input.position(), Search::from);
                let have = self.input.end() - offset;
                return Some(Awaited { what: "a frame".into(), offset, have, need: None });
            }
        };
        Some(Awaited { what: what.into(), offset: self.input.position(), have, need })
    }

    fn take_starved(&mut self) -> bool {
        self.input.take_starved()
    }

    fn place(&self) -> Option<Place> {
        let path = self.current.map_or("", |header| header.name());
        Some(Place { offset: self.place, path: path.to_owned() })
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.state = State::Between;
        self.heads = Heads::new(self.heads.syntax);
        self.in_sync = false;
        self.is_believed = false;
        self.search = None;
        self.tag = None;
        self.gapless = Gapless::default();
        self.decoded = 0;
        self.failed = None;
    }
}

impl MpegAudioDemuxer {
    /// Nothing more can be read. Whoever flushes hears of what was lost so far.
    #[cold]
    fn at_end(&mut self) -> Demuxed {
        if std::mem::take(&mut self.heads.is_last)
            && let Some(loss) = self.loss_so_far()
        {
            return loss;
        }
        Demuxed::NeedMoreData
    }

    /// The payload of a frame, once all of it is there.
    #[inline]
    fn payload(&mut self, header: FrameHeader) -> Option<FrameData> {
        let size = header.size();
        if self.input.len() < size {
            return None;
        }
        let skip = header.header_size();
        let data = self.input.window(self.input.position() + skip as u64, size - skip);
        self.input.skip(size);
        Some(data.unwrap_or_default())
    }

    /// Times count what is presented, and none come from tags (MPA-11); the timeline makes its own
    /// of the durations (MPA-1).
    #[inline(always)]
    fn coded_frame(&mut self, header: FrameHeader, data: FrameData) -> CodedFrame {
        let (samples, rate) = (u64::from(header.samples()), header.sample_rate());
        let (cut_start, cut_end) = self.gapless.cuts(self.decoded, samples);
        self.decoded += samples;
        let time = |samples: u64| {
            i64::try_from(samples)
                .ok()
                .and_then(|ticks| MediaTime::from_ticks(ticks, rate))
                .unwrap_or_default()
        };
        let start = time(self.presented);
        self.presented += samples - cut_start - cut_end;
        let discard = match (cut_start, cut_end) {
            (0, 0) => DiscardPadding::NONE,
            _ => DiscardPadding { start: time(cut_start), end: time(cut_end) },
        };
        CodedFrame {
            track_id: TRACK,
            description: 0,
            is_random_access_point: true,
            presentation_timestamp: start,
            decode_timestamp: start,
            duration: time(self.presented) - start,
            is_duration_estimated: false,
            discard,
            data,
            encryption: None,
            side_data: None,
        }
    }

    #[cold]
    fn error(&self, code: ErrorCode, offset: u64, detail: &str) -> ParseError {
        ParseError {
            code: code.code,
            row: code.row,
            offset,
            path: String::new(),
            track: None,
            detail: detail.to_owned(),
        }
    }
}

/// TRK-9, DIS-22: one track without attributes.
fn init_segment(header: FrameHeader, payload: &[u8]) -> InitSegment {
    let track = Track {
        id: TRACK,
        kind: TrackKind::Audio,
        timescale: header.sample_rate(),
        language: String::new(),
        label: String::new(),
        kinds: Vec::new(),
        descriptions: vec![header.description(payload)],
    };
    InitSegment { tracks: vec![track], ..InitSegment::default() }
}
