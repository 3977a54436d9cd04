//! The ISO BMFF writer and the long streams made with it.

#![allow(clippy::unwrap_used)]

use mse_testkit::isobmff::{
    Brands, DataOffset, Edit, Mdat, Movie, MovieTrack, Reference, Sample, Segment, TrackFragment, TrackRun,
    boxes, edit, sample_entry, segment_index,
};
use mse_testkit::synth;

fn u32_at(bytes: &[u8], position: usize) -> u32 {
    u32::from_be_bytes(*bytes[position..].first_chunk().unwrap())
}

fn names(bytes: &[u8]) -> Vec<String> {
    let (mut names, mut position) = (Vec::new(), 0);
    while position < bytes.len() {
        names.push(String::from_utf8_lossy(&bytes[position + 4..position + 8]).into_owned());
        position += u32_at(bytes, position) as usize;
    }
    assert_eq!(position, bytes.len());
    names
}

fn movie() -> Movie {
    let video = sample_entry::avc1(320, 180, b"configuration");
    let audio = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
    let edits = vec![Edit { duration: 0, media_time: 2000, rate: 1 }];
    let tracks = vec![
        MovieTrack { edits, language: *b"deu", ..MovieTrack::video(1, 30_000, 320, 180, video) },
        MovieTrack::audio(2, 48_000, audio),
    ];
    Movie { tracks, fragment_duration: Some(5000), ..Movie::default() }
}

