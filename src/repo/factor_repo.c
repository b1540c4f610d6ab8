/* SQL of second factors and recovery codes. */
#include "repo/factor_repo.h"

static const struct field factor_fields[] = {
    FIELD_STR(struct factor_row, admin_id),
    FIELD_STR(struct factor_row, sealed_secret, .flags = FIELD_SECRET),
    FIELD_TIME(struct factor_row, created_at),
    FIELD_TIME(struct factor_row, confirmed_at, .flags = FIELD_NULL),
    FIELD_I64(struct factor_row, last_step),
};
static SCHEMA(factor_schema, "FactorRow", struct factor_row, factor_fields);

static const struct query get = {
    .sql = "SELECT admin_id, sealed_secret, created_at, confirmed_at, last_step"
           " FROM admin_second_factors WHERE admin_id = :admin_id",
    .in = &factor_schema,
    .out = &factor_schema,
};

err factor_repo_get(struct ctx *c, struct tx *tx, struct str admin_id, struct factor_row *ret,
                    bool *ret_found)
{
    return query_find(c, tx, &get, &(struct factor_row){ .admin_id = admin_id }, ret, ret_found);
}

static const struct query begin = {
    .sql = "INSERT INTO admin_second_factors (admin_id, sealed_secret, created_at, confirmed_at,"
           " last_step) VALUES (:admin_id, :sealed_secret, :created_at, :confirmed_at, :last_step)"
           " ON CONFLICT (admin_id) DO UPDATE SET sealed_secret = excluded.sealed_secret,"
           " created_at = excluded.created_at, last_step = excluded.last_step"
           " WHERE admin_second_factors.confirmed_at IS NULL",
    .in = &factor_schema,
};

err factor_repo_begin(struct ctx *c, struct tx *tx, const struct factor_row *row,
                      int64_t *ret_changed)
{
    return query_run(c, tx, &begin, row, ret_changed);
}

static const struct query confirm = {
    .sql = "UPDATE admin_second_factors SET confirmed_at = :confirmed_at, last_step = :last_step"
           " WHERE admin_id = :admin_id AND confirmed_at IS NULL"
           " AND sealed_secret = :sealed_secret",
    .in = &factor_schema,
};

err factor_repo_confirm(struct ctx *c, struct tx *tx, const struct factor_row *row,
                        int64_t *ret_changed)
{
    return query_run(c, tx, &confirm, row, ret_changed);
}

static const struct query spend = {
    .sql = "UPDATE admin_second_factors SET last_step = :last_step WHERE admin_id = :admin_id"
           " AND confirmed_at IS NOT NULL AND last_step < :last_step",
    .in = &factor_schema,
};

err factor_repo_spend(struct ctx *c, struct tx *tx, struct str admin_id, int64_t step,
                      int64_t *ret_changed)
{
    const struct factor_row in = { .admin_id = admin_id, .last_step = step };
    return query_run(c, tx, &spend, &in, ret_changed);
}

static const struct query remove_factor = {
    .sql = "DELETE FROM admin_second_factors WHERE admin_id = :admin_id",
    .in = &factor_schema,
};

err factor_repo_remove(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_changed)
{
    TRY(recovery_repo_clear(c, tx, admin_id));
    return query_run(c, tx, &remove_factor, &(struct factor_row){ .admin_id = admin_id },
                     ret_changed);
}

static const struct field recovery_fields[] = {
    FIELD_STR(struct recovery_row, code_hash, .flags = FIELD_SECRET),
    FIELD_STR(struct recovery_row, admin_id),
    FIELD_TIME(struct recovery_row, created_at),
    FIELD_TIME(struct recovery_row, used_at, .flags = FIELD_NULL),
};
static SCHEMA(recovery_schema, "RecoveryRow", struct recovery_row, recovery_fields);

static const struct query recovery_insert = {
    .sql = "INSERT INTO admin_recovery_codes (code_hash, admin_id, created_at, used_at)"
           " VALUES (:code_hash, :admin_id, :created_at, :used_at)",
    .in = &recovery_schema,
};

err recovery_repo_insert(struct ctx *c, struct tx *tx, const struct recovery_row *rows, size_t n)
{
    return query_many(c, tx, &recovery_insert, rows, n);
}

static const struct query recovery_clear = {
    .sql = "DELETE FROM admin_recovery_codes WHERE admin_id = :admin_id",
    .in = &recovery_schema,
};

err recovery_repo_clear(struct ctx *c, struct tx *tx, struct str admin_id)
{
    const struct recovery_row in = { .admin_id = admin_id };
    return query_run(c, tx, &recovery_clear, &in, NULL);
}

static const struct query recovery_spend = {
    .sql = "UPDATE admin_recovery_codes SET used_at = :used_at WHERE code_hash = :code_hash"
           " AND admin_id = :admin_id AND used_at IS NULL",
    .in = &recovery_schema,
};

err recovery_repo_spend(struct ctx *c, struct tx *tx, struct str admin_id, struct str code_hash,
                        int64_t at, int64_t *ret_changed)
{
    const struct recovery_row in = { .code_hash = code_hash, .admin_id = admin_id, .used_at = at };
    return query_run(c, tx, &recovery_spend, &in, ret_changed);
}

struct left_row {
    int64_t n;
};
static const struct field left_fields[] = { FIELD_I64(struct left_row, n) };
static SCHEMA(left_schema, "RecoveryLeft", struct left_row, left_fields);

static const struct query recovery_left = {
    .sql = "SELECT COUNT(*) AS n FROM admin_recovery_codes WHERE admin_id = :admin_id"
           " AND used_at IS NULL",
    .in = &recovery_schema,
    .out = &left_schema,
};

err recovery_repo_left(struct ctx *c, struct tx *tx, struct str admin_id, int64_t *ret_n)
{
    struct left_row row = { 0 };
    const struct recovery_row in = { .admin_id = admin_id };
    TRY(query_one(c, tx, &recovery_left, &in, &row));
    *ret_n = row.n;
    return ERR_OK;
}
