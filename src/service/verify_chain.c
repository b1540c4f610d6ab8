/* The log by itself: one pass over the entries in order of their index. */
#include "base/str.h"
#include "codec/canon.h"
#include "crypto/commit.h"
#include "crypto/fernet.h"
#include "repo/audit_repo.h"
#include "service/verify_inner.h"

enum { AHEAD_MS = 5 * 60 * 1000, PROGRESS_EVERY = 65536 };

/* The columns are copies for look-ups, and rows are found by them: each must say what the bytes
 * say. */
static void check_columns(struct verify *v, const struct audit_entry_row *r, const struct entry *e)
{
    const char *bad = NULL;
    if (r->ts != e->ts_ms)
        bad = "ts";
    else if (!str_eq(r->act, e->act))
        bad = "act";
    else if (!str_eq(r->actor, e->actor))
        bad = "actor";
    else if (!str_eq(r->subj, e->subj) || !r->subj.p != !e->subj.p)
        bad = "subj";
    else if (!str_eq(r->cycle_id, e->cycle) || !r->cycle_id.p != !e->cycle.p)
        bad = "cycle_id";
    if (bad)
        finding(v, r->idx, "entry.columns", "column %s differs from the entry", bad);
}

static void check_time(struct verify *v, const struct audit_entry_row *r, const struct entry *e)
{
    if (e->ts_ms < v->last_ts)
        finding(v, r->idx, "chain.time", "the time is before that of the entry before");
    if (e->ts_ms > v->now_ms + AHEAD_MS)
        finding(v, r->idx, "chain.time", "the time is more than five minutes ahead");
    if (e->ts_ms > v->last_ts)
        v->last_ts = e->ts_ms;
    if (v->count == 0)
        v->first_ts = e->ts_ms;
}

/* log.init stands first and once, and says whose key signs; key.rotate hands over. */
static void check_key(struct verify *v, const struct audit_entry_row *r, const struct entry *e)
{
    const bool init = str_eq(e->act, S("log.init"));
    if (init != (r->idx == 0))
        finding(v, r->idx, "chain.init", "log.init must be the first entry, and only that");
    struct str next;
    if (init && data_str(v, e->data, "vkey", &next))
        v->vkey = str_keep(v->keep, next);
    struct str old;
    if (!str_eq(e->act, S("key.rotate")) || !data_str(v, e->data, "new", &next) ||
        !data_str(v, e->data, "old", &old))
        return;
    if (!str_eq(old, v->vkey))
        finding(v, r->idx, "chain.key", "the key that was given up is not the one in use");
    v->vkey = str_keep(v->keep, next);
}

static bool about_keys(struct str act)
{
    return str_starts(act, S("log.")) || str_starts(act, S("key."));
}

static void check_entry(struct verify *v, const struct audit_entry_row *r, const char *leaf_hex)
{
    struct entry e;
    const char *why = NULL;
    if (!entry_read(r->entry, &e, &why)) {
        finding(v, r->idx, "entry.format", "%s", why ? why : "not an entry");
        return;
    }
    if (e.idx != r->idx)
        finding(v, r->idx, "chain.idx", "the entry says that its index is %lld", (long long)e.idx);
    if (!str_eq(e.log, v->origin))
        finding(v, r->idx, "entry.log", "the entry belongs to another log");
    if (memcmp(e.prev_hex.p, v->last_hex, 2 * SHA256_N) != 0)
        finding(v, r->idx, "chain.prev", "prev is not the leaf of the entry before");
    check_columns(v, r, &e);
    check_time(v, r, &e);
    if (r->idx == 0 || about_keys(e.act))
        check_key(v, r, &e);
    facts_take(v, &e, leaf_hex);
}

static err chain_row(struct ctx *c, const void *row, void *arg)
{
    (void)c;
    const struct audit_entry_row *r = row;
    struct verify *v = arg;
    if (r->idx != v->next_idx)
        finding(v, r->idx, "chain.gap", "entries %lld to %lld are missing", (long long)v->next_idx,
                (long long)r->idx - 1);
    const struct hash leaf = merkle_leaf_hash(r->entry);
    if (r->leaf.n != SHA256_N || memcmp(r->leaf.p, leaf.b, SHA256_N) != 0)
        finding(v, r->idx, "chain.leaf", "the leaf is not the hash of the entry");
    char leaf_hex[2 * SHA256_N + 1];
    hex_of(leaf_hex, leaf.b, SHA256_N);
    check_entry(v, r, leaf_hex);
    memcpy(v->last_hex, leaf_hex, sizeof(leaf_hex));
    merkle_add(&v->tree, &leaf);
    v->next_idx = r->idx + 1;
    v->max_idx = r->idx;
    v->count++;
    if (v->o->progress && v->count % PROGRESS_EVERY == 0)
        v->o->progress(v->o->arg, v->count, -1);
    return ERR_OK;
}

err verify_chain(struct ctx *c, struct verify *v)
{
    merkle_init(&v->tree);
    const struct hash genesis = log_genesis(v->origin);
    hex_of(v->last_hex, genesis.b, SHA256_N);
    int64_t from = 0;
    /* A row that cannot be read at all is a finding, and reading goes on behind it. */
    for (int tries = 0; tries < VERIFY_INVALID_MAX; tries++) {
        err e = audit_repo_from(c, v->tx, from, chain_row, v);
        if (e == ERR_OK)
            break;
        int64_t bad = -1;
        bool found = false;
        TRY(finding_from(c, v, v->next_idx, "entry.type", e));
        e = verify_next_idx(c, v->tx, v->next_idx - 1, &bad, &found);
        if (e != ERR_OK)
            return finding_from(c, v, v->next_idx, "entry.read", e);
        if (!found)
            break;
        from = v->next_idx = bad + 1;
    }
    if (v->o->progress)
        v->o->progress(v->o->arg, v->count, v->count);
    if (v->count == 0)
        finding(v, -1, "chain.empty", "the log has no entries");
    else if (!str_eq(v->vkey, str_of(c->deps->keys->log_vkey)))
        finding(v, 0, "chain.key", "the log was not written under this installation's key");
    return ERR_OK;
}
