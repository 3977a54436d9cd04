//! [`Frames`]: frames from header to header.
//!
//! Bytes are looked at once. Every header that is found begins a candidate, over whose bytes a
//! checksum runs; where the next header is and the checksum says that a frame ends there, it is
//! one. Payload may look like a header, so there may be several candidates, but few: one that is
//! not confirmed is dropped, and its bytes are told as lost.

use super::TRACK;
use super::frame_header::{FrameHeader, StreamInfo};
use crate::codec::Sound;
use crate::demuxer::{Fault, Out};
use crate::error_code::{FRAME_TOO_LARGE, NOT_READ, TIME_OVERFLOW};
use crate::frame::Span;
use crate::id3;
use mse_core::{CodedFrame, FrameData, InputBuffer};
use symphonia::core::checksum::Crc16Ansi;
use symphonia::core::io::Monitor;

/// Candidates that are followed at a time.
const MOST: usize = 4;
/// Bytes that are looked at in one turn.
const TURN: usize = 4096;

/// State of the search for frames in a stream.
#[derive(Default)]
pub(super) struct Frames {
    /// In the order of their places.
    candidates: Vec<Candidate>,
    /// Position that is looked at next.
    scan: u64,
    /// Up to here every byte is of a frame, or was told as lost.
    told: u64,
}

struct Candidate {
    start: u64,
    header: FrameHeader,
    /// Over all bytes up to the one that is looked at next. It is 0 behind a whole frame, whose
    /// last two bytes it is.
    checksum: Crc16Ansi,
    /// Position at which a frame ended by the checksum, and a damaged header seems to stand.
    seems_to_end: Option<u64>,
}

/// Item that comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ahead {
    /// More of the same.
    Frames,
    /// A tag, or the marker of another file.
    Other,
    Wait,
}

/// Item that the bytes at a position begin.
enum Found {
    Header(FrameHeader),
    /// The first bits of a header, which is damaged or none.
    Sync,
    /// A tag or another file, and whether there can be no doubt.
    Other(bool),
    Nothing,
}

impl Frames {
    /// Frames are due from a position on.
    pub(super) fn from(position: u64) -> Self {
        Self { candidates: Vec::new(), scan: position, told: position }
    }

    /// Looks at the bytes that have come, up to the next frame that is complete.
    pub(super) fn go_on(
        &mut self,
        input: &mut InputBuffer,
        stream: &Stream<'_>,
        out: &mut Out,
    ) -> Result<Ahead, Fault> {
        const MORE: usize = FrameHeader::LONGEST - 1;
        let ahead = input.end().saturating_sub(self.scan + MORE as u64);
        let count = usize::try_from(ahead).unwrap_or(usize::MAX).min(TURN);
        let window = if count == 0 { None } else { input.window(self.scan, count + MORE) };
        let Some(bytes) = window else { return Ok(Ahead::Wait) };
        let before = self.told;
        for bytes in bytes.windows(FrameHeader::LONGEST) {
            match Found::at(bytes, stream.info) {
                Found::Nothing => {}
                Found::Sync => self.note_end(),
                Found::Header(header) => self.header(header, input, stream, out)?,
                Found::Other(is_sure) => {
                    let whole = self.whole(self.scan, stream.info);
                    let is_due = self.candidates.is_empty() && self.told == self.scan;
                    if let Some(index) = whole {
                        self.complete(index, self.scan, input, stream, out)?;
                    }
                    if is_sure || is_due || whole.is_some() {
                        self.end_at(self.scan, input, stream, out)?;
                        self.release(input);
                        return Ok(Ahead::Other);
                    }
                }
            }
            self.candidates.iter_mut().for_each(|candidate| candidate.checksum.process_byte(bytes[0]));
            self.scan += 1;
            self.drop_long(input, stream, out)?;
            if self.told != before {
                break;
            }
        }
        self.release(input);
        Ok(Ahead::Frames)
    }

    /// Lets out the last frame: the end of the input may be its end. Bytes that are no whole frame
    /// stay.
    pub(super) fn flush(
        &mut self,
        input: &mut InputBuffer,
        stream: &Stream<'_>,
        out: &mut Out,
    ) -> Result<(), Fault> {
        if let Some(index) = self.whole_at_end(input, stream.info) {
            self.scan = input.end();
            self.complete(index, self.scan, input, stream, out)?;
            self.candidates.clear();
        }
        let kept = self.candidates.first().map_or(self.scan, |candidate| candidate.start);
        self.lose(kept, out);
        self.release(input);
        Ok(())
    }

    /// A header begins here.
    fn header(
        &mut self,
        header: FrameHeader,
        input: &InputBuffer,
        stream: &Stream<'_>,
        out: &mut Out,
    ) -> Result<(), Fault> {
        let here = self.scan;
        if let Some(index) = self.whole(here, stream.info) {
            self.complete(index, here, input, stream, out)?;
            self.candidates.clear();
        } else if self.candidates.iter().any(|candidate| candidate.header.is_before(&header)) {
            // The next of a candidate, whose checksum says that it is damaged.
            self.end_at(here, input, stream, out)?;
        } else if self.candidates.len() == MOST {
            self.drop_first(input, stream, out)?;
        }
        let checksum = Crc16Ansi::new(0);
        self.candidates.push(Candidate { start: here, header, checksum, seems_to_end: None });
        Ok(())
    }

