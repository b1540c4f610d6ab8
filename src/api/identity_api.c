/* Reads of an identity by staff, for a stated reason; and erasure by order. */
#include "api/routes.h"
#include "domain/role.h"
#include "service/erasure.h"
#include "service/identity_firewall.h"

static err post_by_application(struct ctx *c, struct call *call)
{
    return identity_read_application(c, call->path_arg[0], call->body, call->reply);
}

static err post_by_anon(struct ctx *c, struct call *call)
{
    return identity_read_anon(c, call->path_arg[0], call->body, call->reply);
}

static err post_erasure(struct ctx *c, struct call *call)
{
    return erasure_run(c, call->body, call->reply);
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "POST", .path = "/admin/applications/{application_id}/identity",
      .summary = "Whose application it is, for a reason that is kept: admin from the selection on, super_admin always.",
      .run = post_by_application, .body = &identity_request_schema,
      .reply = &identity_by_application_schema, .roles = ROLE_MANAGERS,
      .flags = ROUTE_AUDITED | ROUTE_PERSONAL, .throttle = { 60, THROTTLE_PRINCIPAL },
      .tag = "Identity" },
    { .method = "POST", .path = "/admin/results/{anonymized_id}/identity",
      .summary = "Who was shortlisted or selected, for a reason that is kept; anybody after publication.",
      .run = post_by_anon, .body = &identity_request_schema, .reply = &identity_by_anon_schema,
      .roles = ROLE_MANAGERS, .flags = ROUTE_AUDITED | ROUTE_PERSONAL,
      .throttle = { 60, THROTTLE_PRINCIPAL }, .tag = "Identity" },
    { .method = "POST", .path = "/admin/erasures",
      .summary = "Erase a student's data, by account or e-mail address.", .run = post_erasure,
      .body = &erasure_order_schema, .reply = &erasure_reply_schema, .roles = ROLE_SUPER_ADMIN,
      .flags = ROUTE_AUDITED | ROUTE_PERSONAL | ROUTE_SLOW, .throttle = { 60, THROTTLE_PRINCIPAL },
      .tag = "Data rights" },
};
/* clang-format on */
const struct route_table identity_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
