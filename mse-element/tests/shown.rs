//! The picture that is shown is that of `currentTime`, whatever happens to the buffer meanwhile.
//!
//! A renderer shows, of the frames that it got since the last flush and that are not decode-only,
//! the one that covers the position, or else the last that began before it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod page;

use crate::page::{config, prepared};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    CodedFrame, ElementReadyState, MediaSource, MediaTime, Read, SourceBufferId, TrackDescription, TrackId,
    TrackKey,
};
use mse_element::{HtmlMediaElement, Page, Rendered, Renderer};
use mse_testkit::random::Random;
use mse_testkit::{frames, mock};
use std::sync::{Arc, Mutex};

/// A picture: when it is shown, and its payload, which is of one append alone.
#[derive(Clone, PartialEq, Debug)]
struct Picture {
    start: MediaTime,
    end: MediaTime,
    payload: String,
}

impl Picture {
    fn of(frame: &CodedFrame) -> Self {
        let payload = String::from_utf8(frame.data.to_vec()).unwrap();
        Self { start: frame.presentation_timestamp, end: frame.end_timestamp(), payload }
    }

    fn covers(&self, time: MediaTime) -> bool {
        self.start <= time && time < self.end
    }

    fn is_random_access_point(&self) -> bool {
        self.payload.ends_with('K')
    }
}

/// The picture of a time: one that covers it, or the last that has begun, or else the first.
fn picture_at(pictures: &[Picture], time: MediaTime) -> Option<&Picture> {
    let begun = pictures.iter().filter(|picture| picture.start <= time);
    begun
        .max_by_key(|picture| (picture.covers(time), picture.start))
        .or_else(|| pictures.iter().min_by_key(|picture| picture.start))
}

/// Pictures that a decoder comes to, of those in decode order. New pictures may replace some of a
/// group that are shown before others which were decoded earlier: those are left, and a decoder
/// that goes on with the new ones does not get them.
fn reached(stored: &[Picture]) -> Vec<Picture> {
    let points = || stored.iter().filter(|picture| picture.is_random_access_point());
    let mut group = MediaTime::ZERO;
    let is_reached = |picture: &&Picture| {
        group = if picture.is_random_access_point() { picture.start } else { group };
        !points().any(|point| group < point.start && point.start <= picture.start)
    };
    stored.iter().filter(is_reached).cloned().collect()
}

#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<Picture>>>);

impl Screen {
    fn shown(&self, time: MediaTime) -> Option<Picture> {
        picture_at(&self.0.lock().unwrap(), time).cloned()
    }
}

impl Renderer for Screen {
    fn description_changed(&mut self, _: TrackKey, _: &Arc<TrackDescription>) {}

    fn render(&mut self, _: TrackKey, frame: &CodedFrame, decode_only: bool) -> Rendered {
        if !decode_only {
            self.0.lock().unwrap().push(Picture::of(frame));
        }
        Rendered::Displayed
    }

    fn flush(&mut self) {
        self.0.lock().unwrap().clear();
    }
}

/// The order in which the pictures of a group are decoded, by the order in which they are shown.
#[derive(Clone, Copy, Debug)]
enum Order {
    AsShown,
    /// Each third picture before the two that are shown before it.
    Bidirectional,
    /// Each fourth picture, then the second, then the first and the third.
    Pyramid,
}

impl Order {
    const ALL: [Self; 3] = [Self::AsShown, Self::Bidirectional, Self::Pyramid];

    fn indices(self, count: i64) -> Vec<i64> {
        let step: &[i64] = match self {
            Self::AsShown => &[1],
            Self::Bidirectional => &[3, 1, 2],
            Self::Pyramid => &[4, 2, 1, 3],
        };
        let mut order = vec![0];
        let length = step.len() as i64;
        while order.len() as i64 + length <= count {
            let last = order.iter().max().copied().unwrap();
            order.extend(step.iter().map(|index| last + index));
        }
        order
    }
}

/// Pictures from `from` on, a random access point at the head of each group of `group`.
#[derive(Clone, Copy, Debug)]
struct Pictures {
    from: i64,
    count: i64,
    group: i64,
    length: i64,
    order: Order,
    /// Frames by which decoding is ahead of presentation; 0 makes decode timestamps exceed
    /// presentation timestamps, as version 1 of `trun` allows.
    ahead: i64,
}

impl Pictures {
    fn frames(self, append: usize) -> Vec<CodedFrame> {
        let Self { from, count, group, length, order, ahead } = self;
        let mut tokens = Vec::new();
        while (tokens.len() as i64) < count {
            let first = tokens.len() as i64;
            for (at, index) in order.indices(group.min(count - first)).into_iter().enumerate() {
                let key = if index == 0 { "K" } else { "" };
                let shown = from + (first + index) * length;
                let decoded = from + (first + at as i64 - ahead) * length;
                tokens.push(format!("{shown}|{decoded}D{length}{key}"));
            }
        }
        let mut frames = frames::frames_of(TrackId(1), &tokens.join(" "));
        for frame in &mut frames {
            frame.data = Bytes::from(format!("{append}:{}", frames::token(frame))).into();
        }
        frames
    }
}

