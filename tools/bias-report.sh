#!/usr/bin/env bash
# Figures of the built-in detector on the development half of the utterances, each predicted by a
# model that was trained without it (10 folds). usage: bias-report.sh [FOLDS]; BUILD_DIR (build).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-build}
data=src/detect/data
found=$(mktemp)
trap 'rm -f "$found"' EXIT
"$build/detect_train" --cross "${1:-10}" $data/lexicon.txt $data/utterances.txt \
    tests/data/bias/dev.jsonl >"$found"
PYTHONDONTWRITEBYTECODE=1 python3 tools/bias_report.py tests/data/bias/dev.jsonl "$found"
