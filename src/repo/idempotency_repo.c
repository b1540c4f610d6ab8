/* SQL of replies kept under a client's Idempotency-Key. */
#include "repo/idempotency_repo.h"

static const struct field row_fields[] = {
    FIELD_STR(struct idempotency_row, key_hash, .flags = 0),
    FIELD_STR(struct idempotency_row, body_hash, .flags = 0),
    FIELD_I64(struct idempotency_row, status, .flags = 0),
    FIELD_STR(struct idempotency_row, reply, .flags = 0),
    FIELD_TIME(struct idempotency_row, created_at, .flags = 0),
    FIELD_TIME(struct idempotency_row, expires_at, .flags = 0),
};
static SCHEMA(row_schema, "IdempotencyRow", struct idempotency_row, row_fields);

struct hash_key {
    struct str key_hash;
};
static const struct field key_fields[] = { FIELD_STR(struct hash_key, key_hash, .flags = 0) };
static SCHEMA(key_schema, "IdempotencyKey", struct hash_key, key_fields);

static const struct query find_query = {
    .sql = "SELECT key_hash, body_hash, status, reply, created_at, expires_at "
           "FROM idempotency_keys WHERE key_hash = :key_hash",
    .in = &key_schema,
    .out = &row_schema,
};

err idempotency_find(struct ctx *c, struct tx *tx, struct str key_hash, struct idempotency_row *ret,
                     bool *ret_found)
{
    struct hash_key key = { key_hash };
    return query_find(c, tx, &find_query, &key, ret, ret_found);
}

static const struct query insert_query = {
    .sql = "INSERT INTO idempotency_keys (key_hash, body_hash, status, reply, created_at, "
           "expires_at) VALUES (:key_hash, :body_hash, :status, :reply, :created_at, :expires_at)",
    .in = &row_schema,
};

err idempotency_insert(struct ctx *c, struct tx *tx, const struct idempotency_row *row)
{
    return query_send(c, tx, &insert_query, row, 1);
}

static const struct query drop_query = {
    .sql = "DELETE FROM idempotency_keys WHERE key_hash = :key_hash",
    .in = &key_schema,
};

err idempotency_drop(struct ctx *c, struct tx *tx, struct str key_hash)
{
    struct hash_key key = { key_hash };
    return query_send(c, tx, &drop_query, &key, 1);
}
