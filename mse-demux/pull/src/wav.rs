//! WAV: RIFF chunks (Multimedia Programming Interface and Data Specifications 1.0), RF64 and BW64
//! (EBU Tech 3306, ITU-R BS.2088).
//!
//! ```text
//!   Start ── RIFF ──► Chunks ── data ──► Samples ──► Chunks ── RIFF ──► Chunks
//!     └── samples, after a reset
//! ```

mod chunk;
mod pcm;

use crate::demuxer::{Fault, Out, Parser};
use crate::error_code::{FRAME_TOO_LARGE, HEADER_MISSING, MALFORMED, NOT_READ, TIME_OVERFLOW};
use crate::frame::Span;
use chunk::{Begins, Sizes};
use mse_core::{Awaited, InitSegment, InputBuffer, Limits, MediaTime, ResetReason, TrackId};
use pcm::Pcm;

const TRACK: TrackId = TrackId(0);
/// Samples of a frame.
const FRAME: u64 = 1152;
/// Bytes of a chunk's header, and of the header of the whole.
const CHUNK: usize = 8;
const RIFF: usize = 12;
/// Bytes of `fmt ` that are looked at: WAVEFORMATEXTENSIBLE.
const FMT: u64 = 40;

/// The parser of WAV.
pub(crate) struct Wav {
    max_frame_size: u64,
    state: State,
    /// Sizes that the current file declares.
    sizes: Sizes,
    /// The `fmt ` of the header that is being read.
    fmt: Option<Pcm>,
    /// `fmt ` of the last initialization segment.
    pcm: Option<Pcm>,
    /// Whether the header of the current file is over.
    is_told: bool,
    /// Samples before the next.
    time: u64,
    /// Start of the bytes that are no chunk.
    lost_from: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Start,
    Chunks,
    /// Passing over a chunk that ends there.
    Passing {
        start: u64,
        end: u64,
        name: [u8; 4],
    },
    /// Behind a chunk of an odd size stands a zero, most of the time.
    Padding,
    /// `end`: of the data, if it is known.
    Samples {
        start: u64,
        end: Option<u64>,
    },
}

