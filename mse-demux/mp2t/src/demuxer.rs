//! Packet after packet: which PID, and what its bytes belong to.
//!
//! Frames wait until the configuration of every track is known (TS-23), and then follow the initialization segment. A media segment
//! does not say where it ends: it ends where the bytes do, at the end of a packet and of every PES packet of known length (TS-25).
//! So items other than the two marks of a segment do not depend on how the bytes arrive (SPL-12).

mod output;

use crate::elementary::{Elementary, Unit, note_ends};
use crate::error_code::{PTS_MISSING, SECTION_INVALID, SEVERAL_PROGRAMS, SYNC_LOST, TOO_MANY_TRACKS};
use crate::packet::{HEADER, Layout, PACKET, PROBE, Packet};
use crate::psi::{SectionGatherer, Stream, parse_pat, parse_pmt};
use crate::timestamp::Timeline;
use bytes::Bytes;
use mse_core::{
    CodedFrame, Demuxed, Demuxer, ErrorCode, FrameRun, InputBuffer, Limits, ParseError, ResetReason,
    TrackDescription, TrackId,
};
use output::event;
pub use output::{CAPTIONS_SCHEME, ID3_SCHEME};
use std::collections::{BTreeMap, VecDeque};

const PAT: u16 = 0;
/// The demuxer behind [`FORMAT`](crate::FORMAT): the initialization segment is PAT and PMT (TS-2, TS-7, TS-9).
pub(crate) struct Mp2tDemuxer {
    limits: Limits,
    input: InputBuffer,
    layout: Option<Layout>,
    /// Bytes behind the last packet that have not come yet.
    behind: usize,
    pat: SectionGatherer,
    pmt_pid: Option<u16>,
    pmt: SectionGatherer,
    /// Of the PMT in force, to know another one.
    program: Vec<Stream>,
    streams: Vec<Elementary>,
    /// Positions in `streams` by PID, in order.
    by_pid: Vec<(u16, usize)>,
    timeline: Timeline,
    /// Found, and not yet told.
    descriptions: BTreeMap<TrackId, TrackDescription>,
    initialized: bool,
    waiting: Vec<CodedFrame>,
    in_segment: bool,
    out: VecDeque<Demuxed>,
    /// What came of a PES packet; empty between two, and kept for its memory.
    units: VecDeque<Unit>,
    failed: Option<ParseError>,
}

impl Mp2tDemuxer {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            input: InputBuffer::new(),
            layout: None,
            behind: 0,
            pat: SectionGatherer::default(),
            pmt_pid: None,
            pmt: SectionGatherer::default(),
            program: Vec::new(),
            streams: Vec::new(),
            by_pid: Vec::new(),
            timeline: Timeline::default(),
            descriptions: BTreeMap::new(),
            initialized: false,
            waiting: Vec::new(),
            in_segment: false,
            out: VecDeque::new(),
            units: VecDeque::new(),
            failed: None,
        }
    }
}

impl Demuxer for Mp2tDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        loop {
            if let Some(item) = self.out.pop_front() {
                return Ok(item);
            }
            if let Some(error) = &self.failed {
                return Err(error.clone());
            }
            match self.packet() {
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
        if let Some(Demuxed::Frame(first)) = self.out.front() {
            run.begin(first.data.piece());
        }
        while run.has_room(0)
            && let Some(Demuxed::Frame(frame)) = self.out.front()
            && run.push_frame(frame)
        {
            self.out.pop_front();
        }
    }

    fn flush(&mut self) {
        for index in 0..self.streams.len() {
            // TS-25: a packet of unknown length ends here.
            let finished = self.finish_pes(index);
            if let Err(fault) = finished {
                self.fail(fault);
                return;
            }
        }
        for index in 0..self.streams.len() {
            let Some(stream) = self.streams.get_mut(index) else { break };
            let (pid, mut units) = (stream.stream.pid, VecDeque::new());
            stream.release(&mut units);
            self.send(TrackId(pid.into()), &mut units);
        }
        if !self.initialized && !self.descriptions.is_empty() {
            self.initialize();
        }
    }

