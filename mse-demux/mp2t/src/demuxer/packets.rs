//! Packets to their tables and elementary streams.

use super::{Fault, Mp2tDemuxer, Origin};
use crate::elementary::Elementary;
use crate::error_code::{BEFORE_TABLES, NOTHING_READABLE, SYNC_LOST, TOO_MANY_TRACKS};
use crate::losses::Place;
use crate::packet::{HEADER, Layout, Order, PACKET, Packet};
use crate::program::Change;
use crate::psi::ProgramMap;
use crate::sync::Next;
use mse_core::{Demuxed, ErrorCode};

impl Mp2tDemuxer {
    /// Takes one packet (TS-3), or those up to the next that gives something; `false` when there is
    /// none. With `decides`, bytes that have not come are taken as if they never came.
    pub(super) fn packet(&mut self, decides: bool) -> Result<bool, Fault> {
        let next = self.sync.next(&mut self.input, decides, self.limits.max_resync);
        match next.map_err(|code| Fault::new(code, ""))? {
            Next::Packets(layout) => self.packets(layout),
            Next::Unknown => Ok(false),
            Next::Lost { offset, bytes, touches_packet } => {
                self.note_lost_sync(offset, bytes, touches_packet)?;
                Ok(true)
            }
        }
    }

    fn note_lost_sync(&mut self, offset: u64, bytes: u64, touches_packet: bool) -> Result<(), Fault> {
        self.breaks += 1;
        if bytes > 0 {
            let loss = mse_core::Loss::new(SYNC_LOST, offset, bytes, "packet");
            self.out.push_back((Demuxed::Lost(loss), Origin { place: Place::Packet, pid: 0, offset }));
        }
        let last = self.last_pid.take().filter(|_| touches_packet);
        let Some(index) = last.and_then(|pid| self.stream_of(pid)) else { return Ok(()) };
        self.with_stream(index, Elementary::distrust_last)
    }

    fn packets(&mut self, layout: Layout) -> Result<bool, Fault> {
        if self.packets_of_piece(layout)? {
            return Ok(true);
        }
        let Some(bytes) = self.input.peek_at::<PACKET>(self.input.position() + layout.before as u64) else {
            return Ok(false);
        };
        self.take_packet(layout, &bytes)?;
        Ok(true)
    }

    /// Takes the packets that lie in the first piece, until one of them gives something; `false`
    /// when there is none.
    fn packets_of_piece(&mut self, layout: Layout) -> Result<bool, Fault> {
        let Some((start, piece)) = self.input.first_piece() else { return Ok(false) };
        let (piece, first) = (piece.clone(), (self.input.position() - start) as usize + layout.before);
        let mut at = first;
        while let Some(bytes) = piece.get(at..).and_then(|rest| rest.first_chunk()) {
            let Some(pid) = self.take_packet(layout, bytes)? else { break };
            at += layout.stride();
            if self.sync.behind > 0 || !self.out.is_empty() {
                break;
            }
            at += self.take_rest(layout, pid, piece.get(at..).unwrap_or_default());
        }
        Ok(at > first)
    }

    /// Takes the packets behind one of `pid` that are as [`take_packet`](Self::take_packet) finds
    /// most: of the same PID, counted on, full of payload, and neither the first nor the last of a
    /// PES packet. Says how many bytes they and what is between them are.
    fn take_rest(&mut self, layout: Layout, pid: u16, rest: &[u8]) -> usize {
        if self.tables.has(pid) || pid == Packet::NULL {
            return 0;
        }
        let stream = self.stream_of(pid).and_then(|index| self.streams.get_mut(index));
        let Some(stream) = stream else { return 0 };
        let Some(counter) = stream.continuity.last() else { return 0 };
        let room = stream.pes.room(self.limits.max_frame_size as usize) / (PACKET - HEADER);
        let stride = layout.stride();
        // With what stands behind each.
        let packet = |index| rest.get(index * stride..index * stride + PACKET + layout.behind);
        let is_plain = |index: &usize| {
            let header = Packet::plain_header(pid, counter.wrapping_add(*index as u8).wrapping_add(1) & 0xF);
            packet(*index).is_some_and(|bytes| bytes.starts_with(&header))
        };
        let count = (0..room).take_while(is_plain).count();
        if !stream.pes.reserve(count * (PACKET - HEADER)) {
            return 0;
        }
        for payload in (0..count).filter_map(|index| packet(index)?.get(HEADER..PACKET)) {
            stream.pes.extend(payload);
        }
        if let Some(last) = count.checked_sub(1).and_then(|last| packet(last)?.first_chunk()) {
            stream.continuity.pass(count, last);
        }
        self.input.skip(count * stride);
        count * stride
    }

