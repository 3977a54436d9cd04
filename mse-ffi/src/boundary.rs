//! The one boundary around every call: panics are caught, failures become a status and this
//! thread's last error.

use crate::callback::{is_called_back, later, settle};
use crate::header::*;
use crate::panics;
use crate::status::{dom_name, of_exception};
use crate::text::Text;
use mse::{Exception, ParseError};
use std::borrow::Cow;
use std::cell::RefCell;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Why a call failed.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    pub(crate) status: mse_status,
    pub(crate) message: Cow<'static, str>,
    pub(crate) row: &'static str,
    pub(crate) parse: Option<Box<ParseError>>,
    pub(crate) quota: u64,
    pub(crate) requested: u64,
}

impl Failure {
    pub(crate) fn new(status: mse_status, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into(), ..Self::default() }
    }

    pub(crate) fn argument(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(MSE_E_ARGUMENT, message)
    }

    pub(crate) fn state(message: &'static str) -> Self {
        Self::new(MSE_E_INVALID_STATE, message)
    }

    pub(crate) fn not_found(message: &'static str) -> Self {
        Self::new(MSE_E_NOT_FOUND, message)
    }
}

impl From<Exception> for Failure {
    fn from(exception: Exception) -> Self {
        let status = of_exception(exception.name);
        Self { status, message: exception.reason.into(), row: exception.row, ..Self::default() }
    }
}

/// Result of a call: a status of 0 and above, or the failure.
pub(crate) type Outcome = Result<mse_status, Failure>;

/// The last error of a thread, with the text that C borrows.
#[derive(Default)]
struct LastError {
    failure: Failure,
    message: Text,
    row: Text,
    code: Text,
    path: Text,
}

thread_local! {
    static LAST_ERROR: RefCell<LastError> = RefCell::default();
}

// Not inlined, as whatever else is seldom run: there is one for each of the functions of the
// header.
#[inline(never)]
fn remember(failure: Failure) -> mse_status {
    let status = failure.status;
    // A destructor of the thread may come here when the error is gone already.
    let _ = LAST_ERROR.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            let parse = failure.parse.as_deref();
            *last = LastError {
                message: Text::new(&failure.message),
                row: Text::new(failure.row),
                code: Text::new(parse.map_or("", |error| error.code)),
                path: Text::new(parse.map_or("", |error| &error.path)),
                failure,
            };
        }
    });
    status
}

#[cold]
#[inline(never)]
fn refuse() -> mse_status {
    remember(Failure::new(MSE_E_REENTRANT, "a callback may not call this"))
}

/// Runs steps; an error of the outer result is a panic.
fn catch<T>(steps: impl FnOnce() -> T) -> std::thread::Result<T> {
    let outer = panics::begin();
    let result = catch_unwind(AssertUnwindSafe(steps));
    panics::end(outer);
    result
}

#[cold]
#[inline(never)]
fn bug() -> Failure {
    Failure::new(MSE_E_INTERNAL, format!("a bug was caught: {}", panics::take()))
}

#[cold]
#[inline(never)]
fn poisoned() -> Failure {
    Failure::new(MSE_E_INTERNAL, "a bug was caught in this object before: it is poisoned")
}

/// Runs a call that can fail, and that callbacks may make too.
pub(crate) fn call_anywhere(steps: impl FnOnce() -> Outcome) -> mse_status {
    match catch(steps) {
        Ok(Ok(status)) => status,
        Ok(Err(failure)) => remember(failure),
        Err(_) => remember(bug()),
    }
}

/// Runs a call that can fail.
pub(crate) fn call(steps: impl FnOnce() -> Outcome) -> mse_status {
    if is_called_back() {
        return refuse();
    }
    let status = call_anywhere(steps);
    settle();
    status
}

/// Set by a panic: what is behind it may be half done, and nobody looks again.
#[derive(Debug, Default)]
pub(crate) struct Poison(AtomicBool);

