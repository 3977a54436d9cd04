//! Any bytes, in any pieces: the first byte says how large they are.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some((&piece, bytes)) = data.split_first() {
        mse_testkit::hostile::check(&mse_mp2t::FORMAT, bytes, usize::from(piece));
    }
});
