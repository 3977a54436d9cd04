//! [`PullDemuxer`]: the end that is polled.
//!
//! ```text
//!   Idle ── header, or media after one ──► Working ── ended before the stream ──► Passing ── header ──► Working
//!    ▲                                        │ reset, or ended with the stream
//!    └────────────────────────────────────────┘
//! ```

use crate::error_code::HEADER_MISSING;
use crate::format::{Begins, PullFormat};
use crate::worker::{Command, Ended, Fault, Message, Worker};
use bytes::Bytes;
use mse_core::{CodedFrame, Demuxed, Demuxer, InputBuffer, Limits, ParseError, ResetReason};
use std::collections::VecDeque;

/// Bytes that tell every header.
const HEAD: usize = 12;
/// Bytes that are handed to the thread at a time: what a reset may have to wait for.
const PIECE: usize = 64 << 10;

/// The demuxer behind the rows of [`format`](crate::format).
pub(crate) struct PullDemuxer {
    format: &'static PullFormat,
    limits: Limits,
    input: InputBuffer,
    /// Position of the input buffer's first byte ever, in bytes since this was made.
    origin: u64,
    state: State,
    /// Items that are due before anything else.
    due: VecDeque<Demuxed>,
    /// The last header, written anew (RPS-5).
    header: Option<Bytes>,
    /// Nothing more comes of what is there.
    flushing: bool,
    failed: Option<ParseError>,
}

enum State {
    /// No parser: the next bytes start one.
    Idle,
    /// A parser runs.
    Working(Working),
    /// The parser was satisfied before the bytes were used up: behind the data of WAV other chunks follow, and perhaps another file.
    Passing,
}

struct Working {
    worker: Worker,
    /// Whether it waits for bytes.
    wants: bool,
    /// Position of its first byte, and bytes of a header that were read before.
    start: u64,
    prefix: u64,
    /// Whether the tracks it finds are those of that header, which are no news.
    is_told: bool,
}

impl PullDemuxer {
    pub(crate) fn new(format: &'static PullFormat, limits: &Limits) -> Self {
        Self {
            format,
            limits: limits.clone(),
            input: InputBuffer::new(),
            origin: 0,
            state: State::Idle,
            due: VecDeque::new(),
            header: None,
            flushing: false,
            failed: None,
        }
    }
}

impl Demuxer for PullDemuxer {
    fn push(&mut self, bytes: Bytes) {
        self.input.push(bytes);
    }

    fn poll(&mut self) -> Result<Demuxed, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            if let Some(item) = self.due.pop_front() {
                return Ok(item);
            }
            let step = match &mut self.state {
                State::Idle | State::Passing => self.between(),
                State::Working(_) => self.work(),
            };
            match step {
                Ok(Step::Progress) => {}
                Ok(Step::NeedMoreData) => return Ok(Demuxed::NeedMoreData),
                Err(error) => {
                    // Its thread has no more to say.
                    self.state = State::Idle;
                    return Err(self.failed.insert(error).clone());
                }
            }
        }
    }

    fn flush(&mut self) {
        self.flushing = !matches!(self.state, State::Idle) || !self.input.is_empty();
    }

    fn reset(&mut self, reason: ResetReason) {
        if reason == ResetReason::TimestampOffsetSet {
            return;
        }
        self.state = State::Idle;
        self.input.clear();
        self.due.clear();
        self.flushing = false;
        self.failed = None;
    }
}

enum Step {
    Progress,
    NeedMoreData,
}

impl PullDemuxer {
    fn position(&self) -> u64 {
        self.origin + self.input.position()
    }

    /// Without a parser: a header starts one (SPL-5). Other bytes do so too if a header is in force.
    fn between(&mut self) -> Result<Step, ParseError> {
        let head = self.input.window(self.input.position(), HEAD.min(self.input.len())).unwrap_or_default();
        if head.is_empty() {
            return Ok(self.wait());
        }
        let is_passing = matches!(self.state, State::Passing);
        match (self.format.begins)(&head) {
            Begins::Perhaps => Ok(self.wait()),
            Begins::Header => self.start(None),
            Begins::Other if is_passing => {
                self.input.skip(1);
                Ok(Step::Progress)
            }
            Begins::Other => match self.header.clone() {
                Some(header) => self.start(Some(header)),
                None => {
                    let fault = Fault::new(HEADER_MISSING, "neither a header nor anything behind one");
                    Err(error(fault, self.position()))
                }
            },
        }
    }

    /// More bytes are needed; when none come, those that are there mean nothing.
    fn wait(&mut self) -> Step {
        if std::mem::take(&mut self.flushing) {
            self.input.clear();
            self.state = State::Idle;
        }
        Step::NeedMoreData
    }

    fn start(&mut self, header: Option<Bytes>) -> Result<Step, ParseError> {
        let start = self.position();
        let is_told = header.is_some();
        let header = header.unwrap_or_default();
        let prefix = header.len() as u64;
        let worker = Worker::start(self.format, &self.limits, header).map_err(|fault| error(fault, start))?;
        self.state = State::Working(Working { worker, wants: false, start, prefix, is_told });
        Ok(Step::Progress)
    }

    /// With a parser: gives it bytes when it wants some, takes what it found.
    fn work(&mut self) -> Result<Step, ParseError> {
        let State::Working(working) = &mut self.state else { return Ok(Step::Progress) };
        if working.wants {
            let command = match self.input.front() {
                [] if !self.flushing => return Ok(Step::NeedMoreData),
                [] => Command::End,
                front => {
                    let size = front.len().min(PIECE);
                    Command::Bytes(self.input.take(size).to_bytes())
                }
            };
            working.worker.answer(command);
            working.wants = false;
        }
        match working.worker.next() {
            Message::Wants => working.wants = true,
            Message::Tracks(segment, header) => {
                self.header = header;
                if !std::mem::take(&mut working.is_told) {
                    self.due.push_back(Demuxed::InitSegment(segment));
                }
            }
            Message::Frame(frame) => self.frame(frame),
            Message::Ended(Ended::WithStream) => {
                self.state = State::Idle;
                self.flushing = false;
            }
            Message::Ended(Ended::Before(rest)) => {
                self.state = State::Passing;
                self.put_back(rest);
            }
            Message::Ended(Ended::Failed(fault, read)) => {
                return Err(error(fault, working.start + read.saturating_sub(working.prefix)));
            }
        }
        Ok(Step::Progress)
    }

    /// As in MPA-2, each frame is a media segment, so that the append state is right between any two. Whoever flushes wants the frames that
    /// were held, and no marks.
    fn frame(&mut self, frame: CodedFrame) {
        if self.flushing && self.input.is_empty() {
            self.due.push_back(Demuxed::Frame(frame));
        } else {
            let frame = Demuxed::Frame(frame);
            self.due.extend([Demuxed::MediaSegmentStart, frame, Demuxed::MediaSegmentEnd]);
        }
    }

    /// Puts bytes in front of those that are there.
    fn put_back(&mut self, pieces: Vec<Bytes>) {
        let mut input = InputBuffer::new();
        pieces.into_iter().for_each(|piece| input.push(piece));
        self.origin = (self.origin + self.input.position()).saturating_sub(input.len() as u64);
        while !self.input.is_empty() {
            let size = self.input.front().len();
            input.push(self.input.take(size).to_bytes());
        }
        self.input = input;
    }
}

#[cold]
fn error(fault: Fault, offset: u64) -> ParseError {
    ParseError {
        code: fault.code.code,
        row: fault.code.row,
        offset,
        path: String::new(),
        track: None,
        detail: fault.detail,
    }
}
