/* Preprocessing, stage "scrub": a chunk is read, made anonymous outside any transaction, and
 * written whole in one, with its log entries and the end of its lease. */
#include "service/preprocess.h"

#include "base/str.h"
#include "codec/canon.h"
#include "crypto/commit.h"
#include "service/audit_log.h"
#include "service/cycle_support.h"
#include "service/preprocess_item.h"
#include "service/scrub_policy.h"

enum { ROWS_MAX = 20000, HELD_DATA_MAX = 1024, ITEM_MEM_MAX = 16 * 1024 * 1024 };

struct scrub_call {
    const struct chunk *k;
    struct order_range range;
    struct scrub_policy policy; /* of the cycle: locked since preprocessing began */
    struct list sources;        /* struct scrub_source */
    struct list held;           /* struct scrub_held */
    struct scrub_item *items;   /* by anonymous id */
    size_t n;
    int64_t left; /* how many had left the cycle when the sources were read */
    int64_t renewed_us;
    bool careful; /* another wrote rows of these applications: look at each again */
};

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct scrub_call *q = arg;
    bool any_done = false;
    int64_t version = 0;
    q->held = (struct list){ 0 };
    TRY(scrub_policy_of(c, tx, q->k->cycle_id, &q->policy, &version));
    TRY(anon_left_count(c, tx, q->k->cycle_id, &q->left));
    TRY(scrub_sources(c, tx, &q->range, ROWS_MAX, &q->sources));
    const struct scrub_source *s = q->sources.v;
    for (size_t i = 0; i < q->sources.n; i++)
        any_done = any_done || s[i].done;
    if (any_done)
        TRY(scrub_held_rows(c, tx, &q->range, ROWS_MAX, &q->held));
    if (q->sources.n == ROWS_MAX || q->held.n == ROWS_MAX)
        return FAIL(c, TOO_LARGE, "A part of the job holds too many applications");
    return ERR_OK;
}

