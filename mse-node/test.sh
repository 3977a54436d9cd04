#!/usr/bin/env bash
# Builds the addon and runs the tests of mse-node, after installing what they need and is missing. Arguments go to `node --test`.
set -euo pipefail
cd "$(dirname "$0")"

PATH="$(scripts/node.sh):$PATH"
# The folders of npm's packages hold the lock file they were installed by; nothing is fetched when it is the same.
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.installed
fi
node scripts/build.js --profile dev
exec node --test "${@:-test/}"
