//! A reset or an end in the middle leaves nothing half done, for every place at which a file can be
//! cut (RPS-4, RPS-5, WEBM-19).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{AVCC, file, movie, progressive_demuxer, samples, words};
use mse_core::{Demuxer, ResetReason};
use mse_testkit::isobmff::boxes::boxed;
use mse_testkit::isobmff::{Brands, Mdat, Movie, MovieTrack, Sample, Segment, TrackFragment, sample_entry};

/// Two segments of two tracks, with what may stand between.
fn fragmented() -> Vec<u8> {
    let times = [0, 0, 3, 0xE8, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7];
    let emsg = mse_testkit::isobmff::boxes::full_box(b"emsg", 0, 0, &[&b"u\0v\0"[..], &times].concat());
    let segment = |time: u32| Segment {
        brands: Some(Brands::default()),
        before: vec![emsg.clone()],
        tracks: vec![
            TrackFragment::new(1, time.into(), samples(40, &["one", "two"])),
            TrackFragment::new(2, u64::from(time) * 48, samples(1920, &["AAAA", "BB"])),
        ],
        interleaved: true,
        mdat: Mdat::PerRun,
        ..Segment::default()
    };
    let pssh = mse_testkit::isobmff::boxes::full_box(b"pssh", 0, 0, &[7; 20]);
    let first = Segment { extra: vec![pssh], ..segment(0) };
    [movie().bytes(), first.bytes(), segment(80).bytes()].concat()
}

fn progressive() -> Vec<u8> {
    let entry = sample_entry::avc1(160, 90, AVCC);
    let track = MovieTrack::video(1, 1000, 160, 90, entry);
    let samples: Vec<Vec<u8>> =
        ["one", "three", "x", "seven"].iter().map(|word| word.as_bytes().to_vec()).collect();
    [file(track, 40, &samples, Some(&[1, 3])), boxed(b"free", &[0; 5])].concat()
}

/// An open end: the last box claims more than there is.
fn of_opus() -> Vec<u8> {
    let entry = sample_entry::opus(2, &[0, 2, 1, 56, 0, 0, 0xBB, 0x80, 0, 0, 0]);
    let movie = Movie { tracks: vec![MovieTrack::audio(2, 48_000, entry)], ..Movie::default() };
    let packets = vec![Sample::new(960, vec![0xF8, 1]), Sample::new(0, vec![0xF8, 2])];
    let segment = Segment { tracks: vec![TrackFragment::new(2, 0, packets)], ..Segment::default() };
    [&movie.bytes()[..], &segment.bytes(), &boxed(b"mdat", &[9; 9])].concat()
}

fn files() -> [Vec<u8>; 3] {
    [fragmented(), progressive(), of_opus()]
}

fn push(demuxer: &mut dyn Demuxer, bytes: &[u8]) -> Vec<String> {
    demuxer.push(Bytes::copy_from_slice(bytes));
    words(demuxer)
}

/// Outputs of a whole file given to a new demuxer.
fn alone(bytes: &[u8]) -> Vec<String> {
    push(progressive_demuxer().as_mut(), bytes)
}

#[test]
fn a_file_behind_any_part_of_one_that_was_aborted_is_as_if_alone() {
    for bytes in files() {
        let expected = alone(&bytes);
        assert!(expected.len() > 4, "{expected:?}");
        for end in 0..=bytes.len() {
            for reason in [ResetReason::Abort, ResetReason::AppendError] {
                let mut demuxer = progressive_demuxer();
                push(demuxer.as_mut(), &bytes[..end]);
                demuxer.reset(reason);
                assert_eq!(words(demuxer.as_mut()), Vec::<String>::new());
                assert_eq!(demuxer.awaits(), None, "{end}");
                assert_eq!(push(demuxer.as_mut(), &bytes), expected, "{end}");
            }
        }
    }
}

#[test]
fn an_end_in_the_middle_ends_no_parse() {
    for bytes in files() {
        let expected = alone(&bytes);
        for end in 0..=bytes.len() {
            let mut demuxer = progressive_demuxer();
            let mut all = push(demuxer.as_mut(), &bytes[..end]);
            demuxer.flush();
            all.extend(words(demuxer.as_mut()));
            all.extend(push(demuxer.as_mut(), &bytes[end..]));
            assert_eq!(all, expected, "{end}");
        }
    }
}

#[test]
fn a_new_timestamp_offset_in_the_middle_changes_nothing() {
    for bytes in files() {
        let expected = alone(&bytes);
        for end in 0..=bytes.len() {
            let mut demuxer = progressive_demuxer();
            let mut all = push(demuxer.as_mut(), &bytes[..end]);
            demuxer.reset(ResetReason::TimestampOffsetSet);
            all.extend(push(demuxer.as_mut(), &bytes[end..]));
            assert_eq!(all, expected, "{end}");
        }
    }
}

