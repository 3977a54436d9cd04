//! Places in the bytes: of errors that the engine finds, of losses, and of the structure that the
//! input ends inside of (BSF-10, SPL-2).

use crate::fixture::{Page, config, join, segment, segment_of, video_init};
use bytes::Bytes;
use mse_testkit::mock::{self, MockTrack};

/// The error of the appends of `bytes` in pieces, as `CODE at OFFSET in PATH`.
fn error_of(bytes: &Bytes, piece: usize) -> String {
    let mut page = Page::with_type(mock::VIDEO);
    for start in (0..bytes.len()).step_by(piece) {
        page.append_bytes(0, bytes.slice(start..bytes.len().min(start + piece))).unwrap();
        page.outputs();
        if let Some(error) = page.receipt(0).error {
            return format!("{} at {} in {}", error.code, error.offset, error.path);
        }
    }
    "no error".to_owned()
}

#[test]
fn an_error_of_the_engine_says_the_box_whatever_the_pieces() {
    let unknown_codec = mock::init(None, &[MockTrack::video(1).codec("nothing")]);
    let two_tracks = mock::init(None, &[MockTrack::video(1), MockTrack::video(2)]);
    let cases = [
        (join(&[mock::skip(20), segment("0K")]), "mse.no-initialization-segment at 20 in frag"),
        (join(&[mock::skip(30), unknown_codec]), "mse.unsupported-codec at 30 in init"),
        (join(&[mock::skip(9), mock::init(None, &[])]), "mse.no-tracks at 9 in init"),
        (join(&[video_init(1), segment("0K"), two_tracks]), "mse.track-count-changed at 106 in init"),
    ];
    for (bytes, expected) in cases {
        for piece in [1, 2, 3, 7, 13, 64, bytes.len()] {
            assert_eq!(error_of(&bytes, piece), expected, "in pieces of {piece}");
        }
    }
}

#[test]
fn an_error_of_the_format_says_the_box_whatever_the_pieces() {
    let bytes = join(&[video_init(1), segment("0K"), segment_of(7, "40K"), segment("80K")]);
    let expected = error_of(&bytes, bytes.len());
    assert!(expected.starts_with("mock.unknown-track at "), "{expected}");
    for piece in 1..40 {
        assert_eq!(error_of(&bytes, piece), expected, "in pieces of {piece}");
    }
}

#[test]
fn a_loss_is_in_the_receipt_and_the_append_goes_on() {
    let mut page = Page::video();
    let at = video_init(1).len();
    page.append_bytes(0, join(&[segment("0D40K"), mock::lost(30), segment("40D40K")])).unwrap();
    assert_eq!(page.outputs(), "updatestart · task · update · updateend");
    assert_eq!(page.ranges(0), "{ [0,80) }");
    let receipt = page.receipt(0);
    let lost: Vec<String> = receipt.lost.iter().map(ToString::to_string).collect();
    let place = at + segment("0D40K").len();
    assert_eq!(lost, [format!("30 bytes lost at byte {place} in lost: A box that is lost. (mock.lost)")]);
    assert_eq!((receipt.losses.get("mock.lost"), receipt.bytes_lost), (1, 30));
}

#[test]
fn losses_are_counted_and_only_the_first_are_listed() {
    let mut config = config();
    config.timeline.dropped_frames_logged = 3;
    let mut page = Page::with(config);
    page.add(mock::VIDEO).unwrap();
    page.append_bytes(0, join(&vec![mock::lost(10); 100])).unwrap();
    page.outputs();
    let receipt = page.receipt(0);
    assert_eq!((receipt.losses.total(), receipt.bytes_lost, receipt.lost.len()), (100, 1000, 3));
}

#[test]
fn input_that_ends_inside_a_box_says_what_it_waits_for() {
    let mut page = Page::video();
    let (init, media) = (video_init(1).len(), segment("0D40K 40D40"));
    let awaits = |page: &mut Page| page.receipt(0).awaits.map(|awaited| awaited.to_string());
    page.append_bytes(0, media.slice(..20)).unwrap();
    page.outputs();
    let expected = format!("12 of 44 bytes of smpl, which begins at byte {}", init + 8);
    assert_eq!(awaits(&mut page), Some(expected));
    page.append_bytes(0, media.slice(20..)).unwrap();
    page.outputs();
    assert_eq!(awaits(&mut page), None);
    page.append_bytes(0, segment("80D40").slice(..3)).unwrap();
    page.outputs();
    let expected = format!("3 of 8 bytes of box header, which begins at byte {}", init + media.len());
    assert_eq!(awaits(&mut page), Some(expected));
}
