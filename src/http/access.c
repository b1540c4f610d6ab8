/* The gate in front of every handler: deny unless the route's row says otherwise. */
#include "http/access.h"

#include "base/str.h"

#include <string.h>

enum { FORWARD_HOPS_MAX = 32 };

/* Decides by role bits alone. */
static err admit_roles(struct ctx *c, uint32_t route_roles, const struct principal *who)
{
    if (route_roles & ACCESS_PUBLIC)
        return ERR_OK;
    if (!who)
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    if (who->roles & route_roles & ~(uint32_t)ACCESS_PUBLIC)
        return ERR_OK;
    /* A student's login is no login at all where only staff work. */
    bool only_student = (who->roles & ~(uint32_t)ACCESS_PUBLIC) == ACCESS_STUDENT;
    if (only_student && !(route_roles & ACCESS_STUDENT))
        return FAIL(c, UNAUTHENTICATED, "Not authenticated");
    return FAIL(c, FORBIDDEN, "Forbidden");
}

/* Of what the roles allow, an API token may what its scopes name, and whoever lacks a second factor
 * that is required may set it up. */
static err check_narrowed(struct ctx *c, const struct route *route)
{
    if (c->who->scopes && !(c->who->scopes & route->scope))
        return FAIL(c, FORBIDDEN, "The scopes of this API token do not cover this");
    if (c->who->must_enrol && !(route->flags & ROUTE_ENROL))
        return FAIL(c, FORBIDDEN,
                    "Set up a second factor first: POST /admin/auth/totp; nothing else is open");
    return ERR_OK;
}

static bool has_credential(const struct request *r)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (str_eqi(r->headers[i].name, S("authorization")) ||
            str_eqi(r->headers[i].name, S("cookie")))
            return true;
    }
    return false;
}

err access_check(struct exchange *x)
{
    const struct http_port *port = x->site->o->port;
    uint32_t roles = x->route->roles;
    if ((x->route->flags & ROUTE_COMPAT_PUBLIC) && x->site->o->compat_public)
        roles |= ACCESS_PUBLIC;
    bool is_public = roles & ACCESS_PUBLIC;
    x->ctx.who = NULL;
    x->by_cookie = false;
    if (port && port->authenticate && (!is_public || has_credential(&x->request))) {
        err e = port->authenticate(&x->ctx, &x->request, roles, &x->by_cookie);
        if (e != ERR_OK && !is_public)
            return e;
        if (e != ERR_OK) {
            /* A public route never fails for a stale login. */
            fault_clear(&x->ctx);
            x->ctx.who = NULL;
            x->by_cookie = false;
        }
    }
    TRY(admit_roles(&x->ctx, roles, x->ctx.who));
    return is_public ? ERR_OK : check_narrowed(&x->ctx, x->route);
}

static err check_throttle(struct exchange *x)
{
    const struct throttle_rule *rule = &x->route->throttle;
    const uint64_t percent = x->site->o->limits.throttle_percent;
    if (!x->site->throttle || rule->per_minute == 0 || percent == 0)
        return ERR_OK;
    const uint32_t per_minute = (uint32_t)((rule->per_minute * percent + 99) / 100);
    uint64_t key = (uint64_t)(uintptr_t)x->route * 0x9e3779b97f4a7c15ULL;
    struct net_ip ip;
    if (rule->by == THROTTLE_PRINCIPAL && x->ctx.who) {
        key ^= str_hash(x->ctx.who->id);
    } else if (net_ip_read(x->request.peer, &ip)) {
        struct net_ip block = net_ip_block(&ip);
        key ^= str_hash((struct str){ (const char *)block.b, sizeof(block.b) });
    }
    uint32_t wait;
    int64_t now = site_mono_us(x->site);
    if (throttle_take(x->site->throttle, key, per_minute, now, &wait))
        return ERR_OK;
    err e = FAIL(&x->ctx, THROTTLED, "Too many requests");
    x->ctx.fault.retry_after_s = wait;
    return e;
}

/* scheme://HOST equal to what the client called us. */
static bool is_own(const struct site *s, const struct request *r, struct str origin,
                   struct str host)
{
    if (s->o->public_origin.n)
        return str_eqi(origin, s->o->public_origin);
    struct str rest = origin;
    if (str_starts(rest, S("https://")))
        rest = str_sub(rest, 8, rest.n);
    else if (!r->tls && str_starts(rest, S("http://")))
        rest = str_sub(rest, 7, rest.n);
    else
        return false;
    return host.n && str_eqi(rest, host);
}

