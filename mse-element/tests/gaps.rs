//! Gaps that are played over are read over: the position never moves past frames that nobody gets.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod page;

use crate::page::{config, frames_of_length, prepared};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{CodedFrame, MediaSource, TrackDescription, TrackKey};
use mse_element::{HtmlMediaElement, Page, Rendered, Renderer};
use std::sync::{Arc, Mutex};

/// Writes down the times of the frames it gets, in milliseconds.
#[derive(Clone, Default)]
struct Times(Arc<Mutex<Vec<i64>>>);

impl Renderer for Times {
    fn description_changed(&mut self, _: TrackKey, _: &Arc<TrackDescription>) {}

    fn render(&mut self, _: TrackKey, frame: &CodedFrame, decode_only: bool) -> Rendered {
        if !decode_only {
            self.0.lock().unwrap().push((frame.presentation_timestamp.to_seconds() * 1000.0).round() as i64);
        }
        Rendered::Displayed
    }

    fn flush(&mut self) {}
}

impl Times {
    fn take(&self) -> Vec<i64> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn page(ranges: &[(u32, u32)]) -> (Page, Times) {
    let times = Times::default();
    let element = HtmlMediaElement::new(Box::new(times.clone()));
    let (mut page, id) = prepared(Page::of(MediaSource::new(config()), element));
    for &(from, to) in ranges {
        page.source.source_buffer(id).unwrap().append_buffer(frames_of_length(from, to, 20)).unwrap();
        page.settle();
    }
    (page, times)
}

fn expected(ranges: &[(u32, u32)], from: u32, to: u32) -> Vec<i64> {
    let all = ranges.iter().flat_map(|&(start, end)| (start..end).step_by(20));
    all.filter(|time| from < time + 20 && *time <= to).map(i64::from).collect()
}

/// DIS-5: every gap that the element passes, by playing, is passed by its readers too; where it
/// stops, they stop.
#[test]
fn the_frames_behind_a_gap_that_is_played_over_are_shown() {
    for gap in (20..=240).step_by(20) {
        let ranges = [(0, 1000), (1000 + gap, 2000), (2000 + gap, 3000)];
        let (mut page, times) = page(&ranges);
        page.element.play();
        page.settle();
        page.advance(2.9);
        let position = (page.element.current_time() * 1000.0).round() as u32;
        assert_eq!(times.take(), expected(&ranges, 0, position), "a gap of {gap} ms, played to {position}");
        assert_eq!(position, if gap < 125 { 2900 } else { 1000 }, "{gap}");
    }
}

/// OPN-10: a seek to a little before a range, whichever it is, shows its first picture; one to
/// farther before it waits.
#[test]
fn a_seek_to_a_little_before_a_range_shows_its_first_picture() {
    let ranges = [(0, 1000), (3000, 4000), (6000, 7000)];
    for start in [3000, 6000] {
        for before in (0..=300).step_by(20) {
            let (mut page, times) = page(&ranges);
            times.take();
            page.element.set_current_time(f64::from(start - before) / 1000.0).unwrap();
            page.settle();
            let shown = times.take();
            assert_eq!(page.element.seeking(), shown.is_empty(), "{before} ms before {start}");
            if !page.element.seeking() {
                assert_eq!(shown, [i64::from(start)], "{before} ms before {start}");
                page.element.play();
                page.settle();
                page.advance(0.5);
                let position = start - before + 500;
                assert_eq!(page.element.current_time(), f64::from(position) / 1000.0);
                assert_eq!(
                    times.take(),
                    expected(&ranges, start + 20, position),
                    "{before} ms before {start}"
                );
            }
            assert_eq!(page.element.seeking(), before > 125);
        }
    }
}
