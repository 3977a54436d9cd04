//! Frames in runs come to stand where they come to stand one by one.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_core::{
    AppendMode, CodedFrame, FrameRun, MediaTime, Room, RunFrame, TimeRanges, Track, TrackId, TrackKind,
};
use mse_testkit::mock::MockTrack;
use mse_testkit::random::Random;
use mse_timeline::ReplaceReason;
use mse_timeline::{
    AppendWindowPolicy, Attributes, CursorId, DiscontinuityPolicy, EvictionContext, EvictionPolicy, Gap,
    GapPolicy, OpenGroupPolicy, Read, Receipt, Storage, TimelineConfig, TimestampOffset, TrackBuffer,
    TrackBuffers, process, process_run,
};

const ROOM: Room = Room { frames: 64, items: usize::MAX, cost: usize::MAX, item_cost: 0 };

fn ms(milliseconds: i64) -> MediaTime {
    mse_testkit::frames::ms(milliseconds)
}

/// A stream that mostly goes on, of up to two tracks: audio, and video with frames in another order
/// than they are shown.
struct Stream {
    random: Random,
    /// Decode times, by track.
    next: [i64; 2],
    piece: Bytes,
}

impl Stream {
    fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), next: [0; 2], piece: Bytes::from(vec![0; 64]) }
    }

    fn frame(&mut self, tracks: i64) -> RunFrame {
        let random = &mut self.random;
        let track = random.within(0..=tracks - 1) as usize;
        let next = &mut self.next[track];
        if random.percent(2) {
            *next = 20 * random.within(0..=150);
        } else if random.percent(4) {
            *next += random.within(-3..=45);
        }
        let duration = if random.percent(4) { random.within(0..=60) } else { 20 };
        let shown_later = if track == 1 { 10 * random.within(0..=4) } else { 0 };
        let (len, offset) =
            (if random.percent(1) { 0 } else { 1 + random.within(0..=9) }, random.within(0..=50));
        let frame = RunFrame {
            track_id: TrackId(track as u64 + 1),
            presentation_timestamp: self.time(*self.next.get(track).unwrap() + shown_later),
            decode_timestamp: self.time(self.next[track]),
            duration: if self.random.percent(1) { MediaTime::MAX } else { ms(duration) },
            offset: offset as u32,
            len: len as u32,
            description: 0,
            is_random_access_point: track == 0 || self.random.percent(25),
        };
        self.next[track] += duration;
        frame
    }

    /// Rarely one at the end of the number line.
    fn time(&mut self, milliseconds: i64) -> MediaTime {
        let ends = [MediaTime::MAX, MediaTime::MIN, MediaTime::INFINITY];
        if self.random.within(0..=999) == 0 { *self.random.one_of(&ends) } else { ms(milliseconds) }
    }

    fn run(&mut self, tracks: i64) -> FrameRun {
        let mut run = FrameRun::default();
        run.reset(ROOM);
        run.begin(&self.piece);
        for _ in 0..self.random.within(1..=40) {
            assert!(run.push(self.frame(tracks)));
        }
        run
    }
}

/// Track buffers with what travels with an append, and a reader of the first track.
struct Timeline {
    buffers: TrackBuffers,
    attributes: Attributes,
    reader: CursorId,
}

impl Timeline {
    fn new(config: &TimelineConfig, attributes: &Attributes, tracks: &[Track]) -> Self {
        let mut buffers = TrackBuffers::new(config.clone());
        buffers.initialization_segment_received(tracks);
        let reader = buffers.open_cursor(0);
        Self { buffers, attributes: attributes.clone(), reader }
    }

    /// Answers to a decoder that asks so many times, rarely from another time on.
    fn reads(&mut self, random: &mut Random) -> Vec<Read> {
        if random.percent(30) {
            self.buffers.seek(self.reader, ms(random.within(0..=3000)));
        }
        (0..random.within(0..=20)).map(|_| self.buffers.read(self.reader, false)).collect()
    }

