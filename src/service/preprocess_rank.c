/* Preprocessing, stage "rank": metrics of a whole cycle with their percentile ranks, a batch a
 * transaction. Running it again writes the same numbers, so a lost lease does no harm. */
#include "service/metrics.h"
#include "service/preprocess.h"

enum { BATCH_ARENA_MAX = 64 << 20 };

struct rank_call {
    const struct chunk *k;
    struct metrics_scan *m;
    struct metrics_place at, next;
};

static err scan_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct rank_call *q = arg;
    return metrics_scan_cycle(c, tx, q->k->cycle_id, q->m);
}

static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct rank_call *q = arg;
    bool last = false;
    /* Late ranks of a job that is over would stand against those of the next. */
    TRY(chunk_hold(c, tx, q->k));
    TRY(metrics_write(c, tx, q->m, &q->at, &q->next));
    if (!q->next.done)
        return ERR_OK;
    TRY(chunk_done(c, tx, q->k, 0, 0, &last)); /* items were counted by "scrub" */
    return last ? job_next_stage(c, tx, q->k, NULL, 0) : ERR_OK;
}

err preprocess_rank_chunk(struct ctx *c, const struct chunk *k)
{
    struct rank_call q = { .k = k, .m = arena_new(c->mem, struct metrics_scan) };
    int64_t renewed_us = 0;
    TRY(chunk_keep(c, k, &renewed_us));
    TRY(tx_run(c, TX_READ, scan_tx, &q));
    struct arena *mem = c->mem, *batch = arena_open(mem, BATCH_ARENA_MAX);
    while (!q.at.done) {
        c->mem = batch;
        const err e = tx_run(c, TX_WRITE, write_tx, &q);
        c->mem = mem;
        TRY(e); /* the arena may hold the fault's issues, and goes with its parent */
        arena_reset(batch);
        q.at = q.next;
        TRY(q.at.done ? ERR_OK : chunk_keep(c, k, &renewed_us));
    }
    arena_close(batch);
    return ERR_OK;
}
