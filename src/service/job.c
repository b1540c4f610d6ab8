/* Jobs as people see them: made, listed, cancelled. Chunks are in job_chunk.c. */
#include "service/job.h"

#include "base/str.h"
#include "codec/id.h"
#include "domain/application.h"
#include "repo/application_repo.h"
#include "repo/evaluation_repo.h"
#include "service/cycle_support.h"
#include "service/job_bell.h"
#include "service/settings.h"

enum {
    CHUNKS_MAX = 100000, /* of one stage */
    CHUNK_ITEMS_DEFAULT = 500,
    CHUNK_ITEMS_MAX = 5000, /* what one transaction and one arena may hold */
    JOB_LIST_MAX = 1000,
    BUDGET_MS_DEFAULT = 10000,
};

static int64_t chunks_for(struct ctx *c, int64_t total)
{
    int64_t items = setting_or(settings_of(c)->chunk_items, CHUNK_ITEMS_DEFAULT);
    if (items > CHUNK_ITEMS_MAX)
        items = CHUNK_ITEMS_MAX;
    int64_t n = total > 0 ? (total - 1) / items + 1 : 1;
    return n > CHUNKS_MAX ? CHUNKS_MAX : n;
}

static err chunks_insert(struct ctx *c, struct tx *tx, struct str job_id, struct str stage,
                         int64_t total)
{
    int64_t n = chunks_for(c, total);
    struct job_args *v = arena_array(c->mem, struct job_args, (size_t)n);
    for (int64_t i = 0; i < n; i++)
        v[i] = (struct job_args){ .job_id = job_id, .stage = stage, .chunk = i };
    return chunk_insert_many(c, tx, v, (size_t)n);
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

void job_ring(struct ctx *c)
{
    if (c->deps->bell)
        c->deps->bell->ring(c->deps->bell->self);
}

err job_await(struct ctx *c, struct str job_id, bool *ret_over)
{
    const struct job_bell *bell = c->deps->bell;
    int64_t budget_us = BUDGET_MS_DEFAULT * INT64_C(1000);
    *ret_over = false;
    if (!bell)
        return ERR_OK;
    job_ring(c);
    if (c->deps->settings && c->deps->settings->request_budget_ms >= 0)
        budget_us = c->deps->settings->request_budget_ms * 1000;
    if (budget_us > ctx_left_us(c))
        budget_us = ctx_left_us(c);
    const struct clock_port *clock = c->deps->clock;
    return bell->wait(bell->self, c, job_id, clock->mono_us(clock->self) + budget_us, ret_over);
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
        return fault_cursor(c);
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

static bool evaluates(struct str kind)
{
    return str_eq(kind, S("evaluate"));
}

err job_let_go(struct ctx *c, struct tx *tx, struct str kind, struct str cycle_id)
{
    if (!evaluates(kind) || !cycle_id.p)
        return ERR_OK;
    TRY(eval_settle(c, tx, cycle_id, c->now_us));
    return eval_rest(c, tx, cycle_id, c->now_us);
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
    TRY(job_let_go(c, tx, q->job.kind, q->job.admission_cycle_id));
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

err job_cancel_active(struct ctx *c, struct tx *tx, struct str cycle_id)
{
    const struct job_args a = { .cycle_id = cycle_id, .now = c->now_us };
    bool evaluates_now = false;
    TRY(job_active(c, tx, S("evaluate"), cycle_id, &evaluates_now));
    TRY(job_mark_all_cancelled(c, tx, &a));
    return evaluates_now ? job_let_go(c, tx, S("evaluate"), cycle_id) : ERR_OK;
}

static err dead_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct job_call *q = arg;
    const struct job_args a = { .cycle_id = q->cycle_id };
    return job_dead_rows(c, tx, &a, q->limit, &q->rows);
}

err job_dead(struct ctx *c, struct str cycle_id, int64_t limit, struct list *ret)
{
    struct job_call q = { .cycle_id = cycle_id, .limit = limit_of(limit) };
    TRY(tx_run(c, TX_READ, dead_tx, &q));
    *ret = q.rows;
    return ERR_OK;
}

/* A job's work is of use only in the phase that its step led to. */
static err retry_gate(struct ctx *c, struct tx *tx, const struct job *j)
{
    struct cycle_row row;
    bool other = false;
    TRY(cycle_load(c, tx, j->admission_cycle_id, &row));
    for (size_t i = 0; i < phase_rule_count; i++) {
        const struct phase_rule *rule = &phase_rules[i];
        if (rule->job && str_eq(str_of(rule->job), j->kind) && row.cycle.phase != (int32_t)rule->to)
            return FAIL(c, PHASE, "Cycle is in phase '%s'; a %.*s job runs in '%s'",
                        phase_names.v[row.cycle.phase], STR_ARG(j->kind), phase_names.v[rule->to]);
    }
    TRY(job_active(c, tx, j->kind, j->admission_cycle_id, &other));
    if (other)
        return FAIL(c, CONFLICT, "A %.*s job of this cycle is still running", STR_ARG(j->kind));
    return ERR_OK;
}

static err retry_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct job_call *q = arg;
    int64_t chunks = 0, changed = 0;
    TRY(get_tx(c, tx, arg)); /* only for the cycle's name */
    if (q->job.admission_cycle_id.p)
        TRY(cycle_lock(c, tx, q->job.admission_cycle_id, LOCK_EXCLUSIVE));
    TRY(get_tx(c, tx, arg));
    if (q->job.state != JOB_FAILED)
        return FAIL(c, CONFLICT, "The job is %s; only a failed job can be tried again",
                    job_state_names.v[q->job.state]);
    if (q->job.admission_cycle_id.p)
        TRY(retry_gate(c, tx, &q->job));
    const struct job_args a = { .job_id = q->job_id, .stage = q->job.stage };
    TRY(job_reopen(c, tx, &a, &changed));
    TRY(chunk_reopen(c, tx, &a, &chunks));
    if (changed != 1 || chunks == 0)
        return FAIL(c, CONFLICT, "The job has no part that could be tried again");
    if (evaluates(q->job.kind))
        TRY(application_move(c, tx, q->job.admission_cycle_id, APP_BATCH_READY, APP_PROCESSING,
                             &chunks));
    return get_tx(c, tx, arg);
}

err job_retry(struct ctx *c, struct str job_id, struct job *ret)
{
    struct job_call q = { .job_id = job_id };
    TRY(tx_run(c, TX_WRITE, retry_tx, &q));
    job_ring(c);
    *ret = q.job;
    return ERR_OK;
}
