/* Gives the entries that wait their place in the log: index, time, link, leaf; and writes what rows
 * could not know before. One at a time does so, under the lock of the log. */
#include "base/log.h"
#include "base/str.h"
#include "repo/pending_repo.h"
#include "service/audit_inner.h"

enum { BATCH_ROWS = 2000, BATCH_BYTES = 64 << 20 };
#define FRONT (-INT64_MAX) /* before every pending_id; one less would be NULL */

/* The entries of one batch, in its arena. */
struct batch {
    struct arena *mem;
    struct audit_entry_row *entries;
    struct pending_score *scores;
    struct pending_login *logins;
    int64_t *ids;
    size_t n, n_scores, n_logins;
};

static struct batch batch_of(struct arena *mem, size_t rows)
{
    return (struct batch){ .mem = mem,
                           .entries = arena_array(mem, struct audit_entry_row, rows),
                           .scores = arena_array(mem, struct pending_score, rows),
                           .logins = arena_array(mem, struct pending_login, rows),
                           .ids = arena_array(mem, int64_t, rows) };
}

/* What the rows beside the log say of this entry. */
static void note_rows(struct batch *b, const struct entry *e, int64_t drafted_ms,
                      const struct hash *leaf)
{
    if (str_eq(e->act, S("score.final")))
        b->scores[b->n_scores++] = (struct pending_score){
            str_sub(e->subj, sizeof("anon:") - 1, SIZE_MAX),
            hash_hex(b->mem, leaf),
        };
    else if (str_eq(e->act, S("admin.login")) && e->ts_ms != drafted_ms)
        b->logins[b->n_logins++] = (struct pending_login){
            str_sub(e->subj, sizeof("admin:") - 1, SIZE_MAX),
            e->ts_ms * 1000,
        };
}

/* NULL, or why the row is not an entry that waits. */
static const char *read_draft(struct ctx *c, const struct pending_row *r, struct entry *ret)
{
    const char *why = NULL;
    if (!entry_read(r->draft, ret, &why))
        return why ? why : "not an entry";
    if (!str_eq(ret->log, audit_origin_of(c)))
        return "it belongs to another log";
    if (!str_eq(ret->act, r->act) || !str_eq(ret->subj, r->subj) ||
        !str_eq(ret->cycle, r->cycle_id))
        return "its columns differ from the draft";
    return NULL;
}

static err place_row(struct ctx *c, struct audit_head *head, const struct pending_row *r,
                     struct batch *b)
{
    struct entry e;
    const char *why = read_draft(c, r, &e);
    const int64_t drafted_ms = why ? 0 : e.ts_ms;
    struct buf out;
    struct entry_place place;
    buf_init(&out, b->mem, ENTRY_MAX);
    if (!why && !audit_place(head, &e, &out, &place))
        why = "it is too long";
    if (why) {
        log_event(c->deps->log, LOG_ERROR, "audit.draft_refused",
                  LOG_I("pending_id", r->pending_id), LOG_Z("why", why));
        return ERR_OK;
    }
    struct audit_entry_row *row = &b->entries[b->n];
    *row = place.row;
    row->leaf = str_keep(b->mem, place.row.leaf);
    b->ids[b->n++] = r->pending_id;
    note_rows(b, &e, drafted_ms, &place.leaf);
    audit_head_pass(head, &place);
    return ERR_OK;
}

static err write_batch(struct ctx *c, struct tx *tx, const struct batch *b)
{
    TRY(audit_repo_insert_many(c, tx, b->entries, b->n));
    TRY(pending_fill_scores(c, tx, b->scores, b->n_scores));
    TRY(pending_fill_logins(c, tx, b->logins, b->n_logins));
    /* By id: rows that were committed since the page was read are not among them. */
    return pending_delete(c, tx, b->ids, b->n);
}

struct span {
    int64_t after, last; /* the id behind which the batch begins, and that of its last row */
    size_t read, moved;
};

/* c->mem is the batch's. */
static err run_batch(struct ctx *c, struct tx *tx, struct audit_head *head, struct span *s)
{
    struct list rows = { 0 };
    TRY(pending_page(c, tx, s->after, BATCH_ROWS, &rows));
    const struct pending_row *r = rows.v;
    struct batch b = batch_of(c->mem, rows.n + 1);
    if (rows.n)
        TRY(audit_head_ready(c, tx, head));
    for (size_t i = 0; i < rows.n; i++)
        TRY(place_row(c, head, &r[i], &b));
    TRY(write_batch(c, tx, &b));
    s->last = rows.n ? r[rows.n - 1].pending_id : s->after;
    s->read = rows.n;
    s->moved = b.n;
    return ERR_OK;
}

static err one_batch(struct ctx *c, struct tx *tx, struct audit_head *head, struct span *s)
{
    struct arena *outer = c->mem;
    c->mem = arena_open(outer, BATCH_BYTES);
    err e = run_batch(c, tx, head, s);
    struct arena *mem = c->mem;
    c->mem = outer;
    if (e == ERR_OK)
        arena_close(mem); /* else it may hold the fault's issues, and goes with its parent */
    return e;
}

err audit_hold(struct ctx *c, struct tx *tx, struct audit_head *head)
{
    if (!audit_waits(c, head))
        return ERR_OK;
    struct span s = { .after = FRONT };
    TRY(tx_lock(c, tx, S(AUDIT_LOCK), LOCK_EXCLUSIVE));
    TRY(query_later_flush(c, tx));
    *head = (struct audit_head){ .held = true };
    do {
        TRY(one_batch(c, tx, head, &s));
        s.after = s.last;
    } while (s.read == BATCH_ROWS);
    return ERR_OK;
}

static err any_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return pending_any(c, tx, arg);
}

/* A replica may be behind. */
static err look(struct ctx *c, bool *ret_any)
{
    const bool replica_ok = c->replica_ok;
    c->replica_ok = false;
    err e = tx_run(c, TX_READ, any_tx, ret_any);
    c->replica_ok = replica_ok;
    return e;
}

static err sequence_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct audit_head head = { .held = true };
    TRY(tx_lock(c, tx, S(AUDIT_LOCK), LOCK_EXCLUSIVE));
    return one_batch(c, tx, &head, arg);
}

err audit_sequence(struct ctx *c, size_t *ret_moved)
{
    bool any = false;
    size_t moved = 0;
    struct span s = { .after = FRONT };
    if (!db_read_only(c->deps->db))
        TRY(look(c, &any));
    while (any) {
        TRY(tx_run(c, TX_WRITE, sequence_tx, &s));
        s.after = s.last;
        moved += s.moved;
        any = s.read == BATCH_ROWS;
    }
    *ret_moved = moved;
    return ERR_OK;
}

static err stats_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return pending_stats(c, tx, arg);
}

err audit_waiting(struct ctx *c, struct audit_waiting *ret)
{
    struct pending_stats s = { 0 };
    TRY(tx_run(c, TX_READ, stats_tx, &s));
    const int64_t age_us = s.oldest_at ? c->now_us - s.oldest_at : 0;
    *ret = (struct audit_waiting){ s.n, age_us > 0 ? age_us : 0 };
    return ERR_OK;
}
