#!/usr/bin/env bash
# Runs all tests, after installing what they need and is missing. Arguments go to `cargo test`, and then only Rust's tests run.
set -euo pipefail
cd "$(dirname "$0")"

# The tests hold our frames against those of ffmpeg.
packages=()
need() { command -v "$1" >/dev/null || packages+=("$2"); }
command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null || packages+=(ffmpeg)
# Those of the C ABI compile and run C and C++ programs, with ffmpeg's decoders, and a window on a virtual display.
need gcc gcc
need g++ g++
need clang clang
need nm binutils
need pkg-config pkg-config
need valgrind valgrind
need xvfb-run xvfb
need xauth xauth
need xdotool xdotool
if ! command -v pkg-config >/dev/null || ! pkg-config --exists libavcodec libavutil sdl2; then
    packages+=(libavcodec-dev libavutil-dev libsdl2-dev)
fi
# GStreamer: appsrc, and the elements that decodebin plugs behind it.
if ! command -v pkg-config >/dev/null || ! pkg-config --exists gstreamer-app-1.0 gstreamer-video-1.0; then
    packages+=(libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev)
fi
plugins="$(pkg-config --variable=pluginsdir gstreamer-1.0 2>/dev/null || true)"
for plugin in playback:plugins-base vpx:plugins-good videoparsersbad:plugins-bad libav:libav; do
    [ -n "$plugins" ] && [ -e "$plugins/libgst${plugin%%:*}.so" ] || packages+=("gstreamer1.0-${plugin##*:}")
done

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

cargo test --workspace --locked "$@"
# Arguments choose among the tests of Rust.
if [ "$#" -eq 0 ]; then
    mse-node/test.sh
fi
