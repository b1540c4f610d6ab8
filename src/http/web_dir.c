/* Files of the web interface from a folder, while it is being developed. */
#include "http/reply.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "crypto/hash.h"

enum { ASSET_FILE_MAX = 4 * 1024 * 1024 };

const char *asset_content_type(struct str name)
{
    if (str_ends(name, S(".css")))
        return "text/css; charset=utf-8";
    if (str_ends(name, S(".js")))
        return "text/javascript; charset=utf-8";
    if (str_ends(name, S(".json")))
        return "application/json; charset=utf-8";
    return "text/html; charset=utf-8";
}

/* Letters, digits, dots, hyphens, low lines, and single slashes with no dot behind them. */
static bool is_plain(struct str file)
{
    for (size_t i = 0; i < file.n; i++) {
        const char ch = file.p[i];
        const bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
        const bool first = i == 0 || file.p[i - 1] == '/';
        if (!letter && !(ch >= '0' && ch <= '9') && !strchr("-_./", ch))
            return false;
        if (first && (ch == '.' || ch == '/'))
            return false;
    }
    return file.n > 0;
}

bool asset_from_disk(struct arena *mem, struct str dir, const struct asset *a, struct asset *ret)
{
    if (!a->file || !is_plain(str_of(a->file)))
        return false;
    FILE *f = fopen(str_z(mem, str_fmt(mem, "%.*s/%s", STR_ARG(dir), a->file)), "rbe");
    if (!f)
        return false;
    char *bytes = arena_try(mem, ASSET_FILE_MAX, 1, 1);
    const size_t n = bytes ? fread(bytes, 1, ASSET_FILE_MAX, f) : 0;
    const bool whole = bytes && n < ASSET_FILE_MAX && !ferror(f);
    fclose(f);
    if (!whole)
        return false;
    const struct hash h = sha256((struct str){ bytes, n });
    *ret = (struct asset){ .path = a->path, .content_type = a->content_type };
    ret->plain = (struct str){ bytes, n };
    ret->etag = str_z(mem, str_fmt(mem, "\"%.16s\"", hash_hex(mem, &h).p));
    return true;
}
