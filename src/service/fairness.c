/* The fairness check as people and phase steps see it: started, awaited, overridden. */
#include "service/fairness.h"

#include "base/str.h"
#include "codec/canon.h"
#include "codec/id.h"
#include "domain/phase.h"
#include "domain/role.h"
#include "repo/approval_repo.h"
#include "repo/audit_repo.h"
#include "service/fairness_inner.h"
#include "service/job_bell.h"
#include "service/settings.h"

enum { REASON_MIN = 10, REASON_MAX = 2000, CANON_MAX = 16384, MINUTES_DEFAULT = 60 };
#define MINUTE_US (INT64_C(60) * 1000000)
static const char override_verb[] = "fairness-override";

static const struct field override_fields[] = {
    FIELD_STR(struct fairness_override, reason, .flags = FIELD_REQUIRED | FIELD_WORDS,
              .min = REASON_MIN, .max = REASON_MAX,
              .doc = "Why the cycle is published all the same; the log is "
                     "committed to it."),
};
SCHEMA(fairness_override_schema, "FairnessOverride", struct fairness_override, override_fields);

/* What the cycle was scored by, as the log has it, is what this server would test. */
static err check_rubric(struct ctx *c, struct tx *tx, struct str cycle_id,
                        const struct evaluator_port *by)
{
    struct fairness_entry row;
    struct entry e;
    struct str now;
    const char *why = NULL;
    bool found = false;
    TRY(fairness_last_entry(c, tx, cycle_id, "rubric.commit", &row, &found));
    TRY(by->commitment(by->self, c, &now));
    if (found && entry_read(row.entry, &e, &why) && !str_eq(e.data, now))
        return FAIL(c, BAD_REQUEST,
                    "the models, prompts or weights of this server are not those that scored the "
                    "cycle");
    return ERR_OK;
}

err fairness_evaluator(struct ctx *c, struct tx *tx, const struct cycle_row *row,
                       const struct evaluator_port **ret)
{
    const bool external = str_eq(row->provider, S("external"));
    const struct str name = !row->provider.p || external ? provider_usual(c) : row->provider;
    const struct evaluator_port *by = evaluator_find(c, name);
    int64_t own = 0;
    if (external || !by)
        return FAIL(c, BAD_REQUEST,
                    external ? "the scores were imported, and who gave them cannot be "
                               "asked here"
                             : "who gave the scores cannot be asked on this server");
    TRY(check_rubric(c, tx, row->cycle.cycle_id, by));
    TRY(fairness_own_scores(c, tx, row->cycle.cycle_id, str_sub(str_of(by->label), 0, 100), &own));
    if (own == 0)
        return FAIL(c, BAD_REQUEST,
                    "none of the scores was given by this server's evaluator, and who gave them "
                    "cannot be asked here");
    *ret = by;
    return ERR_OK;
}

/* A run that was stopped goes on; its job begins where the sample was left. */
static err start_job(struct ctx *c, struct tx *tx, struct fairness_run *run)
{
    int64_t left = 0;
    const bool drawn = run->seed.p != NULL;
    if (drawn)
        TRY(fairness_sample_left(c, tx, run->run_id, &left));
    const struct job_new n = {
        .kind = "fairness",
        .first_stage = drawn ? "score" : "draw",
        .cycle_id = run->cycle_id,
        .params = str_fmt(c->mem, "{\"run_id\":\"%.*s\"}", STR_ARG(run->run_id)),
        .total = left,
    };
    return job_create(c, tx, &n, &run->job_id);
}

static struct fairness_run new_run(struct ctx *c, struct str cycle_id, const char *label)
{
    return (struct fairness_run){
        .run_id = id_sortable(c, "FAIR_"),
        .cycle_id = cycle_id,
        .evaluator = str_sub(str_of(label), 0, 100),
        .variants = setting_or(settings_of(c)->fairness_variants, FAIRNESS_VARIANTS_DEFAULT),
        .created_at = c->now_us,
        .created_by = c->who ? c->who->id : (struct str){ NULL, 0 },
    };
}

