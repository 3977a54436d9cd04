//! Version and features of the library.

use crate::boundary::{get_anywhere, text};
use crate::header::MSE_NUL;
use std::ffi::{CStr, c_char, c_int};

/// `MSE_VERSION` of this library.
pub(crate) const VERSION: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) << 24
    | number(env!("CARGO_PKG_VERSION_MINOR")) << 16
    | number(env!("CARGO_PKG_VERSION_PATCH"));

const fn number(digits: &str) -> u32 {
    let (digits, mut at, mut number) = (digits.as_bytes(), 0, 0);
    while at < digits.len() {
        number = number * 10 + (digits[at] - b'0') as u32;
        at += 1;
    }
    number
}

/// `mse_version()`.
#[unsafe(no_mangle)]
pub extern "C" fn mse_version() -> u32 {
    VERSION
}

/// `mse_version_string()`.
#[unsafe(no_mangle)]
pub extern "C" fn mse_version_string() -> *const c_char {
    const TEXT: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    };
    TEXT.as_ptr()
}

/// `mse_has_feature()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_has_feature(name: *const c_char) -> c_int {
    get_anywhere(0, || {
        // SAFETY: as mse.h asks of the caller.
        let name = unsafe { text(name, if name.is_null() { 0 } else { MSE_NUL })? };
        Ok(match name {
            "isobmff" | "webm" | "mpeg-audio" | "mp2t" => 1,
            "pull" => c_int::from(cfg!(feature = "pull")),
            _ => 0,
        })
    })
}
