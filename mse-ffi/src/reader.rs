//! Readers: a decoder's way to the frames of one track.

use crate::boundary::*;
use crate::config::mse_config;
use crate::frame::mse_frame;
use crate::header::*;
use crate::track::mse_track;
use mse::timeline::{Gap, GapCause};
use mse::{CodedFrame, FrameReader, MediaTime, Read};
use parking_lot::Mutex;
use std::num::NonZeroU32;
use std::sync::Arc;

/// A reader.
pub struct mse_reader {
    reader: Mutex<Reader>,
    poison: Poison,
}

/// Frames read at a time: the lock is held for as long as it takes to write them down.
const RUN: usize = 64;

struct Reader {
    track: Arc<mse_track>,
    frames: FrameReader,
    /// Frames read at a time, the last one first. Empty between calls unless a call failed.
    run: Vec<CodedFrame>,
    timescale: NonZeroU32,
    jump_gaps: bool,
    padding: usize,
    config: Option<Arc<mse_config>>,
    /// Flags of the next frame.
    flags: u32,
    /// Position at which the next frame is expected: the end of the last frame, or the target of a
    /// seek.
    position: MediaTime,
    /// The gap that was reported last.
    gap: Option<(MediaTime, Option<MediaTime>, i32)>,
    /// Position at which ::MSE_RESYNC was reported.
    resynced: Option<MediaTime>,
}

impl Reader {
    fn read(&mut self) -> Result<Result<Arc<mse_frame>, mse_status>, Failure> {
        loop {
            let read = self.run.pop().map_or_else(|| self.frames.read(), Read::Frame);
            match read {
                Read::DescriptionChanged(description) => {
                    let config = self.track.config(&description, self.timescale);
                    if !self.config.as_ref().is_some_and(|known| Arc::ptr_eq(known, &config)) {
                        self.flags |= MSE_FRAME_NEW_CONFIG;
                    }
                    self.config = Some(config);
                }
                Read::Frame(frame) => {
                    let config = self
                        .config
                        .as_ref()
                        .ok_or_else(|| Failure::new(MSE_E_INTERNAL, "a frame came without a description"))?;
                    self.position = self.position.max(frame.end_timestamp());
                    self.gap = None;
                    let flags = std::mem::take(&mut self.flags);
                    let frame =
                        mse_frame::new(frame, Arc::clone(config), self.timescale, flags, self.padding);
                    return frame.map(|frame| Ok(Arc::new(frame)));
                }
                Read::EndOfStream => return Ok(Err(MSE_END)),
                _ => match self.missing() {
                    MSE_GAP if self.jump_gaps && self.jump() => {}
                    status => return Ok(Err(status)),
                },
            }
        }
    }

    /// Fetches up to `most` frames for the next reads, for one lock.
    fn look_ahead(&mut self, most: usize) {
        if self.run.is_empty() {
            self.frames.read_frames(most.min(RUN), &mut self.run);
            self.run.reverse();
        }
    }

    /// Why there is no frame: what the track buffer knows of the place.
    fn missing(&mut self) -> mse_status {
        let Some(Gap { range, cause, .. }) = self.frames.gap_at(self.position) else { return MSE_AGAIN };
        let cause = match cause {
            GapCause::Removed => MSE_GAP_REMOVED,
            GapCause::Evicted => MSE_GAP_EVICTED,
            GapCause::Dropped(_) => MSE_GAP_DROPPED,
            GapCause::Replaced => MSE_GAP_REPLACED,
            _ => MSE_GAP_NOT_APPENDED,
        };
        let next = self.frames.buffered_after(self.position);
        self.gap = Some((range.start, next, cause));
        let lost = matches!(cause, MSE_GAP_REMOVED | MSE_GAP_EVICTED | MSE_GAP_REPLACED);
        if lost && self.resynced != Some(range.start) {
            self.resynced = Some(range.start);
            self.flags |= MSE_FRAME_DISCONTINUITY;
            return MSE_RESYNC;
        }
        if next.is_some() { MSE_GAP } else { MSE_AGAIN }
    }

    /// Goes on behind the gap. Whether that leads anywhere.
    fn jump(&mut self) -> bool {
        let Some((_, Some(next), _)) = self.gap else { return false };
        self.flags |= MSE_FRAME_DISCONTINUITY;
        self.position = next;
        self.frames.seek(next).is_some()
    }

