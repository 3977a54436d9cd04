//! The element as a page sees it. Frames are strings in milliseconds, 40 ms apart.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod page;

use crate::page::{
    advance, append, config, frames_of_length, init, page, prepared, video, without_time_updates,
};
use bytes::{Bytes, BytesMut};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    AttachError, CodedFrame, Config, ElementReadyState, MediaSource, TrackDescription, TrackKey, TrackState,
};
use mse_element::{HtmlMediaElement, NetworkState, Page, Rendered, Renderer};
use mse_testkit::{frames, mock};
use std::sync::Arc;

/// EVT-1, EVT-2, EVT-3: one queue for source, lists and element; ISR-1, ISR-9, ISR-14, ISR-17,
/// ATT-8, ATT-9.
#[test]
fn the_first_initialization_segment_fires_across_all_objects_in_the_order_of_the_table() {
    let mut page = Page::new(config());
    assert_eq!(page.settle(), ["element loadstart", "mediasource sourceopen"]);
    assert_eq!(
        (page.element.ready_state(), page.element.duration().is_nan()),
        (ElementReadyState::HaveNothing, true)
    );
    assert_eq!(page.element.network_state(), NetworkState::Loading);
    let id = page.source.add_source_buffer(mock::MUXED).unwrap();
    assert_eq!(page.settle(), ["sourceBuffers addsourcebuffer"]);
    let init = mock::init(None, &[mock::MockTrack::video(1), mock::MockTrack::audio(2)]);
    page.source.source_buffer(id).unwrap().append_buffer(init).unwrap();
    let expected = "sb0 updatestart · element durationchange · sb0.audioTracks addtrack · element.audioTracks addtrack · \
        sb0.videoTracks addtrack · element.videoTracks addtrack · activeSourceBuffers addsourcebuffer · \
        element resize · element loadedmetadata · sb0 update · sb0 updateend";
    assert_eq!(page.settle().join(" · "), expected);
}

/// EVT-4, CFP-33..36, ELR-3, ELR-5, ELR-6.
#[test]
fn media_at_the_position_fires_every_state_on_the_way() {
    let (mut page, id) = page();
    assert_eq!(
        append(&mut page, id, video(0, 5000)),
        "sb:updatestart · loadeddata · canplay · canplaythrough · sb:update · sb:updateend"
    );
    assert_eq!(page.element.ready_state(), ElementReadyState::HaveEnoughData);
}

/// EVT-9, MS-15.
#[test]
fn a_source_buffer_that_goes_takes_its_tracks_with_it() {
    let (mut page, id) = page();
    page.source.remove_source_buffer(id).unwrap();
    assert_eq!(
        page.settle().join(" · "),
        "sb0.videoTracks removetrack · sb0.videoTracks change · element.videoTracks removetrack · \
         element.videoTracks change · activeSourceBuffers removesourcebuffer · sourceBuffers removesourcebuffer"
    );
    assert!(page.element.tracks().is_empty());
}

/// EVT-5, EVT-6, EOS-5, APE-3, WPT-15.
#[test]
fn an_append_error_is_told_to_the_element_last() {
    let (mut with_metadata, id) = page();
    assert_eq!(
        append(&mut with_metadata, id, Bytes::from_static(b"not the mock byte stream")),
        "sb:updatestart · sb:error · sb:updateend · mediasource sourceended · error"
    );
    assert_eq!(
        (with_metadata.element.error(), with_metadata.element.network_state()),
        (Some(3), NetworkState::Idle)
    );
    assert_eq!(with_metadata.source.ready_state().as_str(), "ended");

    let mut page = Page::new(config());
    page.settle();
    let id = page.source.add_source_buffer(mock::VIDEO).unwrap();
    page.settle();
    assert_eq!(
        append(&mut page, id, video(0, 100)),
        "sb:updatestart · sb:error · sb:updateend · mediasource sourceended · error · \
         sourceBuffers removesourcebuffer · mediasource sourceclose"
    );
    assert_eq!((page.element.error(), page.element.network_state()), (Some(4), NetworkState::NoSource));
}

