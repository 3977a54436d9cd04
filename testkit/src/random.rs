//! Seeded randomness: splitmix64 (Steele, Lea, Flood 2014). The same seed gives the same numbers on
//! every machine.

use std::ops::RangeInclusive;

/// A generator of numbers that look random.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number of a range.
    pub fn within(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (start, end) = range.into_inner();
        let span = (end - start) as u64 + 1;
        start + (self.bits() % span) as i64
    }

    /// True this many times of a hundred.
    pub fn percent(&mut self, chance: i64) -> bool {
        self.within(0..=99) < chance
    }

    /// One of several, which must not be empty.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.within(0..=choices.len() as i64 - 1) as usize]
    }
}