impl Poison {
    /// Runs steps on the object, within a call.
    pub(crate) fn guard<T>(&self, steps: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        if self.0.load(Ordering::Relaxed) {
            return Err(poisoned());
        }
        match catch(steps) {
            Ok(result) => result,
            Err(_) => Err(self.poison()),
        }
    }

    #[cold]
    #[inline(never)]
    fn poison(&self) -> Failure {
        self.0.store(true, Ordering::Relaxed);
        bug()
    }
}

/// Runs a call on an object that a panic poisons.
pub(crate) fn guarded_call(poison: &Poison, steps: impl FnOnce() -> Outcome) -> mse_status {
    if is_called_back() {
        return refuse();
    }
    if poison.0.load(Ordering::Relaxed) {
        return remember(poisoned());
    }
    let status = match catch(steps) {
        Ok(Ok(status)) => status,
        Ok(Err(failure)) => remember(failure),
        Err(_) => remember(poison.poison()),
    };
    settle();
    status
}

/// Runs a getter that callbacks may call too; it answers `otherwise` where it cannot answer.
pub(crate) fn get_anywhere<T>(otherwise: T, steps: impl FnOnce() -> Result<T, Failure>) -> T {
    match catch(steps) {
        Ok(Ok(value)) => return value,
        Ok(Err(failure)) => remember(failure),
        Err(_) => remember(bug()),
    };
    otherwise
}

/// Runs a getter.
pub(crate) fn get<T>(otherwise: T, steps: impl FnOnce() -> Result<T, Failure>) -> T {
    if is_called_back() {
        refuse();
        return otherwise;
    }
    let value = get_anywhere(otherwise, steps);
    settle();
    value
}

/// Runs a getter of an object that a panic poisons.
pub(crate) fn guarded_get<T>(poison: &Poison, otherwise: T, steps: impl FnOnce() -> Result<T, Failure>) -> T {
    if is_called_back() {
        refuse();
        return otherwise;
    }
    if poison.0.load(Ordering::Relaxed) {
        remember(poisoned());
        return otherwise;
    }
    let value = match catch(steps) {
        Ok(Ok(value)) => value,
        Ok(Err(failure)) => {
            remember(failure);
            otherwise
        }
        Err(_) => {
            remember(poison.poison());
            otherwise
        }
    };
    settle();
    value
}

/// Runs what cannot fail: `*_ref`, `*_unref`.
pub(crate) fn quiet(steps: impl FnOnce()) {
    let _ = catch(steps);
}

/// `mse_last_error()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_last_error(out: *mut mse_error) {
    quiet(|| {
        let _ = LAST_ERROR.try_with(|last| {
            let Ok(last) = last.try_borrow() else { return };
            // SAFETY: as mse.h asks of the caller.
            let _ = unsafe {
                write(out, error_struct(&last.failure, [&last.message, &last.row, &last.code, &last.path]))
            };
        });
    });
}

pub(crate) fn error_struct(failure: &Failure, [message, row, code, path]: [&Text; 4]) -> mse_error {
    let parse = failure.parse.as_deref();
    mse_error {
        struct_size: 0,
        status: failure.status,
        message: message.as_str(),
        dom_name: dom_name(failure.status),
        row: row.as_str(),
        code: code.as_str(),
        path: path.as_str(),
        byte_offset: parse.map_or(0, |error| error.offset),
        track_id: parse.and_then(|error| error.track).map_or(u64::MAX, |track| track.0),
        quota: failure.quota,
        requested: failure.requested,
    }
}

/// The object of a handle.
pub(crate) unsafe fn borrow<'a, T>(handle: *const T) -> Result<&'a T, Failure> {
    // SAFETY: a handle is NULL or alive (rules 1 and 2 of mse.h).
    unsafe { handle.as_ref() }.ok_or_else(|| Failure::argument("a handle is NULL"))
}

