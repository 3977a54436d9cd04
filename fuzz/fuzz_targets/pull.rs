//! Any bytes behind the adapter of pull demuxers: the first byte says how large the pieces are, the second which format it is. A panic of
//! symphonia's on its own thread is an append error, and no find.
#![no_main]

use std::{panic, thread};

libfuzzer_sys::fuzz_target!(
    init: {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some("mse-pull") {
                report(panic);
            }
        }));
    },
    |data: &[u8]| {
        if let &[piece, which, ref bytes @ ..] = data {
            let format = [mse_pull::OGG, mse_pull::FLAC, mse_pull::WAV][usize::from(which % 3)];
            // Each piece is a change of threads.
            mse_testkit::hostile::check(&format, bytes, 32 + usize::from(piece));
        }
    }
);
