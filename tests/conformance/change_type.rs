//! changeType() (SB-21, SB-22, WPT-14).

use crate::fixture::{Page, join, muxed_init, outcome, segment, video_init};
use crate::helpers::{audio_init, file};
use mse::AppendMode;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_testkit::mock;

/// SB-21 (6), RPS-1: what is complete of the old type's segment stays, the rest of it is forgotten.
#[test]
fn the_old_parser_keeps_complete_frames() {
    let mut page = Page::video();
    let media = segment("0K 40 80");
    page.append_bytes(0, media.slice(..media.len() - 12)).unwrap();
    page.outputs();
    page.sb(0).change_type(mock::VIDEO).unwrap();
    assert_eq!(page.outputs(), "", "it has no events of its own");
    assert_eq!(page.ranges(0), "{ [0,80) }");
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Segments)), "ok", "it waits for a segment");
    page.append_bytes(0, join(&[video_init(2), segment("80K")])).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,1080) }");
}

/// SB-21 (7), (8): the mode setter's steps run, so that generated timestamps go on at the group
/// end.
#[test]
fn generated_timestamps_go_on_where_the_group_ended() {
    let mut page = Page::with_type(mock::AUDIO);
    page.append_bytes(0, join(&[audio_init(), segment("0D100K 100D100K")])).unwrap();
    page.outputs();
    page.sb(0).change_type(mock::GENERATED).unwrap();
    assert_eq!(page.sb(0).mode(), AppendMode::Sequence);
    assert_eq!(outcome(page.sb(0).set_mode(AppendMode::Segments)), "TypeError");
    page.append_bytes(0, join(&[audio_init(), segment("0D50K 0D50K")])).unwrap();
    page.outputs();
    assert_eq!((page.ranges(0), page.sb(0).timestamp_offset()), ("{ [0,300) }".to_owned(), 0.3));
    // Back: the mode stays until it is set, timestamps count again.
    page.sb(0).change_type(mock::AUDIO).unwrap();
    page.sb(0).set_mode(AppendMode::Segments).unwrap();
    page.sb(0).set_timestamp_offset(0.0).unwrap();
    page.append_bytes(0, join(&[audio_init(), segment("1000D100K")])).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,300) [1000,1100) }");
}

/// SB-21 (8): a type with timestamps leaves the mode and arms nothing.
#[test]
fn a_type_with_timestamps_leaves_the_mode() {
    for mode in [AppendMode::Segments, AppendMode::Sequence] {
        let mut page = Page::video();
        page.sb(0).set_mode(mode).unwrap();
        page.append(0, "0D1000K");
        page.sb(0).change_type(mock::VIDEO).unwrap();
        assert_eq!(page.sb(0).mode(), mode);
    }
}

/// SB-22, ISR-3: another kind of track fails when it is appended, not before.
#[test]
fn picture_does_not_become_sound() {
    let mut page = Page::video();
    assert_eq!(outcome(page.sb(0).change_type(mock::AUDIO)), "ok");
    page.append_bytes(0, audio_init()).unwrap();
    assert_eq!(page.outputs(), "updatestart · task · error · updateend · mediasource sourceended");
    assert_eq!(page.receipt(0).error.map(|error| error.row), Some("ISR-3"));
}

/// SB-21 (9), ISR-15: one initialization segment is enough, also when it says what the last one
/// said.
#[test]
fn the_next_initialization_segment_ends_the_wait() {
    let mut page = Page::video();
    for _ in 0..2 {
        page.sb(0).change_type(mock::VIDEO).unwrap();
    }
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    assert_eq!(page.append(0, "0K 40"), "updatestart · task · update · updateend");
    page.append(0, "80K 120");
    assert_eq!(page.ranges(0), "{ [0,160) }");
}

/// RPS-5: abort() leaves the wait for the initialization segment as it is (SB-19).
#[test]
fn abort_does_not_end_the_wait_for_the_initialization_segment() {
    let mut page = Page::video();
    page.sb(0).change_type(mock::VIDEO).unwrap();
    page.sb(0).abort().unwrap();
    page.append(0, "0K 40");
    assert_eq!(page.receipt(0).error.map(|error| error.row), Some("SPL-8"));
}

/// SB-21 (1) to (5): a call that throws has reopened nothing; one that does not, has.
#[test]
fn a_refused_type_changes_nothing() {
    let mut page = Page::with_type(mock::GENERATED);
    page.append_bytes(0, join(&[audio_init(), segment("0D100K")])).unwrap();
    page.outputs();
    page.source.end_of_stream(None).unwrap();
    page.outputs();
    for (mime_type, expected) in
        [("", "TypeError"), ("null", "NotSupportedError"), ("audio/bogus", "NotSupportedError")]
    {
        assert_eq!(outcome(page.sb(0).change_type(mime_type)), expected);
    }
    assert_eq!((page.outputs(), page.source.ready_state().as_str()), (String::new(), "ended"));
    page.sb(0).change_type(mock::AUDIO).unwrap();
    assert_eq!(page.outputs(), "mediasource sourceopen");
}

/// WPT-14: real files, explicitly and, within one format, without saying so.
#[test]
fn codecs_change_within_and_between_formats() {
    for explicit in [false, true] {
        let mut page = Page::with_type("video/mp4");
        let mut offset = 0.0;
        for name in ["h264-video.mp4", "hevc.mp4", "vp9.mp4", "av1.mp4", "h264-avc3.mp4"] {
            if explicit {
                page.sb(0).change_type("video/mp4").unwrap();
            }
            page.sb(0).set_timestamp_offset(offset).unwrap();
            page.append_bytes(0, file(name)).unwrap();
            page.outputs();
            assert_eq!(page.receipt(0).error, None, "{name}");
            offset = page.sb(0).buffered().unwrap().end().unwrap().to_seconds();
        }
        let codecs = page.sb(0).with_track_buffers(|buffers| {
            let codec = |frame: mse::timeline::StoredFrame| frame.description.codec.clone();
            buffers.tracks()[0].stored_frames().map(codec).collect::<std::collections::BTreeSet<_>>()
        });
        assert_eq!(codecs.len(), 5, "{codecs:?}");
    }
}

/// ISR-3: the tracks of the first initialization segment of all count, not those since the change.
#[test]
fn the_first_initialization_segment_counts_for_ever() {
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, muxed_init()).unwrap();
    page.outputs();
    page.sb(0).change_type(mock::VIDEO).unwrap();
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).error.map(|error| error.row), Some("ISR-3"));
}
