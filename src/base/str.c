/* Views of bytes: compare, cut, copy. */
#include "base/str.h"

#include <stdarg.h>

struct str str_of(const char *z)
{
    return (struct str){ z, z ? strlen(z) : 0 };
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool str_eqi(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int d = n ? memcmp(a.p, b.p, n) : 0;
    if (d)
        return d;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.n && blank(s.p[0]))
        s = (struct str){ s.p + 1, s.n - 1 };
    while (s.n && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_sub(struct str s, size_t from, size_t n)
{
    if (from >= s.n)
        return (struct str){ s.p ? s.p + s.n : NULL, 0 };
    size_t left = s.n - from;
    return (struct str){ s.p + from, n < left ? n : left };
}

struct str str_cut(struct str s, char sep, struct str *ret_head)
{
    const char *at = s.n ? memchr(s.p, sep, s.n) : NULL;
    if (!at) {
        *ret_head = s;
        return (struct str){ 0 };
    }
    size_t n = (size_t)(at - s.p);
    *ret_head = (struct str){ s.p, n };
    return (struct str){ at + 1, s.n - n - 1 };
}

char *str_z(struct arena *a, struct str s)
{
    char *z = arena_raw(a, s.n + 1, 1, 1);
    if (s.n)
        memcpy(z, s.p, s.n);
    return z;
}

struct str str_keep(struct arena *a, struct str s)
{
    if (!s.p)
        return s;
    return (struct str){ str_z(a, s), s.n };
}

struct str str_fmt(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        n = 0;
    char *z = arena_raw(a, (size_t)n + 1, 1, 1);
    vsnprintf(z, (size_t)n + 1, fmt, again);
    va_end(again);
    return (struct str){ z, (size_t)n };
}

bool str_i64(struct str s, int64_t *ret)
{
    bool neg = s.n && s.p[0] == '-';
    if (neg)
        s = str_sub(s, 1, s.n);
    if (s.n == 0 || s.n > 19)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    uint64_t most = (uint64_t)INT64_MAX + (neg ? 1 : 0);
    if (v > most)
        return false;
    *ret = neg ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

uint64_t str_hash(struct str s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return h ^ (h >> 29);
}
