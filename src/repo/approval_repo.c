/* SQL of the two-person rule. */
#include "repo/approval_repo.h"

static const struct field row_fields[] = {
    FIELD_STR(struct approval_row, cycle_id),    FIELD_STR(struct approval_row, verb),
    FIELD_STR(struct approval_row, admin_id),    FIELD_STR(struct approval_row, request),
    FIELD_TIME(struct approval_row, created_at), FIELD_TIME(struct approval_row, expires_at),
};
static SCHEMA(row_schema, "ApprovalRow", struct approval_row, row_fields);

static const struct query get = {
    .sql = "SELECT a.admission_cycle_id AS cycle_id, a.verb, a.admin_id, a.request, a.created_at,"
           " a.expires_at FROM phase_approvals a JOIN admin_users u ON u.admin_id = a.admin_id"
           " WHERE a.admission_cycle_id = :cycle_id AND a.verb = :verb AND u.is_active",
    .in = &row_schema,
    .out = &row_schema,
};

err approval_repo_get(struct ctx *c, struct tx *tx, struct str cycle_id, struct str verb,
                      struct approval_row *ret, bool *ret_found)
{
    const struct approval_row in = { .cycle_id = cycle_id, .verb = verb };
    return query_find(c, tx, &get, &in, ret, ret_found);
}

static const struct query put = {
    .sql = "INSERT INTO phase_approvals (admission_cycle_id, verb, admin_id, request, created_at,"
           " expires_at) VALUES (:cycle_id, :verb, :admin_id, :request, :created_at, :expires_at)"
           " ON CONFLICT (admission_cycle_id, verb) DO UPDATE SET admin_id = excluded.admin_id,"
           " request = excluded.request, created_at = excluded.created_at,"
           " expires_at = excluded.expires_at",
    .in = &row_schema,
};

err approval_repo_put(struct ctx *c, struct tx *tx, const struct approval_row *row)
{
    return query_run(c, tx, &put, row, NULL);
}

static const struct query remove_one = {
    .sql = "DELETE FROM phase_approvals WHERE admission_cycle_id = :cycle_id AND verb = :verb",
    .in = &row_schema,
};

err approval_repo_remove(struct ctx *c, struct tx *tx, struct str cycle_id, struct str verb)
{
    const struct approval_row in = { .cycle_id = cycle_id, .verb = verb };
    return query_run(c, tx, &remove_one, &in, NULL);
}

static const struct query drop_of = {
    .sql = "DELETE FROM phase_approvals WHERE admin_id = :admin_id",
    .in = &row_schema,
};

err approval_repo_drop_of(struct ctx *c, struct tx *tx, struct str admin_id)
{
    const struct approval_row in = { .admin_id = admin_id };
    return query_run(c, tx, &drop_of, &in, NULL);
}
