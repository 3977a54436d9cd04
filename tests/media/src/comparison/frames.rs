//! Frame by frame: bytes, times, lengths, and what became of the packets without a frame.

use super::Found;
use super::clock::Clock;
use super::ranges::Shown;
use crate::engine::{Played, PlayedFrame, PlayedTrack};
use crate::ffmpeg::Packet;
use mse::timeline::{DropReason, DroppedFrame};

pub(super) struct Compared {
    /// Frames with the bytes and the time of their packet.
    pub(super) equal: usize,
    /// When the packets that have a frame are shown, by the packets' own times.
    pub(super) shown: Vec<Shown>,
}

pub(super) fn compare(
    clock: &Clock<'_>,
    track: &PlayedTrack,
    played: &Played,
    found: &mut Found,
) -> Compared {
    let packets = &clock.stream.packets;
    let codec = &clock.stream.codec;
    let mut taken = vec![false; packets.len()];
    let mut compared = Compared { equal: 0, shown: Vec::new() };
    for frame in &track.frames {
        let Some(index) = find(clock, &mut taken, frame) else {
            let example = || format!("a frame of {} bytes at {} s", frame.size, frame.pts.to_seconds());
            let pts = clock.ticks(frame.pts) - clock.delay;
            let before = packets.iter().filter(|packet| packet.pts.is_some_and(|other| other <= pts)).count();
            found.add_at(
                before.saturating_sub(1),
                format!("no packet {}{codec}", clock.encrypted()),
                example,
            );
            let (start, duration) = (clock.ticks(frame.pts), Some(clock.ticks(frame.duration)));
            compared.shown.push(Shown { start, duration });
            continue;
        };
        let is_estimated = played.estimated.contains(&(track.id, frame.pts));
        let others = track.frames.iter().filter(|other| other.pts != frame.pts);
        let longest = others.map(|other| other.duration).max();
        let is_longest =
            longest.is_some_and(|longest| clock.ticks(frame.duration) > clock.ticks(longest) + 1);
        let shown = one(clock, index, (frame, is_estimated, is_longest), found);
        compared.equal += usize::from(shown.is_equal);
        compared.shown.extend(shown.shown);
    }
    let first_key = packets.iter().position(|packet| packet.is_key).unwrap_or(packets.len());
    let last_taken = taken.iter().rposition(|taken| *taken);
    for (index, packet) in packets.iter().enumerate().filter(|(index, _)| !taken[*index]) {
        let is_at_end = last_taken.is_none_or(|last| last < index);
        let kind = missing(clock, packet, (track, played), (index < first_key, is_at_end));
        found.add_at(index, kind, || {
            let seconds = packet.pts.map(|pts| clock.stream.seconds(pts));
            format!("packet {index} of {} bytes at {seconds:?} s", packet.size)
        });
    }
    compared
}

/// The packet of a frame: by time and bytes, by time, by bytes.
fn find(clock: &Clock<'_>, taken: &mut [bool], frame: &PlayedFrame) -> Option<usize> {
    let packets = &clock.stream.packets;
    let pts = clock.ticks(frame.pts) - clock.delay;
    let near = |packet: &Packet| packet.pts.is_some_and(|other| (other - pts).abs() <= 1);
    let same = |packet: &Packet| packet.md5 == frame.md5;
    let tests: [&dyn Fn(&Packet) -> bool; 3] = [&|packet| near(packet) && same(packet), &same, &near];
    let fits = |test: &&dyn Fn(&Packet) -> bool| {
        (0..packets.len()).find(|index| !taken[*index] && test(&packets[*index]))
    };
    let index = tests.iter().find_map(fits)?;
    taken[index] = true;
    Some(index)
}

struct One {
    is_equal: bool,
    shown: Option<Shown>,
}

