//! The upper levels of the stream: which element comes, and how much of it has arrived.
//!
//! ```text
//!             EBML header             Segment            Info, Tracks            Cluster
//!   Body ───────────────► AfterEbml ──────────► Segment ─────────────► Body ───────────────► Cluster
//!     ▲                                                                  ▲                       │
//!     └── reset                                                          └── its end, or an ─────┘
//!                                                                            element of Body
//! ```
//!
//! No step looks at how much has arrived but to wait; so what comes out is the same for every split
//! of the bytes (SPL-12).

mod cluster;
mod first_picture;
mod init;
mod told;

use crate::burst::Burst;
use crate::ebml::{Element, Header, MAX_HEADER, Peeked, id, peek_header};
use crate::error_code::{EBML_MISSING, ELEMENT_ID, ELEMENT_TOO_LARGE, UNKNOWN_SIZE};
use crate::fault::{Fault, Result};
use crate::tracks::{Info, TrackState};
use bytes::Bytes;
use cluster::{Cluster, SIMPLE_BLOCK, Usually};
use first_picture::Search;
use mse_core::{
    Awaited, Demuxed, Demuxer, FrameData, FrameRun, InputBuffer, Limits, ParseError, Place as PlaceOfItem,
    ResetReason,
};
use std::collections::VecDeque;
use told::Passed;

/// The demuxer behind [`FORMAT`](crate::FORMAT) and [`MATROSKA`](crate::MATROSKA).
pub(crate) struct WebmDemuxer {
    pub(crate) limits: Limits,
    pub(crate) input: InputBuffer,
    place: Place,
    /// Bytes of an element that is passed over.
    skip: u64,
    passed: Passed,
    /// Start of the initialization segment being read.
    init_begin: u64,
    /// Info of the initialization segment being read.
    info: Option<Info>,
    /// Tracks that came before Info, and where their data begins.
    early_tracks: Option<(FrameData, u64)>,
    search: Option<Box<Search>>,
    segment_end: Option<u64>,
    /// From the last initialization segment.
    pub(crate) timestamp_scale: u64,
    pub(crate) tracks: Vec<TrackState>,
    has_tracks: bool,
    cluster: Cluster,
    /// Blocks on their way out.
    ready: VecDeque<Burst>,
    /// Pictures may have times now.
    pictures_are_due: bool,
    /// Blocks that wait go out, track by track.
    release_is_due: bool,
    /// The Cluster is over once they are out.
    end_is_due: bool,
    /// Start of the element that is read.
    element_begin: u64,
    /// Place of the last item: position and path.
    last_place: (u64, &'static str),
    failed: Option<ParseError>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// Between segments.
    Body,
    /// Behind an EBML header.
    AfterEbml,
    /// In a Segment whose Info or Tracks have not come.
    Segment,
    /// Behind Tracks that want their first pictures.
    Search,
    Cluster,
}

enum Step {
    Item(Demuxed),
    /// A SimpleBlock comes next, and is all there: bytes of its header, and of its data.
    SimpleBlock(usize, usize),
    Progress,
    NeedMoreData,
}

impl WebmDemuxer {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            input: InputBuffer::new(),
            place: Place::Body,
            skip: 0,
            passed: Passed::default(),
            init_begin: 0,
            info: None,
            early_tracks: None,
            search: None,
            segment_end: None,
            timestamp_scale: 1_000_000,
            tracks: Vec::new(),
            has_tracks: false,
            cluster: Cluster::default(),
            ready: VecDeque::new(),
            pictures_are_due: false,
            release_is_due: false,
            end_is_due: false,
            element_begin: 0,
            last_place: (0, ""),
            failed: None,
        }
    }
}

impl Demuxer for WebmDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            let step = match self.step() {
                // A frame is returned from here, for one that passes through a call is copied.
                Ok(Step::SimpleBlock(header, size)) => match self.usual_block(header, size) {
                    Ok(Usually::Frame(frame)) => return Ok(Demuxed::Frame(frame)),
                    Ok(Usually::Progress) => continue,
                    Ok(Usually::No) => self.simple_block(header, size),
                    Err(fault) => Err(fault.within(SIMPLE_BLOCK)),
                },
                step => step,
            };
            match step {
                Ok(Step::Progress | Step::SimpleBlock(..)) => {}
                Ok(Step::Item(item)) => return Ok(item),
                Ok(Step::NeedMoreData) => return Ok(Demuxed::NeedMoreData),
                Err(fault) => return Err(self.failed.insert(fault.into()).clone()),
            }
        }
    }

    fn poll_run(&mut self, run: &mut FrameRun) {
        if self.failed.is_none() {
            self.take_run(run);
        }
    }

    fn flush(&mut self) {
        self.release_is_due = true;
    }

    fn awaits(&self) -> Option<Awaited> {
        self.awaited()
    }

    fn take_starved(&mut self) -> bool {
        self.input.take_starved()
    }

    fn place(&self) -> Option<PlaceOfItem> {
        let (offset, path) = self.last_place;
        Some(PlaceOfItem { offset, path: path.to_owned() })
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.place = Place::Body;
        self.skip = 0;
        self.info = None;
        self.early_tracks = None;
        self.search = None;
        self.ready.clear();
        self.pictures_are_due = false;
        self.release_is_due = false;
        self.end_is_due = false;
        for state in &mut self.tracks {
            if let Some(media) = &mut state.media {
                media.pending.clear();
            }
        }
        self.failed = None;
    }
}

