//! Damaged ADTS and layer III (MPA-10): bytes that are lost, repeated, wrong or foreign, and
//! streams that break off or begin anywhere.
//!
//! Each byte of a damaged stream remembers where in the undamaged file it was. So a frame that
//! comes out is known by its place:
//!
//! - All of its bytes are neighbours in the file and none is wrong: then it must be a frame of the
//!   file, from its first byte to its last.
//! - There is damage inside it, between the first byte of its header and its last byte: then
//!   nothing that the header says is at odds with what is there, and no demuxer can know before the
//!   next header; but it must begin where a frame of the file begins.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_core::{Demuxed, Demuxer, Limits, MimeType};
use mse_mpeg_audio::FORMAT;
use mse_testkit::random::Random;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

const FILES: [&str; 9] = [
    "adts-stereo.aac",
    "adts-mono-44100.aac",
    "adts-6.1.aac",
    "cbr.mp3",
    "vbr.mp3",
    "gapless.mp3",
    "mpeg2.mp3",
    "mpeg25.mp3",
    "layer2.mp2",
];
const SEEDS: u64 = 250;

/// A byte and its position in the file; none for a foreign or wrong one.
type Traced = (u8, Option<usize>);

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../media").join(name)).unwrap()
}

/// Everything that a stream gave: where frames lie, from their headers on, what was lost, what the
/// end waits for and how far that reaches.
struct Outcome {
    frames: Vec<Range<usize>>,
    lost: Vec<Range<usize>>,
    waits: Range<usize>,
}

/// Demuxes a stream in one piece, so that a frame says where it lies, and in pieces of a size,
/// which must give the same.
fn demux(bytes: &[u8], piece: usize, what: &str) -> Outcome {
    let whole = Bytes::copy_from_slice(bytes);
    let mut outcome = Outcome { frames: Vec::new(), lost: Vec::new(), waits: bytes.len()..bytes.len() };
    let (mut payloads, mut inits) = (Vec::new(), 0);
    let mut demuxer = demuxer();
    demuxer.push(whole.clone());
    for flush in [false, true] {
        if flush {
            demuxer.flush();
        }
        loop {
            match demuxer.poll().unwrap_or_else(|error| panic!("{what}: {error}")) {
                Demuxed::NeedMoreData => break,
                Demuxed::Frame(frame) => {
                    let payload = frame.data.as_ptr() as usize - whole.as_ptr() as usize;
                    let start = demuxer.place().unwrap().offset as usize;
                    outcome.frames.push(start..payload + frame.data.len());
                    payloads.push(frame.data.to_bytes());
                }
                Demuxed::Lost(loss) => {
                    let start = loss.offset as usize;
                    outcome.lost.push(start..start + loss.bytes as usize);
                }
                Demuxed::InitSegment(_) => inits += 1,
                _ => {}
            }
        }
    }
    assert!(inits <= 1, "{what}: {inits} configurations");
    if let Some(awaited) = demuxer.awaits() {
        outcome.waits = awaited.offset as usize..(awaited.offset + awaited.need.unwrap_or(0)) as usize;
    }
    assert_eq!(in_pieces(bytes, piece), payloads, "{what} in pieces of {piece}");
    outcome
}

fn in_pieces(bytes: &[u8], piece: usize) -> Vec<Bytes> {
    let mut demuxer = demuxer();
    let mut payloads = Vec::new();
    let mut take = |demuxer: &mut dyn Demuxer| {
        loop {
            match demuxer.poll().unwrap() {
                Demuxed::NeedMoreData => break,
                Demuxed::Frame(frame) => payloads.push(frame.data.to_bytes()),
                _ => {}
            }
        }
    };
    for piece in bytes.chunks(piece) {
        demuxer.push(Bytes::copy_from_slice(piece));
        take(demuxer.as_mut());
    }
    demuxer.flush();
    take(demuxer.as_mut());
    payloads
}

fn demuxer() -> Box<dyn Demuxer> {
    (FORMAT.new_demuxer)(&MimeType::parse("audio/mpeg").unwrap(), &Limits::default())
}

fn below(random: &mut Random, end: usize) -> usize {
    random.within(0..=end as i64 - 1) as usize
}

/// A range of up to `most` bytes behind `front`.
fn somewhere(random: &mut Random, stream: &[Traced], front: usize, most: usize) -> Range<usize> {
    let start = front + below(random, stream.len() - front);
    start..(start + 1 + below(random, most)).min(stream.len())
}

