//! Frames in runs: one header after the other, each where the frame before ends and like the one before.

use crate::demuxer::{MpegAudioDemuxer, TRACK};
use crate::frame_header::FrameHeader;
use mse_codecs::adts;
use mse_core::{FrameRun, MediaTime, ReadAhead, RunFrame};
use std::num::NonZeroU32;

/// Samples to times, without a division where ticks of the rate are whole flicks.
struct Clock {
    rate: NonZeroU32,
    factor: Option<i64>,
}

impl Clock {
    fn new(rate: NonZeroU32) -> Self {
        let scale = i64::from(rate.get());
        let is_whole = MediaTime::TICKS_PER_SECOND % scale == 0;
        Self { rate, factor: is_whole.then_some(MediaTime::TICKS_PER_SECOND / scale) }
    }

    #[inline]
    fn time(&self, samples: u64) -> Option<MediaTime> {
        let samples = i64::try_from(samples).ok()?;
        match self.factor {
            Some(factor) => samples.checked_mul(factor).map(MediaTime::from_flicks),
            None => MediaTime::from_ticks(samples, self.rate),
        }
    }
}

impl MpegAudioDemuxer {
    /// Moves whole frames of the first appended piece into a run, each a media segment behind that of the frame before.
    pub(crate) fn take_run(&mut self, run: &mut FrameRun) {
        let (Some(current), Some((start, piece))) = (self.current, self.input.first_piece()) else { return };
        let begin = (self.input.position() - start) as usize;
        let (mut at, mut decoded, mut presented) = (begin, self.decoded, self.presented);
        let clock = Clock::new(current.sample_rate());
        let Some(mut time) = clock.time(presented) else { return };
        run.begin(piece);
        let mut ahead = ReadAhead::from(at);
        while run.has_room(2) {
            ahead.go_on(piece, at);
            let Some(rest) = piece.get(at..) else { break };
            let Some(header) = rest.first_chunk::<{ adts::HEADER }>().and_then(FrameHeader::parse) else {
                break;
            };
            let (size, samples) = (header.size(), u64::from(header.samples()));
            if !header.continues(&current) || size == 0 || size > rest.len() {
                break;
            }
            if self.gapless.cuts(decoded, samples) != (0, 0) {
                break;
            }
            let Some(end) = clock.time(presented + samples) else { break };
            let skip = header.header_size();
            let frame = RunFrame {
                track_id: TRACK,
                presentation_timestamp: time,
                decode_timestamp: time,
                duration: end - time,
                offset: (at + skip) as u32,
                len: (size - skip) as u32,
                description: 0,
                is_random_access_point: true,
            };
            if !run.push_segment(frame) {
                break;
            }
            (at, decoded, presented, time) = (at + size, decoded + samples, presented + samples, end);
        }
        self.input.skip(at - begin);
        (self.decoded, self.presented) = (decoded, presented);
    }
}
