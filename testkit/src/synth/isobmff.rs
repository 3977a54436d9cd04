//! Fragmented MP4.

use super::Stream;
use super::noise::Noise;
use crate::isobmff::{
    Movie, MovieTrack, NON_SYNC, SYNC, Sample, SampleFields, Segment, TrackFragment, TrackRun, sample_entry,
};
use bytes::{Bytes, BytesMut};

/// Configuration record of H.264 High, level 3.1, 1280 × 720 at 30 frames a second.
const AVC_CONFIGURATION: &[u8] = &[
    0x01, 0x64, 0x00, 0x1f, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05,
    0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
    0x01, 0x00, 0x06, 0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0, 0xfd, 0xf8, 0xf8, 0x00,
];
/// AudioSpecificConfig of AAC-LC, 48 000 Hz, two channels.
const AAC_CONFIGURATION: &[u8] = &[0x11, 0x90];

const AUDIO_RATE: u32 = 48_000;
const AUDIO_FRAME: u32 = 1024;
/// Bytes of an AAC frame at 128 kbit/s.
const AUDIO_BYTES: i64 = 341;
const VIDEO_TIMESCALE: u32 = 30_000;
const VIDEO_FRAME: u32 = 1000;
const VIDEO_RATE: u64 = 30;
const GROUP_OF_PICTURES: u64 = 60;
/// Distance of reordered frames: I B B P.
const REORDER: u64 = 3;

/// AAC at 128 kbit/s in segments of two seconds, one fragment each: P2 with 10 hours.
pub fn aac(hours: u32) -> Stream {
    let frames = u64::from(hours) * 3600 * u64::from(AUDIO_RATE) / u64::from(AUDIO_FRAME);
    let mut source = Source::new(1);
    let segments = (0_u64..).map_while(move |index| {
        let range = audio_frames(index)..audio_frames(index + 1).min(frames);
        (range.start < frames).then(|| {
            let tracks = vec![source.audio(1, range.start, range.end)];
            Segment { sequence_number: index as u32 + 1, tracks, ..Segment::default() }.bytes()
        })
    });
    let init = Movie { tracks: vec![audio_track(1)], ..Movie::default() }.bytes();
    Stream { mime: "audio/mp4; codecs=\"mp4a.40.2\"", init, frames, segments: Box::new(segments) }
}

/// H.264 at about 0.5 Mbit/s in fragments of one frame: P6 with 120 000.
pub fn low_latency(frames: u64) -> Stream {
    fragments(frames, 1)
}

/// The same in fragments of so many frames; random access points begin one, each 60 frames or at
/// each fragment if that is longer.
pub fn fragments(frames: u64, of: u64) -> Stream {
    let mut source = Source::new(2);
    let segments = (0..frames / of).map(move |index| {
        let first = index * of;
        let is_key = |frame: u64| {
            frame == first && (of >= GROUP_OF_PICTURES || first.is_multiple_of(GROUP_OF_PICTURES))
        };
        let mut sample = |frame| {
            let data = source.video_sample(is_key(frame), if is_key(frame) { 16_000 } else { 1_800 });
            Sample::new(VIDEO_FRAME, data)
        };
        let run = TrackRun {
            first_sample_flags: is_key(first).then_some(SYNC),
            fields: SIZES,
            samples: (first..first + of).map(&mut sample).collect(),
            ..TrackRun::default()
        };
        let fragment = TrackFragment {
            default_duration: Some(VIDEO_FRAME),
            default_flags: Some(NON_SYNC),
            runs: vec![run],
            ..TrackFragment::new(1, first * u64::from(VIDEO_FRAME), Vec::new())
        };
        Segment { sequence_number: index as u32 + 1, tracks: vec![fragment], ..Segment::default() }.bytes()
    });
    let init = Movie { tracks: vec![video_track(1)], ..Movie::default() }.bytes();
    Stream { mime: "video/mp4; codecs=\"avc1.64001f\"", init, frames, segments: Box::new(segments) }
}

/// H.264 with reordered frames in segments of two seconds, about `bitrate` bit/s.
pub fn video(seconds: u32, bitrate: u32) -> Stream {
    let count = u64::from(seconds.div_ceil(2));
    let video_bytes = (u64::from(bitrate) / 8 / VIDEO_RATE) as i64;
    let mut source = Source::new(6);
    let segments = (0..count).map(move |index| {
        let tracks = vec![source.video(1, index, video_bytes)];
        Segment { sequence_number: index as u32 + 1, tracks, ..Segment::default() }.bytes()
    });
    let init = Movie { tracks: vec![video_track(1)], ..Movie::default() }.bytes();
    let (mime, frames) = ("video/mp4; codecs=\"avc1.64001f\"", count * GROUP_OF_PICTURES);
    Stream { mime, init, frames, segments: Box::new(segments) }
}

