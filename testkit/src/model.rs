//! The naive timeline: the text of the standard over plain vectors, to hold an engine against.
//!
//! One [`Model`] is one SourceBuffer with its track buffers: coded frame processing (CFP), coded
//! frame removal (CFR), reset parser state (RPS) and what an initialization segment does to track
//! buffers (ISR-5). Every step walks over everything; nothing is incremental, nothing is cached,
//! times are compared exactly. Where the text leaves a choice, the reading is:
//!
//! - *Decode order*: a group of pictures is a random access point and the frames appended after it;
//!   groups stand in the order of (presentation timestamp of the random access point, order of
//!   arrival), frames within in the order of arrival.
//! - CFP-15, CFP-16: sound that lies partly outside the append window is trimmed to it
//!   ([`Policy::trims_sound`]).
//! - CFP-17: with the generate timestamps flag a dropped frame advances `timestampOffset` by its
//!   duration (DIS-32).
//! - CFP-20: of several stored audio or video frames around `pts` the one with the greatest
//!   presentation timestamp, the last in decode order.
//! - CFP-21: the overlapped audio frame stays, its end trimmed to `pts` rounded to its sample rate,
//!   never moved back; without a rest it goes (DIS-7).
//! - CFP-23: of several overlapped text frames the one with the smallest presentation timestamp
//!   (TSF-1).
//! - CFP-24: a frame spares older random access points, and pictures shown before those of their
//!   groups, that it reaches into by less than a tick or a millisecond, or because its duration is
//!   an estimate; it is shortened to them, until its group replaces them
//!   ([`Policy::tail_tolerance`]).
//! - CFP-26, CFR-7: where the random access point stays, only what is shown before the end of the
//!   interval goes ([`Policy::whole_groups`]).
//! - CFP-24, CFP-26: never a frame of the current coded frame group, which are those appended since
//!   the last decode timestamps were last unset. What depends on a removed frame is the rest of its
//!   group of pictures.
//! - CFP-12: in mode "segments" the track whose timestamps jumped begins anew
//!   ([`Policy::all_tracks`]).
//! - CFP-29: the duration before trims, which do not bring the next frame nearer.
//! - CFP-36: the largest end of the frames that the run stored, and the largest group end timestamp
//!   that a discontinuity or the start of a sequence set.
//! - CFR-5, CFR-6: only when a removed frame, dependent ones included, has the last decode
//!   timestamp of its track buffer; then on all of them. A group start timestamp that is set
//!   already stays. Track buffers are processed one after the other, so one that resets them leaves
//!   nothing to the next (DIS-15).
//! - TB-6: gaps smaller than twice the longest duration ever added to the track buffer are closed.
//!   A frame of zero duration covers nothing. A gap that a removal made is not closed until a frame
//!   comes to lie in it.

mod policy;
mod track;

pub use policy::Policy;
pub use track::{Gop, ModelFrame, ModelTrack};

use mse_core::{AppendMode, CodedFrame, MediaTime, TimeRanges, Track, TrackId, TrackKind};

/// One SourceBuffer's timeline. Fields are the standard's variables, open to the tests.
#[derive(Clone, Debug)]
pub struct Model {
    /// `mode`.
    pub mode: AppendMode,
    /// `timestampOffset`.
    pub timestamp_offset: MediaTime,
    /// `appendWindowStart`.
    pub append_window_start: MediaTime,
    /// `appendWindowEnd`.
    pub append_window_end: MediaTime,
    /// The generate timestamps flag.
    pub generate_timestamps: bool,
    /// Group start timestamp.
    pub group_start_timestamp: Option<MediaTime>,
    /// Group end timestamp.
    pub group_end_timestamp: MediaTime,
    /// Departures from the letter of the standard.
    pub policy: Policy,
    /// Track buffers: audio, then video, then text (ISR-13).
    pub tracks: Vec<ModelTrack>,
    arrivals: u64,
}

/// Outcome of one run of coded frame processing.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Processed {
    /// The largest end of a stored frame (CFP-36).
    pub highest_end: Option<MediaTime>,
    /// Payload of each dropped frame and the row that dropped it.
    pub dropped: Vec<(String, &'static str)>,
    /// A frame had a track id that no track buffer has (CFP-9): the frames after it were not looked
    /// at.
    pub unknown_track: bool,
}

