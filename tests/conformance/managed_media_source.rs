//! ManagedMediaSource and ManagedSourceBuffer (MMS).

use crate::fixture::{Page, config, outcome, segment, video_init};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, EventDetail, EventName, ManagedPolicy, MediaTime, Output, Quota};
use mse_testkit::{frames, mock};

fn managed() -> Config {
    Config { managed: Some(ManagedPolicy::default()), ..config() }
}

/// A managed page with a video SourceBuffer that has its initialization segment; `startstreaming`
/// was dispatched.
fn page_with(config: Config) -> Page {
    let mut page = Page::with(config);
    page.add(mock::VIDEO).unwrap();
    page.outputs();
    page.append_bytes(0, video_init(1)).unwrap();
    page.outputs();
    page
}

fn page() -> Page {
    page_with(managed())
}

/// Runs everything; events by name, `bufferedchange` with what it says.
fn events(page: &mut Page) -> String {
    let mut words = Vec::new();
    while let Some(output) = page.source.poll_output() {
        match output {
            Output::Event(event) => {
                let name = event.name.as_str();
                words.push(match &event.detail {
                    EventDetail::Buffered(change) => {
                        format!(
                            "{name} +{} -{}",
                            frames::ranges(&change.added),
                            frames::ranges(&change.removed)
                        )
                    }
                    _ => name.to_owned(),
                });
            }
            Output::Task(task) => page.finish(task),
            _ => {}
        }
    }
    words.join(" · ")
}

/// MMS-12, MMS-13, EVT-15, BAP-3, DIS-26: what came and what went, before `update`.
#[test]
fn every_operation_says_what_it_changed() {
    let mut page = page();
    page.append_bytes(0, segment("0K 1000 2000K 3000")).unwrap();
    assert_eq!(events(&mut page), "updatestart · bufferedchange +{ [0,4000) } -{ } · update · updateend");
    page.append_bytes(0, segment("10000D1000K")).unwrap();
    assert_eq!(
        events(&mut page),
        "updatestart · bufferedchange +{ [10000,11000) } -{ } · update · updateend"
    );
    page.sb(0).remove(2.0, 4.0).unwrap();
    assert_eq!(events(&mut page), "updatestart · bufferedchange +{ } -{ [2000,4000) } · update · updateend");
    page.sb(0).remove(2.0, 4.0).unwrap();
    assert_eq!(events(&mut page), "updatestart · update · updateend", "nothing changed");
    page.append_bytes(0, segment("0K 1000")).unwrap();
    assert_eq!(events(&mut page), "updatestart · update · updateend", "the same ranges");
}

/// MMS-11, MMS-12: an event without ranges has empty ones.
#[test]
fn a_change_has_empty_ranges_by_default() {
    let change = mse::BufferedChange::default();
    assert!(change.added.is_empty() && change.removed.is_empty());
}

/// MMS-12, SB-20: what was in before an abort is told, though nothing says `update`.
#[test]
fn an_abort_tells_what_had_come_in() {
    let mut page = page();
    page.append_bytes(0, segment("0K 1000 2000K 3000")).unwrap();
    let mut task = page.next_task();
    let _ = task.run(200);
    page.sb(0).abort().unwrap();
    page.finish(task);
    let told = events(&mut page);
    assert!(told.starts_with("abort · updateend · bufferedchange +{ [0,"), "{told}");
}

/// MMS-14, SB-9: the ended rule changes what is buffered, and reopening takes it back.
#[test]
fn the_end_of_the_stream_changes_what_is_buffered() {
    let mut page = Page::with(managed());
    page.add(mock::MUXED).unwrap();
    let long = crate::fixture::segment_of(1, "0K 1000 2000 3000");
    let short = crate::fixture::segment_of(2, "0D1000K 1000D1000K");
    page.append_bytes(0, crate::fixture::join(&[crate::fixture::muxed_init(), long, short])).unwrap();
    page.outputs();
    page.source.end_of_stream(None).unwrap();
    assert_eq!(events(&mut page), "bufferedchange +{ [2000,4000) } -{ } · sourceended");
    page.sb(0).set_timestamp_offset(0.0).unwrap();
    assert_eq!(events(&mut page), "bufferedchange +{ } -{ [2000,4000) } · sourceopen");
}

