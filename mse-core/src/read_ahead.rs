//! [`ReadAhead`]: bytes into the cache before a parser needs them.

/// Distance between the byte that is read ahead and the parser, in bytes: some ten frames of audio.
const DISTANCE: usize = 8 << 10;
/// Bytes that a processor loads into its cache at once.
const CACHE_LINE: usize = 64;

/// Reads a byte of each cache line some way ahead of a parser.
///
/// Where each frame says how long it is, and only that tells where the next one begins, a processor
/// cannot look ahead by itself: of bytes that are not in its cache it waits for every header in
/// turn, which takes longer than everything else that is done for a frame. For formats of small
/// frames: of large ones nearly all bytes would be read for nothing.
#[derive(Debug)]
pub struct ReadAhead {
    read: usize,
    sum: u8,
}

impl ReadAhead {
    /// Reads nothing before `at`.
    pub fn from(at: usize) -> Self {
        Self { read: at, sum: 0 }
    }

    /// The parser is `at`.
    #[inline]
    pub fn go_on(&mut self, bytes: &[u8], at: usize) {
        let to = at.saturating_add(DISTANCE).min(bytes.len());
        let bytes = bytes.get(..to).unwrap_or_default();
        while let Some(byte) = bytes.get(self.read) {
            self.sum ^= byte;
            self.read += CACHE_LINE;
        }
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        // Keeps the reads from being left out.
        std::hint::black_box(self.sum);
    }
}