bool access_same_origin(const struct site *s, const struct request *r, struct str host)
{
    struct str origin = request_header(r, "Origin");
    if (origin.p)
        return is_own(s, r, origin, host) || site_cors_has(s, origin);
    return str_eq(request_header(r, "Sec-Fetch-Site"), S("same-origin"));
}

static bool is_unsafe(enum http_method m)
{
    return m != HTTP_M_GET && m != HTTP_M_HEAD && m != HTTP_M_OPTIONS;
}

struct str access_media_type(const struct request *r)
{
    struct str type;
    (void)str_cut(request_header(r, "Content-Type"), ';', &type);
    return str_trim(type);
}

static err other_type(struct exchange *x)
{
    return FAIL(&x->ctx, MEDIA_TYPE, "Unsupported media type: send application/%s",
                x->route->flags & ROUTE_UPLOAD ? "x-ndjson" : "json");
}

/* A body that a cookie signs has a type that no form can send, read or not. */
static err check_cookie_body(struct exchange *x)
{
    struct str type = access_media_type(&x->request);
    if (!head_has_body(&x->head) || str_eqi(type, S("application/json")))
        return ERR_OK;
    if ((x->route->flags & ROUTE_UPLOAD) && str_eqi(type, S("application/x-ndjson")))
        return ERR_OK;
    return other_type(x);
}

static err check_media_type(struct exchange *x)
{
    bool upload = x->route->flags & ROUTE_UPLOAD;
    if (!upload && !x->route->body)
        return ERR_OK;
    if (!upload && !head_has_body(&x->head))
        return ERR_OK; /* a body that is missing is the decoder's to say */
    struct str type = access_media_type(&x->request);
    if (str_eqi(type, S("application/json")))
        return ERR_OK;
    if (upload && (str_eqi(type, S("application/x-ndjson")) || str_eqi(type, S("text/plain")) ||
                   str_eqi(type, S("application/octet-stream"))))
        return ERR_OK;
    return other_type(x);
}

/* Until the database has been reached only what answers from memory answers. */
static err check_open(struct exchange *x)
{
    enum { RETRY_S = 1 };
    const struct deps *d = x->ctx.deps;
    if (!d || !d->shut || !atomic_load_explicit(d->shut, memory_order_acquire))
        return ERR_OK;
    err e = FAIL(&x->ctx, BUSY, "the database is not reachable");
    x->ctx.fault.retry_after_s = RETRY_S;
    return e;
}

err access_admit(struct exchange *x)
{
    if (!x->on_loop) {
        TRY(check_open(x));
        TRY(access_check(x));
    }
    TRY(check_throttle(x));
    /* A socket that a cookie opens can change things too, and no page is kept from asking for it.
     */
    if (x->by_cookie && (is_unsafe(x->head.method) || (x->route->flags & ROUTE_WEBSOCKET))) {
        if (!access_same_origin(x->site, &x->request, x->head.host))
            return FAIL(&x->ctx, FORBIDDEN, "Cross-site request refused");
        TRY(check_cookie_body(x));
    }
    return check_media_type(x);
}

static bool is_trusted(const struct site *s, const struct net_ip *ip)
{
    for (size_t i = 0; i < s->n_proxies; i++) {
        if (net_range_has(&s->proxies[i], ip))
            return true;
    }
    return false;
}

struct net_ip access_client(const struct site *s, const struct request *r, struct net_ip peer,
                            bool *io_tls)
{
    if (s->n_proxies == 0 || !is_trusted(s, &peer))
        return peer;
    if (str_eqi(request_header(r, "X-Forwarded-Proto"), S("https")))
        *io_tls = true;
    /* From the right: each trusted hop vouches for the one before it. The last field counts, as
     * proxies append. */
    struct str list = { 0 };
    for (size_t i = 0; i < r->n_headers; i++) {
        if (str_eqi(r->headers[i].name, S("x-forwarded-for")))
            list = r->headers[i].value;
    }
    struct net_ip ip = peer;
    for (int hop = 0; list.n && hop < FORWARD_HOPS_MAX && is_trusted(s, &ip); hop++) {
        size_t at = list.n;
        while (at > 0 && list.p[at - 1] != ',')
            at--;
        if (!net_ip_read(str_trim(str_sub(list, at, list.n)), &ip))
            break;
        list.n = at ? at - 1 : 0;
    }
    return ip;
}
