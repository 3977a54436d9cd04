//! The number line of the engine: one integer axis on which every usual timescale falls exactly.
//!
//! Containers count in ticks of a timescale (90 000, 30 000, 44 100, ...); the standard computes
//! with doubles. Doubles misfire where the algorithms compare sums of times (CFP-10 with exactly
//! one frame missing), and microseconds or nanoseconds misfire as soon as a frame rate does not
//! divide them. A tick of 1/705 600 000 s (a "flick") is divided by every usual sample rate and
//! timescale, so neighbouring frames stay neighbours. This file is the only one that knows the
//! number; doubles enter by [`MediaTime::from_seconds`] and leave by [`MediaTime::to_seconds`]
//! (GEN-5, DIS-13).

use std::fmt;
use std::iter::Sum;
use std::num::NonZeroU32;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use std::time::Duration;

/// A point or a distance on the media timeline: a signed count of 1/705 600 000 s, ±414 years, and
/// +∞.
///
/// Arithmetic saturates at the finite ends and +∞ absorbs: a hostile timestamp can be absurd, it
/// cannot wrap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MediaTime(i64);

impl MediaTime {
    /// Ticks in one second.
    pub const TICKS_PER_SECOND: i64 = 705_600_000;
    /// The presentation start time (DEF-8).
    pub const ZERO: Self = Self(0);
    /// +∞, the duration of a live stream and the default of `appendWindowEnd`.
    pub const INFINITY: Self = Self(i64::MAX);
    /// The largest finite time.
    pub const MAX: Self = Self(i64::MAX - 1);
    /// The smallest time.
    pub const MIN: Self = Self(-(i64::MAX - 1));
    /// One second.
    pub const SECOND: Self = Self(Self::TICKS_PER_SECOND);
    /// One microsecond rounded up, the remove window of CFP-22.
    pub const MICROSECOND: Self = Self(706);

    /// The time of a raw count of 1/705 600 000 s.
    pub const fn from_flicks(flicks: i64) -> Self {
        if flicks < Self::MIN.0 { Self::MIN } else { Self(flicks) }
    }

    /// The raw count of 1/705 600 000 s.
    pub const fn flicks(self) -> i64 {
        self.0
    }

    /// The time of a count of milliseconds, saturating.
    pub const fn from_millis(millis: i64) -> Self {
        Self::clamped(millis.saturating_mul(Self::TICKS_PER_SECOND / 1000))
    }

    /// The time of a count of microseconds, to the nearest flick, saturating.
    pub const fn from_micros(micros: i64) -> Self {
        const FLICKS: i128 = MediaTime::TICKS_PER_SECOND as i128;
        let flicks = div_nearest(micros as i128 * FLICKS, 1_000_000);
        Self::clamped(saturated(flicks))
    }

    /// The time of `ticks` in a container's timescale, to the nearest flick; `None` when it lies
    /// outside the number line.
    #[inline]
    pub fn from_ticks(ticks: i64, timescale: NonZeroU32) -> Option<Self> {
        let scale = i64::from(timescale.get());
        // Whole seconds and the rest apart: a rest in flicks times the largest timescale still
        // fits.
        let (seconds, rest) = (ticks / scale, ticks % scale);
        let rest = rest * Self::TICKS_PER_SECOND;
        let half = if rest < 0 { -(scale / 2) } else { scale / 2 };
        let flicks = seconds.checked_mul(Self::TICKS_PER_SECOND)?.checked_add((rest + half) / scale)?;
        (flicks.unsigned_abs() < Self::INFINITY.0.unsigned_abs()).then_some(Self(flicks))
    }

