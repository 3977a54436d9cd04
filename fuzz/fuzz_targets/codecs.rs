//! Every reader of codec configurations and headers: the first byte says which.
#![no_main]

#[path = "../src/codecs.rs"]
mod codecs;

libfuzzer_sys::fuzz_target!(|data: &[u8]| codecs::check(data));
