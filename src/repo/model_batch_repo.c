/* The SQL of files of questions. */
#include "repo/model_batch_repo.h"

static const char *const states[] = {
    "made", "uploaded", "submitted", "ended", "fetched", "dropped"
};
NAMES(model_batch_state_names, states);
static const char *const passes[] = { "worker", "judge" };
NAMES(model_pass_names, passes);

#define B struct model_batch
/* clang-format off */
static const struct field batch_fields[] = {
    FIELD_STR(B, model_batch_id, .doc = "The file's batch; also in the metadata at the endpoint."),
    FIELD_STR(B, admission_cycle_id, .doc = "Its cycle."),
    FIELD_I64(B, batch_run_id, .doc = "The batch that the scores belong to."),
    FIELD_ENUM(B, pass, .names = &model_pass_names, .doc = "Whom it asks."),
    FIELD_ENUM(B, state, .names = &model_batch_state_names, .doc = "How far it is here."),
    FIELD_STR(B, model, .doc = "The model."),
    FIELD_I64(B, questions, .doc = "Lines of the file."),
    FIELD_STR(B, sha256, .flags = FIELD_NULL, .doc = "Of the file that was sent."),
    FIELD_STR(B, remote_file, .flags = FIELD_NULL, .doc = "The endpoint's name of the file."),
    FIELD_STR(B, remote_batch, .flags = FIELD_NULL, .doc = "The endpoint's name of the batch."),
    FIELD_STR(B, remote_state, .flags = FIELD_NULL, .doc = "What the endpoint says of it."),
    FIELD_STR(B, remote_output, .flags = FIELD_NULL, .doc = "File of answers."),
    FIELD_STR(B, remote_errors, .flags = FIELD_NULL, .doc = "File of failures."),
    FIELD_I64(B, remote_done, .doc = "Answered, as the endpoint counts."),
    FIELD_I64(B, remote_failed, .doc = "Failed, as the endpoint counts."),
    FIELD_I64(B, imported, .doc = "Answers that were taken in."),
    FIELD_I64(B, refused, .doc = "Lines that were no use; asked again by the next batch."),
    FIELD_STR(B, error, .flags = FIELD_NULL, .doc = "What went wrong, a line for each."),
    FIELD_TIME(B, created_at, .doc = "When it was made."),
    FIELD_TIME(B, submitted_at, .flags = FIELD_NULL, .doc = "When the endpoint took it."),
    FIELD_TIME(B, ended_at, .flags = FIELD_NULL, .doc = "When the endpoint was done with it."),
};
/* clang-format on */
#undef B
SCHEMA(model_batch_schema, "ModelBatch", struct model_batch, batch_fields);

static const struct field item_fields[] = {
    FIELD_STR(struct model_batch_item, anonymized_id),
    FIELD_STR(struct model_batch_item, admission_cycle_id),
    FIELD_STR(struct model_batch_item, model_batch_id),
};
static SCHEMA(item_schema, "ModelBatchItem", struct model_batch_item, item_fields);

struct key {
    struct str id;
    int64_t run;
};
static const struct field key_fields[] = {
    FIELD_STR(struct key, id, .flags = FIELD_NULL),
    FIELD_I64(struct key, run),
};
static SCHEMA(key_schema, "ModelBatchKey", struct key, key_fields);

#define COLUMNS                                                                                    \
    "model_batch_id, admission_cycle_id, batch_run_id, pass, state, model, questions, sha256, "    \
    "remote_file, remote_batch, remote_state, remote_output, remote_errors, remote_done, "         \
    "remote_failed, imported, refused, error, created_at, submitted_at, ended_at"

err model_batch_insert(struct ctx *c, struct tx *tx, const struct model_batch *b)
{
    static const struct query q = {
        .sql = "INSERT INTO model_batches (" COLUMNS ") VALUES (:model_batch_id, "
               ":admission_cycle_id, :batch_run_id, :pass, :state, :model, :questions, :sha256, "
               ":remote_file, :remote_batch, :remote_state, :remote_output, :remote_errors, "
               ":remote_done, :remote_failed, :imported, :refused, :error, :created_at, "
               ":submitted_at, :ended_at)",
        .in = &model_batch_schema,
    };
    return query_run(c, tx, &q, b, NULL);
}

err model_batch_write(struct ctx *c, struct tx *tx, const struct model_batch *b)
{
    static const struct query q = {
        .sql = "UPDATE model_batches SET state = :state, questions = :questions, "
               "sha256 = :sha256, remote_file = :remote_file, remote_batch = :remote_batch, "
               "remote_state = :remote_state, remote_output = :remote_output, "
               "remote_errors = :remote_errors, remote_done = :remote_done, "
               "remote_failed = :remote_failed, imported = :imported, refused = :refused, "
               "error = :error, submitted_at = :submitted_at, ended_at = :ended_at "
               "WHERE model_batch_id = :model_batch_id",
        .in = &model_batch_schema,
    };
    return query_run(c, tx, &q, b, NULL);
}

err model_batch_list(struct ctx *c, struct tx *tx, int64_t batch_run_id, size_t limit,
                     struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT " COLUMNS " FROM model_batches WHERE batch_run_id = :run "
               "ORDER BY created_at, model_batch_id",
        .in = &key_schema,
        .out = &model_batch_schema,
    };
    const struct key k = { .run = batch_run_id };
    return query_list(c, tx, &q, &k, limit, ret);
}

err model_batch_hold(struct ctx *c, struct tx *tx, const struct model_batch_item *v, size_t n)
{
    static const struct query q = {
        .sql = "INSERT INTO model_batch_items (anonymized_id, admission_cycle_id, model_batch_id) "
               "VALUES (:anonymized_id, :admission_cycle_id, :model_batch_id)",
        .in = &item_schema,
    };
    return query_many(c, tx, &q, v, n);
}

err model_batch_items(struct ctx *c, struct tx *tx, struct str model_batch_id, size_t limit,
                      struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT anonymized_id, admission_cycle_id, model_batch_id FROM model_batch_items "
               "WHERE model_batch_id = :id ORDER BY anonymized_id",
        .in = &key_schema,
        .out = &item_schema,
    };
    const struct key k = { .id = model_batch_id };
    return query_list(c, tx, &q, &k, limit, ret);
}

err model_batch_held(struct ctx *c, struct tx *tx, struct str cycle_id, size_t limit,
                     struct list *ret)
{
    static const struct query q = {
        .sql = "SELECT anonymized_id, admission_cycle_id, model_batch_id FROM model_batch_items "
               "WHERE admission_cycle_id = :id ORDER BY anonymized_id",
        .in = &key_schema,
        .out = &item_schema,
    };
    const struct key k = { .id = cycle_id };
    return query_list(c, tx, &q, &k, limit, ret);
}

err model_batch_release(struct ctx *c, struct tx *tx, struct str model_batch_id)
{
    static const struct query q = {
        .sql = "DELETE FROM model_batch_items WHERE model_batch_id = :id",
        .in = &key_schema,
    };
    const struct key k = { .id = model_batch_id };
    return query_run(c, tx, &q, &k, NULL);
}