    fn reset(&mut self, reason: ResetReason) {
        // TS-17
        if matches!(reason, ResetReason::Abort | ResetReason::TimestampOffsetSet) {
            self.timeline.reset();
        }
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.layout = None;
        self.behind = 0;
        self.pat = SectionGatherer::default();
        self.pmt = SectionGatherer::default();
        for stream in &mut self.streams {
            stream.clear();
        }
        self.waiting.clear();
        self.in_segment = false;
        self.out.clear();
        self.failed = None;
    }
}

/// An error on its way out.
struct Fault {
    code: ErrorCode,
    path: String,
    /// Of the elementary stream it lies in.
    pid: Option<u16>,
}

impl Fault {
    #[cold]
    fn new(code: ErrorCode, path: &str) -> Self {
        Self { code, path: path.to_owned(), pid: None }
    }

    /// Of a PES packet.
    #[cold]
    fn of_pes(code: ErrorCode, pid: u16) -> Self {
        Self { code, path: format!("pid {pid}/PES"), pid: Some(pid) }
    }
}

impl Mp2tDemuxer {
    #[cold]
    fn fail(&mut self, Fault { code, path, pid }: Fault) {
        self.failed = Some(ParseError {
            code: code.code,
            row: code.row,
            offset: self.input.position(),
            path,
            track: pid.map(|pid| TrackId(pid.into())),
            detail: code.meaning.to_owned(),
        });
    }

    /// Whether the bytes end where a segment may.
    fn is_at_end(&self) -> bool {
        self.input.is_empty() && !self.streams.iter().any(|stream| stream.pes.awaits_rest())
    }

    /// Takes one packet (TS-3), or those up to the next that gives something; `false` when there is none.
    fn packet(&mut self) -> Result<bool, Fault> {
        let layout = match self.layout {
            Some(layout) => layout,
            None => match self.find_layout()? {
                Some(layout) => layout,
                None => return Ok(false),
            },
        };
        self.behind -= self.input.skip(self.behind);
        if self.packets_of_piece(layout)? {
            return Ok(true);
        }
        let Some(bytes) = self.input.peek_at::<PACKET>(self.input.position() + layout.before as u64) else {
            return self.check_sync(layout);
        };
        self.take_packet(layout, &bytes)?;
        Ok(true)
    }

    /// Takes the packets that lie in the first piece, until one of them gives something; `false` when there is none.
    fn packets_of_piece(&mut self, layout: Layout) -> Result<bool, Fault> {
        let Some((start, piece)) = self.input.first_piece() else { return Ok(false) };
        let (piece, first) = (piece.clone(), (self.input.position() - start) as usize + layout.before);
        let mut at = first;
        while let Some(bytes) = piece.get(at..).and_then(|rest| rest.first_chunk()) {
            let pid = self.take_packet(layout, bytes)?;
            at += layout.stride();
            if self.behind > 0 || !self.out.is_empty() {
                break;
            }
            at += self.take_rest(layout, pid, piece.get(at..).unwrap_or_default());
        }
        Ok(at > first)
    }

