/* Preprocessing, stage "rank": percentile ranks of a whole cycle from one narrow scan. Running it
 * again writes the same numbers, so a lost lease does no harm. */
#include "domain/score.h"
#include "repo/anon_repo.h"
#include "service/preprocess.h"

enum { BATCH_ROWS = 5000, RUN_ROWS = 500 };

struct rank_call {
    const struct chunk *k;
    struct ranked *rows;
    size_t n, cap, from, to;
};

static err take_metric(struct ctx *c, const void *row, void *arg)
{
    const struct metric_row *m = row;
    struct rank_call *q = arg;
    if (q->n == q->cap)
        return FAIL(c, INTERNAL, "More metrics than were counted");
    q->rows[q->n++] = (struct ranked){ .key = m->metric_id, .value_e2 = m->composite };
    return ERR_OK;
}

static err scan_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct rank_call *q = arg;
    int64_t n = 0;
    TRY(metric_count(c, tx, q->k->cycle_id, &n));
    q->cap = (size_t)n;
    q->n = 0;
    q->rows = arena_try(c->mem, q->cap + 1, sizeof(*q->rows), _Alignof(struct ranked));
    if (!q->rows)
        return FAIL(c, TOO_LARGE, "Too many applications to rank in the memory given");
    return metric_each(c, tx, q->k->cycle_id, take_metric, q);
}

static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct rank_call *q = arg;
    struct metric_rank v[RUN_ROWS];
    /* Late ranks of a job that is over would stand against those of the next. */
    TRY(chunk_hold(c, tx, q->k));
    for (size_t i = q->from; i < q->to;) {
        size_t n = 0;
        for (; n < RUN_ROWS && i < q->to; i++)
            v[n++] = (struct metric_rank){ q->rows[i].key, q->rows[i].percentile_e2 };
        TRY(metric_set_percentiles(c, tx, v, n));
    }
    if (q->to < q->n)
        return ERR_OK;
    bool last = false;
    TRY(chunk_done(c, tx, q->k, 0, 0, &last)); /* items were counted by "scrub" */
    return last ? job_next_stage(c, tx, q->k, NULL, 0) : ERR_OK;
}

err preprocess_rank_chunk(struct ctx *c, const struct chunk *k)
{
    struct rank_call q = { .k = k };
    int64_t renewed_us = 0;
    TRY(chunk_keep(c, k, &renewed_us));
    TRY(tx_run(c, TX_READ, scan_tx, &q));
    TRY(percentile_ranks(c, q.rows, q.n));
    do {
        q.to = q.n - q.from > BATCH_ROWS ? q.from + BATCH_ROWS : q.n;
        TRY(tx_run(c, TX_WRITE, write_tx, &q));
        TRY(q.to < q.n ? chunk_keep(c, k, &renewed_us) : ERR_OK);
        q.from = q.to;
    } while (q.from < q.n);
    return ERR_OK;
}
