#!/usr/bin/env bash
# Prints the folder of a Node that is new enough, with npm. Where there is none it installs one: Debian's, and where that is too old
# one from the npm registry, below target/.
set -euo pipefail
least=20
root="$(cd "$(dirname "$0")/../.." && pwd)"
own="$root/target/node-$least/node_modules/node/bin"
say() { printf 'node.sh: %s\n' "$*" >&2; }

version() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

if command -v node >/dev/null && command -v npm >/dev/null && [ "$(version node)" -ge "$least" ]; then
    dirname "$(command -v node)"
    exit
fi
if [ ! -x "$own/node" ]; then
    if ! command -v npm >/dev/null; then
        line="apt-get update && apt-get install -y --no-install-recommends nodejs npm"
        if ! command -v apt-get >/dev/null; then
            say "please install Node $least or newer with npm; this machine has no apt-get"
            exit 1
        elif [ "$(id -u)" -eq 0 ]; then
            DEBIAN_FRONTEND=noninteractive bash -c "$line" >&2
        elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            sudo DEBIAN_FRONTEND=noninteractive bash -c "$line" >&2
        else
            say "Node is missing; as root, type: $line"
            exit 1
        fi
    fi
    if [ "$(version node)" -ge "$least" ]; then
        dirname "$(command -v node)"
        exit
    fi
    say "this machine's Node is $(version node); Node $least comes from the npm registry"
    mkdir -p "$root/target/node-$least"
    npm install --no-audit --no-fund --no-save --prefix "$root/target/node-$least" "node@$least" >&2
fi
echo "$own"
