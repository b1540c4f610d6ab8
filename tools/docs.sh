#!/usr/bin/env bash
# Prints the documents that come from the tables: docs/generated/ and tests/api/matrix.json.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${ENIGMA_BIN:-build/enigma}
out=docs/generated
mkdir -p "$out"
"$bin" docs openapi >"$out/openapi.json"
for what in routes messages phases rights options; do "$bin" docs $what >"$out/$what.md"; done
for graph in evaluate bias; do "$bin" docs graph $graph >"$out/graph-$graph.mmd"; done
"$bin" docs man >"$out/enigma.1"
"$bin" docs matrix >tests/api/matrix.json
