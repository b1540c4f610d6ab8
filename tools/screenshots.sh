#!/usr/bin/env bash
# Writes pictures of the key pages into a folder, at 1280 and at 390 pixels: screenshots.sh [DIR].
set -euo pipefail
cd "$(dirname "$0")/.."
tools/install-deps.sh test
out=${1:-build/screenshots}
mkdir -p "$out"
lock=tests/web/package-lock.json
cmp -s $lock tests/web/node_modules/.made-from ||
    { (cd tests/web && npm ci --ignore-scripts --no-audit --no-fund >/dev/null); cp $lock tests/web/node_modules/.made-from; }
ENIGMA_BIN=${ENIGMA_BIN:-$PWD/build/enigma} node tests/web/screenshots.mjs "$out"
