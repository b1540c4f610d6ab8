/* The fairness check as it is shown: where it stands, its report, its worst cases by anonymous id,
 * and why publication waits. */
#include "base/str.h"
#include "repo/score_repo.h"
#include "service/fairness_inner.h"

enum { WORST_MAX = 5 /* of each signal */, WHY_MAX = 160 };

static const char *const state_text[] = { "none", "running", "stopped", "passed", "failed" };
static NAMES(state_names, state_text);

#define W struct fairness_worst
#define F struct fairness
/* clang-format off */
static const struct field worst_fields[] = {
    FIELD_ENUM(W, signal, .names = &fairness_signal_names, .doc = "What was put in."),
    FIELD_STR(W, group, .doc = "Of which group."),
    FIELD_STR(W, anonymized_id, .doc = "The application."),
    FIELD_E2(W, reference, .doc = "Total with all placeholders."),
    FIELD_E2(W, mark, .doc = "Total with the token."),
    FIELD_E2(W, shift, .doc = "The difference."),
};
static SCHEMA(worst_schema, "FairnessWorst", W, worst_fields);
static const struct field fairness_fields[] = {
    FIELD_STR(F, cycle_id, .flags = FIELD_REQUIRED, .doc = "The cycle."),
    FIELD_ENUM(F, state, .flags = FIELD_REQUIRED, .names = &state_names,
               .doc = "Of the newest check; stopped: its job was cancelled, has failed, or got too few answers."),
    FIELD_BOOL(F, open, .flags = FIELD_REQUIRED, .doc = "Whether the cycle may be published, as far as this goes."),
    FIELD_STR(F, blocker, .flags = FIELD_NULL, .doc = "Why not."),
    FIELD_STR(F, run_id, .flags = FIELD_NULL, .doc = "The newest check."),
    FIELD_STR(F, job_id, .flags = FIELD_NULL, .doc = "Its job."),
    FIELD_TIME(F, created_at, .flags = FIELD_NULL, .doc = "When it was asked for."),
    FIELD_TIME(F, finished_at, .flags = FIELD_NULL, .doc = "When it ended."),
    FIELD_STR(F, report_sha256, .flags = FIELD_NULL, .format = "hex64",
              .doc = "Of the report's text, as the log has it."),
    FIELD_OBJ(F, report, .flags = FIELD_NULL, .of = &fairness_report_schema, .doc = "null until it is over."),
    FIELD_LIST(F, worst, .flags = FIELD_REQUIRED, .of = &worst_schema,
               .doc = "The largest shifts of each signal."),
    FIELD_STR(F, override_reason, .flags = FIELD_NULL, .doc = "Why the cycle may be published all the same."),
    FIELD_STR(F, override_by, .flags = FIELD_NULL, .doc = "Who said so."),
    FIELD_TIME(F, override_at, .flags = FIELD_NULL, .doc = "When."),
    FIELD_TIME(F, waits_until, .flags = FIELD_NULL,
               .doc = "Two-person rule: the same request of another super_admin until then counts."),
};
/* clang-format on */
#undef F
#undef W
SCHEMA(fairness_schema, "Fairness", struct fairness, fairness_fields);

static int32_t state_of(const struct fairness_look *l)
{
    if (!l->found || (!l->run.outcome.p && !l->run.job_id.p))
        return FAIRNESS_NONE;
    if (l->run.outcome.p)
        return str_eq(l->run.outcome, S("passed")) ? FAIRNESS_PASSED : FAIRNESS_FAILED;
    const bool runs = l->has_job && (l->job.state == JOB_QUEUED || l->job.state == JOB_RUNNING);
    return runs ? FAIRNESS_RUNNING : FAIRNESS_STOPPED;
}

err fairness_look(struct ctx *c, struct tx *tx, struct str cycle_id, struct fairness_look *ret)
{
    int64_t scores = 0;
    *ret = (struct fairness_look){ .found = false };
    TRY(score_count(c, tx, cycle_id, &scores));
    ret->scored = scores > 0;
    TRY(fairness_newest(c, tx, cycle_id, &ret->run, &ret->found));
    if (ret->found && ret->run.job_id.p && !ret->run.outcome.p)
        TRY(job_load(c, tx, ret->run.job_id, &ret->job, &ret->has_job));
    ret->state = state_of(ret);
    return ERR_OK;
}

bool fairness_is_open(const struct fairness_look *l)
{
    return !l->scored || l->state == FAIRNESS_PASSED || (l->found && l->run.override_at);
}

static err read_report(struct ctx *c, struct str text, const struct fairness_report **ret)
{
    struct fairness_report *r = arena_new(c->mem, struct fairness_report);
    TRY(schema_decode(c, &fairness_report_schema, text, r, NULL));
    *ret = r;
    return ERR_OK;
}

/* "name: the mean shift of 3.20 points is beyond 1.00; school: ..." */
static err why_failed(struct ctx *c, struct str text, struct str *ret)
{
    const struct fairness_report *r = NULL;
    struct buf b;
    TRY(read_report(c, text, &r));
    const struct fairness_signal_report *v = r->signals.v;
    buf_init(&b, c->mem, FAIRNESS_REPORT_MAX);
    for (size_t i = 0; i < r->signals.n; i++)
        if (!v[i].passed)
            buf_fmt(&b, "%s%s: %.*s", b.n ? "; " : "", fairness_signal_names.v[v[i].signal],
                    STR_ARG(v[i].why));
    *ret = str_sub(buf_view(&b), 0, WHY_MAX);
    return ERR_OK;
}

