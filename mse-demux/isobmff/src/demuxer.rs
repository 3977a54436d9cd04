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
//! Beside this runs the media segment (`Segment`): frames leave as soon as their bytes are there,
//! so they are asked for before any step of the box machine. No step looks at how much has arrived
//! but to wait; so what comes out, and in which order, is the same for every split of the bytes
//! (SPL-12).

mod notes;
mod places;
mod segment;
mod top_level;

use crate::boxes::{FourCc, IsoBox};
use crate::error_code::INIT_MISSING;
use crate::fault::{Fault, Result};
use crate::fourcc::named;
use crate::fragment::Fragment;
use crate::inband_event::{self, Parsed};
use crate::init::{nothing_to_play, parse_moov, protection_headers};
use crate::movie::Movie;
use crate::progressive::Progressive;
use crate::remux;
use crate::waiting_events::{WaitingEvents, starting_at};
use bytes::Bytes;
use mse_core::{
    Awaited, Demuxed, Demuxer, ErrorCode, FrameData, FrameRun, InitData, InitSegment, InputBuffer, Limits,
    MediaTime, Note, ParseError, Place, ResetReason,
};
use places::Origin;
use segment::{File, Segment};
use std::collections::VecDeque;
use std::ops::Range;

/// The demuxer behind [`FORMAT`](crate::FORMAT).
pub(crate) struct IsoBmffDemuxer {
    limits: Limits,
    takes_files: bool,
    /// Start of the last `ftyp`, or of the first box after a reset.
    file_start: u64,
    /// Ending of the names of files of the brand.
    file_names: &'static str,
    file: File,
    pub(crate) input: InputBuffer,
    /// Position of the box machine. The input begins here, or before if samples are waiting there.
    cursor: u64,
    state: State,
    /// End of the last box whose header was read.
    frontier: u64,
    segment: Segment,
    /// Whether a `styp` came that a `moof` must follow.
    awaits_moof: bool,
    pub(crate) fragment: Fragment,
    /// The payloads of the segment's `mdat` boxes that may still be needed.
    pub(crate) media_data: VecDeque<Range<u64>>,
    /// From the last initialization segment.
    pub(crate) movie: Option<Movie>,
    /// Initialization data of the current `moof`, not yet returned by `poll`.
    init_data: VecDeque<InitData>,
    waiting_events: WaitingEvents,
    /// The earliest decode time of the current `moof`.
    segment_start: Option<MediaTime>,
    /// No poll finds anything before the input reaches to here.
    awaited: u64,
    /// Structure that the last item came out of.
    origin: Origin,
    notes: Vec<Note>,
    failed: Option<ParseError>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// At the header of a box.
    BoxHeader,
    /// At a `moov`, `moof` or event that must be held whole.
    Whole { kind: FourCc, end: u64 },
    /// In a box that is passed over, or whose bytes are for the samples.
    Payload { kind: FourCc, start: u64, end: u64 },
}

enum Step {
    Item(Demuxed),
    Progress,
    NeedMoreData,
}

