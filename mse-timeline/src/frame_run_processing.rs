//! Coded frame processing for the usual frame: one that goes on where the one before ended.
//!
//! [`process`] is the algorithm. Within a coded frame group its steps come to the same few
//! comparisons for frame after frame, against variables that nobody reads in between; here they are
//! taken out once, kept in [`Course`] over as many frames as pass every comparison, and put back.
//! Whatever does not pass goes through [`process`], so each shortcut only has to know when it does
//! not apply.

use crate::appended::{Origin, Placed};
use crate::attributes::{Attributes, DiscontinuityPolicy, TimestampOffset};
use crate::coded_frame_processing::process;
use crate::losses::GapCause;
use crate::receipt::Receipt;
use crate::track_buffer::{TrackBuffer, TrackBuffers};
use crate::track_ranges::Gathered;
use crate::unknown_track::UnknownTrack;
use mse_core::{AppendMode, FrameRun, MediaTime, RunFrame};

/// Sums of a few times within this do not leave the number line, so that they need no clamping.
const SMALL: i64 = 1 << 60;

/// Processes the frames of a run, as [`process`] would one by one.
///
/// # Errors
///
/// At the first frame of an unknown track or description; those before it are processed.
pub fn process_run(
    run: &FrameRun,
    track_buffers: &mut TrackBuffers,
    attributes: &mut Attributes,
    receipt: &mut Receipt,
) -> Result<(), UnknownTrack> {
    let mut next = 0;
    while next < run.frames().len() {
        let usual = process_usual(run, next, track_buffers, attributes, receipt);
        next += usual;
        if usual == 0 {
            let Some(frame) = run.coded_frame(next) else { break };
            process(frame, track_buffers, attributes, receipt)?;
            next += 1;
        }
    }
    Ok(())
}

/// Processes the frames of one track from `first` on, as long as they are usual; says how many.
fn process_usual(
    run: &FrameRun,
    first: usize,
    track_buffers: &mut TrackBuffers,
    attributes: &mut Attributes,
    receipt: &mut Receipt,
) -> usize {
    let frames = run.frames().get(first..).unwrap_or_default();
    let Some(&RunFrame { track_id, description, .. }) = frames.first() else { return 0 };
    // 1.5 track buffer of the frames (CFP-9)
    let Some(index) = track_buffers.find(track_id, description) else { return 0 };
    let Some(track) = track_buffers.tracks.get_mut(index) else { return 0 };
    let Some(mut course) = Course::of(track, attributes) else { return 0 };
    let Some((mut end, described)) = track.append_end(description) else { return 0 };
    let origin = Origin {
        piece: run.piece(),
        append: receipt.append,
        description: described,
        description_index: description,
    };
    let mut left = frames.get(..end.room()).unwrap_or(frames);
    while let Some((frame, behind)) = left.split_first() {
        left = behind;
        if (frame.track_id, frame.description) != (track_id, description) {
            break;
        }
        let Some(placed) = course.place(frame) else { break };
        if !end.push(frame, placed, &origin) {
            break;
        }
        course.advance(placed, frame.is_random_access_point);
        if frame.is_random_access_point
            && let Some((piece, limit)) = end.takes_repeats()
        {
            let (repeats, behind) = left.split_at(course.repeats(frame, placed, limit, left));
            if !repeats.is_empty() {
                end.push_repeats(repeats, placed, piece, &origin);
                course.advance_repeats(placed, repeats.len());
            }
            left = behind;
        }
    }
    let appended = end.finish(&origin);
    let count = appended.frames;
    if count > 0 {
        track.store.appended(&appended);
        course.settle(track, attributes, receipt, index);
        receipt.frames_in += count as u64;
    }
    count
}

/// The variables of a running coded frame group as raw ticks, all of them [`SMALL`] but the bounds.
struct Course {
    generate_timestamps: bool,
    longest_of_group: bool,
    /// A frame that begins so little before the end of the group so far goes on from there.
    tail_tolerance: i64,
    /// `timestampOffset`.
    offset: i64,
    append_window: (i64, i64),
    last_decode_timestamp: i64,
    last_frame_duration: i64,
    highest_end_timestamp: i64,
    /// The largest end of a frame that was placed.
    reached: i64,
    /// Frames of this group only are in here, once older ones have gone from `replaced_from` on.
    cleared: (i64, i64),
    replaced_from: i64,
    /// Older frames can be replaced up to here.
    replaceable_to: i64,
    /// The longest frame stored.
    longest: i64,
    gathered: Gathered,
    last_random_access_point: Option<i64>,
}

