/* What may be asked of an interview. */
#include "service/interview.h"

#include "base/str.h"
#include "domain/role.h"
#include "repo/interview_repo.h"
#include "service/settings.h"

struct state_call {
    int64_t id;
    struct interview_row row;
    bool found;
};

static err state_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct state_call *q = arg;
    return interview_find(c, tx, q->id, &q->row, &q->found);
}

static bool may_ask(const struct ctx *c, const struct interview_row *row)
{
    const struct principal *who = c->who;
    if (c->deps->settings && c->deps->settings->public_interview_status)
        return true;
    if (!who)
        return false;
    if (who->roles & ((uint32_t)ROLE_STAFF | (uint32_t)ROLE_OPERATOR))
        return true;
    return (who->roles & ROLE_STUDENT) && str_eq(who->id, row->student_id);
}

err interview_state_get(struct ctx *c, int64_t interview_id, struct interview_state *ret)
{
    struct state_call q = { .id = interview_id };
    TRY(tx_run(c, TX_READ, state_tx, &q));
    if (!q.found || !may_ask(c, &q.row))
        return FAIL(c, NOT_FOUND, "Interview not found");
    *ret = (struct interview_state){ .interview_id = q.row.id,
                                     .started = q.row.started_at != 0,
                                     .started_at = q.row.started_at };
    return ERR_OK;
}
