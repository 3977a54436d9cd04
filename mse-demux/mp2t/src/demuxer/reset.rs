//! End of the input: frames held back come out (TS-25), the structure that is awaited, and
//! beginning anew (TS-17).

use super::{Fault, Mp2tDemuxer, Origin};
use crate::elementary::NextPacket;
use crate::packet::PACKET;
use crate::pes::State;
use crate::program::Change;
use crate::psi::ProgramMap;
use mse_core::{Awaited, Demuxed, ResetReason, TrackDescription, TrackId};
use std::collections::BTreeMap;

impl Mp2tDemuxer {
    /// Lets out what is whole, and what seems to be.
    pub(super) fn let_out(&mut self) -> Result<(), Fault> {
        // Less than a few packets: what waits for a decision about where packets begin.
        while self.failed.is_none() && self.sync.is_undecided(&self.input) && self.packet(true)? {}
        let next = self.next_packet();
        for index in 0..self.streams.len() {
            let behind = self.behind(index, next);
            self.with_stream(index, |stream, limit, units| stream.flush(behind, limit, units))?;
        }
        self.check_scrambled(true)?;
        if !self.initialized {
            self.initialize(true);
        }
        for loss in self.losses.end_all() {
            let origin = Origin { place: crate::losses::Place::Packet, pid: 0, offset: loss.offset };
            self.out.push_back((Demuxed::Lost(loss), origin));
        }
        match self.tables.unreadable() {
            Change::Unreadable(code, detail) => self.refuse_program(code, detail),
            _ => Ok(()),
        }
    }

    /// Streams that are not in the next program map, or not as they were, end.
    pub(super) fn let_out_streams(&mut self, next: &ProgramMap) -> Result<(), Fault> {
        for index in 0..self.streams.len() {
            let goes_on = self.streams.get(index).is_some_and(|stream| next.streams.contains(&stream.stream));
            if !goes_on {
                let next = NextPacket::Unknown;
                self.with_stream(index, |stream, limit, units| stream.flush(next, limit, units))?;
            }
        }
        Ok(())
    }

    /// Packet behind the last one of a stream, where the input ends; `next` is the one that it ends
    /// inside of.
    fn behind(&self, index: usize, next: Option<(u16, bool)>) -> NextPacket {
        let pid = self.streams.get(index).map(|stream| stream.stream.pid);
        let is_passed = self.last_stream.is_some_and(|last| last != index);
        let is_only = self.streams.iter().filter(|stream| stream.kind().is_some()).count() == 1;
        match next {
            Some((next, false)) if Some(next) == pid => NextPacket::GoesOn,
            _ if is_passed || is_only && self.input.is_empty() => NextPacket::IsOfAnother,
            _ => NextPacket::Unknown,
        }
    }

    /// The PID of a packet whose beginning has come, and whether it begins a PES packet.
    fn next_packet(&self) -> Option<(u16, bool)> {
        let [_, high, low] = self.input.peek_at(self.input.position() + self.sync.before() as u64)?;
        Some((u16::from(high & 0x1F) << 8 | u16::from(low), high & 0x40 != 0))
    }

    /// The innermost structure that has begun and not ended.
    pub(super) fn awaited(&self) -> Option<Awaited> {
        let offset = self.input.position() + self.sync.before() as u64;
        if let Some(have) = self.input.end().checked_sub(offset).filter(|have| *have > 0) {
            let need = Some(PACKET as u64).filter(|_| self.sync.is_found());
            return Some(Awaited { what: "a packet".into(), offset, have, need });
        }
        let stream = self.streams.iter().find(|stream| match stream.pes.state() {
            State::Open => !stream.pes.seems_whole(),
            _ => false,
        })?;
        let (have, need) = stream.pes.progress();
        Some(Awaited {
            what: format!("PES packet of pid {}", stream.stream.pid).into(),
            offset: stream.offset,
            have: have as u64,
            need: need.map(|need| need as u64),
        })
    }

    /// Empties the input. What was told stays in force; what was not must be found again.
    pub(super) fn begin_anew(&mut self, reason: ResetReason) {
        if matches!(reason, ResetReason::Abort | ResetReason::TimestampOffsetSet) {
            self.timeline.reset();
        }
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.sync.clear();
        self.announced.clone_from(&self.told);
        self.initialized = !self.told.is_empty();
        let told = |track: &mse_core::Track| Some((track.id, track.descriptions.first()?.clone()));
        let told: BTreeMap<TrackId, TrackDescription> = self.told.iter().filter_map(told).collect();
        for stream in &mut self.streams {
            let id = stream.id();
            stream.clear(told.contains_key(&id) && told.get(&id) == self.descriptions.get(&id));
        }
        self.descriptions = told;
        self.tables.clear(self.initialized);
        if !self.initialized {
            self.program = None;
            self.streams.clear();
            self.by_pid.clear();
        }
        self.before_tables.clear();
        self.losses.clear();
        self.waiting.clear();
        self.units.clear();
        self.in_segment = false;
        (self.last_pid, self.last_stream) = (None, None);
        self.out.clear();
        if let Some(by_append) = &mut self.by_append {
            by_append.clear();
        }
        self.failed = None;
    }
}
