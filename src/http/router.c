/* Routing by segments: a literal is preferred to an argument, a row with the method to one
 * without. "/api" is the same tree. */
#include "http/router.h"

#include "base/str.h"
#include "codec/utf8.h"

#include <string.h>

struct node {
    struct str literal;
    struct node *children, *next; /* literals of the next segment; brother */
    struct node *arg;             /* any segment */
    const struct route *routes[HTTP_M_COUNT_];
    const struct asset *asset;
    uint32_t allow;
};
struct router {
    struct node root;
};

struct path {
    struct str seg[ROUTER_SEGMENTS_MAX];
    size_t n;
};

static bool is_arg(struct str seg)
{
    return seg.n > 2 && seg.p[0] == '{' && seg.p[seg.n - 1] == '}';
}

static struct node *child(struct arena *mem, struct node *parent, struct str seg)
{
    if (is_arg(seg)) {
        if (!parent->arg)
            parent->arg = arena_new(mem, struct node);
        return parent->arg;
    }
    for (struct node *n = parent->children; n; n = n->next) {
        if (str_eq(n->literal, seg))
            return n;
    }
    struct node *n = arena_new(mem, struct node);
    n->literal = seg;
    n->next = parent->children;
    parent->children = n;
    return n;
}

/* The node of a path of the tables; NULL when it is not a path. */
static struct node *grow(struct arena *mem, struct node *root, struct str path, size_t *ret_args)
{
    if (path.n == 0 || path.p[0] != '/')
        return NULL;
    struct node *at = root;
    struct str rest = str_sub(path, 1, path.n), seg;
    *ret_args = 0;
    if (rest.n == 0)
        return at;
    for (size_t i = 0; rest.p; i++) {
        rest = str_cut(rest, '/', &seg);
        if (seg.n == 0 || i >= ROUTER_SEGMENTS_MAX)
            return NULL;
        *ret_args += is_arg(seg);
        at = child(mem, at, seg);
    }
    return at;
}

static err add_route(struct ctx *c, struct arena *mem, struct node *root, const struct route *r)
{
    const char *path = r->path ? r->path : "";
    enum http_method m = http_method_find(str_of(r->method));
    if (m == HTTP_M_COUNT_ || m == HTTP_M_HEAD || m >= HTTP_M_OPTIONS)
        return FAIL(c, INTERNAL, "route %s: method \"%s\" cannot be routed", path,
                    r->method ? r->method : "");
    if (r->roles == 0)
        return FAIL(c, INTERNAL, "route %s %s names no role", r->method, path);
    if (!r->run)
        return FAIL(c, INTERNAL, "route %s %s has no handler", r->method, path);
    if ((r->flags & ROUTE_LIST) && !r->reply)
        return FAIL(c, INTERNAL, "route %s %s lists rows without a schema", r->method, path);
    if (((r->flags & ROUTE_WEBSOCKET) != 0) != (r->ws != NULL) || (r->ws && m != HTTP_M_GET))
        return FAIL(c, INTERNAL, "route %s %s: a WebSocket is a GET with an endpoint", r->method,
                    path);
    size_t args = 0;
    struct node *n = grow(mem, root, str_of(path), &args);
    if (!n || args > ROUTE_PATH_ARGS_MAX)
        return FAIL(c, INTERNAL, "route %s %s: not a path that can be routed", r->method, path);
    if (n->routes[m])
        return FAIL(c, INTERNAL, "route %s %s stands in the tables twice", r->method, path);
    n->routes[m] = r;
    n->allow |= 1U << m | 1U << HTTP_M_OPTIONS;
    if (m == HTTP_M_GET)
        n->allow |= 1U << HTTP_M_HEAD;
    return ERR_OK;
}

static err add_asset(struct ctx *c, struct arena *mem, struct node *root, const struct asset *a)
{
    size_t args = 0;
    struct node *n = grow(mem, root, str_of(a->path), &args);
    if (!n || args > ROUTE_PATH_ARGS_MAX || n->asset)
        return FAIL(c, INTERNAL, "asset path %s cannot be served", a->path ? a->path : "");
    n->asset = a;
    return ERR_OK;
}

err router_open(struct ctx *c, struct arena *mem, const struct server_options *o,
                struct router **ret)
{
    struct router *r = arena_new(mem, struct router);
    for (size_t t = 0; t < o->n_tables; t++) {
        for (size_t i = 0; i < o->tables[t].n; i++) {
            const struct route *row = &o->tables[t].routes[i];
            if (!(row->flags & ROUTE_DEMO) || o->demo)
                TRY(add_route(c, mem, &r->root, row));
        }
    }
    for (size_t i = 0; i < o->n_assets; i++)
        TRY(add_asset(c, mem, &r->root, &o->assets[i]));
    *ret = r;
    return ERR_OK;
}

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F')
        return ch - 'A' + 10;
    return -1;
}