    /// Takes one; says its PID. `None` without a sync byte.
    #[inline]
    fn take_packet(&mut self, layout: Layout, bytes: &[u8; PACKET]) -> Result<Option<u16>, Fault> {
        let Some(packet) = Packet::parse(bytes) else { return Ok(None) };
        let offset = self.input.position() + layout.before as u64;
        // The last packet of a stream may lack what stands behind it.
        self.sync.behind = layout.stride() - self.input.skip(layout.stride());
        self.last_pid = Some(packet.pid);
        self.route(&packet, bytes, offset)?;
        Ok(Some(packet.pid))
    }

    #[inline]
    fn route(&mut self, packet: &Packet, bytes: &[u8; PACKET], offset: u64) -> Result<(), Fault> {
        if packet.pid == Packet::NULL {
            return Ok(());
        }
        if let Some(index) = self.stream_of(packet.pid) {
            return match packet.fault {
                None => self.elementary(index, packet, bytes, offset),
                Some(code) => self.unreadable(index, packet, code, offset),
            };
        }
        if packet.discontinuity && self.program.as_ref().is_some_and(|program| program.clock == packet.pid) {
            self.note_discontinuity();
        }
        if self.tables.has(packet.pid) {
            return self.table(packet, bytes, offset);
        }
        if self.program.is_none() && packet.fault.is_none() {
            let bytes = packet.payload.len() as u64;
            self.before_tables.entry(packet.pid).or_insert((offset, 0)).1 += bytes;
        }
        Ok(())
    }

    fn note_discontinuity(&mut self) {
        self.timeline.note_discontinuity();
        self.breaks += 1;
    }

    /// A packet of a PID that is read, whose payload is not.
    #[cold]
    fn unreadable(
        &mut self,
        index: usize,
        packet: &Packet,
        code: ErrorCode,
        offset: u64,
    ) -> Result<(), Fault> {
        self.breaks += 1;
        let bytes = (PACKET - HEADER) as u64;
        self.lose(packet.pid, Place::Pes, code, offset, bytes);
        let is_scrambled = code == crate::error_code::SCRAMBLED;
        self.with_stream(index, |stream, limit, units| {
            if is_scrambled {
                stream.count_scrambled(true);
            }
            stream.continuity.expect_behind(packet.continuity_counter);
            stream.tear(bytes as usize, limit, units)
        })?;
        if is_scrambled { self.check_scrambled(false) } else { Ok(()) }
    }

    fn table(&mut self, packet: &Packet, bytes: &[u8; PACKET], offset: u64) -> Result<(), Fault> {
        if let Some(code) = packet.fault {
            self.lose(packet.pid, Place::Section, code, offset, (PACKET - HEADER) as u64);
            return Ok(());
        }
        let mut changes = Vec::new();
        let can_change = self.announced.is_empty();
        self.tables.take(packet, bytes, can_change, has_readable, |change| changes.push(change));
        for change in changes {
            match change {
                Change::Nothing => {}
                Change::Jump => self.breaks += 1,
                // TS-12
                Change::Map(map) if self.program.as_ref() == Some(&map) => {}
                Change::Map(map) => {
                    self.tables_at = offset;
                    self.change_program(map)?;
                }
                Change::Invalid(code) => {
                    self.lose(packet.pid, Place::Section, code, offset, packet.payload.len() as u64);
                }
                Change::Unreadable(code, detail) => self.refuse_program(code, detail)?,
            }
        }
        Ok(())
    }

    pub(super) fn refuse_program(&self, code: ErrorCode, detail: String) -> Result<(), Fault> {
        let is_refused = code == NOTHING_READABLE && self.announced.is_empty();
        if is_refused { Err(Fault { detail: Some(detail), ..Fault::new(code, "PMT") }) } else { Ok(()) }
    }

    /// Another program map: streams that go on keep what they have.
    fn change_program(&mut self, map: ProgramMap) -> Result<(), Fault> {
        if map.streams.len() > self.limits.max_tracks {
            return Err(Fault::new(TOO_MANY_TRACKS, "PMT"));
        }
        self.let_out_streams(&map)?;
        let mut before = std::mem::replace(&mut self.streams, Vec::with_capacity(map.streams.len()));
        for stream in &map.streams {
            let goes_on = before.iter().position(|known| known.stream == *stream);
            let elementary = goes_on.map(|index| before.swap_remove(index));
            self.streams.extend(elementary.or_else(|| Elementary::new(stream.clone())));
        }
        self.by_pid =
            self.streams.iter().enumerate().map(|(index, stream)| (stream.stream.pid, index)).collect();
        self.by_pid.sort_unstable();
        let ids: Vec<_> = self.streams.iter().map(Elementary::id).collect();
        let gone: Vec<_> = before.iter().map(Elementary::id).collect();
        self.descriptions.retain(|id, _| ids.contains(id) && !gone.contains(id));
        self.last_stream = None;
        self.tell_before_tables();
        self.program = Some(map);
        self.restart_tracks()
    }

