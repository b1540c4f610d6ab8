/* Roots over a cycle's submissions and scores, in bounded memory: the submissions stream in order;
 * the score leaves are sorted one range of commitments at a time. */
#include "service/audit_roots.h"

#include "base/str.h"
#include "codec/base64.h"
#include "crypto/merkle.h"
#include "domain/audit_act.h"
#include "repo/audit_repo.h"
#include "service/audit_value.h"

/* 64 bytes a leaf and an eighth more rows than its share: 36 MiB a pass at most. */
enum { PASS_LEAVES = 512 * 1024, LEAF_MAX = 256, SUBJECT_PREFIX_MAX = 12 };
enum { PASS_BYTES = 64 * 1024 * 1024 };

struct apps_walk {
    struct merkle tree;
};

static err add_app(struct ctx *c, const void *row, void *arg)
{
    const struct audit_subject_row *r = row;
    struct apps_walk *w = arg;
    if (!str_starts(r->subj, S("application:")))
        return FAIL(c, INTERNAL, "the log has a submission of something else");
    char room[LEAF_MAX];
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    audit_app_leaf(&b, str_sub(r->subj, SUBJECT_PREFIX_MAX, SIZE_MAX), r->idx);
    if (!buf_ok(&b))
        return FAIL(c, INTERNAL, "the log names an application with a long id");
    const struct hash leaf = merkle_leaf_hash(buf_view(&b));
    merkle_add(&w->tree, &leaf);
    return ERR_OK;
}

err audit_apps_root(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t from_idx,
                    int64_t before_idx, struct hash *ret_root, int64_t *ret_count)
{
    struct apps_walk w;
    merkle_init(&w.tree);
    TRY(audit_repo_submissions(c, tx, cycle_id, from_idx, before_idx, add_app, &w));
    *ret_root = merkle_root(&w.tree);
    *ret_count = (int64_t)w.tree.n;
    return ERR_OK;
}

struct score_leaf {
    uint8_t commit[SHA256_N];
    struct hash leaf;
};
struct scores_walk {
    struct arena *mem;
    struct score_leaf *v;
    size_t n, cap;
    uint32_t from, to; /* the range of the commitments' first 16 bits that this pass takes */
};

static bool score_commit(struct str text, uint8_t ret[SHA256_N])
{
    struct entry e;
    const char *why = NULL;
    return entry_read(text, &e, &why) && e.n_commits == 1 &&
           hex_read((struct str){ e.commits[0].hex, 2 * SHA256_N }, ret, SHA256_N);
}

static err leaf_of(struct ctx *c, const uint8_t commit[SHA256_N], struct str id, struct hash *ret)
{
    char hex_room[2 * SHA256_N], room[LEAF_MAX];
    struct buf hex = { .p = hex_room, .cap = sizeof(hex_room), .max = sizeof(hex_room) };
    struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
    hex_write(&hex, commit, SHA256_N);
    audit_score_leaf(&b, buf_view(&hex), id);
    if (!buf_ok(&b))
        return FAIL(c, INTERNAL, "the log names an anonymous application with a long id");
    *ret = merkle_leaf_hash(buf_view(&b));
    return ERR_OK;
}

static err take_score(struct ctx *c, const void *row, void *arg)
{
    const struct audit_score_entry *r = row;
    struct scores_walk *w = arg;
    uint8_t commit[SHA256_N];
    if (!str_starts(r->subj, S("anon:")) || !score_commit(r->entry, commit))
        return FAIL(c, INTERNAL, "the log has a malformed score entry");
    uint32_t first = (uint32_t)commit[0] << 8 | commit[1];
    if (first < w->from || first >= w->to)
        return ERR_OK;
    if (w->n == w->cap)
        return FAIL(c, INTERNAL, "the log's commitments are not spread evenly");
    struct score_leaf *leaf = &w->v[w->n++];
    memcpy(leaf->commit, commit, sizeof(commit));
    return leaf_of(c, commit, str_sub(r->subj, sizeof("anon:") - 1, SIZE_MAX), &leaf->leaf);
}

/* Equal commitments would be a collision of SHA-256; the leaf makes the order a whole one. */
static int by_commit(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct score_leaf));
}

static void add_scores(struct scores_walk *w, struct merkle *tree)
{
    qsort(w->v, w->n, sizeof(*w->v), by_commit);
    for (size_t i = 0; i < w->n; i++)
        merkle_add(tree, &w->v[i].leaf);
}

static err scores_pass(struct ctx *c, struct tx *tx, const struct audit_span *s,
                       struct scores_walk *w, struct merkle *tree)
{
    w->v = arena_try_dirty(w->mem, w->cap, sizeof(*w->v), _Alignof(struct score_leaf));
    if (!w->v)
        return FAIL(c, TOO_LARGE, "too many scores for one root");
    w->n = 0;
    TRY(audit_repo_score_entries(c, tx, s, take_score, w));
    add_scores(w, tree);
    return ERR_OK;
}

static err commits_root(struct ctx *c, struct tx *tx, const struct audit_span *s,
                        struct hash *ret_root, int64_t *ret_count)
{
    int64_t n = 0;
    TRY(audit_repo_count_act(c, tx, s, &n)); /* at least as many as the cycle has */
    const uint32_t passes = (uint32_t)(n / PASS_LEAVES) + 1;
    struct merkle tree;
    merkle_init(&tree);
    for (uint32_t k = 0; k < passes; k++) {
        /* Commitments are keyed hashes, so equal ranges hold equal shares, give or take. */
        size_t cap = passes == 1 ? (size_t)n : (size_t)PASS_LEAVES + PASS_LEAVES / 8;
        struct scores_walk w = {
            .mem = arena_open(c->mem, PASS_BYTES),
            .cap = cap,
            .from = (uint32_t)((uint64_t)k * 65536 / passes),
            .to = (uint32_t)((uint64_t)(k + 1) * 65536 / passes),
        };
        err e = scores_pass(c, tx, s, &w, &tree);
        arena_close(w.mem);
        TRY(e);
    }
    *ret_root = merkle_root(&tree);
    *ret_count = (int64_t)tree.n;
    return ERR_OK;
}

err audit_scores_root(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t from_idx,
                      int64_t before_idx, struct hash *ret_root, int64_t *ret_count)
{
    const struct audit_span s = { S("score.final"), cycle_id, from_idx, before_idx };
    return commits_root(c, tx, &s, ret_root, ret_count);
}

err audit_finalists_root(struct ctx *c, struct tx *tx, struct str cycle_id, int64_t from_idx,
                         int64_t before_idx, struct hash *ret_root, int64_t *ret_count)
{
    const struct audit_span s = { S("selection.score"), cycle_id, from_idx, before_idx };
    return commits_root(c, tx, &s, ret_root, ret_count);
}