static err log_item(struct ctx *c, struct tx *tx, struct audit_head *head, struct str cycle_id,
                    const struct scrub_item *item)
{
    const struct audit_new n = {
        .act = "identity.scrub",
        .actor = S("system"),
        .cycle = cycle_id,
        .subj = item->wrapped.subject,
        .key_subject = item->wrapped.subject,
        .values = { { S("map"), item->map } },
        .n_values = 1,
    };
    return audit_append_keyed(c, tx, head, &n, item->key, NULL);
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
        .subj = item->wrapped.subject,
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
static err log_items(struct ctx *c, struct tx *tx, const struct scrub_call *q)
{
    struct audit_head head = { 0 };
    struct arena *mem = c->mem, *item_mem = arena_open(mem, ITEM_MEM_MAX);
    err e = ERR_OK;
    c->mem = item_mem;
    for (size_t i = 0; i < q->n && e == ERR_OK; i++) {
        if (!q->items[i].skip)
            e = log_both(c, tx, q, &head, &q->items[i]);
        if (e == ERR_OK)
            arena_reset(item_mem);
    }
    c->mem = mem;
    if (e == ERR_OK)
        arena_close(item_mem); /* else it may hold the fault's issues, and goes with its parent */
    return e;
}

static int by_id(const void *a, const void *b)
{
    const struct scrub_free *x = a, *y = b;
    return str_cmp(x->application_id, y->application_id);
}

/* Those that nobody has done and that are still in the cycle. Reading each row once more costs a
 * page for most of them; when nobody left the cycle meanwhile, that the rows are new is left to the
 * unique index, whose refusal makes the chunk look at each. */
static err skip_others(struct ctx *c, struct tx *tx, struct scrub_call *q)
{
    struct list open = { 0 };
    int64_t left = 0;
    TRY(anon_left_count(c, tx, q->k->cycle_id, &left));
    for (size_t i = 0; i < q->n; i++)
        q->items[i].skip = q->items[i].failure != NULL;
    if (!q->careful && left == q->left)
        return ERR_OK;
    TRY(scrub_free_rows(c, tx, &q->range, ROWS_MAX, &open));
    if (open.n > 1)
        qsort(open.v, open.n, sizeof(struct scrub_free), by_id);
    for (size_t i = 0; i < q->n; i++) {
        const struct scrub_free key = { q->items[i].row.application_id };
        if (open.n == 0 || !bsearch(&key, open.v, open.n, sizeof(key), by_id))
            q->items[i].skip = true;
    }
    return ERR_OK;
}

/* Statuses move at the end of the stage, all at once (anon_settle); until then the anonymous row
 * says that an application is done. A held one stays finalized: the gate counts it until a person
 * has decided. *ret_done: those that need nothing more. */
static err claim_items(struct ctx *c, struct tx *tx, struct scrub_call *q, int64_t *ret_done)
{
    int64_t done = 0;
    TRY(skip_others(c, tx, q));
    for (size_t i = 0; i < q->n; i++)
        done += !q->items[i].skip && !q->items[i].row.held_reason.p;
    *ret_done = done;
    return ERR_OK;
}

/* Table by table, each in the order of the anonymous ids. */
static err insert_items(struct ctx *c, struct tx *tx, const struct scrub_call *q)
{
    struct anon_row *rows = arena_try(c->mem, q->n + 1, sizeof(*rows), _Alignof(struct anon_row));
    struct audit_key_row *keys =
        arena_try(c->mem, q->n + 1, sizeof(*keys), _Alignof(struct audit_key_row));
    size_t n = 0;
    if (!rows || !keys)
        return FAIL(c, TOO_LARGE, "A part of the job is too large for its memory");
    for (size_t i = 0; i < q->n; i++) {
        if (q->items[i].skip)
            continue;
        rows[n] = q->items[i].row;
        keys[n++] = q->items[i].wrapped;
    }
    TRY(anon_insert(c, tx, rows, n));
    return audit_repo_key_insert(c, tx, keys, n);
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
    struct scrub_call *q = arg;
    int64_t done = 0, failed = 0;
    TRY(claim_items(c, tx, q, &done));
    TRY(insert_items(c, tx, q));
    TRY(log_items(c, tx, q));
    for (size_t i = 0; i < q->n; i++) {
        const struct scrub_item *item = &q->items[i];
        if (!item->failure && (item->skip || !item->row.held_reason.p))
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

/* Makes every item of the chunk that has none yet; what one needs is given back before the next. */
static err make_items(struct ctx *c, struct scrub_call *q)
{
    const struct chunk *k = q->k;
    const struct scrub_slot slot = scrub_slot_of(c, k->job_id, k->number, k->of);
    const struct scrub_source *s = q->sources.v;
    struct arena *mem = c->mem, *item_mem = arena_open(mem, ITEM_MEM_MAX);
    for (size_t i = 0; i < q->sources.n; i++) {
        struct scrub_item *item = &q->items[q->n];
        if (s[i].done)
            continue;
        c->mem = item_mem;
        err e = scrub_item_make(c, k->cycle_id, &q->policy, &slot, &s[i], item);
        c->mem = mem;
        TRY(e);
        q->n++;
        scrub_item_keep(mem, item);
        arena_reset(item_mem);
        TRY(chunk_keep(c, k, &q->renewed_us));
    }
    arena_close(item_mem);
    scrub_items_sort(q->items, q->n);
    return ERR_OK;
}

static err write_chunk(struct ctx *c, struct scrub_call *q)
{
    const err e = tx_run(c, TX_WRITE, write_tx, q);
    if (e != ERR_CONFLICT)
        return e;
    fault_clear(c);
    q->careful = true;
    return tx_run(c, TX_WRITE, write_tx, q);
}

err preprocess_scrub_chunk(struct ctx *c, const struct chunk *k)
{
    struct scrub_call q = { .k = k,
                            .range = { .cycle_id = k->cycle_id,
                                       .from = k->from,
                                       .last = k->to == INT64_MAX ? INT64_MAX : k->to - 1 } };
    TRY(chunk_keep(c, k, &q.renewed_us));
    TRY(tx_run(c, TX_READ, read_tx, &q));
    const size_t most = q.sources.n + 1;
    q.items = arena_try(c->mem, most, sizeof(*q.items), _Alignof(struct scrub_item));
    if (!q.items)
        return FAIL(c, TOO_LARGE, "A part of the job is too large for its memory");
    err e = make_items(c, &q);
    if (e == ERR_OK)
        e = write_chunk(c, &q);
    for (size_t i = 0; i < q.n; i++)
        secret_wipe(q.items[i].key, sizeof(q.items[i].key));
    return e;
}
