/* SQL that removes what has ended. */
#include "repo/expiry_repo.h"

struct expiry_in {
    int64_t now, limit;
};
static const struct field expiry_fields[] = {
    FIELD_TIME(struct expiry_in, now),
    FIELD_I64(struct expiry_in, limit),
};
static SCHEMA(expiry_schema, "ExpiryIn", struct expiry_in, expiry_fields);

static const struct query removals[EXPIRY_COUNT] = {
    [EXPIRY_ADMIN_SESSION] = {
        .sql = "DELETE FROM admin_sessions WHERE session_id IN (SELECT session_id"
               " FROM admin_sessions WHERE revoked OR expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_STUDENT_SESSION] = {
        .sql = "DELETE FROM student_sessions WHERE session_id IN (SELECT session_id"
               " FROM student_sessions WHERE revoked OR expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_AUTH_STATE] = {
        .sql = "DELETE FROM student_auth_states WHERE state IN (SELECT state"
               " FROM student_auth_states WHERE consumed OR expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_IDEMPOTENCY] = {
        .sql = "DELETE FROM idempotency_keys WHERE key_hash IN (SELECT key_hash"
               " FROM idempotency_keys WHERE expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_API_TOKEN] = {
        .sql = "DELETE FROM api_tokens WHERE token_id IN (SELECT token_id"
               " FROM api_tokens WHERE revoked OR expires_at < :now LIMIT :limit)",
        .in = &expiry_schema,
    },
    [EXPIRY_APPROVAL] = {
        .sql = "DELETE FROM phase_approvals WHERE expires_at < :now AND :limit > 0",
        .in = &expiry_schema,
    },
};

err expiry_remove(struct ctx *c, struct tx *tx, enum expiry_kind kind, int64_t now, int64_t limit,
                  int64_t *ret_removed)
{
    return query_run(c, tx, &removals[kind], &(struct expiry_in){ now, limit }, ret_removed);
}
