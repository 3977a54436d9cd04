//! Decode times of tracks whose blocks stand in another order than they are shown (WEBM-16,
//! WEBM-19; docs/decisions/0021).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::*;
use mse_core::{CodedFrame, Demuxed, Demuxer, MediaTime};
use mse_testkit::random::Random;

/// Exp-Golomb codes as text.
fn ue(values: &[u32]) -> String {
    let code = |value: &u32| format!("{:b}", u64::from(*value) + 1);
    values.iter().map(code).map(|code| "0".repeat(code.len() - 1) + &code).collect()
}

/// An `avcC` of a High stream of 64x48 at level 1, which holds 16 frames; it may state how far
/// frames are reordered.
fn avcc(reorder: Option<u32>) -> Vec<u8> {
    let usability = match reorder {
        // Nothing but bitstream_restriction().
        Some(reorder) => format!("1{}1{}", "0".repeat(8), "1".to_owned() + &ue(&[0, 0, 10, 10, reorder, 16])),
        None => "0".to_owned(),
    };
    let bits = ["01100100", "00000000", "00001010"].concat()
        + &ue(&[0, 1, 0, 0])
        + "00"
        + &ue(&[0, 0, 4, 4])
        + "0"
        + &ue(&[3, 2])
        + "110"
        + &usability
        + "1";
    let byte = |bits: &[u8]| bits.iter().chain(b"00000000").take(8).fold(0, |byte, bit| byte << 1 | bit & 1);
    let sps: Vec<u8> = [0x67].into_iter().chain(bits.as_bytes().chunks(8).map(byte)).collect();
    let pps = [0x68, 0xE9];
    [&[1, 100, 0, 10, 0xFF, 0xE1, 0, sps.len() as u8], &sps[..], &[1, 0, 2], &pps].concat()
}

fn avc(reorder: Option<u32>, more: &[Vec<u8>]) -> Vec<u8> {
    init(&[track(1, 1, "V_MPEG4/ISO/AVC", &[&[el(0x63A2, &avcc(reorder))], more].concat())])
}

/// All frames of bytes in pieces of a size, those at the end included.
fn frames(bytes: &[u8], size: usize) -> Vec<CodedFrame> {
    let mut demuxer = demuxer();
    let mut frames = Vec::new();
    for piece in bytes.chunks(size) {
        demuxer.push(Bytes::copy_from_slice(piece));
        take(demuxer.as_mut(), &mut frames);
    }
    demuxer.flush();
    take(demuxer.as_mut(), &mut frames);
    frames
}

fn take(demuxer: &mut dyn Demuxer, frames: &mut Vec<CodedFrame>) {
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => return,
            Demuxed::Frame(frame) => frames.push(frame),
            _ => {}
        }
    }
}

/// Presentation times in decoding order, `|`, decode times in milliseconds.
fn times(bytes: &[u8]) -> String {
    let ms = mse_testkit::frames::milliseconds;
    let frames = frames(bytes, usize::MAX);
    let line = |time: fn(&CodedFrame) -> MediaTime| {
        frames.iter().map(|frame| ms(time(frame))).collect::<Vec<_>>().join(" ")
    };
    format!(
        "{} | {} | {}",
        line(|frame| frame.presentation_timestamp),
        line(|frame| frame.decode_timestamp),
        line(|frame| frame.duration)
    )
}

/// A Cluster of pictures at these milliseconds, the first of them a random access point.
fn pictures(time: u64, at: &[i16]) -> Vec<u8> {
    let block = |(index, at): (usize, &i16)| simple(1, *at, if index == 0 { "K" } else { "p" });
    cluster(time, &at.iter().enumerate().map(block).collect::<Vec<_>>())
}

#[test]
fn decode_times_are_the_presentation_times_in_order_behind_the_depth() {
    for (depth, at, expected) in [
        (Some(0), &[0, 40, 80][..], "0 40 80 | 0 40 80 | 40 40 40"),
        (Some(1), &[0, 80, 40, 160, 120], "0 80 40 160 120 | -40 0 40 80 120 | 40 40 40 40 40"),
        (
            Some(2),
            &[0, 160, 80, 40, 120, 200],
            "0 160 80 40 120 200 | -80 -40 0 40 80 120 | 40 40 40 40 40 40",
        ),
        // Rounded: 30 pictures a second.
        (Some(1), &[0, 67, 33, 133, 100], "0 67 33 133 100 | -33 0 33 67 100 | 33 33 34 34 33"),
        // An open group: two pictures are shown before the first.
        (
            Some(1),
            &[80, 0, 40, 200, 120, 160],
            "80 0 40 200 120 160 | -40 0 40 80 120 160 | 40 40 40 40 40 40",
        ),
        // Nothing is stated: all that is there is looked at.
        (None, &[0, 80, 40, 160, 120], "0 80 40 160 120 | -640 -600 -560 -520 -480 | 40 40 40 40 40"),
        // The stated depth is too small.
        (Some(0), &[0, 80, 40, 160, 120], "0 80 40 160 120 | 0 40 40 80 120 | 80 40 40 40 40"),
    ] {
        let stream = [avc(depth, &[]), pictures(0, at)].concat();
        assert_eq!(times(&stream), expected, "{depth:?} {at:?}");
    }
}

