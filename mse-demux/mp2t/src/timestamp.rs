//! From 33-bit timestamps to a timeline without end (TS-14 to TS-18, DIS-23).

use mse_core::MediaTime;

const ROLLOVER: i64 = 1 << 33;
/// Units of the number line in a tick of 90 kHz.
const TICK: i64 = MediaTime::TICKS_PER_SECOND / 90_000;
/// Timestamps that go on within this are no discontinuity, whatever the indicator says: 1 s.
const NEAR: i64 = 90_000;

/// `MPEG2TS_timestampOffset`, and what it is derived from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    /// The last timestamp of any stream, unrolled.
    last: Option<i64>,
    /// Added to unrolled timestamps.
    offset: i64,
    /// Where the farthest frame ends, in the stream's own unrolled times plus offset.
    end: Option<i64>,
    discontinuity: bool,
}

impl Timeline {
    /// TS-17
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The discontinuity indicator was seen.
    pub(crate) fn note_discontinuity(&mut self) {
        self.discontinuity = true;
    }

    /// The time of a 33-bit value, in ticks: the nearest to the last one of any stream (TS-18).
    pub(crate) fn unroll(&mut self, value: u64) -> i64 {
        let value = value as i64;
        let unrolled = match self.last {
            None => value,
            Some(last) => {
                let ahead = (value - last).rem_euclid(ROLLOVER);
                last + if ahead > ROLLOVER / 2 { ahead - ROLLOVER } else { ahead }
            }
        };
        if std::mem::take(&mut self.discontinuity)
            && let Some(end) = self.end
            && (unrolled + self.offset - end).abs() > NEAR
        {
            // TS-16
            self.offset = end - unrolled;
        }
        self.last = Some(unrolled);
        unrolled + self.offset
    }

    /// A frame ends here.
    pub(crate) fn note_end(&mut self, end: MediaTime) {
        let ticks = end.flicks() / TICK;
        self.end = Some(self.end.map_or(ticks, |before| before.max(ticks)));
    }
}

/// The time of so many ticks; beyond the number line it stays at its end.
pub(crate) fn time(ticks: i64) -> MediaTime {
    MediaTime::from_flicks(ticks.saturating_mul(TICK).clamp(MediaTime::MIN.flicks(), MediaTime::MAX.flicks()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_roll_over_in_either_direction() {
        // TS-15, TS-18, DIS-23, EX-23
        let mut timeline = Timeline::default();
        let top = (ROLLOVER - 100) as u64;
        assert_eq!(timeline.unroll(top), ROLLOVER - 100);
        assert_eq!(timeline.unroll(50), ROLLOVER + 50);
        assert_eq!(timeline.unroll(top), ROLLOVER - 100, "a late frame");
        assert_eq!(timeline.unroll(200), ROLLOVER + 200);
        timeline.reset();
        assert_eq!(timeline.unroll(200), 200);
    }

    #[test]
    fn after_a_discontinuity_times_go_on_where_they_ended() {
        // TS-16
        let mut timeline = Timeline::default();
        assert_eq!(timeline.unroll(900_000), 900_000);
        timeline.note_end(time(903_600));
        timeline.note_discontinuity();
        assert_eq!(timeline.unroll(5), 903_600);
        assert_eq!(timeline.unroll(3605), 907_200);
        timeline.note_end(time(907_200));
        timeline.note_discontinuity();
        assert_eq!(timeline.unroll(3700), 907_295, "near enough");
    }
}
