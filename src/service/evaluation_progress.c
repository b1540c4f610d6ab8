/* Progress and cost of evaluations, read from jobs, usage and reviews. */
#include "service/evaluation_progress.h"

#include "base/str.h"
#include "domain/phase.h"
#include "domain/score.h"
#include "repo/checkpoint_repo.h"
#include "repo/review_repo.h"
#include "service/cycle_support.h"
#include "service/model_price.h"
#include "service/phase_step.h"

enum { REASONS_MAX = 8, FAILURES_MAX = 1000, MINUTE_US = 60000000, SECOND_US = 1000000 };

#define U struct model_used
#define E struct evaluation_use
#define USE_(S_)                                                                                   \
    FIELD_I64(S_, calls, .doc = "Answers of models."),                                             \
        FIELD_I64(S_, retries, .doc = "Questions that were sent once more."),                      \
        FIELD_I64(S_, rejections, .doc = "Attempts that were rejected and done again."),           \
        FIELD_I64(S_, tokens_in, .doc = "Tokens of questions."),                                   \
        FIELD_I64(S_, tokens_cached, .doc = "Of those, what the endpoint had from before."),       \
        FIELD_I64(S_, tokens_out, .doc = "Tokens of answers."),                                    \
        FIELD_I64(S_, cost_micro, .doc = "Cost by MODEL_PRICES, in millionths of their currency.")
/* clang-format off */
static const struct field used_fields[] = {
    FIELD_STR(U, model, .doc = "The model."),
    USE_(U),
};
static SCHEMA(used_schema, "ModelUse", struct model_used, used_fields);
static const struct field use_fields[] = {
    FIELD_I64(E, in_review, .doc = "Applications of the cycle that wait for a person."),
    USE_(E),
    FIELD_LIST(E, models, .of = &used_schema, .doc = "The same by model."),
};
/* clang-format on */
#undef E
#undef U
SCHEMA(evaluation_use_schema, "EvaluationUse", struct evaluation_use, use_fields);

#define PACE_(S_)                                                                                  \
    FIELD_E2(S_, items_per_minute, .flags = FIELD_NULL,                                            \
             .doc = "Pace from the job's start to now or to its end."),                            \
        FIELD_I64(S_, eta_seconds, .flags = FIELD_NULL,                                            \
                  .doc = "At that pace it takes so long still; null when it is over or too early " \
                         "to say."),                                                               \
        FIELD_OBJ(S_, use, .flags = FIELD_NULL, .of = &evaluation_use_schema,                      \
                  .doc = "What the models of the cycle have used; null for other jobs.")
/* clang-format off */
static const struct field detail_fields[] = {
    JOB_FIELDS(struct job_detail, job.),
    PACE_(struct job_detail),
};
SCHEMA(job_detail_schema, "JobDetail", struct job_detail, detail_fields);
#define P struct evaluation_progress
static const struct field progress_fields[] = {
    FIELD_STR(P, cycle_id, .doc = "The cycle."),
    FIELD_STR(P, job_id, .flags = FIELD_NULL, .doc = "The newest evaluation."),
    FIELD_ENUM(P, state, .flags = FIELD_NULL, .names = &job_state_names, .doc = "How far it is."),
    FIELD_I64(P, total, .doc = "Applications of that evaluation."),
    FIELD_I64(P, done, .doc = "Scored."),
    FIELD_I64(P, failed, .doc = "Left, with a reason each."),
    FIELD_STR(P, waits_for, .flags = FIELD_NULL,
              .doc = "Why applications are left, in words: a person, a budget, an endpoint."),
    PACE_(P),
};
#undef P
/* clang-format on */
SCHEMA(evaluation_progress_schema, "EvaluationProgress", struct evaluation_progress,
       progress_fields);

static void sum_up(const struct usage_row *u, struct model_used *one, struct evaluation_use *all,
                   int64_t *io_pico)
{
    *one = (struct model_used){ .model = u->model,
                                .calls = u->calls,
                                .retries = u->retries,
                                .rejections = u->rejections,
                                .tokens_in = u->tokens_in,
                                .tokens_cached = u->tokens_cached,
                                .tokens_out = u->tokens_out,
                                .cost_micro = model_cost_micro(u->cost_pico) };
    all->calls += u->calls;
    all->retries += u->retries;
    all->rejections += u->rejections;
    all->tokens_in += u->tokens_in;
    all->tokens_cached += u->tokens_cached;
    all->tokens_out += u->tokens_out;
    *io_pico += u->cost_pico;
}

