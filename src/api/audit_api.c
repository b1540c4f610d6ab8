/* The tamper-evident log: read and verify. */
#include "api/paging.h"
#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/audit_log.h"
#include "service/audit_verify.h"

static err list_entries(struct ctx *c, struct call *call)
{
    const struct audit_filter *f = call->query;
    struct str next = { 0 };
    TRY(audit_list(c, f, &call->rows, &next));
    struct buf b;
    buf_init(&b, c->mem, 2048);
    const struct {
        const char *k;
        struct str v;
    } parts[] = {
        { "entity_type", f->entity_type },
        { "entity_id", f->entity_id },
        { "actor", f->actor },
        { "action", f->action },
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (parts[i].v.p)
            buf_fmt(&b, "&%s=%.*s", parts[i].k, STR_ARG(parts[i].v));
    page_headers(c, call, next, f->limit, -1, buf_view(&b));
    return ERR_OK;
}

static err get_verify(struct ctx *c, struct call *call)
{
    const struct verify_options o = { .rows = true };
    TRY(audit_verify_enter(c));
    err e = audit_verify(c, &o, call->reply);
    audit_verify_leave();
    return e;
}

/* clang-format off */
static const struct route rows[] = {
    { .method = "GET", .path = "/admin/audit/logs", .summary = "Log entries, newest first.",
      .run = list_entries, .query = &audit_filter_schema, .reply = &audit_row_schema,
      .roles = ROLE_STAFF, .flags = ROUTE_LIST | ROUTE_PERSONAL,
      .scope = SCOPE_AUDIT_READ, .tag = "Audit" },
    { .method = "GET", .path = "/admin/audit/verify-chain",
      .summary = "Check chain, tree and the binding of the rows, now.", .run = get_verify,
      .reply = &verify_report_schema, .roles = ROLE_STAFF, .flags = ROUTE_PERSONAL | ROUTE_SLOW,
      .throttle = { 10, THROTTLE_ADDRESS }, .scope = SCOPE_AUDIT_READ, .tag = "Audit" },
};
/* clang-format on */
const struct route_table audit_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
