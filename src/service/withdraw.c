/* Withdrawal by the owner: before the freeze fixes who takes part, and once. */
#include "base/str.h"
#include "domain/role.h"
#include "repo/application_repo.h"
#include "repo/cycle_repo.h"
#include "service/cycle_support.h"
#include "service/student.h"

struct withdraw_call {
    struct str application_id;
    struct application_own own;
};

static err own_find(struct ctx *c, struct tx *tx, struct withdraw_call *q)
{
    bool found = false;
    TRY(application_own_find(c, tx, q->application_id, &q->own, &found));
    const bool owner = found && q->own.student_id.p && c->who && (c->who->roles & ROLE_STUDENT) &&
                       str_eq(c->who->id, q->own.student_id);
    return owner ? ERR_OK : FAIL(c, NOT_FOUND, "Application not found");
}

static err log_withdrawal(struct ctx *c, struct tx *tx, const struct application_own *own)
{
    struct audit_head head = { .known = false };
    const struct audit_new n = {
        .act = "application.withdraw",
        .actor = S("student"),
        .cycle = own->cycle.cycle_id,
        .subj = str_fmt(c->mem, "application:%.*s", STR_ARG(own->application_id)),
    };
    return audit_append(c, tx, &head, &n, NULL);
}

/* Alone with the cycle: no submission counts at the same time, and the freeze is before or behind.
 */
static err withdraw_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct withdraw_call *q = arg;
    struct cycle_row cycle;
    int64_t changed = 0;
    TRY(own_find(c, tx, q));
    TRY(cycle_hold(c, tx, q->own.cycle.cycle_id, &cycle));
    TRY(own_find(c, tx, q));
    if (q->own.status == APP_WITHDRAWN)
        return ERR_OK;
    if (cycle.cycle.phase != PHASE_SUBMISSION)
        return FAIL(c, PHASE,
                    "The admission cycle is %s; its applications can no longer be withdrawn",
                    phase_names.v[cycle.cycle.phase]);
    TRY(application_take_back(c, tx, q->application_id, &changed));
    if (changed != 1)
        return FAIL(c, PHASE, "This application can no longer be withdrawn");
    TRY(cycle_row_give_seat(c, tx, cycle.cycle.cycle_id));
    q->own.status = APP_WITHDRAWN;
    return log_withdrawal(c, tx, &q->own);
}

err application_withdraw(struct ctx *c, struct str application_id, struct application_state *ret)
{
    struct withdraw_call q = { .application_id = application_id };
    TRY(tx_run(c, TX_WRITE, withdraw_tx, &q));
    *ret = (struct application_state){
        .application_id = q.own.application_id,
        .status = q.own.status,
        .message = str_of(application_status_message(q.own.status)),
        .timestamp = c->now_us,
    };
    return ERR_OK;
}
