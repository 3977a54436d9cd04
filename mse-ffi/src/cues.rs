//! Cues of text tracks.

use crate::boundary::*;
use crate::header::*;
use crate::text::Text;
use crate::track::mse_track;
use mse::TextCue;
use std::sync::Arc;

/// The cues of a text track at one moment.
pub struct mse_cues {
    cues: Vec<Cue>,
}

struct Cue {
    start: mse_time,
    end: mse_time,
    id: Text,
    settings: Text,
    text: Text,
}

impl From<TextCue> for Cue {
    fn from(cue: TextCue) -> Self {
        Self {
            start: cue.start.flicks(),
            end: cue.end.flicks(),
            id: Text::new(&cue.id),
            settings: Text::new(&cue.settings),
            text: Text::new(&cue.text),
        }
    }
}

/// `mse_track_cues()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_track_cues(track: *mut mse_track, out: *mut *mut mse_cues) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        call(|| {
            let out = out?;
            let cues = borrow(track)?.cues()?.into_iter().map(Cue::from).collect();
            Ok(out.put(Arc::new(mse_cues { cues })))
        })
    }
}

/// `mse_cues_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_cues_ref(cues: *mut mse_cues) -> *mut mse_cues {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(cues) }
}

/// `mse_cues_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_cues_unref(cues: *mut mse_cues) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(cues) }
}

/// `mse_cues_count()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_cues_count(cues: *const mse_cues) -> usize {
    // SAFETY: as mse.h asks of the caller.
    get(0, || Ok(unsafe { borrow(cues)? }.cues.len()))
}

/// `mse_cues_get()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_cues_get(cues: *const mse_cues, index: usize, out: *mut mse_cue) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        let cues = borrow(cues)?;
        let cue = cues.cues.get(index).ok_or_else(|| Failure::not_found("the index is past the end"))?;
        let cue = mse_cue {
            struct_size: 0,
            reserved: 0,
            start: cue.start,
            end: cue.end,
            id: cue.id.as_str(),
            settings: cue.settings.as_str(),
            text: cue.text.as_str(),
        };
        write(out, cue)?;
        Ok(MSE_OK)
    })
}

/// `mse_cues_next_change()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_cues_next_change(cues: *const mse_cues, time: mse_time) -> mse_time {
    // SAFETY: as mse.h asks of the caller.
    get(MSE_TIME_NONE, || {
        let times = unsafe { borrow(cues)? }.cues.iter().flat_map(|cue| [cue.start, cue.end]);
        let next = times.filter(|change| *change > time).min();
        Ok(next.unwrap_or(MSE_TIME_NONE))
    })
}
