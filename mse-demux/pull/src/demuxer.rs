//! [`AudioDemuxer`]: what the formats have in common. A [`Parser`] takes what is complete out of the input and puts items into [`Out`]; what
//! is not complete stays in the input, so no end of an append, flush or new `timestampOffset` ends
//! a parse.

use bytes::Bytes;
use mse_core::{
    Awaited, CodedFrame, Demuxed, Demuxer, ErrorCode, InitSegment, InputBuffer, Loss, ParseError, Place,
    ResetReason, TrackId,
};
use std::collections::VecDeque;

/// One format.
pub(crate) trait Parser: Send {
    /// Takes the next complete structure; says whether there was one.
    fn step(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault>;
    /// Takes what is complete if the input ends here, when no step is possible; says whether more
    /// is possible now. The input may go on all the same.
    fn flush(&mut self, input: &mut InputBuffer, out: &mut Out) -> Result<bool, Fault>;
    /// The structure that the input ends inside of.
    fn awaits(&self, input: &InputBuffer) -> Option<Awaited>;
    /// The input was emptied, or `timestampOffset` was set.
    fn reset(&mut self, reason: ResetReason);
}

/// An error without its place.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    code: ErrorCode,
    offset: u64,
    path: &'static str,
    detail: String,
}

impl Fault {
    pub(crate) fn new(code: ErrorCode, offset: u64, path: &'static str, detail: impl Into<String>) -> Self {
        Self { code, offset, path, detail: detail.into() }
    }
}

/// Items on their way out.
#[derive(Debug, Default)]
pub(crate) struct Out {
    /// Each with the place of what it came out of.
    due: VecDeque<(Demuxed, (u64, &'static str))>,
    /// Position of the structure that items come out of.
    offset: u64,
    path: &'static str,
    /// Whether the host flushes: it wants the frames that were held, which belong to the segment
    /// before.
    is_flushing: bool,
}

impl Out {
    /// Names the structure that the next items come out of.
    pub(crate) fn at(&mut self, offset: u64, path: &'static str) {
        (self.offset, self.path) = (offset, path);
    }

    pub(crate) fn init_segment(&mut self, segment: InitSegment) {
        self.push(Demuxed::InitSegment(segment));
    }

    /// As in MPA-2, each frame is a media segment, so that the append state is right between any
    /// two.
    pub(crate) fn frame(&mut self, frame: CodedFrame) {
        if self.is_flushing {
            return self.push(Demuxed::Frame(frame));
        }
        self.push(Demuxed::MediaSegmentStart);
        self.push(Demuxed::Frame(frame));
        self.push(Demuxed::MediaSegmentEnd);
    }

    /// Tells of bytes from one position to another that became nothing, if there are any.
    pub(crate) fn lost(&mut self, code: ErrorCode, from: u64, to: u64, track: Option<TrackId>) {
        if from < to {
            let loss = Loss { track, ..Loss::new(code, from, to - from, self.path) };
            self.push(Demuxed::Lost(loss));
        }
    }

    /// Tells of a loss.
    pub(crate) fn loss(&mut self, loss: Loss) {
        self.push(Demuxed::Lost(loss));
    }

    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    fn push(&mut self, item: Demuxed) {
        self.due.push_back((item, (self.offset, self.path)));
    }
}

/// The demuxer behind the rows of [`format`](crate::format).
pub(crate) struct AudioDemuxer<P> {
    parser: P,
    input: InputBuffer,
    out: Out,
    place: (u64, &'static str),
    flush_is_due: bool,
    /// A fault behind items that are due.
    fault: Option<Fault>,
    failed: Option<ParseError>,
}

impl<P: Parser> AudioDemuxer<P> {
    pub(crate) fn new(parser: P) -> Self {
        Self {
            parser,
            input: InputBuffer::new(),
            out: Out::default(),
            place: (0, ""),
            flush_is_due: false,
            fault: None,
            failed: None,
        }
    }

    /// Parses until there is an item, or nothing is complete any more.
    fn parse(&mut self) -> Result<(), Fault> {
        while self.out.due.is_empty() && self.parser.step(&mut self.input, &mut self.out)? {}
        if self.out.due.is_empty() && std::mem::take(&mut self.flush_is_due) {
            self.out.is_flushing = true;
            let flushed = self.let_out();
            self.out.is_flushing = false;
            flushed?;
        }
        Ok(())
    }
}

impl<P: Parser> AudioDemuxer<P> {
    /// Lets out everything that was held back, and the input behind it. Each turn takes bytes.
    fn let_out(&mut self) -> Result<(), Fault> {
        while self.parser.flush(&mut self.input, &mut self.out)? {
            while self.parser.step(&mut self.input, &mut self.out)? {}
        }
        Ok(())
    }
}

impl<P: Parser> Demuxer for AudioDemuxer<P> {
    fn push(&mut self, bytes: Bytes) {
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.out.due.is_empty()
            && self.fault.is_none()
            && let Err(fault) = self.parse()
        {
            self.fault = Some(fault);
        }
        // What was complete before a fault comes first.
        if let Some((item, place)) = self.out.due.pop_front() {
            self.place = place;
            return Ok(item);
        }
        match self.fault.take() {
            None => Ok(Demuxed::NeedMoreData),
            Some(fault) => Err(self.failed.insert(error(fault)).clone()),
        }
    }

    fn flush(&mut self) {
        self.flush_is_due = true;
    }

    fn awaits(&self) -> Option<Awaited> {
        if self.failed.is_some() { None } else { self.parser.awaits(&self.input) }
    }

    fn take_starved(&mut self) -> bool {
        self.input.take_starved()
    }

    fn place(&self) -> Option<Place> {
        let (offset, path) = self.place;
        Some(Place { offset, path: path.to_owned() })
    }

    fn reset(&mut self, reason: ResetReason) {
        self.parser.reset(reason);
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.input.clear();
        self.out.due.clear();
        self.flush_is_due = false;
        self.fault = None;
        self.failed = None;
    }
}

#[cold]
fn error(fault: Fault) -> ParseError {
    ParseError {
        code: fault.code.code,
        row: fault.code.row,
        offset: fault.offset,
        path: fault.path.to_owned(),
        track: None,
        detail: fault.detail,
    }
}