struct Player {
    page: Page,
    id: SourceBufferId,
    screen: Screen,
    appends: usize,
    /// Whether frames were replaced or removed since the last seek.
    is_changed: bool,
}

impl Player {
    fn new() -> Self {
        let screen = Screen::default();
        let element = HtmlMediaElement::new(Box::new(screen.clone()));
        let (page, id) = prepared(Page::of(MediaSource::new(config()), element));
        Self { page, id, screen, appends: 0, is_changed: false }
    }

    fn append(&mut self, pictures: Pictures) {
        self.appends += 1;
        let frames = pictures.frames(self.appends);
        let (start, end) = (
            frames.iter().map(|frame| frame.presentation_timestamp).min().unwrap(),
            frames.iter().map(CodedFrame::end_timestamp).max().unwrap(),
        );
        self.is_changed |= self.stored().iter().any(|old| old.start < end && start < old.end);
        let mut sb = self.page.source.source_buffer(self.id).unwrap();
        // An append to a source that has ended opens it.
        let _ = sb.abort();
        sb.append_buffer(mock::segment(&frames)).unwrap();
        self.page.settle();
    }

    fn remove(&mut self, start: f64, end: f64) {
        self.is_changed = true;
        self.page.source.source_buffer(self.id).unwrap().remove(start, end).unwrap();
        self.page.settle();
    }

    fn seek(&mut self, time: f64) {
        self.page.element.set_current_time(time).unwrap();
        self.is_changed = false;
        self.page.settle();
    }

    fn play(&mut self) {
        self.page.element.play();
        self.page.settle();
    }

    /// Everything that is buffered, range after range.
    fn stored(&mut self) -> Vec<Picture> {
        let Some(key) = self.page.source.media_tracks().next().map(|track| track.key) else {
            return Vec::new();
        };
        let ranges = self.page.source.source_buffer(self.id).unwrap().buffered().unwrap();
        let mut reader = self.page.source.open_reader(key).unwrap();
        let mut pictures = Vec::new();
        for range in &*ranges {
            reader.seek(range.start);
            loop {
                match reader.read() {
                    Read::Frame(frame) => pictures.push(Picture::of(&frame)),
                    Read::DescriptionChanged(_) => {}
                    _ => break,
                }
            }
        }
        pictures
    }

    #[track_caller]
    fn check(&mut self, case: &str) {
        let element = &self.page.element;
        if element.seeking() || element.ready_state() < ElementReadyState::HaveCurrentData {
            return;
        }
        let position = MediaTime::from_seconds(element.current_time()).last_of_double();
        let all = self.stored();
        let stored = reached(&all);
        let shown = self.screen.shown(position);
        let case = format!(
            "at {position}, shown {shown:?}, {case}, {:?} {:?} {stored:?}",
            self.page.element.ready_state(),
            self.page.element.duration()
        );
        let covering = stored.iter().filter(|picture| picture.covers(position));
        match covering.max_by_key(|picture| picture.start) {
            Some(covering) if self.is_changed => {
                assert!(shown.is_some_and(|shown| shown.covers(position)), "{covering:?} is stored, {case}");
            }
            Some(covering) => assert_eq!(shown.as_ref(), Some(covering), "{case}"),
            None if all.iter().any(|picture| picture.covers(position)) => {}
            // In a small gap or before a late start one on either side, at the end the last.
            None if !self.is_changed => {
                let behind = stored.iter().filter(|picture| picture.start > position);
                let before = [picture_at(&stored, position), picture_at(&all, position)];
                let either = [before[0], before[1], behind.min_by_key(|picture| picture.start)];
                assert!(shown.is_some() && either.contains(&shown.as_ref()), "{either:?}, {case}");
            }
            None => assert!(shown.is_some(), "{case}"),
        }
    }
}

const SHORT: Pictures =
    Pictures { from: 0, count: 25, group: 13, length: 40, order: Order::AsShown, ahead: 0 };

#[test]
fn the_picture_of_the_position_is_shown_in_every_order_of_decoding() {
    for order in Order::ALL {
        for ahead in [0, 1, 2] {
            for length in [20, 40, 33] {
                for step in [0.01, 0.02, 0.04, 0.033, 0.1, 0.25, 0.7] {
                    let mut player = Player::new();
                    let pictures = Pictures { order, ahead, length, ..SHORT };
                    player.append(pictures);
                    let case = format!("{pictures:?} by {step}");
                    player.check(&format!("loaded, {case}"));
                    player.page.source.end_of_stream(None).unwrap();
                    player.play();
                    while !player.page.element.ended() {
                        player.page.advance(step);
                        player.check(&case);
                    }
                }
            }
        }
    }
}