    /// Reports the bytes of the streams before the first PMT as lost.
    fn tell_before_tables(&mut self) {
        for (pid, (offset, bytes)) in std::mem::take(&mut self.before_tables) {
            if bytes > 0 && self.stream_of(pid).is_some() {
                self.lose(pid, Place::Pes, BEFORE_TABLES, offset, bytes);
            }
        }
    }

    fn elementary(
        &mut self,
        index: usize,
        packet: &Packet,
        bytes: &[u8; PACKET],
        offset: u64,
    ) -> Result<(), Fault> {
        let payload = &bytes[packet.payload.clone()];
        let Some(stream) = self.streams.get_mut(index) else { return Ok(()) };
        if payload.is_empty() {
            if packet.discontinuity {
                self.note_discontinuity();
            }
            return Ok(());
        }
        stream.count_scrambled(false);
        let follows = self.last_stream.replace(index) == Some(index);
        let order = stream.continuity.take(packet, bytes);
        if order == Order::Duplicate {
            return Ok(());
        }
        if !packet.starts_unit {
            stream.note_place(follows);
        }
        if let Order::Jump(missing) = order {
            self.breaks += 1;
            // TS-19: what has a hole is dropped. Where the stream says that another part of it
            // begins, nothing is missing.
            let is_splice = packet.discontinuity && packet.starts_unit;
            if !is_splice {
                let missing = usize::from(missing) * (PACKET - HEADER);
                self.with_stream(index, |stream, limit, units| stream.tear(missing, limit, units))?;
            }
        }
        self.with_stream(index, |stream, limit, units| match packet.starts_unit {
            true => stream.begin(packet, payload, offset, limit, units),
            false => stream.push(packet, payload, offset, limit, units),
        })?;
        if packet.discontinuity {
            self.end_part(index, packet)?;
        }
        self.read_header(index)?;
        self.with_stream(index, Elementary::end_if_complete)
    }

    /// The time of the stream may begin anew: what was before comes out first (TS-16).
    fn end_part(&mut self, index: usize, packet: &Packet) -> Result<(), Fault> {
        let starts_unit = packet.starts_unit;
        self.with_stream(index, |stream, _, units| {
            if starts_unit {
                stream.end_part(units);
            }
            Ok(())
        })?;
        self.note_discontinuity();
        Ok(())
    }

    /// Reads the header of the PES packet, if it has just come.
    #[inline]
    fn read_header(&mut self, index: usize) -> Result<(), Fault> {
        let Some(stream) = self.streams.get_mut(index) else { return Ok(()) };
        match stream.pes.read_header() {
            Ok(None) => Ok(()),
            Ok(Some(header)) => {
                let times = header.pts.map(|pts| self.timeline.times(pts, header.dts));
                stream.note_header(times, self.breaks);
                Ok(())
            }
            Err(code) => self.with_stream(index, |stream, _, units| {
                stream.refuse_pes(code, units);
                Ok(())
            }),
        }
    }

    /// Sends what a stream gives.
    #[inline]
    pub(super) fn with_stream(
        &mut self,
        index: usize,
        act: impl FnOnce(
            &mut Elementary,
            usize,
            &mut std::collections::VecDeque<crate::elementary::Unit>,
        ) -> Result<(), ErrorCode>,
    ) -> Result<(), Fault> {
        let Some(stream) = self.streams.get_mut(index) else { return Ok(()) };
        let (pid, limit) = (stream.stream.pid, self.limits.max_frame_size as usize);
        let acted = act(stream, limit, &mut self.units).map_err(|code| Fault::of_pes(code, pid));
        if !self.units.is_empty() {
            self.send(index)?;
        }
        acted
    }

    /// Bytes of a PID are lost.
    pub(super) fn lose(&mut self, pid: u16, place: Place, code: ErrorCode, offset: u64, bytes: u64) {
        if let Some(loss) = self.losses.note(pid, place, code, offset, bytes) {
            let origin = Origin { place, pid, offset: loss.offset };
            self.out.push_back((Demuxed::Lost(loss), origin));
        }
    }
}

fn has_readable(map: &ProgramMap) -> bool {
    map.streams.iter().any(|stream| Elementary::new(stream.clone()).is_some())
}