    /// The nearest count of a timescale's ticks. Gives back what [`from_ticks`](Self::from_ticks)
    /// took for every timescale up to 352 800 000; saturates beyond an `i64`.
    pub fn to_ticks(self, timescale: NonZeroU32) -> i64 {
        let ticks =
            div_nearest(i128::from(self.0) * i128::from(timescale.get()), i128::from(Self::TICKS_PER_SECOND));
        ticks.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// The nearest time to a double of seconds, saturating; +∞ stays +∞. The only way a double
    /// enters the engine; callers reject NaN before (GEN-2), which would become zero here.
    pub fn from_seconds(seconds: f64) -> Self {
        if seconds == f64::INFINITY {
            return Self::INFINITY;
        }
        let flicks = seconds * Self::TICKS_PER_SECOND as f64;
        if flicks.abs() < EXACT as f64 || flicks.abs() > i64::MAX as f64 {
            return Self((flicks.round() as i64).clamp(Self::MIN.0, Self::MAX.0));
        }
        // A product of this size is no longer exact: whole seconds and the rest by themselves.
        let whole = seconds.trunc() as i128 * i128::from(Self::TICKS_PER_SECOND);
        let rest = (seconds.fract() * Self::TICKS_PER_SECOND as f64).round() as i128;
        Self((whole + rest).clamp(Self::MIN.0.into(), Self::MAX.0.into()) as i64)
    }

    /// The nearest double of seconds.
    pub fn to_seconds(self) -> f64 {
        if self.is_infinite() {
            return f64::INFINITY;
        }
        if self.0.unsigned_abs() < EXACT {
            return self.0 as f64 / Self::TICKS_PER_SECOND as f64;
        }
        let (whole, rest) = (self.0 / Self::TICKS_PER_SECOND, self.0 % Self::TICKS_PER_SECOND);
        whole as f64 + rest as f64 / Self::TICKS_PER_SECOND as f64
    }

    /// The first of the times that are the same double of seconds. Up to 74 days that is the time
    /// itself; later a double no longer tells neighbours apart, and what an application read from
    /// `buffered` and gives back means any of them (GEN-5, DIS-13).
    pub fn first_of_double(self) -> Self {
        self.same_double(-1)
    }

    /// The last of the times that are the same double of seconds.
    pub fn last_of_double(self) -> Self {
        self.same_double(1)
    }

    fn same_double(self, direction: i64) -> Self {
        if self.0.unsigned_abs() < EXACT / 2 || self.is_infinite() {
            return self;
        }
        let seconds = self.to_seconds();
        let (mut same, mut step) = (self.0, REACH);
        while step > 0 {
            let candidate = same.saturating_add(direction * step);
            if Self::clamped(candidate).to_seconds().to_bits() == seconds.to_bits() {
                same = Self::clamped(candidate).0;
            }
            step /= 2;
        }
        Self(same)
    }

    /// Whether this is +∞.
    pub const fn is_infinite(self) -> bool {
        self.0 == Self::INFINITY.0
    }

    /// Twice this time, saturating: the reach of one missing frame (CFP-10, TB-6).
    pub fn doubled(self) -> Self {
        self + self
    }

    /// Rounds to the nearest multiple of `1/rate` s, ties up: `floor(x·rate + 0.5)/rate` (ASF-2).
    pub fn round_to_rate(self, rate: NonZeroU32) -> Self {
        let scaled = i128::from(self.0) * i128::from(rate.get());
        let unit = i128::from(Self::TICKS_PER_SECOND);
        let samples = (2 * scaled + unit).div_euclid(2 * unit);
        Self::from_ticks(samples.clamp(i64::MIN.into(), i64::MAX.into()) as i64, rate).unwrap_or(self)
    }

    const fn clamped(flicks: i64) -> Self {
        if flicks >= Self::MAX.0 {
            Self::MAX
        } else if flicks <= Self::MIN.0 {
            Self::MIN
        } else {
            Self(flicks)
        }
    }
}

/// Counts below this are exact as doubles.
const EXACT: u64 = 1 << 53;
/// More flicks than any double of seconds stands for.
const REACH: i64 = 1 << 11;

/// The nearest of the counts that an `i64` has.
const fn saturated(flicks: i128) -> i64 {
    if flicks > i64::MAX as i128 {
        i64::MAX
    } else if flicks < i64::MIN as i128 {
        i64::MIN
    } else {
        flicks as i64
    }
}

/// Nearest quotient, halves away from zero; `divisor` is positive.
const fn div_nearest(dividend: i128, divisor: i128) -> i128 {
    let half = if dividend < 0 { -(divisor / 2) } else { divisor / 2 };
    (dividend + half) / divisor
}

impl Add for MediaTime {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        if self.is_infinite() || other.is_infinite() {
            return Self::INFINITY;
        }
        Self::clamped(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MediaTime {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for MediaTime {
    type Output = Self;
    /// ∞ − x is ∞; nothing in the standard subtracts ∞ from a finite time, which saturates at
    /// [`MediaTime::MIN`].
    fn sub(self, other: Self) -> Self {
        if self.is_infinite() {
            return Self::INFINITY;
        }
        Self::clamped(self.0.saturating_sub(other.0))
    }
}

impl SubAssign for MediaTime {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Mul<i64> for MediaTime {
    type Output = Self;
    /// Saturates; ∞ stays ∞, whatever the factor.
    fn mul(self, factor: i64) -> Self {
        if self.is_infinite() { self } else { Self::clamped(self.0.saturating_mul(factor)) }
    }
}

impl Sum for MediaTime {
    fn sum<I: Iterator<Item = Self>>(times: I) -> Self {
        times.fold(Self::ZERO, Add::add)
    }
}

impl From<Duration> for MediaTime {
    /// To the nearest flick; the largest time stands for what is longer.
    fn from(duration: Duration) -> Self {
        let nanos = i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX);
        let whole = nanos / 1_000_000_000 * i128::from(Self::TICKS_PER_SECOND);
        let rest = nanos % 1_000_000_000 * i128::from(Self::TICKS_PER_SECOND);
        Self::clamped(saturated(whole + div_nearest(rest, 1_000_000_000)))
    }
}

/// The error of a conversion to a [`Duration`]: the time is negative or infinite.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotADuration(MediaTime);

impl fmt::Display for NotADuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s is no duration", self.0)
    }
}

impl std::error::Error for NotADuration {}

impl TryFrom<MediaTime> for Duration {
    type Error = NotADuration;
    /// To the nearest nanosecond.
    fn try_from(time: MediaTime) -> Result<Self, NotADuration> {
        let seconds = u64::try_from(time.0 / MediaTime::TICKS_PER_SECOND);
        if time.is_infinite() || time.0 < 0 {
            return Err(NotADuration(time));
        }
        let rest = i128::from(time.0 % MediaTime::TICKS_PER_SECOND) * 1_000_000_000;
        let nanos = div_nearest(rest, MediaTime::TICKS_PER_SECOND.into()) as u64;
        Ok(Self::from_secs(seconds.unwrap_or_default()) + Self::from_nanos(nanos))
    }
}

impl Neg for MediaTime {
    type Output = Self;
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl fmt::Display for MediaTime {
    /// Seconds in their shortest round-trip form, `Infinity` as the web writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_infinite() { f.write_str("Infinity") } else { write!(f, "{}", self.to_seconds()) }
    }
}

impl fmt::Debug for MediaTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(timescale: u32) -> NonZeroU32 {
        NonZeroU32::new(timescale).unwrap()
    }

