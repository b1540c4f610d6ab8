/* Appeals against results: by the applicant, and for those who decide them. */
#include "api/routes.h"
#include "domain/role.h"
#include "service/appeal.h"

struct appeal_query {
    bool waiting;
    int64_t limit;
};
static const struct field query_fields[] = {
    FIELD_BOOL(struct appeal_query, waiting, .preset = "false", .doc = "Only those that wait."),
    FIELD_I64(struct appeal_query, limit, .min = 1, .max = APPEAL_LIST_MAX, .preset = "100",
              .doc = "Largest number of rows; waiting ones come first."),
};
static SCHEMA(query_schema, "AppealQuery", struct appeal_query, query_fields);

static err get_own(struct ctx *c, struct call *call)
{
    return appeals_own(c, &call->rows);
}

static err post_appeal(struct ctx *c, struct call *call)
{
    return appeal_open(c, call->body, call->reply);
}

static err list_appeals(struct ctx *c, struct call *call)
{
    const struct appeal_query *q = call->query;
    return appeals_list(c, call->path_arg[0], q->waiting, q->limit, &call->rows);
}

static err post_decision(struct ctx *c, struct call *call)
{
    return appeal_decide(c, call->path_arg[0], call->path_arg[1], call->body, call->reply);
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/appeals",
      .summary = "One's published results, whether and until when each can be appealed against, and what became of it.",
      .run = get_own, .reply = &appeal_schema, .roles = ROLE_STUDENT,
      .flags = ROUTE_LIST | ROUTE_PERSONAL, .tag = "Appeals" },
    { .method = "POST", .path = "/appeals",
      .summary = "Appeal against one's published result; once, and in time. Staff read the words without what tells who one is.",
      .run = post_appeal, .body = &appeal_ask_schema, .reply = &appeal_schema,
      .roles = ROLE_STUDENT, .flags = ROUTE_AUDITED | ROUTE_PERSONAL,
      .throttle = { 10, THROTTLE_PRINCIPAL }, .tag = "Appeals" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/appeals",
      .summary = "Appeals against results of a cycle, by anonymous id; waiting ones first.",
      .run = list_appeals, .query = &query_schema, .reply = &staff_appeal_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_APPLICATIONS_READ,
      .tag = "Appeals" },
    { .method = "POST", .path = "/admin/cycles/{cycle_id}/appeals/{anonymized_id}",
      .summary = "Grant or reject an appeal, with a reason that the applicant reads.",
      .run = post_decision, .body = &appeal_verdict_schema, .reply = &staff_appeal_schema,
      .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED | ROUTE_PERSONAL, .scope = SCOPE_CYCLES_WRITE,
      .tag = "Appeals" },
};
/* clang-format on */
const struct route_table appeal_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
