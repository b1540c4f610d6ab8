/* The owner's timeline: the phases that the log says the cycle has reached, in plain words. */
#include "base/str.h"
#include "domain/role.h"
#include "repo/application_repo.h"
#include "repo/cycle_repo.h"
#include "service/student.h"

struct timeline_call {
    struct str application_id;
    struct application_own own;
    struct cycle_steps steps;
};

static err timeline_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct timeline_call *q = arg;
    bool found = false;
    TRY(application_own_find(c, tx, q->application_id, &q->own, &found));
    const bool owner = found && q->own.student_id.p && c->who && (c->who->roles & ROLE_STUDENT) &&
                       str_eq(c->who->id, q->own.student_id);
    if (!owner)
        return FAIL(c, NOT_FOUND, "Application not found");
    return cycle_row_steps(c, tx, q->own.cycle.cycle_id, &q->steps);
}

err application_timeline(struct ctx *c, struct str application_id, struct timeline *ret)
{
    struct timeline_call q = { .application_id = application_id };
    TRY(tx_run(c, TX_READ, timeline_tx, &q));
    struct own_cycle *cycle = arena_new(c->mem, struct own_cycle);
    *cycle = q.own.cycle;
    const int32_t status = application_status_shown(q.own.status, cycle->phase);
    struct timeline_step *steps = arena_array(c->mem, struct timeline_step, PHASE_COUNT);
    q.steps.at[PHASE_SUBMISSION] = q.own.submitted_at;
    timeline_steps(cycle->phase, status, q.steps.at, steps);
    struct timeline t = {
        .application_id = q.own.application_id,
        .cycle = cycle,
        .status = status,
        .message = str_of(application_status_message(status)),
        .steps = { steps, PHASE_COUNT },
    };
    timeline_next(cycle, status, &t);
    *ret = t;
    return ERR_OK;
}
