/* Slots of interviews: given, changed, taken back, and given to another evaluator. Each change is
 * made under the cycle's lock, shared, and the interview's; the final selection has the cycle
 * alone. */
#include "base/str.h"
#include "codec/id.h"
#include "domain/application.h"
#include "domain/phase.h"
#include "domain/role.h"
#include "repo/bias_repo.h"
#include "service/cycle_support.h"
#include "service/interview_inner.h"
#include "service/interview_log.h"

static err bad_member(struct ctx *c, const char *member, const char *why)
{
    const struct issue issue = {
        .type = S("value_error"),
        .loc = str_fmt(c->mem, "[\"body\",\"%s\"]", member),
        .msg = str_of(why),
        .input = S("null"),
    };
    return fault_issue(c, &issue);
}

/* Neither identity nor its absence: an application is named by its anonymous id. */
static err named_application(struct ctx *c, const struct interview_new *n, struct str *ret)
{
    const struct str id = n->anonymized_id.p ? n->anonymized_id : n->application_id;
    if (!id.p)
        return bad_member(c, "anonymized_id", "Field required");
    if (!str_starts(id, S("ANON_")))
        return bad_member(c, n->anonymized_id.p ? "anonymized_id" : "application_id",
                          "Name the application by its anonymous id");
    *ret = id;
    return ERR_OK;
}

static err check_zone(struct ctx *c, struct str zone)
{
    if (zone.p && !time_zone_like(zone))
        return bad_member(c, "time_zone", "Input should be a time zone such as Europe/Berlin");
    return ERR_OK;
}

static err for_whom(struct ctx *c, struct str wanted, struct str *ret)
{
    TRY(cycle_actor(c, ret));
    if (!wanted.p || str_eq(wanted, *ret))
        return ERR_OK;
    if (!(c->who->roles & ((uint32_t)ROLE_SUPER_ADMIN | (uint32_t)ROLE_OPERATOR)))
        return FAIL(c, FORBIDDEN, "Only a super_admin may give an interview to another");
    *ret = wanted;
    return ERR_OK;
}

struct schedule_call {
    const struct interview_new *n;
    struct str anonymized_id, admin_id;
    struct interview_full row;
};

static err find_candidate(struct ctx *c, struct tx *tx, const struct schedule_call *q,
                          struct interview_candidate *ret)
{
    bool found = false;
    TRY(interview_candidate_find(c, tx, q->anonymized_id, ret, &found));
    return found ? ERR_OK : FAIL(c, NOT_FOUND, "Application not found");
}

static err check_candidate(struct ctx *c, const struct interview_candidate *a)
{
    const struct interview_full row = { .phase = a->phase, .finished_at = a->finished_at };
    TRY(interview_check_open(c, &row));
    if (a->status != APP_SHORTLISTED)
        return FAIL(c, BAD_REQUEST, "Only shortlisted applications are interviewed");
    if (a->interviews > 0)
        return FAIL(c, CONFLICT, "This application has an interview already");
    return ERR_OK;
}

static err insert_slot(struct ctx *c, struct tx *tx, struct schedule_call *q,
                       const struct interview_candidate *a)
{
    const struct interview_insert in = {
        .application_id = a->application_id,
        .admin_id = q->admin_id,
        .notes = q->n->notes,
        .time_zone = q->n->time_zone,
        .interview_time = q->n->interview_time,
        .duration_minutes = q->n->duration_minutes,
        .now = c->now_us,
    };
    int64_t id = 0;
    bool made = false;
    const err e = interview_insert(c, tx, &in, &id, &made);
    if (e == ERR_CONFLICT) {
        fault_clear(c);
        return FAIL(c, CONFLICT, "This application has an interview already");
    }
    TRY(e);
    if (!made)
        return FAIL(c, BAD_REQUEST, "The application has no student account");
    return interview_load(c, tx, id, &q->row);
}

