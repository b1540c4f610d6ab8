#!/usr/bin/env bash
# Bundles web/src/*.ts (esbuild), takes web/pages/*, and writes gen/assets.S (bytes: plain, gzip,
# brotli) and gen/assets.c (the table that http/server.h describes).
set -euo pipefail
web=$1 out=$2
mkdir -p "$out/web"
rm -f "$out"/web/*
for entry in setup demo; do
    esbuild "$web/src/$entry.ts" --bundle --minify --format=esm --target=es2020 \
        --log-level=error --outfile="$out/web/$entry.js"
done
cp "$web"/pages/* "$out/web/"
type_of() {
    case $1 in
    *.html) echo 'text/html; charset=utf-8' ;;
    *.css) echo 'text/css; charset=utf-8' ;;
    *.js) echo 'text/javascript; charset=utf-8' ;;
    *.txt) echo 'text/plain; charset=utf-8' ;;
    *.svg) echo 'image/svg+xml' ;;
    *) echo 'application/octet-stream' ;;
    esac
}
asm=$out/assets.S table=$out/assets.c
echo '    .section .rodata' >"$asm"
echo '/* Generated from web/ at build time. */' >"$table"
echo '#include "http/server.h"' >>"$table"
rows= fill= n=0
for f in "$out"/web/*; do
    name=$(basename "$f")
    sym=asset_$(printf '%s' "$name" | tr -c 'A-Za-z0-9' '_')
    gzip -9 -n -k -c "$f" >"$out/$name.gz"
    brotli -q 11 -c "$f" >"$out/$name.br"
    etag=$(sha256sum "$f" | cut -c1-16)
    path=/$name
    [[ $name == *.html ]] && path=/${name%.html}
    for kind in plain gz br; do
        case $kind in plain) file=$f ;; gz) file=$out/$name.gz ;; br) file=$out/$name.br ;; esac
        printf '    .global %s_%s\n    .hidden %s_%s\n%s_%s:\n    .incbin "%s"\n' \
            "$sym" $kind "$sym" $kind "$sym" $kind "$file" >>"$asm"
        printf '    .global %s_%s_end\n    .hidden %s_%s_end\n%s_%s_end:\n    .byte 0\n' \
            "$sym" $kind "$sym" $kind "$sym" $kind >>"$asm"
        echo "extern const char ${sym}_$kind[], ${sym}_${kind}_end[];" >>"$table"
    done
    rows+="    { .path = \"$path\", .content_type = \"$(type_of "$name")\", .etag = \"\\\"$etag\\\"\" },"$'\n'
    for kind in plain gz br; do
        case $kind in plain) member=plain ;; gz) member=gzip ;; br) member=brotli ;; esac
        fill+="    table[$n].$member = (struct str){ ${sym}_$kind, (size_t)(${sym}_${kind}_end - ${sym}_$kind) };"$'\n'
    done
    n=$((n + 1))
done
echo '    .section .note.GNU-stack,"",@progbits' >>"$asm"
{
    echo 'static struct asset table[] = {'
    printf '%s};\n' "$rows"
    echo 'const struct asset *web_assets(size_t *ret_n);'
    echo 'const struct asset *web_assets(size_t *ret_n)'
    echo '{'
    printf '%s' "$fill"
    echo '    *ret_n = sizeof(table) / sizeof(table[0]);'
    echo '    return table;'
    echo '}'
} >>"$table"
