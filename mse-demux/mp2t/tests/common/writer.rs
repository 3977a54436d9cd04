//! A small writer of transport streams, and what comes out of a demuxer in words.

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses what it needs")]

use bytes::Bytes;
use mse_core::{Demuxed, Demuxer, Limits, MimeType};
use mse_mp2t::FORMAT;

pub(crate) const AUDIO: u16 = 0x101;
pub(crate) const VIDEO: u16 = 0x100;
pub(crate) const PMT: u16 = 0x1000;

pub(crate) fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            if crc >> 31 != 0 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 }
        })
    })
}

/// A section with its header and checksum.
pub(crate) fn section(table_id: u8, body: &[u8]) -> Vec<u8> {
    let length = 5 + body.len() + 4;
    let head = [table_id, 0xB0 | (length >> 8) as u8, length as u8, 0, 1, 0xC1, 0, 0];
    let mut section = [&head[..], body].concat();
    section.extend_from_slice(&crc(&section).to_be_bytes());
    section
}

pub(crate) fn pat(programs: &[(u16, u16)]) -> Vec<u8> {
    let entries = programs
        .iter()
        .flat_map(|&(number, pid)| [number.to_be_bytes(), (0xE000 | pid).to_be_bytes()].concat());
    section(0, &entries.collect::<Vec<u8>>())
}

pub(crate) fn pmt(streams: &[(u8, u16, &[u8])]) -> Vec<u8> {
    let mut body = vec![0xE1, 0, 0xF0, 0];
    for (kind, pid, descriptors) in streams {
        body.push(*kind);
        body.extend_from_slice(&(0xE000 | pid).to_be_bytes());
        body.extend_from_slice(&(0xF000 | descriptors.len() as u16).to_be_bytes());
        body.extend_from_slice(descriptors);
    }
    section(2, &body)
}

/// Writes packets, counting for each PID.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) counters: std::collections::HashMap<u16, u8>,
}

impl Writer {
    /// A unit in as many packets as it needs, stuffed with an adaptation field that has these
    /// flags.
    pub(crate) fn unit(mut self, pid: u16, unit: &[u8], flags: u8) -> Self {
        let mut rest = unit;
        let mut first = true;
        while first || !rest.is_empty() {
            // At least two bytes of adaptation field, so that flags can be said.
            let (part, behind) = rest.split_at(rest.len().min(182));
            self.packet(pid, first, part, if first { flags } else { 0 });
            rest = behind;
            first = false;
        }
        self
    }

    pub(crate) fn packet(&mut self, pid: u16, starts_unit: bool, payload: &[u8], flags: u8) {
        let counter = self.counters.entry(pid).or_default();
        let stuffing = 188 - 4 - payload.len();
        let mut packet =
            vec![0x47, (u8::from(starts_unit) << 6) | (pid >> 8) as u8, pid as u8, 0x30 | *counter];
        *counter = (*counter + 1) & 0xF;
        packet.push((stuffing - 1) as u8);
        packet.push(flags);
        packet.resize(4 + stuffing, 0xFF);
        packet.extend_from_slice(payload);
        self.bytes.extend_from_slice(&packet);
    }

    /// A unit in packets without adaptation fields, which it must fill to the last byte.
    pub(crate) fn full_unit(mut self, pid: u16, unit: &[u8]) -> Self {
        assert!(unit.len().is_multiple_of(184), "{} bytes", unit.len());
        for (index, payload) in unit.chunks(184).enumerate() {
            self.full_packet(pid, index == 0, payload);
        }
        self
    }

    pub(crate) fn full_packet(&mut self, pid: u16, starts_unit: bool, payload: &[u8]) {
        let counter = self.counters.entry(pid).or_default();
        let head = [0x47, (u8::from(starts_unit) << 6) | (pid >> 8) as u8, pid as u8, 0x10 | *counter];
        *counter = (*counter + 1) & 0xF;
        self.bytes.extend_from_slice(&head);
        self.bytes.extend_from_slice(payload);
    }

