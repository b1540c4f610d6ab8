/* Statuses as they are asked for, gaps, what the evaluator's screen reports, and the daily sweep.
 */
#include "base/str.h"
#include "repo/interview_repo.h"
#include "service/bias_inner.h"
#include "service/room_port.h"
#include "service/settings.h"

err bias_status_get(struct ctx *c, struct tx *tx, const char *admin_id, enum bias_status *ret)
{
    struct bias_person person;
    struct bias_counts n;
    TRY(bias_person_load(c, tx, str_of(admin_id), (struct str){ 0 }, &person));
    TRY(bias_count(c, bias_rules(c), &person.ledger, c->now_us, NULL, &n));
    *ret = (enum bias_status)n.status;
    return ERR_OK;
}

struct gap_call {
    int64_t interview_id, begin_us, seconds;
};

err bias_gap_in(struct ctx *c, struct tx *tx, int64_t interview_id, int64_t begin_us,
                int64_t seconds)
{
    struct audit_head head = { .known = false };
    struct interview_row interview;
    bool found = false;
    struct gap_row gap = { .interview_id = interview_id,
                           .analysis_id = SCHEMA_NULL_I64,
                           .cause = GAP_LOST,
                           .began_at = begin_us,
                           .seconds = seconds > 0 ? seconds : 0,
                           .created_at = c->now_us };
    TRY(interview_find(c, tx, interview_id, &interview, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "Interview not found");
    TRY(bias_lock(c, tx, interview.admission_cycle_id, interview.id, interview.admin_id));
    TRY(gap_insert(c, tx, &gap, &gap.id));
    return bias_log_gap(c, tx, &head, &gap, interview.admission_cycle_id);
}

static err gap_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct gap_call *q = arg;
    return bias_gap_in(c, tx, q->interview_id, q->begin_us, q->seconds);
}

err bias_gap_add(struct ctx *c, int64_t interview_id, int64_t begin_us, int64_t seconds)
{
    struct gap_call q = { interview_id, begin_us, seconds };
    return tx_run(c, TX_WRITE, gap_tx, &q);
}

struct nudge_call {
    int64_t id;
    struct str admin_id;
    bool acknowledge;
};

static err nudge_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct nudge_call *q = arg;
    struct nudge_row n;
    bool found = false;
    int64_t changed = 0;
    TRY(nudge_find(c, tx, q->id, &n, &found));
    if (!found || !str_eq(n.admin_id, q->admin_id))
        return FAIL(c, NOT_FOUND, "Nudge not found");
    if (q->acknowledge)
        return nudge_acknowledge(c, tx, n.id, c->now_us, &changed);
    TRY(nudge_deliver(c, tx, n.id, c->now_us, &changed));
    if (changed == 0 || n.nudge_type != RESPOND_WARNING)
        return ERR_OK;
    const struct room_row room = { .interview_id = n.interview_id,
                                   .warning_delivered_at = c->now_us };
    return bias_room_mark(c, tx, &room);
}

err bias_nudge_delivered(struct ctx *c, int64_t nudge_id, const char *admin_id)
{
    struct nudge_call q = { nudge_id, str_of(admin_id), false };
    return tx_run(c, TX_WRITE, nudge_tx, &q);
}

err bias_nudge_acknowledge(struct ctx *c, int64_t nudge_id, const char *admin_id)
{
    struct nudge_call q = { nudge_id, str_of(admin_id), true };
    return tx_run(c, TX_WRITE, nudge_tx, &q);
}

enum { SWEEP_BATCH = 100, SWEEP_BATCHES_MAX = 100, PAUSE_MINUTES = 10, LATER_HOURS = 24 };
static const int64_t minute_us = INT64_C(60) * 1000000;

struct due_call {
    struct str after;
    int64_t before;
    struct list rows;
};

static err due_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct due_call *q = arg;
    return history_due(c, tx, c->now_us, q->after, SWEEP_BATCH, &q->rows);
}

struct reset_call {
    struct str admin_id;
};

static err reset_tx(struct ctx *c, struct tx *tx, void *arg)
{
    const struct reset_call *q = arg;
    const struct bias_move move = { .admin_id = q->admin_id, .actor = "system", .cause = "reset" };
    struct audit_head head = { .known = false };
    struct bias_counts n;
    TRY(tx_lock(c, tx, str_fmt(c->mem, "admin:%.*s", STR_ARG(q->admin_id)), LOCK_EXCLUSIVE));
    return bias_recount(c, tx, &head, &move, &n);
}

