//! Packet after packet: which PID, and what its bytes belong to.
//!
//! Frames wait until the configuration of every track is known (TS-23), and then follow the
//! initialization segment. A media segment does not say where it ends: it ends where the bytes do,
//! at the end of a packet and of every PES packet of known length (TS-25). So items other than the
//! two marks of a segment do not depend on how the bytes arrive (SPL-12).

mod by_append;
mod output;
mod packets;
mod reset;

use crate::elementary::{Elementary, Unit};
use crate::losses::{self, Losses};
use crate::program::Tables;
use crate::psi::ProgramMap;
use crate::sync::PacketSync;
use crate::timestamp::Timeline;
use by_append::ByAppend;
use bytes::Bytes;
use mse_core::{
    Awaited, CodedFrame, Demuxed, Demuxer, ErrorCode, FrameRun, InputBuffer, Limits, MimeType, ParseError,
    Place, ResetReason, Track, TrackDescription, TrackId, TrackKind,
};
pub use output::{CAPTIONS_SCHEME, ID3_SCHEME};
use std::collections::{BTreeMap, VecDeque};

/// The demuxer behind [`FORMAT`](crate::FORMAT): the initialization segment is PAT and PMT (TS-2,
/// TS-7, TS-9).
pub(crate) struct Mp2tDemuxer {
    limits: Limits,
    /// Kinds of tracks that the MIME type declares.
    declared: Vec<TrackKind>,
    input: InputBuffer,
    sync: PacketSync,
    tables: Tables,
    /// Map of the PMT in force, to recognise another one.
    program: Option<ProgramMap>,
    streams: Vec<Elementary>,
    /// Position of the PMT in force.
    tables_at: u64,
    /// Positions in `streams` by PID, in order.
    by_pid: Vec<(u16, usize)>,
    /// Packets before the first PMT by PID: where they began, and their bytes.
    before_tables: BTreeMap<u16, (u64, u64)>,
    /// The PID of the last packet.
    last_pid: Option<u16>,
    /// Position in `streams` of the last packet with a payload that was of one.
    last_stream: Option<usize>,
    timeline: Timeline,
    /// Holes so far.
    breaks: u32,
    losses: Losses,
    /// Configurations that were found, of the streams of the program.
    descriptions: BTreeMap<TrackId, TrackDescription>,
    /// Tracks of the last initialization segment that was made, and of the last that was given out.
    announced: Vec<Track>,
    told: Vec<Track>,
    /// Whether frames need not wait for an initialization segment.
    initialized: bool,
    waiting: Vec<(CodedFrame, Origin)>,
    in_segment: bool,
    out: VecDeque<(Demuxed, Origin)>,
    /// Origin of the last item.
    origin: Option<Origin>,
    /// Units out of a PES packet; empty between two packets, and kept for its memory.
    units: VecDeque<Unit>,
    failed: Option<ParseError>,
    /// Frames that wait for the end of the append, if frames come out append by append.
    by_append: Option<ByAppend>,
}

/// Origin of an item.
#[derive(Clone, Copy, Debug)]
struct Origin {
    place: losses::Place,
    pid: u16,
    offset: u64,
}

impl Mp2tDemuxer {
    pub(crate) fn new(mime: &MimeType, limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            declared: mime.codecs().known().map(mse_core::Codec::kind).collect(),
            input: InputBuffer::new(),
            sync: PacketSync::default(),
            tables: Tables::default(),
            program: None,
            streams: Vec::new(),
            tables_at: 0,
            by_pid: Vec::new(),
            before_tables: BTreeMap::new(),
            last_pid: None,
            last_stream: None,
            timeline: Timeline::default(),
            breaks: 0,
            losses: Losses::default(),
            descriptions: BTreeMap::new(),
            announced: Vec::new(),
            told: Vec::new(),
            initialized: false,
            waiting: Vec::new(),
            in_segment: false,
            out: VecDeque::new(),
            origin: None,
            units: VecDeque::new(),
            failed: None,
            by_append: ByAppend::of(limits.reading.transport_streams),
        }
    }
}

