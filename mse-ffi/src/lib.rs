//! The C ABI of the engine. `include/mse.h` is its documentation; this crate adds no behaviour of its own.

#![allow(
    non_camel_case_types,
    reason = "types are named as in mse.h, so that the compiler can compare the two"
)]

/// The version of the library, as `MSE_VERSION` encodes it.
#[unsafe(no_mangle)]
pub extern "C" fn mse_version() -> u32 {
    1 << 16
}
