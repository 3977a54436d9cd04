//! The same elementary streams in the layouts of different muxers: PES packets that begin and end
//! anywhere, with and without lengths, times and access unit delimiters; packets of 188, 192 and
//! 204 bytes; tables that repeat. The frames are always the same.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{feed, file};
use mse_core::CodedFrame;
use mse_testkit::random::Random;
use std::collections::BTreeMap;

/// A frame as the file has it, with the bytes that stand in front of it in the elementary stream.
#[derive(Clone)]
struct Coded {
    bytes: Vec<u8>,
    pts: i64,
    dts: i64,
}

/// The elementary streams of a file by PID, frame by frame.
fn streams(name: &str) -> (Vec<u8>, BTreeMap<u16, Vec<Coded>>) {
    let (bytes, output) = (file(name), feed(&file(name), usize::MAX));
    let ticks = |time: mse_core::MediaTime| time.to_ticks(std::num::NonZeroU32::new(90_000).unwrap());
    let mut payloads: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
    for packet in bytes.chunks(188) {
        let pid = u16::from(packet[1] & 0x1F) << 8 | u16::from(packet[2]);
        let mut from = if packet[3] & 0x20 != 0 { 5 + usize::from(packet[4]) } else { 4 };
        if packet[1] & 0x40 != 0 && packet[from..].starts_with(&[0, 0, 1]) {
            from += 9 + usize::from(packet[from + 8]);
        }
        payloads.entry(pid).or_default().extend_from_slice(&packet[from..]);
    }
    let mut streams: BTreeMap<u16, Vec<Coded>> = BTreeMap::new();
    for (pid, payload) in payloads {
        let mut at = 0;
        let frames = output.frames.iter().filter(|frame| frame.track_id.0 == u64::from(pid));
        for frame in frames {
            let begin = at
                + payload[at..].windows(frame.data.len()).position(|bytes| bytes == &frame.data[..]).unwrap();
            let end = begin + frame.data.len();
            let (pts, dts) = (
                ticks(frame.presentation_timestamp - frame.discard.start),
                ticks(frame.decode_timestamp - frame.discard.start),
            );
            streams.entry(pid).or_default().push(Coded { bytes: payload[at..end].to_vec(), pts, dts });
            at = end;
        }
    }
    (bytes, streams)
}

/// Packing of a muxer.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// Bytes of a PES packet; frames are never cut without.
    cut: Option<usize>,
    /// Frames of a PES packet that is not cut.
    frames: usize,
    has_lengths: bool,
    is_indicated: bool,
    before: usize,
    behind: usize,
    tables_every: usize,
    has_delimiters: bool,
}

/// The payload of a PES packet, with PTS and DTS.
type Packed = (Vec<u8>, Option<(i64, i64)>);

struct Muxer {
    layout: Layout,
    tables: Vec<Vec<u8>>,
    counters: BTreeMap<u16, u8>,
    bytes: Vec<u8>,
}

impl Muxer {
    fn packet(&mut self, packet: &[u8]) {
        self.bytes.extend(std::iter::repeat_n(0xA5, self.layout.before));
        self.bytes.extend_from_slice(packet);
        self.bytes.extend(std::iter::repeat_n(0x5A, self.layout.behind));
    }

    fn tables(&mut self) {
        for mut table in self.tables.clone() {
            let pid = u16::from(table[1] & 0x1F) << 8 | u16::from(table[2]);
            table[3] = 0x10 | self.counter(pid);
            self.packet(&table);
        }
    }

    fn counter(&mut self, pid: u16) -> u8 {
        let counter = self.counters.entry(pid).or_default();
        let now = *counter;
        *counter = (now + 1) & 0xF;
        now
    }

