/* What each step does to rows and what it writes into the log; selection has its own file. */
#include "base/str.h"
#include "repo/anon_repo.h"
#include "repo/application_repo.h"
#include "repo/evaluation_repo.h"
#include "repo/held_repo.h"
#include "repo/score_repo.h"
#include "service/audit_roots.h"
#include "service/bias_review.h"
#include "service/exchange.h"
#include "service/fairness.h"
#include "service/job.h"
#include "service/metrics.h"
#include "service/phase_work.h"
#include "service/scrub_policy.h"

static err status_count(struct ctx *c, struct tx *tx, struct str cycle_id, int32_t status,
                        int64_t *ret)
{
    struct list counts;
    int64_t n = 0;
    TRY(application_counts(c, tx, cycle_id, &counts));
    const struct status_count *v = counts.v;
    for (size_t i = 0; i < counts.n; i++)
        n += v[i].status == status ? v[i].n : 0;
    *ret = n;
    return ERR_OK;
}

/* The member that says how many a forced step gave up; nothing for an ordinary one. */
static struct str forced_member(struct ctx *c, const struct step *s)
{
    if (!s->q->force)
        return S("");
    return str_fmt(c->mem, "\"forced\":%lld,", (long long)s->forced);
}

err phase_rows_freeze(struct ctx *c, struct tx *tx, struct step *s)
{
    const struct str id = s->q->cycle_id;
    int64_t moved = 0, logged = 0, first = 0;
    struct hash root, leaf;
    TRY(application_move(c, tx, id, APP_SUBMITTED, APP_FINALIZED, &moved));
    TRY(audit_hold(c, tx, &s->head));
    TRY(cycle_first_entry(c, tx, id, &first));
    TRY(audit_apps_root(c, tx, id, first, INT64_MAX, &root, &logged));
    if (logged != moved)
        return FAIL(c, INTERNAL,
                    "The log holds %lld submissions of this cycle and the tables "
                    "%lld; run the audit verification",
                    (long long)logged, (long long)moved);
    const struct str data = str_fmt(c->mem, "{\"apps_root\":\"%.*s\",\"count\":%lld}",
                                    STR_ARG(hash_hex(c->mem, &root)), (long long)moved);
    TRY(cycle_log(c, tx, &s->head, s->rule->act, id, data, &leaf));
    s->row.freeze_leaf = hash_hex(c->mem, &leaf);
    TRY(cycle_row_fold_seats(c, tx, id));
    return cycle_row_settle(c, tx, &s->row);
}

static err start_preprocess(struct ctx *c, struct tx *tx, struct step *s)
{
    int64_t total = 0;
    TRY(scrub_open_count(c, tx, s->q->cycle_id, &total));
    const struct job_new n = {
        .kind = s->rule->job, .first_stage = "scrub", .cycle_id = s->q->cycle_id, .total = total
    };
    return job_create(c, tx, &n, &s->out.job_id);
}

err phase_rows_preprocess(struct ctx *c, struct tx *tx, struct step *s)
{
    struct str data;
    TRY(scrub_policy_entry(c, tx, s->q->cycle_id, &data));
    TRY(cycle_log(c, tx, &s->head, s->rule->act, s->q->cycle_id, data, NULL));
    return start_preprocess(c, tx, s);
}

err phase_held_refused(struct ctx *c, struct tx *tx, const struct step *s)
{
    enum { NAMED_MAX = 4, NAME_SLACK = 8 };
    struct list rows;
    struct buf b;
    buf_init(&b, c->mem, FAULT_TEXT_MAX);
    buf_str(&b, str_keep(c->mem, str_of(c->fault.text)));
    fault_clear(c);
    TRY(held_list(c, tx, s->q->cycle_id, (struct str){ NULL, 0 }, NAMED_MAX, &rows));
    const struct held_row *v = rows.v;
    size_t i = 0;
    for (; i < rows.n && b.n + v[i].anonymized_id.n + NAME_SLACK < FAULT_TEXT_MAX; i++)
        buf_fmt(&b, "%s%.*s", i ? ", " : ": ", STR_ARG(v[i].anonymized_id));
    buf_str(&b, i == rows.n && rows.n < NAMED_MAX ? S("") : S(", ..."));
    return FAIL(c, PHASE, "%.*s", STR_ARG(buf_view(&b)));
}

