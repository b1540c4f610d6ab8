/* Admission cycles: create, read, change, open, close, delete. */
#include "api/paging.h"
#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/account.h"
#include "service/cycle_admin.h"
#include "service/evaluation_progress.h"
#include "service/intake.h"
#include "service/phase_step.h"
#include "service/publication.h"
#include "service/reading.h"

static err tagged(struct ctx *c, struct call *call, err e)
{
    if (e == ERR_OK)
        call_header(c, call, "ETag", cycle_etag(c, call->reply));
    return e;
}

static err list_cycles(struct ctx *c, struct call *call)
{
    const struct page_query *q = call->query;
    struct str next = { 0 };
    int64_t total = 0;
    TRY(cycle_list(c, q->limit, q->cursor, &call->rows, &next, &total));
    page_headers(c, call, next, q->limit, total, S(""));
    return ERR_OK;
}

static err post_cycle(struct ctx *c, struct call *call)
{
    return tagged(c, call, cycle_create(c, call->body, call->reply));
}

static err get_cycle(struct ctx *c, struct call *call)
{
    return tagged(c, call, cycle_get(c, call->path_arg[0], call->reply));
}

static err put_cycle(struct ctx *c, struct call *call)
{
    struct str if_match = request_header(call->request, "If-Match");
    return tagged(
        c, call,
        cycle_update(c, call->path_arg[0], call->body, &call->body_seen, if_match, call->reply));
}

static err delete_cycle(struct ctx *c, struct call *call)
{
    TRY(cycle_delete(c, call->path_arg[0]));
    *(struct action_reply *)call->reply = (struct action_reply){ true, S("Cycle deleted") };
    return ERR_OK;
}

static err put_open(struct ctx *c, struct call *call)
{
    return tagged(c, call, cycle_open(c, call->path_arg[0], call->reply));
}

static err put_close(struct ctx *c, struct call *call)
{
    return tagged(c, call, cycle_close(c, call->path_arg[0], call->reply));
}

static err get_active(struct ctx *c, struct call *call)
{
    bool found = false;
    TRY(cycle_active(c, call->reply, &found));
    call->is_null = !found;
    return ERR_OK;
}

static err get_status(struct ctx *c, struct call *call)
{
    return cycle_status_get(c, call->path_arg[0], call->reply);
}

static err get_evaluation(struct ctx *c, struct call *call)
{
    return evaluation_progress_get(c, call->path_arg[0], call->reply);
}

static err list_applications(struct ctx *c, struct call *call)
{
    const struct application_query *q = call->query;
    struct str next = { 0 };
    int64_t total = 0;
    TRY(application_list(c, call->path_arg[0], q, &call->rows, &next, &total));
    page_headers(c, call, next, q->limit, total, page_filter(c, call->request->query));
    return ERR_OK;
}

static err get_application(struct ctx *c, struct call *call)
{
    return reading_get(c, call->path_arg[0], call->path_arg[1], call->reply);
}

static err get_publication(struct ctx *c, struct call *call)
{
    return publication_preview(c, call->path_arg[0], call->reply);
}

struct preview_query {
    int64_t seats, factor;
    int32_t mode;
};
static const struct field preview_query_fields[] = {
    FIELD_I64(struct preview_query, seats, .flags = FIELD_NULL, .min = 1, .max = 10000000,
              .doc = "Seats to try; the cycle's own when left out."),
    FIELD_ENUM(struct preview_query, mode, .names = &selection_mode_names, .preset = "direct",
               .doc = "direct, or shortlist."),
    FIELD_I64(struct preview_query, factor, .min = 1, .max = SHORTLIST_FACTOR_MAX, .preset = "2",
              .doc = "shortlist: applications for each seat."),
};
static SCHEMA(preview_query_schema, "SelectionPreviewQuery", struct preview_query,
              preview_query_fields);

