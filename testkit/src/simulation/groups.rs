//! Random coded frame groups: what encoders and packagers make, and what they should not.

use crate::frames::{frame, ms};
use crate::random::Random;
use bytes::Bytes;
use mse_core::{CodedFrame, FrameData, MediaTime, TrackId, TrackKind};

/// Frame durations of 25 and 30/1.001 frames per second.
const VIDEO_STEPS: [i64; 2] = [28_224_000, 23_543_520];
/// Frame durations of 20 ms, and 1024 samples at 44 100 and 48 000 Hz.
const AUDIO_STEPS: [i64; 3] = [14_112_000, 16_384_000, 15_052_800];

/// Frames of one track from about `start` on, in decode order.
pub(super) fn group(
    random: &mut Random,
    kind: TrackKind,
    track_id: TrackId,
    start: MediaTime,
) -> Vec<CodedFrame> {
    let steps: &[i64] = if kind == TrackKind::Video { &VIDEO_STEPS } else { &AUDIO_STEPS };
    let step = MediaTime::from_flicks(*random.one_of(steps));
    let mut frames = match kind {
        TrackKind::Video => video(random, track_id, start, step),
        TrackKind::Audio => audio(random, track_id, start, step),
        TrackKind::Text => text(random, track_id, start),
    };
    damage(random, &mut frames, step);
    frames
}

/// Groups of pictures: in order, with frames decoded before they are shown, or open at the start.
fn video(random: &mut Random, track_id: TrackId, start: MediaTime, step: MediaTime) -> Vec<CodedFrame> {
    let delay = random.within(0..=2);
    let mut frames = Vec::new();
    let mut shown = 0;
    for _ in 0..random.within(1..=3) {
        let order = match random.within(0..=2) {
            0 => (0..random.within(1..=8)).collect(),
            1 => reordered(random.within(1..=8), 0),
            _ => reordered(random.within(3..=8), 2),
        };
        for (position, display) in order.iter().enumerate() {
            let dts = start + times(step, shown + position as i64 - delay);
            let pts = start + times(step, shown + display);
            frames.push(frame(track_id, pts, dts, step, position == 0));
        }
        shown += order.len() as i64;
    }
    frames
}

/// Decode order of `count` frames: every third is decoded before the two that are shown before it.
/// With `leading`, so is the first.
fn reordered(count: i64, leading: i64) -> Vec<i64> {
    let mut order = Vec::new();
    let mut anchor = leading;
    let mut next = 0;
    while next < count {
        let last = anchor.min(count - 1);
        order.push(last);
        order.extend(next..last);
        next = last + 1;
        anchor = last + 3;
    }
    order
}

fn audio(random: &mut Random, track_id: TrackId, start: MediaTime, step: MediaTime) -> Vec<CodedFrame> {
    let dependent = random.percent(5);
    (0..random.within(1..=20))
        .map(|position| {
            let pts = start + times(step, position);
            frame(track_id, pts, pts, step, !dependent || position % 4 == 0)
        })
        .collect()
}

/// Cues in order of their start, that may overlap.
fn text(random: &mut Random, track_id: TrackId, start: MediaTime) -> Vec<CodedFrame> {
    let mut pts = start;
    (0..random.within(1..=3))
        .map(|_| {
            pts += ms(random.within(0..=20) * 50);
            frame(track_id, pts, pts, ms(random.within(1..=20) * 50), true)
        })
        .collect()
}

/// Sometimes: jitter, missing frames, odd durations, a jump.
fn damage(random: &mut Random, frames: &mut Vec<CodedFrame>, step: MediaTime) {
    if random.percent(10) {
        let reach = *random.one_of(&[1, 3, 706, 705_600]);
        for frame in frames.iter_mut() {
            frame.presentation_timestamp += MediaTime::from_flicks(random.within(-reach..=reach));
            frame.decode_timestamp += MediaTime::from_flicks(random.within(-reach..=reach));
            frame.duration += MediaTime::from_flicks(random.within(-reach..=reach));
        }
    }
    if random.percent(12) && frames.len() > 1 {
        frames.remove(random.within(0..=frames.len() as i64 - 1) as usize);
    }
    if random.percent(6) {
        let count = *random.one_of(&[0, 0, 3, 10]);
        let victim = random.within(0..=frames.len() as i64 - 1) as usize;
        frames[victim].duration = times(step, count);
    }
    if random.percent(6) {
        let from = random.within(0..=frames.len() as i64 - 1) as usize;
        let jump = times(step, *random.one_of(&[-20, -3, -1, 1, 2, 3, 20]));
        for frame in &mut frames[from..] {
            frame.decode_timestamp += jump;
            if jump > MediaTime::ZERO {
                frame.presentation_timestamp += jump;
            }
        }
    }
}

/// Frames of several tracks merged by decode timestamp, each track in its own order (SPL-9).
pub(super) fn merged(mut groups: Vec<Vec<CodedFrame>>) -> Vec<CodedFrame> {
    let mut merged = Vec::new();
    for group in &mut groups {
        group.reverse();
    }
    loop {
        let heads = groups.iter_mut().filter(|group| !group.is_empty());
        let Some(group) = heads.min_by_key(|group| group.last().map(|frame| frame.decode_timestamp)) else {
            return merged;
        };
        merged.extend(group.pop());
    }
}

/// Gives frames payloads that no other frame has.
pub(super) fn name(frames: &mut [CodedFrame], count: &mut u64) {
    for frame in frames {
        frame.data = FrameData::from(Bytes::from(format!("f{count}")));
        *count += 1;
    }
}

fn times(step: MediaTime, count: i64) -> MediaTime {
    MediaTime::from_flicks(step.flicks() * count)
}
