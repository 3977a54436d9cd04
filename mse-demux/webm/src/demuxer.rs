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
//! No step looks at how much has arrived but to wait; so what comes out is the same for every split of the bytes (SPL-12).

use crate::block::BlockHeader;
use crate::ebml::{Children, Element, Header, MAX_HEADER, Peeked, id, peek_header};
use crate::encryption::Encodings;
use crate::error_code::{
    BLOCK_INVALID, DOC_TYPE, EBML_MISSING, ELEMENT_ID, ELEMENT_OVERRUN, ELEMENT_TOO_LARGE, FRAME_TOO_LARGE,
    INFO_MISSING, INIT_MISSING, SEGMENT_MISSING, SEGMENT_TOO_SMALL, TIMESTAMP_MISSING, TRACK_UNKNOWN,
    TRACKS_MISSING, UNKNOWN_SIZE,
};
use crate::fault::{Fault, Result};
use crate::pending::{self, Block, Burst, Undone, Whole};
use crate::tracks::{self, Info, Media, TrackState};
use bytes::Bytes;
use mse_core::{
    CodedFrame, Demuxed, Demuxer, FrameData, FrameRun, InputBuffer, Limits, ParseError, ResetReason,
    SideData, TrackKind,
};
use std::collections::VecDeque;
use std::sync::Arc;

/// The demuxer behind [`FORMAT`](crate::FORMAT) and [`MATROSKA`](crate::MATROSKA).
pub(crate) struct WebmDemuxer {
    pub(crate) limits: Limits,
    pub(crate) input: InputBuffer,
    place: Place,
    /// Bytes of an element that is passed over.
    skip: u64,
    /// Of the initialization segment being read.
    info: Option<Info>,
    segment_end: Option<u64>,
    /// From the last initialization segment.
    pub(crate) timestamp_scale: u64,
    pub(crate) tracks: Vec<TrackState>,
    has_tracks: bool,
    cluster: Cluster,
    /// Blocks on their way out.
    ready: VecDeque<Burst>,
    /// Blocks that wait go out, track by track.
    release_is_due: bool,
    /// The Cluster is over once they are out.
    end_is_due: bool,
    failed: Option<ParseError>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// Between segments.
    Body,
    /// Behind an EBML header.
    AfterEbml,
    /// In a Segment whose Tracks have not come.
    Segment,
    Cluster,
}

/// The Cluster being read.
#[derive(Clone, Copy, Debug, Default)]
struct Cluster {
    /// Where it ends; `None` is unknown (WEBM-8).
    end: Option<u64>,
    /// Its timestamp, in ticks.
    timestamp: Option<u64>,
}

/// Where a fault in one is.
const SIMPLE_BLOCK: &str = "Cluster/SimpleBlock";