/// EOS-3, ELR-9, WPT-4, WPT-24.
#[test]
fn playback_ends_where_the_stream_ends() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    page.source.end_of_stream(None).unwrap();
    assert_eq!(
        without_time_updates(page.settle()),
        "mediasource sourceended · durationchange · canplaythrough"
    );
    page.element.play();
    assert_eq!(without_time_updates(page.settle()), "play · playing");
    assert_eq!(advance(&mut page, 0.5), "");
    assert_eq!(page.element.current_time(), 0.5);
    assert_eq!(advance(&mut page, 10.0), "pause · ended");
    assert_eq!((page.element.current_time(), page.element.ended()), (1.0, true));
    assert_eq!(page.element.video_playback_quality(7.0).total_video_frames, 10);
    // Playing again begins at the beginning.
    page.element.play();
    assert_eq!(
        without_time_updates(page.settle()),
        "seeking · play · waiting · seeked · canplay · playing · canplaythrough"
    );
}

/// ELR-4, ELR-5, MON-6, MON-3: playback that runs out of data waits, and goes on when there is
/// some.
#[test]
fn playback_waits_for_data_and_goes_on() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    page.element.play();
    page.settle();
    assert_eq!(advance(&mut page, 3.0), "waiting");
    assert_eq!(page.element.current_time(), 1.0);
    assert_eq!(page.element.ready_state(), ElementReadyState::HaveCurrentData);
    assert_eq!(
        append(&mut page, id, video(1000, 2000)),
        "sb:updatestart · canplay · playing · sb:update · sb:updateend"
    );
    assert_eq!(advance(&mut page, 0.5), "");
    assert_eq!(page.element.current_time(), 1.5);
}

/// SEEK-1, SEEK-3: into a gap it waits for frames; back into what is there it is done at once.
#[test]
fn a_seek_completes_when_its_position_is_buffered() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 4000));
    page.source.set_duration(20.0).unwrap();
    page.settle();
    page.element.set_current_time(10.0).unwrap();
    assert_eq!(without_time_updates(page.settle()), "seeking");
    assert_eq!((page.element.seeking(), page.element.ready_state()), (true, ElementReadyState::HaveMetadata));
    assert_eq!(
        append(&mut page, id, video(10_000, 11_000)),
        "sb:updatestart · seeked · canplay · sb:update · sb:updateend"
    );
    page.element.set_current_time(0.5).unwrap();
    assert_eq!(without_time_updates(page.settle()), "seeking · seeked · canplay · canplaythrough");
    // The very end of what is buffered is not buffered.
    page.element.set_current_time(4.0).unwrap();
    assert_eq!(without_time_updates(page.settle()), "seeking");
}

/// SEEK-4: to the very end, which completes when the stream has ended.
#[test]
fn a_seek_to_the_duration_ends() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    page.source.set_duration(1.0).unwrap();
    page.settle();
    page.element.set_current_time(5.0).unwrap();
    assert_eq!(without_time_updates(page.settle()), "seeking");
    page.source.end_of_stream(None).unwrap();
    let events = without_time_updates(page.settle());
    assert!(
        events.starts_with("mediasource sourceended")
            && events.ends_with("seeked · canplay · canplaythrough · ended"),
        "{events}"
    );
}

/// DUR-4, ELR-8, EVT-14, WPT-6.
#[test]
fn a_duration_below_the_position_seeks_there() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 10_000));
    page.element.set_current_time(8.0).unwrap();
    page.settle();
    page.source.source_buffer(id).unwrap().remove(5.0, f64::INFINITY).unwrap();
    page.settle();
    page.source.set_duration(5.0).unwrap();
    assert_eq!(without_time_updates(page.settle()), "durationchange · seeking");
    assert_eq!((page.element.current_time(), page.element.duration()), (5.0, 5.0));
    page.source.end_of_stream(None).unwrap();
    let events = without_time_updates(page.settle());
    assert!(events.ends_with("seeked · canplay · canplaythrough · ended"), "{events}");
}

/// ELR-6: autoplay.
#[test]
fn autoplay_starts_with_enough_data() {
    let (mut page, id) = page();
    page.element.set_autoplay(true);
    assert_eq!(
        append(&mut page, id, video(0, 5000)),
        "sb:updatestart · loadeddata · canplay · play · playing · canplaythrough · sb:update · sb:updateend"
    );
}

