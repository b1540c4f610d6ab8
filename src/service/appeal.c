/* Appeals against published results. */
#include "service/appeal.h"

#include "base/str.h"
#include "codec/canon.h"
#include "domain/role.h"
#include "repo/appeal_repo.h"
#include "service/cycle_support.h"
#include "service/identity_firewall.h"
#include "service/scrub_preview.h"
#include "service/settings.h"

enum {
    APPEAL_DAYS = 14, /* without settings */
    CANON_MAX = 16384,
    DECISION_REASON_MIN = 10,
};
#define DAY_US (INT64_C(86400) * 1000000)

static const char *const state_text[] = { "possible", "over", "open", "granted", "rejected" };
static NAMES(state_names, state_text);
static const char *const decision_text[] = { "granted", "rejected" };
static NAMES(decision_names, decision_text);

#define A  struct appeal
#define S_ struct staff_appeal
/* clang-format off */
static const struct field appeal_fields[] = {
    FIELD_STR(A, application_id, .flags = FIELD_REQUIRED, .doc = "Whose result it is about."),
    FIELD_ENUM(A, state, .flags = FIELD_REQUIRED, .names = &state_names,
               .doc = "possible: none yet; over: the time has passed; open: it waits for a decision."),
    FIELD_TIME(A, until, .flags = FIELD_REQUIRED, .doc = "Last moment for an appeal."),
    FIELD_STR(A, reason, .flags = FIELD_NULL,
              .doc = "One's own words as staff read them: without what would tell who one is."),
    FIELD_TIME(A, created_at, .flags = FIELD_NULL, .doc = "When it was made."),
    FIELD_STR(A, decision_reason, .flags = FIELD_NULL, .doc = "The answer."),
    FIELD_TIME(A, decided_at, .flags = FIELD_NULL, .doc = "When it was decided."),
};
SCHEMA(appeal_schema, "Appeal", struct appeal, appeal_fields);

static const struct field ask_fields[] = {
    FIELD_STR(struct appeal_ask, application_id, .flags = FIELD_REQUIRED, .min = 1, .max = 50,
              .doc = "One's own application."),
    FIELD_STR(struct appeal_ask, reason, .flags = FIELD_REQUIRED | FIELD_WORDS | FIELD_PII, .min = APPEAL_REASON_MIN,
              .max = APPEAL_REASON_MAX, .doc = "What is wrong with the result, and why."),
};
SCHEMA(appeal_ask_schema, "AppealNew", struct appeal_ask, ask_fields);

static const struct field staff_fields[] = {
    FIELD_STR(S_, anonymized_id, .flags = FIELD_REQUIRED, .doc = "The anonymous application."),
    FIELD_ENUM(S_, state, .flags = FIELD_REQUIRED, .names = &state_names, .doc = "open, granted or rejected."),
    FIELD_STR(S_, reason, .flags = FIELD_REQUIRED, .doc = "The applicant's words, scrubbed."),
    FIELD_TIME(S_, created_at, .flags = FIELD_REQUIRED, .doc = "When it was made."),
    FIELD_STR(S_, decision_reason, .flags = FIELD_NULL, .doc = "The answer."),
    FIELD_TIME(S_, decided_at, .flags = FIELD_NULL, .doc = "When it was decided."),
};
SCHEMA(staff_appeal_schema, "StaffAppeal", struct staff_appeal, staff_fields);

static const struct field verdict_fields[] = {
    FIELD_ENUM(struct appeal_verdict, decision, .flags = FIELD_REQUIRED, .names = &decision_names,
               .doc = "Whether the applicant is right."),
    FIELD_STR(struct appeal_verdict, reason, .flags = FIELD_REQUIRED | FIELD_WORDS, .min = DECISION_REASON_MIN,
              .max = APPEAL_REASON_MAX, .doc = "What the applicant reads; the log is committed to it."),
};
SCHEMA(appeal_verdict_schema, "AppealVerdict", struct appeal_verdict, verdict_fields);
/* clang-format on */
#undef S_
#undef A

int64_t appeal_days(const struct ctx *c)
{
    return setting_or(settings_of(c)->appeal_days, APPEAL_DAYS);
}

static int32_t state_of(const struct ctx *c, const struct result_appeal_row *r, int64_t until)
{
    if (r->decision.p)
        return str_eq(r->decision, S("granted")) ? APPEAL_GRANTED : APPEAL_REJECTED;
    if (r->reason.p)
        return APPEAL_WAITING;
    return c->now_us <= until ? APPEAL_POSSIBLE : APPEAL_OVER;
}

