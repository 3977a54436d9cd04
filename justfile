# What CI runs.
check:
    .ci/run

# All tests, and what they need.
test *arguments:
    ./test.sh {{arguments}}

fix:
    cargo fmt --all
    cargo clippy --workspace --all-targets --fix --allow-dirty

bench *arguments:
    cargo bench -p mse-benches {{arguments}}

# Make the media files anew (ffmpeg).
media:
    media/make.sh

# Write the expected traces of tests/scenarios anew; look at the difference before committing.
traces:
    UPDATE_TRACES=1 cargo test -p mse-cli --test scenarios

# Measures everything and writes docs/performance.md with its plots.
bench-report *arguments:
    cargo run --release -p mse-benches --example report -- {{arguments}}
