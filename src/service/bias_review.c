/* Section 5 of the bias rules, and the end of a cycle: rows of the ledger, and the status anew. */
#include "service/bias_review.h"

#include "base/str.h"
#include "codec/canon.h"
#include "domain/role.h"
#include "repo/bias_flag_repo.h"
#include "repo/watch_repo.h"
#include "service/bias_inner.h"
#include "service/settings.h"

enum { ADMINS_MAX = 10000, INCIDENTS_MAX = 100 };

err bias_recount(struct ctx *c, struct tx *tx, struct audit_head *head, const struct bias_move *m,
                 struct bias_counts *ret)
{
    struct bias_person person;
    TRY(bias_person_load(c, tx, m->admin_id, (struct str){ 0 }, &person));
    TRY(bias_count(c, bias_rules(c), &person.ledger, c->now_us, NULL, ret));
    return bias_status_move(c, tx, head, m, ret);
}

err bias_overturn(struct ctx *c, struct tx *tx, struct audit_head *head, struct str admin_id,
                  int64_t incident_id, struct str reason)
{
    const struct bias_move move = { .admin_id = admin_id, .cause = "overturn", .reason = reason };
    const struct ledger_row row = { .admin_id = admin_id,
                                    .kind = LEDGER_VOID,
                                    .interview_id = SCHEMA_NULL_I64,
                                    .analysis_id = SCHEMA_NULL_I64,
                                    .incident_id = incident_id,
                                    .status = -1,
                                    .at = c->now_us,
                                    .created_at = c->now_us };
    struct bias_counts n;
    TRY(ledger_insert(c, tx, &row));
    return bias_recount(c, tx, head, &move, &n);
}

err bias_reinstate(struct ctx *c, struct tx *tx, struct audit_head *head, struct str admin_id,
                   struct str reason)
{
    const struct bias_move move = {
        .admin_id = admin_id, .cause = "reinstate", .reason = reason, .always = true
    };
    const struct ledger_row row = { .admin_id = admin_id,
                                    .kind = LEDGER_REINSTATE,
                                    .interview_id = SCHEMA_NULL_I64,
                                    .analysis_id = SCHEMA_NULL_I64,
                                    .incident_id = SCHEMA_NULL_I64,
                                    .status = -1,
                                    .at = c->now_us,
                                    .created_at = c->now_us };
    struct bias_counts n;
    TRY(ledger_insert(c, tx, &row));
    return bias_recount(c, tx, head, &move, &n);
}

err bias_cycle_completed(struct ctx *c, struct tx *tx, struct audit_head *head, struct str cycle_id)
{
    const struct ledger_row row = { .kind = LEDGER_CYCLE_COMPLETED,
                                    .cycle_id = cycle_id,
                                    .interview_id = SCHEMA_NULL_I64,
                                    .analysis_id = SCHEMA_NULL_I64,
                                    .incident_id = SCHEMA_NULL_I64,
                                    .status = -1,
                                    .at = c->now_us,
                                    .created_at = c->now_us };
    struct list admins = { 0 };
    TRY(ledger_admins(c, tx, cycle_id, ADMINS_MAX, &admins));
    const struct ledger_admin *v = admins.v;
    for (size_t i = 0; i < admins.n; i++)
        TRY(tx_lock(c, tx, str_fmt(c->mem, "admin:%.*s", STR_ARG(v[i].admin_id)), LOCK_EXCLUSIVE));
    TRY(ledger_insert(c, tx, &row));
    for (size_t i = 0; i < admins.n; i++) {
        const struct bias_move move = { .admin_id = v[i].admin_id, .cause = "cycle" };
        struct bias_counts n;
        TRY(bias_recount(c, tx, head, &move, &n));
    }
    return ERR_OK;
}

static err cursor_read(struct ctx *c, struct str cursor, int64_t *ret)
{
    *ret = INT64_MAX;
    if (cursor.p && !str_i64(cursor, ret))
        return fault_cursor(c);
    return ERR_OK;
}

/* One row more than asked for tells that there is a next page. */
static bool page_cut(struct list *io, int64_t limit)
{
    if (io->n <= (size_t)limit)
        return false;
    io->n = (size_t)limit;
    return true;
}