impl Model {
    /// The timeline of a new SourceBuffer (SB-3, MS-12).
    pub fn new(generate_timestamps: bool) -> Self {
        Self {
            mode: if generate_timestamps { AppendMode::Sequence } else { AppendMode::Segments },
            timestamp_offset: MediaTime::ZERO,
            append_window_start: MediaTime::ZERO,
            append_window_end: MediaTime::INFINITY,
            generate_timestamps,
            group_start_timestamp: None,
            group_end_timestamp: MediaTime::ZERO,
            policy: Policy::default(),
            tracks: Vec::new(),
            arrivals: 0,
        }
    }

    /// The tracks of an initialization segment (ISR-2, ISR-3, ISR-5, ISR-10); the row it breaks
    /// otherwise. `supports` says whether a track's codecs are supported.
    pub fn initialization_segment(
        &mut self,
        tracks: &[Track],
        supports: impl Fn(&Track) -> bool,
    ) -> Result<(), &'static str> {
        if tracks.is_empty() {
            return Err("ISR-2");
        }
        let is_first = self.tracks.is_empty();
        if !is_first && !self.same_tracks(tracks) {
            return Err("ISR-3");
        }
        if !tracks.iter().all(supports) {
            return Err(if is_first { "ISR-7" } else { "ISR-3" });
        }
        for kind in TrackKind::ALL {
            let of_kind: Vec<&Track> = tracks.iter().filter(|track| track.kind == kind).collect();
            if is_first {
                self.tracks.extend(of_kind.into_iter().map(ModelTrack::new));
            } else {
                self.describe(kind, &of_kind);
            }
        }
        Ok(())
    }

    /// ISR-3 (a) and (b).
    fn same_tracks(&self, tracks: &[Track]) -> bool {
        TrackKind::ALL.into_iter().all(|kind| {
            let mut before: Vec<TrackId> =
                self.tracks.iter().filter(|track| track.kind == kind).map(|track| track.first_id).collect();
            let mut now: Vec<TrackId> =
                tracks.iter().filter(|track| track.kind == kind).map(|track| track.id).collect();
            before.sort();
            now.sort();
            before.len() == now.len() && (now.len() == 1 || before == now)
        })
    }

    /// ISR-5: match by id, or by kind where there is one; a random access point is needed.
    fn describe(&mut self, kind: TrackKind, tracks: &[&Track]) {
        for buffer in self.tracks.iter_mut().filter(|buffer| buffer.kind == kind) {
            let matching = tracks.iter().find(|track| tracks.len() == 1 || track.id == buffer.id);
            if let Some(track) = matching {
                buffer.id = track.id;
                buffer.descriptions = track.descriptions.clone();
            }
            buffer.need_random_access_point = true;
        }
    }

    /// Coded frame processing of some frames of a media segment, in the order given (CFP).
    pub fn coded_frame_processing(&mut self, frames: &[CodedFrame]) -> Processed {
        let mut run = Processed::default();
        for frame in frames {
            let Some(index) = self.tracks.iter().position(|track| track.id == frame.track_id) else {
                run.unknown_track = true;
                break;
            };
            self.process(index, frame, &mut run);
        }
        run
    }

    /// Step 1 for one frame.
    fn process(&mut self, index: usize, original: &CodedFrame, run: &mut Processed) {
        let mut frame = self.placed(original, run);
        if self.is_discontinuity(index, &frame) {
            // CFP-11
            match self.mode {
                AppendMode::Segments => {
                    let pts = frame.presentation_timestamp;
                    self.group_end_timestamp = pts;
                    // CFP-36
                    run.highest_end = Some(run.highest_end.map_or(pts, |highest| highest.max(pts)));
                }
                AppendMode::Sequence => self.group_start_timestamp = Some(self.group_end_timestamp),
            }
            // CFP-12, CFP-13
            if self.policy.all_tracks || self.mode == AppendMode::Sequence {
                self.unset_all();
            } else {
                self.tracks[index].unset();
                // The group end timestamp is that of the tracks whose group goes on.
                let running = self.tracks.iter().filter_map(|track| track.highest_end_timestamp).max();
                self.group_end_timestamp = self.group_end_timestamp.max(running.unwrap_or(MediaTime::MIN));
            }
            frame = self.placed(original, run);
        }
        let full_end = frame.end_timestamp();
        if self.policy.trims_sound && self.tracks[index].kind == TrackKind::Audio {
            self.trim_to_window(&mut frame);
        }
        let (pts, fend) = (frame.presentation_timestamp, frame.end_timestamp());
        if pts < self.append_window_start {
            return self.drop_frame(index, &frame, "CFP-15", run);
        }
        if fend > self.append_window_end {
            return self.drop_frame(index, &frame, "CFP-16", run);
        }
        if self.tracks[index].need_random_access_point && !frame.is_random_access_point {
            return self.drop_frame(index, &frame, "CFP-18", run);
        }
        let fend = self.store(index, frame, full_end);
        run.highest_end = Some(run.highest_end.map_or(fend, |highest| highest.max(fend)));
    }

    /// Steps 1.1 to 1.4: the frame where it belongs.
    fn placed(&mut self, original: &CodedFrame, run: &mut Processed) -> CodedFrame {
        let mut frame = original.clone();
        if self.generate_timestamps {
            // CFP-1
            (frame.presentation_timestamp, frame.decode_timestamp) = (MediaTime::ZERO, MediaTime::ZERO);
        }
        if self.mode == AppendMode::Sequence
            && let Some(start) = self.group_start_timestamp.take()
        {
            // CFP-6
            self.timestamp_offset = start - frame.presentation_timestamp;
            self.group_end_timestamp = start;
            // CFP-36
            run.highest_end = Some(run.highest_end.map_or(start, |highest| highest.max(start)));
            for track in &mut self.tracks {
                track.need_random_access_point = true;
            }
        }
        // CFP-8
        frame.presentation_timestamp += self.timestamp_offset;
        frame.decode_timestamp += self.timestamp_offset;
        frame
    }

    /// CFP-10.
    fn is_discontinuity(&self, index: usize, frame: &CodedFrame) -> bool {
        let track = &self.tracks[index];
        let (Some(last), Some(duration)) = (track.last_decode_timestamp, track.last_frame_duration) else {
            return false;
        };
        let dts = frame.decode_timestamp;
        dts < last || dts - last > duration + duration
    }

    /// Cuts a frame that lies partly outside the append window to what lies inside.
    fn trim_to_window(&self, frame: &mut CodedFrame) {
        let (start, end) = (frame.presentation_timestamp, frame.end_timestamp());
        let (from, to) = (start.max(self.append_window_start), end.min(self.append_window_end));
        if from < to {
            frame.presentation_timestamp = from;
            frame.duration = to - from;
            frame.discard.start += from - start;
            frame.discard.end += end - to;
        }
    }

    /// A frame that is not stored (CFP-15 to CFP-18).
    fn drop_frame(&mut self, index: usize, frame: &CodedFrame, row: &'static str, run: &mut Processed) {
        self.tracks[index].need_random_access_point = true;
        if self.generate_timestamps {
            self.timestamp_offset += frame.duration;
        }
        run.dropped.push((crate::frames::payload(frame), row));
    }

    /// Steps 1.10 to 1.21 for a frame that stays and ended at `full_end` before it was trimmed; its
    /// end.
    fn store(&mut self, index: usize, frame: CodedFrame, full_end: MediaTime) -> MediaTime {
        let (pts, dts) = (frame.presentation_timestamp, frame.decode_timestamp);
        let (duration, fend) = (frame.duration, frame.end_timestamp());
        let decoded_duration = duration + frame.discard.start + frame.discard.end;
        let arrival = self.arrivals;
        self.arrivals += 1;
        let track = &mut self.tracks[index];
        let group = track.group;
        track.need_random_access_point = false;
        if track.last_decode_timestamp.is_none() {
            // CFP-20 to CFP-23
            track.splice(pts);
        }
        // CFP-24
        let tolerance = track.tolerance(self.policy.tail_tolerance);
        let is_estimated = frame.is_duration_estimated && tolerance > MediaTime::ZERO;
        let from = track.replaces_from(pts, fend, tolerance);
        let spared = from.and_then(|from| {
            let is_short = fend - pts < tolerance;
            let reached = if is_estimated { pts } else { pts.max(fend - tolerance) };
            let may = tolerance > MediaTime::ZERO && (is_estimated || !is_short);
            track.first_point(group, |point| may && from <= point && reached < point && point < fend)
        });
        if let Some(from) = from {
            let to = spared.unwrap_or(fend);
            if from < to {
                track.restore_tail();
            }
            track.cut(from, to, self.policy.whole_groups, |stored| stored.group != group);
        }
        // CFP-27
        track.longest_duration = track.longest_duration.max(duration);
        let mut stored = frame;
        if let Some(older) = spared {
            track.tail = Some((arrival, duration, older));
            stored.duration = older - pts;
        }
        let fend = if is_estimated { stored.end_timestamp() } else { fend };
        track.add(stored, group, arrival);
        // CFP-28 to CFP-30
        track.last_decode_timestamp = Some(dts);
        track.last_frame_duration = Some(decoded_duration);
        if track.highest_end_timestamp.is_none_or(|highest| highest < fend) {
            track.is_end_estimated = is_estimated;
        }
        track.highest_end_timestamp =
            Some(track.highest_end_timestamp.map_or(fend, |highest| highest.max(fend)));
        // CFP-31
        self.group_end_timestamp = self.group_end_timestamp.max(fend);
        if self.generate_timestamps {
            // CFP-32
            self.timestamp_offset = full_end;
        }
        fend
    }

    /// On all track buffers: unset last decode timestamp, last frame duration and highest end
    /// timestamp, and need a random access point (CFP-12, CFR-6, RPS-2). The coded frame group
    /// ends.
    fn unset_all(&mut self) {
        for track in &mut self.tracks {
            track.unset();
        }
    }

    /// Coded frame removal (CFR-1 to CFR-7). `duration` is the MediaSource's.
    pub fn coded_frame_removal(&mut self, start: MediaTime, end: MediaTime, duration: MediaTime) {
        for index in 0..self.tracks.len() {
            let track = &mut self.tracks[index];
            // CFR-2
            let next_random_access_point = track
                .frames()
                .filter(|stored| stored.frame.is_random_access_point && stored.pts() >= end)
                .map(ModelFrame::pts)
                .min();
            let end = next_random_access_point.unwrap_or(duration);
            // CFR-3, CFR-7
            let last = track.last_decode_timestamp;
            let removed = track.cut(start, end, self.policy.whole_groups, |_| true);
            track.note_removed(&removed);
            let last_appended: Vec<&ModelFrame> =
                removed.iter().filter(|stored| Some(stored.frame.decode_timestamp) == last).collect();
            // CFR-5
            for stored in &last_appended {
                match self.mode {
                    AppendMode::Segments => self.group_end_timestamp = stored.pts(),
                    AppendMode::Sequence => {
                        self.group_start_timestamp.get_or_insert(self.group_end_timestamp);
                    }
                }
            }
            // CFR-6
            if !last_appended.is_empty() {
                self.unset_all();
            }
        }
    }

    /// The timeline's part of reset parser state (RPS-2, RPS-3).
    pub fn reset_parser_state(&mut self) {
        self.unset_all();
        if self.mode == AppendMode::Sequence {
            self.group_start_timestamp = Some(self.group_end_timestamp);
        }
    }

    /// The largest end of any track buffer's ranges (SB-7, DUR-3); zero when nothing is stored.
    pub fn highest_end(&self) -> MediaTime {
        self.tracks.iter().filter_map(|track| track.ranges().end()).max().unwrap_or(MediaTime::ZERO)
    }

    /// The largest presentation timestamp of any stored frame (DUR-2).
    pub fn highest_presentation_timestamp(&self) -> Option<MediaTime> {
        self.tracks.iter().flat_map(ModelTrack::frames).map(ModelFrame::pts).max()
    }

    /// `buffered` (SB-7 to SB-9, SB-11). `ended` is whether the MediaSource is.
    pub fn buffered(&self, ended: bool) -> TimeRanges {
        let highest = self.highest_end();
        let mut sets: Vec<TimeRanges> = vec![TimeRanges::from_range(MediaTime::ZERO, highest)];
        for track in self.tracks.iter().filter(|track| track.kind != TrackKind::Text) {
            let mut ranges = track.ranges();
            if ended && let Some(end) = ranges.end() {
                ranges.insert(end, highest);
            }
            sets.push(ranges);
        }
        in_all(&sets)
    }
}

/// The times in every set: of the pieces between neighbouring boundaries, those whose start is in
/// all.
fn in_all(sets: &[TimeRanges]) -> TimeRanges {
    let mut boundaries: Vec<MediaTime> =
        sets.iter().flatten().flat_map(|range| [range.start, range.end]).collect();
    boundaries.sort();
    let in_every =
        |time| sets.iter().all(|set| set.iter().any(|range| range.start <= time && time < range.end));
    boundaries.windows(2).filter(|pair| in_every(pair[0])).map(|pair| (pair[0], pair[1])).collect()
}