impl WebmDemuxer {
    fn step(&mut self) -> Result<Step> {
        if !self.ready.is_empty() {
            return self.next_ready();
        }
        if self.pictures_are_due {
            return self.next_picture();
        }
        if self.release_is_due {
            return self.release_one();
        }
        if std::mem::take(&mut self.end_is_due) {
            self.last_place = (self.cluster.begin, "Segment/Cluster");
            return Ok(Step::Item(Demuxed::MediaSegmentEnd));
        }
        if self.skip > 0 {
            let some = self.input.skip(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= some as u64;
            if self.skip > 0 {
                return Ok(Step::NeedMoreData);
            }
        }
        if self.place == Place::Cluster && self.cluster.end.is_some_and(|end| self.input.position() >= end) {
            return Ok(self.end_cluster());
        }
        if self.place == Place::Search {
            return self.search().map_err(|fault| fault.within("Segment/Tracks"));
        }
        if let (Some(info), Some((tracks, offset))) =
            (self.info, self.early_tracks.take_if(|_| self.info.is_some()))
        {
            return self.begin_tracks(info, tracks, offset).map_err(|fault| fault.within("Segment/Tracks"));
        }
        let header = match self.peek() {
            Peeked::Header(header) => header,
            Peeked::NeedMoreData => return Ok(Step::NeedMoreData),
            Peeked::Invalid => {
                let nothing_yet = self.place == Place::Body && !self.has_tracks;
                let code = if nothing_yet { EBML_MISSING } else { ELEMENT_ID };
                return Err(self.fault(code, "these bytes are no EBML element").within(self.place.name()));
            }
        };
        match self.place {
            Place::Body => self.in_body(header),
            Place::AfterEbml => self.after_ebml(header),
            Place::Segment => self.in_segment(header),
            // Not asked: the search looks by itself.
            Place::Search => Ok(Step::NeedMoreData),
            Place::Cluster => self.in_cluster(header),
        }
    }

    /// The header of the element that comes next.
    #[inline]
    fn peek(&self) -> Peeked {
        let front = self.input.front();
        if front.len() >= MAX_HEADER || front.len() == self.input.len() {
            return peek_header(front);
        }
        let length = MAX_HEADER.min(self.input.len());
        peek_header(&self.input.window(self.input.position(), length).unwrap_or_default())
    }

    fn in_body(&mut self, header: Header) -> Result<Step> {
        match header.id {
            id::EBML => {
                self.init_begin = self.input.position();
                self.whole(header, self.limits.max_header_size, Self::ebml_header, "EBML")
            }
            id::CLUSTER => self.begin_cluster(header),
            id::VOID | id::CRC_32 | id::SEEK_HEAD | id::CUES | id::CHAPTERS | id::TAGS | id::ATTACHMENTS => {
                self.pass_over(header, None)
            }
            // Muxers may write both again at the end of a Segment; all are the same
            // (RFC 9559 section 5.1).
            id::INFO | id::TRACKS if self.has_tracks => self.pass_over(header, None),
            id::SEGMENT | id::INFO | id::TRACKS => {
                Err(self.fault(EBML_MISSING, "an initialization segment begins with an EBML header"))
            }
            other => {
                let code = if self.has_tracks { ELEMENT_ID } else { EBML_MISSING };
                Err(self.fault(code, &format!("element {other:X} at the top of a stream")))
            }
        }
    }

    /// Waits for all of an element, and reads it.
    fn whole(
        &mut self,
        header: Header,
        limit: u64,
        read: fn(&mut Self, &FrameData, u64) -> Result<Step>,
        name: &str,
    ) -> Result<Step> {
        let Some(size) = self.arrived(header, limit, name)? else { return Ok(Step::NeedMoreData) };
        self.element_begin = self.input.position();
        self.input.skip(header.length);
        let offset = self.input.position();
        let data = self.input.take(size);
        read(self, &data, offset).map_err(|fault| fault.within(name))
    }

    /// Bytes of the data of an element that comes next, once all of it is there.
    #[inline]
    fn arrived(&mut self, header: Header, limit: u64, name: &str) -> Result<Option<usize>> {
        let Some(size) = header.size else {
            return Err(self
                .fault(UNKNOWN_SIZE, "only Segment and Cluster may be of unknown size")
                .within(name));
        };
        if size > limit.min(1 << 30) {
            let detail = format!("an element of {size} bytes");
            return Err(self.fault(ELEMENT_TOO_LARGE, &detail).within(name));
        }
        let size = size as usize;
        if self.input.len() < header.length + size {
            return Ok(None);
        }
        Ok(Some(size))
    }

    /// Passes over an element as it arrives (WEBM-5, WEBM-12, WEBM-26).
    fn pass_over(&mut self, header: Header, parent: Option<&str>) -> Result<Step> {
        let Some(size) = header.size else {
            let detail = format!("element {:X} of unknown size", header.id);
            let fault = self.fault(UNKNOWN_SIZE, &detail);
            return Err(match parent {
                Some(parent) => fault.within(parent),
                None => fault,
            });
        };
        self.passed = Passed {
            id: header.id,
            begin: self.input.position(),
            size: size.saturating_add(header.length as u64),
        };
        self.input.skip(header.length);
        self.skip = size;
        Ok(Step::Progress)
    }

    fn fault(&self, code: mse_core::ErrorCode, detail: &str) -> Fault {
        Fault::new(code, self.input.position(), detail.to_owned())
    }
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Body | Self::AfterEbml => "",
            Self::Segment | Self::Search => "Segment",
            Self::Cluster => "Cluster",
        }
    }
}

/// An element whose data is held.
fn element(id: u32, data: &FrameData, offset: u64) -> Element<'_> {
    Element { id, data, offset, data_offset: offset }
}
