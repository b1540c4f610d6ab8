/* Jobs as people see them: made, listed, cancelled. Chunks are in job_chunk.c. */
#include "service/job.h"

#include "base/str.h"
#include "codec/id.h"
#include "service/settings.h"

enum {
    CHUNKS_MAX = 100000, /* of one stage */
    CHUNK_ITEMS_DEFAULT = 500,
    CHUNK_ITEMS_MAX = 5000, /* what one transaction and one arena may hold */
    JOB_LIST_MAX = 1000,
};

static int64_t chunks_for(struct ctx *c, int64_t total)
{
    int64_t items = c->deps->settings ? c->deps->settings->chunk_items : 0;
    if (items <= 0)
        items = CHUNK_ITEMS_DEFAULT;
    if (items > CHUNK_ITEMS_MAX)
        items = CHUNK_ITEMS_MAX;
    int64_t n = total > 0 ? (total - 1) / items + 1 : 1;
    return n > CHUNKS_MAX ? CHUNKS_MAX : n;
}

static err chunks_insert(struct ctx *c, struct tx *tx, struct str job_id, struct str stage,
                         int64_t total)
{
    int64_t n = chunks_for(c, total);
    struct job_args a = { .job_id = job_id, .stage = stage };
    for (a.chunk = 0; a.chunk < n; a.chunk++)
        TRY(chunk_insert(c, tx, &a));
    return ERR_OK;
}

err job_create(struct ctx *c, struct tx *tx, const struct job_new *n, struct str *ret_job_id)
{
    bool found = false;
    TRY(job_active(c, tx, str_of(n->kind), n->cycle_id, &found));
    if (found)
        return FAIL(c, CONFLICT, "A %s job of this cycle is still running", n->kind);
    struct job j = { .job_id = id_sortable(c, "JOB_"),
                     .kind = str_of(n->kind),
                     .admission_cycle_id = n->cycle_id,
                     .state = JOB_QUEUED,
                     .params = n->params.p ? n->params : S("{}"),
                     .stage = str_of(n->first_stage),
                     .total = n->total,
                     .created_at = c->now_us };
    if (c->who)
        j.requested_by = c->who->id;
    TRY(job_insert(c, tx, &j));
    TRY(chunks_insert(c, tx, j.job_id, j.stage, n->total));
    *ret_job_id = j.job_id;
    return ERR_OK;
}

err job_next_stage(struct ctx *c, struct tx *tx, const struct chunk *k, const char *next_stage,
                   int64_t total)
{
    struct job_args a = { .job_id = k->job_id, .now = c->now_us, .total = total };
    int64_t changed = 0;
    if (!next_stage) {
        TRY(job_mark_completed(c, tx, &a, &changed));
    } else {
        a.stage = str_of(next_stage);
        TRY(job_move_stage(c, tx, &a, &changed));
        TRY(chunks_insert(c, tx, k->job_id, a.stage, total));
    }
    if (changed != 1)
        return FAIL(c, CONFLICT, "The job is no longer running");
    return ERR_OK;
}

struct job_call {
    struct str job_id, cycle_id, cursor;
    size_t limit;
    struct job job;
    struct list rows;
};

static err get_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct job_call *q = arg;
    bool found = false;
    TRY(job_load(c, tx, q->job_id, &q->job, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "Job not found");
}

err job_get(struct ctx *c, struct str job_id, struct job *ret)
{
    struct job_call q = { .job_id = job_id };
    TRY(tx_run(c, TX_READ, get_tx, &q));
    *ret = q.job;
    return ERR_OK;
}

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct job_call *q = arg;
    return job_rows(c, tx, q->cycle_id, q->cursor, q->limit, &q->rows);
}

static size_t limit_of(int64_t limit)
{
    if (limit < 1)
        return 1;
    return limit > JOB_LIST_MAX ? JOB_LIST_MAX : (size_t)limit;
}

err job_list(struct ctx *c, struct str cycle_id, int64_t limit, struct str cursor, struct list *ret,
             struct str *ret_next)
{
    size_t n = limit_of(limit);
    struct job_call q = { .cycle_id = cycle_id, .cursor = cursor, .limit = n + 1 };
    if (cursor.p && !id_valid(cursor))
        return FAIL(c, BAD_REQUEST, "Invalid cursor");
    TRY(tx_run(c, TX_READ, list_tx, &q));
    struct str next = { 0 };
    if (q.rows.n > n) {
        q.rows.n = n;
        next = ((const struct job *)q.rows.v)[n - 1].job_id;
    }
    *ret = q.rows;
    *ret_next = next;
    return ERR_OK;
}

static err failures_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct job_call *q = arg;
    TRY(get_tx(c, tx, arg));
    return job_failure_rows(c, tx, q->job_id, q->limit, &q->rows);
}

err job_failures(struct ctx *c, struct str job_id, int64_t limit, struct list *ret)
{
    struct job_call q = { .job_id = job_id, .limit = limit_of(limit) };
    TRY(tx_run(c, TX_READ, failures_tx, &q));
    *ret = q.rows;
    return ERR_OK;
}

static err cancel_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct job_call *q = arg;
    TRY(get_tx(c, tx, arg));
    const struct job_args a = { .job_id = q->job_id, .now = c->now_us };
    int64_t changed = 0;
    TRY(job_mark_cancelled(c, tx, &a, &changed));
    if (changed != 1)
        return FAIL(c, CONFLICT, "The job is over: %s", job_state_names.v[q->job.state]);
    return get_tx(c, tx, arg);
}

/* Chunks that run on find out when they want to be done: their transaction is refused. */
err job_cancel(struct ctx *c, struct str job_id, struct job *ret)
{
    struct job_call q = { .job_id = job_id };
    TRY(tx_run(c, TX_WRITE, cancel_tx, &q));
    *ret = q.job;
    return ERR_OK;
}
