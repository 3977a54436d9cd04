//! `[[input buffer]]`: the appended bytes that a demuxer has not consumed yet, as a rope of the
//! appended pieces.

use crate::frame::FrameData;
use bytes::Bytes;
use std::cell::Cell;
use std::collections::VecDeque;

/// Pieces are cut to this size, so that offsets into one fit 32 bits.
const MAX_PIECE: usize = 1 << 30;
/// So many small pieces in a row become one: each costs its place in the queue, which is more than
/// it holds.
const RUN: usize = 32;
/// Bytes that a small piece stays below, and those that were joined once and twice: no byte is
/// copied more than three times.
const SMALL: [usize; 3] = [RUN, RUN.pow(2), RUN.pow(3)];

/// A queue of appended pieces with a cursor. Bytes are never moved but for a [`take`](Self::take)
/// or a [`window`](Self::window) across a seam, and where many small pieces wait.
#[derive(Debug, Default)]
pub struct InputBuffer {
    pieces: VecDeque<Piece>,
    /// Bytes of the first piece already consumed. The piece stays whole so that frames of one
    /// append share it.
    consumed: usize,
    len: usize,
    position: u64,
    /// Small pieces that were pushed since some were joined or a large one came, read or not.
    pushed: usize,
    /// Number of pieces at the end of the queue that stay below each size of [`SMALL`], read or
    /// not.
    small: [usize; 3],
    /// Whether there was no memory for a window across a seam.
    starved: Cell<bool>,
}

#[derive(Debug)]
struct Piece {
    /// Position of its first byte.
    start: u64,
    bytes: Bytes,
}

impl InputBuffer {
    /// An empty buffer at stream position 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a piece at the end, without copying.
    pub fn push(&mut self, mut bytes: Bytes) {
        while bytes.len() > MAX_PIECE {
            self.push_piece(bytes.split_to(MAX_PIECE));
        }
        if !bytes.is_empty() {
            self.push_piece(bytes);
        }
    }

    fn push_piece(&mut self, bytes: Bytes) {
        let start = self.end();
        self.len += bytes.len();
        self.count_small(bytes.len());
        self.pushed = if self.small[1] > 0 { self.pushed + 1 } else { 0 };
        self.pieces.push_back(Piece { start, bytes });
        if self.pushed == RUN {
            self.join_small();
        }
    }

    /// A piece of so many bytes comes to stand at the end.
    #[inline]
    fn count_small(&mut self, size: usize) {
        for (count, limit) in self.small.iter_mut().zip(SMALL) {
            *count = if size < limit { *count + 1 } else { 0 };
        }
    }

    /// Joins small pieces at the end of the queue. The first piece stays as it is: frames share it.
    #[cold]
    fn join_small(&mut self) {
        self.pushed = 0;
        for size in 0..SMALL.len() {
            // Those that were read are not there any more.
            let run = self.small[size].min(self.pieces.len().saturating_sub(1));
            self.small[size] = run;
            if run >= RUN {
                self.join_last(run);
            }
        }
    }

    fn join_last(&mut self, count: usize) {
        let first = self.pieces.len() - count;
        let start = self.pieces[first].start;
        let mut joined = Vec::new();
        // Without memory they stay as they are.
        if joined.try_reserve_exact((self.end() - start) as usize).is_err() {
            return;
        }
        for piece in self.pieces.drain(first..) {
            match piece.bytes[..] {
                [byte] => joined.push(byte),
                _ => joined.extend_from_slice(&piece.bytes),
            }
        }
        self.small.iter_mut().for_each(|small| *small = small.saturating_sub(count));
        self.count_small(joined.len());
        self.pieces.push_back(Piece { start, bytes: joined.into() });
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
    #[inline]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Position after the last byte pushed.
    #[inline]
    pub fn end(&self) -> u64 {
        self.position + self.len as u64
    }

    /// The unconsumed bytes of the first piece: the longest run that can be looked at without
    /// joining. Empty only when all is consumed.
    pub fn front(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| &piece.bytes[self.consumed..])
    }

    /// The first piece as it was appended, and the position of its first byte; what is consumed of
    /// it is still there.
    #[inline]
    pub fn first_piece(&self) -> Option<(u64, &Bytes)> {
        self.pieces.front().map(|piece| (piece.start, &piece.bytes))
    }

