//! Coded frame processing: where a frame of the byte stream comes to stand on the timeline, and
//! what it replaces.
//!
//! This is the algorithm that every engine has as one function of 350 to 440 lines. Here
//! [`process`] is the order of the steps and each step is a function; the steps that touch stored
//! frames are in the track buffer.

use crate::attributes::{
    AppendWindowPolicy, Attributes, DiscontinuityScope, GeneratedOffsets, RemovedTails, StreamStarts,
    TimestampOffset,
};
use crate::block::NewFrame;
use crate::counts::Counts;
use crate::dropped_frame::DroppedFrame;
use crate::losses::GapCause;
use crate::position::{Cut, Cutting, Position, Tally};
use crate::reasons::{DropReason, ReplaceReason};
use crate::receipt::{Discontinuity, Receipt};
use crate::tail::Tail;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use crate::unknown_track::UnknownTrack;
use mse_core::{AppendMode, CodedFrame, DiscardPadding, MediaTime, TrackKind};
use std::sync::Arc;

/// Timestamps of a frame after the timestamp offset.
struct Times {
    pts: MediaTime,
    dts: MediaTime,
    duration: MediaTime,
    discard: DiscardPadding,
    /// End before the append window trimmed it: where the next frame begins.
    next: MediaTime,
    /// Duration before anything was trimmed: how long the decoder's output is.
    decoded_duration: MediaTime,
}

impl Times {
    /// As the stream has them.
    #[inline]
    fn of(frame: &CodedFrame) -> Self {
        let (duration, discard) = (frame.duration.max(MediaTime::ZERO), frame.discard);
        let is_whole = discard == DiscardPadding::NONE;
        Self {
            pts: frame.presentation_timestamp,
            dts: frame.decode_timestamp,
            duration,
            discard,
            next: frame.presentation_timestamp + duration,
            decoded_duration: if is_whole { duration } else { duration + discard.start + discard.end },
        }
    }

    fn end(&self) -> MediaTime {
        self.pts + self.duration
    }

    fn dropped(&self, track: usize, reason: DropReason) -> DroppedFrame {
        DroppedFrame {
            track,
            presentation_timestamp: self.pts,
            decode_timestamp: self.dts,
            duration: self.duration,
            reason,
        }
    }
}