    /// Takes the packets behind one of `pid` that are as [`take_packet`](Self::take_packet) finds most: of the same PID, counted on, full
    /// of payload, and neither the first nor the last of a PES packet. Says how many bytes they and what is between them are.
    fn take_rest(&mut self, layout: Layout, pid: u16, rest: &[u8]) -> usize {
        if matches!(pid, PAT | Packet::NULL) || Some(pid) == self.pmt_pid {
            return 0;
        }
        let stream = self.stream_of(pid).and_then(|index| self.streams.get_mut(index));
        let Some(stream) = stream else { return 0 };
        let Some(counter) = stream.continuity_counter else { return 0 };
        let room = stream.pes.room(self.limits.max_frame_size as usize) / (PACKET - HEADER);
        let stride = layout.stride();
        // With what stands behind each.
        let packet = |index| rest.get(index * stride..index * stride + PACKET + layout.behind);
        let is_plain = |index: &usize| {
            let header = Packet::plain_header(pid, counter.wrapping_add(*index as u8).wrapping_add(1) & 0xF);
            packet(*index).is_some_and(|bytes| bytes.starts_with(&header))
        };
        let count = (0..room).take_while(is_plain).count();
        stream.pes.reserve(count * (PACKET - HEADER));
        for payload in (0..count).filter_map(|index| packet(index)?.get(HEADER..PACKET)) {
            stream.pes.extend(payload);
        }
        stream.continuity_counter = Some(counter.wrapping_add(count as u8) & 0xF);
        self.input.skip(count * stride);
        count * stride
    }

    /// Takes one; says its PID.
    #[inline]
    fn take_packet(&mut self, layout: Layout, bytes: &[u8; PACKET]) -> Result<u16, Fault> {
        let packet = match Packet::parse(bytes) {
            None => return Err(Fault::new(SYNC_LOST, "")),
            Some(parsed) => parsed.map_err(|code| Fault::new(code, "packet"))?,
        };
        // The last packet of a stream may lack what stands behind it.
        self.behind = layout.stride() - self.input.skip(layout.stride());
        self.route(&packet, &bytes[packet.payload.clone()])?;
        Ok(packet.pid)
    }

    /// What cannot become a packet is an error before it is whole.
    fn check_sync(&self, layout: Layout) -> Result<bool, Fault> {
        match self.input.peek_at::<1>(self.input.position() + layout.before as u64) {
            Some([0x47]) | None => Ok(false),
            Some(_) => Err(Fault::new(SYNC_LOST, "")),
        }
    }

    fn find_layout(&mut self) -> Result<Option<Layout>, Fault> {
        if self.input.len() < 5 {
            return Ok(None);
        }
        let length = PROBE.min(self.input.len());
        let head = self.input.window(self.input.position(), length).unwrap_or_default();
        let found = Layout::find(&head);
        if found.is_none() {
            return Err(Fault::new(SYNC_LOST, ""));
        }
        if length < PROBE {
            return Ok(None);
        }
        self.layout = found;
        Ok(found)
    }

    #[inline]
    fn route(&mut self, packet: &Packet, payload: &[u8]) -> Result<(), Fault> {
        if packet.discontinuity {
            self.timeline.note_discontinuity();
        }
        match packet.pid {
            Packet::NULL => Ok(()),
            PAT => self.take_pat(payload, packet.starts_unit),
            pid if Some(pid) == self.pmt_pid => self.take_pmt(payload, packet.starts_unit),
            pid => match self.stream_of(pid) {
                Some(index) => self.elementary(index, packet, payload),
                None => Ok(()),
            },
        }
    }

    fn take_pat(&mut self, payload: &[u8], starts_unit: bool) -> Result<(), Fault> {
        let mut result = Ok(None);
        self.pat.push(payload, starts_unit, |section| match parse_pat(section) {
            Some(Ok(programs)) => result = Ok(Some(programs)),
            Some(Err(())) => result = Err(Fault::new(SECTION_INVALID, "PAT")),
            None => {}
        });
        match result?.as_deref() {
            Some(&[pid]) => {
                if self.pmt_pid != Some(pid) {
                    self.pmt_pid = Some(pid);
                    self.pmt = SectionGatherer::default();
                }
                Ok(())
            }
            Some(&[_, _, ..]) => Err(Fault::new(SEVERAL_PROGRAMS, "PAT")),
            _ => Ok(()),
        }
    }

