/* The connection parser on any bytes, cut in pieces: head scan, head parse, llhttp's agreement,
 * body and chunks, request after request, as http/conn.c drives them. The first byte seeds the
 * cuts. The same bytes read in one piece must give the same requests. */
#include "base/str.h"
#include "http/body.h"
#include "http/router.h"

enum { REQUESTS_MAX = 16, BODY_LIMIT = 4096, MEM_LIMIT = 16 << 20 };

struct outcome {
    int status[REQUESTS_MAX];
    uint64_t body[REQUESTS_MAX]; /* bytes, mixed with their sum */
    size_t n;
};
static const struct head_limits limits = { .line_max = 512, .head_max = 4096, .fields_max = 32 };

static bool sum(void *arg, const char *p, size_t n)
{
    uint64_t *total = arg;
    for (size_t i = 0; i < n; i++)
        *total = *total * 31 + (unsigned char)p[i] + 1;
    return true;
}

static size_t next_cut(uint32_t *seed, size_t left)
{
    *seed = *seed * 1664525U + 1013904223U;
    size_t n = 1 + (*seed >> 24) % 64;
    return n < left ? n : left;
}

/* Reads one request at p; the bytes used, or 0 when it ends here with *ret_status. */
static size_t read_one(const char *p, size_t n, uint32_t *seed, int *ret_status, uint64_t *ret_sum)
{
    struct head_scan scan = { 0 };
    struct head_verdict v = { HEAD_MORE, NULL };
    size_t have = 0, head_n = 0;
    while (v.status == HEAD_MORE && have < n) {
        have += seed ? next_cut(seed, n - have) : n - have;
        v = head_scan(&scan, &limits, p, have, &head_n);
    }
    *ret_status = v.status;
    if (v.status != HEAD_OK)
        return 0;
    if (head_n > n || head_n > limits.head_max + 1)
        abort();
    static struct head head;
    v = head_parse(&head, &limits, p, head_n);
    *ret_status = v.status;
    if (v.status != HEAD_OK)
        return 0;
    struct body body = { .max = BODY_LIMIT, .sink = sum, .arg = ret_sum };
    v = body_begin(&body, &head, p, head_n);
    size_t at = head_n;
    while (v.status <= HEAD_OK && !body.done && at < n) {
        size_t step = seed ? next_cut(seed, n - at) : n - at, used = 0;
        v = body_feed(&body, p + at, step, &used);
        if (used > step || (v.status == HEAD_MORE && used != step))
            abort();
        at += used;
    }
    *ret_status = v.status != HEAD_OK ? v.status : body.done ? HEAD_OK : HEAD_MORE;
    if (body.done && body.size > BODY_LIMIT)
        abort();
    return *ret_status == HEAD_OK ? at : 0;
}

static void read_all(const char *p, size_t n, uint32_t *seed, struct outcome *ret)
{
    ret->n = 0;
    while (n && ret->n < REQUESTS_MAX) {
        ret->body[ret->n] = 0;
        size_t used = read_one(p, n, seed, &ret->status[ret->n], &ret->body[ret->n]);
        ret->n++;
        if (used == 0)
            return;
        p += used;
        n -= used;
    }
}

/* Any target that the parser lets through is routed or refused, never followed outside. */
static void route_any(const char *p, size_t n)
{
    static struct arena *mem, *tree;
    static struct router *router;
    static struct server_options o;
    if (!mem) {
        mem = arena_open(NULL, MEM_LIMIT);
        struct ctx c;
        tree = arena_open(NULL, MEM_LIMIT);
        ctx_init(&c, tree, NULL, 0);
        if (router_open(&c, tree, &o, &router) != ERR_OK)
            abort();
    }
    struct router_hit hit;
    struct str path = { p, n < 512 ? n : 512 };
    if (path.n && path.p[0] == '/' && router_find(router, mem, HTTP_M_GET, path, &hit) &&
        (hit.route || hit.asset))
        abort();
    arena_reset(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint32_t seed = data[0];
    const char *p = (const char *)data + 1;
    struct outcome cut, whole;
    read_all(p, size - 1, &seed, &cut);
    read_all(p, size - 1, NULL, &whole);
    if (cut.n != whole.n)
        abort();
    for (size_t i = 0; i < cut.n; i++) {
        bool bad = cut.status[i] > 0;
        /* Which of two faults is met first may depend on the cuts; that there is one may not. */
        if (bad != (whole.status[i] > 0) || (!bad && cut.status[i] != whole.status[i]) ||
            (!bad && cut.body[i] != whole.body[i]))
            abort();
    }
    route_any(p, size - 1);
    return 0;
}
