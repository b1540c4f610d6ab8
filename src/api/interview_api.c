/* Interviews: slots, statements of interest, scorecards; and what a student sees of the own. */
#include "api/paging.h"
#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/interview.h"
#include "service/transcript.h"

struct interview_path {
    int64_t interview_id;
};
static const struct field path_fields[] = {
    FIELD_I64(struct interview_path, interview_id, .flags = FIELD_REQUIRED),
};

static err path_id(struct ctx *c, struct call *call, int64_t *ret)
{
    struct interview_path path = { 0 };
    TRY(schema_decode_text(c, "path", &path_fields[0], call->path_arg[0], &path));
    *ret = path.interview_id;
    return ERR_OK;
}

static struct str if_match(const struct call *call)
{
    return request_header(call->request, "If-Match");
}

static err tagged(struct ctx *c, struct call *call, err e)
{
    if (e == ERR_OK)
        call_header(c, call, "ETag", interview_etag(c, call->reply));
    return e;
}

static err get_state(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    return interview_state_get(c, id, call->reply);
}

static err post_schedule(struct ctx *c, struct call *call)
{
    return tagged(c, call, interview_schedule(c, call->body, call->reply));
}

struct list_query {
    int64_t limit;
    struct str cursor;
    int32_t status;
};
static const struct field list_fields[] = {
    FIELD_I64(struct list_query, limit, .min = 1, .max = INTERVIEW_LIST_MAX, .preset = "1000",
              .doc = "Largest number of rows."),
    FIELD_STR(struct list_query, cursor, .flags = FIELD_NULL, .max = 20,
              .doc = "Where the page before ended; from the Link header."),
    FIELD_ENUM(struct list_query, status, .flags = FIELD_NULL, .names = &interview_status_names,
               .doc = "Only these."),
};
static SCHEMA(list_schema, "InterviewQuery", struct list_query, list_fields);

static err list_some(struct ctx *c, struct call *call, struct str cycle_id, bool mine)
{
    const struct list_query *q = call->query;
    const struct interview_page p = { .cycle_id = cycle_id,
                                      .mine = mine,
                                      .status = q->status,
                                      .limit = q->limit,
                                      .cursor = q->cursor };
    struct str next = { 0 };
    int64_t total = 0;
    TRY(interview_list(c, &p, &call->rows, &next, &total));
    const struct str extra =
        q->status < 0 ? S("") : str_fmt(c->mem, "&status=%s", interview_status_names.v[q->status]);
    page_headers(c, call, next, q->limit, total, extra);
    return ERR_OK;
}

static err list_of_cycle(struct ctx *c, struct call *call)
{
    return list_some(c, call, call->path_arg[0], false);
}

static err list_mine(struct ctx *c, struct call *call)
{
    return list_some(c, call, (struct str){ NULL, 0 }, true);
}

static err list_waiting(struct ctx *c, struct call *call)
{
    return interview_waiting_list(c, call->path_arg[0], &call->rows);
}

static err list_own(struct ctx *c, struct call *call)
{
    return interview_list_own(c, &call->rows);
}

static err get_interview(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    return tagged(c, call, interview_get(c, id, call->reply));
}

static err put_interview(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    return tagged(
        c, call,
        interview_update(c, id, call->body, &call->body_seen, if_match(call), call->reply));
}

static err delete_interview(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    static const struct interview_cancel by_request = { .code = INTERVIEW_BY_REQUEST };
    TRY(interview_cancel(c, id, call->body ? call->body : &by_request, if_match(call)));
    call->status = 204;
    return ERR_OK;
}

static err post_reassign(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    static const struct interview_assign to_me = { .admin_id = { NULL, 0 } };
    return tagged(c, call,
                  interview_reassign(c, id, call->body ? call->body : &to_me, call->reply));
}

static err post_start(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    return interview_begin(c, id, call->body, call->reply);
}

static err post_decline(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    return tagged(c, call, interview_decline(c, id, call->body, call->reply));
}

static err get_draft(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    struct str etag = { 0 };
    TRY(path_id(c, call, &id));
    TRY(scorecard_get(c, id, call->reply, &etag));
    call_header(c, call, "ETag", etag);
    return ERR_OK;
}

static err put_draft(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    struct str etag = { 0 };
    TRY(path_id(c, call, &id));
    TRY(scorecard_save(c, id, call->body, if_match(call), call->reply, &etag));
    call_header(c, call, "ETag", etag);
    return ERR_OK;
}

static err get_scores(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    bool found = false;
    TRY(path_id(c, call, &id));
    TRY(interview_score_get(c, id, call->reply, &found));
    call->is_null = !found;
    return ERR_OK;
}

static err post_scores(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    return interview_score_submit(c, id, call->body, call->reply);
}