static err schedule_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct schedule_call *q = arg;
    struct audit_head head = { .known = false };
    struct interview_candidate a;
    TRY(find_candidate(c, tx, q, &a));
    TRY(cycle_lock(c, tx, a.admission_cycle_id, LOCK_SHARED));
    TRY(find_candidate(c, tx, q, &a));
    TRY(check_candidate(c, &a));
    TRY(evaluator_check(c, tx, q->admin_id));
    const struct interview_full slot = {
        .application_id = a.application_id,
        .admin_id = q->admin_id,
        .interview_time = q->n->interview_time,
        .duration_minutes = q->n->duration_minutes,
    };
    TRY(slot_ahead(c, &slot));
    TRY(slot_check(c, tx, &slot, true));
    TRY(insert_slot(c, tx, q, &a));
    const struct interview_note note = {
        .act = "interview.schedule",
        .id = q->row.id,
        .cycle_id = a.admission_cycle_id,
        .anonymized_id = a.anonymized_id,
        .data = interview_slot_data(c, q->admin_id, a.anonymized_id, q->row.interview_time,
                                    q->row.duration_minutes),
    };
    return interview_log(c, tx, &head, &note);
}

err interview_schedule(struct ctx *c, const struct interview_new *n, struct interview *ret)
{
    struct schedule_call q = { .n = n };
    TRY(named_application(c, n, &q.anonymized_id));
    TRY(check_zone(c, n->time_zone));
    TRY(for_whom(c, n->admin_id, &q.admin_id));
    TRY(tx_run(c, TX_WRITE, schedule_tx, &q));
    interview_show(c, &q.row, ret);
    return ERR_OK;
}

struct change_call {
    int64_t id;
    const struct interview_change *v;
    const struct seen *seen;
    struct str if_match;
    struct interview_full row, was;
};

static bool sent(const struct change_call *q, const char *member)
{
    return seen_has(q->seen, &interview_change_schema, member);
}

static err check_tag(struct ctx *c, struct str if_match, const struct interview_full *row)
{
    const struct interview shown = { .id = row->id, .version = row->version };
    if (if_match_lists(if_match, interview_etag(c, &shown)))
        return ERR_OK;
    return FAIL(c, PRECONDITION, "The interview was changed since you read it");
}

static err move_slot(struct ctx *c, struct tx *tx, struct change_call *q)
{
    const bool moved = q->row.interview_time != q->was.interview_time ||
                       q->row.duration_minutes != q->was.duration_minutes;
    if (!moved)
        return ERR_OK;
    if (q->was.status != INTERVIEW_SCHEDULED || q->was.started_at)
        return FAIL(c, CONFLICT, "The interview has begun; its time cannot be changed");
    TRY(slot_ahead(c, &q->row));
    TRY(evaluator_check(c, tx, q->row.admin_id));
    return slot_check(c, tx, &q->row, true);
}

static err move_status(struct ctx *c, struct change_call *q)
{
    if (!sent(q, "status") || q->v->status < 0 || q->v->status == q->was.status)
        return ERR_OK;
    if (q->was.status != INTERVIEW_SCHEDULED)
        return FAIL(c, CONFLICT, "A %s interview cannot be %s",
                    interview_status_names.v[q->was.status],
                    interview_status_names.v[q->v->status]);
    if (!q->was.started_at)
        return FAIL(c, CONFLICT, "The interview has not begun; start or cancel it");
    q->row.status = INTERVIEW_COMPLETED;
    q->row.completed_at = c->now_us;
    return ERR_OK;
}

static void take_members(struct change_call *q)
{
    const struct interview_change *v = q->v;
    if (sent(q, "interview_time") && v->interview_time)
        q->row.interview_time = v->interview_time;
    if (sent(q, "duration_minutes") && v->duration_minutes != SCHEMA_NULL_I64)
        q->row.duration_minutes = v->duration_minutes;
    if (sent(q, "time_zone"))
        q->row.time_zone = v->time_zone;
    if (sent(q, "interview_link") && v->interview_link.p)
        q->row.interview_link = v->interview_link;
    if (sent(q, "notes"))
        q->row.notes = v->notes;
}

