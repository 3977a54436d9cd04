//! Coded frame processing as a page sees it: durations, groups, overlaps, what must not be lost
//! (CFP, DEF, OPN).

use crate::fixture::{Page, config, join, segment, video_init};
use crate::helpers::{audio_init, file};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::DropReason;
use mse::timeline::GapPolicy;
use mse::{AppendMode, MediaTime, Read};
use mse_testkit::mock::{self, MockTrack};
use mse_testkit::{frames, frames::ms};

/// The stored frames of track buffer 0, with their durations.
fn stored(page: &mut Page) -> String {
    let token = |frame| frames::full_token(&frame).split(':').next().unwrap_or("").to_owned();
    let all = page.sb(0).with_track_buffers(|buffers| buffers.tracks()[0].frames().collect::<Vec<_>>());
    all.into_iter().map(token).collect::<Vec<_>>().join(" ")
}

/// DEF-3: samples by sample rate, exactly, for each frame of a real file.
#[test]
fn an_audio_frame_lasts_as_long_as_its_samples() {
    for (name, rate) in [("aac-mono-44100.mp4", 44_100), ("aac-audio.mp4", 48_000)] {
        let mut page = Page::with_type("audio/mp4");
        page.append_bytes(0, file(name)).unwrap();
        page.outputs();
        let expected = MediaTime::from_ticks(1024, rate.try_into().unwrap()).unwrap();
        let mut reader = page.reader(0, 0);
        let start = page.sb(0).buffered().unwrap().start().unwrap();
        reader.seek(start);
        let mut last: Option<mse::CodedFrame> = None;
        let mut count = 0;
        loop {
            match reader.read() {
                Read::Frame(frame) if frame.is_decode_only() => {}
                Read::Frame(frame) => {
                    if let Some(last) = last {
                        assert_eq!(last.duration, expected, "{name}");
                        assert_eq!(last.presentation_timestamp + last.duration, frame.presentation_timestamp);
                    }
                    last = Some(frame);
                    count += 1;
                }
                Read::DescriptionChanged(_) => {}
                _ => break,
            }
        }
        assert!(count > 10, "{name}");
    }
}

/// DEF-4: start inclusive, end exclusive, in presentation order whatever the decode order (DEF-9).
#[test]
fn a_frame_covers_from_its_presentation_timestamp_to_its_end() {
    let mut page = Page::video();
    page.append(0, "40|0D30K");
    assert_eq!(page.ranges(0), "{ [40,70) }");
    let buffered = page.sb(0).buffered().unwrap();
    assert!(buffered.contains(ms(40)) && buffered.contains(ms(69)) && !buffered.contains(ms(70)));
}

/// CFP-1, CFP-32, DEF-6: without timestamps in the media, decode and presentation timestamps are
/// the same, one after another.
#[test]
fn generated_timestamps_begin_where_the_last_frame_ended() {
    let mut page = Page::with_type(mock::GENERATED);
    page.append_bytes(0, join(&[audio_init(), segment("700|3D20K 0|9D30K")])).unwrap();
    page.outputs();
    assert_eq!(stored(&mut page), "0D20K 20D30K");
    assert_eq!(page.sb(0).timestamp_offset(), 0.05);
    page.append(0, "0D10K");
    assert_eq!(stored(&mut page), "0D20K 20D30K 50D10K");
}

/// CFP-37, CFP-10: within one media segment too, where the format does not forbid it.
#[test]
fn a_decode_timestamp_that_goes_back_begins_a_new_group() {
    let mut page = Page::video();
    page.append(0, "1000D1000K 2000D1000 0D500K 500D500 5000D500 5500D500K");
    assert_eq!(page.receipt(0).error, None);
    assert_eq!(page.ranges(0), "{ [0,3000) [5500,6000) }");
    assert_eq!(page.receipt(0).frames_dropped.get(DropReason::NeedsRandomAccessPoint), 1);
}

