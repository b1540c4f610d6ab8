#!/usr/bin/env bash
# Turns migrations/NNNN_name.{up,down}.sql into gen/migrations.S (bytes) and gen/migrations.c (table).
set -euo pipefail
in=$1 out=$2
mkdir -p "$out"
asm=$out/migrations.S
table=$out/migrations.c
{
    echo '    .section .rodata'
    for f in "$in"/*.sql; do
        sym=$(basename "$f" .sql | tr -c 'A-Za-z0-9\n' '_')
        printf '    .global migration_%s\n    .hidden migration_%s\nmigration_%s:\n' "$sym" "$sym" "$sym"
        printf '    .incbin "%s"\n    .global migration_%s_end\n    .hidden migration_%s_end\nmigration_%s_end:\n    .byte 0\n' \
            "$f" "$sym" "$sym" "$sym"
    done
    echo '    .section .note.GNU-stack,"",@progbits'
} >"$asm"
{
    echo '/* Generated from migrations/ at build time. */'
    echo '#include "db/migrate.h"'
    rows=
    n=0
    for up in "$in"/*.up.sql; do
        base=$(basename "$up" .up.sql)
        [ -f "$in/$base.down.sql" ] || { echo "missing $base.down.sql" >&2; exit 1; }
        sym=$(printf '%s' "$base" | tr -c 'A-Za-z0-9' '_')
        for d in up down; do
            echo "extern const char migration_${sym}_${d}[], migration_${sym}_${d}_end[];"
        done
        rows+="    { .version = $((10#${base%%_*})), .name = \"${base#*_}\" },"$'\n'
        fill+=$(printf '    ret[%d].up = (struct str){ migration_%s_up, (size_t)(migration_%s_up_end - migration_%s_up) };\n    ret[%d].down = (struct str){ migration_%s_down, (size_t)(migration_%s_down_end - migration_%s_down) };' \
            "$n" "$sym" "$sym" "$sym" "$n" "$sym" "$sym" "$sym")$'\n'
        n=$((n + 1))
    done
    echo 'static struct migration table[] = {'
    printf '%s};\n' "$rows"
    echo 'const size_t migration_count = sizeof(table) / sizeof(table[0]);'
    echo 'const struct migration *migrations_embedded(void)'
    echo '{'
    echo '    static struct migration *const ret = table;'
    printf '%s' "$fill"
    echo '    return table;'
    echo '}'
} >"$table"