/* Never tried: it may be that it cannot be. */
static err why_none(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret)
{
    const struct evaluator_port *by = NULL;
    struct cycle_row row;
    TRY(cycle_load(c, tx, cycle_id, &row));
    const err e = fairness_evaluator(c, tx, &row, &by);
    *ret = S("it has not been run");
    if (e != ERR_BAD_REQUEST)
        return e;
    *ret = str_keep(c->mem, str_of(c->fault.text));
    fault_clear(c);
    return ERR_OK;
}

static err blocker_of(struct ctx *c, struct tx *tx, struct str cycle_id,
                      const struct fairness_look *l, struct str *ret)
{
    *ret = (struct str){ NULL, 0 };
    if (fairness_is_open(l))
        return ERR_OK;
    if (l->state == FAIRNESS_NONE)
        return why_none(c, tx, cycle_id, ret);
    if (l->state == FAIRNESS_FAILED)
        return why_failed(c, l->run.report, ret);
    if (l->state == FAIRNESS_RUNNING)
        *ret = str_fmt(c->mem, "its job %.*s still runs", STR_ARG(l->run.job_id));
    else if (l->has_job && l->job.state == JOB_COMPLETED)
        *ret = str_fmt(c->mem, "its job %.*s could not mark %lld applications, start it again",
                       STR_ARG(l->run.job_id), (long long)l->job.failed);
    else
        *ret = str_fmt(c->mem, "its job %.*s was stopped, start it again", STR_ARG(l->run.job_id));
    return ERR_OK;
}

err fairness_blocker(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret)
{
    struct fairness_look l;
    TRY(fairness_look(c, tx, cycle_id, &l));
    return blocker_of(c, tx, cycle_id, &l, ret);
}

struct worst {
    int64_t variants;
    struct fairness_worst v[FAIRNESS_SIGNALS][WORST_MAX];
    size_t n[FAIRNESS_SIGNALS];
};

static int64_t size_of(int64_t x)
{
    return x < 0 ? -x : x;
}

static void note_worst(struct ctx *c, struct worst *w, const struct fairness_sample *s,
                       const struct fairness_case *k, int item)
{
    const struct fairness_item what = fairness_item_of(k->draw, w->variants, item);
    const int64_t mark = k->marks[item], reference = k->marks[FAIRNESS_REFERENCE];
    if (mark == SCHEMA_NULL_I64 || reference == SCHEMA_NULL_I64 || mark == reference)
        return;
    struct fairness_worst *v = w->v[what.signal];
    size_t *n = &w->n[what.signal], at = *n;
    while (at > 0 && size_of(v[at - 1].shift) < size_of(mark - reference))
        at--;
    if (at == WORST_MAX)
        return;
    *n += *n < WORST_MAX;
    memmove(&v[at + 1], &v[at], (*n - at - 1) * sizeof(*v));
    v[at] = (struct fairness_worst){
        .signal = what.signal,
        .group = str_of(fairness_group_name((enum fairness_signal)what.signal, what.group)),
        .anonymized_id = str_keep(c->mem, s->anonymized_id),
        .reference = reference,
        .mark = mark,
        .shift = mark - reference,
    };
}

static err take_worst(struct ctx *c, const void *row, void *arg)
{
    const struct fairness_sample *s = row;
    struct worst *w = arg;
    struct fairness_case k;
    const int items = fairness_items(w->variants);
    TRY(fairness_marks_read(c, s, items, &k));
    for (int i = FAIRNESS_FIRST; i < items; i++)
        note_worst(c, w, s, &k, i);
    return ERR_OK;
}

static err list_worst(struct ctx *c, struct tx *tx, const struct fairness_run *run,
                      struct list *ret)
{
    struct worst *w = arena_new(c->mem, struct worst);
    struct fairness_worst *all =
        arena_array(c->mem, struct fairness_worst, FAIRNESS_SIGNALS * WORST_MAX);
    size_t n = 0;
    w->variants = run->variants;
    TRY(fairness_sample_each(c, tx, run->run_id, take_worst, w));
    for (int s = 0; s < FAIRNESS_SIGNALS; s++)
        for (size_t i = 0; i < w->n[s]; i++)
            all[n++] = w->v[s][i];
    *ret = (struct list){ all, n };
    return ERR_OK;
}

static err show_report(struct ctx *c, struct tx *tx, const struct fairness_run *run,
                       struct fairness *ret)
{
    const struct hash h = sha256(run->report);
    ret->report_sha256 = hash_hex(c->mem, &h);
    const struct fairness_report *report = NULL;
    TRY(read_report(c, run->report, &report));
    ret->report = report;
    return list_worst(c, tx, run, &ret->worst);
}

err fairness_show(struct ctx *c, struct tx *tx, struct str cycle_id, struct fairness *ret)
{
    struct fairness_look l;
    TRY(fairness_look(c, tx, cycle_id, &l));
    *ret = (struct fairness){ .cycle_id = str_keep(c->mem, cycle_id),
                              .state = l.state,
                              .open = fairness_is_open(&l),
                              .run_id = l.run.run_id,
                              .job_id = l.run.job_id,
                              .created_at = l.run.created_at,
                              .finished_at = l.run.finished_at,
                              .override_reason = l.run.override_reason,
                              .override_by = l.run.override_by,
                              .override_at = l.run.override_at };
    if (l.run.report.p)
        TRY(show_report(c, tx, &l.run, ret));
    return blocker_of(c, tx, cycle_id, &l, &ret->blocker);
}
