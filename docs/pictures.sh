#!/usr/bin/env bash
# Draws the pictures of README and book that the command makes.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# A transport stream that lost a sixth of its packets in the middle.
stream=media/h264-aac-rollover.ts
packets=$(($(stat -c %s "$stream") / 188))
{
    head -c $((packets * 45 / 100 * 188)) "$stream"
    tail -c +$((packets * 62 / 100 * 188 + 1)) "$stream"
} >"$work/damaged.ts"
cargo build --release --locked -q -p mse-cli
mse="$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release/mse"
(cd "$work" && "$mse" inspect damaged.ts --svg damaged.svg >/dev/null)
cp "$work/damaged.svg" docs/book/src/damaged.svg