    fn take_pmt(&mut self, payload: &[u8], starts_unit: bool) -> Result<(), Fault> {
        let mut result = Ok(None);
        self.pmt.push(payload, starts_unit, |section| match parse_pmt(section) {
            Some(Ok(streams)) => result = Ok(Some(streams)),
            Some(Err(())) => result = Err(Fault::new(SECTION_INVALID, "PMT")),
            None => {}
        });
        match result? {
            // TS-12
            Some(streams) if streams != self.program => self.change_program(streams),
            _ => Ok(()),
        }
    }

    /// Another program map: another initialization segment.
    fn change_program(&mut self, program: Vec<Stream>) -> Result<(), Fault> {
        if program.len() > self.limits.max_tracks {
            return Err(Fault::new(TOO_MANY_TRACKS, "PMT"));
        }
        self.flush();
        self.waiting.clear();
        self.descriptions.clear();
        self.initialized = false;
        self.streams = program.iter().cloned().filter_map(Elementary::new).collect();
        self.by_pid =
            self.streams.iter().enumerate().map(|(index, stream)| (stream.stream.pid, index)).collect();
        self.by_pid.sort_unstable();
        self.program = program;
        Ok(())
    }

    /// The last elementary stream with this PID.
    fn stream_of(&self, pid: u16) -> Option<usize> {
        let after = self.by_pid.partition_point(|entry| entry.0 <= pid);
        let &(found, index) = self.by_pid.get(after.checked_sub(1)?)?;
        (found == pid).then_some(index)
    }

    fn elementary(&mut self, index: usize, packet: &Packet, payload: &[u8]) -> Result<(), Fault> {
        let Some(stream) = self.streams.get_mut(index) else { return Ok(()) };
        if payload.is_empty() {
            return Ok(());
        }
        // TS-19: a packet that comes twice counts once, and what has a hole is dropped.
        let before = stream.continuity_counter.replace(packet.continuity_counter);
        match before {
            Some(before) if before == packet.continuity_counter && !packet.discontinuity => return Ok(()),
            Some(before) if (before + 1) & 0xF != packet.continuity_counter && !packet.discontinuity => {
                stream.pes.clear();
            }
            _ => {}
        }
        if packet.starts_unit {
            self.finish_pes(index)?;
        }
        let limit = self.limits.max_frame_size as usize;
        let Some(stream) = self.streams.get_mut(index) else { return Ok(()) };
        if packet.starts_unit {
            stream.pes.begin(payload, packet.random_access);
        } else {
            stream.pes.push(payload, limit).map_err(|code| Fault::of_pes(code, packet.pid))?;
        }
        if stream.pes.is_complete() { self.finish_pes(index) } else { Ok(()) }
    }

    /// A PES packet ends: its frames.
    fn finish_pes(&mut self, index: usize) -> Result<(), Fault> {
        let Some(stream) = self.streams.get_mut(index) else { return Ok(()) };
        let pid = stream.stream.pid;
        let within = |code| Fault::of_pes(code, pid);
        let Some(pes) = stream.pes.finish().map_err(within)? else { return Ok(()) };
        let Some(pts) = pes.pts else { return Err(within(PTS_MISSING)) };
        // By decode time, which goes on; pictures are shown in another order.
        let dts = self.timeline.unroll(pes.dts.unwrap_or(pts));
        let pts = match pes.dts {
            Some(dts_value) => {
                dts + ((pts as i64 - dts_value as i64 + (1 << 32)).rem_euclid(1 << 33) - (1 << 32))
            }
            None => dts,
        };
        if stream.kind().is_none() {
            self.out.push_back(Demuxed::InbandEvent(event(
                ID3_SCHEME,
                TrackId(pid.into()),
                pts,
                pes.payload,
            )));
            return Ok(());
        }
        let limit = self.limits.max_frame_size as usize;
        let mut units = std::mem::take(&mut self.units);
        let taken = stream.take(&pes, (pts, dts), limit, &mut units).map_err(within);
        note_ends(&units, &mut self.timeline);
        self.send(TrackId(pid.into()), &mut units);
        self.units = units;
        taken
    }
}
