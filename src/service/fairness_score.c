/* The fairness check, stage "score": a chunk of the sample, each application's texts in all its
 * variants, marked by the evaluator on its usual way; the last chunk reckons the report. */
#include "base/str.h"
#include "repo/evaluation_repo.h"
#include "service/fairness_inner.h"
#include "service/settings.h"

enum { ROWS_MAX = 20000, ITEM_MEM_MAX = 16 * 1024 * 1024, CHECKPOINTS_MAX = 1000000 };
static const size_t report_mem_max = (size_t)512 * 1024 * 1024;

static const struct field params_fields[] = {
    FIELD_STR(struct fairness_params, run_id, .flags = FIELD_REQUIRED, .max = 50),
};
static SCHEMA(params_schema, "FairnessParams", struct fairness_params, params_fields);

err fairness_params_read(struct ctx *c, const struct chunk *k, struct fairness_params *ret)
{
    return schema_decode(c, &params_schema, k->params, ret, NULL);
}

struct score {
    const struct chunk *k;
    struct fairness_run run;
    const struct evaluator_port *by;
    struct order_range range;
    struct list samples, sources, kept; /* fairness_sample, eval_source, fairness_checkpoint */
    size_t items;                       /* of one application */
    struct probe_answer *v;             /* items for each sample */
    int64_t renewed_us;
};

static int by_source(const void *a, const void *b)
{
    return str_cmp(((const struct eval_source *)a)->anonymized_id,
                   ((const struct eval_source *)b)->anonymized_id);
}

static int by_checkpoint(const void *a, const void *b)
{
    const struct fairness_checkpoint *x = a, *y = b;
    const int order = str_cmp(x->anonymized_id, y->anonymized_id);
    return order ? order : (x->item > y->item) - (x->item < y->item);
}

static err find_evaluator(struct ctx *c, struct tx *tx, struct score *s)
{
    struct cycle_row row;
    TRY(cycle_load(c, tx, s->k->cycle_id, &row));
    const err e = fairness_evaluator(c, tx, &row, &s->by);
    if (e != ERR_BAD_REQUEST)
        return e;
    const struct str why = str_keep(c->mem, str_of(c->fault.text));
    fault_clear(c);
    return FAIL(c, UPSTREAM, "%.*s", STR_ARG(why)); /* another process may have the evaluator */
}

static err read_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct score *s = arg;
    struct fairness_params p;
    bool found = false;
    TRY(fairness_params_read(c, s->k, &p));
    TRY(fairness_run_get(c, tx, p.run_id, &s->run, &found));
    if (!found)
        return FAIL(c, INTERNAL, "the fairness run of this job is not there");
    TRY(find_evaluator(c, tx, s));
    TRY(fairness_sample_open(c, tx, p.run_id, &s->range, ROWS_MAX, &s->samples));
    TRY(eval_sources_sampled(c, tx, p.run_id, &s->range, ROWS_MAX, &s->sources));
    TRY(fairness_checkpoint_list(c, tx, p.run_id, &s->range, CHECKPOINTS_MAX, &s->kept));
    if (s->samples.n == ROWS_MAX || s->kept.n == CHECKPOINTS_MAX)
        return FAIL(c, TOO_LARGE, "A part of the job holds too many applications");
    if (s->sources.n > 1)
        qsort(s->sources.v, s->sources.n, sizeof(struct eval_source), by_source);
    if (s->kept.n > 1)
        qsort(s->kept.v, s->kept.n, sizeof(struct fairness_checkpoint), by_checkpoint);
    return ERR_OK;
}

static const struct fairness_sample *sample_of(const struct score *s, size_t question)
{
    return (const struct fairness_sample *)s->samples.v + question / s->items;
}

static const struct eval_source *source_of(const struct score *s, struct str anonymized_id)
{
    const struct eval_source key = { .anonymized_id = anonymized_id };
    if (s->sources.n == 0)
        return NULL;
    return bsearch(&key, s->sources.v, s->sources.n, sizeof(key), by_source);
}