    #[test]
    fn every_usual_timescale_divides_the_number_line() {
        for timescale in [
            1, 600, 1000, 8000, 11_025, 12_800, 16_000, 22_050, 24_000, 30_000, 44_100, 48_000, 60_000,
            90_000, 96_000, 192_000, 240_000,
        ] {
            assert_eq!(MediaTime::TICKS_PER_SECOND % timescale, 0, "{timescale}");
        }
    }

    #[test]
    fn ticks_come_back_for_any_timescale() {
        for timescale in [1, 7, 600, 12_288, 15_360, 90_000, 10_000_000, 352_800_000] {
            for ticks in [0, 1, -1, 3, 1001, 123_456_789, -9_876_543_210] {
                let time = MediaTime::from_ticks(ticks, scale(timescale)).unwrap();
                assert_eq!(time.to_ticks(scale(timescale)), ticks, "{ticks}/{timescale}");
            }
        }
    }

    #[test]
    fn ticks_become_the_nearest_flick() {
        let largest = MediaTime::MAX.flicks();
        for timescale in [1, 3, 90_000, 352_800_001, 705_600_000, 1_000_000_000, u32::MAX] {
            let edge = (i128::from(largest) * i128::from(timescale) / 705_600_000) as i64;
            for ticks in [0, 1, 499, 999_999_999, 36_000_000_000_123, edge, edge - 1, edge.saturating_add(2)]
            {
                for ticks in [ticks, -ticks] {
                    let exact = i128::from(ticks) * i128::from(MediaTime::TICKS_PER_SECOND);
                    let nearest = div_nearest(exact, timescale.into());
                    let expected = (nearest.abs() <= largest.into()).then_some(nearest);
                    let time = MediaTime::from_ticks(ticks, scale(timescale));
                    assert_eq!(time.map(|time| time.flicks().into()), expected, "{ticks}/{timescale}");
                }
            }
        }
    }

    #[test]
    fn other_units_become_the_nearest_flick() {
        assert_eq!(MediaTime::from_millis(1500), MediaTime::SECOND + MediaTime::from_flicks(352_800_000));
        assert_eq!(MediaTime::from_millis(-1), -MediaTime::from_flicks(705_600));
        assert_eq!(MediaTime::from_micros(3).flicks(), 2117);
        assert_eq!(MediaTime::from_micros(-3).flicks(), -2117);
        for largest in [MediaTime::from_millis(i64::MAX), MediaTime::from(Duration::MAX)] {
            assert_eq!(largest, MediaTime::MAX);
        }
        assert_eq!(MediaTime::from_micros(i64::MAX), MediaTime::MAX);
        assert_eq!(MediaTime::from_millis(i64::MIN), MediaTime::MIN);
        assert_eq!(MediaTime::from_micros(i64::MIN), MediaTime::MIN);
    }