/// Another reference to the object of a handle.
pub(crate) unsafe fn share<T>(handle: *const T) -> Result<Arc<T>, Failure> {
    if handle.is_null() {
        return Err(Failure::argument("a handle is NULL"));
    }
    // SAFETY: a handle that is not NULL is what `give` made of an Arc, and the caller's reference
    // keeps it alive.
    Ok(unsafe {
        Arc::increment_strong_count(handle);
        Arc::from_raw(handle)
    })
}

/// The caller's own reference.
pub(crate) fn give<T>(object: Arc<T>) -> *mut T {
    Arc::into_raw(object).cast_mut()
}

/// `*_ref`.
pub(crate) unsafe fn reference<T>(handle: *mut T) -> *mut T {
    if !handle.is_null() {
        // SAFETY: as in `share`.
        unsafe { Arc::increment_strong_count(handle) };
    }
    handle
}

/// `*_unref`. In a callback the object is freed when the call that led there is over: freeing may
/// need a lock that this call holds.
pub(crate) unsafe fn release<T: 'static>(handle: *mut T) {
    if handle.is_null() {
        return;
    }
    // SAFETY: the caller gives its reference back.
    let object = unsafe { Arc::from_raw(handle) };
    if is_called_back() {
        later(|| quiet(|| drop(object)));
    } else {
        quiet(|| drop(object));
        settle();
    }
}

/// An out parameter for a handle: NULL from the start, until there is a handle.
pub(crate) struct Out<T>(*mut *mut T);

impl<T> Out<T> {
    pub(crate) unsafe fn new(out: *mut *mut T) -> Result<Self, Failure> {
        if out.is_null() {
            return Err(Failure::argument("out is NULL"));
        }
        // SAFETY: a place for a pointer.
        unsafe { out.write(std::ptr::null_mut()) };
        Ok(Self(out))
    }

    pub(crate) fn put(self, object: Arc<T>) -> mse_status {
        // SAFETY: checked when it was made.
        unsafe { self.0.write(give(object)) };
        MSE_OK
    }
}

/// Writes a plain value to a place that must be there.
pub(crate) unsafe fn put<T>(out: *mut T, value: T) -> Result<(), Failure> {
    if out.is_null() {
        return Err(Failure::argument("an out pointer is NULL"));
    }
    // SAFETY: a place for a T.
    unsafe { out.write(value) };
    Ok(())
}

/// The most that a struct of a newer header may have: what is beyond is no struct_size.
const MAX_STRUCT: usize = 4096;

/// A struct of the header, all of whose fields may be zero, that begins with its size.
pub(crate) unsafe trait Sized32: Copy {}

macro_rules! sized32 {
    ($($name:ident)*) => { $(
        // SAFETY: repr(C), begins with struct_size: u32, and has integers, doubles, nullable
        // pointers and functions only.
        unsafe impl $crate::boundary::Sized32 for $name {}
    )* };
}
pub(crate) use sized32;

sized32!(mse_error mse_engine_options mse_log_record mse_memory_info mse_codec_info mse_policies mse_source_options mse_eviction_request mse_quota_info
    mse_receipt_info mse_dropped_frame mse_loss mse_left_out_track mse_awaited mse_inband_event mse_run_options mse_element_state mse_track_info mse_cue mse_config_info
    mse_reader_options mse_frame_info mse_frame_crypto mse_decoder_config mse_encoded_chunk mse_demux_track mse_demux_frame);

/// A struct of zeros: the default of every field (rule 7).
pub(crate) fn zeroed<T: Sized32>() -> T {
    // SAFETY: by the trait.
    unsafe { std::mem::zeroed() }
}

