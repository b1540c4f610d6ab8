/* The smallest use of http/server.h: one route on the loop, one through the pool, both trivial,
 * to compare with floor_http. usage: http_server PORT [LOOPS] [WORKERS] */
#include "base/str.h"
#include "http/server.h"

#include <signal.h>
#include <stdio.h>

struct health {
    struct str status;
};
static const struct field health_fields[] = { FIELD_STR(struct health, status, .doc = "State.") };
static SCHEMA(health_schema, "Health", struct health, health_fields);

static err health(struct ctx *c, struct call *call)
{
    (void)c;
    struct health *reply = call->reply;
    reply->status = S("ok");
    return ERR_OK;
}

static const struct route routes[] = {
    { .method = "GET",
      .path = "/inline",
      .summary = "On the loop",
      .run = health,
      .reply = &health_schema,
      .roles = 1,
      .flags = ROUTE_INLINE },
    { .method = "GET",
      .path = "/pool",
      .summary = "Through the pool",
      .run = health,
      .reply = &health_schema,
      .roles = 1 },
};
static const struct route_table table = { routes, sizeof(routes) / sizeof(routes[0]) };
static struct server *server;

static void on_signal(int number)
{
    (void)number;
    server_stop(server);
}

static uint32_t number_of(int argc, char **argv, int i, uint32_t otherwise)
{
    int64_t n;
    return i < argc && str_i64(str_of(argv[i]), &n) && n > 0 && n < 65536 ? (uint32_t)n : otherwise;
}

int main(int argc, char **argv)
{
    struct deps deps = { .clock = &clock_system, .random = &random_system };
    struct arena *mem = arena_open(NULL, 1024 * 1024);
    struct ctx c;
    ctx_init(&c, mem, &deps, 0);
    struct server_options o = {
        .listen = str_fmt(mem, "127.0.0.1:%u", number_of(argc, argv, 1, 8000)),
        .loops = number_of(argc, argv, 2, 1),
        .workers = number_of(argc, argv, 3, 4),
        .limits = http_limits_default,
        .tables = &table,
        .n_tables = 1,
        .deps = &deps,
    };
    if (server_open(&c, &o, &server) != ERR_OK) {
        fprintf(stderr, "http_server: %s\n", c.fault.text);
        return 1;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    signal(SIGPIPE, SIG_IGN);
    bool drained = server_run(server);
    server_close(server);
    arena_close(mem);
    return drained ? 0 : 1;
}
