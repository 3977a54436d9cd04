//! [`Tables`]: the tables of the stream, and which program is played (TS-5, TS-7, TS-12, TS-20).

use crate::error_code::{NOTHING_READABLE, SECTION_INVALID};
use crate::packet::{Continuity, Order, PACKET, Packet};
use crate::psi::{Program, ProgramMap, SectionGatherer, parse_pat, parse_pmt};
use mse_core::ErrorCode;
use std::collections::BTreeMap;

const PAT: u16 = 0;

/// The PAT, the PMT of each program, and the program in force.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    /// By PID, from the first packet on.
    sections: BTreeMap<u16, Sections>,
    /// As the PAT lists them.
    pub(crate) programs: Vec<Program>,
    chosen: Option<u16>,
    /// Program map tables without a stream that is read: their streams.
    unreadable: BTreeMap<u16, String>,
}

#[derive(Debug, Default)]
struct Sections {
    continuity: Continuity,
    gatherer: SectionGatherer,
    /// The section that was taken last, if what it says is in force.
    known: Vec<u8>,
}

/// Change that a packet of a table makes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    /// Packets may be missing in front of it.
    Jump,
    /// The program in force has this map.
    Map(ProgramMap),
    /// A table is damaged.
    Invalid(ErrorCode),
    /// No program has a stream that is read: these are there.
    Unreadable(ErrorCode, String),
}

impl Tables {
    /// Whether the packets of a PID are a table.
    pub(crate) fn has(&self, pid: u16) -> bool {
        pid == PAT || self.programs.iter().any(|program| program.pid == pid)
    }

    /// Takes a packet of a table. `can_change`: nothing was said of a program yet.
    pub(crate) fn take(
        &mut self,
        packet: &Packet,
        bytes: &[u8; PACKET],
        can_change: bool,
        is_readable: impl Fn(&ProgramMap) -> bool,
        mut change: impl FnMut(Change),
    ) {
        let payload = &bytes[packet.payload.clone()];
        if payload.is_empty() {
            return;
        }
        let in_force = packet.pid == PAT || self.chosen == Some(packet.pid);
        let Sections { continuity, gatherer, known } = self.sections.entry(packet.pid).or_default();
        match continuity.take(packet, bytes) {
            Order::Duplicate => return,
            Order::Jump(_) if !packet.discontinuity => {
                change(Change::Jump);
                gatherer.clear();
            }
            _ => {}
        }
        let mut sections = Vec::new();
        gatherer.push(payload, packet.starts_unit, |section| {
            // Tables come again and again, and mostly say the same.
            if !(in_force && sections.is_empty() && section == known) {
                sections.push(section.to_vec());
            }
        });
        for section in sections {
            let found = match packet.pid {
                PAT => self.take_pat(&section),
                pid => self.take_pmt(pid, &section, can_change, &is_readable),
            };
            let is_valid = matches!(found, Change::Nothing | Change::Map(_));
            let in_force = packet.pid == PAT || self.chosen == Some(packet.pid);
            if let Some(of_pid) = self.sections.get_mut(&packet.pid) {
                of_pid.known = if is_valid && in_force { section } else { Vec::new() };
            }
            change(found);
        }
    }

    fn take_pat(&mut self, section: &[u8]) -> Change {
        let programs = match parse_pat(section) {
            None => return Change::Nothing,
            Some(Err(())) => return Change::Invalid(SECTION_INVALID),
            Some(Ok(programs)) => programs,
        };
        if programs != self.programs && !programs.is_empty() {
            self.chosen = self.chosen.filter(|pid| programs.iter().any(|program| program.pid == *pid));
            self.programs = programs;
            self.unreadable.clear();
            let programs = &self.programs;
            self.sections.retain(|pid, _| *pid == PAT || programs.iter().any(|program| program.pid == *pid));
        }
        Change::Nothing
    }

    fn take_pmt(
        &mut self,
        pid: u16,
        section: &[u8],
        can_change: bool,
        is_readable: impl Fn(&ProgramMap) -> bool,
    ) -> Change {
        let map = match parse_pmt(section) {
            None => return Change::Nothing,
            Some(Err(())) => return Change::Invalid(SECTION_INVALID),
            Some(Ok(map)) => map,
        };
        if self.chosen == Some(pid) {
            return Change::Map(map);
        }
        let rank = |pid: u16| self.programs.iter().position(|program| program.pid == pid);
        // The first program that has streams that are read; another one only until something was
        // said of it.
        let is_first = self.chosen.is_none_or(|chosen| can_change && rank(pid) < rank(chosen));
        if !is_first {
            return Change::Nothing;
        }
        if is_readable(&map) {
            self.chosen = Some(pid);
            return Change::Map(map);
        }
        if !map.streams.is_empty() {
            let streams = map.streams.iter().map(|stream| format!("pid {}: {}", stream.pid, stream.format()));
            self.unreadable.insert(pid, streams.collect::<Vec<_>>().join(", "));
        }
        if self.chosen.is_none() && self.unreadable.len() >= self.programs.len() {
            self.unreadable()
        } else {
            Change::Nothing
        }
    }

    /// Change that names the streams which are there, when none of them is read.
    pub(crate) fn unreadable(&self) -> Change {
        if self.chosen.is_some() || self.unreadable.is_empty() {
            return Change::Nothing;
        }
        let streams: Vec<&str> = self.unreadable.values().map(String::as_str).collect();
        Change::Unreadable(NOTHING_READABLE, streams.join(", "))
    }

    /// The programs that are not played.
    pub(crate) fn others(&self) -> impl Iterator<Item = &Program> {
        self.programs.iter().filter(|program| Some(program.pid) != self.chosen)
    }

    /// Forgets packets; and the program, if nothing was said of it.
    pub(crate) fn clear(&mut self, keeps_program: bool) {
        if keeps_program {
            self.sections.clear();
        } else {
            *self = Self::default();
        }
    }
}
