/* SQL of API tokens. */
#include "repo/token_repo.h"

#define TOKEN_FIELDS_                                                                              \
    FIELD_NAMED(struct token_row, token.token_id, "token_id", F_STR, struct str),                  \
        FIELD_NAMED(struct token_row, token.admin_id, "admin_id", F_STR, struct str),              \
        FIELD_NAMED(struct token_row, token.name, "name", F_STR, struct str),                      \
        FIELD_NAMED(struct token_row, token.scopes, "scopes", F_LIST, struct list),                \
        FIELD_NAMED(struct token_row, token.created_at, "created_at", F_TIME, int64_t),            \
        FIELD_NAMED(struct token_row, token.expires_at, "expires_at", F_TIME, int64_t),            \
        FIELD_NAMED(struct token_row, token.last_used_at, "last_used_at", F_TIME, int64_t,         \
                    .flags = FIELD_NULL),                                                          \
        FIELD_STR(struct token_row, token_hash, .flags = FIELD_SECRET),                            \
        FIELD_BOOL(struct token_row, revoked)
static const struct field row_fields[] = { TOKEN_FIELDS_ };
static SCHEMA(row_schema, "TokenRow", struct token_row, row_fields);

#define COLUMNS_                                                                                   \
    "token_id, admin_id, name, scopes, created_at, expires_at, last_used_at, token_hash, revoked"

static const struct query insert = {
    .sql = "INSERT INTO api_tokens (" COLUMNS_ ") VALUES (:token_id, :admin_id, :name, :scopes,"
           " :created_at, :expires_at, :last_used_at, :token_hash, :revoked)",
    .in = &row_schema,
};

err token_repo_insert(struct ctx *c, struct tx *tx, const struct token_row *row)
{
    return query_run(c, tx, &insert, row, NULL);
}

struct list_in {
    struct str admin_id;
    int64_t now, limit;
};
static const struct field list_fields[] = {
    FIELD_STR(struct list_in, admin_id),
    FIELD_TIME(struct list_in, now),
    FIELD_I64(struct list_in, limit),
};
static SCHEMA(list_schema, "TokenListIn", struct list_in, list_fields);

static const struct query list = {
    .sql = "SELECT " COLUMNS_ " FROM api_tokens WHERE admin_id = :admin_id AND NOT revoked"
           " AND expires_at > :now ORDER BY created_at DESC, token_id LIMIT :limit",
    .in = &list_schema,
    .out = &row_schema,
};

err token_repo_list(struct ctx *c, struct tx *tx, struct str admin_id, int64_t now, int64_t limit,
                    struct list *ret_tokens)
{
    const struct list_in in = { admin_id, now, limit };
    struct list rows = { 0 };
    TRY(query_list(c, tx, &list, &in, (size_t)limit, &rows));
    const struct token_row *from = rows.v;
    struct api_token *v = arena_array(c->mem, struct api_token, rows.n + 1);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = from[i].token;
    *ret_tokens = (struct list){ v, rows.n };
    return ERR_OK;
}

static const struct query get = {
    .sql = "SELECT " COLUMNS_ " FROM api_tokens WHERE token_id = :token_id",
    .in = &row_schema,
    .out = &row_schema,
};

err token_repo_get(struct ctx *c, struct tx *tx, struct str token_id, struct token_row *ret,
                   bool *ret_found)
{
    const struct token_row in = { .token.token_id = token_id };
    return query_find(c, tx, &get, &in, ret, ret_found);
}

static const struct query end = {
    .sql = "UPDATE api_tokens SET revoked = TRUE WHERE token_id = :token_id AND NOT revoked",
    .in = &row_schema,
};

err token_repo_end(struct ctx *c, struct tx *tx, struct str token_id, int64_t *ret_changed)
{
    const struct token_row in = { .token.token_id = token_id };
    return query_run(c, tx, &end, &in, ret_changed);
}

static const struct query end_all = {
    .sql = "UPDATE api_tokens SET revoked = TRUE WHERE admin_id = :admin_id AND NOT revoked",
    .in = &row_schema,
};

err token_repo_end_all(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_changed)
{
    const struct token_row in = { .token.admin_id = admin_id };
    return query_run(c, tx, &end_all, &in, ret_changed);
}

static const struct field use_fields[] = {
    FIELD_STR(struct token_use, token_id),
    FIELD_STR(struct token_use, admin_id),
    FIELD_STR(struct token_use, username),
    FIELD_LIST(struct token_use, scopes),
    FIELD_ENUM(struct token_use, role, .names = &admin_role_names),
    FIELD_BOOL(struct token_use, is_active),
    FIELD_BOOL(struct token_use, revoked),
    FIELD_TIME(struct token_use, expires_at),
    FIELD_TIME(struct token_use, last_used_at, .flags = FIELD_NULL),
    FIELD_TIME(struct token_use, factor_at, .flags = FIELD_NULL),
};
static SCHEMA(use_schema, "TokenUse", struct token_use, use_fields);

static const struct query use = {
    .sql = "SELECT t.token_id, t.admin_id, u.username, t.scopes, u.role, u.is_active, t.revoked,"
           " t.expires_at, t.last_used_at, f.confirmed_at AS factor_at FROM api_tokens t"
           " JOIN admin_users u ON u.admin_id = t.admin_id"
           " LEFT JOIN admin_second_factors f ON f.admin_id = t.admin_id"
           " WHERE t.token_hash = :token_hash",
    .in = &row_schema,
    .out = &use_schema,
};

err token_repo_use(struct ctx *c, struct tx *tx, struct str token_hash, struct token_use *ret,
                   bool *ret_found)
{
    const struct token_row in = { .token_hash = token_hash };
    return query_find(c, tx, &use, &in, ret, ret_found);
}

static const struct query touch = {
    .sql = "UPDATE api_tokens SET last_used_at = :last_used_at WHERE token_id = :token_id"
           " AND (last_used_at IS NULL OR last_used_at < :last_used_at)",
    .in = &row_schema,
};

err token_repo_touch(struct ctx *c, struct tx *tx, const struct token_row *v, size_t n)
{
    return query_many(c, tx, &touch, v, n);
}
