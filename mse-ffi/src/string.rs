//! Text or bytes made for the caller.

use crate::boundary::{borrow, get, release};
use crate::text::Text;
use std::ffi::c_char;

/// Text or bytes made for the caller.
pub struct mse_string(pub(crate) Text);

/// `mse_string_data()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_string_data(
    string: *const mse_string,
    len_or_null: *mut usize,
) -> *const c_char {
    let nothing = std::ptr::null();
    get(nothing, || {
        // SAFETY: as mse.h asks of the caller.
        unsafe {
            let text = borrow(string)?.0.as_str();
            if !len_or_null.is_null() {
                len_or_null.write(text.len);
            }
            Ok(text.data)
        }
    })
}

/// `mse_string_unref()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mse_string_unref(string: *mut mse_string) {
    // SAFETY: as mse.h asks of the caller.
    unsafe { release(string) }
}