/// A frame and its packet.
fn one(
    clock: &Clock<'_>,
    index: usize,
    (frame, is_estimated, is_longest): (&PlayedFrame, bool, bool),
    found: &mut Found,
) -> One {
    let packet = &clock.stream.packets[index];
    let codec = &format!("{}{}", clock.encrypted(), clock.stream.codec);
    let has_bytes = packet.md5 == frame.md5;
    if !has_bytes {
        found.add_at(index, format!("bytes {codec}"), || {
            format!("packet {index} has {} bytes, the frame {}", packet.size, frame.size)
        });
    }
    if packet.is_key != frame.is_key {
        let kind = if packet.is_key { "no random access point" } else { "a random access point" };
        found.add_at(index, format!("{kind} {codec}"), || format!("packet {index} at {:?}", packet.pts));
    }
    let (start, length) = (clock.ticks(frame.pts), clock.ticks(frame.duration));
    let Some(pts) = packet.pts.map(|pts| pts + clock.delay) else {
        found.add_at(index, format!("packet without time {codec}"), || {
            format!("packet {index}, ours {start}")
        });
        return One { is_equal: false, shown: Some(Shown { start, duration: Some(length) }) };
    };
    let ends_before = packet.duration.is_some_and(|theirs| pts + theirs <= start + 1);
    if length == 0 && (frame.discard.start > mse::MediaTime::ZERO || ends_before) {
        found.add_at(index, format!("trimmed whole {codec}"), || {
            format!("packet {index} of {pts}, the frame at {start}")
        });
        return One { is_equal: has_bytes, shown: None };
    }
    let trimmed = trims(clock, packet, frame);
    if let Some(end) = trimmed {
        found.add_at(index, format!("trimmed at the {end} {codec}"), || {
            format!("packet {index} lasts {:?} from {pts}, the frame {length} from {start}", packet.duration)
        });
        return One { is_equal: has_bytes, shown: Some(Shown { start, duration: Some(length) }) };
    }
    let has_time = (pts - start).abs() <= 1;
    if !has_time {
        let longest = clock.stream.packets.iter().filter_map(|packet| packet.duration).max().unwrap_or(0);
        let is_far = longest > 0 && (pts - start).abs() > 2 * longest;
        let far = if is_far { "far " } else { "" };
        found.add_at(index, format!("{far}time {codec}"), || {
            format!("packet {index} is at {pts} ticks of {}, the frame at {start}", clock.stream.tick())
        });
    }
    let duration = duration(clock, index, (frame, is_estimated, is_longest), found);
    One { is_equal: has_bytes && has_time, shown: Some(Shown { start: pts, duration }) }
}

