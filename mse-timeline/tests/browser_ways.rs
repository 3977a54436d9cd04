//! Choices that one browser makes alone, or that browsers make otherwise than the standard's letter
//! (decision 0026): each alternative over the same frames.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{AppendMode, MediaTime, TrackKind};
use mse_timeline::{
    AppendWindowPolicy, EndedRanges, GapPolicy, GeneratedOffsets, OffsetPrecision, OpenGroupPolicy,
    RemovedTails, StreamStarts, TimelineConfig, TimestampOffset,
};

fn timeline(kind: TrackKind, choose: impl FnOnce(&mut TimelineConfig)) -> Timeline {
    let mut config = TimelineConfig::default();
    choose(&mut config);
    Timeline::with(&[kind], config)
}

/// TB-6, DIS-5: of gaps beside frames of 40 ms, also behind a shorter one.
#[test]
fn gaps_of_up_to_one_frame_are_closed_by_default_and_of_less_than_two_by_the_letter() {
    for gap in [1, 20, 39, 40, 41, 60, 79, 80, 120] {
        for (policy, closes) in [
            (GapPolicy::OneFrame, gap <= 40),
            (GapPolicy::Frames, gap < 80),
            (GapPolicy::Fixed(ms(50)), gap < 50),
        ] {
            for last in [40, 10] {
                let mut timeline = timeline(TrackKind::Video, |config| config.gap_policy = policy);
                timeline.append(&format!("0D40K 40D{last}"));
                let next = 40 + last + gap;
                timeline.abort();
                timeline.append(&format!("{next}D40K"));
                let end = next + 40;
                let expected = match closes {
                    true => format!("{{ [0,{end}) }}"),
                    false => format!("{{ [0,{}) [{next},{end}) }}", 40 + last),
                };
                assert_eq!(timeline.ranges(), expected, "{policy:?}, {gap} ms behind {last} ms");
            }
        }
    }
}

/// CFR-5, CFR-6: what follows a removal of the frame last appended.
#[test]
fn a_removal_of_the_last_frame_ends_the_group_the_track_or_nothing() {
    for (tails, start, end) in [
        (RemovedTails::EndGroup, None, 80),
        (RemovedTails::EndTrack, None, 120),
        (RemovedTails::GroupGoesOn, Some(80), 120),
    ] {
        let config = TimelineConfig { removed_tails: tails, ..TimelineConfig::default() };
        let kinds = [TrackKind::Video, TrackKind::Audio];
        let mut timeline = Timeline::with(&kinds, config);
        timeline.append_to(1, "0D40K 40D40 80D40K");
        timeline.append_to(2, "0D40K 40D40K");
        timeline.remove(80, 1000);
        let tracks = timeline.buffers.tracks();
        let of = |kind| tracks.iter().find(|track| track.kind() == kind).unwrap();
        assert_eq!(of(TrackKind::Video).last_decode_timestamp(), start.map(ms), "{tails:?}");
        let is_reset = of(TrackKind::Audio).last_decode_timestamp().is_none();
        assert_eq!(is_reset, tails == RemovedTails::EndGroup, "{tails:?}: the other track");
        assert_eq!(timeline.attributes.group_end_timestamp, ms(end), "{tails:?}");
        assert_eq!(timeline.attributes.group_start_timestamp, None, "{tails:?}");
    }
}

/// CFP-15, CFP-16, DIS-10: pictures across an end of the window.
#[test]
fn pictures_across_the_append_window_are_dropped_or_trimmed() {
    for (policy, expected) in [
        (AppendWindowPolicy::TrimAudio, "{ [300,360) }"),
        (AppendWindowPolicy::TrimAll, "{ [30,70) [300,370) }"),
        (AppendWindowPolicy::DropFrames, "{ [300,360) }"),
    ] {
        let mut timeline = timeline(TrackKind::Video, |config| config.append_window = policy);
        timeline.attributes.append_window_start = ms(30);
        timeline.attributes.append_window_end = ms(370);
        timeline.append("0D70K");
        timeline.abort();
        timeline.append("300D30K 330D30 360D30");
        assert_eq!(timeline.ranges(), expected, "{policy:?}");
    }
}

/// CFR-7, CFP-26: pictures shown before the random access point of their group, with a removal that
/// ends there.
#[test]
fn leading_pictures_go_alone_with_their_group_or_stay() {
    for (policy, stored) in [
        (OpenGroupPolicy::LeadingPictures, "120K 160|200"),
        (OpenGroupPolicy::WholeGroup, "120K"),
        (OpenGroupPolicy::Nothing, "120K 40|140 80|160 160|200"),
    ] {
        let mut timeline = timeline(TrackKind::Video, |config| config.open_groups = policy);
        timeline.append("0|0D40K 120|120D40K 40|140D40 80|160D40 160|200D40");
        timeline.remove(0, 120);
        assert_eq!(timeline.stored(), stored, "{policy:?}");
    }
}

