//! New frames over old ones: what goes, what stays, what is cut (CFP-19 to CFP-27, ASF, TSF).

use crate::fixture::{Page, join, segment};
use mse::interface::SourceBuffer as _;
use mse_testkit::frames;
use mse_testkit::mock::{self, MockTrack};

/// Appends to a track of a kind, aborts, appends again; the stored frames with their durations and
/// where they came from.
fn over(track: MockTrack, old: &str, new: &str) -> String {
    let mut page = Page::with_type("video/x-mse-mock; codecs=\"video,audio,text\"");
    page.append_bytes(0, join(&[mock::init(None, &[track]), segment(old)])).unwrap();
    page.outputs();
    page.sb(0).abort().unwrap();
    page.append(0, new);
    let all = page.sb(0).with_track_buffers(|buffers| buffers.tracks()[0].frames().collect::<Vec<_>>());
    let word = |frame: &mse::CodedFrame| frames::full_token(frame).split(':').next().unwrap_or("").to_owned();
    all.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// CFP-20, CFP-22, DIS-6: the old frame in whose interval the new group begins goes if it began
/// less than a microsecond before, else stays.
#[test]
fn a_group_of_pictures_that_begins_inside_a_frame() {
    let old = "0D1000K 1000D1000K";
    let rows = [
        ("0D1000K", "0D1000K 1000D1000K"),
        ("0.0005D900K", "0.0005D900K 1000D1000K"),
        ("0.001D500K", "0D1000K 0.001D500K 1000D1000K"),
        ("500D500K", "0D1000K 500D500K 1000D1000K"),
        ("500D600K", "0D1000K 500D600K"),
        ("1000D1000K", "0D1000K 1000D1000K"),
        ("2000D1000K", "0D1000K 1000D1000K 2000D1000K"),
    ];
    for (new, expected) in rows {
        assert_eq!(over(MockTrack::video(1), old, new), expected, "{new}");
    }
}

/// CFP-20: only where a group begins. Inside a group what the frames cover goes by CFP-24.
#[test]
fn inside_a_group_nothing_is_looked_for() {
    let mut page = Page::video();
    page.append(0, "0D1000K 900D1000K 1800D1000K");
    assert_eq!(page.reads(0, 0.0), "0K 900K 1800K need-data");
}

/// CFP-21, ASF-3, DIS-7: the old sound ends where the new begins, whatever the distance; no hole,
/// and the new frame keeps its time.
#[test]
fn a_group_of_sound_that_begins_inside_a_frame() {
    let old = "0D100K 100D100K 200D100K";
    let rows = [
        ("50D100K", "0D50K 50D100K 200D100K"),
        ("100D100K", "0D100K 100D100K 200D100K"),
        ("150D100K", "0D100K 100D50K 150D100K"),
        ("250D100K", "0D100K 100D100K 200D50K 250D100K"),
        ("300D100K", "0D100K 100D100K 200D100K 300D100K"),
    ];
    for (new, expected) in rows {
        assert_eq!(over(MockTrack::audio(1).sample_rate(1000), old, new), expected, "{new}");
    }
}

/// CFP-23, TSF-1, EX-27, OPN-31: a cue that is showing ends where the new one begins; those that
/// begin under it go.
#[test]
fn a_cue_that_begins_while_another_shows() {
    let old = "0D10000K 4000D1000K 5000D1000K 7000D1000K";
    let rows = [
        ("4500D1000K", "0D4500K 4000D1000K 4500D1000K 7000D1000K"),
        ("3000D500K", "0D3000K 3000D500K 4000D1000K 5000D1000K 7000D1000K"),
        ("0D500K", "0D500K 4000D1000K 5000D1000K 7000D1000K"),
    ];
    for (new, expected) in rows {
        assert_eq!(over(MockTrack::text(1), old, new), expected, "{new}");
    }
}

/// CFP-24: nothing before the new frame, everything that begins within it; and, in a group that
/// goes on, from its highest end.
#[test]
fn what_begins_within_the_new_frames_goes() {
    let old = "0D100K 100D100K 200D100K 300D100K 400D100K 500D100K";
    let rows = [
        ("200D100K", "0D100K 100D100K 200D100K 300D100K 400D100K 500D100K"),
        ("200D101K", "0D100K 100D100K 200D101K 400D100K 500D100K"),
        ("100D100K 200D100 300D100", "0D100K 100D100K 200D100 300D100 400D100K 500D100K"),
        // CFP-25: the old frame in the small gap behind the group goes too.
        ("100D100K 300D100", "0D100K 100D100K 300D100 400D100K 500D100K"),
    ];
    for (new, expected) in rows {
        assert_eq!(over(MockTrack::video(1), old, new), expected, "{new}");
    }
}

/// CFP-26: up to the next random access point, in decode order.
#[test]
fn what_depends_on_a_removed_frame_goes_with_it() {
    let old = "0D100K 100D100 200D100 300D100K 400D100 500D100";
    let rows = [
        ("0D100K", "0D100K 300D100K 400D100 500D100"),
        ("100D100K", "0D100K 100D100K 300D100K 400D100 500D100"),
        ("200D100K", "0D100K 100D100 200D100K 300D100K 400D100 500D100"),
        ("300D100K", "0D100K 100D100 200D100 300D100K"),
        ("500D100K", "0D100K 100D100 200D100 300D100K 400D100 500D100K"),
    ];
    for (new, expected) in rows {
        assert_eq!(over(MockTrack::video(1), old, new), expected, "{new}");
    }
}

/// CFP-19, CFP-27: what is stored is the frame itself, its three times and its bytes.
#[test]
fn the_frame_itself_is_stored() {
    let mut page = Page::video();
    page.append(0, "140|100D40K 180|140D30");
    let all = page.sb(0).with_track_buffers(|buffers| buffers.tracks()[0].frames().collect::<Vec<_>>());
    let tokens: Vec<_> = all.iter().map(frames::full_token).collect();
    assert_eq!(tokens, ["140|100D40K:140|100D40K", "180|140D30:180|140D30"]);
}

/// CFP-2, CFP-9: each frame to the track buffer of its track, at the times that the media says in
/// its track's timescale.
#[test]
fn each_frame_goes_to_its_own_track_buffer() {
    let tracks = [MockTrack::video(7).timescale(30_000), MockTrack::audio(4).timescale(48_000)];
    let frames = |id, tokens| frames::frames_of(mse::TrackId(id), tokens);
    let all = [frames(7, "1000D100K"), frames(4, "2000D20K"), frames(7, "1100D100")].concat();
    let mut page = Page::with_type(mock::MUXED);
    page.append_bytes(0, join(&[mock::init(None, &tracks), mock::segment_of(&tracks, &all)])).unwrap();
    page.outputs();
    let stored = page.sb(0).with_track_buffers(|buffers| {
        let of = |track: &mse::timeline::TrackBuffer| {
            format!("{} {}", track.kind(), frames::tokens(&track.frames().collect::<Vec<_>>()))
        };
        buffers.tracks().iter().map(of).collect::<Vec<_>>()
    });
    assert_eq!(stored, ["audio 2000K", "video 1000K 1100"]);
    // BSF-10 (a), DIS-9: no track of that id.
    page.append_bytes(0, crate::fixture::segment_of(5, "3000D20K")).unwrap();
    page.outputs();
    assert!(page.receipt(0).error.is_some_and(|error| error.row.starts_with("BSF-10")));
}
