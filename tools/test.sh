#!/usr/bin/env bash
# Everything: gates, unit, integration, API, simulation and fuzz-corpus tests under ASan and UBSan,
# then end-to-end tests through the real binary. The last line counts single test cases.
set -uo pipefail
cd "$(dirname "$0")/.."
tools/install-deps.sh test || exit 1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export ASAN_OPTIONS=detect_stack_use_after_return=1
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

echo '== gates'
cmake --preset dev >"$log" 2>&1 || { cat "$log"; exit 1; }
if tools/lint.sh; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

echo '== build (ASan, UBSan)'
if ! cmake --build --preset dev >"$log" 2>&1; then
    grep -E 'error|FAILED|undefined' "$log" | head -60
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
fi

echo '== unit, integration, API, simulation, fuzz corpora'
ctest --test-dir build-dev -j "$(nproc)" --output-on-failure --verbose >"$log" 2>&1
ctest_code=$?
grep -E '^ *[0-9]+/[0-9]+ Test' "$log" | sed -E 's/ +\.+ */ /'
p=$(grep -oE '\[  PASSED  \] [0-9]+ test' "$log" | awk '{ s += $4 } END { print s + 0 }')
f=$(grep -oE '\[  FAILED  \] [0-9]+ test' "$log" | awk '{ s += $4 } END { print s + 0 }')
[ $ctest_code -ne 0 ] && [ "$f" -eq 0 ] && f=1
[ $ctest_code -ne 0 ] && grep -vE '\[       OK \]|\[ RUN' "$log" | tail -150
passed=$((passed + p)) failed=$((failed + f))

echo '== end to end'
ENIGMA_BIN=$PWD/build-dev/enigma python3 -m unittest discover -s tests/e2e -p '*_test.py' -v \
    >"$log" 2>&1
e2e_code=$?
grep -E ' \.\.\. ' "$log"
p=$(grep -cE ' \.\.\. ok$' "$log")
f=$(grep -cE ' \.\.\. (FAIL|ERROR)$' "$log")
[ $e2e_code -ne 0 ] && { tail -80 "$log"; [ "$f" -eq 0 ] && f=1; }
passed=$((passed + p)) failed=$((failed + f))

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
