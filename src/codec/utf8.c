/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. */
#include "codec/utf8.h"

static bool is_tail(unsigned char b)
{
    return (b & 0xC0) == 0x80;
}

size_t utf8_step(const char *p, const char *end)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t left = (size_t)(end - p);
    unsigned char a = u[0];
    if (a < 0x80)
        return 1;
    if (a < 0xC2 || a > 0xF4)
        return 0;
    if (a < 0xE0)
        return left >= 2 && is_tail(u[1]) ? 2 : 0;
    if (a < 0xF0) {
        if (left < 3 || !is_tail(u[1]) || !is_tail(u[2]))
            return 0;
        bool overlong = a == 0xE0 && u[1] < 0xA0;
        bool surrogate = a == 0xED && u[1] >= 0xA0;
        return overlong || surrogate ? 0 : 3;
    }
    if (left < 4 || !is_tail(u[1]) || !is_tail(u[2]) || !is_tail(u[3]))
        return 0;
    bool overlong = a == 0xF0 && u[1] < 0x90;
    bool beyond = a == 0xF4 && u[1] >= 0x90;
    return overlong || beyond ? 0 : 4;
}

bool utf8_valid(struct str s)
{
    const char *p = s.p, *end = s.n ? s.p + s.n : s.p;
    while (p < end) {
        uint64_t eight;
        if (end - p >= 8) {
            memcpy(&eight, p, 8);
            if ((eight & 0x8080808080808080u) == 0) {
                p += 8;
                continue;
            }
        }
        size_t step = utf8_step(p, end);
        if (step == 0)
            return false;
        p += step;
    }
    return true;
}

/* Every byte but the tail bytes begins a code point. */
size_t utf8_count(struct str s)
{
    size_t count = 0, i = 0;
    for (; i + 8 <= s.n; i += 8) {
        uint64_t eight;
        memcpy(&eight, s.p + i, 8);
        uint64_t tails = (eight >> 7) & ~(eight >> 6) & 0x0101010101010101u;
        count += 8 - (size_t)__builtin_popcountll(tails);
    }
    for (; i < s.n; i++)
        count += !is_tail((unsigned char)s.p[i]);
    return count;
}

uint32_t utf8_next(struct str s, size_t *at)
{
    if (*at >= s.n)
        return UINT32_MAX;
    const unsigned char *u = (const unsigned char *)s.p + *at;
    size_t step = utf8_step(s.p + *at, s.p + s.n);
    *at += step ? step : 1;
    switch (step) {
    case 1:
        return u[0];
    case 2:
        return (uint32_t)(u[0] & 0x1F) << 6 | (u[1] & 0x3F);
    case 3:
        return (uint32_t)(u[0] & 0x0F) << 12 | (uint32_t)(u[1] & 0x3F) << 6 | (u[2] & 0x3F);
    case 4:
        return (uint32_t)(u[0] & 0x07) << 18 | (uint32_t)(u[1] & 0x3F) << 12 |
               (uint32_t)(u[2] & 0x3F) << 6 | (u[3] & 0x3F);
    default:
        return UINT32_MAX;
    }
}

static char tail(uint32_t cp, unsigned shift)
{
    return (char)(0x80 | ((cp >> shift) & 0x3F));
}

/* What is no code point is written as U+FFFD, so that the result is always valid. */
size_t utf8_put(char *ret, uint32_t cp)
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = 0xFFFD;
    if (cp < 0x80) {
        ret[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        ret[0] = (char)(0xC0 | cp >> 6);
        ret[1] = tail(cp, 0);
        return 2;
    }
    if (cp < 0x10000) {
        ret[0] = (char)(0xE0 | cp >> 12);
        ret[1] = tail(cp, 6);
        ret[2] = tail(cp, 0);
        return 3;
    }
    ret[0] = (char)(0xF0 | cp >> 18);
    ret[1] = tail(cp, 12);
    ret[2] = tail(cp, 6);
    ret[3] = tail(cp, 0);
    return 4;
}

struct str utf8_head(struct str s, size_t n)
{
    size_t at = 0;
    while (at < s.n && n--) {
        at++;
        while (at < s.n && is_tail((unsigned char)s.p[at]))
            at++;
    }
    return (struct str){ s.p, at };
}

static bool shows_nothing(uint32_t cp)
{
    return cp <= 0x20 || (cp >= 0x7f && cp <= 0xa0) || cp == 0xad || cp == 0x34f || cp == 0x1680 ||
           cp == 0x180e || (cp >= 0x2000 && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202f) ||
           (cp >= 0x205f && cp <= 0x206f) || cp == 0x2800 || cp == 0x3000 || cp == 0x3164 ||
           (cp >= 0xfe00 && cp <= 0xfe0f) || cp == 0xfeff || (cp >= 0xe0000 && cp <= 0xe0fff);
}

bool utf8_blank(struct str s)
{
    for (size_t at = 0; at < s.n;) {
        if (!shows_nothing(utf8_next(s, &at)))
            return false;
    }
    return true;
}