struct transcript_query {
    int64_t limit, after;
};
static const struct field transcript_query_fields[] = {
    FIELD_I64(struct transcript_query, limit, .min = 1, .max = TRANSCRIPT_ROWS_MAX,
              .preset = "1000", .doc = "Largest number of rows."),
    FIELD_I64(struct transcript_query, after, .min = 0, .max = 9e15, .preset = "0",
              .doc = "Only what was said behind this row."),
};
static SCHEMA(transcript_query_schema, "TranscriptQuery", struct transcript_query,
              transcript_query_fields);

static err get_transcript(struct ctx *c, struct call *call)
{
    const struct transcript_query *q = call->query;
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    return transcript_read(c, id, q->after, q->limit, &call->rows);
}

static err get_transcript_text(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    TRY(transcript_text(c, id, &call->raw));
    call->content_type = "text/plain";
    call_header(c, call, "Content-Disposition",
                str_fmt(c->mem, "attachment; filename=\"interview-%lld.txt\"", (long long)id));
    return ERR_OK;
}

static err put_transcript(struct ctx *c, struct call *call)
{
    const struct transcript_change *q = call->body;
    int64_t id = 0, row = 0;
    TRY(path_id(c, call, &id));
    if (!str_i64(call->path_arg[1], &row))
        return FAIL(c, NOT_FOUND, "Interview not found");
    return transcript_mend(c, id, row, q->text, call->reply);
}

static err get_calendar(struct ctx *c, struct call *call)
{
    int64_t id = 0;
    TRY(path_id(c, call, &id));
    TRY(interview_calendar_get(c, id, &call->raw));
    call->content_type = "text/calendar";
    call_header(c, call, "Content-Disposition",
                str_fmt(c->mem, "attachment; filename=\"interview-%lld.ics\"", (long long)id));
    return ERR_OK;
}

/* clang-format off */
#define DESK .flags = ROUTE_PERSONAL, .roles = ROLE_STAFF, .scope = SCOPE_CYCLES_READ, .tag = "Interviews"
#define ACT  .flags = ROUTE_PERSONAL | ROUTE_AUDITED, .roles = ROLE_MANAGERS, \
             .scope = SCOPE_CYCLES_WRITE, .tag = "Interviews"
