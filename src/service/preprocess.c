/* Preprocessing, stage "scrub": a chunk is read, made anonymous outside any transaction, and
 * written whole in one, with its log entries and the end of its lease. */
#include "service/preprocess.h"

#include "base/str.h"
#include "codec/canon.h"
#include "crypto/commit.h"
#include "service/cycle_support.h"
#include "service/preprocess_item.h"

enum { ROWS_MAX = 20000, HELD_DATA_MAX = 1024, ITEM_MEM_MAX = 16 * 1024 * 1024 };

struct scrub_call {
    const struct chunk *k;
    struct list sources;      /* struct scrub_source */
    struct list held;         /* struct scrub_held */
    struct scrub_item *items; /* by anonymous id */
    struct scrub_item **by_application;
    size_t n;
};

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct scrub_call *q = arg;
    const struct order_range r = { .cycle_id = q->k->cycle_id,
                                   .from = q->k->from,
                                   .last = q->k->to == INT64_MAX ? INT64_MAX : q->k->to - 1 };
    TRY(scrub_held_rows(c, tx, &r, ROWS_MAX, &q->held));
    TRY(scrub_sources(c, tx, &r, ROWS_MAX, &q->sources));
    if (q->sources.n == ROWS_MAX || q->held.n == ROWS_MAX)
        return FAIL(c, TOO_LARGE, "A part of the job holds too many applications");
    return ERR_OK;
}

static err log_item(struct ctx *c, struct tx *tx, struct audit_head *head, struct str cycle_id,
                    const struct scrub_item *item)
{
    uint8_t key[SUBJECT_KEY_N];
    TRY(subject_key_create(c, tx, item->subject, key));
    const struct audit_new n = {
        .act = "identity.scrub",
        .actor = S("system"),
        .cycle = cycle_id,
        .subj = item->subject,
        .key_subject = item->subject,
        .values = { { S("map"), item->map } },
        .n_values = 1,
    };
    err e = audit_append_keyed(c, tx, head, &n, key, NULL);
    secret_wipe(key, sizeof(key));
    return e;
}

static err log_held(struct ctx *c, struct tx *tx, struct audit_head *head, struct str cycle_id,
                    const struct scrub_item *item)
{
    struct buf b;
    buf_init(&b, c->mem, HELD_DATA_MAX);
    buf_lit(&b, "{\"reason\":");
    canon_str(&b, item->row.held_reason);
    buf_c(&b, '}');
    const struct audit_new n = {
        .act = "identity.held",
        .actor = S("system"),
        .cycle = cycle_id,
        .subj = item->subject,
        .data = buf_view(&b),
    };
    return audit_append(c, tx, head, &n, NULL);
}

static err log_both(struct ctx *c, struct tx *tx, const struct scrub_call *q,
                    struct audit_head *head, const struct scrub_item *item)
{
    TRY(log_item(c, tx, head, q->k->cycle_id, item));
    return item->row.held_reason.p ? log_held(c, tx, head, q->k->cycle_id, item) : ERR_OK;
}

/* What one entry needs is given back before the next. */
static err log_items(struct ctx *c, struct tx *tx, const struct scrub_call *q,
                     struct audit_head *head)
{
    struct arena *mem = c->mem, *item_mem = arena_open(mem, ITEM_MEM_MAX);
    err e = ERR_OK;
    c->mem = item_mem;
    for (size_t i = 0; i < q->n && e == ERR_OK; i++) {
        if (!q->items[i].skip)
            e = log_both(c, tx, q, head, &q->items[i]);
        if (e == ERR_OK)
            arena_reset(item_mem);
    }
    c->mem = mem;
    if (e == ERR_OK)
        arena_close(item_mem); /* else it may hold the fault's issues, and goes with its parent */
    return e;
}

/* Statuses move at the end of the stage, all at once (anon_settle); until then the anonymous row
 * says that an application is done. A held one stays finalized: the gate counts it until a person
 * has decided. *ret_done: those that need nothing more. */
static err claim_items(struct ctx *c, struct tx *tx, const struct scrub_call *q, int64_t *ret_done)
{
    int64_t done = 0;
    for (size_t i = 0; i < q->n; i++) {
        struct scrub_item *item = q->by_application[i];
        item->skip = item->failure != NULL;
        if (item->failure || item->row.held_reason.p)
            continue;
        bool is_free = false;
        TRY(anon_is_free(c, tx, item->row.application_id, &is_free));
        item->skip = !is_free; /* withdrawn, or done by another */
        done += is_free;
    }
    *ret_done = done;
    return ERR_OK;
}

