/* http/router.h: the route tables and assets compiled into one tree of path segments.
 * Thread rule: built once, then constant; any thread. */
#ifndef ENIGMA_HTTP_ROUTER_H
#define ENIGMA_HTTP_ROUTER_H

#include "http/head.h"
#include "http/server.h"

enum { ROUTER_SEGMENTS_MAX = 16 };

struct router;
struct router_hit {
    const struct route *route; /* NULL: no route of that method */
    const struct asset *asset; /* GET and HEAD only, never under the alias */
    uint32_t allow;            /* bits of http_method that the path knows; 0: no such path */
    struct str path;           /* decoded, alias taken off */
    struct str args[ROUTE_PATH_ARGS_MAX];
};
/* Checks every row: roles, handler, unique method and path, at most ROUTE_PATH_ARGS_MAX args. */
err router_open(struct ctx *c, struct arena *mem, const struct server_options *o,
                struct router **ret);
/* False: the path is not valid (answer 400). HEAD finds GET. Decoded text lives in mem. */
bool router_find(const struct router *r, struct arena *mem, enum http_method method,
                 struct str raw_path, struct router_hit *ret);
/* "GET, HEAD, OPTIONS" of an allow mask. */
struct str router_allow_text(struct arena *mem, uint32_t allow);

#endif
