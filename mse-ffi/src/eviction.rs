//! Eviction policies of the host.

use crate::boundary::range_struct;
use crate::callback::{Callback, call_back};
use crate::header::*;
use mse::timeline::EvictionRequest;
use mse::{EvictionPolicy, MediaTime, TimeRange, TimeRanges};
use std::ffi::c_void;
use std::sync::Arc;

pub(crate) type EvictFn =
    unsafe extern "C" fn(*mut c_void, *const mse_eviction_request, *mut mse_range, usize) -> usize;

/// Ranges that a policy may name at once.
const CAPACITY: usize = 64;

/// Asks the host.
pub(crate) fn policy(callback: Callback<EvictFn>) -> EvictionPolicy {
    EvictionPolicy::Custom(Arc::new(move |request| ask(&callback, request)))
}

fn ask(callback: &Callback<EvictFn>, request: &EvictionRequest<'_>) -> Vec<TimeRange> {
    let mut buffered = TimeRanges::default();
    for range in request.tracks.iter().flat_map(|track| track.ranges().iter().copied().collect::<Vec<_>>()) {
        buffered.insert(range.start, range.end);
    }
    let buffered: Vec<mse_range> = buffered.iter().map(range_struct).collect();
    let request = mse_eviction_request {
        struct_size: size_of::<mse_eviction_request>() as u32,
        reserved: 0,
        needed: request.needed,
        current_time: request.current_time.to_seconds(),
        duration: request.duration.to_seconds(),
        buffered: buffered.as_ptr(),
        buffered_count: buffered.len(),
    };
    let mut ranges = [mse_range { start: 0.0, end: 0.0 }; CAPACITY];
    // SAFETY: function and data of the host; request and ranges live for the call.
    let count = call_back(|| unsafe {
        (callback.function)(callback.data.get(), &raw const request, ranges.as_mut_ptr(), CAPACITY)
    });
    ranges.iter().take(count).filter_map(range).collect()
}

/// A range of the host; `None` when its end is not after its start.
pub(crate) fn range(range: &mse_range) -> Option<TimeRange> {
    (range.start < range.end).then(|| TimeRange {
        start: MediaTime::from_seconds(range.start),
        end: MediaTime::from_seconds(range.end),
    })
}
