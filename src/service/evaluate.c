/* Evaluation, stage "score": a chunk is read, judged outside any transaction, and written whole in
 * one; the transaction that finishes the last item flips the cycle to scored. */
#include "service/evaluate.h"

#include "base/str.h"
#include "repo/evaluation_repo.h"
#include "service/cycle_support.h"
#include "service/exchange.h"
#include "service/phase_step.h"

enum { ROWS_MAX = 20000, ITEM_MEM_MAX = 16 * 1024 * 1024 };

struct evaluate_params {
    struct str provider;
    int64_t batch_id;
};
static const struct field params_fields[] = {
    FIELD_STR(struct evaluate_params, provider, .flags = FIELD_REQUIRED, .max = 20),
    FIELD_I64(struct evaluate_params, batch_id, .flags = FIELD_NULL),
};
static SCHEMA(params_schema, "EvaluateParams", struct evaluate_params, params_fields);

struct evaluate_call {
    const struct chunk *k;
    const struct evaluator_port *by;
    int64_t batch_id;
    struct list sources; /* struct eval_source */
    struct evaluation *v;
    struct evaluation **by_application;
    size_t n;
};

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct evaluate_call *q = arg;
    const struct order_range r = { .cycle_id = q->k->cycle_id,
                                   .from = q->k->from,
                                   .last = q->k->to == INT64_MAX ? INT64_MAX : q->k->to - 1 };
    TRY(eval_sources(c, tx, &r, ROWS_MAX, &q->sources));
    if (q->sources.n == ROWS_MAX)
        return FAIL(c, TOO_LARGE, "A part of the job holds too many applications");
    const struct eval_source *s = q->sources.v;
    q->n = q->sources.n;
    q->v = arena_try(c->mem, q->n + 1, sizeof(*q->v), _Alignof(struct evaluation));
    q->by_application = arena_try(c->mem, q->n + 1, sizeof(void *), _Alignof(void *));
    if (!q->v || !q->by_application)
        return FAIL(c, TOO_LARGE, "A part of the job is too large for its memory");
    for (size_t i = 0; i < q->n; i++) {
        q->v[i].anonymized_id = s[i].anonymized_id;
        err e = evaluation_key(c, tx, &q->v[i]);
        if (e != ERR_OK && e != ERR_INTERNAL)
            return e;
        if (e == ERR_INTERNAL) { /* this one cannot be logged; the others can */
            fault_clear(c);
            q->v[i].failure = "its key cannot be opened";
        }
    }
    return ERR_OK;
}

static err note_unfinished(struct ctx *c, struct tx *tx, const struct chunk *k,
                           const struct evaluation *e)
{
    struct str why = str_of(e->failure);
    if (!e->failure)
        why =
            str_fmt(c->mem, "%s after %lld attempts", e->held, (long long)e->prior + e->n_attempts);
    return chunk_failure(c, tx, k, e->anonymized_id, why);
}

static int by_application(const void *a, const void *b)
{
    const struct evaluation *const *x = a, *const *y = b;
    return str_cmp((*x)->application_id, (*y)->application_id);
}

/* Statuses move at the end of the stage, all at once (eval_settle); until then the final score says
 * that an application is done. Asked in the order of the index: its pages are then met once. */
static err find_free(struct ctx *c, struct tx *tx, const struct evaluate_call *q)
{
    for (size_t i = 0; i < q->n; i++) {
        struct evaluation *e = q->by_application[i];
        e->free = false;
        if (!e->failure)
            TRY(eval_is_free(c, tx, e->application_id, e->anonymized_id, &e->free));
    }
    return ERR_OK;
}

/* *ret_done: the application needs nothing more, be it by this evaluation or by an import that was
 * quicker. */
static err write_one(struct ctx *c, struct tx *tx, struct audit_head *head,
                     const struct evaluate_call *q, const struct evaluation *e, bool *ret_done)
{
    *ret_done = !e->failure && (e->accepted || !e->free);
    if (e->failure)
        return note_unfinished(c, tx, q->k, e);
    if (!e->free)
        return ERR_OK;
    const struct evaluation_origin o = { q->k->cycle_id, q->batch_id, q->by, q->by->name };
    TRY(evaluation_store(c, tx, head, &o, e));
    return e->accepted ? ERR_OK : note_unfinished(c, tx, q->k, e);
}

/* The job ends before the cycle moves on: a running job would hold the gate shut. */
static err finish_stage(struct ctx *c, struct tx *tx, const struct evaluate_call *q)
{
    TRY(eval_settle(c, tx, q->k->cycle_id, c->now_us));
    TRY(job_next_stage(c, tx, q->k, NULL, 0));
    return phase_scored(c, tx, q->k->cycle_id);
}

static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct evaluate_call *q = arg;
    struct audit_head head = { 0 };
    int64_t done = 0, failed = 0;
    TRY(find_free(c, tx, q));
    struct arena *mem = c->mem, *item_mem = arena_open(mem, ITEM_MEM_MAX);
    for (size_t i = 0; i < q->n; i++) {
        bool finished = false;
        c->mem = item_mem;
        err e = write_one(c, tx, &head, q, &q->v[i], &finished);
        c->mem = mem;
        TRY(e); /* the arena may hold the fault's issues, and goes with its parent */
        arena_reset(item_mem);
        done += finished ? 1 : 0;
        failed += finished ? 0 : 1;
    }
    arena_close(item_mem);
    bool last = false;
    TRY(chunk_done(c, tx, q->k, done, failed, &last));
    if (last) /* before the batch's row, as imports do */
        TRY(cycle_lock(c, tx, q->k->cycle_id, LOCK_EXCLUSIVE));
    if (q->batch_id > 0)
        TRY(batch_progress(c, tx, q->batch_id, done, failed,
                           last ? BATCH_COMPLETED : BATCH_RUNNING));
    return last ? finish_stage(c, tx, q) : ERR_OK;
}

err evaluate_chunk(struct ctx *c, const struct chunk *k)
{
    struct evaluate_params p;
    int64_t renewed_us = 0;
    TRY(chunk_keep(c, k, &renewed_us));
    TRY(schema_decode(c, &params_schema, k->params, &p, NULL));
    struct evaluate_call q = { .k = k,
                               .by = evaluator_find(c, p.provider),
                               .batch_id = p.batch_id };
    if (!q.by)
        return FAIL(c, UPSTREAM, "No evaluator of the name %.*s", STR_ARG(p.provider));
    TRY(tx_run(c, TX_READ, read_tx, &q));
    const struct eval_source *s = q.sources.v;
    for (size_t i = 0; i < q.n; i++) {
        if (!q.v[i].failure)
            TRY(evaluation_make(c, q.by, &s[i], &q.v[i]));
        q.by_application[i] = &q.v[i];
        TRY(chunk_keep(c, k, &renewed_us));
    }
    if (q.n > 1)
        qsort(q.by_application, q.n,
              sizeof(*q.by_application), /* NOLINT(bugprone-sizeof-expression) */
              by_application);
    err e = tx_run(c, TX_WRITE, write_tx, &q);
    for (size_t i = 0; i < q.n; i++)
        secret_wipe(q.v[i].key, sizeof(q.v[i].key));
    return e;
}
