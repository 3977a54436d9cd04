//! `subs` boxes of fragments: the parts of a sample, as side data (ISO/IEC 14496-12 clause 8.7.7).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::movie;
use mse_core::{CodedFrame, Demuxed, Limits, MimeType, Room, SideData};
use mse_testkit::hostile;
use mse_testkit::isobmff::boxes::{Fields, full_box};
use mse_testkit::isobmff::{Sample, Segment, TrackFragment};

/// Entries by the distance of their samples, with the sizes of the parts. The last byte of each
/// part is its place in the entry.
fn subs(version: u8, entries: &[(u32, &[u32])]) -> Vec<u8> {
    let mut fields = Fields::new().u32(entries.len() as u32);
    for (delta, sizes) in entries {
        fields = fields.u32(*delta).bytes(&(sizes.len() as u16).to_be_bytes());
        for (place, size) in sizes.iter().enumerate() {
            let size = size.to_be_bytes();
            fields = fields.bytes(if version == 0 { &size[2..] } else { &size });
            fields = fields.bytes(&[5, 1, 0, 0, 0, place as u8]);
        }
    }
    full_box(b"subs", version, 0, &fields.finish())
}

/// Four samples of ten bytes and these boxes in the `traf`.
fn stream(boxes: Vec<Vec<u8>>) -> Vec<u8> {
    let samples = vec![Sample::new(10, "0123456789"); 4];
    let fragment = TrackFragment { extra: boxes, ..TrackFragment::new(1, 0, samples) };
    let segment = Segment { tracks: vec![fragment], ..Segment::default() }.bytes();
    [&movie().bytes()[..], &segment].concat()
}

/// A word a frame: sizes and places of its parts, `-` without any. Frames are asked for in runs, as
/// the engine does.
fn parts(boxes: Vec<Vec<u8>>) -> String {
    let bytes = stream(boxes);
    hostile::check(&mse_isobmff::FORMAT, &bytes, 7);
    let mime = MimeType::parse("video/mp4").unwrap();
    let mut demuxer = (mse_isobmff::FORMAT.new_demuxer)(&mime, &Limits::default());
    demuxer.push(Bytes::from(bytes));
    let mut run = mse_core::FrameRun::default();
    let mut words = Vec::new();
    loop {
        match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return words.join(" "),
            Ok(Demuxed::Frame(frame)) => {
                words.push(word(&frame));
                run.reset(Room { frames: 9, items: 9, cost: 999, item_cost: 1 });
                demuxer.poll_run(&mut run);
                words.extend((0..run.frames().len()).map(|index| word(&run.coded_frame(index).unwrap())));
            }
            Ok(_) => {}
            Err(error) => return format!("{} {}", error.row, error.code),
        }
    }
}

fn word(frame: &CodedFrame) -> String {
    let Some(side_data) = &frame.side_data else { return "-".to_owned() };
    assert_eq!((side_data.len(), side_data[0].id), (1, SideData::SUB_SAMPLES));
    let parts = side_data[0].data.chunks_exact(10).map(|part| {
        let size = u32::from_be_bytes(part[..4].try_into().unwrap());
        assert_eq!(part[4..9], [5, 1, 0, 0, 0]);
        format!("{size}.{}", part[9])
    });
    parts.collect::<Vec<_>>().join("+")
}

#[test]
fn the_parts_of_a_sample_are_side_data_of_its_frame() {
    for version in [0, 1] {
        assert_eq!(parts(vec![subs(version, &[(1, &[4, 6]), (2, &[10])])]), "4.0+6.1 - 10.0 -");
        assert_eq!(parts(vec![subs(version, &[(4, &[1, 2, 3])])]), "- - - 1.0+2.1+3.2");
    }
    assert_eq!(parts(vec![subs(1, &[])]), "- - - -");
    assert_eq!(parts(vec![]), "- - - -");
}

#[test]
fn parts_that_do_not_fit_are_left_out_and_so_is_what_breaks_off() {
    assert_eq!(parts(vec![subs(1, &[(1, &[4, 7]), (1, &[]), (1, &[u32::MAX, u32::MAX])])]), "- - - -");
    // Distances of nothing go to the next sample, and those beyond the fragment to none.
    assert_eq!(parts(vec![subs(1, &[(0, &[4]), (0, &[5]), (9, &[6])])]), "4.0 5.0 - -");
    let mut broken = subs(1, &[(1, &[4, 6])]);
    let size = broken.len() as u8 - 5;
    broken.truncate(size.into());
    broken[3] = size;
    assert_eq!(parts(vec![broken]), "- - - -");
    assert_eq!(parts(vec![full_box(b"subs", 0, 0, &[0xFF; 5])]), "- - - -");
}