enum Step {
    Item(Demuxed),
    /// A SimpleBlock of so many bytes comes next, and is all there.
    SimpleBlock(usize),
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
            info: None,
            segment_end: None,
            timestamp_scale: 1_000_000,
            tracks: Vec::new(),
            has_tracks: false,
            cluster: Cluster::default(),
            ready: VecDeque::new(),
            release_is_due: false,
            end_is_due: false,
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
                Ok(Step::SimpleBlock(size)) => match self.usual_block(size) {
                    Ok(Some(frame)) => return Ok(Demuxed::Frame(frame)),
                    Ok(None) => self.simple_block(size),
                    Err(fault) => Err(fault.within(SIMPLE_BLOCK)),
                },
                step => step,
            };
            match step {
                Ok(Step::Progress | Step::SimpleBlock(_)) => {}
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

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.place = Place::Body;
        self.skip = 0;
        self.ready.clear();
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
    /// Timestamp and end of the Cluster, if a child of it comes next.
    pub(crate) fn open_cluster(&self) -> Option<(u64, u64)> {
        let other_first = !self.ready.is_empty() || self.release_is_due || self.end_is_due || self.skip > 0;
        let is_open = self.place == Place::Cluster && !other_first;
        self.cluster
            .timestamp
            .filter(|_| is_open)
            .map(|timestamp| (timestamp, self.cluster.end.unwrap_or(u64::MAX)))
    }

    fn step(&mut self) -> Result<Step> {
        if !self.ready.is_empty() {
            return self.next_ready();
        }
        if self.release_is_due {
            return self.release_one();
        }
        if std::mem::take(&mut self.end_is_due) {
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
            id::EBML => self.whole(header, self.limits.max_header_size, Self::ebml_header, "EBML"),
            id::CLUSTER => self.begin_cluster(header),
            id::VOID | id::CRC_32 | id::SEEK_HEAD | id::CUES | id::CHAPTERS | id::TAGS | id::ATTACHMENTS => {
                self.pass_over(header, None)
            }
            id::SEGMENT | id::INFO | id::TRACKS => {
                Err(self.fault(EBML_MISSING, "an initialization segment begins with an EBML header"))
            }
            other => {
                let code = if self.has_tracks { ELEMENT_ID } else { EBML_MISSING };
                Err(self.fault(code, &format!("element {other:X} at the top of a stream")))
            }
        }
    }

    /// WEBM-2, WEBM-14
    fn ebml_header(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        let mut is_webm = false;
        for child in Children::new(data, offset) {
            let child = child?;
            let refuse = |detail: String| Err(Fault::new(DOC_TYPE, child.offset, detail));
            match child.id {
                id::DOC_TYPE => {
                    is_webm = matches!(child.text().as_str(), "webm" | "matroska");
                    if !is_webm {
                        return refuse(format!("document type {:?}", child.text()));
                    }
                }
                id::DOC_TYPE_READ_VERSION if child.unsigned()? > 4 => {
                    return refuse(format!("for readers of version {} and later", child.unsigned()?));
                }
                id::EBML_MAX_ID_LENGTH if child.unsigned()? > 4 => {
                    return refuse("element ids of more than 4 bytes".to_owned());
                }
                id::EBML_MAX_SIZE_LENGTH if child.unsigned()? > 8 => {
                    return refuse("element sizes of more than 8 bytes".to_owned());
                }
                _ => {}
            }
        }
        if !is_webm {
            return Err(Fault::new(DOC_TYPE, offset, "no document type"));
        }
        self.place = Place::AfterEbml;
        Ok(Step::Progress)
    }

    fn after_ebml(&mut self, header: Header) -> Result<Step> {
        match header.id {
            id::SEGMENT => {
                self.input.skip(header.length);
                self.segment_end = header.size.and_then(|size| self.input.position().checked_add(size));
                self.place = Place::Segment;
                self.info = None;
                Ok(Step::Progress)
            }
            id::VOID | id::CRC_32 => self.pass_over(header, None),
            other => {
                Err(self.fault(SEGMENT_MISSING, &format!("element {other:X} where a Segment must come")))
            }
        }
    }

    /// WEBM-3 to WEBM-5
    fn in_segment(&mut self, header: Header) -> Result<Step> {
        if self.segment_end.is_some_and(|end| self.input.position() >= end) {
            let detail = "the Segment ends before its Info and Tracks";
            return Err(self.fault(SEGMENT_TOO_SMALL, detail).within("Segment"));
        }
        let limit = self.limits.max_header_size;
        match (header.id, &self.info) {
            (id::INFO, _) => self.whole(header, limit, Self::info, "Segment/Info"),
            (id::TRACKS, Some(_)) => self.whole(header, limit, Self::tracks, "Segment/Tracks"),
            (id::TRACKS, None) => Err(self.fault(INFO_MISSING, "Tracks before Info").within("Segment")),
            (id::CLUSTER | id::EBML, Some(_)) => {
                Err(self.fault(TRACKS_MISSING, "no Tracks before it").within("Segment"))
            }
            (id::CLUSTER | id::EBML, None) => {
                Err(self.fault(INFO_MISSING, "neither Info nor Tracks before it").within("Segment"))
            }
            _ => self.pass_over(header, None).map_err(|fault| fault.within("Segment")),
        }
    }

    fn info(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        self.info = Some(Info::parse(&element(id::INFO, data, offset))?);
        Ok(Step::Progress)
    }

    fn tracks(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        let Some(info) = self.info else { return Ok(Step::Progress) };
        let (init, tracks) = tracks::parse(&element(id::TRACKS, data, offset), &info, &self.limits)?;
        self.timestamp_scale = info.timestamp_scale;
        self.tracks = tracks;
        self.has_tracks = true;
        self.place = Place::Body;
        Ok(Step::Item(Demuxed::InitSegment(init)))
    }

    /// WEBM-7
    fn begin_cluster(&mut self, header: Header) -> Result<Step> {
        self.input.skip(header.length);
        let end = header.size.map(|size| self.input.position().saturating_add(size));
        self.cluster = Cluster { end, timestamp: None };
        self.place = Place::Cluster;
        for state in &mut self.tracks {
            if let Some(media) = &mut state.media {
                media.pending.begin_cluster();
            }
        }
        Ok(Step::Item(Demuxed::MediaSegmentStart))
    }

    /// WEBM-8, WEBM-9, WEBM-26; the order of blocks among tracks is not looked at, as by no peer (WEBM-11, DIS-21).
    fn in_cluster(&mut self, header: Header) -> Result<Step> {
        let is_upper = matches!(
            header.id,
            id::EBML
                | id::SEGMENT
                | id::SEEK_HEAD
                | id::INFO
                | id::TRACKS
                | id::CLUSTER
                | id::CUES
                | id::CHAPTERS
                | id::TAGS
                | id::ATTACHMENTS
        );
        if is_upper && self.cluster.end.is_none() {
            return Ok(self.end_cluster());
        }
        if let (Some(end), Some(size)) = (self.cluster.end, header.size) {
            let reach = self.input.position().saturating_add(header.length as u64).saturating_add(size);
            if reach > end {
                let detail = format!("element {:X} of {size} bytes reaches beyond its Cluster", header.id);
                return Err(self.fault(ELEMENT_OVERRUN, &detail).within("Cluster"));
            }
        }
        // Room for what is around the frame.
        let limit = u64::from(self.limits.max_frame_size) + (64 << 10);
        match header.id {
            id::TIMESTAMP => self.whole(header, 8, Self::timestamp, "Cluster/Timestamp"),
            id::SIMPLE_BLOCK => {
                let size = self.arrived(header, limit, SIMPLE_BLOCK)?;
                Ok(size.map_or(Step::NeedMoreData, Step::SimpleBlock))
            }
            id::BLOCK_GROUP => self.whole(header, limit, Self::block_group, "Cluster/BlockGroup"),
            _ => self.pass_over(header, Some("Cluster")),
        }
    }

    fn timestamp(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        self.cluster.timestamp = Some(element(id::TIMESTAMP, data, offset).unsigned()?);
        Ok(Step::Progress)
    }

    fn simple_block(&mut self, size: usize) -> Result<Step> {
        let offset = self.input.position();
        let data = self.input.take(size);
        let block = BlockHeader::parse(&data, offset).and_then(|header| {
            let group = Group { is_random_access_point: header.is_keyframe(), ..Group::default() };
            self.block(header, &data, offset, group)
        });
        block.map_err(|fault| fault.within(SIMPLE_BLOCK))
    }

    /// A block that lies in one piece and holds one frame as it is, of known duration: nearly every one. `None` for others, and nothing has
    /// changed.
    #[inline]
    fn usual_block(&mut self, size: usize) -> Result<Option<CodedFrame>> {
        let offset = self.input.position();
        let Some(bytes) = self.input.front().get(..size) else { return Ok(None) };
        let header = BlockHeader::parse(bytes, offset)?;
        let (Some(start), Some(timestamp)) = (header.unlaced(), self.cluster.timestamp) else {
            return Ok(None);
        };
        let length = size - start;
        let number = header.track_number;
        let state = self.tracks.iter_mut().find(|state| state.number == number);
        let Some(media) = state.and_then(|state| state.media.as_mut()) else { return Ok(None) };
        if !media.encodings.is_empty() || length == 0 || length > self.limits.max_frame_size as usize {
            return Ok(None);
        }
        let Some(data) = self.input.window(offset + start as u64, length) else { return Ok(None) };
        let group = Group { is_random_access_point: header.is_keyframe(), ..Group::default() };
        let frame = place(header, timestamp, self.timestamp_scale, offset, group, media.kind)
            .and_then(|block| media.pending.take_one(&block, (data, None)))
            .map_err(|fault| fault.of_track(number))?;
        if frame.is_some() {
            self.input.skip(size);
        }
        Ok(frame)
    }

    /// WEBM-13: without a ReferenceBlock it is a random access point.
    fn block_group(&mut self, data: &FrameData, offset: u64) -> Result<Step> {
        let mut group = Group { is_random_access_point: true, ..Group::default() };
        let mut block = None;
        for child in Children::new(data, offset) {
            let child = child?;
            match child.id {
                id::BLOCK => block = block.or_else(|| part(data, offset, &child)),
                id::BLOCK_DURATION => group.duration = Some(child.unsigned()?),
                id::REFERENCE_BLOCK => group.is_random_access_point = false,
                id::DISCARD_PADDING => group.discard = child.signed()?,
                id::BLOCK_ADDITIONS => group.side_data = additions(data, offset, &child)?,
                _ => {}
            }
        }
        let Some(block) = block else {
            return Err(Fault::new(BLOCK_INVALID, offset, "a BlockGroup without Block"));
        };
        let header = BlockHeader::parse(&block, offset).map_err(|fault| fault.within("Block"))?;
        self.block(header, &block, offset, group)
    }

    #[inline]
    fn block(&mut self, header: BlockHeader, data: &FrameData, offset: u64, group: Group) -> Result<Step> {
        let number = header.track_number;
        if !self.has_tracks {
            return Err(Fault::new(INIT_MISSING, offset, "no initialization segment yet"));
        }
        let Some(timestamp) = self.cluster.timestamp else {
            return Err(Fault::new(TIMESTAMP_MISSING, offset, "a block before the Cluster's Timestamp"));
        };
        let Some(state) = self.tracks.iter_mut().find(|state| state.number == number) else {
            let detail = format!("the initialization segment has no track {number}");
            // WPT-26
            return Err(Fault::new(TRACK_UNKNOWN, offset, detail).of_track(number));
        };
        let Some(media) = &mut state.media else { return Ok(Step::Progress) };
        let block = place(header, timestamp, self.timestamp_scale, offset, group, media.kind)
            .map_err(|fault| fault.of_track(number))?;
        let whole = Whole { block, header, data: data.clone() };
        match take(media, whole, self.limits.max_frame_size, &mut self.ready)
            .map_err(|fault| fault.of_track(number))?
        {
            Some(frame) => Ok(Step::Item(Demuxed::Frame(frame))),
            None => Ok(Step::Progress),
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
        let offset = self.input.position();
        let data = self.input.take(size);
        read(self, &data, offset).map_err(|fault| fault.within(name))
    }

    /// Bytes of an element, once all of it is there; they come next.
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
        self.input.skip(header.length);
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
        self.input.skip(header.length);
        self.skip = size;
        Ok(Step::Progress)
    }

    fn end_cluster(&mut self) -> Step {
        self.release_is_due = true;
        self.place = Place::Body;
        self.end_is_due = true;
        Step::Progress
    }

    /// The block of one track that waits goes out; all at once would be much of little (M5).
    fn release_one(&mut self) -> Result<Step> {
        let media = self.tracks.iter_mut().filter_map(|state| state.media.as_mut());
        match media.map(|media| &mut media.pending).find(|pending| pending.has_held()) {
            Some(pending) => pending.release(None, &mut self.ready)?,
            None => self.release_is_due = false,
        }
        Ok(Step::Progress)
    }

    fn next_ready(&mut self) -> Result<Step> {
        let Some(burst) = self.ready.front_mut() else { return Ok(Step::Progress) };
        let state = self.tracks.iter_mut().find(|state| state.number == burst.track_id.0);
        if let Some(Media { pending, encodings, .. }) = state.and_then(|state| state.media.as_mut()) {
            let (offset, max) = (burst.offset(), self.limits.max_frame_size);
            if let Some(frame) = pending.next_of(burst, |data| undo(encodings, data, offset, max))? {
                return Ok(Step::Item(Demuxed::Frame(frame)));
            }
        }
        self.ready.pop_front();
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
            Self::Segment => "Segment",
            Self::Cluster => "Cluster",
        }
    }
}

