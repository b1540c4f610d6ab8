/* How rows of an original installation are bound to the log. */
#include "service/legacy_bind.h"

#include "base/str.h"
#include "codec/canon.h"
#include "repo/legacy_repo.h"

enum { LEAF_MAX = 256, HEAD_MAX = 512 };

static err add_verdict(struct ctx *c, const void *row, void *arg)
{
    const struct legacy_verdict *r = row;
    struct merkle *tree = arg;
    char room[LEAF_MAX];
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    buf_lit(&b, "{\"id\":");
    canon_str(&b, r->anonymized_id);
    buf_lit(&b, ",\"status\":");
    canon_str(&b, r->status);
    buf_c(&b, '}');
    if (!buf_ok(&b))
        return FAIL(c, INTERNAL, "an anonymous id is too long");
    const struct hash leaf = merkle_leaf_hash(buf_view(&b));
    merkle_add(tree, &leaf);
    return ERR_OK;
}

err legacy_verdicts_canon(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret)
{
    struct merkle tree;
    merkle_init(&tree);
    TRY(legacy_verdicts(c, tx, cycle_id, add_verdict, &tree));
    const struct hash root = merkle_root(&tree);
    *ret = str_fmt(c->mem, "{\"n\":%llu,\"root\":\"%.*s\"}", (unsigned long long)tree.n,
                   STR_ARG(hash_hex(c->mem, &root)));
    return ERR_OK;
}

struct reading {
    struct legacy_chain *chain;
    legacy_broken_fn *broken;
    void *arg;
};

static err read_decision(struct ctx *c, const void *row, void *arg)
{
    const struct reading *r = arg;
    const struct legacy_decision *d = row;
    const unsigned bits = legacy_chain_decision(r->chain, d);
    (void)c;
    if (bits && r->broken)
        r->broken(r->arg, d->chain_id, bits);
    return ERR_OK;
}

static err read_audit(struct ctx *c, const void *row, void *arg)
{
    const struct reading *r = arg;
    const struct legacy_audit *a = row;
    const unsigned bits = legacy_chain_audit(r->chain, a);
    (void)c;
    if (bits && r->broken)
        r->broken(r->arg, a->log_id, bits);
    return ERR_OK;
}

err legacy_chain_read(struct ctx *c, struct tx *tx, const struct legacy_span *s,
                      legacy_broken_fn *broken, void *arg, struct legacy_chain *ret)
{
    struct reading r = { ret, broken, arg };
    legacy_chain_start(ret, s->kind, s->before);
    if (s->kind == LEGACY_DECISIONS)
        return legacy_decisions(c, tx, s->first, s->last, read_decision, &r);
    return legacy_audits(c, tx, s->first, s->last, read_audit, &r);
}

/* The head comes from the rows, so it is only shown when it has the form of a hash. */
static bool is_hex(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n == 2 * (size_t)SHA256_N;
}

struct str legacy_chain_data(struct ctx *c, enum legacy_kind kind, const struct legacy_chain *ch)
{
    const struct hash root = merkle_root(&ch->tree);
    const struct str head = str_of(ch->head);
    struct buf b;
    buf_init(&b, c->mem, HEAD_MAX);
    buf_fmt(&b, "{\"breaks\":%lld,\"count\":%lld,\"first\":%lld,\"head\":\"", (long long)ch->breaks,
            (long long)ch->count, (long long)ch->first);
    buf_str(&b, is_hex(head) ? head : S(""));
    buf_fmt(&b, "\",\"kind\":\"%s\",\"last\":%lld,\"root\":\"", legacy_kind_names.v[kind],
            (long long)ch->last);
    buf_str(&b, hash_hex(c->mem, &root));
    buf_lit(&b, "\"}");
    return buf_view(&b);
}
