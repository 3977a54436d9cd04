//! From 33-bit timestamps to a timeline without end (TS-14 to TS-18, DIS-23).

use mse_core::MediaTime;

/// When a frame is shown and decoded, in ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Times {
    pub(crate) pts: i64,
    pub(crate) dts: i64,
}

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
    /// End of the farthest frame, in the stream's own unrolled times plus offset.
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

    /// The times of a PES packet, in ticks. By decode time, which goes on; pictures are shown in
    /// another order.
    pub(crate) fn times(&mut self, pts: u64, dts: Option<u64>) -> Times {
        let Some(dts) = dts else {
            let pts = self.unroll(pts);
            return Times { pts, dts: pts };
        };
        let ahead = signed(pts as i64 - dts as i64);
        if self.last.is_none() && dts as i64 + ahead >= ROLLOVER {
            // The first picture is shown behind the rollover and decoded before it: its time is the
            // small one.
            self.last = Some(dts as i64 - ROLLOVER);
        }
        let dts = self.unroll(dts);
        Times { pts: dts + ahead, dts }
    }

    /// The time of a 33-bit value, in ticks: the nearest to the last one of any stream (TS-18).
    fn unroll(&mut self, value: u64) -> i64 {
        let value = value as i64;
        let unrolled = self.last.map_or(value, |last| last + signed(value - last));
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

/// The shortest way between two values.
fn signed(difference: i64) -> i64 {
    (difference + ROLLOVER / 2).rem_euclid(ROLLOVER) - ROLLOVER / 2
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
    fn a_first_picture_on_two_sides_of_the_rollover_is_shown_at_the_small_time() {
        // TS-15, TS-18
        let mut timeline = Timeline::default();
        let top = (ROLLOVER - 3600) as u64;
        assert_eq!(timeline.times(3600, Some(top)), Times { pts: 3600, dts: -3600 });
        assert_eq!(timeline.times(7200, Some(0)), Times { pts: 7200, dts: 0 });
        timeline.reset();
        assert_eq!(
            timeline.times(top, Some(top - 3600)),
            Times { pts: ROLLOVER - 3600, dts: ROLLOVER - 7200 }
        );
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
