/* The SQL of checkpoints and usage. */
#include "repo/checkpoint_repo.h"

static const struct field checkpoint_fields[] = {
    FIELD_STR(struct checkpoint_row, anonymized_id),
    FIELD_STR(struct checkpoint_row, cycle_id),
    FIELD_STR(struct checkpoint_row, state),
    FIELD_TIME(struct checkpoint_row, updated_at),
};
static SCHEMA(checkpoint_schema, "CheckpointRow", struct checkpoint_row, checkpoint_fields);

static const struct field usage_fields[] = {
    FIELD_STR(struct usage_row, cycle_id),      FIELD_STR(struct usage_row, model),
    FIELD_I64(struct usage_row, calls),         FIELD_I64(struct usage_row, retries),
    FIELD_I64(struct usage_row, rejections),    FIELD_I64(struct usage_row, tokens_in),
    FIELD_I64(struct usage_row, tokens_cached), FIELD_I64(struct usage_row, tokens_out),
    FIELD_I64(struct usage_row, cost_pico),
};
static SCHEMA(usage_schema, "UsageRow", struct usage_row, usage_fields);

static const struct field range_fields[] = {
    FIELD_STR(struct order_range, cycle_id),
    FIELD_I64(struct order_range, from),
    FIELD_I64(struct order_range, last),
};
static SCHEMA(range_schema, "CheckpointRange", struct order_range, range_fields);

struct key {
    struct str id;
};
static const struct field key_fields[] = { FIELD_STR(struct key, id) };
static SCHEMA(key_schema, "CheckpointKey", struct key, key_fields);

err checkpoint_put(struct ctx *c, struct tx *tx, const struct checkpoint_row *rows, size_t n)
{
    static const struct query q = {
        .sql =
            "INSERT INTO evaluation_checkpoints (anonymized_id, admission_cycle_id, state, "
            "updated_at) VALUES (:anonymized_id, :cycle_id, :state, :updated_at) "
            "ON CONFLICT (anonymized_id, admission_cycle_id) DO UPDATE SET state = excluded.state, "
            "updated_at = excluded.updated_at",
        .in = &checkpoint_schema,
    };
    return query_many(c, tx, &q, rows, n);
}

err checkpoint_list(struct ctx *c, struct tx *tx, const struct order_range *r, size_t limit,
                    struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT k.anonymized_id, k.admission_cycle_id AS cycle_id, k.state, k.updated_at "
               "FROM evaluation_checkpoints k "
               "JOIN anonymized_applications n ON n.anonymized_id = k.anonymized_id "
               "WHERE k.admission_cycle_id = :cycle_id AND n.eval_order >= :from "
               "AND n.eval_order <= :last ORDER BY k.anonymized_id",
        .in = &range_schema,
        .out = &checkpoint_schema,
    };
    return query_list(c, tx, &q, r, limit, ret);
}

err checkpoint_get(struct ctx *c, struct tx *tx, struct str cycle_id, struct str anonymized_id,
                   struct checkpoint_row *ret)
{
    static const struct query q = {
        .sql = "SELECT anonymized_id, admission_cycle_id AS cycle_id, state, updated_at "
               "FROM evaluation_checkpoints WHERE anonymized_id = :anonymized_id "
               "AND admission_cycle_id = :cycle_id",
        .in = &checkpoint_schema,
        .out = &checkpoint_schema,
    };
    const struct checkpoint_row key = { .anonymized_id = anonymized_id, .cycle_id = cycle_id };
    bool found = false;
    TRY(query_find(c, tx, &q, &key, ret, &found));
    if (!found)
        *ret = (struct checkpoint_row){ 0 };
    return ERR_OK;
}

err checkpoint_drop(struct ctx *c, struct tx *tx, struct str anonymized_id)
{
    static const struct query q = {
        .sql = "DELETE FROM evaluation_checkpoints WHERE anonymized_id = :id",
        .in = &key_schema,
    };
    const struct key k = { anonymized_id };
    return query_run(c, tx, &q, &k, NULL);
}

err usage_add(struct ctx *c, struct tx *tx, const struct usage_row *rows, size_t n)
{
    static const struct query q = {
        .sql = "INSERT INTO model_usage (admission_cycle_id, model, calls, retries, rejections, "
               "tokens_in, tokens_cached, tokens_out, cost_pico) VALUES (:cycle_id, :model, "
               ":calls, :retries, :rejections, :tokens_in, :tokens_cached, :tokens_out, "
               ":cost_pico) ON CONFLICT (admission_cycle_id, model) DO UPDATE SET "
               "calls = model_usage.calls + excluded.calls, "
               "retries = model_usage.retries + excluded.retries, "
               "rejections = model_usage.rejections + excluded.rejections, "
               "tokens_in = model_usage.tokens_in + excluded.tokens_in, "
               "tokens_cached = model_usage.tokens_cached + excluded.tokens_cached, "
               "tokens_out = model_usage.tokens_out + excluded.tokens_out, "
               "cost_pico = model_usage.cost_pico + excluded.cost_pico",
        .in = &usage_schema,
    };
    return query_many(c, tx, &q, rows, n);
}

err usage_list(struct ctx *c, struct tx *tx, struct str cycle_id, struct list *ret)
{
    enum { MODELS_MAX = 1000 };
    static const struct query q = {
        .sql = "SELECT admission_cycle_id AS cycle_id, model, calls, retries, rejections, "
               "tokens_in, tokens_cached, tokens_out, cost_pico FROM model_usage "
               "WHERE admission_cycle_id = :id ORDER BY model",
        .in = &key_schema,
        .out = &usage_schema,
    };
    const struct key k = { cycle_id };
    return query_list(c, tx, &q, &k, MODELS_MAX, ret);
}
