//! Damage of every kind over every transport stream in `media/`: it is never fatal, no frame comes
//! out that the undamaged stream does not have, nearly all others do, and what does not is told.
//!
//! Bit errors inside a payload cannot be known: a frame counts as one of the undamaged stream if it
//! has as many bytes as one of them and differs from it in no more bits than were turned. A loss of
//! 16 packets of a PID, or a multiple, leaves no trace in its continuity counter: the test makes
//! none.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{FILES, feed, file};
use mse_core::MediaTime;
use mse_testkit::random::Random;
use std::collections::{HashMap, HashSet};

/// The undamaged stream.
struct Good {
    name: &'static str,
    bytes: Vec<u8>,
    /// Bytes of a packet with what stands before it.
    stride: usize,
    frames: HashSet<(u64, Vec<u8>)>,
    /// When each is shown.
    times: HashMap<(u64, Vec<u8>), Vec<MediaTime>>,
    count: usize,
}

fn good(name: &'static str) -> Good {
    let bytes = file(name);
    let output = feed(&bytes, usize::MAX);
    assert!(output.error.is_none() && output.lost.is_empty(), "{name}: {:?} {:?}", output.error, output.lost);
    let stride = if name.contains("m2ts") { 192 } else { 188 };
    let mut times: HashMap<_, Vec<MediaTime>> = HashMap::new();
    for frame in &output.frames {
        let key = (frame.track_id.0, frame.data.to_vec());
        times.entry(key).or_default().push(frame.presentation_timestamp);
    }
    let frames = output.frames.iter().map(|frame| (frame.track_id.0, frame.data.to_vec())).collect();
    Good { name, bytes, stride, frames, times, count: output.frames.len() }
}

/// Result of many damaged streams.
#[derive(Default, Debug)]
struct Tally {
    runs: usize,
    expected: usize,
    kept: usize,
    false_frames: Vec<String>,
    errors: Vec<String>,
    untold: Vec<String>,
    wrong_times: Vec<String>,
}

impl Tally {
    /// Feeds a damaged stream; `flips` bits were turned, and so many frames at least cannot come.
    fn take(&mut self, good: &Good, bytes: &[u8], label: &str, flips: u32, random: &mut Random) {
        let piece = [usize::MAX, 188, 1000, 7][below(random, 4) as usize];
        let output = feed(bytes, piece);
        let label = format!("{} {label}", good.name);
        self.runs += 1;
        self.expected += good.count;
        self.kept += output.frames.len().min(good.count);
        if let Some(error) = output.error {
            self.errors.push(format!("{label}: {error}"));
        }
        if random.bits().is_multiple_of(8) {
            mse_testkit::hostile::check(&mse_mp2t::FORMAT, bytes, 1 + below(random, 500) as usize);
        }
        for frame in &output.frames {
            let key = (frame.track_id.0, frame.data.to_vec());
            let time = frame.presentation_timestamp;
            if let Some(times) = good.times.get(&key).filter(|times| !times.contains(&time)) {
                let (track, time, right) = (key.0, time.to_seconds(), times[0].to_seconds());
                self.wrong_times.push(format!("{label}: track {track} at {time}, not {right}"));
            }
            if !good.frames.contains(&key) && !is_close(&good.frames, &key, flips) {
                let (time, size) = (frame.decode_timestamp.to_seconds(), key.1.len());
                let (track, lost) = (key.0, output.lost.join("\n  "));
                self.false_frames.push(format!("{label}: track {track} at {time} of {size} bytes\n  {lost}"));
            }
        }
        if output.frames.len() < good.count && output.lost.is_empty() && !output.awaits {
            self.untold.push(format!("{label}: {} of {}", output.frames.len(), good.count));
        }
    }

