//! WebM as its usual muxers write it for streaming: a Segment of unknown size, Clusters of two
//! seconds, SimpleBlocks in the order of their times.

use super::Stream;
use super::noise::Noise;
use bytes::{BufMut, Bytes, BytesMut};

const VIDEO: u8 = 1;
const AUDIO: u8 = 2;
/// Milliseconds of a Cluster.
const CLUSTER: u64 = 2000;
/// Opus frames of 20 ms, 320 bytes each at 128 kbit/s.
const OPUS_FRAME: u64 = 20;
const OPUS_BYTES: i64 = 320;
const VIDEO_RATE: u64 = 30;

/// Opus at 128 kbit/s: P3 with 10 hours.
pub fn opus(hours: u32) -> Stream {
    let clusters = u64::from(hours) * 3600 * 1000 / CLUSTER;
    let mut noise = Noise::new(6);
    let segments = (0..clusters).map(move |index| {
        let times = (0..CLUSTER).step_by(OPUS_FRAME as usize);
        cluster(index, &times.map(|time| audio(&mut noise, time)).collect::<Vec<_>>())
    });
    Stream {
        mime: "audio/webm; codecs=\"opus\"",
        init: init(&[audio_track()]),
        frames: clusters * (CLUSTER / OPUS_FRAME),
        segments: Box::new(segments),
    }
}

/// VP9 and Opus at 128 kbit/s, together `bitrate` bit/s: P3.
pub fn vp9_opus(seconds: u32, bitrate: u32) -> Stream {
    let clusters = u64::from(seconds).div_ceil(2);
    let pictures = CLUSTER * VIDEO_RATE / 1000;
    let mean = i64::from(bitrate.saturating_sub(128_000)) / 8 / VIDEO_RATE as i64;
    // The key frame is ten times as large as the others.
    let other = (mean * pictures as i64 / (pictures as i64 + 9)).max(16);
    let mut noise = Noise::new(7);
    let segments = (0..clusters).map(move |index| {
        let times = (0..CLUSTER).step_by(OPUS_FRAME as usize);
        let mut blocks: Vec<_> = times.map(|time| audio(&mut noise, time)).collect();
        let video = (0..pictures).map(|picture| {
            let is_key = picture == 0;
            let mut data = BytesMut::new();
            // The uncompressed header of a shown frame of profile 0.
            data.put_slice(if is_key { &[0x82, 0x49, 0x83, 0x42] } else { &[0x86] });
            data.put(noise.about(if is_key { other * 10 } else { other }));
            // No superframe.
            data.put_u8(1);
            Block {
                track: VIDEO,
                time: (picture * 1000).div_ceil(VIDEO_RATE) as i16,
                is_key,
                data: data.freeze(),
            }
        });
        blocks.extend(video);
        blocks.sort_by_key(|block| (block.time, block.track));
        cluster(index, &blocks)
    });
    Stream {
        mime: "video/webm; codecs=\"vp9,opus\"",
        init: init(&[video_track(), audio_track()]),
        frames: clusters * (CLUSTER / OPUS_FRAME + pictures),
        segments: Box::new(segments),
    }
}

/// A SimpleBlock.
struct Block {
    track: u8,
    /// Milliseconds from the Cluster's.
    time: i16,
    is_key: bool,
    data: Bytes,
}

fn audio(noise: &mut Noise, time: u64) -> Block {
    let mut data = BytesMut::new();
    // One frame of 20 ms.
    data.put_u8(0xFC);
    data.put(noise.about(OPUS_BYTES));
    Block { track: AUDIO, time: time as i16, is_key: true, data: data.freeze() }
}

fn cluster(index: u64, blocks: &[Block]) -> Bytes {
    let mut data = BytesMut::from(&*uint(0xE7, index * CLUSTER));
    for block in blocks {
        data.put_u8(0xA3);
        put_size(&mut data, block.data.len() + 4);
        data.put_u8(0x80 | block.track);
        data.put_i16(block.time);
        data.put_u8(if block.is_key { 0x80 } else { 0 });
        data.put_slice(&block.data);
    }
    element(0x1F43_B675, &data).into()
}

fn init(tracks: &[Vec<u8>]) -> Bytes {
    let info =
        [uint(0x2A_D7B1, 1_000_000), element(0x4D80, b"testkit"), element(0x5741, b"testkit")].concat();
    let ebml = element(0x1A45_DFA3, &[element(0x4282, b"webm"), uint(0x4287, 4), uint(0x4285, 2)].concat());
    let segment = [0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    let (info, tracks) = (element(0x1549_A966, &info), element(0x1654_AE6B, &tracks.concat()));
    [ebml, segment.to_vec(), info, tracks].concat().into()
}

fn track(number: u8, kind: u64, codec: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let fields = [
        uint(0xD7, number.into()),
        uint(0x73C5, number.into()),
        uint(0x83, kind),
        uint(0x9C, 0),
        element(0x86, codec.as_bytes()),
        more.concat(),
    ];
    element(0xAE, &fields.concat())
}

fn video_track() -> Vec<u8> {
    let shape = element(0xE0, &[uint(0xB0, 1280), uint(0xBA, 720)].concat());
    track(VIDEO, 1, "V_VP9", &[uint(0x23_E383, 1_000_000_000 / VIDEO_RATE), shape])
}

fn audio_track() -> Vec<u8> {
    let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
    let sound = element(0xE1, &[element(0xB5, &48_000_f64.to_be_bytes()), uint(0x9F, 2)].concat());
    let delays = [uint(0x56AA, 6_500_000), uint(0x56BB, 80_000_000)].concat();
    track(AUDIO, 2, "A_OPUS", &[element(0x63A2, head), delays, sound])
}

fn element(id: u32, data: &[u8]) -> Vec<u8> {
    let mut element = BytesMut::new();
    element.put_slice(significant(&id.to_be_bytes()));
    put_size(&mut element, data.len());
    element.put_slice(data);
    element.to_vec()
}

fn uint(id: u32, value: u64) -> Vec<u8> {
    element(id, significant(&value.to_be_bytes()))
}

/// Without the zeros in front, but for the last.
fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros.min(bytes.len() - 1)..]
}

/// The shortest variable-length integer that is not all ones.
fn put_size(data: &mut BytesMut, size: usize) {
    let length = (1..8).find(|length| size < (1 << (7 * length)) - 1).unwrap_or(8);
    data.put_uint(size as u64 | 1 << (7 * length), length);
}