/// Reads an input struct by its size (rule 7).
pub(crate) unsafe fn read<T: Sized32>(input: *const T) -> Result<T, Failure> {
    if input.is_null() {
        return Err(Failure::argument("a struct is NULL"));
    }
    let abi = |message| Err(Failure::new(MSE_E_ABI, message));
    // SAFETY: every struct has at least its size; it tells how far the caller's goes.
    let size = unsafe { input.cast::<u32>().read() } as usize;
    if !(4..=MAX_STRUCT).contains(&size) {
        return abi("struct_size is not the size of the struct");
    }
    // SAFETY: the caller's struct has `size` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(input.cast::<u8>(), size) };
    if bytes.get(size_of::<T>()..).is_some_and(|tail| tail.iter().any(|byte| *byte != 0)) {
        return abi("the struct has fields that this library does not know");
    }
    let mut value = zeroed::<T>();
    // SAFETY: no more than both have; every field may have any bytes that a caller of this header
    // can write into it.
    unsafe {
        let value = (&raw mut value).cast::<u8>();
        value.copy_from_nonoverlapping(bytes.as_ptr(), size.min(size_of::<T>()));
    }
    Ok(value)
}

/// As [`read`], where NULL stands for all defaults.
pub(crate) unsafe fn read_or_default<T: Sized32>(input: *const T) -> Result<T, Failure> {
    // SAFETY: as for `read`.
    if input.is_null() { Ok(zeroed()) } else { unsafe { read(input) } }
}

/// Elements of an array of input structs; the `struct_size` of the first holds for all.
pub(crate) unsafe fn read_all<T: Sized32>(first: *const T, count: usize) -> Result<Vec<T>, Failure> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if first.is_null() {
        return Err(Failure::argument("an array is NULL"));
    }
    // SAFETY: every struct has at least its size.
    let size = unsafe { first.cast::<u32>().read() } as usize;
    if size < size_of::<T>() && !size.is_multiple_of(align_of::<T>()) || size > MAX_STRUCT {
        return Err(Failure::new(MSE_E_ABI, "struct_size is not the size of the struct"));
    }
    let mut all = Vec::new();
    for index in 0..count {
        // SAFETY: the array has `count` elements of `size` bytes.
        all.push(unsafe { read(first.cast::<u8>().add(index * size).cast::<T>())? });
    }
    Ok(all)
}

/// Fills an output struct as far as the caller's goes; its struct_size stays.
pub(crate) unsafe fn write<T: Sized32>(out: *mut T, value: T) -> Result<(), Failure> {
    if out.is_null() {
        return Err(Failure::argument("an out struct is NULL"));
    }
    // SAFETY: every struct has at least its size; it tells how far the caller's goes.
    let size = unsafe { out.cast::<u32>().read() } as usize;
    if !(4..=MAX_STRUCT).contains(&size) {
        return Err(Failure::new(MSE_E_ABI, "struct_size is not the size of the struct"));
    }
    let count = size.min(size_of::<T>()) - 4;
    // SAFETY: both have `count` bytes behind the size.
    unsafe {
        out.cast::<u8>().add(4).copy_from_nonoverlapping((&raw const value).cast::<u8>().add(4), count);
    }
    Ok(())
}

/// Refuses flags that this library does not know.
pub(crate) fn check_flags(flags: u32, known: u32) -> Result<(), Failure> {
    if flags & !known == 0 { Ok(()) } else { Err(Failure::new(MSE_E_ABI, "unknown flags")) }
}

/// The longest text that a call takes: no MIME type, codec string or message is longer.
const MAX_TEXT: usize = 1 << 20;

/// Input text (rule 8).
pub(crate) unsafe fn text<'a>(data: *const c_char, len: usize) -> Result<&'a str, Failure> {
    if data.is_null() {
        return if len == 0 { Ok("") } else { Err(Failure::argument("text is NULL")) };
    }
    let bytes = if len == MSE_NUL {
        // SAFETY: by its length the caller says that there is a NUL.
        unsafe { std::ffi::CStr::from_ptr(data) }.to_bytes()
    } else if len > MAX_TEXT {
        return Err(Failure::argument("text is longer than 1 MiB"));
    } else {
        // SAFETY: the caller's text has `len` bytes.
        unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) }
    };
    std::str::from_utf8(bytes).map_err(|_| Failure::argument("text is not UTF-8"))
}

