//! Boxes that only decorate: whatever is wrong with one, the tracks and their frames are those
//! without it (ISO-9, ISO-12, ISO-38, ISO-43).

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use bytes::Bytes;
use common::{AVCC, media, movie, samples, whole};
use mse_core::{InitSegment, MediaDescription, VideoDescription};
use mse_testkit::isobmff::boxes::{Fields, boxed, container, full_box};
use mse_testkit::isobmff::{Movie, MovieTrack, Segment, TrackFragment, edit, itun_smpb, sample_entry};

/// Path of the parent at whose end a box is put, and the box.
type Row = (&'static str, Vec<u8>);

/// One of each kind.
fn decorations() -> Vec<Row> {
    let video = "moov/trak/mdia/minf/stbl/stsd/avc1";
    let audio = "moov/trak[1]/mdia/minf/stbl/stsd/mp4a";
    let mdia = "moov/trak/mdia";
    let stbl = "moov/trak[1]/mdia/minf/stbl";
    let roll = Fields::new().bytes(b"roll").u32(2).u32(1).u16(0xFFFF).finish();
    let members = Fields::new().bytes(b"rap ").u32(1).u32(1).u32(0x1_0001).finish();
    let hdlr = Fields::new().zeros(4).bytes(b"vide").zeros(12).bytes(b"name\0").finish();
    vec![
        (video, boxed(b"colr", b"nclx\0\x09\0\x10\0\x09\x80")),
        (video, boxed(b"colr", b"nclc\0\x09\0\x10\0\x09")),
        (video, boxed(b"colr", b"prof and an ICC profile")),
        (video, boxed(b"pasp", &[0, 0, 0, 4, 0, 0, 0, 3])),
        (video, boxed(b"clap", &Fields::new().u32(120).u32(1).u32(80).u32(1).zeros(16).finish())),
        (video, boxed(b"mdcv", &[1; 24])),
        (video, boxed(b"clli", &[0, 9, 0, 9])),
        (video, boxed(b"btrt", &[0; 12])),
        (video, boxed(b"fiel", &[1, 0])),
        (video, boxed(b"gama", &[0, 2, 0, 0])),
        (video, full_box(b"st3d", 0, 0, &[1])),
        (video, boxed(b"sv3d", &boxed(b"proj", &[0; 9]))),
        (video, boxed(b"vexu", &boxed(b"eyes", &[0; 9]))),
        (video, boxed(b"amve", &[0; 8])),
        (audio, boxed(b"btrt", &[0; 12])),
        (audio, full_box(b"chnl", 0, 0, &[1, 2, 0, 0, 0, 0, 0, 0, 0, 0])),
        (audio, full_box(b"chan", 0, 0, &[0; 12])),
        (audio, full_box(b"srat", 0, 0, &[0, 0, 0xBB, 0x80])),
        (mdia, full_box(b"elng", 0, 0, b"de-CH\0")),
        (mdia, full_box(b"hdlr", 0, 0, &hdlr)),
        ("moov/trak", container(b"udta", &[boxed(b"name", b"x"), boxed(&[0xA9, b'n', b'a', b'm'], b"y")])),
        ("moov/trak", container(b"tref", &[boxed(b"cdsc", &[0, 0, 0, 1])])),
        ("moov/trak", full_box(b"meta", 0, 0, &boxed(b"hdlr", &[0; 24]))),
        ("moov/trak/mdia/minf", full_box(b"vmhd", 0, 1, &[0; 8])),
        (stbl, full_box(b"sgpd", 1, 0, &roll)),
        (stbl, full_box(b"sdtp", 0, 0, &[0; 9])),
        (stbl, full_box(b"cslg", 0, 0, &[0; 20])),
        ("moov/mvex", full_box(b"mehd", 0, 0, &[0, 0, 1, 0])),
        ("moov", itun_smpb(" 00000000 00000000 00000000 0000000000FFFFFF 0")),
        ("moov", full_box(b"meta", 0, 0, &boxed(b"hdlr", &[0; 24]))),
        ("moov", boxed(b"iods", &[0; 16])),
        ("moov", boxed(b"uuid", &[7; 30])),
        ("moov", boxed(b"free", &[7; 30])),
        ("moof/traf", full_box(b"sbgp", 0, 0, &members)),
        ("moof/traf", full_box(b"sgpd", 1, 0, &roll)),
        ("moof/traf", full_box(b"subs", 0, 0, &[0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])),
        ("moof/traf", full_box(b"sdtp", 0, 0, &[0; 2])),
        ("moof", boxed(b"free", &[7; 30])),
        ("moof", boxed(b"uuid", &[7; 30])),
    ]
}

/// Damaged forms of a box, by name.
fn damages(whole: &[u8]) -> Vec<(String, Vec<u8>)> {
    let name: &[u8; 4] = whole[4..8].try_into().unwrap();
    let payload = &whole[8..];
    let mut all = vec![("nothing".to_owned(), whole.to_vec())];
    for end in 0..payload.len() {
        all.push((format!("ends after {end} bytes"), boxed(name, &payload[..end])));
    }
    for byte in [0, 0x7F, 0xFF] {
        all.push((format!("full of {byte}"), boxed(name, &vec![byte; payload.len()])));
        let mut version = payload.to_vec();
        version[0] = byte;
        all.push((format!("of version {byte}"), boxed(name, &version)));
    }
    all.push(("with bytes behind".to_owned(), boxed(name, &[payload, &[0xFF; 9]].concat())));
    all.push(("twice".to_owned(), whole.repeat(2)));
    all.push(("twice, the first empty".to_owned(), [&boxed(name, &[])[..], whole].concat()));
    all.push(("twice, the second full of ones".to_owned(), [whole, &boxed(name, &[0xFF; 40])].concat()));
    all
}

/// Sizes that the box claims and does not have; it is the last one in its parent.
fn false_sizes(whole: &[u8]) -> Vec<(String, Vec<u8>)> {
    let sizes = [0, 2, 7, whole.len() as u32 + 1, whole.len() as u32 + 1000, u32::MAX];
    let claim = |size: u32| (format!("claims {size} bytes"), [&size.to_be_bytes(), &whole[4..]].concat());
    sizes.map(claim).into()
}

/// A copy with bytes at the end of a box.
fn with(bytes: &[u8], parent: &str, what: &[u8]) -> Vec<u8> {
    let range = edit::find(bytes, parent).unwrap_or_else(|| panic!("no {parent}"));
    edit::replaced(bytes, parent, &grown(&bytes[range], what))
}

fn grown(parent: &[u8], what: &[u8]) -> Vec<u8> {
    let size = (parent.len() + what.len()) as u32;
    [&size.to_be_bytes(), &parent[4..], what].concat()
}

fn segment_with(parent: &str, what: &[u8]) -> Vec<u8> {
    let mut fragment = TrackFragment::new(1, 0, samples(40, &["one", "two"]));
    let mut extra = Vec::new();
    if parent == "moof" {
        extra.push(what.to_vec());
    } else {
        fragment.extra.push(what.to_vec());
    }
    Segment { tracks: vec![fragment], extra, ..Segment::default() }.bytes().to_vec()
}

/// An initialization segment and a segment with the box in its place.
fn stream(parent: &str, what: &[u8]) -> Vec<u8> {
    if parent.starts_with("moof") {
        return [movie().bytes().to_vec(), segment_with(parent, what)].concat();
    }
    let fragment = TrackFragment::new(1, 0, samples(40, &["one", "two"]));
    let init = with(&movie().bytes(), parent, what);
    [init, Segment { tracks: vec![fragment], ..Segment::default() }.bytes().to_vec()].concat()
}

#[test]
fn whatever_is_wrong_with_a_box_that_decorates_everything_plays() {
    let plain = whole(&media(vec![TrackFragment::new(1, 0, samples(40, &["one", "two"]))]));
    for (parent, decoration) in decorations() {
        let name = String::from_utf8_lossy(&decoration[4..8]).into_owned();
        // Groups of encryption are more than decoration.
        let is_last = name != "sgpd" && name != "sbgp" && parent != "moof/traf";
        let sizes = if is_last { false_sizes(&decoration) } else { Vec::new() };
        for (what, damaged) in damages(&decoration).into_iter().chain(sizes) {
            assert_eq!(whole(&stream(parent, &damaged)), plain, "{name} in {parent}, {what}");
        }
    }
}

fn init(bytes: Vec<u8>) -> InitSegment {
    common::init(Bytes::from(bytes))
}

fn video(children: &[Vec<u8>]) -> VideoDescription {
    let entry = sample_entry::visual(b"avc1", 160, 90, &[&[boxed(b"avcC", AVCC)], children].concat());
    let track = MovieTrack { size: (0, 0), ..MovieTrack::video(1, 1000, 160, 90, entry) };
    let init = init(Movie { tracks: vec![track], ..Movie::default() }.bytes().to_vec());
    let MediaDescription::Video(video) = init.tracks[0].descriptions[0].media.clone() else { panic!() };
    video
}

#[test]
fn the_first_box_of_a_kind_that_can_be_read_counts() {
    let broken = |name| [boxed(name, &[]), boxed(name, &[0, 0, 0]), boxed(name, b"what is this")];
    let colr = video(&[&broken(b"colr")[..], &[boxed(b"colr", b"nclx\0\x09\0\x10\0\x09\x80")]].concat());
    assert!(colr.colour.is_some_and(|colour| colour.transfer == 16 && colour.full_range));
    let clli = video(&[boxed(b"clli", &[0]), boxed(b"clli", &[0, 5, 0, 6]), boxed(b"clli", &[0, 7, 0, 8])]);
    assert_eq!(clli.content_light_level.map(|light| light.max_cll), Some(5));
    let mdcv = video(&[boxed(b"mdcv", &[0; 23]), boxed(b"mdcv", &[1; 24])]);
    assert_eq!(mdcv.mastering_display.map(|display| display.white_point), Some((0x0101, 0x0101)));
    let pasp = video(&[boxed(b"pasp", &[0; 8]), boxed(b"pasp", &[0, 0, 0, 4, 0, 0, 0, 3])]);
    assert_eq!(pasp.pixel_aspect, (4, 3));
}

#[test]
fn a_colour_without_its_last_byte_is_of_limited_range() {
    for payload in [&b"nclx\0\x09\0\x10\0\x09"[..], b"nclc\0\x09\0\x10\0\x09", b"nclx\0\x09\0\x10\0\x09\0"] {
        let colour = video(&[boxed(b"colr", payload)]).colour.unwrap();
        assert_eq!((colour.primaries, colour.transfer, colour.matrix, colour.full_range), (9, 16, 9, false));
    }
}

#[test]
fn a_language_may_stand_without_version_and_flags() {
    let language = |payload: &[u8]| {
        let mut track = movie().tracks[0].clone();
        track.language = *b"deu";
        let bytes = Movie { tracks: vec![track], ..Movie::default() }.bytes();
        init(with(&bytes, "moov/trak/mdia", &boxed(b"elng", payload))).tracks[0].language.clone()
    };
    for (payload, expected) in [
        (&b"\0\0\0\0en-US\0"[..], "en-US"),
        (b"\0\0\0\0en-US", "en-US"),
        (b"en-US\0", "en-US"),
        (b"en", "en"),
        (b"\0\0\0\0und\0", ""),
        (b"\0\0\0\0", "deu"),
        (b"\0\0", "deu"),
        (b"", "deu"),
        (b"\xff\xfe\0\0", "deu"),
    ] {
        assert_eq!(language(payload), expected, "{payload:02x?}");
    }
}

#[test]
fn what_is_needed_to_play_is_still_an_error() {
    // ISO-43: of a box that matters, damage is told where it is.
    for (path, code) in [
        ("moov/mvhd", "isobmff.box-truncated"),
        ("moov/trak/tkhd", "isobmff.box-truncated"),
        ("moov/trak/mdia/mdhd", "isobmff.box-truncated"),
        ("moov/trak/mdia/minf/stbl/stsd", "isobmff.box-truncated"),
        ("moov/trak/mdia/minf/stbl/stsd/avc1/avcC", "isobmff.configuration-invalid"),
    ] {
        let name: &[u8; 4] = path.as_bytes().last_chunk().unwrap();
        let word = whole(&edit::replaced(&movie().bytes(), path, &boxed(name, &[]))).pop().unwrap();
        assert!(word.starts_with(code) && word.contains(path.rsplit('/').next().unwrap()), "{word}");
    }
}
