//! Writing the mock byte stream.

use super::{MockTrack, TIMESCALE};
use bytes::{BufMut, Bytes, BytesMut};
use mse_core::{CodedFrame, MediaTime, TrackId};
use std::num::NonZeroU32;

/// The box that starts a media segment.
pub const FRAGMENT_START: &[u8] = b"\0\0\0\x08frag";
/// The box that ends a media segment.
pub const FRAGMENT_END: &[u8] = b"\0\0\0\x08fend";
/// A box that no parser takes.
pub const BOOM: &[u8] = b"\0\0\0\x08boom";

/// An initialization segment; no duration is an unknown one.
pub fn init(duration: Option<MediaTime>, tracks: &[MockTrack]) -> Bytes {
    let mut payload = BytesMut::new();
    payload.put_i64(duration.map_or(-1, MediaTime::flicks));
    payload.put_u16(tracks.len() as u16);
    for track in tracks {
        track.write(&mut payload);
    }
    mock_box(b"init", &payload)
}

/// A whole media segment of tracks with the exact timescale; frames of several tracks are written
/// in the order given.
pub fn segment(frames: &[CodedFrame]) -> Bytes {
    segment_of(&[], frames)
}

/// A whole media segment whose tracks may have timescales of their own.
pub fn segment_of(tracks: &[MockTrack], frames: &[CodedFrame]) -> Bytes {
    let mut out = BytesMut::from(FRAGMENT_START);
    for frame in frames {
        let track = tracks.iter().find(|track| TrackId(track.id.into()) == frame.track_id);
        out.put(sample(frame, track.map_or(TIMESCALE, |track| track.timescale)));
    }
    out.put(FRAGMENT_END);
    out.freeze()
}

/// One `smpl` box.
pub fn sample(frame: &CodedFrame, timescale: u32) -> Bytes {
    frame_box(b"smpl", frame, timescale)
}

/// One `held` box: a frame that the demuxer holds back until the next frame.
pub fn held(frame: &CodedFrame, timescale: u32) -> Bytes {
    frame_box(b"held", frame, timescale)
}

/// A box of `count` bytes, header included and at least 8, that becomes no frame and is told as a
/// loss.
pub fn lost(count: usize) -> Bytes {
    mock_box(b"lost", &vec![0; count.saturating_sub(8)])
}

fn frame_box(name: &[u8; 4], frame: &CodedFrame, timescale: u32) -> Bytes {
    let timescale = NonZeroU32::new(timescale).unwrap_or(NonZeroU32::MIN);
    let mut payload = BytesMut::new();
    payload.put_u32(frame.track_id.0 as u32);
    for time in [frame.presentation_timestamp, frame.decode_timestamp, frame.duration] {
        payload.put_i64(time.to_ticks(timescale));
    }
    payload.put_u8(frame.is_random_access_point.into());
    payload.put_u16(frame.description);
    payload.put_slice(&frame.data);
    mock_box(name, &payload)
}

/// A box of `count` bytes, header included and at least 8, that is ignored.
pub fn skip(count: usize) -> Bytes {
    mock_box(b"skip", &vec![0; count.saturating_sub(8)])
}

fn mock_box(name: &[u8; 4], payload: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(payload.len() + 8);
    out.put_u32(payload.len() as u32 + 8);
    out.put_slice(name);
    out.put_slice(payload);
    out.freeze()
}