impl Course {
    /// State of the group. `None` when the next frame may begin another group, or does not go on at
    /// the end of this one.
    #[inline]
    fn of(track: &TrackBuffer, attributes: &Attributes) -> Option<Self> {
        // 1.3 group start timestamp, 1.10 need random access point flag (CFP-5, CFP-18)
        let begins = attributes.mode == AppendMode::Sequence && attributes.group_start_timestamp.is_some();
        if !track.is_plain || begins || track.need_random_access_point || track.is_in_doubt() {
            return None;
        }
        let highest_end = track.highest_end_timestamp?;
        let (cleared_from, cleared_to) = track.store.cleared()?;
        Some(Self {
            generate_timestamps: attributes.generate_timestamps,
            tail_tolerance: track.tail_tolerance.flicks(),
            longest_of_group: track.discontinuity() == DiscontinuityPolicy::LongestFrameOfGroup,
            offset: small(track.offset(attributes))?,
            append_window: (
                track.in_precision(attributes.append_window_start).flicks(),
                track.in_precision(attributes.append_window_end).flicks(),
            ),
            last_decode_timestamp: small(track.last_decode_timestamp?)?,
            last_frame_duration: small(track.last_frame_duration?)?,
            highest_end_timestamp: small(highest_end)?,
            reached: i64::MIN,
            cleared: (cleared_from.flicks(), cleared_to.flicks()),
            replaced_from: cleared_to.flicks(),
            replaceable_to: track.store.replaceable_to().flicks(),
            longest: small(track.store.longest)?,
            gathered: track.ranges.gather(),
            last_random_access_point: None,
        })
    }

    /// Place of a frame that goes on where the group ends, lies within the append window, and
    /// replaces at most frames that can go later with those that its neighbours replace.
    #[inline]
    fn place(&self, frame: &RunFrame) -> Option<Placed> {
        // 1.1 timestamps of the stream (CFP-1, CFP-2)
        let (pts, dts) = if self.generate_timestamps {
            // Grows from frame to frame.
            (0, if self.offset <= SMALL { 0 } else { return None })
        } else {
            (small(frame.presentation_timestamp)?, small(frame.decode_timestamp)?)
        };
        // 1.2 duration, 1.4 timestampOffset (CFP-4, CFP-8). No duration covers nothing, and a
        // longer one than before may close gaps (TB-6).
        let duration = frame.duration.flicks();
        let (pts, dts) = (pts + self.offset, dts + self.offset);
        if frame.len == 0 || duration <= 0 || duration > self.longest {
            return None;
        }
        let end = pts + duration;
        // 1.6 discontinuity (CFP-10)
        let distance = dts - self.last_decode_timestamp;
        // 1.8, 1.9 append window (CFP-15, CFP-16)
        let is_within = self.append_window.0 <= pts && end <= self.append_window.1;
        let goes_on = distance >= 0 && distance <= 2 * self.last_frame_duration;
        (goes_on && is_within && self.can_take(pts, end)).then_some(Placed { pts, dts, end })
    }

    /// Whether a frame goes on where the group ends so far (CFP-24).
    #[inline]
    fn goes_on(&self, pts: i64, end: i64) -> bool {
        let before = self.highest_end_timestamp - pts;
        before <= 0 || (before < self.tail_tolerance && self.tail_tolerance <= end - pts)
    }

    /// Whether a frame replaces nothing (CFP-24), or older frames of which the first is the next of
    /// all.
    #[inline]
    fn can_take(&self, pts: i64, end: i64) -> bool {
        let highest_end = self.highest_end_timestamp;
        if end <= highest_end || !self.goes_on(pts, end) {
            // It replaces nothing, but it may come to stand behind what others replace.
            return pts < self.cleared.1;
        }
        let is_clear = end <= self.cleared.1;
        self.cleared.0 <= highest_end
            && (is_clear
                || (highest_end <= self.cleared.1
                    && highest_end <= pts
                    && end <= self.replaceable_to
                    && end - pts >= self.tail_tolerance))
    }

    /// Steps 1.17 to 1.21 for a frame that was stored.
    #[inline(always)]
    fn advance(&mut self, Placed { pts, dts, end }: Placed, is_random_access_point: bool) {
        let duration = end - pts;
        // 1.14 overlapped frames (CFP-24)
        if self.highest_end_timestamp < end && self.goes_on(pts, end) {
            self.cleared.1 = self.cleared.1.max(end);
        }
        // 1.17 to 1.19 last decode timestamp, last frame duration, highest end timestamp (CFP-28,
        // CFP-30)
        self.last_decode_timestamp = dts;
        self.last_frame_duration =
            if self.longest_of_group { duration.max(self.last_frame_duration) } else { duration };
        self.highest_end_timestamp = self.highest_end_timestamp.max(end);
        self.reached = self.reached.max(end);
        self.gathered.add(pts, end);
        if is_random_access_point {
            self.last_random_access_point = Some(pts);
        }
        // 1.21 generate timestamps flag (CFP-32)
        if self.generate_timestamps {
            self.offset = end;
        }
    }