/// MMS-1, MMS-3, MMS-6, MMS-7: wanted from the start; the attribute is new when the event is
/// dispatched, and old until then.
#[test]
fn streaming_changes_with_its_event() {
    let mut source = mse::MediaSource::new(managed());
    assert!(source.is_managed() && !source.streaming());
    let mut link = source.attach().unwrap();
    link.poll(&mut crate::fixture::Element::default());
    assert!(!source.streaming());
    let mut names = Vec::new();
    while let Some(Output::Event(event)) = source.poll_output() {
        assert_eq!(source.streaming(), event.name == EventName::StartStreaming);
        names.push(event.name.as_str());
    }
    assert_eq!(names, ["sourceopen", "startstreaming"]);
}

/// MMS-1, DET-3: detaching ends it without an event, also one that is under way.
#[test]
fn detaching_ends_streaming_without_a_word() {
    let mut page = page();
    assert!(page.source.streaming());
    page.source.detach();
    assert!(!page.source.streaming());
    assert!(!page.outputs().contains("streaming"));
    let mut source = mse::MediaSource::new(managed());
    let mut link = source.attach().unwrap();
    link.poll(&mut crate::fixture::Element::default());
    source.detach();
    while let Some(output) = source.poll_output() {
        assert!(!format!("{output:?}").contains("Streaming"), "{output:?}");
    }
}

/// MMS-8, MMS-9, MMS-10: memory cleanup leaves a window around the position, says only
/// `bufferedchange`, and touches no `updating`.
#[test]
fn memory_cleanup_keeps_what_playback_needs() {
    let second = |seconds: i64| MediaTime::from_flicks(seconds * MediaTime::TICKS_PER_SECOND);
    let policy = ManagedPolicy { keep_behind: second(1), keep_ahead: second(2), ..ManagedPolicy::default() };
    let mut page = page_with(Config { managed: Some(policy), ..config() });
    let tokens: Vec<String> = (0..20).map(|second| format!("{}D1000K", second * 1000)).collect();
    page.append(0, &tokens.join(" "));
    page.append(0, "30000D1000K");
    page.seek(10.0);
    page.outputs();
    page.source.memory_cleanup();
    assert!(!page.sb(0).updating());
    assert_eq!(events(&mut page), "bufferedchange +{ } -{ [0,9000) [13000,20000) }");
    assert_eq!(page.ranges(0), "{ [9000,13000) [30000,31000) }", "and what was appended last");
    assert_eq!(page.sb(0).take_evictions().len(), 1);
}

/// MMS-9: of a SourceBuffer that is not active everything goes.
#[test]
fn memory_cleanup_empties_what_is_not_active() {
    let mut page = page();
    page.append(0, "0K 1000 2000K");
    let track = page.source.media_tracks().next().unwrap().object;
    page.source.set_track_state(track, mse::TrackState::Selected(false)).unwrap();
    page.outputs();
    page.source.memory_cleanup();
    assert_eq!(page.ranges(0), "{ }");
}

/// MMS-2, MMS-8: a plain source has none of it.
#[test]
fn a_plain_source_is_not_managed() {
    let mut page = page_with(config());
    page.append_bytes(0, segment("0K 1000")).unwrap();
    assert_eq!(events(&mut page), "updatestart · update · updateend");
    page.source.memory_cleanup();
    assert_eq!((page.outputs().as_str(), page.ranges(0).as_str()), ("", "{ [0,2000) }"));
    assert!(!page.source.streaming());
}

/// MMS-15, CFE-4: a managed SourceBuffer can be full, and eviction is told.
#[test]
fn a_managed_source_buffer_can_be_full() {
    let mut page = page();
    page.append(0, "0D1000K 1000D1000K 2000D1000K");
    page.seek(2.5);
    let next = segment("3000D1000K");
    let video = page.sb(0).quota().used + next.len() as u64 - 1;
    page.source.set_quota(Quota { audio: 0, video, text: 0 });
    page.append_bytes(0, next).unwrap();
    assert_eq!(
        events(&mut page),
        "bufferedchange +{ } -{ [0,1000) } · updatestart · bufferedchange +{ [3000,4000) } -{ } · update · updateend"
    );
    assert_eq!(outcome(page.append_bytes(0, bytes::Bytes::from(vec![0; 1000]))), "QuotaExceededError");
    assert_eq!(events(&mut page), "");
}

/// MS-23: it has every member of a MediaSource.
#[test]
fn a_managed_source_is_a_media_source() {
    let mut page = page();
    assert!(page.source.is_type_supported("video/mp4"));
    page.source.set_duration(9.0).unwrap();
    page.source.set_live_seekable_range(0.0, 1.0).unwrap();
    page.source.clear_live_seekable_range().unwrap();
    page.source.end_of_stream(None).unwrap();
    assert_eq!(page.source.ready_state().as_str(), "ended");
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    assert!(page.source.source_buffers().is_empty());
}
