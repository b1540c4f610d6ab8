#!/usr/bin/env bash
# Everything: gates, unit, integration, API, simulation and fuzz-corpus tests under ASan and UBSan,
# then end-to-end tests through the real binary. Whatever needs a database runs on SQLite, on
# PostgreSQL and on PostgreSQL behind a pooler; the servers are begun here and stopped at the end.
# The last line counts single test cases.
set -uo pipefail
cd "$(dirname "$0")/.."
tools/install-deps.sh test || exit 1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export ASAN_OPTIONS=detect_stack_use_after_return=1
passed=0 failed=0 skipped=0
# In memory where there is room: a database is some hundred small files.
base=${TMPDIR:-/tmp}
room_kib=$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)
[ -w /dev/shm ] && [ "${room_kib:-0}" -gt 1500000 ] && base=/dev/shm
work=$(mktemp -d "$base/enigma-test-XXXXXX")
log=$work/log
chmod 711 "$work" # the servers' user has its own folder in it
set -m # each job is a group of processes, which can be ended as one
clean_up() {
    for job in $(jobs -p); do kill -- "-$job" 2>/dev/null; done
    tools/test-servers.sh stop "$work/servers"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

echo '== gates'
cmake --preset dev >"$log" 2>&1 || { cat "$log"; exit 1; }
if tools/lint.sh; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

echo '== build (ASan, UBSan)'
if ! cmake --build --preset dev --target all bench_suite >"$log" 2>&1; then
    grep -E 'error|FAILED|undefined' "$log" | head -60
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
fi

echo '== PostgreSQL and pgbouncer'
if ! tools/test-servers.sh start "$work/servers" $$; then
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
fi
set -a
# shellcheck disable=SC1091
. "$work/servers/env"
set +a

echo '== unit, integration, API, simulation, fuzz corpora'
# In the background, since a signal is heeded while the shell waits and not before.
ctest --test-dir build-dev -j "$(nproc)" --output-on-failure --verbose >"$log" 2>&1 &
wait $!
ctest_code=$?
grep -E '^ *[0-9]+/[0-9]+ Test' "$log" | sed -E 's/ +\.+ */ /'
grep -oE '^[0-9]+: skipped: .*' "$log" | sed -E 's/^[0-9]+: //' | sort | uniq -c
cases() { grep -oE "\[  $1 \] [0-9]+ test" "$log" | awk '{ s += $4 } END { print s + 0 }'; }
p=$(cases 'PASSED ') s=$(cases SKIPPED)
# What a failed program said stands in the log twice.
f=$(grep -oE '^[0-9]+: \[  FAILED  \] [0-9]+ test' "$log" | sort -u | awk '{ s += $5 } END { print s + 0 }')
[ $ctest_code -ne 0 ] && [ "$f" -eq 0 ] && f=1
# What the failed programs said, and nothing of the others.
for number in $(sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#([0-9]+): .*\*\*\*.*/\1/p' "$log"); do
    grep -E "^$number: " "$log" | grep -vE '\[       OK \]|\[ RUN' | tail -60
done
passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))

export TMPDIR=$work/tmp # data folders of the tests: many, small, and synced often
mkdir -p "$TMPDIR" && chmod 1777 "$TMPDIR"
# end_to_end RUN DATABASE [PATTERN]: into the file RUN, which ends with the exit code
end_to_end() {
    {
        ENIGMA_BIN=$PWD/build-dev/enigma tools/test-servers.sh run "$2" "$work/servers" \
            python3 tests/e2e/run.py "${3:-*_test.py}"
        echo "exit code $?"
    } >"$work/$1" 2>&1
}
# The runs share nothing but the machine; most of their time goes by waiting.
targets=(sqlite postgres pooler)
for target in "${targets[@]}"; do
    end_to_end "$target" "$target" &
done
for target in "${targets[@]}"; do
    ENIGMA_TEST_WEB=together end_to_end "pages-$target" "$target" web_test.py
done &
wait
ENIGMA_TEST_WEB=alone end_to_end pages-alone sqlite web_test.py
targets+=(pages-sqlite pages-postgres pages-pooler pages-alone)
for target in "${targets[@]}"; do
    log=$work/$target
    echo "== end to end, $target"
    grep -E ' \.\.\. |^(time|seed) ' "$log"
    p=$(grep -cE ' \.\.\. (.* )?ok$' "$log")
    f=$(grep -cE ' \.\.\. (.* )?(FAIL|ERROR)$' "$log")
    s=$(grep -cE ' \.\.\. (.* )?skipped ' "$log")
    if [ "$(tail -1 "$log")" != 'exit code 0' ]; then
        tail -80 "$log"
        [ "$f" -ne 0 ] || f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done

echo "$skipped skipped, each with its reason above"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
