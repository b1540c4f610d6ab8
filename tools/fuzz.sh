#!/usr/bin/env bash
# Runs every fuzz target for the given number of seconds (clang, libFuzzer, ASan, UBSan).
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-120}
cmake --preset fuzz >/dev/null
cmake --build build-fuzz --target fuzz_suite
for bin in build-fuzz/tests/fuzz_*; do
    [ -x "$bin" ] || continue
    name=${bin##*/fuzz_}
    scratch=$(mktemp -d)
    echo "== $name, $seconds s"
    "$bin" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
        "$scratch" "tests/fuzz/corpus/$name" 2>&1 |
        grep -E 'stat::number_of_executed_units|ERROR|SUMMARY|Test unit|DONE' || true
    rm -rf "$scratch"
done
