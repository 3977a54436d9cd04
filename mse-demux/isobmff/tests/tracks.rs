//! Tracks that are nobody's: they are left out and named, whatever they hold and however broken
//! they are (BSF-10, TRK-5, ISR-7).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{demuxer, media, movie, samples};
use mse_core::{Demuxed, Demuxer, InitSegment, TrackKind};
use mse_testkit::isobmff::boxes::{boxed, container, full_box};
use mse_testkit::isobmff::{Movie, MovieTrack, Segment, TableCounts, TrackFragment, edit, sample_entry};

fn of_handler(id: u32, handler: &[u8; 4], entry: &[u8; 4]) -> MovieTrack {
    MovieTrack { extends: None, ..MovieTrack::new(id, handler, 1000, boxed(entry, &[0; 40])) }
}

fn movie_with(track: MovieTrack) -> Movie {
    Movie { tracks: [vec![track], movie().tracks].concat(), ..Movie::default() }
}

fn init(bytes: impl Into<Bytes>) -> InitSegment {
    common::init(bytes.into())
}

/// `NUMBER FORMAT PATH: REASON` of each that is left out.
fn left_out(init: &InitSegment) -> Vec<String> {
    let line = |track: &mse_core::LeftOutTrack| {
        format!("{} {} {}: {}", track.number, track.format, track.path, track.reason)
    };
    init.left_out.iter().map(line).collect()
}

fn ids(init: &InitSegment) -> Vec<u64> {
    init.tracks.iter().map(|track| track.id.0).collect()
}

/// Tracks that cameras, editors and authoring tools put beside sound and pictures.
const STRANGERS: [(&[u8; 4], &[u8; 4], &str); 17] = [
    (b"text", b"text", "QuickTime text is not read"),
    (b"meta", b"mebx", "timed metadata is not read"),
    (b"meta", b"mett", "timed metadata is not read"),
    (b"meta", b"metx", "timed metadata is not read"),
    (b"meta", b"it35", "timed metadata is not read"),
    (b"meta", b"gpmd", "timed metadata is not read"),
    (b"meta", b"zzzz", "its text format is not known"),
    (b"sbtl", b"zzzz", "its text format is not known"),
    (b"subt", b"sbtt", "its text format is not known"),
    (b"tmcd", b"tmcd", "timecodes are not played"),
    (b"hint", b"rtp ", "it tells a server how to send the others"),
    (b"subp", b"mp4s", "subtitles that are pictures are not read"),
    (b"auxv", b"hvc1", "it is no video to be shown"),
    (b"pict", b"hvc1", "it is no video to be shown"),
    (b"camm", b"camm", "its handler camm is no audio, video or text"),
    (b"vide", b"jpeg", "its codec is not known, and another video track can be played"),
    (b"soun", b"apac", "its codec is not known, and another audio track can be played"),
];

#[test]
fn a_track_that_is_nobodys_is_left_out_and_named() {
    for (handler, entry, reason) in STRANGERS {
        let init = init(movie_with(of_handler(9, handler, entry)).bytes());
        assert_eq!(ids(&init), [1, 2]);
        let name = String::from_utf8_lossy(entry);
        assert_eq!(left_out(&init), [format!("9 {name} moov/trak[1]: {reason}")]);
    }
}

#[test]
fn its_samples_are_passed_over_in_fragments_and_in_files() {
    for (handler, entry, _) in STRANGERS {
        // Its samples stand in the moov of a fragmented file, as ffmpeg writes chapters.
        let table_counts = TableCounts { stts: 1, stsc: 1, stsz: 1, stco: 1 };
        let stranger = MovieTrack { table_counts, ..of_handler(9, handler, entry) };
        let fragments = vec![
            TrackFragment::new(9, 0, samples(7, &["strange"])),
            TrackFragment::new(1, 0, samples(40, &["v"])),
        ];
        let segment = Segment { tracks: fragments, ..Segment::default() }.bytes();
        let bytes = [movie_with(stranger).bytes(), segment].concat();
        let name = String::from_utf8_lossy(entry);
        assert_eq!(common::whole(&bytes), ["init", "start", "1:v@0|0+40K", "end"], "{name}");
    }
}