static err show(struct ctx *c, struct tx *tx, struct str application_id,
                const struct result_appeal_row *r, struct appeal *ret)
{
    struct cycle_steps steps;
    TRY(cycle_row_steps(c, tx, r->cycle_id, &steps));
    /* The log does not tell yet: the entry waits for its place. */
    const int64_t published = steps.at[PHASE_PUBLISHED] ? steps.at[PHASE_PUBLISHED] : c->now_us;
    const int64_t until = published + appeal_days(c) * DAY_US;
    *ret = (struct appeal){ .application_id = application_id,
                            .state = state_of(c, r, until),
                            .until = until,
                            .reason = r->reason,
                            .created_at = r->created_at,
                            .decision_reason = r->decision_reason,
                            .decided_at = r->decided_at };
    return ERR_OK;
}

/* The published result of one's application, if it has one. */
static err find_result(struct ctx *c, struct tx *tx, const struct own_view *v,
                       struct result_appeal_row *ret, bool *ret_found)
{
    *ret_found = false;
    if (!v->anonymized_id.p || v->cycle.phase < PHASE_PUBLISHED || v->status == APP_WITHDRAWN)
        return ERR_OK;
    return result_appeal_of_result(c, tx, v->cycle.cycle_id, v->anonymized_id, ret, ret_found);
}

static err own_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list *ret = arg, rows;
    size_t n = 0;
    TRY(firewall_own(c, tx, c->who->id, &rows));
    const struct own_view *own = rows.v;
    struct appeal *v = arena_array(c->mem, struct appeal, rows.n + 1);
    for (size_t i = 0; i < rows.n; i++) {
        struct result_appeal_row row;
        bool found = false;
        TRY(find_result(c, tx, &own[i], &row, &found));
        if (found)
            TRY(show(c, tx, own[i].application_id, &row, &v[n++]));
    }
    *ret = (struct list){ v, n };
    return ERR_OK;
}

err appeals_own(struct ctx *c, struct list *ret)
{
    return tx_run(c, TX_READ, own_tx, ret);
}

struct open_call {
    struct str application_id, reason;
    struct result_appeal_row row;
    struct appeal shown;
};

static err find_own(struct ctx *c, struct tx *tx, struct open_call *q)
{
    struct list rows;
    TRY(firewall_own(c, tx, c->who->id, &rows));
    const struct own_view *own = rows.v;
    for (size_t i = 0; i < rows.n; i++) {
        bool found = false;
        if (!str_eq(own[i].application_id, q->application_id))
            continue;
        TRY(find_result(c, tx, &own[i], &q->row, &found));
        if (!found)
            return FAIL(c, BAD_REQUEST, "There is no published result to appeal against");
        return show(c, tx, own[i].application_id, &q->row, &q->shown);
    }
    return FAIL(c, NOT_FOUND, "Application not found");
}

static err check_open(struct ctx *c, const struct open_call *q)
{
    if (q->shown.state == APPEAL_OVER)
        return FAIL(c, BAD_REQUEST, "The time for appeals is over: %lld days after the publication",
                    (long long)appeal_days(c));
    if (q->shown.state != APPEAL_POSSIBLE)
        return FAIL(c, BAD_REQUEST, "There is an appeal against this result already");
    return ERR_OK;
}

static struct str committed(struct ctx *c, struct str text)
{
    struct buf b;
    buf_init(&b, c->mem, CANON_MAX);
    canon_str(&b, text);
    return buf_view(&b);
}

static err log_appeal(struct ctx *c, struct tx *tx, const struct open_call *q)
{
    struct audit_head head = { .known = false };
    const struct str subject = str_fmt(c->mem, "application:%.*s", STR_ARG(q->application_id));
    const struct audit_new n = {
        .act = "appeal.open",
        .actor = S("student"),
        .cycle = q->row.cycle_id,
        .subj = subject,
        .key_subject = subject,
        .values = { { S("reason"), committed(c, q->reason) } },
        .n_values = 1,
    };
    return audit_append(c, tx, &head, &n, NULL);
}

static err look_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct open_call *q = arg;
    TRY(find_own(c, tx, q));
    return check_open(c, q);
}

static err open_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct open_call *q = arg;
    struct cycle_row cycle;
    int64_t made = 0;
    TRY(find_own(c, tx, q));
    TRY(cycle_hold(c, tx, q->row.cycle_id, &cycle));
    TRY(look_tx(c, tx, q));
    const struct result_appeal_new n = { q->row.anonymized_id, q->row.cycle_id, q->reason,
                                         c->now_us };
    TRY(result_appeal_insert(c, tx, &n, &made));
    if (made != 1)
        return FAIL(c, BAD_REQUEST, "There is an appeal against this result already");
    TRY(log_appeal(c, tx, q));
    return find_own(c, tx, q);
}

