//! Durations of tracks that are shown in the order in which they are stored (WEBM-19).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::*;
use mse_core::{CodedFrame, Demuxed, FrameRun, MediaTime, Room};
use mse_testkit::random::Random;
use std::num::NonZeroU32;

const DEFAULT_DURATION: u32 = 0x23_E383;

/// All frames, in runs where the demuxer offers them, those at the end included.
fn frames(bytes: &[u8], piece: usize) -> Vec<CodedFrame> {
    let mut demuxer = demuxer();
    let (mut frames, mut run) = (Vec::new(), FrameRun::default());
    let pieces = bytes.chunks(piece).map(Bytes::copy_from_slice).map(Some).chain([None]);
    for piece in pieces {
        match piece {
            Some(piece) => demuxer.push(piece),
            None => demuxer.flush(),
        }
        loop {
            match demuxer.poll().unwrap() {
                Demuxed::NeedMoreData => break,
                Demuxed::Frame(frame) => frames.push(frame),
                _ => continue,
            }
            loop {
                run.reset(Room { frames: 7, items: 99, cost: usize::MAX, item_cost: 1 });
                demuxer.poll_run(&mut run);
                frames.extend((0..run.frames().len()).map(|index| run.coded_frame(index).unwrap()));
                if run.frames().is_empty() {
                    break;
                }
            }
        }
    }
    frames
}

fn group(track: u8, offset: i16, data: &str, ms: Option<u64>) -> Vec<u8> {
    let reference = if data.starts_with('K') { Vec::new() } else { el(0xFB, &[0xFF]) };
    let duration = ms.map(|ms| uint(0x9B, ms)).unwrap_or_default();
    el(0xA0, &[el(0xA1, &block(track, offset, 0, data.as_bytes())), reference, duration].concat())
}

#[test]
fn a_default_duration_that_the_blocks_contradict_is_no_discontinuity() {
    let of = |default: u64, at: &[i16]| {
        let blocks =
            at.iter().enumerate().map(|(index, at)| simple(1, *at, if index == 0 { "K" } else { "p" }));
        let more = if default > 0 { vec![uint(DEFAULT_DURATION, default)] } else { Vec::new() };
        let stream = [init(&[video(&more)]), cluster(0, &blocks.collect::<Vec<_>>())].concat();
        let line = outputs(&stream);
        let durations = line.split(' ').filter_map(|word| word.split_once('+')).map(|(_, rest)| rest);
        durations.collect::<Vec<_>>().join(" ")
    };
    for (default, at, expected) in [
        // A grid of milliseconds.
        (33_366_666, &[0, 33, 67, 100][..], "33K 34 33 33"),
        (16_683_333, &[0, 17, 33, 50], "17K 16 17 16"),
        // A millisecond, a second, a frame that was left out.
        (1_000_000, &[0, 33, 67, 100], "33K 34 33 33"),
        (1_000_000_000, &[0, 33, 67, 100], "33K 34 33 33"),
        (33_366_666, &[0, 67, 100], "67K 33 33"),
        (33_366_666, &[0, 33, 100], "33K 67 33"),
        // Less than a tick, and none.
        (900_000, &[0, 33, 67], "33K 34 34"),
        (0, &[0, 33, 67], "33K 34 34"),
        // A slide.
        (0, &[0, 5000, 5040], "5000K 40 40"),
        // Two at one time: the first lasts as long as the one before it.
        (0, &[0, 40, 40, 80], "40K 40 40 40"),
    ] {
        assert_eq!(of(default, at), expected, "{default} {at:?}");
    }
}

#[test]
fn a_block_duration_counts_where_the_next_block_does_not_contradict_it() {
    for (ms, next, expected) in [
        (Some(40), 40, "40K"),
        (Some(30), 40, "30K"),
        (Some(50), 40, "40K"),
        (Some(1), 40, "40K"),
        (Some(33), 68, "68K"),
        (Some(0), 40, "40K"),
        (None, 40, "40K"),
    ] {
        let stream = cluster(0, &[group(1, 0, "K", ms), group(1, next, "p", Some(20))]);
        assert_eq!(then(&stream), format!("start 1:K@0+{expected} 1:p@{next}+20 end"), "{ms:?} {next}");
    }
    // One missing frame, and a tick of rounding, which the decode time makes good.
    let stream = cluster(0, &[group(1, 0, "K", Some(33)), group(1, 67, "p", Some(20))]);
    assert_eq!(then(&stream), "start 1:K@0+33K 1:p@67|66+20 end");
    // Of sound, the next block may be behind a gap.
    let stream = [
        init(&[audio(&[]), track(3, 2, "A_EAC3", &[])]),
        cluster(0, &[group(3, 0, "a", Some(32)), group(3, 9000, "b", Some(32))]),
    ];
    assert_eq!(outputs(&stream.concat()), "init start 3:a@0+32K 3:b@9000+32K end");
}

