#!/usr/bin/env bash
# Installs libmse, moves it, and builds and runs programs of other projects with it: nothing may point back to where it came from.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
media="$here/../../media/h264-aac.mp4"
for tool in gcc g++ clang pkg-config cmake meson ninja rustc abidw; do
    command -v "$tool" >/dev/null || { echo "consumers.sh: $tool is missing (Debian: g++ clang pkg-config cmake meson ninja-build abigail-tools)" >&2; exit 1; }
done
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
step() { printf -- '-- %s\n' "$*"; }

# From a copy of the tree, which is gone when the consumers build.
step install
target="$(cd "$here/../.." && cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')"
mkdir "$work/source"
tar -C "$here/../.." --exclude=target --exclude=node_modules --exclude=.git -cf - . | tar -C "$work/source" -xf -
CARGO_TARGET_DIR="$target" "$work/source/mse-ffi/install.sh" "$work/first"
mv "$work/first" "$work/moved"
rm -rf "$work/source"
prefix="$work/moved"
if grep -rIl "$work/first" "$prefix"; then echo "consumers.sh: installed files name the prefix" >&2; exit 1; fi
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig" LD_LIBRARY_PATH="$prefix/lib"

# The consumers see the installed files and their own, no source of ours.
mkdir "$work/consumers"
cp "$here"/../examples/{append.c,common.h,wrapper.cpp} "$here"/consumer/* "$media" "$work/consumers"
cd "$work/consumers"
expect='buffered { [0,4) }'
try() { local out; out="$("$@" h264-aac.mp4 | tail -n 1)"; [ "$out" = "$expect" ] || { echo "consumers.sh: $*: $out" >&2; exit 1; }; }

step pkg-config, shared: gcc, clang
for compiler in gcc clang; do
    # shellcheck disable=SC2046
    "$compiler" -std=c11 append.c $(pkg-config --cflags --libs mse) -o shared
    try ./shared
done
readelf -d shared | grep 'libmse.so.0' >/dev/null
readelf --dyn-syms -W shared | grep 'mse_source_new@MSE_0' >/dev/null

step pkg-config, static
# shellcheck disable=SC2046
gcc -std=c11 append.c $(pkg-config --cflags mse) "$prefix/lib/libmse.a" $(pkg-config --static --libs-only-l mse | sed 's/-lmse//') -o static
env -u LD_LIBRARY_PATH ./static h264-aac.mp4 >/dev/null
try ./static

step C++17: g++, clang++
for compiler in g++ clang++; do
    # shellcheck disable=SC2046
    "$compiler" -std=c++17 wrapper.cpp $(pkg-config --cflags --libs mse) -o cpp
    ./cpp h264-aac.mp4 | grep -q 'avc1.64000b: 100 frames'
done

step CMake
cmake -S . -B build -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build build >/dev/null
try build/shared
try build/static

step Meson
meson setup meson >/dev/null
meson compile -C meson >/dev/null
try meson/consumer
try meson/static

step a second static library written in Rust
cat >other.rs <<'END'
#[no_mangle]
pub extern "C" fn other_sum(n: u64) -> u64 {
    let numbers: Vec<u64> = (0..n).collect();
    std::panic::catch_unwind(|| numbers.iter().sum()).unwrap_or(0)
}
END
rustc --edition 2021 --crate-type staticlib -O other.rs -o libother.a
cat >both.c <<'END'
#include "mse.h"
uint64_t other_sum(uint64_t n);
int main(void)
{
    mse_engine *engine = NULL;
    mse_status status = mse_engine_new(NULL, &engine);
    mse_engine_unref(engine);
    return status == MSE_OK && other_sum(10) == 45 ? 0 : 1;
}
END
gcc -std=c11 both.c -I"$prefix/include" "$prefix/lib/libmse.a" libother.a -lgcc_s -lpthread -ldl -lm -o both
./both

step symbols
nm -D --defined-only "$prefix/lib/libmse.so" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort >exported
sed -n 's/^MSE_API .*[ *]\(mse_[a-z0-9_]*\)(.*/\1/p' "$prefix/include/mse.h" | sort >declared
diff declared exported

step the ABI of the last release
"$here/../abi/abi.sh" check "$prefix"

size="$(stat -Lc %s "$prefix/lib/libmse.so")"
echo "ok: libmse.so has $size bytes, $(wc -l <exported) functions"
