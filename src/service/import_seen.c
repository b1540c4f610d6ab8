/* Which ids an import has met. */
#include "service/import_seen.h"

#include "crypto/hash.h"

struct import_digest {
    uint64_t a, b; /* both zero: free */
};

err import_seen_init(struct ctx *c, struct import_seen *s, struct arena *mem, size_t n)
{
    size_t cap = 64;
    while (cap < 2 * n)
        cap *= 2;
    s->slots = arena_try(mem, cap, sizeof(*s->slots), _Alignof(struct import_digest));
    s->mask = cap - 1;
    return s->slots ? ERR_OK : FAIL(c, TOO_LARGE, "The file has too many lines");
}

bool import_seen_add(struct import_seen *s, struct str id)
{
    const struct hash h = sha256(id);
    struct import_digest d;
    memcpy(&d, h.b, sizeof(d));
    if (d.a == 0 && d.b == 0)
        d.a = 1;
    for (size_t i = (size_t)d.a & s->mask;; i = (i + 1) & s->mask) {
        struct import_digest *at = &s->slots[i];
        if (at->a == d.a && at->b == d.b)
            return true;
        if (at->a == 0 && at->b == 0) {
            *at = d;
            return false;
        }
    }
}
