#!/usr/bin/env bash
# Builds web/ into OUT_DIR: build-web.sh OUT_DIR [--watch]. With npm: packages and esbuild by the lock
# file. Without npm or a network: the vendored files and Debian's esbuild, which give the same pages;
# one line says so. WEB_VENDORED=1 asks for that. build-web.sh OUT_DIR --types checks the types of
# what was built; a step of its own, since the types come from the document that the binary prints.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
web=$here/web
out=$1
shift
command -v node >/dev/null || { echo "the web interface needs Node.js 18 or later (Debian: nodejs)" >&2; exit 1; }
mkdir -p "$out"
if [ "${1:-}" = --types ]; then
    if [ -x "$web/node_modules/.bin/tsc" ]; then "$web/node_modules/.bin/tsc" -p "$web"; else
        echo "web: no TypeScript, types unchecked" >&2; fi
    exit
fi
# Two builds of one tree do not fetch at once, nor write the types at once.
exec 9>"$web/.lock"
flock 9
has_packages() { cmp -s "$web/package-lock.json" "$web/node_modules/.made-from"; }
if [ -z "${WEB_VENDORED:-}" ] && ! has_packages && command -v npm >/dev/null; then
    log=$(mktemp)
    for try in 1 2 3; do
        if (cd "$web" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1); then
            cp "$web/package-lock.json" "$web/node_modules/.made-from"
            break
        fi
        sleep $try
    done
    has_packages || tail -3 "$log" >&2
    rm -f "$log"
fi
if [ -z "${WEB_VENDORED:-}" ] && has_packages; then
    node "$web/build/build.mjs" --out "$out" "$@" &
    build=$!
    if [ "${1:-}" != --watch ]; then
        wait $build
    else
        flock -u 9
        trap 'kill $build 2>/dev/null' EXIT
        wait $build
    fi
else
    [ -n "${WEB_VENDORED:-}" ] || echo "web: npm is not there; bundling web/vendor with Debian's esbuild" >&2
    node "$web/build/build.mjs" --out "$out" --vendor "$@"
fi
