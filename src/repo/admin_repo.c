/* SQL of administrators and their logins. */
#include "repo/admin_repo.h"

static const struct field admin_fields[] = {
    FIELD_STR(struct admin_row, admin_id),
    FIELD_STR(struct admin_row, username),
    FIELD_STR(struct admin_row, username_key),
    FIELD_STR(struct admin_row, password_hash, .flags = FIELD_SECRET),
    FIELD_STR(struct admin_row, email, .flags = FIELD_PII),
    FIELD_ENUM(struct admin_row, role, .names = &admin_role_names),
    FIELD_BOOL(struct admin_row, is_active),
    FIELD_TIME(struct admin_row, created_at),
    FIELD_TIME(struct admin_row, last_login, .flags = FIELD_NULL),
};
SCHEMA(admin_row_schema, "AdminRow", struct admin_row, admin_fields);

struct count_row {
    int64_t n;
};
static const struct field count_fields[] = { FIELD_I64(struct count_row, n) };
static SCHEMA(count_schema, "CountRow", struct count_row, count_fields);

#define ADMIN_SELECT                                                                               \
    "SELECT admin_id, username, username_key, password_hash, email, role, is_active, created_at,"  \
    " last_login FROM admin_users"

static const struct query insert = {
    .sql = "INSERT INTO admin_users (admin_id, username, username_key, password_hash, email,"
           " role, is_active, created_at, last_login) VALUES (:admin_id, :username,"
           " :username_key, :password_hash, :email, :role, :is_active, :created_at, :last_login)",
    .in = &admin_row_schema,
};

err admin_repo_insert(struct ctx *c, struct tx *tx, const struct admin_row *row)
{
    return query_run(c, tx, &insert, row, NULL);
}

static const struct query by_id = {
    .sql = ADMIN_SELECT " WHERE admin_id = :admin_id",
    .in = &admin_row_schema,
    .out = &admin_row_schema,
};

err admin_repo_by_id(struct ctx *c, struct tx *tx, struct str admin_id, struct admin_row *ret,
                     bool *ret_found)
{
    return query_find(c, tx, &by_id, &(struct admin_row){ .admin_id = admin_id }, ret, ret_found);
}

static const struct query by_username = {
    .sql = ADMIN_SELECT " WHERE username_key = :username_key",
    .in = &admin_row_schema,
    .out = &admin_row_schema,
};

err admin_repo_by_username(struct ctx *c, struct tx *tx, struct str username_key,
                           struct admin_row *ret, bool *ret_found)
{
    const struct admin_row in = { .username_key = username_key };
    return query_find(c, tx, &by_username, &in, ret, ret_found);
}

static const struct query by_email = {
    .sql = ADMIN_SELECT " WHERE email = :email",
    .in = &admin_row_schema,
    .out = &admin_row_schema,
};

err admin_repo_by_email(struct ctx *c, struct tx *tx, struct str email, struct admin_row *ret,
                        bool *ret_found)
{
    return query_find(c, tx, &by_email, &(struct admin_row){ .email = email }, ret, ret_found);
}

static const struct query count = {
    .sql = "SELECT COUNT(*) AS n FROM admin_users",
    .out = &count_schema,
};

err admin_repo_count(struct ctx *c, struct tx *tx, int64_t *ret_n)
{
    struct count_row row = { 0 };
    TRY(query_one(c, tx, &count, NULL, &row));
    *ret_n = row.n;
    return ERR_OK;
}

static const struct query each = {
    .sql = ADMIN_SELECT " ORDER BY admin_id",
    .out = &admin_row_schema,
};

err admin_repo_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    return query_each(c, tx, &each, NULL, fn, arg);
}

struct signed_in_in {
    struct str admin_id, old_hash, new_hash;
    int64_t at;
};
static const struct field signed_in_fields[] = {
    FIELD_STR(struct signed_in_in, admin_id),
    FIELD_STR(struct signed_in_in, old_hash, .flags = FIELD_SECRET),
    FIELD_STR(struct signed_in_in, new_hash, .flags = FIELD_SECRET),
    FIELD_TIME(struct signed_in_in, at),
};
static SCHEMA(signed_in_schema, "SignedInIn", struct signed_in_in, signed_in_fields);

static const struct query signed_in = {
    .sql = "UPDATE admin_users SET last_login = :at, password_hash = :new_hash"
           " WHERE admin_id = :admin_id AND is_active AND password_hash = :old_hash",
    .in = &signed_in_schema,
};