static err begin_run(struct ctx *c, struct tx *tx, struct audit_head *head,
                     const struct cycle_row *row, const struct fairness_look *l,
                     struct str *ret_job_id)
{
    const struct evaluator_port *by = NULL;
    TRY(audit_hold(c, tx, head)); /* what scored the cycle may still wait for its place */
    TRY(fairness_evaluator(c, tx, row, &by));
    const struct str label = str_sub(str_of(by->label), 0, 100);
    const bool again = l->state == FAIRNESS_STOPPED && str_eq(l->run.evaluator, label);
    struct fairness_run run = again ? l->run : new_run(c, row->cycle.cycle_id, by->label);
    TRY(start_job(c, tx, &run));
    TRY(again ? fairness_run_set_job(c, tx, &run) : fairness_run_insert(c, tx, &run));
    *ret_job_id = run.job_id;
    return ERR_OK;
}

err fairness_begin(struct ctx *c, struct tx *tx, struct audit_head *head, struct str cycle_id,
                   struct str *ret_job_id)
{
    struct fairness_look l;
    struct cycle_row row;
    *ret_job_id = (struct str){ NULL, 0 };
    TRY(cycle_load(c, tx, cycle_id, &row));
    TRY(fairness_look(c, tx, cycle_id, &l));
    if (fairness_is_open(&l) || (l.state != FAIRNESS_NONE && l.state != FAIRNESS_STOPPED))
        return ERR_OK;
    const err e = begin_run(c, tx, head, &row, &l, ret_job_id);
    if (e != ERR_BAD_REQUEST) /* such scores are for a person to answer for */
        return e;
    fault_clear(c);
    return ERR_OK;
}

struct start_call {
    struct str cycle_id, job_id;
    bool by_hand; /* else only where there is none */
    struct fairness *out;
};

static err check_phase(struct ctx *c, const struct cycle *cy, const char *what)
{
    if (cy->phase == PHASE_SCORED || cy->phase == PHASE_SELECTION)
        return ERR_OK;
    return FAIL(c, PHASE, "Cycle is in phase '%s'; %s needs 'scored' or 'selection'",
                phase_names.v[cy->phase], what);
}

static err start_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct start_call *q = arg;
    struct audit_head head = { .known = false };
    struct fairness_look l;
    struct cycle_row row;
    q->job_id = (struct str){ NULL, 0 };
    TRY(cycle_hold(c, tx, q->cycle_id, &row));
    TRY(check_phase(c, &row.cycle, "the fairness check"));
    TRY(fairness_look(c, tx, q->cycle_id, &l));
    if (l.state == FAIRNESS_RUNNING)
        return FAIL(c, CONFLICT, "The fairness check of this cycle is still running");
    const err e = begin_run(c, tx, &head, &row, &l, &q->job_id);
    if (e != ERR_BAD_REQUEST)
        return e;
    const struct str why = str_keep(c->mem, str_of(c->fault.text));
    fault_clear(c);
    return FAIL(c, BAD_REQUEST, "The fairness check cannot run: %.*s", STR_ARG(why));
}

static err show_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct start_call *q = arg;
    struct cycle_row row;
    TRY(cycle_load(c, tx, q->cycle_id, &row));
    return fairness_show(c, tx, q->cycle_id, q->out);
}

err fairness_get(struct ctx *c, struct str cycle_id, struct fairness *ret)
{
    struct start_call q = { .cycle_id = cycle_id, .out = ret };
    return tx_run(c, TX_READ, show_tx, &q);
}

static err await(struct ctx *c, struct str job_id)
{
    bool over = false;
    return job_id.p ? job_await(c, job_id, &over) : ERR_OK;
}