    fn pes(&mut self, pid: u16, times: Option<(i64, i64)>, payload: &[u8], is_video: bool) {
        let time = |tag: u8, value: i64| {
            let value = value.rem_euclid(1 << 33) as u64;
            let high = (value >> 29) as u8 & 0xE;
            [
                tag << 4 | high | 1,
                (value >> 22) as u8,
                (value >> 14) as u8 | 1,
                (value >> 7) as u8,
                (value << 1) as u8 | 1,
            ]
        };
        let fields = match times {
            None => Vec::new(),
            Some((pts, dts)) if pts == dts => time(2, pts).to_vec(),
            Some((pts, dts)) => [time(3, pts), time(1, dts)].concat(),
        };
        let flags = [0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0xC0][fields.len()];
        let length = 3 + fields.len() + payload.len();
        let length = if length > 0xFFFF || (is_video && !self.layout.has_lengths) { 0 } else { length };
        let id = if is_video { 0xE0 } else { 0xC0 };
        let head = [0, 0, 1, id, (length >> 8) as u8, length as u8, 0x80, flags, fields.len() as u8];
        let unit = [&head[..], &fields, payload].concat();
        for (index, part) in unit.chunks(if self.layout.is_indicated { 182 } else { 184 }).enumerate() {
            self.pes_packet(pid, index == 0, part);
        }
    }

    fn pes_packet(&mut self, pid: u16, is_first: bool, payload: &[u8]) {
        let start = if is_first { 0x40 } else { 0 };
        let room = 184 - payload.len();
        let counter = self.counter(pid);
        let mut packet =
            vec![0x47, start | (pid >> 8) as u8, pid as u8, if room > 0 { 0x30 } else { 0x10 } | counter];
        if room > 0 {
            packet.push(room as u8 - 1);
        }
        if room > 1 {
            packet.push(if is_first && self.layout.is_indicated { 0x40 } else { 0 });
            packet.extend(std::iter::repeat_n(0xFF, room - 2));
        }
        packet.extend_from_slice(payload);
        self.packet(&packet);
    }
}

/// The frames of a stream in PES packets: payload, and the times of the first that begins in it.
fn packets(frames: &[Coded], layout: Layout, random: &mut Random) -> Vec<Packed> {
    let Some(cut) = layout.cut else {
        let group = |frames: &[Coded]| {
            let payload = frames.iter().flat_map(|frame| frame.bytes.clone()).collect();
            (payload, Some((frames[0].pts, frames[0].dts)))
        };
        return frames.chunks(layout.frames).map(group).collect();
    };
    let all: Vec<u8> = frames.iter().flat_map(|frame| frame.bytes.clone()).collect();
    let mut begins = Vec::new();
    let mut at = 0;
    for frame in frames {
        begins.push((at, frame));
        at += frame.bytes.len();
    }
    let (mut at, mut packets) = (0, Vec::new());
    while at < all.len() {
        let end = (at + 1 + (random.bits() as usize) % cut).min(all.len());
        let first = begins
            .iter()
            .find(|(begin, _)| (at..end).contains(begin))
            .map(|(_, frame)| (frame.pts, frame.dts));
        packets.push((all[at..end].to_vec(), first));
        at = end;
    }
    packets
}

fn is_video(name: &str, pid: u16) -> bool {
    pid == 256 && name.starts_with('h')
}

fn without_delimiters(frames: &[Coded]) -> Vec<Coded> {
    const AVC: usize = 6;
    let cut = |frame: &Coded| {
        let size = if frame.bytes.starts_with(&[0, 0, 0, 1, 9]) { AVC } else { 7 };
        Coded { bytes: frame.bytes[size..].to_vec(), ..frame.clone() }
    };
    frames.iter().map(cut).collect()
}

