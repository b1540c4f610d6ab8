/* Strings of the JSON reader: checked in one pass, unescaped only when they need it. */
#include "base/str.h"
#include "codec/json_scan.h"
#include "codec/utf8.h"

enum { ESCAPE_SHORT = 2, ESCAPE_U = 6, ESCAPE_PAIR = 12 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind \u, or -1. */
static int32_t hex_four(const char *p, const char *end)
{
    if (end - p < 4)
        return -1;
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int d = hex_digit(p[i]);
        if (d < 0)
            return -1;
        v = v << 4 | d;
    }
    return v;
}

static bool is_high(int32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(int32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Bytes of the \u escape at p, or 0 with the error set. A high surrogate needs its low one. */
static size_t check_unicode(struct json *j, const char *p)
{
    int32_t unit = hex_four(p + 2, j->end);
    if (unit < 0) {
        json_fail(j, "Invalid \\uXXXX escape", p + 1);
        return 0;
    }
    if (!is_high(unit) && !is_low(unit))
        return ESCAPE_U;
    const char *next = p + ESCAPE_U;
    bool pair = is_high(unit) && j->end - next >= 2 && next[0] == '\\' && next[1] == 'u';
    if (pair && is_low(hex_four(next + 2, j->end)))
        return ESCAPE_PAIR;
    json_fail(j, "Lone surrogate escape", p);
    return 0;
}

/* Bytes of the escape at p, or 0 with the error set. */
static size_t check_escape(struct json *j, const char *p, const char *quote)
{
    if (j->end - p < ESCAPE_SHORT) {
        json_fail(j, "Unterminated string starting at", quote);
        return 0;
    }
    switch (p[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return ESCAPE_SHORT;
    case 'u':
        return check_unicode(j, p);
    default:
        json_fail(j, "Invalid \\escape", p);
        return 0;
    }
}

bool json_scan_string(struct json *j, struct str *ret_raw, bool *ret_escaped)
{
    const char *quote = j->at, *p = quote + 1;
    bool escaped = false;
    for (;;) {
        p = json_plain(p, j->end);
        if (p == j->end)
            return json_fail(j, "Unterminated string starting at", quote);
        if (*p == '"')
            break;
        if ((unsigned char)*p < 0x20)
            return json_fail(j, "Invalid control character at", p);
        size_t step = *p == '\\' ? check_escape(j, p, quote) : utf8_step(p, j->end);
        if (step == 0)
            return json_fail(j, "Invalid UTF-8", p);
        escaped |= *p == '\\';
        p += step;
    }
    *ret_raw = (struct str){ quote + 1, (size_t)(p - quote - 1) };
    *ret_escaped = escaped;
    j->at = p + 1;
    return true;
}

static char short_escape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c; /* quote, backslash and solidus stand for themselves */
    }
}

/* Writes what the checked escape at *p stands for and moves behind it. */
static char *unescape_one(const char **p, const char *end, char *out)
{
    const char *at = *p;
    if (at[1] != 'u') {
        *out = short_escape(at[1]);
        *p = at + ESCAPE_SHORT;
        return out + 1;
    }
    uint32_t cp = (uint32_t)hex_four(at + 2, end);
    *p = at + ESCAPE_U;
    if (is_high((int32_t)cp)) {
        uint32_t low = (uint32_t)hex_four(at + ESCAPE_U + 2, end);
        cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
        *p = at + ESCAPE_PAIR;
    }
    return out + utf8_put(out, cp);
}

bool json_unescape(struct json *j, struct str raw, struct str *ret)
{
    char *text = arena_try(j->mem, raw.n, 1, 1); /* an escape never grows */
    if (!text)
        return json_fail(j, json_error_memory, raw.p);
    const char *p = raw.p, *end = raw.p + raw.n;
    char *out = text;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t run = (size_t)((slash ? slash : end) - p);
        memcpy(out, p, run);
        out += run;
        p += run;
        if (slash)
            out = unescape_one(&p, end, out);
    }
    *ret = (struct str){ text, (size_t)(out - text) };
    return true;
}
