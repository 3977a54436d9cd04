//! Calls in any order with any values, by seeds. `fuzz/fuzz_targets/c_abi.rs` looks for more.

#[path = "operations/mod.rs"]
mod machine;

/// xorshift: the seeds are the same everywhere.
fn bytes(mut seed: u64, len: usize) -> Vec<u8> {
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn calls_in_any_order_end_in_a_status_and_give_everything_back() {
    let mut frames = 0;
    for seed in 1..=400_u64 {
        let operations = bytes(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1500);
        let ended = std::panic::catch_unwind(|| machine::run(&operations));
        frames += ended.unwrap_or_else(|_| panic!("seed {seed}"));
        assert_eq!(machine::loans(), 0, "seed {seed}: bytes were lent and not released");
    }
    println!("{frames} frames were read");
    assert!(frames > 1500, "{frames}");
}
