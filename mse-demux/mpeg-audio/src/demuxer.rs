//! From frame to frame (MPA-2): each is a media segment, and an initialization segment where its header needs another configuration than
//! the one before (MPA-3).
//!
//! ```text
//!   Between ── header ──► [InitSegment] ── Started ── frame complete ──► Ended ──► Between
//!      └── tag: passed over; anything else: searched for the next header, within a limit (MPA-10)
//! ```
//!
//! A header where a frame must begin is believed; one that was searched for must be followed by another. Neither depends on how the
//! bytes arrive (SPL-12).

use crate::error_code::{FREE_FORMAT, ICECAST_TOO_LONG, SYNC_LOST};
use crate::frame_header::FrameHeader;
use crate::gapless::{self, Gapless};
use crate::metadata::{self, Found};
use bytes::Bytes;
use mse_codecs::adts;
use mse_core::{
    CodedFrame, Demuxed, Demuxer, DiscardPadding, ErrorCode, FrameData, FrameRun, InitSegment, InputBuffer,
    Limits, MediaTime, ParseError, ResetReason, Track, TrackId, TrackKind,
};

pub(crate) const TRACK: TrackId = TrackId(1);

/// The demuxer behind [`FORMAT`](crate::FORMAT).
pub(crate) struct MpegAudioDemuxer {
    max_resync: u64,
    pub(crate) input: InputBuffer,
    state: State,
    /// Bytes of a tag that is passed over.
    skip: u64,
    /// Bytes that were neither frame nor tag since the last one that was.
    searched: u64,
    /// Of the last initialization segment.
    pub(crate) current: Option<FrameHeader>,
    /// Whether a frame may be a Xing, Info or VBRI frame: at the start and behind a tag.
    may_be_information: bool,
    pub(crate) gapless: Gapless,
    /// Samples decoded since the information frame, and samples that are presented since the initialization segment.
    pub(crate) decoded: u64,
    pub(crate) presented: u64,
    failed: Option<ParseError>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Between,
    /// A header was read, the media segment is due.
    Configured(FrameHeader),
    /// The media segment has begun.
    Started(FrameHeader),
    /// Its frame is out.
    Ended,
}

enum Step {
    Item(Demuxed),
    Progress,
    NeedMoreData,
}

impl MpegAudioDemuxer {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            max_resync: limits.max_resync,
            input: InputBuffer::new(),
            state: State::Between,
            skip: 0,
            searched: 0,
            current: None,
            may_be_information: true,
            gapless: Gapless::default(),
            decoded: 0,
            presented: 0,
            failed: None,
        }
    }
}

impl Demuxer for MpegAudioDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            // Three items a frame: they are returned from here, for an item that passes through a call is copied.
            let step = match self.state {
                State::Between => self.between(),
                State::Configured(header) => {
                    self.state = State::Started(header);
                    return Ok(Demuxed::MediaSegmentStart);
                }
                State::Started(header) => {
                    let Some(data) = self.payload(header) else { return Ok(Demuxed::NeedMoreData) };
                    self.state = State::Ended;
                    return Ok(Demuxed::Frame(self.coded_frame(header, data)));
                }
                State::Ended => {
                    self.state = State::Between;
                    return Ok(Demuxed::MediaSegmentEnd);
                }
            };
            match step {
                Ok(Step::Progress) => {}
                Ok(Step::Item(item)) => return Ok(item),
                Ok(Step::NeedMoreData) => return Ok(Demuxed::NeedMoreData),
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

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.state = State::Between;
        self.skip = 0;
        self.searched = 0;
        self.may_be_information = true;
        self.gapless = Gapless::default();
        self.decoded = 0;
        self.failed = None;
    }
}

impl MpegAudioDemuxer {
    fn between(&mut self) -> Result<Step, ParseError> {
        if self.skip > 0 {
            self.skip -= self.input.skip(usize::try_from(self.skip).unwrap_or(usize::MAX)) as u64;
            if self.skip > 0 {
                return Ok(Step::NeedMoreData);
            }
        }
        // The usual case first: a header where one must be.
        if self.input.front().first() == Some(&0xFF) {
            let Some(bytes) = self.input.peek::<{ adts::HEADER }>() else { return Ok(Step::NeedMoreData) };
            return match FrameHeader::parse(&bytes) {
                Some(header) => self.header(header),
                None => self.search(),
            };
        }
        self.tag()
    }