    /// Changes something that an application may change between appends.
    fn disturb(&mut self, random: &mut Random, needed: u64) {
        let attributes = &mut self.attributes;
        match random.within(0..=19) {
            0 => attributes.append_window_start = ms(random.within(0..=2000)),
            1 => {
                attributes.append_window_start = ms(0);
                attributes.append_window_end = MediaTime::INFINITY;
            }
            2 => {
                attributes.mode = AppendMode::Sequence;
                attributes.group_start_timestamp = Some(ms(500));
            }
            3 => attributes.timestamp_offset = TimestampOffset::from_time(ms(random.within(-200..=500))),
            4 => self.buffers.reset_parser_state(attributes),
            5 => {
                let (policy, pinned) = (EvictionPolicy::Standard, TimeRanges::new());
                let (current_time, duration) = (ms(random.within(0..=3000)), MediaTime::INFINITY);
                let context = EvictionContext { current_time, duration, policy: &policy, pinned: &pinned };
                self.buffers.evict(needed, &context, attributes);
            }
            _ => {}
        }
        self.buffers.reclaim();
        self.buffers.check_invariants();
    }

    /// Everything that can be seen of it.
    fn state(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        let track = |track: &TrackBuffer| {
            let frames: Vec<CodedFrame> = track.frames().collect();
            let stored: Vec<_> = track.stored_frames().map(|frame| format!("{frame:?}")).collect();
            let times = (track.last_decode_timestamp(), track.last_frame_duration());
            let flags = (track.highest_end_timestamp(), track.need_random_access_point());
            let counts = (track.frame_count(), track.bytes());
            let gaps: Vec<Gap> = track.gaps().collect();
            (frames, stored, times, flags, counts, track.ranges().to_string(), gaps)
        };
        let tracks: Vec<_> = self.buffers.tracks().iter().map(track).collect();
        (tracks, self.attributes.clone(), self.buffers.highest_presentation_timestamp())
    }
}

fn config(random: &mut Random) -> TimelineConfig {
    TimelineConfig {
        gap_policy: *random.one_of(&[
            GapPolicy::Frames,
            GapPolicy::Frames,
            GapPolicy::Fixed(MediaTime::ZERO),
            GapPolicy::Fixed(ms(100)),
        ]),
        append_window: *random.one_of(&[AppendWindowPolicy::DropFrames, AppendWindowPolicy::TrimAudio]),
        tail_tolerance: ms(*random.one_of(&[0, 1, 1, 12])),
        open_groups: *random.one_of(&[OpenGroupPolicy::LeadingPictures, OpenGroupPolicy::WholeGroup]),
        discontinuity: *random
            .one_of(&[DiscontinuityPolicy::LastFrame, DiscontinuityPolicy::LongestFrameOfGroup]),
        max_block_frames: *random.one_of(&[1, 2, 5, 128]),
        storage: random
            .one_of(&[
                Storage::default(),
                Storage { small_piece: 0, copied_piece: 0, sparse_percent: 100, dead_bytes: 0 },
                Storage { small_piece: usize::MAX, copied_piece: 40, sparse_percent: 100, dead_bytes: 0 },
            ])
            .clone(),
        ..TimelineConfig::default()
    }
}

fn attributes(random: &mut Random) -> Attributes {
    let mut attributes = Attributes {
        mode: *random.one_of(&[AppendMode::Segments, AppendMode::Segments, AppendMode::Sequence]),
        generate_timestamps: random.percent(25),
        ..Attributes::default()
    };
    if random.percent(30) {
        attributes.timestamp_offset = TimestampOffset::from_time(ms(random.within(-200..=500)));
    }
    if random.percent(30) {
        attributes.append_window_start = ms(random.within(0..=300));
        attributes.append_window_end = ms(random.within(1000..=2500));
    }
    attributes
}

/// The frames of a run one by one, and at once: the same comes of it.
fn both_ways(run: &FrameRun, append: u64, single: &mut Timeline, bulk: &mut Timeline, seed: u64) -> Receipt {
    let [mut one_by_one, mut at_once] = [(); 2].map(|()| Receipt::new(append));
    for index in 0..run.frames().len() {
        let frame = run.coded_frame(index).unwrap();
        process(frame, &mut single.buffers, &mut single.attributes, &mut one_by_one).unwrap();
    }
    process_run(run, &mut bulk.buffers, &mut bulk.attributes, &mut at_once).unwrap();
    bulk.buffers.check_invariants();
    assert_eq!(single.state(), bulk.state(), "seed {seed}, append {append}");
    assert_eq!(one_by_one, at_once, "seed {seed}, append {append}");
    at_once
}

