#!/usr/bin/env bash
# Obtains the web-platform-tests that `npm run wpt` runs.
set -euo pipefail

usage() {
    cat <<'HELP'
usage: get.sh [DIRECTORY]

Puts the folders media-source, media, resources, common and interfaces of web-platform-tests into DIRECTORY
(default: target/wpt of this repository). Does nothing when they are there already.

From GitHub (a shallow, sparse clone) where it can be reached, otherwise out of Debian's source package
firefox-esr (about 700 MB are downloaded and deleted again; needs apt-get and xz, but not root: the system's
lists of packages are left alone).

environment:
  WPT_FROM="github debian"      the sources to ask, in this order
  WPT_SUITE="bookworm trixie"   the suites that Debian's source package is looked for in, in this order

exit status: 0 the tests are there, 1 they cannot be had, 2 wrong usage.
HELP
}

case "${1:-}" in -h | --help) usage; exit 0 ;; -*) usage >&2; exit 2 ;; esac

here="$(cd "$(dirname "$0")" && pwd)"
target="$(realpath --canonicalize-missing "${1:-$here/../../target/wpt}")"
folders=(media-source media resources common interfaces)
say() { printf 'get.sh: %s\n' "$*" >&2; }

if [ -f "$target/resources/testharness.js" ] && [ -d "$target/media-source" ]; then
    say "the tests are in $target already ($(cat "$target/FROM" 2>/dev/null || echo 'origin unknown'))"
    exit 0
fi

mkdir -p "$(dirname "$target")"
work="$(mktemp -d "$(dirname "$target")/wpt.XXXXXX")"
trap 'rm -rf "$work"' EXIT

from_github() {
    local url=https://github.com/web-platform-tests/wpt.git
    export GIT_TERMINAL_PROMPT=0
    timeout 20 git ls-remote --exit-code "$url" HEAD >/dev/null 2>&1 || { say "GitHub cannot be reached"; return 1; }
    git clone --quiet --depth 1 --filter=blob:none --sparse "$url" "$work/clone" || return 1
    git -C "$work/clone" sparse-checkout set "${folders[@]}" || return 1
    mkdir "$work/tests"
    for folder in "${folders[@]}"; do mv "$work/clone/$folder" "$work/tests/" || return 1; done
    echo "github $(git -C "$work/clone" rev-parse HEAD)" >"$work/tests/FROM"
}

# apt with lists and a cache of its own, so that neither root nor a change to the system is needed.
private_apt() {
    local command="$1"
    shift
    "$command" -qq -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User="$(id -un)" \
        -o Acquire::http::Timeout=20 "$@"
}

# Only the tarball with the tests, of the hundred files of the source package; its checksum is verified by apt.
from_debian_suite() {
    local suite="$1" uri name size checksum members=()
    mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/tests"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" \
        >"$work/apt/sources.list"
    private_apt apt-get update || return 1
    read -r uri name size checksum < <(private_apt apt-get source --print-uris --only-source firefox-esr |
        tr -d "'" | grep -E 'firefox-esr_[^ ]*\.orig\.tar\.xz ') || { say "no firefox-esr in $suite"; return 1; }
    say "downloading $name of $suite ($((size / 1000000)) MB)"
    private_apt /usr/lib/apt/apt-helper download-file "$uri" "$work/$name" "$checksum" || return 1
    say "unpacking $name"
    for folder in "${folders[@]}"; do members+=("*/testing/web-platform/tests/$folder/*"); done
    xz --decompress --stdout --threads=0 "$work/$name" |
        tar --extract --directory "$work/tests" --no-same-owner --wildcards --strip-components=4 "${members[@]}" || return 1
    rm "$work/$name"
    echo "debian ${name%.orig.tar.xz}" >"$work/tests/FROM"
}

from_debian() {
    command -v apt-get >/dev/null || { say "no apt-get here"; return 1; }
    command -v xz >/dev/null || { say "no xz here (apt-get install xz-utils)"; return 1; }
    for suite in ${WPT_SUITE:-bookworm trixie}; do
        from_debian_suite "$suite" && return
        rm -rf "${work:?}"/*
    done
    return 1
}

for source in ${WPT_FROM:-github debian}; do
    case "$source" in github | debian) ;; *) say "WPT_FROM: there is no source $source"; exit 2 ;; esac
    if "from_$source" && [ -f "$work/tests/resources/testharness.js" ]; then
        rm -rf "$target"
        mv "$work/tests" "$target"
        say "$(find "$target/media-source" -name '*.html' | wc -l) pages of media-source in $target ($(cat "$target/FROM"))"
        exit 0
    fi
    rm -rf "${work:?}"/*
done
say "the web-platform-tests cannot be had from here"
exit 1