static struct str next_cursor(struct ctx *c, int64_t id)
{
    return str_fmt(c->mem, "%lld", (long long)id);
}

static err view_array(struct ctx *c, size_t n, size_t size, void *ret)
{
    void *v = arena_try(c->mem, n + 1, size, _Alignof(max_align_t));
    if (!v)
        return FAIL(c, TOO_LARGE, "Too many at once");
    *(void **)ret = v;
    return ERR_OK;
}

static struct bias_flag_view flag_view(const struct flag_view_row *row)
{
    const struct flag_row *f = &row->f;
    return (struct bias_flag_view){ .id = f->id,
                                    .interview_id = f->interview_id,
                                    .admin_id = f->admin_id,
                                    .application_id = f->application_id,
                                    .flag_type = f->flag_type,
                                    .severity = f->severity,
                                    .description = f->description,
                                    .evidence = f->evidence,
                                    .action_taken = f->action_taken,
                                    .automatic = f->automatic,
                                    .reviewed = f->reviewed,
                                    .verdict = f->verdict,
                                    .reviewed_by = f->reviewed_by,
                                    .reviewed_at = f->reviewed_at,
                                    .resolution = f->resolution,
                                    .created_at = f->created_at,
                                    .suppressed_critical = row->suppressed_critical };
}

struct list_call {
    const struct flag_filter *f;
    struct flag_list_in in;
    struct list rows;
};

static err flags_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    return flag_list(c, tx, &q->in, &q->rows);
}

err bias_flags_list(struct ctx *c, const struct flag_filter *f, struct list *ret,
                    struct str *ret_next)
{
    struct list_call q = { .in = { .admin_id = f->admin_id,
                                   .severity = f->severity,
                                   .reviewed = f->reviewed,
                                   .limit = f->limit + 1 } };
    struct bias_flag_view *v;
    TRY(cursor_read(c, f->cursor, &q.in.before));
    TRY(tx_run(c, TX_READ, flags_tx, &q));
    const struct flag_view_row *rows = q.rows.v;
    if (page_cut(&q.rows, f->limit))
        *ret_next = next_cursor(c, rows[q.rows.n - 1].f.id);
    TRY(view_array(c, q.rows.n, sizeof(*v), &v));
    for (size_t i = 0; i < q.rows.n; i++)
        v[i] = flag_view(&rows[i]);
    *ret = (struct list){ v, q.rows.n };
    return ERR_OK;
}

err bias_incident_views(struct ctx *c, const struct list *rows, struct list *ret)
{
    struct bias_incident *v;
    const struct incident_row *r = rows->v;
    TRY(view_array(c, rows->n, sizeof(*v), &v));
    for (size_t i = 0; i < rows->n; i++)
        v[i] = (struct bias_incident){ .id = r[i].id,
                                       .interview_id = r[i].interview_id,
                                       .bias_detected = r[i].bias_detected,
                                       .bias_types = r[i].bias_types,
                                       .severity = r[i].severity,
                                       .confidence_score = r[i].confidence_score,
                                       .recommended_action = r[i].recommended_action,
                                       .source = r[i].source,
                                       .response = r[i].response,
                                       .points = r[i].points,
                                       .overturned = r[i].overturned,
                                       .evidence_quotes = r[i].evidence_quotes,
                                       .context_summary = r[i].context_summary,
                                       .spoken_at = r[i].spoken_at,
                                       .analyzed_at = r[i].analyzed_at };
    *ret = (struct list){ v, rows->n };
    return ERR_OK;
}

struct flag_call {
    int64_t id;
    const struct flag_resolve *q; /* NULL: only looked at */
    struct flag_view_row row;
    struct list incidents;
    struct bias_told told;
};

