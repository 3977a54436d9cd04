//! The top level of the stream: which box comes, and how much of it has arrived.
//!
//! ```text
//!                 ┌────────────── any other box: passed over as it arrives ─────────────┐
//!                 ▼                                                                     │
//!   ┌──────► BoxHeader ── moov, moof ──► Whole ── parsed ──► BoxHeader                   │
//!   │             └────── mdat, others ─────────────────────────────────► Payload ──────┘
//!   └── reset
//! ```
//!
//! Beside this runs the media segment (`Segment`): frames leave as soon as their bytes are there, so they are asked for before
//! any step of the box machine. No step looks at how much has arrived but to wait; so what comes out, and in which order, is the
//! same for every split of the bytes (SPL-12).

use crate::boxes::{FourCc, HEADER, IsoBox, LARGE_HEADER, is_box_type};
use crate::cursor::Sample;
use crate::error_code::{
    BOX_SIZE, BOX_SIZE_OVERFLOW, BOX_SIZE_ZERO, BOX_TYPE, HEADER_TOO_LARGE, INIT_MISSING, MDAT_BEFORE_MOOV,
    MOOF_MISSING, PROGRESSIVE_INTERRUPTED, SAMPLE_OUTSIDE_MDAT, SAMPLE_PASSED, SAMPLES_MISSING,
};
use crate::fault::{Fault, Result, named};
use crate::fragment::Fragment;
use crate::inband_event::{self, Parsed};
use crate::init::{mvex_missing, parse_moov, protection_headers};
use crate::movie::Movie;
use crate::progressive::Progressive;
use bytes::Bytes;
use mse_core::{
    CodedFrame, Demuxed, Demuxer, ErrorCode, FrameData, FrameRun, InbandEvent, InitData, InitSegment,
    InputBuffer, Limits, MediaTime, ParseError, ResetReason,
};
use std::collections::VecDeque;
use std::ops::Range;

/// The demuxer behind [`FORMAT`](crate::FORMAT).
pub(crate) struct IsoBmffDemuxer {
    limits: Limits,
    takes_files: bool,
    /// Where the last `ftyp` begins, or what came first after a reset.
    file_start: u64,
    file: File,
    pub(crate) input: InputBuffer,
    /// Where the box machine stands. The input begins here, or before if samples are waiting there.
    cursor: u64,
    state: State,
    /// Where the last box whose header was read ends.
    frontier: u64,
    segment: Segment,
    pub(crate) fragment: Fragment,
    /// The payloads of the segment's `mdat` boxes that may still be needed.
    pub(crate) media_data: VecDeque<Range<u64>>,
    /// From the last initialization segment.
    pub(crate) movie: Option<Movie>,
    /// Of the current `moof`, on their way out.
    init_data: VecDeque<InitData>,
    /// Events that count from the start of a segment whose `moof` has not come.
    relative_events: VecDeque<InbandEvent>,
    /// The earliest decode time of the current `moof`.
    segment_start: Option<MediaTime>,
    failed: Option<ParseError>,
}

/// Events that wait for their segment: more are let go without a time.
const MAX_RELATIVE_EVENTS: usize = 16;

#[derive(Clone, Copy, Debug)]
enum State {
    /// At the header of a box.
    BoxHeader,
    /// At a `moov`, `moof` or event that must be held whole.
    Whole { kind: FourCc, end: u64 },
    /// In a box that is passed over, or whose bytes are for the samples.
    Payload { end: u64 },
}

/// The media segment that is being parsed (ISO-11, ISO-23).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Segment {
    /// None.
    Waiting,
    /// A `styp` or the start of a `moof` was seen.
    Started,
    /// The `moof` is parsed, samples are awaited.
    Fragment,
    /// The same, after a first `mdat`: a fragment without samples ends with it.
    MediaData,
    /// In the media data of a file that is not fragmented.
    File,
}

/// A file that is not fragmented.
#[derive(Debug)]
enum File {
    /// The last initialization segment was of fragments.
    None,
    /// Its samples are being read.
    Reading(Progressive),
    /// It was interrupted by a reset, or its samples are all out.
    Interrupted,
    Over,
}

enum Step {
    Item(Demuxed),
    Progress,
    NeedMoreData,
}

