#!/usr/bin/env bash
# Prints figures and their ratios to floors of the same run; never passes or fails by time.
# usage: bench.sh [http|db|api|cycle|evaluate|pg|idle|start|verify|crypto|auth|firewall|scrub|bias|rooms|speech]…
# BENCH_APPLICATIONS (100000), BENCH_EVALUATIONS (10000), BENCH_ENTRIES (1000000), BENCH_RUNS (5), BENCH_SECONDS (3).
set -euo pipefail
cd "$(dirname "$0")/.."
tools/install-deps.sh test
parts=("$@")
[ ${#parts[@]} -eq 0 ] && parts=(http db api cycle evaluate pg idle start verify crypto auth firewall scrub bias rooms speech)
for part in "${parts[@]}"; do
    [ -f "tests/bench/${part}_bench.py" ] || { echo "no such part: $part" >&2; exit 2; }
done
export BENCH_BUILD=${BENCH_BUILD:-$PWD/build-bench}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake -S . -B "$BENCH_BUILD" -G Ninja -DCMAKE_BUILD_TYPE=Release &&
    cmake --build "$BENCH_BUILD" --target enigma enigma-stt bench_suite; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
echo "$(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)," \
    "load $(cut -d' ' -f1 /proc/loadavg), $(date -u +%F)"
code=0
for part in "${parts[@]}"; do
    PYTHONDONTWRITEBYTECODE=1 python3 "tests/bench/${part}_bench.py" || code=1
done
exit $code