typedef err insert_fn(struct ctx *c, struct tx *tx, const struct anon_row *r);

static err insert_rows(struct ctx *c, struct tx *tx, const struct scrub_call *q, insert_fn *insert)
{
    for (size_t i = 0; i < q->n; i++)
        if (!q->items[i].skip)
            TRY(insert(c, tx, &q->items[i].row));
    return ERR_OK;
}

/* Table by table, each in the order of its widest index. */
static err write_items(struct ctx *c, struct tx *tx, const struct scrub_call *q, int64_t *ret_done)
{
    struct audit_head head = { 0 };
    TRY(claim_items(c, tx, q, ret_done));
    TRY(insert_rows(c, tx, q, anon_insert_row));
    TRY(insert_rows(c, tx, q, anon_insert_texts));
    TRY(insert_rows(c, tx, q, anon_insert_mapping));
    for (size_t i = 0; i < q->n; i++)
        if (!q->by_application[i]->skip)
            TRY(anon_insert_metrics(c, tx, &q->by_application[i]->row));
    return log_items(c, tx, q, &head);
}

static err fail_item(struct ctx *c, struct tx *tx, const struct chunk *k, struct str application,
                     struct str held_reason, const char *failure)
{
    struct str why = str_of(failure);
    if (held_reason.p)
        why = str_fmt(c->mem, "held for review: %.*s", STR_ARG(held_reason));
    return chunk_failure(c, tx, k, application, why);
}

static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct scrub_call *q = arg;
    int64_t done = 0, failed = 0;
    TRY(write_items(c, tx, q, &done));
    for (size_t i = 0; i < q->n; i++) {
        const struct scrub_item *item = &q->items[i];
        if (!item->failure && !item->row.held_reason.p)
            continue;
        TRY(fail_item(c, tx, q->k, item->row.application_id, item->row.held_reason, item->failure));
        failed++;
    }
    const struct scrub_held *held = q->held.v;
    for (size_t i = 0; i < q->held.n; i++, failed++)
        TRY(fail_item(c, tx, q->k, held[i].application_id, held[i].held_reason, "held for review"));
    bool last = false;
    TRY(chunk_done(c, tx, q->k, done, failed, &last));
    if (!last)
        return ERR_OK;
    TRY(cycle_lock(c, tx, q->k->cycle_id, LOCK_EXCLUSIVE));
    TRY(anon_settle(c, tx, q->k->cycle_id, c->now_us));
    return job_next_stage(c, tx, q->k, "rank", 0);
}

err preprocess_scrub_chunk(struct ctx *c, const struct chunk *k)
{
    struct scrub_call q = { .k = k };
    int64_t renewed_us = 0;
    TRY(chunk_keep(c, k, &renewed_us));
    TRY(tx_run(c, TX_READ, read_tx, &q));
    const struct scrub_source *s = q.sources.v;
    q.n = q.sources.n;
    q.items = arena_try(c->mem, q.n + 1, sizeof(*q.items), _Alignof(struct scrub_item));
    q.by_application = arena_try(c->mem, q.n + 1, sizeof(void *), _Alignof(void *));
    if (!q.items || !q.by_application)
        return FAIL(c, TOO_LARGE, "A part of the job is too large for its memory");
    const struct scrub_slot slot = scrub_slot_of(c, k->job_id, k->number, k->of);
    struct arena *mem = c->mem, *item_mem = arena_open(mem, ITEM_MEM_MAX);
    for (size_t i = 0; i < q.n; i++) {
        c->mem = item_mem;
        err e = scrub_item_make(c, k->cycle_id, &slot, &s[i], &q.items[i]);
        c->mem = mem;
        TRY(e);
        scrub_item_keep(mem, &q.items[i]);
        arena_reset(item_mem);
        TRY(chunk_keep(c, k, &renewed_us));
    }
    arena_close(item_mem);
    scrub_items_sort(q.items, q.n);
    for (size_t i = 0; i < q.n; i++)
        q.by_application[i] = &q.items[i];
    scrub_items_by_application(q.by_application, q.n);
    return tx_run(c, TX_WRITE, write_tx, &q);
}
