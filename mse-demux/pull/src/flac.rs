//! Native FLAC (RFC 9639). Nothing in a frame says how long it is: it ends where another begins, if
//! the checksum over all of it is right.
//!
//! ```text
//!   Start ── fLaC ──► Metadata ── last block ──► Frames ── fLaC ──► Metadata
//!     └── frames, after a reset
//! ```

pub(crate) mod frame_header;
mod frames;

use crate::codec::{STREAMINFO, Sound};
use crate::demuxer::{Fault, Out, Parser};
use crate::error_code::{HEADER_MISSING, MALFORMED};
use crate::id3;
use frame_header::StreamInfo;
use frames::{Ahead, Frames, Stream};
use mse_core::{Awaited, InitSegment, InputBuffer, Limits, MediaTime, ResetReason, TrackId};

pub(crate) const TRACK: TrackId = TrackId(0);
const MARKER: &[u8; 4] = b"fLaC";

/// The parser of native FLAC.
pub(crate) struct Flac {
    max_frame_size: u64,
    state: State,
    /// STREAMINFO of the metadata that is being read.
    reading: Option<(StreamInfo, Sound)>,
    /// STREAMINFO of the last initialization segment.
    in_force: Option<(StreamInfo, Sound)>,
    frames: Frames,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Start,
    Metadata,
    /// Passing over a tag or a block that ends there.
    Passing {
        what: &'static str,
        start: u64,
        end: u64,
        then: Then,
    },
    Frames,
}

/// State behind the bytes that are passed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Then {
    Start,
    Metadata,
    LastBlock,
}

impl Flac {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            max_frame_size: limits.max_frame_size.into(),
            state: State::Start,
            reading: None,
            in_force: None,
            frames: Frames::default(),
        }
    }

    /// The first bytes, or those behind a reset or a tag: a header, or frames of the last one
    /// (RPS-5).
    fn start(&mut self, input: &mut InputBuffer) -> Result<bool, Fault> {
        let position = input.position();
        let head = input.window(position, input.len().min(id3::HEAD)).unwrap_or_default();
        if head.starts_with(MARKER) {
            input.skip(MARKER.len());
            self.reading = None;
            self.state = State::Metadata;
            return Ok(true);
        }
        let may_be = |magic: &[u8]| magic.starts_with(&head[..head.len().min(magic.len())]);
        match id3::size(&head) {
            Some(size) => {
                let end = position + size;
                self.state = State::Passing { what: "a tag", start: position, end, then: Then::Start };
            }
            None if head.len() < id3::HEAD && (may_be(MARKER) || may_be(b"ID3") || may_be(b"TAG")) => {
                return Ok(false);
            }
            None if self.in_force.is_some() => {
                self.state = State::Frames;
                self.frames = Frames::from(position);
            }
            None => {
                let detail = "neither the marker of FLAC nor frames behind one";
                return Err(Fault::new(HEADER_MISSING, position, "", detail));
            }
        }
        Ok(true)
    }

    /// A metadata block. Only STREAMINFO is needed (RFC 9639 section 8).
    fn metadata(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault> {
        const HEADER: usize = 4;
        const FRAME: u8 = 127;
        let start = input.position();
        let Some([kind, size @ ..]) = input.peek::<HEADER>() else { return Ok(false) };
        let size = size.iter().fold(0, |size, byte| size << 8 | u64::from(*byte));
        if kind & FRAME == FRAME {
            // A header that was cut short: frames follow.
            return self.end_of_metadata(start, out);
        }
        if kind & FRAME == 0 && self.reading.is_none() {
            let Some(block) = input.window(start + HEADER as u64, STREAMINFO) else { return Ok(false) };
            let info = StreamInfo::parse(&block).zip(Sound::flac(&block));
            let is_whole = size >= STREAMINFO as u64;
            let malformed = || Fault::new(MALFORMED, start, "STREAMINFO", "it contradicts itself");
            self.reading = Some(info.filter(|_| is_whole).ok_or_else(malformed)?);
        }
        let then = if kind & 0x80 == 0 { Then::Metadata } else { Then::LastBlock };
        let end = start + HEADER as u64 + size;
        self.state = State::Passing { what: "a metadata block", start, end, then };
        Ok(true)
    }

    fn end_of_metadata(&mut self, position: u64, out: &mut Out) -> Result<bool, Fault> {
        let Some((info, sound)) = self.reading.take() else {
            return Err(Fault::new(MALFORMED, position, "", "metadata without STREAMINFO"));
        };
        let samples = i64::try_from(info.samples).ok().filter(|samples| *samples > 0);
        let duration = samples.and_then(|samples| MediaTime::from_ticks(samples, sound.rate));
        out.at(position, "STREAMINFO");
        let tracks = vec![sound.track(TRACK)];
        out.init_segment(InitSegment { duration, tracks, ..InitSegment::default() });
        self.in_force = Some((info, sound));
        self.frames = Frames::from(position);
        self.state = State::Frames;
        Ok(true)
    }

    fn has_whole_frame(&self, input: &InputBuffer) -> bool {
        let info = self.in_force.as_ref().map(|(info, _)| info);
        info.is_some_and(|info| self.frames.whole_at_end(input, info).is_some())
    }

    fn pass(&mut self, input: &mut InputBuffer, end: u64, then: Then, out: &mut Out) -> Result<bool, Fault> {
        let left = end - input.position();
        if input.skip(usize::try_from(left).unwrap_or(usize::MAX)) as u64 != left {
            return Ok(false);
        }
        match then {
            Then::Start => self.state = State::Start,
            Then::Metadata => self.state = State::Metadata,
            Then::LastBlock => return self.end_of_metadata(end, out),
        }
        Ok(true)
    }
}

impl Parser for Flac {
    fn step(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault> {
        match self.state {
            State::Passing { end, then, .. } => self.pass(input, end, then, out),
            State::Start if input.is_empty() => Ok(false),
            State::Start => self.start(input),
            State::Metadata => self.metadata(input, out),
            State::Frames => {
                let Some((info, sound)) = &self.in_force else { return Ok(false) };
                let stream = Stream { info, sound, max_frame_size: self.max_frame_size };
                let found = self.frames.go_on(input, &stream, out)?;
                if found == Ahead::Other {
                    self.state = State::Start;
                }
                Ok(found != Ahead::Wait)
            }
        }
    }

    fn flush(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault> {
        match (self.state, &self.in_force) {
            (State::Frames, Some((info, sound))) => {
                let stream = Stream { info, sound, max_frame_size: self.max_frame_size };
                self.frames.flush(input, &stream, out)?;
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    fn awaits(&self, input: &InputBuffer) -> Option<Awaited> {
        match self.state {
            State::Passing { what, start, end, .. } => {
                let have = input.end() - start;
                Some(Awaited { what: what.into(), offset: start, have, need: Some(end - start) })
            }
            _ if input.is_empty() => None,
            // A whole frame waits for what comes behind it, and for nothing of its own.
            State::Frames if self.has_whole_frame(input) => None,
            state => {
                let offset = input.position();
                let what = if state == State::Frames { "a frame" } else { "a header" };
                Some(Awaited { what: what.into(), offset, have: input.len() as u64, need: None })
            }
        }
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.state = State::Start;
        self.reading = None;
        self.frames = Frames::default();
    }
}