err phase_rows_export(struct ctx *c, struct tx *tx, struct step *s)
{
    const struct str id = s->q->cycle_id;
    int64_t ready = 0;
    TRY(status_count(c, tx, id, APP_BATCH_READY, &ready));
    if (ready != s->file_rows)
        return FAIL(c, PHASE,
                    "Applications changed while the file was written (%lld rows, %lld "
                    "ready); try again",
                    (long long)s->file_rows, (long long)ready);
    const struct str data =
        str_fmt(c->mem, "{\"count\":%lld,%.*s\"sha256\":\"%.*s\"}", (long long)ready,
                STR_ARG(forced_member(c, s)), STR_ARG(s->file_sha256));
    TRY(cycle_log(c, tx, &s->head, s->rule->act, id, data, NULL));
    s->out.file_name = s->file_name;
    s->out.records = ready;
    return batch_create(c, tx, id, "export", s->file_name, ready, &s->out.batch_id);
}

static err start_evaluate(struct ctx *c, struct tx *tx, struct step *s, int64_t total)
{
    const struct str id = s->q->cycle_id;
    TRY(batch_create(c, tx, id, s->port->name, S("internal_llm"), total, &s->out.batch_id));
    const struct str params =
        str_fmt(c->mem,
                "{\"batch_id\":%lld,\"provider\":\"%s\",\"budget_tokens\":%lld,"
                "\"budget_micro\":%lld}",
                (long long)s->out.batch_id, s->port->name, (long long)s->q->budget_tokens,
                (long long)s->q->budget_micro);
    const struct job_new n = { .kind = s->rule->job,
                               .first_stage = "score",
                               .cycle_id = id,
                               .params = params,
                               .total = total };
    return job_create(c, tx, &n, &s->out.job_id);
}

static bool is_external(struct str provider)
{
    return str_eq(provider, S("external"));
}

err phase_rows_processing(struct ctx *c, struct tx *tx, struct step *s)
{
    const struct str id = s->q->cycle_id;
    int64_t total = 0;
    struct str rubric;
    TRY(application_move(c, tx, id, APP_BATCH_READY, APP_PROCESSING, &total));
    TRY(s->port->commitment(s->port->self, c, &rubric));
    TRY(cycle_log(c, tx, &s->head, "rubric.commit", id, rubric, NULL));
    const struct str data =
        str_fmt(c->mem, "{\"count\":%lld,%.*s\"provider\":\"%.*s\"}", (long long)total,
                STR_ARG(forced_member(c, s)), STR_ARG(s->provider));
    TRY(cycle_log(c, tx, &s->head, s->rule->act, id, data, NULL));
    if (is_external(s->provider))
        return batch_create(c, tx, id, "external", S("import"), total, &s->out.batch_id);
    return start_evaluate(c, tx, s, total);
}

err phase_rows_publish(struct ctx *c, struct tx *tx, struct step *s)
{
    const struct str id = s->q->cycle_id;
    int64_t rows = 0, listed = 0, moved = 0;
    struct str member = S(""), fairness;
    TRY(fairness_outcome(c, tx, id, &fairness));
    TRY(score_move(c, tx, id, APP_SHORTLISTED, APP_NOT_SELECTED, &listed));
    TRY(application_move(c, tx, id, APP_SHORTLISTED, APP_NOT_SELECTED, &moved));
    if (moved != listed)
        return FAIL(c, INTERNAL, "Applications and final scores of this cycle disagree");
    TRY(score_count(c, tx, id, &rows));
    if (fairness.p)
        fairness = str_fmt(c->mem, "\"fairness\":\"%.*s\",", STR_ARG(fairness));
    if (listed)
        member = str_fmt(c->mem, ",\"shortlisted\":%lld", (long long)listed);
    return cycle_log(c, tx, &s->head, s->rule->act, id,
                     str_fmt(c->mem, "{%.*s\"rows\":%lld%.*s}", STR_ARG(fairness), (long long)rows,
                             STR_ARG(member)),
                     NULL);
}

err phase_fairness_refused(struct ctx *c, struct tx *tx, const struct step *s)
{
    const struct str gate = str_keep(c->mem, str_of(c->fault.text));
    struct str why;
    fault_clear(c);
    TRY(fairness_blocker(c, tx, s->q->cycle_id, &why));
    return FAIL(c, PHASE, "%.*s: %.*s", STR_ARG(gate), STR_ARG(why));
}

