//! The mutator of targets whose input is a file behind some bytes of their own: every second
//! mutation knows the structure of the container.

use mse_testkit::mutate::Structure;
use mse_testkit::random::Random;

/// Mutates the first `size` of `data`, of which `own` are no file; says how many there are then.
pub(crate) fn mutate(own: usize, data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    if seed.is_multiple_of(2) || size <= own {
        return libfuzzer_sys::fuzzer_mutate(data, size, most);
    }
    let file = data[own..size].to_vec();
    let most = most - own.min(most);
    let mutated = Structure::of(&file).mutate(&file, &file, &mut Random::new(seed.into()), most);
    data[own..own + mutated.len()].copy_from_slice(&mutated);
    own + mutated.len()
}