/// What stands around a block.
#[derive(Default)]
struct Group {
    is_random_access_point: bool,
    /// Ticks.
    duration: Option<u64>,
    /// Nanoseconds.
    discard: i64,
    side_data: Option<Arc<[SideData]>>,
}

/// When a block is (WEBM-16, EX-25).
#[inline]
fn place(
    header: BlockHeader,
    timestamp: u64,
    scale: u64,
    offset: u64,
    group: Group,
    kind: TrackKind,
) -> Result<Block> {
    let overflow = || pending::overflow(offset);
    let scale = i64::try_from(scale).map_err(|_| overflow())?;
    let ticks = i64::try_from(timestamp).ok().and_then(|ticks| ticks.checked_add(header.offset.into()));
    let time = ticks.and_then(|ticks| ticks.checked_mul(scale)).ok_or_else(overflow)?;
    let duration = match group.duration {
        Some(ticks) => {
            let nanoseconds = i64::try_from(ticks).ok().and_then(|ticks| ticks.checked_mul(scale));
            Some(nanoseconds.ok_or_else(overflow)?)
        }
        None => None,
    };
    Ok(Block {
        time,
        offset,
        // Of sound and text every frame is one; of pictures the container is trusted (WEBM-25).
        is_random_access_point: group.is_random_access_point || kind != TrackKind::Video,
        duration,
        discard: group.discard,
        side_data: group.side_data,
    })
}