/// One damage; `front`: bytes of tags and information frames, which are spared.
fn damage(random: &mut Random, stream: &mut Vec<Traced>, front: usize) -> &'static str {
    let foreign = |random: &mut Random, count: usize| -> Vec<Traced> {
        let kind = below(random, 4);
        let byte = |random: &mut Random| match kind {
            0 => 0,
            1 => 0xFF,
            _ => below(random, 256) as u8,
        };
        (0..count).map(|_| (byte(random), None)).collect()
    };
    match below(random, 6) {
        0 => {
            let range = somewhere(random, stream, front, 900);
            stream.drain(range);
            "loss"
        }
        1 => {
            let range = somewhere(random, stream, front, 900);
            let again = stream[range.clone()].to_vec();
            stream.splice(range.end..range.end, again);
            "duplication"
        }
        2 => {
            for _ in 0..=below(random, 20) {
                let at = somewhere(random, stream, front, 1).start;
                stream[at] = (stream[at].0 ^ 1 << below(random, 8), None);
            }
            "bit errors"
        }
        3 => {
            let at = somewhere(random, stream, front, 1).start;
            let count = 1 + below(random, 700);
            let bytes = foreign(random, count);
            stream.splice(at..at, bytes);
            "foreign bytes"
        }
        4 => {
            let range = somewhere(random, stream, front, 300);
            let bytes = foreign(random, range.len());
            for (old, new) in stream[range].iter_mut().zip(bytes) {
                // One that is the same by chance is not wrong.
                if old.0 != new.0 {
                    *old = new;
                }
            }
            "wrong bytes"
        }
        _ => {
            stream.truncate(somewhere(random, stream, front, 1).start);
            "truncation"
        }
    }
}

/// The whole of a range, if its bytes are neighbours in the file and none is wrong.
fn origin(stream: &[Traced], range: &Range<usize>) -> Option<Range<usize>> {
    let bytes = stream.get(range.clone())?;
    let start = bytes.first()?.1?;
    let is_whole = bytes.iter().enumerate().all(|(index, (_, from))| *from == Some(start + index));
    is_whole.then_some(start..start + bytes.len())
}

fn check(stream: &[Traced], frames: &BTreeMap<usize, usize>, front: usize, piece: usize, what: &str) {
    let bytes: Vec<u8> = stream.iter().map(|(byte, _)| *byte).collect();
    let outcome = demux(&bytes, piece, what);
    let of_tag = |at: usize| (at.saturating_sub(127)..=at).any(|start| bytes[start..].starts_with(b"TAG"));
    // Frames that are whole, and behind which one begins, come out, but those that a damaged one or
    // a damaged tag reaches into. It may be one that waits for more bytes than it had.
    let at: BTreeMap<usize, usize> = outcome.frames.iter().map(|frame| (frame.start, frame.end)).collect();
    for start in 0..stream.len() {
        let Some(size) = stream[start].1.and_then(|from| frames.get(&from)) else { continue };
        let (frame, next) = (start..start + size, start + size..start + size + 7);
        let next_begins = origin(stream, &next).is_some_and(|from| frames.contains_key(&from.start));
        if origin(stream, &frame).is_some() && next_begins {
            let reached = outcome.frames.iter().chain([&outcome.waits]).any(|other| {
                other.start < frame.end && frame.start < other.end && origin(stream, other).is_none()
            });
            assert!(
                reached || of_tag(start) || at.get(&start) == Some(&frame.end),
                "{what}: the frame at {frame:?} is missing"
            );
        }
    }
    // Each byte is in a frame, told as lost, of a tag or an information frame, or waits.
    let mut told = vec![false; stream.len()];
    for range in outcome
        .frames
        .iter()
        .chain(&outcome.lost)
        .cloned()
        .chain(std::iter::once(outcome.waits.start..stream.len()))
    {
        for byte in &mut told[range] {
            assert!(!std::mem::replace(byte, true), "{what}: told twice");
        }
    }
    for (at, told) in told.iter().enumerate() {
        let of_front = || stream[at].1.is_some_and(|from| from < front);
        assert!(*told || of_front() || of_tag(at), "{what}: byte {at} vanished");
    }
}

/// The frames of an undamaged file, start and size, and the bytes in front of them.
fn frames_of(name: &str, bytes: &[u8]) -> (BTreeMap<usize, usize>, usize) {
    let outcome = demux(bytes, 1000, name);
    assert!(outcome.lost.is_empty(), "{name}");
    let front = outcome.frames[0].start;
    (outcome.frames.into_iter().map(|frame| (frame.start, frame.len())).collect(), front)
}

#[test]
fn damage_costs_the_frames_that_it_is_in_and_is_told() {
    for name in FILES {
        let bytes = file(name);
        let (frames, front) = frames_of(name, &bytes);
        for seed in 0..SEEDS {
            let mut random = Random::new(seed);
            let mut stream: Vec<Traced> = bytes.iter().copied().zip((0..).map(Some)).collect();
            let mut what = format!("{name}, seed {seed}:");
            for _ in 0..=below(&mut random, 4) {
                if stream.len() > front {
                    what = format!("{what} {}", damage(&mut random, &mut stream, front));
                }
            }
            check(&stream, &frames, front, 1 + below(&mut random, 500), &what);
        }
    }
}

#[test]
fn a_stream_that_begins_inside_a_frame_begins_at_the_next() {
    for name in FILES {
        let bytes = file(name);
        let (frames, front) = frames_of(name, &bytes);
        for start in (front..bytes.len()).step_by(7) {
            let stream: Vec<Traced> = bytes.iter().copied().zip((0..).map(Some)).skip(start).collect();
            check(&stream, &frames, front, 999, &format!("{name} from {start}"));
        }
    }
}
