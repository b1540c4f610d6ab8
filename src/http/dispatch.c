/* Routing, decoding, the handler, encoding: one path for every request. */
#include "http/dispatch.h"

#include "base/str.h"
#include "http/access.h"
#include "http/reply.h"
#include "http/stream.h"
#include "http/ws_handshake.h"

#include <string.h>
#include <unistd.h>

void exchange_begin(struct exchange *x, struct site *site)
{
    struct arena *mem = x->mem;
    memset(x, 0, offsetof(struct exchange, head));
    memset(&x->head, 0, offsetof(struct head, headers));
    x->mem = mem;
    x->site = site;
    x->spool_fd = -1;
    ctx_init(&x->ctx, mem, site->o->deps, (int64_t)site->o->limits.request_ms * 1000);
    x->ctx.trace = site_trace(site);
    x->start_us = site_mono_us(site);
    x->head.minor = 1;
}

void exchange_end(struct exchange *x)
{
    if (x->spool_fd >= 0)
        close(x->spool_fd);
    x->spool_fd = -1;
    if (x->slot)
        atomic_fetch_sub_explicit(x->slot, 1, memory_order_relaxed);
    x->slot = NULL;
    ws_release(x);
    arena_reset(x->mem);
}

static void answer_options(struct exchange *x)
{
    struct reply *r = &x->reply;
    struct str allow = router_allow_text(x->mem, x->hit.allow);
    *r = (struct reply){ .status = 204 };
    reply_header(r, S("Allow"), allow);
    struct str origin = request_header(&x->request, "Origin");
    if (!origin.p || !request_header(&x->request, "Access-Control-Request-Method").p ||
        !site_cors_has(x->site, origin))
        return;
    reply_header(r, S("Access-Control-Allow-Methods"), allow);
    reply_header(r, S("Access-Control-Allow-Headers"),
                 S("Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
                   "Last-Event-ID, Prefer, X-Request-ID, traceparent"));
    reply_header(r, S("Access-Control-Max-Age"), S("600"));
}

static void answer_method(struct exchange *x, uint32_t allow)
{
    reply_status(x, 405, "Method Not Allowed");
    reply_header(&x->reply, S("Allow"), router_allow_text(x->mem, allow));
}

enum {
    ALLOW_ALL = 1U << HTTP_M_GET | 1U << HTTP_M_HEAD | 1U << HTTP_M_POST | 1U << HTTP_M_PUT |
                1U << HTTP_M_PATCH | 1U << HTTP_M_DELETE | 1U << HTTP_M_OPTIONS,
};

static void web_dir_or_embedded(struct exchange *x, const struct asset *a)
{
    struct asset fresh;
    if (x->site->o->web_dir.n && asset_from_disk(x->mem, x->site->o->web_dir, a, &fresh))
        reply_asset(x, &fresh);
    else
        reply_asset(x, a);
}

/* A path that nothing knows. While the interface is being built its hashed names change by the
 * minute, so they are looked for on the disk; a browser gets a page, a program the JSON. */
static void answer_missing(struct exchange *x, enum http_method m)
{
    const struct server_options *o = x->site->o;
    const bool reads = m == HTTP_M_GET || m == HTTP_M_HEAD;
    struct asset built = { .path = "/assets" };
    if (reads && o->web_dir.n && str_starts(x->hit.path, S("/assets/"))) {
        struct asset fresh;
        built.file = str_z(x->mem, str_sub(x->hit.path, 1, x->hit.path.n));
        built.content_type = asset_content_type(x->hit.path);
        if (asset_from_disk(x->mem, o->web_dir, &built, &fresh)) {
            reply_asset(x, &fresh);
            return;
        }
    }
    if (reads && o->missing && request_accepts(&x->request, "text/html")) {
        reply_asset(x, o->missing);
        x->reply.status = 404;
        return;
    }
    reply_status(x, 404, "Not Found");
}

/* The answers that need no handler; true when one stands. */
static bool answer_early(struct exchange *x)
{
    enum http_method m = x->head.method;
    if (str_eq(x->head.path, S("*"))) {
        x->hit.allow = ALLOW_ALL;
        answer_options(x);
        return true;
    }
    if (!router_find(x->site->router, x->mem, m, x->head.path, &x->hit)) {
        reply_status(x, 400, "Malformed path");
        return true;
    }
    x->request.path = x->hit.path;
    x->route = x->hit.route;
    if (m == HTTP_M_TRACE) {
        answer_method(x, x->hit.allow ? x->hit.allow : ALLOW_ALL);
        return true;
    }
    if (x->hit.allow == 0) {
        answer_missing(x, m);
        return true;
    }
    if (m == HTTP_M_OPTIONS) {
        answer_options(x);
        return true;
    }
    bool page = x->hit.asset && (!x->route || request_accepts(&x->request, "text/html"));
    if (page) {
        web_dir_or_embedded(x, x->hit.asset);
        x->reply.vary_accept = x->route != NULL;
        x->asset = x->hit.asset;
        x->route = NULL;
        return true;
    }
    if (!x->route)
        answer_method(x, x->hit.allow);
    return !x->route;
}