/* Only the scrubbed words are kept: the applicant writes about their own work, and staff decide
 * without knowing whose it is. */
err appeal_open(struct ctx *c, const struct appeal_ask *ask, struct appeal *ret)
{
    struct open_call q = { .application_id = ask->application_id };
    struct preview_reply scrubbed;
    TRY(tx_run(c, TX_READ, look_tx, &q));
    TRY(scrub_preview(c, &(struct preview_ask){ .essay = ask->reason }, &scrubbed));
    q.reason = scrubbed.essay;
    TRY(tx_run(c, TX_WRITE, open_tx, &q));
    *ret = q.shown;
    return ERR_OK;
}

static struct staff_appeal staff_of(const struct ctx *c, const struct result_appeal_row *r)
{
    return (struct staff_appeal){ .anonymized_id = r->anonymized_id,
                                  .state = state_of(c, r, 0),
                                  .reason = r->reason,
                                  .created_at = r->created_at,
                                  .decision_reason = r->decision_reason,
                                  .decided_at = r->decided_at };
}

struct list_call {
    struct str cycle_id;
    bool waiting;
    size_t limit;
    struct list rows;
};

static err list_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    struct cycle_row cycle;
    TRY(cycle_load(c, tx, q->cycle_id, &cycle));
    return result_appeal_of_cycle(c, tx, q->cycle_id, q->waiting, q->limit, &q->rows);
}

err appeals_list(struct ctx *c, struct str cycle_id, bool waiting, int64_t limit, struct list *ret)
{
    struct list_call q = { .cycle_id = cycle_id, .waiting = waiting, .limit = (size_t)limit };
    TRY(tx_run(c, TX_READ, list_tx, &q));
    struct staff_appeal *v = arena_array(c->mem, struct staff_appeal, q.rows.n + 1);
    for (size_t i = 0; i < q.rows.n; i++)
        v[i] = staff_of(c, &((const struct result_appeal_row *)q.rows.v)[i]);
    *ret = (struct list){ v, q.rows.n };
    return ERR_OK;
}

struct decide_call {
    struct str cycle_id, anonymized_id, admin_id;
    const struct appeal_verdict *v;
    struct result_appeal_row row;
};

static err find_appeal(struct ctx *c, struct tx *tx, struct decide_call *q)
{
    bool found = false;
    TRY(result_appeal_find(c, tx, q->cycle_id, q->anonymized_id, &q->row, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "No such appeal in this cycle");
}

static err log_decision(struct ctx *c, struct tx *tx, const struct decide_call *q)
{
    struct audit_head head = { .known = false };
    const struct str subject = str_fmt(c->mem, "anon:%.*s", STR_ARG(q->anonymized_id));
    const struct audit_new n = {
        .act = "appeal.decide",
        .actor = audit_actor(c),
        .cycle = q->cycle_id,
        .subj = subject,
        .data = str_fmt(c->mem, "{\"decision\":\"%s\"}", decision_text[q->v->decision]),
        .key_subject = subject,
        .values = { { S("reason"), committed(c, q->v->reason) } },
        .n_values = 1,
    };
    return audit_append(c, tx, &head, &n, NULL);
}

static err decide_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct decide_call *q = arg;
    struct cycle_row cycle;
    int64_t changed = 0;
    TRY(cycle_hold(c, tx, q->cycle_id, &cycle));
    TRY(find_appeal(c, tx, q));
    const struct result_appeal_decided d = {
        .anonymized_id = q->anonymized_id,
        .cycle_id = q->cycle_id,
        .decision = str_of(decision_text[q->v->decision]),
        .decision_reason = q->v->reason,
        .decided_by = q->admin_id,
        .decided_at = c->now_us,
    };
    TRY(result_appeal_close(c, tx, &d, &changed));
    if (changed != 1)
        return FAIL(c, BAD_REQUEST, "This appeal was decided already");
    TRY(log_decision(c, tx, q));
    return find_appeal(c, tx, q);
}

err appeal_decide(struct ctx *c, struct str cycle_id, struct str anonymized_id,
                  const struct appeal_verdict *v, struct staff_appeal *ret)
{
    struct decide_call q = { .cycle_id = cycle_id, .anonymized_id = anonymized_id, .v = v };
    TRY(cycle_actor(c, &q.admin_id));
    TRY(tx_run(c, TX_WRITE, decide_tx, &q));
    *ret = staff_of(c, &q.row);
    return ERR_OK;
}
