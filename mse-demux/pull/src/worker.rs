//! [`Worker`]: a parser on a thread of its own, and how to talk to it.
//!
//! The thread waits in exactly two places: where it wants bytes, and where the demuxer is [`BEHIND`] messages behind. In both it wakes
//! when the demuxer hangs up, and then every further read fails; so dropping a worker takes no longer than what the parser makes of the
//! bytes it has.

use crate::error_code::{MALFORMED, NO_THREAD, PANICKED, UNSUPPORTED};
use crate::format::PullFormat;
use crate::source::{Line, Source, Unwound, lock};
use crate::tracks::Tracks;
use crate::watch::{Stop, Watch};
use bytes::Bytes;
use mse_core::{CodedFrame, ErrorCode, InitSegment, Limits};
use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions, ReadBytes, SeekBuffered};

/// Messages that may wait for the demuxer.
const BEHIND: usize = 64;
/// Bytes that symphonia holds to go back in. The readers go back at most a page of Ogg, 65 307 bytes; a reader's largest read is less
/// than twice this, where it would be cut at the end of a piece.
const SEEK_BACK: usize = 256 << 10;

/// To the thread.
pub(crate) enum Command {
    /// These follow.
    Bytes(Bytes),
    /// Nothing follows.
    End,
}

/// From the thread.
pub(crate) enum Message {
    /// It has used up what it got, and waits.
    Wants,
    /// What is described; and the header that says so, to be read again before media that comes without.
    Tracks(InitSegment, Option<Bytes>),
    /// One packet.
    Frame(CodedFrame),
    /// It is over; the last message.
    Ended(Ended),
}

/// How it ended.
pub(crate) enum Ended {
    /// With the stream. What was incomplete is gone.
    WithStream,
    /// Before it: what was not read.
    Before(Vec<Bytes>),
    /// By a fault, about so many bytes in.
    Failed(Fault, u64),
}

/// What is wrong.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: ErrorCode,
    pub(crate) detail: String,
}

impl Fault {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<Stop> for Fault {
    fn from(stop: Stop) -> Self {
        let (code, detail) = stop.fault();
        Self::new(code, detail)
    }
}

/// A running parser.
pub(crate) struct Worker {
    /// `None` only while it is dropped.
    ends: Option<(SyncSender<Command>, Receiver<Message>)>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread that parses `first` and what follows.
    pub(crate) fn start(format: &'static PullFormat, limits: &Limits, first: Bytes) -> Result<Self, Fault> {
        let (command_sender, commands) = sync_channel(1);
        let (messages, message_receiver) = sync_channel(BEHIND);
        let watch = Watch::new(
            limits.max_header_size,
            format.reach.min(u64::from(limits.max_frame_size).max(128 << 10)),
        );
        let line = Arc::new(Mutex::new(Line::new(commands, messages, first, watch)));
        let limits = limits.clone();
        let thread = Builder::new()
            .name("mse-pull".to_owned())
            .spawn(move || run(format, &limits, &line))
            .map_err(|error| Fault::new(NO_THREAD, error.to_string()))?;
        Ok(Self { ends: Some((command_sender, message_receiver)), thread: Some(thread) })
    }

    /// The next message. Returns as soon as the thread has found something or wants bytes.
    pub(crate) fn next(&mut self) -> Message {
        let message = self.ends.as_ref().and_then(|(_, messages)| messages.recv().ok());
        // The last thing that the thread does is to say that it ends.
        message.unwrap_or_else(|| {
            Message::Ended(Ended::Failed(Fault::new(PANICKED, "the thread ended without a word"), 0))
        })
    }

    /// Answers a thread that wants bytes.
    pub(crate) fn answer(&mut self, command: Command) {
        if let Some((commands, _)) = &self.ends {
            // Fails only when the thread is gone, which `next` finds.
            let _ = commands.send(command);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.ends = None;
        if let Some(thread) = self.thread.take() {
            // Its panics are caught within.
            let _ = thread.join();
        }
    }
}

/// The thread.
fn run(format: &PullFormat, limits: &Limits, line: &Arc<Mutex<Line>>) {
    let parsed = panic::catch_unwind(AssertUnwindSafe(|| parse(format, limits, line)));
    let mut line = lock(line);
    let ended = match (line.stop, parsed) {
        // Whatever the parser made of it.
        (Some(stop), _) => Err(stop.into()),
        (None, Ok(ended)) => ended,
        (None, Err(payload)) => Err(panicked(&*payload)),
    };
    let position = line.watch.position();
    let ended = ended.unwrap_or_else(|fault| Ended::Failed(fault, position));
    // Nobody may be listening.
    let _ = line.tell(Message::Ended(ended));
}

fn panicked(payload: &(dyn Any + Send)) -> Fault {
    let said = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| payload.downcast_ref::<String>().cloned());
    let said = said.or_else(|| payload.is::<Unwound>().then(|| "unwound".to_owned()));
    Fault::new(PANICKED, said.unwrap_or_default())
}

/// Everything that symphonia does.
fn parse(format: &PullFormat, limits: &Limits, line: &Arc<Mutex<Line>>) -> Result<Ended, Fault> {
    let source = Box::new(Source { line: line.clone() });
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions { buffer_len: SEEK_BACK });
    let mut reader = match (format.open)(stream, FormatOptions::default()) {
        Ok(reader) => reader,
        Err(error) => return end(&error, line),
    };
    let mut tracks = describe(&*reader, format, limits, line)?;
    loop {
        match reader.next_packet() {
            Ok(Some(packet)) => {
                lock(line).watch.item()?;
                if let Some(frame) = tracks.frame(packet, limits)? {
                    lock(line).tell(Message::Frame(frame))?;
                }
            }
            Ok(None) if lock(line).has_ended() => return Ok(Ended::WithStream),
            Ok(None) => return Ok(Ended::Before(rest(reader, line))),
            // Ogg: a chained stream begins.
            Err(Error::ResetRequired) => tracks = describe(&*reader, format, limits, line)?,
            Err(error) => return end(&error, line),
        }
    }
}

fn describe(
    reader: &dyn FormatReader,
    format: &PullFormat,
    limits: &Limits,
    line: &Mutex<Line>,
) -> Result<Tracks, Fault> {
    let (tracks, segment) = Tracks::describe(reader.tracks(), limits)?;
    let mut line = lock(line);
    line.watch.item()?;
    line.tell(Message::Tracks(segment, (format.header)(reader.tracks())))?;
    Ok(tracks)
}

/// An error of symphonia. Behind the end of the stream, that more was expected is none.
fn end(error: &Error, line: &Mutex<Line>) -> Result<Ended, Fault> {
    match error {
        Error::IoError(_) if lock(line).has_ended() => Ok(Ended::WithStream),
        Error::Unsupported(_) => Err(Fault::new(UNSUPPORTED, error.to_string())),
        error => Err(Fault::new(MALFORMED, error.to_string())),
    }
}

/// What symphonia has read ahead, and what it has not read.
fn rest(reader: Box<dyn FormatReader>, line: &Mutex<Line>) -> Vec<Bytes> {
    let mut stream = reader.into_inner();
    let ahead = stream.unread_buffer_len();
    let ahead = stream.read_boxed_slice_exact(ahead).unwrap_or_default();
    vec![Bytes::from(ahead), lock(line).take_rest()]
}
