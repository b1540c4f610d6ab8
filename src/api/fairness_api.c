/* The counterfactual fairness check of a cycle: its report, its start, its override. */
#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/fairness.h"

static err get_fairness(struct ctx *c, struct call *call)
{
    return fairness_get(c, call->path_arg[0], call->reply);
}

/* 202 and where to look while the job runs on. */
static err post_fairness(struct ctx *c, struct call *call)
{
    struct fairness *f = call->reply;
    TRY(fairness_start(c, call->path_arg[0], request_prefers(call->request, "respond-async"), f));
    if (f->state != FAIRNESS_RUNNING)
        return ERR_OK;
    call->status = 202;
    call_header(c, call, "Location", str_fmt(c->mem, "/jobs/%.*s", STR_ARG(f->job_id)));
    return ERR_OK;
}

static err post_override(struct ctx *c, struct call *call)
{
    struct fairness *f = call->reply;
    TRY(fairness_override(c, call->path_arg[0], call->body, f));
    if (f->waits_until)
        call->status = 202;
    return ERR_OK;
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/admin/cycles/{cycle_id}/fairness",
      .summary = "The newest fairness check: where it stands, its report, its worst cases.",
      .run = get_fairness, .reply = &fairness_schema, .roles = ROLE_STAFF, .flags = ROUTE_PERSONAL,
      .scope = SCOPE_APPLICATIONS_READ, .tag = "Fairness" },
    { .method = "POST", .path = "/admin/cycles/{cycle_id}/fairness",
      .summary = "Run the fairness check, or take up one that was stopped.",
      .run = post_fairness, .reply = &fairness_schema, .roles = ROLE_MANAGERS,
      .flags = ROUTE_AUDITED | ROUTE_SLOW | ROUTE_PERSONAL, .scope = SCOPE_CYCLES_WRITE,
      .tag = "Fairness" },
    { .method = "POST", .path = "/admin/cycles/{cycle_id}/fairness/override",
      .summary = "Let the cycle be published without a fairness check that passed, with a reason.",
      .run = post_override, .body = &fairness_override_schema, .reply = &fairness_schema,
      .roles = ROLE_SUPER_ADMIN, .flags = ROUTE_AUDITED | ROUTE_PERSONAL,
      .scope = SCOPE_CYCLES_WRITE, .tag = "Fairness" },
};
/* clang-format on */
const struct route_table fairness_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
