//! Time ranges as JavaScript has them: start, end, start, end, ... in seconds.

use mse::TimeRanges;
use napi::bindgen_prelude::Float64Array;

pub(crate) fn seconds(ranges: &TimeRanges) -> Float64Array {
    let flat: Vec<f64> =
        ranges.iter().flat_map(|range| [range.start.to_seconds(), range.end.to_seconds()]).collect();
    flat.into()
}
