/* What came from an original installation against the log: the rows of its two chains, verified
 * again by its own rules, and the decisions of cycles that were finished before. */
#include "base/str.h"
#include "crypto/commit.h"
#include "repo/audit_repo.h"
#include "repo/legacy_repo.h"
#include "service/audit_log.h"
#include "service/legacy_bind.h"
#include "service/verify_inner.h"

void legacy_take(struct verify *v, const struct entry *e)
{
    struct legacy_segment *s = arena_new(v->keep, struct legacy_segment);
    struct str kind, head, root;
    s->idx = e->idx;
    if (!data_i64(v, e->data, "first", &s->first) || !data_i64(v, e->data, "last", &s->last) ||
        !data_i64(v, e->data, "count", &s->count) || !data_i64(v, e->data, "breaks", &s->breaks) ||
        !data_str(v, e->data, "kind", &kind) || !data_str(v, e->data, "head", &head) ||
        !data_str(v, e->data, "root", &root) || names_find(&legacy_kind_names, kind) < 0) {
        finding(v, e->idx, "entry.format", "import.legacy has values of another kind");
        return;
    }
    s->kind = (enum legacy_kind)names_find(&legacy_kind_names, kind);
    s->head = str_keep(v->keep, head);
    s->root = str_keep(v->keep, root);
    if (v->last_segment)
        v->last_segment->next = s;
    else
        v->segments = s;
    v->last_segment = s;
}

struct broken_list {
    struct verify *v;
    struct verify_legacy *out;
};

static void add_broken(void *arg, int64_t id, unsigned bits)
{
    const struct broken_list *b = arg;
    if (b->out->broken.n < VERIFY_BROKEN_MAX)
        ((struct str *)b->out->broken.v)[b->out->broken.n++] =
            str_fmt(b->v->keep, "%lld: %s", (long long)id, legacy_break_text(bits));
}

static err check_segment(struct ctx *c, struct verify *v, const struct legacy_segment *s,
                         struct legacy_chain *ch)
{
    struct verify_legacy *out = &v->legacy[s->kind];
    struct broken_list broken = { v, out };
    struct legacy_span span = { s->kind, s->first, s->last, { NULL, 0 } };
    if (out->rows)
        span.before = str_keep(v->keep, str_of(ch->head));
    const err e = legacy_chain_read(c, v->tx, &span, add_broken, &broken, ch);
    if (e != ERR_OK)
        return finding_from(c, v, s->idx, "legacy.read", e);
    const struct hash root = merkle_root(&ch->tree);
    char hex[2 * SHA256_N + 1];
    hex_of(hex, root.b, SHA256_N);
    out->rows += ch->count;
    out->breaks += ch->breaks;
    if (ch->count != s->count || ch->breaks != s->breaks || !str_eq(s->root, str_of(hex)))
        finding(v, s->idx, "legacy.rows", "the %s rows %lld to %lld are not those imported",
                legacy_kind_names.v[s->kind], (long long)s->first, (long long)s->last);
    else if (s->head.n && !str_eq(s->head, str_of(ch->head)))
        finding(v, s->idx, "legacy.head", "the %s chain ends in another hash",
                legacy_kind_names.v[s->kind]);
    return ERR_OK;
}

static err check_size(struct ctx *c, struct verify *v, enum legacy_kind kind)
{
    struct legacy_tail tail = { 0 };
    const err e = legacy_tail(c, v->tx, kind, &tail);
    if (e != ERR_OK)
        return finding_from(c, v, -1, "legacy.read", e);
    if (tail.rows != v->legacy[kind].rows)
        finding(v, -1, "legacy.extra", "%lld %s rows are stored, %lld were imported",
                (long long)tail.rows, legacy_kind_names.v[kind], (long long)v->legacy[kind].rows);
    return ERR_OK;
}

err verify_legacy(struct ctx *c, struct verify *v)
{
    for (int i = 0; i < 2; i++) {
        const enum legacy_kind kind = (enum legacy_kind)i;
        struct legacy_chain ch = { .count = 0 };
        v->legacy[i].kind = str_of(legacy_kind_names.v[i]);
        v->legacy[i].broken.v = arena_array(v->keep, struct str, VERIFY_BROKEN_MAX);
        for (const struct legacy_segment *s = v->segments; s; s = s->next)
            if (s->kind == kind)
                TRY(check_segment(c, v, s, &ch));
        TRY(check_size(c, v, kind));
    }
    return ERR_OK;
}

static bool opens(const struct cycle_facts_log *cy, const uint8_t key[SUBJECT_KEY_N],
                  struct str value)
{
    const struct hash salt = commit_salt(key, S("decisions"), str_of(cy->decisions_nonce));
    const struct hash h = commit_value(&salt, S("decisions"), value);
    char hex[2 * SHA256_N + 1];
    hex_of(hex, h.b, SHA256_N);
    return memcmp(hex, cy->decisions_hex, 2 * SHA256_N) == 0;
}

err verify_decisions(struct ctx *c, struct verify *v, const struct cycle_facts_log *cy)
{
    uint8_t key[SUBJECT_KEY_N];
    struct str value = { 0 };
    const struct str subject = str_fmt(v->keep, "cycle:%.*s", STR_ARG(cy->id));
    err e = subject_key_open(c, v->tx, subject, key);
    if (e != ERR_OK)
        return finding_from(c, v, cy->decisions_idx, "row.key", e);
    e = legacy_verdicts_canon(c, v->tx, cy->id, &value);
    if (e == ERR_OK && !opens(cy, key, value))
        finding(v, cy->decisions_idx, "row.selection",
                "cycle %.*s: the decisions are not those that were imported", STR_ARG(cy->id));
    secret_wipe(key, sizeof(key));
    return finding_from(c, v, cy->decisions_idx, "row.selection", e);
}