#[test]
fn the_picture_of_a_seek_is_shown_paused_and_playing() {
    for order in Order::ALL {
        for ahead in [0, 2] {
            for is_playing in [false, true] {
                let mut player = Player::new();
                player.append(Pictures { order, ahead, ..SHORT });
                player.append(Pictures { from: 1100, order, ahead, ..SHORT });
                if is_playing {
                    player.play();
                }
                for step in 0..200_i32 {
                    player.seek(f64::from(step * 77 % 210) / 100.0);
                    player.check(&format!("{order:?} {ahead} {is_playing}, seek {step}"));
                    player.page.advance(0.04);
                    player.check(&format!("{order:?} {ahead} {is_playing}, after seek {step}"));
                }
            }
        }
    }
}

#[test]
fn what_comes_where_playback_waits_is_shown_at_once() {
    for order in Order::ALL {
        let mut player = Player::new();
        player.append(Pictures { order, ..SHORT });
        player.play();
        player.page.advance(5.0);
        let end = player.page.element.current_time();
        player.append(Pictures { order, from: (end * 1000.0).round() as i64, ..SHORT });
        assert_eq!(player.page.element.current_time(), end);
        player.check(&format!("{order:?} behind the wait"));
        let shown = player.screen.shown(MediaTime::from_seconds(end)).unwrap();
        assert!(shown.payload.starts_with("2:"), "{shown:?}");
    }
}

/// Pictures that were removed before they were shown are not shown.
#[test]
fn a_picture_that_was_replaced_ahead_of_the_position_is_not_shown() {
    for group in [1, 5, 13] {
        let mut player = Player::new();
        player.append(Pictures { group, ..SHORT });
        player.play();
        player.page.advance(0.1);
        player.remove(0.12, 10.0);
        player.append(Pictures { from: 120, group, ..SHORT });
        for _ in 0..40 {
            player.page.advance(0.02);
            let position = MediaTime::from_seconds(player.page.element.current_time()).last_of_double();
            let shown = player.screen.shown(position).unwrap();
            let expected = if shown.start < MediaTime::from_seconds(0.12) { "1:" } else { "2:" };
            assert!(shown.covers(position) && shown.payload.starts_with(expected), "{group} {shown:?}");
        }
    }
}

/// One of the things that a page does.
fn operate(random: &mut Random, player: &mut Player) -> String {
    let pictures = Pictures {
        from: random.within(0..=60) * 20 + *random.one_of(&[0, 0, 0, 5]),
        count: random.within(1..=30),
        group: random.within(1..=14),
        length: *random.one_of(&[20, 20, 40, 33]),
        order: *random.one_of(&Order::ALL),
        ahead: random.within(0..=2),
    };
    match random.within(0..=11) {
        0..=2 => {
            player.append(pictures);
            format!("{pictures:?}")
        }
        3 => {
            let duration = player.page.source.duration();
            let most = if duration < 1.5 { (duration * 1000.0) as i64 } else { 1500 };
            let start = random.within(0..=most) as f64 / 1000.0;
            let end = start + random.within(1..=400) as f64 / 1000.0;
            player.remove(start, end);
            format!("remove {start} {end}")
        }
        4 => {
            let time = random.within(0..=1500) as f64 / 1000.0;
            player.seek(time);
            format!("seek {time}")
        }
        5 => {
            // An end that is there already says so.
            let ended = player.page.source.end_of_stream(None);
            player.page.settle();
            format!("endOfStream {ended:?}")
        }
        6 if random.percent(30) => {
            player.page.element.pause();
            player.page.settle();
            "pause".to_owned()
        }
        6 => {
            let rate = *random.one_of(&[0.5, 1.0, 1.0, 2.0]);
            player.page.element.set_playback_rate(rate);
            format!("rate {rate}")
        }
        _ => {
            player.play();
            let seconds = random.within(1..=100) as f64 / 500.0;
            player.page.advance(seconds);
            format!("play {seconds}")
        }
    }
}

#[test]
fn the_picture_that_is_shown_covers_the_position() {
    // `SHOWN_OPERATIONS` says how many; a run by hand takes a million.
    let asked = std::env::var("SHOWN_OPERATIONS").ok().and_then(|count| count.parse().ok());
    let operations: u64 = asked.unwrap_or(10_000);
    for seed in 0..operations.div_ceil(100) {
        let (mut random, mut player) = (Random::new(seed), Player::new());
        let mut done = Vec::new();
        for _ in 0..100 {
            done.push(operate(&mut random, &mut player));
            let last = done.len().saturating_sub(12);
            player.check(&format!("seed {seed}, {}: {}", done.len(), done[last..].join(", ")));
        }
    }
}
