/* The beginning of an interview: its evaluator states that there is no conflict of interest, or
 * declines. */
#include "base/str.h"
#include "service/cycle_support.h"
#include "service/interview_inner.h"
#include "service/interview_log.h"

struct run_call {
    int64_t id;
    struct str admin_id, reason;
    struct interview_full row;
};

static err check_runs(struct ctx *c, const struct run_call *q)
{
    if (q->row.status != INTERVIEW_SCHEDULED)
        return FAIL(c, CONFLICT, "The interview is %s", interview_status_names.v[q->row.status]);
    return interview_check_open(c, &q->row);
}

static err check_window(struct ctx *c, const struct interview_full *row)
{
    struct interview shown;
    interview_show(c, row, &shown);
    if (c->now_us < shown.join_opens_at)
        return FAIL(c, BAD_REQUEST, "It is too early to begin this interview");
    if (c->now_us > shown.join_closes_at)
        return FAIL(c, BAD_REQUEST, "It is too late to begin this interview; move its slot first");
    return ERR_OK;
}

static err begin_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct run_call *q = arg;
    struct audit_head head = { .known = false };
    int64_t changed = 0;
    TRY(interview_hold_own(c, tx, q->id, &q->row));
    if (q->row.started_at && q->row.status != INTERVIEW_CANCELLED)
        return ERR_OK;
    TRY(check_runs(c, q));
    if (q->row.declined)
        return FAIL(c, CONFLICT, "You declined this interview; it waits for another interviewer");
    TRY(check_window(c, &q->row));
    TRY(evaluator_check(c, tx, q->admin_id));
    const struct coi_row coi = {
        .interview_id = q->id, .admin_id = q->admin_id, .accepted = true, .declared_at = c->now_us
    };
    TRY(coi_insert(c, tx, &coi));
    TRY(interview_mark_started(c, tx, q->id, q->admin_id, c->now_us, &changed));
    if (changed != 1)
        return FAIL(c, CONFLICT, "The interview was changed at the same time");
    q->row.started_at = c->now_us;
    const struct interview_note note = { .act = "interview.start",
                                         .id = q->id,
                                         .cycle_id = q->row.admission_cycle_id,
                                         .anonymized_id = q->row.anonymized_id };
    return interview_log(c, tx, &head, &note);
}

err interview_begin(struct ctx *c, int64_t id, const struct interview_start *s,
                    struct interview_started *ret)
{
    struct run_call q = { .id = id };
    TRY(cycle_actor(c, &q.admin_id));
    if (!s->coi_accepted || !s->cannot_identify || !s->no_conflict || !s->will_disclose)
        return FAIL(c, BAD_REQUEST,
                    "All three statements must be accepted; decline the interview otherwise");
    TRY(tx_run(c, TX_WRITE, begin_tx, &q));
    *ret = (struct interview_started){ .success = true,
                                       .message = S("Interview started"),
                                       .interview_id = id,
                                       .started_at = q.row.started_at };
    return ERR_OK;
}

static err decline_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct run_call *q = arg;
    struct audit_head head = { .known = false };
    TRY(interview_hold_own(c, tx, q->id, &q->row));
    TRY(check_runs(c, q));
    if (q->row.scores)
        return FAIL(c, CONFLICT, "The interview has its score");
    if (q->row.declined)
        return ERR_OK;
    const struct coi_row coi = { .interview_id = q->id,
                                 .admin_id = q->admin_id,
                                 .accepted = false,
                                 .reason = q->reason,
                                 .declared_at = c->now_us };
    TRY(coi_insert(c, tx, &coi));
    const struct interview_note note = { .act = "interview.decline",
                                         .id = q->id,
                                         .cycle_id = q->row.admission_cycle_id,
                                         .anonymized_id = q->row.anonymized_id,
                                         .reason = q->reason };
    TRY(interview_log(c, tx, &head, &note));
    return interview_load(c, tx, q->id, &q->row);
}

err interview_decline(struct ctx *c, int64_t id, const struct interview_decline *d,
                      struct interview *ret)
{
    struct run_call q = { .id = id, .reason = d->reason };
    TRY(cycle_actor(c, &q.admin_id));
    TRY(tx_run(c, TX_WRITE, decline_tx, &q));
    interview_show(c, &q.row, ret);
    return ERR_OK;
}
