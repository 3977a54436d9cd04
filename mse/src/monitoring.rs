//! Computations of the element's side on the buffered ranges: `seekable`, and readiness (EL, MON).

use mse_core::{ElementReadyState, MediaTime, TimeRanges};

/// `HTMLMediaElement.seekable`.
/// <https://w3c.github.io/media-source/#htmlmediaelement-extensions-seekable>
pub(crate) fn elements_seekable(
    duration: f64,
    live: Option<(f64, f64)>,
    buffered: &TimeRanges,
) -> TimeRanges {
    match elements_seekable_seconds(duration, live, buffered) {
        Some((start, end)) => {
            TimeRanges::from_range(MediaTime::from_seconds(start), MediaTime::from_seconds(end))
        }
        None => TimeRanges::new(),
    }
}

/// Start and end of `seekable`, as doubles: a page reads what it set.
pub(crate) fn elements_seekable_seconds(
    duration: f64,
    live: Option<(f64, f64)>,
    buffered: &TimeRanges,
) -> Option<(f64, f64)> {
    let first = buffered.start().map(MediaTime::to_seconds);
    let last = buffered.end().map(MediaTime::to_seconds);
    match live {
        // EL-5 (2).
        _ if duration.is_nan() => None,
        // EL-5 (4).
        _ if duration.is_finite() => Some((0.0, duration)).filter(|_| duration > 0.0),
        // EL-5 (3).
        Some((start, end)) => {
            Some((first.map_or(start, |first| first.min(start)), last.map_or(end, |last| last.max(end))))
        }
        None => last.map(|last| (0.0, last)),
    }
}

/// SourceBuffer monitoring, for an element beyond HAVE_NOTHING (MON-3..8).
/// <https://w3c.github.io/media-source/#buffer-monitoring>
pub(crate) fn monitor(
    buffered: &TimeRanges,
    position: MediaTime,
    duration: f64,
    ended: bool,
    enough_ahead: MediaTime,
) -> ElementReadyState {
    // As doubles compare: a position read from `buffered` is in the range that it was read from
    // (GEN-5).
    let (at, duration) = (position.to_seconds(), MediaTime::from_seconds(duration).first_of_double());
    let Some(range) = buffered.find(position.last_of_double()) else {
        // MON-6 before MON-3 (MON-8): a range that ends just here still shows its last frame.
        let ranges = buffered.iter().as_slice();
        let next = ranges.get(ranges.partition_point(|range| range.end.to_seconds() < at));
        let ends_here = next.is_some_and(|range| range.end.to_seconds().to_bits() == at.to_bits());
        return match (ends_here, ended && position.last_of_double() >= duration) {
            (true, true) => ElementReadyState::HaveEnoughData,
            (true, false) => ElementReadyState::HaveCurrentData,
            (false, _) => ElementReadyState::HaveMetadata,
        };
    };
    // MON-4, MON-7: nothing is shown behind the duration, whether or not the source says that it
    // has ended.
    let to_the_end = range.end >= duration;
    if to_the_end || range.end - position >= enough_ahead {
        return ElementReadyState::HaveEnoughData;
    }
    // MON-5.
    ElementReadyState::HaveFutureData
}

#[cfg(test)]
mod tests {
    use super::*;
    use ElementReadyState::{HaveCurrentData, HaveEnoughData, HaveFutureData, HaveMetadata};

    fn s(seconds: i64) -> MediaTime {
        MediaTime::from_flicks(seconds * MediaTime::TICKS_PER_SECOND)
    }

    #[test]
    fn seekable_of_a_live_stream_unites_what_is_buffered_and_what_may_be_sought() {
        // EX-29.
        let buffered = TimeRanges::from_range(s(10), s(12));
        let seekable =
            |live, buffered: &TimeRanges| elements_seekable(f64::INFINITY, live, buffered).to_string();
        assert_eq!(seekable(Some((40.0, 42.0)), &buffered), "{ [10,42) }");
        assert_eq!(seekable(Some((40.0, 42.0)), &TimeRanges::new()), "{ [40,42) }");
        assert_eq!(seekable(None, &buffered), "{ [0,12) }");
        assert_eq!(elements_seekable(f64::NAN, Some((40.0, 42.0)), &buffered).to_string(), "{ }");
        assert_eq!(elements_seekable(20.0, Some((40.0, 42.0)), &buffered).to_string(), "{ [0,20) }");
    }

    #[test]
    fn readiness_follows_what_lies_ahead_of_the_position() {
        let buffered: TimeRanges = [(s(0), s(2)), (s(4), s(10))].into_iter().collect();
        let rows = [
            (1, f64::INFINITY, false, HaveFutureData),
            (2, f64::INFINITY, false, HaveCurrentData),
            (3, f64::INFINITY, false, HaveMetadata),
            (4, f64::INFINITY, false, HaveEnoughData),
            (9, 10.0, true, HaveEnoughData),
            (9, 12.0, true, HaveFutureData),
            (10, 10.0, true, HaveEnoughData),
        ];
        for (position, duration, ended, expected) in rows {
            assert_eq!(
                monitor(&buffered, s(position), duration, ended, crate::ElementPolicy::letter().enough_ahead),
                expected,
                "at {position}"
            );
        }
    }
}
