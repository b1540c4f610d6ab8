/* http/site.h: what every request of one server shares: routes, lists, throttles, fixed headers.
 * Thread rule: built once; then constant, or atomic inside; any thread. */
#ifndef ENIGMA_HTTP_SITE_H
#define ENIGMA_HTTP_SITE_H

#include "http/router.h"
#include "http/throttle.h"
#include "os/net.h"

#include <stdatomic.h>

enum { SITE_LIST_MAX = 64, SITE_BLOCK_MAX = 1536 };

struct site {
    const struct server_options *o;
    struct router *router;
    struct throttle *throttle; /* NULL: no rule is enforced (loopback) */
    struct str cors[SITE_LIST_MAX];
    size_t n_cors;
    struct net_range proxies[SITE_LIST_MAX];
    size_t n_proxies;
    struct head_limits head_limits;
    uint64_t trace_seed;
    _Atomic uint64_t trace_count;
};

/* o must outlive the site; what it builds lives in mem. */
err site_open(struct ctx *c, struct arena *mem, const struct server_options *o, struct site **ret);
/* A new request id: unique in the process, and not to be guessed from the one before. */
uint64_t site_trace(struct site *s);
/* The header lines that every answer carries, Date first, each with its CRLF. */
size_t site_write_block(const struct site *s, int64_t now_us, char ret[SITE_BLOCK_MAX]);
bool site_cors_has(const struct site *s, struct str origin);
int64_t site_mono_us(const struct site *s);
void site_refused(const struct site *s, const char *event, const struct route *route, int status,
                  uint64_t trace);

#endif
