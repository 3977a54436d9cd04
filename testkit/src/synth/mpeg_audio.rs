//! ADTS and MPEG audio.

use super::Stream;
use super::noise::Noise;
use bytes::{BufMut, Bytes, BytesMut};

/// Bytes of an AAC frame at 128 kbit/s and 48 000 Hz.
const AAC_BYTES: i64 = 341;

/// AAC at 48 000 Hz and 128 kbit/s in ADTS frames, two seconds a piece: P4 with 10 hours.
pub fn adts(hours: u32) -> Stream {
    let mut noise = Noise::new(4);
    stream("audio/aac", hours, (48_000, 1024), move |data| {
        let payload = noise.about(AAC_BYTES);
        let size = payload.len() as u64 + 7;
        // Syncword, MPEG-4, no CRC; LC, 48 000 Hz, two channels; the size; variable rate, one raw
        // data block.
        let header = 0xFFF1 << 40 | (0b01 << 8 | 0b0011 << 4 | 0b010) << 30 | size << 13 | 0x7FF << 2;
        data.put_uint(header, 7);
        data.put(payload);
    })
}

/// MPEG-1 layer III at 44 100 Hz and 128 kbit/s, two seconds a piece: P4 with 10 hours.
pub fn mp3(hours: u32) -> Stream {
    const BITRATE: u64 = 128_000;
    const RATE: u64 = 44_100;
    let mut noise = Noise::new(5);
    let mut frames = 0;
    stream("audio/mpeg", hours, (44_100, 1152), move |data| {
        // Bytes before the end of a frame: padding makes up for what does not divide.
        let end = |frames: u64| frames * 1152 / 8 * BITRATE / RATE;
        let size = end(frames + 1) - end(frames);
        frames += 1;
        let padding = if size > 1152 / 8 * BITRATE / RATE { 2 } else { 0 };
        data.put_slice(&[0xFF, 0xFB, 0x90 | padding, 0]);
        data.put(noise.bytes(size as usize - 4));
    })
}

/// Frames of so many samples at a rate, two seconds a piece.
fn stream(
    mime: &'static str,
    hours: u32,
    (rate, samples): (u64, u64),
    mut write: impl FnMut(&mut BytesMut) + Send + 'static,
) -> Stream {
    let frames = u64::from(hours) * 3600 * rate / samples;
    let until = move |piece: u64| (piece * 2 * rate / samples).min(frames);
    let segments = (0_u64..).map_while(move |piece| {
        let mut data = BytesMut::new();
        (until(piece)..until(piece + 1)).for_each(|_| write(&mut data));
        (!data.is_empty()).then(|| data.freeze())
    });
    Stream { mime, init: Bytes::new(), frames, segments: Box::new(segments) }
}