fn samples(words: &[&'static str]) -> Vec<Sample> {
    words.iter().map(|word| Sample::new(1000, *word)).collect()
}

/// The data that each run of a segment points at, by track and run.
fn data(bytes: &[u8], track: usize, run: usize, len: usize) -> &str {
    let moof = edit::find(bytes, "moof").unwrap();
    let trun = edit::find(bytes, &format!("moof/traf[{track}]/trun[{run}]")).unwrap();
    let start = moof.start + u32_at(bytes, trun.start + 16) as usize;
    std::str::from_utf8(&bytes[start..start + len]).unwrap()
}

#[test]
fn an_initialization_segment_has_its_boxes_where_they_belong() {
    let bytes = movie().bytes();
    assert_eq!(names(&bytes), ["ftyp", "moov"]);
    let children = |path: &str| names(&bytes[edit::find(&bytes, path).unwrap()][8..]);
    assert_eq!(children("moov"), ["mvhd", "trak", "trak", "mvex"]);
    assert_eq!(children("moov/trak"), ["tkhd", "edts", "mdia"]);
    assert_eq!(children("moov/trak[1]"), ["tkhd", "mdia"]);
    assert_eq!(children("moov/trak/mdia/minf/stbl"), ["stsd", "stts", "stsc", "stsz", "stco"]);
    assert_eq!(children("moov/mvex"), ["mehd", "trex", "trex"]);
    let configuration = edit::find(&bytes, "moov/trak/mdia/minf/stbl/stsd/avc1/avcC").unwrap();
    assert_eq!(&bytes[configuration][8..], b"configuration");
    assert!(edit::find(&bytes, "moov/trak[1]/mdia/minf/stbl/stsd/mp4a/esds").is_some());
    let mdhd = edit::find(&bytes, "moov/trak/mdia/mdhd").unwrap();
    assert_eq!(bytes[mdhd.start + 28..][..2], (4_u16 << 10 | 5 << 5 | 21).to_be_bytes());
}

#[test]
fn runs_point_at_their_data_however_it_is_laid_out() {
    let fragment = |id, words: [&[&'static str]; 2]| TrackFragment {
        runs: words.map(|words| TrackRun { samples: samples(words), ..TrackRun::default() }).into(),
        ..TrackFragment::new(id, 7, Vec::new())
    };
    let tracks = vec![fragment(1, [&["a", "bb"], &["ccc"]]), fragment(2, [&["dddd"], &["e"]])];
    for mdat in [Mdat::One, Mdat::Large, Mdat::PerRun] {
        for interleaved in [false, true] {
            let brands = Some(Brands::default());
            let segment = Segment { brands, tracks: tracks.clone(), mdat, interleaved, ..Segment::default() };
            let bytes = segment.bytes();
            let found =
                [(0, 0, 3), (0, 1, 3), (1, 0, 4), (1, 1, 1)].map(|(t, r, len)| data(&bytes, t, r, len));
            assert_eq!(found, ["abb", "ccc", "dddd", "e"], "{mdat:?} {interleaved}");
        }
    }
}

#[test]
fn every_field_of_a_run_can_be_wrong() {
    let run = TrackRun {
        data_offset: DataOffset::Exactly(-5),
        sample_count: Some(u32::MAX),
        samples: samples(&["x"]),
        ..TrackRun::default()
    };
    let track = TrackFragment { decode_time: None, runs: vec![run], ..TrackFragment::new(1, 0, Vec::new()) };
    let bytes = Segment { tracks: vec![track], mdat: Mdat::Missing, ..Segment::default() }.bytes();
    assert_eq!(names(&bytes), ["moof"]);
    assert_eq!(edit::find(&bytes, "moof/traf/tfdt"), None);
    let trun = edit::find(&bytes, "moof/traf/trun").unwrap();
    assert_eq!((u32_at(&bytes, trun.start + 12), u32_at(&bytes, trun.start + 16)), (u32::MAX, -5_i32 as u32));
}

#[test]
fn an_edit_keeps_the_sizes_of_the_parents_right() {
    let bytes = movie().bytes();
    let shorter = edit::without(&bytes, "moov/mvex");
    assert_eq!(names(&shorter[edit::find(&shorter, "moov").unwrap()][8..]), ["mvhd", "trak", "trak"]);
    let longer = edit::replaced(&bytes, "moov/trak[1]/mdia/hdlr", &boxes::boxed(b"free", &[1; 99]));
    assert_eq!(
        names(&longer[edit::find(&longer, "moov/trak[1]/mdia").unwrap()][8..]),
        ["mdhd", "free", "minf"]
    );
    assert_eq!(names(&longer), ["ftyp", "moov"]);
    let patched = edit::patched(&bytes, "moov/mvhd", 20, &0_u32.to_be_bytes());
    assert_eq!(patched.len(), bytes.len());
    assert_ne!(patched, bytes);
}

#[test]
fn a_segment_index_stands_before_its_fragment() {
    let index = segment_index(1, 1000, 0, &[Reference { size: 500, duration: 1000 }]);
    let tracks = vec![TrackFragment::new(1, 0, samples(&["x"]))];
    let bytes = Segment { before: vec![index], tracks, ..Segment::default() }.bytes();
    assert_eq!(names(&bytes), ["sidx", "moof", "mdat"]);
}

/// Samples of a track in a segment, and its decode time.
fn count(bytes: &[u8], track: usize) -> (u64, u64) {
    let trun = edit::find(bytes, &format!("moof/traf[{track}]/trun")).unwrap();
    let tfdt = edit::find(bytes, &format!("moof/traf[{track}]/tfdt")).unwrap();
    let time = u64::from_be_bytes(*bytes[tfdt.start + 12..].first_chunk().unwrap());
    (u32_at(bytes, trun.start + 12).into(), time)
}

#[test]
fn an_hour_of_aac_has_no_gap_and_the_frames_it_claims() {
    let stream = synth::aac(1);
    let frames = stream.frames;
    let mut next = 0;
    for segment in stream {
        let (samples, time) = count(&segment, 0);
        assert_eq!(time, next * 1024);
        assert!((93..=94).contains(&samples));
        next += samples;
    }
    assert_eq!((next, frames), (168_750, 168_750));
}

#[test]
fn a_low_latency_stream_has_one_frame_a_fragment() {
    let segments: Vec<_> = synth::low_latency(130).collect();
    assert_eq!(segments.len(), 130);
    for (index, segment) in segments.iter().enumerate() {
        assert_eq!(count(segment, 0), (1, index as u64 * 1000));
    }
    assert_eq!(segments, synth::low_latency(130).collect::<Vec<_>>());
}

#[test]
fn a_muxed_stream_keeps_its_bitrate_and_the_frames_it_claims() {
    let stream = synth::muxed(60, 4_500_000);
    let (claimed, mut frames, mut bytes) = (stream.frames, 0, 0);
    for segment in stream {
        frames += count(&segment, 0).0 + count(&segment, 1).0;
        bytes += segment.len();
    }
    assert_eq!(frames, claimed);
    let bitrate = bytes * 8 / 60;
    assert!((4_400_000..4_650_000).contains(&bitrate), "{bitrate}");
}