#[test]
fn a_run_does_what_its_frames_do_one_by_one() {
    let mut usual = 0_usize;
    for seed in 0..if cfg!(debug_assertions) { 400 } else { 4000 } {
        let mut random = Random::new(seed);
        let (config, attributes) = (config(&mut random), attributes(&mut random));
        let kinds = [TrackKind::Audio, TrackKind::Video];
        let count = random.within(1..=2);
        let tracks: Vec<Track> = (1..)
            .zip(&kinds[..count as usize])
            .map(|(id, kind)| MockTrack::new(*kind, id).to_track())
            .collect();
        let [mut single, mut bulk] = [(); 2].map(|()| Timeline::new(&config, &attributes, &tracks));
        let mut stream = Stream::new(seed);
        for append in 1..=random.within(1..=12) as u64 {
            let run = stream.run(count);
            let receipt = both_ways(&run, append, &mut single, &mut bulk, seed);
            usual += run.frames().len() - receipt.frames_dropped.total() as usize;
            let needed = random.within(1..=300) as u64;
            for timeline in [&mut single, &mut bulk] {
                timeline.disturb(&mut random.clone(), needed);
            }
            random.bits();
            let [one_by_one, at_once] =
                [&mut single, &mut bulk].map(|timeline| timeline.reads(&mut random.clone()));
            assert_eq!(one_by_one, at_once, "seed {seed}, append {append}");
            random.bits();
            if random.percent(10) {
                let (from, to) = (ms(random.within(0..=1000)), ms(random.within(1001..=3000)));
                for timeline in [&mut single, &mut bulk] {
                    timeline.buffers.remove(from, to, MediaTime::INFINITY, &mut timeline.attributes);
                }
            }
        }
    }
    assert!(usual > 10_000, "{usual} frames were stored");
}

/// A stream of one track from a time on, as runs: frames of 20 ms that mostly follow each other, of
/// which some are longer or shorter.
fn regular(random: &mut Random, from: i64, frames: i64) -> Vec<FrameRun> {
    let piece = Bytes::from(vec![0; 64]);
    let irregular = *random.one_of(&[1, 10, 40]);
    let (mut time, mut left, mut runs) = (from, frames, Vec::new());
    while left > 0 {
        let mut run = FrameRun::default();
        run.reset(ROOM);
        run.begin(&piece);
        let count = random.within(1..=40).min(left);
        for _ in 0..count {
            let duration = if random.percent(irregular) { random.within(1..=60) } else { 20 };
            let shown = if random.percent(irregular) { time - random.within(0..=50) } else { time };
            let frame = RunFrame {
                track_id: TrackId(1),
                presentation_timestamp: ms(shown),
                decode_timestamp: ms(time),
                duration: ms(duration),
                offset: random.within(0..=50) as u32,
                len: 1 + random.within(0..=9) as u32,
                description: 0,
                is_random_access_point: true,
            };
            assert!(run.push(frame));
            time += if random.percent(2) { duration + random.within(0..=20) } else { duration };
        }
        left -= count;
        runs.push(run);
    }
    runs
}

#[test]
fn a_run_replaces_what_its_frames_replace_one_by_one() {
    let mut replaced = 0;
    for seed in 0..if cfg!(debug_assertions) { 300 } else { 3000 } {
        let mut random = Random::new(seed);
        let config = config(&mut random);
        let kind = *random.one_of(&[TrackKind::Audio, TrackKind::Audio, TrackKind::Video]);
        let tracks = [MockTrack::new(kind, 1).to_track()];
        let [mut single, mut bulk] =
            [(); 2].map(|()| Timeline::new(&config, &Attributes::default(), &tracks));
        for append in 1..=random.within(2..=6) as u64 {
            let from = if append == 1 { 0 } else { random.within(0..=500) };
            let frames = random.within(10..=120);
            for run in regular(&mut random, from, frames) {
                let receipt = both_ways(&run, append, &mut single, &mut bulk, seed);
                replaced += receipt.frames_replaced.get(ReplaceReason::NewFrames);
                let [one_by_one, at_once] =
                    [&mut single, &mut bulk].map(|timeline| timeline.reads(&mut random.clone()));
                assert_eq!(one_by_one, at_once, "seed {seed}, append {append}");
                random.bits();
            }
            for timeline in [&mut single, &mut bulk] {
                if random.clone().percent(50) {
                    timeline.buffers.reset_parser_state(&mut timeline.attributes);
                }
                timeline.buffers.reclaim();
                timeline.buffers.check_invariants();
            }
            random.bits();
        }
    }
    assert!(replaced > 10_000, "{replaced} frames were replaced");
}