/// The end of a frame that its own discard padding throws away.
fn trims(clock: &Clock<'_>, packet: &Packet, frame: &PlayedFrame) -> Option<&'static str> {
    let (start, end) = (clock.ticks(frame.discard.start), clock.ticks(frame.discard.end));
    let pts = packet.pts? + clock.delay;
    let ours = clock.ticks(frame.pts);
    if start > 0 && (pts + start - ours).abs() <= 1 {
        return Some("start");
    }
    let length = clock.ticks(frame.duration);
    let is_cut = packet.duration.is_none_or(|theirs| (theirs - end - length).abs() <= 1);
    (end > 0 && is_cut && (pts - ours).abs() <= 1).then_some("end")
}

/// Duration of a packet: as ffmpeg has it, or until the next packet. Notes a frame that lasts
/// neither.
fn duration(
    clock: &Clock<'_>,
    index: usize,
    (frame, is_estimated, is_longest): (&PlayedFrame, bool, bool),
    found: &mut Found,
) -> Option<i64> {
    let ours = clock.ticks(frame.duration);
    let packets = &clock.stream.packets;
    let packet = &packets[index];
    let codec = &clock.stream.codec;
    if ours == 0 && packet.duration.is_some_and(|theirs| theirs > 1) {
        let scale = clock.stream.tick();
        found.add_at(index, format!("no length {codec}"), || {
            format!("packet {index} lasts {:?} ticks of {scale}", packet.duration)
        });
        return packet.duration;
    }
    if packet.duration.is_some_and(|theirs| (theirs - ours).abs() <= 1) {
        return packet.duration;
    }
    let steps = packets.iter().filter_map(|other| Some(other.pts? - packet.pts?));
    let next = steps.filter(|step| *step > 0).min();
    if next.is_some_and(|step| (step - ours).abs() <= 2) {
        return next;
    }
    if packet.duration.is_none() && next.is_none() {
        return Some(ours);
    }
    let decoded = packets.get(index + 1).and_then(|next| next.dts.zip(packet.dts));
    let is_decoded_so = decoded.is_some_and(|(next, here)| (next - here - ours).abs() <= 1);
    let is_near = packet.duration.is_none_or(|theirs| (theirs - ours).abs() <= theirs / 4);
    let is_before_jump = next.zip(packet.duration).is_some_and(|(step, theirs)| step > 8 * theirs.max(1));
    let mut starts = packets.iter().filter_map(|other| Some(other.pts? - packet.pts?));
    let is_shown_until_another = starts.any(|step| (step - ours).abs() <= 1);
    // The last one, whose end nothing shows; one that ffmpeg does not know either.
    let which = match (is_estimated, next, packet.duration) {
        (true, ..) if !is_longest => "estimated length",
        (_, None, _) if !is_longest => "length of the last",
        // The last one that is decoded, where another is shown last.
        _ if index + 1 == packets.len() && !is_longest => "length of the last",
        (_, Some(_), _) if is_decoded_so && is_near => "length by decode times",
        (_, Some(_), _) if is_decoded_so => "other length by decode times",
        (_, Some(_), Some(_)) if is_before_jump && !is_longest => "length before a jump",
        (_, Some(_), None) => "length that ffmpeg does not know",
        // Up to the start of another one, though not of the nearest.
        _ if is_shown_until_another => "length until a later picture",
        _ => "length",
    };
    found.add_at(index, format!("{which} {codec}"), || {
        let theirs = packet.duration;
        let scale = clock.stream.tick();
        format!(
            "packet {index} lasts {theirs:?}, the next is {next:?} away, the frame lasts {ours} of {scale}"
        )
    });
    // Counted here; ranges are compared as if it were right.
    Some(ours)
}

/// Why a packet has no frame in the track buffer.
fn missing(
    clock: &Clock<'_>,
    packet: &Packet,
    (track, played): (&PlayedTrack, &Played),
    (is_before_key, is_at_end): (bool, bool),
) -> String {
    let codec = &clock.stream.codec;
    let pts = packet.pts.map(|pts| pts + clock.delay);
    // Without a frame to compare with, or without a time, any dropped one may be it.
    let is_known = pts.is_some() && !track.frames.is_empty();
    let is_it = |time: mse::MediaTime| pts.is_some_and(|pts| (clock.ticks(time) - pts).abs() <= 1);
    let place = played.tracks.iter().position(|other| other.id == track.id);
    let dropped = played
        .dropped
        .iter()
        .find(|dropped| is_it(dropped.presentation_timestamp) || !is_known && Some(dropped.track) == place);
    match dropped {
        Some(dropped) if dropped.reason == DropReason::NeedsRandomAccessPoint && is_before_key => {
            "dropped CFP-18 before the first random access point".to_owned()
        }
        Some(dropped)
            if dropped.reason == DropReason::NeedsRandomAccessPoint && is_behind_cut(dropped, played) =>
        {
            format!("dropped CFP-18 behind a frame before 0 {codec}")
        }
        Some(dropped) => format!("dropped {} {codec}", dropped.reason.row()),
        None if packet.is_discarded => format!("left out by an edit list {codec}"),
        None if played.error.is_some() => "after the error".to_owned(),
        None if track.stored > track.frames.len() as u64 => "stored and not read".to_owned(),
        None if packet.size == 0 => "empty packet".to_owned(),
        None if !played.replaced.is_empty() => format!("replaced {codec}"),
        None if played.awaits.is_some() && is_at_end => format!("missing where the input ends {codec}"),
        None => format!("missing {codec}"),
    }
}

/// Whether the frames in front of a dropped one were dropped since they begin before 0.
fn is_behind_cut(dropped: &DroppedFrame, played: &Played) -> bool {
    played.dropped.iter().any(|other| {
        (other.track, other.reason) == (dropped.track, DropReason::BeforeAppendWindow)
            && other.decode_timestamp <= dropped.decode_timestamp
    })
}
