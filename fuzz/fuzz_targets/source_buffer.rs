//! The whole SourceBuffer by operations: each byte is one, with the bytes behind it as arguments.
#![no_main]

#[path = "../src/source_buffer.rs"]
mod source_buffer;

libfuzzer_sys::fuzz_target!(|data: &[u8]| source_buffer::check(data));
