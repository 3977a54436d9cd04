//! Choices of a MediaSource that one browser makes alone (decision 0026), each beside what is done
//! otherwise.

use crate::fixture::{Page, config, join, muxed_init, segment, segment_of, video_init};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::{DiscontinuityScope, EndedRanges, FrameOrder};
use mse::{Config, DurationGrowth, EmptyEnds, ReadyState, TrackId};
use mse_testkit::frames::frames_of;
use mse_testkit::mock;

fn page(choose: impl FnOnce(&mut Config)) -> Page {
    let mut config = config();
    choose(&mut config);
    Page::with(config)
}

/// EOS-3, DIS-28: an end where nothing is buffered, before and behind initialization segments.
#[test]
fn an_end_without_data_makes_the_duration_zero_or_leaves_it() {
    for (ends, expected) in [
        (EmptyEnds::ZeroDuration, ["0 Ended None", "0 Ended None", "0.08 Ended None"]),
        (EmptyEnds::KeepDuration, ["NaN Closed Some(4)", "9 Ended None", "0.08 Ended None"]),
    ] {
        for (case, expected) in expected.into_iter().enumerate() {
            let mut page = page(|config| config.source.empty_ends = ends);
            page.add(mock::VIDEO).unwrap();
            if case > 0 {
                page.append_bytes(0, video_init(1)).unwrap();
                page.outputs();
                page.source.set_duration(9.0).unwrap();
            }
            if case > 1 {
                page.append(0, "0D40K 40D40");
            }
            page.source.end_of_stream(None).unwrap();
            page.outputs();
            let found = format!(
                "{} {:?} {:?}",
                page.source.duration(),
                page.source.ready_state(),
                page.element.error
            );
            assert_eq!(found, expected, "{ends:?}, case {case}");
        }
    }
}

/// SB-9: the last ranges of a source that ended and is open again.
#[test]
fn what_an_end_extended_stays_until_the_source_opens_or_until_data_comes() {
    for (ended, reopened) in [(EndedRanges::Extended, "{ [0,80) }"), (EndedRanges::UntilData, "{ [0,120) }")]
    {
        let mut page = page(|config| config.timeline.ended_ranges = ended);
        page.add(mock::MUXED).unwrap();
        let segments = [segment_of(1, "0D40K 40D40 80D40"), segment_of(2, "0D20K 20D20K 40D20K 60D20K")];
        page.append_bytes(0, join(&[muxed_init(), join(&segments)])).unwrap();
        page.outputs();
        assert_eq!(page.ranges(0), "{ [0,80) }", "{ended:?}");
        page.source.end_of_stream(None).unwrap();
        assert_eq!(page.ranges(0), "{ [0,120) }", "{ended:?}");
        page.sb(0).set_timestamp_offset(1.0).unwrap();
        assert_eq!(page.source.ready_state(), ReadyState::Open);
        assert_eq!(page.ranges(0), reopened, "{ended:?}");
        page.sb(0).remove(5.0, 6.0).unwrap_err();
        page.source.set_duration(9.0).unwrap();
        page.sb(0).remove(5.0, 6.0).unwrap();
        assert_eq!(page.ranges(0), "{ [0,80) }", "{ended:?}");
    }
}

/// SPL-9, CFP-31, CFP-36: pictures first, so that the sound behind them says where the group ends.
#[test]
fn pictures_come_before_the_sound_of_their_segment_where_that_is_chosen() {
    for (order, growth, duration) in [
        (FrameOrder::Interleaved, DurationGrowth::Frames, 0.12),
        (FrameOrder::PicturesFirst, DurationGrowth::Frames, 0.12),
        (FrameOrder::PicturesFirst, DurationGrowth::GroupEnd, 0.08),
    ] {
        for pieces in [1, 3] {
            let mut page = page(|config| {
                config.timeline.frame_order = order;
                config.timeline.discontinuity_scope = DiscontinuityScope::AllTracks;
                config.source.duration_growth = growth;
            });
            page.add(mock::MUXED).unwrap();
            page.append_bytes(0, muxed_init()).unwrap();
            page.outputs();
            page.source.set_duration(0.0).unwrap();
            // The sound jumps: the group ends, and begins again there.
            let tracks = [(2, "0D5K"), (1, "0D40K 40D40 80D40"), (2, "20D20K 40D20K 60D20K")];
            let frames = tracks.map(|(track, tokens)| frames_of(TrackId(track), tokens));
            let bytes = mock::segment(&frames.concat());
            for piece in bytes.chunks(bytes.len().div_ceil(pieces)) {
                page.append_bytes(0, piece.to_vec()).unwrap();
                page.outputs();
            }
            assert_eq!(page.ranges(0), "{ [0,80) }", "{order:?}, {pieces} pieces");
            if pieces == 1 {
                assert_eq!(page.source.duration(), duration, "{order:?}, {growth:?}");
            }
        }
    }
}

/// RPS-1, APE: frames that wait for those of another track come in before an abort or an error.
#[test]
fn frames_that_wait_are_not_lost() {
    let mut page = page(|config| config.timeline.frame_order = FrameOrder::PicturesFirst);
    page.add(mock::MUXED).unwrap();
    page.append_bytes(0, muxed_init()).unwrap();
    page.outputs();
    let good = join(&[segment_of(2, "0D20K 20D20K"), segment_of(1, "0D40K")]);
    page.append_bytes(0, join(&[good, segment("0D40K"), mock::BOOM.into()])).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,40) }");
    assert_eq!(page.element.error, Some(3));
}