#[test]
fn a_track_that_is_nobodys_may_be_broken_anywhere() {
    // ISO-25, ISO-17, ISO-7, ISO-36: what would be an error of a track that is played.
    let whole = movie_with(of_handler(9, b"meta", b"mebx")).bytes();
    let minf = "moov/trak/mdia/minf";
    let mut broken: Vec<Vec<u8>> = ["mdhd", "minf", "minf/stbl", "minf/stbl/stsd", "minf/stbl/stts"]
        .iter()
        .map(|path| edit::without(&whole, &format!("moov/trak/mdia/{path}")))
        .collect();
    broken.push(edit::patched(&whole, "moov/trak/mdia/mdhd", 20, &[0; 4]));
    broken.push(edit::replaced(&whole, &format!("{minf}/dinf/dref"), &boxed(b"dref", &[1])));
    broken.push(edit::replaced(&whole, &format!("{minf}/stbl/stsd"), &boxed(b"stsd", &[1])));
    broken.push(edit::replaced(&whole, &format!("{minf}/stbl/stsd/mebx"), &boxed(b"mebx", &[])));
    broken.push(
        movie_with(MovieTrack { self_contained: false, ..of_handler(9, b"meta", b"mebx") }).bytes().to_vec(),
    );
    broken.push(movie_with(MovieTrack { id: 1, ..of_handler(9, b"meta", b"mebx") }).bytes().to_vec());
    broken.push(movie_with(MovieTrack { id: 0, ..of_handler(9, b"meta", b"mebx") }).bytes().to_vec());
    let elst = container(b"edts", &[full_box(b"elst", 0, 0, &[0xFF; 20])]);
    broken.push(
        movie_with(MovieTrack { extra: vec![elst], ..of_handler(9, b"meta", b"mebx") }).bytes().to_vec(),
    );
    for (index, bytes) in broken.into_iter().enumerate() {
        let init = init(bytes);
        assert_eq!((ids(&init), init.left_out.len()), (vec![1, 2], 1), "{index}");
    }
}

#[test]
fn a_track_without_sample_description_is_left_out_whatever_its_handler() {
    for handler in [b"vide", b"soun", b"text", b"zzzz"] {
        let bytes = movie_with(of_handler(9, handler, b"avc1")).bytes();
        let init = init(edit::without(&bytes, "moov/trak/mdia/minf/stbl/stsd"));
        assert_eq!((ids(&init), init.left_out[0].number), (vec![1, 2], 9));
    }
}

#[test]
fn a_list_of_chapters_is_left_out_whatever_it_is_made_of() {
    let tref = |kind: &[u8; 4]| container(b"tref", &[boxed(kind, &[0, 0, 0, 9])]);
    for (handler, entry) in [(b"text", b"tx3g"), (b"sbtl", b"tx3g"), (b"vide", b"avc1")] {
        let chapters = MovieTrack { entries: vec![boxed(entry, &[0; 90])], ..of_handler(9, handler, entry) };
        let mut tracks = movie().tracks;
        tracks[0].extra = vec![tref(b"chap")];
        tracks.push(chapters);
        let init = init(Movie { tracks, ..Movie::default() }.bytes());
        let name = String::from_utf8_lossy(entry);
        assert_eq!(left_out(&init), [format!("9 {name} moov/trak[3]: it is a list of chapters")]);
        assert_eq!(ids(&init), [1, 2]);
    }
    // Another reference is none.
    let mut tracks = movie().tracks;
    tracks[0].extra = vec![tref(b"subt")];
    tracks.push(of_handler(9, b"text", b"tx3g"));
    assert_eq!(ids(&init(Movie { tracks, ..Movie::default() }.bytes())), [1, 2, 9]);
}

#[test]
fn an_unknown_codec_of_the_only_track_of_its_kind_is_the_engines_to_refuse() {
    // ISR-7
    let sound = movie().tracks[1].clone();
    let pictures = MovieTrack::new(9, b"vide", 1000, sample_entry::visual(b"zzzz", 16, 8, &[]));
    let init = init(Movie { tracks: vec![pictures, sound], ..Movie::default() }.bytes());
    let codecs: Vec<&str> = init.tracks.iter().map(|track| track.descriptions[0].codec.as_str()).collect();
    assert_eq!((codecs, init.left_out.len()), (vec!["zzzz", "mp4a.40.2"], 0));
}

#[test]
fn an_unknown_codec_that_only_the_configuration_names_is_left_out_beside_a_known_one() {
    // mp4a of an object type that no one here plays: QCELP.
    let entry = sample_entry::audio(b"mp4a", 1, 8000, &[sample_entry::esds(0xE1, &[])]);
    let init = init(movie_with(MovieTrack::audio(9, 8000, entry)).bytes());
    assert_eq!(ids(&init), [1, 2]);
    assert_eq!((init.left_out[0].number, init.left_out[0].format.as_str()), (9, "mp4a"));
    let kinds = init.tracks.iter().flat_map(|track| track.kinds.clone()).collect::<Vec<_>>();
    assert_eq!(kinds, ["main", "main"], "TRK-6: the first that is there is the main one");
}

#[test]
fn a_missing_handler_is_as_good_as_the_media_header_or_the_sample_entry() {
    let kinds =
        |bytes: Vec<u8>| -> Vec<TrackKind> { init(bytes).tracks.iter().map(|track| track.kind).collect() };
    let all = [TrackKind::Video, TrackKind::Audio];
    for track in 0..2 {
        let hdlr = format!("moov/trak[{track}]/mdia/hdlr");
        let without = edit::without(&movie().bytes(), &hdlr);
        assert_eq!(kinds(without), all);
        for end in 0..12 {
            let payload = full_box(b"hdlr", 0, 0, b"\0\0\0\0vide")[8..8 + end].to_vec();
            assert_eq!(
                kinds(edit::replaced(&movie().bytes(), &hdlr, &boxed(b"hdlr", &payload))),
                all,
                "{end}"
            );
        }
    }
}