/* Decoded once. A slash, a NUL or another control that was hidden in an escape is refused. */
static bool decode_segment(struct arena *mem, struct str raw, struct str *ret)
{
    if (!memchr(raw.p, '%', raw.n)) {
        *ret = raw;
        return true;
    }
    char *out = arena_try(mem, raw.n, 1, 1);
    if (!out)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] != '%') {
            out[n++] = raw.p[i];
            continue;
        }
        int hi = i + 2 < raw.n ? hex_digit(raw.p[i + 1]) : -1;
        int lo = i + 2 < raw.n ? hex_digit(raw.p[i + 2]) : -1;
        if (hi < 0 || lo < 0)
            return false;
        int ch = hi * 16 + lo;
        if (ch < 0x20 || ch == '/' || ch == 0x7f || ch == '\\')
            return false;
        out[n++] = (char)ch;
        i += 2;
    }
    *ret = (struct str){ out, n };
    return utf8_valid(*ret);
}

/* Splits the path; *ret_known false: too deep for any route, or with an empty or dot segment. */
static bool split(struct arena *mem, struct str raw, struct path *ret, bool *ret_known)
{
    *ret_known = true;
    ret->n = 0;
    if (raw.n <= 1)
        return true;
    struct str rest = str_sub(raw, 1, raw.n), seg, plain;
    while (rest.p) {
        rest = str_cut(rest, '/', &seg);
        if (!decode_segment(mem, seg, &plain))
            return false;
        if (plain.n == 0 || str_eq(plain, S(".")) || str_eq(plain, S("..")) ||
            ret->n >= ROUTER_SEGMENTS_MAX)
            *ret_known = false;
        else
            ret->seg[ret->n++] = plain;
    }
    return true;
}

struct search {
    const struct path *path;
    enum http_method method;
    struct router_hit *hit;
    struct str args[ROUTER_SEGMENTS_MAX];
};

/* True when a row with the method was found. */
static bool visit(struct search *s, const struct node *n, size_t depth, size_t args)
{
    if (depth == s->path->n) {
        s->hit->allow |= n->allow;
        if (n->asset && !s->hit->asset)
            s->hit->asset = n->asset;
        if (!n->routes[s->method])
            return false;
        s->hit->route = n->routes[s->method];
        memcpy(s->hit->args, s->args, sizeof(s->hit->args));
        return true;
    }
    struct str seg = s->path->seg[depth];
    for (const struct node *k = n->children; k; k = k->next) {
        if (k->literal.n == seg.n && memcmp(k->literal.p, seg.p, seg.n) == 0) {
            if (visit(s, k, depth + 1, args))
                return true;
            break;
        }
    }
    if (!n->arg || args >= ROUTE_PATH_ARGS_MAX)
        return false;
    s->args[args] = seg;
    return visit(s, n->arg, depth + 1, args + 1);
}

static struct str join(struct arena *mem, const struct path *p)
{
    size_t n = 1;
    for (size_t i = 0; i < p->n; i++)
        n += p->seg[i].n + 1;
    char *out = arena_try(mem, n, 1, 1), *at = out;
    if (!out)
        return S("/");
    *at++ = '/';
    for (size_t i = 0; i < p->n; i++) {
        memcpy(at, p->seg[i].p, p->seg[i].n);
        at += p->seg[i].n;
        if (i + 1 < p->n)
            *at++ = '/';
    }
    return (struct str){ out, (size_t)(at - out) };
}

bool router_find(const struct router *r, struct arena *mem, enum http_method method,
                 struct str raw_path, struct router_hit *ret)
{
    *ret = (struct router_hit){ .path = raw_path };
    bool alias = str_starts(raw_path, S("/api/")) || str_eq(raw_path, S("/api"));
    struct str raw = alias ? str_sub(raw_path, 4, raw_path.n) : raw_path;
    if (raw.n == 0)
        raw = S("/");
    struct path path;
    bool known;
    if (!split(mem, raw, &path, &known))
        return false;
    ret->path = memchr(raw.p, '%', raw.n) && known ? join(mem, &path) : raw;
    if (!known)
        return true;
    struct search s = { .path = &path, .hit = ret };
    s.method = method == HTTP_M_HEAD ? HTTP_M_GET : method;
    (void)visit(&s, &r->root, 0, 0);
    bool reads = method == HTTP_M_GET || method == HTTP_M_HEAD;
    if (alias)
        ret->asset = NULL;
    if (ret->asset)
        ret->allow |= 1U << HTTP_M_GET | 1U << HTTP_M_HEAD | 1U << HTTP_M_OPTIONS;
    if (!reads)
        ret->asset = NULL;
    return true;
}

struct str router_allow_text(struct arena *mem, uint32_t allow)
{
    struct buf b;
    buf_init(&b, mem, 128);
    for (int m = 0; m < HTTP_M_COUNT_; m++) {
        if (!(allow & 1U << m))
            continue;
        if (b.n)
            buf_lit(&b, ", ");
        buf_str(&b, http_method_names[m]);
    }
    return buf_view(&b);
}