impl IsoBmffDemuxer {
    /// `takes_files`: also files that are not fragmented, which the byte stream format forbids (ISO-5, ISO-6).
    pub(crate) fn new(limits: &Limits, takes_files: bool) -> Self {
        Self {
            takes_files,
            file_start: 0,
            file: File::None,
            // Places within a header are held in 32 bits, positions of tracks and sample entries in 16.
            limits: Limits {
                max_header_size: limits.max_header_size.min(1 << 30),
                max_tracks: limits.max_tracks.min(1 << 16),
                max_sample_entries: limits.max_sample_entries.min(1 << 16),
                ..limits.clone()
            },
            input: InputBuffer::new(),
            cursor: 0,
            state: State::BoxHeader,
            frontier: 0,
            segment: Segment::Waiting,
            fragment: Fragment::default(),
            media_data: VecDeque::new(),
            movie: None,
            init_data: VecDeque::new(),
            relative_events: VecDeque::new(),
            segment_start: None,
            failed: None,
        }
    }
}

impl Demuxer for IsoBmffDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            if let Some(item) = self.before_frames() {
                return Ok(item);
            }
            if self.segment == Segment::File {
                match self.next_of_file() {
                    Ok(Some(frame)) => return Ok(Demuxed::Frame(frame)),
                    Ok(None) => {}
                    Err(fault) => return Err(self.fail(fault)),
                }
            }
            // A frame is written where the caller wants it, and nowhere before.
            match self.next_data() {
                Ok(Some(data)) => {
                    if let Some(frame) = self.fragment.take(data) {
                        return Ok(Demuxed::Frame(frame));
                    }
                }
                Ok(None) => {}
                Err(fault) => return Err(self.fail(fault)),
            }
            match self.step() {
                Ok(Step::Progress) => {}
                Ok(Step::Item(item)) => return Ok(item),
                Ok(Step::NeedMoreData) => return Ok(Demuxed::NeedMoreData),
                Err(fault) => return Err(self.fail(fault)),
            }
        }
    }

    fn poll_run(&mut self, run: &mut FrameRun) {
        if self.failed.is_none()
            && let Err(fault) = self.take_run(run)
        {
            // Said at the next poll: the frames before it come first.
            self.fail(fault);
        }
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.cursor = self.input.position();
        self.state = State::BoxHeader;
        self.frontier = self.cursor;
        self.file_start = self.cursor;
        if matches!(self.file, File::Reading(_)) {
            self.file = File::Interrupted;
        }
        self.end_segment();
        self.init_data.clear();
        self.relative_events.clear();
        self.failed = None;
    }
}

impl IsoBmffDemuxer {
    #[cold]
    fn fail(&mut self, fault: Fault) -> ParseError {
        self.failed.insert(fault.into()).clone()
    }

    /// Whether something comes before samples of the current `moof`.
    pub(crate) fn has_other_items(&self) -> bool {
        !self.init_data.is_empty() || !self.relative_events.is_empty() || self.segment == Segment::File
    }

    /// What a `moof` brought besides frames.
    #[inline]
    fn before_frames(&mut self) -> Option<Demuxed> {
        if self.init_data.is_empty() && self.relative_events.is_empty() {
            return None;
        }
        match self.init_data.pop_front() {
            Some(init_data) => Some(Demuxed::InitData(init_data)),
            None => self.waiting_event().map(Demuxed::InbandEvent),
        }
    }

    fn step(&mut self) -> Result<Step> {
        match self.state {
            State::BoxHeader => self.box_header(),
            State::Whole { kind, end } => self.whole_box(kind, end),
            State::Payload { end } => Ok(self.payload(end)),
        }
    }

    /// The bytes of the next sample, if they are there (ISO-24).
    #[inline]
    fn next_data(&mut self) -> Result<Option<FrameData>> {
        if self.fragment.is_done() {
            return Ok(None);
        }
        let Some(movie) = &mut self.movie else { return Ok(None) };
        let Some((position, size)) = self.fragment.next_sample(movie)? else { return Ok(None) };
        if !lies_within(&self.media_data, position, position + u64::from(size)) {
            // Its mdat may still come, unless the box at its place is another.
            if position < self.frontier {
                return Err(self.fragment.outside(position, size));
            }
            return Ok(None);
        }
        let Some(data) = self.input.window(position, size as usize) else { return Ok(None) };
        let elsewhere = match self.fragment.auxiliary_elsewhere() {
            Some((position, _)) if self.fragment.is_passed(position) => {
                return Err(self.fragment.outside(position, 0));
            }
            Some(place) => match auxiliary_data(&self.input, place, self.frontier) {
                Some(information) => Some(information),
                None => return Ok(None),
            },
            None => None,
        };
        let encryption = self.fragment.encryption(elsewhere)?;
        self.fragment.check((position, size), &data, encryption, movie)?;
        self.release();
        Ok(Some(data))
    }

