//! Frames in runs: one header after the other, each where the frame before ends and like the one
//! before.

use crate::demuxer::{MpegAudioDemuxer, TRACK};
use crate::frame_header::FrameHeader;
use crate::gapless;
use mse_codecs::mpeg_audio::MpegHeader;
use mse_core::{FrameRun, MediaTime, ReadAhead, RunFrame};

/// Extent of a frame by its header: the bytes of the header that a decoder does not take, all
/// bytes, samples.
type Extent = (usize, usize, u32);

/// Values that headers of MPEG audio have in common if they differ in their padding alone.
#[derive(Clone, Copy)]
struct Usual {
    header: u32,
    unpadded: u32,
    samples: u32,
    /// Offset at which the name of an information frame would stand.
    name_at: usize,
}

impl Usual {
    /// `None` of a header that is none, or not like the `current` one. Layer I, whose padding is
    /// another, is rare: it comes frame by frame.
    fn of(header: u32, current: &MpegHeader) -> Option<Self> {
        let parsed = MpegHeader::parse(&header.to_be_bytes())?;
        let is_usual = parsed.is_like(current) && parsed.layer > 1 && parsed.size > 0;
        // Layer II has no information frames: its own headers stand there.
        let name_at = if parsed.layer == 3 { gapless::name_position(&parsed) } else { 0 };
        let unpadded = u32::from(parsed.size).saturating_sub(MpegHeader::padding(header));
        is_usual.then_some(Self { header, unpadded, samples: parsed.samples(), name_at })
    }
}

impl MpegAudioDemuxer {
    /// Moves whole frames of the first appended piece into a run, each a media segment behind that
    /// of the frame before.
    pub(crate) fn take_run(&mut self, run: &mut FrameRun) {
        match self.current {
            Some(FrameHeader::Adts(current)) => self.take_frames(run, current.sample_rate(), |rest| {
                let header = current.parse_like(rest.first_chunk()?)?;
                Some((header.header_size(), header.size.into(), header.samples()))
            }),
            Some(FrameHeader::Mpeg(current)) => {
                let mut usual = None;
                self.take_frames(run, current.sample_rate, |rest| {
                    let head: &[u8; gapless::NAME_END] = rest.first_chunk()?;
                    let header = u32::from_be_bytes(*head.first_chunk()?);
                    let usual = match usual {
                        Some(Usual { header: before, .. })
                            if (header ^ before) & MpegHeader::ALL_BUT_PADDING == 0 =>
                        {
                            usual?
                        }
                        _ => *usual.insert(Usual::of(header, &current)?),
                    };
                    let is_sound = !gapless::is_named(head, usual.name_at);
                    let size = usual.unpadded + MpegHeader::padding(header);
                    is_sound.then_some((0, size as usize, usual.samples))
                });
            }
            Some(FrameHeader::Ac3(_)) | None => {}
        }
    }

    /// `next` reads the header, at the start of the rest of the piece, of a frame of sound that
    /// goes on with what is configured.
    #[inline]
    fn take_frames(&mut self, run: &mut FrameRun, rate: u32, mut next: impl FnMut(&[u8]) -> Option<Extent>) {
        let Some((start, piece)) = self.input.first_piece() else { return };
        let begin = (self.input.position() - start) as usize;
        let Some(tick) = whole_tick(rate) else { return };
        let first = i64::try_from(self.presented).ok().and_then(|samples| samples.checked_mul(tick));
        let Some(mut time) = first else { return };
        let (mut at, mut passed) = (begin, 0);
        let uncut = self.gapless.uncut(self.decoded);
        run.begin(piece);
        let mut ahead = ReadAhead::from(at);
        while run.has_room(2) {
            ahead.go_on(piece, at);
            let Some(rest) = piece.get(at..) else { break };
            let Some((skip, size, samples)) = next(rest) else { break };
            let after = passed + u64::from(samples);
            if size == 0 || size > rest.len() || after > uncut {
                break;
            }
            let duration = i64::from(samples) * tick;
            let Some(end) = time.checked_add(duration) else { break };
            let frame = RunFrame {
                track_id: TRACK,
                presentation_timestamp: MediaTime::from_flicks(time),
                decode_timestamp: MediaTime::from_flicks(time),
                duration: MediaTime::from_flicks(duration),
                offset: (at + skip) as u32,
                len: (size - skip) as u32,
                description: 0,
                is_random_access_point: true,
            };
            if !run.push_segment(frame) {
                break;
            }
            (at, passed, time) = (at + size, after, end);
        }
        self.input.skip(at - begin);
        self.decoded += passed;
        self.presented += passed;
    }
}

/// Flicks of a sample, where they are whole: of every rate that a header can name.
fn whole_tick(rate: u32) -> Option<i64> {
    let rate = i64::from(rate);
    (rate > 0 && MediaTime::TICKS_PER_SECOND % rate == 0).then(|| MediaTime::TICKS_PER_SECOND / rate)
}