    /// The next `N` bytes without consuming them; `None` when fewer are there.
    pub fn peek<const N: usize>(&self) -> Option<[u8; N]> {
        if let Some(head) = self.front().first_chunk::<N>() {
            return Some(*head);
        }
        self.peek_at(self.position)
    }

    /// The `N` bytes at `position` without consuming them; `None` when they are not all there (any
    /// more).
    pub fn peek_at<const N: usize>(&self, position: u64) -> Option<[u8; N]> {
        let index = self.find(position, N)?;
        let piece = self.pieces.get(index)?;
        let within = piece.bytes.get((position - piece.start) as usize..)?;
        if let Some(head) = within.first_chunk::<N>() {
            return Some(*head);
        }
        let mut head = [0; N];
        self.copy_from(position, index, &mut head);
        Some(head)
    }

    /// The `len` bytes at `position` without consuming them, for formats whose frames do not lie in
    /// the order in which they are wanted: a window onto their piece, or a joined copy across a
    /// seam. `None` when they are not all there (any more).
    #[inline]
    pub fn window(&self, position: u64, len: usize) -> Option<FrameData> {
        // Nearly every frame lies in the first piece.
        if let Some(piece) = self.pieces.front()
            && position >= self.position
            && let offset = position - piece.start
            && offset.checked_add(len as u64)? <= piece.bytes.len() as u64
        {
            return FrameData::new(piece.bytes.clone(), offset as u32, len as u32);
        }
        self.window_anywhere(position, len)
    }

    fn window_anywhere(&self, position: u64, len: usize) -> Option<FrameData> {
        let index = self.find(position, len)?;
        let Some(piece) = self.pieces.get(index) else { return Some(FrameData::default()) };
        let offset = (position - piece.start) as usize;
        if len <= piece.bytes.len() - offset {
            return FrameData::new(piece.bytes.clone(), offset as u32, len as u32);
        }
        let mut joined = Vec::new();
        if joined.try_reserve_exact(len).is_err() {
            self.starved.set(true);
            return None;
        }
        self.parts(position, index, len).for_each(|part| joined.extend_from_slice(part));
        Some(FrameData::from(Bytes::from(joined)))
    }

    /// Consumes `count` bytes, which must be there, as one slice: a window onto their piece, or a
    /// joined copy across a seam.
    pub fn take(&mut self, count: usize) -> FrameData {
        debug_assert!(count <= self.len);
        let count = count.min(self.len);
        let data = self.window(self.position, count).unwrap_or_default();
        self.skip(count);
        data
    }

    /// Whether there was no memory for a [`window`](Self::window) or a [`take`](Self::take) since
    /// the last call: the one gave nothing, the other no bytes.
    pub fn take_starved(&mut self) -> bool {
        self.starved.take()
    }

    /// Consumes up to `count` bytes; says how many.
    #[inline]
    pub fn skip(&mut self, count: usize) -> usize {
        let count = count.min(self.len);
        match self.pieces.front() {
            Some(piece) if count < piece.bytes.len() - self.consumed => self.consumed += count,
            _ => self.skip_pieces(count),
        }
        self.len -= count;
        self.position += count as u64;
        count
    }

    fn skip_pieces(&mut self, count: usize) {
        let mut left = count;
        while let Some(piece) = self.pieces.front() {
            let available = piece.bytes.len() - self.consumed;
            if left < available {
                self.consumed += left;
                break;
            }
            left -= available;
            self.consumed = 0;
            self.pieces.pop_front();
        }
    }

    /// Forgets all unconsumed bytes; the position moves past them.
    pub fn clear(&mut self) {
        self.skip(self.len);
    }

    /// Index of the piece that holds `position`, if `len` bytes from there are all held. The first
    /// piece is the usual answer; to find another takes time logarithmic in their number.
    fn find(&self, position: u64, len: usize) -> Option<usize> {
        if position < self.position || position.checked_add(len as u64)? > self.end() {
            return None;
        }
        match self.pieces.front() {
            Some(piece) if position - piece.start < piece.bytes.len() as u64 => Some(0),
            _ => Some(self.pieces.partition_point(|piece| piece.start <= position).saturating_sub(1)),
        }
    }