#[test]
fn track_id_0_is_an_id() {
    let track = MovieTrack { id: 0, ..movie().tracks[0].clone() };
    let init = Movie { tracks: vec![track], ..Movie::default() }.bytes();
    let segment =
        Segment { tracks: vec![TrackFragment::new(0, 0, samples(40, &["v"]))], ..Segment::default() };
    let bytes = [init, segment.bytes()].concat();
    assert_eq!(common::whole(&bytes), ["init", "start", "0:v@0|0+40K", "end"]);
}

#[test]
fn a_segment_type_in_front_of_the_movie_begins_no_segment() {
    let styp = boxed(b"styp", b"msdh\0\0\0\0msdh");
    let segment = |word| {
        Segment { tracks: vec![TrackFragment::new(1, 0, samples(40, &[word]))], ..Segment::default() }.bytes()
    };
    let file = [&styp[..], &movie().bytes(), &segment("a")].concat();
    let once = ["init", "start", "1:a@0|0+40K", "end"];
    assert_eq!(common::whole(&file), once);
    let twice = [&file[..], &file].concat();
    assert_eq!(common::whole(&twice), [once, once].concat());
    // By the letter it could begin one behind a movie, until another movie comes.
    let limits = mse_core::Limits { reading: mse_core::Reading::letter(), ..mse_core::Limits::default() };
    let mut letter = common::demuxer_with(&limits);
    letter.push(twice.into());
    let expected = [once.to_vec(), vec!["start", "end"], once.to_vec()].concat();
    assert_eq!(common::words(letter.as_mut()), expected);
    for size in [1, 7, 64] {
        assert_eq!(common::split(&file, size), once, "{size}");
    }
}

#[test]
fn any_sample_description_index_means_the_only_one() {
    // ISO-39
    for index in [0, 1, 2, 7, u32::MAX] {
        let track =
            TrackFragment { description_index: Some(index), ..TrackFragment::new(1, 0, samples(40, &["v"])) };
        assert_eq!(common::whole(&media(vec![track]))[2], "1:v@0|0+40K", "{index}");
    }
}

fn events(demuxer: &mut dyn Demuxer) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        match demuxer.poll().unwrap() {
            Demuxed::NeedMoreData => return lines,
            Demuxed::InbandEvent(event) => {
                let ms = mse_testkit::frames::milliseconds;
                let (track, time) = (event.track_id.unwrap(), event.presentation_time.map(ms).unwrap());
                lines.push(format!("{} {track}@{time} {:02x?}", event.scheme_id_uri, &event.data[..]));
            }
            Demuxed::Frame(frame) => lines.push(format!("frame {}", frame.track_id)),
            _ => {}
        }
    }
}

#[test]
fn tracks_of_captions_become_events_in_their_order() {
    // TTK-2
    let captions = MovieTrack::new(3, b"clcp", 1000, boxed(b"c608", &[0, 0, 0, 0, 0, 0, 0, 1]));
    let tracks = [movie().tracks, vec![captions]].concat();
    let bytes = Movie { tracks, ..Movie::default() }.bytes();
    let parsed = init(bytes.clone());
    assert_eq!((ids(&parsed), parsed.left_out.len()), (vec![1, 2], 0));
    let line = |pair: &[u8]| mse_testkit::isobmff::Sample::new(40, boxed(b"cdat", pair));
    let empty = mse_testkit::isobmff::Sample::new(40, boxed(b"free", &[]));
    let fragments = vec![
        TrackFragment::new(1, 0, samples(40, &["a", "b", "c"])),
        TrackFragment::new(3, 0, vec![line(&[0x94, 0x2C]), empty, line(&[0x41, 0x42, 0x43, 0x44])]),
    ];
    let segment = Segment { tracks: fragments, ..Segment::default() }.bytes();
    let expected = [
        "frame 1",
        "urn:atsc:a53:part4:cc_data 3@0 [41, ff, fc, 94, 2c]",
        "frame 1",
        "frame 1",
        "urn:atsc:a53:part4:cc_data 3@80 [42, ff, fc, 41, 42, fc, 43, 44]",
    ];
    for size in [1, 50, usize::MAX] {
        let mut demuxer = demuxer();
        let mut lines = Vec::new();
        for piece in [&bytes[..], &segment].concat().chunks(size.min(1 << 20)) {
            demuxer.push(Bytes::copy_from_slice(piece));
            lines.extend(events(demuxer.as_mut()));
        }
        assert_eq!(lines, expected, "{size}");
    }
    // One that cannot be read takes nothing with it.
    let broken = init(edit::without(&bytes, "moov/trak[2]/mdia/mdhd"));
    assert_eq!(left_out(&broken), ["3 c608 moov/trak[3]: it cannot be read"]);
}

#[test]
fn a_movie_of_strangers_only_has_no_tracks() {
    // ISR-2 is the engine's; it can say which there were.
    let strangers = Movie { tracks: vec![of_handler(1, b"meta", b"mebx")], ..Movie::default() };
    let init = init(strangers.bytes());
    assert_eq!(
        (init.tracks.len(), left_out(&init)),
        (0, vec!["1 mebx moov/trak: timed metadata is not read".to_owned()])
    );
}