/// Frames of a block: one that can go at once is returned, others wait or go to `ready`.
#[inline]
fn take(
    media: &mut Media,
    whole: Whole,
    max: u32,
    ready: &mut VecDeque<Burst>,
) -> Result<Option<CodedFrame>> {
    let Media { pending, encodings, .. } = media;
    let offset = whole.block.offset;
    if whole.header.unlaced().is_some()
        && let Some(payload) = whole.header.payloads(&whole.data, offset)?.next()
    {
        let undone = undo(encodings, payload, offset, max)?;
        if undone.0.is_empty() {
            return Ok(None);
        }
        if let Some(frame) = pending.take_one(&whole.block, undone)? {
            return Ok(Some(frame));
        }
    }
    pending.take(whole, |data| undo(encodings, data, offset, max), ready)?;
    Ok(None)
}

/// Undoes the encodings of a payload.
#[inline]
fn undo(encodings: &Encodings, data: FrameData, offset: u64, max: u32) -> Result<Undone> {
    if data.len() > max as usize {
        return Err(Fault::new(FRAME_TOO_LARGE, offset, format!("a frame of {} bytes", data.len())));
    }
    encodings.decode(data, offset)
}

/// An element whose data is held.
fn element(id: u32, data: &FrameData, offset: u64) -> Element<'_> {
    Element { id, data, offset, data_offset: offset }
}

/// The data of a child of an element whose data is held and begins at `offset`.
fn part(data: &FrameData, offset: u64, child: &Element<'_>) -> Option<FrameData> {
    let at = data.offset() + u32::try_from(child.data_offset - offset).ok()?;
    FrameData::new(data.piece().clone(), at, u32::try_from(child.data.len()).ok()?)
}

/// BlockAdditions: an id, 1 by default, and bytes each.
fn additions(data: &FrameData, offset: u64, parent: &Element<'_>) -> Result<Option<Arc<[SideData]>>> {
    const MAX: usize = 64;
    let mut side_data = Vec::new();
    for more in parent.children() {
        let more = more?;
        if more.id != id::BLOCK_MORE || side_data.len() == MAX {
            continue;
        }
        let (mut add_id, mut bytes) = (1, None);
        for child in more.children() {
            let child = child?;
            match child.id {
                id::BLOCK_ADD_ID => add_id = child.unsigned()?,
                id::BLOCK_ADDITIONAL => bytes = part(data, offset, &child),
                _ => {}
            }
        }
        side_data.extend(bytes.map(|data| SideData { id: add_id, data }));
    }
    Ok((!side_data.is_empty()).then(|| side_data.into()))
}