static struct str kept_of(const struct score *s, struct str anonymized_id, size_t item)
{
    const struct fairness_checkpoint key = { .anonymized_id = anonymized_id,
                                             .item = (int64_t)item },
                                     *found = NULL;
    if (s->kept.n > 0)
        found = bsearch(&key, s->kept.v, s->kept.n, sizeof(key), by_checkpoint);
    return found ? found->state : (struct str){ NULL, 0 };
}

/* The application as its evaluation met it, but for the tokens: no attempt is on record, and the
 * question has a name of its own, by which a record of answers tells it from the others. */
static err make_source(void *self, struct ctx *c, size_t question, struct eval_source *ret,
                       struct str *ret_kept)
{
    const struct score *s = self;
    const struct fairness_sample *sample = sample_of(s, question);
    const size_t item = question % s->items;
    const struct fairness_item what = fairness_item_of(sample->draw, s->run.variants, (int)item);
    struct eval_source v = *source_of(s, sample->anonymized_id);
    TRY(fairness_text(c, &what, v.essay_scrubbed, &v.essay_scrubbed));
    TRY(fairness_text(c, &what, v.achievements_scrubbed, &v.achievements_scrubbed));
    v.anonymized_id = str_fmt(c->mem, "%.*s~%zu", STR_ARG(v.anonymized_id), item);
    v.prior = 0;
    v.review = (struct str){ NULL, 0 };
    *ret = v;
    *ret_kept = kept_of(s, sample->anonymized_id, item);
    return ERR_OK;
}

static err keep_states(void *self, struct ctx *c, struct tx *tx, const struct probe_state *v,
                       size_t n)
{
    const struct score *s = self;
    struct fairness_checkpoint *rows =
        arena_try(c->mem, n + 1, sizeof(*rows), _Alignof(struct fairness_checkpoint));
    if (!rows)
        return FAIL(c, TOO_LARGE, "too many checkpoints at once");
    for (size_t i = 0; i < n; i++)
        rows[i] = (struct fairness_checkpoint){
            .run_id = s->run.run_id,
            .anonymized_id = sample_of(s, v[i].question)->anonymized_id,
            .item = (int64_t)(v[i].question % s->items),
            .state = v[i].state,
        };
    return fairness_checkpoint_put(c, tx, rows, n);
}

static err answer_one(struct ctx *c, struct score *s, size_t question)
{
    struct attempt attempts[ATTEMPTS_MAX];
    struct evaluation e = { .attempts = attempts };
    struct eval_source source;
    struct str kept;
    TRY(make_source(s, c, question, &source, &kept));
    TRY(evaluation_make(c, s->by, &source, &e));
    struct probe_answer *a = &s->v[question];
    if (e.failure || e.n_attempts == 0)
        a->failure = e.failure ? e.failure : "the evaluator gave no mark";
    else
        *a = (struct probe_answer){ .total = attempts[e.n_attempts - 1].work.total,
                                    .accepted = e.accepted };
    return ERR_OK;
}

/* By a provider that is asked one thing at a time. */
static err answer_each(struct ctx *c, struct score *s, size_t n)
{
    struct arena *mem = c->mem, *item_mem = arena_open(mem, ITEM_MEM_MAX);
    for (size_t i = 0; i < n; i++) {
        if (s->v[i].failure)
            continue;
        c->mem = item_mem;
        err e = answer_one(c, s, i);
        c->mem = mem;
        TRY(e); /* the arena may hold the fault's issues, and goes with its parent */
        arena_reset(item_mem);
        TRY(chunk_keep(c, s->k, &s->renewed_us));
    }
    arena_close(item_mem);
    return ERR_OK;
}