static err load_flag(struct ctx *c, struct tx *tx, struct flag_call *q)
{
    bool found = false;
    TRY(flag_find(c, tx, q->id, &q->row, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "Bias flag not found");
}

static err load_case(struct ctx *c, struct tx *tx, struct flag_call *q)
{
    TRY(load_flag(c, tx, q));
    return incidents_of_flag(c, tx, q->row.f.interview_id, q->row.incident_id, INCIDENTS_MAX,
                             &q->incidents);
}

static err case_tx(struct ctx *c, struct tx *tx, void *arg)
{
    return load_case(c, tx, arg);
}

static err show_case(struct ctx *c, const struct flag_call *q, struct bias_flag_view *ret)
{
    struct bias_flag_view v = flag_view(&q->row);
    TRY(bias_incident_views(c, &q->incidents, &v.incidents));
    *ret = v;
    return ERR_OK;
}

err bias_flag_get(struct ctx *c, int64_t id, struct bias_flag_view *ret)
{
    struct flag_call q = { .id = id };
    TRY(tx_run(c, TX_READ, case_tx, &q));
    return show_case(c, &q, ret);
}

/* Nobody reviews their own; an escalated flag waits for another person. */
static err check_reviewer(struct ctx *c, const struct flag_row *f)
{
    if (!c->who || str_eq(c->who->id, f->admin_id))
        return FAIL(c, FORBIDDEN, "Nobody reviews an incident of their own");
    if (f->reviewed)
        return FAIL(c, BAD_REQUEST, "This flag was reviewed already");
    if (f->verdict == VERDICT_ESCALATED && str_eq(c->who->id, f->reviewed_by))
        return FAIL(c, BAD_REQUEST, "An escalated flag waits for another person");
    return ERR_OK;
}

/* A room that was paused for this verdict ends, or goes on after a false alarm. */
static err settle_room(struct ctx *c, struct tx *tx, struct audit_head *head, struct flag_call *q,
                       int32_t verdict)
{
    struct room_row room = { 0 };
    bool found = false;
    TRY(bias_room_find(c, tx, q->row.f.interview_id, &room, &found));
    if (!room.paused_at || room.terminated_at || verdict == VERDICT_ESCALATED)
        return ERR_OK;
    if (verdict == VERDICT_FALSE_ALARM)
        return bias_room_resume(c, tx, q->row.f.interview_id);
    room.terminated_at = c->now_us;
    q->told.ended = true;
    TRY(bias_room_mark(c, tx, &room));
    return bias_cancel_interview(c, tx, head, q->row.f.interview_id);
}

/* An act of a person with a reason, committed under the subject's key. */
static err log_verdict(struct ctx *c, struct tx *tx, struct audit_head *head, struct audit_new *n,
                       struct str reason)
{
    struct buf b;
    buf_init(&b, c->mem, BIAS_JSON_MAX);
    canon_str(&b, reason);
    TRY(bias_key_ensure(c, tx, n->subj));
    n->actor = audit_actor(c);
    n->key_subject = n->subj;
    n->values[0] = (struct audit_value){ S("reason"), buf_view(&b) };
    n->n_values = 1;
    return audit_append(c, tx, head, n, NULL);
}

static err resolve_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct flag_call *q = arg;
    struct audit_head head = { .known = false };
    struct flag_row *f = &q->row.f;
    int64_t changed = 0;
    q->told = (struct bias_told){ 0 };
    TRY(load_flag(c, tx, q));
    TRY(bias_lock(c, tx, q->row.cycle_id, f->interview_id, f->admin_id));
    TRY(load_flag(c, tx, q));
    TRY(check_reviewer(c, f));
    const int32_t verdict = q->q->verdict < 0 ? VERDICT_CONFIRMED : q->q->verdict;
    f->reviewed = verdict != VERDICT_ESCALATED;
    f->verdict = verdict;
    f->reviewed_by = c->who->id;
    f->reviewed_at = c->now_us;
    f->resolution = q->q->resolution;
    TRY(flag_close(c, tx, f, &changed));
    struct audit_new n = {
        .act = "flag.resolve",
        .cycle = q->row.cycle_id,
        .subj = str_fmt(c->mem, "flag:%lld", (long long)f->id),
        .data = str_fmt(c->mem, "{\"verdict\":\"%s\"}", flag_verdict_names.v[verdict]),
    };
    TRY(log_verdict(c, tx, &head, &n, q->q->resolution));
    if (verdict == VERDICT_FALSE_ALARM)
        TRY(bias_overturn(c, tx, &head, f->admin_id, q->row.incident_id, q->q->resolution));
    TRY(settle_room(c, tx, &head, q, verdict));
    return load_case(c, tx, q);
}

static err need_resolution(struct ctx *c)
{
    const struct issue issue = { .type = S("missing"),
                                 .loc = S("[\"body\",\"resolution\"]"),
                                 .msg = S("Field required"),
                                 .input = S("null") };
    return fault_issue(c, &issue);
}

