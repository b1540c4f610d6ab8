/* The tree of RFC 6962: appending with one hash a level, and the two proof checks of RFC 9162. */
#include "crypto/merkle.h"

#include <string.h>

enum { LEVELS = sizeof(((struct merkle *)0)->level) / sizeof(struct hash) };

void merkle_init(struct merkle *m)
{
    memset(m, 0, sizeof(*m));
}

struct hash merkle_leaf_hash(struct str data)
{
    const struct str parts[] = { { "\0", 1 }, data };
    return sha256_parts(parts, 2);
}

static struct hash node(const struct hash *left, const struct hash *right)
{
    char text[1 + 2 * SHA256_N];
    text[0] = 1;
    memcpy(text + 1, left->b, SHA256_N);
    memcpy(text + 1 + SHA256_N, right->b, SHA256_N);
    return sha256((struct str){ text, sizeof(text) });
}

/* As a binary counter: every bit that carries joins two complete subtrees of that height. */
void merkle_add(struct merkle *m, const struct hash *leaf)
{
    struct hash carry = *leaf;
    size_t height = 0;
    for (; height < LEVELS - 1 && (m->n >> height & 1); height++)
        carry = node(&m->level[height], &carry);
    m->level[height] = carry;
    m->n++;
}

struct hash merkle_root(const struct merkle *m)
{
    if (m->n == 0)
        return sha256(S(""));
    size_t height = (size_t)__builtin_ctzll(m->n);
    struct hash root = m->level[height];
    for (height++; height < LEVELS; height++) {
        if (m->n >> height & 1)
            root = node(&m->level[height], &root);
    }
    return root;
}

static bool same(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, SHA256_N) == 0; /* public values */
}

/* The walk up a proof: `at` is the position in its level and `last` the level's last one. */
struct climb {
    uint64_t at, last;
};

static void climb_up(struct climb *c)
{
    c->at >>= 1;
    c->last >>= 1;
}

/* True when the next proof hash stands left of what we have. A last node without a sibling is
 * carried up unhashed, so such levels are passed over here. */
static bool climb_is_right(struct climb *c)
{
    if (!(c->at & 1) && c->at != c->last)
        return false;
    while (!(c->at & 1) && c->at != 0)
        climb_up(c);
    return true;
}

bool merkle_verify_inclusion(const struct hash *leaf, uint64_t index, uint64_t size,
                             const struct hash *proof, size_t n, const struct hash *root)
{
    if (index >= size)
        return false;
    struct climb c = { .at = index, .last = size - 1 };
    struct hash r = *leaf;
    for (size_t i = 0; i < n; i++) {
        if (c.last == 0)
            return false;
        r = climb_is_right(&c) ? node(&proof[i], &r) : node(&r, &proof[i]);
        climb_up(&c);
    }
    return c.last == 0 && same(&r, root);
}

bool merkle_verify_consistency(uint64_t from, const struct hash *from_root, uint64_t to,
                               const struct hash *to_root, const struct hash *proof, size_t n)
{
    if (from == 0 || from > to)
        return false;
    if (from == to)
        return n == 0 && same(from_root, to_root);
    if (n == 0)
        return false;
    bool whole = (from & (from - 1)) == 0; /* the old tree is one subtree: its root is implied */
    struct climb c = { .at = from - 1, .last = to - 1 };
    while (c.at & 1)
        climb_up(&c);
    struct hash old = whole ? *from_root : proof[0];
    struct hash now = old;
    for (size_t i = whole ? 0 : 1; i < n; i++) {
        if (c.last == 0)
            return false;
        if (climb_is_right(&c)) {
            old = node(&proof[i], &old);
            now = node(&proof[i], &now);
        } else {
            now = node(&now, &proof[i]);
        }
        climb_up(&c);
    }
    return c.last == 0 && same(&old, from_root) && same(&now, to_root);
}
