#!/usr/bin/env bash
# fuzz.sh [SECONDS [NAME...]]: runs fuzz targets (all of them without names) for so many seconds
# each, two at a time (clang, libFuzzer, ASan, UBSan). Inputs that break something are left in
# build-fuzz/crashes and the exit status is 1.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-120}
shift || true
cmake --preset fuzz >/dev/null || exit 1
cmake --build build-fuzz --target fuzz_suite || exit 1
crashes=build-fuzz/crashes
mkdir -p "$crashes" build-fuzz/found
[ $# -gt 0 ] || set -- $(for f in tests/fuzz/*_fuzz.c; do basename "$f" _fuzz.c; done)
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0

one() {
    local name=$1 found=build-fuzz/found/$1 log=build-fuzz/found/$1.log code=0
    mkdir -p "$found"
    "build-fuzz/tests/fuzz_$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$crashes/$name-" \
        "$found" "tests/fuzz/corpus/$name" >"$log" 2>&1 || code=1
    echo "== $name: $(grep -oE 'number_of_executed_units: [0-9]+' "$log" | grep -oE '[0-9]+') runs in" \
        "$seconds s, $([ $code -eq 0 ] && echo nothing found || echo "FAILED, see $log")"
    [ $code -eq 0 ] || grep -E 'ERROR|SUMMARY|Test unit' "$log" | head -5
    return $code
}
export -f one
export seconds crashes
printf '%s\n' "$@" | xargs -P 2 -I{} bash -c 'one {}'
