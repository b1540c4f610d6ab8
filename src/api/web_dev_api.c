/* Development of the web interface: tells open pages that the files below WEB_DIR were built anew.
 * These routes exist only with WEB_DIR, on a loopback address, and in no document. */
#include <sys/stat.h>

#include "api/routes.h"
#include "base/str.h"
#include "domain/role.h"
#include "service/settings.h"

enum { EVENT_TEXT_MAX = 128 };

static err tick(struct ctx *c, struct call *call)
{
    struct stat st;
    const struct str dir = c->deps->settings->web_dir;
    const char *stamp = str_z(c->mem, str_fmt(c->mem, "%.*s/stamp", STR_ARG(dir)));
    call->content_type = "text/event-stream; charset=utf-8";
    if (stat(stamp, &st) != 0)
        return ERR_OK;
    const struct str id =
        str_fmt(c->mem, "%lld.%09ld", (long long)st.st_mtim.tv_sec, (long)st.st_mtim.tv_nsec);
    if (str_eq(id, call->last_event_id))
        return ERR_OK;
    struct buf b;
    buf_init(&b, c->mem, EVENT_TEXT_MAX);
    buf_fmt(&b, "id: %.*s\nevent: %s\ndata: {}\n\n", STR_ARG(id),
            call->last_event_id.n ? "changed" : "hello");
    call->raw = buf_view(&b);
    call->last_event_id = id;
    return ERR_OK;
}

static const struct route rows[] = {
    { .method = "GET",
      .path = "/web/events",
      .summary = "Development: when the web interface was built anew.",
      .run = tick,
      .roles = ROLE_PUBLIC,
      .flags = ROUTE_EVENTS,
      .tag = "Service" },
};
const struct route_table web_dev_routes = { rows, sizeof(rows) / sizeof(rows[0]) };