    #[test]
    fn durations_come_back() {
        let longest = 13_000_000_000 * 1_000_000_000_u128;
        for nanos in [0, 1, 2, 999_999_999, 1_000_000_000, 1_000_000_001, longest - 1, longest] {
            let nanos = Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32);
            let time = MediaTime::from(nanos);
            let back = Duration::try_from(time).unwrap();
            // A flick is longer than a nanosecond.
            assert!(back.abs_diff(nanos) <= Duration::from_nanos(1), "{nanos:?} {back:?}");
            assert_eq!(MediaTime::from(back), time);
        }
        for refused in [MediaTime::INFINITY, MediaTime::MIN, MediaTime::from_flicks(-1)] {
            assert_eq!(Duration::try_from(refused), Err(NotADuration(refused)));
        }
        let said = Duration::try_from(-MediaTime::SECOND).unwrap_err().to_string();
        assert_eq!(said, "-1 s is no duration");
    }

    #[test]
    fn sums_and_products_saturate() {
        let half = MediaTime::from_millis(500);
        assert_eq!([half, half, half].into_iter().sum::<MediaTime>(), MediaTime::from_millis(1500));
        assert_eq!([MediaTime::MAX, half].into_iter().sum::<MediaTime>(), MediaTime::MAX);
        assert_eq!([MediaTime::INFINITY, half].into_iter().sum::<MediaTime>(), MediaTime::INFINITY);
        assert_eq!(half * 3, MediaTime::from_millis(1500));
        assert_eq!((MediaTime::MAX * 2, MediaTime::MAX * -2), (MediaTime::MAX, MediaTime::MIN));
        for factor in [-1, 0, 1] {
            assert_eq!(MediaTime::INFINITY * factor, MediaTime::INFINITY);
            assert_eq!(half * factor, MediaTime::from_millis(500 * factor));
        }
        let mut time = MediaTime::SECOND;
        time -= half;
        assert_eq!(time, half);
    }

    #[test]
    fn ticks_outside_the_number_line_are_refused() {
        assert_eq!(MediaTime::from_ticks(i64::MAX, scale(1)), None);
        assert_eq!(MediaTime::from_ticks(i64::MIN, scale(90_000)), None);
        assert_eq!(MediaTime::from_ticks(i64::MAX, scale(705_600_000)), None);
    }

    #[test]
    fn exactly_one_missing_frame_is_no_discontinuity() {
        // EX-1: 1.08 − 1.00 is more than 2 × 0.04 in doubles, and exactly that here.
        let at = |ticks| MediaTime::from_ticks(ticks, scale(25)).unwrap();
        let (last, next, frame) = std::hint::black_box((1.0_f64, 1.08, 0.04));
        assert!(next - last > 2.0 * frame);
        assert_eq!(at(27) - at(25), at(1).doubled());
    }

    #[test]
    fn doubles_round_trip_through_seconds() {
        for seconds in [0.0, 1.0 / 3.0, 22.0 / 24.0 + 1.0 / 24.0, -2.5, 12_345.678_9] {
            let time = MediaTime::from_seconds(seconds);
            assert!((time.to_seconds() - seconds).abs() < 1e-9, "{seconds}");
        }
        assert_eq!(
            MediaTime::from_seconds(22.0 / 24.0 + 1.0 / 24.0),
            MediaTime::from_ticks(23, scale(24)).unwrap()
        );
        assert_eq!(MediaTime::from_seconds(f64::INFINITY), MediaTime::INFINITY);
        assert_eq!(MediaTime::from_seconds(f64::MAX), MediaTime::MAX);
        assert_eq!(MediaTime::from_seconds(f64::NEG_INFINITY), MediaTime::MIN);
    }

    #[test]
    fn infinity_absorbs_and_ends_saturate() {
        assert_eq!(MediaTime::INFINITY + MediaTime::MIN, MediaTime::INFINITY);
        assert_eq!(MediaTime::INFINITY - MediaTime::SECOND, MediaTime::INFINITY);
        assert_eq!(MediaTime::MAX + MediaTime::SECOND, MediaTime::MAX);
        assert_eq!(MediaTime::MIN - MediaTime::SECOND, MediaTime::MIN);
        assert_eq!(MediaTime::from_flicks(i64::MIN), MediaTime::MIN);
    }

    #[test]
    fn rounding_to_a_sample_rate_takes_ties_up() {
        // ASF-2's example: 10.01255 s at 8 000 Hz is 10.0125 s.
        let rounded = MediaTime::from_seconds(10.01255).round_to_rate(scale(8000));
        assert_eq!(rounded, MediaTime::from_ticks(80_100, scale(8000)).unwrap());
        let half = MediaTime::from_ticks(1, scale(2)).unwrap();
        assert_eq!(half.round_to_rate(scale(1)), MediaTime::SECOND);
        assert_eq!((-half).round_to_rate(scale(1)), MediaTime::ZERO);
    }
}
