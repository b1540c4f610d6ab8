/* Section 5 of the bias rules, and the end of a cycle: rows of the ledger, and the status anew. */
#include "service/bias_review.h"

#include "base/str.h"
#include "service/bias_inner.h"

enum { ADMINS_MAX = 10000 };

err bias_recount(struct ctx *c, struct tx *tx, struct audit_head *head, const struct bias_move *m,
                 struct bias_counts *ret)
{
    struct bias_person person;
    TRY(bias_person_load(c, tx, m->admin_id, &person));
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
    if (admins.n == 0) /* nobody's counters know the cycle */
        return ERR_OK;
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
