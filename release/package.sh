#!/usr/bin/env bash
# Packs every crate that is published, and builds and runs a fresh crate of another project on the archives, as crates.io would hand them out.
set -euo pipefail

usage() {
    cat <<'END'
usage: release/package.sh [DIRECTORY]

Writes the archives (*.crate) into DIRECTORY, by default target/package, and tries them:
  1. `cargo package` of all published crates
  2. a fresh crate that depends on `mse` alone, with all formats, and with one

Nothing is uploaded.
END
}

case "${1:-}" in --help | -h) usage; exit 0 ;; -*) usage >&2; exit 2 ;; esac
cd "$(dirname "$0")/.."
out="${1:-}"
crates=(mse-core mse-codecs mse-isobmff mse-mp2t mse-mpeg-audio mse-pull mse-webm mse-demux mse-timeline mse mse-element mse-ffi)
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
step() { printf -- '-- %s\n' "$*"; }

step package
chosen=()
for name in "${crates[@]}"; do chosen+=(-p "$name"); done
cargo package --no-verify --locked --allow-dirty "${chosen[@]}"
target="$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')"
version="$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)"
for name in "${crates[@]}"; do
    archive="$target/package/$name-$version.crate"
    tar -C "$work" -xzf "$archive"
    for file in LICENSE-MIT LICENSE-APACHE README.md; do
        [ -s "$work/$name-$version/$file" ] || { echo "package.sh: $name has no $file" >&2; exit 1; }
    done
    if [ -n "$out" ]; then mkdir -p "$out" && cp "$archive" "$out"; fi
done

step a fresh crate on the archives
mkdir -p "$work/fresh/src"
{
    printf '[package]\nname = "fresh"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n[features]\n'
    printf 'default = ["mse/default"]\n\n[dependencies]\nbytes = "1"\nmse = { version = "%s", default-features = false, features = ["isobmff"] }\n\n[patch.crates-io]\n' "$version"
    for name in "${crates[@]}"; do printf '%s = { path = "../%s-%s" }\n' "$name" "$name" "$version"; done
} >"$work/fresh/Cargo.toml"
cat >"$work/fresh/src/main.rs" <<'END'
use mse::interface::{MediaSource as _, SourceBuffer as _};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: fresh FILE")?;
    let mut source = mse::MediaSource::new(mse::Config::default());
    let _link = source.attach()?;
    let id = source.add_source_buffer("video/mp4")?;
    source.source_buffer(id).ok_or("added")?.append_buffer(std::fs::read(file)?.into())?;
    source.run_inline();
    println!("{} webm {}", source.source_buffer(id).ok_or("added")?.buffered()?, source.is_type_supported("video/webm; codecs=vp9"));
    Ok(())
}
END
media="$PWD/media/h264-aac.mp4"
cd "$work/fresh"
export CARGO_TARGET_DIR="$target/package-fresh"
try() {
    local expect="$1" said
    shift
    said="$(cargo run -q "$@" -- "$media")"
    [ "$said" = "$expect" ] || { echo "package.sh: cargo run $*: $said, not $expect" >&2; exit 1; }
}
try '{ [0,4) } webm true'
try '{ [0,4) } webm false' --no-default-features
if cargo tree -q --no-default-features -e normal | grep mp4parse; then
    echo "package.sh: isobmff alone links mp4parse" >&2
    exit 1
fi
step "${#crates[@]} crates of $version are packed, and a fresh crate runs on them"
