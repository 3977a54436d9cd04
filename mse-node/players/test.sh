#!/usr/bin/env bash
# Plays every stream with every player that can, with and without a viewer's actions, and over a network that changes, after getting what that needs and
# is missing. Arguments go to play.js instead of `--all --actions --network`.
set -euo pipefail
cd "$(dirname "$0")"

PATH="$(../scripts/node.sh):$PATH"
# install FOLDER: npm's packages, unless those of the lock file are there.
install() {
    if cmp -s "$1/package-lock.json" "$1/node_modules/.installed"; then return; fi
    (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund)
    cp "$1/package-lock.json" "$1/node_modules/.installed"
}
install ..
install .
compgen -G '../prebuilds/*/mse-node.node' >/dev/null || node ../scripts/build.js

# Shaka Packager comes by pip.
if [ -z "${PACKAGER:-}" ] && [ ! -e streams/made-by ] && ! python3 -m pip --version >/dev/null 2>&1; then
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    $as_root apt-get update
    $as_root apt-get install -y --no-install-recommends python3-pip
fi
./make-streams.sh
node --test test/
if [ $# -eq 0 ]; then set -- --all --actions --network; fi
exec node play.js "$@"
