//! [`Distances`]: how far the frames of a track are apart, and how long one lasts whose successor is not
//! known (WEBM-19).

use mse_core::TrackKind;

/// Duration of a frame of which nothing at all is known: 1/25 s, in nanoseconds.
const DEFAULT: i64 = 40_000_000;

/// A second, in nanoseconds.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// Distances between the frames of a track, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Distances {
    /// DefaultDuration, in whole ticks.
    default: Option<i64>,
    /// Duration of a picture by its codec's parameter sets.
    of_codec: Option<i64>,
    /// TimestampScale.
    tick: i64,
    count: u32,
    last: Option<i64>,
    shortest: i64,
    longest: i64,
    /// Duration of a frame while no distance is known, on a track whose frames without a successor
    /// last like the longest before; `None` where they last like the one before.
    without_longest: Option<i64>,
}

impl Distances {
    /// Whole ticks are what block times can be apart, and what browsers take: 33.37 ms become 33 ms
    /// on a grid of milliseconds.
    pub(crate) fn new(default: u64, of_codec: Option<i64>, tick: u64) -> Self {
        let tick = i64::try_from(tick).unwrap_or(i64::MAX).max(1);
        let whole = |duration: i64| duration - duration % tick;
        let default = i64::try_from(default).ok().map(whole).filter(|duration| *duration > 0);
        let of_codec = of_codec.map(whole).filter(|duration| *duration > 0);
        Self {
            default,
            of_codec,
            tick,
            count: 0,
            last: None,
            shortest: i64::MAX,
            longest: 0,
            without_longest: None,
        }
    }

    /// Lets a frame whose successor is not known last like the longest before it.
    pub(crate) fn take_longest(&mut self, kind: TrackKind) {
        const SOUND: i64 = 23_000_000;
        const PICTURE: i64 = 63_000_000;
        self.without_longest = Some(if kind == TrackKind::Audio { SOUND } else { PICTURE });
    }

    /// Takes the distance between a frame and its successor into account.
    #[inline]
    pub(crate) fn note(&mut self, distance: i64) {
        if distance > 0 {
            self.count = self.count.saturating_add(1);
            self.last = Some(distance);
            self.shortest = self.shortest.min(distance);
            self.longest = self.longest.max(distance);
        }
    }

    /// Duration of a frame whose successor is not known: DefaultDuration, unless no distance so far
    /// is like it; else that of the frame before.
    pub(crate) fn estimate(&self) -> i64 {
        if let Some(without) = self.without_longest {
            let longest = (self.count > 0).then_some(self.longest);
            return self.default.or(longest).unwrap_or(without);
        }
        self.stated().or(self.last).or(self.of_codec).unwrap_or(DEFAULT)
    }

    /// DefaultDuration, unless the blocks contradict it. A tick is a matter of rounding, and a
    /// single distance that is larger is that of a frame whose next ones were left out.
    pub(crate) fn stated(&self) -> Option<i64> {
        const MAX_LEFT_OUT: i64 = 3;
        let default = self.default?;
        let least = self.shortest - self.tick;
        let is_short = least > default && (self.count > 1 || least / default > MAX_LEFT_OUT);
        let is_long = self.longest + self.tick < default;
        (self.count == 0 || !is_short && !is_long).then_some(default)
    }

    /// Duration of every frame of a track whose frames were all of one length so far: a successor
    /// that is further away is not the only one.
    pub(crate) fn constant(&self) -> Option<i64> {
        let is_even = self.longest <= self.shortest.saturating_add(self.tick);
        let seen = self.last.filter(|_| is_even);
        self.stated().filter(|stated| self.longest <= stated.saturating_add(self.tick)).or(seen)
    }

    /// Longest distance behind the start of a frame at which another one can begin and still
    /// continue it: one missing frame, and a tick of rounding. A frame that needs those before it
    /// can be as late as a second: a page leaves out longer times than that.
    pub(crate) fn reach(&self, is_random_access_point: bool) -> i64 {
        let longest = self.longest.max(self.estimate());
        let missing = longest.saturating_mul(2).saturating_add(self.tick);
        if is_random_access_point { missing } else { missing.max(SECOND) }
    }

    /// A tick, in nanoseconds.
    pub(crate) fn tick(&self) -> i64 {
        self.tick
    }
}

#[cfg(test)]
mod tests {
    use super::Distances;

    /// The estimate in milliseconds, from DefaultDuration in nanoseconds and distances in
    /// milliseconds.
    fn estimate(default: u64, distances: &[i64]) -> i64 {
        let mut all = Distances::new(default, None, 1_000_000);
        distances.iter().for_each(|distance| all.note(distance * 1_000_000));
        all.estimate() / 1_000_000
    }

    #[test]
    fn the_default_duration_counts_unless_the_blocks_contradict_it() {
        for (default, distances, expected) in [
            (33_366_666, &[][..], 33),
            (33_366_666, &[33, 34, 33], 33),
            (33_366_666, &[34, 33, 34], 33),
            // A frame was left out.
            (33_366_666, &[33, 67], 33),
            (33_366_666, &[67, 34], 33),
            // Nonsense.
            (1_000_000, &[33, 34], 34),
            (1_000_000, &[33], 33),
            (40_000_000, &[90], 40),
            (16_666_667, &[33, 34, 33], 33),
            (500_000_000, &[33, 34, 33], 33),
            // Less than a tick says nothing.
            (999_999, &[], 40),
            (0, &[], 40),
            (0, &[20, 500], 500),
            (16_666_667, &[17, 16], 16),
        ] {
            assert_eq!(estimate(default, distances), expected, "{default} {distances:?}");
        }
        assert_eq!(Distances::new(u64::MAX, None, u64::MAX).estimate(), 40_000_000);
        assert_eq!(Distances::new(0, Some(41_708_333), 1_000_000).estimate(), 41_000_000);
    }
}
