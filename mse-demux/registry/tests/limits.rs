//! Every limit, of every format that has it: what is as large as the limit is read, and one less is
//! the error that names it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_core::{Demuxed, Limits, MimeType};
use mse_demux::Registry;

/// Reads a stream to its end; the largest frame, or the code of the error.
fn read(mime: &str, bytes: &[u8], limits: &Limits) -> Result<u64, &'static str> {
    let mime = MimeType::parse(mime).unwrap();
    let registry = Registry::default();
    let mut demuxer = registry.find(&mime).unwrap().new_demuxer(&mime, limits);
    demuxer.push(Bytes::copy_from_slice(bytes));
    let (mut largest, mut is_flushed) = (0, false);
    loop {
        match demuxer.poll().map_err(|error| error.code)? {
            Demuxed::Frame(frame) => largest = largest.max(frame.data.len() as u64),
            Demuxed::NeedMoreData if is_flushed => return Ok(largest),
            Demuxed::NeedMoreData => {
                demuxer.flush();
                is_flushed = true;
            }
            _ => {}
        }
    }
}

/// The least value of a limit with which a stream is read, and the error with one less.
fn least(mime: &str, bytes: &[u8], set: impl Fn(&mut Limits, u64)) -> (u64, &'static str) {
    let with = |value| {
        let mut limits = Limits::default();
        set(&mut limits, value);
        read(mime, bytes, &limits)
    };
    let (mut fails, mut works) = (0, 1 << 26);
    with(works).unwrap();
    let mut code = with(fails).unwrap_err();
    while fails + 1 < works {
        let middle = u64::midpoint(fails, works);
        match with(middle) {
            Ok(_) => works = middle,
            Err(error) => (fails, code) = (middle, error),
        }
    }
    (works, code)
}

fn media(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../media/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn header(limits: &mut Limits, value: u64) {
    limits.max_header_size = value;
}

fn frame(limits: &mut Limits, value: u64) {
    limits.max_frame_size = value as u32;
}

fn tracks(limits: &mut Limits, value: u64) {
    limits.max_tracks = value as usize;
}

fn entries(limits: &mut Limits, value: u64) {
    limits.max_sample_entries = value as usize;
}

fn runs(limits: &mut Limits, value: u64) {
    limits.max_runs = value as usize;
}

fn resync(limits: &mut Limits, value: u64) {
    limits.max_resync = value;
}

/// The largest `moov` or `moof`.
fn largest_header(mut bytes: &[u8]) -> u64 {
    let mut largest = 0;
    while let [a, b, c, d, kind @ ..] = bytes {
        let size = u32::from_be_bytes([*a, *b, *c, *d]);
        if kind.starts_with(b"moov") || kind.starts_with(b"moof") {
            largest = largest.max(size.into());
        }
        bytes = &bytes[size as usize..];
    }
    largest
}

#[test]
fn a_limit_is_what_is_still_read_and_one_less_is_an_error() {
    let largest = |mime, bytes: &[u8]| read(mime, bytes, &Limits::default()).unwrap();
    let mp4 = media("h264-aac.mp4");
    assert_eq!(least("video/mp4", &mp4, header), (largest_header(&mp4), "isobmff.header-too-large"));
    assert_eq!(least("video/mp4", &mp4, frame), (largest("video/mp4", &mp4), "isobmff.sample-too-large"));
    assert_eq!(least("video/mp4", &mp4, tracks), (2, "isobmff.too-many-tracks"));
    assert_eq!(least("video/mp4", &mp4, entries), (1, "isobmff.too-many-sample-entries"));
    // Two track fragments with a run each.
    assert_eq!(least("video/mp4", &mp4, runs), (4, "isobmff.too-many-runs"));
    let file = media("h264-aac-progressive.mp4");
    assert_eq!(least("video/mp4", &file, frame), (largest("video/mp4", &file), "isobmff.sample-too-large"));

    let webm = media("opus-discard.webm");
    assert_eq!(least("audio/webm", &webm, frame), (largest("audio/webm", &webm), "webm.frame-too-large"));
    assert_eq!(least("audio/webm", &webm, tracks), (1, "webm.too-many-tracks"));
    let (size, code) = least("audio/webm", &webm, header);
    assert_eq!(code, "webm.element-too-large");
    assert!((20..1000).contains(&size), "the largest of EBML header, Info and Tracks has {size} bytes");

    let ts = media("h264-aac.ts");
    assert_eq!(least("video/mp2t", &ts, tracks), (2, "mp2t.too-many-tracks"));
    let (size, code) = least("video/mp2t", &ts, frame);
    assert_eq!(code, "mp2t.pes-too-large");
    assert!(size >= largest("video/mp2t", &ts), "a PES packet is no smaller than its frame");

    // Of sound without a container, the first byte of a frame is among those that are searched.
    for (mime, name, expected) in [
        ("video/mp2t", "h264-aac.ts", (1000, "mp2t.sync-lost")),
        ("audio/mpeg", "cbr.mp3", (1001, "mpeg-audio.sync-lost")),
        ("audio/aac", "adts-stereo.aac", (1001, "mpeg-audio.sync-lost")),
    ] {
        let behind_garbage = [vec![0; 1000], media(name)].concat();
        assert_eq!(least(mime, &behind_garbage, resync), expected, "{name}");
    }
}
