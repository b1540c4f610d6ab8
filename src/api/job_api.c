/* Background work: read, list, watch, cancel, try again. */
#include "api/paging.h"
#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/evaluation_progress.h"
#include "service/job.h"

struct job_query {
    struct str cycle_id;
    int64_t limit;
    struct str cursor;
};
static const struct field job_query_fields[] = {
    FIELD_STR(struct job_query, cycle_id, .flags = FIELD_NULL, .max = 50,
              .doc = "Only this cycle's jobs."),
    FIELD_I64(struct job_query, limit, .min = 1, .max = 1000, .preset = "100",
              .doc = "Rows in one answer."),
    FIELD_STR(struct job_query, cursor, .flags = FIELD_NULL, .max = 200,
              .doc = "Where the next page starts: from the Link header."),
};
static SCHEMA(job_query_schema, "JobQuery", struct job_query, job_query_fields);

struct dead_query {
    struct str cycle_id;
    int64_t limit;
};
static const struct field dead_query_fields[] = {
    FIELD_STR(struct dead_query, cycle_id, .flags = FIELD_NULL, .max = 50,
              .doc = "Only of this cycle's jobs."),
    FIELD_I64(struct dead_query, limit, .min = 1, .max = 1000, .preset = "100",
              .doc = "Rows in the answer."),
};
static SCHEMA(dead_query_schema, "JobDeadQuery", struct dead_query, dead_query_fields);

static err list_jobs(struct ctx *c, struct call *call)
{
    const struct job_query *q = call->query;
    struct str next = { 0 }, extra = S("");
    TRY(job_list(c, q->cycle_id, q->limit, q->cursor, &call->rows, &next));
    if (q->cycle_id.p)
        extra = str_fmt(c->mem, "&cycle_id=%.*s", STR_ARG(q->cycle_id));
    page_headers(c, call, next, q->limit, -1, extra);
    return ERR_OK;
}

static err get_job(struct ctx *c, struct call *call)
{
    return job_detail_get(c, call->path_arg[0], call->reply);
}

static err list_failures(struct ctx *c, struct call *call)
{
    enum { FAILURES_MAX = 1000 };
    return job_failures(c, call->path_arg[0], FAILURES_MAX, &call->rows);
}

static err list_dead(struct ctx *c, struct call *call)
{
    const struct dead_query *q = call->query;
    return job_dead(c, q->cycle_id, q->limit, &call->rows);
}

static err post_retry(struct ctx *c, struct call *call)
{
    return job_retry(c, call->path_arg[0], call->reply);
}

static err post_cancel(struct ctx *c, struct call *call)
{
    return job_cancel(c, call->path_arg[0], call->reply);
}

/* One tick of the event stream: an event when something moved. The event id is the state of the
 * job in short, so that a client that comes back gets only what is new to it. */
static err tick(struct ctx *c, struct call *call)
{
    struct job_detail d = { 0 };
    TRY(job_detail_get(c, call->path_arg[0], &d));
    const struct job j = d.job;
    const struct evaluation_use *use = d.use;
    struct str id =
        str_fmt(c->mem, "%d.%lld.%lld.%lld.%.*s", (int)j.state, (long long)j.done,
                (long long)j.failed, (long long)(use ? use->calls : 0), STR_ARG(j.stage));
    call->content_type = "text/event-stream; charset=utf-8";
    call->last_event = j.state >= JOB_COMPLETED;
    if (str_eq(id, call->last_event_id) && !call->last_event)
        return ERR_OK;
    enum { EVENT_MAX = 65536 };
    struct buf b;
    buf_init(&b, c->mem, EVENT_MAX);
    buf_fmt(&b, "id: %.*s\nevent: %s\ndata: ", STR_ARG(id), call->last_event ? "end" : "progress");
    schema_encode(&job_detail_schema, &d, &b);
    buf_lit(&b, "\n\n");
    call->raw = buf_view(&b);
    call->last_event_id = id;
    return ERR_OK;
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/jobs", .summary = "Jobs, newest first.", .run = list_jobs,
      .query = &job_query_schema, .reply = &job_schema, .roles = ROLE_STAFF, .flags = ROUTE_LIST,
      .scope = SCOPE_JOBS_READ, .tag = "Jobs" },
    { .method = "GET", .path = "/jobs/dead",
      .summary = "Parts of jobs that were given up after their last attempt, newest job first.",
      .run = list_dead, .query = &dead_query_schema, .reply = &job_dead_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_LIST, .scope = SCOPE_JOBS_READ, .tag = "Jobs" },
    { .method = "GET", .path = "/jobs/{job_id}", 
      .summary = "One job: state, counts, pace, and what its models have used.",
      .run = get_job, .reply = &job_detail_schema, .roles = ROLE_STAFF, .scope = SCOPE_JOBS_READ, .tag = "Jobs" },
    { .method = "GET", .path = "/jobs/{job_id}/failures",
      .summary = "Items that failed, with their reasons.", .run = list_failures,
      .reply = &job_failure_schema, .roles = ROLE_STAFF, .flags = ROUTE_LIST | ROUTE_PERSONAL,
      .scope = SCOPE_JOBS_READ, .tag = "Jobs" },
    { .method = "GET", .path = "/jobs/{job_id}/events",
      .summary = "Progress as server-sent events; resumes by Last-Event-ID.", .run = tick,
      .roles = ROLE_STAFF, .flags = ROUTE_EVENTS, .scope = SCOPE_JOBS_READ, .tag = "Jobs" },
    { .method = "POST", .path = "/jobs/{job_id}/cancel",
      .summary = "Stop a job; what is done stays done.", .run = post_cancel,
      .reply = &job_schema, .roles = ROLE_MANAGERS, .scope = SCOPE_JOBS_WRITE, .tag = "Jobs" },
    { .method = "POST", .path = "/jobs/{job_id}/retry",
      .summary = "Put the given up parts of a failed job back.", .run = post_retry,
      .reply = &job_schema, .roles = ROLE_MANAGERS, .scope = SCOPE_JOBS_WRITE, .tag = "Jobs" },
};
/* clang-format on */
const struct route_table job_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
