#!/usr/bin/env bash
# Turns migrations/NNNN_name.{up,down}.sql into gen/migrations.S (bytes) and gen/migrations.c (table).
set -euo pipefail
in=$1 out=$2
mkdir -p "$out"
asm=$out/migrations.S
table=$out/migrations.c
symbol() { printf 'migration_%s' "$(basename "$1" .sql | tr -c 'A-Za-z0-9\n' '_')"; }
{
    echo '    .section .rodata'
    for f in "$in"/*.sql; do
        sym=$(symbol "$f")
        printf '    .global %s\n    .hidden %s\n%s:\n    .incbin "%s"\n    .byte 0\n' \
            "$sym" "$sym" "$sym" "$f"
    done
    echo '    .section .note.GNU-stack,"",@progbits'
} >"$asm"
{
    echo '/* Generated from migrations/ at build time. */'
    echo '#include "db/migrate.h"'
    echo
    rows=
    for up in "$in"/*.up.sql; do
        base=$(basename "$up" .up.sql)
        down=$in/$base.down.sql
        [[ $base =~ ^[0-9]{4}_[a-z0-9_]+$ ]] || { echo "bad migration name: $base" >&2; exit 1; }
        [ -f "$down" ] || { echo "missing $base.down.sql" >&2; exit 1; }
        for f in "$up" "$down"; do
            echo "extern const char $(symbol "$f")[];"
        done
        rows+="    { .version = $((10#${base%%_*})), .name = \"${base#*_}\","$'\n'
        rows+="      .up = { $(symbol "$up"), $(wc -c <"$up") },"$'\n'
        rows+="      .down = { $(symbol "$down"), $(wc -c <"$down") } },"$'\n'
    done
    printf 'static const struct migration table[] = {\n%s};\n' "$rows"
    echo 'const size_t migration_count = sizeof(table) / sizeof(table[0]);'
    echo 'const struct migration *migrations_embedded(void)'
    echo '{'
    echo '    return table;'
    echo '}'
} >"$table"
