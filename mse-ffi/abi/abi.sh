#!/usr/bin/env bash
# Holds the ABI of mse.h against that of the last release.
set -euo pipefail

usage() {
    cat <<'END'
usage: mse-ffi/abi/abi.sh check [PREFIX]     the header, and with PREFIX the libmse installed there, against the last release
       mse-ffi/abi/abi.sh record             makes what mse.h says now the release of its version
       mse-ffi/abi/abi.sh self-test          shows that check finds what would break programs, and lets pass what would not

Of a release abi/VERSION/ keeps the header, the types of its functions (libmse.abi, by abidw), and its constants. Checked are

  types         by abidiff: removed functions, other parameters, other structs. Functions may be added. A struct that grew at its end is
                reported too: when rule 7 of mse.h allows it, abi/VERSION/suppressions names it
  fields        each has the offset and the size that it had, also in a suppressed struct
  constants     each has the value that it had
  symbols       each is exported by libmse.so, in the version that it had
  old programs  examples of the release, compiled with its headers, run on the new libmse.so

The drift test holds header and Rust together, so the header stands for both.
END
}

here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
fail() { echo "abi.sh: $*" >&2; exit 1; }

# types HEADER ABI: a library with the functions of the header, each empty, as abidw sees it.
types() {
    {
        echo '#include "mse.h"'
        sed -n 's/^MSE_API \(MSE_NODISCARD \)\?\(.*)\) MSE_NOEXCEPT;.*/\2 { __builtin_trap(); }/p' "$1"
    } >"$work/functions.c"
    gcc -g -O0 -fno-eliminate-unused-debug-types -shared -fPIC -w -I"$(dirname "$1")" "$work/functions.c" -o "$work/libmse.so.0" -Wl,-soname,libmse.so.0
    abidw --no-show-locs --no-corpus-path --no-comp-dir-path --out-file "$2" "$work/libmse.so.0"
}

# fields ABI: a static assertion for each field of each struct.
fields() {
    awk -v q="'" '
        function value(name) { return match($0, name "=" q "[^" q "]*") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 2) : "" }
        /<class-decl / { struct = value("name"); if (value("is-struct") == "yes" && struct ~ /^mse_/ && value("is-declaration-only") == "") known = 1; else known = 0 }
        /<data-member / { offset = value("layout-offset-in-bits") }
        /<var-decl / && known && offset != "" {
            name = value("name")
            printf "_Static_assert(offsetof(%s, %s) * 8 == %s, \"%s.%s has moved\");\n", struct, name, offset, struct, name
            offset = ""
        }
        /<\/class-decl>/ { known = 0 }' "$1"
}

# constants HEADER: NAME VALUE, of enumerations and macros that are numbers; the version is no constant.
constants() {
    {
        echo '#include <stdio.h>'
        echo '#include "mse.h"'
        echo 'int main(void) {'
        { grep -o '\<MSE_[A-Z0-9_]* = ' "$1" | sed 's/ = //'; sed -n 's/^#define \(MSE_[A-Z0-9_]*\) \+\(INT64_M\|SIZE_M\|[0-9]\).*/\1/p' "$1"; } |
            grep -v '^MSE_VERSION' | sed 's/.*/    printf("%s %lld\\n", "&", (long long)&);/'
        echo '}'
    } >"$work/constants.c"
    gcc -std=c11 -w -I"$(dirname "$1")" "$work/constants.c" -o "$work/constants" && "$work/constants"
}

# The release that comes last.
last() {
    local versions
    versions="$(cd "$here" && printf '%s\n' */ | sed -n 's,^\([0-9.]*\)/$,\1,p' | sort -V)"
    [ -n "$versions" ] || fail "no release is recorded"
    tail -n 1 <<<"$versions"
}

# check_header HEADER RELEASE
check_header() {
    local old="$here/$2"
    types "$1" "$work/new.abi"
    abidiff --no-added-syms --suppressions "$old/suppressions" "$old/libmse.abi" "$work/new.abi" || { echo "abi.sh: types are not those of $2" >&2; return 1; }
    { echo '#include "mse.h"'; fields "$old/libmse.abi"; } >"$work/fields.c"
    [ "$(grep -c _Static_assert "$work/fields.c")" -gt 200 ] || fail "no fields were found in $old/libmse.abi"
    gcc -std=c11 -fsyntax-only -I"$(dirname "$1")" "$work/fields.c" || { echo "abi.sh: fields are not where they were in $2" >&2; return 1; }
    constants "$1" >"$work/constants.now"
    local gone
    gone="$(grep -vxFf "$work/constants.now" "$old/constants" || true)"
    [ -z "$gone" ] || { printf 'abi.sh: constants of %s are gone or have other values:\n%s\n' "$2" "$gone" >&2; return 1; }
}