#[test]
fn a_cluster_goes_on_where_the_one_before_it_ended() {
    // The group is cut behind its last picture, whose place on the screen is behind those of the
    // next Cluster.
    let stream = |second: Vec<u8>| {
        [avc(Some(2), &[uint(0x23_E383, 40_000_000)]), pictures(0, &[0, 160]), second].concat()
    };
    let rest =
        cluster(0, &[simple(1, 80, "p"), simple(1, 40, "p"), simple(1, 120, "p"), simple(1, 200, "p")]);
    assert_eq!(times(&stream(rest)), "0 160 80 40 120 200 | -80 -40 0 40 80 120 | 40 40 40 40 40 40");
    // Another place begins anew.
    let far = times(&stream(pictures(9000, &[0, 160, 80, 40, 120])));
    assert_eq!(
        far,
        "0 160 9000 9160 9080 9040 9120 | -80 -40 8920 8960 9000 9040 9080 | 40 40 40 40 40 40 40"
    );
    let back = [stream(Vec::new()), pictures(9000, &[0, 80, 40]), pictures(0, &[0, 80, 40])].concat();
    assert_eq!(
        times(&back).split(" | ").nth(1).unwrap(),
        "-80 -40 8920 8960 9000 -80 -40 0",
        "back to where it was"
    );
}

/// A stream as an encoder makes it: indices on the screen in decoding order, and which of them are
/// random access points.
struct Encoded {
    order: Vec<usize>,
    keys: Vec<usize>,
}

impl Encoded {
    fn new(random: &mut Random, count: usize) -> Self {
        let between = random.within(0..=16) as usize;
        let (is_pyramid, is_open) = (random.percent(50), random.percent(50));
        let (mut order, mut keys, mut shown) = (vec![0], vec![0], 1);
        while shown < count {
            let bs = between.min(count - shown - 1).min(random.within(0..=between as i64) as usize);
            let is_key = random.percent(20);
            if is_key && !is_open {
                // A closed group: the key frame is shown next.
                keys.push(shown);
                order.push(shown);
                shown += 1;
                continue;
            }
            let anchor = shown + bs;
            keys.extend(is_key.then_some(anchor));
            order.push(anchor);
            if is_pyramid {
                halves(shown, anchor, &mut order);
            } else {
                order.extend(shown..anchor);
            }
            shown = anchor + 1;
        }
        Self { order, keys }
    }

    /// Frames at most that stand in front of a frame and are shown behind it.
    fn depth(&self) -> usize {
        let deep = |at: usize| self.order[..at].iter().filter(|shown| **shown > self.order[at]).count();
        (0..self.order.len()).map(deep).max().unwrap_or(0)
    }
}

/// The middle first, then both halves.
fn halves(from: usize, to: usize, order: &mut Vec<usize>) {
    if from < to {
        let middle = from + (to - from) / 2;
        order.push(middle);
        halves(from, middle, order);
        halves(middle + 1, to, order);
    }
}

/// When each picture is shown, in ticks: at a rate, some of them late.
fn shown_at(random: &mut Random, count: usize, tick: u64) -> Vec<i64> {
    let rate = *random.one_of(&[23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0]);
    let is_variable = random.percent(30);
    let mut late = 0;
    (0..count)
        .map(|index| {
            late += if is_variable && random.percent(10) { random.within(0..=400) } else { 0 };
            ((index as f64 * 1e9 / rate + late as f64 * 1e6) / tick as f64).round() as i64
        })
        .collect()
}

#[test]
fn no_order_of_an_encoder_makes_a_discontinuity() {
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let count = random.within(1..=120) as usize;
        let encoded = Encoded::new(&mut random, count);
        let tick = *random.one_of(&[100_000, 1_000_000, 1_000_000, 3_000_000]);
        let shown = shown_at(&mut random, count, tick);
        let is_stated = encoded.depth() <= 16 && random.percent(70);
        let head = {
            let stated = is_stated.then_some(encoded.depth() as u32);
            let default = uint(0x23_E383, random.within(1..=60) as u64 * 1_000_000);
            let more = if random.percent(50) { vec![default] } else { Vec::new() };
            let info = el(0x1549_A966, &uint(0x2A_D7B1, tick));
            let entry = track(1, 1, "V_MPEG4/ISO/AVC", &[vec![el(0x63A2, &avcc(stated))], more].concat());
            [ebml(), unknown(0x1853_8067, &[info, tracks(&[entry])].concat())].concat()
        };
        // Clusters end anywhere where the depth is known beforehand.
        let (mut stream, mut children, mut base) = (head, Vec::new(), shown[0]);
        for (place, index) in encoded.order.iter().enumerate() {
            let is_key = encoded.keys.contains(index);
            let ends = if is_stated { place > 20 && random.percent(5) } else { is_key && random.percent(50) };
            if ends || (shown[*index] - base).abs() > 30_000 {
                stream.extend(cluster(base as u64, &std::mem::take(&mut children)));
                base = shown[*index];
            }
            let name = format!("{}{index}", if is_key { "K" } else { "p" });
            children.push(simple(1, (shown[*index] - base) as i16, &name));
        }
        stream.extend(cluster(base as u64, &children));
        check(seed, &frames(&stream, usize::MAX), &shown, tick, is_stated);
        if seed % 10 == 0 {
            let pieces = frames(&stream, random.within(1..=60) as usize);
            assert_eq!(frames(&stream, usize::MAX), pieces, "seed {seed}");
        }
    }
}

