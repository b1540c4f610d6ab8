/* One request through the whole site without a socket: what API tests drive. */
#include "http/server.h"

#include "base/str.h"
#include "http/dispatch.h"
#include "http/loop.h"
#include "http/reply.h"
#include "http/stream.h"

#include <string.h>

struct run {
    struct exchange *x;
    struct buf body;
};

static bool take_body(void *arg, const char *p, size_t n)
{
    struct run *r = arg;
    buf_put(&r->body, p, n);
    return buf_ok(&r->body);
}

/* Head and body; false: a refusal stands in the reply. */
static bool parse(struct run *r, struct str raw)
{
    struct exchange *x = r->x;
    const struct site *s = x->site;
    struct head_scan scan = { 0 };
    size_t head_n = 0, used = 0;
    struct head_verdict v = head_scan(&scan, &s->head_limits, raw.p, raw.n, &head_n);
    if (v.status == HEAD_OK)
        v = head_parse(&x->head, &s->head_limits, raw.p, head_n);
    if (v.status == HEAD_OK) {
        struct net_ip peer;
        if (!net_ip_read(x->ctx.remote, &peer))
            (void)net_ip_read(S("127.0.0.1"), &peer);
        dispatch_head(x, peer, false);
        x->body.sink = take_body;
        x->body.arg = r;
        buf_init(&r->body, x->mem, (size_t)x->body.max + 1);
        v = body_begin(&x->body, &x->head, raw.p, head_n);
    }
    if (v.status == HEAD_OK && !x->body.done && !x->early)
        v = body_feed(&x->body, raw.p + head_n, raw.n - head_n, &used);
    x->request.body = buf_view(&r->body);
    if (v.status == HEAD_OK)
        return true;
    reply_status(x, v.status == HEAD_MORE ? 400 : v.status, v.why ? v.why : "Request ends early");
    x->reply.close = true;
    return false;
}

static struct str answer(struct exchange *x)
{
    char block[SITE_BLOCK_MAX];
    struct buf out;
    size_t n = site_write_block(x->site, x->ctx.now_us, block);
    bool keep = x->head.keep_alive && !x->reply.close;
    buf_init(&out, x->mem, REPLY_MAX + 64 * 1024);
    reply_write_head(x, (struct str){ block, n }, keep, &out);
    if (reply_has_body(x))
        buf_str(&out, x->reply.body);
    return buf_view(&out);
}

static void run_route(struct exchange *x)
{
    uint32_t flags = x->route ? x->route->flags : 0;
    struct buf sink;
    if (flags & ROUTE_EVENTS) {
        events_work(x);
        return;
    }
    if (flags & ROUTE_STREAM) {
        buf_init(&sink, x->mem, REPLY_MAX);
        x->stream = stream_open_sink(x, &sink);
    }
    dispatch_run(x);
    if (x->stream && stream_started(x->stream)) {
        x->reply.chunked = false; /* all of it is here: its length is known */
        x->reply.body = buf_view(&sink);
    }
}

err server_loopback(struct ctx *c, const struct server_options *o, struct str raw_request,
                    struct str *ret_raw_reply)
{
    struct site *site;
    TRY(site_open(c, c->mem, o, &site));
    struct run r = { .x = arena_new(c->mem, struct exchange) };
    struct exchange *x = r.x;
    x->mem = c->mem;
    exchange_begin(x, site);
    x->ctx.remote = c->remote;
    if (c->trace)
        x->ctx.trace = c->trace;
    if (parse(&r, raw_request) && !x->early)
        run_route(x);
    *ret_raw_reply = answer(x);
    if (o->port && o->port->done)
        o->port->done(o->deps, x->route, x->reply.status, site_mono_us(site) - x->start_us,
                      x->ctx.trace);
    return ERR_OK;
}