/// ELR-9.
#[test]
fn a_loop_goes_round() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    page.source.end_of_stream(None).unwrap();
    page.element.set_loop(true);
    page.element.play();
    page.settle();
    let round = "seeking · waiting · seeked · canplay · playing · canplaythrough";
    assert_eq!(advance(&mut page, 2.5), [round, round].join(" · "));
    assert_eq!(page.element.current_time(), 0.5);
}

/// TRS-2, TRS-3, EVT-13: the element's list and the source's are about the same track.
#[test]
fn a_track_disabled_on_the_element_leaves_the_active_source_buffers() {
    let mut page = Page::new(config());
    page.settle();
    let id = page.source.add_source_buffer(mock::AUDIO).unwrap();
    append(&mut page, id, mock::init(None, &[mock::MockTrack::audio(1)]));
    let track = page.element.tracks()[0].object;
    page.element.set_track_state(track, TrackState::Enabled(false)).unwrap();
    assert_eq!(
        page.settle().join(" · "),
        "sb0.audioTracks change · element.audioTracks change · activeSourceBuffers removesourcebuffer"
    );
    page.element.set_track_state(track, TrackState::Enabled(true)).unwrap();
    assert_eq!(
        page.settle().join(" · "),
        "sb0.audioTracks change · element.audioTracks change · activeSourceBuffers addsourcebuffer"
    );
}

/// TRS-6: a mirror in another context changes at once, tells the track, and hears no echo.
#[test]
fn a_mirrored_track_changes_without_an_echo() {
    let (mut page, _) = prepared(Page::with_worker(config()));
    let track = page.element.tracks()[0].object;
    page.element.set_track_state(track, TrackState::Selected(false)).unwrap();
    assert_eq!(page.element.tracks()[0].state, TrackState::Selected(false));
    let events = page.settle();
    let count = |name: &str| events.iter().filter(|event| *event == name).count();
    assert_eq!((count("element.videoTracks change"), count("sb0.videoTracks change")), (1, 1), "{events:?}");
    assert_eq!(count("activeSourceBuffers removesourcebuffer"), 1);
    // And the other way round.
    page.source.set_track_state(track, TrackState::Selected(true)).unwrap();
    let events = page.settle();
    assert_eq!(page.element.tracks()[0].state, TrackState::Selected(true));
    assert_eq!(events.iter().filter(|event| event.ends_with("Tracks change")).count(), 2, "{events:?}");
}

/// ATT-1, ATT-3, WRK-5, WPT-21: two elements and one handle: one of them fails.
#[test]
fn of_two_elements_with_one_handle_one_fails() {
    let mut source = MediaSource::new(config());
    let mut handle = source.handle().transfer().unwrap();
    let (mut first, mut second) = (HtmlMediaElement::default(), HtmlMediaElement::default());
    first.set_src_object(&mut handle);
    second.set_src_object(&mut handle);
    assert_eq!((first.error(), first.network_state()), (None, NetworkState::Loading));
    assert_eq!((second.error(), second.network_state()), (Some(4), NetworkState::NoSource));
    // EL-7, WRK-3: it was assigned.
    assert!(handle.transfer().is_err());
    let failed = ["element loadstart", "element error"];
    assert_eq!(drain(&mut second), failed);
    second.set_src(Err(AttachError::NotClosed));
    assert_eq!(drain(&mut second), [&["element emptied"], &failed[..]].concat());
}

fn drain(element: &mut HtmlMediaElement) -> Vec<String> {
    std::iter::from_fn(|| element.poll_event()).map(|event| event.to_string()).collect()
}

/// HTML's load algorithm removes the tasks of the element that are queued.
#[test]
fn loading_anew_takes_back_events_that_were_not_dispatched() {
    let mut element = HtmlMediaElement::default();
    element.set_src(Err(AttachError::NotClosed));
    element.set_src(Err(AttachError::NotClosed));
    assert_eq!(drain(&mut element), ["element emptied", "element loadstart", "element error"]);
}