static err log_change(struct ctx *c, struct tx *tx, const struct change_call *q)
{
    struct audit_head head = { .known = false };
    struct interview_note note = {
        .act = "interview.update",
        .id = q->id,
        .cycle_id = q->row.admission_cycle_id,
        .anonymized_id = q->row.anonymized_id,
    };
    if (q->row.interview_time != q->was.interview_time ||
        q->row.duration_minutes != q->was.duration_minutes) {
        note.data =
            str_fmt(c->mem, "{\"at\":%lld,\"minutes\":%lld}",
                    (long long)(q->row.interview_time / 1000), (long long)q->row.duration_minutes);
        TRY(interview_log(c, tx, &head, &note));
    }
    if (q->row.status == q->was.status)
        return ERR_OK;
    note.act = "interview.complete";
    note.data = (struct str){ NULL, 0 };
    return interview_log(c, tx, &head, &note);
}

static err change_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct change_call *q = arg;
    int64_t changed = 0;
    TRY(interview_hold(c, tx, q->id, &q->was));
    TRY(interview_check_mine(c, &q->was));
    TRY(check_tag(c, q->if_match, &q->was));
    TRY(interview_check_open(c, &q->was));
    if (q->was.status == INTERVIEW_CANCELLED)
        return FAIL(c, CONFLICT, "The interview was cancelled; schedule another");
    q->row = q->was;
    take_members(q);
    TRY(move_status(c, q));
    TRY(move_slot(c, tx, q));
    TRY(interview_write(c, tx, &q->row, c->now_us, &changed));
    if (changed != 1)
        return FAIL(c, PRECONDITION, "The interview was changed since you read it");
    TRY(log_change(c, tx, q));
    return interview_load(c, tx, q->id, &q->row);
}

void interview_room_end(struct ctx *c, int64_t id, enum room_end why)
{
    const struct room_port *rooms = c->deps->rooms;
    if (rooms && rooms->end)
        rooms->end(rooms->arg, id, why);
}

err interview_update(struct ctx *c, int64_t id, const struct interview_change *v,
                     const struct seen *seen, struct str if_match, struct interview *ret)
{
    struct change_call q = { .id = id, .v = v, .seen = seen, .if_match = if_match };
    struct str admin_id;
    TRY(cycle_actor(c, &admin_id));
    if (sent(&q, "time_zone"))
        TRY(check_zone(c, v->time_zone));
    if (sent(&q, "interview_link") && v->interview_link.p &&
        !interview_link_fits(v->interview_link))
        return bad_member(c, "interview_link",
                          "Input should be a path of this site or an https address");
    if (sent(&q, "status") && v->status == INTERVIEW_CANCELLED) {
        const struct interview_cancel cancel = { .code = INTERVIEW_BY_REQUEST };
        TRY(interview_cancel(c, id, &cancel, if_match));
        return interview_get(c, id, ret);
    }
    TRY(tx_run(c, TX_WRITE, change_tx, &q));
    if (q.row.status == INTERVIEW_COMPLETED)
        interview_room_end(c, id, ROOM_END_COMPLETED);
    interview_show(c, &q.row, ret);
    return ERR_OK;
}

struct cancel_call {
    struct interview_cancelling q;
    struct str if_match;
};

err interview_cancel_in(struct ctx *c, struct tx *tx, struct audit_head *head,
                        const struct interview_cancelling *q, bool *ret_done)
{
    struct interview_full row;
    int64_t changed = 0;
    *ret_done = false;
    TRY(interview_hold(c, tx, q->id, &row));
    const bool settled = q->by_monitor && row.finished_at;
    if (row.status == INTERVIEW_CANCELLED || settled)
        return ERR_OK;
    if (!q->by_monitor)
        TRY(interview_check_open(c, &row));
    const struct interview_ended end = {
        .id = q->id,
        .now = c->now_us,
        .by = q->by_monitor ? (struct str){ NULL, 0 } : c->who->id,
        .reason = q->reason,
        .code = str_of(interview_cancel_names.v[q->code]),
    };
    TRY(interview_mark_cancelled(c, tx, &end, &changed));
    TRY(scorecard_delete(c, tx, q->id));
    const struct interview_note note = {
        .act = "interview.cancel",
        .id = q->id,
        .cycle_id = row.admission_cycle_id,
        .anonymized_id = row.anonymized_id,
        .data = str_fmt(c->mem, "{\"code\":\"%s\"}", interview_cancel_names.v[q->code]),
        .reason = q->reason,
        .by_monitor = q->by_monitor,
    };
    TRY(interview_log(c, tx, head, &note));
    *ret_done = changed == 1;
    return ERR_OK;
}

