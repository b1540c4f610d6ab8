/* The steps between the phases: one write transaction each, with the gate, the flip, the rows, the
 * log entry and, for long work, the job row. What each verb does to rows is in phase_rows.c. */
#include "service/phase_step.h"

#include "base/str.h"
#include "domain/role.h"
#include "repo/interview_repo.h"
#include "service/exchange.h"
#include "service/fairness.h"
#include "service/job.h"
#include "service/phase_work.h"
#include "service/settings.h"

static const struct {
    const char *verb;
    err (*run)(struct ctx *c, struct tx *tx, struct step *s);
    bool may_force;
} verbs[] = {
    { "freeze", phase_rows_freeze, false },   { "preprocess", phase_rows_preprocess, false },
    { "export", phase_rows_export, true },    { "processing", phase_rows_processing, true },
    { "select", phase_rows_select, true },    { "final-select", phase_rows_final, true },
    { "publish", phase_rows_publish, false }, { "complete", phase_rows_complete, false },
};
enum { VERBS_N = sizeof(verbs) / sizeof(verbs[0]) };

static size_t verb_index(const char *verb)
{
    size_t i = 0;
    while (i < VERBS_N && !str_eq(str_of(verbs[i].verb), str_of(verb)))
        i++;
    return i;
}

static int64_t *fact_at(struct cycle_facts *facts, uint32_t offset)
{
    return (int64_t *)(void *)((char *)facts + offset);
}

static const char *fact_name(uint32_t offset)
{
    for (size_t i = 0; i < cycle_facts_schema.n; i++)
        if (cycle_facts_schema.fields[i].offset == offset)
            return cycle_facts_schema.fields[i].name;
    return "";
}

/* Counts what the rule asks for and nothing else: at a million rows a count has its price. */
static err facts_for(struct ctx *c, struct tx *tx, const struct phase_rule *rule,
                     struct str cycle_id, struct cycle_facts *ret)
{
    for (size_t i = 0; i < cycle_facts_schema.n; i++)
        *fact_at(ret, cycle_facts_schema.fields[i].offset) = -1;
    for (size_t i = 0; rule && i < PHASE_NEEDS_MAX && rule->need[i].missing; i++) {
        const uint32_t at = rule->need[i].fact;
        TRY(cycle_fact_count(c, tx, fact_name(at), cycle_id, fact_at(ret, at)));
    }
    return cycle_fact_count(c, tx, "running_jobs", cycle_id, &ret->running_jobs);
}

err phase_next(struct ctx *c, struct tx *tx, const struct cycle *cy,
               const struct phase_rule **ret_rule)
{
    struct shortlist_row list;
    bool found = false;
    if (cy->phase == PHASE_SELECTION)
        TRY(shortlist_find(c, tx, cy->cycle_id, &list, &found));
    *ret_rule = phase_rule_next(cy->phase, found && !list.finished_at);
    return ERR_OK;
}

err cycle_facts_load(struct ctx *c, struct tx *tx, struct str cycle_id, struct cycle_facts *ret)
{
    struct cycle_row row;
    const struct phase_rule *rule = NULL;
    TRY(cycle_load(c, tx, cycle_id, &row));
    TRY(phase_next(c, tx, &row.cycle, &rule));
    return facts_for(c, tx, rule, cycle_id, ret);
}

static err gate(struct ctx *c, struct tx *tx, const struct step *s)
{
    const int32_t phase = s->row.cycle.phase;
    struct cycle_facts facts = { 0 };
    if (phase == (int32_t)s->rule->from)
        TRY(facts_for(c, tx, s->rule, s->q->cycle_id, &facts));
    if (s->q->force) {
        /* Force lets go of unfinished work; what lacks a Judge's approval never passes. */
        facts.unscrubbed = facts.held = facts.without_metrics = facts.not_ready = facts.unscored =
            0;
        facts.without_interview = facts.interviews_unscored = 0;
    }
    const err e = phase_check(c, s->rule, phase, &facts);
    if (e == ERR_PHASE && facts.fairness_open > 0)
        return phase_fairness_refused(c, tx, s);
    if (e == ERR_PHASE && facts.held > 0)
        return phase_held_refused(c, tx, s);
    const bool waits = facts.without_interview + facts.interviews_unscored > 0;
    return e == ERR_PHASE && waits ? phase_final_refused(c, tx, s) : e;
}

