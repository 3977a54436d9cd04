//! A SourceBuffer: an id and the way back to its source, which it does not keep alive.

use crate::boundary::*;
use crate::callback::UserData;
use crate::eviction;
use crate::header::*;
use crate::receipt::mse_receipt;
use crate::source::{mse_source, quota};
use crate::track::{Home, mse_track};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AppendMode, SourceBuffer, SourceBufferId, TimeRanges};
use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Weak};

/// A SourceBuffer.
pub struct mse_source_buffer {
    source: Weak<mse_source>,
    pub(crate) id: SourceBufferId,
    user_data: AtomicPtr<c_void>,
}

const GONE: &str = "the MediaSource is gone";

impl mse_source_buffer {
    pub(crate) fn new(source: Weak<mse_source>, id: SourceBufferId) -> Self {
        Self { source, id, user_data: AtomicPtr::new(null_mut()) }
    }

    fn source(&self) -> Result<Arc<mse_source>, Failure> {
        self.source.upgrade().ok_or_else(|| Failure::state(GONE))
    }
}

impl mse_source {
    /// Looks at a SourceBuffer of its own.
    pub(crate) fn look_at<T>(
        &self,
        id: SourceBufferId,
        look: impl FnOnce(&mut SourceBuffer<'_>) -> T,
    ) -> Result<T, Failure> {
        self.look(|inner| inner.source_buffer(id).map(|mut buffer| look(&mut buffer)))
            .ok_or_else(|| Failure::state(GONE))
    }
}

pub(crate) fn same_source(buffer: &mse_source_buffer, source: &mse_source) -> bool {
    buffer.source.ptr_eq(&source.myself)
}

/// Runs a call on a SourceBuffer.
pub(crate) unsafe fn buffer_call(
    buffer: *const mse_source_buffer,
    steps: impl FnOnce(&mse_source, SourceBufferId) -> Outcome,
) -> mse_status {
    // SAFETY: a handle, as mse.h asks of the caller.
    match unsafe { borrow(buffer) }.and_then(|buffer| Ok((buffer.source()?, buffer.id))) {
        Ok((source, id)) => guarded_call(&source.poison, || steps(&source, id)),
        Err(failure) => call(|| Err(failure)),
    }
}

/// Runs a method of the standard.
unsafe fn command(
    buffer: *const mse_source_buffer,
    command: impl FnOnce(&mut SourceBuffer<'_>) -> Result<(), mse::Exception>,
) -> mse_status {
    // SAFETY: as for `buffer_call`.
    unsafe {
        buffer_call(buffer, |source, id| {
            source.command(Some(id), |inner| match inner.source_buffer(id) {
                Some(mut buffer) => command(&mut buffer),
                None => Err(mse::Exception::invalid_state("GEN-7", GONE)),
            })?;
            Ok(MSE_OK)
        })
    }
}

/// Runs a getter.
unsafe fn getter<T>(
    buffer: *const mse_source_buffer,
    otherwise: T,
    look: impl FnOnce(&mut SourceBuffer<'_>) -> T,
) -> T {
    // SAFETY: a handle, as mse.h asks of the caller.
    match unsafe { borrow(buffer) }.and_then(|buffer| Ok((buffer.source()?, buffer.id))) {
        Ok((source, id)) => guarded_get(&source.poison, otherwise, || source.look_at(id, look)),
        Err(failure) => get(otherwise, || Err(failure)),
    }
}

/// `mse_source_buffer_ref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_ref(buffer: *mut mse_source_buffer) -> *mut mse_source_buffer {
    // SAFETY: as mse.h asks of the caller.
    unsafe { reference(buffer) }
}

/// `mse_source_buffer_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_unref(buffer: *mut mse_source_buffer) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(buffer) }
}

/// `mse_source_buffer_id()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_id(buffer: *const mse_source_buffer) -> u64 {
    // SAFETY: as mse.h asks of the caller.
    get(u64::MAX, || Ok(unsafe { borrow(buffer)? }.id.0.into()))
}

/// `mse_source_buffer_set_user_data()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_set_user_data(
    buffer: *mut mse_source_buffer,
    user_data: *mut c_void,
) {
    get((), || {
        // SAFETY: as mse.h asks of the caller.
        unsafe { borrow(buffer)? }.user_data.store(user_data, Ordering::Release);
        Ok(())
    });
}

/// `mse_source_buffer_user_data()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_user_data(buffer: *const mse_source_buffer) -> *mut c_void {
    // SAFETY: as mse.h asks of the caller.
    get(null_mut(), || Ok(unsafe { borrow(buffer)? }.user_data.load(Ordering::Acquire)))
}

/// `mse_source_buffer_is_removed()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_is_removed(buffer: *const mse_source_buffer) -> c_int {
    // SAFETY: as mse.h asks of the caller.
    unsafe { getter(buffer, 1, |buffer| buffer.is_removed().into()) }
}

