//! Elements in, one string an item out.

#![allow(dead_code, reason = "each test crate uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may")]

use bytes::Bytes;
use mse_core::{ByteStreamFormat, Demuxed, Demuxer, InitSegment, Limits, MimeType};

/// An element with an 8-byte size.
pub(crate) fn el(id: u32, data: &[u8]) -> Vec<u8> {
    let size = (data.len() as u64 | 1 << 56).to_be_bytes();
    [&id_bytes(id)[..], &size, data].concat()
}

/// An element of unknown size.
pub(crate) fn unknown(id: u32, data: &[u8]) -> Vec<u8> {
    [&id_bytes(id)[..], &[0xFF], data].concat()
}

fn id_bytes(id: u32) -> Vec<u8> {
    let bytes = id.to_be_bytes();
    bytes[(id.leading_zeros() / 8) as usize..].to_vec()
}

pub(crate) fn uint(id: u32, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    el(id, &bytes[(value.leading_zeros() / 8).min(7) as usize..])
}

pub(crate) fn ebml() -> Vec<u8> {
    el(0x1A45_DFA3, &el(0x4282, b"webm"))
}

pub(crate) fn info() -> Vec<u8> {
    el(0x1549_A966, &[uint(0x2A_D7B1, 1_000_000), el(0x4489, &4000.0_f64.to_be_bytes())].concat())
}

/// A TrackEntry: number, type, codec, more elements.
pub(crate) fn track(number: u64, kind: u64, codec: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let fields = [uint(0xD7, number), uint(0x83, kind), el(0x86, codec.as_bytes()), more.concat()];
    el(0xAE, &fields.concat())
}

pub(crate) fn tracks(entries: &[Vec<u8>]) -> Vec<u8> {
    el(0x1654_AE6B, &entries.concat())
}

pub(crate) fn video(more: &[Vec<u8>]) -> Vec<u8> {
    let shape = el(0xE0, &[uint(0xB0, 160), uint(0xBA, 90)].concat());
    track(1, 1, "V_VP9", &[&[shape], more].concat())
}

pub(crate) fn audio(more: &[Vec<u8>]) -> Vec<u8> {
    let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
    track(2, 2, "A_OPUS", &[&[el(0x63A2, head)], more].concat())
}

/// An initialization segment with these tracks, its Segment of unknown size.
pub(crate) fn init(entries: &[Vec<u8>]) -> Vec<u8> {
    [ebml(), unknown(0x1853_8067, &[info(), tracks(entries)].concat())].concat()
}

/// Video whose frames tell nothing about their durations, and Opus.
pub(crate) fn usual() -> Vec<u8> {
    init(&[video(&[]), audio(&[])])
}

/// A Cluster of known size at a time in milliseconds.
pub(crate) fn cluster(time: u64, children: &[Vec<u8>]) -> Vec<u8> {
    el(0x1F43_B675, &[uint(0xE7, time), children.concat()].concat())
}

pub(crate) fn unknown_cluster(time: u64, children: &[Vec<u8>]) -> Vec<u8> {
    unknown(0x1F43_B675, &[uint(0xE7, time), children.concat()].concat())
}

/// The bytes of a block.
pub(crate) fn block(track: u8, offset: i16, flags: u8, data: &[u8]) -> Vec<u8> {
    let [high, low] = offset.to_be_bytes();
    [&[0x80 | track, high, low, flags], data].concat()
}

/// A SimpleBlock; a key frame if the data begins with `K`.
pub(crate) fn simple(track: u8, offset: i16, data: &str) -> Vec<u8> {
    let flags = if data.starts_with('K') { 0x80 } else { 0 };
    el(0xA3, &block(track, offset, flags, data.as_bytes()))
}

pub(crate) fn demuxer_of(format: &ByteStreamFormat) -> Box<dyn Demuxer> {
    (format.new_demuxer)(&MimeType::parse("video/webm").unwrap(), &Limits::default())
}

pub(crate) fn demuxer() -> Box<dyn Demuxer> {
    demuxer_of(&mse_webm::FORMAT)
}

/// One word an item: `init`, `start`, `end`, a frame as `TRACK:DATA@PTS+DURATION[K]` in
/// milliseconds (with `|DTS` where that differs), or the error as `ROW CODE in PATH`.
pub(crate) fn words(demuxer: &mut dyn Demuxer) -> Vec<String> {
    let ms = mse_testkit::frames::milliseconds;
    let mut words = Vec::new();
    loop {
        words.push(match demuxer.poll() {
            Ok(Demuxed::NeedMoreData) => return words,
            Ok(Demuxed::InitSegment(_)) => "init".to_owned(),
            Ok(Demuxed::MediaSegmentStart) => "start".to_owned(),
            Ok(Demuxed::MediaSegmentEnd) => "end".to_owned(),
            Ok(Demuxed::Lost(loss)) => format!("lost {loss}"),
            Ok(Demuxed::InitData(_)) => "data".to_owned(),
            Ok(Demuxed::InbandEvent(_)) => "event".to_owned(),
            Ok(Demuxed::Frame(frame)) => {
                let (pts, dts) = (frame.presentation_timestamp, frame.decode_timestamp);
                let dts = if pts == dts { String::new() } else { format!("|{}", ms(dts)) };
                let key = if frame.is_random_access_point { "K" } else { "" };
                let data = String::from_utf8_lossy(&frame.data);
                format!("{}:{data}@{}{dts}+{}{key}", frame.track_id, ms(pts), ms(frame.duration))
            }
            Err(error) => {
                let at = if error.path.is_empty() { String::new() } else { format!(" in {}", error.path) };
                words.push(format!("{} {}{at}", error.row, error.code));
                return words;
            }
        });
    }
}

/// Everything in pieces of a size, up to the first error.
pub(crate) fn split(bytes: &[u8], size: usize) -> Vec<String> {
    let mut demuxer = demuxer();
    let mut all = Vec::new();
    for piece in bytes.chunks(size) {
        demuxer.push(Bytes::copy_from_slice(piece));
        all.extend(words(demuxer.as_mut()));
        if all.last().is_some_and(|word| word.contains(" webm.")) {
            break;
        }
    }
    all
}

/// Everything at once, as one string.
pub(crate) fn outputs(bytes: &[u8]) -> String {
    split(bytes, usize::MAX).join(" ")
}

/// Outputs of bytes behind the usual initialization segment.
pub(crate) fn then(bytes: &[u8]) -> String {
    let all = outputs(&[usual(), bytes.to_vec()].concat());
    all.strip_prefix("init").unwrap_or(&all).trim_start().to_owned()
}

/// The initialization segment in `bytes`.
pub(crate) fn parsed(bytes: &[u8]) -> InitSegment {
    let mut demuxer = demuxer();
    demuxer.push(Bytes::copy_from_slice(bytes));
    match demuxer.poll() {
        Ok(Demuxed::InitSegment(init)) => init,
        other => panic!("{other:?}"),
    }
}