    fn seek(&mut self, target: MediaTime) -> Option<MediaTime> {
        self.flags |= MSE_FRAME_DISCONTINUITY;
        self.position = target;
        (self.gap, self.resynced) = (None, None);
        self.run.clear();
        self.frames.seek(target)
    }
}

/// Runs a call on a reader.
unsafe fn reader_call(reader: *mut mse_reader, steps: impl FnOnce(&mut Reader) -> Outcome) -> mse_status {
    // SAFETY: a handle, as mse.h asks of the caller.
    match unsafe { borrow(reader) } {
        Ok(reader) => guarded_call(&reader.poison, || match reader.reader.try_lock() {
            Some(mut reader) => steps(&mut reader),
            None => Err(Failure::new(MSE_E_REENTRANT, "the reader is in use on another thread")),
        }),
        Err(failure) => call(|| Err(failure)),
    }
}

/// `mse_reader_new()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_reader_new(
    track: *mut mse_track,
    options_or_null: *const mse_reader_options,
    out: *mut *mut mse_reader,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    call(|| unsafe {
        const MAX_PADDING: u32 = 4096;
        let out = Out::new(out)?;
        let track = share(track)?;
        let options = read_or_default(options_or_null)?;
        check_flags(options.flags, MSE_READER_JUMP_GAPS)?;
        if options.padding > MAX_PADDING {
            return Err(Failure::argument("padding is more than 4096 bytes"));
        }
        let frames = track.open_reader()?;
        let timescale = frames.timescale().unwrap_or(NonZeroU32::MIN);
        let reader = Reader {
            track,
            frames,
            run: Vec::new(),
            timescale,
            jump_gaps: options.flags & MSE_READER_JUMP_GAPS != 0,
            padding: options.padding as usize,
            config: None,
            flags: MSE_FRAME_DISCONTINUITY,
            position: MediaTime::ZERO,
            gap: None,
            resynced: None,
        };
        Ok(out.put(Arc::new(mse_reader { reader: Mutex::new(reader), poison: Poison::default() })))
    })
}

/// `mse_reader_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_reader_unref(reader: *mut mse_reader) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(reader) }
}

/// `mse_reader_seek()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_reader_seek(
    reader: *mut mse_reader,
    target: mse_time,
    landed_or_null: *mut mse_time,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        reader_call(reader, |reader| {
            if target == MSE_TIME_NONE {
                return Err(Failure::argument("the target is no time"));
            }
            let landed = reader.seek(MediaTime::from_flicks(target));
            if !landed_or_null.is_null() {
                landed_or_null.write(landed.map_or(MSE_TIME_NONE, MediaTime::flicks));
            }
            Ok(if landed.is_some() { MSE_OK } else { MSE_AGAIN })
        })
    }
}

/// `mse_reader_read()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_reader_read(reader: *mut mse_reader, out: *mut *mut mse_frame) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        reader_call(reader, |reader| {
            let out = out?;
            match reader.read()? {
                Ok(frame) => Ok(out.put(frame)),
                Err(status) => Ok(status),
            }
        })
    }
}

/// `mse_reader_read_many()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_reader_read_many(
    reader: *mut mse_reader,
    out: *mut *mut mse_frame,
    cap: usize,
    count: *mut usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let zero = put(count, 0);
        reader_call(reader, |reader| {
            zero?;
            if cap == 0 || out.is_null() {
                return Err(Failure::argument("there is no room for a frame"));
            }
            for index in 0..cap {
                reader.look_ahead(cap - index);
                match reader.read() {
                    Ok(Ok(frame)) => {
                        out.add(index).write(give(frame));
                        count.write(index + 1);
                    }
                    Ok(Err(status)) if index == 0 => return Ok(status),
                    Err(failure) if index == 0 => return Err(failure),
                    // The next call says it.
                    Ok(Err(MSE_RESYNC)) => {
                        reader.resynced = None;
                        break;
                    }
                    Ok(Err(_)) | Err(_) => break,
                }
            }
            Ok(MSE_OK)
        })
    }
}

/// `mse_reader_gap()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_reader_gap(
    reader: *mut mse_reader,
    start: *mut mse_time,
    end: *mut mse_time,
    cause: *mut i32,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        reader_call(reader, |reader| {
            let (from, to, why) = reader.gap.ok_or_else(|| Failure::not_found("the reader met no gap"))?;
            put(start, from.flicks())?;
            put(end, to.unwrap_or(MediaTime::INFINITY).flicks())?;
            put(cause, why)?;
            Ok(MSE_OK)
        })
    }
}