#[test]
fn a_file_behind_a_whole_one_is_as_if_alone() {
    let files = files();
    for first in &files {
        for second in &files {
            let mut demuxer = progressive_demuxer();
            push(demuxer.as_mut(), first);
            // A segment that waits for the next box ends with it.
            let mut words = push(demuxer.as_mut(), second);
            if words.first().is_some_and(|word| word == "end") {
                words.remove(0);
            }
            assert_eq!(words, alone(second));
        }
    }
}

#[test]
fn after_an_abort_the_movie_in_force_is_the_last_that_was_told() {
    let bytes = fragmented();
    let init = movie().bytes().len();
    let rest = alone(&bytes)[1..].to_vec();
    for end in init..=bytes.len() {
        let mut demuxer = progressive_demuxer();
        push(demuxer.as_mut(), &bytes[..end]);
        demuxer.reset(ResetReason::Abort);
        assert_eq!(push(demuxer.as_mut(), &bytes[init..]), rest, "{end}");
    }
}

#[test]
fn what_is_awaited_is_the_box_that_is_arriving_and_how_much_of_it_came() {
    let bytes = fragmented();
    let tops: Vec<(usize, usize)> = {
        let mut at = 0;
        std::iter::from_fn(|| {
            let size = u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
            at += size;
            Some((at - size, size))
        })
        .collect()
    };
    for end in 0..=bytes.len() {
        let mut demuxer = progressive_demuxer();
        push(demuxer.as_mut(), &bytes[..end]);
        let awaited = demuxer.awaits().map(|awaited| awaited.to_string());
        let Some(&(start, size)) =
            tops.iter().find(|(start, size)| (*start + 1..*start + size).contains(&end))
        else {
            let between = awaited.is_none_or(|awaited| awaited.contains("of media segment"));
            assert!(between, "{end}");
            continue;
        };
        let name = String::from_utf8_lossy(&bytes[start + 4..start + 8]);
        let have = end - start;
        let expected = match have {
            0..8 => format!("{have} of 8 bytes of box header, which begins at byte {start}"),
            _ => format!("{have} of {size} bytes of {name}, which begins at byte {start}"),
        };
        assert_eq!(awaited, Some(expected), "{end}");
    }
    // The moov of a file came, and not the media data.
    let bytes = progressive();
    let end = mse_testkit::isobmff::edit::find(&bytes, "moov").unwrap().end;
    let mut demuxer = progressive_demuxer();
    push(demuxer.as_mut(), &bytes[..end]);
    let text = format!("{end} bytes of file, which begins at byte 0");
    assert_eq!(demuxer.awaits().map(|awaited| awaited.to_string()), Some(text));
    push(demuxer.as_mut(), &bytes[end..]);
    assert_eq!(demuxer.awaits(), None);
    let bytes = fragmented();

    // The moof came, and not the first byte of its mdat.
    let init = movie().bytes().len();
    let moof = mse_testkit::isobmff::edit::find(&bytes, "moof").unwrap();
    let mut demuxer = progressive_demuxer();
    push(demuxer.as_mut(), &bytes[..moof.end]);
    let text = format!("{} bytes of media segment, which begins at byte {}", moof.len(), moof.start);
    assert_eq!(demuxer.awaits().map(|awaited| awaited.to_string()), Some(text));
    assert!(moof.start > init);
}

/// `OFFSET PATH` of each item.
fn places(bytes: &[u8], size: usize) -> Vec<String> {
    let mut demuxer = progressive_demuxer();
    let mut all = Vec::new();
    for piece in bytes.chunks(size) {
        demuxer.push(Bytes::copy_from_slice(piece));
        while let Ok(item) = demuxer.poll() {
            if item == mse_core::Demuxed::NeedMoreData {
                break;
            }
            let place = demuxer.place().unwrap();
            all.push(format!("{} {}", place.offset, place.path));
        }
    }
    all
}

#[test]
fn every_item_has_a_place_wherever_the_pieces_end() {
    for bytes in files() {
        let whole = places(&bytes, bytes.len());
        for size in [1, 2, 3, 7, 50, 333] {
            assert_eq!(places(&bytes, size), whole, "{size}");
        }
    }
    let bytes = fragmented();
    let find = |path: &str| mse_testkit::isobmff::edit::find(&bytes, path).unwrap().start;
    let expected = [
        format!("{} moov", find("moov")),
        format!("{} moof", find("moof")), // the segment
        format!("{} moof", find("moof")), // init data
        format!("{} moof", find("moof")), // the event that waited for it
        format!("{} moof/traf[1]", find("moof/traf")),
        format!("{} moof/traf[2]", find("moof/traf[1]")),
    ];
    assert_eq!(places(&bytes, 7)[..6], expected);
    let bytes = progressive();
    let file = places(&bytes, 9);
    assert_eq!(
        file[2],
        format!("{} moov/trak", mse_testkit::isobmff::edit::find(&bytes, "moov/trak").unwrap().start)
    );
}