/// Runs the coded frame processing algorithm for one frame.
///
/// Steps 2 to 4 (the element's readyState) and 5 (the duration) run once after all frames of an
/// append and are the caller's: [`Receipt::highest_end`] is what step 5 compares (CFP-36).
///
/// <https://w3c.github.io/media-source/#sourcebuffer-coded-frame-processing>
#[inline]
pub fn process(
    mut frame: CodedFrame,
    track_buffers: &mut TrackBuffers,
    attributes: &mut Attributes,
    receipt: &mut Receipt,
) -> Result<(), UnknownTrack> {
    receipt.frames_in += 1;
    // 1.5 track buffer of the frame (CFP-9)
    let index = track_buffers.select(&frame)?;
    if track_buffers.config.stream_starts == StreamStarts::Cut
        && frame.presentation_timestamp < MediaTime::ZERO
        && !attributes.generate_timestamps
    {
        cut_to_start(&mut frame, index, track_buffers);
    }
    // 1.1 to 1.7 timestamps and coded frame group (CFP-1, CFP-14)
    let Some(mut times) = place(&frame, index, track_buffers, attributes, receipt) else {
        let dropped = Times::of(&frame).dropped(index, DropReason::NothingToStore);
        receipt.tell_dropped(dropped, track_buffers.config.dropped_frames_logged);
        return Ok(());
    };
    if track_buffers.config.stream_starts == StreamStarts::Cut {
        // What is cut brings the next frame nearer.
        times.decoded_duration = times.duration;
    }
    let elapses = track_buffers.config.generated_offsets;
    let removed_tails = track_buffers.config.removed_tails;
    let policy = track_buffers.config.append_window;
    let Some(track) = track_buffers.tracks.get_mut(index) else { return Ok(()) };
    let begins = times.pts;
    let trim = match policy {
        AppendWindowPolicy::DropFrames => false,
        AppendWindowPolicy::TrimAudio => track.kind() == TrackKind::Audio,
        AppendWindowPolicy::TrimAll => true,
    };
    if let Err(reason) = admit(&frame, &mut times, track, attributes, trim) {
        receipt.tell_dropped(times.dropped(index, reason), track_buffers.config.dropped_frames_logged);
        track.note_dropped(times.pts, times.end(), reason);
        if trim && reason == DropReason::BeforeAppendWindow && track.kind() == TrackKind::Audio {
            wait_if_before(&frame, &times, track, attributes);
        }
        // DEVIATION: CFP-17 would give every following frame of a format without timestamps the
        // place of the dropped one, and so drop them all; the dropped frame takes its time instead
        // (OPN-30, DIS-32).
        advance_generated_timestamps(attributes, &times, elapses);
        return Ok(());
    }
    if !track.is_plain {
        let of_frame = (times.pts, times.dts, times.duration);
        track_buffers.signal_group(index, frame.is_random_access_point, of_frame, attributes);
    }
    let Some(track) = track_buffers.tracks.get_mut(index) else { return Ok(()) };
    // 1.11 to 1.15 overlapped frames (CFP-19, CFP-26)
    let is_estimated = frame.is_duration_estimated;
    let (removed, spared) = replace_overlapped(&times, is_estimated, track, receipt, index);
    let full_duration = times.duration;
    let duration = spared.map_or(full_duration, |older| older - times.pts);
    if is_estimated {
        times.duration = duration;
    }
    // CFP-27
    if !store(
        frame,
        index,
        (begins, &times, attributes.fixed_offset()),
        (duration, full_duration),
        track,
        removed,
        receipt,
    ) {
        // Nothing to depend on, or a group of pictures beyond every bound: wait for a random access
        // point.
        track.need_random_access_point = removed_tails != RemovedTails::GroupGoesOn;
        receipt.tell_dropped(
            times.dropped(index, DropReason::NeedsRandomAccessPoint),
            track_buffers.config.dropped_frames_logged,
        );
        track.note_dropped(times.pts, times.end(), DropReason::NeedsRandomAccessPoint);
        if removed_tails == RemovedTails::GroupGoesOn {
            // The group does.
            track.remember(times.dts, times.decoded_duration, times.end());
            attributes.group_end_timestamp = attributes.group_end_timestamp.max(times.end());
            receipt.highest_end = receipt.highest_end.max(Some(times.end()));
        }
        advance_generated_timestamps(attributes, &times, elapses);
        return Ok(());
    }
    if let Some(older) = spared {
        track.tail = Some(Tail::new(times.pts, times.dts, full_duration, older));
    }
    if track.highest_end_timestamp.is_none_or(|highest_end| highest_end < times.end()) {
        track.is_end_estimated = is_estimated && track.tail_tolerance > MediaTime::ZERO;
    }
    // 1.17 to 1.19 last decode timestamp, last frame duration, highest end timestamp (CFP-28,
    // CFP-30)
    track.remember(times.dts, times.decoded_duration, times.end());
    // 1.20 group end timestamp (CFP-31)
    attributes.group_end_timestamp = attributes.group_end_timestamp.max(times.end());
    receipt.highest_end = receipt.highest_end.max(Some(times.end()));
    // 1.21 generate timestamps flag (CFP-32)
    advance_generated_timestamps(attributes, &times, elapses);
    Ok(())
}

/// Steps 1.1 to 1.6: the frame's timestamps on the presentation timeline, and the coded frame group
/// that it belongs to. `None`, and nothing has changed, when a time is not finite, which no demuxer
/// of this engine makes, or there is nothing to decode (DIS-31).
#[inline]
fn place(
    frame: &CodedFrame,
    index: usize,
    track_buffers: &mut TrackBuffers,
    attributes: &mut Attributes,
    receipt: &mut Receipt,
) -> Option<Times> {
    // 1.1 timestamps of the stream (CFP-1, CFP-2)
    let (stream_pts, stream_dts) = if attributes.generate_timestamps {
        (attributes.generated, attributes.generated)
    } else {
        (frame.presentation_timestamp, frame.decode_timestamp)
    };
    let finite = !stream_pts.is_infinite() && !stream_dts.is_infinite() && !frame.duration.is_infinite();
    if !finite || frame.data.is_empty() {
        return None;
    }
    loop {
        // 1.3 group start timestamp (CFP-5)
        if attributes.mode == AppendMode::Sequence
            && let Some(start) = attributes.group_start_timestamp.take()
        {
            begin_sequence(start, stream_pts, track_buffers, attributes);
            // Step 5 (CFP-36): the duration follows, whatever becomes of the frame.
            receipt.highest_end = receipt.highest_end.max(Some(start));
        }
        // 1.2 duration and 1.4 timestampOffset (CFP-4, CFP-8)
        let offset = track_buffers.tracks.get(index)?.offset(attributes);
        let (pts, dts) = (stream_pts + offset, stream_dts + offset);
        let times = Times { pts, dts, ..Times::of(frame) };
        let times = Times { next: times.end(), ..times };
        // 1.6 discontinuity (CFP-10)
        if !track_buffers.tracks.get(index)?.is_discontinuity(dts) {
            return Some(times);
        }
        end_group_of(index, &times, track_buffers, attributes, receipt);
        // 1.6.6 again (CFP-13), from the stream's timestamps. Without a last decode timestamp there
        // is no second discontinuity.
    }
}