    /// The first candidate that is a whole frame up to a position.
    fn whole(&self, end: u64, info: &StreamInfo) -> Option<usize> {
        self.candidates.iter().position(|candidate| {
            candidate.checksum.crc() == 0 && end - candidate.start >= info.smallest_frame()
        })
    }

    /// The first candidate that is a whole frame up to the end of the input.
    pub(super) fn whole_at_end(&self, input: &InputBuffer, info: &StreamInfo) -> Option<usize> {
        let left = input.end().saturating_sub(self.scan) as usize;
        let tail = input.window(self.scan, left).unwrap_or_default();
        self.candidates.iter().position(|candidate| {
            let mut checksum = Crc16Ansi::new(candidate.checksum.crc());
            checksum.process_buf_bytes(&tail);
            checksum.crc() == 0 && input.end() - candidate.start >= info.smallest_frame()
        })
    }

    /// Candidates that end here by their checksum, though the header that stands here is damaged.
    fn note_end(&mut self) {
        for candidate in &mut self.candidates {
            if candidate.checksum.crc() == 0 && self.scan - candidate.start >= 8 {
                candidate.seems_to_end = Some(self.scan);
            }
        }
    }

    /// A candidate is a frame that ends at a position; those before it are none, or seem to end
    /// before it.
    fn complete(
        &mut self,
        index: usize,
        end: u64,
        input: &InputBuffer,
        stream: &Stream<'_>,
        out: &mut Out,
    ) -> Result<(), Fault> {
        for _ in 0..index {
            self.drop_first(input, stream, out)?;
        }
        if self.candidates.is_empty() {
            return Ok(());
        }
        let Candidate { start, header, .. } = self.candidates.remove(0);
        self.emit(start, end, header, input, stream, out)
    }

    /// No candidate goes on behind a position.
    fn end_at(
        &mut self,
        position: u64,
        input: &InputBuffer,
        stream: &Stream<'_>,
        out: &mut Out,
    ) -> Result<(), Fault> {
        while !self.candidates.is_empty() {
            self.drop_first(input, stream, out)?;
        }
        self.lose(position, out);
        Ok(())
    }

    fn drop_first(&mut self, input: &InputBuffer, stream: &Stream<'_>, out: &mut Out) -> Result<(), Fault> {
        let Candidate { start, header, seems_to_end, .. } = self.candidates.remove(0);
        let limit = self.candidates.first().map_or(self.scan, |next| next.start);
        match seems_to_end.filter(|end| *end <= limit) {
            Some(end) => self.emit(start, end, header, input, stream, out),
            None => Ok(()),
        }
    }

    /// Candidates that are longer than any frame.
    fn drop_long(&mut self, input: &InputBuffer, stream: &Stream<'_>, out: &mut Out) -> Result<(), Fault> {
        let most = stream.info.largest_frame();
        while self.candidates.first().is_some_and(|first| self.scan - first.start > most) {
            self.drop_first(input, stream, out)?;
        }
        Ok(())
    }

    fn emit(
        &mut self,
        start: u64,
        end: u64,
        header: FrameHeader,
        input: &InputBuffer,
        stream: &Stream<'_>,
        out: &mut Out,
    ) -> Result<(), Fault> {
        self.lose(start, out);
        self.told = end;
        let size = end - start;
        if size > stream.max_frame_size {
            return Err(Fault::new(FRAME_TOO_LARGE, start, "frame", format!("{size} bytes")));
        }
        let data = input.window(start, size as usize).unwrap_or_default();
        let frame = stream.frame(header, data);
        let frame = frame.ok_or_else(|| Fault::new(TIME_OVERFLOW, start, "frame", format!("{header:?}")))?;
        out.at(start, "frame");
        out.frame(frame);
        Ok(())
    }

    /// Tells of the bytes up to a position, which became nothing.
    fn lose(&mut self, to: u64, out: &mut Out) {
        out.at(self.told, "frame");
        out.lost(NOT_READ, self.told, to, Some(TRACK));
        self.told = self.told.max(to);
    }

    /// Lets go of bytes that no candidate needs.
    fn release(&self, input: &mut InputBuffer) {
        let needed = self.candidates.first().map_or(self.scan, |first| first.start);
        input.skip(usize::try_from(needed.saturating_sub(input.position())).unwrap_or(usize::MAX));
    }
}

/// Facts about all frames of the stream.
pub(super) struct Stream<'a> {
    pub(super) info: &'a StreamInfo,
    pub(super) sound: &'a Sound,
    pub(super) max_frame_size: u64,
}

impl Stream<'_> {
    fn frame(&self, header: FrameHeader, data: FrameData) -> Option<CodedFrame> {
        let span = Span::new(header.first_sample(self.info)?, header.samples.into())?;
        span.frame(TRACK, self.sound.rate, data)
    }
}

impl Found {
    /// Looks at as many bytes as the longest header has.
    #[inline]
    fn at(bytes: &[u8], info: &StreamInfo) -> Self {
        match bytes {
            [0xFF, 0xF8 | 0xF9, ..] => FrameHeader::parse(bytes, Some(info)).map_or(Self::Sync, Self::Header),
            [b'f', b'L', b'a', b'C', 0 | 0x80, 0, 0, 34, ..] => Self::Other(true),
            [b'f', b'L', b'a', b'C', ..] => Self::Other(false),
            [b'I' | b'T', ..] if id3::size(bytes).is_some() => Self::Other(false),
            _ => Self::Nothing,
        }
    }
}
