//! The log of frames that were not stored (CFP-15, CFP-16, CFP-18, DIS-31).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{CodedFrame, FrameData, MediaTime, TrackId, TrackKind};
use mse_testkit::frames;
use mse_timeline::DropReason;
use mse_timeline::{Receipt, TimelineConfig, TimestampOffset};

/// `time row` of each logged frame.
fn log(receipt: &Receipt) -> String {
    let words: Vec<String> = receipt
        .dropped
        .iter()
        .map(|dropped| {
            format!("{} {}", frames::milliseconds(dropped.presentation_timestamp), dropped.reason.row())
        })
        .collect();
    words.join(", ")
}

#[test]
fn the_log_names_each_dropped_frame_with_the_row_that_dropped_it() {
    let mut timeline = Timeline::video();
    timeline.attributes.append_window_start = ms(1000);
    timeline.attributes.append_window_end = ms(2000);
    let receipt = timeline.append("0D400K 400D400 800D400 1200D400K 1600D400 1800D400 1900D50");
    assert_eq!(log(&receipt), "0 CFP-15, 400 CFP-15, 800 CFP-15, 1800 CFP-16, 1900 CFP-18");
    assert_eq!(receipt.dropped.len() as u64, receipt.frames_dropped.total());
    let words: Vec<String> = receipt.dropped.iter().skip(2).map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "frame at 0.8 of track buffer 0: it begins before appendWindowStart (CFP-15)",
            "frame at 1.8 of track buffer 0: it ends after appendWindowEnd (CFP-16)",
            "frame at 1.9 of track buffer 0: no random access point came before it since the last discontinuity, drop, abort() or \
             removal (CFP-18)",
        ]
    );
}

#[test]
fn times_are_those_on_the_presentation_timeline() {
    let mut timeline = Timeline::new(&[TrackKind::Audio, TrackKind::Video]);
    timeline.attributes.timestamp_offset = TimestampOffset::from_seconds(-0.05);
    let receipt = timeline.append_to(2, "10|0D40K");
    let dropped = receipt.dropped[0];
    assert_eq!((dropped.track, dropped.reason), (1, DropReason::BeforeAppendWindow));
    assert_eq!(dropped.presentation_timestamp, ms(-40));
    assert_eq!((dropped.decode_timestamp, dropped.duration), (ms(-50), ms(40)));
}

#[test]
fn a_frame_that_is_empty_or_nowhere_is_dropped_and_changes_nothing() {
    // DIS-31.
    type Break = fn(&mut CodedFrame);
    let faults: [Break; 4] = [
        |frame| frame.presentation_timestamp = MediaTime::INFINITY,
        |frame| frame.decode_timestamp = MediaTime::INFINITY,
        |frame| frame.duration = MediaTime::INFINITY,
        |frame| frame.data = FrameData::default(),
    ];
    for fault in faults {
        let mut timeline = Timeline::video();
        timeline.append("0D10K 10D10");
        let before = timeline.attributes.clone();
        let mut broken = frames::frames_of(TrackId(1), "500D10");
        fault(&mut broken[0]);
        let receipt = timeline.append_frames(broken);
        assert_eq!(receipt.dropped[0].reason, DropReason::NothingToStore);
        assert_eq!(receipt.dropped[0].reason.to_string(), "it has no bytes, or its times are not finite");
        assert_eq!(timeline.attributes, before);
        timeline.append("20D10");
        assert_eq!(timeline.stored(), "0K 10 20");
    }
}

#[test]
fn the_log_has_a_limit_and_the_count_has_none() {
    for (limit, logged) in [(0, 0), (3, 3), (64, 10)] {
        let config = TimelineConfig { dropped_frames_logged: limit, ..TimelineConfig::default() };
        let mut timeline = Timeline::with(&[TrackKind::Video], config);
        let receipt = timeline.append("0 10 20 30 40 50 60 70 80 90");
        assert_eq!(
            (receipt.dropped.len(), receipt.frames_dropped.get(DropReason::NeedsRandomAccessPoint)),
            (logged, 10)
        );
    }
}

#[test]
fn an_append_that_drops_nothing_allocates_no_log() {
    let receipt = Timeline::video().append("0K 10 20");
    assert_eq!(receipt.dropped.capacity(), 0);
}
