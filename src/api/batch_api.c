/* Batches: status, results by upload, and streamed exports. */
#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/evaluation_progress.h"
#include "service/exchange.h"
#include "service/model_batch.h"

enum { IMPORT_MAX = 64 * 1024 * 1024 };

static err batch_id_of(struct ctx *c, struct str text, int64_t *ret)
{
    if (!str_i64(text, ret) || *ret < 0)
        return FAIL(c, NOT_FOUND, "Batch not found");
    return ERR_OK;
}

static err get_batch(struct ctx *c, struct call *call)
{
    int64_t batch_id = 0;
    TRY(batch_id_of(c, call->path_arg[0], &batch_id));
    return batch_status_get(c, batch_id, call->reply);
}

static err list_batches(struct ctx *c, struct call *call)
{
    return batch_of_cycle(c, call->path_arg[0], &call->rows);
}

static err list_files(struct ctx *c, struct call *call)
{
    int64_t batch_id = 0;
    TRY(batch_id_of(c, call->path_arg[0], &batch_id));
    return batch_files(c, batch_id, &call->rows);
}

static err list_failures(struct ctx *c, struct call *call)
{
    enum { FAILURES_MAX = 1000 };
    int64_t batch_id = 0;
    TRY(batch_id_of(c, call->path_arg[0], &batch_id));
    return batch_failures(c, batch_id, FAILURES_MAX, &call->rows);
}

static err post_retry(struct ctx *c, struct call *call)
{
    int64_t batch_id = 0;
    struct str job_id = { 0 };
    TRY(batch_id_of(c, call->path_arg[0], &batch_id));
    TRY(batch_retry(c, batch_id, call->reply, &job_id));
    if (job_id.p) {
        call->status = 202;
        call_header(c, call, "Location", str_fmt(c->mem, "/jobs/%.*s", STR_ARG(job_id)));
    }
    return ERR_OK;
}

static err post_results(struct ctx *c, struct call *call)
{
    int64_t batch_id = 0;
    TRY(batch_id_of(c, call->path_arg[0], &batch_id));
    return import_jsonl(c, batch_id, call->request->body, call->reply);
}

struct import_query {
    int64_t batch_id;
};
static const struct field import_query_fields[] = {
    FIELD_I64(struct import_query, batch_id, .flags = FIELD_REQUIRED, .max = 9e15,
              .doc = "The batch that the results belong to."),
};
static SCHEMA(import_query_schema, "ImportQuery", struct import_query, import_query_fields);

static err post_import(struct ctx *c, struct call *call)
{
    const struct import_query *q = call->query;
    return import_jsonl(c, q->batch_id, call->request->body, call->reply);
}

static err outlet(void *arg, struct ctx *c, struct str bytes)
{
    return call_stream_write(c, arg, bytes);
}

typedef err export_fn(struct ctx *c, struct str cycle_id, sink_fn *sink, void *arg,
                      int64_t *ret_rows);

static err stream_export(struct ctx *c, struct call *call, export_fn *run, const char *type)
{
    int64_t rows = 0;
    call->content_type = type;
    call_header(c, call, "Content-Disposition", S("attachment"));
    return run(c, call->path_arg[0], outlet, call, &rows);
}

static const char *const form_text[] = { "seed", "openai" };
static NAMES(form_names, form_text);
enum { FORM_SEED, FORM_OPENAI };
struct export_query {
    int32_t format, pass;
    int64_t part;
};
static const struct field export_query_fields[] = {
    FIELD_ENUM(struct export_query, format, .names = &form_names, .preset = "seed",
               .doc = "seed: an application a line; openai: a question a line, as input of a Batch "
                      "API."),
    FIELD_ENUM(struct export_query, pass, .names = &model_pass_names, .preset = "worker",
               .doc = "openai: whom the questions ask; a file has one model."),
    FIELD_I64(struct export_query, part, .min = 1, .max = 100000, .preset = "1",
              .doc = "openai: which file of at most 50,000 lines and 190 MB; behind the last it is "
                     "empty."),
};
static SCHEMA(export_query_schema, "ExportQuery", struct export_query, export_query_fields);