/// H.264 with reordered frames and AAC at 128 kbit/s in segments of two seconds, together `bitrate`
/// bit/s: P1 with 485 seconds of 4.5 Mbit/s.
pub fn muxed(seconds: u32, bitrate: u32) -> Stream {
    let count = u64::from(seconds.div_ceil(2));
    let frames = audio_frames(count) + count * GROUP_OF_PICTURES;
    let video_bytes = (u64::from(bitrate.saturating_sub(128_000)) / 8 / VIDEO_RATE) as i64;
    let mut source = Source::new(3);
    let segments = (0..count).map(move |index| {
        let audio = source.audio(2, audio_frames(index), audio_frames(index + 1));
        let tracks = vec![source.video(1, index, video_bytes), audio];
        Segment { sequence_number: index as u32 + 1, tracks, ..Segment::default() }.bytes()
    });
    let init = Movie { tracks: vec![video_track(1), audio_track(2)], ..Movie::default() }.bytes();
    let mime = "video/mp4; codecs=\"avc1.64001f,mp4a.40.2\"";
    Stream { mime, init, frames, segments: Box::new(segments) }
}

const SIZES: SampleFields =
    SampleFields { duration: false, size: true, flags: false, composition_offset: false };

fn audio_track(id: u32) -> MovieTrack {
    MovieTrack::audio(id, AUDIO_RATE, sample_entry::mp4a(2, AUDIO_RATE, AAC_CONFIGURATION))
}

fn video_track(id: u32) -> MovieTrack {
    MovieTrack::video(id, VIDEO_TIMESCALE, 1280, 720, sample_entry::avc1(1280, 720, AVC_CONFIGURATION))
}

/// Audio frames before the end of this many segments of two seconds.
fn audio_frames(segments: u64) -> u64 {
    segments * 2 * u64::from(AUDIO_RATE) / u64::from(AUDIO_FRAME)
}

/// Decode order of a group of pictures: display positions, I first, then each P before the two B
/// that are shown before it.
fn decode_order() -> impl Iterator<Item = u64> {
    let groups = (1..GROUP_OF_PICTURES).step_by(REORDER as usize);
    let group = |first: u64| {
        let anchor = (first + REORDER - 1).min(GROUP_OF_PICTURES - 1);
        [anchor].into_iter().chain(first..anchor)
    };
    [0].into_iter().chain(groups.flat_map(group))
}

/// Makes samples of noise.
struct Source {
    noise: Noise,
}

impl Source {
    fn new(seed: u64) -> Self {
        Self { noise: Noise::new(seed) }
    }

    fn audio(&mut self, track_id: u32, from: u64, to: u64) -> TrackFragment {
        let samples = (from..to).map(|_| Sample::new(AUDIO_FRAME, self.noise.about(AUDIO_BYTES))).collect();
        let run = TrackRun { fields: SIZES, samples, ..TrackRun::default() };
        TrackFragment {
            default_duration: Some(AUDIO_FRAME),
            default_flags: Some(SYNC),
            runs: vec![run],
            ..TrackFragment::new(track_id, from * u64::from(AUDIO_FRAME), Vec::new())
        }
    }

    /// One group of pictures of frames of about `mean` bytes: the first ten times as large as the
    /// others.
    fn video(&mut self, track_id: u32, index: u64, mean: i64) -> TrackFragment {
        let other = (mean * GROUP_OF_PICTURES as i64 / (GROUP_OF_PICTURES as i64 + 9)).max(16);
        let samples = decode_order().enumerate().map(|(position, display)| {
            let data = self.video_sample(position == 0, if position == 0 { other * 10 } else { other });
            // Shown one frame late, so that no frame is shown before it is decoded.
            let delay = (display as i64 + 1 - position as i64) as i32;
            Sample { composition_offset: delay * VIDEO_FRAME as i32, ..Sample::new(VIDEO_FRAME, data) }
        });
        let run = TrackRun {
            first_sample_flags: Some(SYNC),
            fields: SampleFields { composition_offset: true, ..SIZES },
            samples: samples.collect(),
            ..TrackRun::default()
        };
        let decode_time = index * GROUP_OF_PICTURES * u64::from(VIDEO_FRAME);
        TrackFragment {
            default_duration: Some(VIDEO_FRAME),
            default_flags: Some(NON_SYNC),
            runs: vec![run],
            ..TrackFragment::new(track_id, decode_time, Vec::new())
        }
    }

    /// One slice NAL unit with its length before it: IDR or not.
    fn video_sample(&mut self, is_key: bool, mean: i64) -> Bytes {
        let slice = self.noise.about(mean);
        let mut data = BytesMut::with_capacity(slice.len() + 5);
        data.extend_from_slice(&(slice.len() as u32 + 1).to_be_bytes());
        data.extend_from_slice(&[if is_key { 0x65 } else { 0x41 }]);
        data.extend_from_slice(&slice);
        data.freeze()
    }
}
