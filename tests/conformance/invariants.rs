//! Invariants that hold whatever a page does with several SourceBuffers, its source and its element
//! (INV, MON, EL).

use crate::fixture::{Element, Page, join, outcome, segment_of};
use bytes::Bytes;
use mse::ElementReadyState::{
    self, HaveCurrentData, HaveEnoughData, HaveFutureData, HaveMetadata, HaveNothing,
};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AppendMode, EndOfStreamError, MediaTime, Output, ReadyState, TimeRanges};
use mse_testkit::frames;
use mse_testkit::mock::{self, MockTrack};
use mse_testkit::random::Random;
use std::collections::HashMap;
use std::sync::Arc;

const SEEDS: u64 = 400;

/// A page, and for each SourceBuffer what it is a type of and the events that its last operation
/// still owes.
struct World {
    page: Page,
    types: Vec<&'static str>,
    /// Events owed by the operation of each SourceBuffer: `None` when idle, else whether its middle
    /// event was there.
    operations: HashMap<usize, Option<bool>>,
    position: MediaTime,
    live: Option<(f64, f64)>,
}

const TYPES: [&str; 5] =
    [mock::VIDEO, mock::AUDIO, mock::MUXED, "video/x-mse-mock; codecs=\"text\"", mock::GENERATED];

fn tracks(mime_type: &str) -> Vec<MockTrack> {
    match mime_type {
        mock::VIDEO => vec![MockTrack::video(1)],
        mock::AUDIO | mock::GENERATED => vec![MockTrack::audio(1)],
        mock::MUXED => vec![MockTrack::video(1), MockTrack::audio(2)],
        _ => vec![MockTrack::text(1)],
    }
}

fn media(random: &mut Random, mime_type: &str) -> Bytes {
    let tracks = tracks(mime_type);
    let mut parts = Vec::new();
    if random.percent(50) {
        let duration = random.percent(30).then(|| MediaTime::from_seconds(random.within(1..=20) as f64));
        parts.push(mock::init(duration, &tracks));
    }
    let start = random.within(0..=12) * 500;
    for track in &tracks {
        let count = random.within(0..=8);
        let tokens: Vec<_> = (0..count)
            .map(|at| format!("{}D500{}", start + at * 500, ["K", ""][(at % 4).min(1) as usize]))
            .collect();
        if count > 0 {
            parts.push(segment_of(track.id.into(), &tokens.join(" ")));
        }
    }
    if random.percent(1) {
        parts.push(mock::BOOM.into());
    }
    let all = join(&parts);
    if random.percent(15) { all.slice(..random.within(0..=all.len() as i64) as usize) } else { all }
}

impl World {
    fn new() -> Self {
        let mut page = Page::new();
        page.source.detach();
        page.outputs();
        Self { page, types: Vec::new(), operations: HashMap::new(), position: MediaTime::ZERO, live: None }
    }

    /// One call of a page; its name and what came of it.
    fn act(&mut self, random: &mut Random) -> (String, &'static str) {
        self.hear();
        // INV-3: a call that throws leaves no trace, but that it may have reopened the source,
        // which makes ranges shorter (SB-9).
        let ended = self.page.source.ready_state() == ReadyState::Ended;
        let before = self.snapshot(ended);
        let (name, result) = self.call(random);
        if result != "ok" {
            let reopened = ended && self.page.source.ready_state() == ReadyState::Open;
            let after = self.snapshot(ended);
            let after = if reopened { after.replace(" open", " ended") } else { after };
            assert_eq!(after, before, "{name} threw {result}");
        }
        (name, result)
    }

    /// A source that is closed is attached to a new element, and gets SourceBuffers again.
    fn attach(&mut self, random: &mut Random) {
        self.page.link = self.page.source.attach().unwrap();
        self.page.element = Element::default();
        self.position = MediaTime::ZERO;
        for _ in 0..random.within(1..=2) {
            let mime_type = *random.one_of(&TYPES);
            self.types.push(mime_type);
            self.page.add(mime_type).unwrap();
            let init = mock::init(None, &tracks(mime_type));
            assert_eq!(outcome(self.page.append_bytes(self.types.len() - 1, init)), "ok");
        }
    }

