#!/usr/bin/env bash
# The gates, in order of cost: layers, sizes, words, format, then clang-tidy on every file.
# `lint.sh quick` leaves clang-tidy out. Prints what is wrong and ends with a count.
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0
step() {
    local name=$1
    shift
    if out=$("$@" 2>&1); then
        printf '  %-14s ok\n' "$name"
    else
        printf '%s\n  %-14s FAILED\n' "$out" "$name"
        bad=$((bad + 1))
    fi
}
words() {
    ! grep -nIE '\b(TODO|FIXME|XXX|HACK)\b' -r src tests tools web --include='*.[ch]' --include='*.py' \
        --include='*.ts' --include='*.tsx' --include='*.mjs' --include='*.css' --exclude-dir=node_modules
}
format() {
    find src tests \( -name '*.c' -o -name '*.h' \) -print0 | xargs -0 clang-format-14 --dry-run -Werror
}
tidy() {
    local build=${LINT_BUILD:-build-dev}
    [ -f "$build/compile_commands.json" ] || cmake --preset dev >/dev/null
    find src -name '*.c' -print0 | sort -z |
        xargs -0 -P "$(nproc)" -n 4 clang-tidy-14 -p "$build" --quiet --warnings-as-errors='*' \
            --extra-arg=-fdouble-square-bracket-attributes --extra-arg=-Wno-unknown-warning-option \
            2> >(grep -vE 'warnings? (generated|treated)|Suppressed|Use -header-filter' >&2)
}
web() {
    local out=${LINT_BUILD:-build-dev}/gen
    mkdir -p "$out"
    tools/build-web.sh "$out" && tools/build-web.sh "$out" --types && node web/build/budgets.mjs "$out/sizes.json"
}
step layers tools/check-layers.sh
step sizes tools/check-sizes.sh
step firewall python3 tools/check-firewall.py
step words words
step format format
step web web
if [ "${1:-}" != quick ]; then
    step clang-tidy tidy
fi
[ $bad -eq 0 ] || { echo "lint: $bad gates failed"; exit 1; }
echo 'lint: all gates passed'
