//! The C ABI by operations, as C sees it: handles, structs, callbacks, loans. The machine is that
//! of mse-ffi's own test.
#![no_main]

#[path = "../../mse-ffi/tests/operations/mod.rs"]
mod operations;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    operations::run(data);
    assert_eq!(operations::loans(), 0, "bytes were lent and not released");
});
