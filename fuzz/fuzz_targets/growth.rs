//! Work and memory for each byte: the first byte says which format, the rest is the file. A find is
//! an input that holds more than some times its bytes, or takes more than some microseconds a byte.
#![no_main]

#[path = "../src/growth.rs"]
mod growth;
#[path = "../src/mutator.rs"]
mod mutator;

#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

libfuzzer_sys::fuzz_target!(|data: &[u8]| growth::check(data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(1, data, size, max_size, seed)
});