/// DIS-5: pictures that begin within a second of 0 are waited for while playing, not before it.
#[test]
fn what_begins_late_is_played_from_the_start() {
    let (mut late, id) = page();
    append(&mut late, id, video(900, 5000));
    late.element.play();
    late.advance(1.0);
    assert_eq!(late.element.current_time(), 1.0);
    assert_eq!(late.element.buffered().to_string(), "{ [0.9,5) }");
    let (mut too_late, id) = page();
    append(&mut too_late, id, video(1100, 5000));
    too_late.element.play();
    too_late.advance(1.0);
    assert_eq!((too_late.element.current_time(), too_late.element.ready_state() as u8), (0.0, 1));
}

/// DIS-5: a hole of a few frames is played over, and a larger one is waited for.
#[test]
fn small_gaps_are_played_over() {
    let (mut small, id) = page();
    append(&mut small, id, frames_of_length(0, 1000, 20));
    append(&mut small, id, frames_of_length(1100, 3000, 20));
    small.element.play();
    small.advance(2.0);
    assert_eq!(small.element.buffered().to_string(), "{ [0,1) [1.1,3) }");
    assert_eq!(small.element.current_time(), 2.0);
    let (mut large, id) = page();
    append(&mut large, id, frames_of_length(0, 1000, 20));
    append(&mut large, id, frames_of_length(1200, 3000, 20));
    large.element.play();
    large.advance(2.0);
    assert_eq!(large.element.current_time(), 1.0);
}

/// DIS-5: after what was under the playback position has been removed, data that comes anew a
/// little later is played, as after a small gap: players that change the quality ask for the
/// segment of the position, whose first frame is its nearest.
#[test]
fn a_position_a_little_before_a_range_is_played() {
    let (mut page, id) = page();
    append(&mut page, id, frames_of_length(0, 3000, 20));
    page.element.play();
    page.advance(1.96);
    page.source.source_buffer(id).unwrap().remove(0.0, f64::INFINITY).unwrap();
    page.advance(0.5);
    assert_eq!(page.element.current_time(), 1.96);
    append(&mut page, id, frames_of_length(2000, 4000, 20));
    page.advance(1.0);
    assert_eq!(page.element.buffered().to_string(), "{ [2,4) }");
    assert_eq!(page.element.current_time(), 2.96);
}

/// HTML runs the rest of a seek in parallel: where the page has an event loop it sees `seeking`
/// until the events are dispatched.
#[test]
fn a_seek_in_parallel_ends_with_its_events() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 5000));
    page.element.set_seeks_in_parallel(true);
    page.element.set_current_time(1.0).unwrap();
    page.element.set_current_time(2.0).unwrap();
    let mut seen = Vec::new();
    while let Some(event) = page.element.poll_event() {
        seen.push((event.name.as_str(), page.element.seeking(), page.element.ready_state() as u8));
    }
    let expected =
        [("seeking", true, 1), ("seeking", true, 1), ("timeupdate", false, 4), ("seeked", false, 4)];
    assert_eq!(seen[..4], expected);
    assert_eq!(seen[4..], [("canplay", false, 4), ("canplaythrough", false, 4)]);
}

/// Time that passes while nothing can be played is not made up for when data comes.
#[test]
fn time_that_passed_without_data_is_not_played() {
    let (mut page, id) = page();
    page.element.play();
    page.advance(5.0);
    append(&mut page, id, video(0, 10_000));
    let before = page.element.current_time();
    page.advance(1.0);
    assert_eq!((before, page.element.current_time()), (0.0, 1.0));
}

/// DET-1, VPQ-4: loading anew detaches, forgets the tracks and the counters.
#[test]
fn loading_anew_starts_from_nothing() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    page.element.play();
    page.settle();
    advance(&mut page, 0.5);
    assert!(page.element.video_playback_quality(0.0).total_video_frames > 0);
    page.element.load();
    assert_eq!(
        without_time_updates(page.settle()),
        "abort · emptied · element.videoTracks removetrack · element.videoTracks change · \
         sb0.videoTracks removetrack · sb0.videoTracks change · activeSourceBuffers removesourcebuffer · \
         sourceBuffers removesourcebuffer · mediasource sourceclose"
    );
    assert_eq!(page.element.video_playback_quality(0.0).total_video_frames, 0);
    assert!(page.element.tracks().is_empty() && page.element.paused());
    // ATT-4: the same source once more.
    page.element.set_src(page.source.attach());
    assert_eq!(page.settle(), ["element loadstart", "mediasource sourceopen"]);
}

