//! `[[input buffer]]`: the appended bytes that a demuxer has not consumed yet, as a rope of the appended pieces.

use crate::frame::FrameData;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// Pieces are cut to this size, so that offsets into one fit 32 bits.
const MAX_PIECE: usize = 1 << 30;

/// A queue of appended pieces with a cursor. Bytes are never moved but for a [`take`](Self::take) across a seam.
#[derive(Debug, Default)]
pub struct InputBuffer {
    pieces: VecDeque<Bytes>,
    /// Bytes of the first piece already consumed. The piece stays whole so that frames of one append share it.
    consumed: usize,
    len: usize,
    position: u64,
}

impl InputBuffer {
    /// An empty buffer at stream position 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a piece at the end, without copying.
    pub fn push(&mut self, mut bytes: Bytes) {
        self.len += bytes.len();
        while bytes.len() > MAX_PIECE {
            self.pieces.push_back(bytes.split_to(MAX_PIECE));
        }
        if !bytes.is_empty() {
            self.pieces.push_back(bytes);
        }
    }

    /// Bytes not consumed yet.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether all bytes are consumed.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Position of the next byte, counted from the first byte ever pushed.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The unconsumed bytes of the first piece: the longest run that can be looked at without joining. Empty only when all is
    /// consumed.
    pub fn front(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| &piece[self.consumed..])
    }

    /// The next `N` bytes without consuming them; `None` when fewer are there.
    pub fn peek<const N: usize>(&self) -> Option<[u8; N]> {
        if let Some(head) = self.front().first_chunk::<N>() {
            return Some(*head);
        }
        if self.len < N {
            return None;
        }
        let mut head = [0; N];
        self.copy_to(&mut head);
        Some(head)
    }

    /// Consumes `count` bytes, which must be there, as one slice: a window onto their piece, or a joined copy across a seam.
    pub fn take(&mut self, count: usize) -> FrameData {
        debug_assert!(count <= self.len);
        let count = count.min(self.len);
        let data = match self.pieces.front() {
            Some(piece) if piece.len() - self.consumed >= count => {
                FrameData::new(piece.clone(), self.consumed as u32, count as u32).unwrap_or_default()
            }
            Some(_) => FrameData::from(self.join(count)),
            None => FrameData::default(),
        };
        self.skip(count);
        data
    }

    /// Consumes up to `count` bytes; says how many.
    pub fn skip(&mut self, count: usize) -> usize {
        let count = count.min(self.len);
        let mut left = count;
        while let Some(piece) = self.pieces.front() {
            let available = piece.len() - self.consumed;
            if left < available {
                self.consumed += left;
                break;
            }
            left -= available;
            self.consumed = 0;
            self.pieces.pop_front();
        }
        self.len -= count;
        self.position += count as u64;
        count
    }

    /// Forgets all unconsumed bytes; the position moves past them.
    pub fn clear(&mut self) {
        self.skip(self.len);
    }

    fn join(&self, count: usize) -> Bytes {
        let mut joined = BytesMut::zeroed(count);
        self.copy_to(&mut joined);
        joined.freeze()
    }

    fn copy_to(&self, target: &mut [u8]) {
        let mut filled = 0;
        let mut skip = self.consumed;
        for piece in &self.pieces {
            let part = &piece[skip..];
            skip = 0;
            let count = part.len().min(target.len() - filled);
            target[filled..filled + count].copy_from_slice(&part[..count]);
            filled += count;
            if filled == target.len() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(pieces: &[&'static str]) -> InputBuffer {
        let mut buffer = InputBuffer::new();
        for piece in pieces {
            buffer.push(Bytes::from_static(piece.as_bytes()));
        }
        buffer
    }

    #[test]
    fn a_take_within_one_piece_shares_it() {
        let mut buffer = buffer(&["abcdef", "gh"]);
        buffer.skip(1);
        let taken = buffer.take(3);
        assert_eq!(&*taken, b"bcd");
        assert_eq!((taken.piece().len(), taken.offset()), (6, 1));
        assert_eq!((buffer.position(), buffer.len()), (4, 4));
    }

    #[test]
    fn a_take_across_a_seam_joins_once() {
        let mut buffer = buffer(&["ab", "", "c", "defg"]);
        assert_eq!(buffer.peek::<5>(), Some(*b"abcde"));
        assert_eq!(buffer.peek::<8>(), None);
        let taken = buffer.take(5);
        assert_eq!(&*taken, b"abcde");
        assert_eq!(taken.piece().len(), 5);
        assert_eq!(buffer.front(), b"fg");
    }

    #[test]
    fn skipping_stops_at_the_end_and_counts() {
        let mut buffer = buffer(&["ab", "cd"]);
        assert_eq!(buffer.skip(3), 3);
        assert_eq!(buffer.skip(9), 1);
        assert!(buffer.is_empty() && buffer.front().is_empty());
        assert_eq!(buffer.take(0), FrameData::default());
        assert_eq!(buffer.position(), 4);
    }
}
