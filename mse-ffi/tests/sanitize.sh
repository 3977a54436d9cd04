#!/usr/bin/env bash
# Runs every example against a library whose Rust code is instrumented too: what C alone sees of a double unref is nothing.
set -euo pipefail

usage() {
    cat <<'END'
usage: mse-ffi/tests/sanitize.sh [--thread]

Builds libmse with AddressSanitizer in the Rust code and runs every program of mse-ffi/examples with it and with leak check;
with --thread, worker.cpp with ThreadSanitizer in the Rust code and Rust's own library (about 5 minutes; needs
`rustup toolchain install nightly --component rust-src`). Ends with the time of each step.
END
}

kind=address
case "${1:-}" in
    --help | -h) usage; exit 0 ;;
    --thread) kind=thread ;;
    "") ;;
    *) usage >&2; exit 2 ;;
esac
for tool in cargo gcc g++ pkg-config; do
    command -v "$tool" >/dev/null || { echo "sanitize.sh: $tool is missing; ./test.sh installs what it needs (cargo: https://rustup.rs)" >&2; exit 1; }
done
pkg-config --exists libavcodec libavutil || { echo "sanitize.sh: apt-get install libavcodec-dev libavutil-dev" >&2; exit 1; }

here="$(cd "$(dirname "$0")/.." && pwd)"
cd "$here/.."
media="$PWD/media"
triple=x86_64-unknown-linux-gnu
target="$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/sanitize-$kind"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
step() { local start=$SECONDS; "$@"; echo "-- $((SECONDS - start)) s: ${label:-$*}"; }

# --target, so that build scripts and macros stay without it.
build() {
    export CARGO_TARGET_DIR="$target" RUSTFLAGS="-Zsanitizer=$kind -Cdebuginfo=line-tables-only"
    if [ "$kind" = address ]; then
        RUSTC_BOOTSTRAP=1 cargo rustc --quiet --locked -p mse-ffi --lib --crate-type staticlib --target "$triple"
    else
        # Rust's own library must be instrumented too, or its locks would be unknown and everything a race.
        local source
        source="$(rustup run nightly rustc --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library"
        [ -d "$source" ] || { echo "sanitize.sh: rustup toolchain install nightly --component rust-src" >&2; exit 1; }
        cargo +nightly rustc --quiet --locked -p mse-ffi --lib --crate-type staticlib --target "$triple" -Zbuild-std
    fi
}

# example FILE ARGUMENT...: compiled and run.
example() {
    local file="$1" program compiler=(gcc -std=c11) packages=()
    program="$work/${1%.*}"
    shift
    case "$file" in *.cpp) compiler=(g++ -std=c++17) ;; esac
    ! grep -q '<libav' "$here/examples/$file" || packages+=(libavcodec libavutil)
    ! grep -q '<SDL' "$here/examples/$file" || packages+=(sdl2)
    ! grep -q '<gst/' "$here/examples/$file" || packages+=(gstreamer-app-1.0)
    # shellcheck disable=SC2046
    "${compiler[@]}" -g -O1 "-fsanitize=$kind" -fno-omit-frame-pointer -I"$here/include" "$here/examples/$file" \
        "$target/$triple/debug/libmse_ffi.a" $([ "${#packages[@]}" -eq 0 ] || pkg-config --cflags --libs "${packages[@]}") \
        -lpthread -ldl -lm -o "$program"
    "$program" "$@" >"$work/out" 2>"$work/err" || { tail -n 60 "$work/err" >&2; echo "sanitize.sh: $file $*" >&2; exit 1; }
}

export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1" TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1"
label="build" step build

if [ "$kind" = thread ]; then
    label="worker.cpp" step example worker.cpp "$media/h264-aac.mp4" 10000
    echo "ok: no race"
    exit
fi

# The check bites: two unrefs for one reference.
cat >"$work/twice.c" <<'END'
#include "mse.h"
int main(void)
{
    mse_engine *engine = NULL;
    if (mse_engine_new(NULL, &engine) != MSE_OK)
        return 0;
    mse_engine_unref(engine);
    mse_engine_unref(engine);
    return 0;
}
END
gcc -g -fsanitize=address -I"$here/include" "$work/twice.c" "$target/$triple/debug/libmse_ffi.a" -lpthread -ldl -lm -o "$work/twice"
if "$work/twice" 2>"$work/err" || ! grep -q 'heap-use-after-free' "$work/err"; then
    echo "sanitize.sh: a double unref was not found" >&2
    exit 1
fi

count=0
for path in "$here"/examples/*.c "$here"/examples/*.cpp; do
    file="$(basename "$path")"
    case "$file" in
        custom_demuxer.c) arguments=() ;;
        worker.cpp) arguments=("$media/h264-aac.mp4" 3000) ;;
        decode.c) arguments=(--threads 4 "$media/h264-aac.mp4") ;;
        # A window and sinks: their libraries leak, and the tests run them under Xvfb.
        player.* | gst_*) echo "-- not run here: $file"; continue ;;
        *) arguments=("$media/h264-aac.mp4") ;;
    esac
    label="$file" step example "$file" "${arguments[@]}"
    count=$((count + 1))
done
for file in vp9-opus.webm cenc-h264.mp4 h264-aac.ts gapless.mp3 vp9-alpha.webm; do
    label="append.c $file" step example append.c "$media/$file"
done
echo "ok: $count programs, no wrong access, no leak"