err fairness_start(struct ctx *c, struct str cycle_id, bool respond_async, struct fairness *ret)
{
    struct start_call q = { .cycle_id = cycle_id, .out = ret };
    struct str admin_id;
    TRY(cycle_actor(c, &admin_id));
    TRY(tx_run(c, TX_WRITE, start_tx, &q));
    if (respond_async)
        job_ring(c);
    else
        TRY(await(c, q.job_id));
    return fairness_get(c, cycle_id, ret);
}

static err ensure_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct start_call *q = arg;
    struct audit_head head = { .known = false };
    struct cycle_row row;
    TRY(cycle_hold(c, tx, q->cycle_id, &row));
    q->job_id = (struct str){ NULL, 0 };
    if (row.cycle.phase != PHASE_SELECTION)
        return ERR_OK;
    return fairness_begin(c, tx, &head, q->cycle_id, &q->job_id);
}

struct peek_call {
    struct str cycle_id;
    struct fairness_look look;
};

static err peek_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct peek_call *q = arg;
    return fairness_look(c, tx, q->cycle_id, &q->look);
}

err fairness_ensure(struct ctx *c, struct str cycle_id)
{
    struct peek_call p = { .cycle_id = cycle_id };
    struct start_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_READ, peek_tx, &p));
    if (fairness_is_open(&p.look) || p.look.state == FAIRNESS_FAILED)
        return ERR_OK;
    if (p.look.state == FAIRNESS_RUNNING)
        return await(c, p.look.run.job_id);
    TRY(tx_run(c, TX_WRITE, ensure_tx, &q));
    return await(c, q.job_id);
}

err fairness_outcome(struct ctx *c, struct tx *tx, struct str cycle_id, struct str *ret)
{
    struct fairness_look l;
    TRY(fairness_look(c, tx, cycle_id, &l));
    *ret = (struct str){ NULL, 0 };
    if (l.scored)
        *ret = l.state == FAIRNESS_PASSED ? S("passed") : S("overridden");
    return ERR_OK;
}

struct override_call {
    struct str cycle_id, admin_id;
    const struct fairness_override *v;
    struct fairness *out;
    int64_t waits_until;
};

/* Only what was tried and did not pass, or cannot be tried. */
static err check_override(struct ctx *c, struct tx *tx, const struct cycle_row *row,
                          const struct fairness_look *l)
{
    const struct evaluator_port *by = NULL;
    if (l->state == FAIRNESS_PASSED || !l->scored)
        return FAIL(c, BAD_REQUEST, "There is nothing to override: the fairness check has passed");
    if (l->state == FAIRNESS_RUNNING)
        return FAIL(c, BAD_REQUEST, "The fairness check still runs; wait for it or cancel it");
    if (l->found && l->run.override_at)
        return FAIL(c, BAD_REQUEST, "The fairness check was overridden already");
    if (l->state != FAIRNESS_NONE)
        return ERR_OK;
    const err e = fairness_evaluator(c, tx, row, &by);
    if (e == ERR_OK)
        return FAIL(c, BAD_REQUEST, "The fairness check has not been run yet");
    fault_clear(c);
    return e == ERR_BAD_REQUEST ? ERR_OK : e;
}

static bool two_persons(const struct ctx *c)
{
    return settings_of(c)->two_person_rule;
}

/* The first of two: kept, and logged as the first requests of steps are. */
static err keep_approval(struct ctx *c, struct tx *tx, struct audit_head *head,
                         struct override_call *q, struct str request)
{
    const int64_t minutes = setting_or(settings_of(c)->approval_minutes, MINUTES_DEFAULT);
    const struct approval_row row = {
        .cycle_id = q->cycle_id,
        .verb = str_of(override_verb),
        .admin_id = q->admin_id,
        .request = request,
        .created_at = c->now_us,
        .expires_at = c->now_us + minutes * MINUTE_US,
    };
    TRY(approval_repo_put(c, tx, &row));
    q->waits_until = row.expires_at;
    return cycle_log(c, tx, head, "cycle.approve", q->cycle_id,
                     str_fmt(c->mem, "{\"step\":\"%s\"}", override_verb), NULL);
}

