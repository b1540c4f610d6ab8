/* Evaluation, stage "score": a chunk is read, judged outside any transaction, and written whole in
 * one; the transaction that finishes the last item flips the cycle to scored. */
#include "service/evaluate.h"

#include "base/str.h"
#include "repo/checkpoint_repo.h"
#include "repo/evaluation_repo.h"
#include "service/cycle_support.h"
#include "service/exchange.h"
#include "service/phase_step.h"

enum { ROWS_MAX = 20000, ITEM_MEM_MAX = 16 * 1024 * 1024 };
static const char key_missing[] = "its key cannot be opened";

struct evaluate_params {
    struct str provider;
    int64_t batch_id, budget_tokens, budget_micro;
};
static const struct field params_fields[] = {
    FIELD_STR(struct evaluate_params, provider, .flags = FIELD_REQUIRED, .max = 20),
    FIELD_I64(struct evaluate_params, batch_id, .flags = FIELD_NULL),
    FIELD_I64(struct evaluate_params, budget_tokens),
    FIELD_I64(struct evaluate_params, budget_micro),
};
static SCHEMA(params_schema, "EvaluateParams", struct evaluate_params, params_fields);

struct evaluate_call {
    const struct chunk *k;
    const struct evaluate_params *params;
    struct order_range range;
    struct evaluation_origin origin;
    struct list sources; /* struct eval_source */
    struct evaluation *v;
    size_t n;
    int64_t left; /* how many had left the cycle when the sources were read */
    bool careful; /* another wrote rows of these applications: look at each again */
};

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct evaluate_call *q = arg;
    TRY(anon_left_count(c, tx, q->k->cycle_id, &q->left));
    TRY(eval_sources(c, tx, &q->range, ROWS_MAX, &q->sources));
    if (q->sources.n == ROWS_MAX)
        return FAIL(c, TOO_LARGE, "A part of the job holds too many applications");
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

static int by_id(const void *a, const void *b)
{
    const struct eval_free *x = a, *y = b;
    return str_cmp(x->anonymized_id, y->anonymized_id);
}

/* Statuses move at the end of the stage, all at once (eval_settle); until then the final score says
 * that an application is done. */
static err find_free(struct ctx *c, struct tx *tx, const struct order_range *range,
                     struct evaluation *const *v, size_t n)
{
    struct list open = { 0 };
    TRY(eval_free_rows(c, tx, range, ROWS_MAX, &open));
    if (open.n > 1)
        qsort(open.v, open.n, sizeof(struct eval_free), by_id);
    for (size_t i = 0; i < n; i++) {
        const struct eval_free key = { v[i]->anonymized_id };
        v[i]->free = open.n > 0 && bsearch(&key, open.v, open.n, sizeof(key), by_id);
    }
    return ERR_OK;
}

/* As find_free. Reading each row once more costs a page for most of them; when nobody left the
 * cycle meanwhile, that the scores are new is left to the unique indexes, whose refusal makes the
 * chunk look at each. */
static err find_free_again(struct ctx *c, struct tx *tx, const struct evaluate_call *q,
                           struct evaluation *const *v, size_t n)
{
    int64_t left = 0;
    TRY(anon_left_count(c, tx, q->k->cycle_id, &left));
    if (q->careful || left != q->left)
        return find_free(c, tx, &q->range, v, n);
    for (size_t i = 0; i < n; i++)
        v[i]->free = true;
    return ERR_OK;
}

/* Those that are still free get their rows, and their checkpoints go. */
static err store_free(struct ctx *c, struct tx *tx, const struct evaluation_origin *o,
                      struct evaluation *const *v, size_t n)
{
    struct audit_head head = { 0 };
    const struct evaluation **free = arena_try(c->mem, n + 1, sizeof(void *), _Alignof(void *));
    size_t n_free = 0;
    if (!free)
        return FAIL(c, TOO_LARGE, "A part of the job is too large for its memory");
    for (size_t i = 0; i < n; i++) {
        if (v[i]->free)
            free[n_free++] = v[i];
        if (o->by->many)
            TRY(checkpoint_drop(c, tx, v[i]->anonymized_id));
    }
    return evaluation_store(c, tx, &head, o, free, n_free);
}

