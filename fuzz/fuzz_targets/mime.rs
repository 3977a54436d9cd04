//! MIME types, codec strings, and what the registry says of them.
#![no_main]

#[path = "../src/mime.rs"]
mod mime;

libfuzzer_sys::fuzz_target!(|text: &str| mime::check(text));