/* A row that is not public needs its login checked, which may block. */
static bool is_inline(const struct exchange *x)
{
    return x->early || ((x->route->flags & ROUTE_INLINE) && (x->route->roles & ACCESS_PUBLIC) &&
                        !(x->route->flags & (ROUTE_STREAM | ROUTE_EVENTS | ROUTE_UPLOAD)));
}

static uint64_t body_limit(const struct route *r)
{
    return r && r->body_max ? r->body_max : BODY_MAX_DEFAULT;
}

void dispatch_head(struct exchange *x, struct net_ip peer, bool tls)
{
    const struct head *h = &x->head;
    x->request = (struct request){
        .method = h->method_text,
        .target = h->target,
        .path = h->path,
        .query = h->query,
        .headers = h->headers,
        .n_headers = h->n_headers,
        .tls = tls,
        .keep_alive = h->keep_alive,
        .minor = h->minor,
    };
    struct net_ip client = access_client(x->site, &x->request, peer, &x->request.tls);
    x->request.peer = net_ip_write(&client, x->peer);
    x->ctx.remote = x->request.peer;
    x->early = answer_early(x);
    x->body.max = body_limit(x->route);
    if (h->content_length > (int64_t)x->body.max) {
        reply_status(x, 413, "Content too large");
        x->reply.close = true;
        x->early = true;
    }
    x->on_loop = is_inline(x);
}

static bool refuse(struct exchange *x, err e)
{
    reply_fault(x, e);
    const char *event = e == ERR_UNAUTHENTICATED || e == ERR_FORBIDDEN ? "denied"
                        : e == ERR_THROTTLED                           ? "throttled"
                                                                       : "bad_request";
    site_refused(x->site, event, x->route, x->reply.status, x->ctx.trace);
    return false;
}

bool dispatch_admit(struct exchange *x)
{
    if (x->admitted)
        return true;
    err e = access_admit(x);
    x->admitted = e == ERR_OK;
    return x->admitted || refuse(x, e);
}

static err missing_body(struct ctx *c)
{
    struct issue is = {
        .type = S("missing"), .loc = S("[\"body\"]"), .msg = S("Field required"), .input = S("null")
    };
    return fault_issue(c, &is);
}

static void *blank(struct exchange *x, const struct schema *s)
{
    return arena_raw(x->mem, 1, s->size ? s->size : 1, _Alignof(max_align_t));
}

static err decode_body(struct exchange *x)
{
    const struct route *r = x->route;
    const struct schema *s = r->body;
    struct ctx *c = &x->ctx;
    if (!s || (r->flags & ROUTE_UPLOAD))
        return ERR_OK;
    if (str_trim(x->request.body).n == 0)
        return r->flags & ROUTE_BODY_OPTIONAL ? ERR_OK : missing_body(c);
    void *into = blank(x, s);
    x->call.body = into;
    return schema_decode(c, s, x->request.body, into,
                         r->flags & ROUTE_PATCH ? &x->call.body_seen : NULL);
}

/* Calls that the original took as query parameters may send a JSON object instead. */
static bool query_is_in_body(const struct exchange *x)
{
    return !x->route->body && x->request.query.n == 0 && x->request.body.n > 0 &&
           x->head.method != HTTP_M_GET && x->head.method != HTTP_M_HEAD &&
           str_eqi(access_media_type(&x->request), S("application/json"));
}

static err decode_query(struct exchange *x)
{
    const struct schema *s = x->route->query;
    if (!s)
        return ERR_OK;
    void *into = blank(x, s);
    x->call.query = into;
    if (query_is_in_body(x))
        return schema_decode(&x->ctx, s, x->request.body, into, NULL);
    return schema_decode_query(&x->ctx, s, x->request.query, into);
}

err dispatch_handle(struct exchange *x)
{
    const struct route *r = x->route;
    struct call *call = &x->call;
    call->request = &x->request;
    call->arg = r->arg;
    call->stream = x->stream;
    memcpy(call->path_arg, x->hit.args, sizeof(call->path_arg));
    TRY(decode_query(x));
    TRY(decode_body(x));
    if (r->reply && !(r->flags & ROUTE_LIST))
        call->reply = blank(x, r->reply);
    x->ctx.replica_ok = (r->flags & ROUTE_REPLICA) != 0;
    return r->run(&x->ctx, call);
}

/* What a handler refuses is for the security log too: a wrong password, a forbidden thing. That a
 * thing is missing or the cycle in another phase is everyday. */
static bool is_refusal(err e)
{
    return e == ERR_UNAUTHENTICATED || e == ERR_FORBIDDEN || e == ERR_THROTTLED || e == ERR_INVALID;
}

void dispatch_run(struct exchange *x)
{
    const bool ws = x->route && (x->route->flags & ROUTE_WEBSOCKET);
    if (x->early || (ws && !ws_check(x)) || !dispatch_admit(x))
        return;
    err e = dispatch_handle(x);
    if (x->stream && stream_started(x->stream))
        x->failed = e != ERR_OK; /* the head is out: only the end can tell */
    else if (is_refusal(e))
        (void)refuse(x, e);
    else if (e != ERR_OK)
        reply_fault(x, e);
    else if (ws)
        ws_accept(x);
    else
        reply_success(x);
}