static err answer_all(struct ctx *c, struct score *s)
{
    s->items = (size_t)fairness_items(s->run.variants);
    const size_t n = s->samples.n * s->items;
    s->v = arena_try(c->mem, n + 1, sizeof(*s->v), _Alignof(struct probe_answer));
    if (!s->v)
        return FAIL(c, TOO_LARGE, "A part of the job is too large for its memory");
    for (size_t i = 0; i < n; i++)
        if (!source_of(s, sample_of(s, i)->anonymized_id))
            s->v[i].failure = "its texts were erased";
    if (!s->by->probe)
        return answer_each(c, s, n);
    const struct evaluate_probe w = { .k = s->k,
                                      .n = n,
                                      .v = s->v,
                                      .mem = c->mem,
                                      .renewed_us = &s->renewed_us,
                                      .self = s,
                                      .source = make_source,
                                      .keep = keep_states };
    return s->by->probe(s->by->self, c, &w);
}

/* "7215 7215 - 7190": one for each item. */
static struct str marks_write(struct ctx *c, const int64_t *marks, int items)
{
    enum { MARK_MAX = 24 };
    struct buf b;
    buf_init(&b, c->mem, FAIRNESS_ITEMS_MAX * MARK_MAX);
    for (int i = 0; i < items; i++) {
        if (i)
            buf_c(&b, ' ');
        if (marks[i] == SCHEMA_NULL_I64)
            buf_c(&b, '-');
        else
            buf_i64(&b, marks[i]);
    }
    return buf_view(&b);
}

err fairness_marks_read(struct ctx *c, const struct fairness_sample *s, int items,
                        struct fairness_case *ret)
{
    struct str rest = s->marks, one;
    *ret = (struct fairness_case){ .draw = s->draw, .accepted = (uint64_t)s->accepted };
    for (int i = 0; i < FAIRNESS_ITEMS_MAX; i++)
        ret->marks[i] = SCHEMA_NULL_I64;
    for (int i = 0; i < items; i++) {
        if (!rest.p)
            return FAIL(c, INTERNAL, "marks of the fairness check cannot be read");
        rest = str_cut(rest, ' ', &one);
        if (!str_eq(one, S("-")) && !str_i64(one, &ret->marks[i]))
            return FAIL(c, INTERNAL, "marks of the fairness check cannot be read");
    }
    return ERR_OK;
}

/* One application's answers as its row; *ret_failure: why some are missing. */
static struct fairness_sample row_of(struct ctx *c, const struct score *s, size_t i,
                                     const char **ret_failure)
{
    struct fairness_sample row = ((const struct fairness_sample *)s->samples.v)[i];
    int64_t marks[FAIRNESS_ITEMS_MAX];
    *ret_failure = NULL;
    for (size_t k = 0; k < s->items; k++) {
        const struct probe_answer *a = &s->v[i * s->items + k];
        marks[k] = a->failure ? SCHEMA_NULL_I64 : a->total;
        if (a->failure)
            *ret_failure = a->failure;
        else if (a->accepted)
            row.accepted |= INT64_C(1) << k;
    }
    row.marks = marks_write(c, marks, (int)s->items);
    return row;
}

struct gather {
    struct fairness_case *v;
    size_t n, cap;
    int items;
};

static err take_case(struct ctx *c, const void *row, void *arg)
{
    struct gather *g = arg;
    if (g->n == g->cap)
        return FAIL(c, INTERNAL, "more applications than were drawn");
    return fairness_marks_read(c, row, g->items, &g->v[g->n++]);
}

static err reckon(struct ctx *c, struct tx *tx, const struct score *s, struct arena *mem,
                  struct fairness_report *ret)
{
    const struct settings *set = settings_of(c);
    const struct fairness_limits limits = {
        .shift = setting_or(set->fairness_shift, FAIRNESS_SHIFT_DEFAULT),
        .interval = setting_or(set->fairness_interval, FAIRNESS_INTERVAL_DEFAULT),
    };
    struct gather g = { .cap = (size_t)s->run.sampled, .items = (int)s->items };
    g.v = arena_try(mem, g.cap + 1, sizeof(*g.v), _Alignof(struct fairness_case));
    if (!g.v)
        return FAIL(c, TOO_LARGE, "The fairness report is too large for its memory");
    TRY(fairness_sample_each(c, tx, s->run.run_id, take_case, &g));
    *ret = (struct fairness_report){ .evaluator = s->run.evaluator,
                                     .tokens_sha256 = fairness_tokens_sha256(c),
                                     .seed = s->run.seed,
                                     .baseline = s->by == &evaluator_builtin,
                                     .population = s->run.population,
                                     .sampled = s->run.sampled };
    TRY(fairness_own_scores(c, tx, s->run.cycle_id, s->run.evaluator, &ret->own_scores));
    return fairness_reckon(c, g.v, g.n, s->run.variants, &limits, ret);
}

