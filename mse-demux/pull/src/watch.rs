//! [`Watch`]: how much work a parser may do for how little.
//!
//! A parser cannot be stopped from outside, so it is counted what it asks for. Counts of reads would depend on how the bytes came, and
//! a clock on the machine; so the counting is done at *marks*, every [`MARK`] bytes of the stream. No read goes across a mark, and
//! symphonia reads only when it has used up what it was given. Therefore each mark is passed at the same point of the parser's work,
//! whatever the split (SPL-12).

use crate::error_code::{NO_PROGRESS, SEEK_REFUSED};
use mse_core::ErrorCode;

/// Distance of two marks.
pub(crate) const MARK: u64 = 4096;
/// Packets that may come without a byte being read. A page of Ogg has at most 255, and all that symphonia has in its buffers is less
/// than this many bytes.
const MAX_UNREAD_PACKETS: u32 = 1 << 17;
/// Reads behind the end of the stream. Symphonia ends at the first few.
const MAX_READS_BEHIND_END: u32 = 64;

/// Why the parser is given nothing more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// The demuxer was reset or dropped.
    HungUp,
    /// See [`NO_PROGRESS`].
    NoProgress(&'static str),
    /// See [`SEEK_REFUSED`].
    Seek,
}

impl Stop {
    pub(crate) fn fault(self) -> (ErrorCode, &'static str) {
        match self {
            // Nobody is there to see it.
            Self::HungUp => (NO_PROGRESS, "hung up"),
            Self::NoProgress(detail) => (NO_PROGRESS, detail),
            Self::Seek => (SEEK_REFUSED, "the source of an append cannot seek"),
        }
    }
}

/// How far a parser has come.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Bytes that may pass before the tracks are known, and between two packets.
    header: u64,
    packet: u64,
    /// Bytes given.
    given: u64,
    /// Tracks and packets found, and how many were at the last mark.
    items: u64,
    items_at_mark: u64,
    /// Marks since the last item.
    idle: u64,
    unread_packets: u32,
    reads_behind_end: u32,
}

impl Watch {
    pub(crate) fn new(header: u64, packet: u64) -> Self {
        Self {
            header,
            packet,
            given: 0,
            items: 0,
            items_at_mark: 0,
            idle: 0,
            unread_packets: 0,
            reads_behind_end: 0,
        }
    }

    /// Bytes that may be given now.
    pub(crate) fn room(&mut self) -> Result<usize, Stop> {
        let within = self.given % MARK;
        if within == 0 && self.given > 0 && self.reads_behind_end == 0 {
            self.idle = if self.items == self.items_at_mark { self.idle + 1 } else { 0 };
            self.items_at_mark = self.items;
            let limit = if self.items == 0 { self.header } else { self.packet };
            // The first mark behind an item may lie close to it.
            if self.idle.saturating_sub(1).saturating_mul(MARK) >= limit {
                return Err(Stop::NoProgress("neither tracks nor a packet as far as was read"));
            }
        }
        Ok((MARK - within) as usize)
    }

    pub(crate) fn give(&mut self, count: usize) {
        self.given += count as u64;
        self.unread_packets = 0;
    }

    /// A read where no byte will come any more.
    pub(crate) fn read_behind_end(&mut self) -> Result<(), Stop> {
        self.reads_behind_end += 1;
        if self.reads_behind_end > MAX_READS_BEHIND_END {
            return Err(Stop::NoProgress("reads on behind the end of the stream"));
        }
        Ok(())
    }

    /// Tracks or a packet were found.
    pub(crate) fn item(&mut self) -> Result<(), Stop> {
        self.items += 1;
        self.unread_packets += 1;
        if self.unread_packets > MAX_UNREAD_PACKETS {
            return Err(Stop::NoProgress("packets come without anything being read"));
        }
        Ok(())
    }

    /// Where the last byte given lies, to a mark: the same for any split.
    pub(crate) fn position(&self) -> u64 {
        self.given.saturating_sub(1) / MARK * MARK
    }
}