static const struct route rows[] = {
    { .method = "POST", .path = "/admin/interviews/schedule",
      .summary = "Give a shortlisted application a slot; whoever asks becomes its interviewer.",
      .run = post_schedule, .body = &interview_new_schema, .reply = &interview_schema, ACT },
    { .method = "GET", .path = "/admin/interviews/cycle/{cycle_id}",
      .summary = "Interviews of a cycle, the latest first.", .run = list_of_cycle,
      .query = &list_schema, .reply = &interview_schema, .flags = ROUTE_LIST | ROUTE_PERSONAL,
      .roles = ROLE_STAFF, .scope = SCOPE_CYCLES_READ, .tag = "Interviews" },
    { .method = "GET", .path = "/admin/interviews/cycle/{cycle_id}/waiting",
      .summary = "What waits for a slot, another slot, another interviewer, or a score.",
      .run = list_waiting, .reply = &interview_waiting_schema, .flags = ROUTE_LIST | ROUTE_PERSONAL,
      .roles = ROLE_STAFF, .scope = SCOPE_CYCLES_READ, .tag = "Interviews" },
    { .method = "GET", .path = "/admin/interviews/me",
      .summary = "The interviews of whoever asks, the latest first.", .run = list_mine,
      .query = &list_schema, .reply = &interview_schema, .flags = ROUTE_LIST | ROUTE_PERSONAL,
      .roles = ROLE_MANAGERS, .scope = SCOPE_CYCLES_READ, .tag = "Interviews" },
    { .method = "GET", .path = "/admin/interviews/{interview_id}",
      .summary = "One interview, with its ETag.", .run = get_interview,
      .reply = &interview_schema, DESK },
    { .method = "PUT", .path = "/admin/interviews/{interview_id}",
      .summary = "Move its slot, or change link, notes or status. Honours If-Match.",
      .run = put_interview, .body = &interview_change_schema, .reply = &interview_schema,
      .flags = ROUTE_PATCH | ROUTE_PERSONAL | ROUTE_AUDITED | ROUTE_IF_MATCH,
      .roles = ROLE_MANAGERS, .scope = SCOPE_CYCLES_WRITE, .tag = "Interviews" },
    { .method = "DELETE", .path = "/admin/interviews/{interview_id}",
      .summary = "Cancel it; it stays with its evidence, and the application may have another.",
      .run = delete_interview, .body = &interview_cancel_schema,
      .flags = ROUTE_BODY_OPTIONAL | ROUTE_PERSONAL | ROUTE_AUDITED, .roles = ROLE_MANAGERS,
      .scope = SCOPE_CYCLES_WRITE, .tag = "Interviews" },
    { .method = "POST", .path = "/admin/interviews/{interview_id}/reassign",
      .summary = "Give it to another interviewer, or take one that needs another.",
      .run = post_reassign, .body = &interview_assign_schema, .reply = &interview_schema,
      .flags = ROUTE_BODY_OPTIONAL | ROUTE_PERSONAL | ROUTE_AUDITED, .roles = ROLE_MANAGERS,
      .scope = SCOPE_CYCLES_WRITE, .tag = "Interviews" },
    { .method = "POST", .path = "/admin/interviews/{interview_id}/start-interview",
      .summary = "Begin it: its interviewer accepts the three statements of interest.",
      .run = post_start, .body = &interview_start_schema, .reply = &interview_started_schema, ACT },
    { .method = "POST", .path = "/admin/interviews/{interview_id}/decline",
      .summary = "Decline it for a conflict of interest; it then waits for another interviewer.",
      .run = post_decline, .body = &interview_decline_schema, .reply = &interview_schema, ACT },
    { .method = "GET", .path = "/admin/interviews/{interview_id}/scores/draft",
      .summary = "Its interviewer's scorecard, as far as it is filled in, with its ETag.",
      .run = get_draft, .reply = &scorecard_saved_schema, .flags = ROUTE_PERSONAL,
      .roles = ROLE_MANAGERS, .tag = "Interviews" },
    { .method = "PUT", .path = "/admin/interviews/{interview_id}/scores/draft",
      .summary = "Save the scorecard, complete or not. Honours If-Match.", .run = put_draft,
      .body = &scorecard_draft_schema, .reply = &scorecard_saved_schema,
      .flags = ROUTE_PERSONAL | ROUTE_IF_MATCH, .roles = ROLE_MANAGERS, .tag = "Interviews" },
    { .method = "GET", .path = "/admin/interviews/{interview_id}/scores",
      .summary = "Its score, null before there is one; hidden from who still owes one in the cycle.",
      .run = get_scores, .reply = &interview_score_schema, .flags = ROUTE_PERSONAL | ROUTE_MAYBE_NULL,
      .roles = ROLE_STAFF, .scope = SCOPE_CYCLES_READ, .tag = "Interviews" },
    { .method = "POST", .path = "/admin/interviews/{interview_id}/scores",
      .summary = "Submit the three marks: its interviewer, once, after the beginning.",
      .run = post_scores, .body = &scorecard_schema, .reply = &interview_score_schema, ACT },
    { .method = "GET", .path = "/student/interviews/me",
      .summary = "The own interviews, the latest first.", .run = list_own,
      .reply = &interview_own_schema, .flags = ROUTE_LIST | ROUTE_PERSONAL, .roles = ROLE_STUDENT,
      .tag = "Interviews" },
    { .method = "GET", .path = "/interviews/{interview_id}/calendar.ics",
      .summary = "The slot as a calendar file: its student, or staff.", .run = get_calendar,
      .flags = ROUTE_RAW | ROUTE_PERSONAL, .roles = ROLE_STUDENT | ROLE_STAFF,
      .scope = SCOPE_CYCLES_READ, .tag = "Interviews" },
    { .method = "GET", .path = "/interviews/{interview_id}/transcript",
      .summary = "What was said: its student, its interviewer, super_admin, auditor.",
      .run = get_transcript, .query = &transcript_query_schema, .reply = &transcript_schema,
      .flags = ROUTE_LIST | ROUTE_PERSONAL, .roles = ROLE_STUDENT | ROLE_STAFF,
      .tag = "Interviews" },
    { .method = "GET", .path = "/interviews/{interview_id}/transcript.txt",
      .summary = "The same as plain text.", .run = get_transcript_text,
      .flags = ROUTE_RAW | ROUTE_PERSONAL, .roles = ROLE_STUDENT | ROLE_STAFF,
      .tag = "Interviews" },
    { .method = "PUT", .path = "/interviews/{interview_id}/transcript/{transcript_id}",
      .summary = "Correct what was heard; both stay. Whoever spoke, or the interviewer.",
      .run = put_transcript, .body = &transcript_change_schema, .reply = &transcript_schema,
      .flags = ROUTE_PERSONAL | ROUTE_AUDITED, .roles = ROLE_STUDENT | ROLE_MANAGERS,
      .tag = "Interviews" },
    { .method = "GET", .path = "/interviews/{interview_id}/status",
      .summary = "Whether an interview has begun: its student, or staff.",
      .run = get_state, .reply = &interview_state_schema, .roles = ROLE_STUDENT | ROLE_STAFF,
      .flags = ROUTE_PERSONAL | ROUTE_COMPAT_PUBLIC, .scope = SCOPE_CYCLES_READ, .tag = "Interviews" },
};
/* clang-format on */
const struct route_table interview_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