/// Step 1.6: the frame begins another coded frame group.
#[cold]
fn end_group_of(
    index: usize,
    times: &Times,
    track_buffers: &mut TrackBuffers,
    attributes: &mut Attributes,
    receipt: &mut Receipt,
) {
    let last_decode_timestamp = track_buffers.tracks.get(index).and_then(TrackBuffer::last_decode_timestamp);
    if receipt.discontinuities.len() < track_buffers.config.dropped_frames_logged {
        receipt.discontinuities.push(Discontinuity {
            track: index,
            presentation_timestamp: times.pts,
            decode_timestamp: times.dts,
            last_decode_timestamp: last_decode_timestamp.unwrap_or(times.dts),
        });
    }
    // 1.6.1 group end timestamp or group start timestamp (CFP-11)
    match attributes.mode {
        AppendMode::Segments => {
            attributes.group_end_timestamp = times.pts;
            // Step 5 (CFP-36): the duration follows, whatever becomes of the frame.
            receipt.highest_end = receipt.highest_end.max(Some(times.pts));
        }
        AppendMode::Sequence => attributes.group_start_timestamp = Some(attributes.group_end_timestamp),
    }
    // CFP-12 DEVIATION: the text ends the group of all tracks, so that a hole in the sound costs
    // the pictures up to the next random access point. No browser loses them. In mode "sequence"
    // the offset of all tracks changes, and so all begin anew.
    let is_own = track_buffers.config.discontinuity_scope == DiscontinuityScope::OneTrack;
    match track_buffers.tracks.get_mut(index) {
        Some(track) if is_own && attributes.mode == AppendMode::Segments => track.end_coded_frame_group(),
        _ => track_buffers.end_coded_frame_group(),
    }
    track_buffers.group_signal.end_group(attributes.mode);
    // Where a group goes on, it ends no earlier.
    let running = track_buffers.tracks.iter().filter_map(TrackBuffer::highest_end_timestamp).max();
    if let Some(end) = running {
        attributes.group_end_timestamp = attributes.group_end_timestamp.max(end);
    }
}

/// Cuts sound before the start of its stream. A frame of which nothing is left lasts no time,
/// there.
#[cold]
fn cut_to_start(frame: &mut CodedFrame, index: usize, track_buffers: &TrackBuffers) {
    if track_buffers.tracks.get(index).is_none_or(|track| track.kind() != TrackKind::Audio) {
        return;
    }
    let duration = frame.duration.max(MediaTime::ZERO);
    let cut = duration.min(MediaTime::ZERO - frame.presentation_timestamp);
    frame.discard.start += cut;
    frame.duration = duration - cut;
    frame.presentation_timestamp = MediaTime::ZERO;
}

/// Step 1.3: the first frame of a group in sequence mode comes to stand at the group start
/// timestamp (CFP-6).
#[cold]
fn begin_sequence(
    start: MediaTime,
    stream_pts: MediaTime,
    track_buffers: &mut TrackBuffers,
    attributes: &mut Attributes,
) {
    attributes.timestamp_offset = TimestampOffset::from_time(start - stream_pts);
    attributes.group_end_timestamp = start;
    track_buffers.group_signal.begin();
    for track in &mut track_buffers.tracks {
        track.need_random_access_point = true;
    }
}

impl TrackBuffer {
    /// Step 1.6: whether a decode timestamp does not continue the coded frame group (CFP-10). Both
    /// comparisons are strict, and exact on the number line: one missing frame is no discontinuity
    /// (EX-1).
    #[inline]
    fn is_discontinuity(&self, dts: MediaTime) -> bool {
        let (Some(last), Some(duration)) = (self.last_decode_timestamp, self.last_frame_duration) else {
            return false;
        };
        dts < last || dts - last > duration.doubled()
    }
}

