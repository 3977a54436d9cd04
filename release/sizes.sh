#!/usr/bin/env bash
# Holds the size of libmse.so, by the formats it reads, against release/sizes.tsv, which docs/sizes.md shows.
set -euo pipefail

usage() {
    cat <<'END'
usage: release/sizes.sh [--record] [SET...]

Builds libmse as install.sh does, for each set of formats of release/sizes.tsv or for those named, and compares the bytes of the stripped
libmse.so with the figure there. More than 3 % above it is a failure. --record writes the new figures instead.
END
}

record=""
sets=()
for argument in "$@"; do
    case "$argument" in
        --help | -h) usage; exit 0 ;;
        --record) record=yes ;;
        -*) usage >&2; exit 2 ;;
        *) sets+=("$argument") ;;
    esac
done
cd "$(dirname "$0")/.."
table=release/sizes.tsv
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
[ "${#sets[@]}" -gt 0 ] || mapfile -t sets < <(cut -f1 "$table")

failed=0
for set in "${sets[@]}"; do
    log="$work/log"
    mse-ffi/install.sh "$work/$set" --formats "$set" >"$log" 2>&1 || { tail -n 30 "$log" >&2; exit 1; }
    size="$(stat -L -c %s "$work/$set/lib/libmse.so")"
    known="$(awk -F'\t' -v set="$set" '$1 == set { print $2 }' "$table")"
    verdict="as recorded"
    if [ -n "$record" ]; then
        { awk -F'\t' -v set="$set" '$1 != set' "$table"; printf '%s\t%s\n' "$set" "$size"; } >"$work/table"
        cp "$work/table" "$table"
        verdict="recorded"
    elif [ -z "$known" ]; then
        verdict="not in $table"
        failed=1
    elif [ "$size" -gt $((known + known * 3 / 100)) ]; then
        verdict="GREW from $known: find out why, or --record it"
        failed=1
    elif [ "$size" -lt $((known - known * 3 / 100)) ]; then
        verdict="shrank from $known: --record it"
    fi
    printf '%9s bytes  %-50s %s\n' "$size" "$set" "$verdict"
done
exit "$failed"
