#!/usr/bin/env bash
# The word lists that come from packages: make.sh OUT_DIR. Debian's scowl gives English words, npm
# packages (package-lock.json) names and places; they are fetched once a clone and again when the
# lock file changes. NODE_MODULES names a folder that already has them, for builds without a network.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
scowl=${SCOWL_DIR:-/usr/share/dict/scowl}
tries=3
[ -d "$scowl" ] || { echo "the scrubber's tables need Debian's package scowl" >&2; exit 1; }
command -v node >/dev/null || { echo "the scrubber's tables need Node.js 18 or later (Debian: nodejs)" >&2; exit 1; }
modules=${NODE_MODULES:-$here/node_modules}
if [ -z "${NODE_MODULES:-}" ]; then
    exec 9>"$here/.lock"
    flock 9
    if ! cmp -s "$here/package-lock.json" "$modules/.made-from"; then
        command -v npm >/dev/null || { echo "the scrubber's tables need npm (Debian: npm)" >&2; exit 1; }
        log=$(mktemp)
        for try in $(seq $tries); do
            (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1) && break
            if [ "$try" = $tries ]; then
                cat "$log" >&2
                rm -f "$log"
                echo "npm ci failed in tools/lexicon; NODE_MODULES=FOLDER uses packages that are there" >&2
                exit 1
            fi
            sleep $((try * 3))
        done
        rm -f "$log"
        cp "$here/package-lock.json" "$modules/.made-from"
    fi
fi
node "$here/extract.mjs" "$modules" "$scowl" "$out"