/// Steps 1.8 to 1.10: whether the frame may be stored; the row that drops it if not.
#[inline]
fn admit(
    frame: &CodedFrame,
    times: &mut Times,
    track: &mut TrackBuffer,
    attributes: &Attributes,
    trim: bool,
) -> Result<(), DropReason> {
    let window = (
        track.in_precision(attributes.append_window_start),
        track.in_precision(attributes.append_window_end),
    );
    if trim {
        trim_to_append_window(times, window);
    }
    let outside = if times.pts < window.0 {
        // 1.8 before the append window (CFP-15, CFP-39)
        Some(DropReason::BeforeAppendWindow)
    } else if times.end() > window.1 {
        // 1.9 after the append window (CFP-16)
        Some(DropReason::AfterAppendWindow)
    } else {
        None
    };
    if let Some(row) = outside {
        // OPN-11: the flag of this track buffer.
        track.need_random_access_point = true;
        return Err(row);
    }
    // 1.10 need random access point flag (CFP-18)
    if track.need_random_access_point {
        if !frame.is_random_access_point {
            return Err(DropReason::NeedsRandomAccessPoint);
        }
        track.need_random_access_point = false;
    }
    Ok(())
}

/// DEVIATION: CFP-15 and CFP-16 allow to trim audio instead of dropping whole frames; on request
/// (DIS-10). A frame that lies wholly outside is left for them to drop.
fn trim_to_append_window(times: &mut Times, (start, end): (MediaTime, MediaTime)) {
    if times.end() <= start || end <= times.pts {
        return;
    }
    if times.pts < start {
        times.discard.start += start - times.pts;
        times.duration = times.end() - start;
        times.pts = start;
    }
    if times.end() > end {
        times.discard.end += times.end() - end;
        times.duration = end - times.pts;
    }
}

/// A frame of sound that ends before the append window waits for the first one within.
#[cold]
fn wait_if_before(frame: &CodedFrame, times: &Times, track: &mut TrackBuffer, attributes: &Attributes) {
    if times.end() <= attributes.append_window_start {
        let interval = (times.pts, times.end());
        track.wait_for_window(frame, interval, times.decoded_duration, attributes.fixed_offset());
    }
}

/// Steps 1.11 to 1.15: makes room for the frame's presentation interval. Frames of the running
/// coded frame group stay (OPN-6). Returns what was removed, and where the older frames begin that
/// the frame is to be shortened for.
#[inline]
fn replace_overlapped(
    times: &Times,
    is_estimated: bool,
    track: &mut TrackBuffer,
    receipt: &mut Receipt,
    index: usize,
) -> (Tally, Option<MediaTime>) {
    let (pts, end) = (times.pts, times.end());
    let lead = std::mem::take(&mut track.lead);
    let Some(highest_end) = track.highest_end_timestamp else {
        let mut removed = splice_at(pts, track, &mut receipt.frames_replaced);
        let spared = track.spared(pts, pts, end, is_estimated);
        let to = spared.unwrap_or(end);
        let from = track.replaces_from(pts).min(pts - lead);
        merge(&mut removed, &track.remove_overlapped(from, to, &mut receipt.frames_replaced));
        return (removed, spared);
    };
    // 1.14 overlapped frames (CFP-24, CFP-25): from where the group ends so far, if the frame goes
    // on from there.
    let is_near = track.is_end_estimated || track.is_near(highest_end, pts, end);
    let goes_on = highest_end <= pts || (highest_end < end && is_near);
    let from = track.tail.map_or(highest_end, |tail| tail.end);
    if !goes_on || !track.store.may_hold_older(from, end) {
        return (Tally::default(), None);
    }
    let spared = track.spared(from, pts, end, is_estimated);
    let to = spared.unwrap_or(end);
    if from < to {
        track.restore_tail(receipt.track_mut(index));
    }
    (track.remove_overlapped(from, to, &mut receipt.frames_replaced), spared)
}

/// Step 1.13 for the first frame of a coded frame group.
fn splice_at(pts: MediaTime, track: &mut TrackBuffer, replaced: &mut Counts<ReplaceReason>) -> Tally {
    match track.kind() {
        // 1.13 audio splice frame (CFP-21)
        TrackKind::Audio => track.audio_splice(pts, replaced),
        // 1.13 remove window of video (CFP-22)
        TrackKind::Video => track.remove_overlapped_start(pts, replaced),
        // 1.13 text splice frame (CFP-23)
        TrackKind::Text => track.text_splice(pts, replaced),
    }
}

