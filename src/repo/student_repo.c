/* SQL of student accounts and their logins. */
#include "repo/student_repo.h"

static const struct field student_fields[] = {
    FIELD_STR(struct student_row, student_id),
    FIELD_STR(struct student_row, primary_email, .flags = FIELD_PII),
    FIELD_STR(struct student_row, display_name, .flags = FIELD_NULL | FIELD_PII),
    FIELD_ENUM(struct student_row, status, .names = &student_status_names),
    FIELD_TIME(struct student_row, created_at),
    FIELD_TIME(struct student_row, updated_at),
    FIELD_TIME(struct student_row, verified_at, .flags = FIELD_NULL),
};
static SCHEMA(student_schema, "StudentRow", struct student_row, student_fields);

#define STUDENT_SELECT                                                                             \
    "SELECT student_id, primary_email, display_name, status, created_at, updated_at, verified_at"  \
    " FROM student_accounts"

static const struct query insert = {
    .sql = "INSERT INTO student_accounts (student_id, primary_email, display_name, status,"
           " created_at, updated_at, verified_at) VALUES (:student_id, :primary_email,"
           " :display_name, :status, :created_at, :updated_at, :verified_at)",
    .in = &student_schema,
};

err student_repo_insert(struct ctx *c, struct tx *tx, const struct student_row *v, size_t n)
{
    return query_many(c, tx, &insert, v, n);
}

static const struct query by_id = {
    .sql = STUDENT_SELECT " WHERE student_id = :student_id",
    .in = &student_schema,
    .out = &student_schema,
};

err student_repo_by_id(struct ctx *c, struct tx *tx, struct str student_id, struct student_row *ret,
                       bool *ret_found)
{
    const struct student_row in = { .student_id = student_id };
    return query_find(c, tx, &by_id, &in, ret, ret_found);
}

static const struct query by_email = {
    .sql = STUDENT_SELECT " WHERE primary_email = :primary_email",
    .in = &student_schema,
    .out = &student_schema,
};

err student_repo_by_email(struct ctx *c, struct tx *tx, struct str email, struct student_row *ret,
                          bool *ret_found)
{
    const struct student_row in = { .primary_email = email };
    return query_find(c, tx, &by_email, &in, ret, ret_found);
}

static const struct field session_fields[] = {
    FIELD_STR(struct student_session_row, session_id),
    FIELD_STR(struct student_session_row, student_id),
    FIELD_STR(struct student_session_row, session_token_hash, .flags = FIELD_SECRET),
    FIELD_TIME(struct student_session_row, expires_at),
    FIELD_TIME(struct student_session_row, created_at),
    FIELD_TIME(struct student_session_row, last_active_at),
    FIELD_STR(struct student_session_row, ip_address, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct student_session_row, user_agent, .flags = FIELD_NULL | FIELD_PII),
    FIELD_BOOL(struct student_session_row, revoked),
};
static SCHEMA(session_schema, "StudentSessionRow", struct student_session_row, session_fields);

static const struct query session_insert = {
    .sql = "INSERT INTO student_sessions (session_id, student_id, session_token_hash, expires_at,"
           " created_at, last_active_at, ip_address, user_agent, revoked) VALUES (:session_id,"
           " :student_id, :session_token_hash, :expires_at, :created_at, :last_active_at,"
           " :ip_address, :user_agent, :revoked)",
    .in = &session_schema,
};

err student_repo_session_insert(struct ctx *c, struct tx *tx, const struct student_session_row *row)
{
    return query_run(c, tx, &session_insert, row, NULL);
}

static const struct field login_fields[] = {
    FIELD_STR(struct student_login_row, session_id),
    FIELD_STR(struct student_login_row, student_id),
    FIELD_STR(struct student_login_row, display_name, .flags = FIELD_NULL | FIELD_PII),
    FIELD_ENUM(struct student_login_row, status, .names = &student_status_names),
    FIELD_BOOL(struct student_login_row, revoked),
    FIELD_TIME(struct student_login_row, expires_at),
    FIELD_TIME(struct student_login_row, last_active_at),
};
static SCHEMA(login_schema, "StudentLoginRow", struct student_login_row, login_fields);

static const struct query session_get = {
    .sql = "SELECT s.session_id, s.student_id, a.display_name, a.status, s.revoked,"
           " s.expires_at, s.last_active_at FROM student_sessions s"
           " JOIN student_accounts a ON a.student_id = s.student_id"
           " WHERE s.session_token_hash = :session_token_hash",
    .in = &session_schema,
    .out = &login_schema,
};

err student_repo_session_get(struct ctx *c, struct tx *tx, struct str token_hash,
                             struct student_login_row *ret, bool *ret_found)
{
    const struct student_session_row in = { .session_token_hash = token_hash };
    return query_find(c, tx, &session_get, &in, ret, ret_found);
}

static const struct query session_touch = {
    .sql = "UPDATE student_sessions SET last_active_at = :last_active_at"
           " WHERE session_id = :session_id AND last_active_at < :last_active_at",
    .in = &session_schema,
};

err student_repo_sessions_touch(struct ctx *c, struct tx *tx, const struct student_session_row *v,
                                size_t n)
{
    return query_many(c, tx, &session_touch, v, n);
}

static const struct query session_revoke = {
    .sql = "UPDATE student_sessions SET revoked = TRUE"
           " WHERE session_id = :session_id AND NOT revoked",
    .in = &session_schema,
};

err student_repo_session_revoke(struct ctx *c, struct tx *tx, struct str session_id,
                                int64_t *ret_changed)
{
    const struct student_session_row in = { .session_id = session_id };
    return query_run(c, tx, &session_revoke, &in, ret_changed);
}