err bias_flag_resolve(struct ctx *c, int64_t id, const struct flag_resolve *r,
                      struct bias_flag_view *ret)
{
    struct flag_call q = { .id = id, .q = r };
    if (str_trim(r->resolution).n == 0)
        return need_resolution(c);
    TRY(tx_run(c, TX_WRITE, resolve_tx, &q));
    bias_tell(c, q.row.f.interview_id, q.row.f.admin_id, &q.told);
    return show_case(c, &q, ret);
}

struct lift_call {
    struct str admin_id, reason;
};

static err lift_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct lift_call *q = arg;
    struct audit_head head = { .known = false };
    struct person_totals t;
    TRY(bias_totals(c, tx, q->admin_id, &t));
    if (!t.known)
        return FAIL(c, NOT_FOUND, "No such administrator");
    if (!c->who || str_eq(c->who->id, q->admin_id))
        return FAIL(c, FORBIDDEN, "Nobody reviews an incident of their own");
    TRY(tx_lock(c, tx, str_fmt(c->mem, "admin:%.*s", STR_ARG(q->admin_id)), LOCK_EXCLUSIVE));
    return bias_reinstate(c, tx, &head, q->admin_id, q->reason);
}

err bias_lift(struct ctx *c, struct str admin_id, const struct bias_why *why,
              struct bias_standing *ret)
{
    struct lift_call q = { admin_id, why->reason };
    TRY(tx_run(c, TX_WRITE, lift_tx, &q));
    return bias_history_get(c, admin_id, ret);
}

struct appeal_call {
    int64_t nudge_id;
    struct str reason;
    const struct appeal_decision *d;
    struct appeal_row row;
};

static err load_appeal(struct ctx *c, struct tx *tx, struct appeal_call *q)
{
    bool found = false;
    TRY(appeal_find(c, tx, q->nudge_id, &q->row, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "No such appeal");
}

static void show_appeal(const struct appeal_row *r, struct appeal_view *ret)
{
    *ret = (struct appeal_view){ .nudge_id = r->nudge_id,
                                 .interview_id = r->interview_id,
                                 .admin_id = r->admin_id,
                                 .reason = r->reason,
                                 .created_at = r->created_at,
                                 .verdict = r->verdict,
                                 .decided_by = r->decided_by,
                                 .note = r->note,
                                 .decided_at = r->decided_at,
                                 .nudge_type = r->nudge_type,
                                 .message = r->message };
}

static err appeal_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct appeal_call *q = arg;
    struct audit_head head = { .known = false };
    struct analysis_row a;
    struct nudge_row nudge;
    bool found = false;
    TRY(nudge_find(c, tx, q->nudge_id, &nudge, &found));
    if (!found || !str_eq(nudge.admin_id, c->who->id))
        return FAIL(c, NOT_FOUND, "Nudge not found");
    TRY(analysis_find(c, tx, nudge.analysis_id, &a, &found));
    TRY(bias_lock(c, tx, a.cycle_id, a.interview_id, a.admin_id));
    TRY(appeal_find(c, tx, q->nudge_id, &q->row, &found));
    if (found)
        return FAIL(c, BAD_REQUEST, "This nudge was appealed already");
    TRY(nudge_find(c, tx, q->nudge_id, &nudge, &found));
    if (nudge.withdrawn_at || nudge.replaced_by != SCHEMA_NULL_I64)
        return FAIL(c, BAD_REQUEST, "This nudge does not stand any more");
    q->row = (struct appeal_row){ .nudge_id = nudge.id,
                                  .interview_id = nudge.interview_id,
                                  .admin_id = nudge.admin_id,
                                  .reason = q->reason,
                                  .created_at = c->now_us,
                                  .verdict = -1 };
    TRY(appeal_insert(c, tx, &q->row));
    struct audit_new n = {
        .act = "nudge.appeal",
        .cycle = a.cycle_id,
        .subj = str_fmt(c->mem, "interview:%lld", (long long)nudge.interview_id),
        .data = str_fmt(c->mem, "{\"nudge\":%lld}", (long long)nudge.id),
    };
    TRY(log_verdict(c, tx, &head, &n, q->reason));
    return load_appeal(c, tx, q);
}

