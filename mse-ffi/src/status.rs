//! Status codes and their names.

use crate::header::*;
use mse::ExceptionName;
use std::ffi::{CStr, c_char};

macro_rules! statuses {
    ($($name:ident $dom:expr),* $(,)?) => {
        const STATUSES: &[(mse_status, &CStr, Option<&CStr>)] = &[$((
            $name,
            match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) { Ok(name) => name, Err(_) => c"" },
            $dom,
        )),*];
    };
}
statuses! {
    MSE_OK None, MSE_AGAIN None, MSE_END None, MSE_GAP None, MSE_RESYNC None, MSE_TRUNCATED None,
    MSE_E_ARGUMENT None, MSE_E_ABI None, MSE_E_INTERNAL None, MSE_E_NO_MEMORY None, MSE_E_REENTRANT None, MSE_E_CALLBACK None,
    MSE_E_TYPE Some(c"TypeError"), MSE_E_INVALID_STATE Some(c"InvalidStateError"), MSE_E_NOT_SUPPORTED Some(c"NotSupportedError"),
    MSE_E_NOT_FOUND Some(c"NotFoundError"), MSE_E_QUOTA Some(c"QuotaExceededError"), MSE_E_DATA_CLONE Some(c"DataCloneError"),
    MSE_E_INDEX_SIZE Some(c"IndexSizeError"), MSE_E_ABORT Some(c"AbortError"), MSE_E_SYNTAX Some(c"SyntaxError"), MSE_E_PARSE None,
}

pub(crate) fn of_exception(name: ExceptionName) -> mse_status {
    match name {
        ExceptionName::TypeError => MSE_E_TYPE,
        ExceptionName::InvalidStateError => MSE_E_INVALID_STATE,
        ExceptionName::NotSupportedError => MSE_E_NOT_SUPPORTED,
        ExceptionName::NotFoundError => MSE_E_NOT_FOUND,
        ExceptionName::QuotaExceededError => MSE_E_QUOTA,
        ExceptionName::DataCloneError => MSE_E_DATA_CLONE,
        ExceptionName::IndexSizeError => MSE_E_INDEX_SIZE,
        ExceptionName::AbortError => MSE_E_ABORT,
        ExceptionName::SyntaxError => MSE_E_SYNTAX,
    }
}

pub(crate) fn dom_name(status: mse_status) -> *const c_char {
    let known = STATUSES.iter().find(|known| known.0 == status);
    known.and_then(|known| known.2).map_or(std::ptr::null(), CStr::as_ptr)
}

/// `mse_status_name()`.
#[unsafe(no_mangle)]
pub extern "C" fn mse_status_name(status: mse_status) -> *const c_char {
    STATUSES.iter().find(|known| known.0 == status).map_or(c"MSE_?", |known| known.1).as_ptr()
}

/// `mse_status_dom_name()`.
#[unsafe(no_mangle)]
pub extern "C" fn mse_status_dom_name(status: mse_status) -> *const c_char {
    dom_name(status)
}
