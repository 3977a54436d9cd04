#!/usr/bin/env bash
# Runs every example against a library whose Rust code is instrumented too: what C alone sees of a double unref is nothing.
set -euo pipefail

usage() {
    cat <<'END'
usage: mse-ffi/tests/sanitize.sh [--thread]

Builds libmse with AddressSanitizer in the Rust code and runs every program of mse-ffi/examples with it and with leak check; with --thread,
worker.cpp with ThreadSanitizer in the Rust code. Each first shows that it finds a fault that is put there. Ends with the time of each step:
about 3 minutes on two cores, nearly all of it the build.
END
}

kind=address
case "${1:-}" in
    --help | -h) usage; exit 0 ;;
    --thread) kind=thread ;;
    "") ;;
    *) usage >&2; exit 2 ;;
esac
for tool in cargo gcc g++ pkg-config xvfb-run; do
    command -v "$tool" >/dev/null || { echo "sanitize.sh: $tool is missing; ./test.sh installs what it needs (cargo: https://rustup.rs)" >&2; exit 1; }
done
pkg-config --exists libavcodec libavutil sdl2 gstreamer-app-1.0 || { echo "sanitize.sh: headers are missing; ./test.sh installs what it needs" >&2; exit 1; }

here="$(cd "$(dirname "$0")/.." && pwd)"
cd "$here/.."
media="$PWD/media"
triple=x86_64-unknown-linux-gnu
target="$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/sanitize-$kind"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
step() { local start=$SECONDS; "$@"; echo "-- $((SECONDS - start)) s: ${label:-$*}"; }

# --target, so that build scripts and macros stay without it. Rust's own library is not instrumented: what is generic in it is compiled into
# ours, and its allocations are malloc's, so that only its own inner locks are unknown to ThreadSanitizer. Ours are parking_lot's.
build() {
    export CARGO_TARGET_DIR="$target" RUSTFLAGS="-Zsanitizer=$kind -Cdebuginfo=line-tables-only"
    [ "$kind" = address ] || RUSTFLAGS+=" -Cunsafe-allow-abi-mismatch=sanitizer"
    RUSTC_BOOTSTRAP=1 cargo rustc --quiet --locked -p mse-ffi --lib --crate-type staticlib --target "$triple"
    # Names that LLVM gives to memory functions and gcc's library of ThreadSanitizer does not know.
    cat >"$work/names.c" <<'END'
#include <string.h>
void *__tsan_memcpy(void *to, const void *from, size_t size) { return memcpy(to, from, size); }
void *__tsan_memmove(void *to, const void *from, size_t size) { return memmove(to, from, size); }
void *__tsan_memset(void *to, int byte, size_t size) { return memset(to, byte, size); }
END
    gcc -O1 -fno-builtin -c "$work/names.c" -o "$work/names.o"
}

# compile FILE PROGRAM
compile() {
    local file="$1" compiler=(gcc -std=c11) packages=() flags=()
    case "$file" in *.cpp) compiler=(g++ -std=c++17) ;; esac
    ! grep -q '<libav' "$file" || packages+=(libavcodec libavutil)
    ! grep -q '<SDL' "$file" || packages+=(sdl2)
    ! grep -q '<gst/' "$file" || packages+=(gstreamer-app-1.0 gstreamer-video-1.0)
    [ "${#packages[@]}" -eq 0 ] || read -ra flags <<<"$(pkg-config --cflags --libs "${packages[@]}" | tr '\n' ' ')"
    "${compiler[@]}" -g -O1 "-fsanitize=$kind" -fno-omit-frame-pointer -I"$here/include" "$file" "$work/names.o" \
        "$target/$triple/debug/libmse_ffi.a" "${flags[@]}" -lpthread -ldl -lm -o "$2"
}