    /// The `len` bytes at `position`, which lies in piece `index`, part by part.
    fn parts(&self, position: u64, index: usize, len: usize) -> impl Iterator<Item = &[u8]> {
        let mut left = len;
        self.pieces.range(index..).map_while(move |piece| {
            let skip = position.saturating_sub(piece.start) as usize;
            let part = piece.bytes.get(skip..)?;
            let part = &part[..left.min(part.len())];
            left -= part.len();
            (!part.is_empty()).then_some(part)
        })
    }

    /// Fills `target` with the bytes at `position`, which lies in piece `index`.
    fn copy_from(&self, position: u64, index: usize, target: &mut [u8]) {
        let mut filled = 0;
        for part in self.parts(position, index, target.len()) {
            target[filled..filled + part.len()].copy_from_slice(part);
            filled += part.len();
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

    #[test]
    fn many_small_pieces_become_few() {
        for (size, most) in [(1, 3 * RUN), (7, 3 * RUN), (100, 3 * RUN), (1000, 3 * RUN)] {
            let mut buffer = InputBuffer::new();
            let count = 200_000 / size;
            for index in 0..count {
                buffer.push(Bytes::from(vec![index as u8; size]));
                assert!(buffer.pieces.len() <= most, "{} pieces of {size}", buffer.pieces.len());
            }
            assert_eq!(buffer.len(), count * size);
            for index in 0..count {
                let piece = buffer.take(size);
                assert!(piece.iter().all(|byte| *byte == index as u8), "piece {index} of {size}");
            }
        }
    }

    #[test]
    fn pieces_that_are_read_at_once_are_never_joined() {
        let mut buffer = InputBuffer::new();
        for index in 0..1000 {
            let piece = Bytes::from(vec![index as u8; 3]);
            let at = piece.as_ptr();
            buffer.push(piece);
            assert_eq!(buffer.take(3).as_ptr(), at);
        }
    }

    #[test]
    fn random_pieces_read_as_they_were_pushed() {
        for seed in 1..=20_u64 {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut next = |bound: usize| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state % bound as u64) as usize
            };
            let (mut buffer, mut model, mut read) = (InputBuffer::new(), Vec::<u8>::new(), 0);
            for _ in 0..2000 {
                let bound = [2, 40, 2000][next(3)];
                let piece: Vec<u8> = (0..next(bound)).map(|_| next(256) as u8).collect();
                model.extend(&piece);
                buffer.push(Bytes::from(piece));
                if next(20) == 0 {
                    let count = next(buffer.len() + 1);
                    assert_eq!(&*buffer.take(count), &model[read..read + count], "seed {seed}");
                    read += count;
                }
                let (at, len) = (read + next(model.len() - read + 1), next(50));
                let expected = model.get(at..at + len);
                let window = buffer.window(at as u64, len);
                assert_eq!(window.as_deref(), expected, "seed {seed}: {len} bytes at {at}");
                assert_eq!((buffer.position(), buffer.end()), (read as u64, model.len() as u64));
            }
        }
    }

    #[test]
    fn a_window_reaches_anywhere_and_consumes_nothing() {
        let mut buffer = buffer(&["abcdef", "gh", "ijkl"]);
        buffer.skip(2);
        let window = |position, len| buffer.window(position, len).map(|data| data.to_vec());
        assert_eq!(window(2, 3), Some(b"cde".to_vec()));
        assert_eq!(window(6, 2), Some(b"gh".to_vec()));
        assert_eq!(window(5, 5), Some(b"fghij".to_vec()));
        assert_eq!(window(12, 0), Some(Vec::new()));
        assert_eq!((window(1, 1), window(9, 4), window(u64::MAX, 2)), (None, None, None));
        assert_eq!(buffer.window(9, 2).unwrap().piece().len(), 4);
        assert_eq!(
            (buffer.peek_at(7), buffer.peek_at::<4>(9), buffer.peek_at(11)),
            (Some(*b"hi"), None, Some(*b"l"))
        );
        assert_eq!((buffer.position(), buffer.end()), (2, 12));
    }
}