static bool is_complete(const struct fairness_report *r)
{
    const struct fairness_signal_report *v = r->signals.v;
    for (size_t i = 0; i < r->signals.n; i++)
        if (v[i].made * 100 < v[i].planned * FAIRNESS_COMPLETE_PERCENT)
            return false;
    return true;
}

/* Too many answers are missing for a report: the run waits for a job that asks for them again. */
static err leave_open(struct ctx *c, struct tx *tx, const struct score *s)
{
    TRY(fairness_sample_reopen(c, tx, s->run.run_id));
    return job_next_stage(c, tx, s->k, NULL, 0);
}

static err finish(struct ctx *c, struct tx *tx, const struct score *s)
{
    struct audit_head head = { .known = false };
    struct fairness_report report;
    struct fairness_run run = s->run;
    struct buf b;
    struct arena *mem = arena_open(c->mem, report_mem_max);
    TRY(reckon(c, tx, s, mem, &report));
    arena_close(mem);
    if (!is_complete(&report))
        return leave_open(c, tx, s);
    buf_init(&b, c->mem, FAIRNESS_REPORT_MAX);
    schema_encode(&fairness_report_schema, &report, &b);
    if (!buf_ok(&b))
        return FAIL(c, TOO_LARGE, "The fairness report is too large for its memory");
    run.report = buf_view(&b);
    run.outcome = report.passed ? S("passed") : S("failed");
    run.finished_at = c->now_us;
    TRY(fairness_run_set_report(c, tx, &run));
    const struct hash h = sha256(run.report);
    TRY(cycle_log(c, tx, &head, "fairness.report", run.cycle_id,
                  str_fmt(c->mem,
                          "{\"count\":%lld,\"passed\":%d,\"run\":\"%.*s\",\"sha256\":\"%.*s\"}",
                          (long long)run.sampled, report.passed ? 1 : 0, STR_ARG(run.run_id),
                          STR_ARG(hash_hex(c->mem, &h))),
                  NULL));
    return job_next_stage(c, tx, s->k, NULL, 0);
}

static err write_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct score *s = arg;
    int64_t failed = 0;
    bool last = false;
    struct fairness_sample *rows =
        arena_try(c->mem, s->samples.n + 1, sizeof(*rows), _Alignof(struct fairness_sample));
    if (!rows)
        return FAIL(c, TOO_LARGE, "A part of the job is too large for its memory");
    for (size_t i = 0; i < s->samples.n; i++) {
        const char *failure = NULL;
        rows[i] = row_of(c, s, i, &failure);
        if (!failure)
            continue;
        failed++;
        TRY(chunk_failure(c, tx, s->k, rows[i].anonymized_id, str_of(failure)));
    }
    TRY(fairness_sample_done(c, tx, rows, s->samples.n));
    TRY(chunk_done(c, tx, s->k, (int64_t)s->samples.n - failed, failed, &last));
    return last ? finish(c, tx, s) : ERR_OK;
}

err fairness_score_chunk(struct ctx *c, const struct chunk *k)
{
    struct score s = { .k = k,
                       .range = { .cycle_id = k->cycle_id,
                                  .from = k->from,
                                  .last = k->to == INT64_MAX ? INT64_MAX : k->to - 1 } };
    TRY(chunk_keep(c, k, &s.renewed_us));
    TRY(tx_run(c, TX_READ, read_tx, &s));
    TRY(answer_all(c, &s));
    return tx_run(c, TX_WRITE, write_tx, &s);
}