    #[inline]
    fn header(&mut self, header: FrameHeader) -> Result<Step, ParseError> {
        if header.size() == 0 {
            if self.searched > 0 {
                return self.search();
            }
            let detail = "free format: the header does not say how long the frame is";
            return Err(self.error(FREE_FORMAT, detail));
        }
        if self.searched > 0 {
            // Found by searching: believed if another follows.
            let after = self.input.position() + header.size() as u64;
            let Some(next) = self.input.peek_at::<{ adts::HEADER }>(after) else {
                return Ok(Step::NeedMoreData);
            };
            if !FrameHeader::parse(&next).is_some_and(|next| next.continues(&header)) {
                return self.search();
            }
        }
        self.searched = 0;
        if self.may_be_information {
            match self.information(header) {
                Some(Step::Progress) | None => {}
                Some(step) => return Ok(step),
            }
            if self.skip > 0 {
                return Ok(Step::Progress);
            }
        }
        if self.current.is_some_and(|current| current.continues(&header)) {
            self.state = State::Configured(header);
            return Ok(Step::Progress);
        }
        let mut payload = FrameData::default();
        if header.leaves_channels_to_frame() {
            let skip = header.header_size();
            match self.input.window(self.input.position() + skip as u64, header.size() - skip) {
                Some(frame) => payload = frame,
                None => return Ok(Step::NeedMoreData),
            }
        }
        self.state = State::Configured(header);
        self.current = Some(header);
        self.presented = 0;
        Ok(Step::Item(Demuxed::InitSegment(init_segment(header, &payload))))
    }

    /// MPA-9: a first frame that holds numbers is passed over.
    fn information(&mut self, header: FrameHeader) -> Option<Step> {
        let FrameHeader::Mpeg(mpeg) = header else {
            self.may_be_information = false;
            return None;
        };
        let Some(frame) = self.input.window(self.input.position(), header.size()) else {
            return Some(Step::NeedMoreData);
        };
        self.may_be_information = false;
        self.decoded = 0;
        self.gapless = Gapless::default();
        if let Some(gapless) = gapless::read(&mpeg, &frame) {
            self.gapless = gapless;
            self.skip = header.size() as u64;
        }
        Some(Step::Progress)
    }

    fn tag(&mut self) -> Result<Step, ParseError> {
        let length = metadata::HEAD.min(self.input.len());
        if length == 0 {
            return Ok(Step::NeedMoreData);
        }
        let head = self.input.window(self.input.position(), length).unwrap_or_default();
        match metadata::find(&head) {
            Found::Tag(size) => {
                self.skip = size;
                self.found_tag();
                Ok(Step::Progress)
            }
            Found::Icecast => self.icecast(),
            Found::Perhaps => Ok(Step::NeedMoreData),
            Found::Nothing => self.search(),
        }
    }

    fn icecast(&mut self) -> Result<Step, ParseError> {
        let length = metadata::MAX_ICECAST.min(self.input.len());
        let head = self.input.window(self.input.position(), length).unwrap_or_default();
        match metadata::icecast_end(&head) {
            Some(end) => {
                self.skip = end as u64;
                self.found_tag();
                Ok(Step::Progress)
            }
            None if length == metadata::MAX_ICECAST => {
                Err(self.error(ICECAST_TOO_LONG, "an Icecast header that does not end"))
            }
            None => Ok(Step::NeedMoreData),
        }
    }

    fn found_tag(&mut self) {
        self.searched = 0;
        self.may_be_information = true;
    }

    /// MPA-10: one byte on.
    fn search(&mut self) -> Result<Step, ParseError> {
        if self.searched >= self.max_resync {
            let detail = "neither a frame nor a tag as far as was searched";
            return Err(self.error(SYNC_LOST, detail));
        }
        self.input.skip(1);
        self.searched += 1;
        Ok(Step::Progress)
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

    /// Times count what is presented, and none come from tags (MPA-11); the timeline makes its own of the durations (MPA-1).
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
    fn error(&self, code: ErrorCode, detail: &str) -> ParseError {
        ParseError {
            code: code.code,
            row: code.row,
            offset: self.input.position(),
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