/// EME-9: playback stops for want of a key, no data helps, and a key does.
#[test]
fn without_a_key_playback_stops_until_there_is_one() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 1000));
    page.element.play();
    page.settle();
    page.element.set_waiting_for_key(true, true);
    assert_eq!(without_time_updates(page.settle()), "waiting · waitingforkey");
    assert_eq!(page.element.ready_state(), ElementReadyState::HaveCurrentData);
    assert_eq!(append(&mut page, id, video(1000, 5000)), "sb:updatestart · sb:update · sb:updateend");
    page.element.set_waiting_for_key(true, false);
    page.element.set_waiting_for_key(false, false);
    assert_eq!(without_time_updates(page.settle()), "canplay · playing · canplaythrough");
}

/// ELR-1, ELR-7: the states in their order, and falling from ENOUGH to FUTURE says nothing.
#[test]
fn less_than_enough_is_no_event() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 4000));
    page.element.play();
    page.settle();
    assert_eq!(page.element.ready_state() as u8, 4);
    assert_eq!(advance(&mut page, 2.0), "");
    assert_eq!(page.element.ready_state() as u8, 3);
}

/// ELR-10, VPQ-1, VPQ-2, VPQ-3, VPQ-5: the renderer counts, and a snapshot stays what it is.
#[test]
fn the_quality_is_what_the_renderer_says() {
    struct Careless(u32);
    impl Renderer for Careless {
        fn description_changed(&mut self, _: TrackKey, _: &Arc<TrackDescription>) {}
        fn render(&mut self, _: TrackKey, _: &CodedFrame, _: bool) -> Rendered {
            self.0 += 1;
            [Rendered::Displayed, Rendered::Dropped, Rendered::Corrupted][self.0 as usize % 3]
        }
        fn flush(&mut self) {}
    }
    let element = HtmlMediaElement::new(Box::new(Careless(0)));
    let (mut page, id) = prepared(Page::of(MediaSource::new(config()), element));
    append(&mut page, id, video(0, 1000));
    page.element.play();
    page.settle();
    advance(&mut page, 0.9);
    let quality = page.element.video_playback_quality(900.0);
    let counts = (quality.total_video_frames, quality.dropped_video_frames, quality.corrupted_video_frames);
    // That of 0.9 s is the tenth.
    assert_eq!((quality.creation_time, counts), (900.0, (10, 4, 3)));
    page.source.end_of_stream(None).unwrap();
    advance(&mut page, 5.0);
    assert_eq!(quality.total_video_frames, 10);
    assert!(page.element.ended());
    assert_eq!(page.element.video_playback_quality(0.0).total_video_frames, 10);
}

/// EME-1, EME-2, EME-3, EME-7: runs of adjacent `pssh` boxes, each an event, behind
/// `loadedmetadata`, and at each segment again.
#[test]
fn protection_headers_are_told_as_encrypted() {
    use mse_testkit::isobmff::{edit, protection_header};
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../media/h264-aac.mp4")).unwrap();
    let moov = edit::find(&file, "moov").unwrap();
    let (one, two) = (protection_header(&[1; 16], b"one"), protection_header(&[2; 16], b"second"));
    let free = [0, 0, 0, 8, b'f', b'r', b'e', b'e'];
    let mut payload = file[moov.start + 8..moov.end].to_vec();
    for part in [&one[..], &two, &free, &two] {
        payload.extend_from_slice(part);
    }
    let mut bytes = file[..moov.start].to_vec();
    bytes.extend_from_slice(&mse_testkit::isobmff::boxes::boxed(b"moov", &payload));

    let mut page = Page::new(config());
    page.settle();
    let id = page.source.add_source_buffer("video/mp4").unwrap();
    page.settle();
    for first in [true, false] {
        page.source.source_buffer(id).unwrap().append_buffer(bytes.clone().into()).unwrap();
        let events = page.settle();
        let encrypted: Vec<usize> =
            (0..events.len()).filter(|&index| events[index] == "element encrypted").collect();
        assert_eq!(encrypted.len(), 2, "{events:?}");
        assert_eq!(events[encrypted[0] - 1] == "element loadedmetadata", first, "{events:?}");
        assert_eq!(events[encrypted[1] + 1..], ["sb0 update", "sb0 updateend"]);
    }
    page.source.source_buffer(id).unwrap().append_buffer(bytes.into()).unwrap();
    page.source.run_inline();
    page.element.poll();
    let data: Vec<_> =
        std::iter::from_fn(|| page.element.poll_event()).filter_map(|event| event.init_data).collect();
    assert_eq!(data.iter().map(|data| data.init_data_type).collect::<Vec<_>>(), ["cenc", "cenc"]);
    assert_eq!(data[0].init_data, [one, two.clone()].concat());
    assert_eq!(data[1].init_data, two);
}