static bool needs_no_more(const struct evaluation *e)
{
    return !e->failure && (e->accepted || !e->free);
}

struct early {
    const struct evaluate_many *w;
    struct evaluation *const *v;
    size_t n;
};

static err early_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct early *q = arg;
    int64_t done = 0;
    TRY(chunk_hold(c, tx, q->w->k));
    TRY(find_free(c, tx, &q->w->range, q->v, q->n));
    for (size_t i = 0; i < q->n; i++)
        done += needs_no_more(q->v[i]);
    TRY(store_free(c, tx, q->w->origin, q->v, q->n));
    TRY(chunk_count_done(c, tx, q->w->k, done));
    return q->w->origin->batch_id > 0
               ? batch_progress(c, tx, q->w->origin->batch_id, done, 0, BATCH_RUNNING)
               : ERR_OK;
}

static err store_early(struct ctx *c, const struct evaluate_many *w, struct evaluation *const *v,
                       size_t n)
{
    struct early q = { w, v, n };
    c->now_us = c->deps->clock->now_us(c->deps->clock->self);
    TRY(tx_run(c, TX_WRITE, early_tx, &q));
    for (size_t i = 0; i < n; i++) {
        v[i]->stored = true;
        secret_wipe(v[i]->key, sizeof(v[i]->key));
    }
    return ERR_OK;
}

/* What is left to be written: the rest of the rows, and why others have none. *ret_done needs
 * nothing more, be it by this evaluation or by an import that was quicker. */
static err write_all(struct ctx *c, struct tx *tx, const struct evaluate_call *q, int64_t *ret_done,
                     int64_t *ret_failed)
{
    struct evaluation **open = arena_try(c->mem, q->n + 1, sizeof(void *), _Alignof(void *));
    size_t n = 0;
    int64_t done = 0, failed = 0;
    if (!open)
        return FAIL(c, TOO_LARGE, "A part of the job is too large for its memory");
    for (size_t i = 0; i < q->n; i++)
        if (!q->v[i].failure && !q->v[i].stored)
            open[n++] = &q->v[i];
    TRY(find_free_again(c, tx, q, open, n));
    for (size_t i = 0; i < q->n; i++) {
        const struct evaluation *e = &q->v[i];
        if (!needs_no_more(e)) {
            failed++;
            TRY(note_unfinished(c, tx, q->k, e));
        } else if (!e->stored) {
            done++;
        }
    }
    *ret_done = done;
    *ret_failed = failed;
    return store_free(c, tx, &q->origin, open, n);
}

/* The job ends before the cycle moves on: a running job would hold the gate shut. */
static err finish_stage(struct ctx *c, struct tx *tx, const struct evaluate_call *q)
{
    TRY(job_let_go(c, tx, q->k->kind, q->k->cycle_id));
    TRY(job_next_stage(c, tx, q->k, NULL, 0));
    return phase_scored(c, tx, q->k->cycle_id);
}

static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct evaluate_call *q = arg;
    int64_t done = 0, failed = 0;
    bool last = false;
    TRY(write_all(c, tx, q, &done, &failed));
    TRY(chunk_done(c, tx, q->k, done, failed, &last));
    if (last) /* before the batch's row, as imports do */
        TRY(cycle_lock(c, tx, q->k->cycle_id, LOCK_EXCLUSIVE));
    if (q->origin.batch_id > 0)
        TRY(batch_progress(c, tx, q->origin.batch_id, done, failed,
                           last ? BATCH_COMPLETED : BATCH_RUNNING));
    return last ? finish_stage(c, tx, q) : ERR_OK;
}

static err write_chunk(struct ctx *c, struct evaluate_call *q)
{
    const err e = tx_run(c, TX_WRITE, write_tx, q);
    if (e != ERR_CONFLICT)
        return e;
    fault_clear(c);
    q->careful = true;
    return tx_run(c, TX_WRITE, write_tx, q);
}

