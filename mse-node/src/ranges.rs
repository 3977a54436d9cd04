//! Time ranges as JavaScript has them: start, end, start, end, ... in seconds.

use mse::TimeRanges;

pub(crate) fn seconds(ranges: &TimeRanges) -> Vec<f64> {
    ranges.iter().flat_map(|range| [range.start.to_seconds(), range.end.to_seconds()]).collect()
}