    /// The next sample of a file that is not fragmented, if its bytes are there.
    fn next_of_file(&mut self) -> Result<Option<CodedFrame>> {
        let (File::Reading(file), Some(movie)) = (&mut self.file, &mut self.movie) else { return Ok(None) };
        let Some(&Sample { position, size, .. }) = file.first() else { return Ok(None) };
        if file.is_passed() {
            return Err(
                file.fault(SAMPLE_PASSED, "lies before bytes that were passed over; interleave the file")
            );
        }
        if !lies_within(&self.media_data, position, position + u64::from(size)) {
            if position < self.frontier {
                return Err(file.fault(SAMPLE_OUTSIDE_MDAT, "lies in no mdat"));
            }
            return Ok(None);
        }
        let Some(data) = self.input.window(position, size as usize) else { return Ok(None) };
        let elsewhere = match file.auxiliary_elsewhere() {
            Some(place) => match auxiliary_data(&self.input, place, self.frontier) {
                Some(information) => Some(information),
                None => return Ok(None),
            },
            None => None,
        };
        let encryption = file.encryption(elsewhere)?;
        let frame = file.take(data, encryption, movie)?;
        self.release();
        Ok(frame)
    }

    /// Lets go of the bytes that neither the box machine nor a sample needs.
    #[inline]
    pub(crate) fn release(&mut self) {
        let of_file = if let File::Reading(file) = &self.file { file.lowest_needed() } else { u64::MAX };
        let needed = self.fragment.lowest_needed().min(self.cursor).min(of_file);
        self.input.skip(needed.saturating_sub(self.input.position()) as usize);
        while self.media_data.front().is_some_and(|mdat| mdat.end <= needed) {
            self.media_data.pop_front();
        }
    }

    /// Reads a header (ISO-22). What the type alone decides is decided after 8 bytes.
    fn box_header(&mut self) -> Result<Step> {
        if self.fragment_is_over() {
            return Ok(self.end_of_segment());
        }
        let Some([a, b, c, d, k0, k1, k2, k3]) = self.input.peek_at::<HEADER>(self.cursor) else {
            return Ok(Step::NeedMoreData);
        };
        let (size, kind) = (u32::from_be_bytes([a, b, c, d]), [k0, k1, k2, k3]);
        self.check_header(size, kind)?;
        if self.fragment_ends_before(kind) {
            return Ok(self.end_of_segment());
        }
        self.check_order(kind)?;
        if self.segment == Segment::Waiting && matches!(&kind, b"styp" | b"moof") {
            self.segment = Segment::Started;
            return Ok(Step::Item(Demuxed::MediaSegmentStart));
        }
        if self.segment == Segment::Waiting && kind == *b"mdat" && matches!(self.file, File::Reading(_)) {
            self.segment = Segment::File;
            return Ok(Step::Item(Demuxed::MediaSegmentStart));
        }
        if kind == *b"ftyp" {
            self.file_start = self.cursor;
        }
        let (size, header) = match size {
            1 => match self.input.peek_at(self.cursor + HEADER as u64) {
                Some(size) => (u64::from_be_bytes(size), LARGE_HEADER as u64),
                None => return Ok(Step::NeedMoreData),
            },
            size => (u64::from(size), HEADER as u64),
        };
        self.enter_box(kind, size, header)
    }

    fn check_header(&self, size: u32, kind: FourCc) -> Result<()> {
        if !is_box_type(kind) {
            let detail = format!("{kind:02x?} is no box type: these bytes are no ISO BMFF");
            return Err(Fault::new(BOX_TYPE, self.cursor, detail));
        }
        match size {
            0 => Err(self.fault(kind, BOX_SIZE_ZERO, "a box of unknown size; a stream has no end of file")),
            2..=7 => Err(self.fault(kind, BOX_SIZE, &format!("a box of {size} bytes"))),
            _ => Ok(()),
        }
    }

