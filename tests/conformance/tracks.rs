//! Track objects, their states, and the SourceBuffers that they make active (TRK, TRS).

use crate::fixture::{Page, muxed_init, outcome, video_init};
use mse::interface::MediaSource as _;
use mse::{MediaTrackId, SourceBufferId, TextTrackMode, TrackKind, TrackState};
use mse_testkit::mock;

const MUXED_WITH_TEXT: &str = "video/x-mse-mock; codecs=\"video,audio,text\"";

fn audio_init() -> bytes::Bytes {
    mock::init(None, &[mock::MockTrack::audio(1)])
}

/// A page with these SourceBuffers, in this order, which got their initialization segments in the
/// order of `appends`.
fn page(types: &[(&str, bytes::Bytes)], appends: &[usize]) -> Page {
    let mut page = Page::new();
    for (mime_type, _) in types {
        page.add(mime_type).unwrap();
    }
    for &index in appends {
        page.append_bytes(index, types[index].1.clone()).unwrap();
        page.outputs();
    }
    page.outputs();
    page.told();
    page
}

fn tracks(page: &Page, kind: TrackKind) -> Vec<MediaTrackId> {
    page.source.media_tracks().filter(|track| track.media() == kind).map(|track| track.object).collect()
}

fn set(page: &mut Page, track: MediaTrackId, state: TrackState) -> String {
    page.source.set_track_state(track, state).unwrap();
    page.outputs()
}

fn active(page: &Page) -> Vec<u32> {
    page.source.active_source_buffers().iter().map(|id| id.0).collect()
}

/// TRS-2, TRS-3, EVT-13, DEF-1: sound of its own SourceBuffer, off and on.
#[test]
fn sound_of_its_own_leaves_and_comes_back() {
    let mut page = page(&[(mock::VIDEO, video_init(1)), (mock::AUDIO, audio_init())], &[0, 1]);
    let sound = tracks(&page, TrackKind::Audio)[0];
    let off = set(&mut page, sound, TrackState::Enabled(false));
    assert_eq!(off, "sb1.audioTracks change · activeSourceBuffers removesourcebuffer");
    assert_eq!((active(&page), page.told()), (vec![0], "audio1.0 off".to_owned()));
    assert_eq!(set(&mut page, sound, TrackState::Enabled(false)), "", "what it is already changes nothing");
    let on = set(&mut page, sound, TrackState::Enabled(true));
    assert_eq!(on, "sb1.audioTracks change · activeSourceBuffers addsourcebuffer");
    assert_eq!(active(&page), [0, 1]);
}

/// TRS-1: no picture is selected any more, and then one is again.
#[test]
fn a_picture_that_is_deselected_leaves() {
    let mut page = page(&[(mock::VIDEO, video_init(1)), (mock::AUDIO, audio_init())], &[0, 1]);
    let picture = tracks(&page, TrackKind::Video)[0];
    let off = set(&mut page, picture, TrackState::Selected(false));
    assert_eq!(off, "sb0.videoTracks change · activeSourceBuffers removesourcebuffer");
    let on = set(&mut page, picture, TrackState::Selected(true));
    assert_eq!(on, "sb0.videoTracks change · activeSourceBuffers addsourcebuffer");
    assert_eq!(active(&page), [0, 1], "MS-6: in the order of sourceBuffers, not of activation");
}

/// MS-6, WPT-18: whichever comes first, the active ones are in the order of all.
#[test]
fn active_source_buffers_are_in_the_order_of_all() {
    let types = [(mock::AUDIO, audio_init()), (mock::VIDEO, video_init(1))];
    for appends in [[0, 1], [1, 0]] {
        let mut page = page(&types, &appends);
        assert_eq!(active(&page), [0, 1], "{appends:?}");
        for track in [TrackKind::Audio, TrackKind::Video] {
            let track = tracks(&page, track)[0];
            let kind = page.source.media_track(track).unwrap().media();
            for on in [false, true] {
                let state =
                    if kind == TrackKind::Audio { TrackState::Enabled(on) } else { TrackState::Selected(on) };
                set(&mut page, track, state);
            }
            assert_eq!(active(&page), [0, 1]);
        }
    }
}

/// TRS-5, WPT-18: of two tracks of one SourceBuffer either keeps it active.
#[test]
fn a_muxed_source_buffer_is_active_as_long_as_one_track_is() {
    let mut page = page(&[(mock::MUXED, muxed_init())], &[0]);
    let (sound, picture) = (tracks(&page, TrackKind::Audio)[0], tracks(&page, TrackKind::Video)[0]);
    assert_eq!(set(&mut page, sound, TrackState::Enabled(false)), "sb0.audioTracks change");
    assert_eq!(
        set(&mut page, picture, TrackState::Selected(false)),
        "sb0.videoTracks change · activeSourceBuffers removesourcebuffer"
    );
    assert_eq!(
        set(&mut page, sound, TrackState::Enabled(true)),
        "sb0.audioTracks change · activeSourceBuffers addsourcebuffer"
    );
    assert_eq!(set(&mut page, picture, TrackState::Selected(true)), "sb0.videoTracks change");
}

