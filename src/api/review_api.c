/* Evaluations that wait for a person. */
#include "api/routes.h"
#include "domain/role.h"
#include "service/review.h"

struct review_query {
    bool waiting;
    int64_t limit;
};
static const struct field query_fields[] = {
    FIELD_BOOL(struct review_query, waiting, .preset = "false", .doc = "Only those that wait."),
    FIELD_I64(struct review_query, limit, .min = 1, .max = REVIEW_LIST_MAX, .preset = "100",
              .doc = "Largest number of rows; waiting ones come first."),
};
static SCHEMA(query_schema, "ReviewQuery", struct review_query, query_fields);

static err list_reviews(struct ctx *c, struct call *call)
{
    const struct review_query *q = call->query;
    return reviews_list(c, call->path_arg[0], q->waiting, q->limit, &call->rows);
}

static err get_review(struct ctx *c, struct call *call)
{
    return review_get(c, call->path_arg[0], call->path_arg[1], call->reply);
}

static err post_review(struct ctx *c, struct call *call)
{
    return review_decide(c, call->path_arg[0], call->path_arg[1], call->body, call->reply);
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/review",
      .summary = "Evaluations that wait for a person, and those that were decided.",
      .run = list_reviews, .query = &query_schema, .reply = &review_schema, .roles = ROLE_STAFF,
      .flags = ROUTE_LIST | ROUTE_PERSONAL, .scope = SCOPE_APPLICATIONS_READ,
      .tag = "Review" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/review/{anonymized_id}",
      .summary = "One of them with the anonymous texts and what the models said.",
      .run = get_review, .reply = &review_case_schema, .roles = ROLE_MANAGERS, .flags = ROUTE_PERSONAL,
      .scope = SCOPE_APPLICATIONS_READ, .tag = "Review" },
    { .method = "POST", .path = "/admin/cycles/{cycle_id}/review/{anonymized_id}",
      .summary = "Release the marks, or give marks of one's own, with a reason.",
      .run = post_review, .body = &review_verdict_schema, .reply = &review_case_schema,
      .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED | ROUTE_PERSONAL,
      .scope = SCOPE_CYCLES_WRITE, .tag = "Review" },
};
/* clang-format on */
const struct route_table review_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
