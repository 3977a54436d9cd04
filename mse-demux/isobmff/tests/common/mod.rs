//! Bytes in, one string an item out.

#![allow(dead_code, reason = "each test crate uses a part")]

use bytes::Bytes;
use mse_core::{Demuxed, Demuxer, InitSegment, Limits, MimeType, ParseError};
use mse_testkit::isobmff::{Movie, MovieTrack, Sample, Segment, TrackFragment, sample_entry};

/// `avcC` of a 160x90 High picture, as x264 writes it.
pub(crate) const AVCC: &[u8] = &[
    1, 0x64, 0, 0x0b, 0xff, 0xe1, 0, 0x1a, 0x67, 0x64, 0x00, 0x0b, 0xac, 0xd9, 0x42, 0x8c, 0xfb, 0x01, 0x10,
    0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0x20, 0xf1, 0x42, 0x99, 0x60, 1, 0, 6, 0x68, 0xeb,
    0xe3, 0xcb, 0x22, 0xc0,
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

/// One word an item: `init`, `start`, `end`, a frame as `TRACK:DATA@PTS|DTS+DURATION[K]` in milliseconds, or the error.
pub(crate) fn words(demuxer: &mut dyn Demuxer) -> Vec<String> {
    let mut words = Vec::new();
    loop {
        match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return words,
            Ok(Demuxed::InitSegment(_)) => words.push("init".to_owned()),
            Ok(Demuxed::MediaSegmentStart) => words.push("start".to_owned()),
            Ok(Demuxed::MediaSegmentEnd) => words.push("end".to_owned()),
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

/// Random numbers (xorshift), the same for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}