/// BSF-8: whatever the timescales of the tracks and the order of the segments.
#[test]
fn all_segments_share_one_timeline() {
    let (picture, sound) = (MockTrack::video(1).timescale(90_000), MockTrack::audio(2).timescale(44_100));
    let tracks = [picture, sound];
    let media = |id, tokens| mock::segment_of(&tracks, &frames::frames_of(mse::TrackId(id), tokens));
    let mut page = Page::with_type(mock::MUXED);
    let stream = [
        mock::init(None, &tracks),
        media(2, "1000D1000K"),
        media(1, "1000D1000K"),
        media(1, "0D1000K"),
        media(2, "0D1000K"),
    ];
    page.append_bytes(0, join(&stream)).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,2000) }");
}

/// BSF-9, TB-7: the gap shows neither in `buffered` nor to a decoder.
#[test]
fn a_gap_smaller_than_an_audio_frame_is_played_over() {
    let mut page = Page::with_type(mock::AUDIO);
    page.append_bytes(0, join(&[audio_init(), segment("0D23K 23D23K"), segment("66D23K 89D23K")])).unwrap();
    page.outputs();
    assert_eq!(page.ranges(0), "{ [0,112) }");
    assert_eq!(page.element_ranges(), "{ [0,112) }");
    assert_eq!(page.reads(0, 0.0), "0K 23K 66K 89K need-data");
}

/// DIS-5, OPN-2, TB-6: twice the longest frame by default, strictly; or what the embedder says.
#[test]
fn how_wide_a_gap_may_be_is_a_policy() {
    let ranges = |policy: Option<GapPolicy>| {
        let mut config = config();
        if let Some(policy) = policy {
            config.timeline.gap_policy = policy;
        }
        let mut page = Page::with(config);
        page.add(mock::VIDEO).unwrap();
        page.append_bytes(0, video_init(1)).unwrap();
        page.outputs();
        for tokens in ["0D40K", "119D40K", "239D40K"] {
            page.append(0, tokens);
            page.sb(0).abort().unwrap();
        }
        page.ranges(0)
    };
    assert_eq!(ranges(None), "{ [0,159) [239,279) }");
    assert_eq!(ranges(Some(GapPolicy::Frames)), ranges(None));
    assert_eq!(ranges(Some(GapPolicy::OneFrame)), "{ [0,40) [119,159) [239,279) }");
    assert_eq!(ranges(Some(GapPolicy::Fixed(ms(0)))), "{ [0,40) [119,159) [239,279) }");
    assert_eq!(ranges(Some(GapPolicy::Fixed(ms(100)))), "{ [0,279) }");
}

/// WPT-25: frames of 2 µs side by side; the tolerance of 1 µs is for the frame that is overlapped,
/// not for its neighbour (CFP-22).
#[test]
fn a_frame_of_two_microseconds_does_not_push_its_neighbour_out() {
    let mut page = Page::video();
    page.append(0, "0D0.002K 0.002D0.002K 0.004D0.002K");
    assert_eq!(stored(&mut page), "0D0.002K 0.002D0.002K 0.004D0.002K");
    page.sb(0).abort().unwrap();
    page.append(0, "0.002D0.002K");
    assert_eq!(stored(&mut page), "0D0.002K 0.002D0.002K 0.004D0.002K");
    page.sb(0).abort().unwrap();
    page.append(0, "0.0025D0.002K");
    assert_eq!(stored(&mut page), "0D0.002K 0.0025D0.002K");
}

/// WPT-30: as many frames as before, with the new content.
#[test]
fn appending_the_same_range_again_replaces_each_frame() {
    let mut page = Page::video();
    let group = "0D40K 120|40D40 40|80D40 80|120D40 160|160D40K 200|200D40";
    page.append(0, group);
    let before = stored(&mut page);
    page.append_bytes(0, join(&[video_init(2), segment(group)])).unwrap();
    page.outputs();
    assert_eq!(stored(&mut page), before);
    let generations = page.sb(0).with_track_buffers(|buffers| {
        let of = |frame: mse::timeline::StoredFrame| frame.description.configuration.bytes.last().copied();
        buffers.tracks()[0].stored_frames().map(of).collect::<Vec<_>>()
    });
    assert_eq!(generations, [Some(2); 6]);
}

