//! Any bytes as Ogg, FLAC or WAV: the first byte says how large the pieces are, the second which
//! format it is.
#![no_main]

#[path = "../src/mutator.rs"]
mod mutator;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let &[piece, which, ref bytes @ ..] = data {
        let format = [mse_pull::OGG, mse_pull::FLAC, mse_pull::WAV][usize::from(which % 3)];
        mse_testkit::hostile::check(&format, bytes, 1 + usize::from(piece));
    }
});

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutator::mutate(2, data, size, max_size, seed)
});
