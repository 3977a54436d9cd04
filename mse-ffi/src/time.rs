//! Times: ticks of 1/705 600 000 s.

use crate::boundary::{Failure, call_anywhere, put};
use crate::header::*;
use mse::MediaTime;
use std::num::NonZeroU32;

const NANOSECONDS: NonZeroU32 = NonZeroU32::new(1_000_000_000).unwrap();

pub(crate) fn time_or_none(time: Option<MediaTime>) -> mse_time {
    time.map_or(MSE_TIME_NONE, MediaTime::flicks)
}

/// `mse_time_from_ticks()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_time_from_ticks(ticks: i64, timescale: u32, out: *mut mse_time) -> mse_status {
    call_anywhere(|| {
        let time = NonZeroU32::new(timescale).and_then(|timescale| MediaTime::from_ticks(ticks, timescale));
        // SAFETY: as mse.h asks of the caller.
        unsafe { put(out, time_or_none(time))? };
        time.map(|_| MSE_OK)
            .ok_or_else(|| Failure::argument("the time is out of range, or the timescale is 0"))
    })
}

/// `mse_time_to_ticks()`.
#[unsafe(no_mangle)]
pub extern "C" fn mse_time_to_ticks(time: mse_time, timescale: u32) -> i64 {
    NonZeroU32::new(timescale).map_or(0, |timescale| MediaTime::from_flicks(time).to_ticks(timescale))
}

/// `mse_time_from_seconds()`.
#[unsafe(no_mangle)]
pub extern "C" fn mse_time_from_seconds(seconds: f64) -> mse_time {
    if seconds.is_nan() { MSE_TIME_NONE } else { MediaTime::from_seconds(seconds).flicks() }
}

/// `mse_time_to_seconds()`.
#[unsafe(no_mangle)]
pub extern "C" fn mse_time_to_seconds(time: mse_time) -> f64 {
    if time == MSE_TIME_NONE { f64::NAN } else { MediaTime::from_flicks(time).to_seconds() }
}

/// `mse_time_from_ns()`.
#[unsafe(no_mangle)]
pub extern "C" fn mse_time_from_ns(nanoseconds: i64) -> mse_time {
    let end = if nanoseconds < 0 { MediaTime::MIN } else { MediaTime::MAX };
    MediaTime::from_ticks(nanoseconds, NANOSECONDS).unwrap_or(end).flicks()
}

/// `mse_time_to_ns()`.
#[unsafe(no_mangle)]
pub extern "C" fn mse_time_to_ns(time: mse_time) -> i64 {
    match time {
        MSE_TIME_INFINITY => i64::MAX,
        time => MediaTime::from_flicks(time).to_ticks(NANOSECONDS),
    }
}