    fn enter_box(&mut self, kind: FourCc, size: u64, header: u64) -> Result<Step> {
        let least = if kind == *b"uuid" { header + 16 } else { header };
        if size < least {
            return Err(self.fault(kind, BOX_SIZE, &format!("a box of {size} bytes")));
        }
        let Some(end) = self.cursor.checked_add(size) else {
            return Err(self.fault(kind, BOX_SIZE_OVERFLOW, &format!("a box of {size} bytes")));
        };
        match &kind {
            b"moov" | b"moof" => {
                if size > self.limits.max_header_size {
                    return Err(self.fault(kind, HEADER_TOO_LARGE, &format!("a box of {size} bytes")));
                }
                self.state = State::Whole { kind, end };
                return Ok(Step::Progress);
            }
            // One that is too large to be held is passed over.
            _ if inband_event::is_event(kind) && size <= inband_event::MAX_SIZE => {
                self.state = State::Whole { kind, end };
                return Ok(Step::Progress);
            }
            b"mdat" if matches!(self.segment, Segment::Fragment | Segment::MediaData | Segment::File) => {
                if self.segment != Segment::File {
                    self.segment = Segment::MediaData;
                }
                if size > header {
                    self.media_data.push_back(self.cursor + header..end);
                }
            }
            _ => {}
        }
        self.frontier = end;
        self.state = State::Payload { end };
        Ok(Step::Progress)
    }

    /// What may not come now.
    fn check_order(&self, kind: FourCc) -> Result<()> {
        match (&kind, self.segment) {
            (
                b"ftyp" | b"styp" | b"moov" | b"moof",
                Segment::Fragment | Segment::MediaData | Segment::File,
            ) => Err(self.fault(kind, SAMPLES_MISSING, "samples of the segment before are missing")),
            (b"ftyp" | b"moov" | b"mdat", Segment::Started) => {
                Err(self.fault(kind, MOOF_MISSING, "a media segment without moof"))
            }
            (b"mdat", Segment::Waiting) if matches!(self.file, File::Interrupted) => {
                let detail = "the file was interrupted; append it again from its start";
                Err(self.fault(kind, PROGRESSIVE_INTERRUPTED, detail))
            }
            (b"mdat", Segment::Waiting) if self.movie.is_none() => {
                let detail = "media data before any moov; remux the file, for example with \
                              ffmpeg -i in.mp4 -c copy -movflags frag_keyframe+empty_moov+default_base_moof out.mp4";
                Err(self.fault(kind, MDAT_BEFORE_MOOV, detail))
            }
            _ => Ok(()),
        }
    }

    /// Waits for all of a `moov` or `moof`, and reads it.
    fn whole_box(&mut self, kind: FourCc, end: u64) -> Result<Step> {
        let start = self.cursor;
        let Some(bytes) = self.input.window(start, (end - start) as usize) else {
            return Ok(Step::NeedMoreData);
        };
        self.cursor = end;
        self.frontier = end;
        self.state = State::BoxHeader;
        self.release();
        if inband_event::is_event(kind) {
            return Ok(self.event(&bytes, start));
        }
        let item = if kind == *b"moov" {
            let init = IsoBox::parse(&bytes, start).and_then(|moov| self.movie(&moov));
            Step::Item(Demuxed::InitSegment(init.map_err(|fault| fault.within(&bytes, start))?))
        } else {
            let Some(movie) = &self.movie else {
                return Err(
                    Fault::new(INIT_MISSING, start, "no initialization segment yet").within(&bytes, start)
                );
            };
            self.init_data.extend(init_data_of(&bytes, start)?);
            self.fragment.read(bytes, start, movie, &self.limits)?;
            self.segment = Segment::Fragment;
            self.segment_start = self.fragment.earliest(movie);
            Step::Progress
        };
        Ok(item)
    }

    /// Reads a `moov`, which is from now on in force.
    fn movie(&mut self, moov: &IsoBox<'_>) -> Result<InitSegment> {
        let (init, mut movie) = parse_moov(moov, &self.limits, self.takes_files)?;
        self.file = File::None;
        if self.takes_files && moov.child(b"mvex")?.is_none() {
            let largest = self.limits.max_frame_size;
            let file = Progressive::read(moov, self.file_start, &mut movie, largest)?;
            self.file = File::Reading(file.ok_or_else(|| mvex_missing(moov))?);
        }
        self.movie = Some(movie);
        Ok(init)
    }