#[test]
fn frames_of_their_own_duration_forgive_a_tick_of_rounding() {
    // One of 2.5 ms is missing: 6 ms of the grid are 5 ms.
    let opus = |at: &[i16]| {
        let blocks: Vec<_> = at.iter().map(|at| el(0xA3, &block(2, *at, 0x80, &[0b1000_0000, 7]))).collect();
        let frames = frames(&[usual(), cluster(0, &blocks)].concat(), usize::MAX);
        let ms = |time: MediaTime| (time.to_seconds() * 10_000.0).round() / 10.0;
        frames.iter().map(|frame| ms(frame.decode_timestamp).to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(opus(&[0, 3, 5, 8]), "0 3 5 8");
    assert_eq!(opus(&[0, 6, 8]), "0 5 8", "a missing packet");
    assert_eq!(opus(&[0, 7, 10]), "0 7 10", "more than a missing packet");
}

#[test]
fn flac_and_raw_samples_say_how_long_they_are() {
    let sound = |codec: &str, private: &[u8], bits: u64| {
        let fields = [el(0xB5, &44_100.0_f32.to_be_bytes()), uint(0x9F, 2), uint(0x6264, bits)].concat();
        init(&[track(
            1,
            2,
            codec,
            &[el(0x63A2, private), el(0xE1, &fields), uint(DEFAULT_DURATION, 96_000_000)],
        )])
    };
    let rate = NonZeroU32::new(44_100).unwrap();
    let samples = |stream: &[u8], piece: usize| -> Vec<i64> {
        frames(stream, piece).iter().map(|frame| frame.duration.to_ticks(rate)).collect()
    };
    // The last frame is shorter, whatever DefaultDuration says; the block size stands behind the
    // number.
    let info = [&[16, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0x0A, 0xC4, 0x42, 0xF0][..], &[0; 20]].concat();
    let private = [&b"fLaC\x80\0\0\x22"[..], &info].concat();
    let full = b"\xFF\xF8\xC9\x18\x05\x00rest";
    let last = b"\xFF\xF8\x79\x18\xC2\x80\x03\xE7\x00rest";
    for private in [&private[..], &private[4..]] {
        let head = sound("A_FLAC", private, 16);
        let simple = |at, data: &[u8]| el(0xA3, &block(1, at, 0x80, data));
        let alone = [head.clone(), cluster(0, &[simple(0, full), simple(93, last)])].concat();
        let laced = el(0xA3, &block(1, 0, 0x82, &[&[1, full.len() as u8][..], full, last].concat()));
        let laced = [head, cluster(0, &[laced])].concat();
        for piece in [1, usize::MAX] {
            assert_eq!(
                (samples(&alone, piece), samples(&laced, piece)),
                (vec![4096, 1000], vec![4096, 1000])
            );
        }
    }
    for (codec, bits) in [("A_PCM/INT/LIT", 16), ("A_PCM/INT/LIT", 24), ("A_PCM/FLOAT/IEEE", 32)] {
        let sample = 2 * bits as usize / 8;
        let simple = |at, count: usize| el(0xA3, &block(1, at, 0x80, &vec![7; sample * count]));
        let stream =
            [sound(codec, b"", bits), cluster(0, &[simple(0, 441), simple(10, 441), simple(20, 88)])];
        for piece in [1, usize::MAX] {
            assert_eq!(samples(&stream.concat(), piece), [441, 441, 88], "{codec} {bits}");
        }
    }
}

#[test]
fn what_no_block_tells_is_marked_as_an_estimate() {
    let of = |bytes: &[u8]| {
        frames(bytes, usize::MAX)
            .iter()
            .map(|frame| u8::from(frame.is_duration_estimated))
            .collect::<Vec<_>>()
    };
    let default = init(&[video(&[uint(DEFAULT_DURATION, 40_000_000)])]);
    let stream = [default, cluster(0, &[simple(1, 0, "K"), simple(1, 40, "p")])].concat();
    assert_eq!(of(&stream), [0, 1]);
    let stream =
        [usual(), cluster(0, &[group(1, 0, "K", None), group(1, 40, "p", Some(40)), simple(2, 0, "xa")])];
    assert_eq!(of(&stream.concat()), [0, 0, 0]);
}

/// Clusters of pictures at a rate, some left out, some of them groups; Opus between them.
#[test]
fn no_order_of_blocks_makes_a_discontinuity() {
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let tick = *random.one_of(&[100_000_u64, 1_000_000, 1_000_000, 3_000_000]);
        let rate = *random.one_of(&[23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0]);
        let (left_out, is_laced) = (*random.one_of(&[0, 0, 5]), random.percent(20));
        let count = random.within(2..=60);
        let ticks = |seconds: f64| (seconds * 1e9 / tick as f64).round() as i64;
        let shown: Vec<i64> = (0..count)
            .filter(|at| *at == 0 || !random.percent(left_out))
            .map(|at| ticks(at as f64 / rate))
            .collect();
        let default = *random.one_of(&[0, 0, 1_000_000, (1e9 / rate) as u64, 40_000_000]);
        let more = if default > 0 { vec![uint(DEFAULT_DURATION, default)] } else { Vec::new() };
        let info = el(0x1549_A966, &uint(0x2A_D7B1, tick));
        let tracks = tracks(&[video(&more), audio(&[])]);
        let mut stream = [ebml(), unknown(0x1853_8067, &[info, tracks].concat())].concat();
        let (mut children, mut base, mut sound) = (Vec::new(), shown[0], 0_i64);
        for (index, time) in shown.iter().enumerate() {
            if index > 2 && random.percent(10) {
                stream.extend(cluster(base as u64, &std::mem::take(&mut children)));
                base = *time;
            }
            while ticks(sound as f64 / 50.0) < *time {
                let at = (ticks(sound as f64 / 50.0) - base) as i16;
                let (flags, data, packets) =
                    if is_laced { (0x84, &b"\x01xaxb"[..], 2) } else { (0x80, &b"xa"[..], 1) };
                children.push(el(0xA3, &block(2, at, flags, data)));
                sound += packets;
            }
            let (at, data) = ((*time - base) as i16, if index == 0 { "K" } else { "p" });
            let next = shown.get(index + 1).map(|next| (next - time) as u64);
            children.push(match random.within(0..=9) {
                0 => group(1, at, data, None),
                1 => group(1, at, data, next),
                _ => simple(1, at, data),
            });
        }
        stream.extend(cluster(base as u64, &children));
        let all = frames(&stream, usize::MAX);
        check(seed, &all, &shown, tick);
        if seed % 10 == 0 {
            assert_eq!(frames(&stream, random.within(1..=60) as usize), all, "seed {seed}");
        }
    }
}

fn check(seed: u64, all: &[CodedFrame], shown: &[i64], tick: u64) {
    let time = |ticks: i64| {
        MediaTime::from_ticks(ticks * tick as i64, NonZeroU32::new(1_000_000_000).unwrap()).unwrap()
    };
    for track in [1, 2] {
        let frames: Vec<_> = all.iter().filter(|frame| frame.track_id.0 == track).collect();
        if track == 1 {
            assert_eq!(frames.len(), shown.len(), "seed {seed}: no frame vanishes");
        }
        for (place, frame) in frames.iter().enumerate() {
            let at = format!("seed {seed}, track {track}, frame {place} of {}: {frame:?}", frames.len());
            assert!(frame.decode_timestamp <= frame.presentation_timestamp, "{at}");
            assert!(frame.duration > MediaTime::ZERO, "{at}");
            let Some(next) = frames.get(place + 1) else { continue };
            let step = next.decode_timestamp - frame.decode_timestamp;
            assert!(step >= MediaTime::ZERO && step <= frame.duration.doubled(), "{at}, {next:?}");
            if track == 1 && !frame.is_duration_estimated {
                let until = time(shown[place + 1]) - time(shown[place]);
                assert_eq!(frame.duration, until, "{at} is shown until the next");
            }
        }
    }
}
