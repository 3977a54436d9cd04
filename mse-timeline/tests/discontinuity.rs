//! Decode timestamps that jump: which track waits, and what counts as a jump (CFP-10, CFP-12,
//! CFP-29).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use common::{Timeline, ms};
use mse_core::{AppendMode, CodedFrame, TrackId, TrackKind};
use mse_testkit::frames;
use mse_timeline::DropReason;
use mse_timeline::{DiscontinuityScope, TimelineConfig};

const SOUND: u64 = 1;
const PICTURES: u64 = 2;

fn timeline(discontinuity_scope: DiscontinuityScope) -> Timeline {
    let config = TimelineConfig { discontinuity_scope, ..TimelineConfig::default() };
    Timeline::with(&[TrackKind::Audio, TrackKind::Video], config)
}

/// Two seconds of 20 ms sound without what lies in a hole, and of pictures in one group, by decode
/// time.
fn multiplexed(hole: std::ops::Range<i64>) -> Vec<CodedFrame> {
    let mut all: Vec<CodedFrame> = Vec::new();
    for at in (0..2000).step_by(20) {
        if !hole.contains(&at) {
            all.extend(frames::frames_of(TrackId(SOUND), &format!("{at}D20K")));
        }
        if at % 40 == 0 {
            let key = if at == 0 { "K" } else { "" };
            all.extend(frames::frames_of(TrackId(PICTURES), &format!("{at}D40{key}")));
        }
    }
    all
}

#[test]
fn a_hole_in_the_sound_costs_no_pictures() {
    for (from, to) in [(1000, 1060), (1000, 1200), (20, 1980), (500, 600)] {
        let mut timeline = timeline(DiscontinuityScope::OneTrack);
        let receipt = timeline.append_frames(multiplexed(from..to));
        assert_eq!(timeline.buffers.tracks()[1].frame_count(), 50, "{from}..{to}");
        assert_eq!(receipt.frames_dropped.total(), 0, "{from}..{to}");
        assert_eq!(timeline.ranges(), format!("{{ [0,{from}) [{to},2000) }}"));
        // The receipt names the track.
        let told: Vec<_> =
            receipt.discontinuities.iter().map(|it| (it.track, it.presentation_timestamp)).collect();
        assert_eq!(told, [(0, ms(to))]);
        assert_eq!(receipt.discontinuities[0].last_decode_timestamp, ms(from - 20));
    }
}

#[test]
fn by_the_letter_all_tracks_wait_for_a_random_access_point() {
    let mut timeline = timeline(DiscontinuityScope::AllTracks);
    let receipt = timeline.append_frames(multiplexed(1000..1200));
    assert_eq!(receipt.frames_dropped.get(DropReason::NeedsRandomAccessPoint), 20);
    assert_eq!(timeline.buffers.tracks()[1].frame_count(), 30);
}

#[test]
fn each_track_finds_its_own_jump_when_a_stream_goes_on_elsewhere() {
    // Another segment without an abort(), before and behind.
    for to in [10_000, -1_000] {
        let mut timeline = timeline(DiscontinuityScope::OneTrack);
        timeline.attributes.append_window_start = ms(-5_000);
        timeline.append_frames(multiplexed(0..0));
        let moved = multiplexed(0..0).into_iter().map(|mut frame| {
            frame.presentation_timestamp += ms(to);
            frame.decode_timestamp += ms(to);
            frame
        });
        let receipt = timeline.append_frames(moved);
        let tracks: Vec<_> = receipt.discontinuities.iter().map(|it| it.track).collect();
        assert_eq!((tracks, receipt.frames_dropped.total()), (vec![0, 1], 0), "{to}");
    }
}

#[test]
fn in_mode_sequence_all_tracks_begin_anew_at_one_offset() {
    for scope in [DiscontinuityScope::OneTrack, DiscontinuityScope::AllTracks] {
        let mut timeline = timeline(scope);
        timeline.attributes.mode = AppendMode::Sequence;
        timeline.append_frames(multiplexed(0..0));
        let later = multiplexed(0..0).into_iter().map(|mut frame| {
            frame.presentation_timestamp += ms(50_000);
            frame.decode_timestamp += ms(50_000);
            frame
        });
        timeline.append_frames(later);
        assert_eq!(timeline.buffered(false), "{ [0,4000) }", "{scope:?}");
    }
}

#[test]
fn a_trim_brings_the_next_frame_no_nearer() {
    // CFP-29: a frame of 20 ms of which less is shown, in the midst of a stream.
    for kept in [1, 3, 6, 19, 20] {
        for at_start in [false, true] {
            let mut timeline = Timeline::audio();
            let mut stream = frames::frames("0D20K 20D20K 40D20K 60D20K");
            let trim = ms(20 - kept);
            stream[1].duration = ms(kept);
            if at_start {
                stream[1].discard.start = trim;
            } else {
                stream[1].discard.end = trim;
            }
            let receipt = timeline.append_frames(stream);
            assert_eq!(receipt.discontinuities, [], "{kept} ms kept, start {at_start}");
        }
    }
    let mut timeline = Timeline::audio();
    assert_eq!(timeline.append("0D20K 20D3K 40D20K").discontinuities.len(), 1, "a frame that is short jumps");
}

#[test]
fn the_end_of_an_append_follows_a_discontinuity_whose_frames_were_dropped() {
    // CFP-11, CFP-36: the group end timestamp counts.
    let mut timeline = Timeline::video();
    timeline.append("0D20K 20D20");
    timeline.attributes.append_window_end = ms(1000);
    let receipt = timeline.append("2000D20K 2020D20");
    assert_eq!(
        (receipt.highest_end, receipt.frames_dropped.get(DropReason::AfterAppendWindow)),
        (Some(ms(2000)), 2)
    );
    let receipt = timeline.append("2040D20K");
    assert_eq!(receipt.highest_end, None, "no discontinuity: nothing was stored since");
}