fn merge(into: &mut Tally, other: &Tally) {
    if let Some((start, end)) = other.hull {
        into.widen(start, end);
    }
}

impl TrackBuffer {
    /// Removes the overlapped frame if the new one begins less than a microsecond after it, and
    /// what depends on it: a microsecond is 705.6 units of the number line. Otherwise the
    /// overlapped frame keeps its stored duration (CFP-22, OPN-3).
    fn remove_overlapped_start(&mut self, pts: MediaTime, replaced: &mut Counts<ReplaceReason>) -> Tally {
        let Some(position) = self.store.last_containing(pts) else { return Tally::default() };
        if pts - self.store.block(position.slot).pts(position.row) >= MediaTime::MICROSECOND {
            return Tally::default();
        }
        let tally = self.remove_frame(position);
        replaced.add(ReplaceReason::PictureBegins, 1);
        replaced.add(ReplaceReason::Dependent, tally.dependent.saturating_sub(1));
        tally
    }

    /// Removes a stored frame and what depends on it; all count as dependent.
    pub(crate) fn remove_frame(&mut self, position: Position) -> Tally {
        let mut cutting = Cutting {
            from: MediaTime::INFINITY,
            to: MediaTime::INFINITY,
            cut: Cut::Overlap,
            last_decode_timestamp: None,
            track_id: self.id(),
            tally: Tally::default(),
        };
        self.store.settle();
        self.store.cut_rows(position.slot, position.row, position.row + 1, &mut cutting);
        if !self.is_plain {
            cutting.tally.hull = cutting.tally.hull.map(|hull| self.uncover(hull, None));
        }
        cutting.tally
    }

    /// Removes older frames with timestamps in `[from, to)` and what depends on them (CFP-24,
    /// CFP-26).
    pub(crate) fn remove_overlapped(
        &mut self,
        from: MediaTime,
        to: MediaTime,
        replaced: &mut Counts<ReplaceReason>,
    ) -> Tally {
        let mut cutting = Cutting {
            from,
            to,
            cut: Cut::Overlap,
            last_decode_timestamp: None,
            track_id: self.id(),
            tally: Tally::default(),
        };
        self.store.overwrite(&mut cutting);
        if !self.is_plain {
            self.cover_behind(to, &mut cutting.tally);
            cutting.tally.hull = cutting.tally.hull.map(|hull| self.uncover(hull, None));
        }
        replaced.add(ReplaceReason::NewFrames, cutting.tally.direct);
        replaced.add(ReplaceReason::Dependent, cutting.tally.dependent);
        cutting.tally
    }
}

/// Step 1.16: stores the frame, which began at `begins` before it was trimmed, and brings the
/// ranges up to date with what came and went. `false` when the frame could not be stored.
#[inline]
fn store(
    frame: CodedFrame,
    index: usize,
    (begins, times, offset): (MediaTime, &Times, Option<MediaTime>),
    (duration, full_duration): (MediaTime, MediaTime),
    track: &mut TrackBuffer,
    removed: Tally,
    receipt: &mut Receipt,
) -> bool {
    let description = Arc::clone(&track.descriptions()[usize::from(frame.description)]);
    // DIS-10
    let priming =
        if track.waiting.is_some() { track.priming_for(begins, &description, offset) } else { None };
    let new = NewFrame {
        is_random_access_point: frame.is_random_access_point,
        pts: times.pts,
        dts: times.dts,
        duration,
        discard: times.discard,
        data: frame.data,
        encryption: frame.encryption,
        side_data: frame.side_data,
        priming,
        append: receipt.append,
        description_index: frame.description,
        description: &description,
    };
    let (start, end) = (new.pts, new.end());
    let stored = track.store(new, full_duration, receipt.track_mut(index));
    // What the new frame covers needs no look.
    let open = removed.hull.filter(|&(from, to)| !stored || from < start || end < to);
    track.repair_ranges(open, GapCause::Replaced, receipt.track_mut(index));
    stored
}

/// Step 1.21: a format without timestamps goes on at the end of the frame (CFP-32).
#[inline]
fn advance_generated_timestamps(attributes: &mut Attributes, times: &Times, offsets: GeneratedOffsets) {
    if !attributes.generate_timestamps {
        return;
    }
    match offsets {
        GeneratedOffsets::ByAppend => attributes.generated += times.decoded_duration,
        GeneratedOffsets::ByFrame => attributes.timestamp_offset = TimestampOffset::from_time(times.next),
    }
}
