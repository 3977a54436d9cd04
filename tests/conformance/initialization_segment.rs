//! Initialization segment received: track objects, active SourceBuffers, readiness (ISR, TRK, TTK).

use crate::fixture::{Page, join, muxed_init, segment, segment_of, video_init};
use crate::helpers::{audio_init, pair, steps};
use bytes::Bytes;
use mse::ElementReadyState;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::DropReason;
use mse_testkit::isobmff::{Movie, MovieTrack, sample_entry};
use mse_testkit::mock::{self, MockTrack};

const UPDATED: &str = "updatestart · task · update · updateend";

fn track(track: MockTrack, kinds: &[&str], label: &str, language: &str) -> MockTrack {
    let kinds = kinds.iter().map(|&kind| kind.to_owned()).collect();
    MockTrack { kinds, label: label.to_owned(), language: language.to_owned(), ..track }
}

/// Appends an initialization segment to a new SourceBuffer that takes every kind; the events.
fn received(tracks: &[MockTrack]) -> (Page, String) {
    let mut page = Page::with_type("video/x-mse-mock; codecs=\"video,audio,text\"");
    page.append_bytes(0, mock::init(None, tracks)).unwrap();
    let events = page.outputs();
    (page, events)
}

/// The track objects: kind, label and language of each.
fn objects(page: &mut Page, index: usize) -> Vec<String> {
    let sb = page.sb(index);
    let say = |track: &mse::MediaTrack| format!("'{}' '{}' '{}'", track.kind, track.label, track.language);
    sb.tracks().iter().map(say).collect()
}

/// The events of removing the SourceBuffer: `change` tells which lists had an active track.
fn removal(page: &mut Page) -> String {
    let id = page.id(0);
    page.source.remove_source_buffer(id).unwrap();
    page.outputs()
}

/// ISR-8, ISR-9, TB-1: one object for each kind of a track, or one without; one track buffer; only
/// the first object is enabled.
#[test]
fn an_audio_track_with_two_kinds_is_two_objects_on_one_track_buffer() {
    let tracks = [
        track(MockTrack::audio(1), &["main", "descriptions"], "Deutsch", "de"),
        track(MockTrack::audio(2), &[], "", "und"),
    ];
    let (mut page, events) = received(&tracks);
    assert_eq!(objects(&mut page, 0), ["'main' 'Deutsch' 'de'", "'descriptions' 'Deutsch' 'de'", "'' '' ''"]);
    assert_eq!(events.matches("audioTracks addtrack").count(), 3);
    assert_eq!(page.sb(0).with_track_buffers(|buffers| buffers.tracks().len()), 2);
    let removal = removal(&mut page);
    assert_eq!(removal.matches("audioTracks removetrack").count(), 3);
    assert_eq!(removal.matches("audioTracks change").count(), 1, "one was enabled");
}

/// ISR-11: the first of the SourceBuffer is selected.
#[test]
fn the_first_video_track_is_selected() {
    let tracks = [MockTrack::video(5), MockTrack::video(3)];
    let (mut page, events) = received(&tracks);
    assert_eq!(events.matches("videoTracks addtrack").count(), 2);
    assert_eq!(page.source.active_source_buffers().len(), 1);
    let removal = removal(&mut page);
    assert_eq!(removal.matches("videoTracks removetrack").count(), 2);
    assert_eq!(removal.matches("videoTracks change").count(), 1);
}

/// ISR-12, ISR-6: text begins disabled, so the active track flag stays false.
#[test]
fn a_text_track_makes_nothing_active() {
    let (mut page, events) = received(&[track(MockTrack::text(4), &["subtitles"], "Untertitel", "de")]);
    assert_eq!(events, "updatestart · task · sb0.textTracks addtrack · update · updateend");
    assert_eq!(objects(&mut page, 0), ["'subtitles' 'Untertitel' 'de'"]);
    assert!(page.source.active_source_buffers().is_empty());
    assert!(!removal(&mut page).contains("textTracks change"));
}

/// ISR-13, ISR-14: audio, video, text, whatever the order of the bytes, and then the SourceBuffer
/// becomes active, once.
#[test]
fn tracks_come_in_the_order_of_their_kinds_and_then_the_source_buffer_is_active() {
    let (page, events) =
        received(&[MockTrack::text(1), MockTrack::video(2), MockTrack::audio(3), MockTrack::audio(4)]);
    assert_eq!(
        events,
        "updatestart · task · sb0.audioTracks addtrack · sb0.audioTracks addtrack · sb0.videoTracks addtrack · \
         sb0.textTracks addtrack · activeSourceBuffers addsourcebuffer · update · updateend"
    );
    assert_eq!(page.source.active_source_buffers(), [page.id(0)]);
}