/// TRS-1, ISR-11, TRK-2: one picture is selected over all SourceBuffers; the previous one's leaves
/// before the new one's comes.
#[test]
fn one_picture_is_selected_over_all_source_buffers() {
    let mut page = page(&[(mock::VIDEO, video_init(1)), (mock::VIDEO, video_init(1))], &[0, 1]);
    let pictures = tracks(&page, TrackKind::Video);
    let selected = |page: &Page| -> Vec<bool> {
        pictures.iter().map(|&track| page.source.media_track(track).unwrap().state.is_active()).collect()
    };
    assert_eq!((selected(&page), active(&page)), (vec![false, true], vec![1]), "the one that came last");
    let events = set(&mut page, pictures[0], TrackState::Selected(true));
    assert_eq!(
        events,
        "sb0.videoTracks change · sb1.videoTracks change · activeSourceBuffers removesourcebuffer · \
         activeSourceBuffers addsourcebuffer"
    );
    assert_eq!((selected(&page), active(&page)), (vec![true, false], vec![0]));
}

/// TRS-4, ISR-12, TTK-1, TTK-6, DEF-1: text begins disabled; showing or hidden it is active, and
/// from one to the other only `change` fires.
#[test]
fn text_is_active_when_it_is_showing_or_hidden() {
    let init = mock::init(
        None,
        &[
            mock::MockTrack::new(TrackKind::Video, 1),
            mock::MockTrack::new(TrackKind::Audio, 2),
            mock::MockTrack::new(TrackKind::Text, 3),
        ],
    );
    let mut page = page(&[(MUXED_WITH_TEXT, init)], &[0]);
    let text = tracks(&page, TrackKind::Text)[0];
    assert_eq!(page.source.media_track(text).unwrap().state, TrackState::Mode(TextTrackMode::Disabled));
    for track in [tracks(&page, TrackKind::Audio)[0], tracks(&page, TrackKind::Video)[0]] {
        let kind = page.source.media_track(track).unwrap().media();
        let off =
            if kind == TrackKind::Audio { TrackState::Enabled(false) } else { TrackState::Selected(false) };
        set(&mut page, track, off);
    }
    assert_eq!(active(&page), [0_u32; 0]);
    let mode = |page: &mut Page, mode| set(page, text, TrackState::Mode(mode));
    let change = "sb0.textTracks change";
    assert_eq!(
        mode(&mut page, TextTrackMode::Hidden),
        format!("{change} · activeSourceBuffers addsourcebuffer")
    );
    assert_eq!(mode(&mut page, TextTrackMode::Showing), change);
    assert_eq!(
        mode(&mut page, TextTrackMode::Disabled),
        format!("{change} · activeSourceBuffers removesourcebuffer")
    );
}

/// TRS-7, MON-1, EL-2: what is active is what the element buffers, and monitoring runs at once.
#[test]
fn what_becomes_inactive_no_longer_gates_the_element() {
    let mut page = page(&[(mock::VIDEO, video_init(1)), (mock::AUDIO, audio_init())], &[0, 1]);
    page.append(0, "0K 1000 2000 3000 4000");
    page.told();
    assert_eq!(page.element_ranges(), "{ }", "sound is missing");
    let sound = tracks(&page, TrackKind::Audio)[0];
    set(&mut page, sound, TrackState::Enabled(false));
    assert_eq!(page.element_ranges(), "{ [0,5000) }");
    assert_eq!(page.told(), "audio1.0 off · HaveCurrentData · HaveFutureData · HaveEnoughData");
    set(&mut page, sound, TrackState::Enabled(true));
    assert_eq!((page.element_ranges(), page.told()), ("{ }".into(), "audio1.0 on · HaveMetadata".into()));
}

/// TRK-1, TRK-4, MS-15, SB-16, WPT-19, DIS-27: unique ids, and nothing of a SourceBuffer that went.
#[test]
fn tracks_go_with_their_source_buffer() {
    let mut page = page(&[(mock::MUXED, muxed_init()), (mock::AUDIO, audio_init())], &[0, 1]);
    let all: Vec<_> = page.source.media_tracks().cloned().collect();
    let mut ids: Vec<&str> = all.iter().map(|track| track.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((all.len(), ids.len()), (3, 3));
    assert_eq!(page.sb(0).tracks().len(), 2);
    let sound = all
        .iter()
        .find(|track| track.key.source_buffer == SourceBufferId(0) && track.media() == TrackKind::Audio);
    let sound = sound.unwrap().object;
    page.source.remove_source_buffer(SourceBufferId(0)).unwrap();
    page.outputs();
    assert!(page.source.media_track(sound).is_none() && page.sb(0).tracks().is_empty());
    assert_eq!(outcome(page.source.set_track_state(sound, TrackState::Enabled(false))), "NotFoundError");
}

/// TRK-2: an attribute that a track of its kind does not have is a type error, and changes nothing.
#[test]
fn an_attribute_belongs_to_its_kind() {
    let mut page = page(&[(mock::VIDEO, video_init(1))], &[0]);
    let picture = tracks(&page, TrackKind::Video)[0];
    for state in [TrackState::Enabled(false), TrackState::Mode(TextTrackMode::Showing)] {
        assert_eq!(outcome(page.source.set_track_state(picture, state)), "TypeError");
    }
    assert_eq!((page.outputs(), active(&page)), (String::new(), vec![0]));
}
