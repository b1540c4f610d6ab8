/* The SQL of appeals against results. */
#include "repo/appeal_repo.h"

#define R struct result_appeal_row
static const struct field row_fields[] = {
    FIELD_STR(R, anonymized_id),
    FIELD_STR(R, cycle_id),
    FIELD_STR(R, reason, .flags = FIELD_NULL),
    FIELD_TIME(R, created_at, .flags = FIELD_NULL),
    FIELD_STR(R, decision, .flags = FIELD_NULL),
    FIELD_STR(R, decision_reason, .flags = FIELD_NULL),
    FIELD_TIME(R, decided_at, .flags = FIELD_NULL),
};
#undef R
static SCHEMA(row_schema, "AppealRow", struct result_appeal_row, row_fields);

struct args {
    struct str cycle_id, anonymized_id;
    bool waiting;
};
static const struct field args_fields[] = {
    FIELD_STR(struct args, cycle_id, .flags = FIELD_NULL),
    FIELD_STR(struct args, anonymized_id, .flags = FIELD_NULL),
    FIELD_BOOL(struct args, waiting),
};
static SCHEMA(args_schema, "AppealArgs", struct args, args_fields);

static const struct field new_fields[] = {
    FIELD_STR(struct result_appeal_new, anonymized_id),
    FIELD_STR(struct result_appeal_new, cycle_id),
    FIELD_STR(struct result_appeal_new, reason),
    FIELD_TIME(struct result_appeal_new, created_at),
};
static SCHEMA(new_schema, "AppealNew", struct result_appeal_new, new_fields);

#define D struct result_appeal_decided
static const struct field decided_fields[] = {
    FIELD_STR(D, anonymized_id),   FIELD_STR(D, cycle_id),   FIELD_STR(D, decision),
    FIELD_STR(D, decision_reason), FIELD_STR(D, decided_by), FIELD_TIME(D, decided_at),
};
#undef D
static SCHEMA(decided_schema, "AppealDecided", struct result_appeal_decided, decided_fields);

#define APPEAL_COLUMNS "p.reason, p.created_at, p.decision, p.decision_reason, p.decided_at FROM "

err result_appeal_of_result(struct ctx *c, struct tx *tx, struct str cycle_id,
                            struct str anonymized_id, struct result_appeal_row *ret,
                            bool *ret_found)
{
    static const struct query q = {
        .sql = "SELECT f.anonymized_id, f.admission_cycle_id AS cycle_id, " APPEAL_COLUMNS
               "final_scores f LEFT JOIN result_appeals p ON p.anonymized_id = f.anonymized_id"
               " AND p.admission_cycle_id = f.admission_cycle_id"
               " WHERE f.anonymized_id = :anonymized_id AND f.admission_cycle_id = :cycle_id",
        .in = &args_schema,
        .out = &row_schema,
    };
    const struct args in = { .cycle_id = cycle_id, .anonymized_id = anonymized_id };
    return query_find(c, tx, &q, &in, ret, ret_found);
}

#define APPEALS                                                                                    \
    "SELECT p.anonymized_id, p.admission_cycle_id AS "                                             \
    "cycle_id, " APPEAL_COLUMNS "result_appeals p WHERE p.admission_cycle_id = :cycle_id AND "

err result_appeal_of_cycle(struct ctx *c, struct tx *tx, struct str cycle_id, bool waiting,
                           size_t limit, struct list *ret)
{
    static const struct query q = {
        .sql = APPEALS "(:waiting = FALSE OR p.decision IS NULL)"
                       " ORDER BY CASE WHEN p.decision IS NULL THEN 0 ELSE 1 END, p.created_at,"
                       " p.anonymized_id",
        .in = &args_schema,
        .out = &row_schema,
    };
    const struct args in = { .cycle_id = cycle_id, .waiting = waiting };
    return query_list(c, tx, &q, &in, limit, ret);
}

err result_appeal_find(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                       struct result_appeal_row *ret, bool *ret_found)
{
    static const struct query q = {
        .sql = APPEALS "p.anonymized_id = :anonymized_id",
        .in = &args_schema,
        .out = &row_schema,
    };
    const struct args in = { .cycle_id = cycle_id, .anonymized_id = anonymized_id };
    return query_find(c, tx, &q, &in, ret, ret_found);
}

err result_appeal_insert(struct ctx *c, struct tx *tx, const struct result_appeal_new *n,
                         int64_t *ret_made)
{
    static const struct query q = {
        .sql = "INSERT INTO result_appeals (anonymized_id, admission_cycle_id, reason, created_at)"
               " VALUES (:anonymized_id, :cycle_id, :reason, :created_at)"
               " ON CONFLICT (anonymized_id, admission_cycle_id) DO NOTHING",
        .in = &new_schema,
    };
    return query_run(c, tx, &q, n, ret_made);
}

err result_appeal_close(struct ctx *c, struct tx *tx, const struct result_appeal_decided *d,
                        int64_t *ret_changed)
{
    static const struct query q = {
        .sql = "UPDATE result_appeals SET decision = :decision, decision_reason = :decision_reason,"
               " decided_at = :decided_at, decided_by = :decided_by"
               " WHERE anonymized_id = :anonymized_id AND admission_cycle_id = :cycle_id"
               " AND decision IS NULL",
        .in = &decided_schema,
    };
    return query_run(c, tx, &q, d, ret_changed);
}