/// ISR-5, ISR-6, ISR-14: the first initialization segment received flag is set; nothing of this
/// happens again.
#[test]
fn a_later_initialization_segment_changes_no_track_object() {
    let first = track(MockTrack::audio(1), &["main"], "one", "en");
    let second = track(MockTrack::audio(1), &["commentary", "alternative"], "two", "fr");
    let (mut page, _) = received(&[first]);
    let before = objects(&mut page, 0);
    page.append_bytes(0, mock::init(None, &[second])).unwrap();
    assert_eq!(page.outputs(), UPDATED);
    assert_eq!(objects(&mut page, 0), before);
}

/// SB-16: in the order they were created, until the SourceBuffer is removed.
#[test]
fn a_source_buffer_lists_its_tracks_until_it_is_removed() {
    let label = |track: MockTrack, label| self::track(track, &[], label, "");
    let tracks =
        [label(MockTrack::video(1), "v"), label(MockTrack::audio(2), "a"), label(MockTrack::audio(3), "b")];
    let (mut page, _) = received(&tracks);
    assert_eq!(objects(&mut page, 0), ["'' 'a' ''", "'' 'b' ''", "'' 'v' ''"]);
    removal(&mut page);
    assert!(page.sb(0).tracks().is_empty());
}

/// TRK-1: the creating SourceBuffer as long as it is in the list. TRK-4: ids differ though the
/// tracks of both have id 1.
#[test]
fn tracks_name_their_source_buffer_and_have_ids_of_their_own() {
    let mut page = pair();
    let mut of = |index| page.sb(index).tracks()[0].clone();
    let (picture, sound) = (of(0), of(1));
    assert_eq!((picture.key.source_buffer, sound.key.source_buffer), (page.id(0), page.id(1)));
    assert_ne!(picture.id, sound.id);
    let audio = page.id(1);
    page.source.remove_source_buffer(audio).unwrap();
    assert!(!page.source.source_buffers().contains(&sound.key.source_buffer));
    assert!(page.sb(1).tracks().is_empty());
}

/// TRK-3, MS-15: each track comes to and leaves the SourceBuffer's list and the element's.
#[test]
fn the_elements_lists_hear_of_the_same_tracks() {
    let (mut page, events) = received(&[MockTrack::video(1), MockTrack::audio(2), MockTrack::text(3)]);
    let told =
        |page: &mut Page, sign: char| page.told().split(" · ").filter(|word| word.starts_with(sign)).count();
    assert_eq!((events.matches("addtrack").count(), told(&mut page, '+')), (3, 3));
    let events = removal(&mut page);
    assert_eq!((events.matches("removetrack").count(), told(&mut page, '-')), (3, 3));
}

/// ISR-16, DRB-1: a SourceBuffer that becomes active during playback brings the element back, a
/// later initialization segment of one that is active does not.
#[test]
fn only_a_new_active_source_buffer_takes_the_element_back() {
    let mut page = Page::video();
    page.append(0, "0K 1000 2000 3000");
    page.append_bytes(0, video_init(2)).unwrap();
    page.outputs();
    assert_eq!(page.element.ready_state, ElementReadyState::HaveEnoughData);
    page.add(mock::AUDIO).unwrap();
    page.outputs();
    page.told();
    page.append_bytes(1, audio_init()).unwrap();
    page.outputs();
    assert_eq!(steps(&mut page), "HaveMetadata");
}

/// WPT-28.
#[test]
fn two_audio_tracks_may_come_again() {
    let init = || mock::init(None, &[MockTrack::audio(1), MockTrack::audio(2)]);
    let mut page = Page::with_type("audio/x-mse-mock; codecs=\"audio,audio\"");
    for _ in 0..2 {
        page.append_bytes(0, init()).unwrap();
        let events = page.outputs();
        assert!(events.ends_with("update · updateend") && !events.contains("error"), "{events}");
    }
    page.append_bytes(0, join(&[segment_of(1, "0D20K"), segment_of(2, "0D20K")])).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,20) }");
}

fn movie(tracks: &[(u32, &[u8; 3])]) -> Bytes {
    let entry = || sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
    let track = |&(id, language): &(u32, &[u8; 3])| MovieTrack {
        language: *language,
        ..MovieTrack::audio(id, 48_000, entry())
    };
    Movie { tracks: tracks.iter().map(track).collect(), ..Movie::default() }.bytes()
}

/// WPT-19, ISO-10: what a real movie says of its tracks; and they are gone with their SourceBuffer.
#[test]
fn tracks_of_a_movie_have_its_attributes() {
    let mut page = Page::with_type("audio/mp4");
    page.append_bytes(0, movie(&[(1, b"eng"), (2, b"und")])).unwrap();
    page.outputs();
    assert_eq!(objects(&mut page, 0), ["'main' '' 'eng'", "'translation' '' ''"]);
    let ids: Vec<_> = page.sb(0).tracks().iter().map(|track| track.id.clone()).collect();
    assert_ne!(ids[0], ids[1]);
    page.source.detach();
    page.outputs();
    assert!(page.sb(0).tracks().is_empty());
}