    pub(crate) fn psi(self, pid: u16, section: &[u8]) -> Self {
        self.unit(pid, &[&[0][..], section].concat(), 0)
    }

    /// PAT and PMT of these streams.
    pub(crate) fn program(self, streams: &[(u8, u16, &[u8])]) -> Self {
        self.psi(0, &pat(&[(1, PMT)])).psi(PMT, &pmt(streams))
    }

    /// A PES packet of known length.
    pub(crate) fn pes(self, pid: u16, pts: u64, payload: &[u8]) -> Self {
        let unit = pes(Some(pts), true, payload);
        self.unit(pid, &unit, 0)
    }

    pub(crate) fn skip_counter(mut self, pid: u16) -> Self {
        *self.counters.entry(pid).or_default() += 1;
        self
    }
}

pub(crate) fn pes(pts: Option<u64>, known: bool, payload: &[u8]) -> Vec<u8> {
    let fields = pts.map_or_else(Vec::new, |pts| {
        vec![
            0x21 | (pts >> 29) as u8 & 0xE,
            (pts >> 22) as u8,
            (pts >> 14) as u8 | 1,
            (pts >> 7) as u8,
            (pts << 1) as u8 | 1,
        ]
    });
    let length = if known { 3 + fields.len() + payload.len() } else { 0 };
    let flags = if pts.is_some() { 0x80 } else { 0 };
    let head = [0, 0, 1, 0xC0, (length >> 8) as u8, length as u8, 0x80, flags, fields.len() as u8];
    [&head[..], &fields, payload].concat()
}

/// An MPEG-1 layer III frame of 24 ms: 96 bytes.
pub(crate) fn mp3() -> Vec<u8> {
    [&[0xFF, 0xFB, 0x14, 0][..], &[b'x'; 92]].concat()
}

pub(crate) const MP3: &[(u8, u16, &[u8])] = &[(0x03, AUDIO, &[])];

pub(crate) fn demuxer() -> Box<dyn Demuxer> {
    (FORMAT.new_demuxer)(&MimeType::parse("video/mp2t").unwrap(), &Limits::default())
}

/// One word an item; times in ticks of 90 kHz.
pub(crate) fn words(demuxer: &mut dyn Demuxer) -> Vec<String> {
    let ticks = |time: mse_core::MediaTime| time.to_ticks(std::num::NonZeroU32::new(90_000).unwrap());
    let mut words = Vec::new();
    loop {
        words.push(match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return words,
            Ok(Demuxed::InitSegment(init)) => {
                let codecs: Vec<_> =
                    init.tracks.iter().map(|track| track.descriptions[0].codec.clone()).collect();
                format!("init({})", codecs.join(" "))
            }
            Ok(Demuxed::MediaSegmentStart) => "start".to_owned(),
            Ok(Demuxed::MediaSegmentEnd) => "end".to_owned(),
            Ok(Demuxed::InbandEvent(event)) => {
                format!(
                    "event({}@{})",
                    String::from_utf8_lossy(&event.data),
                    ticks(event.presentation_time.unwrap())
                )
            }
            Ok(Demuxed::Lost(loss)) => format!("lost {loss}"),
            Ok(Demuxed::InitData(_)) => "data".to_owned(),
            Ok(Demuxed::Frame(frame)) => {
                let key = if frame.is_random_access_point { "K" } else { "" };
                format!(
                    "{}@{}+{}{key}",
                    frame.data.len(),
                    ticks(frame.presentation_timestamp),
                    ticks(frame.duration)
                )
            }
            Err(error) => {
                let at = if error.path.is_empty() { String::new() } else { format!(" in {}", error.path) };
                words.push(format!("{} {}{at}", error.row, error.code));
                return words;
            }
        });
    }
}

pub(crate) fn outputs(writer: Writer) -> String {
    let mut demuxer = demuxer();
    demuxer.push(Bytes::from(writer.bytes));
    words(demuxer.as_mut()).join(" ")
}