err bias_nudge_appeal(struct ctx *c, int64_t nudge_id, const struct bias_why *why,
                      struct appeal_view *ret)
{
    struct appeal_call q = { .nudge_id = nudge_id, .reason = why->reason };
    TRY(tx_run(c, TX_WRITE, appeal_tx, &q));
    show_appeal(&q.row, ret);
    return ERR_OK;
}

static err decide_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct appeal_call *q = arg;
    struct audit_head head = { .known = false };
    int64_t changed = 0;
    TRY(load_appeal(c, tx, q));
    TRY(bias_lock(c, tx, q->row.cycle_id, q->row.interview_id, q->row.admin_id));
    TRY(load_appeal(c, tx, q));
    if (!c->who || str_eq(c->who->id, q->row.admin_id))
        return FAIL(c, FORBIDDEN, "Nobody reviews an incident of their own");
    if (q->row.verdict >= 0)
        return FAIL(c, BAD_REQUEST, "This appeal was decided already");
    q->row.verdict = q->d->verdict;
    q->row.decided_by = c->who->id;
    q->row.decided_at = c->now_us;
    q->row.note = q->d->reason;
    TRY(appeal_close(c, tx, &q->row, &changed));
    struct audit_new n = {
        .act = "nudge.decide",
        .cycle = q->row.cycle_id,
        .subj = str_fmt(c->mem, "interview:%lld", (long long)q->row.interview_id),
        .data = str_fmt(c->mem, "{\"nudge\":%lld,\"verdict\":\"%s\"}", (long long)q->row.nudge_id,
                        appeal_verdict_names.v[q->row.verdict]),
    };
    TRY(log_verdict(c, tx, &head, &n, q->d->reason));
    if (q->row.verdict == APPEAL_ACCEPTED && q->row.incident_id != SCHEMA_NULL_I64)
        TRY(bias_overturn(c, tx, &head, q->row.admin_id, q->row.incident_id, q->d->reason));
    return load_appeal(c, tx, q);
}

err bias_appeal_decide(struct ctx *c, int64_t nudge_id, const struct appeal_decision *d,
                       struct appeal_view *ret)
{
    struct appeal_call q = { .nudge_id = nudge_id, .d = d };
    TRY(tx_run(c, TX_WRITE, decide_tx, &q));
    show_appeal(&q.row, ret);
    return ERR_OK;
}

struct appeals_call {
    const struct appeal_filter *f;
    int64_t before;
    struct list rows;
};

static err appeals_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct appeals_call *q = arg;
    return appeal_list(c, tx, q->f->waiting, q->before, q->f->limit + 1, &q->rows);
}

err bias_appeals_list(struct ctx *c, const struct appeal_filter *f, struct list *ret,
                      struct str *ret_next)
{
    struct appeals_call q = { .f = f };
    struct appeal_view *v;
    TRY(cursor_read(c, f->cursor, &q.before));
    TRY(tx_run(c, TX_READ, appeals_tx, &q));
    const struct appeal_row *rows = q.rows.v;
    if (page_cut(&q.rows, f->limit))
        *ret_next = next_cursor(c, rows[q.rows.n - 1].nudge_id);
    TRY(view_array(c, q.rows.n, sizeof(*v), &v));
    for (size_t i = 0; i < q.rows.n; i++)
        show_appeal(&rows[i], &v[i]);
    *ret = (struct list){ v, q.rows.n };
    return ERR_OK;
}

struct nudges_call {
    struct str admin_id;
    int64_t before, limit;
    struct list rows;
};

static err nudges_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct nudges_call *q = arg;
    return nudge_list(c, tx, q->admin_id, q->before, q->limit, &q->rows);
}

