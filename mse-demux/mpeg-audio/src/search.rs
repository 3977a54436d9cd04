//! [`Search`]: the next frame of a stream that is not in sync (MPA-10).
//!
//! A header that is found proves little: payload looks like headers too. A candidate is believed
//! when its frame ends where another begins that is like it, or a tag. Of several the one wins that
//! is confirmed first, however far its frame reaches: so a false header that claims a long frame
//! holds nothing up, and the order does not depend on how the bytes arrive.
//!
//! The position where the search begins is special: a frame was due there. Behind a frame, any
//! frame confirms one that begins there, but one that goes on with what is configured: then the
//! header between is damaged. At the start of a stream, one of another kind leaves it in doubt, and
//! it counts if nothing else does.

use crate::frame_header::FrameHeader;
use crate::free_format::{FreeFormat, Seen};
use crate::head::{Head, Heads};
use crate::metadata::{self, Found};
use mse_codecs::ac3::Ac3Frame;
use mse_core::InputBuffer;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Bytes that tell a header, and whether there may be a tag.
const HEAD: usize = Ac3Frame::HEADER;
/// Candidates that wait to be confirmed; more are not taken, for there is at most one that is
/// right.
const MOST_PENDING: usize = 1024;
/// Bytes that the longest frame may have, or two of free format, with what confirms them.
const REACH: u64 = 2 * 5764 + 64;

/// State of a search.
#[derive(Debug)]
pub(crate) struct Search {
    /// First byte that is neither frame nor tag.
    from: u64,
    /// Position that is looked at next.
    scan: u64,
    pending: BinaryHeap<Reverse<Candidate>>,
    /// The first frame of a stream, if one of another configuration follows it.
    doubtful: Option<u64>,
    /// Headers of free format.
    free: Seen,
    /// The first of them.
    first_free: Option<u64>,
}

/// A place that is looked at again when more bytes are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Candidate {
    decided: u64,
    position: u64,
    kind: Kind,
}

impl Candidate {
    /// Position at which the candidate is decided, and at which it begins.
    fn order(&self) -> (u64, u64) {
        (self.decided, self.position)
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Frame,
    /// One of free format, which would have this size.
    Free(FreeFormat),
    Tag,
}

/// Whether a frame is believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Yes,
    /// If nothing else is.
    Doubtful,
    No,
}

/// Result of a search so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Searched {
    /// A frame or a tag begins at this position.
    Found(u64),
    /// Nothing, as far as was allowed; and the first header of free format.
    Nothing(Option<u64>),
    Wait,
}

impl Search {
    /// A search for what follows byte `from`, which was due there; bytes before `scan` are known to
    /// be nothing.
    pub(crate) fn new(from: u64, scan: u64) -> Self {
        Self {
            from,
            scan,
            pending: BinaryHeap::new(),
            doubtful: None,
            free: Seen::default(),
            first_free: None,
        }
    }

    /// First byte that is neither frame nor tag, and was not told.
    pub(crate) fn from(&self) -> u64 {
        self.from
    }

    /// Moves on, so that what lies before is told once: up to the first byte that may still be of a
    /// frame or tag.
    pub(crate) fn tell(&mut self, input: &InputBuffer, heads: &Heads) {
        while let Some([byte]) = input.peek_at::<1>(self.scan)
            && byte != heads.syntax.sync_byte()
            && !metadata::may_begin(byte)
        {
            self.scan += 1;
        }
        let oldest = self.pending.iter().map(|Reverse(candidate)| candidate.position).min();
        self.from = oldest.map_or(self.scan, |oldest| oldest.min(self.scan));
    }

    /// First byte that is still needed.
    pub(crate) fn needs(&self) -> u64 {
        self.scan.saturating_sub(REACH)
    }

    /// Looks at all bytes that have come, each once. `limit`: how far from the start candidates may
    /// be.
    pub(crate) fn go_on(&mut self, input: &InputBuffer, heads: &mut Heads, limit: u64) -> Searched {
        while self.scan < limit && self.scan + HEAD as u64 <= input.end() {
            if let Some(found) = self.decide(input, heads, self.scan) {
                return Searched::Found(found);
            }
            self.look(input, heads);
        }
        if let Some(found) = self.decide(input, heads, input.end()) {
            return Searched::Found(found);
        }
        if heads.is_last
            && let Some(found) = self.at_end(input, heads)
        {
            return Searched::Found(found);
        }
        if self.scan >= limit && self.pending.is_empty() {
            return Searched::Nothing(self.first_free);
        }
        Searched::Wait
    }