/// `mse_source_buffer_updating()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_updating(buffer: *const mse_source_buffer) -> c_int {
    // SAFETY: as mse.h asks of the caller.
    unsafe { getter(buffer, 0, |buffer| buffer.updating().into()) }
}

/// `mse_source_buffer_mode()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_mode(buffer: *const mse_source_buffer) -> i32 {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        getter(buffer, MSE_MODE_SEGMENTS, |buffer| match buffer.mode() {
            AppendMode::Segments => MSE_MODE_SEGMENTS,
            AppendMode::Sequence => MSE_MODE_SEQUENCE,
        })
    }
}

/// `mse_source_buffer_set_mode()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_set_mode(buffer: *mut mse_source_buffer, mode: i32) -> mse_status {
    let mode = match mode {
        MSE_MODE_SEGMENTS => AppendMode::Segments,
        MSE_MODE_SEQUENCE => AppendMode::Sequence,
        _ => return call(|| Err(Failure::argument("the mode is none of MSE_MODE_*"))),
    };
    // SAFETY: as mse.h asks of the caller.
    unsafe { command(buffer, |buffer| buffer.set_mode(mode)) }
}

/// `mse_source_buffer_timestamp_offset()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_timestamp_offset(buffer: *const mse_source_buffer) -> f64 {
    // SAFETY: as mse.h asks of the caller.
    unsafe { getter(buffer, f64::NAN, |buffer| buffer.timestamp_offset()) }
}

/// `mse_source_buffer_set_timestamp_offset()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_set_timestamp_offset(
    buffer: *mut mse_source_buffer,
    seconds: f64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe { command(buffer, |buffer| buffer.set_timestamp_offset(seconds)) }
}

/// `mse_source_buffer_append_window()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_append_window(buffer: *const mse_source_buffer) -> mse_range {
    let none = mse_range { start: f64::NAN, end: f64::NAN };
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        getter(buffer, none, |buffer| mse_range {
            start: buffer.append_window_start(),
            end: buffer.append_window_end(),
        })
    }
}

/// `mse_source_buffer_set_append_window_start()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_set_append_window_start(
    buffer: *mut mse_source_buffer,
    seconds: f64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe { command(buffer, |buffer| buffer.set_append_window_start(seconds)) }
}

/// `mse_source_buffer_set_append_window_end()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_set_append_window_end(
    buffer: *mut mse_source_buffer,
    seconds: f64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe { command(buffer, |buffer| buffer.set_append_window_end(seconds)) }
}

/// `mse_source_buffer_buffered()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_buffered(
    buffer: *const mse_source_buffer,
    ranges: *mut mse_range,
    cap: usize,
    count: *mut usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        buffer_call(buffer, |source, id| {
            put(count, 0)?;
            let buffered = source.look_at(id, |buffer| buffer.buffered())??;
            put_ranges(&buffered, ranges, cap, count)
        })
    }
}

/// Appends bytes; a full buffer says how full.
unsafe fn append(
    buffer: *mut mse_source_buffer,
    bytes: impl FnOnce() -> Result<Bytes, Failure>,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        buffer_call(buffer, |source, id| {
            let bytes = bytes()?;
            let len = bytes.len() as u64;
            let appended = source.command(Some(id), |inner| match inner.source_buffer(id) {
                Some(mut buffer) => buffer.append_buffer(bytes),
                None => Err(mse::Exception::invalid_state("GEN-7", GONE)),
            });
            let Err(mut failure) = appended else { return Ok(MSE_OK) };
            if failure.status == MSE_E_QUOTA {
                let usage = source.look_at(id, |buffer| buffer.quota())?;
                (failure.quota, failure.requested) = (usage.capacity, usage.used.saturating_add(len));
            }
            Err(failure)
        })
    }
}

/// `mse_source_buffer_append()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_append(
    buffer: *mut mse_source_buffer,
    data: *const c_void,
    len: usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        append(buffer, || {
            let bytes = bytes(data.cast(), len)?;
            let mut copy = Vec::new();
            let room = copy.try_reserve_exact(len);
            room.map_err(|_| Failure::new(MSE_E_NO_MEMORY, "there is no memory for the append"))?;
            copy.extend_from_slice(bytes);
            Ok(copy.into())
        })
    }
}

/// Memory of the host.
struct Loan {
    data: *const u8,
    len: usize,
    _release: UserData,
}

// SAFETY: the host said that the memory stays as it is, and that release may come on any thread.
unsafe impl Send for Loan {}
// SAFETY: as above.
unsafe impl Sync for Loan {}

impl AsRef<[u8]> for Loan {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: checked when it was made; valid until release.
        unsafe { std::slice::from_raw_parts(self.data, self.len) }
    }
}