impl Wav {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            max_frame_size: limits.max_frame_size.into(),
            state: State::Start,
            sizes: Sizes::default(),
            fmt: None,
            pcm: None,
            is_told: false,
            time: 0,
            lost_from: None,
        }
    }

    fn begin(&mut self, input: &mut InputBuffer) -> bool {
        let position = input.position();
        let Some(head) = input.peek::<RIFF>() else { return false };
        self.sizes = Sizes::of_riff(position, &head);
        input.skip(RIFF);
        (self.state, self.fmt, self.is_told, self.time) = (State::Chunks, None, false, 0);
        true
    }

    /// The first bytes, or those behind a reset: a header, or samples of the last one (RPS-5).
    fn start(&mut self, input: &mut InputBuffer) -> Result<bool, Fault> {
        match chunk::begins(input) {
            Begins::Riff => Ok(self.begin(input)),
            Begins::Perhaps => Ok(false),
            Begins::Other if self.pcm.is_some() => {
                self.state = State::Samples { start: input.position(), end: None };
                Ok(true)
            }
            Begins::Other => {
                let detail = "neither a RIFF header of WAVE nor samples behind one";
                Err(Fault::new(HEADER_MISSING, input.position(), "", detail))
            }
        }
    }

    fn chunk(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault> {
        let start = input.position();
        match chunk::begins(input) {
            Begins::Perhaps => return Ok(false),
            Begins::Riff => {
                self.tell_lost(start, out);
                return Ok(self.begin(input));
            }
            Begins::Other => {}
        }
        let Some(head) = input.peek::<CHUNK>() else { return Ok(false) };
        let [n0, n1, n2, n3, s0, s1, s2, s3] = head;
        let (name, size) = ([n0, n1, n2, n3], u64::from(u32::from_le_bytes([s0, s1, s2, s3])));
        if !chunk::is_name(&name) {
            if !self.is_told {
                let detail = format!("{name:02x?} is no chunk");
                return Err(Fault::new(MALFORMED, start, "RIFF", detail));
            }
            // Behind the data there may be anything.
            self.lost_from.get_or_insert(start);
            input.skip(1);
            return Ok(true);
        }
        self.tell_lost(start, out);
        let body = start + CHUNK as u64;
        match &name {
            b"fmt " if self.fmt.is_none() => {
                let length = size.min(FMT) as usize;
                let Some(fmt) = input.window(body, length) else { return Ok(false) };
                self.fmt = Some(Pcm::parse(&fmt, start)?);
            }
            b"ds64" => match input.window(body, size.min(16) as usize) {
                Some(sizes) => self.sizes.take_ds64(&sizes),
                None => return Ok(false),
            },
            b"data" if !self.is_told => return self.data(input, start, size, out).map(|()| true),
            _ => {}
        }
        self.state = State::Passing { start, end: body + size, name };
        Ok(true)
    }

    fn data(&mut self, input: &mut InputBuffer, start: u64, size: u64, out: &mut Out) -> Result<(), Fault> {
        let Some(pcm) = self.fmt.take() else {
            return Err(Fault::new(MALFORMED, start, "RIFF/data", "no fmt before the data"));
        };
        let body = start + CHUNK as u64;
        let size = self.sizes.of_data(size, body);
        let samples = size.and_then(|size| i64::try_from(size / pcm.block).ok());
        let duration = samples.and_then(|samples| MediaTime::from_ticks(samples, pcm.sound.rate));
        out.at(start, "RIFF/data");
        let tracks = vec![pcm.sound.track(TRACK)];
        out.init_segment(InitSegment { duration, tracks, ..InitSegment::default() });
        (self.is_told, self.pcm) = (true, Some(pcm));
        input.skip(CHUNK);
        self.state = State::Samples { start, end: size.map(|size| body.saturating_add(size)) };
        Ok(())
    }

    /// A frame of samples; fewer than usual at the end of the data, and if `all` that is there is
    /// wanted.
    fn samples(&mut self, input: &mut InputBuffer, out: &mut Out, all: bool) -> Result<bool, Fault> {
        let State::Samples { start, end } = self.state else { return Ok(false) };
        let Some(pcm) = &self.pcm else { return Ok(false) };
        let position = input.position();
        let left = end.map_or(u64::MAX, |end| end.saturating_sub(position));
        let here = (input.len() as u64).min(left) / pcm.block;
        let count = match here.min(FRAME) {
            count if count == FRAME || all || here == left / pcm.block => count,
            _ => return Ok(false),
        };
        if count == 0 {
            let is_end = left < pcm.block && input.len() as u64 >= left;
            if is_end {
                // Less than a sample for each channel.
                out.at(start, "RIFF/data");
                out.lost(NOT_READ, position, position + left, Some(TRACK));
                input.skip(left as usize);
                self.state = self.behind(end.unwrap_or(position) - start);
            }
            return Ok(is_end);
        }
        let size = count * pcm.block;
        if size > self.max_frame_size {
            return Err(Fault::new(FRAME_TOO_LARGE, position, "RIFF/data", format!("{size} bytes")));
        }
        let span = i64::try_from(self.time).ok().and_then(|time| Span::new(time, count as i64));
        let frame = span.and_then(|span| span.frame(TRACK, pcm.sound.rate, input.take(size as usize)));
        let frame = frame.ok_or_else(|| {
            Fault::new(TIME_OVERFLOW, position, "RIFF/data", format!("sample {}", self.time))
        })?;
        self.time += count;
        out.at(position, "RIFF/data");
        out.frame(frame);
        Ok(true)
    }

    /// The state behind a chunk of so many bytes.
    fn behind(&self, size: u64) -> State {
        if size % 2 == 1 { State::Padding } else { State::Chunks }
    }

    fn tell_lost(&mut self, to: u64, out: &mut Out) {
        if let Some(from) = self.lost_from.take() {
            out.at(from, "RIFF");
            out.lost(NOT_READ, from, to, None);
        }
    }
}

impl Parser for Wav {
    fn step(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault> {
        match self.state {
            _ if input.is_empty() && !matches!(self.state, State::Samples { .. }) => Ok(false),
            State::Start => self.start(input),
            State::Chunks => self.chunk(input, out),
            State::Passing { start, end, .. } => {
                let left = end - input.position();
                let skipped = input.skip(usize::try_from(left).unwrap_or(usize::MAX)) as u64;
                if skipped == left {
                    self.state = self.behind(end - start);
                }
                Ok(skipped == left)
            }
            State::Padding => {
                let Some(count) = chunk::padding(input) else { return Ok(false) };
                input.skip(count);
                self.state = State::Chunks;
                Ok(true)
            }
            State::Samples { .. } => self.samples(input, out, false),
        }
    }

    fn flush(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault> {
        self.tell_lost(input.position(), out);
        self.samples(input, out, true)
    }

    fn awaits(&self, input: &InputBuffer) -> Option<Awaited> {
        let have = |start: u64| input.end() - start;
        match self.state {
            State::Samples { start, end } => {
                let need = end.map(|end| end - start);
                let block = self.pcm.as_ref().map_or(1, |pcm| pcm.block);
                let is_open = need.is_some() || !(input.len() as u64).is_multiple_of(block);
                is_open.then(|| Awaited { what: "data".into(), offset: start, have: have(start), need })
            }
            State::Passing { start, end, name } => {
                let what = String::from_utf8_lossy(&name).into_owned().into();
                Some(Awaited { what, offset: start, have: have(start), need: Some(end - start) })
            }
            _ if input.is_empty() => None,
            _ => {
                let offset = input.position();
                Some(Awaited { what: "a chunk".into(), offset, have: have(offset), need: None })
            }
        }
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.state = State::Start;
        self.lost_from = None;
        self.time = 0;
    }
}