fn mux(name: &str, layout: Layout, random: &mut Random) -> (Vec<u8>, BTreeMap<u16, Vec<Coded>>) {
    let (bytes, mut streams) = streams(name);
    if !layout.has_delimiters
        && is_video(name, 256)
        && let Some(frames) = streams.get_mut(&256)
    {
        *frames = without_delimiters(frames);
    }
    let table = |pid: u16| {
        bytes.chunks(188).find(|packet| packet[1] == 0x40 | (pid >> 8) as u8 && packet[2] == pid as u8)
    };
    let tables = [0, 0x1000].map(|pid| table(pid).unwrap().to_vec()).to_vec();
    let mut muxer = Muxer { layout, tables, counters: BTreeMap::new(), bytes: Vec::new() };
    let mut queues: Vec<_> = streams
        .iter()
        .map(|(pid, frames)| (*pid, packets(frames, layout, random).into_iter().peekable(), 0))
        .collect();
    for round in 0.. {
        if round % layout.tables_every == 0 {
            muxer.tables();
        }
        // The stream that is behind goes on.
        let next = queues.iter_mut().filter_map(|(pid, queue, dts)| {
            let (_, times) = queue.peek()?;
            *dts = times.map_or(*dts, |(_, dts)| dts);
            Some((*dts, *pid))
        });
        let Some((_, pid)) = next.min() else { break };
        let (_, queue, _) = queues.iter_mut().find(|(found, ..)| *found == pid).unwrap();
        let (payload, times) = queue.next().unwrap();
        muxer.pes(pid, times, &payload, is_video(name, pid));
    }
    (muxer.bytes, streams)
}

fn layouts(random: &mut Random) -> Layout {
    let bits = random.bits();
    let flag = |index: u32| bits >> index & 1 == 1;
    let cut = [None, None, Some(40), Some(300), Some(1000), Some(5000)][(bits >> 8) as usize % 6];
    let (before, behind) = [(0, 0), (0, 0), (4, 0), (0, 16)][(bits >> 16) as usize % 4];
    Layout {
        cut,
        frames: 1 + (bits >> 24) as usize % 3,
        has_lengths: flag(0),
        is_indicated: flag(1),
        before,
        behind,
        tables_every: 5 + (bits >> 32) as usize % 40,
        has_delimiters: flag(2),
    }
}

#[test]
fn every_layout_gives_the_same_frames() {
    for name in
        ["h264-aac.ts", "hevc-aac.ts", "h264-mp3.ts", "h264-ac3.ts", "h264-eac3.ts", "aac.ts", "opus.ts"]
    {
        for seed in 0..60 {
            let random = &mut Random::new(seed);
            let layout = layouts(random);
            let (bytes, streams) = mux(name, layout, random);
            let label = format!("{name} seed {seed} {layout:?}");
            let output = feed(&bytes, [usize::MAX, 188, 1000][seed as usize % 3]);
            assert_eq!((output.error, &output.lost[..]), (None, &[][..]), "{label}");
            for (pid, expected) in streams {
                let is_of = |frame: &&CodedFrame| frame.track_id.0 == u64::from(pid);
                let frames: Vec<&CodedFrame> = output.frames.iter().filter(is_of).collect();
                // A PES packet without a length that fills its last packet may go on.
                let awaited = usize::from(output.awaits && is_video(name, pid) && !layout.has_lengths);
                let missing = expected.len() - frames.len();
                assert!(missing <= awaited, "{label} pid {pid}: {missing} missing");
                for (index, (frame, expected)) in frames.iter().zip(&expected).enumerate() {
                    let is_same = expected.bytes.ends_with(&frame.data);
                    assert!(
                        is_same,
                        "{label} pid {pid} frame {index}: {} of {}",
                        frame.data.len(),
                        expected.bytes.len()
                    );
                    // The last have no neighbour that tells their times.
                    if index + 10 < frames.len() {
                        check_times(frame, expected, &format!("{label} pid {pid} frame {index}"));
                    }
                }
            }
        }
    }
}

/// Within a tick or two: times of sound are counted on, those of pictures without any are shared
/// out.
fn check_times(frame: &CodedFrame, expected: &Coded, label: &str) {
    let ticks = |time: mse_core::MediaTime| time.to_ticks(std::num::NonZeroU32::new(90_000).unwrap());
    let (pts, dts) = (frame.presentation_timestamp, frame.decode_timestamp);
    assert!((ticks(dts - frame.discard.start) - expected.dts).abs() <= 2, "{label}: {}", ticks(dts));
    // The order of HEVC is not read.
    if !frame.is_duration_estimated || !label.starts_with("hevc") {
        assert!((ticks(pts - frame.discard.start) - expected.pts).abs() <= 2, "{label}: {}", ticks(pts));
    }
}