    fn call(&mut self, random: &mut Random) -> (String, &'static str) {
        if self.page.source.ready_state() == ReadyState::Closed {
            self.attach(random);
            return ("attach".into(), "ok");
        }
        if self.page.element.error.is_some() && random.percent(30) {
            self.page.source.detach();
            return ("detach".into(), "ok");
        }
        let choice = random.within(0..=23);
        let page = &mut self.page;
        let seconds = |random: &mut Random| random.within(-1..=24) as f64 * 0.25;
        match choice {
            0 if page.source.source_buffers().len() < 3 => {
                let mime_type = *random.one_of(&TYPES);
                let result = page.add(mime_type);
                if result.is_ok() {
                    self.types.push(mime_type);
                }
                return (format!("addSourceBuffer {mime_type}"), outcome(result));
            }
            2 => {
                let time = seconds(random).max(0.0);
                page.seek(time);
                self.position = MediaTime::from_seconds(time);
                return (format!("seek {time}"), "ok");
            }
            1 => {
                let (start, length) = (random.within(-1..=30) as f64, random.within(1..=9) as f64);
                let result = outcome(page.source.set_live_seekable_range(start, start + length));
                if result == "ok" {
                    self.live = Some((start, start + length));
                }
                return ("setLiveSeekableRange".into(), result);
            }
            3 => {
                let new = seconds(random) * 3.0;
                return (format!("duration={new}"), outcome(page.source.set_duration(new)));
            }
            4 if random.percent(50) => {
                return ("endOfStream".into(), outcome(page.source.end_of_stream(None)));
            }
            5 if random.percent(10) => {
                let error = Some(EndOfStreamError::Network);
                return ("endOfStream network".into(), outcome(page.source.end_of_stream(error)));
            }
            6 if random.percent(10) => {
                page.source.detach();
                return ("detach".into(), "ok");
            }
            _ => {}
        }
        // Mostly one of those that are there.
        let count = self.types.len() as i64;
        let listed = page.source.source_buffers().len() as i64;
        let first = if random.percent(90) { (count - listed).min(count - 1) } else { 0 };
        let index = random.within(first..=count - 1) as usize;
        let (name, result) = match choice {
            7 if random.percent(30) => {
                let id = page.id(index);
                ("removeSourceBuffer", outcome(page.source.remove_source_buffer(id)))
            }
            8 | 9 => {
                let (start, end) = (seconds(random), seconds(random));
                ("remove", outcome(page.sb(index).remove(start, end)))
            }
            10 => ("abort", outcome(page.sb(index).abort())),
            11 => ("mode=sequence", outcome(page.sb(index).set_mode(AppendMode::Sequence))),
            12 => ("mode=segments", outcome(page.sb(index).set_mode(AppendMode::Segments))),
            13 => ("timestampOffset", outcome(page.sb(index).set_timestamp_offset(seconds(random)))),
            14 => ("appendWindowStart", outcome(page.sb(index).set_append_window_start(seconds(random)))),
            15 => ("appendWindowEnd", outcome(page.sb(index).set_append_window_end(seconds(random)))),
            16 if random.percent(20) => ("changeType", {
                let sound = [mock::AUDIO, mock::GENERATED];
                let mime_type = self.types[index];
                let mime_type = if sound.contains(&mime_type) { *random.one_of(&sound) } else { mime_type };
                outcome(page.sb(index).change_type(mime_type))
            }),
            _ => {
                let bytes = media(random, self.types[index]);
                ("appendBuffer", outcome(page.append_bytes(index, bytes)))
            }
        };
        (format!("{name} {index}"), result)
    }

