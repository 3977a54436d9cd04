#!/usr/bin/env bash
# Builds libmse and installs it: shared and static library, headers, pkg-config and CMake files. Nothing in PREFIX names PREFIX.
set -euo pipefail

usage() {
    cat <<'END'
usage: mse-ffi/install.sh PREFIX [--formats LIST]

Installs into PREFIX:
  lib/libmse.so.0      soname libmse.so.0, symbols of version MSE_0: exactly the functions of mse.h
  lib/libmse.a         the same functions; links beside other static libraries written in Rust
  include/mse.h
  lib/pkgconfig/mse.pc, lib/cmake/mse/

  --formats LIST       the byte streams that libmse reads, with commas; the fewer, the smaller
                         isobmff      fragmented MP4
                         progressive  MP4 that is not fragmented; links mp4parse (MPL-2.0)
                         webm         WebM and Matroska
                         mpeg-audio   ADTS, MP3, AC-3
                         mp2t         MPEG-2 TS
                         pull         Ogg, FLAC, WAV
                       without it: all but pull

PREFIX may be moved afterwards. Needs cargo, gcc, ld, objcopy and nm.
END
}

prefix="" features=()
while [ $# -gt 0 ]; do
    case "$1" in
        --help | -h) usage; exit 0 ;;
        --formats) [ $# -gt 1 ] || { usage >&2; exit 2; }; features=(--no-default-features --features "$2"); shift 2 ;;
        -*) usage >&2; exit 2 ;;
        *) [ -z "$prefix" ] || { usage >&2; exit 2; }; prefix="$1"; shift ;;
    esac
done
[ -n "$prefix" ] || { usage >&2; exit 2; }
for tool in cargo gcc ld objcopy nm strip; do
    command -v "$tool" >/dev/null || { echo "install.sh: $tool is missing (Debian: gcc and binutils; cargo by https://rustup.rs)" >&2; exit 1; }
done

here="$(cd "$(dirname "$0")" && pwd)"
mkdir -p "$prefix"
prefix="$(cd "$prefix" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

cd "$here/.."
cargo build --profile ffi --locked -p mse-ffi "${features[@]}"
target="$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')"
archive="$target/ffi/libmse_ffi.a"
version="$(sed -n 's/^#define MSE_VERSION_\(MAJOR\|MINOR\|PATCH\) //p' "$here/include/mse.h" | paste -sd.)"
major="${version%%.*}"

# What is exported is what the header declares.
sed -n 's/^MSE_API .*[ *]\(mse_[a-z0-9_]*\)(.*/\1/p' "$here/include/mse.h" | sort >"$work/functions"
{ echo "MSE_$major {"; echo "global:"; sed 's/$/;/' "$work/functions"; echo "local: *;"; echo "};"; } >"$work/version"

# rustc would drop the symbol versions, so gcc links.
install -d "$prefix/lib/pkgconfig" "$prefix/lib/cmake/mse" "$prefix/include"
gcc -shared -o "$work/libmse.so" -Wl,--whole-archive "$archive" -Wl,--no-whole-archive -Wl,--gc-sections \
    -Wl,-soname,"libmse.so.$major" -Wl,--version-script="$work/version" -Wl,-z,defs -lgcc_s -lpthread -ldl -lm -lc
strip --strip-unneeded "$work/libmse.so"
install -m 755 "$work/libmse.so" "$prefix/lib/libmse.so.$version"
ln -sf "libmse.so.$version" "$prefix/lib/libmse.so.$major"
ln -sf "libmse.so.$major" "$prefix/lib/libmse.so"

# One object with only our functions global: what is Rust's own cannot meet another library's.
ld -r --force-group-allocation --whole-archive "$archive" -o "$work/mse.o"
objcopy --remove-section=.llvmbc --remove-section=.llvmcmd --strip-debug --keep-global-symbols="$work/functions" "$work/mse.o"
rm -f "$prefix/lib/libmse.a"
ar crs "$prefix/lib/libmse.a" "$work/mse.o"

install -m 644 "$here"/include/mse.h* "$prefix/include/"
sed "s/@VERSION@/$version/" "$here/mse.pc.in" >"$prefix/lib/pkgconfig/mse.pc"
sed "s/@VERSION@/$version/; s/@MAJOR@/$major/" "$here/cmake/mseConfig.cmake.in" >"$prefix/lib/cmake/mse/mseConfig.cmake"
sed "s/@VERSION@/$version/; s/@MAJOR@/$major/" "$here/cmake/mseConfigVersion.cmake.in" >"$prefix/lib/cmake/mse/mseConfigVersion.cmake"
echo "libmse $version is in $prefix; libmse.so has $(stat -c %s "$prefix/lib/libmse.so.$version") bytes"