err bias_nudges_list(struct ctx *c, const struct nudge_filter *f, struct list *ret,
                     struct str *ret_next)
{
    struct nudges_call q = { .admin_id = f->admin_id, .limit = f->limit + 1 };
    struct nudge_view *v;
    if (!c->who)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    if (!q.admin_id.p)
        q.admin_id = c->who->id;
    else if (!(c->who->roles & (ROLE_SUPER_ADMIN | ROLE_AUDITOR)) &&
             !str_eq(q.admin_id, c->who->id))
        return FAIL(c, FORBIDDEN, "Nudges of others are for super_admin and auditor");
    TRY(cursor_read(c, f->cursor, &q.before));
    TRY(tx_run(c, TX_READ, nudges_tx, &q));
    const struct nudge_list_row *rows = q.rows.v;
    if (page_cut(&q.rows, f->limit))
        *ret_next = next_cursor(c, rows[q.rows.n - 1].n.id);
    TRY(view_array(c, q.rows.n, sizeof(*v), &v));
    for (size_t i = 0; i < q.rows.n; i++) {
        const struct nudge_row *n = &rows[i].n;
        v[i] = (struct nudge_view){ .id = n->id,
                                    .interview_id = n->interview_id,
                                    .analysis_id = n->analysis_id,
                                    .admin_id = n->admin_id,
                                    .nudge_type = n->nudge_type,
                                    .severity = n->severity,
                                    .message = n->message,
                                    .display_duration = n->display_duration,
                                    .acknowledged = n->acknowledged,
                                    .withdrawn = n->withdrawn_at != 0,
                                    .created_at = n->created_at,
                                    .delivered_at = n->delivered_at,
                                    .appealed = rows[i].appealed,
                                    .appeal_verdict = rows[i].appeal_verdict };
    }
    *ret = (struct list){ v, q.rows.n };
    return ERR_OK;
}

struct unheard_call {
    int64_t before;
    struct list rows;
};

static err unheard_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct unheard_call *q = arg;
    return watch_unheard(c, tx, q->before, &q->rows);
}

err bias_gaps_open(struct ctx *c, struct list *ret)
{
    enum { TOLD_SECONDS = 30, SECOND_US = 1000000 };
    const int64_t told = setting_or(settings_of(c)->bias_gap_seconds, TOLD_SECONDS);
    struct unheard_call q = { .before = c->now_us - told * SECOND_US };
    struct gap_open_view *v;
    TRY(tx_run(c, TX_READ, unheard_tx, &q));
    TRY(view_array(c, q.rows.n, sizeof(*v), &v));
    const struct watch_unheard *rows = q.rows.v;
    for (size_t i = 0; i < q.rows.n; i++)
        v[i] = (struct gap_open_view){ rows[i].interview_id, rows[i].admin_id, rows[i].cycle_id,
                                       rows[i].settled_at,
                                       (c->now_us - rows[i].settled_at) / SECOND_US };
    *ret = (struct list){ v, q.rows.n };
    return ERR_OK;
}

struct gaps_call {
    const struct gap_filter *f;
    struct str admin_id;
    int64_t before;
    struct list rows;
};

static err gaps_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct gaps_call *q = arg;
    const int64_t of = q->f->interview_id == SCHEMA_NULL_I64 ? 0 : q->f->interview_id;
    return gap_list(c, tx, of, q->admin_id, q->before, q->f->limit + 1, &q->rows);
}

err bias_gaps_list(struct ctx *c, const struct gap_filter *f, struct list *ret,
                   struct str *ret_next)
{
    struct gaps_call q = { .f = f, .admin_id = f->admin_id };
    struct gap_view *v;
    if (!c->who)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    const bool all = (c->who->roles & (ROLE_SUPER_ADMIN | ROLE_AUDITOR)) != 0;
    if (!all && f->admin_id.p && !str_eq(f->admin_id, c->who->id))
        return FAIL(c, FORBIDDEN, "Gaps of others are for super_admin and auditor");
    if (!all)
        q.admin_id = c->who->id;
    TRY(cursor_read(c, f->cursor, &q.before));
    TRY(tx_run(c, TX_READ, gaps_tx, &q));
    const struct gap_list_row *rows = q.rows.v;
    if (page_cut(&q.rows, f->limit))
        *ret_next = next_cursor(c, rows[q.rows.n - 1].g.id);
    TRY(view_array(c, q.rows.n, sizeof(*v), &v));
    for (size_t i = 0; i < q.rows.n; i++) {
        const struct gap_row *g = &rows[i].g;
        v[i] = (struct gap_view){ g->id,    g->interview_id, g->analysis_id, rows[i].admin_id,
                                  g->cause, g->began_at,     g->seconds,     g->created_at };
    }
    *ret = (struct list){ v, q.rows.n };
    return ERR_OK;
}