    /// Number of frames behind a placed random access point that repeat it: frames as long as it,
    /// each shown and decoded where the one before ends, and none beyond `limit`. Everything that
    /// [`place`](Self::place) compares holds of all of them, since it holds of the first.
    ///
    /// Most sound is nothing else.
    #[inline]
    fn repeats(&self, frame: &RunFrame, placed: Placed, limit: i64, behind: &[RunFrame]) -> usize {
        let goes_on = placed.dts == placed.pts && placed.end == self.highest_end_timestamp;
        if !goes_on || placed.end < self.cleared.0 {
            return 0;
        }
        // 1.9 append window, 1.14 overlapped frames (CFP-16, CFP-24)
        let replaces = self.highest_end_timestamp <= self.cleared.1;
        let free = if replaces { self.cleared.1.max(self.replaceable_to) } else { self.cleared.1 };
        let limit = limit.min(self.append_window.1).min(free).min(SMALL);
        let duration = frame.duration.flicks();
        let (mut time, mut end) = (frame.presentation_timestamp.flicks(), placed.end);
        let repeats = |next: &&RunFrame| {
            (time, end) = (time.wrapping_add(duration), end + duration);
            next.presentation_timestamp.flicks() == time
                && next.decode_timestamp.flicks() == time
                && next.duration.flicks() == duration
                && next.is_random_access_point
                && next.len != 0
                && (next.track_id, next.description) == (frame.track_id, frame.description)
                && end <= limit
        };
        behind.iter().take_while(repeats).count()
    }

    /// Does [`advance`](Self::advance) at once for that many repeats of a frame.
    #[inline]
    fn advance_repeats(&mut self, first: Placed, count: usize) {
        let duration = first.end - first.pts;
        let way = duration * count as i64;
        let last = Placed { pts: first.pts + way, dts: first.dts + way, end: first.end + way };
        self.gathered.add(first.end, last.end);
        self.advance(last, true);
    }

    /// Puts the variables back.
    #[inline]
    fn settle(
        &mut self,
        track: &mut TrackBuffer,
        attributes: &mut Attributes,
        receipt: &mut Receipt,
        index: usize,
    ) {
        let time = MediaTime::from_flicks;
        let reached = time(self.reached);
        track.last_decode_timestamp = Some(time(self.last_decode_timestamp));
        track.last_frame_duration = Some(time(self.last_frame_duration));
        track.highest_end_timestamp = Some(time(self.highest_end_timestamp));
        if let Some(pts) = self.last_random_access_point {
            track.last_appended = Some(time(pts));
        }
        // 1.20 group end timestamp (CFP-31)
        attributes.group_end_timestamp = attributes.group_end_timestamp.max(reached);
        receipt.highest_end = receipt.highest_end.max(Some(reached));
        if self.generate_timestamps {
            attributes.timestamp_offset = TimestampOffset::from_time(time(self.offset));
        }
        self.replace(track, receipt, index);
    }

    /// Removes what the frames replace (CFP-24), and brings the ranges up to date.
    fn replace(&mut self, track: &mut TrackBuffer, receipt: &mut Receipt, index: usize) {
        if self.cleared.1 == self.replaced_from {
            track.ranges.add_gathered(&mut self.gathered, receipt.track_mut(index));
            return;
        }
        let (from, mut to) =
            (MediaTime::from_flicks(self.replaced_from), MediaTime::from_flicks(self.cleared.1));
        if let Some(older) = track.spared(from, MediaTime::MIN, to, false) {
            track.cut_tail(to, older);
            self.gathered.cut_tail(to, older);
            to = older;
        }
        let removed = track.remove_overlapped(from, to, &mut receipt.frames_replaced);
        let open = removed.hull.and_then(|hull| self.gathered.outside(hull));
        track.ranges.add_gathered(&mut self.gathered, receipt.track_mut(index));
        track.repair_ranges(open, GapCause::Replaced, receipt.track_mut(index));
    }
}

/// A time as raw ticks if it is small.
#[inline]
fn small(time: MediaTime) -> Option<i64> {
    let flicks = time.flicks();
    (-SMALL..=SMALL).contains(&flicks).then_some(flicks)
}
