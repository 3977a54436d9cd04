//! Bytes to put into frames.

use crate::random::Random;
use bytes::Bytes;

/// Makes payloads out of one piece of noise.
pub(super) struct Noise {
    random: Random,
    noise: Bytes,
}

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        // No zero bytes, so that no start code stands in a NAL unit.
        let noise: Vec<u8> = (0..1 << 20).map(|_| random.within(1..=255) as u8).collect();
        Self { random, noise: noise.into() }
    }

    /// Noise of about `mean` bytes.
    pub(super) fn about(&mut self, mean: i64) -> Bytes {
        let len = self.random.within(mean * 3 / 4..=mean * 5 / 4).max(1);
        self.bytes(len as usize)
    }

    /// Noise of `len` bytes.
    pub(super) fn bytes(&mut self, len: usize) -> Bytes {
        let len = len.min(self.noise.len());
        let start = self.random.within(0..=(self.noise.len() - len) as i64) as usize;
        self.noise.slice(start..start + len)
    }
}