/// Compares the frames. If the depth is not stated, frames that come in a deeper order than all
/// before cut the one that went out.
fn check(seed: u64, frames: &[CodedFrame], shown: &[i64], tick: u64, is_stated: bool) {
    assert_eq!(frames.len(), shown.len(), "seed {seed}: no frame vanishes");
    let time = |ticks: i64| {
        MediaTime::from_ticks(ticks * tick as i64, std::num::NonZeroU32::new(1_000_000_000).unwrap()).unwrap()
    };
    for (place, frame) in frames.iter().enumerate() {
        let at = format!("seed {seed}, frame {place} of {}", frames.len());
        let index: usize = std::str::from_utf8(&frame.data[1..]).unwrap().parse().unwrap();
        assert_eq!(frame.presentation_timestamp, time(shown[index]), "{at}");
        assert!(frame.decode_timestamp <= frame.presentation_timestamp, "{at} is decoded when it is shown");
        assert!(frame.duration > MediaTime::ZERO, "{at}");
        if let Some(next) = shown.get(index + 1)
            && !frame.is_duration_estimated
            && is_stated
        {
            assert_eq!(frame.duration, time(*next) - time(shown[index]), "{at} is shown until the next");
        }
        if let Some(next) = frames.get(place + 1) {
            let step = next.decode_timestamp - frame.decode_timestamp;
            assert!(step >= MediaTime::ZERO, "{at}: decode times go back");
            // A random access point that is far behind begins anew, and nothing is lost by it.
            let begins_anew = next.is_random_access_point && frame.is_duration_estimated;
            assert!(step <= frame.duration.doubled() || begins_anew, "{at}: {frame:?} {next:?}");
        }
    }
}

/// The ends of Clusters are the muxer's choice: a frame in front of others that the next Cluster
/// brings lasts as long as all do.
#[test]
fn a_constant_rate_gives_the_same_lengths_in_clusters_of_any_size() {
    for seed in 0..1000 {
        let mut random = Random::new(seed);
        let count = random.within(30..=120) as usize;
        let encoded = Encoded::new(&mut random, count);
        let rate = *random.one_of(&[23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0]);
        let shown: Vec<i64> = (0..count).map(|index| (index as f64 * 1e3 / rate).round() as i64).collect();
        let default = uint(0x23_E383, (1e9 / rate) as u64);
        let mut stream = avc(Some(encoded.depth() as u32), &[default]);
        let longest = random.within(1..=12);
        let mut rest = &encoded.order[..];
        while !rest.is_empty() {
            let (these, behind) = rest.split_at(random.within(1..=longest).min(rest.len() as i64) as usize);
            let base = these.iter().map(|index| shown[*index]).min().unwrap();
            let block = |index: &usize| {
                let is_key = encoded.keys.contains(index);
                simple(
                    1,
                    (shown[*index] - base) as i16,
                    &format!("{}{index}", if is_key { "K" } else { "p" }),
                )
            };
            stream.extend(cluster(base as u64, &these.iter().map(block).collect::<Vec<_>>()));
            rest = behind;
        }
        let frames = frames(&stream, usize::MAX);
        assert_eq!(frames.len(), count, "seed {seed}");
        for (place, frame) in frames.iter().enumerate() {
            let is_short = (frame.duration.to_seconds() - 1.0 / rate).abs() < 0.002;
            assert!(is_short, "seed {seed}, {rate}: frame {place} lasts {}", frame.duration.to_seconds());
        }
    }
}

#[test]
fn damaged_orders_are_read_to_their_end() {
    for seed in 0..2000 {
        let mut random = Random::new(seed);
        let mut stream = avc([None, Some(0), Some(3)][seed as usize % 3], &[]);
        let mut count = 0;
        for _ in 0..random.within(1..=6) {
            let blocks: Vec<_> = (0..random.within(0..=90))
                .map(|_| {
                    simple(
                        1,
                        random.within(-32_768..=32_767) as i16,
                        if random.percent(20) { "K" } else { "p" },
                    )
                })
                .collect();
            count += blocks.len();
            stream.extend(cluster(random.within(40_000..=4_000_000) as u64, &blocks));
        }
        let all = frames(&stream, usize::MAX);
        assert_eq!(all.len(), count, "seed {seed}");
        assert!(all.iter().all(|frame| frame.duration > MediaTime::ZERO), "seed {seed}");
    }
}
