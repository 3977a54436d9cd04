//! Any bytes, in any pieces: the first byte says how large they are.
#![no_main]

#[path = "../src/mutator.rs"]
mod mutator;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((&piece, bytes)) = data.split_first() {
        mse_testkit::hostile::check(&mse_mpeg_audio::FORMAT, bytes, usize::from(piece));
    }
});

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(1, data, size, max_size, seed)
});