/// ISR-1: before the checks, and only while the duration is NaN.
#[test]
fn the_first_initialization_segment_of_all_sets_the_duration() {
    let init =
        |seconds: Option<f64>| mock::init(seconds.map(mse::MediaTime::from_seconds), &[MockTrack::video(1)]);
    for (first, expected) in [(Some(12.5), 12.5), (None, f64::INFINITY)] {
        let mut page = Page::with_type(mock::VIDEO);
        page.add(mock::VIDEO).unwrap();
        page.append_bytes(0, init(first)).unwrap();
        page.outputs();
        assert_eq!(page.source.duration(), expected);
        page.append_bytes(1, init(Some(3.0))).unwrap();
        page.outputs();
        assert_eq!(page.source.duration(), expected, "another SourceBuffer");
    }
}

/// ISR-3 (c), ISR-4: a codec that was not named in the type is taken as long as it is supported.
#[test]
fn a_codec_that_the_type_did_not_name_is_taken_if_it_is_supported() {
    let mut page = Page::with_type("video/mp4; codecs=\"avc1.4d001e\"");
    page.append_bytes(0, movie(&[(1, b"und")])).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).error, None);
    assert_eq!(page.sb(0).tracks().len(), 1);
}

/// ISR-5 (3.3): the need random access point flag, and nothing else: the group goes on.
#[test]
fn after_a_later_initialization_segment_every_track_needs_a_random_access_point() {
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, join(&[muxed_init(), segment_of(1, "0D40K 40D40"), segment_of(2, "0D40K 40D40")]))
        .unwrap();
    page.outputs();
    page.append_bytes(0, join(&[muxed_init(), segment_of(1, "80D40 120D40K"), segment_of(2, "80D40K")]))
        .unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).frames_dropped.get(DropReason::NeedsRandomAccessPoint), 1);
    let last = page.sb(0).with_track_buffers(|buffers| buffers.tracks()[0].last_decode_timestamp());
    assert_eq!(last, Some(mse_testkit::frames::ms(80)));
}

/// DEF-13: whatever the kinds of the two.
#[test]
fn two_tracks_of_one_id_are_an_error() {
    let (mut page, _) = received(&[MockTrack::video(1), MockTrack::audio(1)]);
    assert_eq!(page.receipt(0).error.map(|error| error.row), Some("DEF-13"));
    assert!(page.sb(0).tracks().is_empty());
}

/// ISR-17 does not run for a SourceBuffer that waits, and the append after it is like any other.
#[test]
fn media_before_metadata_is_kept() {
    let mut page = Page::with_type(mock::VIDEO);
    page.add(mock::AUDIO).unwrap();
    page.append_bytes(0, join(&[video_init(1), segment("0K 40")])).unwrap();
    page.outputs();
    assert_eq!(page.element.ready_state, ElementReadyState::HaveNothing);
    assert_eq!(page.ranges(0), "{ [0,80) }");
}

/// ISR-2: of the first as of a later one; the duration was set before (ISR-1).
#[test]
fn an_initialization_segment_without_tracks_is_an_error() {
    let (page, events) = received(&[]);
    assert!(
        events.starts_with("updatestart · task · error · updateend · mediasource sourceended"),
        "{events}"
    );
    assert!(page.source.source_buffers().is_empty(), "at HAVE_NOTHING");
    let mut page = Page::video();
    page.append_bytes(0, mock::init(None, &[])).unwrap();
    page.outputs();
    assert_eq!(page.receipt(0).error.map(|error| error.row), Some("ISR-2"));
}

/// ISR-10: in the order audio, video, text (ISR-13), each with its description, empty.
#[test]
fn each_track_has_a_track_buffer() {
    let (mut page, _) = received(&[MockTrack::text(1), MockTrack::video(2), MockTrack::audio(3)]);
    let buffers = page.sb(0).with_track_buffers(|buffers| {
        let of = |track: &mse::timeline::TrackBuffer| {
            format!("{} {} {} {}", track.kind(), track.id(), track.descriptions().len(), track.frame_count())
        };
        buffers.tracks().iter().map(of).collect::<Vec<_>>()
    });
    assert_eq!(buffers, ["audio 3 1 0", "video 2 1 0", "text 1 1 0"]);
}

/// ISR-15: by the first and by every later initialization segment; a refused one does not (ISR-3).
#[test]
fn an_initialization_segment_ends_the_wait_that_change_type_began() {
    for first in [true, false] {
        let mut page = if first { Page::with_type(mock::VIDEO) } else { Page::video() };
        page.sb(0).change_type(mock::VIDEO).unwrap();
        page.append_bytes(0, join(&[video_init(1), segment("0K 40")])).unwrap();
        page.outputs();
        assert_eq!((page.receipt(0).error, page.ranges(0)), (None, "{ [0,80) }".to_owned()));
    }
}