/// Input bytes.
pub(crate) unsafe fn bytes<'a>(data: *const u8, len: usize) -> Result<&'a [u8], Failure> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Failure::argument("data is NULL"));
    }
    if isize::try_from(len).is_err() {
        return Err(Failure::argument("len is no size of memory"));
    }
    // SAFETY: the caller's memory has `len` bytes.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// Fills an array of ranges (SB-6 and the like).
pub(crate) unsafe fn put_ranges(
    all: &mse::TimeRanges,
    ranges: *mut mse_range,
    cap: usize,
    count: *mut usize,
) -> Outcome {
    // SAFETY: a place for a count.
    unsafe { put(count, all.len())? };
    if cap > 0 && ranges.is_null() {
        return Err(Failure::argument("ranges is NULL"));
    }
    for (index, range) in all.iter().take(cap).enumerate() {
        // SAFETY: the array has `cap` elements.
        unsafe { ranges.add(index).write(range_struct(range)) };
    }
    Ok(if all.len() > cap { MSE_TRUNCATED } else { MSE_OK })
}

pub(crate) fn range_struct(range: &mse::TimeRange) -> mse_range {
    mse_range { start: range.start.to_seconds(), end: range.end.to_seconds() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callback::call_back;

    fn last_message() -> String {
        LAST_ERROR.with_borrow(|last| last.failure.message.clone().into_owned())
    }

    #[test]
    fn a_panic_becomes_a_status_that_says_where() {
        panics::listen();
        assert_eq!(call(|| panic!("what")), MSE_E_INTERNAL);
        let told = last_message();
        assert!(told.starts_with("a bug was caught: what at ") && told.contains("boundary.rs:"), "{told}");
        assert_eq!(get(7, || panic!("{}", "why")), 7);
        assert!(last_message().starts_with("a bug was caught: why at "));
        quiet(|| panic!("nobody hears"));
    }

    #[test]
    fn an_object_in_which_a_bug_was_caught_refuses_everything() {
        let poison = Poison::default();
        assert_eq!(guarded_call(&poison, || Ok(MSE_AGAIN)), MSE_AGAIN);
        assert_eq!(guarded_call(&poison, || Err(Failure::argument("no"))), MSE_E_ARGUMENT);
        assert_eq!(guarded_call(&poison, || panic!("a bug")), MSE_E_INTERNAL);
        assert_eq!(guarded_call(&poison, || Ok(MSE_OK)), MSE_E_INTERNAL);
        assert_eq!(get(3, || poison.guard(|| Ok(4))), 3);
    }

    #[test]
    fn callbacks_that_call_back_are_refused() {
        assert_eq!(call_back(|| call(|| Ok(MSE_OK))), MSE_E_REENTRANT);
        assert_eq!(call_back(|| guarded_call(&Poison::default(), || Ok(MSE_OK))), MSE_E_REENTRANT);
        assert_eq!(call_back(|| get(1, || Ok(2))), 1);
        assert_eq!(call_back(|| call_anywhere(|| Ok(MSE_OK))), MSE_OK);
        assert_eq!(call(|| Ok(MSE_OK)), MSE_OK);
    }

    #[test]
    fn what_a_callback_drops_goes_when_the_call_is_over() {
        let (mutex, object) = (Arc::new(parking_lot::Mutex::new(0)), Arc::new(7));
        let weak = Arc::downgrade(&object);
        assert_eq!(
            call(|| {
                let _locked = mutex.lock();
                // SAFETY: its own reference.
                call_back(|| unsafe { release(give(object)) });
                assert!(weak.upgrade().is_some());
                Ok(MSE_OK)
            }),
            MSE_OK
        );
        assert!(weak.upgrade().is_none());
    }
}