/// CFP-22, OPN-3: an overlapped frame that stays keeps its duration; the ranges have no hole and no
/// overlap.
#[test]
fn a_frame_whose_tail_is_overlapped_keeps_its_duration() {
    let mut page = Page::video();
    page.append(0, "0D1000K");
    page.sb(0).abort().unwrap();
    page.append(0, "500D1000K");
    assert_eq!(stored(&mut page), "0D1000K 500D1000K");
    assert_eq!(page.ranges(0), "{ [0,1500) }");
}

/// CFP-26, OPN-6, EX-10: reordered frames, appended one by one over old ones, leave each other
/// alone.
#[test]
fn frames_of_one_group_do_not_remove_each_other() {
    let tokens = ["0|0D40K", "120|40D40", "40|80D40", "80|120D40"];
    let mut page = Page::video();
    page.append(0, "0D40K 40D40 80D40 120D40 160D40 200D40K");
    page.sb(0).abort().unwrap();
    for token in tokens {
        page.append(0, token);
    }
    assert_eq!(stored(&mut page), "0D40K 120|40D40 40|80D40 80|120D40 200D40K");
}

/// OPN-22, DIS-34: leading pictures need the random access point that they come after; if it is
/// replaced, they go too.
#[test]
fn leading_pictures_go_with_the_frame_that_they_depend_on() {
    let mut page = Page::video();
    page.append(0, "0|0D40K 40|40D40 160|80D40K 80|120D40 120|160D40 200|200D40");
    page.sb(0).abort().unwrap();
    page.append(0, "160D40K 200D40");
    assert_eq!(stored(&mut page), "0D40K 40D40 160D40K 200D40");
}

/// CFP-36, OPN-8: a group that begins earlier, in the same append, takes back nothing of what was
/// there before.
#[test]
fn the_duration_covers_all_groups_of_an_append() {
    let mut page = Page::video();
    page.source.set_duration(1.0).unwrap();
    page.append(0, "5000D1000K 0D1000K 1000D1000");
    assert_eq!(page.ranges(0), "{ [0,2000) [5000,6000) }");
    assert_eq!(page.source.duration(), 6.0);
}

/// CFP-39, DIS-38, OPN-15: what the offset moves before zero is dropped, and the next frame has to
/// be a random access point.
#[test]
fn negative_timestamps_are_dropped() {
    let mut page = Page::video();
    page.sb(0).set_timestamp_offset(-0.1).unwrap();
    page.append(0, "0D40K 40D40 80D40 120D40 160D40K");
    assert_eq!(stored(&mut page), "60D40K");
    assert_eq!(
        (
            page.receipt(0).frames_dropped.get(DropReason::BeforeAppendWindow),
            page.receipt(0).frames_dropped.get(DropReason::NeedsRandomAccessPoint)
        ),
        (3, 1)
    );
}

/// SB-13, CFP-6, EX-6: the attribute shows what the algorithm made of it.
#[test]
fn a_group_start_moves_the_offset() {
    let mut page = Page::video();
    page.sb(0).set_mode(AppendMode::Sequence).unwrap();
    page.append(0, "3000D1000K");
    assert_eq!((page.sb(0).timestamp_offset(), page.ranges(0)), (-3.0, "{ [0,1000) }".to_owned()));
    page.sb(0).set_timestamp_offset(7.0).unwrap();
    assert_eq!(page.sb(0).timestamp_offset(), 7.0);
    page.append(0, "4000D1000K");
    assert_eq!((page.sb(0).timestamp_offset(), page.ranges(0)), (3.0, "{ [0,1000) [7000,8000) }".to_owned()));
}