    /// Everything a page can see.
    fn snapshot(&mut self, without_ranges: bool) -> String {
        let mut words = Vec::new();
        for index in 0..self.types.len() {
            let sb = self.page.sb(index);
            let buffered = match sb.buffered() {
                Err(_) => "removed".to_owned(),
                Ok(_) if without_ranges => String::new(),
                Ok(ranges) => frames::ranges(&ranges),
            };
            let window = (sb.append_window_start(), sb.append_window_end());
            words.push(format!(
                "{buffered} {} {} {window:?} {}",
                sb.mode().as_str(),
                sb.timestamp_offset(),
                sb.updating()
            ));
        }
        let source = &self.page.source;
        let lists = (source.source_buffers().to_vec(), source.active_source_buffers().to_vec());
        let state = format!(" {} {} {lists:?}", source.ready_state().as_str(), source.duration());
        words.join(" | ") + &state
    }

    /// Polls so many outputs, if there are; then the element takes its turn. How many there were.
    fn turn(&mut self, count: usize) -> usize {
        let mut polled = 0;
        while polled < count
            && let Some(output) = self.page.source.poll_output()
        {
            polled += 1;
            if let Output::Event(event) = output {
                self.note(&event.to_string());
            } else if let Output::Task(task) = output {
                self.page.finish(task);
            }
        }
        self.page.link.poll(&mut self.page.element);
        polled
    }

    /// INV-2: updatestart, then update, error or abort, then updateend. A detached source owes
    /// nothing.
    fn note(&mut self, event: &str) {
        let Some((index, name)) = event.strip_prefix("sb").and_then(|event| event.split_once(' ')) else {
            if event == "mediasource sourceclose" {
                self.operations.clear();
            }
            return;
        };
        let Ok(index) = index.parse::<usize>() else { return };
        let running = self.operations.entry(index).or_default();
        let allowed = match name {
            "updatestart" => running.replace(false).is_none(),
            "update" | "error" | "abort" => running.replace(true) == Some(false),
            "updateend" => running.take() == Some(true),
            _ => true,
        };
        assert!(allowed, "{name} of {index}");
    }

    /// The source takes in what its element said, such as that it failed: any call does.
    fn hear(&mut self) {
        let _ = self.page.source.set_duration(f64::NAN);
        if self.page.source.ready_state() == ReadyState::Closed {
            self.live = None;
        }
    }

