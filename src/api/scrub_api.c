/* The scrubber: a cycle's policy, the student's preview, the queue of what was held. */
#include "api/paging.h"
#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/held.h"
#include "service/scrub_policy.h"
#include "service/scrub_preview.h"

static err get_policy(struct ctx *c, struct call *call)
{
    return scrub_policy_view_get(c, call->path_arg[0], call->reply);
}

static err put_policy(struct ctx *c, struct call *call)
{
    return scrub_policy_set(c, call->path_arg[0], call->body, call->reply);
}

static err post_preview(struct ctx *c, struct call *call)
{
    return scrub_preview(c, call->body, call->reply);
}

static err list_held(struct ctx *c, struct call *call)
{
    const struct page_query *q = call->query;
    struct str next = { 0 };
    int64_t total = 0;
    TRY(held_queue(c, call->path_arg[0], q->limit, q->cursor, &call->rows, &next, &total));
    page_headers(c, call, next, q->limit, total, S(""));
    return ERR_OK;
}

static err get_held(struct ctx *c, struct call *call)
{
    return held_get(c, call->path_arg[0], call->reply);
}

static err post_original(struct ctx *c, struct call *call)
{
    return held_reveal(c, call->path_arg[0], call->body, call->reply);
}

static err post_decision(struct ctx *c, struct call *call)
{
    return held_decide(c, call->path_arg[0], call->body, call->reply);
}

/* No API token reads an original or decides: the last two have no scope. */
/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/scrub-policy",
      .summary = "What is taken out of the texts of a cycle, by type.", .run = get_policy,
      .reply = &scrub_policy_view_schema, .roles = ROLE_STAFF, .scope = SCOPE_CYCLES_READ,
      .tag = "Scrubber" },
    { .method = "PUT", .path = "/admin/cycles/{cycle_id}/scrub-policy",
      .summary = "Set the policy whole, as a new version; locked once preprocessing has begun.",
      .run = put_policy, .body = &scrub_policy_schema, .reply = &scrub_policy_view_schema,
      .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED, .scope = SCOPE_CYCLES_WRITE,
      .tag = "Scrubber" },
    { .method = "POST", .path = "/applications/preview-scrub",
      .summary = "What evaluators would see of these texts; nothing is stored.",
      .run = post_preview, .body = &preview_ask_schema, .reply = &preview_reply_schema,
      .roles = ROLE_STUDENT, .flags = ROUTE_PERSONAL, .throttle = { 20, THROTTLE_PRINCIPAL },
      .tag = "Scrubber" },
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/held",
      .summary = "Anonymous applications that wait for a person; never a name.",
      .run = list_held, .query = &page_query_schema, .reply = &held_row_schema,
      .roles = ROLE_MANAGERS, .flags = ROUTE_LIST | ROUTE_PERSONAL,
      .scope = SCOPE_APPLICATIONS_READ, .tag = "Scrubber" },
    { .method = "GET", .path = "/admin/held/{anonymized_id}",
      .summary = "The held result and its spans, without the original.", .run = get_held,
      .reply = &held_view_schema, .roles = ROLE_MANAGERS, .flags = ROUTE_PERSONAL,
      .scope = SCOPE_APPLICATIONS_READ, .tag = "Scrubber" },
    { .method = "POST", .path = "/admin/held/{anonymized_id}/original",
      .summary = "The original beside the held result, for a stated reason; reading it is logged.",
      .run = post_original, .body = &held_ask_schema, .reply = &held_original_schema,
      .roles = ROLE_SUPER_ADMIN, .flags = ROUTE_AUDITED | ROUTE_PERSONAL, .tag = "Scrubber" },
    { .method = "POST", .path = "/admin/held/{anonymized_id}/decision",
      .summary = "Redact and restore by span; release for evaluation, or keep held.",
      .run = post_decision, .body = &held_decision_schema, .reply = &held_view_schema,
      .roles = ROLE_SUPER_ADMIN, .flags = ROUTE_AUDITED | ROUTE_PERSONAL, .tag = "Scrubber" },
};
/* clang-format on */
const struct route_table scrub_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