/// `mse_source_buffer_append_lent()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_append_lent(
    buffer: *mut mse_source_buffer,
    data: *const c_void,
    len: usize,
    release: mse_destroy_fn,
    user_data: *mut c_void,
) -> mse_status {
    let release = UserData::new(user_data, release);
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        append(buffer, || {
            let lent = bytes(data.cast(), len)?;
            if lent.is_empty() {
                return Ok(Bytes::new());
            }
            Ok(Bytes::from_owner(Loan { data: lent.as_ptr(), len, _release: release }))
        })
    }
}

/// `mse_source_buffer_abort()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_abort(buffer: *mut mse_source_buffer) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe { command(buffer, |buffer| buffer.abort()) }
}

/// `mse_source_buffer_remove()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_remove(
    buffer: *mut mse_source_buffer,
    start: f64,
    end: f64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe { command(buffer, |buffer| buffer.remove(start, end)) }
}

/// `mse_source_buffer_change_type()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_change_type(
    buffer: *mut mse_source_buffer,
    r#type: *const c_char,
    len: usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        match text(r#type, len) {
            Ok(r#type) => command(buffer, |buffer| buffer.change_type(r#type)),
            Err(failure) => call(|| Err(failure)),
        }
    }
}

/// `mse_source_buffer_track_at()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_track_at(
    buffer: *mut mse_source_buffer,
    index: usize,
    out: *mut *mut mse_track,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        buffer_call(buffer, |source, id| {
            let out = out?;
            let track = source.look_at(id, |buffer| buffer.tracks().get(index).cloned())?;
            let track = track.ok_or_else(|| Failure::not_found("there is no such track"))?;
            Ok(out.put(source.tracks.object(&track, || Home::source(source.myself.clone()))))
        })
    }
}

/// `mse_source_buffer_get_quota()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_get_quota(
    buffer: *const mse_source_buffer,
    out: *mut mse_quota_info,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        buffer_call(buffer, |source, id| {
            let (usage, memory) = source.look_at(id, |buffer| (buffer.quota(), buffer.memory()))?;
            let info = mse_quota_info {
                struct_size: 0,
                reserved: 0,
                used: usage.used,
                capacity: usage.capacity,
                evictable: usage.evictable,
                retained: memory.retained,
                bookkeeping: memory.bookkeeping,
            };
            write(out, info)?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_buffer_drop_freed()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_drop_freed(buffer: *mut mse_source_buffer) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        buffer_call(buffer, |source, id| {
            #[expect(
                clippy::redundant_closure_for_method_calls,
                reason = "the method is one of one lifetime"
            )]
            let freed = source.look_at(id, |buffer| buffer.take_freed())?;
            // Not under the lock.
            drop(freed);
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_buffer_set_quota()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_set_quota(
    buffer: *mut mse_source_buffer,
    video: u64,
    audio: u64,
    text: u64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        buffer_call(buffer, |source, id| {
            source.look_at(id, |buffer| buffer.set_quota(quota(video, audio, text)))?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_buffer_would_evict()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_would_evict(
    buffer: *const mse_source_buffer,
    bytes: u64,
    ranges: *mut mse_range,
    cap: usize,
    count: *mut usize,
    freed_or_null: *mut u64,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        buffer_call(buffer, |source, id| {
            put(count, 0)?;
            let eviction = source.look_at(id, |buffer| buffer.would_evict(bytes))?;
            if !freed_or_null.is_null() {
                freed_or_null.write(eviction.bytes);
            }
            put_ranges(&eviction.ranges, ranges, cap, count)
        })
    }
}

/// `mse_source_buffer_set_pinned()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_set_pinned(
    buffer: *mut mse_source_buffer,
    ranges: *const mse_range,
    count: usize,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        buffer_call(buffer, |source, id| {
            if count > 0 && ranges.is_null() || count > 1 << 20 {
                return Err(Failure::argument("ranges is NULL, or count is beyond all reason"));
            }
            let mut pinned = TimeRanges::default();
            for index in 0..count {
                let range = eviction::range(&*ranges.add(index));
                let range =
                    range.ok_or_else(|| Failure::argument("a range ends where it starts, or before"))?;
                pinned.insert(range.start, range.end);
            }
            source.look_at(id, |buffer| buffer.set_pinned(pinned))?;
            Ok(MSE_OK)
        })
    }
}

/// `mse_source_buffer_receipt()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_source_buffer_receipt(
    buffer: *const mse_source_buffer,
    out: *mut *mut mse_receipt,
) -> mse_status {
    // SAFETY: as mse.h asks of the caller.
    unsafe {
        let out = Out::new(out);
        buffer_call(buffer, |source, id| {
            let out = out?;
            let receipt = source.look_at(id, |buffer| buffer.receipt().clone())?;
            if receipt.append == 0 {
                return Err(Failure::not_found("no append is over"));
            }
            Ok(out.put(Arc::new(mse_receipt::new(receipt))))
        })
    }
}