/// CFP-8: offsets between two ticks: these are shorter than a microsecond here, so that
/// microseconds count.
#[test]
fn offsets_count_in_ticks_of_the_track_where_that_is_chosen() {
    for (precision, offset, expected) in [
        (OffsetPrecision::Exact, 0.000_4, 0.000_4),
        (OffsetPrecision::Ticks, 0.000_4, 0.000_4),
        (OffsetPrecision::Ticks, 0.000_000_9, 0.0),
        (OffsetPrecision::Ticks, -0.000_000_9, 0.0),
        (OffsetPrecision::Exact, 0.000_000_9, 0.000_000_9),
    ] {
        let config = TimelineConfig { offset_precision: precision, ..TimelineConfig::default() };
        let mut timeline = Timeline::with(&[TrackKind::Video], config);
        timeline.attributes.timestamp_offset = TimestampOffset::from_seconds(offset);
        timeline.append("40D40K");
        let pts = timeline.frames()[0].presentation_timestamp;
        let expected = ms(40) + MediaTime::from_seconds(expected);
        assert_eq!(pts, expected, "{precision:?} {offset}");
        assert_eq!(timeline.attributes.timestamp_offset.seconds, offset, "the getter keeps it");
    }
}

/// ISO-7: sound before time 0 of its stream, moved into the window.
#[test]
fn sound_before_its_stream_is_placed_or_cut() {
    for (starts, stored, ranges) in [
        (StreamStarts::AsStored, "80K 100K 120K", "{ [80,140) }"),
        (StreamStarts::Cut, "100|90K 120K", "{ [100,140) }"),
    ] {
        let mut timeline = timeline(TrackKind::Audio, |config| config.stream_starts = starts);
        timeline.attributes.timestamp_offset = TimestampOffset::from_time(ms(100));
        timeline.append(if starts == StreamStarts::Cut { "-10D20K 20D20K" } else { "-20D20K 0D20K 20D20K" });
        if starts == StreamStarts::AsStored {
            assert_eq!((timeline.stored().as_str(), timeline.ranges().as_str()), (stored, ranges));
        } else {
            let first = &timeline.frames()[0];
            assert_eq!((first.presentation_timestamp, first.duration), (ms(100), ms(10)));
            assert_eq!(first.discard.start, ms(10));
            assert_eq!(timeline.stored(), stored);
        }
    }
}

/// CFP-32: the offset of a format without timestamps, while frames come and behind the append.
#[test]
fn generated_timestamps_go_by_frame_or_by_append() {
    for (offsets, within) in [(GeneratedOffsets::ByFrame, 60), (GeneratedOffsets::ByAppend, 0)] {
        let mut timeline = timeline(TrackKind::Audio, |config| config.generated_offsets = offsets);
        timeline.attributes.generate_timestamps = true;
        timeline.attributes.mode = AppendMode::Sequence;
        timeline.append("0D20K 0D20K 0D20K");
        assert_eq!(timeline.attributes.timestamp_offset.time, ms(within), "{offsets:?}");
        timeline.attributes.append_finished(MediaTime::ZERO);
        assert_eq!(timeline.attributes.timestamp_offset.time, ms(60), "{offsets:?}");
        timeline.append("0D20K");
        timeline.attributes.append_finished(ms(60));
        assert_eq!(timeline.ranges(), "{ [0,80) }", "{offsets:?}");
        // A group that begins elsewhere.
        timeline.attributes.group_start_timestamp = Some(ms(200));
        timeline.append("0D20K");
        timeline.attributes.append_finished(ms(80));
        let expected = if offsets == GeneratedOffsets::ByFrame { 220 } else { 200 };
        assert_eq!(timeline.attributes.timestamp_offset.time, ms(expected), "{offsets:?}");
        assert_eq!(timeline.ranges(), "{ [0,80) [200,220) }", "{offsets:?}");
    }
}

/// SB-9: what an end makes of a track that has nothing.
#[test]
fn an_empty_track_empties_what_has_ended_or_counts_as_whole() {
    for (ended, expected) in [
        (EndedRanges::Extended, "{ }"),
        (EndedRanges::UnlessByError, "{ }"),
        (EndedRanges::UntilData, "{ [40,80) }"),
    ] {
        let config = TimelineConfig { ended_ranges: ended, ..TimelineConfig::default() };
        let mut timeline = Timeline::with(&[TrackKind::Video, TrackKind::Audio], config);
        timeline.append_to(1, "40D40K");
        assert_eq!(timeline.buffered(false), "{ }", "{ended:?}");
        assert_eq!(timeline.buffered(true), expected, "{ended:?}");
    }
}

/// CFP-36: the duration follows the start of a sequence, whatever becomes of the frame.
#[test]
fn the_start_of_a_sequence_counts_for_the_duration() {
    let mut timeline = Timeline::video();
    timeline.attributes.mode = AppendMode::Sequence;
    timeline.attributes.group_start_timestamp = Some(ms(4000));
    let receipt = timeline.append("1160D40");
    assert_eq!((timeline.stored().as_str(), receipt.highest_end), ("", Some(ms(4000))));
}
