/* SQL of the policies of a cycle. */
#include "repo/scrub_policy_repo.h"

static const struct field row_fields[] = {
    FIELD_STR(struct scrub_policy_row, admission_cycle_id),
    FIELD_I64(struct scrub_policy_row, version),
    FIELD_STR(struct scrub_policy_row, policy),
    FIELD_STR(struct scrub_policy_row, sha256),
    FIELD_STR(struct scrub_policy_row, created_by),
    FIELD_TIME(struct scrub_policy_row, created_at),
};
static SCHEMA(row_schema, "ScrubPolicyRow", struct scrub_policy_row, row_fields);

#define COLUMNS_ "admission_cycle_id, version, policy, sha256, created_by, created_at"

err scrub_policy_latest(struct ctx *c, struct tx *tx, struct str cycle_id,
                        struct scrub_policy_row *ret, bool *ret_found)
{
    static const struct query q = {
        "SELECT " COLUMNS_ " FROM scrub_policies WHERE admission_cycle_id = :admission_cycle_id "
        "ORDER BY version DESC LIMIT 1",
        &row_schema, &row_schema
    };
    const struct scrub_policy_row key = { .admission_cycle_id = cycle_id };
    return query_find(c, tx, &q, &key, ret, ret_found);
}

err scrub_policy_insert(struct ctx *c, struct tx *tx, const struct scrub_policy_row *row)
{
    static const struct query q = { "INSERT INTO scrub_policies (" COLUMNS_
                                    ") VALUES (:admission_cycle_id, :version, :policy, "
                                    ":sha256, :created_by, :created_at)",
                                    &row_schema, NULL };
    return query_run(c, tx, &q, row, NULL);
}

err scrub_policy_each(struct ctx *c, struct tx *tx, row_fn *fn, void *arg)
{
    static const struct query q = {
        "SELECT " COLUMNS_
        " FROM scrub_policies p WHERE NOT EXISTS (SELECT 1 FROM scrub_policies n "
        "WHERE n.admission_cycle_id = p.admission_cycle_id AND n.version > p.version)",
        NULL, &row_schema
    };
    return query_each(c, tx, &q, NULL, fn, arg);
}
