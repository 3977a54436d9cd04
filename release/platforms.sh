#!/usr/bin/env bash
# Checks the published crates with the oldest Rust they name, and for platforms other than this machine's, and prints a table.
set -euo pipefail

usage() {
    cat <<'END'
usage: release/platforms.sh [--install] [--test] [ROW...]

A row is `oldest`, which checks with the `rust-version` of Cargo.toml, or a target such as wasm32-unknown-unknown. By default: oldest, and
the targets that docs/platforms.md names. Each is a `cargo check` of mse, mse-element and mse-ffi with all formats.

  --install   lets rustup install what a row needs: the older toolchain, the standard library of a target
  --test      runs the tests of the engine's crates too where this machine runs programs of the target: 32-bit x86, linked statically
              (Debian: gcc-i686-linux-gnu)

Where rustup has no library for a target, a second rustc with the source of its library builds one: Debian's rustc-web with rust-web-src.
RUSTC_SRC names that rustc; by default /usr/bin/rustc. What can be had in neither way is SKIPPED, and said to be.
END
}

install="" test="" rows=()
for argument in "$@"; do
    case "$argument" in
        --help | -h) usage; exit 0 ;;
        --install) install=yes ;;
        --test) test=yes ;;
        -*) usage >&2; exit 2 ;;
        *) rows+=("$argument") ;;
    esac
done
[ "${#rows[@]}" -gt 0 ] || rows=(
    oldest i686-unknown-linux-gnu aarch64-unknown-linux-gnu x86_64-pc-windows-gnu aarch64-apple-darwin wasm32-unknown-unknown
)
cd "$(dirname "$0")/.."
oldest="$(sed -n '/^\[workspace.package\]/,/^$/s/^rust-version = "\(.*\)"/\1/p' Cargo.toml).0"
second="${RUSTC_SRC:-/usr/bin/rustc}"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
packages=(-p mse -p mse-element -p mse-ffi --features mse/pull,mse-ffi/pull)
# Those whose tests need nothing but media files and the testkit.
tested=(-p mse-core -p mse-codecs -p mse-timeline -p mse-isobmff -p mse-webm -p mse-mpeg-audio -p mse-mp2t -p mse)

# After one failure it is not asked again: without a network each try takes its whole time.
with_rustup() {
    [ -n "$install" ] && command -v rustup >/dev/null && timeout 180 rustup "$@" >"$log" 2>&1 || install=""
}
has_toolchain() { RUSTUP_TOOLCHAIN="$oldest" RUSTUP_AUTO_INSTALL=0 rustc --version >/dev/null 2>&1; }
has_library() { compgen -G "$(rustc --print target-libdir --target "$1" 2>/dev/null)/libstd-*.rlib" >/dev/null; }
has_source() { [ -x "$second" ] && [ -e "$("$second" --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ]; }

# Cargo with a standard library for the target.
for_target() {
    local target="$1" subcommand="$2"
    shift 2
    if has_library "$target"; then
        cargo "$subcommand" --locked --target "$target" "$@"
    else
        RUSTC="$second" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/platforms \
            cargo "$subcommand" --locked -Zbuild-std=std,panic_unwind --target "$target" "$@"
    fi
}

failed=0
say() { printf '%-28s %-18s %-9s %s\n' "$@"; }
complain() {
    failed=1
    grep -E '^(error|test .*FAILED)|panicked' -A 8 "$log" >&2 || tail -n 20 "$log" >&2
}

check_oldest() {
    has_toolchain || with_rustup toolchain install "$oldest" --profile minimal
    if ! has_toolchain; then
        say "this machine's" "Rust $oldest" SKIPPED "(rustup toolchain install $oldest)"
        return
    fi
    local checked=yes
    RUSTUP_TOOLCHAIN="$oldest" CARGO_TARGET_DIR=target/oldest cargo check --locked "${packages[@]}" >"$log" 2>&1 || { checked=FAILED; complain; }
    say "this machine's" "Rust $oldest" "$checked" no
}

check_target() {
    local target="$1" library checked=yes ran=no
    has_library "$target" || with_rustup target add "$target"
    if has_library "$target"; then library=rustup; elif has_source; then library="built from source"; else
        say "$target" none SKIPPED "SKIPPED (rustup target add $target, or Debian's rustc-web and rust-web-src)"
        return
    fi
    for_target "$target" check "${packages[@]}" >"$log" 2>&1 || { checked=FAILED; complain; }
    if [ -n "$test" ] && [ "$target" = i686-unknown-linux-gnu ]; then ran="$(run_tests "$target")"; fi
    [[ "$ran" != *" 0 failed" && "$ran" == *failed ]] && failed=1
    say "$target" "$library" "$checked" "$ran"
}

run_tests() {
    command -v i686-linux-gnu-gcc >/dev/null || { echo "SKIPPED (gcc-i686-linux-gnu is not installed)"; return; }
    CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_LINKER=i686-linux-gnu-gcc CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_RUSTFLAGS="-Ctarget-feature=+crt-static" \
        for_target "$1" test --no-fail-fast "${tested[@]}" >"$log" 2>&1 || complain
    awk '/^test result:/ { passed += $4; failed += $6 } END { printf "%d passed, %d failed", passed, failed }' "$log"
}

say target library checked tested
for row in "${rows[@]}"; do
    if [ "$row" = oldest ]; then check_oldest; else check_target "$row"; fi
done
exit "$failed"
