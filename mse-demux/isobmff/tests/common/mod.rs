//! Bytes in, one string an item out.

#![allow(dead_code, reason = "each test crate uses a part")]

use bytes::Bytes;
use mse_core::{Demuxed, Demuxer, InitSegment, Limits, MimeType, ParseError};
use mse_testkit::isobmff::boxes::{boxed, full_box};
use mse_testkit::isobmff::{Movie, MovieTrack, Sample, Segment, TrackFragment, edit, sample_entry};

/// `avcC` of a 160x90 High picture, as x264 writes it (`media/h264-video.mp4`).
pub(crate) const AVCC: &[u8] = &[
    0x01, 0x64, 0x00, 0x0b, 0xff, 0xe1, 0x00, 0x19, 0x67, 0x64, 0x00, 0x0b, 0xac, 0xd9, 0x82, 0x8d, 0xf9,
    0x30, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x0f, 0x14, 0x29, 0x9a, 0x01,
    0x00, 0x06, 0x68, 0xe9, 0x78, 0x31, 0x2c, 0x8b, 0xfd, 0xf8, 0xf8, 0x00,
];

pub(crate) fn demuxer() -> Box<dyn Demuxer> {
    demuxer_with(&Limits::default())
}

pub(crate) fn demuxer_with(limits: &Limits) -> Box<dyn Demuxer> {
    (mse_isobmff::FORMAT.new_demuxer)(&MimeType::parse("video/mp4").unwrap(), limits)
}

/// A movie with a video track 1 (timescale 1000) and an audio track 2 (timescale 48000).
pub(crate) fn movie() -> Movie {
    let video = sample_entry::avc1(160, 90, AVCC);
    let audio = sample_entry::mp4a(2, 48_000, &[0x11, 0x90]);
    let tracks = vec![MovieTrack::video(1, 1000, 160, 90, video), MovieTrack::audio(2, 48_000, audio)];
    Movie { tracks, ..Movie::default() }
}

/// Samples whose data are the words.
pub(crate) fn samples(duration: u32, words: &[&'static str]) -> Vec<Sample> {
    words.iter().map(|word| Sample::new(duration, *word)).collect()
}

/// A segment of these track fragments, behind the initialization segment of [`movie`].
pub(crate) fn media(tracks: Vec<TrackFragment>) -> Vec<u8> {
    [movie().bytes(), Segment { tracks, ..Segment::default() }.bytes()].concat()
}

/// `CODE at OFFSET in PATH, track N`.
pub(crate) fn error_word(error: &ParseError) -> String {
    let track = error.track.map_or_else(String::new, |track| format!(", track {track}"));
    format!("{} at {} in {}{track}", error.code, error.offset, error.path)
}

/// One word an item: `init`, `start`, `end`, a frame as `TRACK:DATA@PTS|DTS+DURATION[K]` in
/// milliseconds, or the error.
pub(crate) fn words(demuxer: &mut dyn Demuxer) -> Vec<String> {
    let mut words = Vec::new();
    loop {
        match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return words,
            Ok(Demuxed::InitSegment(_)) => words.push("init".to_owned()),
            Ok(Demuxed::MediaSegmentStart) => words.push("start".to_owned()),
            Ok(Demuxed::MediaSegmentEnd) => words.push("end".to_owned()),
            Ok(Demuxed::Lost(loss)) => words.push(format!("lost {loss}")),
            Ok(Demuxed::InitData(data)) => words.push(format!("data {}", data.init_data.len())),
            Ok(Demuxed::InbandEvent(event)) => words.push(format!("event {}", event.scheme_id_uri)),
            Ok(Demuxed::Frame(frame)) => {
                let ms = mse_testkit::frames::milliseconds;
                let (pts, dts) = (ms(frame.presentation_timestamp), ms(frame.decode_timestamp));
                let data = String::from_utf8_lossy(&frame.data);
                let key = if frame.is_random_access_point { "K" } else { "" };
                words.push(format!("{}:{data}@{pts}|{dts}+{}{key}", frame.track_id, ms(frame.duration)));
            }
            Err(error) => {
                words.push(error_word(&error));
                return words;
            }
        }
    }
}

/// Everything at once.
pub(crate) fn whole(bytes: &[u8]) -> Vec<String> {
    let mut demuxer = demuxer();
    demuxer.push(Bytes::copy_from_slice(bytes));
    words(demuxer.as_mut())
}

/// In pieces of `size` bytes, up to the first error.
pub(crate) fn split(bytes: &[u8], size: usize) -> Vec<String> {
    split_at(bytes, || size)
}

/// In pieces of any sizes, up to the first error.
pub(crate) fn split_at(mut bytes: &[u8], mut size: impl FnMut() -> usize) -> Vec<String> {
    let mut demuxer = demuxer();
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(size().min(bytes.len()));
        bytes = rest;
        demuxer.push(Bytes::copy_from_slice(piece));
        all.extend(words(demuxer.as_mut()));
        if all.last().is_some_and(|word| word.contains(" at ")) {
            break;
        }
    }
    all
}

/// The initialization segment in `bytes`.
pub(crate) fn init(bytes: Bytes) -> InitSegment {
    let mut demuxer = demuxer();
    demuxer.push(bytes);
    match demuxer.poll() {
        Ok(Demuxed::InitSegment(init)) => init,
        other => panic!("{other:?}"),
    }
}

/// A file that is not fragmented, of one track in one chunk: samples that last as long, and the
/// numbers of those in `stss`.
pub(crate) fn file(track: MovieTrack, duration: u32, samples: &[Vec<u8>], sync: Option<&[u32]>) -> Vec<u8> {
    let numbers =
        |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let count = samples.len() as u32;
    let sizes: Vec<u32> = samples.iter().map(|sample| sample.len() as u32).collect();
    let tables = |data_start: u32| {
        let mut tables = vec![
            full_box(b"stts", 0, 0, &numbers(&[1, count, duration])),
            full_box(b"stsc", 0, 0, &numbers(&[1, 1, count, 1])),
            full_box(b"stsz", 0, 0, &numbers(&[&[0, count], &sizes[..]].concat())),
            full_box(b"stco", 0, 0, &numbers(&[1, data_start])),
        ];
        if let Some(sync) = sync {
            tables.push(full_box(b"stss", 0, 0, &numbers(&[&[sync.len() as u32], sync].concat())));
        }
        tables.concat()
    };
    let header = |data_start| {
        let movie = Movie { tracks: vec![track.clone()], movie_extends: false, ..Movie::default() };
        let mut bytes = movie.bytes().to_vec();
        for name in ["stsc", "stsz", "stco"] {
            bytes = edit::without(&bytes, &format!("moov/trak/mdia/minf/stbl/{name}"));
        }
        edit::replaced(&bytes, "moov/trak/mdia/minf/stbl/stts", &tables(data_start))
    };
    let data_start = header(0).len() as u32 + 8;
    [header(data_start), boxed(b"mdat", &samples.concat())].concat()
}

pub(crate) fn progressive_demuxer() -> Box<dyn Demuxer> {
    (mse_isobmff::PROGRESSIVE.new_demuxer)(&MimeType::parse("video/mp4").unwrap(), &Limits::default())
}