    fn check(&self, what: &str, percent: usize, untold_percent: usize) {
        let some = |list: &[String]| list.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
        println!(
            "{what}: {} runs, {:.2} % of {} frames; {} false, {} errors, {} untold, {} at other times",
            self.runs,
            self.kept as f64 * 100.0 / self.expected as f64,
            self.expected,
            self.false_frames.len(),
            self.errors.len(),
            self.untold.len(),
            self.wrong_times.len()
        );
        println!("{}", some(&self.wrong_times));
        assert!(self.errors.is_empty(), "{what}\n{}", some(&self.errors));
        assert!(self.false_frames.is_empty(), "{what}\n{}", some(&self.false_frames));
        // Where a stream ends between two PES packets, or begins with its tables, nothing says that
        // there was more.
        assert!(self.untold.len() * 100 <= self.runs * untold_percent, "{what}\n{}", some(&self.untold));
        assert!(self.kept * 100 >= self.expected * percent, "{what}");
    }
}

fn is_close(frames: &HashSet<(u64, Vec<u8>)>, (track, data): &(u64, Vec<u8>), flips: u32) -> bool {
    flips > 0
        && frames
            .iter()
            .filter(|(id, known)| id == track && known.len() == data.len())
            .any(|(_, known)| known.iter().zip(data).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>() <= flips)
}

fn below(random: &mut Random, end: u64) -> u64 {
    random.bits() % end
}

/// PIDs of packets.
fn pid(packet: &[u8], stride: usize) -> u16 {
    let packet = &packet[stride - 188..];
    u16::from(packet[1] & 0x1F) << 8 | u16::from(packet[2])
}

const SEEDS: u64 = 40;

fn for_all(what: &str, percent: usize, mut damage: impl FnMut(&Good, &mut Random, &mut Tally, &str)) {
    let mut tally = Tally::default();
    for (number, name) in FILES.into_iter().enumerate() {
        let good = good(name);
        for seed in 0..SEEDS {
            let seed = seed * 1000 + number as u64;
            damage(&good, &mut Random::new(seed), &mut tally, &format!("seed {seed}"));
        }
    }
    let untold_percent = if what.starts_with(['T', 'B']) { 3 } else { 0 };
    tally.check(what, percent, untold_percent);
}

#[test]
fn lost_packets() {
    for_all("lost packets", 60, |good, random, tally, seed| {
        let mut bytes = Vec::new();
        let packets: Vec<&[u8]> = good.bytes.chunks(good.stride).collect();
        let mut lost: HashMap<u16, u32> = HashMap::new();
        let (mut index, mut holes) = (4, 0);
        packets[..4].iter().for_each(|packet| bytes.extend_from_slice(packet));
        while index < packets.len() {
            if holes < 4 && below(random, 60) == 0 {
                holes += 1;
                let count = [1, 1, 2, 5, 15, 40][below(random, 6) as usize].min(packets.len() - index);
                lost.clear();
                for packet in &packets[index..index + count] {
                    *lost.entry(pid(packet, good.stride)).or_default() += 1;
                }
                let is_inside = index > packets.len() / 4 && index + count + 60 < packets.len();
                if is_inside && lost.values().all(|count| !count.is_multiple_of(16)) {
                    index += count;
                }
                // The next hole is far enough that the counters do not add up.
                for packet in packets.iter().skip(index).take(40) {
                    bytes.extend_from_slice(packet);
                }
                index += 40;
                continue;
            }
            bytes.extend_from_slice(packets[index]);
            index += 1;
        }
        tally.take(good, &bytes, seed, 0, random);
    });
}

#[test]
fn packets_that_come_twice_change_nothing() {
    for_all("duplicates", 100, |good, random, tally, seed| {
        let mut bytes = Vec::new();
        for packet in good.bytes.chunks(good.stride) {
            for _ in 0..1 + u64::from(below(random, 10) == 0) {
                bytes.extend_from_slice(packet);
            }
        }
        tally.take(good, &bytes, seed, 0, random);
    });
}