    /// Adds what may begin at the next position, and goes behind it.
    fn look(&mut self, input: &InputBuffer, heads: &mut Heads) {
        let position = self.scan;
        let Some(bytes) = input.peek_at::<HEAD>(position) else { return };
        self.scan += 1;
        if bytes[0] == heads.syntax.sync_byte() {
            match heads.frame_at(input, position) {
                Head::Frame(FrameHeader::Mpeg(header)) if header.size == 0 => {
                    self.first_free.get_or_insert(position);
                    for (first, format) in self.free.add(position, header, &bytes) {
                        let decided = format.end_of_two(input, first).unwrap_or(position) + HEAD as u64;
                        self.push(Candidate { decided, position: first, kind: Kind::Free(format) });
                    }
                }
                // A substream belongs to the frame before it.
                Head::Frame(header) if header.samples() > 0 => {
                    let decided = position + (header.size() + HEAD) as u64;
                    self.push(Candidate { decided, position, kind: Kind::Frame });
                }
                Head::Frame(_) | Head::None | Head::Wait => {}
            }
        } else if metadata::may_begin(bytes[0]) && metadata::find(&bytes) != Found::Nothing {
            let decided = position + metadata::HEAD as u64;
            self.push(Candidate { decided, position, kind: Kind::Tag });
        }
    }

    fn push(&mut self, candidate: Candidate) {
        if self.pending.len() < MOST_PENDING {
            self.pending.push(Reverse(candidate));
        }
    }

    /// The first candidate that is confirmed by bytes before `end`.
    fn decide(&mut self, input: &InputBuffer, heads: &mut Heads, end: u64) -> Option<u64> {
        while let Some(Reverse(first)) = self.pending.peek().copied().filter(|first| first.0.decided <= end) {
            self.pending.pop();
            let is_right = match first.kind {
                Kind::Tag => matches!(find_tag(input, first.position), Found::Tag(..) | Found::Marked(_)),
                Kind::Frame => {
                    let verdict = self.verdict(input, heads, first.position);
                    if verdict == Verdict::Doubtful {
                        self.doubtful = Some(first.position);
                    }
                    verdict == Verdict::Yes
                }
                Kind::Free(format) => {
                    format.end_of_two(input, first.position).is_some_and(|end| format.goes_on(input, end))
                }
            };
            if is_right {
                heads.know(first.kind);
                return Some(first.position);
            }
        }
        None
    }

    /// Judges a candidate by the bytes that follow its frame.
    fn verdict(&self, input: &InputBuffer, heads: &Heads, position: u64) -> Verdict {
        let Head::Frame(header) = heads.frame_at(input, position) else { return Verdict::No };
        let end = position + header.size() as u64;
        if let Head::Frame(next) = heads.frame_at(input, end) {
            if heads.follows(&header, &next) {
                return Verdict::Yes;
            }
            match heads.current {
                Some(_) if position == self.from && heads.is_news(&next) => return Verdict::Yes,
                None if position == self.from => return Verdict::Doubtful,
                _ => {}
            }
        }
        let is_tag = input.window(end, HEAD).is_some_and(|head| metadata::find(&head) != Found::Nothing);
        if is_tag { Verdict::Yes } else { Verdict::No }
    }

    /// Decides where no more bytes come: the end of the input stands for the frame that would
    /// follow. Behind a candidate that was due, a part of another may stand.
    fn at_end(&self, input: &InputBuffer, heads: &mut Heads) -> Option<u64> {
        if self.doubtful.is_some() {
            return self.doubtful;
        }
        let ends_here = |candidate: &&Candidate| match candidate.kind {
            Kind::Tag => false,
            Kind::Free(format) => format.end_of_two(input, candidate.position) == Some(input.end()),
            Kind::Frame => {
                let Head::Frame(header) = heads.frame_at(input, candidate.position) else { return false };
                let end = candidate.position + header.size() as u64;
                let is_due = candidate.position == self.from && end < input.end();
                let is_followed = is_due && heads.frame_at(input, end) == Head::Wait;
                let is_last = (end == input.end() || is_followed) && !heads.is_news(&header);
                is_last || self.verdict(input, heads, candidate.position) != Verdict::No
            }
        };
        let candidates = self.pending.iter().map(|Reverse(candidate)| candidate);
        let first = candidates.filter(ends_here).min_by_key(|candidate| candidate.position)?;
        heads.know(first.kind);
        Some(first.position)
    }
}

fn find_tag(input: &InputBuffer, position: u64) -> Found {
    let left = usize::try_from(input.end().saturating_sub(position)).unwrap_or(usize::MAX);
    metadata::find(&input.window(position, metadata::HEAD.min(left)).unwrap_or_default())
}

impl Heads {
    /// Keeps what a frame that was found says of those that follow.
    fn know(&mut self, kind: Kind) {
        if let Kind::Free(format) = kind {
            self.free_format = Some(format);
        }
    }

    /// Whether a frame needs another configuration than the one there is.
    fn is_news(&self, header: &FrameHeader) -> bool {
        self.current.is_some_and(|current| !self.follows(&current, header))
    }

    /// Whether a frame with the header `next` may follow one with `header`, as far as its first
    /// bytes say.
    fn follows(&self, header: &FrameHeader, next: &FrameHeader) -> bool {
        match (header, next) {
            // Only whole access units have their channels.
            (FrameHeader::Ac3(this), FrameHeader::Ac3(next)) => this.sample_rate == next.sample_rate,
            _ => next.continues(header),
        }
    }
}