static err get_preview(struct ctx *c, struct call *call)
{
    const struct preview_query *q = call->query;
    int64_t seats = q->seats == SCHEMA_NULL_I64 ? 0 : q->seats;
    const struct selection_request request = { .mode = q->mode, .factor = q->factor };
    struct selection_plan plan;
    TRY(selection_plan_make(c, &request, &plan));
    return selection_preview(c, call->path_arg[0], seats, &plan, call->reply);
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/admin/cycles", .summary = "Every cycle, newest first.",
      .run = list_cycles, .query = &page_query_schema, .reply = &cycle_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_LIST, .scope = SCOPE_CYCLES_READ, .tag = "Cycles" },
    { .method = "POST", .path = "/admin/cycles",
      .summary = "Create a cycle and open it; any other open cycle is closed.",
      .run = post_cycle, .body = &cycle_new_schema, .reply = &cycle_schema,
      .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED, .scope = SCOPE_CYCLES_WRITE, .tag = "Cycles" },
    { .method = "GET", .path = "/admin/cycles/active/current",
      .summary = "The open cycle, or null.", .run = get_active, .reply = &cycle_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_MAYBE_NULL, .scope = SCOPE_CYCLES_READ, .tag = "Cycles" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}", .summary = "One cycle, with its ETag.",
      .run = get_cycle, .reply = &cycle_schema, .roles = ROLE_STAFF,
      .scope = SCOPE_CYCLES_READ, .tag = "Cycles" },
    { .method = "PUT", .path = "/admin/cycles/{cycle_id}",
      .summary = "Change a cycle; seats and dates are locked after selection. Honours If-Match.",
      .run = put_cycle, .body = &cycle_new_schema, .reply = &cycle_schema,
      .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED | ROUTE_PATCH | ROUTE_IF_MATCH,
      .scope = SCOPE_CYCLES_WRITE, .tag = "Cycles" },
    { .method = "DELETE", .path = "/admin/cycles/{cycle_id}",
      .summary = "Delete a closed cycle that nothing belongs to.", .run = delete_cycle,
      .reply = &action_reply_schema, .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED,
      .scope = SCOPE_CYCLES_WRITE, .tag = "Cycles" },
    { .method = "PUT", .path = "/admin/cycles/{cycle_id}/open",
      .summary = "Open a cycle that is in submission; any other is closed.", .run = put_open,
      .reply = &cycle_schema, .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED,
      .scope = SCOPE_CYCLES_WRITE, .tag = "Cycles" },
    { .method = "PUT", .path = "/admin/cycles/{cycle_id}/close", .summary = "Close a cycle.",
      .run = put_close, .reply = &cycle_schema, .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED,
      .scope = SCOPE_CYCLES_WRITE, .tag = "Cycles" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/status",
      .summary = "Phase, counts, dates, and what the next step still waits for.",
      .run = get_status, .reply = &cycle_status_schema, .roles = ROLE_STAFF,
      .scope = SCOPE_CYCLES_READ, .tag = "Cycles" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/evaluation",
      .summary = "The newest evaluation: counts, pace, tokens and cost by model, and why items are "
                 "left.",
      .run = get_evaluation, .reply = &evaluation_progress_schema, .roles = ROLE_STAFF,
      .scope = SCOPE_CYCLES_READ, .tag = "Cycles" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/applications",
      .summary = "Anonymous applications of a cycle by filter and order; never a name.", .run = list_applications,
      .query = &application_query_schema, .reply = &application_row_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_REPLICA | ROUTE_LIST | ROUTE_PERSONAL,
      .scope = SCOPE_APPLICATIONS_READ, .tag = "Cycles" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/applications/{anonymized_id}",
      .summary = "All of one anonymous application: texts, numbers, marks, and every attempt.",
      .run = get_application, .reply = &reading_schema, .roles = ROLE_STAFF,
      .flags = ROUTE_REPLICA | ROUTE_PERSONAL, .scope = SCOPE_APPLICATIONS_READ, .tag = "Cycles" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/selection/preview",
      .summary = "What a selection would give, ties included; changes nothing.",
      .run = get_preview, .query = &preview_query_schema, .reply = &selection_preview_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_REPLICA | ROUTE_PERSONAL,
      .scope = SCOPE_APPLICATIONS_READ, .tag = "Cycles" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/publication",
      .summary = "What a publication tells: how many applicants read which words; changes nothing.",
      .run = get_publication, .reply = &publication_schema, .roles = ROLE_STAFF,
      .scope = SCOPE_CYCLES_READ, .tag = "Cycles" },
};
/* clang-format on */
const struct route_table cycle_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