static err make_one(struct ctx *c, struct arena *mem, const struct evaluate_call *q,
                    const struct eval_source *s, struct evaluation *e)
{
    struct attempt attempts[ATTEMPTS_MAX];
    e->anonymized_id = s->anonymized_id;
    if (evaluation_key(c, s, e) != ERR_OK) { /* this one cannot be logged; the others can */
        fault_clear(c);
        e->failure = key_missing;
        return ERR_OK;
    }
    e->attempts = attempts;
    err made = evaluation_make(c, q->origin.by, s, e);
    if (made == ERR_OK && !e->failure)
        made = evaluation_rows_make(c, mem, &q->origin, e);
    e->attempts = NULL;
    return made;
}

/* By a provider that takes them all at once. */
static err make_many(struct ctx *c, struct evaluate_call *q, int64_t *renewed_us)
{
    const struct eval_source *s = q->sources.v;
    const struct evaluate_many w = { .k = q->k,
                                     .range = q->range,
                                     .origin = &q->origin,
                                     .sources = s,
                                     .n = q->sources.n,
                                     .v = q->v,
                                     .mem = c->mem,
                                     .renewed_us = renewed_us,
                                     .budget_tokens = q->params->budget_tokens,
                                     .budget_micro = q->params->budget_micro,
                                     .store = store_early };
    for (; q->n < q->sources.n; q->n++) {
        struct evaluation *e = &q->v[q->n];
        *e = (struct evaluation){ .anonymized_id = s[q->n].anonymized_id,
                                  .application_id = s[q->n].application_id,
                                  .prior = s[q->n].prior };
        if (evaluation_key(c, &s[q->n], e) != ERR_OK) {
            fault_clear(c);
            e->failure = key_missing;
        }
    }
    return q->origin.by->many(q->origin.by->self, c, &w);
}

/* What one evaluation needs is given back before the next, but for its rows. */
static err make_all(struct ctx *c, struct evaluate_call *q, int64_t *renewed_us)
{
    const struct eval_source *s = q->sources.v;
    const size_t most = q->sources.n + 1;
    struct arena *mem = c->mem, *item_mem = arena_open(mem, ITEM_MEM_MAX);
    q->v = arena_try(mem, most, sizeof(*q->v), _Alignof(struct evaluation));
    if (!q->v)
        return FAIL(c, TOO_LARGE, "A part of the job is too large for its memory");
    if (q->origin.by->many) {
        arena_close(item_mem);
        return make_many(c, q, renewed_us);
    }
    for (; q->n < q->sources.n; q->n++) {
        c->mem = item_mem;
        err e = make_one(c, mem, q, &s[q->n], &q->v[q->n]);
        c->mem = mem;
        TRY(e); /* the arena may hold the fault's issues, and goes with its parent */
        arena_reset(item_mem);
        TRY(chunk_keep(c, q->k, renewed_us));
    }
    arena_close(item_mem);
    return ERR_OK;
}

err evaluate_chunk(struct ctx *c, const struct chunk *k)
{
    struct evaluate_params p;
    int64_t renewed_us = 0;
    TRY(chunk_keep(c, k, &renewed_us));
    TRY(schema_decode(c, &params_schema, k->params, &p, NULL));
    const struct evaluator_port *by = evaluator_find(c, p.provider);
    if (!by)
        return FAIL(c, UPSTREAM, "No evaluator of the name %.*s", STR_ARG(p.provider));
    struct evaluate_call q = { .k = k,
                               .params = &p,
                               .range = { .cycle_id = k->cycle_id,
                                          .from = k->from,
                                          .last = k->to == INT64_MAX ? INT64_MAX : k->to - 1 },
                               .origin = { k->cycle_id, p.batch_id, by, by->name } };
    TRY(tx_run(c, TX_READ, read_tx, &q));
    err e = make_all(c, &q, &renewed_us);
    if (e == ERR_OK)
        e = write_chunk(c, &q);
    for (size_t i = 0; i < q.n; i++)
        secret_wipe(q.v[i].key, sizeof(q.v[i].key));
    return e;
}
