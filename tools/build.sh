#!/usr/bin/env bash
# Leaves the optimised binary at build/enigma; installs what is missing first.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/install-deps.sh build
cmake --preset release >build.log 2>&1 || { cat build.log >&2; exit 1; }
cmake --build --preset release >build.log 2>&1 || { cat build.log >&2; exit 1; }
rm -f build.log
