//! A network that is slow and fails, and little memory: all of it from a seed.

use mse::{MediaTime, Quota};

/// Draws delays.
pub(super) struct Chaos {
    state: u64,
}

impl Chaos {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(2).wrapping_add(1) }
    }

    /// Memory for a few segments.
    pub(super) fn quota() -> Quota {
        Quota { audio: 1 << 20, video: 8 << 20, text: 1 << 18 }
    }

    /// Time until a request is answered: mostly up to two seconds, one in sixteen an outage.
    pub(super) fn delay(&mut self) -> MediaTime {
        let milliseconds = match self.draw(16) {
            0 => 5_000 + self.draw(25_000),
            _ => self.draw(2_000),
        };
        MediaTime::from_flicks(milliseconds as i64 * (MediaTime::TICKS_PER_SECOND / 1000))
    }

    /// A number below a bound (Knuth's MMIX).
    fn draw(&mut self, bound: u64) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % bound
    }
}