/// MMS-4..7, EVT-15, EVT-16: a managed source wants data until there is enough, and again when
/// there is little.
#[test]
fn a_managed_source_says_when_to_stream() {
    let mut page = Page::new(Config { managed: Some(mse::ManagedPolicy::default()), ..config() });
    let events = page.settle();
    assert_eq!(events.last().map(String::as_str), Some("mediasource startstreaming"));
    assert!(page.source.streaming());
    let id = page.source.add_source_buffer(mock::VIDEO).unwrap();
    let mut bytes = BytesMut::from(&init()[..]);
    bytes.extend_from_slice(&video(0, 31_000));
    let events = append(&mut page, id, bytes.freeze());
    assert!(
        events.ends_with("sb:bufferedchange · sb:update · sb:updateend · mediasource endstreaming"),
        "{events}"
    );
    assert!(!page.source.streaming());
    page.element.play();
    page.settle();
    assert_eq!(advance(&mut page, 20.0), "");
    assert_eq!(advance(&mut page, 1.5), "mediasource startstreaming");
}

/// The same time in one piece and in many plays the same.
#[test]
fn time_in_pieces_is_the_same_time() {
    let play = |pieces: u32| {
        let (mut page, id) = page();
        append(&mut page, id, video(0, 3000));
        append(&mut page, id, video(5000, 8000));
        page.element.play();
        let mut events = page.settle();
        for _ in 0..pieces {
            events.extend(page.advance(4.0 / f64::from(pieces)));
        }
        (events.join(" · "), page.element.current_time(), page.element.video_playback_quality(0.0))
    };
    assert_eq!(play(1), play(400));
}

/// BSF-6, ISO-38: a picture of another size says `resize` when it is played, not when it is
/// appended.
#[test]
fn a_picture_of_another_size_resizes() {
    let file = |name: &str| std::fs::read(format!("{}/../media/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut page = Page::new(config());
    page.settle();
    let id = page.source.add_source_buffer("video/mp4").unwrap();
    let first = append(&mut page, id, file("h264-switch-low.mp4").into());
    assert_eq!(first.matches("resize").count(), 1, "{first}");
    let low = page.element.video_size();
    let end = page.source.source_buffer(id).unwrap().buffered().unwrap().end().unwrap().to_seconds();
    page.source.source_buffer(id).unwrap().set_timestamp_offset(end).unwrap();
    let second = append(&mut page, id, file("h264-switch-high.mp4").into());
    assert_eq!((second.matches("resize").count(), page.element.video_size()), (0, low), "{second}");
    page.element.play();
    page.settle();
    let played = advance(&mut page, end + 0.2);
    assert_eq!(played.matches("resize").count(), 1, "{played}");
    assert!(page.element.video_size() > low, "{low:?} {:?}", page.element.video_size());
}

/// HTML's `played`: where the position came by playing, and not by seeking.
#[test]
fn played_is_what_the_position_went_through() {
    let (mut page, id) = page();
    append(&mut page, id, video(0, 5000));
    let played = |page: &Page| frames::ranges(page.element.played());
    page.advance(1.0);
    assert_eq!(played(&page), "{ }", "it is paused");
    page.element.play();
    page.advance(1.0);
    page.element.set_current_time(3.0).unwrap();
    page.settle();
    page.advance(0.5);
    assert_eq!(played(&page), "{ [0,1000) [3000,3500) }");
    page.element.set_playback_rate(2.0);
    page.element.set_current_time(0.5).unwrap();
    page.settle();
    page.advance(1.0);
    assert_eq!(played(&page), "{ [0,2500) [3000,3500) }");
    page.element.load();
    assert_eq!(played(&page), "{ }");
}