err admin_repo_signed_in(struct ctx *c, struct tx *tx, struct str admin_id, struct str old_hash,
                         struct str new_hash, int64_t at, bool *ret_changed)
{
    const struct signed_in_in in = {
        .admin_id = admin_id,
        .old_hash = old_hash,
        .new_hash = new_hash.p ? new_hash : old_hash,
        .at = at,
    };
    int64_t changed = 0;
    TRY(query_run(c, tx, &signed_in, &in, &changed));
    *ret_changed = changed == 1;
    return ERR_OK;
}

static const struct field session_fields[] = {
    FIELD_STR(struct admin_session_row, session_id),
    FIELD_STR(struct admin_session_row, admin_id),
    FIELD_STR(struct admin_session_row, token_hash, .flags = FIELD_SECRET),
    FIELD_TIME(struct admin_session_row, expires_at),
    FIELD_TIME(struct admin_session_row, created_at),
    FIELD_TIME(struct admin_session_row, last_active_at),
    FIELD_STR(struct admin_session_row, ip_address, .flags = FIELD_NULL | FIELD_PII),
    FIELD_STR(struct admin_session_row, user_agent, .flags = FIELD_NULL | FIELD_PII),
    FIELD_BOOL(struct admin_session_row, revoked),
};
static SCHEMA(session_schema, "AdminSessionRow", struct admin_session_row, session_fields);

static const struct query session_insert = {
    .sql = "INSERT INTO admin_sessions (session_id, admin_id, token_hash, expires_at, created_at,"
           " last_active_at, ip_address, user_agent, revoked) VALUES (:session_id, :admin_id,"
           " :token_hash, :expires_at, :created_at, :last_active_at, :ip_address, :user_agent,"
           " :revoked)",
    .in = &session_schema,
};

err admin_repo_session_insert(struct ctx *c, struct tx *tx, const struct admin_session_row *row)
{
    return query_run(c, tx, &session_insert, row, NULL);
}

static const struct field login_fields[] = {
    FIELD_STR(struct admin_login_row, session_id),
    FIELD_STR(struct admin_login_row, admin_id),
    FIELD_STR(struct admin_login_row, username),
    FIELD_ENUM(struct admin_login_row, role, .names = &admin_role_names),
    FIELD_BOOL(struct admin_login_row, is_active),
    FIELD_BOOL(struct admin_login_row, revoked),
    FIELD_TIME(struct admin_login_row, expires_at),
    FIELD_TIME(struct admin_login_row, last_active_at),
    FIELD_TIME(struct admin_login_row, factor_at, .flags = FIELD_NULL),
};
static SCHEMA(login_schema, "AdminLoginRow", struct admin_login_row, login_fields);

static const struct query session_get = {
    .sql = "SELECT s.session_id, s.admin_id, u.username, u.role, u.is_active, s.revoked,"
           " s.expires_at, s.last_active_at, f.confirmed_at AS factor_at FROM admin_sessions s"
           " JOIN admin_users u ON u.admin_id = s.admin_id"
           " LEFT JOIN admin_second_factors f ON f.admin_id = s.admin_id"
           " WHERE s.token_hash = :token_hash",
    .in = &session_schema,
    .out = &login_schema,
};

err admin_repo_session_get(struct ctx *c, struct tx *tx, struct str token_hash,
                           struct admin_login_row *ret, bool *ret_found)
{
    const struct admin_session_row in = { .token_hash = token_hash };
    return query_find(c, tx, &session_get, &in, ret, ret_found);
}

static const struct query session_touch = {
    .sql = "UPDATE admin_sessions SET last_active_at = :last_active_at"
           " WHERE session_id = :session_id AND last_active_at < :last_active_at",
    .in = &session_schema,
};

err admin_repo_sessions_touch(struct ctx *c, struct tx *tx, const struct admin_session_row *v,
                              size_t n)
{
    return query_many(c, tx, &session_touch, v, n);
}

static const struct query session_revoke = {
    .sql = "UPDATE admin_sessions SET revoked = TRUE"
           " WHERE session_id = :session_id AND NOT revoked",
    .in = &session_schema,
};

err admin_repo_session_revoke(struct ctx *c, struct tx *tx, struct str session_id,
                              int64_t *ret_changed)
{
    const struct admin_session_row in = { .session_id = session_id };
    return query_run(c, tx, &session_revoke, &in, ret_changed);
}