err phase_rows_complete(struct ctx *c, struct tx *tx, struct step *s)
{
    TRY(bias_cycle_completed(c, tx, &s->head, s->q->cycle_id));
    return cycle_log(c, tx, &s->head, s->rule->act, s->q->cycle_id, S("{}"), NULL);
}

/* A job that was cancelled or failed has not moved the statuses of what it had done, and may not
 * have come to the metrics. */
err phase_rows_settle(struct ctx *c, struct tx *tx, const struct step *s)
{
    TRY(anon_settle(c, tx, s->q->cycle_id, c->now_us));
    TRY(metrics_fill(c, tx, s->q->cycle_id));
    return eval_settle(c, tx, s->q->cycle_id, c->now_us);
}

err phase_rows_give_up(struct ctx *c, struct tx *tx, struct step *s, bool late)
{
    static const int32_t early[] = { APP_SUBMITTED, APP_FINALIZED, APP_PREPROCESSING };
    static const int32_t later[] = { APP_BATCH_READY, APP_PROCESSING };
    int64_t n = 0;
    TRY(phase_rows_settle(c, tx, s)); /* what is done is not given up */
    for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
        TRY(application_move(c, tx, s->q->cycle_id, early[i], APP_FAILED, &n));
        s->forced += n;
    }
    for (size_t i = 0; late && i < sizeof(later) / sizeof(later[0]); i++) {
        TRY(application_move(c, tx, s->q->cycle_id, later[i], APP_FAILED, &n));
        s->forced += n;
    }
    return ERR_OK;
}

static err refuse_while_running(struct ctx *c, struct tx *tx, const struct step *s)
{
    struct str kind, job_id;
    bool found = false;
    TRY(cycle_running_job(c, tx, s->q->cycle_id, &kind, &job_id, &found));
    if (!found)
        return ERR_OK;
    return FAIL(c, PHASE, "Cycle is in phase '%s' and its %.*s job %.*s is still running",
                phase_names.v[s->row.cycle.phase], STR_ARG(kind), STR_ARG(job_id));
}

static err retry_preprocess(struct ctx *c, struct tx *tx, struct step *s)
{
    int64_t unscrubbed = 0, without = 0;
    TRY(phase_rows_settle(c, tx, s));
    TRY(cycle_fact_count(c, tx, "unscrubbed", s->q->cycle_id, &unscrubbed));
    TRY(cycle_fact_count(c, tx, "without_metrics", s->q->cycle_id, &without));
    if (unscrubbed + without == 0)
        return FAIL(c, PHASE,
                    "Cycle is in phase 'preprocessing' and every application is "
                    "preprocessed; export is the next step");
    return start_preprocess(c, tx, s);
}

static err retry_processing(struct ctx *c, struct tx *tx, struct step *s)
{
    int64_t unscored = 0;
    const struct str was = s->row.provider;
    if (s->q->provider.p && !str_eq(s->q->provider, was))
        return FAIL(c, BAD_REQUEST, "This cycle is evaluated by '%.*s'", STR_ARG(was));
    TRY(phase_rows_settle(c, tx, s));
    TRY(cycle_fact_count(c, tx, "unscored", s->q->cycle_id, &unscored));
    if (s->q->force && unscored) {
        TRY(phase_rows_give_up(c, tx, s, true));
        unscored = 0;
    }
    if (unscored == 0)
        return phase_scored(c, tx, s->q->cycle_id);
    if (is_external(was))
        return FAIL(c, PHASE,
                    "Cycle is in phase 'processing' and %lld applications wait for an "
                    "import",
                    (long long)unscored);
    s->port = evaluator_find(c, was);
    if (!s->port)
        return FAIL(c, BAD_REQUEST, "There is no provider '%.*s' on this server", STR_ARG(was));
    int64_t moved = 0;
    TRY(application_move(c, tx, s->q->cycle_id, APP_BATCH_READY, APP_PROCESSING, &moved));
    return start_evaluate(c, tx, s, unscored);
}

err phase_rows_retry(struct ctx *c, struct tx *tx, struct step *s)
{
    TRY(refuse_while_running(c, tx, s));
    if (s->rule->to == PHASE_PROCESSING)
        return retry_processing(c, tx, s);
    return retry_preprocess(c, tx, s);
}
