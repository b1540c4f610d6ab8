/* service/exchange.h: JSONL and CSV out, JSONL in; batch runs. Streams; memory does not grow. */
#ifndef ENIGMA_SERVICE_EXCHANGE_H
#define ENIGMA_SERVICE_EXCHANGE_H

#include "repo/batch_repo.h" /* batch_type_names, batch_state_names */

/* Receives the bytes; its error ends the export. */
typedef err sink_fn(void *arg, struct ctx *c, struct str bytes);
/* One anonymous application a line (CONTRACT 7.1), in random order. Writes cycle.download with the
 * count and hash of what left, also when the sink failed half way. */
err export_jsonl(struct ctx *c, struct str cycle_id, sink_fn *sink, void *arg, int64_t *ret_rows);
/* Anonymous id, status, marks; header row; cells that could be formulas are quoted with '. */
err export_csv(struct ctx *c, struct str cycle_id, sink_fn *sink, void *arg, int64_t *ret_rows);
/* Same as export_jsonl into a new file under settings->export_dir with a generated name, synced
 * and renamed into place; *ret_name is the name alone. sha256 hex of the content. */
err export_file(struct ctx *c, struct str cycle_id, struct str *ret_name, int64_t *ret_rows,
                struct str *ret_sha256);

struct import_line_error {
    int64_t line;
    struct str anonymized_id, reason;
};
extern const struct schema import_line_error_schema;
struct import_report { /* POST /admin/batch/{id}/import */
    int64_t imported_count, already_count, rejected_count, held_count, answers_count;
    struct str cycle_id, message;
    struct list errors; /* struct import_line_error, the first 100 */
};
extern const struct schema import_report_schema;
/* Idempotent: a line whose score is already final changes nothing. Totals are recomputed; each
 * goes through the Judge of the configured provider (DECISIONS 11). */
err import_jsonl(struct ctx *c, int64_t batch_id, struct str text, struct import_report *ret);

struct batch_status { /* GET /admin/batch/{id}/status */
    int64_t batch_id;
    struct str cycle_id;
    int32_t batch_type, status;
    struct str model_name;
    int64_t total_records, processed_records, failed_records;
    double progress_percent;
    int64_t started_at, completed_at;
    struct str error_log;
    const void *use; /* struct evaluation_use of its cycle */
};
extern const struct schema batch_status_schema;
enum batch_type { BATCH_WORKER_EVALUATION, BATCH_JUDGE_REVIEW };
enum batch_state { BATCH_PENDING, BATCH_RUNNING, BATCH_COMPLETED, BATCH_FAILED, BATCH_CANCELLED };
err batch_status_get(struct ctx *c, int64_t batch_id, struct batch_status *ret);
/* Batches of a cycle, newest first: struct batch_status, without what models used. */
err batch_of_cycle(struct ctx *c, struct str cycle_id, struct list *ret);
/* Files of questions of the batch that went to an endpoint, oldest first: struct model_batch. */
err batch_files(struct ctx *c, int64_t batch_id, struct list *ret);
/* In a transaction. Triggered by c->who, or by whoever made the cycle. */
err batch_create(struct ctx *c, struct tx *tx, struct str cycle_id, const char *model_name,
                 struct str input_file, int64_t total, int64_t *ret_batch_id);
/* Adds done and failed; the times follow the state. */
err batch_progress(struct ctx *c, struct tx *tx, int64_t batch_id, int64_t done, int64_t failed,
                   int32_t state);

#endif
