//! [`Source`]: what symphonia reads from. Blocks until bytes are there, and cannot seek.

use crate::watch::{Stop, Watch};
use crate::worker::{Command, Message};
use bytes::{Buf, Bytes};
use std::io::{self, Read, Seek, SeekFrom};
use std::panic;
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use symphonia::core::io::MediaSource;

/// Refusals that a parser may pass over before it is unwound.
const MAX_REFUSALS: u32 = 64;

/// What a parser that does not take no for an answer is unwound with.
pub(crate) struct Unwound;

/// The thread's ends of the channels to the demuxer. Only the thread uses it; the lock is there because symphonia wants its sources
/// `Sync`.
pub(crate) struct Line {
    commands: Receiver<Command>,
    messages: SyncSender<Message>,
    /// Bytes that came and were not read yet.
    piece: Bytes,
    ended: bool,
    pub(crate) watch: Watch,
    /// Why nothing more is read. Parsers pass on an error as they like, or not at all.
    pub(crate) stop: Option<Stop>,
    refusals: u32,
}

impl Line {
    pub(crate) fn new(
        commands: Receiver<Command>,
        messages: SyncSender<Message>,
        piece: Bytes,
        watch: Watch,
    ) -> Self {
        Self { commands, messages, piece, ended: false, watch, stop: None, refusals: 0 }
    }

    /// Tells the demuxer; waits while it is many messages behind.
    pub(crate) fn tell(&mut self, message: Message) -> Result<(), Stop> {
        match self.messages.send(message) {
            Ok(()) => Ok(()),
            Err(_) => Err(*self.stop.insert(Stop::HungUp)),
        }
    }

    /// Whether the stream has ended, so that what is missing is no fault.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// What was not read.
    pub(crate) fn take_rest(&mut self) -> Bytes {
        std::mem::take(&mut self.piece)
    }

    fn read(&mut self, target: &mut [u8]) -> Result<usize, Stop> {
        if let Some(stop) = self.stop {
            return Err(stop);
        }
        let room = self.watch.room()?;
        while self.piece.is_empty() && !self.ended {
            self.tell(Message::Wants)?;
            match self.commands.recv() {
                Ok(Command::Bytes(bytes)) => self.piece = bytes,
                Ok(Command::End) => self.ended = true,
                Err(_) => return Err(Stop::HungUp),
            }
        }
        if self.piece.is_empty() {
            self.watch.read_behind_end()?;
            return Ok(0);
        }
        let count = room.min(target.len()).min(self.piece.len());
        self.piece.copy_to_slice(&mut target[..count]);
        self.watch.give(count);
        Ok(count)
    }

    /// An error for a parser; the unwinding of one that has had enough of them.
    fn refuse(&mut self, stop: Stop) -> io::Error {
        self.stop = Some(stop);
        self.refusals += 1;
        if self.refusals > MAX_REFUSALS {
            // Not a panic: no message, no hook.
            panic::resume_unwind(Box::new(Unwound));
        }
        io::Error::other(stop.fault().1)
    }
}

/// Locks the line. A panic of the parser leaves it as it was.
pub(crate) fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The reading end.
pub(crate) struct Source {
    pub(crate) line: Arc<Mutex<Line>>,
}

impl Read for Source {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if target.is_empty() {
            return Ok(0);
        }
        let mut line = lock(&self.line);
        line.read(target).map_err(|stop| line.refuse(stop))
    }
}

impl Seek for Source {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(lock(&self.line).refuse(Stop::Seek))
    }
}

impl MediaSource for Source {
    fn is_seekable(&self) -> bool {
        false
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}