static err flip(struct ctx *c, struct tx *tx, struct step *s)
{
    struct cycle *cy = &s->row.cycle;
    const int32_t from = cy->phase;
    int64_t changed = 0;
    cy->phase = (int32_t)s->rule->to;
    if (from == PHASE_SUBMISSION || (cy->phase == PHASE_COMPLETED && !cy->closed_by.p)) {
        cy->is_open = false;
        cy->closed_at = c->now_us;
        cy->closed_by = s->admin_id;
    }
    if (s->provider.p)
        s->row.provider = s->provider;
    TRY(cycle_row_write(c, tx, &s->row, from, &changed));
    if (changed != 1)
        return FAIL(c, PHASE,
                    "Another administrator changed this cycle at the same time; %s "
                    "did not run",
                    s->rule->verb);
    return ERR_OK;
}

/* Through the gate into the next phase. A step within a phase gives no application up. */
static err advance(struct ctx *c, struct tx *tx, struct step *s)
{
    if (approval_wanted(c, s)) {
        if (!s->q->force) /* by force the gate comes after what still runs was ended */
            TRY(gate(c, tx, s));
        TRY(approval_take(c, tx, s));
        if (s->out.waits_until)
            return ERR_OK;
    }
    if (s->q->force) /* what still runs ends with what it has written */
        TRY(job_cancel_active(c, tx, s->q->cycle_id));
    TRY(gate(c, tx, s));
    TRY(flip(c, tx, s));
    if (s->q->force && s->rule->to != s->rule->from)
        TRY(phase_rows_give_up(c, tx, s, s->rule->from >= PHASE_PROCESSING));
    TRY(verbs[verb_index(s->q->verb)].run(c, tx, s));
    return s->rule->to == PHASE_SELECTION && s->rule->from == PHASE_SCORED
               ? fairness_begin(c, tx, &s->head, s->q->cycle_id, &s->begun)
               : ERR_OK;
}

static err step_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct step *s = arg;
    s->head = (struct audit_head){ .known = false };
    s->forced = 0;
    s->begun = (struct str){ NULL, 0 };
    s->out = (struct phase_reply){ .batch_id = SCHEMA_NULL_I64,
                                   .records = SCHEMA_NULL_I64,
                                   .cutoff = SCHEMA_NULL_I64 };
    TRY(cycle_hold(c, tx, s->q->cycle_id, &s->row));
    TRY(cycle_if_match(c, &s->row.cycle, s->q->if_match));
    if (s->rule->job && s->row.cycle.phase == (int32_t)s->rule->to)
        TRY(phase_rows_retry(c, tx, s));
    else
        TRY(advance(c, tx, s));
    TRY(cycle_load(c, tx, s->q->cycle_id, &s->row));
    s->out.cycle = s->row.cycle;
    return ERR_OK;
}

static err peek_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct step *s = arg;
    TRY(cycle_load(c, tx, s->q->cycle_id, &s->row));
    TRY(cycle_if_match(c, &s->row.cycle, s->q->if_match));
    return gate(c, tx, s);
}

static err match_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct step *s = arg;
    TRY(cycle_load(c, tx, s->q->cycle_id, &s->row));
    return cycle_if_match(c, &s->row.cycle, s->q->if_match);
}

/* By force a job may be cut short: what it has done belongs into the file. */
static err cut_short_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct step *s = arg;
    TRY(cycle_lock(c, tx, s->q->cycle_id, LOCK_EXCLUSIVE));
    TRY(peek_tx(c, tx, s));
    TRY(job_cancel_active(c, tx, s->q->cycle_id));
    return phase_rows_settle(c, tx, s);
}

/* Publication looks at the fairness check first: one that was never begun is run here. */
static err prepare_publish(struct ctx *c, struct step *s)
{
    TRY(tx_run(c, TX_READ, match_tx, s));
    return s->row.cycle.phase == PHASE_SELECTION ? fairness_ensure(c, s->q->cycle_id) : ERR_OK;
}

/* The file is written before the transaction, so that the writer is not held while it grows; a
 * file of a lost race stays behind and does no harm. */
static err prepare_export(struct ctx *c, struct step *s)
{
    if (s->q->force)
        TRY(tx_run(c, TX_WRITE, cut_short_tx, s));
    else
        TRY(tx_run(c, TX_READ, peek_tx, s));
    return export_file(c, s->q->cycle_id, &s->file_name, &s->file_rows, &s->file_sha256);
}