    /// Asserts what must hold when the page looks, at any time.
    fn check(&mut self) {
        self.hear();
        let page = &mut self.page;
        let state = page.source.ready_state();
        let (all, active) =
            (page.source.source_buffers().to_vec(), page.source.active_source_buffers().to_vec());
        // INV-8.
        let listed: Vec<_> = all.iter().filter(|id| active.contains(id)).copied().collect();
        assert_eq!(listed, active);
        assert!(state != ReadyState::Closed || all.is_empty());
        // INV-7.
        let duration = page.source.duration();
        assert!(state != ReadyState::Closed || duration.is_nan());
        let mut extents: Vec<Arc<TimeRanges>> = Vec::new();
        for index in 0..self.types.len() {
            let id = page.id(index);
            let sb = page.sb(index);
            let Ok(buffered) = sb.buffered() else {
                assert!(!all.contains(&id));
                continue;
            };
            // INV-13.
            assert!(Arc::ptr_eq(&buffered, &sb.buffered().unwrap()));
            // INV-5: normalized. INV-6: open, what every track has.
            for pair in buffered.iter().collect::<Vec<_>>().windows(2) {
                assert!(pair[0].end < pair[1].start);
            }
            sb.with_track_buffers(|buffers| {
                buffers.check_invariants();
                for track in buffers.tracks() {
                    let outside = buffered.difference(&track.ranges());
                    let counts = track.kind() != mse::TrackKind::Text && state == ReadyState::Open;
                    assert!(!counts || outside.is_empty(), "{} beyond {}", *buffered, track.ranges());
                }
            });
            if active.contains(&id) {
                extents.push(buffered);
            }
        }
        // INV-7: with tracks there is a duration, and nothing lies beyond it.
        let mut highest = None;
        for index in 0..self.types.len() {
            let id = page.id(index);
            if all.contains(&id) {
                assert!(page.sb(index).tracks().is_empty() || !duration.is_nan());
                highest = highest.max(
                    page.sb(index).with_track_buffers(mse::timeline::TrackBuffers::highest_end_timestamp),
                );
            }
        }
        assert!(highest.is_none_or(|end: MediaTime| end.to_seconds() <= duration), "{highest:?} {duration}");
        // EL-5, EL-6.
        let (buffered, seekable) = (page.link.buffered(), page.link.seekable());
        let expected = match (duration, self.live) {
            (duration, _) if state == ReadyState::Closed || duration.is_nan() => TimeRanges::new(),
            (f64::INFINITY, Some((start, end))) => {
                let (start, end) = (MediaTime::from_seconds(start), MediaTime::from_seconds(end));
                let (first, last) = (buffered.start().unwrap_or(start), buffered.end().unwrap_or(end));
                TimeRanges::from_range(start.min(first), end.max(last))
            }
            (f64::INFINITY, None) => buffered
                .end()
                .map_or_else(TimeRanges::new, |end| TimeRanges::from_range(MediaTime::ZERO, end)),
            _ => TimeRanges::from_range(MediaTime::ZERO, MediaTime::from_seconds(duration)),
        };
        assert_eq!(frames::ranges(&seekable), frames::ranges(&expected), "{duration} {:?}", self.live);
        // INV-6, EL-2: open, the element has what every active SourceBuffer has, no more and no
        // less.
        let element = page.link.buffered();
        if state == ReadyState::Open {
            let expected = extents.iter().skip(1).fold(
                extents.first().map(|first| TimeRanges::clone(first)).unwrap_or_default(),
                |common, ranges| common.intersection(ranges),
            );
            assert_eq!(frames::ranges(&element), frames::ranges(&expected));
        }
    }

    /// MON: when the element has taken its turn, it is as ready as its buffer makes it.
    fn check_readiness(&mut self) {
        while self.turn(usize::MAX) > 0 {}
        let page = &mut self.page;
        let state = page.element.ready_state;
        if state == HaveNothing || page.source.ready_state() == ReadyState::Closed {
            return;
        }
        let (buffered, position) = (page.link.buffered(), self.position);
        let (ended, duration) = (page.source.ready_state() == ReadyState::Ended, page.source.duration());
        assert_eq!(state, readiness(&buffered, position, ended, duration), "at {position} of {buffered}");
    }
}

/// MON-3 to MON-8 in other words: enough is three seconds, or all there is (MON-7).
fn readiness(buffered: &TimeRanges, position: MediaTime, ended: bool, duration: f64) -> ElementReadyState {
    let duration = MediaTime::from_seconds(duration);
    for range in buffered {
        if range.start <= position && position < range.end {
            let enough = position.to_seconds() + 3.0 <= range.end.to_seconds() || range.end >= duration;
            return if enough { HaveEnoughData } else { HaveFutureData };
        }
    }
    match buffered.iter().find(|range| range.end == position) {
        Some(_) if ended && position >= duration => HaveEnoughData,
        Some(_) => HaveCurrentData,
        None => HaveMetadata,
    }
}

/// INV-2, INV-3, INV-5 to INV-8, INV-10, INV-13, MON-1 to MON-8, EL-2.
#[test]
fn what_always_holds_does_whatever_a_page_does() {
    for seed in 0..SEEDS {
        let result = std::panic::catch_unwind(|| {
            let mut random = Random::new(seed);
            let mut world = World::new();
            let mut script = Vec::new();
            for _ in 0..random.within(10..=60) {
                let act = world.act(&mut random);
                script.push(act);
                world.check();
                let count = if random.percent(60) { usize::MAX } else { random.within(0..=3) as usize };
                world.turn(count);
                world.check();
                if random.percent(20) {
                    world.check_readiness();
                    world.check();
                }
            }
        });
        assert!(result.is_ok(), "seed {seed}");
    }
}