err evaluation_use_read(struct ctx *c, struct tx *tx, struct str cycle_id,
                        struct evaluation_use *ret)
{
    struct list rows = { 0 };
    int64_t pico = 0;
    *ret = (struct evaluation_use){ 0 };
    TRY(usage_list(c, tx, cycle_id, &rows));
    TRY(review_waiting(c, tx, cycle_id, &ret->in_review));
    struct model_used *v = arena_array(c->mem, struct model_used, rows.n + 1);
    for (size_t i = 0; i < rows.n; i++)
        sum_up((const struct usage_row *)rows.v + i, &v[i], ret, &pico);
    ret->cost_micro = model_cost_micro(pico);
    ret->models = (struct list){ v, rows.n };
    return ERR_OK;
}

struct pace {
    int64_t items_per_minute, eta_seconds;
};

/* From the whole time so far: steadier than the last seconds, and the same for all who ask. */
static struct pace pace_of(const struct ctx *c, const struct job *j)
{
    const int64_t now = c->deps->clock->now_us(c->deps->clock->self);
    const bool over = j->state >= JOB_COMPLETED;
    const int64_t until = over && j->finished_at ? j->finished_at : now;
    const int64_t items = j->done + j->failed, us = j->started_at ? until - j->started_at : 0;
    struct pace p = { SCHEMA_NULL_I64, SCHEMA_NULL_I64 };
    if (items <= 0 || us <= 0)
        return p;
    p.items_per_minute = (int64_t)((__int128)items * MINUTE_US * 100 / us);
    if (!over && j->total >= items)
        p.eta_seconds =
            (int64_t)(((__int128)(j->total - items) * us / items + SECOND_US - 1) / SECOND_US);
    return p;
}

struct detail_call {
    struct str id;
    struct job job;
    bool found;
    struct evaluation_use use;
    struct list failures;
};

static bool is_evaluation(const struct job *j)
{
    return str_eq(j->kind, S("evaluate")) && j->admission_cycle_id.p;
}

static err detail_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct detail_call *q = arg;
    TRY(job_load(c, tx, q->id, &q->job, &q->found));
    if (!q->found)
        return FAIL(c, NOT_FOUND, "Job not found");
    return is_evaluation(&q->job) ? evaluation_use_read(c, tx, q->job.admission_cycle_id, &q->use)
                                  : ERR_OK;
}

static const void *keep_use(struct ctx *c, const struct evaluation_use *u)
{
    struct evaluation_use *kept = arena_new(c->mem, struct evaluation_use);
    *kept = *u;
    return kept;
}

err job_detail_get(struct ctx *c, struct str job_id, struct job_detail *ret)
{
    struct detail_call q = { .id = job_id };
    TRY(tx_run(c, TX_READ, detail_tx, &q));
    const struct pace p = pace_of(c, &q.job);
    *ret = (struct job_detail){ .job = q.job,
                                .items_per_minute = p.items_per_minute,
                                .eta_seconds = p.eta_seconds,
                                .use = is_evaluation(&q.job) ? keep_use(c, &q.use) : NULL };
    return ERR_OK;
}

static err progress_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct detail_call *q = arg;
    struct cycle_row row;
    TRY(cycle_load(c, tx, q->id, &row));
    TRY(job_newest(c, tx, S("evaluate"), q->id, &q->job, &q->found));
    if (q->found)
        TRY(job_open_failures(c, tx, q->job.job_id, FAILURES_MAX, &q->failures));
    return evaluation_use_read(c, tx, q->id, &q->use);
}

struct reason {
    struct str text;
    int64_t n;
};

static size_t count_reasons(const struct list *failures, struct reason v[REASONS_MAX])
{
    const struct job_failure *f = failures->v;
    size_t n = 0;
    for (size_t i = 0; i < failures->n; i++) {
        size_t k = 0;
        while (k < n && !str_eq(v[k].text, f[i].reason))
            k++;
        if (k == n && n < REASONS_MAX)
            v[n++] = (struct reason){ f[i].reason, 0 };
        if (k < n)
            v[k].n++;
        for (; k > 0 && k < n && v[k].n > v[k - 1].n; k--) {
            const struct reason moved = v[k];
            v[k] = v[k - 1];
            v[k - 1] = moved;
        }
    }
    return n;
}

