/* The legacy chains as they are stored here. */
#include "repo/legacy_repo.h"

#include "base/str.h"

struct span_in {
    int64_t first, last;
};
static const struct field span_fields[] = {
    FIELD_I64(struct span_in, first),
    FIELD_I64(struct span_in, last),
};
static SCHEMA(span_schema, "LegacySpan", struct span_in, span_fields);

static const struct field decision_fields[] = {
    FIELD_I64(struct legacy_decision, chain_id),
    FIELD_STR(struct legacy_decision, anonymized_id),
    FIELD_STR(struct legacy_decision, decision_type),
    FIELD_STR(struct legacy_decision, data_json),
    FIELD_STR(struct legacy_decision, data_hash),
    FIELD_STR(struct legacy_decision, previous_hash),
    FIELD_TIME(struct legacy_decision, timestamp),
};
static SCHEMA(decision_schema, "LegacyDecision", struct legacy_decision, decision_fields);

static const struct field audit_fields[] = {
    FIELD_I64(struct legacy_audit, log_id),
    FIELD_TIME(struct legacy_audit, timestamp),
    FIELD_STR(struct legacy_audit, entity_type),
    FIELD_STR(struct legacy_audit, entity_id),
    FIELD_STR(struct legacy_audit, action),
    FIELD_STR(struct legacy_audit, actor),
    FIELD_STR(struct legacy_audit, previous_hash, .flags = FIELD_NULL),
    FIELD_STR(struct legacy_audit, current_hash, .flags = FIELD_NULL),
};
static SCHEMA(audit_schema, "LegacyAudit", struct legacy_audit, audit_fields);

#define DECISION_COLUMNS                                                                           \
    "chain_id, anonymized_id, decision_type, data_json, data_hash, previous_hash, timestamp"
#define AUDIT_COLUMNS                                                                              \
    "log_id, timestamp, entity_type, entity_id, action, actor, previous_hash, current_hash"

err legacy_decisions(struct ctx *c, struct tx *tx, int64_t first, int64_t last, row_fn *fn,
                     void *arg)
{
    static const struct query q = {
        .sql = "SELECT " DECISION_COLUMNS " FROM hash_chain"
               " WHERE chain_id >= :first AND chain_id <= :last ORDER BY chain_id",
        .in = &span_schema,
        .out = &decision_schema,
    };
    return query_each(c, tx, &q, &(struct span_in){ first, last }, fn, arg);
}

err legacy_audits(struct ctx *c, struct tx *tx, int64_t first, int64_t last, row_fn *fn, void *arg)
{
    static const struct query q = {
        .sql = "SELECT " AUDIT_COLUMNS " FROM legacy_audit_logs"
               " WHERE log_id >= :first AND log_id <= :last ORDER BY log_id",
        .in = &span_schema,
        .out = &audit_schema,
    };
    return query_each(c, tx, &q, &(struct span_in){ first, last }, fn, arg);
}

err legacy_decision_insert(struct ctx *c, struct tx *tx, const struct legacy_decision *r)
{
    static const struct query q = {
        .sql = "INSERT INTO hash_chain (" DECISION_COLUMNS ") VALUES (:chain_id, :anonymized_id,"
               " :decision_type, :data_json, :data_hash, :previous_hash, :timestamp)",
        .in = &decision_schema,
    };
    return query_run(c, tx, &q, r, NULL);
}

struct audit_in {
    struct legacy_audit row;
    struct str sealed_details;
};
#define ROW_(m_, type_, T_, ...) FIELD_NAMED(struct audit_in, row.m_, #m_, type_, T_, __VA_ARGS__)
static const struct field audit_in_fields[] = {
    ROW_(log_id, F_I64, int64_t, .flags = 0),
    ROW_(timestamp, F_TIME, int64_t, .flags = 0),
    ROW_(entity_type, F_STR, struct str, .flags = 0),
    ROW_(entity_id, F_STR, struct str, .flags = 0),
    ROW_(action, F_STR, struct str, .flags = 0),
    ROW_(actor, F_STR, struct str, .flags = 0),
    ROW_(previous_hash, F_STR, struct str, .flags = FIELD_NULL),
    ROW_(current_hash, F_STR, struct str, .flags = FIELD_NULL),
    FIELD_STR(struct audit_in, sealed_details, .flags = FIELD_NULL),
};
static SCHEMA(audit_in_schema, "LegacyAuditIn", struct audit_in, audit_in_fields);

err legacy_audit_insert(struct ctx *c, struct tx *tx, const struct legacy_audit *r,
                        struct str sealed_details)
{
    static const struct query q = {
        .sql = "INSERT INTO legacy_audit_logs (" AUDIT_COLUMNS ", sealed_details) VALUES (:log_id,"
               " :timestamp, :entity_type, :entity_id, :action, :actor, :previous_hash,"
               " :current_hash, :sealed_details)",
        .in = &audit_in_schema,
    };
    return query_run(c, tx, &q, &(struct audit_in){ *r, sealed_details }, NULL);
}

struct size_row {
    int64_t rows, last;
};
static const struct field size_fields[] = {
    FIELD_I64(struct size_row, rows),
    FIELD_I64(struct size_row, last),
};
static SCHEMA(size_schema, "LegacySize", struct size_row, size_fields);
static const struct query sizes[] = {
    [LEGACY_DECISIONS] = { .sql = "SELECT COUNT(*) AS rows, COALESCE(MAX(chain_id), 0) AS last"
                                  " FROM hash_chain",
                           .out = &size_schema },
    [LEGACY_AUDIT] = { .sql = "SELECT COUNT(*) AS rows, COALESCE(MAX(log_id), 0) AS last"
                              " FROM legacy_audit_logs",
                       .out = &size_schema },
};

static err keep_decision(struct ctx *c, const void *row, void *arg)
{
    struct legacy_tail *t = arg;
    t->head = str_keep(c->mem, ((const struct legacy_decision *)row)->data_hash);
    return ERR_OK;
}

static err keep_audit(struct ctx *c, const void *row, void *arg)
{
    struct legacy_tail *t = arg;
    t->head = str_keep(c->mem, ((const struct legacy_audit *)row)->current_hash);
    return ERR_OK;
}

err legacy_tail(struct ctx *c, struct tx *tx, enum legacy_kind kind, struct legacy_tail *ret)
{
    struct size_row size = { 0 };
    TRY(query_one(c, tx, &sizes[kind], NULL, &size));
    *ret = (struct legacy_tail){ .rows = size.rows, .last = size.last };
    if (size.rows == 0)
        return ERR_OK;
    if (kind == LEGACY_DECISIONS)
        return legacy_decisions(c, tx, size.last, size.last, keep_decision, ret);
    return legacy_audits(c, tx, size.last, size.last, keep_audit, ret);
}
