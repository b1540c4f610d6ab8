/* Identifiers: a prefix and Crockford base32, random or sorted by time. */
#include "codec/id.h"

#include "base/str.h"

enum { ID_BITS = 128, ID_DIGITS = 26 };
static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* 26 digits hold 130 bits: the first digit has the two highest bits zero, as in ULID. */
static struct str spell(struct ctx *c, const char *prefix, const unsigned char bits[ID_BITS / 8])
{
    size_t head = strlen(prefix);
    char *text = arena_raw(c->mem, head + ID_DIGITS + 1, 1, 1);
    memcpy(text, prefix, head + 1);
    unsigned held = 2; /* the two zero bits in front */
    uint32_t window = 0;
    size_t at = head;
    for (size_t i = 0; i < ID_BITS / 8; i++) {
        window = window << 8 | bits[i];
        for (held += 8; held >= 5; held -= 5)
            text[at++] = crockford[window >> (held - 5) & 31];
    }
    return (struct str){ text, at };
}

struct str id_random(struct ctx *c, const char *prefix)
{
    unsigned char bits[ID_BITS / 8];
    ctx_random(c, bits, sizeof(bits));
    return spell(c, prefix, bits);
}

struct str id_sortable(struct ctx *c, const char *prefix)
{
    unsigned char bits[ID_BITS / 8];
    uint64_t ms = c->now_us > 0 ? (uint64_t)c->now_us / 1000 : 0;
    for (int i = 0; i < 6; i++)
        bits[i] = (unsigned char)(ms >> (40 - 8 * i));
    ctx_random(c, bits + 6, sizeof(bits) - 6);
    return spell(c, prefix, bits);
}

struct str id_short(struct ctx *c, const char *prefix, size_t n)
{
    size_t head = strlen(prefix);
    char *text = arena_raw(c->mem, head + n + 1, 1, 1);
    memcpy(text, prefix, head + 1);
    ctx_random(c, text + head, n);
    for (size_t i = 0; i < n; i++)
        text[head + i] = crockford[(unsigned char)text[head + i] & 31];
    return (struct str){ text, head + n };
}

bool id_valid(struct str s)
{
    if (s.n == 0 || s.n > ID_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-')
            return false;
    }
    return true;
}

int64_t id_i63(struct ctx *c)
{
    uint64_t v;
    ctx_random(c, &v, sizeof(v));
    v &= INT64_MAX;
    return v ? (int64_t)v : 1;
}

int64_t id_place(struct ctx *c)
{
    const int64_t width = (int64_t)((UINT64_C(1) << 63) / ID_PLACES);
    return id_i63(c) / width * width;
}
