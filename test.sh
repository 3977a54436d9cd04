#!/usr/bin/env bash
# Runs all tests, after installing what they need and is missing. Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")"

# The tests hold our frames against those of ffmpeg.
packages=()
command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null || packages+=(ffmpeg)

if [ "${#packages[@]}" -gt 0 ]; then
    line="apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
    if ! command -v apt-get >/dev/null; then
        echo "test.sh: please install ${packages[*]}; this machine has no apt-get" >&2
        exit 1
    elif [ "$(id -u)" -eq 0 ]; then
        DEBIAN_FRONTEND=noninteractive bash -c "$line"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo DEBIAN_FRONTEND=noninteractive bash -c "$line"
    else
        echo "test.sh: ${packages[*]} is missing; as root, type: $line" >&2
        exit 1
    fi
fi
if ! command -v cargo >/dev/null; then
    echo "test.sh: cargo is missing; install Rust by https://rustup.rs" >&2
    exit 1
fi

exec cargo test --workspace --locked "$@"
