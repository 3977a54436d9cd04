//! Seeking: what decoders are fed from a position on (SEEK-1 to SEEK-3, SEEK-5).

use crate::fixture::{Page, join, read_all, segment, video_init};
use crate::helpers::{pair, steps};
use mse::{MediaDescription, Read};
use mse_testkit::frames::ms;

/// SEEK-1: to a position that is not buffered, and data arrives.
#[test]
fn a_seek_to_where_nothing_is_waits_for_data() {
    let mut page = pair();
    page.append(0, "0K 1000");
    page.append(1, "0K 1000K");
    page.told();
    page.seek(20.0);
    page.outputs();
    assert_eq!(steps(&mut page), "HaveMetadata");
    page.append(0, "20000K 21000 22000 23000");
    assert_eq!(steps(&mut page), "", "the sound is still missing");
    page.append(1, "20000K 21000K");
    assert_eq!(steps(&mut page), "HaveCurrentData · HaveFutureData");
}

/// SEEK-3, SEEK-5: from the random access point at or before the position, in decode order.
#[test]
fn frames_come_from_the_random_access_point_before_the_position() {
    let mut page = Page::video();
    page.append(0, "0|0D40K 120|40D40 40|80D40 80|120D40 160|160D40K 280|200D40 200|240D40 240|280D40");
    let group = "160K 280|200 200|240 240|280 need-data";
    for position in [0.16, 0.2, 0.25, 0.3] {
        assert_eq!(page.reads(0, position), group, "from {position}");
    }
    assert_eq!(page.reads(0, 0.159), format!("0K 120|40 40|80 80|120 {group}"));
}

/// SEEK-3: each target with the description in force when it was appended (TB-9), not the one
/// appended last.
#[test]
fn a_decoder_is_set_up_for_the_frames_at_the_position() {
    let init = |generation, width| {
        let mut track = mse_testkit::mock::MockTrack::video(1).generation(generation);
        track.size.0 = width;
        mse_testkit::mock::init(None, &[track])
    };
    let mut page = Page::with_type(mse_testkit::mock::VIDEO);
    let media = [init(1, 320), segment("0K 40"), init(2, 640), segment("80K 120")];
    page.append_bytes(0, join(&media)).unwrap();
    page.outputs();
    for (position, expected) in [(0, 320), (100, 640), (50, 320)] {
        let mut reader = page.reader(0, 0);
        reader.seek(ms(position));
        let Read::DescriptionChanged(description) = reader.read() else { panic!("no description") };
        let MediaDescription::Video(video) = &description.media else { panic!("no video") };
        assert_eq!(video.coded_width, expected, "at {position}");
    }
}

/// SEEK-3: a reader that has read elsewhere is set up anew when it seeks back.
#[test]
fn a_seek_back_changes_the_description_back() {
    let mut page = Page::video();
    page.append_bytes(0, join(&[segment("0K 40"), video_init(2), segment("80K 120")])).unwrap();
    page.outputs();
    let mut reader = page.reader(0, 0);
    reader.seek(ms(80));
    assert_eq!(read_all(&mut reader), "80K 120 need-data");
    reader.seek(ms(0));
    assert!(matches!(reader.read(), Read::DescriptionChanged(_)));
    assert_eq!(read_all(&mut reader), "0K 40 C 80K 120 need-data");
}

/// DEF-8, OPN-10: a position shortly before the first range plays from its start, and `buffered`
/// still says where it is.
#[test]
fn a_late_start_is_played_and_reported_as_it_is() {
    let mut page = Page::video();
    page.append(0, "500K 540");
    assert_eq!(page.ranges(0), "{ [500,580) }");
    assert_eq!(page.reads(0, 0.0), "500K 540 need-data");
    // Within the presentation a gap is a gap, however small the step over it.
    page.append(0, "1000K 1040");
    assert_eq!(page.ranges(0), "{ [500,580) [1000,1080) }");
    assert_eq!(page.reads(0, 0.99), "need-data");
}
