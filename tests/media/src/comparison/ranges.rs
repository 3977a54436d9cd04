//! Track buffer ranges against the times of packets.

use super::Found;
use super::clock::Clock;
use crate::engine::PlayedTrack;

/// When a packet is shown, in ticks and in our times.
pub(super) struct Shown {
    pub(super) start: i64,
    pub(super) duration: Option<i64>,
}

/// All packets with the durations that ffmpeg tells.
pub(super) fn of_packets(clock: &Clock<'_>) -> Vec<Shown> {
    let shown = clock.stream.packets.iter().filter(|packet| !packet.is_discarded);
    shown.filter_map(|packet| Some(Shown { start: packet.pts?, duration: packet.duration })).collect()
}

/// Notes another number of ranges, another start of the first, another end of the last.
pub(super) fn compare(clock: &Clock<'_>, shown: Vec<Shown>, track: &PlayedTrack, found: &mut Found) {
    let codec = &clock.stream.codec;
    let scale = clock.stream.tick();
    let theirs = joined(shown, clock.ticks(track.gap_tolerance));
    let range = |range: &mse::TimeRange| (clock.ticks(range.start), clock.ticks(range.end));
    let ours: Vec<(i64, i64)> = track.ranges.iter().map(range).collect();
    let told = || format!("ours {}, packets {} of {scale}", list(&ours), list(&theirs));
    let last = clock.stream.packets.len().saturating_sub(1);
    if ours.len() != theirs.len() {
        // Each loss makes a hole, or closes one.
        let is_by_losses = ours.len().abs_diff(theirs.len()) <= found.losses.count();
        let why = if is_by_losses { ", as many as losses" } else { "" };
        found.add(format!("number of ranges {codec}{why}"), told);
    } else if ours.first().zip(theirs.first()).is_some_and(|(ours, theirs)| (ours.0 - theirs.0).abs() > 1) {
        found.add_at(0, format!("start of ranges {codec}"), told);
    }
    if ours.last().zip(theirs.last()).is_some_and(|(ours, theirs)| (ours.1 - theirs.1).abs() > 1) {
        found.add_at(last, format!("end of ranges {codec}"), told);
    }
}

fn list(ranges: &[(i64, i64)]) -> String {
    let texts: Vec<String> = ranges.iter().take(4).map(|(start, end)| format!("[{start}, {end})")).collect();
    let more = if ranges.len() > 4 { " …" } else { "" };
    texts.join(" ") + more
}

/// Intervals as ranges, without gaps that are smaller than the tolerance.
fn joined(mut shown: Vec<Shown>, tolerance: i64) -> Vec<(i64, i64)> {
    shown.sort_unstable_by_key(|shown| shown.start);
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    let mut step = 0;
    for (index, Shown { start, duration }) in shown.iter().enumerate() {
        let next = shown.get(index + 1).map(|next| next.start - start).filter(|step| *step > 0);
        step = next.unwrap_or(step);
        let end = start + duration.unwrap_or(step);
        match ranges.last_mut() {
            // Times are rounded to ticks, so an end can be a tick away from the start that it
            // meets.
            Some(range) if start - range.1 <= 1 || start - range.1 < tolerance => range.1 = range.1.max(end),
            _ => ranges.push((*start, end)),
        }
    }
    ranges
}