static err cancel_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct cancel_call *q = arg;
    struct audit_head head = { .known = false };
    struct interview_full row;
    bool done = false;
    TRY(interview_hold(c, tx, q->q.id, &row));
    TRY(interview_check_mine(c, &row));
    TRY(check_tag(c, q->if_match, &row));
    if (row.status == INTERVIEW_CANCELLED)
        return FAIL(c, CONFLICT, "The interview was cancelled already");
    return interview_cancel_in(c, tx, &head, &q->q, &done);
}

err interview_cancel(struct ctx *c, int64_t id, const struct interview_cancel *q,
                     struct str if_match)
{
    struct cancel_call call = { .q = { .id = id, .code = q->code, .reason = q->reason },
                                .if_match = if_match };
    struct str admin_id;
    TRY(cycle_actor(c, &admin_id));
    TRY(tx_run(c, TX_WRITE, cancel_tx, &call));
    interview_room_end(c, id, ROOM_END_CANCELLED);
    return ERR_OK;
}

struct assign_call {
    int64_t id;
    struct str admin_id, reason;
    bool taking; /* by an admin who takes it */
    struct interview_full row;
};

static err check_assign(struct ctx *c, struct tx *tx, const struct assign_call *q)
{
    bool declined = false;
    TRY(interview_check_open(c, &q->row));
    if (q->row.status != INTERVIEW_SCHEDULED || q->row.scores)
        return FAIL(c, CONFLICT, "Only an interview that is to be held can be given to another");
    if (str_eq(q->admin_id, q->row.admin_id))
        return FAIL(c, CONFLICT, "It is this interviewer's already");
    if (q->taking && !interview_needs_evaluator(&q->row))
        return FAIL(c, FORBIDDEN, "Only a super_admin may give an interview to another");
    TRY(coi_declined(c, tx, q->id, q->admin_id, &declined));
    if (declined)
        return FAIL(c, CONFLICT, "This interviewer declined it for a conflict of interest");
    return evaluator_check(c, tx, q->admin_id);
}

static err assign_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct assign_call *q = arg;
    struct audit_head head = { .known = false };
    int64_t changed = 0;
    TRY(interview_hold(c, tx, q->id, &q->row));
    TRY(check_assign(c, tx, q));
    q->row.admin_id = q->admin_id;
    TRY(slot_check(c, tx, &q->row, false));
    TRY(interview_hand_over(c, tx, &q->row, c->now_us, &changed));
    if (changed != 1)
        return FAIL(c, CONFLICT, "The interview was changed at the same time");
    TRY(bias_room_forget(c, tx, q->id));
    TRY(scorecard_delete(c, tx, q->id));
    const struct interview_note note = {
        .act = "interview.assign",
        .id = q->id,
        .cycle_id = q->row.admission_cycle_id,
        .anonymized_id = q->row.anonymized_id,
        .data = str_fmt(c->mem, "{\"admin\":\"%.*s\"}", STR_ARG(q->admin_id)),
        .reason = q->reason,
    };
    TRY(interview_log(c, tx, &head, &note));
    return interview_load(c, tx, q->id, &q->row);
}

err interview_reassign(struct ctx *c, int64_t id, const struct interview_assign *q,
                       struct interview *ret)
{
    struct assign_call call = { .id = id, .reason = q->reason };
    TRY(for_whom(c, q->admin_id, &call.admin_id));
    call.taking = !(c->who->roles & ((uint32_t)ROLE_SUPER_ADMIN | (uint32_t)ROLE_OPERATOR));
    TRY(tx_run(c, TX_WRITE, assign_tx, &call));
    interview_show(c, &call.row, ret);
    return ERR_OK;
}
