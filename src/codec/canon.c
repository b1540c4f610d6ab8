/* Canonical JSON: one spelling for each object, so that its hash means the object. */
#include "codec/canon.h"

#include "base/str.h"
#include "codec/json.h"
#include "codec/json_scan.h"
#include "codec/utf8.h"

enum { ESCAPE_SHORT = 2, ESCAPE_U = 6 };
#define INTEGER_MOST (((int64_t)1 << 53) - 1)

void canon_str(struct buf *b, struct str s)
{
    json_write_str(b, s);
}

struct scan {
    const char *p, *end;
    unsigned depth;
};

static bool value(struct scan *s);

static bool take_c(struct scan *s, char c)
{
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static bool take_word(struct scan *s, struct str word)
{
    if (!str_starts((struct str){ s->p, (size_t)(s->end - s->p) }, word))
        return false;
    s->p += word.n;
    return true;
}

/* The byte behind \u00XX with lower-case digits, or -1. */
static int control_of(const char *p)
{
    if (memcmp(p, "\\u00", 4) != 0 || (p[4] != '0' && p[4] != '1'))
        return -1;
    int high = (p[4] - '0') * 16;
    if (p[5] >= '0' && p[5] <= '9')
        return high + p[5] - '0';
    return p[5] >= 'a' && p[5] <= 'f' ? high + p[5] - 'a' + 10 : -1;
}

static int short_of(char c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case 'b':
        return '\b';
    case 't':
        return '\t';
    case 'n':
        return '\n';
    case 'f':
        return '\f';
    case 'r':
        return '\r';
    default:
        return -1;
    }
}

/* The byte that the escape at p stands for and its length, or -1: canonical escapes are the two
 * marks and the controls, and a control that has a short form takes it. */
static int escape_of(const char *p, const char *end, size_t *ret_n)
{
    if (end - p < ESCAPE_SHORT)
        return -1;
    int c = short_of(p[1]);
    if (c >= 0) {
        *ret_n = ESCAPE_SHORT;
        return c;
    }
    if (end - p < ESCAPE_U)
        return -1;
    c = control_of(p);
    if (c == '\b' || c == '\t' || c == '\n' || c == '\f' || c == '\r')
        return -1;
    *ret_n = ESCAPE_U;
    return c;
}

/* *ret_raw: the text between the quotes. */
static bool string(struct scan *s, struct str *ret_raw)
{
    if (!take_c(s, '"'))
        return false;
    const char *begin = s->p, *p = begin;
    for (;;) {
        p = json_plain(p, s->end);
        if (p == s->end || (unsigned char)*p < 0x20)
            return false;
        if (*p == '"')
            break;
        size_t step = 0;
        if (*p != '\\')
            step = utf8_step(p, s->end);
        else if (escape_of(p, s->end, &step) < 0)
            return false;
        if (step == 0)
            return false;
        p += step;
    }
    *ret_raw = (struct str){ begin, (size_t)(p - begin) };
    s->p = p + 1;
    return true;
}

/* The next byte of a checked string, or -1 at its end. */
static int next_byte(struct str *raw)
{
    if (raw->n == 0)
        return -1;
    size_t step = 1;
    int c = (unsigned char)raw->p[0];
    if (c == '\\')
        c = escape_of(raw->p, raw->p + raw->n, &step);
    *raw = str_sub(*raw, step, raw->n);
    return c;
}

static bool name_before(struct str a, struct str b)
{
    for (;;) {
        int x = next_byte(&a), y = next_byte(&b);
        if (x != y)
            return x < y;
        if (x < 0)
            return false;
    }
}

static bool integer(struct scan *s)
{
    const char *begin = s->p;
    (void)take_c(s, '-');
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    struct str text = { begin, (size_t)(s->p - begin) };
    int64_t v;
    if (!json_to_i64(text, &v) || (v == 0 && text.n != 1))
        return false;
    return v >= -INTEGER_MOST && v <= INTEGER_MOST;
}

static bool array(struct scan *s)
{
    s->p++;
    if (take_c(s, ']'))
        return true;
    do {
        if (!value(s))
            return false;
    } while (take_c(s, ','));
    return take_c(s, ']');
}

static bool object(struct scan *s)
{
    s->p++;
    if (take_c(s, '}'))
        return true;
    struct str before = { 0 }, name;
    size_t count = 0;
    do {
        if (!string(s, &name) || !take_c(s, ':'))
            return false;
        if (count++ && !name_before(before, name))
            return false;
        if (count > JSON_MEMBERS_MAX || !value(s))
            return false;
        before = name;
    } while (take_c(s, ','));
    return take_c(s, '}');
}

static bool nested(struct scan *s)
{
    if (s->depth == JSON_DEPTH_MAX)
        return false;
    s->depth++;
    bool ok = *s->p == '{' ? object(s) : array(s);
    s->depth--;
    return ok;
}

/* Recursion ends at JSON_DEPTH_MAX. */
static bool value(struct scan *s)
{
    struct str raw;
    if (s->p == s->end)
        return false;
    switch (*s->p) {
    case '{':
    case '[':
        return nested(s);
    case '"':
        return string(s, &raw);
    case 't':
        return take_word(s, S("true"));
    case 'f':
        return take_word(s, S("false"));
    case 'n':
        return take_word(s, S("null"));
    default:
        return integer(s);
    }
}

bool canon_valid(struct str text)
{
    if (text.n == 0 || text.p[0] != '{')
        return false;
    struct scan s = { .p = text.p, .end = text.p + text.n };
    return nested(&s) && s.p == s.end;
}