static err prepare_processing(struct ctx *c, struct step *s)
{
    const struct str usual = provider_usual(c);
    s->provider = s->q->provider.p ? s->q->provider : usual;
    /* Imported scores pass the Judge of the configured provider: that one commits. */
    s->port = evaluator_find(c, str_eq(s->provider, S("external")) ? usual : s->provider);
    if (!s->port)
        return FAIL(c, BAD_REQUEST, "There is no provider '%.*s' on this server",
                    STR_ARG(s->provider));
    return ERR_OK;
}

static err check_force(struct ctx *c, const struct phase_request *q, size_t verb)
{
    if (!q->force)
        return ERR_OK;
    if (!verbs[verb].may_force)
        return FAIL(c, BAD_REQUEST, "%s cannot be forced", q->verb);
    const uint32_t may = (uint32_t)ROLE_SUPER_ADMIN | (uint32_t)ROLE_OPERATOR;
    if (!(c->who->roles & may))
        return FAIL(c, FORBIDDEN, "Only a super_admin may force a step");
    return ERR_OK;
}

struct reload {
    struct str cycle_id;
    struct cycle_row row;
};

static err reload_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct reload *r = arg;
    return cycle_load(c, tx, r->cycle_id, &r->row);
}

/* Waits for the job as long as a request may; after that the reply says where to look. */
static err await_job(struct ctx *c, const struct phase_request *q, struct phase_reply *out)
{
    bool over = false;
    if (q->respond_async) {
        job_ring(c);
        return ERR_OK;
    }
    if (!c->deps->bell)
        return ERR_OK;
    TRY(job_await(c, out->job_id, &over));
    struct reload r = { .cycle_id = q->cycle_id };
    TRY(tx_run(c, TX_READ, reload_tx, &r));
    out->cycle = r.row.cycle;
    if (over)
        out->job_id = (struct str){ NULL, 0 };
    return ERR_OK;
}

err phase_step(struct ctx *c, const struct phase_request *q, struct phase_reply *ret)
{
    struct step s = { .q = q, .rule = phase_rule_of(q->verb) };
    const size_t verb = verb_index(q->verb);
    if (!s.rule || verb == VERBS_N)
        return FAIL(c, BAD_REQUEST, "There is no step '%s'", q->verb ? q->verb : "");
    TRY(cycle_actor(c, &s.admin_id));
    TRY(check_force(c, q, verb));
    if (verbs[verb].run == phase_rows_export)
        TRY(prepare_export(c, &s));
    if (verbs[verb].run == phase_rows_processing)
        TRY(prepare_processing(c, &s));
    if (verbs[verb].run == phase_rows_publish)
        TRY(prepare_publish(c, &s));
    TRY(tx_run(c, TX_WRITE, step_tx, &s));
    if (s.out.job_id.p)
        TRY(await_job(c, q, &s.out));
    if (s.begun.p)
        job_ring(c);
    *ret = s.out;
    return ERR_OK;
}

err phase_scored(struct ctx *c, struct tx *tx, struct str cycle_id)
{
    const struct phase_rule *rule = phase_rule_of("score");
    struct cycle_facts facts = { 0 };
    struct cycle_row row;
    int64_t changed = 0, scored = 0;
    /* Evaluation and imports may each finish their last item now: the second to come here sees
     * what the first has written. */
    TRY(cycle_hold(c, tx, cycle_id, &row));
    if (row.cycle.phase != PHASE_PROCESSING)
        return ERR_OK;
    /* The cheap count first: most calls end here. */
    TRY(cycle_fact_count(c, tx, "unscored", cycle_id, &facts.unscored));
    if (facts.unscored)
        return ERR_OK;
    TRY(facts_for(c, tx, rule, cycle_id, &facts));
    if (facts.unjudged)
        return ERR_OK;
    TRY(phase_check(c, rule, row.cycle.phase, &facts));
    TRY(cycle_fact_count(c, tx, "applications", cycle_id, &scored));
    row.cycle.phase = PHASE_SCORED;
    TRY(cycle_row_write(c, tx, &row, PHASE_PROCESSING, &changed));
    if (changed != 1)
        return ERR_OK;
    struct audit_head head = { .known = false };
    return cycle_log(c, tx, &head, "cycle.scored", cycle_id,
                     str_fmt(c->mem, "{\"count\":%lld}", (long long)scored), NULL);
}