/// Anywhere but in what says where a payload begins: the adaptation field with its flag, and the
/// headers of PES packets.
#[test]
fn bit_errors() {
    for_all("bit errors", 80, |good, random, tally, seed| {
        let mut bytes = good.bytes.clone();
        let flips = 1 + below(random, 8) as u32;
        for _ in 0..flips {
            // Nothing follows the last packets by which their absence shows.
            let packets = (good.bytes.len() / good.stride) as u64 - 20;
            let packet = below(random, packets) as usize * good.stride + good.stride - 188;
            let has_adaptation_field = good.bytes[packet + 3] & 0x20 != 0;
            let after = if has_adaptation_field { 5 + usize::from(good.bytes[packet + 4]) } else { 4 };
            let from = after + if good.bytes[packet + 1] & 0x40 != 0 { 20 } else { 0 };
            // The header as often as the payload.
            let at = match below(random, 2) {
                1 if from < 188 => from + below(random, 188 - from as u64) as usize,
                _ => below(random, 3) as usize,
            };
            let bit = 1 << below(random, 8);
            bytes[packet + at] ^= bit;
            // A start code that comes or goes is another stream of NAL units.
            let around = |bytes: &[u8]| {
                bytes[(packet + at).saturating_sub(9)..].iter().take(13).filter(|byte| **byte == 0).count()
                    > 1
            };
            // So are the lengths inside an element of LATM.
            let is_structure = good.name.starts_with('h') && (around(&bytes) || around(&good.bytes));
            if at > 3 && (is_structure || good.name == "latm.ts") {
                bytes[packet + at] ^= bit;
            }
        }
        tally.take(good, &bytes, seed, flips, random);
    });
}

#[test]
fn foreign_bytes_between_packets() {
    for_all("foreign bytes", 90, |good, random, tally, seed| {
        let mut bytes = good.bytes.clone();
        let mut places: Vec<u64> = (0..1 + below(random, 4))
            .map(|_| below(random, (good.bytes.len() / good.stride) as u64))
            .collect();
        places.sort_unstable_by(|a, b| b.cmp(a));
        for place in places {
            let at = place as usize * good.stride;
            let count = 1 + below(random, 400);
            let foreign: Vec<u8> = (0..count).map(|_| random.bits() as u8).collect();
            bytes.splice(at..at, foreign);
        }
        tally.take(good, &bytes, seed, 0, random);
    });
}

/// Bytes are taken out of a packet that is not the last of its PES packet: the PES packet is over
/// before the next packet shows that bytes are missing.
#[test]
fn missing_bytes() {
    for_all("missing bytes", 80, |good, random, tally, seed| {
        let mut bytes = good.bytes.clone();
        let packets: Vec<&[u8]> = good.bytes.chunks(good.stride).collect();
        let goes_on = |index: usize| {
            let of = pid(packets[index], good.stride);
            let next = packets[index + 1..].iter().find(|packet| pid(packet, good.stride) == of);
            next.is_some_and(|next| next[good.stride - 187] & 0x40 == 0)
        };
        let inside: Vec<usize> = (0..packets.len() - 1).filter(|index| goes_on(*index)).collect();
        let mut places: Vec<usize> =
            (0..1 + below(random, 3)).map(|_| inside[below(random, inside.len() as u64) as usize]).collect();
        places.sort_unstable();
        places.dedup();
        for index in places.into_iter().rev() {
            let at = index * good.stride + below(random, good.stride as u64) as usize;
            let count = 1 + below(random, ((index + 1) * good.stride - at) as u64) as usize;
            bytes.drain(at..at + count);
        }
        tally.take(good, &bytes, seed, 0, random);
    });
}

#[test]
fn streams_that_end_anywhere() {
    for_all("Truncated", 40, |good, random, tally, seed| {
        let end = below(random, good.bytes.len() as u64) as usize;
        tally.take(good, &good.bytes[..end], seed, 0, random);
    });
}

#[test]
fn streams_that_begin_anywhere() {
    for_all("Begun in the middle", 20, |good, random, tally, seed| {
        let from = below(random, good.bytes.len() as u64 * 3 / 4) as usize;
        tally.take(good, &good.bytes[from..], seed, 0, random);
    });
}
