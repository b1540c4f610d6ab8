/* Turns server options into what requests look at, and keeps the headers of every answer. */
#include "http/site.h"

#include "base/str.h"
#include "codec/time.h"

#include <string.h>

enum { DATE_TEXT = 30 };

static const char fixed_lines[] =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(self), microphone=(self)\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n";
static const char demo_line[] = "X-Enigma-Demo: true\r\n";

_Static_assert(sizeof(fixed_lines) + sizeof(demo_line) + DATE_TEXT + 16 < SITE_BLOCK_MAX,
               "the block holds every line");

static err read_lists(struct ctx *c, struct site *s)
{
    struct str rest = s->o->cors_origins, part;
    while (rest.p) {
        rest = str_cut(rest, ',', &part);
        part = str_trim(part);
        if (part.n == 0)
            continue;
        if (str_eq(part, S("*")) || str_eq(part, S("null")))
            return FAIL(c, INVALID, "CORS origins are exact: neither * nor null");
        if (s->n_cors >= SITE_LIST_MAX)
            return FAIL(c, INVALID, "more than %d CORS origins", SITE_LIST_MAX);
        if (str_ends(part, S("/"))) /* no browser sends it */
            part.n--;
        s->cors[s->n_cors++] = part;
    }
    rest = s->o->trusted_proxies;
    while (rest.p) {
        rest = str_cut(rest, ',', &part);
        part = str_trim(part);
        if (part.n == 0)
            continue;
        if (s->n_proxies >= SITE_LIST_MAX || !net_range_read(part, &s->proxies[s->n_proxies]))
            return FAIL(c, INVALID, "trusted proxy \"%.*s\" is not an address or range",
                        STR_ARG(part));
        s->n_proxies++;
    }
    return ERR_OK;
}

err site_open(struct ctx *c, struct arena *mem, const struct server_options *o, struct site **ret)
{
    struct site *s = arena_new(mem, struct site);
    s->o = o;
    const struct http_limits *l = &o->limits;
    s->head_limits = (struct head_limits){ l->line_max, l->head_max, l->fields_max };
    ctx_random(c, &s->trace_seed, sizeof(s->trace_seed));
    TRY(read_lists(c, s));
    TRY(router_open(c, mem, o, &s->router));
    *ret = s;
    return ERR_OK;
}

uint64_t site_trace(struct site *s)
{
    uint64_t x =
        s->trace_seed + atomic_fetch_add_explicit(&s->trace_count, 1, memory_order_relaxed);
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
    return x ^ x >> 31;
}

size_t site_write_block(const struct site *s, int64_t now_us, char ret[SITE_BLOCK_MAX])
{
    char date[DATE_TEXT];
    time_write_http(date, now_us);
    int n = snprintf(ret, SITE_BLOCK_MAX, "Date: %s\r\n%s%s", date, fixed_lines,
                     s->o->demo ? demo_line : "");
    return n > 0 && n < SITE_BLOCK_MAX ? (size_t)n : 0;
}

bool site_cors_has(const struct site *s, struct str origin)
{
    for (size_t i = 0; i < s->n_cors; i++) {
        if (str_eq(s->cors[i], origin))
            return true;
    }
    return false;
}

int64_t site_mono_us(const struct site *s)
{
    const struct deps *d = s->o->deps;
    const struct clock_port *clock = d && d->clock ? d->clock : &clock_system;
    return clock->mono_us(clock->self);
}

void site_refused(const struct site *s, const char *event, const struct route *route, int status,
                  uint64_t trace)
{
    if (s->o->port && s->o->port->refused)
        s->o->port->refused(s->o->deps, event, route, status, trace);
}