impl IsoBmffDemuxer {
    /// `takes_files`: also files that are not fragmented, which the byte stream format forbids
    /// (ISO-5, ISO-6).
    pub(crate) fn new(limits: &Limits, takes_files: bool) -> Self {
        Self {
            takes_files,
            file_start: 0,
            file_names: remux::MP4,
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
            awaits_moof: false,
            fragment: Fragment::default(),
            media_data: VecDeque::new(),
            movie: None,
            init_data: VecDeque::new(),
            waiting_events: WaitingEvents::default(),
            segment_start: None,
            awaited: 0,
            origin: Origin::default(),
            notes: Vec::new(),
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
        if self.input.end() < self.awaited {
            return Ok(Demuxed::NeedMoreData);
        }
        loop {
            if let Some(item) = self.before_frames() {
                return Ok(item);
            }
            if self.segment == Segment::File {
                match self.next_of_file() {
                    Ok(Some(frame)) => {
                        self.origin = Origin::Sample;
                        match self.outcome(frame) {
                            Some(item) => return Ok(item),
                            None => continue,
                        }
                    }
                    Ok(None) => {}
                    Err(fault) => return Err(self.fail(fault)),
                }
            }
            // A frame is written where the caller wants it, and nowhere before.
            match self.next_data() {
                Ok(Some(data)) => {
                    if let Some(frame) = self.fragment.take(data) {
                        self.origin = Origin::Sample;
                        if !self.has_more_of_frames() {
                            return Ok(Demuxed::Frame(frame));
                        }
                        match self.outcome(frame) {
                            Some(item) => return Ok(item),
                            None => continue,
                        }
                    }
                }
                Ok(None) => {}
                Err(fault) => return Err(self.fail(fault)),
            }
            match self.step() {
                Ok(Step::Progress) => {}
                Ok(Step::Item(item)) => return Ok(item),
                Ok(Step::NeedMoreData) => {
                    self.awaited = self.awaited();
                    return Ok(Demuxed::NeedMoreData);
                }
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

    fn awaits(&self) -> Option<Awaited> {
        self.awaited_structure()
    }

    fn notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    fn take_starved(&mut self) -> bool {
        self.input.take_starved()
    }

    fn place(&self) -> Option<Place> {
        Some(self.place_of_item())
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.awaited = 0;
        self.awaits_moof = false;
        self.cursor = self.input.position();
        self.state = State::BoxHeader;
        self.frontier = self.cursor;
        self.file_start = self.cursor;
        if matches!(self.file, File::Reading(_)) {
            self.file = File::Interrupted;
        }
        self.end_segment();
        self.init_data.clear();
        self.waiting_events.clear();
        self.failed = None;
    }
}

impl IsoBmffDemuxer {
    #[cold]
    fn fail(&mut self, fault: Fault) -> ParseError {
        let fault = fault.for_files(self.file_names);
        self.failed.insert(fault.into()).clone()
    }

    /// Whether something comes before samples of the current `moof`.
    pub(crate) fn has_other_items(&self) -> bool {
        !self.init_data.is_empty() || !self.waiting_events.is_empty() || self.segment == Segment::File
    }

    /// Takes the next item besides frames that a `moof` brought.
    #[inline]
    fn before_frames(&mut self) -> Option<Demuxed> {
        if self.init_data.is_empty() && self.waiting_events.is_empty() {
            return None;
        }
        match self.init_data.pop_front() {
            Some(init_data) => Some(Demuxed::InitData(init_data)),
            None => self.waiting_events.pop(self.start_of_segment()?).map(Demuxed::InbandEvent),
        }
    }

    /// The first time of the segment, once its `moof` has come.
    fn start_of_segment(&self) -> Option<MediaTime> {
        self.segment_start.filter(|_| self.segment.has_moof())
    }

    fn step(&mut self) -> Result<Step> {
        match self.state {
            State::BoxHeader => self.box_header(),
            State::Whole { kind, end } => self.whole_box(kind, end),
            State::Payload { end, .. } => Ok(self.payload(end)),
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
            self.origin = Origin::Box { kind, start };
            return Ok(self.event(&bytes, start));
        }
        let item = if kind == *b"moov" {
            self.origin = Origin::Box { kind, start };
            let init = IsoBox::parse(&bytes, start).and_then(|moov| self.movie(&moov));
            Step::Item(Demuxed::InitSegment(init.map_err(|fault| fault.within(&bytes, start))?))
        } else {
            let Some(movie) = &self.movie else {
                return Err(
                    Fault::new(INIT_MISSING, start, "no initialization segment yet").within(&bytes, start)
                );
            };
            let init_data = init_data_of(&bytes, start)?;
            if !init_data.is_empty() {
                self.init_data.extend(init_data);
            }
            self.origin = Origin::Box { kind, start };
            self.fragment.read(bytes, start, movie, &self.limits)?;
            self.segment = Segment::Fragment;
            self.segment_start = self.fragment.earliest(movie);
            Step::Progress
        };
        Ok(item)
    }

    /// A box for the application. One that cannot be read is passed over, as peers pass over all of
    /// them (ISO-44).
    fn event(&mut self, bytes: &FrameData, start: u64) -> Step {
        let Ok(Parsed { event, is_relative }) = inband_event::parse(bytes, start, self.movie.as_ref()) else {
            return Step::Progress;
        };
        let event = match self.start_of_segment() {
            _ if !is_relative => Some(event),
            Some(segment_start) => Some(starting_at(event, segment_start)),
            None => self.waiting_events.push(event),
        };
        event.map_or(Step::Progress, |event| Step::Item(Demuxed::InbandEvent(event)))
    }

    /// Reads a `moov`, which is from now on in force.
    fn movie(&mut self, moov: &IsoBox<'_>) -> Result<InitSegment> {
        let (init, mut movie) = parse_moov(moov, &self.limits, self.takes_files)?;
        self.file = File::None;
        if self.takes_files && moov.child(b"mvex")?.is_none() {
            let largest = self.limits.max_frame_size;
            let file = Progressive::read(moov, self.file_start, &mut movie, largest)?;
            self.file = File::Reading(file.ok_or_else(|| nothing_to_play(moov))?);
        }
        self.movie = Some(movie);
        Ok(init)
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
