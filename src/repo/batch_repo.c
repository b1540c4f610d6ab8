/* The SQL of batch runs. */
#include "repo/batch_repo.h"

#include "domain/phase.h"

static const char *const types[] = { "worker_evaluation", "judge_review" };
NAMES(batch_type_names, types);
static const char *const states[] = { "pending", "running", "completed", "failed", "cancelled" };
NAMES(batch_state_names, states);

static const struct field new_fields[] = {
    FIELD_STR(struct batch_new, cycle_id),
    FIELD_STR(struct batch_new, model_name),
    FIELD_STR(struct batch_new, input_file),
    FIELD_STR(struct batch_new, triggered_by, .flags = FIELD_NULL),
    FIELD_I64(struct batch_new, total),
};
static SCHEMA(new_schema, "BatchNew", struct batch_new, new_fields);

static const struct field row_fields[] = {
    FIELD_I64(struct batch_row, batch_id),
    FIELD_STR(struct batch_row, cycle_id),
    FIELD_ENUM(struct batch_row, batch_type, .names = &batch_type_names),
    FIELD_ENUM(struct batch_row, status, .names = &batch_state_names),
    FIELD_STR(struct batch_row, model_name),
    FIELD_I64(struct batch_row, total_records),
    FIELD_I64(struct batch_row, processed_records),
    FIELD_I64(struct batch_row, failed_records),
    FIELD_TIME(struct batch_row, started_at, .flags = FIELD_NULL),
    FIELD_TIME(struct batch_row, completed_at, .flags = FIELD_NULL),
    FIELD_STR(struct batch_row, error_log, .flags = FIELD_NULL),
    FIELD_ENUM(struct batch_row, phase, .names = &phase_names),
    FIELD_STR(struct batch_row, provider, .flags = FIELD_NULL),
};
static SCHEMA(row_schema, "BatchRow", struct batch_row, row_fields);

static const struct field change_fields[] = {
    FIELD_I64(struct batch_change, batch_id),
    FIELD_I64(struct batch_change, done),
    FIELD_I64(struct batch_change, failed),
    FIELD_TIME(struct batch_change, now),
    FIELD_ENUM(struct batch_change, state, .names = &batch_state_names),
};
static SCHEMA(change_schema, "BatchChange", struct batch_change, change_fields);

struct batch_key {
    int64_t batch_id;
    struct str text;
};
static const struct field key_fields[] = {
    FIELD_I64(struct batch_key, batch_id),
    FIELD_STR(struct batch_key, text, .flags = FIELD_NULL),
};
static SCHEMA(key_schema, "BatchKey", struct batch_key, key_fields);

struct batch_id_row {
    int64_t batch_id;
};
static const struct field id_fields[] = { FIELD_I64(struct batch_id_row, batch_id) };
static SCHEMA(id_schema, "BatchId", struct batch_id_row, id_fields);

err batch_insert(struct ctx *c, struct tx *tx, const struct batch_new *n, int64_t *ret_batch_id)
{
    static const struct query q = {
        "INSERT INTO batch_runs (admission_cycle_id, batch_type, model_name, model_version, "
        "input_file_path, output_file_path, total_records, processed_records, failed_records, "
        "status, started_at, completed_at, triggered_by, error_log, batch_metadata) "
        "SELECT cycle_id, 'worker_evaluation', :model_name, NULL, :input_file, NULL, :total, 0, "
        "0, 'pending', NULL, NULL, COALESCE(:triggered_by, created_by), NULL, NULL "
        "FROM admission_cycles WHERE cycle_id = :cycle_id RETURNING batch_id",
        &new_schema, &id_schema
    };
    struct batch_id_row row;
    TRY(query_one(c, tx, &q, n, &row));
    *ret_batch_id = row.batch_id;
    return ERR_OK;
}

#define BATCH_SELECT                                                                               \
    "SELECT b.batch_id, b.admission_cycle_id AS cycle_id, b.batch_type, b.status, "                \
    "b.model_name, b.total_records, b.processed_records, b.failed_records, b.started_at, "         \
    "b.completed_at, b.error_log, y.phase, y.provider FROM batch_runs b "                          \
    "JOIN admission_cycles y ON y.cycle_id = b.admission_cycle_id "

err batch_load(struct ctx *c, struct tx *tx, int64_t batch_id, struct batch_row *ret,
               bool *ret_found)
{
    static const struct query q = { BATCH_SELECT "WHERE b.batch_id = :batch_id", &key_schema,
                                    &row_schema };
    const struct batch_key key = { .batch_id = batch_id };
    return query_find(c, tx, &q, &key, ret, ret_found);
}

err batch_list(struct ctx *c, struct tx *tx, struct str cycle_id, size_t limit, struct list *ret)
{
    static const struct query q = {
        BATCH_SELECT "WHERE b.admission_cycle_id = :text ORDER BY b.batch_id DESC LIMIT 1000",
        &key_schema, &row_schema
    };
    const struct batch_key key = { .text = cycle_id };
    return query_list(c, tx, &q, &key, limit, ret);
}

err batch_change(struct ctx *c, struct tx *tx, const struct batch_change *b, int64_t *ret_changed)
{
    static const struct query q = {
        "UPDATE batch_runs SET processed_records = processed_records + :done, "
        "failed_records = failed_records + :failed, status = :state, "
        "started_at = COALESCE(started_at, :now), "
        "completed_at = CASE WHEN :state IN ('completed', 'failed', 'cancelled') "
        "THEN COALESCE(completed_at, :now) ELSE NULL END WHERE batch_id = :batch_id",
        &change_schema, NULL
    };
    return query_run(c, tx, &q, b, ret_changed);
}

err batch_set_error_log(struct ctx *c, struct tx *tx, int64_t batch_id, struct str text)
{
    static const struct query q = {
        "UPDATE batch_runs SET error_log = :text WHERE batch_id = :batch_id", &key_schema, NULL
    };
    const struct batch_key key = { .batch_id = batch_id, .text = text };
    return query_run(c, tx, &q, &key, NULL);
}