# check_library PREFIX RELEASE
check_library() {
    local prefix="$1" old="$here/$2" name media="$here/../../media/h264-aac.mp4"
    readelf --dyn-syms -W "$prefix/lib/libmse.so" | awk '$4 == "FUNC" && $7 != "UND" { sub("@@", "@", $8); print $8 }' >"$work/symbols"
    sed -n 's/^MSE_API .*[ *]\(mse_[a-z0-9_]*\)(.*/\1@MSE_'"${2%%.*}"'/p' "$old/mse.h" >"$work/symbols.old"
    [ "$(wc -l <"$work/symbols.old")" -gt 140 ] || fail "no functions were found in $old/mse.h"
    name="$(grep -vxFf "$work/symbols" "$work/symbols.old" || true)"
    [ -z "$name" ] || { printf 'abi.sh: symbols of %s are not exported any more:\n%s\n' "$2" "$name" >&2; return 1; }
    for name in append.c custom_demuxer.c wrapper.cpp; do
        local compiler=(gcc -std=c11)
        case "$name" in *.cpp) compiler=(g++ -std=c++17) ;; esac
        "${compiler[@]}" -I"$old" "$old/examples/$name" -L"$prefix/lib" -lmse -o "$work/old"
        LD_LIBRARY_PATH="$prefix/lib" "$work/old" $([ $name = custom_demuxer.c ] || echo "$media") >"$work/out" 2>&1 ||
            { tail -n 20 "$work/out" >&2; echo "abi.sh: $name of $2 does not run any more" >&2; return 1; }
    done
}

record() {
    local version old
    version="$(sed -n 's/^#define MSE_VERSION_\(MAJOR\|MINOR\) //p' "$here/../include/mse.h" | paste -sd.)"
    old="$here/$version"
    mkdir -p "$old/examples"
    cp "$here"/../include/mse.h* "$old/"
    cp "$here"/../examples/{append.c,custom_demuxer.c,wrapper.cpp,common.h} "$old/examples/"
    types "$old/mse.h" "$old/libmse.abi"
    constants "$old/mse.h" >"$old/constants"
    printf '# Structs that grew at their end since %s, as rule 7 of mse.h allows.\n' "$version" >"$old/suppressions"
    echo "recorded $version: $(grep -c '<function-decl ' "$old/libmse.abi") functions, $(wc -l <"$old/constants") constants"
}

# breaks WHAT SED-EXPRESSION, passes WHAT SED-EXPRESSION: of the header.
mutate() {
    mkdir -p "$work/mutated"
    sed -E "$1" "$here/../include/mse.h" >"$work/mutated/mse.h"
    ! cmp -s "$here/../include/mse.h" "$work/mutated/mse.h" || fail "self-test: $1 changes nothing"
}
breaks() {
    mutate "$2"
    if check_header "$work/mutated/mse.h" "$release" >"$work/log" 2>&1; then fail "self-test: not found: $1"; fi
    echo "found: $1"
}
passes() {
    mutate "$2"
    check_header "$work/mutated/mse.h" "$release" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "self-test: should pass: $1"; }
    echo "passes: $1"
}

for tool in gcc g++ abidw abidiff readelf; do
    command -v "$tool" >/dev/null || fail "$tool is missing (Debian: gcc binutils abigail-tools)"
done
case "${1:-}" in
    check)
        release="$(last)"
        check_header "$here/../include/mse.h" "$release"
        [ -z "${2:-}" ] || check_library "$2" "$release"
        echo "ok: the ABI of $release holds"
        ;;
    record) record ;;
    self-test)
        release="$(last)"
        check_header "$here/../include/mse.h" "$release"
        breaks "a function is gone" '/^MSE_API .* mse_source_streaming\(/d'
        breaks "a parameter has another type" 's/(mse_source_set_duration\(mse_source \*source, )double/\1float/'
        breaks "a parameter more" 's/(mse_task_run\(mse_task \*task, uint64_t budget)\)/\1, int more)/'
        breaks "a function returns another type" 's/^MSE_API uint64_t mse_source_id/MSE_API uint32_t mse_source_id/'
        breaks "a callback has another type" 's/(typedef void \(\*mse_wake_fn\)\(void \*user_data)\)/\1, int more)/'
        breaks "a field in the middle" 's/^(    uint64_t payload;)/    uint64_t more; \1/'
        breaks "a field of another size" 's/uint32_t max_tracks;/uint64_t max_tracks;/'
        breaks "two fields that change places" 's/mse_time pts, dts, duration;( +\/\*\*< on)/mse_time dts, pts, duration;\1/'
        breaks "a struct without struct_size that grows" 's/^(typedef struct mse_range \{ double start, end;)/\1 double more;/'
        breaks "a struct that grows, until it is named" 's/(uint64_t max_bytes;)/\1 uint64_t more;/'
        breaks "a constant has another value" 's/MSE_EVENT_ENCRYPTED = 71/MSE_EVENT_ENCRYPTED = 73/'
        breaks "a constant is gone" 's/MSE_GAP_REPLACED = 4/MSE_GAP_OTHER = 4/'
        passes "a function more" 's/^(MSE_API int mse_source_streaming\(.*)/\1\nMSE_API int mse_source_more(const mse_source *source) MSE_NOEXCEPT;/'
        passes "a constant more" 's/MSE_GAP_REPLACED = 4/MSE_GAP_REPLACED = 4, MSE_GAP_MORE = 5/'
        echo "ok: check bites"
        ;;
    --help | -h) usage ;;
    *) usage >&2; exit 2 ;;
esac
