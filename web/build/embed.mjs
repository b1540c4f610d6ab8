/* Writes assets.S (the bytes: plain, gzip, brotli) and assets.c (the table of http/server.h). */
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const kinds = { html: "text/html", css: "text/css", js: "text/javascript", json: "application/json", txt: "text/plain" };

export function contentType(name) {
  const end = name.split(".").at(-1);
  if (end === "svg") return "image/svg+xml";
  return kinds[end] ? `${kinds[end]}; charset=utf-8` : "application/octet-stream";
}

/** files: [{ name, bytes, paths, immutable }]; a path that begins with "template:" is not served. */
export function embed(out, files) {
  const asm = ["    .section .rodata"], externs = [], rows = [], fill = [], sizes = {};
  for (const [i, f] of files.entries()) {
    const forms = {
      plain: f.bytes,
      gzip: gzipSync(f.bytes, { level: 9 }),
      brotli: brotliCompressSync(f.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT, [constants.BROTLI_PARAM_SIZE_HINT]: f.bytes.length } }),
    };
    sizes[f.name] = forms.brotli.length;
    for (const [form, bytes] of Object.entries(forms)) {
      const symbol = `web_${i}_${form}`, file = join(out, "web-bytes", `${i}.${form}`);
      writeFileSync(file, bytes);
      asm.push(`    .hidden ${symbol}\n    .global ${symbol}\n${symbol}:\n    .incbin "${file}"`);
      asm.push(`    .hidden ${symbol}_end\n    .global ${symbol}_end\n${symbol}_end:\n    .byte 0`);
      externs.push(`extern const char ${symbol}[], ${symbol}_end[];`);
    }
    const etag = createHash("sha256").update(f.bytes).digest("hex").slice(0, 16);
    for (const path of f.paths) {
      for (const form of Object.keys(forms))
        fill.push(`    table[${rows.length}].${form} = (struct str){ web_${i}_${form}, (size_t)(web_${i}_${form}_end - web_${i}_${form}) };`);
      rows.push(`    { .path = ${JSON.stringify(path)}, .file = ${JSON.stringify(f.name)}, .content_type = "${contentType(f.name)}", ` +
        `.etag = "\\"${etag}\\"", .immutable = ${f.immutable} },`);
    }
  }
  asm.push('    .section .note.GNU-stack,"",@progbits', "");
  writeFileSync(join(out, "assets.S"), asm.join("\n"));
  writeFileSync(join(out, "assets.c"), ["/* Generated from web/ at build time. */", '#include "http/server.h"', ...externs,
    "static struct asset table[] = {", ...rows, "};", "const struct asset *web_assets(size_t *ret_n);",
    "const struct asset *web_assets(size_t *ret_n)", "{", ...fill,
    "    *ret_n = sizeof(table) / sizeof(table[0]);", "    return table;", "}", ""].join("\n"));
  return sizes;
}
