/* Applications and results as students and staff meet them. */
#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/intake.h"

static err post_application(struct ctx *c, struct call *call)
{
    struct application_receipt *r = call->reply;
    const struct submit_options o = {
        .idempotency_key = request_header(call->request, "Idempotency-Key"),
        .raw_body = call->request->body,
    };
    bool replayed = false;
    TRY(application_submit(c, call->body, &o, r, &replayed));
    if (replayed)
        call_header(c, call, "Idempotency-Replayed", S("true"));
    if (request_prefers(call->request, "status=201")) {
        call->status = 201;
        call_header(c, call, "Location",
                    str_fmt(c->mem, "/applications/%.*s", STR_ARG(r->application_id)));
        call_header(c, call, "Preference-Applied", S("status=201"));
    }
    return ERR_OK;
}

static err get_application(struct ctx *c, struct call *call)
{
    return application_state_get(c, call->path_arg[0], call->reply);
}

static err get_result(struct ctx *c, struct call *call)
{
    return result_get(c, call->path_arg[0], call->reply);
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "POST", .path = "/applications",
      .summary = "Submit an application to the open cycle; one per student and cycle.",
      .run = post_application, .body = &application_new_schema,
      .reply = &application_receipt_schema, .roles = ROLE_STUDENT,
      .flags = ROUTE_IDEMPOTENT | ROUTE_AUDITED | ROUTE_PERSONAL,
      .throttle = { 5, THROTTLE_PRINCIPAL }, .tag = "Applications" },
    { .method = "GET", .path = "/applications/{application_id}",
      .summary = "Status of an application: its owner, or staff.",
      .run = get_application, .reply = &application_state_schema,
      .roles = ROLE_STUDENT | ROLE_STAFF, .flags = ROUTE_PERSONAL,
      .scope = SCOPE_APPLICATIONS_READ, .tag = "Applications" },
    { .method = "GET", .path = "/results/{anonymized_id}",
      .summary = "The result: its owner after publication, or staff.",
      .run = get_result, .reply = &result_schema, .roles = ROLE_STUDENT | ROLE_STAFF,
      .flags = ROUTE_REPLICA | ROUTE_PERSONAL, .scope = SCOPE_APPLICATIONS_READ, .tag = "Applications" },
};
/* clang-format on */
const struct route_table application_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