static struct str reasons_of(struct ctx *c, const struct list *failures)
{
    enum { TEXT_MAX = 4096 };
    struct reason v[REASONS_MAX];
    const size_t n = count_reasons(failures, v);
    struct buf b;
    buf_init(&b, c->mem, TEXT_MAX);
    for (size_t i = 0; i < n; i++)
        buf_fmt(&b, "%s%lld: %.*s", i ? "; " : "", (long long)v[i].n, STR_ARG(v[i].text));
    return n ? buf_view(&b) : (struct str){ 0 };
}

err evaluation_progress_get(struct ctx *c, struct str cycle_id, struct evaluation_progress *ret)
{
    struct detail_call q = { .id = cycle_id };
    struct pace p = { SCHEMA_NULL_I64, SCHEMA_NULL_I64 };
    TRY(tx_run(c, TX_READ, progress_tx, &q));
    if (q.found)
        p = pace_of(c, &q.job);
    *ret = (struct evaluation_progress){ .cycle_id = cycle_id,
                                         .job_id = q.job.job_id,
                                         .state = q.found ? q.job.state : -1,
                                         .total = q.job.total,
                                         .done = q.job.done,
                                         .failed = q.job.failed,
                                         .items_per_minute = p.items_per_minute,
                                         .eta_seconds = p.eta_seconds,
                                         .waits_for = reasons_of(c, &q.failures),
                                         .use = keep_use(c, &q.use) };
    return ERR_OK;
}

struct params {
    int64_t batch_id;
};
static const struct field params_fields[] = {
    FIELD_I64(struct params, batch_id, .flags = FIELD_NULL),
};
static SCHEMA(params_schema, "BatchJobParams", struct params, params_fields);

struct batch_call {
    int64_t batch_id;
    size_t limit;
    struct batch_row row;
    struct list rows;
};

static err batch_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct batch_call *q = arg;
    bool found = false;
    TRY(batch_load(c, tx, q->batch_id, &q->row, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "Batch not found");
}

static err failures_tx(struct ctx *c, struct tx *tx, void *arg)
{
    enum { JOBS_MAX = 1000 };
    struct batch_call *q = arg;
    struct list jobs = { 0 };
    struct params p;
    TRY(batch_tx(c, tx, q));
    TRY(job_rows(c, tx, q->row.cycle_id, (struct str){ 0 }, JOBS_MAX, &jobs));
    const struct job *j = jobs.v;
    for (size_t i = 0; i < jobs.n; i++) {
        if (!is_evaluation(&j[i]))
            continue;
        if (schema_decode(c, &params_schema, j[i].params, &p, NULL) != ERR_OK)
            fault_clear(c);
        else if (p.batch_id == q->batch_id)
            return job_open_failures(c, tx, j[i].job_id, q->limit, &q->rows);
    }
    return ERR_OK;
}

err batch_failures(struct ctx *c, int64_t batch_id, int64_t limit, struct list *ret)
{
    struct batch_call q = { .batch_id = batch_id, .limit = (size_t)limit };
    TRY(tx_run(c, TX_READ, failures_tx, &q));
    *ret = q.rows;
    return ERR_OK;
}

err batch_retry(struct ctx *c, int64_t batch_id, struct batch_status *ret, struct str *ret_job_id)
{
    struct batch_call q = { .batch_id = batch_id };
    struct phase_reply reply = { 0 };
    TRY(tx_run(c, TX_READ, batch_tx, &q));
    if (q.row.phase != PHASE_PROCESSING)
        return FAIL(c, PHASE, "Cycle is in phase '%s'; what failed is tried again in 'processing'",
                    phase_names.v[q.row.phase]);
    const struct phase_request step = { .cycle_id = q.row.cycle_id,
                                        .verb = "processing",
                                        .respond_async = true };
    TRY(phase_step(c, &step, &reply));
    *ret_job_id = reply.job_id;
    return batch_status_get(c, reply.batch_id == SCHEMA_NULL_I64 ? batch_id : reply.batch_id, ret);
}
