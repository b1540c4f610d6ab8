/* Batch runs: made by export and processing, moved on by jobs and imports. */
#include "base/str.h"
#include "domain/score.h"
#include "repo/model_batch_repo.h"
#include "service/cycle_support.h"
#include "service/evaluation_progress.h"
#include "service/exchange.h"

enum { BATCHES_MAX = 1000, FILES_MAX = 1000 };

static const struct field status_fields[] = {
    FIELD_I64(struct batch_status, batch_id, .doc = "Number of the batch."),
    FIELD_STR(struct batch_status, cycle_id, .doc = "Its cycle."),
    FIELD_ENUM(struct batch_status, batch_type, .names = &batch_type_names,
               .doc = "What the batch is for."),
    FIELD_ENUM(struct batch_status, status, .names = &batch_state_names, .doc = "How far it is."),
    FIELD_STR(struct batch_status, model_name, .doc = "Who gives the scores."),
    FIELD_I64(struct batch_status, total_records, .doc = "Applications in the batch."),
    FIELD_I64(struct batch_status, processed_records, .doc = "Applications scored."),
    FIELD_I64(struct batch_status, failed_records, .doc = "Applications left for a person."),
    FIELD_F64(struct batch_status, progress_percent, .doc = "Processed of total, in percent."),
    FIELD_TIME(struct batch_status, started_at, .flags = FIELD_NULL, .doc = "When it began."),
    FIELD_TIME(struct batch_status, completed_at, .flags = FIELD_NULL, .doc = "When it ended."),
    FIELD_STR(struct batch_status, error_log, .flags = FIELD_NULL,
              .doc = "What went wrong, a line for each."),
    FIELD_OBJ(struct batch_status, use, .flags = FIELD_NULL, .of = &evaluation_use_schema,
              .doc = "What the models of its cycle have used and cost."),
};
SCHEMA(batch_status_schema, "BatchStatus", struct batch_status, status_fields);

struct batch_call {
    int64_t batch_id;
    struct batch_row row;
    struct evaluation_use use;
};

static err load_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct batch_call *q = arg;
    bool found = false;
    TRY(batch_load(c, tx, q->batch_id, &q->row, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "Batch not found");
    return evaluation_use_read(c, tx, q->row.cycle_id, &q->use);
}

static struct batch_status status_of(const struct batch_row *r)
{
    double percent = 0.0;
    if (r->total_records > 0)
        percent = (double)div_half_up(r->processed_records * 10000, r->total_records) / 100.0;
    return (struct batch_status){ .batch_id = r->batch_id,
                                  .cycle_id = r->cycle_id,
                                  .batch_type = r->batch_type,
                                  .status = r->status,
                                  .model_name = r->model_name,
                                  .total_records = r->total_records,
                                  .processed_records = r->processed_records,
                                  .failed_records = r->failed_records,
                                  .progress_percent = percent < 100.0 ? percent : 100.0,
                                  .started_at = r->started_at,
                                  .completed_at = r->completed_at,
                                  .error_log = r->error_log };
}

err batch_status_get(struct ctx *c, int64_t batch_id, struct batch_status *ret)
{
    struct batch_call q = { .batch_id = batch_id };
    TRY(tx_run(c, TX_READ, load_tx, &q));
    struct evaluation_use *use = arena_new(c->mem, struct evaluation_use);
    *use = q.use;
    *ret = status_of(&q.row);
    ret->use = use;
    return ERR_OK;
}

struct list_call {
    struct str cycle_id;
    int64_t batch_id;
    struct list rows;
};

static err of_cycle_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    struct cycle_row row;
    TRY(cycle_load(c, tx, q->cycle_id, &row));
    return batch_list(c, tx, q->cycle_id, BATCHES_MAX, &q->rows);
}

err batch_of_cycle(struct ctx *c, struct str cycle_id, struct list *ret)
{
    struct list_call q = { .cycle_id = cycle_id };
    TRY(tx_run(c, TX_READ, of_cycle_tx, &q));
    struct batch_status *out = arena_array(c->mem, struct batch_status, q.rows.n + 1);
    for (size_t i = 0; i < q.rows.n; i++)
        out[i] = status_of((const struct batch_row *)q.rows.v + i);
    *ret = (struct list){ out, q.rows.n };
    return ERR_OK;
}

static err files_tx(struct ctx *c, struct tx *tx, void *arg)
{
    struct list_call *q = arg;
    struct batch_row row;
    bool found = false;
    TRY(batch_load(c, tx, q->batch_id, &row, &found));
    if (!found)
        return FAIL(c, NOT_FOUND, "Batch not found");
    return model_batch_list(c, tx, q->batch_id, FILES_MAX, &q->rows);
}

err batch_files(struct ctx *c, int64_t batch_id, struct list *ret)
{
    struct list_call q = { .batch_id = batch_id };
    TRY(tx_run(c, TX_READ, files_tx, &q));
    *ret = q.rows;
    return ERR_OK;
}

err batch_create(struct ctx *c, struct tx *tx, struct str cycle_id, const char *model_name,
                 struct str input_file, int64_t total, int64_t *ret_batch_id)
{
    const struct batch_new n = { .cycle_id = cycle_id,
                                 .model_name = str_of(model_name),
                                 .input_file = input_file.p ? input_file : S(""),
                                 .triggered_by = c->who ? c->who->id : (struct str){ 0 },
                                 .total = total };
    return batch_insert(c, tx, &n, ret_batch_id);
}

err batch_progress(struct ctx *c, struct tx *tx, int64_t batch_id, int64_t done, int64_t failed,
                   int32_t state)
{
    const struct batch_change b = {
        .batch_id = batch_id, .done = done, .failed = failed, .now = c->now_us, .state = state
    };
    int64_t changed = 0;
    TRY(batch_change(c, tx, &b, &changed));
    return changed == 1 ? ERR_OK : FAIL(c, NOT_FOUND, "Batch not found");
}
