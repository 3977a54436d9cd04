//! SourceBuffer monitoring: what the element can play from where it is (MON, DIS-12).

use crate::fixture::{Page, join, segment, video_init};
use crate::helpers::{audio_init, pair, steps};
use mse::ElementReadyState::{self, HaveCurrentData, HaveEnoughData, HaveFutureData, HaveMetadata};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse_testkit::mock;

fn at(page: &mut Page, seconds: f64) -> ElementReadyState {
    page.seek(seconds);
    page.outputs();
    page.element.ready_state
}

/// MON-2: even though the active SourceBuffer has the position, until every initialization segment
/// is there.
#[test]
fn nothing_happens_at_have_nothing() {
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, join(&[video_init(1), segment("0K 1000 2000 3000 4000")])).unwrap();
    page.outputs();
    assert_eq!(page.element_ranges(), "{ [0,5000) }");
    page.seek(1.0);
    page.outputs();
    assert_eq!(steps(&mut page), "duration=Infinity");
    page.append_bytes(1, join(&[audio_init(), segment("0K 1000K 2000K 3000K 4000K")])).unwrap();
    page.outputs();
    assert_eq!(steps(&mut page), "HaveMetadata · HaveCurrentData · HaveFutureData · HaveEnoughData");
}

/// MON-3 to MON-8, MON-1, DIS-12: the same buffer from every position, as the position moves.
#[test]
fn readiness_is_a_matter_of_the_position() {
    let mut page = Page::video();
    page.append(0, "0D1000K 1000D1000 2000D1000 3000D1000 6000D1000K 7000D1000");
    assert_eq!(page.ranges(0), "{ [0,4000) [6000,8000) }");
    let rows = [
        (0.0, HaveEnoughData), // MON-4
        (1.0, HaveEnoughData), // exactly three seconds ahead (MON-7)
        (1.1, HaveFutureData), // MON-5, and the early fall of MON-7
        (3.9, HaveFutureData),
        (4.0, HaveCurrentData), // MON-6 before MON-3 (MON-8, OPN-26, DRB-7)
        (4.1, HaveMetadata),    // MON-3
        (5.9, HaveMetadata),
        (6.0, HaveFutureData),
        (8.0, HaveCurrentData),
        (9.0, HaveMetadata),
        (0.5, HaveEnoughData),
    ];
    for (seconds, expected) in rows {
        assert_eq!(at(&mut page, seconds), expected, "at {seconds}");
    }
}

/// MON-7, MON-8: at the end all there is is enough, and the end itself is no stall.
#[test]
fn what_reaches_to_the_end_is_enough() {
    let mut page = Page::video();
    page.append(0, "0D1000K 1000D1000 2000D1000");
    assert_eq!(at(&mut page, 2.5), HaveFutureData);
    assert_eq!(at(&mut page, 3.0), HaveCurrentData);
    page.source.end_of_stream(None).unwrap();
    assert_eq!(at(&mut page, 3.0), HaveEnoughData);
    assert_eq!(at(&mut page, 2.5), HaveEnoughData);
    page.sb(0).set_timestamp_offset(0.0).unwrap();
    assert_eq!(at(&mut page, 2.5), HaveEnoughData, "nothing is shown behind the duration, open or not");
    assert_eq!(at(&mut page, 3.0), HaveCurrentData, "MON-6: open again, there may be more");
    page.source.set_duration(4.0).unwrap();
    assert_eq!(at(&mut page, 2.5), HaveFutureData, "MON-7: evaluated again when there is more to come");
}

/// MON-7: before the end of the stream a range before a gap is not enough, though the stream has
/// ended.
#[test]
fn a_gap_before_the_end_is_not_enough() {
    let mut page = Page::video();
    page.append(0, "0D1000K 1000D1000 5000D1000K");
    page.source.end_of_stream(None).unwrap();
    assert_eq!(at(&mut page, 1.5), HaveFutureData);
    assert_eq!(at(&mut page, 2.0), HaveCurrentData);
    assert_eq!(at(&mut page, 5.5), HaveEnoughData);
}

/// MON-1: a change of the active SourceBuffers alone.
#[test]
fn the_loss_of_an_empty_source_buffer_lets_the_element_go_on() {
    let mut page = pair();
    page.append(0, "0K 1000 2000 3000");
    assert_eq!(page.element.ready_state, HaveMetadata);
    let audio = page.id(1);
    page.source.remove_source_buffer(audio).unwrap();
    page.outputs();
    assert_eq!(page.element.ready_state, HaveEnoughData);
}

/// WPT-31, CFP-33 to CFP-35: sound that is missing holds the picture up, and lets it go when it
/// comes.
#[test]
fn missing_sound_holds_the_picture_up() {
    let mut page = pair();
    page.append(0, "0K 1000 2000 3000 4000 5000 6000 7000");
    assert_eq!(steps(&mut page), "");
    page.append(1, "0K 1000K");
    assert_eq!(steps(&mut page), "HaveCurrentData · HaveFutureData");
    assert_eq!(at(&mut page, 2.0), HaveCurrentData, "playback came to the end of the sound");
    page.told();
    page.append(1, "2000K 3000K 4000K 5000K");
    assert_eq!(steps(&mut page), "HaveFutureData · HaveEnoughData");
}

/// DIS-37: the element is told before the events of the append are dispatched.
#[test]
fn readiness_is_there_when_update_is_dispatched() {
    let mut page = Page::video();
    page.append_bytes(0, segment("0K 1000 2000 3000")).unwrap();
    let mut seen = Vec::new();
    crate::helpers::dispatch(&mut page, |page, event| {
        page.link.poll(&mut page.element);
        seen.push(format!("{} {:?}", event.name.as_str(), page.element.ready_state));
    });
    assert_eq!(seen, ["updatestart HaveMetadata", "update HaveEnoughData", "updateend HaveEnoughData"]);
}
