/* The table of routes for docs/. */
#include "http/openapi.h"

#include "base/str.h"
#include "http/docs_text.h"

static void put_cell(struct buf *out, const char *text)
{
    for (const char *p = text ? text : ""; *p; p++) {
        if (*p == '|')
            buf_c(out, '\\');
        buf_c(out, *p == '\n' ? ' ' : *p);
    }
}

static void put_limits(struct buf *out, const struct route *r)
{
    static const struct {
        uint32_t flag;
        const char *word;
    } words[] = {
        { ROUTE_AUDITED, "logged" },
        { ROUTE_IDEMPOTENT, "idempotency key" },
        { ROUTE_PERSONAL, "personal" },
        { ROUTE_UPLOAD, "upload" },
        { ROUTE_STREAM, "stream" },
        { ROUTE_EVENTS, "events" },
        { ROUTE_DEMO, "demo mode only" },
        { ROUTE_COMPAT_PUBLIC, "public by option" },
        { ROUTE_REPLICA, "may read a replica" },
    };
    const char *comma = "";
    if (r->throttle.per_minute) {
        buf_fmt(out, "%u/min per %s", r->throttle.per_minute,
                r->throttle.by == THROTTLE_PRINCIPAL ? "person" : "address");
        comma = ", ";
    }
    if (r->body_max) {
        buf_fmt(out, "%sbody %u KiB", comma, r->body_max / 1024);
        comma = ", ";
    }
    if (r->scope) {
        buf_fmt(out, "%stoken scope ", comma);
        docs_write_scopes(out, r->scope);
        comma = ", ";
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!(r->flags & words[i].flag))
            continue;
        buf_fmt(out, "%s%s", comma, words[i].word);
        comma = ", ";
    }
}

void routes_write_markdown(struct buf *out, const struct route_table *tables, size_t n)
{
    buf_lit(out, "| method | path | who | limits | what |\n|---|---|---|---|---|\n");
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            const struct route *r = &tables[t].routes[i];
            buf_fmt(out, "| %s | `%s` | ", r->method, r->path);
            docs_write_roles(out, r->roles, ", ");
            buf_lit(out, " | ");
            put_limits(out, r);
            buf_lit(out, " | ");
            put_cell(out, r->summary);
            buf_lit(out, " |\n");
        }
    }
}
