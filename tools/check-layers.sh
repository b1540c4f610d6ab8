#!/usr/bin/env bash
# The one rule of the house (docs/ARCHITECTURE.md): includes point to the own room or downwards.
set -euo pipefail
cd "$(dirname "$0")/.."
find src -name '*.[ch]' -print0 | sort -z | xargs -0 awk '
    BEGIN {
        while ((getline line < "tools/layers.txt") > 0)
            if (line !~ /^#/ && split(line, f, " ") == 2) rank[f[2]] = f[1]
    }
    FNR == 1 { split(FILENAME, part, "/"); room = part[2]
               if (!(room in rank)) { print FILENAME ": no such room in tools/layers.txt"; bad = 1 } }
    /^#include "/ {
        split($0, q, "\""); split(q[2], inc, "/")
        if (index(q[2], "/") == 0 || !(inc[1] in rank)) {
            printf "%s:%d: include \"%s\" from src/, with its room\n", FILENAME, FNR, q[2]; bad = 1
        } else if (inc[1] != room && rank[inc[1]] >= rank[room]) {
            printf "%s:%d: %s (rank %d) may not include %s (rank %d)\n", FILENAME, FNR, room,
                   rank[room], inc[1], rank[inc[1]]; bad = 1
        }
    }
    END { exit bad }'