    /// A box for the application. One that cannot be read is passed over, as peers pass over all of them (ISO-44).
    fn event(&mut self, bytes: &FrameData, start: u64) -> Step {
        let Ok(Parsed { mut event, is_relative }) = inband_event::parse(bytes, start, self.movie.as_ref())
        else {
            return Step::Progress;
        };
        if !is_relative {
            return Step::Item(Demuxed::InbandEvent(event));
        }
        if let (true, Some(segment)) = (self.segment_has_moof(), self.segment_start) {
            event.presentation_time = event.presentation_time.map(|delta| segment + delta);
            return Step::Item(Demuxed::InbandEvent(event));
        }
        // The segment's first time is known once its moof is; an event that waits too long goes without a time.
        self.relative_events.push_back(event);
        if self.relative_events.len() <= MAX_RELATIVE_EVENTS {
            return Step::Progress;
        }
        let oldest = self.relative_events.pop_front();
        oldest.map_or(Step::Progress, |event| {
            Step::Item(Demuxed::InbandEvent(InbandEvent { presentation_time: None, ..event }))
        })
    }

    fn segment_has_moof(&self) -> bool {
        matches!(self.segment, Segment::Fragment | Segment::MediaData)
    }

    /// An event that waited for the segment's first time.
    fn waiting_event(&mut self) -> Option<InbandEvent> {
        let segment = self.segment_start.filter(|_| self.segment_has_moof())?;
        let mut event = self.relative_events.pop_front()?;
        event.presentation_time = event.presentation_time.map(|delta| segment + delta);
        Some(event)
    }

    /// Passes over what has arrived of a box.
    fn payload(&mut self, end: u64) -> Step {
        self.cursor = end.min(self.input.end());
        self.release();
        if self.cursor < end {
            return Step::NeedMoreData;
        }
        self.state = State::BoxHeader;
        Step::Progress
    }

    /// Between boxes: whether all samples came, or there are none and an `mdat` did (ISO-23).
    fn fragment_is_over(&self) -> bool {
        match self.segment {
            Segment::MediaData => self.fragment.is_done(),
            Segment::File => matches!(&self.file, File::Reading(file) if file.is_done()),
            _ => false,
        }
    }

    /// Whether a fragment without samples ends because another box than `mdat` comes (ISO-23).
    fn fragment_ends_before(&self, kind: FourCc) -> bool {
        self.segment == Segment::Fragment
            && self.fragment.is_done()
            && !self.fragment.has_samples()
            && kind != *b"mdat"
    }

    fn end_of_segment(&mut self) -> Step {
        self.end_segment();
        Step::Item(Demuxed::MediaSegmentEnd)
    }

    fn end_segment(&mut self) {
        if self.segment == Segment::File && matches!(self.file, File::Reading(_)) {
            self.file = File::Over;
        }
        self.segment = Segment::Waiting;
        self.fragment.clear();
        self.media_data.clear();
    }

    fn fault(&self, kind: FourCc, code: ErrorCode, detail: &str) -> Fault {
        Fault::new(code, self.cursor, format!("{}: {detail}", named(kind))).at_top_level(kind)
    }
}

/// Each run of adjacent `pssh` boxes of a `moof` (EME-3).
fn init_data_of(moof: &FrameData, start: u64) -> Result<Vec<InitData>> {
    let found = IsoBox::parse(moof, start).and_then(|root| protection_headers(&root));
    found.map_err(|fault| fault.within(moof, start))
}

/// Auxiliary information that lies in no `moof` or `moov`, once its bytes are there. Not before the header of their box was read: that
/// box may not be allowed to come (SPL-12).
#[inline(never)]
fn auxiliary_data(input: &InputBuffer, (position, size): (u64, u32), frontier: u64) -> Option<FrameData> {
    let end = position.checked_add(size.into())?;
    if end > frontier { None } else { input.window(position, size as usize) }
}

/// Whether one of the ranges, which lie in order, holds all of `start..end`.
#[inline]
fn lies_within(ranges: &VecDeque<Range<u64>>, start: u64, end: u64) -> bool {
    if let Some(last) = ranges.back()
        && last.start <= start
    {
        return end <= last.end;
    }
    let after = ranges.partition_point(|range| range.start <= start);
    after.checked_sub(1).and_then(|index| ranges.get(index)).is_some_and(|range| end <= range.end)
}