static err get_jsonl(struct ctx *c, struct call *call)
{
    const struct export_query *q = call->query;
    int64_t rows = 0;
    if (q->format == FORM_OPENAI) {
        call->content_type = "application/x-ndjson; charset=utf-8";
        call_header(c, call, "Content-Disposition", S("attachment"));
        return export_questions(c, call->path_arg[0], q->pass, q->part, outlet, call, &rows);
    }
    return stream_export(c, call, export_jsonl, "application/x-ndjson; charset=utf-8");
}

static err get_csv(struct ctx *c, struct call *call)
{
    return stream_export(c, call, export_csv, "text/csv; charset=utf-8");
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/admin/batch/{batch_id}/status", .summary = "Progress of a batch.",
      .run = get_batch, .reply = &batch_status_schema, .roles = ROLE_STAFF,
      .scope = SCOPE_BATCHES_READ, .tag = "Batches" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/batches",
      .summary = "Batches of a cycle, newest first.", .run = list_batches,
      .reply = &batch_status_schema, .roles = ROLE_STAFF, .flags = ROUTE_LIST,
      .scope = SCOPE_BATCHES_READ, .tag = "Batches" },
    { .method = "GET", .path = "/admin/batch/{batch_id}/files",
      .summary = "Files of questions of a batch that went to a Batch API, and how far each is.",
      .run = list_files, .reply = &model_batch_schema, .roles = ROLE_STAFF, .flags = ROUTE_LIST,
      .scope = SCOPE_BATCHES_READ, .tag = "Batches" },
    { .method = "GET", .path = "/admin/batch/{batch_id}/failures",
      .summary = "Applications of a batch that failed and have no score yet, with reasons.",
      .run = list_failures, .reply = &job_failure_schema, .roles = ROLE_STAFF,
      .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_BATCHES_READ, .tag = "Batches" },
    { .method = "POST", .path = "/admin/batch/{batch_id}/retry",
      .summary = "Evaluate what is left of the batch's cycle: a batch of its own.",
      .run = post_retry, .reply = &batch_status_schema, .roles = ROLE_MANAGERS,
      .flags = ROUTE_AUDITED, .scope = SCOPE_BATCHES_WRITE, .tag = "Batches" },
    { .method = "POST", .path = "/admin/batch/{batch_id}/import",
      .summary = "Upload results as JSONL; bad lines are listed, known ones change nothing.",
      .run = post_results, .reply = &import_report_schema, .roles = ROLE_MANAGERS,
      .flags = ROUTE_UPLOAD | ROUTE_AUDITED | ROUTE_SLOW, .body_max = IMPORT_MAX,
      .scope = SCOPE_BATCHES_WRITE, .tag = "Batches" },
    { .method = "POST", .path = "/admin/batch/{batch_id}/results",
      .summary = "The same as import.", .run = post_results, .reply = &import_report_schema,
      .roles = ROLE_MANAGERS, .flags = ROUTE_UPLOAD | ROUTE_AUDITED | ROUTE_SLOW, .body_max = IMPORT_MAX,
      .scope = SCOPE_BATCHES_WRITE, .tag = "Batches" },
    { .method = "POST", .path = "/admin/batch/import",
      .summary = "The same, with the batch in the query.", .run = post_import,
      .query = &import_query_schema, .reply = &import_report_schema, .roles = ROLE_MANAGERS,
      .flags = ROUTE_UPLOAD | ROUTE_AUDITED | ROUTE_SLOW, .body_max = IMPORT_MAX,
      .scope = SCOPE_BATCHES_WRITE, .tag = "Batches" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/export.jsonl",
      .summary = "Anonymous applications, one JSON object a line, or questions for a Batch API.",
      .run = get_jsonl, .query = &export_query_schema,
      .roles = ROLE_STAFF,
      .flags = ROUTE_REPLICA | ROUTE_STREAM | ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_SLOW,
      .scope = SCOPE_APPLICATIONS_READ, .tag = "Batches" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/export.csv",
      .summary = "Anonymous ids, statuses and marks as CSV.", .run = get_csv,
      .roles = ROLE_STAFF,
      .flags = ROUTE_REPLICA | ROUTE_STREAM | ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_SLOW,
      .scope = SCOPE_APPLICATIONS_READ, .tag = "Batches" },
};
/* clang-format on */
const struct route_table batch_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