# example FILE ARGUMENT...: compiled and run.
example() {
    local file="$1" program under=()
    program="$work/${1%.*}"
    shift
    compile "$here/examples/$file" "$program"
    case "$file" in player.c) under=(xvfb-run -a env SDL_AUDIODRIVER=dummy SDL_RENDER_DRIVER=software SDL_FRAMEBUFFER_ACCELERATION=0) ;; esac
    "${under[@]}" "$program" "$@" >"$work/out" 2>"$work/err" || { tail -n 60 "$work/err" >&2; echo "sanitize.sh: $file $*" >&2; exit 1; }
}

# bites WHAT MESSAGE <FILE.c: the sanitizer finds the fault.
bites() {
    cat >"$work/fault.c"
    compile "$work/fault.c" "$work/fault"
    if "$work/fault" 2>"$work/err" || ! grep -q "$2" "$work/err"; then
        echo "sanitize.sh: $1 was not found" >&2
        exit 1
    fi
}

# Windows, sound and plugins keep memory of their own until the end; none of it was asked for through us.
printf 'leak:%s\n' libSDL2 libGL libGLX libEGL libX11 libxcb libdrm _dri.so libglib libgobject libgst libfontconfig libLLVM libdbus >"$work/suppressions"
export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1" TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1"
export LSAN_OPTIONS="suppressions=$work/suppressions:print_suppressions=0"
label="build" step build

if [ "$kind" = thread ]; then
    bites "a race" "ThreadSanitizer: data race" <<'END'
/* Two threads take events of one source at once, which rule 5 forbids: what the one was lent the other's call frees. */
#include <pthread.h>
#include "mse.h"
static mse_source *source;
static mse_source_buffer *buffer;
static void *take(void *unused)
{
    size_t sum = 0;
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        mse_event event = MSE_EVENT_INIT;
        if (mse_source_buffer_append(buffer, "", 0) != MSE_OK || mse_source_buffer_abort(buffer) != MSE_OK)
            continue;
        while (mse_source_next_event(source, &event) == MSE_OK)
            for (size_t j = 0; j < event.name.len; j++)
                sum += (size_t)event.name.data[j];
    }
    return (void *)sum;
}
int main(void)
{
    mse_engine *engine = NULL;
    mse_attachment *attachment = NULL;
    mse_event event = MSE_EVENT_INIT;
    if (mse_engine_new(NULL, &engine) || mse_source_new(engine, NULL, &source) || mse_source_attach(source, &attachment) ||
        mse_source_next_event(source, &event) || mse_source_add_buffer(source, "audio/mpeg", MSE_NUL, &buffer))
        return 0;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, take, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
END
    label="worker.cpp" step example worker.cpp "$media/h264-aac.mp4" 10000
    cat "$work/out"
    echo "ok: no race"
    exit
fi

bites "a double unref" "heap-use-after-free" <<'END'
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
bites "a leak" "detected memory leaks" <<'END'
#include "mse.h"
int main(void)
{
    mse_engine *engine = NULL;
    mse_status status = mse_engine_new(NULL, &engine);
    engine = NULL;
    return status != MSE_OK;
}
END

count=0
for path in "$here"/examples/*.c "$here"/examples/*.cpp; do
    file="$(basename "$path")"
    case "$file" in
        custom_demuxer.c) arguments=() ;;
        call_cost.c) arguments=("$media/h264-aac.mp4" 10000) ;;
        worker.cpp) arguments=("$media/h264-aac.mp4" 3000) ;;
        decode.c) arguments=(--threads 4 "$media/h264-aac.mp4") ;;
        player.c) arguments=("$media/h264-aac.mp4" --screenshot "$work/picture.bmp" --at 1) ;;
        *) arguments=("$media/h264-aac.mp4") ;;
    esac
    label="$file" step example "$file" "${arguments[@]}"
    count=$((count + 1))
done
for file in vp9-opus.webm cenc-h264.mp4 h264-aac.ts gapless.mp3 vp9-alpha.webm; do
    label="append.c $file" step example append.c "$media/$file"
done
echo "ok: $count programs, no wrong access, no leak"