impl Demuxer for Mp2tDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        loop {
            if let Some((item, origin)) = self.out.pop_front() {
                self.origin = Some(origin);
                if let Demuxed::InitSegment(init) = &item {
                    self.told.clone_from(&init.tracks);
                }
                return Ok(item);
            }
            if let Some(error) = &self.failed {
                return Err(error.clone());
            }
            if self.by_append.is_some() {
                if !self.take_append() {
                    return Ok(Demuxed::NeedMoreData);
                }
                continue;
            }
            match self.packet(false) {
                Ok(true) => {}
                Ok(false) if self.in_segment && self.is_at_end() => {
                    self.in_segment = false;
                    return Ok(Demuxed::MediaSegmentEnd);
                }
                Ok(false) => return Ok(Demuxed::NeedMoreData),
                Err(fault) => self.fail(fault),
            }
        }
    }

    /// The sound of a PES packet: pictures have one each.
    fn poll_run(&mut self, run: &mut FrameRun) {
        if let Some((Demuxed::Frame(first), _)) = self.out.front() {
            run.begin(first.data.piece());
        }
        while run.has_room(0)
            && let Some((Demuxed::Frame(frame), origin)) = self.out.front()
            && !frame.is_duration_estimated
            && run.push_frame(frame)
        {
            self.origin = Some(*origin);
            self.out.pop_front();
        }
    }

    fn flush(&mut self) {
        if self.by_append.is_some() && self.failed.is_some() {
            return;
        }
        if let Err(fault) = self.let_out().and_then(|()| self.let_out_append()) {
            self.fail(fault);
        }
    }

    fn awaits(&self) -> Option<Awaited> {
        self.awaited()
    }

    fn take_starved(&mut self) -> bool {
        self.input.take_starved()
    }

    fn place(&self) -> Option<Place> {
        let Origin { place, pid, offset } = self.origin?;
        Some(Place { offset, path: place.path(pid) })
    }

    fn reset(&mut self, reason: ResetReason) {
        self.begin_anew(reason);
    }
}

/// An error on its way out.
#[derive(Debug)]
struct Fault {
    code: ErrorCode,
    path: String,
    /// PID of the elementary stream that the fault lies in.
    pid: Option<u16>,
    detail: Option<String>,
}

impl Fault {
    #[cold]
    fn new(code: ErrorCode, path: &str) -> Self {
        Self { code, path: path.to_owned(), pid: None, detail: None }
    }

    /// Makes a fault of a PES packet.
    #[cold]
    fn of_pes(code: ErrorCode, pid: u16) -> Self {
        Self { code, path: format!("pid {pid}/PES"), pid: Some(pid), detail: None }
    }
}

impl Mp2tDemuxer {
    #[cold]
    fn fail(&mut self, fault: Fault) {
        let Fault { code, path, pid, detail } = fault;
        let meaning = code.meaning.trim_end_matches('.');
        self.failed = Some(ParseError {
            code: code.code,
            row: code.row,
            offset: self.input.position(),
            path,
            track: pid.map(|pid| TrackId(pid.into())),
            detail: detail.map_or_else(|| code.meaning.to_owned(), |detail| format!("{meaning}: {detail}")),
        });
    }

    /// Whether the bytes end where a segment may.
    fn is_at_end(&self) -> bool {
        self.input.is_empty() && !self.streams.iter().any(|stream| stream.pes.awaits_rest())
    }

    /// The last elementary stream with this PID.
    fn stream_of(&self, pid: u16) -> Option<usize> {
        let after = self.by_pid.partition_point(|entry| entry.0 <= pid);
        let &(found, index) = self.by_pid.get(after.checked_sub(1)?)?;
        (found == pid).then_some(index)
    }
}