static err second_person(struct ctx *c, struct tx *tx, struct audit_head *head,
                         struct override_call *q, const struct fairness_run *run)
{
    const struct str verb = str_of(override_verb);
    const struct str request = str_fmt(c->mem, "run=%.*s", STR_ARG(run->run_id));
    struct approval_row first;
    bool found = false;
    TRY(approval_repo_get(c, tx, q->cycle_id, verb, &first, &found));
    if (!found || first.expires_at <= c->now_us || !str_eq(first.request, request))
        return keep_approval(c, tx, head, q, request);
    if (str_eq(first.admin_id, q->admin_id))
        return FAIL(c, FORBIDDEN,
                    "You have asked for this override already: the two-person rule needs another "
                    "super_admin");
    return approval_repo_remove(c, tx, q->cycle_id, verb);
}

static err log_override(struct ctx *c, struct tx *tx, struct audit_head *head,
                        const struct fairness_run *run)
{
    uint8_t key[SUBJECT_KEY_N];
    struct buf b;
    buf_init(&b, c->mem, CANON_MAX);
    canon_str(&b, run->override_reason);
    const struct str subject = str_fmt(c->mem, "fairness:%.*s", STR_ARG(run->run_id));
    const struct audit_key_row row = subject_key_make(c, subject, key);
    const struct audit_new n = {
        .act = "fairness.override",
        .actor = audit_actor(c),
        .cycle = run->cycle_id,
        .subj = str_fmt(c->mem, "cycle:%.*s", STR_ARG(run->cycle_id)),
        .data = str_fmt(c->mem, "{\"run\":\"%.*s\"}", STR_ARG(run->run_id)),
        .key_subject = subject,
        .values = { { S("reason"), buf_view(&b) } },
        .n_values = 1,
    };
    err e = audit_repo_key_insert(c, tx, &row, 1);
    if (e == ERR_OK)
        e = audit_append_keyed(c, tx, head, &n, key, NULL);
    secret_wipe(key, sizeof(key));
    return e;
}

static err override_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct override_call *q = arg;
    struct audit_head head = { .known = false };
    struct fairness_look l;
    struct cycle_row row;
    q->waits_until = 0;
    TRY(cycle_hold(c, tx, q->cycle_id, &row));
    TRY(check_phase(c, &row.cycle, "the override"));
    TRY(audit_hold(c, tx, &head));
    TRY(fairness_look(c, tx, q->cycle_id, &l));
    TRY(check_override(c, tx, &row, &l));
    struct fairness_run run = l.found ? l.run : new_run(c, q->cycle_id, "none");
    if (!l.found)
        TRY(fairness_run_insert(c, tx, &run));
    if (two_persons(c)) {
        TRY(second_person(c, tx, &head, q, &run));
        if (q->waits_until)
            return ERR_OK;
    }
    run.override_reason = q->v->reason;
    run.override_by = q->admin_id;
    run.override_at = c->now_us;
    TRY(fairness_run_set_override(c, tx, &run));
    return log_override(c, tx, &head, &run);
}

err fairness_override(struct ctx *c, struct str cycle_id, const struct fairness_override *v,
                      struct fairness *ret)
{
    struct override_call q = { .cycle_id = cycle_id, .v = v, .out = ret };
    const uint32_t may = (uint32_t)ROLE_SUPER_ADMIN | (uint32_t)ROLE_OPERATOR;
    TRY(cycle_actor(c, &q.admin_id));
    if (!(c->who->roles & may))
        return FAIL(c, FORBIDDEN, "Only a super_admin may override the fairness check");
    TRY(tx_run(c, TX_WRITE, override_tx, &q));
    TRY(fairness_get(c, cycle_id, ret));
    ret->waits_until = q.waits_until;
    return ERR_OK;
}