static err sweep_resets(struct ctx *c, int64_t *io_changed)
{
    struct due_call q = { .after = S("") };
    for (int i = 0; i < SWEEP_BATCHES_MAX; i++) {
        TRY(tx_run(c, TX_READ, due_tx, &q));
        const struct history_row *v = q.rows.v;
        for (size_t k = 0; k < q.rows.n; k++) {
            struct reset_call one = { v[k].admin_id };
            TRY(tx_run(c, TX_WRITE, reset_tx, &one));
            ++*io_changed;
        }
        if (q.rows.n < SWEEP_BATCH)
            break;
        q.after = v[q.rows.n - 1].admin_id;
    }
    return ERR_OK;
}

static err paused_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct due_call *q = arg;
    return bias_rooms_paused(c, tx, q->before, SWEEP_BATCH, &q->rows);
}

struct end_call {
    int64_t interview_id, before;
    struct str admin_id;
    struct bias_told told;
};

/* Nobody decided: it ends without a verdict, and the flag waits. */
static err end_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct end_call *q = arg;
    struct interview_row interview;
    struct room_row room = { 0 };
    bool found = false;
    TRY(interview_find(c, tx, q->interview_id, &interview, &found));
    if (!found)
        return ERR_OK;
    TRY(bias_lock(c, tx, interview.admission_cycle_id, interview.id, interview.admin_id));
    TRY(bias_room_find(c, tx, q->interview_id, &room, &found));
    q->told.ended = room.paused_at && room.paused_at < q->before && !room.terminated_at;
    q->admin_id = interview.admin_id;
    if (!q->told.ended)
        return ERR_OK;
    room.terminated_at = c->now_us;
    struct audit_head head = { .known = false };
    TRY(bias_room_mark(c, tx, &room));
    return bias_cancel_interview(c, tx, &head, interview.id);
}

static err sweep_paused(struct ctx *c, int64_t *io_changed)
{
    const int64_t minutes = setting_or(settings_of(c)->bias_pause_minutes, PAUSE_MINUTES);
    struct due_call q = { .before = c->now_us - minutes * minute_us };
    TRY(tx_run(c, TX_READ, paused_tx, &q));
    const struct room_row *v = q.rows.v;
    for (size_t i = 0; i < q.rows.n; i++) {
        struct end_call one = { .interview_id = v[i].interview_id, .before = q.before };
        TRY(tx_run(c, TX_WRITE, end_tx, &one));
        bias_tell(c, one.interview_id, one.admin_id, &one.told);
        *io_changed += one.told.ended;
    }
    return ERR_OK;
}

static err overdue_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct due_call *q = arg;
    return analysis_overdue(c, tx, q->before, SWEEP_BATCH, &q->rows);
}

struct load_call {
    int64_t id;
    struct bias_run run;
    bool found;
};

static err load_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct load_call *q = arg;
    return bias_run_load(c, tx, q->id, &q->run, &q->found);
}

/* The detector's word stands, and a person looks at it. */
static err sweep_overdue(struct ctx *c, int64_t *io_changed)
{
    const int64_t hours = setting_or(settings_of(c)->bias_later_hours, LATER_HOURS);
    struct due_call q = { .before = c->now_us - hours * 60 * minute_us };
    TRY(tx_run(c, TX_READ, overdue_tx, &q));
    const struct analysis_id *v = q.rows.v;
    for (size_t i = 0; i < q.rows.n; i++) {
        struct load_call one = { .id = v[i].id };
        TRY(tx_run(c, TX_READ, load_tx, &one));
        one.run.expired = true;
        if (one.found)
            TRY(bias_settle(c, &one.run));
        *io_changed += one.found;
    }
    return ERR_OK;
}

err bias_sweep(struct ctx *c, int64_t *ret_changed)
{
    int64_t n = 0;
    TRY(sweep_resets(c, &n));
    TRY(sweep_paused(c, &n));
    TRY(sweep_overdue(c, &n));
    *ret_changed = n;
    return ERR_OK;
}
